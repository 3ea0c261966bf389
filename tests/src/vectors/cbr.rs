//! Encoding: every second form of a statement (threats T40 to T43), truly signed.

use super::{Set, splice};
use crate::Fake;
use crate::cose::text;
use crate::fake::path;
use pkg_format::Rule;

/// A notice with a note, for hanging things up.
fn notice() -> Fake {
    Fake::notice().set("x-note", path::text("HERE"))
}

/// The notice with `to` in the place of `from` in its encoded manifest.
fn spliced(from: &[u8], to: &[u8]) -> Fake {
    let (from, to) = (from.to_vec(), to.to_vec());
    notice().manifest_bytes(move |bytes| splice(bytes, &from, &to))
}

/// The notice whose note has this encoded value.
fn note(value: &[u8]) -> Fake {
    spliced(&text("HERE"), value)
}

pub(super) fn add(set: &mut Set) {
    let mut notes = |rule, name: &str, what: &str, value: &[u8]| {
        set.refused(rule, name, what, note(value));
    };
    notes(
        Rule::Cbr1,
        "string-too-long",
        "A string of 2^64-1 bytes is announced.",
        &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255],
    );
    notes(
        Rule::Cbr1,
        "list-too-long",
        "A list of 2^64-1 entries is announced.",
        &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
    );
    notes(Rule::Cbr1, "map-too-long", "A map of 2^32-1 entries is announced.", &[0xba, 255, 255, 255, 255]);
    notes(Rule::Cbr1, "text-2-gib", "A text of 2 GiB is announced.", &[0x7a, 0x80, 0, 0, 0]);
    notes(
        Rule::Cbr2,
        "text-length",
        "The length of a text is one byte longer than it need be.",
        &[0x78, 4, b'H', b'E', b'R', b'E'],
    );
    notes(Rule::Cbr2, "bytes-length-8", "A length in eight bytes.", &[0x5b, 0, 0, 0, 0, 0, 0, 0, 1, 0]);
    notes(Rule::Cbr2, "list-length", "A length of a list in one byte too many.", &[0x98, 1, 0]);
    notes(Rule::Cbr2, "negative", "A negative number in two bytes that fits one.", &[0x39, 0, 200]);
    notes(Rule::Cbr3, "text", "A text in pieces.", &[0x7f, 0x62, b'H', b'E', 0x62, b'R', b'E', 0xff]);
    notes(Rule::Cbr3, "bytes", "A byte string in pieces.", &[0x5f, 0x41, 0, 0xff]);
    notes(Rule::Cbr3, "list", "A list without a length.", &[0x9f, 0xff]);
    notes(Rule::Cbr3, "map", "A map without a length.", &[0xbf, 0xff]);
    notes(Rule::Cbr6, "null", "Null instead of a value.", &[0xf6]);
    notes(Rule::Cbr6, "undefined", "Undefined instead of a value.", &[0xf7]);
    notes(Rule::Cbr6, "float-16", "A half float.", &[0xf9, 0x3c, 0]);
    notes(
        Rule::Cbr6,
        "float-64",
        "A double float that is a whole number.",
        &[0xfb, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0],
    );
    notes(Rule::Cbr6, "simple", "A simple value.", &[0xe0]);
    notes(Rule::Cbr6, "tag", "A tag inside a statement.", &[0xc1, 0]);
    notes(Rule::Cbr6, "big-number", "A number as a tagged byte string.", &[0xc2, 0x41, 5]);
    notes(Rule::Cbr6, "break", "A break where nothing is open.", &[0xff]);
    notes(Rule::Cbr6, "reserved", "A reserved head.", &[0x1c]);
    notes(Rule::Cbr8, "latin-1", "A text in Latin-1.", &[0x62, 0xfc, b'x']);
    notes(Rule::Cbr8, "surrogate", "Half a surrogate pair in a text.", &[0x63, 0xed, 0xa0, 0x80]);
    notes(Rule::Cbr8, "overlong", "A slash in two bytes.", &[0x62, 0xc0, 0xaf]);
    notes(Rule::Cbr7, "key-number", "A number as a key.", &[0xa1, 1, 2]);
    notes(Rule::Cbr7, "key-bytes", "A byte string as a key.", &[0xa1, 0x41, b'a', 2]);
    notes(Rule::Cbr7, "key-bool", "A boolean as a key.", &[0xa1, 0xf5, 2]);
    for (name, what, value) in [
        ("reserved-29", "Another reserved head.", &[0x1d][..]),
        ("reserved-30", "The last reserved head, of a text.", &[0x7e]),
        ("endless-number", "A number without an end.", &[0x1f]),
        ("endless-negative", "A negative number without an end.", &[0x3f]),
        ("float-32", "A single float.", &[0xfa, 0x3f, 0x80, 0, 0]),
        ("simple-long", "True in two bytes.", &[0xf8, 0xf5]),
    ] {
        notes(Rule::Cbr6, name, what, value);
    }
    notes(Rule::Cbr2, "in-4", "A number in four bytes that fits two.", &[0x1a, 0, 0, 0xff, 0xff]);
    notes(Rule::Cbr2, "in-8", "A number in eight bytes that fits four.", &[0x1b, 0, 0, 0, 0, 0xff, 0, 0, 0]);
    notes(Rule::Cbr2, "map-pairs", "The number of pairs in one byte too many.", &[0xb8, 1, 0x61, b'a', 1]);
    notes(Rule::Cbr7, "key-list", "A list as a key.", &[0xa1, 0x80, 2]);
    let deep = |levels: usize| [vec![0x81; levels], vec![0]].concat();
    notes(Rule::Cbr9, "one-too-deep", "Nested one level deeper than allowed.", &deep(16));
    notes(Rule::Cbr9, "deep-lists", "Nested 4,000 levels deep.", &deep(4000));
    notes(
        Rule::Cbr9,
        "deep-maps",
        "Maps nested 1,000 levels deep.",
        &[[0xa1, 0x61, b'a'].repeat(1000), vec![0]].concat(),
    );
    keys(set);
    whole_statements(set);
}

