//! Entries, and the files that were received as the fronts of their packages.

use super::{Set, Vector};
use crate::Fake;
use crate::fake::kinds::ISSUED;
use crate::fake::path::num;
use crate::heads::entry;
use crate::keys::key;
use pkg_format::Rule;
use pkg_format::manifest::release::Class;
use pkg_format::repository::{Entry, Listed, ListedRelease, Object};

/// An entry, the front of a package, and the size of that file as the server says it.
fn vector(what: &str, entry: &Entry, package: &[u8], expect: Result<(), Rule>) -> Vector {
    let front = entry.object.map_or(0, |o| usize::try_from(o.front).expect("a length"));
    let front = package[..front.min(package.len())].to_vec();
    Vector {
        description: what.into(),
        check: "entry",
        expect,
        fields: vec![("keyring", "standard".into()), ("size", package.len().to_string())],
        parts: vec![("entry", entry.to_bytes()), ("front", front)],
    }
}

pub(super) fn add(set: &mut Set) {
    let accepted = [
        ("security", Fake::security()),
        ("feature", Fake::feature()),
        ("notice", Fake::notice()),
        ("withdrawal", Fake::withdrawal()),
        ("acknowledgement", Fake::acknowledgement()),
        ("evidence", Fake::notice().with_evidence("test", "text/plain", b"It was tried.")),
    ];
    for (name, fake) in accepted {
        set.add(name, vector("An entry and its package.", &entry(&fake), &fake.package(), Ok(())));
    }
    let (fake, good) = (Fake::security(), entry(&Fake::security()));
    let object = good.object.expect("a package");
    let mut put = |rule, name: &str, what: &str, entry: &Entry, package: &[u8]| {
        set.add(name, vector(what, entry, package, Err(rule)));
    };
    let package = fake.package();
    let other = Fake::security().set("issued", num(ISSUED + 1)).package();
    put(Rule::Rep8, "other", "Another package in its place.", &good, &other);
    let lie = |edit: &dyn Fn(&mut ListedRelease)| {
        let mut release = good.release().expect("a release").clone();
        edit(&mut release);
        Entry { listed: Listed::Release(release), ..good.clone() }
    };
    let id = crate::device::id;
    put(Rule::Rep8, "scope", "Another scope.", &lie(&|r| r.scope = id("modem")), &package);
    put(Rule::Rep8, "line", "Another line.", &lie(&|r| r.line = id("2")), &package);
    put(Rule::Rep8, "class", "Another class.", &lie(&|r| r.class = Class::Feature), &package);
    put(Rule::Rep8, "feature", "Another feature level.", &lie(&|r| r.feature_level += 1), &package);
    put(Rule::Rep8, "security", "Another security level.", &lie(&|r| r.security_level += 1), &package);
    let notice = Entry { listed: Listed::Notice, ..good.clone() };
    put(Rule::Rep8, "kind", "A release that is listed as a notice.", &notice, &package);
    let sequence = Entry { sequence: good.sequence + 1, ..good.clone() };
    put(Rule::Rep8, "sequence", "Another sequence.", &sequence, &package);
    let front = |front| Entry { object: Some(Object { front, ..object }), ..good.clone() };
    put(Rule::Rep8, "front", "A front with a byte of payload.", &front(object.front + 1), &package);
    put(Rule::Con6, "front", "A front that ends in the manifest.", &front(700), &package);
    put(Rule::Rep8, "tombstone", "A tombstone.", &Entry { object: None, ..good.clone() }, &package);
    put(Rule::Rep9, "size", "The file has a byte more.", &good, &[&package[..], b"\0"].concat());
    put(Rule::Rep9, "cut", "The answer ends before the front does.", &good, &package[..100]);
    let by_catalogue = Fake::security().signed_by(&[key("catalogue")]);
    let listed = entry(&by_catalogue);
    put(Rule::Sig15, "signer", "Signed by the key of the head.", &listed, &by_catalogue.package());
}
