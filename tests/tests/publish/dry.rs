//! `pkg publish --dry-run` says what the same command without it does or refuses.

use super::commands::project;
use super::{KEY, RELEASE, RING, json};
use pkg_tests::project::Project;
use std::fs;

const FIRST: &str = "out/cam-1.0.0.full.pkg";
const NEXT: &str = "out/cam-1.0.1.full.pkg";

/// Runs a publication dry, then in earnest: both say the same.
fn agree(project: &Project, args: &[&str]) -> String {
    let args = [&["publish", "--to", "repo"][..], args].concat();
    let dry = project.pkg(&[&args[..], &["--dry-run"]].concat());
    let real = project.pkg(&args);
    // Nothing was signed when it ran dry, so the words after a rule may differ.
    let told = |text: &str| text.split(']').next().map(str::to_owned);
    assert_eq!((dry.status, told(&dry.stderr)), (real.status, told(&real.stderr)));
    assert_ne!(dry.status, Some(0), "{}", dry.stderr);
    dry.stderr
}

/// The path of the only package in the repository.
fn only(project: &Project) -> String {
    format!("repo/packages/{}", project.list("repo/packages").remove(0))
}

#[test]
fn a_missing_package_is_missed() {
    let project = project();
    project.done(&[&["publish", FIRST, "--to", "repo"][..], &KEY].concat());
    let path = only(&project);
    let package = project.read(&path);
    fs::remove_file(project.path(&path)).expect("removed");
    let told = agree(&project, &[&[NEXT][..], &KEY].concat());
    assert!(told.contains("the log lists packages/") && told.contains("is missing"), "{told}");
    // It is at hand: what would be written is written, and the delta finds its base.
    let publish = [&["publish", "out", "--to", "repo", "--json"][..], &KEY].concat();
    let dry = json(&project, &[&publish[..], &["--dry-run"]].concat());
    assert!(!project.path(&path).exists(), "nothing was written");
    let real = json(&project, &publish);
    assert_eq!((&dry["added"], &dry["written"]), (&real["added"], &real["written"]));
    assert_eq!(project.read(&path), package);
    // What is there already would not be written again.
    let dry = json(&project, &[&publish[..], &["--dry-run"]].concat());
    assert_eq!(dry["written"].as_array().map(Vec::len), Some(0), "{dry}");
}

#[test]
fn what_is_in_the_place_of_a_package_is_refused() {
    let project = project();
    project.done(&[&["publish", FIRST, "--to", "repo", "--stage"][..], &RING].concat());
    let path = only(&project);
    let mut other = project.read(&path);
    other[20_000] ^= 1;
    fs::remove_file(project.path(&path)).expect("removed");
    project.write(&path, other);
    let told = agree(&project, &[&[FIRST][..], &KEY].concat());
    assert!(told.contains("[REP-9]"), "{told}");
}

#[test]
fn a_key_that_may_not_sign_and_another_keyring_are_refused() {
    let project = project();
    let told = agree(&project, &[&[FIRST][..], &RELEASE].concat());
    assert!(told.contains("[SIG-15]"), "{told}");
    let told = agree(&project, &[&[FIRST, "--key", "root.key"][..], &RING].concat());
    assert!(told.contains("[SIG-2]"), "{told}");
    fs::remove_file(project.path("repo/keyrings/1")).expect("removed");
    project.write("repo/keyrings/1", "something else");
    let told = agree(&project, &[&[FIRST][..], &KEY].concat());
    assert!(told.contains("keyrings/1 is there already, with other bytes"), "{told}");
}
