//! `--repository` of `pkg build`, `pkg check`, `pkg plan` and `pkg audit`: what a repository lists, without its folder.

use pkg_tests::project::{FEATURE, Project, SECURITY, edited};
use serde_json::Value;
use std::fs;

const KEY: [&str; 4] = ["--key", "catalogue.key", "--keyring", "cam.keyring"];
const RELEASE: [&str; 4] = ["--key", "release.key", "--keyring", "cam.keyring"];
const FROM: [&str; 4] = ["--repository", "repo", "--keyring", "cam.keyring"];

/// A repository with a first release; its package is nowhere else.
fn project() -> Project {
    let project = Project::new();
    for name in ["root", "release", "catalogue"] {
        project.key(name);
    }
    let mut args = vec!["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "cam.keyring"];
    args.extend(["--add", "security,feature,notice,withdrawal,delivery=release.pub"]);
    project.done(&[&args[..], &["--add", "catalogue=catalogue.pub"]].concat());
    project.done(&[&["repository", "new", "repo", "--product", "acme/cam"][..], &KEY].concat());
    project.write("first.toml", FEATURE);
    project.done(&[&["build", "first.toml", "-o", "first"][..], &RELEASE].concat());
    project.done(&[&["publish", "first", "--to", "repo"][..], &KEY].concat());
    fs::remove_dir_all(project.path("first")).expect("removed");
    let mut image = project.read("rootfs.img");
    image[10_000] ^= 1;
    project.write("fixed.img", image);
    project.write("next.toml", edited(SECURITY, &[("rootfs.img", "fixed.img")]));
    project
}

fn built(project: &Project, args: &[&str]) -> Value {
    let text = project.done(&[&["build", "next.toml", "-o", "out", "--json"][..], &RELEASE, args].concat());
    serde_json::from_str(&text).expect("JSON")
}

#[test]
fn a_security_release_follows_the_newest_one_of_its_line() {
    let project = project();
    let manifest = || {
        built(&project, &["--repository", "repo"]);
        let text = ["inspect", "out/cam-1.0.1.full.pkg", "--keyring", "cam.keyring", "--json"];
        let inspected: Value = serde_json::from_str(&project.done(&text)).expect("JSON");
        inspected["manifest"].clone()
    };
    let first = manifest();
    assert_eq!(first["sequence"], 2, "{first}");
    assert_eq!(first["from"].as_array().map(Vec::len), Some(1), "{first}");
    // Built once more when it is listed itself, it follows the same release.
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    fs::remove_dir_all(project.path("out")).expect("removed");
    let again = manifest();
    assert_eq!((&again["sequence"], &again["from"]), (&first["sequence"], &first["from"]));
}

#[test]
fn a_delta_starts_from_a_package_of_the_repository() {
    let project = project();
    let base = "[[base]]\npackage = \"anywhere/cam-1.0.0.full.pkg\"\n\n[[fix]]";
    project.write("next.toml", edited(SECURITY, &[("rootfs.img", "fixed.img"), ("[[fix]]", base)]));
    let built = built(&project, &["--repository", "repo"]);
    let kinds: Vec<_> = built.as_array().expect("packages").iter().map(|p| p["kind"].clone()).collect();
    assert_eq!(kinds, ["full", "delta"], "{built}");
    let lost = project.pkg(&[&["build", "next.toml", "-o", "more"][..], &RELEASE].concat());
    assert!(lost.status == Some(2) && lost.stderr.contains("cam-1.0.0.full.pkg"), "{}", lost.stderr);
}

#[test]
fn a_check_reads_the_statements_alone() {
    let project = project();
    let package = project.list("repo/packages").remove(0);
    let path = format!("repo/packages/{package}");
    let whole = project.read(&path);
    // The payload is not as it was signed; no check looks at it, and a build does.
    let mut altered = whole.clone();
    let last = altered.len() - 2_000;
    altered[last] ^= 1;
    fs::remove_file(project.path(&path)).expect("removed");
    project.write(&path, altered);
    project.done(&[&["check", "next.toml"][..], &FROM].concat());
    project.done(&[&["build", "next.toml", "--dry-run"][..], &FROM].concat());
    let refused = project.pkg(&[&["build", "next.toml", "-o", "out"][..], &RELEASE, &FROM[..2]].concat());
    assert!(refused.status == Some(1) && refused.stderr.contains("[PAY-1]"), "{}", refused.stderr);
}

#[test]
fn a_build_without_all_that_is_listed_is_refused() {
    let project = project();
    let package = project.list("repo/packages").remove(0);
    fs::remove_file(project.path(&format!("repo/packages/{package}"))).expect("removed");
    for command in [&["check", "next.toml"][..], &["plan"], &["audit"]] {
        let refused = project.pkg(&[command, &FROM].concat());
        assert_ne!(refused.status, Some(0), "{}", refused.stderr);
        assert!(refused.stderr.contains(&format!("[G11] repo/packages/{package}")), "{}", refused.stderr);
    }
    let report = project.pkg(&[&["audit", "--json"][..], &FROM].concat());
    let report: Value = serde_json::from_str(&report.stdout).expect("JSON");
    assert_eq!(report["result"], "fail", "{report}");
}

#[test]
fn a_plan_and_an_audit_see_the_same_as_in_a_folder() {
    let project = project();
    built(&project, &["--repository", "repo"]);
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    for command in ["plan", "audit"] {
        let ring = ["--keyring", "cam.keyring"];
        let one = project.pkg(&[&[command, "--json"][..], &FROM].concat());
        let other = project.pkg(&[&[command, "repo", "--json"][..], &ring].concat());
        assert_eq!(one.status, other.status, "{}", one.stderr);
        let json = |text: &str| -> Value { serde_json::from_str(text).expect("JSON") };
        assert_eq!(json(&one.stdout)["products"], json(&other.stdout)["products"]);
    }
    let none = project.pkg(&[&["plan", "--product", "acme/other"][..], &FROM].concat());
    assert!(none.status == Some(2) && none.stderr.contains("no log of acme/other"), "{}", none.stderr);
}

#[test]
fn what_could_not_be_published_is_not_signed() {
    let project = project();
    let other = edited(FEATURE, &[("\"1.0.0\"", "\"1.0.0b\""), ("rootfs.img", "fixed.img")]);
    project
        .write("next.toml", edited(&other, &[("class = \"feature\"", "class = \"feature\"\nsequence = 1")]));
    let refused = project.pkg(&[&["build", "next.toml", "-o", "never"][..], &RELEASE, &FROM[..2]].concat());
    assert_eq!(refused.status, Some(1), "{}", refused.stderr);
    assert!(refused.stderr.contains("[VER-2]") || refused.stderr.contains("[G5]"), "{}", refused.stderr);
    assert!(!project.path("never").exists());
}
