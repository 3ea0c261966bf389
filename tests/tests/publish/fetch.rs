//! What `pkg fetch` says about what it cannot read, what does not fit, and what it saw before.

use super::commands::{device, project};
use super::{KEY, RELEASE, RING};
use pkg_tests::project::{FEATURE, Project, edit, edited};
use pkg_tests::tool::Run;
use serde_json::Value;
use std::fs;
use std::path::PathBuf;

const FETCH: [&str; 4] = ["fetch", "repo", "--state", "device.toml"];

/// A repository with two releases and a delta, and a device that runs the first one.
fn published(hardware: &str) -> Project {
    let project = project();
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    device(&project, hardware);
    project
}

/// Where the repository keeps the file that `out` has under this name.
fn stored(project: &Project, folder: &str, name: &str) -> PathBuf {
    let wanted = project.read(&format!("out/{name}"));
    let mut folders = vec![project.path(&format!("repo/{folder}"))];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            match path.is_dir() {
                true => folders.push(path),
                false if fs::read(&path).unwrap() == wanted => return path,
                false => {}
            }
        }
    }
    panic!("{name} is not in the repository");
}

/// The rules of the packages that a fetch refuses.
fn refused(run: &Run) -> (Value, Vec<String>) {
    let value: Value = serde_json::from_str(&run.stdout).expect("JSON");
    let refused = value["decision"]["refused"].as_array().unwrap();
    let rules = refused.iter().map(|r| r["rule"].as_str().unwrap().to_owned()).collect();
    (value["decision"].clone(), rules)
}

/// The fetch fails by this rule, and nobody is told that the device is up to date.
fn is_unknown(project: &Project, ring: &str, rule: &str) {
    let args = [&FETCH[..], &["--keyring", ring]].concat();
    let told = project.pkg(&args);
    assert_eq!(told.status, Some(1), "{}", told.stderr);
    assert!(told.stderr.contains(&format!("error: [{rule}] repo/packages/")), "{}", told.stderr);
    assert!(told.stderr.contains("hint: ") && !told.stderr.contains("pkg sign"), "{}", told.stderr);
    let all = project.pkg(&["fetch", "repo", "--keyring", ring]);
    assert!(all.stderr.contains(&format!("error: [{rule}] repo/packages/")), "{}", all.stderr);
    assert!(told.stdout.contains("unknown from the packages"), "{}", told.stdout);
    let told = project.pkg(&[&args[..], &["--json"]].concat());
    assert_eq!(told.status, Some(1), "{}", told.stderr);
    let (decision, rules) = refused(&told);
    assert_eq!(decision["up-to-date-security"], "unknown");
    assert!(rules.contains(&rule.to_owned()), "{rules:?}");
}

