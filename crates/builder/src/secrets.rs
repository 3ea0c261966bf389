//! Recognising private keys by their contents, so that none is published.

use pkg_format::Tree;

/// The largest file, in bytes, that is a key and nothing else.
pub(crate) const LONGEST: u64 = 64 << 10;

/// How many bytes after its first line the key itself is searched for: there may be headers in between.
const HEADERS: usize = 1 << 10;

/// The shortest run of base64 that counts as a key. Prose has no such run.
const RUN: usize = 24;

/// Marks that name a private key, whatever follows.
const MARKS: &[(&[u8], &str)] = &[
    (b"PuTTY-User-Key-File-", "a PuTTY private key"),
    (b"AGE-SECRET-KEY-1", "an age private key"),
    (b"openssh-key-v1\0", "an OpenSSH private key"),
    // The same in base64, for a key whose first and last lines were removed.
    (b"b3BlbnNzaC1rZXktdjEA", "an OpenSSH private key in base64"),
    // PKCS#8 of Ed25519: version 0, the algorithm, and 32 bytes in two strings (RFC 8410); version 1 holds more.
    (b"\x02\x01\x00\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", "a private key in DER"),
    (b"\x02\x01\x01\x30\x05\x06\x03\x2b\x65\x70\x04\x22\x04\x20", "a private key in DER"),
    (b"MC4CAQAwBQYDK2VwBCIEI", "a private key in base64"),
    // PKCS#8 of ML-DSA-65 by its seed (RFC 9881).
    (b"\x30\x0b\x06\x09\x60\x86\x48\x01\x65\x03\x04\x03\x12\x04\x22\x80\x20", "a private key in DER"),
    (b"MDQCAQAwCwYJYIZIAWUDBAMSBCKAI", "a private key in base64"),
    // PKCS#8 of RSA.
    (
        b"\x02\x01\x00\x30\x0d\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x01\x01\x05\x00\x04\x82",
        "a private key in DER",
    ),
    (b"IBADANBgkqhkiG9w0BAQEFAAS", "a private key in base64"),
];

/// The kind of private key in these bytes, if there is one.
pub(crate) fn private_key(bytes: &[u8]) -> Option<&'static str> {
    let plain = armoured(bytes).or_else(|| marked(bytes)).or_else(|| der(bytes)).or_else(|| jwk(bytes));
    // In UTF-16, in which Windows saves texts, every character of a key has a zero byte.
    plain.or_else(|| {
        let wide = bytes.iter().take(4096).filter(|b| **b == 0).count() > bytes.len().min(4096) / 3;
        let narrow: Vec<u8> =
            if wide { bytes.iter().copied().filter(|b| *b != 0).collect() } else { Vec::new() };
        armoured(&narrow)
    })
}

/// The field of a statement that contains a private key, and its kind.
pub(crate) fn in_texts(tree: &Tree, at: &str) -> Option<(String, &'static str)> {
    match tree {
        Tree::Text(text) => private_key(text.as_bytes()).map(|found| (at.to_owned(), found)),
        Tree::List(list) => {
            list.iter().enumerate().find_map(|(i, item)| in_texts(item, &format!("{at}[{i}]")))
        }
        Tree::Map(map) => map.iter().find_map(|(key, value)| {
            in_texts(value, &if at.is_empty() { key.clone() } else { format!("{at}.{key}") })
        }),
        _ => None,
    }
}

fn marked(bytes: &[u8]) -> Option<&'static str> {
    // One pass for the first bytes of all marks: most bytes start none.
    bytes.iter().enumerate().find_map(|(at, first)| {
        let mut marks = MARKS.iter().filter(|(mark, _)| mark.first() == Some(first));
        let (_, what) = marks.find(|(mark, _)| bytes.get(at..).is_some_and(|rest| rest.starts_with(mark)))?;
        Some(*what)
    })
}

/// `-----BEGIN … PRIVATE KEY…` followed by what could be a key. Prose about such a line is no key.
fn armoured(bytes: &[u8]) -> Option<&'static str> {
    const BEGIN: &[u8] = b"-- BEGIN ";
    const JOINED: &[u8] = b"--BEGIN ";
    let mut at = 0;
    while let Some(found) = bytes.get(at..)?.iter().position(|b| *b == b'B') {
        at += found;
        let before = bytes.get(..at)?;
        let begins = |mark: &[u8]| {
            let (lead, word) = mark.split_at(mark.len().saturating_sub(b"BEGIN ".len()));
            before.ends_with(lead) && bytes.get(at..).is_some_and(|rest| rest.starts_with(word))
        };
        if begins(BEGIN) || begins(JOINED) {
            let rest = bytes.get(at..)?;
            let label: Vec<u8> = rest.iter().copied().take(64).take_while(|b| *b != b'-').collect();
            let body = rest.get(label.len()..)?;
            if label.windows(11).any(|w| w == b"PRIVATE KEY") && has_run(body) {
                return Some("a private key in PEM");
            }
        }
        at += 1;
    }
    None
}

fn has_run(bytes: &[u8]) -> bool {
    let letter = |b: &u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'/' | b'=');
    let mut run = 0;
    bytes.iter().take(HEADERS).any(|b| {
        run = if letter(b) { run + 1 } else { 0 };
        run >= RUN
    })
}

