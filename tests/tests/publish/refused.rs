//! What is not published, and what a check finds.

use super::{notice, opened, published, started, whole, with};
use pkg_format::repository::paths;
use pkg_format::{Digest, Refusal, Rule};
use pkg_publish::{Error, FolderStore, Package, check, mirror, publish};
use pkg_tests::fake::path::text;
use pkg_tests::keyrings::standard;
use pkg_tests::{Fake, heads};
use pkg_verify::Statements;
use std::num::NonZeroUsize;

fn store() -> (tempfile::TempDir, FolderStore) {
    let folder = tempfile::tempdir().unwrap();
    let mut store = FolderStore::new(&folder.path().join("repository"));
    started(&mut store);
    (folder, store)
}

fn rule(result: Result<pkg_publish::Outcome, Error>) -> Option<Rule> {
    result.unwrap_err().rule()
}

#[test]
fn what_is_published_again_changes_nothing() {
    let (folder, mut store) = store();
    let packages =
        [opened(folder.path(), "a.pkg", &notice(3)), opened(folder.path(), "b.pkg", &Fake::security())];
    let first = published(&mut store, &packages).unwrap();
    assert_eq!((first.version, first.added.len(), first.written.len(), first.current), (2, 2, 2, 2));
    let again = published(&mut store, &packages).unwrap();
    assert_eq!((again.version, again.added.len(), again.written.len()), (2, 0, 0));
    assert_eq!(again.log, first.log);
    whole(&mut store);
}

#[test]
fn a_number_is_used_once() {
    let (folder, mut store) = store();
    published(&mut store, &[opened(folder.path(), "a.pkg", &notice(3))]).unwrap();
    let other = notice(3).set("id", text("another"));
    let other = [opened(folder.path(), "b.pkg", &other)];
    let refused = published(&mut store, &other).unwrap_err();
    assert_eq!(refused.rule(), Some(Rule::Ver2));
    assert!(refused.to_string().contains("number 3 was published as cam-notice-3"), "{refused}");
    // The number is not the cause where the id is the same.
    let same = notice(3).set("contact", text("other@acme.example"));
    let refused = published(&mut store, &[opened(folder.path(), "s.pkg", &same)]).unwrap_err();
    assert_eq!(refused.rule(), Some(Rule::Ver2));
    let says = "id: cam-notice-3 was published with other content; a new notice needs an id of its own";
    assert!(refused.to_string().contains(says), "{refused}");
    // Two of one call collide too; a notice and a release do not.
    let two = [
        opened(folder.path(), "c.pkg", &notice(4)),
        opened(folder.path(), "d.pkg", &notice(4).set("id", text("x"))),
    ];
    assert_eq!(rule(published(&mut store, &two)), Some(Rule::Ver2));
    published(&mut store, &[opened(folder.path(), "e.pkg", &Fake::security())]).unwrap();
    assert_eq!(whole(&mut store).log().entries().len(), 2);
}

#[test]
fn each_refusal_has_its_rule() {
    let (folder, mut store) = store();
    let other = Fake::security().set("product.name", text("doorbell"));
    assert_eq!(rule(published(&mut store, &[opened(folder.path(), "a.pkg", &other)])), Some(Rule::Rep2));
    let stranger = folder.path().join("b.pkg");
    std::fs::write(&stranger, notice(4).signed_by(&[pkg_tests::keys::key("stranger")]).package()).unwrap();
    let refused = Package::open(&stranger, &standard(), NonZeroUsize::MIN, &|_| ()).err().unwrap();
    assert_eq!(refused.rule(), Some(Rule::Sig2));
    // What the caller judges is refused before anything is written.
    let package = [opened(folder.path(), "c.pkg", &notice(4))];
    let judged = with(|options| {
        let judge =
            |_: &[&_], new: &[&Statements]| Err((new[0].manifest_digest(), Refusal::new(Rule::G21, "no")));
        let options = pkg_publish::Options { judge: &judge, ..*options };
        publish(&mut store, &heads::name(), &package, &options)
    });
    let refused = judged.unwrap_err();
    assert!(refused.rule() == Some(Rule::G21) && refused.to_string().contains("c.pkg"), "{refused}");
    assert!(!store.root().join("packages").exists());
    // A key that may not sign heads makes none.
    let release = pkg_tests::project::signer("security");
    let unable = with(|options| {
        let signers = [&release as &dyn pkg_builder::keys::Signer];
        let options = pkg_publish::Options { signers: &signers, ..*options };
        publish(&mut store, &heads::name(), &package, &options)
    });
    assert_eq!(rule(unable), Some(Rule::Sig15));
    assert_eq!(whole(&mut store).log().entries().len(), 0);
}

