//! Keyring files that their caller pinned: no keyring is in force before them (SPEC 5.3).

use super::faults::Put;
use super::{Version, file, version};
use crate::container::{Container, RawMember};
use crate::fake::path::list;
use crate::keys::key;
use pkg_format::{Digest, Rule, Tree};
use std::slice::from_ref;

/// Takes a vector: its name, what it shows, what is offered, and what comes of it.
type Of<'a> = &'a mut dyn FnMut(&str, &str, &Container, Result<(u64, Digest), Rule>);

pub(super) fn add(put: Put<'_>) {
    let own = |n: u64| version(n).by(&["root", "root-2"]);
    let mut of = |name: &str, what: &str, offered: &Container, expect| {
        put(name.into(), what, "none", offered, expect);
    };
    let one = own(1);
    let digest = Digest::of(&one.statement());
    of("ok-pinned", "A keyring that its own roots signed.", &file(from_ref(&one)), Ok((1, digest)));
    let two = version(2);
    of(
        "ok-pinned-with-past",
        "A keyring with its predecessor.",
        &file(&[two.clone(), version(1)]),
        Ok((2, Digest::of(&two.statement()))),
    );
    let no = |rule| Err(rule);
    of("key-4-pinned", "One of two roots.", &file(&[one.clone().by(&["root"])]), no(Rule::Key4));
    of("key-4-pinned-unsigned", "Not signed.", &file(&[one.clone().by(&[])]), no(Rule::Key4));
    of(
        "key-4-pinned-keys",
        "Keys that sign statements are no roots.",
        &file(&[one.clone().by(&["root", "security"])]),
        no(Rule::Key4),
    );
    let revoking = one.clone().set("revoked", list([Tree::Bytes(key("root-2").id().0.to_vec())]));
    of("key-4-pinned-revoked", "One of the two roots is revoked.", &file(&[revoking]), no(Rule::Key4));
    of(
        "key-11-pinned",
        "The predecessor's roots did not sign.",
        &file(&[two.clone().by(&["root-3", "stranger"]), version(1)]),
        no(Rule::Key11),
    );
    of("key-8-pinned", "A version between is missing.", &file(&[version(3), version(1)]), no(Rule::Key8));
    let mut weak = vec![0; 32];
    weak[0] = 1;
    let weak = one.clone().set("keys[1].key", Tree::Bytes(weak));
    of("key-1-pinned", "A key that anybody can sign with.", &file(from_ref(&weak)), no(Rule::Key1));
    of(
        "key-1-before-4-pinned",
        "So it is where the roots did not sign either: keys are judged first.",
        &file(&[weak.by(&["root"])]),
        no(Rule::Key1),
    );
    let mut cose = one.cose();
    cose.signatures[0].signature[40] ^= 1;
    let mut bad = file(from_ref(&one));
    bad.members[1] = RawMember::new("keyring.cose", &cose.to_bytes());
    of("sig-3-pinned", "The signature of a root does not match.", &bad, no(Rule::Sig3));
    containers(&mut of, &one);
}

/// Faults of the container around a keyring.
fn containers(of: Of<'_>, one: &Version) {
    let good = || file(from_ref(one));
    let first = good().members[0].body.clone();
    let named = |name: &str| {
        let mut container = good();
        container.members[0] = RawMember::new(name, &first);
        container
    };
    of("con-1-manifest", "The first member is that of a package.", &named("manifest.cbor"), Err(Rule::Con1));
    of("con-1-prev", "The first member is that of a predecessor.", &named("prev/0.cbor"), Err(Rule::Con1));
    let size = |size: u64| {
        good().with("keyring.cbor", |m| {
            m.put(124, format!("{size:011o}\0").as_bytes());
        })
    };
    of(
        "con-4-statement",
        "A statement of more than 1 MiB is announced.",
        &size((1 << 20) + 1),
        Err(Rule::Con4),
    );
    let mode = good().with("keyring.cbor", |m| {
        m.put(100, b"0000755\0");
    });
    of("con-2-mode", "Another mode.", &mode, Err(Rule::Con2));
    let short = |length: usize| {
        let mut container = Container::new(Vec::new());
        container.end = good().to_bytes()[..length].to_vec();
        container
    };
    for (name, what, length, rule) in [
        ("con-1-empty", "An empty file.", 0, Rule::Con1),
        ("con-1-short", "A file of 511 bytes.", 511, Rule::Con1),
        ("con-6-header", "A file of 512 bytes.", 512, Rule::Con6),
        ("con-6-end", "A file without its last byte.", good().to_bytes().len() - 1, Rule::Con6),
    ] {
        of(name, what, &short(length), Err(rule));
    }
    let padded = good().with("keyring.cose", |m| m.padding[0] = 1);
    of("con-5-padding", "A byte behind the signatures is not zero.", &padded, Err(Rule::Con5));
    let mut longer = good();
    longer.end.push(0);
    of("con-7-byte", "A byte behind the end.", &longer, Err(Rule::Con7));
    let mut missing = good();
    missing.members[1] = RawMember::new("keyring.cosf", &missing.members[1].body);
    of("con-3-cose", "The member of the signatures has another name.", &missing, Err(Rule::Con3));
}
