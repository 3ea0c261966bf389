//! Several releases as a report names them: in version order, and those that follow each other as one run.

use crate::graph::Graph;
use crate::phrase;
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::fmt;

/// Releases of one line that follow each other.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Run {
    /// The first of them.
    pub first: String,
    /// The last of them; the first, if there is only one.
    pub last: String,
    /// How many they are.
    pub count: usize,
}

/// Releases in version order. As text: `2.0.0 to 2.0.25 (26 releases)`, `1.4.2 and 1.4.3`.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Releases {
    /// The runs; no release is in two of them.
    pub runs: Vec<Run>,
}

impl Releases {
    /// The runs of some members in order, each once. `follows` says whether a member goes on the run of the one before
    /// it; `name` names one.
    pub(crate) fn new<T>(
        members: impl IntoIterator<Item = T>,
        follows: impl Fn(&T, &T) -> bool,
        name: impl Fn(&T) -> String,
    ) -> Releases {
        let mut runs: Vec<(T, Option<T>, usize)> = Vec::new();
        for member in members {
            match runs.last_mut() {
                Some((first, last, count)) if follows(last.as_ref().unwrap_or(first), &member) => {
                    *last = Some(member);
                    *count += 1;
                }
                _ => runs.push((member, None, 1)),
            }
        }
        let run = |(first, last, count): (T, Option<T>, usize)| {
            let last = name(last.as_ref().unwrap_or(&first));
            Run { first: name(&first), last, count }
        };
        Releases { runs: runs.into_iter().map(run).collect() }
    }

    /// How many releases these are.
    pub fn count(&self) -> usize {
        self.runs.iter().map(|r| r.count).sum()
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.runs.is_empty()
    }

    /// Each run as text: `2.0.0 to 2.0.25`. A run of two is two texts.
    fn items(&self) -> Vec<(String, usize)> {
        let mut items = Vec::new();
        for run in &self.runs {
            match run.count {
                1 => items.push((run.first.clone(), 1)),
                2 => items.extend([(run.first.clone(), 1), (run.last.clone(), 1)]),
                n => items.push((format!("{} to {}", run.first, run.last), n)),
            }
        }
        items
    }
}

impl fmt::Display for Releases {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const SHOWN: usize = 8;
        let items = self.items();
        let (named, more) = match items.len() {
            n if n <= SHOWN => (items.as_slice(), 0),
            _ => {
                let (named, rest) = items.split_at(SHOWN - 1);
                (named, rest.iter().map(|(_, n)| n).sum())
            }
        };
        let mut names: Vec<String> = named.iter().map(|(name, _)| name.clone()).collect();
        if more > 0 {
            names.push(format!("{more} more"));
        }
        f.write_str(&phrase::list(&names))?;
        if more > 0 || named.iter().any(|(_, n)| *n > 1) {
            write!(f, " ({})", phrase::count(self.count(), "release", "releases"))?;
        }
        Ok(())
    }
}

/// The version order of the states of one scope.
#[derive(Debug)]
pub(crate) struct Order {
    /// By rank: the state.
    states: Vec<usize>,
    /// By state: the rank.
    ranks: Vec<usize>,
    /// By rank: a number for the line, and how many stable states come before. A state that is only for testing does not
    /// break a run.
    lines: Vec<usize>,
    stable_before: Vec<usize>,
    stable: Vec<bool>,
}

impl Order {
    pub(crate) fn new(graph: &Graph<'_>) -> Order {
        let of = |s: &usize| &graph.states[*s].identity;
        let mut states: Vec<usize> = (0..graph.states.len()).collect();
        states.sort_by_cached_key(|s| {
            let it = of(s);
            (key(it.line.as_str()), it.sequence, key(it.version.as_str()), graph.states[*s].digest)
        });
        let mut ranks = vec![0; states.len()];
        let (mut lines, mut stable_before) = (vec![0; states.len()], vec![0; states.len()]);
        let stable: Vec<bool> = states.iter().map(|s| graph.states[*s].stable).collect();
        let (mut line, mut before_it) = (0, 0);
        for (rank, state) in states.iter().enumerate() {
            ranks[*state] = rank;
            let before = rank.checked_sub(1).map_or(*state, |before| states[before]);
            line += usize::from(of(&before).line != of(state).line);
            lines[rank] = line;
            stable_before[rank] = before_it;
            before_it += usize::from(stable[rank]);
        }
        Order { states, ranks, lines, stable_before, stable }
    }

