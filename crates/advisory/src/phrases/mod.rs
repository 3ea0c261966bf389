//! The tool's own words in documents, by language. What the maker says is never translated.
//!
//! To add a language: a file like `de.rs`, and a line in [`of`]. Other languages get English headings.

mod de;
mod en;

use super::score::Word;
use pkg_format::manifest::{ActionCode, Corrective, Restart, SeparationKind, VexJustification};

/// Words and sentences; `{}` stands for what is put in.
pub(super) struct Phrases {
    /// The language they are in.
    pub(super) lang: &'static str,
    /// What the language calls itself.
    pub(super) own_name: &'static str,
    // Headings.
    pub(super) advisories_of: &'static str,
    pub(super) for_programs: &'static str,
    pub(super) to_do: &'static str,
    pub(super) impact: &'static str,
    pub(super) vulnerabilities: &'static str,
    pub(super) automatic: &'static str,
    pub(super) changes: &'static str,
    pub(super) else_changes: &'static str,
    pub(super) details: &'static str,
    pub(super) withdrawn: &'static str,
    pub(super) facts: &'static str,
    pub(super) contact: &'static str,
    // Names of facts.
    pub(super) product: &'static str,
    pub(super) hardware: &'static str,
    pub(super) version: &'static str,
    pub(super) applies_to: &'static str,
    pub(super) issued: &'static str,
    pub(super) support: &'static str,
    pub(super) signed_by: &'static str,
    pub(super) document: &'static str,
    pub(super) manifest: &'static str,
    pub(super) deadline: &'static str,
    pub(super) reason: &'static str,
    pub(super) severity: &'static str,
    pub(super) affected: &'static str,
    pub(super) fixed: &'static str,
    pub(super) mitigated: &'static str,
    pub(super) not_affected: &'static str,
    pub(super) investigated: &'static str,
    pub(super) also_known: &'static str,
    pub(super) opt_out: &'static str,
    // What a document is.
    pub(super) security_update: &'static str,
    pub(super) feature_update: &'static str,
    pub(super) notice: &'static str,
    pub(super) withdrawal: &'static str,
    // Sentences.
    pub(super) unverified: &'static str,
    pub(super) fell_back: &'static str,
    pub(super) made_from: &'static str,
    pub(super) installs_itself: &'static str,
    pub(super) not_automatic: &'static str,
    pub(super) only_if_wanted: &'static str,
    pub(super) exploited: &'static str,
    pub(super) exploited_since: &'static str,
    pub(super) known_since: &'static str,
    pub(super) delayed: &'static str,
    pub(super) severity_later: &'static str,
    pub(super) only_mitigated: &'static str,
    pub(super) reopened: &'static str,
    pub(super) left_open: &'static str,
    pub(super) not_alone: &'static str,
    pub(super) no_remedy: &'static str,
    pub(super) score_added: &'static str,
    pub(super) replaces: &'static str,
    pub(super) first_edition: &'static str,
    pub(super) revised: &'static str,
    // Names of products.
    pub(super) state: &'static str,
    pub(super) before: &'static str,
    pub(super) below_level: &'static str,
    pub(super) feature_level: &'static str,
    pub(super) empty_device: &'static str,
    pub(super) every_release: &'static str,
    pub(super) every_release_of: &'static str,
    pub(super) releases_from: &'static str,
    pub(super) releases_below: &'static str,
    pub(super) releases_between: &'static str,
    // What helps.
    pub(super) workaround: &'static str,
    pub(super) mitigation: &'static str,
    pub(super) vendor_fix: &'static str,
    pub(super) vendor_fix_in: &'static str,
    pub(super) none_available: &'static str,
    pub(super) no_fix_planned: &'static str,
    pub(super) fix_planned: &'static str,
    // Durations.
    pub(super) days: &'static str,
    pub(super) hours: &'static str,
    pub(super) minutes: &'static str,
    pub(super) seconds: &'static str,
    // Words.
    pub(super) action: fn(ActionCode) -> &'static str,
    pub(super) restart: fn(Restart) -> &'static str,
    pub(super) word: fn(Word) -> &'static str,
    pub(super) separation: fn(SeparationKind) -> &'static str,
    pub(super) justification: fn(VexJustification) -> &'static str,
    pub(super) corrective: fn(Corrective) -> &'static str,
}

/// The phrases of a language, or the English ones.
pub(super) fn of(lang: &str) -> &'static Phrases {
    match lang.split('-').next() {
        Some("de") => &de::PHRASES,
        _ => &en::PHRASES,
    }
}

/// Puts one text after the other where `{}` stands.
pub(super) fn fill(phrase: &str, parts: &[&str]) -> String {
    let mut out = String::new();
    let mut parts = parts.iter();
    for (i, piece) in phrase.split("{}").enumerate() {
        if i > 0 {
            out.push_str(parts.next().copied().unwrap_or_default());
        }
        out.push_str(piece);
    }
    out
}

impl Phrases {
    /// `14 days`, `72 h`.
    pub(super) fn duration(&self, seconds: u64) -> String {
        let (hour, day) = (3_600, 86_400);
        let (number, unit) = match seconds {
            s if s.is_multiple_of(day) && s >= 4 * day => (s / day, self.days),
            s if s.is_multiple_of(hour) && s > 0 => (s / hour, self.hours),
            s if s.is_multiple_of(60) && s > 0 => (s / 60, self.minutes),
            s => (s, self.seconds),
        };
        fill(unit, &[&number.to_string()])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_put_in_is_not_read_again() {
        assert_eq!(fill("{} of {}", &["{}", "b"]), "{} of b");
        assert_eq!(of("de-AT").lang, "de");
        assert_eq!(of("fr").lang, "en");
        assert_eq!(
            (of("en").duration(259_200), of("de").duration(1_209_600)),
            ("72 h".into(), "14 Tage".into())
        );
    }
}
