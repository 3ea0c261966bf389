//! A stolen catalogue key: what the thief signs, what devices do, and how the maker continues the log.

use super::commands::{device, project};
use super::{KEY, RING, json};
use pkg_builder::repository::head_file;
use pkg_format::repository::{Head, TreeHead, paths};
use pkg_publish::{Catalogue, FolderStore};
use pkg_tests::project::{Project, signer};
use pkg_tests::{heads, tool::Run};
use pkg_verify::{ExampleKeys, Keyring};
use serde_json::Value;
use std::fs;

const FIRST: &str = "out/cam-1.0.0.full.pkg";
const NEXT: &str = "out/cam-1.0.1.full.pkg";
const NEW_KEY: [&str; 4] = ["--key", "catalogue-2.key", "--keyring", "cam-2.keyring"];
const NEW_RING: [&str; 2] = ["--keyring", "cam-2.keyring"];
const HEAD: &str = "repo/products/acme/cam/stable/head";

/// A repository with a first release, two devices that saw it, and the digest of the maker's last head.
fn published() -> (Project, String) {
    let project = project();
    let outcome = json(&project, &[&["publish", FIRST, "--to", "repo", "--json"][..], &KEY].concat());
    device(&project, "rev-a");
    for memory in ["old.seen", "new.seen"] {
        assert_eq!(fetch(&project, memory, RING).status, Some(0));
    }
    (project, outcome["head-digest"].as_str().expect("a digest").to_owned())
}

/// A device asks the repository, with what it remembers.
fn fetch(project: &Project, memory: &str, ring: [&str; 2]) -> Run {
    project.pkg(&[&["fetch", "repo", "--seen", memory, "--state", "device.toml"][..], &ring].concat())
}

/// The maker revokes the stolen key and appoints the next one.
fn revoke(project: &Project) {
    project.key("catalogue-2");
    let edit = ["keyring", "edit", "cam.keyring", "--revoke", "catalogue.pub", "-o", "cam-2.keyring"];
    project.done(&[&edit[..], &["--add", "catalogue=catalogue-2.pub", "--sign", "root.key"]].concat());
}

fn recover(project: &Project, more: &[&str]) -> Run {
    project.pkg(&[&["repository", "recover", "repo"][..], more, &NEW_KEY].concat())
}

fn keyring(project: &Project, name: &str) -> Keyring {
    Keyring::open(&project.read(name), ExampleKeys::DangerAccept).expect("a keyring")
}

/// The newest head of the repository as the keyring verifies it, and the entries of its log.
fn newest(project: &Project, ring: &str) -> Catalogue {
    let mut store = FolderStore::new(&project.path("repo"));
    Catalogue::read(&mut store, &heads::name(), &keyring(project, ring)).expect("a log")
}

/// The thief signs a head that says something else, and puts it where devices ask.
fn thief(project: &Project, change: impl FnOnce(&mut Head)) {
    let mut head = newest(project, "cam.keyring").head().head().clone();
    head.version += 1;
    change(&mut head);
    let file = head_file(&head, &[&signer("catalogue")]).expect("a head");
    project.write(HEAD, &file);
    project.write(&format!("repo/{}", paths::head_version(&head.of, head.version)), &file);
}

fn lists_nothing(head: &mut Head) {
    head.log = TreeHead::EMPTY;
    head.current.clear();
}

fn refused(run: &Run, what: &[&str]) {
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    for text in what {
        assert!(run.stderr.contains(text), "{text}: {}", run.stderr);
    }
}

/// Whatever the thief signed, devices with the new keyring refuse it, the maker continues, and devices follow, whether
/// they remember the head of the maker or that of the thief.
fn follows(project: &Project, digest: &str, version: u64) {
    // Under the old keyring, the second device believes the thief.
    assert_eq!(fetch(project, "new.seen", RING).status, Some(0));
    revoke(project);
    refused(&fetch(project, "never.seen", NEW_RING), &["[SIG-14]", "head"]);
    let publish = [&["publish", "out", "--to", "repo"][..], &NEW_KEY].concat();
    refused(&project.pkg(&publish), &["[SIG-14]", "pkg repository recover"]);
    let outcome = json(
        project,
        &[&["repository", "recover", "repo", "--from", digest, "--json"][..], &NEW_KEY].concat(),
    );
    assert_eq!((&outcome["version"], &outcome["from"]["version"]), (&version.into(), &2.into()), "{outcome}");
    assert!(outcome["dropped"].as_array().is_some_and(|d| !d.is_empty()), "{outcome}");
    project.done(&publish);
    for memory in ["old.seen", "new.seen"] {
        let fetched = fetch(project, memory, RING);
        assert_eq!(fetched.status, Some(0), "{memory}: {}", fetched.stderr);
        let head = newest(project, "cam-2.keyring").head().head().version;
        assert_eq!(head, version + 1);
        assert!(fetched.stdout.contains("1.0.1"), "{memory}: {}{}", fetched.stdout, fetched.stderr);
    }
    let checked = json(project, &[&["repository", "check", "repo", "--json"][..], &NEW_RING].concat());
    assert_eq!(checked["verdict"], "whole", "{checked}");
    // The head of the thief does not come back.
    let head = paths::head_version(&heads::name(), version - 1);
    let ours = project.read(HEAD);
    project.write(HEAD, project.read(&format!("repo/{head}")));
    let kept = fetch(project, "new.seen", NEW_RING);
    assert!(kept.status == Some(0) && kept.stderr.contains("nothing new: [SIG-14]"), "{}", kept.stderr);
    assert!(kept.stdout.contains("1.0.1"), "the head of the maker is in force: {}", kept.stdout);
    project.write(HEAD, ours);
    project.done(&[&["repository", "mirror", "repo", "stick"][..], &NEW_RING].concat());
}