#[test]
fn nobody_is_up_to_date_by_what_cannot_be_read() {
    let project = published("rev-a");
    let path = stored(&project, "packages", "cam-1.0.1.full.pkg");
    let whole = fs::read(&path).unwrap();
    let mut flipped = whole.clone();
    flipped[600] ^= 1;
    fs::write(&path, flipped).unwrap();
    is_unknown(&project, "cam.keyring", "SIG-7");
    fs::write(&path, [&whole[..], b"x"].concat()).unwrap();
    is_unknown(&project, "cam.keyring", "REP-9");
    fs::write(&path, &whole).unwrap();
    // A keyring without the signer.
    project.key("other");
    let new = ["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "other.keyring"];
    let keys = [
        "--add",
        "security,feature,notice,withdrawal,delivery=other.pub",
        "--add",
        "catalogue=catalogue.pub",
    ];
    project.done(&[&new[..], &keys].concat());
    is_unknown(&project, "other.keyring", "SIG-2");
}

#[test]
fn a_device_is_told_why_nothing_fits() {
    let project = published("rev-z");
    let args = [&FETCH[..], &RING].concat();
    let told = project.pkg(&args);
    assert_eq!(told.status, Some(1), "{}", told.stderr);
    assert!(told.stderr.contains("error: [APP-2] repo/packages/"), "{}", told.stderr);
    assert!(told.stderr.contains("pkg explain APP-2"), "{}", told.stderr);
    assert!(!told.stdout.contains("given"), "{}", told.stdout);
    let (decision, rules) = refused(&project.pkg(&[&args[..], &["--json"]].concat()));
    assert_eq!(decision["decision"], "refuse");
    assert!(rules.iter().all(|rule| rule == "APP-2") && !rules.is_empty(), "{rules:?}");
}

/// People know a release by its version, and what is asked of a web server by its host.
#[test]
fn messages_name_versions_and_hosts() {
    let project = published("rev-a");
    let before = "class = \"feature\"\nprevious = \"out/cam-1.0.1.full.pkg\"";
    let edits =
        [("1.0.0", "1.1.0"), ("[\"rev-a\", \"rev-b\"]", "[\"rev-z\"]"), ("class = \"feature\"", before)];
    project.write("wide.img", b"another image");
    project.write("wide.toml", edited(&edit(FEATURE, "rootfs.img", "wide.img"), &edits));
    project.done(&[&["build", "wide.toml", "-o", "wide"][..], &RELEASE].concat());
    project.done(&[&["publish", "wide/cam-1.1.0.full.pkg", "--to", "repo"][..], &KEY].concat());
    let run = project.pkg(&[&FETCH[..], &RING].concat());
    assert!(
        run.stderr.contains("not for this device: cam-1.1.0.full.pkg (repo/packages/"),
        "{}{}",
        run.stdout,
        run.stderr
    );
    // Nobody listens there.
    let run = project.pkg(&[&["fetch", "http://127.0.0.1:1/r", "--product", "acme/cam"][..], &RING].concat());
    assert!(run.status == Some(2) && run.stderr.contains(": 127.0.0.1:1: "), "{}", run.stderr);
    // What cannot be is not advised.
    let run = project.pkg(&[&["fetch", "repo", "-o", "/proc/got"][..], &RING].concat());
    assert!(run.status == Some(2) && run.stderr.contains("choose another folder"), "{}", run.stderr);
}

#[test]
fn a_file_of_seen_heads_belongs_to_one_log() {
    let project = project();
    project.done(&[&["publish", "out/cam-1.0.0.full.pkg", "--to", "repo"][..], &KEY].concat());
    for (to, more) in [("other", ["--id", "others"]), ("repo", ["--channel", "testing"])] {
        project.done(&[&["repository", "new", to, "--product", "acme/cam"][..], &more, &KEY].concat());
    }
    let fetch = |more: &[&str]| {
        project.pkg(&[&["fetch"][..], more, &["--product", "acme/cam", "--seen", "seen"], &RING].concat())
    };
    assert_eq!(fetch(&["repo"]).status, Some(0));
    let seen = project.read("seen");
    for (args, rule) in [
        (&["other"][..], "[REP-1] other: "),
        (&["other", "--id", "others"], "[REP-1] seen: "),
        (&["repo", "--channel", "testing"], "[REP-2] seen: "),
    ] {
        let run = fetch(args);
        assert!(run.status == Some(1) && run.stderr.contains(rule), "{args:?}: {}", run.stderr);
        assert_eq!(project.read("seen"), seen, "{args:?}");
    }
    // The file of another product, whose keyring knows none of these keys, is not overwritten either.
    for name in ["root2", "next"] {
        project.key(name);
    }
    let new = ["keyring", "new", "--root", "root2.pub", "--sign", "root2.key", "-o", "dog.keyring"];
    project.done(&[&new[..], &["--add", "catalogue=next.pub"]].concat());
    let signed = ["--key", "next.key", "--keyring", "dog.keyring"];
    project.done(&[&["repository", "new", "dog", "--product", "acme/dog"][..], &signed].concat());
    let dog = ["fetch", "dog", "--seen", "seen", "--keyring", "dog.keyring"];
    for more in [&[][..], &["--product", "acme/dog"], &["--id", "acme-updates"]] {
        let run = project.pkg(&[&dog[..], more].concat());
        assert!(run.status == Some(1) && run.stderr.contains("[REP-2] seen: "), "{}", run.stderr);
        assert_eq!(project.read("seen"), seen);
    }
    // A device whose keyring removed the key of the last head is not locked out.
    let edit = ["keyring", "edit", "cam.keyring", "--add", "catalogue=next.pub", "--remove", "catalogue"];
    project.done(&[&edit[..], &["--sign", "root.key", "-o", "2.keyring"]].concat());
    let signed = ["--key", "next.key", "--keyring", "2.keyring"];
    project.done(&[&["repository", "new", "later", "--product", "acme/cam"][..], &signed].concat());
    let run = project.pkg(&["fetch", "later", "--seen", "seen", "--keyring", "2.keyring"]);
    assert!(run.status == Some(0) && run.stderr.contains("is not used"), "{}", run.stderr);
    assert_ne!(project.read("seen"), seen);
    fs::remove_file(project.path("seen")).unwrap();
    let made = std::process::Command::new("mkfifo").arg(project.path("seen")).status().unwrap();
    assert!(made.success());
    let pipe = fetch(&["repo"]);
    assert!(pipe.status == Some(2) && pipe.stderr.contains("a pipe"), "{}", pipe.stderr);
}

#[test]
fn a_new_catalogue_key_is_found_without_an_id() {
    let project = project();
    project.key("next");
    let edit = ["keyring", "edit", "cam.keyring", "--add", "catalogue=next.pub"];
    project.done(&[&edit[..], &["--sign", "root.key", "-o", "newer.keyring"]].concat());
    let newer = ["--key", "next.key", "--keyring", "newer.keyring"];
    project.done(&[&["publish", "out/cam-1.0.0.full.pkg", "--to", "repo"][..], &newer].concat());
    let run = project.pkg(&[&["fetch", "repo"][..], &RING].concat());
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("the repository has keyring version 2"), "{}", run.stderr);
}

