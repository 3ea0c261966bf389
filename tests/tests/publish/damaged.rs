//! Files of a repository that are damaged or missing are named, and what the hint says puts them back.

use super::commands::project;
use super::{KEY, RING};
use pkg_tests::project::Project;
use pkg_tests::tool::Run;
use std::fs;

const LOG: &str = "products/acme/cam/stable";

/// A repository of several pages, heads and keyrings, and a copy of it.
fn copied() -> Project {
    let project = project();
    project.done(&[&["publish", "out/cam-1.0.0.full.pkg", "--to", "repo"][..], &KEY].concat());
    fs::copy(project.path("cam.keyring"), project.path("1.keyring")).unwrap();
    project.key("next");
    let edit = ["keyring", "edit", "cam.keyring", "--add", "notice=next.pub"];
    project.done(&[&edit[..], &["--sign", "root.key", "-o", "cam.keyring"]].concat());
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    mirror(&project, "repo", "copy");
    project
}

fn mirror(project: &Project, from: &str, to: &str) {
    let run = try_mirror(project, from, to);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
}

fn try_mirror(project: &Project, from: &str, to: &str) -> Run {
    project.pkg(&[&["repository", "mirror", from, to][..], &RING].concat())
}

fn check(project: &Project) -> Run {
    project.pkg(&[&["repository", "check", "repo"][..], &RING].concat())
}

fn is_whole(project: &Project) {
    let run = check(project);
    assert!(run.status == Some(0) && run.stdout.contains("whole"), "{}{}", run.stdout, run.stderr);
}

/// The check refuses one file by its path, and says what to do.
fn is_named(project: &Project, path: &str, remedy: &str) {
    let run = check(project);
    assert_eq!(run.status, Some(1), "{path}: {}", run.stderr);
    let named = run.stderr.lines().find(|line| line.contains(": error: "));
    assert!(named.is_some_and(|line| line.contains(path)), "{path}: {}", run.stderr);
    let hint = run.stderr.lines().find(|line| line.contains(": hint: "));
    assert!(hint.is_some_and(|line| line.contains(remedy)), "{path}: {}", run.stderr);
    assert!(!run.stderr.contains("REP-4") && !run.stderr.contains("pkg build"), "{path}: {}", run.stderr);
}

fn file(path: &str) -> String {
    format!("repo/{path}")
}

/// Changes a byte of a file at some places, one after the other, and leaves the last change.
fn damage(project: &Project, path: &str, mut told: impl FnMut()) {
    let whole = project.read(&file(path));
    for at in [whole.len() / 3, whole.len() / 2, 600] {
        let mut bytes = whole.clone();
        let at = at.min(bytes.len() - 1);
        bytes[at] ^= 1;
        project.write(&file(path), bytes);
        told();
    }
}

fn remove(project: &Project, path: &str) {
    fs::remove_file(project.path(&file(path))).unwrap();
}

#[test]
fn a_damaged_keyring_is_named_and_written_again() {
    let project = copied();
    is_whole(&project);
    for path in ["keyrings/1", "keyrings/2"] {
        damage(&project, path, || is_named(&project, path, "remove this file; then"));
        project.write(&file(path), "no keyring");
        is_named(&project, path, "remove this file; then");
        // It is not copied, and nothing is written over it.
        let on = try_mirror(&project, "repo", "other");
        assert!(on.status == Some(1) && on.stderr.contains(path), "{}", on.stderr);
        assert!(!project.path(&format!("other/{path}")).exists());
        let over = try_mirror(&project, "copy", "repo");
        assert!(over.status == Some(2) && over.stderr.contains("is there already"), "{}", over.stderr);
        assert!(over.stderr.contains("remove it and run this command again"), "{}", over.stderr);
        let device = project.pkg(&["fetch", "repo", "--keyring", "1.keyring"]);
        if path == "keyrings/2" {
            assert!(device.status == Some(1) && device.stderr.contains(path), "{}", device.stderr);
            assert!(device.stderr.contains("fetch from another copy"), "{}", device.stderr);
        }
        remove(&project, path);
        mirror(&project, "copy", "repo");
        is_whole(&project);
        // Without a copy.
        project.write(&file(path), "no keyring");
        remove(&project, path);
        let refresh = ["repository", "refresh", "repo"];
        project.done(&[&refresh[..], &KEY].concat());
        is_whole(&project);
        mirror(&project, "repo", "copy");
    }
    // One with the right number that another root signed.
    let new = ["keyring", "new", "--root", "next.pub", "--sign", "next.key", "-o", "strange.keyring"];
    project.done(&[&new[..], &["--add", "catalogue=catalogue.pub"]].concat());
    fs::copy(project.path("strange.keyring"), project.path("repo/keyrings/1")).unwrap();
    let run = check(&project);
    assert!(run.status == Some(1) && run.stderr.contains("keyrings/"), "{}", run.stderr);
}

#[test]
fn a_damaged_page_is_named_and_copied_again() {
    let project = copied();
    let pages = project.list(&format!("repo/{LOG}/log"));
    assert_eq!(pages.len(), 2, "{pages:?}");
    for page in pages {
        let path = format!("{LOG}/log/{page}");
        damage(&project, &path, || is_named(&project, &path, "pkg repository mirror"));
        let publish = project.pkg(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
        assert!(publish.status == Some(1) && publish.stderr.contains(&path), "{}", publish.stderr);
        remove(&project, &path);
        is_named(&project, &path, "pkg repository mirror");
        mirror(&project, "copy", "repo");
        is_whole(&project);
    }
}

#[test]
fn a_damaged_head_is_named_and_copied_again() {
    let project = copied();
    for number in [1, 2, 3] {
        let path = format!("{LOG}/heads/{number}");
        damage(&project, &path, || is_named(&project, &path, "pkg repository mirror"));
        let over = try_mirror(&project, "copy", "repo");
        assert_eq!(over.status, Some(1), "{}", over.stderr);
        assert!(over.stderr.contains("damaged file there"), "{}", over.stderr);
        assert!(over.stderr.contains("remove this file"), "{}", over.stderr);
        remove(&project, &path);
        mirror(&project, "copy", "repo");
        is_whole(&project);
    }
    let path = format!("{LOG}/head");
    damage(&project, &path, || is_named(&project, &path, "the highest number in the folder heads"));
    let device = project
        .pkg(&[&["fetch", "repo", "--id", "acme-updates", "--product", "acme/cam"][..], &RING].concat());
    assert!(device.status == Some(1) && device.stderr.contains(&path), "{}", device.stderr);
    assert!(device.stderr.contains("fetch from another copy"), "{}", device.stderr);
    fs::copy(project.path(&file(&format!("{LOG}/heads/3"))), project.path(&file(&path))).unwrap();
    is_whole(&project);
    damage(&project, &path, || ());
    mirror(&project, "copy", "repo");
    is_whole(&project);
}