/// A key in JSON (RFC 7517): `d` is the private half.
fn jwk(bytes: &[u8]) -> Option<&'static str> {
    let text = std::str::from_utf8(bytes).ok()?;
    text.contains("\"kty\"").then_some(())?;
    let mut halves = text.match_indices("\"d\"").filter_map(|(at, name)| text.get(at + name.len()..));
    let secret = halves.any(|rest| {
        let value = rest.trim_start().strip_prefix(':').map(str::trim_start);
        value.and_then(|v| v.strip_prefix('"')).is_some_and(|v| has_run(v.as_bytes()))
    });
    secret.then_some("a private key in JSON")
}

/// A file that is one structure of DER, with the beginning that private keys have: PKCS#8, also encrypted, PKCS#1
/// and SEC 1.
fn der(bytes: &[u8]) -> Option<&'static str> {
    let (0x30, all, []) = element(bytes)? else { return None };
    let (tag, first, rest) = element(all)?;
    let private = match tag {
        // EncryptedPrivateKeyInfo: an algorithm of PKCS#5 or PKCS#12, then a string.
        0x30 => {
            let (0x06, oid, _) = element(first)? else { return None };
            let pkcs = oid.starts_with(b"\x2a\x86\x48\x86\xf7\x0d\x01\x05")
                || oid.starts_with(b"\x2a\x86\x48\x86\xf7\x0d\x01\x0c");
            pkcs && matches!(element(rest)?, (0x04, _, []))
        }
        // A version, then an algorithm (PKCS#8), a string (SEC 1) or numbers (PKCS#1).
        0x02 if matches!(first, [0 | 1]) => match element(rest)? {
            (0x30, algorithm, more) => {
                matches!(element(algorithm)?, (0x06, ..)) && matches!(element(more)?, (0x04, ..))
            }
            (0x04, key, _) => matches!(key.len(), 20..=72),
            (0x02, modulus, more) => modulus.len() >= 64 && matches!(element(more)?, (0x02, ..)),
            _ => false,
        },
        _ => false,
    };
    private.then_some("a private key in DER")
}

/// The tag, the content and what follows of the first element.
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = match first {
        0..=0x7f => (usize::from(*first), rest),
        0x81..=0x84 => {
            let (digits, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
            (digits.iter().fold(0usize, |n, d| n << 8 | usize::from(*d)), rest)
        }
        _ => return None,
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::keys::{generate, public_pem};
    use pkg_format::cose::Algorithm;

    #[test]
    fn our_own_keys_are_known_in_every_form() {
        for alg in Algorithm::ALL {
            let key = generate(*alg).unwrap();
            let pem = key.to_pem(None).unwrap().to_string();
            let locked = key.to_pem(Some("horse")).unwrap().to_string();
            let body: String = pem.lines().filter(|l| !l.starts_with('-')).collect();
            let der = |pem: &str| pkcs8::SecretDocument::from_pem(pem).unwrap().1.as_bytes().to_vec();
            let (der, der_locked) = (der(&pem), der(&locked));
            let wide: Vec<u8> = pem.encode_utf16().flat_map(u16::to_le_bytes).collect();
            let quoted = format!("{{\"key\": {:?}}}", pem);
            for bytes in [
                pem.as_bytes(),
                locked.as_bytes(),
                &der,
                &der_locked,
                &wide,
                quoted.as_bytes(),
                body.as_bytes(),
            ] {
                assert!(private_key(bytes).is_some(), "{alg:?}: {}", String::from_utf8_lossy(bytes));
            }
            let inside = [b"some bytes ".as_slice(), &der, b" and more"].concat();
            assert!(private_key(&inside).is_some());
            assert_eq!(private_key(public_pem(&key.public().unwrap()).unwrap().as_bytes()), None);
        }
    }

    #[test]
    fn keys_of_others_are_known() {
        let body = "A1b2".repeat(16);
        for label in ["RSA PRIVATE KEY", "EC PRIVATE KEY", "OPENSSH PRIVATE KEY", "PGP PRIVATE KEY BLOCK"] {
            let text = format!("notes\n-----BEGIN {label}-----\nProc-Type: 4,ENCRYPTED\n\n{body}\n");
            assert!(private_key(text.as_bytes()).is_some(), "{label}");
        }
        assert!(
            private_key(format!("---- BEGIN SSH2 ENCRYPTED PRIVATE KEY ----\n{body}").as_bytes()).is_some()
        );
        assert!(private_key(format!("{{\"kty\":\"OKP\",\"d\": \"{body}\"}}").as_bytes()).is_some());
    }

    #[test]
    fn words_about_keys_and_other_files_are_no_keys() {
        let certificate = format!("-----BEGIN CERTIFICATE-----\n{}\n", "MIIB".repeat(16));
        let words = "The firmware held a file that begins with -----BEGIN PRIVATE KEY-----; it is gone now.";
        for text in [words, &certificate, "{\"kty\": \"OKP\", \"x\": \"abc\"}", "", "BEGIN"] {
            assert_eq!(private_key(text.as_bytes()), None, "{text}");
        }
        assert_eq!(private_key(&[0; 5000]), None);
    }

    #[test]
    fn the_field_that_holds_a_key_is_named() {
        let pem = generate(Algorithm::Ed25519).unwrap().to_pem(None).unwrap().to_string();
        let tree = Tree::Map(vec![(
            "changes".into(),
            Tree::List(vec![Tree::Map(vec![(
                "text".into(),
                Tree::Map(vec![("en".into(), Tree::Text(pem))]),
            )])]),
        )]);
        assert_eq!(in_texts(&tree, ""), Some(("changes[0].text.en".into(), "a private key in PEM")));
    }
}
