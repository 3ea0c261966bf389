//! Rounds of a device with an honest repository.

use super::{DELTA, FULL, Followed, HEAD, RECORD, SIGN, arguments};
use crate::client::Life;
use crate::web::Web;
use pkg_format::repository::{Head, Page};
use pkg_repository::Record;
use pkg_tests::heads::{self, FakeHead};
use pkg_tests::keys::key;
use pkg_verify::format::repository::paths;
use std::fs;

#[test]
fn from_an_empty_device_to_a_delta() {
    let life = Life::new(20_000);
    life.0.done(&[&["repository", "new", "repo", "--product", "acme/cam"][..], &SIGN].concat());
    let web = Web::new(&life.0.path("repo"));
    let followed = Followed { life, web };
    assert!(followed.round(&["--yes"]).contains("nothing: nothing-offered"));
    followed.publish(&["cam-1.0.0.full.pkg"]);
    assert!(followed.round(&["--yes"]).contains("in full"));
    followed.life.round(&["--booted", "ok"]);
    assert!(followed.round(&[]).contains("nothing: up-to-date"));
    followed.publish(&[FULL, DELTA]);
    // Told first, as with a folder; the round after it installs.
    let told = followed.round(&[]);
    assert!(told.contains("Video without password") && !told.contains("installed"), "{told}");
    followed.installs("by delta");
    assert!(followed.round(&["--yes"]).contains("nothing: up-to-date"));
    // What it remembers may be lost: then it asks again.
    fs::remove_file(followed.life.0.path(RECORD)).expect("a record");
    fs::remove_dir_all(followed.life.0.path("device/fronts")).expect("fronts");
    assert!(followed.round(&["--yes"]).contains("nothing: up-to-date"));
}

#[test]
fn without_a_delta_the_full_package_is_fetched() {
    let followed = Followed::begun(20_000);
    followed.publish(&[FULL]);
    followed.installs("in full");
    // The same where the delta is spoilt, or of another base.
    for spoil in [
        |delta: &mut Vec<u8>| delta.truncate(9_000),
        |delta: &mut Vec<u8>| {
            let at = delta.len() - 3_000;
            delta[at] ^= 1;
        },
    ] {
        let followed = Followed::begun(20_000);
        followed.publish(&[FULL, DELTA]);
        let deltas = followed.file("deltas");
        let target = fs::read_dir(&deltas).expect("a folder").next().expect("one").expect("a name").path();
        let delta = fs::read_dir(target).expect("a folder").next().expect("one").expect("a name").path();
        let mut bytes = fs::read(&delta).expect("a delta");
        spoil(&mut bytes);
        fs::write(&delta, bytes).expect("written");
        followed.installs("in full");
    }
}

/// The folder is a mirror on a memory stick; the network knows more.
#[test]
fn folders_and_a_repository_go_together() {
    let followed = Followed::begun(20_000);
    followed.publish(&[FULL]);
    followed.life.offer(DELTA);
    followed.web.traffic();
    followed.installs("by delta");
    // The front of each release, and no payload.
    assert_eq!(followed.web.traffic().count("packages/"), 2);
}

#[test]
fn a_withdrawal_is_heard_whatever_else_happens_and_told_once() {
    let followed = Followed::begun(20_000);
    followed.publish(&[&followed.life.withdrawal()]);
    assert!(followed.round(&[]).contains("Release withdrawn"));
    followed.web.traffic();
    let said = followed.round(&[]);
    assert!(
        said.contains("what is installed was withdrawn") && !said.contains("no longer offered"),
        "{said}"
    );
    assert_eq!(followed.web.traffic().asked.len(), 1, "what was heard is not asked for again");
    assert!(followed.life.state().contains("[[withdrawn.by]]"));
}

