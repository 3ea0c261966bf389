//! Publishing to a repository: interrupted anywhere, at once with others, and by the command line.

#![cfg(target_os = "linux")]

mod commands;
mod contradict;
mod cut;
mod damaged;
mod dry;
mod farm;
mod fetch;
mod given;
mod hostile;
mod object_store;
mod race;
mod refused;
mod site;
mod slow;
mod staged;
mod stolen;

use pkg_builder::keys::Signer;
use pkg_format::repository::LogName;
use pkg_publish::{Catalogue, Error, FolderStore, Options, Outcome, Package, Store, create, publish};
use pkg_tests::fake::kinds::ISSUED;
use pkg_tests::fake::path::{num, text};
use pkg_tests::keyrings::{archive_bytes, standard, statement};
use pkg_tests::project::{FEATURE, Project, signer};
use pkg_tests::{Fake, heads};
use pkg_verify::Keyring;
use serde_json::Value;
use std::num::NonZeroUsize;
use std::path::Path;

/// What a command that signs a head is given.
const KEY: [&str; 4] = ["--key", "catalogue.key", "--keyring", "cam.keyring"];
/// What a command that builds packages is given.
const RELEASE: [&str; 4] = ["--key", "release.key", "--keyring", "cam.keyring"];
/// What a command that verifies is given.
const RING: [&str; 2] = ["--keyring", "cam.keyring"];

/// A maker with keys and a keyring, an empty repository, a first release described in `first.toml`, and an image
/// `fixed.img` for the next one.
fn maker() -> Project {
    let project = Project::new();
    for name in ["root", "release", "delivery", "catalogue"] {
        project.key(name);
    }
    let mut args = vec!["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "cam.keyring"];
    args.extend(["--add", "security,feature,notice,withdrawal,delivery=release.pub"]);
    args.extend(["--add", "delivery=delivery.pub", "--add", "catalogue=catalogue.pub"]);
    project.done(&args);
    project.done(&[&["repository", "new", "repo", "--product", "acme/cam"][..], &KEY].concat());
    project.write("first.toml", FEATURE);
    let mut image = project.read("rootfs.img");
    image[10_000] ^= 1;
    project.write("fixed.img", image);
    project
}

/// Runs a command and reads its JSON.
fn json(project: &Project, args: &[&str]) -> Value {
    serde_json::from_str(&project.done(args)).expect("JSON")
}

/// Calls with the options that most tests have.
fn with<T>(run: impl FnOnce(&Options<'_>) -> T) -> T {
    let (keyring, catalogue) = (standard(), signer("catalogue"));
    let (file, signers) = (archive_bytes(&statement()), [&catalogue as &dyn Signer]);
    run(&Options {
        keyring: &keyring,
        keyring_file: &file,
        signers: &signers,
        issued: ISSUED,
        max_age: None,
        dry_run: false,
        judge: &|_, _| Ok(()),
        refused: &|_, refusal| panic!("{refusal}"),
        progress: &|_| (),
    })
}

/// A log without entries.
fn started(store: &mut dyn Store) -> LogName {
    let of = heads::name();
    with(|options| create(store, &of, 259_200, options)).expect("a new log");
    of
}

/// Notice number `n`.
fn notice(n: u64) -> Fake {
    Fake::notice().set("id", text(&format!("cam-notice-{n}"))).set("sequence", num(n))
}

fn opened(folder: &Path, name: &str, fake: &Fake) -> Package {
    let path = folder.join(name);
    std::fs::write(&path, fake.package()).expect("a package");
    Package::open(&path, &standard(), NonZeroUsize::MIN, &|_| ()).expect("an accepted package")
}

fn published(store: &mut dyn Store, packages: &[Package]) -> Result<Outcome, Error> {
    with(|options| publish(store, &heads::name(), packages, options))
}

/// What is in a repository, which must be whole.
fn whole(store: &mut FolderStore) -> Catalogue {
    let keyring: Keyring = standard();
    let (catalogue, report) =
        pkg_publish::check(store, &heads::name(), &keyring, &|_| ()).expect("a repository");
    assert_eq!(report.faults, [], "nothing is wrong");
    catalogue
}
