//! How bad: CVSS scores, and the words for them.

use cvss::Cvss;
use pkg_format::cvss::Severity;

/// A severity word, from low to high.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Word {
    None,
    Low,
    Medium,
    High,
    Critical,
}

impl Word {
    /// As CVSS writes it in JSON.
    pub(super) fn upper(self) -> &'static str {
        match self {
            Word::None => "NONE",
            Word::Low => "LOW",
            Word::Medium => "MEDIUM",
            Word::High => "HIGH",
            Word::Critical => "CRITICAL",
        }
    }
}

impl From<cvss::Severity> for Word {
    fn from(severity: cvss::Severity) -> Word {
        match severity {
            cvss::Severity::None => Word::None,
            cvss::Severity::Low => Word::Low,
            cvss::Severity::Medium => Word::Medium,
            cvss::Severity::High => Word::High,
            cvss::Severity::Critical => Word::Critical,
        }
    }
}

/// What a severity comes to.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Score {
    /// The base score; nothing where the severity is a word alone.
    pub(super) number: Option<f64>,
    pub(super) word: Word,
}

impl Score {
    /// The worse is the greater; of a word and a number of the same word the number.
    pub(super) fn cmp(&self, other: &Score) -> std::cmp::Ordering {
        let number = |s: &Score| s.number.unwrap_or_default();
        self.word.cmp(&other.word).then(number(self).total_cmp(&number(other)))
    }
}

/// The score of a severity of any kind.
pub(super) fn of(severity: &Severity) -> Score {
    match severity.as_str().parse::<Cvss>() {
        Ok(Cvss::CvssV31(vector)) => {
            let base = vector.base_score();
            Score { number: Some(base.value()), word: base.severity().into() }
        }
        Ok(vector) => Score { number: Some(vector.score()), word: vector.severity().into() },
        Err(_) => {
            let word = match severity.as_str() {
                "low" => Word::Low,
                "medium" => Word::Medium,
                "high" => Word::High,
                // The grammar has no fifth word; the worst is the safe one.
                _ => Word::Critical,
            };
            Score { number: None, word }
        }
    }
}

/// Whether it is a CVSS 3.1 vector, the only kind that CSAF 2.0 takes of those in the format.
pub(super) fn is_v31(severity: &Severity) -> bool {
    severity.as_str().starts_with("CVSS:3.1/")
}

type Values = &'static [(&'static str, &'static str)];

const REACH: Values =
    &[("N", "NETWORK"), ("A", "ADJACENT_NETWORK"), ("L", "LOCAL"), ("P", "PHYSICAL"), ("X", "NOT_DEFINED")];
const LEVEL: Values = &[("N", "NONE"), ("L", "LOW"), ("M", "MEDIUM"), ("H", "HIGH"), ("X", "NOT_DEFINED")];
const INTERACTION: Values = &[("N", "NONE"), ("R", "REQUIRED"), ("X", "NOT_DEFINED")];
const SCOPE: Values = &[("U", "UNCHANGED"), ("C", "CHANGED"), ("X", "NOT_DEFINED")];
const MATURITY: Values =
    &[("U", "UNPROVEN"), ("P", "PROOF_OF_CONCEPT"), ("F", "FUNCTIONAL"), ("H", "HIGH"), ("X", "NOT_DEFINED")];
const REMEDIATION: Values = &[
    ("O", "OFFICIAL_FIX"),
    ("T", "TEMPORARY_FIX"),
    ("W", "WORKAROUND"),
    ("U", "UNAVAILABLE"),
    ("X", "NOT_DEFINED"),
];
const CONFIDENCE: Values = &[("U", "UNKNOWN"), ("R", "REASONABLE"), ("C", "CONFIRMED"), ("X", "NOT_DEFINED")];

/// The metrics of CVSS 3.1 and their names in FIRST's JSON schema.
const METRICS: &[(&str, &str, Values)] = &[
    ("AV", "attackVector", REACH),
    ("AC", "attackComplexity", LEVEL),
    ("PR", "privilegesRequired", LEVEL),
    ("UI", "userInteraction", INTERACTION),
    ("S", "scope", SCOPE),
    ("C", "confidentialityImpact", LEVEL),
    ("I", "integrityImpact", LEVEL),
    ("A", "availabilityImpact", LEVEL),
    ("E", "exploitCodeMaturity", MATURITY),
    ("RL", "remediationLevel", REMEDIATION),
    ("RC", "reportConfidence", CONFIDENCE),
    ("CR", "confidentialityRequirement", LEVEL),
    ("IR", "integrityRequirement", LEVEL),
    ("AR", "availabilityRequirement", LEVEL),
    ("MAV", "modifiedAttackVector", REACH),
    ("MAC", "modifiedAttackComplexity", LEVEL),
    ("MPR", "modifiedPrivilegesRequired", LEVEL),
    ("MUI", "modifiedUserInteraction", INTERACTION),
    ("MS", "modifiedScope", SCOPE),
    ("MC", "modifiedConfidentialityImpact", LEVEL),
    ("MI", "modifiedIntegrityImpact", LEVEL),
    ("MA", "modifiedAvailabilityImpact", LEVEL),
];

