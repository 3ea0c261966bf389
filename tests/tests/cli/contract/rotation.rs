//! Keyrings that go on: edited, signed root by root, taken by devices, and what becomes of packages.

use super::*;

fn show(project: &Project, file: &str) -> Value {
    json(&project.pkg(&["keyring", "show", file, "--json"]).stdout)
}

/// Each change does what it says and nothing else; the version rises by one.
#[test]
fn an_edit_changes_what_it_names() {
    let project = project();
    let sign = ["--sign", "root.key", "-o", "next.keyring", "--replace"];
    let edit = |changes: &[&str]| {
        project.done(&[&["keyring", "edit", "cam.keyring"], changes, &sign].concat());
        show(&project, "next.keyring")
    };
    let before = show(&project, "cam.keyring");
    let labels = |keyring: &Value, what: &str| {
        let label = |k: &Value| k["label"].as_str().expect("a label").to_owned();
        keyring[what].as_array().expect("a list").iter().map(label).collect::<Vec<_>>()
    };

    let next = edit(&["--threshold", "1", "--role-threshold", "security=2"]);
    assert_eq!((next["version"].as_u64(), &next["predecessors"]), (Some(2), &Value::from(vec![1])));
    for same in ["name", "roots", "root-threshold", "keys", "revoked", "signed-by"] {
        assert_eq!(next[same], before[same], "{same}");
    }
    assert_eq!(next["thresholds"], serde_json::json!({"security": 2}));
    let next = edit(&["--root", "root-2.pub", "--threshold", "1"]);
    assert_eq!(labels(&next, "roots"), ["root", "root-2"]);
    let next = edit(&["--remove", "security-3.pub", "--add", "notice=feature.pub"]);
    let [old, new] = [&before, &next].map(|k| labels(k, "keys"));
    assert_eq!(old.len() - 1, new.len());
    assert!(!new.contains(&"security-3".to_owned()));
    let feature = next["keys"].as_array().expect("keys").iter().find(|k| k["label"] == "feature");
    assert_eq!(feature.expect("it")["roles"], serde_json::json!(["feature", "notice"]));
    assert_eq!(next["revoked"], Value::Null, "removed, not revoked");
    let id = key("security-2").id().to_string();
    let next = edit(&["--revoke", &id[..8]]);
    assert_eq!(next["revoked"], serde_json::json!([id]));
    assert!(!labels(&next, "keys").contains(&"security-2".to_owned()));
    let next =
        edit(&["--bind", "delivery=acme/cam", "--bind", "delivery=acme/bell", "--bind", "delivery=stable"]);
    let delivery =
        next["keys"].as_array().expect("keys").iter().find(|k| k["label"] == "delivery").expect("it");
    assert_eq!(delivery["channels"], serde_json::json!(["stable"]));
    assert_eq!(delivery["products"].as_array().map(Vec::len), Some(2));
    project.done(&[
        "build",
        "first.toml",
        "-o",
        "out",
        "--key",
        "feature.key",
        "--delivery-key",
        "delivery.key",
    ]);
    let next = edit(&["--revoke", "security-2", "--heads", "out"]);
    assert_eq!(
        next["heads"],
        serde_json::json!([{
            "vendor": "acme", "name": "cam", "scope": "product", "line": "1.0",
            "sequence": 1, "feature-level": 1, "security-level": 1,
        }])
    );
    // Heads are kept, and what was revoked stays so.
    project.done(&[
        "keyring",
        "edit",
        "next.keyring",
        "--revoke",
        "notice",
        "-o",
        "third.keyring",
        "--sign",
        "root.key",
    ]);
    let third = show(&project, "third.keyring");
    assert_eq!((&third["heads"], third["version"].as_u64()), (&next["heads"], Some(3)));
}

/// A keyring may be sound and of no use: that is said, and done.
#[test]
fn what_a_keyring_cannot_do_is_said() {
    let project = project();
    let edit = |more: &[&str]| {
        let run = project
            .pkg(&[&["keyring", "edit", "cam.keyring", "--replace", "-o", "made.keyring"], more].concat());
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        run.stderr
    };
    let two = ["--remove", "security-3", "--role-threshold", "security=2"];
    assert!(!edit(&two).contains("warning"));
    let said = edit(&[&two[..], &["--bind", "security=acme/a", "--bind", "security-2=acme/b"]].concat());
    for product in ["acme/a", "acme/b"] {
        let line = format!("security needs 2 keys, but fewer may sign for {product}: no verifier");
        assert!(said.contains(&line), "{said}");
    }
    assert!(!said.contains("other products"), "no key signs for those: {said}");
    let said = edit(&[&two[..], &["--bind", "security=testing"]].concat());
    assert!(said.contains("fewer may sign for other products, stable: no verifier"), "{said}");
    assert_eq!(said.matches("warning").count(), 1, "{said}");
    let said = edit(
        &[&two[..2], &["--role-threshold", "security-exception=2", "--bind", "security=acme/a"]].concat(),
    );
    assert!(
        said.contains("security-exception needs 2 keys, but fewer may sign for other products:"),
        "{said}"
    );
    // Notices are on no channel: a binding to one is in nobody's way.
    let words = ["--add", "notice=notice-2.pub", "--role-threshold", "notice=2", "--bind", "notice=testing"];
    fs::copy(project.path("security-3.pub"), project.path("notice-2.pub")).expect("a copy");
    assert!(!edit(&[&["--remove", "security-3"][..], &words].concat()).contains("warning"));
    // An id that nobody has is most likely a slip.
    let unknown = "12".repeat(32);
    assert!(edit(&["--revoke", &unknown]).contains("no key of cam.keyring has the id 1212"));
    assert!(!edit(&["--revoke", "security"]).contains("has the id"));
    let run = project.pkg(&["keyring", "edit", "cam.keyring", "--revoke", "root", "-o", "none.keyring"]);
    assert!(
        run.status == Some(1) && run.stderr.contains("add another one in the same command"),
        "{}",
        run.stderr
    );
}

