//! `pkg apply` as its user meets it: what it says when it goes on, and what the device may refuse.

use super::{Breaking, boot, full, rootfs, verified};
use pkg_install::{InstallOptions, Output, apply};
use pkg_tests::fake::path::text;
use pkg_tests::project::Project;
use pkg_tests::tool::Run;
use pkg_tests::{Fake, keyrings, keys::key};
use std::fs;

/// A folder with the package and the keyring that trusts it.
fn project() -> Project {
    let project = Project::new();
    project.write("cam.pkg", full());
    project.write("cam.keyring", keyrings::archive_bytes(&keyrings::statement()));
    project
}

fn pkg(project: &Project, command: &str, package: &str, more: &[&str]) -> Run {
    let keyring = ["--keyring", "cam.keyring", "--danger-allow-example-keys"];
    project.pkg(&[&[command, package], &keyring[..], more].concat())
}

#[test]
fn it_says_where_it_goes_on() {
    let (project, package) = (project(), full());
    let image = |c: &str| project.arg(&format!("out/{c}.img"));
    let outputs = ["boot", "rootfs"].map(|c| Output::new(c, image(c)).expect("an output"));
    let options = InstallOptions { checkpoint: 1, ..InstallOptions::default() };
    let broken = apply(verified(Breaking(&package, package.len() - 9_000)), &outputs, &options);
    assert!(broken.is_err());
    let images = [format!("boot={}", image("boot")), format!("rootfs={}", image("rootfs"))];
    let run = pkg(&project, "apply", "cam.pkg", &["--image", &images[0], "--image", &images[1]]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let said =
        "pkg: resumed after an interruption: 1 image is finished, rootfs continues at 12.0 kB of 20.0 kB\n";
    assert!(run.stderr.contains(said), "{}", run.stderr);
    assert_eq!(project.list("out"), ["boot.img", "rootfs.img"]);
    assert!(project.read("out/boot.img") == boot() && project.read("out/rootfs.img") == rootfs());
    // A run that was not interrupted says nothing of it.
    let run = pkg(&project, "apply", "cam.pkg", &["--image", &images[0]]);
    assert!(run.status == Some(0) && !run.stderr.contains("resumed"), "{}", run.stderr);
}

#[test]
fn slots_are_written_in_place() {
    let project = project();
    project.write("slot", vec![7; 30_000]);
    let run = pkg(&project, "apply", "cam.pkg", &["--image", "rootfs=slot", "--in-place"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(project.read("slot") == [rootfs(), vec![7; 10_000]].concat());
    project.write("slot", "small");
    let run = pkg(&project, "apply", "cam.pkg", &["--image", "rootfs=slot", "--in-place"]);
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    assert!(run.stderr.contains("slot holds 5 bytes, but the image of rootfs has 20000"), "{}", run.stderr);
    assert!(run.stderr.contains("pkg: hint: give a larger partition"), "{}", run.stderr);
    assert_eq!(project.read("slot"), b"small");
}

/// A journal of the user's choosing is a journal, or nothing yet: no other file is written over.
#[test]
fn a_journal_has_a_place_of_its_own() {
    let project = project();
    let with =
        |journal| pkg(&project, "apply", "cam.pkg", &["--image", "rootfs=r.img", "--journal", journal]);
    let zeros = vec![0; 20_000];
    for (name, content) in
        [("boot.img", project.read("boot.img")), ("zeros", zeros), ("short", b"x".to_vec())]
    {
        project.write(name, &content);
        let run = with(name);
        assert_eq!(run.status, Some(2), "{name}: {}", run.stderr);
        assert!(run.stderr.contains("is no journal and was not created by this program"), "{}", run.stderr);
        assert!(project.read(name) == content);
    }
    project.write("empty", "");
    for name in ["new-journal", "empty"] {
        assert_eq!(with(name).status, Some(0));
        assert!(project.read("r.img") == rootfs() && !project.path(name).exists());
    }
    // The image itself: what has the name at the end is the image.
    fs::remove_file(project.path("r.img")).expect("it");
    assert_eq!(with("r.img").status, Some(0));
    assert!(project.read("r.img") == rootfs());
}

#[test]
fn what_a_device_allows_is_said_on_the_command_line() {
    let project = project();
    for (command, more) in [("verify", &[][..]), ("apply", &["--image", "rootfs=r.img"])] {
        let refused = pkg(&project, command, "cam.pkg", &[more, &["--max-decode-memory", "63K"]].concat());
        assert_eq!(refused.status, Some(1), "{}", refused.stderr);
        assert!(refused.stderr.contains("[POL-1]"), "{}", refused.stderr);
        let accepted = pkg(&project, command, "cam.pkg", &[more, &["--max-decode-memory", "64K"]].concat());
        assert_eq!(accepted.status, Some(0), "{}", accepted.stderr);
        let usage = pkg(&project, command, "cam.pkg", &[more, &["--max-decode-memory", "much"]].concat());
        assert_eq!(usage.status, Some(2), "{}", usage.stderr);
    }
    let testing = Fake::security().set("release.channel", text("testing")).signed_by(&[key("testing")]);
    project.write("testing.pkg", testing.delivered_by(&[key("testing")]).package());
    for (command, more) in [("verify", &[][..]), ("apply", &["--image", "rootfs=t.img"])] {
        assert_eq!(pkg(&project, command, "testing.pkg", more).status, Some(0));
        let refused = pkg(&project, command, "testing.pkg", &[more, &["--refuse-testing"]].concat());
        assert_eq!(refused.status, Some(1), "{}", refused.stderr);
        assert!(refused.stderr.contains("[POL-2]"), "{}", refused.stderr);
    }
}
