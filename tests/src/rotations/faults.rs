//! Keyrings with one fault each: fields, counts, keys, signatures of roots.

use super::{Version, file, version};
use crate::container::Container;
use crate::device::id;
use crate::fake::path::{self, list, map, num, text};
use crate::keyrings::{entry, root, trusted};
use crate::keys::{key, post_quantum};
use ml_dsa::{ExpandedSigningKey, MlDsa65};
use pkg_format::cbor::Wire;
use pkg_format::cose::Algorithm;
use pkg_format::keyring::{ProductName, Role, TrustedKey};
use pkg_format::manifest::Channel;
use pkg_format::{Digest, Rule, Tree};

/// Takes a vector: its name, what it shows, the keyring in force, what is offered, and what comes of it.
pub(super) type Put<'a> = &'a mut dyn FnMut(String, &str, &str, &Container, Result<(u64, Digest), Rule>);

/// The keyring in force of those that are about nothing else.
const CURRENT: &str = "version-1";

pub(super) fn add(put: Put<'_>) {
    fields(put);
    entries(put);
    counts(put);
    unsound(put);
    examples(put);
    post_quantum_roots(put);
}

/// A refused update to version 2.
fn refused(put: Put<'_>, rule: Rule, name: &str, what: &str, offered: Version) {
    put(format!("{}-{name}", rule.id().to_lowercase()), what, CURRENT, &file(&[offered]), Err(rule));
}

/// An accepted update to version 2.
fn accepted(put: Put<'_>, name: &str, what: &str, offered: Version) {
    let digest = Digest::of(&offered.statement());
    put(format!("ok-{name}"), what, CURRENT, &file(&[offered]), Ok((2, digest)));
}

/// Version 2 with every field that there is, but those that lower counters.
pub fn every_field() -> Version {
    let bound = TrustedKey {
        products: vec![ProductName { vendor: id("acme"), name: id("cam") }],
        channels: vec![Channel::Stable],
        ..trusted("notice", &[Role::Notice])
    };
    version(2)
        .set("keys[3]", bound.encode())
        .set("keys[4]", entry(post_quantum("pq-notice"), &[Role::Notice]).encode())
        .set("thresholds", map([("security", num(1))]))
        .set("post-quantum", map([("notice", num(1))]))
}

fn fields(put: Put<'_>) {
    accepted(put, "every-field", "Every field but those that lower counters.", every_field());
    let name = |path: &str| path.replace(['.', '['], "-").replace(']', "");
    for path in "format name version roots root-threshold keys roots[0].key roots[0].alg roots[0].label
         keys[3].key keys[3].alg keys[3].label keys[3].roles keys[3].products[0].vendor keys[3].products[0].name"
        .split_whitespace()
    {
        let mut without = every_field();
        path::remove(&mut without.tree, path);
        refused(put, Rule::Man1, &name(path), &format!("{path} is missing."), without);
    }
    for path in "format name version roots roots[0] roots[0].key roots[0].label root-threshold keys keys[3]
         keys[3].key keys[3].label keys[3].roles keys[3].products keys[3].products[0]
         keys[3].products[0].vendor keys[3].products[0].name keys[3].channels thresholds thresholds.security
         post-quantum post-quantum.notice revoked"
        .split_whitespace()
    {
        let what = format!("{path} is a negative number.");
        refused(put, Rule::Man3, &name(path), &what, every_field().set(path, Tree::Int(-1)));
    }
    for (at, alg, what) in [
        ("roots[0].alg", text("Ed25519"), "The algorithm of a root is a text."),
        ("keys[3].alg", num(1 << 63), "The algorithm of a key is 2^63."),
    ] {
        refused(put, Rule::Man3, &name(at), what, every_field().set(at, alg));
    }
    for at in ["roots[0].alg", "keys[3].alg"] {
        let what = "An algorithm that is not known here.";
        refused(put, Rule::Sig8, &name(at), what, every_field().set(at, Tree::Int(-50)));
    }
    refused(put, Rule::Man8, "format-2", "Format 2.", every_field().set("format", num(2)));
}

