//! Several releases as a report names them: in version order, and those that follow each other as one run.

use crate::finding::Finding;
use crate::graph::Graph;
use crate::phrase;
use crate::scope::Scope;
use pkg_format::Digest;
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

/// Where a release is among all: its scope, and its place in the order of versions.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Place {
    /// A state of a scope: the index of the scope, and its rank there.
    State(usize, usize),
    /// Something else that a finding is about.
    Named(VersionKey),
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
        let (mut line, mut stable) = (0, 0);
        for (rank, state) in states.iter().enumerate() {
            ranks[*state] = rank;
            let before = rank.checked_sub(1).map_or(*state, |before| states[before]);
            line += usize::from(of(&before).line != of(state).line);
            lines[rank] = line;
            stable_before[rank] = stable;
            stable += usize::from(graph.states[*state].stable);
        }
        Order { states, ranks, lines, stable_before }
    }
}

/// The version order of all releases of a product.
pub(crate) struct Places<'a, 'm> {
    scopes: &'a [Scope<'m>],
}

impl<'a, 'm> Places<'a, 'm> {
    pub(crate) fn new(scopes: &'a [Scope<'m>]) -> Places<'a, 'm> {
        Places { scopes }
    }

    /// The states of a scope in version order.
    pub(crate) fn in_order(&self, scope: usize) -> &[usize] {
        &self.scopes[scope].order.states
    }

    /// The place of the release that a finding is about.
    pub(crate) fn of(&self, finding: &Finding) -> Place {
        let state = self.scopes.iter().enumerate().find_map(|(i, scope)| {
            let state = scope.graph.place(&finding.digest?)?;
            (scope.label(state) == finding.release)
                .then(|| Place::State(i, self.scopes[i].order.ranks[state]))
        });
        state.unwrap_or_else(|| Place::Named(key(&finding.release)))
    }

    /// These states of a scope as releases.
    pub(crate) fn states(&self, scope: usize, states: impl IntoIterator<Item = usize>) -> Releases {
        let ranks = &self.scopes[scope].order.ranks;
        let mut ranks: Vec<usize> = states.into_iter().map(|s| ranks[s]).collect();
        ranks.sort_unstable();
        ranks.dedup();
        self.in_runs(ranks.into_iter().map(|rank| Place::State(scope, rank)))
    }

    /// The states that these states or manifests are or lead into, as releases. Others are left out.
    pub(crate) fn referred(&self, digests: impl IntoIterator<Item = Digest>) -> Releases {
        let place = |digest: Digest| {
            let mut scopes = self.scopes.iter().enumerate();
            let (i, state) = scopes.find_map(|(i, scope)| Some((i, scope.graph.place(&digest)?)))?;
            Some(Place::State(i, self.scopes[i].order.ranks[state]))
        };
        self.releases(&digests.into_iter().filter_map(place).collect())
    }

    /// These places as releases.
    pub(crate) fn releases(&self, places: &BTreeSet<Place>) -> Releases {
        self.in_runs(places.iter().cloned())
    }

    /// Places in their order, each once, as releases.
    fn in_runs(&self, places: impl Iterator<Item = Place>) -> Releases {
        let mut runs: Vec<(Place, Place, usize)> = Vec::new();
        for place in places {
            match runs.last_mut() {
                Some((_, last, count)) if self.follows(last, &place) => {
                    *last = place;
                    *count += 1;
                }
                _ => runs.push((place.clone(), place, 1)),
            }
        }
        let run = |(first, last, count)| Run { first: self.name(&first), last: self.name(&last), count };
        Releases { runs: runs.into_iter().map(run).collect() }
    }

    fn name(&self, place: &Place) -> String {
        match place {
            Place::State(i, rank) => self.scopes[*i].label(self.scopes[*i].order.states[*rank]).to_owned(),
            Place::Named(key) => key.text.clone(),
        }
    }

    /// Whether a state is on the same line as another, with no stable state between them.
    fn follows(&self, first: &Place, next: &Place) -> bool {
        let (Place::State(i, first), Place::State(j, next)) = (first, next) else { return false };
        let order = &self.scopes[*i].order;
        let is_stable = self.scopes[*i].graph.states[order.states[*first]].stable;
        i == j
            && order.lines[*first] == order.lines[*next]
            && order.stable_before[*next] - order.stable_before[*first] == usize::from(is_stable)
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
