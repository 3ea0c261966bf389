//! The signature of an address (AWS Signature Version 4), computed from the request as it came.

use pkg_format::Digest;
use std::collections::BTreeMap;
use std::fmt::Write as _;

/// HMAC-SHA256 (RFC 2104) with a key of at most 64 bytes.
fn hmac(key: &[u8], text: &[u8]) -> [u8; 32] {
    let pad = |byte: u8| {
        let mut block = [byte; 64];
        block.iter_mut().zip(key).for_each(|(b, k)| *b ^= k);
        block.to_vec()
    };
    let inner = Digest::of(&[pad(0x36), text.to_vec()].concat());
    Digest::of(&[pad(0x5c), inner.0.to_vec()].concat()).0
}

/// What the signature in the query must be.
pub(crate) fn of(
    method: &str,
    path: &str,
    query: &BTreeMap<String, String>,
    headers: &BTreeMap<String, String>,
    secret: &str,
) -> String {
    let value =
        |name: &str| query.get(name).map(|v| v.replace("%2F", "/").replace("%3B", ";")).unwrap_or_default();
    let others = query.iter().filter(|(name, _)| *name != "X-Amz-Signature");
    let others: Vec<_> = others.map(|(name, value)| format!("{name}={value}")).collect();
    let mut request = format!("{method}\n{path}\n{}\n", others.join("&"));
    let signed = value("X-Amz-SignedHeaders");
    for name in signed.split(';') {
        writeln!(request, "{name}:{}", headers.get(name).map_or("", String::as_str)).expect("a string");
    }
    // Whatever is sent with a meaning to the store must be signed.
    for name in headers.keys().filter(|n| n.starts_with("x-amz-") || *n == "if-none-match") {
        assert!(signed.split(';').any(|s| s == name), "{name} is not signed");
    }
    write!(request, "\n{signed}\nUNSIGNED-PAYLOAD").expect("a string");
    let (date, credential) = (value("X-Amz-Date"), value("X-Amz-Credential"));
    let scope = credential.split_once('/').map_or("", |(_, scope)| scope);
    let text = format!("AWS4-HMAC-SHA256\n{date}\n{scope}\n{}", Digest::of(request.as_bytes()));
    let start =
        hmac(format!("AWS4{secret}").as_bytes(), scope.split('/').next().unwrap_or_default().as_bytes());
    let key = scope.split('/').skip(1).fold(start, |key, part| hmac(&key, part.as_bytes()));
    hmac(&key, text.as_bytes()).iter().fold(String::new(), |hex, byte| hex + &format!("{byte:02x}"))
}

pub(crate) fn base64(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let bits = three.iter().fold(0u32, |bits, b| bits << 8 | u32::from(*b)) << (8 * (3 - three.len()));
        let digit =
            |n: usize| if n <= three.len() { DIGITS[(bits >> (18 - 6 * n)) as usize & 63] } else { b'=' };
        text.extend((0..4).map(|n| char::from(digit(n))));
    }
    text
}

#[test]
fn the_example_of_the_specification() {
    // Amazon S3 API Reference, "Authenticating Requests: Using Query Parameters".
    let query = [
        ("X-Amz-Algorithm", "AWS4-HMAC-SHA256"),
        ("X-Amz-Credential", "AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"),
        ("X-Amz-Date", "20130524T000000Z"),
        ("X-Amz-Expires", "86400"),
        ("X-Amz-SignedHeaders", "host"),
    ];
    let query = query.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
    let headers = [("host".to_owned(), "examplebucket.s3.amazonaws.com".to_owned())].into();
    let found = of("GET", "/test.txt", &query, &headers, "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    assert_eq!(found, "aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404");
    assert_eq!((base64(b"a"), base64(b"ab"), base64(b"abc")), ("YQ==".into(), "YWI=".into(), "YWJj".into()));
}
