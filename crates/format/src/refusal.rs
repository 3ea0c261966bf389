//! Why something was refused: one rule id, the place, and what was found there.

use crate::forbidden::is_forbidden;
use crate::rule::Rule;
use alloc::{format, string::String};
use core::fmt;

/// A refusal: the rule that was broken, where, and what was found.
///
/// The text never contains a character that could act on a terminal: whatever comes from a
/// package is passed through [`quote`] before it gets in here.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Refusal {
    /// The rule that was broken.
    pub rule: Rule,
    /// The field, such as `fixes[0].severity`; empty where the statement as a whole is meant.
    pub at: String,
    /// What was expected and what was found.
    pub why: String,
}

impl Refusal {
    /// A refusal without a place; the callers on the way up add theirs with [`Refusal::within`].
    pub fn new(rule: Rule, why: impl Into<String>) -> Self {
        Refusal { rule, at: String::new(), why: why.into() }
    }

    /// Puts the field `key` in front of the place.
    pub fn within(mut self, key: &str) -> Self {
        self.at = if self.at.is_empty() || self.at.starts_with('[') {
            format!("{key}{}", self.at)
        } else {
            format!("{key}.{}", self.at)
        };
        self
    }

    /// Puts the list index `index` in front of the place.
    pub fn at_index(self, index: usize) -> Self {
        self.within(&format!("[{index}]"))
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "[{}] ", self.rule.id())?;
        if !self.at.is_empty() {
            write!(f, "{}: ", self.at)?;
        }
        f.write_str(&self.why)
    }
}

impl core::error::Error for Refusal {}

/// Shows text from a package inside a message: in quotes, line feeds and every character that
/// texts may not have escaped, cut after 60 characters.
pub fn quote(text: &str) -> String {
    const SHOWN: usize = 60;
    let mut out = String::from("'");
    for c in text.chars().take(SHOWN) {
        if is_forbidden(c) || c == '\n' {
            out.extend(c.escape_unicode());
        } else {
            out.push(c);
        }
    }
    if text.chars().nth(SHOWN).is_some() {
        out.push('…');
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_is_built_from_the_inside_out() {
        let r = Refusal::new(Rule::Man1, "missing").within("severity").at_index(2).within("fixes");
        assert_eq!(r.at, "fixes[2].severity");
        assert_eq!(std::format!("{r}"), "[MAN-1] fixes[2].severity: missing");
    }

    #[test]
    fn quoted_text_cannot_act_on_a_terminal() {
        let shown = quote("a\u{1b}[2J\u{202e}\n");
        assert_eq!(shown, "'a\\u{1b}[2J\\u{202e}\\u{a}'");
        assert!(quote(&"x".repeat(500)).chars().count() < 70);
    }
}
