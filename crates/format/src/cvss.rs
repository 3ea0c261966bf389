//! The grammar of CVSS 3.1 and 4.0 vectors (FIRST): which metrics, which values, which order.

use crate::cbor::{Item, Tree, Wire};
use crate::refusal::quote;
use crate::{Refusal, Result, Rule};
use alloc::{format, string::String};
use core::fmt;

/// How bad a vulnerability is: a CVSS 3.1 or 4.0 vector, or one of four words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Severity(String);

const WORDS: [&str; 4] = ["low", "medium", "high", "critical"];

/// CVSS 3.1: any order; the first eight are mandatory.
const V3: &[(&str, &str)] = &[
    ("AV", "NALP"),
    ("AC", "LH"),
    ("PR", "NLH"),
    ("UI", "NR"),
    ("S", "UC"),
    ("C", "NLH"),
    ("I", "NLH"),
    ("A", "NLH"),
    ("E", "XUPFH"),
    ("RL", "XOTWU"),
    ("RC", "XURC"),
    ("CR", "XLMH"),
    ("IR", "XLMH"),
    ("AR", "XLMH"),
    ("MAV", "XNALP"),
    ("MAC", "XLH"),
    ("MPR", "XNLH"),
    ("MUI", "XNR"),
    ("MS", "XUC"),
    ("MC", "XNLH"),
    ("MI", "XNLH"),
    ("MA", "XNLH"),
];
const V3_MANDATORY: usize = 8;

/// CVSS 4.0: this order; the first eleven are mandatory. `U` has words for values.
const V4: &[(&str, &str)] = &[
    ("AV", "NALP"),
    ("AC", "LH"),
    ("AT", "NP"),
    ("PR", "NLH"),
    ("UI", "NPA"),
    ("VC", "HLN"),
    ("VI", "HLN"),
    ("VA", "HLN"),
    ("SC", "HLN"),
    ("SI", "HLN"),
    ("SA", "HLN"),
    ("E", "XAPU"),
    ("CR", "XHML"),
    ("IR", "XHML"),
    ("AR", "XHML"),
    ("MAV", "XNALP"),
    ("MAC", "XLH"),
    ("MAT", "XNP"),
    ("MPR", "XNLH"),
    ("MUI", "XNPA"),
    ("MVC", "XHLN"),
    ("MVI", "XHLN"),
    ("MVA", "XHLN"),
    ("MSC", "XHLN"),
    ("MSI", "XHLNS"),
    ("MSA", "XHLNS"),
    ("S", "XNP"),
    ("AU", "XNY"),
    ("R", "XAUI"),
    ("V", "XDC"),
    ("RE", "XLMH"),
    ("U", ""),
];
const V4_MANDATORY: usize = 11;
const URGENCY: [&str; 5] = ["X", "Clear", "Green", "Amber", "Red"];

impl Severity {
    /// Checks the grammar.
    ///
    /// ```
    /// # use pkg_format::cvss::Severity;
    /// assert!(Severity::new("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N").is_ok());
    /// assert!(Severity::new("high").is_ok());
    /// assert!(Severity::new("9.8").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// The text is no CVSS vector of a version that is known.
    pub fn new(text: &str) -> Result<Self> {
        let sound = WORDS.contains(&text)
            || text.strip_prefix("CVSS:3.1/").is_some_and(is_v3)
            || text.strip_prefix("CVSS:4.0/").is_some_and(is_v4);
        if sound {
            Ok(Severity(text.into()))
        } else {
            Err(Refusal::new(
                Rule::Adv8,
                format!(
                    "expected a CVSS 3.1 or 4.0 vector or low, medium, high, critical; found {}",
                    quote(text)
                ),
            ))
        }
    }

    /// The vector or word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// The place of `metric` in `table`, if its value is one of those listed there.
fn place(table: &[(&str, &str)], metric: &str) -> Option<usize> {
    let (name, value) = metric.split_once(':')?;
    let index = table.iter().position(|(known, _)| *known == name)?;
    let (_, values) = table.get(index)?;
    let legal =
        if values.is_empty() { URGENCY.contains(&value) } else { value.len() == 1 && values.contains(value) };
    legal.then_some(index)
}

fn is_v3(vector: &str) -> bool {
    let mut seen = [false; V3.len()];
    for metric in vector.split('/') {
        match place(V3, metric).and_then(|i| seen.get_mut(i)) {
            Some(slot) if !*slot => *slot = true,
            _ => return false,
        }
    }
    seen.iter().take(V3_MANDATORY).all(|s| *s)
}

fn is_v4(vector: &str) -> bool {
    let mut next = 0usize;
    for metric in vector.split('/') {
        match place(V4, metric) {
            // A mandatory metric stands in its very place, the others only after it.
            Some(i) if i >= next && (i == next || next >= V4_MANDATORY) => next = i.saturating_add(1),
            _ => return false,
        }
    }
    next >= V4_MANDATORY
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Wire for Severity {
    fn decode(item: Item<'_>) -> Result<Self> {
        Severity::new(item.text()?)
    }
    fn encode(&self) -> Tree {
        Tree::text(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use core::str::FromStr;
    use proptest::prelude::*;

    const BASE4: &str = "CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N";

    #[test]
    fn vectors_and_words() {
        for ok in [
            "low",
            "critical",
            "CVSS:3.1/C:H/I:N/A:N/AV:N/AC:L/PR:N/UI:N/S:U",
            BASE4,
            &format!("{BASE4}/E:A/MSI:S/U:Red"),
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N/E:P/RC:C",
        ] {
            assert!(Severity::new(ok).is_ok(), "{ok}");
        }
        for bad in [
            "",
            "none",
            "High",
            "CVSS:2.0/AV:N",
            "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N",
            "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
            "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N",
            &format!("{BASE4}/MSI:S/E:A"),
            &format!("{BASE4}/U:R"),
            &format!("{BASE4}/"),
            "CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N",
        ] {
            assert_eq!(Severity::new(bad).unwrap_err().rule, Rule::Adv8, "{bad}");
        }
    }

    fn vector() -> impl Strategy<Value = String> {
        let metric = |(name, values): (&'static str, &'static str)| {
            let values: std::vec::Vec<char> =
                if values.is_empty() { std::vec!['X'] } else { values.chars().collect() };
            (prop::sample::select(values), prop::bool::weighted(0.97))
                .prop_map(move |(v, keep)| (keep, format!("/{name}:{v}")))
        };
        let of = |prefix: &'static str, table: &[(&'static str, &'static str)]| {
            table.iter().map(|m| metric(*m)).collect::<std::vec::Vec<_>>().prop_map(move |parts| {
                parts.into_iter().filter(|(keep, _)| *keep).fold(String::from(prefix), |v, (_, p)| v + &p)
            })
        };
        prop_oneof![of("CVSS:3.1", V3), of("CVSS:4.0", V4)]
    }

    proptest! {
        /// A second opinion: another parser takes the vectors that we take.
        #[test]
        fn another_parser_agrees(vector in vector()) {
            if Severity::new(&vector).is_ok() {
                prop_assert!(::cvss::Cvss::from_str(&vector).is_ok(), "{}", vector);
            }
        }
    }
}
