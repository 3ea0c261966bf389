//! Publishing to a repository: interrupted anywhere, at once with others, and by the command line.

#![cfg(target_os = "linux")]

mod commands;
mod cut;
mod farm;
mod fetch;
mod given;
mod hostile;
mod object_store;
mod race;
mod refused;
mod staged;

use pkg_builder::keys::Signer;
use pkg_format::repository::LogName;
use pkg_publish::{Catalogue, Error, FolderStore, Options, Outcome, Package, Store, create, publish};
use pkg_tests::fake::kinds::ISSUED;
use pkg_tests::fake::path::{num, text};
use pkg_tests::keyrings::{archive_bytes, standard, statement};
use pkg_tests::project::signer;
use pkg_tests::{Fake, heads};
use pkg_verify::Keyring;
use std::num::NonZeroUsize;
use std::path::Path;

/// What a command that signs a head is given.
const SIGN: [&str; 4] = ["--key", "catalogue.key", "--keyring", "cam.keyring"];

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
