//! `pkg publish`, `pkg repository` and `pkg fetch` as scripts use them.

use super::{KEY, RELEASE, RING, json, maker};
use pkg_tests::project::{FEATURE, NOTICE, Project, SECURITY, edit, edited};
use std::fs;

/// A first release, a security release with a delta, and a notice; and an empty repository.
pub(super) fn project() -> Project {
    let project = maker();
    project.write("notice.toml", NOTICE);
    let next = edited(
        SECURITY,
        &[
            ("rootfs.img", "fixed.img"),
            ("class = \"security\"", "class = \"security\"\nprevious = \"out/cam-1.0.0.full.pkg\""),
            ("[[fix]]", "[[base]]\npackage = \"out/cam-1.0.0.full.pkg\"\n\n[[fix]]"),
        ],
    );
    project.write("next.toml", next);
    for description in ["first.toml", "next.toml", "notice.toml"] {
        project.done(&[&["build", description, "-o", "out"][..], &RELEASE].concat());
    }
    project
}

/// A device that runs the first release, in `device.toml`.
pub(super) fn device(project: &Project, hardware: &str) {
    let first = json(project, &[&["inspect", "out/cam-1.0.0.full.pkg", "--json"][..], &RING].concat());
    let image = |n: usize| first["manifest"]["images"][n]["sha256"].as_str().unwrap().to_owned();
    project.write(
        "device.toml",
        format!(
            "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"{hardware}\"\n\n[[installed]]\nscope = \"product\"\nline = \"1.0\"\nsequence = 1\nfeature-level = 1\nsecurity-level = 1\n\n[[installed.image]]\ncomponent = \"boot\"\nsha256 = \"{}\"\n\n[[installed.image]]\ncomponent = \"rootfs\"\nsha256 = \"{}\"\n\n[user]\nautomatic-security = true\n",
            image(0),
            image(1)
        ),
    );
}

#[test]
fn a_device_gets_a_delta_through_a_mirror() {
    let project = project();
    let published = json(&project, &[&["publish", "out", "--to", "file:repo", "--json"][..], &KEY].concat());
    assert_eq!(published["added"].as_array().unwrap().len(), 3, "{published}");
    assert_eq!(published["version"], 2);
    let deltas = published["written"].as_array().unwrap().iter();
    assert_eq!(deltas.filter(|p| p.as_str().unwrap().starts_with("deltas/")).count(), 1, "{published}");
    let checked = json(&project, &[&["repository", "check", "repo", "--json"][..], &RING].concat());
    assert_eq!((&checked["verdict"], &checked["packages"]), (&"whole".into(), &3.into()));
    project.done(&[&["repository", "mirror", "repo", "stick"][..], &RING].concat());

    device(&project, "rev-a");
    let fetch = ["fetch", "stick", "--state", "device.toml", "--seen", "seen", "-o", "got", "--json"];
    let fetched = json(&project, &[&fetch[..], &RING].concat());
    assert_eq!(fetched["decision"]["decision"], "notify", "{fetched}");
    let packages = fetched["packages"].as_array().unwrap();
    let kinds: Vec<_> = packages.iter().map(|p| p["package-kind"].as_str().unwrap()).collect();
    assert!(kinds.contains(&"delta") && kinds.contains(&"notice") && !kinds.contains(&"full"), "{kinds:?}");
    let delta = packages.iter().find(|p| p["package-kind"] == "delta").unwrap()["package"].as_str().unwrap();
    project.done(
        &[
            &["apply", delta, "--base", "rootfs=rootfs.img", "--base", "boot=boot.img"][..],
            &["--image", "boot=b", "--image", "rootfs=r"],
            &RING,
        ]
        .concat(),
    );
    assert_eq!(project.read("r"), project.read("fixed.img"));
}

#[test]
fn a_download_goes_on_where_it_broke_off() {
    let project = project();
    project.done(&[&["publish", "out/cam-1.0.0.full.pkg", "--to", "repo"][..], &KEY].concat());
    let whole = project.read("out/cam-1.0.0.full.pkg");
    fs::create_dir(project.path("got")).unwrap();
    project.write("got/.cam-1.0.0.full.pkg.pkg-part", &whole[..9_000]);
    let fetch = ["fetch", "repo", "-o", "got"];
    project.done(&[&fetch[..], &RING].concat());
    assert_eq!(project.read("got/cam-1.0.0.full.pkg"), whole);
    // A wrong beginning is found out at the end; the next call starts anew.
    fs::remove_file(project.path("got/cam-1.0.0.full.pkg")).unwrap();
    project.write("got/.cam-1.0.0.full.pkg.pkg-part", vec![7; 9_000]);
    assert_eq!(project.pkg(&[&fetch[..], &RING].concat()).status, Some(1));
    project.done(&[&fetch[..], &RING].concat());
    assert_eq!(project.read("got/cam-1.0.0.full.pkg"), whole);
    assert_eq!(project.list("got"), ["cam-1.0.0.full.pkg"]);
}

