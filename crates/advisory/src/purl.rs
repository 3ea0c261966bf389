//! Package URLs of type `generic` for states of a product.
//!
//! `pkg:generic/VENDOR/NAME@VERSION?key=value&…`: keys in the order of the alphabet; what is not a
//! letter, digit, `.`, `-`, `_` or `~` is percent-encoded.

/// Makes one. Qualifiers are given sorted by key.
pub(super) fn generic(
    vendor: &str,
    name: &str,
    version: Option<&str>,
    qualifiers: &[(&str, &str)],
) -> String {
    let mut purl = format!("pkg:generic/{}/{}", encoded(vendor), encoded(name));
    if let Some(version) = version {
        purl.push('@');
        purl.push_str(&encoded(version));
    }
    for (i, (key, value)) in qualifiers.iter().enumerate() {
        purl.push(if i == 0 { '?' } else { '&' });
        purl.push_str(&format!("{key}={}", encoded(value)));
    }
    purl
}

/// Percent-encodes.
pub(super) fn encoded(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'.' | b'-' | b'_' | b'~' => out.push(char::from(byte)),
            other => out.push_str(&format!("%{other:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn purls_have_the_form_of_the_specification() {
        assert_eq!(generic("acme", "cam-x1", Some("1.4.3"), &[]), "pkg:generic/acme/cam-x1@1.4.3");
        assert_eq!(generic("acme", "cam", Some("2+git~rc1"), &[]), "pkg:generic/acme/cam@2%2Bgit~rc1");
        assert_eq!(
            generic("acme", "cam", None, &[("line", "1.4"), ("scope", "modem")]),
            "pkg:generic/acme/cam?line=1.4&scope=modem"
        );
        assert_eq!(encoded("a b/ü@?&=%"), "a%20b%2F%C3%BC%40%3F%26%3D%25");
    }
}
