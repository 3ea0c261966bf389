//! The examples of RFC 8949 through the strict decoder: what the profile has is read and written again the
//! same; everything else is refused, each by the rule that SPEC 3.1 names for it.

use pkg_format::cbor::{Item, Tree, strict::Keys};

fn bytes(hex: &str) -> Vec<u8> {
    let digits: Vec<_> = hex.bytes().map(|b| char::from(b).to_digit(16).expect("hex") as u8).collect();
    digits.chunks(2).map(|pair| pair[0] << 4 | pair[1]).collect()
}

/// `None` where it is accepted.
fn rule(hex: &str, keys: Keys) -> Option<&'static str> {
    Item::open(&bytes(hex), keys).err().map(|e| e.rule.id())
}

/// Appendix A: the encoding, and the value for those that the profile has.
#[test]
fn appendix_a_values_are_read_and_written_the_same() {
    use Tree::{Bool, Bytes, Int, List, Map, Text, Uint};
    let text = |t: &str| Text(t.into());
    let map = |pairs: &[(&str, Tree)]| Map(pairs.iter().map(|(k, v)| ((*k).into(), v.clone())).collect());
    let to_25 = || List((1..=25).map(Uint).collect());
    let letters = ["a", "b", "c", "d", "e"].map(|k| (k, text(&k.to_uppercase())));
    let cases = [
        ("00", Uint(0)),
        ("01", Uint(1)),
        ("0a", Uint(10)),
        ("17", Uint(23)),
        ("1818", Uint(24)),
        ("1819", Uint(25)),
        ("1864", Uint(100)),
        ("1903e8", Uint(1000)),
        ("1a000f4240", Uint(1_000_000)),
        ("1b000000e8d4a51000", Uint(1_000_000_000_000)),
        ("1bffffffffffffffff", Uint(u64::MAX)),
        ("20", Int(-1)),
        ("29", Int(-10)),
        ("3863", Int(-100)),
        ("3903e7", Int(-1000)),
        ("f4", Bool(false)),
        ("f5", Bool(true)),
        ("40", Bytes(vec![])),
        ("4401020304", Bytes(vec![1, 2, 3, 4])),
        ("60", text("")),
        ("6161", text("a")),
        ("6449455446", text("IETF")),
        ("62225c", text("\"\\")),
        ("62c3bc", text("\u{fc}")),
        ("63e6b0b4", text("\u{6c34}")),
        ("64f0908591", text("\u{10151}")),
        ("80", List(vec![])),
        ("83010203", List(vec![Uint(1), Uint(2), Uint(3)])),
        ("8301820203820405", List(vec![Uint(1), List(vec![Uint(2), Uint(3)]), List(vec![Uint(4), Uint(5)])])),
        ("98190102030405060708090a0b0c0d0e0f101112131415161718181819", to_25()),
        ("a0", Map(vec![])),
        ("a26161016162820203", map(&[("a", Uint(1)), ("b", List(vec![Uint(2), Uint(3)]))])),
        ("826161a161626163", List(vec![text("a"), map(&[("b", text("c"))])])),
        ("a56161614161626142616361436164614461656145", map(&letters)),
    ];
    for (hex, value) in &cases {
        let encoded = bytes(hex);
        let read = Tree::from_item(Item::open(&encoded, Keys::Text).expect(hex)).expect(hex);
        assert_eq!(&read, value, "{hex}");
        assert_eq!(value.to_bytes(), encoded, "{hex}");
    }
    assert_eq!(cases.len() + APPENDIX_A_REFUSED.len() + 2, 81, "every row of the appendix");
}

/// The rest of appendix A: well-formed, and not in the profile.
const APPENDIX_A_REFUSED: &[(&str, &str)] = &[
    ("c249010000000000000000", "CBR-6"),
    ("c349010000000000000000", "CBR-6"),
    ("f90000", "CBR-6"),
    ("f98000", "CBR-6"),
    ("f93c00", "CBR-6"),
    ("fb3ff199999999999a", "CBR-6"),
    ("f93e00", "CBR-6"),
    ("f97bff", "CBR-6"),
    ("fa47c35000", "CBR-6"),
    ("fa7f7fffff", "CBR-6"),
    ("fb7e37e43c8800759c", "CBR-6"),
    ("f90001", "CBR-6"),
    ("f90400", "CBR-6"),
    ("f9c400", "CBR-6"),
    ("fbc010666666666666", "CBR-6"),
    ("f97c00", "CBR-6"),
    ("f97e00", "CBR-6"),
    ("f9fc00", "CBR-6"),
    ("fa7f800000", "CBR-6"),
    ("fa7fc00000", "CBR-6"),
    ("faff800000", "CBR-6"),
    ("fb7ff0000000000000", "CBR-6"),
    ("fb7ff8000000000000", "CBR-6"),
    ("fbfff0000000000000", "CBR-6"),
    ("f6", "CBR-6"),
    ("f7", "CBR-6"),
    ("f0", "CBR-6"),
    ("f8ff", "CBR-6"),
    ("c074323031332d30332d32315432303a30343a30305a", "CBR-6"),
    ("c11a514b67b0", "CBR-6"),
    ("c1fb41d452d9e8200000", "CBR-6"),
    ("d74401020304", "CBR-6"),
    ("d818456449455446", "CBR-6"),
    ("d82076687474703a2f2f7777772e6578616d706c652e636f6d", "CBR-6"),
    ("5f42010243030405ff", "CBR-3"),
    ("7f657374726561646d696e67ff", "CBR-3"),
    ("9fff", "CBR-3"),
    ("9f018202039f0405ffff", "CBR-3"),
    ("9f01820203820405ff", "CBR-3"),
    ("83018202039f0405ff", "CBR-3"),
    ("83019f0203ff820405", "CBR-3"),
    ("9f0102030405060708090a0b0c0d0e0f101112131415161718181819ff", "CBR-3"),
    ("bf61610161629f0203ffff", "CBR-3"),
    ("826161bf61626163ff", "CBR-3"),
    ("bf6346756ef563416d7421ff", "CBR-3"),
];