fn entries(put: Put<'_>) {
    let digests = |bytes: &[u8]| Tree::List(bytes.iter().map(|b| Tree::Bytes(vec![*b; 32])).collect());
    let product = |name: &str| map([("vendor", text("acme")), ("name", text(name))]);
    for (rule, name, what, at, value) in [
        (Rule::Man2, "top", "A field that nobody knows.", "expires", num(1)),
        (Rule::Man2, "note", "A note: only manifests have them.", "x-note", text("x")),
        (Rule::Man2, "root", "A root with a role.", "roots[0].roles", list([text("notice")])),
        (Rule::Man2, "key", "A key with an end.", "keys[3].until", num(1)),
        (Rule::Man2, "product", "A product with hardware.", "keys[3].products[0].hardware", list([])),
        (Rule::Man2, "threshold", "A threshold of no role.", "thresholds.release", num(1)),
        (Rule::Man2, "threshold-root", "The threshold of roots in another place.", "thresholds.root", num(1)),
        (Rule::Man2, "post-quantum", "A post-quantum number of no role.", "post-quantum.release", num(1)),
        (Rule::Man4, "name", "A name with a space.", "name", text("acme keys")),
        (Rule::Man4, "role", "Another role.", "keys[3].roles", list([text("admin")])),
        (Rule::Man4, "channel", "Another channel.", "keys[3].channels", list([text("nightly")])),
        (Rule::Man4, "key-31", "A key of 31 bytes.", "keys[3].key", Tree::Bytes(vec![1; 31])),
        (Rule::Man4, "root-33", "A root of 33 bytes.", "roots[0].key", Tree::Bytes(vec![1; 33])),
        (
            Rule::Man4,
            "ml-dsa-1951",
            "A key of ML-DSA of 1,951 bytes.",
            "keys[4].key",
            Tree::Bytes(vec![1; 1951]),
        ),
        (Rule::Man4, "revoked-20", "A key id of 20 bytes.", "revoked", list([Tree::Bytes(vec![1; 20])])),
        (Rule::Man7, "roles", "Roles not sorted.", "keys[3].roles", list([text("notice"), text("feature")])),
        (Rule::Man7, "role-twice", "A role twice.", "keys[3].roles", list([text("notice"), text("notice")])),
        (
            Rule::Man7,
            "products",
            "Products not sorted.",
            "keys[3].products",
            list([product("cam"), product("bell")]),
        ),
        (
            Rule::Man7,
            "channels",
            "Channels not sorted.",
            "keys[3].channels",
            list([text("testing"), text("stable")]),
        ),
        (Rule::Man7, "revoked", "Revoked keys not sorted.", "revoked", digests(&[2, 1])),
        (
            Rule::Man5,
            "revoked",
            "257 revoked keys.",
            "revoked",
            Tree::List(vec![Tree::Bytes(vec![1; 32]); 257]),
        ),
        (Rule::Man5, "roles", "Seven roles.", "keys[3].roles", Tree::List(vec![text("notice"); 7])),
        (Rule::Man9, "roots", "No roots.", "roots", list([])),
        (Rule::Man9, "keys", "No keys.", "keys", list([])),
        (Rule::Man9, "roles", "No roles.", "keys[3].roles", list([])),
        (Rule::Man9, "products", "For no products.", "keys[3].products", list([])),
        (Rule::Man9, "channels", "For no channels.", "keys[3].channels", list([])),
        (Rule::Man9, "revoked", "An empty list of revoked keys.", "revoked", list([])),
        (Rule::Man9, "thresholds", "No thresholds.", "thresholds", map([])),
        (Rule::Man9, "post-quantum", "No post-quantum numbers.", "post-quantum", map([])),
        (Rule::Txt1, "label", "A label that moves the cursor.", "keys[3].label", text("a\u{1b}[2J")),
        (Rule::Txt2, "label", "An empty label.", "roots[0].label", text("")),
    ] {
        refused(put, rule, name, what, every_field().set(at, value));
    }
    let first = |of: &str| path::at(&mut version(2).tree, &format!("{of}[0].key")).clone();
    refused(put, Rule::Key3, "root", "A root twice.", version(2).set("roots[1].key", first("roots")));
    refused(
        put,
        Rule::Key3,
        "key",
        "A key twice, with another role each time.",
        version(2).set("keys[1].key", first("keys")),
    );
    let both = version(2).set("keys[3]", trusted("root", &[Role::Notice]).encode());
    accepted(put, "root-and-key", "One key is a root and signs notices.", both);
}

