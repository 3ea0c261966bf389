//! Language tags: the part of BCP 47 that names a language, a script, a region and variants, in
//! canonical case, so that one language has one spelling (SPEC 6.2).

use crate::refusal::quote;
use crate::{Refusal, Result, Rule};
use alloc::{format, string::String};
use core::fmt;

/// A language tag such as `en`, `de-AT` or `zh-Hant-TW`.
///
/// ```
/// # use pkg_format::lang::Lang;
/// assert!(Lang::new("zh-Hant-TW").is_ok());
/// assert!(Lang::new("EN").is_err(), "canonical case only");
/// ```
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Lang(String);

impl Lang {
    /// Checks grammar and case.
    ///
    /// # Errors
    ///
    /// The text is no well-formed language tag.
    pub fn new(tag: &str) -> Result<Self> {
        if is_tag(tag) {
            Ok(Lang(tag.into()))
        } else {
            Err(Refusal::new(
                Rule::Txt4,
                format!("expected a tag like en, de-AT or zh-Hant-TW, found {}", quote(tag)),
            ))
        }
    }

    /// The tag.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The language without script and region: the first subtag.
    pub fn primary(&self) -> &str {
        self.0.split('-').next().unwrap_or_default()
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

fn script(part: &str) -> bool {
    part.len() == 4
        && part.bytes().next().is_some_and(|b| b.is_ascii_uppercase())
        && part.bytes().skip(1).all(|b| b.is_ascii_lowercase())
}

fn region(part: &str) -> bool {
    (part.len() == 2 && part.bytes().all(|b| b.is_ascii_uppercase()))
        || (part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
}

fn variant(part: &str) -> bool {
    part.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit())
        && ((5..=8).contains(&part.len())
            || (part.len() == 4 && part.bytes().next().is_some_and(|b| b.is_ascii_digit())))
}

fn is_tag(tag: &str) -> bool {
    if tag.len() > 35 {
        return false;
    }
    let mut parts = tag.split('-').peekable();
    if !parts.next().is_some_and(|p| (2..=3).contains(&p.len()) && p.bytes().all(|b| b.is_ascii_lowercase()))
    {
        return false;
    }
    parts.next_if(|p| script(p));
    parts.next_if(|p| region(p));
    let mut seen: [&str; 4] = [""; 4];
    for part in parts {
        let Some(free) = seen.iter_mut().find(|s| s.is_empty() || **s == part) else { return false };
        if !variant(part) || *free == part {
            return false;
        }
        *free = part;
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn accepts_canonical_tags_only() {
        for ok in ["en", "de-AT", "zh-Hant-TW", "es-419", "sr-Latn", "ca-valencia", "sl-rozaj-1994", "deu"] {
            assert!(Lang::new(ok).is_ok(), "{ok}");
        }
        for bad in [
            "",
            "e",
            "EN",
            "de-at",
            "zh-hant",
            "en-",
            "-en",
            "x-mine",
            "i-klingon",
            "en-a-bc",
            "abcdefghi",
            "en_US",
            "en-US-US",
            "ca-valencia-valencia",
            "en-x-y",
            "english",
            "de-AT-Latn",
        ] {
            assert_eq!(Lang::new(bad).unwrap_err().rule, Rule::Txt4, "{bad}");
        }
    }

    proptest! {
        /// A second opinion: what we accept, a BCP 47 parser accepts and would not spell otherwise.
        #[test]
        fn a_bcp_47_parser_agrees(tag in "[a-z]{2,4}(-[A-Z][a-z]{3})?(-[A-Z]{2}|-[0-9]{3})?(-[a-z0-9]{4,8}){0,2}") {
            if Lang::new(&tag).is_ok() {
                let parsed = oxilangtag::LanguageTag::parse_and_normalize(&tag).unwrap();
                prop_assert_eq!(parsed.as_str(), tag);
            }
        }
    }
}