#[test]
fn a_delta_that_is_too_long_is_no_delta() {
    let project = published("rev-a");
    let base = project.list("out").into_iter().find(|name| name.contains(".from-")).expect("a delta");
    let full = project.read("out/cam-1.0.1.full.pkg");
    let path = stored(&project, "deltas", &base);
    let delta = fs::read(&path).unwrap();
    fs::write(&path, vec![7; full.len() + 1]).unwrap();
    let args = [&FETCH[..], &["-o", "got"], &RING].concat();
    let run = project.pkg(&args);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("the delta cannot be used"), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("more than {} bytes", full.len())), "{}", run.stderr);
    let got = project.list("got");
    assert!(got.contains(&"cam-1.0.1.full.pkg".to_owned()), "{got:?}");
    assert!(!got.iter().any(|name| name.contains("from") || name.contains("part")), "{got:?}");
    // A part that is longer than the whole starts anew.
    fs::remove_file(project.path("got/cam-1.0.1.full.pkg")).unwrap();
    project.write("got/.cam-1.0.1.full.pkg.pkg-part", [&full[..], b"too long"].concat());
    project.done(&args);
    assert_eq!(project.read("got/cam-1.0.1.full.pkg"), full);
    // Its name can be typed.
    fs::write(&path, delta).unwrap();
    project.done(&args);
    let got = project.list("got");
    assert!(got.iter().any(|name| name.contains(".from-")) && got.iter().all(|n| n.is_ascii()), "{got:?}");
}

#[test]
fn two_packages_of_one_name_are_both_kept() {
    let project = published("rev-a");
    let other = project.read("out/cam-1.0.0.full.pkg");
    fs::create_dir(project.path("got")).unwrap();
    project.write("got/cam-1.0.1.full.pkg", &other);
    project.done(&[&["fetch", "repo", "-o", "got"][..], &RING].concat());
    assert_eq!(project.read("got/cam-1.0.1.full.pkg"), other);
    let got = project.list("got");
    let second =
        got.iter().find(|n| n.starts_with("cam-1.0.1.") && n.len() == "cam-1.0.1.full.pkg".len() + 13);
    assert_eq!(
        project.read(&format!("got/{}", second.expect("its name has a digest"))),
        project.read("out/cam-1.0.1.full.pkg")
    );
}

#[test]
fn images_that_are_not_written_are_named() {
    let project = project();
    let apply = ["apply", "out/cam-1.0.0.full.pkg", "--image", "rootfs=r"];
    let run = project.pkg(&[&apply[..], &RING].concat());
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("pkg: not written: boot\n"), "{}", run.stderr);
    let run = project.pkg(&[&apply[..], &["--image", "boot=b"], &RING].concat());
    assert!(!run.stderr.contains("not written"), "{}", run.stderr);
}

#[test]
fn tips_do_not_mislead() {
    let project = Project::new();
    for wrong in ["--allow-test-key", "--ro-threshold"] {
        let run = project.pkg(&["verify", wrong]);
        assert_eq!(run.status, Some(2), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("unexpected argument '{wrong}'")), "{}", run.stderr);
        assert!(!run.stderr.contains("tip:"), "{}", run.stderr);
    }
    let run = project.pkg(&["verify", "--keyrin"]);
    assert!(run.stderr.contains("a similar argument exists: '--keyring'"), "{}", run.stderr);
}
