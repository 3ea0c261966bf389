//! How bad a vulnerability is, as one of four words.

use cvss::Cvss;
use pkg_format::cvss::Severity as Told;

/// A severity, the least first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// A CVSS score below 4.0.
    Low,
    /// From 4.0.
    Medium,
    /// From 7.0.
    High,
    /// From 9.0.
    Critical,
}

impl Severity {
    /// The word.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl From<&Told> for Severity {
    fn from(told: &Told) -> Severity {
        let word = match told.as_str().parse::<Cvss>() {
            Ok(Cvss::CvssV31(vector)) => vector.base_score().severity(),
            Ok(vector) => vector.severity(),
            Err(_) => {
                return match told.as_str() {
                    "low" => Severity::Low,
                    "medium" => Severity::Medium,
                    "high" => Severity::High,
                    // The grammar has no fifth word; the worst is the safe one.
                    _ => Severity::Critical,
                };
            }
        };
        match word {
            cvss::Severity::None | cvss::Severity::Low => Severity::Low,
            cvss::Severity::Medium => Severity::Medium,
            cvss::Severity::High => Severity::High,
            cvss::Severity::Critical => Severity::Critical,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn vectors_and_words_are_told_as_words() {
        let word = |text: &str| Severity::from(&Told::new(text).expect("a severity"));
        assert_eq!(word("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"), Severity::Critical);
        assert_eq!(word("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:N/I:N/A:N"), Severity::Low);
        assert_eq!(word("high"), Severity::High);
        assert!(Severity::Low < Severity::Critical);
    }
}
