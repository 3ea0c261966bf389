//! The one key in a PEM file. Other tools write text around it, and certificates beside it (RFC 7468, 2 and 5.2).

use crate::error::KeyError;
use zeroize::Zeroizing;

/// A key as its own PEM document: without what stands around it, and without blanks at the ends of its lines.
pub(super) struct Key {
    pub(super) label: String,
    pub(super) pem: Zeroizing<String>,
}

/// Finds the key in a text. Text before it and behind it is skipped, and so are blocks of another kind, such as
/// certificates.
///
/// # Errors
/// There is no key, there are two, or a block has no end: which one is meant could not be told.
pub(super) fn key(text: &str, expected: &'static str) -> Result<Key, KeyError> {
    let text = text.trim_start_matches('\u{feff}');
    let mut found: Option<Key> = None;
    // The label of the block that has begun, and its text where it is a key.
    let mut open: Option<(String, Option<Zeroizing<String>>)> = None;
    for line in text.lines().map(str::trim) {
        let begins = bounded(line, "-----BEGIN ");
        let ends = bounded(line, "-----END ");
        match (&mut open, begins, ends) {
            (None, Some(label), _) => {
                let is_key = label == "PUBLIC KEY" || label.ends_with("PRIVATE KEY");
                // Room for all of it: what grows leaves copies behind that nobody wipes.
                let pem = is_key.then(|| Zeroizing::new(String::with_capacity(text.len() + 2)));
                open = Some((label.to_owned(), pem));
            }
            (Some((label, _)), None, Some(end)) if end == label => {
                let Some((label, Some(mut pem))) = open.take() else { continue };
                add(&mut pem, line);
                if found.replace(Key { label, pem }).is_some() {
                    return Err(KeyError::Several);
                }
                continue;
            }
            (Some(_), Some(_), _) | (Some(_), _, Some(_)) => return Err(KeyError::Cut),
            _ => {}
        }
        if let Some((_, Some(pem))) = &mut open
            && !line.is_empty()
        {
            add(pem, line);
        }
    }
    match (open, found) {
        (Some(_), _) => Err(KeyError::Cut),
        (None, Some(key)) => Ok(key),
        (None, None) => Err(KeyError::Kind { expected }),
    }
}

fn add(pem: &mut String, line: &str) {
    pem.push_str(line);
    pem.push('\n');
}

/// The label of a line that begins or ends a block.
fn bounded<'l>(line: &'l str, lead: &str) -> Option<&'l str> {
    line.strip_prefix(lead)?.strip_suffix("-----")
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\nBBBB\n-----END PRIVATE KEY-----\n";
    const CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nCCCC\n-----END CERTIFICATE-----\n";

    fn found(text: &str) -> Result<String, KeyError> {
        key(text, "a key").map(|key| key.pem.to_string())
    }

    #[test]
    fn text_around_a_key_is_skipped() {
        for text in [
            KEY.to_owned(),
            format!("\u{feff}{KEY}\n \n# CI secret\n"),
            format!("Bag Attributes\n    friendlyName: x\n{KEY}{CERTIFICATE}"),
            format!("{CERTIFICATE}{KEY}"),
            KEY.replace('\n', " \r\n"),
            KEY.replace("AAAA\n", "AAAA\n\n"),
            KEY.trim_end().to_owned(),
        ] {
            assert_eq!(found(&text).as_deref(), Ok(KEY), "{text}");
        }
    }

    #[test]
    fn what_is_not_one_whole_key_is_refused() {
        let public = KEY.replace("PRIVATE", "PUBLIC");
        for (text, error) in [
            (format!("{KEY}{KEY}"), KeyError::Several),
            (format!("{KEY}{public}"), KeyError::Several),
            (format!("{KEY}-----BEGIN PRIVATE KEY-----\nAAAA\n"), KeyError::Cut),
            (KEY.replace("-----END PRIVATE", "-----END PUBLIC"), KeyError::Cut),
            (CERTIFICATE.to_owned(), KeyError::Kind { expected: "a key" }),
            (String::new(), KeyError::Kind { expected: "a key" }),
        ] {
            assert_eq!(found(&text), Err(error), "{text}");
        }
    }
}