#[test]
fn a_dry_run_writes_nothing() {
    let (folder, mut store) = store();
    let package = [opened(folder.path(), "a.pkg", &notice(3))];
    let outcome = with(|options| {
        let options = pkg_publish::Options { dry_run: true, ..*options };
        publish(&mut store, &heads::name(), &package, &options)
    });
    let outcome = outcome.unwrap();
    assert_eq!((outcome.version, outcome.added.len()), (1, 1));
    assert!(!store.root().join("packages").exists());
}

#[test]
fn a_check_names_each_fault() {
    let packages = [notice(3), notice(4)];
    let digest = Digest::of(&packages[0].package());
    let faults = |spoil: &dyn Fn(&std::path::Path)| {
        let (folder, mut store) = store();
        for (n, fake) in packages.iter().enumerate() {
            published(&mut store, &[opened(folder.path(), &format!("{n}.pkg"), fake)]).unwrap();
        }
        spoil(store.root());
        match check(&mut store, &heads::name(), &standard(), &|_| ()) {
            Ok((_, report)) => report.faults.into_iter().map(|f| (f.path, f.rule)).collect(),
            Err(error) => vec![(error.to_string(), error.rule())],
        }
    };
    let package = paths::package(&digest);
    let log = |name: &str| format!("products/acme/cam/stable/{name}");
    assert_eq!(faults(&|_| ()), []);
    let cut = |root: &std::path::Path| {
        let path = root.join(&package);
        let mut bytes = std::fs::read(&path).unwrap();
        *bytes.last_mut().unwrap() ^= 1;
        std::fs::write(path, bytes).unwrap();
    };
    assert_eq!(faults(&cut), [(package.clone(), Some(Rule::Rep9))]);
    let gone = |path: String| move |root: &std::path::Path| std::fs::remove_file(root.join(&path)).unwrap();
    assert_eq!(faults(&gone(package.clone())), [(package.clone(), None)]);
    assert_eq!(faults(&gone(log("heads/1"))), [(log("heads/1"), None)]);
    assert_eq!(faults(&gone("keyrings/2".into())), [("keyrings/2".to_owned(), None)]);
    let old = |root: &std::path::Path| {
        std::fs::copy(root.join(log("heads/2")), root.join(log("head"))).unwrap();
    };
    assert_eq!(faults(&old), [(log("head"), Some(Rule::Rep3))]);
}

#[test]
fn a_mirror_with_another_history_is_a_fork() {
    let ((folder, mut one), (_other, mut two)) = (store(), store());
    published(&mut one, &[opened(folder.path(), "a.pkg", &notice(3))]).unwrap();
    published(&mut two, &[opened(folder.path(), "b.pkg", &notice(4))]).unwrap();
    let before = std::fs::read(two.root().join("products/acme/cam/stable/head")).unwrap();
    let refused = mirror(&mut one, &mut two, &heads::name(), &standard(), &|_| ()).unwrap_err();
    assert_eq!(refused.rule(), Some(Rule::Rep4));
    assert_eq!(std::fs::read(two.root().join("products/acme/cam/stable/head")).unwrap(), before);
}

#[test]
fn a_delta_needs_its_full_package_and_its_base() {
    let (folder, mut store) = store();
    let delta = [opened(folder.path(), "d.pkg", &Fake::delta())];
    let unknown = published(&mut store, &delta).unwrap_err();
    assert!(matches!(unknown, Error::NotPublished { .. }), "{unknown}");
    // Its full package has the same manifest; the state that it starts from is no release of this log.
    let both =
        [opened(folder.path(), "f.pkg", &Fake::security()), opened(folder.path(), "d.pkg", &Fake::delta())];
    assert_eq!(both[0].statements().manifest_digest(), both[1].statements().manifest_digest());
    let nowhere = published(&mut store, &both).unwrap_err();
    assert!(matches!(nowhere, Error::NoBase { .. }), "{nowhere}");
    assert!(!store.root().join("packages").exists());
}

#[test]
fn all_that_is_new_is_judged_at_once() {
    let (folder, mut store) = store();
    let of = heads::name();
    let packages: Vec<_> = (4..9).map(|n| opened(folder.path(), &format!("{n}.pkg"), &notice(n))).collect();
    published(&mut store, &packages[..2]).unwrap();
    let calls = std::cell::RefCell::new(Vec::new());
    with(|options| {
        let judge = |known: &[&Statements], new: &[&Statements]| {
            let ids = |all: &[&Statements]| {
                all.iter().map(|s| s.manifest().common().id.to_string()).collect::<Vec<_>>().join(" ")
            };
            calls.borrow_mut().push((ids(known), ids(new)));
            Ok(())
        };
        publish(&mut store, &of, &packages, &pkg_publish::Options { judge: &judge, ..*options }).unwrap();
    });
    let known = "cam-notice-4 cam-notice-5".to_owned();
    let new = "cam-notice-6 cam-notice-7 cam-notice-8".to_owned();
    assert_eq!(calls.into_inner(), [(known, new)]);
}
