//! What `pkg diff` says, to people and to programs.

use super::*;

const OLD: [(&str, &str); 3] = [("bin/tool", "1"), ("etc/motd", "hello"), ("lib/old.so", "old")];
const NEW: [(&str, &str); 3] = [("bin/tool", "2"), ("etc/motd", "hello"), ("lib/new.so", "new")];

const SECOND: &str = "out/cam-1.0.1.full.pkg";

const CYCLONE: &str = r#"{"bomFormat": "CycloneDX", "specVersion": "1.7", "components": [
    {"type": "library", "name": "openssl", "version": "3.0.11", "purl": "pkg:deb/debian/openssl@3.0.11"}]}"#;
const SPDX: &str = r#"{"spdxVersion": "SPDX-2.3", "packages": [{"name": "openssl", "versionInfo": "3.0.12",
    "externalRefs": [{"referenceType": "purl", "referenceLocator": "pkg:deb/debian/openssl@3.0.12"}]}]}"#;

/// Two releases whose rootfs is a tar, with a bill of materials each; the fix touches the tool.
fn two() -> Project {
    let project = project();
    let sbom = |file: &str| {
        format!("[[evidence]]\nkind = \"sbom\"\nmedia-type = \"application/json\"\nfile = \"{file}\"")
    };
    project.write("old.json", CYCLONE);
    project.write("new.json", SPDX);
    project.write("first.toml", edit(FEATURE, "", &sbom("old.json")));
    let second = String::from_utf8(project.read("second.toml")).expect("UTF-8");
    let second =
        edited(&second, &[("", &sbom("new.json")), ("severity =", "touches = [\"bin/*\"]\nseverity =")]);
    project.write("second.toml", second);
    project.write_tar("rootfs.img", &OLD);
    project.done(&build("first.toml", "feature.key"));
    project.write_tar("fixed.img", &NEW);
    project.done(&build("second.toml", "security.key"));
    project
}

fn diff(project: &Project, more: &[&str]) -> Value {
    json(&project.done(&[&["diff", FIRST, SECOND, "--json"], more].concat()))
}

/// `change path` of every file that differs in the rootfs.
fn files(report: &Value) -> Vec<String> {
    let image = report["images"].as_array().expect("images").iter().find(|i| i["component"] == "rootfs");
    let files = image.expect("rootfs")["files"].as_array().cloned().unwrap_or_default();
    let line = |f: &Value| {
        format!("{} {}", f["change"].as_str().expect("a word"), f["path"].as_str().expect("a path"))
    };
    files.iter().map(line).collect()
}

const CHANGED: [&str; 3] = ["changed bin/tool", "added lib/new.so", "removed lib/old.so"];

#[test]
fn it_tells_fixes_files_components_and_what_else() {
    let project = two();
    let report = diff(&project, &["--keyring", "cam.keyring"]);
    let keys: Vec<_> = report.as_object().expect("an object").keys().collect();
    assert_eq!(
        keys,
        ["unexplained", "old", "new", "what-else", "fixes", "changes", "images", "components", "fields"]
    );
    assert_eq!(
        (&report["old"]["verdict"], &report["new"]["verdict"]),
        (&"verified".into(), &"verified".into())
    );
    assert_eq!((&report["old"]["class"], &report["new"]["separation"]), (&"feature".into(), &"pure".into()));
    assert_eq!(report["new"]["signatures"][0]["label"], "security");
    assert_eq!(report["fixes"]["new"][0]["id"], "CVE-2026-12345");
    assert_eq!(report["changes"]["gone"][0]["id"], "night-mode");
    assert_eq!(files(&report), CHANGED);
    assert_eq!(
        (&report["images"][0]["component"], &report["images"][0]["same"]),
        (&"boot".into(), &true.into())
    );
    let tool = &report["images"][1]["files"][0];
    assert_eq!((&tool["differs"][0], &tool["old"]["mode"]), (&"content".into(), &"0644".into()));
    let what = &report["what-else"];
    assert_eq!((&what["changed"], &what["fixes"]), (&3.into(), &1.into()));
    let outside: Vec<_> =
        what["outside"].as_array().expect("a list").iter().map(|o| o["path"].as_str()).collect();
    assert_eq!(outside, [Some("lib/new.so"), Some("lib/old.so")]);
    let component = &report["components"][0];
    assert_eq!((&component["old"][0], &component["new"][0]), (&"3.0.11".into(), &"3.0.12".into()));
    assert_eq!(report["new"]["sbom"], "SPDX-2.3");
    let cost = report["fields"].as_array().expect("a list").iter().find(|f| f["field"] == "contact");
    assert_eq!(cost.expect("contact differs")["old"], "support@acme.example");
}

#[test]
fn the_same_package_differs_in_nothing() {
    let project = two();
    let report = json(&project.done(&["diff", SECOND, SECOND, "--json"]));
    assert_eq!(report["fields"], Value::Array(vec![]));
    assert_eq!((files(&report).len(), &report["what-else"]["changed"]), (0, &0.into()));
    assert_eq!(report["fixes"]["carried"][0]["same"], true);
    let page = project.done(&["diff", SECOND, SECOND]);
    assert!(page.contains("nothing: no file"), "{page}");
}

