//! The sentence of a finding, with slots for what differs between findings of one cause.

use crate::finding::Finding;
use crate::releases::Releases;
use crate::time::span;

/// What a slot is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Slot {
    /// The release that the finding is about.
    Release,
    /// The only vulnerability that it is about.
    Vulnerability,
    /// A length of time, seconds.
    Span(u64),
}

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Part {
    Text(String),
    Slot(Slot),
}

/// A sentence with slots.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Sentence(Vec<Part>);

/// The units of [`span`], and their length in seconds.
const UNITS: [(&str, u64); 3] = [(" days", 86_400), (" h", 3_600), (" min", 60)];

/// Words that follow a subject: of one release, and of several.
const VERBS: [(&str, &str); 13] = [
    (" does not install itself", " do not install themselves"),
    (" is ", " are "),
    (" has ", " have "),
    (" was ", " were "),
    (" holds ", " hold "),
    (" takes ", " take "),
    (" raises ", " raise "),
    (" does ", " do "),
    (" lists ", " list "),
    (" contains ", " contain "),
    (" stays ", " stay "),
    (" needs ", " need "),
    (" also corrects ", " also correct "),
];

impl Sentence {
    /// The text of a finding, with slots for its release and for lengths of time.
    pub(crate) fn new(finding: &Finding) -> Sentence {
        let mut sentence = Sentence(vec![Part::Text(finding.text.clone())]);
        sentence.put(&finding.release, Slot::Release);
        let parts = std::mem::take(&mut sentence.0);
        for part in parts {
            match part {
                Part::Text(text) => sentence.0.extend(spans(&text)),
                slot => sentence.0.push(slot),
            }
        }
        sentence
    }

    /// Makes a slot wherever the only vulnerability is named.
    pub(crate) fn open(&mut self, id: &str) {
        self.put(id, Slot::Vulnerability);
    }

    /// Whether it has a slot of a kind.
    pub(crate) fn has(&self, slot: Slot) -> bool {
        self.0.contains(&Part::Slot(slot))
    }

    /// Puts a slot in the place of each mention of a name.
    fn put(&mut self, name: &str, slot: Slot) {
        let parts = std::mem::take(&mut self.0);
        for part in parts {
            let Part::Text(text) = part else {
                self.0.push(part);
                continue;
            };
            let (mut from, mut searched) = (0, 0);
            while let Some(at) = (!name.is_empty()).then(|| text[searched..].find(name)).flatten() {
                let (start, end) = (searched + at, searched + at + name.len());
                searched = end;
                if is_whole(&text, start, end) {
                    self.0.push(Part::Text(text[from..start].to_owned()));
                    self.0.push(Part::Slot(slot));
                    from = end;
                }
            }
            self.0.push(Part::Text(text[from..].to_owned()));
        }
        self.0.retain(|part| *part != Part::Text(String::new()));
    }

    /// The same for all sentences that differ only in lengths of time.
    pub(crate) fn without_values(&self) -> Sentence {
        let part = |part: &Part| match part {
            Part::Slot(Slot::Span(_)) => Part::Slot(Slot::Span(0)),
            other => other.clone(),
        };
        Sentence(self.0.iter().map(part).collect())
    }

    /// Of sentences that differ only in lengths of time, one with `up to` the longest. Empty if there is none.
    pub(crate) fn with_largest_values(all: &[&Sentence]) -> Sentence {
        let Some(first) = all.first() else { return Sentence(Vec::new()) };
        let mut parts = Vec::new();
        for (i, part) in first.0.iter().enumerate() {
            let Part::Slot(Slot::Span(least)) = part else {
                parts.push(part.clone());
                continue;
            };
            let value = |s: &Sentence| match s.0.get(i) {
                Some(Part::Slot(Slot::Span(value))) => *value,
                _ => *least,
            };
            let most = all.iter().map(|s| value(s)).max().unwrap_or(*least);
            if all.iter().any(|s| value(s) != most) {
                parts.push(Part::Text("up to ".into()));
            }
            parts.push(Part::Slot(Slot::Span(most)));
        }
        Sentence(parts)
    }

    /// The sentence with its slots filled.
    pub(crate) fn told(&self, releases: &Releases, ids: &str, id_count: usize) -> String {
        let mut out = String::new();
        let (mut is_told, mut plural) = (false, false);
        for part in &self.0 {
            match part {
                Part::Text(text) if plural => {
                    let verb = VERBS.iter().find(|(one, _)| text.starts_with(one));
                    match verb {
                        Some((one, many)) => {
                            out.push_str(many);
                            out.push_str(&text[one.len()..]);
                        }
                        None => out.push_str(text),
                    }
                }
                Part::Text(text) => out.push_str(text),
                Part::Slot(Slot::Span(seconds)) => out.push_str(&span(*seconds)),
                Part::Slot(Slot::Vulnerability) => out.push_str(ids),
                Part::Slot(Slot::Release) if is_told && releases.count() > 1 => out.push_str("any of them"),
                Part::Slot(Slot::Release) => {
                    if releases.count() > 1 && out.ends_with(" release ") {
                        out.truncate(out.len() - 1);
                        out.push_str("s ");
                    }
                    out.push_str(&releases.to_string());
                }
            }
            plural = match part {
                Part::Slot(Slot::Vulnerability) => id_count > 1,
                Part::Slot(Slot::Release) => !is_told && releases.count() > 1,
                _ => false,
            };
            is_told |= *part == Part::Slot(Slot::Release);
        }
        out
    }
}

