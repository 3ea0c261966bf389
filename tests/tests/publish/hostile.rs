//! What the thief of a catalogue key, a mirror or a broken disk leaves behind: it is named, and nothing ends without end.

use super::{notice, opened, published, started, whole};
use pkg_format::repository::{Entry, paths};
use pkg_format::{Digest, Rule};
use pkg_publish::{Catalogue, Error, FolderStore, Package, check};
use pkg_tests::Fake;
use pkg_tests::heads::{self, FakeHead};
use pkg_tests::keyrings::standard;
use std::fs;
use tempfile::TempDir;

/// A notice and a security release, published: head 2.
fn repository() -> (TempDir, FolderStore, Vec<Package>) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = FolderStore::new(&folder.path().join("r"));
    started(&mut store);
    let packages =
        vec![opened(folder.path(), "a.pkg", &notice(3)), opened(folder.path(), "b.pkg", &Fake::security())];
    published(&mut store, &packages).unwrap();
    (folder, store, packages)
}

fn write(store: &FolderStore, path: &str, bytes: &[u8]) {
    fs::write(store.root().join(path), bytes).unwrap();
}

fn bytes(store: &FolderStore, path: &str) -> Vec<u8> {
    fs::read(store.root().join(path)).unwrap()
}

/// The rules of the faults that a check finds, or of its refusal.
fn faults(store: &mut FolderStore) -> Vec<Option<Rule>> {
    match check(store, &heads::name(), &standard(), &|_| ()) {
        Ok((_, report)) => report.faults.into_iter().map(|fault| fault.rule).collect(),
        Err(error) => vec![error.rule()],
    }
}

/// Adds an entry as whoever has the key of the catalogue can.
fn forge(store: &FolderStore, entry: Entry, replaces: &Digest) {
    let before = Catalogue::read(&mut FolderStore::new(store.root()), &heads::name(), &standard()).unwrap();
    let mut entries = before.log().entries().to_vec();
    entries.push(entry.clone());
    let mut head = before.head().head().clone();
    head.version += 1;
    head.log = heads::log(&entries);
    head.current.retain(|e| e.manifest != *replaces);
    head.current.push(entry);
    head.current.sort_by_key(|e| e.manifest);
    let page = heads::page(&entries, entries.len() - 1).to_tree().to_bytes();
    write(store, &paths::page(&heads::name(), &head.log), &page);
    let file = FakeHead::new(&head).file();
    write(store, &paths::head_version(&heads::name(), head.version), &file);
    write(store, &paths::head(&heads::name()), &file);
}

fn entries(store: &mut FolderStore) -> Vec<Entry> {
    Catalogue::read(store, &heads::name(), &standard()).unwrap().log().entries().to_vec()
}

#[test]
fn an_entry_that_is_not_about_its_package_replaces_nothing() {
    for forged in [
        // A release that nobody made, in the file of the security release.
        |real: &Entry, _: &Entry| Entry { manifest: Digest([9; 32]), sequence: 9, ..real.clone() },
        // The security release, in the file of the notice.
        |real: &Entry, notice: &Entry| Entry { object: notice.object, ..real.clone() },
    ] {
        let (_folder, mut store, packages) = repository();
        let all = entries(&mut store);
        let (notice, real) = (&all[0], &all[1]);
        assert_eq!(real.manifest, Fake::security().digest());
        forge(&store, forged(real, notice), &real.manifest);
        // It is told, and what it lists as current does not follow.
        let found = faults(&mut store);
        assert!(found.contains(&Some(Rule::Rep8)) && found.contains(&Some(Rule::Rep7)), "{found:?}");
        let catalogue = Catalogue::read(&mut store, &heads::name(), &standard()).unwrap();
        assert_eq!(catalogue.accepted().len(), 2, "the real release is still offered");
        drop(packages);
    }
}

#[test]
fn a_head_in_the_place_of_another_ends_nothing() {
    let (_folder, mut store, _) = repository();
    let of = heads::name();
    let first = bytes(&store, &paths::head_version(&of, 1));
    write(&store, &paths::head_version(&of, 3), &first);
    assert_eq!(faults(&mut store), [Some(Rule::Rep9)]);
    fs::remove_file(store.root().join(paths::head_version(&of, 3))).unwrap();
    whole(&mut store);
    // In the past, too; and a file that is no head at all.
    let second = bytes(&store, &paths::head_version(&of, 2));
    write(&store, &paths::head_version(&of, 1), &second);
    assert_eq!(faults(&mut store), [Some(Rule::Rep9)]);
    write(&store, &paths::head_version(&of, 1), b"hi");
    assert_eq!(faults(&mut store).len(), 1);
    assert!(faults(&mut store)[0].is_some());
}

#[test]
fn two_heads_of_one_version_are_told() {
    let (_folder, mut store, packages) = repository();
    let before = Catalogue::read(&mut store, &heads::name(), &standard()).unwrap();
    let mut other = before.head().head().clone();
    other.issued += 1;
    write(&store, &paths::head(&heads::name()), &FakeHead::new(&other).file());
    assert_eq!(faults(&mut store), [Some(Rule::Rep4)]);
    assert_eq!(published(&mut store, &packages).unwrap_err().rule(), Some(Rule::Rep4));
}

/// A version that somebody made up does not have every number before it asked for.
#[test]
fn a_made_up_version_ends() {
    let (_folder, mut store, _) = repository();
    let before = Catalogue::read(&mut store, &heads::name(), &standard()).unwrap();
    let mut head = before.head().head().clone();
    head.version = 1_000_000_000_000;
    write(&store, &paths::head(&heads::name()), &FakeHead::new(&head).file());
    let (_, report) = check(&mut store, &heads::name(), &standard(), &|_| ()).unwrap();
    assert!(report.faults.len() < 30, "{}", report.faults.len());
    assert!(report.faults.iter().any(|fault| fault.why.contains("was not looked at")));
}

#[test]
fn publishing_again_restores_a_missing_package() {
    let (_folder, mut store, packages) = repository();
    let path = paths::package(&entries(&mut store)[1].object.unwrap().package);
    let right = bytes(&store, &path);
    fs::remove_file(store.root().join(&path)).unwrap();
    let again = published(&mut store, &packages).unwrap();
    assert_eq!((again.version, again.added.len()), (2, 0));
    assert_eq!(bytes(&store, &path), right);
    whole(&mut store);
    // Another package is no help, and nothing is published beside a gap.
    fs::remove_file(store.root().join(&path)).unwrap();
    assert!(matches!(published(&mut store, &packages[..1]), Err(Error::Lost { .. })));
}

/// A damaged package is no word about its signer: nothing new is published and no head without it is signed.
#[test]
fn a_damaged_package_is_lost_and_not_refused() {
    let (_folder, mut store, packages) = repository();
    let path = paths::package(&entries(&mut store)[1].object.unwrap().package);
    let mut wrong = bytes(&store, &path);
    for at in [600, 9_000] {
        let at = at.min(wrong.len() - 1);
        wrong[at] ^= 1;
        write(&store, &path, &wrong);
        assert!(faults(&mut store).contains(&Some(Rule::Rep9)), "{at}");
        let error = published(&mut store, &packages).unwrap_err();
        assert!(matches!(error, Error::Lost { .. }) || error.rule() == Some(Rule::Rep9), "{error}");
        wrong[at] ^= 1;
    }
    write(&store, &path, &wrong);
    whole(&mut store);
}
