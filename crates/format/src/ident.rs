//! Names: ids, versions, vulnerability ids and other words with a grammar (SPEC 6.2).

use crate::cbor::{Item, Tree, Wire};
use crate::refusal::quote;
use crate::{Refusal, Result, Rule};
use alloc::{format, string::String};
use core::fmt;

/// Makes a string type whose only way in is its grammar.
macro_rules! word {
    ($(#[$doc:meta])* $name:ident, $rule:expr, $grammar:path, $expected:literal) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// Checks the grammar.
            ///
            /// # Errors
            ///
            /// The text is not of this grammar.
            pub fn new(text: &str) -> Result<Self> {
                if $grammar(text) {
                    Ok(Self(text.into()))
                } else {
                    Err(Refusal::new($rule, format!("expected {}, found {}", $expected, quote(text))))
                }
            }

            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }

        impl Wire for $name {
            fn decode(item: Item<'_>) -> Result<Self> {
                Self::new(item.text()?)
            }
            fn encode(&self) -> Tree {
                Tree::text(self.as_str())
            }
        }
    };
}

word!(
    /// A name: vendor, product, hardware, line, scope, component, release id. Safe as a part of a
    /// file name: `[A-Za-z0-9][A-Za-z0-9._-]{0,63}`.
    ///
    /// ```
    /// # use pkg_format::Id;
    /// assert!(Id::new("cam-x1").is_ok());
    /// assert!(Id::new("../etc").is_err());
    /// ```
    Id, Rule::Man4, is_id, "a name of 1 to 64 letters, digits, '.', '_' or '-' that begins with a letter or digit"
);

word!(
    /// A version as people know it; opaque, never compared: `[A-Za-z0-9][A-Za-z0-9._+~-]{0,63}`.
    Version, Rule::Man4, is_version, "a version of 1 to 64 letters, digits, '.', '_', '+', '~' or '-'"
);

word!(
    /// The id of a vulnerability: CVE, EUVD, GHSA, or one of the vendor's own that imitates none.
    VulnId, Rule::Adv9, is_vuln_id, "a CVE, EUVD or GHSA id, or a name that does not begin like one"
);

word!(
    /// A weakness: `CWE-` and up to six digits.
    Cwe, Rule::Man4, is_cwe, "a weakness like CWE-79"
);

word!(
    /// A month: `YYYY-MM`.
    Month, Rule::Sup1, is_month, "a month like 2031-12"
);

word!(
    /// A media type such as `application/json`.
    MediaType, Rule::Man4, is_media_type, "a media type like application/json"
);

word!(
    /// An `https://` address of at most 1 KiB, without user name or password.
    Url, Rule::Txt6, is_url, "an https:// address of printable ASCII without user name"
);

impl Month {
    /// Months since the year 0.
    pub fn months(&self) -> u64 {
        let (year, month) = self.0.split_once('-').unwrap_or_default();
        let number = |text: &str| text.parse::<u64>().unwrap_or_default();
        number(year).saturating_mul(12).saturating_add(number(month))
    }
}

fn is_name(text: &str, more: &[u8]) -> bool {
    let mut bytes = text.bytes();
    text.len() <= 64
        && bytes.next().is_some_and(|b| b.is_ascii_alphanumeric())
        && bytes.all(|b| b.is_ascii_alphanumeric() || more.contains(&b))
}

fn is_id(text: &str) -> bool {
    is_name(text, b"._-")
}

fn is_version(text: &str) -> bool {
    is_name(text, b"._+~-")
}

fn digits(text: &str, least: usize, most: usize) -> bool {
    (least..=most).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_digit())
}

fn is_vuln_id(text: &str) -> bool {
    // CVE record format: four digits of year, 4 to 19 of number. EUVD: a year and a number.
    let year_and_number = |rest: &str, least| {
        rest.split_once('-').is_some_and(|(year, n)| digits(year, 4, 4) && digits(n, least, 19))
    };
    if let Some(rest) = text.strip_prefix("CVE-") {
        return year_and_number(rest, 4);
    }
    if let Some(rest) = text.strip_prefix("EUVD-") {
        return year_and_number(rest, 1);
    }
    if let Some(rest) = text.strip_prefix("GHSA-") {
        let group = |g: &str| g.len() == 4 && g.bytes().all(|b| b"23456789cfghjmpqrvwx".contains(&b));
        return rest.split('-').count() == 3 && rest.split('-').all(group);
    }
    let imitates =
        |prefix: &str| text.get(..prefix.len()).is_some_and(|start| start.eq_ignore_ascii_case(prefix));
    is_id(text) && !imitates("CVE") && !imitates("EUVD") && !imitates("GHSA")
}

fn is_cwe(text: &str) -> bool {
    text.strip_prefix("CWE-").is_some_and(|n| digits(n, 1, 6) && !n.starts_with('0'))
}