/// What an edit cannot do is said, and nothing is written.
#[test]
fn an_edit_that_makes_no_sound_keyring_is_refused() {
    let project = project();
    project.done(&["keyring", "edit", "cam.keyring", "--revoke", "notice", "-o", "open.keyring"]);
    for (status, says, args) in [
        (1, "[KEY-5]", &["cam.keyring", "--threshold", "2"][..]),
        (1, "[MAN-1] roots", &["cam.keyring", "--remove-root", "root"]),
        (1, "[KEY-5]", &["cam.keyring", "--role-threshold", "feature=2"]),
        (1, "[KEY-3]", &["cam.keyring", "--root", "root.pub"]),
        (1, "[KEY-11]", &["open.keyring", "--threshold", "1"]),
        (2, "not in this keyring", &["cam.keyring", "--remove", "root.pub"]),
        (2, "is not a root key", &["cam.keyring", "--revoke", "notice", "--sign", "feature.key"]),
        (2, "expected VENDOR/NAME, a channel or scope:ID", &["cam.keyring", "--bind", "feature=beta"]),
        (2, "cannot read nothing.pkg", &["cam.keyring", "--heads", "nothing.pkg"]),
        (2, "is the label of 2 keys", &["twins.keyring", "--revoke", "security"]),
    ] {
        if args[0] == "twins.keyring" {
            fs::create_dir(project.path("b")).expect("a folder");
            fs::copy(project.path("security-2.pub"), project.path("b/security.pub")).expect("a copy");
            let add = ["--add", "security=security.pub", "--add", "security=b/security.pub"];
            let new = ["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "twins.keyring"];
            project.done(&[&new[..], &add].concat());
        }
        let run = project.pkg(&[&["keyring", "edit"], args, &["-o", "none.keyring"]].concat());
        assert_eq!(run.status, Some(status), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(says), "{args:?}: {}", run.stderr);
        assert!(!project.path("none.keyring").exists(), "{args:?}");
        is_an_error(&run, says);
    }
}

/// A key is revoked: all packages of a release get the new key's signature at once, and go on to
/// work with old and new keyrings.
#[test]
fn archived_packages_are_signed_again() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    let based =
        edit(SECURITY, "class = \"security\"", "class = \"security\"\nprevious = \"out/cam-1.0.0.full.pkg\"");
    project.write("based.toml", edit(&based, "", "[[base]]\npackage = \"out/cam-1.0.0.full.pkg\""));
    project.write("rootfs.img", [project.read("rootfs.img"), b"a fix".to_vec()].concat());
    project.done(&build("based.toml", "security.key"));
    let both = ["out/cam-1.0.1.full.pkg", "out/cam-1.0.1.from-1.0.0.pkg"];
    let edit = [
        "keyring",
        "edit",
        "cam.keyring",
        "--revoke",
        "security",
        "-o",
        "next.keyring",
        "--sign",
        "root.key",
    ];
    project.done(&edit);
    project.done(&["keyring", "update", "cam.keyring", "next.keyring", "-o", "device.keyring"]);
    let rules = |keyring: &str| {
        let run = project.pkg(&[&["verify"], &both[..], &["--keyring", keyring, "--json"]].concat());
        let list = json(&run.stdout);
        list.as_array()
            .expect("two")
            .iter()
            .map(|v| v["rule"].as_str().map(str::to_owned))
            .collect::<Vec<_>>()
    };
    assert_eq!(rules("device.keyring"), [Some("SIG-14".to_owned()), Some("SIG-14".to_owned())]);
    project.done(&[&["sign"], &both[..], &["--key", "security-2.key"]].concat());
    assert_eq!(rules("device.keyring"), [None, None]);
    assert_eq!(rules("cam.keyring"), [None, None], "a device that has not heard of it yet");
}