/// Thresholds that nobody can meet.
fn counts(put: Put<'_>) {
    let five = Rule::Key5;
    for (name, what, at, n) in [
        ("roots-0", "No root need sign.", "root-threshold", 0),
        ("roots-4", "Four of three roots.", "root-threshold", 4),
        ("roots-2-64", "2^64-1 of three roots.", "root-threshold", u64::MAX),
        ("threshold-0", "No key need sign.", "thresholds.security", 0),
        ("threshold-2", "Two of one key.", "thresholds.security", 2),
        ("threshold-no-key", "A threshold of a role that no key has.", "thresholds.withdrawal", 1),
        ("exception-2", "Two of one key for what is not pure.", "thresholds.security-exception", 2),
        ("post-quantum-0", "A post-quantum number of none.", "post-quantum.notice", 0),
        ("post-quantum-2", "Two of one key of ML-DSA-65.", "post-quantum.notice", 2),
        ("post-quantum-ed25519", "Keys of Ed25519 do not count.", "post-quantum.security", 1),
        ("post-quantum-root", "No root of ML-DSA-65 is there.", "post-quantum.root", 1),
    ] {
        refused(put, five, name, what, every_field().set(at, num(n)));
    }
    let ids = |mut ids: Vec<Digest>| {
        ids.sort();
        Tree::List(ids.into_iter().map(|id| Tree::Bytes(id.0.to_vec())).collect())
    };
    refused(
        put,
        five,
        "roots-revoked",
        "Two of three roots, of which two are revoked.",
        version(2).set("revoked", ids(vec![key("root").id(), key("root-2").id()])),
    );
    refused(
        put,
        five,
        "threshold-revoked",
        "One of one key, which is revoked.",
        every_field().set("revoked", ids(vec![key("security-2").id()])),
    );
    // A statement has room for sixteen signatures.
    let many = |asked: &[(&str, u64)]| {
        let names = [
            "s01", "s02", "s03", "s04", "s05", "s06", "s07", "s08", "s09", "s10", "s11", "s12", "s13", "s14",
            "s15", "s16",
        ];
        let able = names.iter().map(|name| trusted(name, &[Role::Security]));
        let able = able.chain([entry(post_quantum("pq-security"), &[Role::Security])]);
        let numbers = asked.iter().map(|(role, n)| ((*role).to_owned(), num(*n))).collect();
        version(2)
            .set("keys", Tree::List(able.map(|key| key.encode()).collect()))
            .set("thresholds", map([("security", num(15))]))
            .set("post-quantum", Tree::Map(numbers))
    };
    accepted(put, "sixteen", "Fifteen keys of Ed25519 and one of ML-DSA-65.", many(&[("security", 1)]));
    let sixteen = || many(&[("security", 1)]).set("thresholds.security", num(16));
    refused(put, five, "seventeen", "Sixteen keys of Ed25519 and one of ML-DSA-65.", sixteen());
    let exception = |n| many(&[("security-exception", 1)]).set("thresholds.security", num(n));
    refused(
        put,
        five,
        "seventeen-exception",
        "As many for what is not pure: the threshold is that of security, which is larger.",
        exception(16),
    );
}