fn is_month(text: &str) -> bool {
    text.split_once('-').is_some_and(|(year, month)| {
        digits(year, 4, 4) && digits(month, 2, 2) && ("01"..="12").contains(&month)
    })
}

fn is_media_type(text: &str) -> bool {
    let part =
        |p: &str| !p.is_empty() && p.bytes().all(|b| b.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&b));
    text.len() <= 127 && text.split_once('/').is_some_and(|(a, b)| part(a) && part(b))
}

fn is_url(text: &str) -> bool {
    text.strip_prefix("https://").is_some_and(|rest| {
        let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
        text.len() <= crate::limits::LABEL
            && !host.is_empty()
            && !host.contains('@')
            && text.bytes().all(|b| b.is_ascii_graphic() && !b"\"<>\\^`{|}".contains(&b))
    })
}

/// Makes an enum of words, each with its one spelling on the wire.
macro_rules! words {
    ($(#[$doc:meta])* $name:ident ($rule:expr) { $($(#[$vdoc:meta])* $variant:ident = $word:literal,)* }) => {
        $(#[$doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum $name { $($(#[$vdoc])* $variant,)* }

        // Sets are sorted by what is written.
        impl Ord for $name {
            fn cmp(&self, other: &Self) -> core::cmp::Ordering {
                self.as_str().cmp(other.as_str())
            }
        }

        impl PartialOrd for $name {
            fn partial_cmp(&self, other: &Self) -> Option<core::cmp::Ordering> {
                Some(self.cmp(other))
            }
        }

        impl $name {
            /// Every value.
            pub const ALL: &[$name] = &[$($name::$variant,)*];

            /// The word on the wire.
            pub const fn as_str(self) -> &'static str {
                match self { $($name::$variant => $word,)* }
            }
        }

        impl $crate::cbor::Wire for $name {
            fn decode(item: $crate::cbor::Item<'_>) -> $crate::Result<Self> {
                let text = item.text()?;
                match text {
                    $($word => Ok($name::$variant),)*
                    _ => Err($crate::Refusal::new($rule, alloc::format!(
                        "{} is not one of {}", $crate::refusal::quote(text), [$($word,)*].join(", ")
                    ))),
                }
            }
            fn encode(&self) -> $crate::Tree {
                $crate::Tree::text(self.as_str())
            }
        }

        impl core::fmt::Display for $name {
            fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
                f.write_str(self.as_str())
            }
        }
    };
}
pub(crate) use words;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_safe_in_file_names() {
        for ok in ["a", "cam-x1", "1.4", "A_b.c-d", &"x".repeat(64)] {
            assert!(Id::new(ok).is_ok(), "{ok}");
        }
        for bad in ["", ".", "..", "-x", "a/b", "a b", "ä", "a\0", "_a", &"x".repeat(65), "a+b", "a~"] {
            assert_eq!(Id::new(bad).unwrap_err().rule, Rule::Man4, "{bad}");
        }
        assert!(Version::new("1.4.2+git~rc1").is_ok());
        assert!(Version::new("1:2").is_err());
    }

    #[test]
    fn vulnerability_ids() {
        for ok in
            ["CVE-2026-1234", "CVE-2026-1234567890", "EUVD-2025-14498", "GHSA-xv39-q5wx-9h2c", "ACME-SA-7"]
        {
            assert!(VulnId::new(ok).is_ok(), "{ok}");
        }
        for bad in [
            "CVE-2026-123",
            "CVE-26-1234",
            "cve-2026-1234",
            "CVE2026",
            "EUVD-1",
            "GHSA-aaaa-bbbb-cccc",
            "ghsa-1",
            "",
        ] {
            assert_eq!(VulnId::new(bad).unwrap_err().rule, Rule::Adv9, "{bad}");
        }
    }

    #[test]
    fn other_words() {
        assert!(
            Cwe::new("CWE-79").is_ok() && Cwe::new("CWE-079").is_err() && Cwe::new("CWE-1234567").is_err()
        );
        assert_eq!(Month::new("2031-12").unwrap().months() - Month::new("2026-12").unwrap().months(), 60);
        assert!(Month::new("2031-13").is_err() && Month::new("2031-1").is_err());
        assert!(MediaType::new("application/vnd.cyclonedx+json").is_ok() && MediaType::new("json").is_err());
        for ok in ["https://acme.example/a?b=c#d", "https://[2001:db8::1]/", "https://a.example/@b"] {
            assert!(Url::new(ok).is_ok(), "{ok}");
        }
        for bad in [
            "http://a.example",
            "javascript:alert(1)",
            "https://",
            "https://u:p@a.example/",
            "https:///x",
            "https://a.example/ b",
            "https://a.example/\u{202e}",
            "file:///etc/passwd",
        ] {
            assert_eq!(Url::new(bad).unwrap_err().rule, Rule::Txt6, "{bad}");
        }
    }
}