/// The metrics of a CVSS 3.1 vector, as JSON has them: name and value.
pub(super) fn metrics(vector: &Severity) -> impl Iterator<Item = (&'static str, &'static str)> {
    vector.as_str().split('/').filter_map(|metric| {
        let (key, value) = metric.split_once(':')?;
        let (_, name, values) = METRICS.iter().find(|(known, ..)| *known == key)?;
        let (_, word) = values.iter().find(|(known, _)| *known == value)?;
        Some((*name, *word))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// No metric of the grammar and none of its values is lost.
    #[test]
    fn every_metric_has_its_name_in_json() {
        let all = "CVSS:3.1/AV:P/AC:H/PR:L/UI:R/S:C/C:H/I:L/A:N/E:P/RL:W/RC:R/CR:M/IR:X/AR:H/MAV:A/MAC:L/MPR:N/MUI:N/\
                   MS:U/MC:X/MI:H/MA:L";
        let found: Vec<_> = metrics(&Severity::new(all).unwrap()).collect();
        assert_eq!(found.len(), METRICS.len());
        for pair in [
            ("attackVector", "PHYSICAL"),
            ("privilegesRequired", "LOW"),
            ("scope", "CHANGED"),
            ("availabilityImpact", "NONE"),
            ("exploitCodeMaturity", "PROOF_OF_CONCEPT"),
            ("remediationLevel", "WORKAROUND"),
            ("reportConfidence", "REASONABLE"),
            ("confidentialityRequirement", "MEDIUM"),
            ("integrityRequirement", "NOT_DEFINED"),
            ("modifiedAttackVector", "ADJACENT_NETWORK"),
        ] {
            assert!(found.contains(&pair), "{pair:?}");
        }
        // Whatever the grammar takes has a word.
        for (key, _, values) in METRICS {
            for (value, _) in *values {
                let base = "CVSS:3.1/AV:P/AC:H/PR:L/UI:R/S:C/C:H/I:L/A:N";
                let start = base.find(&format!("/{key}:"));
                let vector = match start {
                    Some(at) => {
                        let end = base[at + 1..].find('/').map_or(base.len(), |n| at + 1 + n);
                        format!("{}/{key}:{value}{}", &base[..at], &base[end..])
                    }
                    None => format!("{base}/{key}:{value}"),
                };
                if let Ok(severity) = Severity::new(&vector) {
                    assert_eq!(metrics(&severity).count(), vector.split('/').count() - 1, "{vector}");
                }
            }
        }
    }

    /// The equations of CVSS 3.1, section 7, by hand, in integers where they round.
    fn by_hand(v: [&str; 8]) -> f64 {
        let [av, ac, pr, ui, s, c, i, a] = v;
        let changed = s == "C";
        let pick = |table: &[(&str, f64)], key: &str| table.iter().find(|(k, _)| *k == key).unwrap().1;
        let cia = |key| pick(&[("N", 0.0), ("L", 0.22), ("H", 0.56)], key);
        let iss = 1.0 - (1.0 - cia(c)) * (1.0 - cia(i)) * (1.0 - cia(a));
        let impact = match changed {
            true => 7.52 * (iss - 0.029) - 3.25 * (iss - 0.02f64).powi(15),
            false => 6.42 * iss,
        };
        let pr = match changed {
            true => pick(&[("N", 0.85), ("L", 0.68), ("H", 0.5)], pr),
            false => pick(&[("N", 0.85), ("L", 0.62), ("H", 0.27)], pr),
        };
        let exploitability = 8.22
            * pick(&[("N", 0.85), ("A", 0.62), ("L", 0.55), ("P", 0.2)], av)
            * pick(&[("L", 0.77), ("H", 0.44)], ac)
            * pr
            * pick(&[("N", 0.85), ("R", 0.62)], ui);
        if impact <= 0.0 {
            return 0.0;
        }
        let factor = if changed { 1.08 } else { 1.0 };
        let whole = ((factor * (impact + exploitability)).min(10.0) * 100_000.0).round();
        if whole % 10_000.0 == 0.0 { whole / 100_000.0 } else { ((whole / 10_000.0).floor() + 1.0) / 10.0 }
    }

    /// All 2,592 base vectors there are.
    #[test]
    fn every_base_score_is_what_the_equations_say() {
        let mut seen = 0;
        for av in ["N", "A", "L", "P"] {
            for (ac, pr) in ["L", "H"].iter().flat_map(|ac| ["N", "L", "H"].map(|pr| (*ac, pr))) {
                for (ui, s) in ["N", "R"].iter().flat_map(|ui| ["U", "C"].map(|s| (*ui, s))) {
                    for (c, i, a) in ["N", "L", "H"].iter().flat_map(|c| {
                        ["N", "L", "H"].iter().flat_map(|i| ["N", "L", "H"].map(|a| (*c, *i, a)))
                    }) {
                        let vector =
                            format!("CVSS:3.1/AV:{av}/AC:{ac}/PR:{pr}/UI:{ui}/S:{s}/C:{c}/I:{i}/A:{a}");
                        let score = of(&Severity::new(&vector).unwrap());
                        let expected = by_hand([av, ac, pr, ui, s, c, i, a]);
                        assert_eq!(score.number, Some(expected), "{vector}");
                        let word = match expected {
                            n if n < 0.1 => Word::None,
                            n if n < 4.0 => Word::Low,
                            n if n < 7.0 => Word::Medium,
                            n if n < 9.0 => Word::High,
                            _ => Word::Critical,
                        };
                        assert_eq!(score.word, word, "{vector}");
                        seen += 1;
                    }
                }
            }
        }
        assert_eq!(seen, 2_592);
    }

    #[test]
    fn what_is_not_a_base_metric_does_not_change_the_base_score() {
        let score = |text: &str| of(&Severity::new(text).unwrap());
        let base = "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H";
        assert_eq!(score(base).number, Some(9.8));
        assert_eq!(score(&format!("{base}/E:U/RL:O/RC:U/CR:L/MC:N/MI:N/MA:N")).number, Some(9.8));
        assert_eq!(score("high"), Score { number: None, word: Word::High });
        let v4 = score("CVSS:4.0/AV:A/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N");
        assert_eq!(v4, Score { number: Some(8.7), word: Word::High });
    }
}