#[test]
fn an_old_head_and_a_fork_are_told() {
    let project = project();
    fs::create_dir(project.path("old")).unwrap();
    let mirror = |to: &str| project.done(&[&["repository", "mirror", "repo", to][..], &RING].concat());
    mirror("old");
    project.done(&[&["publish", "out/cam-1.0.0.full.pkg", "--to", "repo"][..], &KEY].concat());
    let fetch = |from: &str| {
        project.pkg(
            &[&["fetch", from, "--product", "acme/cam", "--id", "acme-updates", "--seen", "seen"][..], &RING]
                .concat(),
        )
    };
    assert_eq!(fetch("repo").status, Some(0));
    let older = fetch("old");
    // The newer head stays in force, and this copy does not have the package that it lists.
    assert_eq!(older.status, Some(2), "{}", older.stderr);
    assert!(older.stderr.contains("head 1, which is older"), "{}", older.stderr);
    assert!(older.stderr.contains("is missing: this copy is older"), "{}", older.stderr);
    assert!(!older.stderr.contains("not whole"), "{}", older.stderr);
    // What the hint says helps.
    fs::create_dir(project.path("late")).unwrap();
    project.done(&[&["repository", "mirror", "old", "late"][..], &RING].concat());
    project.done(&[&["repository", "mirror", "repo", "late"][..], &RING].concat());
    assert_eq!(fetch("late").status, Some(0));
    // Another history with as many heads.
    let notice = "out/cam-2026-01-upnp.notice.pkg";
    project.done(&[&["publish", notice, "--to", "old"][..], &KEY].concat());
    let fork = fetch("old");
    assert_eq!(fork.status, Some(1), "{}", fork.stderr);
    assert!(fork.stderr.contains("[REP-4] there are two heads of version 2"), "{}", fork.stderr);
    let other =
        project.pkg(&[&["fetch", "repo", "--product", "acme/cam", "--id", "other"][..], &RING].concat());
    assert!(other.status == Some(1) && other.stderr.contains("[REP-1]"), "{}", other.stderr);
}

#[test]
fn a_mirror_gets_the_delta_that_was_signed_again() {
    let project = project();
    let mirror = |ring: &str| {
        let done = project.done(&["repository", "mirror", "repo", "stick", "--json", "--keyring", ring]);
        serde_json::from_str::<serde_json::Value>(&done).expect("JSON")["copied"].clone()
    };
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    assert_eq!((mirror("cam.keyring"), mirror("cam.keyring")), (4.into(), 0.into()));
    project.key("next");
    let roles = "security,feature,notice,withdrawal=next.pub";
    let edit = ["keyring", "edit", "cam.keyring", "--add", roles, "--remove", "release"];
    project.done(&[&edit[..], &["--sign", "root.key", "-o", "2.keyring"]].concat());
    let key = ["--key", "catalogue.key", "--keyring", "2.keyring"];
    let whole = |folder: &str| {
        let run = project.pkg(&["repository", "check", folder, "--keyring", "2.keyring"]);
        (run.status == Some(0), run.stdout + &run.stderr)
    };
    for name in project.list("out") {
        let package = format!("out/{name}");
        project.done(&["sign", &package, "--key", "next.key", "--keyring", "2.keyring"]);
        if !name.contains("notice") {
            let sign = ["sign", &package, "--delivery", "--key", "delivery.key", "--keyring", "2.keyring"];
            project.done(&sign);
        }
    }
    project.done(&[&["publish", "out", "--to", "repo"][..], &key].concat());
    assert!(whole("repo").0, "{}", whole("repo").1);
    // The folder keeps the packages of before; an audit knows that they were signed again.
    let audited = |folder: &str| {
        let at = (pkg_tests::project::ISSUED + 86_400).to_string();
        let run = project.pkg(&["audit", folder, "--keyring", "2.keyring", "--json", "--at", &at]);
        let json: serde_json::Value = serde_json::from_str(&run.stdout).expect(&run.stderr);
        (json["refused"].as_array().map(Vec::len), json["signed-again"].as_array().map(Vec::len))
    };
    assert_eq!(audited("repo"), (Some(0), Some(3)));
    let full = project.read("out/cam-1.0.0.full.pkg");
    fs::remove_file(project.path("out/cam-1.0.0.full.pkg")).expect("removed");
    assert_eq!(audited("out"), (Some(0), Some(0)));
    project.write("out/cam-1.0.0.full.pkg", full);
    // The packages are other files now; the delta has the same path.
    assert_eq!((mirror("2.keyring"), mirror("2.keyring")), (4.into(), 0.into()));
    assert!(whole("stick").0, "{}", whole("stick").1);
}