#[test]
fn nobody_vouches_without_a_keyring() {
    let project = two();
    let page = project.done(&["diff", FIRST, SECOND]);
    assert!(page.starts_with("UNVERIFIED: "), "{page}");
    let heads: Vec<_> = page.lines().filter(|l| l.contains(" ──")).collect();
    assert!(heads.len() >= 5 && heads.iter().all(|l| l.ends_with("UNVERIFIED")), "{page}");
    assert!(page.contains("more than the fixes: no fix touches 2 of 3 changed files"), "{page}");
    // Unsigned packages too.
    project.write_tar("rootfs.img", &OLD);
    project.done(&["build", "first.toml", "-o", "."]);
    let report = json(&project.done(&["diff", "cam-1.0.0.full.pkg", SECOND, "--json"]));
    assert_eq!((&report["old"]["verdict"], files(&report).len()), (&"unverified".into(), 3));
    assert_eq!(report["old"]["signatures"], Value::Array(vec![]));
}

#[test]
fn what_is_refused_is_not_compared() {
    let project = two();
    let refused = |args: &[&str], rule: &str| {
        let run = project.pkg(args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
        assert!(run.stderr.starts_with(&format!("pkg: error: [{rule}] ")), "{}", run.stderr);
        assert!(run.stderr.contains("pkg: hint: "), "{}", run.stderr);
    };
    project.done(&["build", "first.toml", "-o", "."]);
    refused(&["diff", "cam-1.0.0.full.pkg", SECOND, "--keyring", "cam.keyring"], "SIG-1");
    refused(&["diff", FIRST, "rootfs.img"], "CON-1");
    // One byte of an image: its digest is compared without a keyring too.
    let mut bytes = project.read(SECOND);
    let spoilt = bytes.len() - 4_000;
    bytes[spoilt] ^= 1;
    project.write("spoilt.pkg", bytes);
    refused(&["diff", FIRST, "spoilt.pkg"], "PAY-1");
    refused(&["diff", FIRST, "spoilt.pkg", "--keyring", "cam.keyring"], "PAY-1");
    assert_eq!(project.pkg(&["diff", FIRST, "nowhere.pkg"]).status, Some(2));
}

#[test]
fn deltas_need_what_they_start_from() {
    let project = project();
    // Large enough that a delta pays: what the images of the project are made of, and a little more.
    let text: String =
        pkg_tests::fake::content("large", 60_000).iter().map(|b| char::from(b'a' + b % 26)).collect();
    let base = "[[base]]\npackage = \"out/cam-1.0.0.full.pkg\"";
    let second = String::from_utf8(project.read("second.toml")).expect("UTF-8");
    project.write("second.toml", edit(&second, "", base));
    project.write_tar("rootfs.img", &[("large", &text)]);
    fs::copy(project.path("rootfs.img"), project.path("before.img")).expect("a copy");
    project.done(&build("first.toml", "feature.key"));
    project.write_tar("fixed.img", &[("large", &text), ("more", "x")]);
    project.done(&build("second.toml", "security.key"));
    let delta = "out/cam-1.0.1.from-1.0.0.pkg";
    let seen = |old: &str, new: &str, more: &[&str]| {
        let report = json(&project.done(&[&["diff", old, new, "--json"], more].concat()));
        (files(&report), report["images"][1]["unexplained"].as_str().unwrap_or_default().to_owned())
    };
    let added = vec!["added more".to_owned()];
    assert_eq!(seen(FIRST, delta, &[]).0, added, "the old package has the base");
    assert_eq!(seen(FIRST, delta, &["--base", "rootfs=before.img"]).0, added);
    let (none, why) = seen(delta, FIRST, &[]);
    assert!(none.is_empty() && why.contains("OLD is a delta from version 1.0.0"), "{why}");
    let removed = vec!["removed more".to_owned()];
    assert_eq!(seen(delta, FIRST, &["--old-base", "rootfs=before.img"]).0, removed);
    let page = project.done(&["diff", delta, FIRST]);
    assert!(page.contains("--old-base rootfs=FILE"), "{page}");
    let wrong = project.pkg(&["diff", FIRST, delta, "--base", "rootfs=fixed.img"]);
    assert_eq!(wrong.status, Some(1));
    assert!(wrong.stderr.contains("[DLT-1]"), "{}", wrong.stderr);
    for bad in ["rootfs", "=x", "rootfs=nowhere.img"] {
        assert_eq!(project.pkg(&["diff", FIRST, delta, "--base", bad]).status, Some(2), "{bad}");
    }
}

#[test]
fn long_lists_are_cut_for_people_and_whole_for_programs() {
    let project = project();
    let many: Vec<_> = (0..100).map(|i| format!("dir/file-{i:02}")).collect();
    let files_of = |content| many.iter().map(|path| (path.as_str(), content)).collect::<Vec<_>>();
    project.write_tar("rootfs.img", &files_of("1"));
    project.done(&build("first.toml", "feature.key"));
    project.write_tar("fixed.img", &files_of("2"));
    let run = project.pkg(&build("second.toml", "security.key"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(
        run.stderr.contains("100 files changed since 1.0.0, and no fix says what it touches"),
        "{}",
        run.stderr
    );
    assert!(run.stderr.contains(", and 95 more"), "{}", run.stderr);
    assert_eq!(files(&diff(&project, &["--lines", "1"])).len(), 100);
    let page = project.done(&["diff", FIRST, SECOND, "--lines", "10"]);
    assert!(page.contains("… and 90 more (--lines N, or --json for all)"), "{page}");
    assert!(page.contains("cannot be told: 100 changed files, and no fix says what it touches"), "{page}");
    assert!(!page.contains("file-30"), "{page}");
}

#[test]
fn words_have_fields_only() {
    let project = project();
    project.done(&build("notice.toml", "notice.key"));
    let notice = "out/cam-2026-01-upnp.notice.pkg";
    let report = json(&project.done(&["diff", notice, notice, "--json"]));
    assert_eq!((&report["what-else"], &report["images"]), (&Value::Null, &Value::Array(vec![])));
    let page = project.done(&["diff", notice, notice]);
    assert!(page.contains("notice,"), "{page}");
}