fn keys(set: &mut Set) {
    let pair = |key: &str, value: &[u8]| [text(key), value.to_vec()].concat();
    let (kind, format) = (pair("kind", &text("notice")), pair("format", &[1]));
    set.refused(
        Rule::Cbr2,
        "number",
        "The format version in two bytes.",
        spliced(&format, &pair("format", &[0x18, 1])),
    );
    set.refused(
        Rule::Cbr2,
        "key-length",
        "The length of a key in one byte too many.",
        spliced(&kind, &[&[0x78, 4][..], b"kind", &text("notice")].concat()),
    );
    // The manifest begins with its shortest keys, `id` and then `kind`.
    let id = pair("id", &text("cam-notice-3"));
    set.refused(
        Rule::Cbr4,
        "keys-swapped",
        "Two keys of the manifest stand in the wrong order.",
        spliced(&[id.clone(), kind.clone()].concat(), &[kind.clone(), id.clone()].concat()),
    );
    set.refused(
        Rule::Cbr4,
        "keys-alphabetical",
        "Keys in the order of the alphabet instead of that of their encoding.",
        note(&[0xa2, 0x62, b'a', b'a', 1, 0x61, b'b', 2]),
    );
    set.refused(
        Rule::Cbr5,
        "key-twice-same",
        "A key stands there twice with the same value.",
        note(&[0xa2, 0x61, b'a', 1, 0x61, b'a', 1]),
    );
    let twice = [pair("id", &text("cam-notice-3")), pair("id", &text("cam-notice-4"))].concat();
    set.refused(
        Rule::Cbr5,
        "id-twice",
        "The manifest has two ids.",
        notice().manifest_bytes(move |bytes| {
            splice(bytes, &id, &twice);
            bytes[0] += 1;
        }),
    );
}

fn whole_statements(set: &mut Set) {
    let whole = |edit: fn(&mut Vec<u8>)| notice().manifest_bytes(edit);
    set.refused(Rule::Cbr1, "empty", "The manifest is empty.", whole(Vec::clear));
    set.refused(Rule::Cbr1, "half", "Half a manifest, truly signed.", whole(|b| b.truncate(b.len() / 2)));
    set.refused(
        Rule::Cbr1,
        "last-byte",
        "A manifest without its last byte.",
        whole(|b| b.truncate(b.len() - 1)),
    );
    for (name, what, bytes) in [
        ("argument", "A manifest that ends inside its first number.", &[0x19, 1][..]),
        ("no-value", "A manifest that ends behind a key.", &[0xa1, 0x61, b'a']),
        ("short-list", "A manifest that is a list of two, of which one is there.", &[0x82, 0]),
        ("short-text", "A manifest that is a text, without its last byte.", &[0x63, b'a', b'b']),
    ] {
        set.refused(Rule::Cbr1, name, what, notice().manifest_bytes(move |b| *b = bytes.to_vec()));
    }
    set.refused(
        Rule::Cbr12,
        "items",
        "A manifest of 131,073 items: a list and so many zeros in it.",
        notice().manifest_bytes(|b| *b = [vec![0x9a, 0, 2, 0, 0], vec![0; 131_072]].concat()),
    );
    set.refused(
        Rule::Man3,
        "131072-items",
        "A manifest of 131,072 items, which are not too many: a list, where a map belongs.",
        notice().manifest_bytes(|b| *b = [vec![0x9a, 0, 1, 0xff, 0xff], vec![0; 131_071]].concat()),
    );
    set.refused(Rule::Cbr10, "byte", "A byte behind the manifest.", whole(|b| b.push(0)));
    set.refused(
        Rule::Cbr10,
        "twice",
        "The manifest twice, one behind the other.",
        whole(|b| b.extend(b.clone())),
    );
    set.refused(
        Rule::Cbr6,
        "self-described",
        "The tag that marks CBOR in front of the manifest.",
        whole(|b| {
            b.splice(0..0, [0xd9, 0xd9, 0xf7]);
        }),
    );
    set.refused(
        Rule::Cbr3,
        "manifest",
        "The manifest is a map without a length.",
        whole(|b| {
            b[0] = 0xbf;
            b.push(0xff);
        }),
    );
    set.refused(
        Rule::Cbr10,
        "delivery",
        "A byte behind the delivery.",
        Fake::small().delivery_bytes(|b| b.push(0)),
    );
    set.refused(
        Rule::Cbr6,
        "null-digest",
        "Null instead of the digest of the manifest.",
        Fake::small().delivery_bytes(|b| {
            let place = b.windows(9).position(|w| w == b"\x68manifest").expect("a field") + 9;
            b.splice(place..place + 34, [0xf6]);
        }),
    );
}
