//! What is current in a log: live entries with their manifests, and the list of a head.

use super::{Set, Vector};
use crate::Fake;
use crate::device::state_ref;
use crate::fake::path::{digest, list, map, num, text};
use crate::heads::entry;
use pkg_format::repository::{Head, Page};
use pkg_format::{Digest, Rule, Tree};

/// Packages of a log, and which of them a head lists.
fn vector(what: &str, packages: &[&Fake], listed: &[usize], expect: Result<(), Rule>) -> Vector {
    let entries: Vec<_> = packages.iter().map(|f| entry(f)).collect();
    let mut current: Vec<_> = listed.iter().map(|i| entries[*i].clone()).collect();
    current.sort_by_key(|e| e.manifest);
    let head = Head { current, ..crate::heads::head(&entries) };
    let page = Page { after: None, entries };
    let manifests = packages.iter().map(|f| ("manifest", f.manifest()));
    Vector {
        description: what.into(),
        check: "current",
        expect,
        fields: Vec::new(),
        parts: [("head", head.to_tree().to_bytes()), ("page", page.to_tree().to_bytes())]
            .into_iter()
            .chain(manifests)
            .collect(),
    }
}

fn security(sequence: u64, level: u64) -> Fake {
    Fake::security()
        .set("sequence", num(sequence))
        .set("release.security-level", num(level))
        .set("fixes[0].level", num(level))
}

fn of(fake: &Fake) -> Tree {
    Tree::Bytes(fake.digest().0.to_vec())
}

/// A set of digests as it is written.
fn sorted<const N: usize>(mut digests: [Digest; N]) -> Tree {
    digests.sort();
    list(digests.map(|d| Tree::Bytes(d.0.to_vec())))
}

pub(super) fn add(set: &mut Set) {
    let (old, new) = (security(5, 7), security(6, 8));
    let mut put = |name: &str, what: &str, packages: &[&Fake], current: &[usize]| {
        set.add(name, vector(what, packages, current, Ok(())));
        // Each of the other lists is another one.
        for (place, left_out) in current.iter().enumerate() {
            let rest: Vec<_> = current.iter().copied().filter(|i| i != left_out).collect();
            let name = format!("{name}-without-{place}");
            set.add(&name, vector("A current entry is left out.", packages, &rest, Err(Rule::Rep7)));
        }
        if current.len() < packages.len() {
            let all: Vec<_> = (0..packages.len()).filter(|i| kind_is_current(packages[*i])).collect();
            if all != current {
                let name = format!("{name}-all");
                set.add(&name, vector("An entry that is over is listed.", packages, &all, Err(Rule::Rep7)));
            }
        }
    };
    put("replaced", "A newer release for the same devices.", &[&old, &new], &[1]);
    let hardware = new.clone().set("product.hardware", list([text("cam-x1")]));
    put("hardware", "A newer release for less hardware.", &[&old, &hardware], &[0, 1]);
    let more = new.clone().set("product.hardware", list([text("cam-x1"), text("cam-x2"), text("cam-x3")]));
    put("more-hardware", "A newer release for more hardware.", &[&old, &more], &[1]);
    let line = new.clone().set("release.line", text("2"));
    put("line", "A newer release of another line.", &[&old, &line], &[0, 1]);
    let scope = new.clone().set("release.scope", text("modem"));
    put("scope", "A newer release of another scope.", &[&old, &scope], &[0, 1]);
    let level = new.clone().set("release.feature-level", num(4));
    put("level", "A newer release for another feature level.", &[&old, &level], &[0, 1]);
    let state = new.clone().set("applies-to", list([state_ref()]));
    put("state", "A newer release for one state alone.", &[&old, &state], &[0, 1]);
    let requires = map([("scope", text("modem")), ("line", text("1")), ("from", num(3))]);
    let requires = new.clone().set("requires", list([requires]));
    put("requires", "A newer release that needs another scope.", &[&old, &requires], &[0, 1]);
    let costs = new.clone().set("release.environment-cost", map([("en", text("A memory card."))]));
    put("costs", "A newer release that needs something bought.", &[&old, &costs], &[0, 1]);
    let fresh = old.clone().set("fresh", Tree::Bool(true));
    put("fresh", "A newer release that empty devices cannot take.", &[&fresh, &new], &[0, 1]);
    let both = new.clone().set("fresh", Tree::Bool(true));
    put("both-fresh", "Both can be taken by empty devices.", &[&fresh, &both], &[1]);
    put("components", "A newer release with other components.", &[&Fake::one_image(), &new], &[0, 1]);
    put("class", "A release of each class.", &[&Fake::feature(), &new], &[0, 1]);
    let feature = Fake::feature().set("sequence", num(9)).set("release.feature-level", num(5));
    put("feature", "A newer feature release.", &[&Fake::feature(), &feature], &[1]);
    let paid = feature.set("cost", text("paid"));
    put("paid", "A newer feature release that costs.", &[&Fake::feature(), &paid], &[0, 1]);
    let step = new.clone().set("applies-to", list([of(&old)]));
    let whole = security(7, 9);
    put("known", "A step from a state that is known to be on the line.", &[&old, &step, &whole], &[2]);
    let unknown = new.clone().set("applies-to", list([digest(b"from before")]));
    put("unknown", "A step from a state that nothing leads to.", &[&old, &unknown, &whole], &[1, 2]);
    let wider = security(8, 9).set("applies-to", sorted([old.digest(), step.digest()]));
    put("wider", "A newer step from that state and another.", &[&step, &wider], &[1]);
    let notice = Fake::notice();
    let later = Fake::notice().set("sequence", num(9)).set("supersedes", list([of(&notice)]));
    put("notices", "A notice and a withdrawal.", &[&notice, &Fake::withdrawal()], &[0, 1]);
    put("superseded", "A notice that supersedes another.", &[&notice, &later], &[1]);
    let earlier = later.clone().set("sequence", num(2));
    put("earlier", "An earlier notice cannot supersede.", &[&notice, &earlier], &[0, 1]);
    let silence = Fake::withdrawal().set("supersedes", list([of(&notice)]));
    put("silence", "A withdrawal does not supersede a notice.", &[&notice, &silence], &[0, 1]);
    let taken_back = Fake::withdrawal().set("withdraws", list([of(&new)]));
    put("withdrawn", "A withdrawn release replaces nothing.", &[&old, &new, &taken_back], &[0, 2]);
    let both = Fake::withdrawal().set("withdraws", list([Tree::Bytes(state_of(&new).0.to_vec())]));
    put("state-withdrawn", "A withdrawn state, with all that leads to it.", &[&old, &new, &both], &[2]);
    put("acknowledgement", "An acknowledgement is for auditors.", &[&Fake::acknowledgement(), &old], &[1]);
}

fn kind_is_current(fake: &Fake) -> bool {
    entry(fake).kind().as_str() != "acknowledgement"
}

fn state_of(fake: &Fake) -> Digest {
    let manifest = pkg_format::Manifest::decode(&fake.manifest()).expect("a manifest");
    manifest.release().expect("a release").state(&manifest.common().product)
}