/// Keys that anybody can sign with, or that have two encodings.
fn unsound(put: Put<'_>) {
    let low = |b: u8| [&[b][..], &[0; 31]].concat();
    let mut high = vec![0xff; 32];
    high[0] = 0xf0;
    high[31] = 0x7f;
    let mut negative_zero = low(1);
    negative_zero[31] = 0x80;
    for (name, what, bad) in [
        ("order-4", "A point of order 4.", low(0)),
        ("second-encoding", "A point in its second encoding.", high),
        ("negative-zero", "The neutral element with a sign bit.", negative_zero),
        ("no-point", "No point of the curve.", low(2)),
    ] {
        refused(put, Rule::Key1, name, what, version(2).set("keys[1].key", Tree::Bytes(bad)));
    }
    let sound = post_quantum("pq-notice").public();
    for (name, byte) in [("00", 0), ("ff", 0xff)] {
        let mut bad = sound.clone();
        bad[32..].fill(byte);
        let what = format!("A key of ML-DSA-65 whose bytes behind the first 32 are all {name}.");
        let offered = every_field().set("keys[4].key", Tree::Bytes(bad.clone()));
        refused(put, Rule::Key1, &format!("ml-dsa-{name}"), &what, offered);
        let mut bad_root = root(post_quantum("pq-root"));
        bad_root.key = bad;
        let offered = version(2).set("roots[3]", bad_root.encode());
        refused(put, Rule::Key1, &format!("ml-dsa-root-{name}"), &format!("{what} It is a root."), offered);
    }
    let mut almost = sound;
    almost[32..].fill(0);
    almost[1951] = 1;
    accepted(
        put,
        "ml-dsa-almost-00",
        "A key of ML-DSA-65 all of whose bytes but one are 00 behind the first 32.",
        every_field().set("keys[4].key", Tree::Bytes(almost)),
    );
}

/// Keys whose private halves are public.
fn examples(put: Put<'_>) {
    // RFC 8032, 7.1, test 1.
    let known = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let known = || Tree::Bytes(Digest::from_hex(known).expect("hex").0.to_vec());
    let two = Rule::Key2;
    refused(put, two, "key", "A key of RFC 8032.", version(2).set("keys[1].key", known()));
    refused(
        put,
        two,
        "root",
        "A root of RFC 8032.",
        version(2).set("roots[0].key", known()).by(&["root-2", "root-3"]),
    );
    let seed: [u8; 32] = std::array::from_fn(|i| u8::try_from(i).expect("small"));
    let ml_dsa = ExpandedSigningKey::<MlDsa65>::from_seed(&seed.into()).verifying_key().encode().to_vec();
    let example = TrustedKey {
        key: ml_dsa,
        alg: Algorithm::MlDsa65,
        ..entry(post_quantum("pq-notice"), &[Role::Notice])
    };
    refused(put, two, "ml-dsa", "The key of RFC 9881.", version(2).set("keys[3]", example.encode()));
    let mut weak = vec![0; 32];
    weak[0] = 1;
    refused(
        put,
        two,
        "before-key-1",
        "A root of RFC 8032, and a key that anybody can sign with: roots are judged first.",
        version(2)
            .set("roots[0].key", known())
            .set("keys[1].key", Tree::Bytes(weak))
            .by(&["root-2", "root-3"]),
    );
}

/// Roots of ML-DSA-65 that are asked for besides.
fn post_quantum_roots(put: Put<'_>) {
    let asking = hybrid(2);
    refused(
        put,
        Rule::Key4,
        "post-quantum",
        "The new version asks for a root of ML-DSA-65, which did not sign.",
        asking.clone(),
    );
    put(
        "ok-post-quantum".into(),
        "Roots of both kinds signed.",
        "hybrid-1",
        &file(&[asking.clone().and(&["pq-root"])]),
        Ok((2, Digest::of(&asking.statement()))),
    );
    put(
        "key-11-post-quantum".into(),
        "The keyring in force asks for a root of ML-DSA-65; the next version asks for none.",
        "hybrid-1",
        &file(&[version(2)]),
        Err(Rule::Key11),
    );
}

/// A version that asks for a root of ML-DSA-65 besides, signed by roots of Ed25519.
pub(super) fn hybrid(n: u64) -> Version {
    version(n)
        .set("roots[3]", root(post_quantum("pq-root")).encode())
        .set("post-quantum", map([("root", num(1))]))
}