/// Whether a name is not part of a longer one.
fn is_whole(text: &str, start: usize, end: usize) -> bool {
    let joins = |c: char| c.is_alphanumeric() || "._+-".contains(c);
    let before = text[..start].chars().next_back();
    let mut after = text[end..].chars();
    let ends = match after.next() {
        // A full stop ends a sentence; inside a version a character follows.
        Some('.') => !after.next().is_some_and(joins),
        Some(c) => !joins(c),
        None => true,
    };
    ends && !before.is_some_and(joins)
}

/// A text with a slot for each length of time.
fn spans(text: &str) -> Vec<Part> {
    let mut parts = Vec::new();
    let (mut from, mut at) = (0, 0);
    while let Some(found) = text[at..].find(|c: char| c.is_ascii_digit()) {
        let start = at + found;
        let digits = text[start..].find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len() - start);
        let (number, rest) = text[start..].split_at(digits);
        at = start + digits;
        let unit = UNITS.iter().find(|(unit, _)| {
            let after = rest.strip_prefix(unit).and_then(|r| r.chars().next());
            rest.starts_with(unit) && !after.is_some_and(char::is_alphanumeric)
        });
        let seconds = unit.and_then(|(_, length)| number.parse::<u64>().ok()?.checked_mul(*length));
        let is_number = !text[..start].ends_with(|c: char| c.is_alphanumeric() || "._+-".contains(c));
        if let (Some((unit, _)), Some(seconds), true) = (unit, seconds, is_number)
            && span(seconds) == format!("{number}{unit}")
        {
            parts.push(Part::Text(text[from..start].to_owned()));
            parts.push(Part::Slot(Slot::Span(seconds)));
            at += unit.len();
            from = at;
        }
    }
    parts.push(Part::Text(text[from..].to_owned()));
    parts.retain(|part| *part != Part::Text(String::new()));
    parts
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::releases::Run;
    use pkg_format::Rule;

    fn sentence(release: &str, text: &str) -> Sentence {
        Sentence::new(&Finding::fail(Rule::G1, release, text))
    }

    fn releases(first: &str, last: &str, count: usize) -> Releases {
        Releases { runs: vec![Run { first: first.into(), last: last.into(), count }] }
    }

    #[test]
    fn a_sentence_about_one_release_comes_back_as_it_was() {
        let text = "users of 1.0 waited 36 h for 1.0.1 (not 12 days, 24 hours or 1.5 days): 1.0 is done.";
        let said = sentence("1.0", text);
        assert_eq!(said.told(&releases("1.0", "1.0", 1), "", 0), text);
    }

    #[test]
    fn the_same_about_many_releases_is_said_once() {
        let one = sentence("1.0", "1.0 is affected, waited 5 days, and 1.0 → 2.0 helps 1.0.1");
        let other = sentence("1.0.1", "1.0.1 is affected, waited 40 days, and 1.0.1 → 2.0 helps 1.0.1");
        assert_ne!(one.without_values(), other.without_values(), "1.0.1 is no mention of 1.0");
        let other = sentence("1.1", "1.1 is affected, waited 40 days, and 1.1 → 2.0 helps 1.0.1");
        assert_eq!(one.without_values(), other.without_values());
        let both = Sentence::with_largest_values(&[&one, &other]);
        assert_eq!(
            both.told(&releases("1.0", "1.9", 10), "", 0),
            "1.0 to 1.9 (10 releases) are affected, waited up to 40 days, and any of them → 2.0 helps 1.0.1"
        );
    }

    #[test]
    fn a_noun_before_many_releases_is_plural() {
        let said = sentence("1.0", "the security release 1.0 needs a key, which release 1.1 has");
        let told = said.told(&releases("1.0", "1.9", 10), "", 0);
        assert_eq!(told, "the security releases 1.0 to 1.9 (10 releases) need a key, which release 1.1 has");
    }

    #[test]
    fn the_same_about_many_vulnerabilities_is_said_once() {
        let mut said = sentence("1.0", "CVE-2026-1 stays open in 1.0");
        said.open("CVE-2026-1");
        assert!(said.has(Slot::Vulnerability));
        let told = said.told(&releases("1.0", "1.0", 1), "CVE-2026-1 and CVE-2026-2", 2);
        assert_eq!(told, "CVE-2026-1 and CVE-2026-2 stay open in 1.0");
    }
}