#[test]
fn mistakes_are_explained() {
    let project = project();
    let again = project.pkg(&[&["repository", "new", "repo", "--product", "acme/cam"][..], &KEY].concat());
    assert_eq!(again.status, Some(2), "{}", again.stderr);
    assert!(again.stderr.contains("has a log of acme/cam stable already"), "{}", again.stderr);
    let nowhere = project.pkg(&[&["publish", "out", "--to", "rpeo"][..], &KEY].concat());
    assert!(
        nowhere.status == Some(2) && nowhere.stderr.contains("there is no folder rpeo"),
        "{}",
        nowhere.stderr
    );
    let unable = project.pkg(&[&["publish", "out", "--to", "repo"][..], &RELEASE].concat());
    assert!(unable.status == Some(1) && unable.stderr.contains("[SIG-15]"), "{}", unable.stderr);
    assert!(!unable.stderr.contains("warning"), "{}", unable.stderr);
    let nothing = project.pkg(&[&["new", "security", "--from", "nothing.pkg"][..], &RING].concat());
    assert!(nothing.status == Some(2), "{}", nothing.stderr);
    assert!(nothing.stderr.contains("cannot read nothing.pkg: no such file"), "{}", nothing.stderr);
    // The same number for another state: what the audit calls a regression of this very release.
    project.done(&[&["publish", "out/cam-1.0.0.full.pkg", "--to", "repo"][..], &KEY].concat());
    project.write("other.img", b"another image");
    project.write("other.toml", edit(&edit(FEATURE, "rootfs.img", "other.img"), "\"1.0.0\"", "\"1.0.0b\""));
    project.done(&[&["build", "other.toml", "-o", "bad", "--key", "release.key"][..], &RING].concat());
    let taken = project.pkg(&[&["publish", "bad", "--to", "repo"][..], &KEY].concat());
    assert!(taken.status == Some(1) && taken.stderr.contains("[VER-2]"), "{}", taken.stderr);
}

/// A notice is in no channel: it goes to the log of each that the repository has, unless somebody says to which.
#[test]
fn a_notice_goes_to_every_channel() {
    let project = project();
    let new = ["repository", "new", "repo", "--product", "acme/cam", "--channel", "testing"];
    let entries = |channel: &str| {
        let show = ["repository", "show", "repo", "--channel", channel, "--keyring", "cam.keyring"];
        json(&project, &[&show[..], &["--json"]].concat())["log"]["size"].as_u64().expect("a size")
    };
    project.done(&[&new[..], &KEY].concat());
    let notice = ["publish", "out/cam-2026-01-upnp.notice.pkg", "--to", "repo"];
    project.done(&[&notice[..], &["--channel", "testing"], &KEY].concat());
    assert_eq!((entries("stable"), entries("testing")), (0, 1));
    let all = json(&project, &[&notice[..], &["--json"], &KEY].concat());
    assert_eq!((entries("stable"), entries("testing")), (1, 1));
    let others = all["other-channels"].as_array().expect("a list");
    assert_eq!((all["channel"].as_str(), others.len()), (Some("stable"), 1), "{all}");
    // Together with releases, too; and where there is no stable channel.
    project.done(&[&["publish", "out", "--to", "repo"][..], &KEY].concat());
    assert_eq!((entries("stable"), entries("testing")), (3, 1));
    let new = ["repository", "new", "tests", "--product", "acme/cam", "--channel", "testing"];
    project.done(&[&new[..], &KEY].concat());
    let published = json(
        &project,
        &["publish", notice[1], "--to", "tests", "--json", "--key", KEY[1], "--keyring", KEY[3]],
    );
    assert_eq!(published["channel"], "testing");
}