#[test]
fn the_rest_of_appendix_a_is_refused() {
    for (hex, expected) in APPENDIX_A_REFUSED {
        assert_eq!(rule(hex, Keys::Text), Some(*expected), "{hex}");
    }
    // A map from numbers: a signature header may be one, a statement never is.
    assert_eq!(rule("a201020304", Keys::Text), Some("CBR-7"));
    assert_eq!(rule("a201020304", Keys::Integer), None);
    // -2^64 has its one form; no field takes it.
    let least = bytes("3bffffffffffffffff");
    let item = Item::open(&least, Keys::Text).expect("in its one form");
    assert_eq!(item.int().expect_err("no field takes it").rule.id(), "MAN-3");
}

/// Appendix F: not well-formed. Read with keys of numbers, as its maps have them.
#[test]
fn appendix_f_is_refused() {
    let groups: &[(&str, &[&str])] = &[
        // The input ends in a head.
        ("CBR-1", &["18", "19", "1a", "1b", "1901", "1a0102", "1b01020304050607", "38", "58", "78", "98"]),
        ("CBR-1", &["9a01ff00", "b8"]),
        ("CBR-6", &["d8", "f8", "f900", "fa0000", "fb000000"]),
        // Strings of definite length with too little in them.
        ("CBR-1", &["41", "61", "5affffffff00", "5bffffffffffffffff010203", "7affffffff00"]),
        ("CBR-1", &["7b7fffffffffffffff010203"]),
        // Lists and maps of definite length that are not filled.
        ("CBR-1", &["81", "818181818181818181", "8200", "a1", "a20102", "a100"]),
        ("CBR-5", &["a2000000"]),
        // A tag and nothing behind it.
        ("CBR-6", &["c0"]),
        // Indefinite lengths that are not closed.
        ("CBR-3", &["5f4100", "7f6100", "9f", "9f0102", "bf", "bf01020102", "819f", "9f8000"]),
        ("CBR-3", &["9f9f9f9f9fffffffff", "9f819f819f9fffffff"]),
        // Reserved additional information.
        ("CBR-6", &["1c", "1d", "1e", "3c", "3d", "3e", "5c", "5d", "5e", "7c", "7d", "7e"]),
        ("CBR-6", &["9c", "9d", "9e", "bc", "bd", "be", "dc", "dd", "de", "fc", "fd", "fe"]),
        // Simple values in two bytes that fit one.
        ("CBR-6", &["f800", "f801", "f818", "f81f"]),
        // Chunks of a string that are no such string.
        ("CBR-3", &["5f00ff", "5f21ff", "5f6100ff", "5f80ff", "5fa0ff", "5fc000ff", "5fe0ff", "7f4100ff"]),
        ("CBR-3", &["5f5f4100ffff", "7f7f6100ffff"]),
        // A break that ends nothing.
        ("CBR-6", &["ff", "81ff", "8200ff", "a1ff", "a1ff00", "a100ff", "a20000ff"]),
        ("CBR-3", &["9f81ff", "9f829f819f9fffffffff", "bf00ff", "bf000000ff"]),
        // Numbers and tags of indefinite length.
        ("CBR-6", &["1f", "3f", "df"]),
    ];
    for (expected, inputs) in groups {
        for hex in *inputs {
            assert_eq!(rule(hex, Keys::Integer), Some(*expected), "{hex}");
        }
    }
    // What is behind an item is never silently left: each of appendix A with a byte more.
    for hex in ["00", "4401020304", "83010203", "a0", "f4"] {
        assert_eq!(rule(&format!("{hex}00"), Keys::Text), Some("CBR-10"), "{hex}");
    }
}
