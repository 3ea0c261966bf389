//! `--repository` of `pkg build`, `pkg check`, `pkg plan` and `pkg audit`: what a repository lists, without its folder.

use super::{KEY, RELEASE, json, maker};
use pkg_builder::repository::head_file;
use pkg_format::repository::{Entry, Head, Page, paths};
use pkg_publish::{Catalogue, Content, FolderStore, Store as _};
use pkg_tests::project::{FEATURE, Project, SECURITY, edited, signer};
use pkg_verify::{ExampleKeys, Keyring};
use serde_json::Value;
use std::fs;

const FROM: [&str; 4] = ["--repository", "repo", "--keyring", "cam.keyring"];

/// A repository with a first release; its package is nowhere else.
fn project() -> Project {
    let project = maker();
    project.done(&[&["build", "first.toml", "-o", "first"][..], &RELEASE].concat());
    project.done(&[&["publish", "first", "--to", "repo"][..], &KEY].concat());
    fs::remove_dir_all(project.path("first")).expect("removed");
    project.write("next.toml", edited(SECURITY, &[("rootfs.img", "fixed.img")]));
    project
}

fn built(project: &Project, args: &[&str]) -> Value {
    json(project, &[&["build", "next.toml", "-o", "out", "--json"][..], &RELEASE, args].concat())
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

/// A description that pkg new wrote names the folder of a person; a pipeline has none.
#[test]
fn a_folder_of_earlier_packages_need_not_be_there() {
    let project = project();
    let known = edited(
        SECURITY,
        &[("rootfs.img", "fixed.img"), ("class = \"security\"", "class = \"security\"\nknown = \"nowhere\"")],
    );
    project.write("next.toml", known);
    project.done(&[&["check", "next.toml"][..], &FROM].concat());
    let lost = project.pkg(&["check", "next.toml", "--keyring", "cam.keyring"]);
    assert!(lost.status == Some(2) && lost.stderr.contains("nowhere"), "{}", lost.stderr);
}

/// A release for everybody does not follow one that only testers have.
#[test]
fn what_testers_have_is_no_previous_release() {
    let project = project();
    let testing = edited(
        FEATURE,
        &[
            ("\"1.0.0\"", "\"1.1.0\""),
            ("line = \"1.0\"", "line = \"1.0\"\nchannel = \"testing\"\nsequence = 2\nfeature-level = 2"),
            ("rootfs.img", "fixed.img"),
        ],
    );
    project.write("testing.toml", testing);
    project.done(&[&["build", "testing.toml", "-o", "t"][..], &RELEASE].concat());
    let new = ["repository", "new", "repo", "--product", "acme/cam", "--channel", "testing"];
    project.done(&[&new[..], &KEY].concat());
    project.done(&[&["publish", "t", "--to", "repo"][..], &KEY].concat());
    let mut image = project.read("fixed.img");
    image[5] ^= 1;
    project.write("fixed.img", image);
    built(&project, &["--repository", "repo"]);
    let text = project.done(&["inspect", "out/cam-1.0.1.full.pkg", "--keyring", "cam.keyring", "--json"]);
    let manifest = serde_json::from_str::<Value>(&text).expect("JSON")["manifest"].clone();
    assert_eq!(manifest["release"]["feature-level"], 1, "{manifest}");
}

#[test]
fn a_number_that_is_in_use_is_not_signed() {
    let project = project();
    built(&project, &["--repository", "repo"]);
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    let mut image = project.read("fixed.img");
    image[7] ^= 1;
    project.write("fixed.img", image);
    let again = [&["build", "next.toml", "-o", "never"][..], &RELEASE, &FROM[..2]].concat();
    let refused = project.pkg(&again);
    assert!(refused.status == Some(1) && refused.stderr.contains("[VER-2]"), "{}", refused.stderr);
    assert!(refused.stderr.contains("the next one that is free is 3"), "{}", refused.stderr);
}

/// A log that is hidden, cut back, or gone with its folder does not pass.
#[test]
fn a_hidden_log_fails_the_audit() {
    let project = project();
    built(&project, &["--repository", "repo"]);
    let head = project.read("repo/products/acme/cam/stable/head");
    project.write("first.head", head);
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    let audit = |args: &[&str]| project.pkg(&[&["audit"][..], args, &["--keyring", "cam.keyring"]].concat());
    let log = "repo/products/acme/cam/stable";
    let seen = |run: &pkg_tests::tool::Run, what: &str| {
        assert!(run.status != Some(0) && run.stderr.contains(what), "{what}: {}", run.stderr);
    };
    let report = audit(&["--repository", "repo", "--earlier-head", "first.head"]);
    assert!(report.stdout.contains("acme/cam stable: head 3 of "), "{}", report.stdout);
    // Cut back to the head before: only who kept a head of later sees it.
    project.write("last.head", project.read(&format!("{log}/head")));
    project.write(&format!("{log}/head"), project.read(&format!("{log}/heads/2")));
    fs::rename(project.path(&format!("{log}/heads/3")), project.path("heads-3")).expect("moved");
    seen(&audit(&["--repository", "repo", "--earlier-head", "last.head"]), "[REP-3]");
    let cut = audit(&["repo"]);
    assert!(cut.stderr.contains("no log lists 1 of its packages"), "{}", cut.stderr);
    fs::rename(project.path("heads-3"), project.path(&format!("{log}/heads/3"))).expect("moved");
    // Without the head and the first of its heads; then without any log, also one folder down.
    fs::remove_file(project.path(&format!("{log}/head"))).expect("removed");
    fs::remove_file(project.path(&format!("{log}/heads/1"))).expect("removed");
    seen(&audit(&["--repository", "repo"]), "no log");
    seen(&audit(&["repo", "out"]), "no log");
    fs::remove_dir_all(project.path("repo/products")).expect("removed");
    seen(&audit(&["repo", "out"]), "[G11] repo");
    fs::create_dir(project.path("above")).expect("a folder");
    fs::rename(project.path("repo"), project.path("above/repo")).expect("moved");
    seen(&audit(&["above", "out"]), "[G11] above/repo");
}

/// The next description comes from the repository, too: nothing else has the last package.
#[test]
fn the_next_description_is_written_from_a_repository() {
    let project = project();
    let new =
        ["new", "security", "--from", "cam-1.0.0.full.pkg", "--fix", "CVE-2026-12345", "-o", "1.0.1.toml"];
    project.done(&[&new[..], &FROM].concat());
    let text = String::from_utf8(project.read("1.0.1.toml")).expect("UTF-8");
    assert!(text.contains("previous = \"cam-1.0.0.full.pkg\"") && !text.contains("known ="), "{text}");
    let lost = ["new", "security", "--from", "cam-9.full.pkg", "-o", "9.toml"];
    let lost = project.pkg(&[&lost[..], &FROM].concat());
    assert!(lost.status == Some(2) && lost.stderr.contains("cam-9.full.pkg"), "{}", lost.stderr);
    // From the description of the last release.
    built(&project, &["--repository", "repo"]);
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    fs::remove_dir_all(project.path("out")).expect("removed");
    let new = ["new", "security", "--from", "next.toml", "-o", "1.0.2.toml"];
    project.done(&[&new[..], &FROM].concat());
    let text = String::from_utf8(project.read("1.0.2.toml")).expect("UTF-8");
    assert!(text.contains("previous = \"cam-1.0.1.full.pkg\""), "{text}");
}

/// A version is what people know a release by: nobody gets other images under one that is published.
#[test]
fn a_version_that_is_published_stays_as_it_is() {
    let project = project();
    project.done(&[&["build", "next.toml", "-o", "out"][..], &RELEASE, &FROM[..2]].concat());
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    // The description of a released version is told apart from a new one; it may be built again.
    let checked = project.pkg(&[&["check", "next.toml"][..], &FROM].concat());
    assert_eq!(checked.status, Some(0), "{}", checked.stderr);
    assert!(checked.stderr.contains("cam-1.0.1.full.pkg has this version already"), "{}", checked.stderr);
    assert!(checked.stderr.contains("next.toml:10:11"), "{}", checked.stderr);
    let checked = json(&project, &[&["check", "next.toml", "--json"][..], &FROM].concat());
    assert_eq!(checked["built-before"], "cam-1.0.1.full.pkg");
    let again = [&["build", "next.toml", "-o", "again"][..], &RELEASE, &FROM[..2]].concat();
    let same = project.pkg(&again);
    assert!(same.status == Some(0) && !same.stderr.contains("already"), "{}", same.stderr);
    let mut image = project.read("fixed.img");
    image[7] ^= 1;
    project.write("fixed.img", image);
    let numbered = String::from_utf8(project.read("next.toml")).expect("UTF-8");
    let other =
        numbered.replace("class = \"security\"", "class = \"security\"\nsequence = 3\nsecurity-level = 3");
    project.write("next.toml", &other);
    let again = [&["build", "next.toml", "-o", "never"][..], &RELEASE, &FROM[..2]].concat();
    let refused = project.pkg(&again);
    assert!(refused.status == Some(1) && refused.stderr.contains("[G21]"), "{}", refused.stderr);
    assert!(refused.stderr.contains("next.toml:10:11"), "{}", refused.stderr);
    assert!(!project.path("never").exists());
    // Without the repository, it is a warning: the other package may have been given to nobody.
    let known = other.replace("sequence = 3", "sequence = 3\nknown = \"out\"");
    project.write("next.toml", known);
    let warned = project.pkg(&[&["build", "next.toml", "-o", "bad"][..], &RELEASE].concat());
    assert!(warned.status == Some(0), "{}", warned.stderr);
    assert!(warned.stderr.contains("already, with other images"), "{}", warned.stderr);
    let refused = project.pkg(&[&["publish", "bad", "--to", "repo"][..], &KEY].concat());
    assert!(refused.status == Some(1) && refused.stderr.contains("[G21]"), "{}", refused.stderr);
    // An audit of both finds it, too.
    let audit = project.pkg(&["audit", "repo", "bad", "--keyring", "cam.keyring"]);
    assert!(audit.stdout.contains("1.0.1 of line 1.0 is two releases with other images"), "{}", audit.stdout);
}

/// Adds the entry of a release to the log whose package was removed.
fn removed(project: &Project) {
    let mut store = FolderStore::new(&project.path("repo"));
    let keyring = Keyring::open(&project.read("cam.keyring"), ExampleKeys::DangerAccept).expect("a keyring");
    let id = |text| pkg_format::Id::new(text).expect("an id");
    let product = (id("acme"), id("cam"));
    let channel = pkg_format::manifest::Channel::Stable;
    let of = pkg_publish::find(&mut store, (&product.0, &product.1, channel), &keyring).expect("a log");
    let catalogue = Catalogue::read(&mut store, &of, &keyring).expect("a log");
    let old = catalogue.head().head();
    let mut entry: Entry = catalogue.log().entries()[0].clone();
    (entry.sequence, entry.object, entry.manifest) = (41, None, pkg_format::Digest([7; 32]));
    let pkg_format::repository::Listed::Release(release) = &mut entry.listed else { panic!("a release") };
    release.security_level = 23;
    let page = Page { after: Some(old.log), entries: vec![entry] };
    let mut log = catalogue.log().clone();
    log.append(&page).expect("a page");
    let head = Head { version: old.version + 1, log: log.head(), ..old.clone() };
    let head = head_file(&head, &[&signer("catalogue")]).expect("a head");
    let page = page.to_tree().to_bytes();
    store.create(&paths::page(&of, &log.head()), &Content::Bytes(&page)).expect("written");
    store.create(&paths::head_version(&of, old.version + 1), &Content::Bytes(&head)).expect("written");
    store.replace(&paths::head(&of), &head).expect("written");
}

/// No other release gets the numbers of one that was removed.
#[test]
fn a_plan_counts_the_numbers_of_removed_releases() {
    let project = project();
    removed(&project);
    let plan = project.pkg(&[&["plan", "--json"][..], &FROM].concat());
    let plan: Value = serde_json::from_str(&plan.stdout).expect("JSON");
    let line = &plan["products"][0]["lines"][0];
    assert_eq!((&line["next-sequence"], &line["next-security-level"]), (&42.into(), &24.into()), "{plan}");
}
