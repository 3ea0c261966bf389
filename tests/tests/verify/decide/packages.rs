//! The packages of these tests: steps and words of the made-up camera, verified.

use pkg_format::{Digest, Tree};
use pkg_tests::fake::path::{digest, en, list, map, num, text};
use pkg_tests::{Fake, device, keyrings};
use pkg_verify::{Policy, Statements, open};

/// The statements of a package, verified.
pub(crate) fn verified(package: &Fake) -> Statements {
    let bytes = package.package();
    let verified = open(&bytes[..]).and_then(|p| p.verify(&keyrings::standard(), &Policy::default()));
    Statements::clone(&verified.expect("a sound package"))
}

/// Another image, so that the step leads to a state of its own.
fn into(package: Fake, name: &str) -> Fake {
    package.set("images[0].sha256", digest(name.as_bytes())).set("id", text(name))
}

/// A pure security update to level 7.
pub(crate) fn security() -> Fake {
    into(Fake::security(), "security-7")
}

/// A security update to level 8 that takes a function away.
pub(crate) fn change_is_fix() -> Fake {
    let package = into(Fake::change_is_fix(), "security-8").set("sequence", num(6));
    let levels = ["release.security-level", "fixes[0].level", "changes[0].level"];
    levels.into_iter().fold(package, |package, level| package.set(level, num(8)))
}

/// A feature update from what runs.
pub(crate) fn feature() -> Fake {
    let changes = list([map([
        ("id", text("night-mode")),
        ("level", num(4)),
        ("effect", text("added")),
        ("user-visible", Tree::Bool(true)),
        ("text", en("Sharper pictures in the dark.")),
    ])]);
    into(Fake::feature(), "feature-4").set("changes", changes)
}

/// A security update that another scope has to go before.
pub(crate) fn needy() -> Fake {
    let need = map([("scope", text("modem")), ("line", text("1")), ("from", num(2))]);
    security().set("requires", list([need]))
}

/// A notice about what runs.
pub(crate) fn notice() -> Fake {
    Fake::notice()
}

/// A notice that takes the place of that one, about another state.
pub(crate) fn newer_notice() -> Fake {
    let elsewhere = || list([digest(b"another state")]);
    Fake::notice()
        .set("id", text("cam-notice-6"))
        .set("sequence", num(6))
        .set("supersedes", list([Tree::Bytes(notice().digest().0.to_vec())]))
        .set("statuses[0].states", elsewhere())
        .set("remediations[0].states", elsewhere())
}

/// A withdrawal of where a release leads.
pub(crate) fn withdrawal_of(package: &Fake) -> Fake {
    let package = verified(package);
    let manifest = package.manifest();
    let state = manifest.release().expect("a release").state(&manifest.common().product);
    Fake::withdrawal().set("withdraws", refs(state))
}

fn refs(state: Digest) -> Tree {
    list([Tree::Bytes(state.0.to_vec())])
}

/// A withdrawal of what runs.
pub(crate) fn withdrawal() -> Fake {
    Fake::withdrawal().set("withdraws", refs(device::state()))
}