    /// All states, in version order.
    pub(crate) fn states(&self) -> &[usize] {
        &self.states
    }

    /// The rank of a state.
    pub(crate) fn rank(&self, state: usize) -> usize {
        self.ranks[state]
    }

    /// The state of a rank.
    pub(crate) fn state(&self, rank: usize) -> usize {
        self.states[rank]
    }

    /// Whether a state is on the same line as one before it, with no stable state between them; both by rank.
    pub(crate) fn follows(&self, first: usize, next: usize) -> bool {
        let between = self.stable_before[next] - self.stable_before[first];
        self.lines[first] == self.lines[next] && between == usize::from(self.stable[first])
    }

    /// These states as releases. `label` names a state.
    pub(crate) fn releases<'l>(
        &self,
        states: impl IntoIterator<Item = usize>,
        label: impl Fn(usize) -> &'l str,
    ) -> Releases {
        let mut ranks: Vec<usize> = states.into_iter().map(|s| self.ranks[s]).collect();
        ranks.sort_unstable();
        ranks.dedup();
        let name = |rank: &usize| label(self.states[*rank]).to_owned();
        Releases::new(ranks, |first, next| self.follows(*first, *next), name)
    }
}

/// A version as it is compared: numbers in it by their value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct VersionKey {
    parts: Vec<Part>,
    text: String,
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    /// The number of digits without leading zeros, and the digits: this orders numbers of any size.
    Number(usize, String),
    Text(String),
}

/// The key by which versions are compared: `1.0.9` comes before `1.0.10`.
pub(crate) fn key(text: &str) -> VersionKey {
    let mut parts = Vec::new();
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        let same = |c: char| c.is_ascii_digit() == first.is_ascii_digit();
        let end = rest.find(|c| !same(c)).unwrap_or(rest.len());
        let (part, after) = rest.split_at(end);
        parts.push(match first.is_ascii_digit() {
            true => {
                let digits = part.trim_start_matches('0');
                Part::Number(digits.len(), digits.to_owned())
            }
            false => Part::Text(part.to_owned()),
        });
        rest = after;
    }
    VersionKey { parts, text: text.to_owned() }
}

impl fmt::Display for VersionKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Ord for VersionKey {
    fn cmp(&self, other: &VersionKey) -> Ordering {
        self.parts.cmp(&other.parts).then_with(|| self.text.cmp(&other.text))
    }
}

impl PartialOrd for VersionKey {
    fn partial_cmp(&self, other: &VersionKey) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

/// Versions in version order, each once.
pub(crate) fn sorted(versions: impl IntoIterator<Item = String>) -> Vec<String> {
    let keys: BTreeSet<VersionKey> = versions.into_iter().map(|v| key(&v)).collect();
    keys.into_iter().map(|k| k.text).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_ordered_by_number() {
        let given = ["1.0.10", "1.0.9", "1.0", "10.0", "2.0", "1.0.9-rc1", "1.0.010", "1.0.9"];
        let wanted = ["1.0", "1.0.9", "1.0.9-rc1", "1.0.010", "1.0.10", "2.0", "10.0"];
        assert_eq!(sorted(given.map(String::from)), wanted);
    }

    #[test]
    fn runs_are_told_as_ranges_and_the_count_is_that_of_the_list() {
        let run = |first: &str, last: &str, count| Run { first: first.into(), last: last.into(), count };
        let text = |runs: Vec<Run>| Releases { runs }.to_string();
        assert_eq!(text(vec![run("1.0", "1.0", 1)]), "1.0");
        assert_eq!(text(vec![run("1.0", "1.1", 2), run("2.0", "2.0", 1)]), "1.0, 1.1 and 2.0");
        assert_eq!(text(vec![run("2.0.0", "2.0.25", 26)]), "2.0.0 to 2.0.25 (26 releases)");
        assert_eq!(
            text(vec![run("1.0.0", "1.0.30", 31), run("2.0.0", "2.0.0", 1)]),
            "1.0.0 to 1.0.30 and 2.0.0 (32 releases)"
        );
        let many = (0..12).map(|n| run(&format!("{n}.0"), &format!("{n}.9"), 10)).collect();
        let told = text(many);
        assert!(told.ends_with("6.0 to 6.9 and 50 more (120 releases)"), "{told}");
    }
}