#[test]
fn newer_keyrings_come_from_the_repository() {
    let followed = Followed::begun(20_000);
    let project = &followed.life.0;
    let edit = ["keyring", "edit", "cam.keyring", "--add", "security=security-2.pub", "--sign", "root.key"];
    project.done(&[&edit[..], &["-o", "new.keyring"]].concat());
    let sign = ["--key", "catalogue.key", "--keyring", "new.keyring"];
    project.done(&[&["publish", FULL, "--to", "repo"][..], &sign].concat());
    let said = followed.round(&["--yes"]);
    assert!(said.contains("keyring version 2 is in force") && said.contains("restart to run it"), "{said}");
    assert!(followed.life.state().contains("[keyring]\nversion = 2"));
}

/// After "unchanged" the stored head is decided on: what was put off goes on.
#[test]
fn what_was_put_off_goes_on() {
    let followed = Followed::begun(20_000);
    followed.publish(&[FULL, DELTA]);
    let later = followed.life.run(&arguments(&[&followed.web.address], &["--ask"]), "later\n");
    assert!(later.stdout.contains("Video without password"), "{}{}", later.stdout, later.stderr);
    followed.web.traffic();
    assert!(followed.round(&[]).contains("wait: postponed"));
    let asked = followed.web.traffic().asked;
    assert!(asked.len() == 1 && asked[0].etag.is_some(), "{asked:?}");
    let reminded = followed.round(&["--elapsed", "90000"]);
    assert!(reminded.contains("by delta; restart to run it"), "{reminded}");
}

/// A state that no current entry leads on from: the log has the way.
#[test]
fn an_old_state_finds_its_way_in_the_log() {
    let followed = Followed::begun(20_000);
    followed.publish(&[FULL, DELTA]);
    let entries = entries(&followed);
    // The head says that nothing is needed but what another product line has.
    let other = { entries.iter().find(|e| e.sequence == 1).expect("1.0.0").clone() };
    let release = pkg_tests::heads::entry(&pkg_tests::Fake::notice());
    let all = [&entries[..], std::slice::from_ref(&release)].concat();
    assert_ne!(other.manifest, release.manifest);
    write(&followed, &all, &[release]);
    followed.web.traffic();
    let said = followed.round(&["--yes"]);
    assert!(said.contains("by delta; restart to run it"), "{said}");
    assert!(followed.web.traffic().count("products/acme/cam/stable/log/") > 0);
}

/// Every entry of the log, oldest first.
pub(super) fn entries(followed: &Followed) -> Vec<pkg_format::repository::Entry> {
    let pages = fs::read_dir(followed.file("products/acme/cam/stable/log")).expect("pages");
    let pages = pages.map(|page| fs::read(page.expect("a name").path()).expect("a page"));
    let mut pages: Vec<Page> = pages.map(|page| Page::decode(&page).expect("a page")).collect();
    pages.sort_by_key(Page::first);
    pages.into_iter().flat_map(|page| page.entries).collect()
}

/// Writes a log with these entries in two pages, and a head that lists some of them.
pub(super) fn write(
    followed: &Followed,
    entries: &[pkg_format::repository::Entry],
    current: &[pkg_format::repository::Entry],
) {
    let record = Record { head: fs::read(followed.file(HEAD)).ok(), ..Record::default() };
    let keyring = followed.life.0.read("cam.keyring");
    let keyring = pkg_verify::Keyring::open(&keyring, pkg_verify::ExampleKeys::Refuse).expect("a keyring");
    let head =
        pkg_verify::verify_head(&record.head.expect("a head"), &keyring, &heads::name()).expect("ours");
    let mut current = current.to_vec();
    current.sort_by_key(|e| e.manifest);
    let head = head.head().clone();
    let head = Head { version: head.version + 1, log: heads::log(entries), current, ..head };
    for (end, start) in [(entries.len() / 2, 0), (entries.len(), entries.len() / 2)] {
        let page = heads::page(&entries[..end], start).to_tree().to_bytes();
        let path = followed.file(&paths::page(&head.of, &heads::log(&entries[..end])));
        fs::write(path, page).expect("written");
    }
    let file = FakeHead::new(&head).signed_by(&[key("catalogue")]).file();
    fs::write(followed.file(HEAD), file).expect("written");
}