#[test]
fn a_thief_who_lists_more() {
    let (project, digest) = published();
    // A genuine package that the maker had not published yet.
    project.done(&[&["publish", NEXT, "--to", "repo"][..], &KEY].concat());
    follows(&project, &digest, 4);
}

#[test]
fn a_thief_who_lists_less() {
    let (project, digest) = published();
    thief(&project, lists_nothing);
    follows(&project, &digest, 4);
}

#[test]
fn a_thief_who_uses_up_numbers() {
    let (project, digest) = published();
    thief(&project, |head| head.version = 60_000);
    follows(&project, &digest, 60_001);
}

/// A number from which no device with a head in force would follow is passed over.
#[test]
fn a_thief_who_uses_up_all_numbers() {
    let (project, digest) = published();
    project.done(&[&["repository", "mirror", "repo", "stick"][..], &RING].concat());
    thief(&project, |head| head.version = u64::from(u32::MAX));
    revoke(&project);
    let run = recover(&project, &["--from", &digest]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("head counts for nothing: 1 entry"), "{}", run.stderr);
    assert_eq!(newest(&project, "cam-2.keyring").head().head().version, 3);
    // A mirror from before follows as devices do.
    project.done(&[&["repository", "mirror", "repo", "stick"][..], &NEW_RING].concat());
    assert_eq!(fetch(&project, "old.seen", RING).status, Some(0));
}

/// The file of a head, what a device remembers, and a mirror all say from where to go on; a mirror restores files.
#[test]
fn a_head_is_named_by_a_file_a_memory_or_a_mirror() {
    let (project, digest) = published();
    project.write("kept.head", project.read(HEAD));
    project.done(&[&["repository", "mirror", "repo", "stick"][..], &RING].concat());
    thief(&project, lists_nothing);
    revoke(&project);
    for from in ["kept.head", "old.seen", "stick", &digest] {
        let run = recover(&project, &["--from", from, "--dry-run", "--json"]);
        let outcome: Value =
            serde_json::from_str(&run.stdout).unwrap_or_else(|_| panic!("{from}: {}", run.stderr));
        assert_eq!(
            (&outcome["version"], &outcome["from"]["head-digest"]),
            (&4.into(), &digest.clone().into())
        );
    }
    for folder in ["repo/packages", "repo/products/acme/cam/stable/log"] {
        fs::remove_dir_all(project.path(folder)).expect("removed");
    }
    assert_eq!(recover(&project, &["--from", &digest]).status, Some(2), "the log is gone");
    assert_eq!(recover(&project, &["--from", "stick"]).status, Some(0));
    let checked = json(&project, &[&["repository", "check", "repo", "--json"][..], &NEW_RING].concat());
    assert_eq!(checked["verdict"], "whole", "{checked}");
    let unknown = recover(&project, &["--from", &"ab".repeat(32)]);
    assert!(unknown.status == Some(2) && unknown.stderr.contains("no head of"), "{}", unknown.stderr);
}

/// Packages that the keyring refuses by now are named, and left out only where the maker says so.
#[test]
fn entries_that_no_longer_verify_are_refused() {
    let (project, digest) = published();
    revoke(&project);
    project.key("release-2");
    let edit =
        ["keyring", "edit", "cam-2.keyring", "--revoke", "release.pub", "-o", "cam-2.keyring", "--sign"];
    let add = ["root.key", "--add", "security,feature,notice,withdrawal,delivery=release-2.pub"];
    project.done(&[&edit[..], &add, &["--heads", FIRST]].concat());
    refused(&recover(&project, &["--from", &digest]), &["[SIG-14] release ", "--leave-out"]);
    assert_eq!(newest(&project, "cam.keyring").head().head().version, 2, "nothing was written");
    let outcome = recover(&project, &["--from", &digest, "--leave-out", "--json"]);
    let outcome: Value = serde_json::from_str(&outcome.stdout).expect("JSON");
    assert_eq!((&outcome["current"], &outcome["log"]["size"]), (&0.into(), &1.into()), "{outcome}");
    assert_eq!(outcome["left-out"][0]["rule"], "SIG-14", "{outcome}");
}

/// What a key in force signed is not taken back: devices that remember it would refuse the new head.
#[test]
fn a_head_that_a_trusted_key_signed_is_not_taken_back() {
    let (project, digest) = published();
    revoke(&project);
    project.done(&[&["repository", "recover", "repo", "--from", &digest][..], &NEW_KEY].concat());
    project.done(&[&["publish", NEXT, "--to", "repo"][..], &NEW_KEY].concat());
    refused(&recover(&project, &["--from", &digest]), &["[REP-6]", "a key in force signed it"]);
    // The head of another log is not continued.
    project.write("kept.head", project.read(HEAD));
    let other = recover(&project, &["--from", "kept.head", "--product", "acme/other"]);
    refused(&other, &["[REP-2]"]);
}

/// The same for a head of the maker: without a revocation, there is nothing to take back.
#[test]
fn a_key_that_was_not_revoked_is_in_force() {
    let (project, digest) = published();
    project.done(&[&["publish", NEXT, "--to", "repo"][..], &KEY].concat());
    let run = project.pkg(&[&["repository", "recover", "repo", "--from", &digest][..], &KEY].concat());
    refused(&run, &["[REP-6]", "--revoke"]);
}
