//! What a newcomer gets wrong: the message says what is wrong, and the hint works.

use super::*;

/// Whether the run failed with these words.
fn says(run: &Run, words: &[&str]) {
    assert_ne!(run.status, Some(0), "{}", run.stderr);
    for word in words {
        assert!(run.stderr.contains(word), "{word}\n{}", run.stderr);
    }
}

/// A key that the keyring removed is named where it is written, and so are those that take its place.
#[test]
fn a_key_without_the_role_is_named() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    fs::create_dir(project.path("keys")).expect("a folder");
    for name in ["security", "delivery", "security-2"] {
        for half in ["key", "pub"] {
            let file = format!("{name}.{half}");
            fs::copy(project.path(&file), project.path(&format!("keys/{file}"))).expect("a copy");
        }
    }
    let edit = ["keyring", "edit", "cam.keyring", "--sign", "root.key", "-o", "next.keyring"];
    project.done(&[&edit[..], &["--remove", "security.pub", "--remove", "security-3.pub"]].concat());
    let text = String::from_utf8(project.read("second.toml")).expect("UTF-8");
    let signed =
        |key: &str| format!("{text}\n[signing]\nkeys = [\"{key}\"]\ndelivery-key = \"delivery.key\"\n");
    project.write("signed.toml", signed("security.key"));
    let lacks = "[SIG-2] signing.keys[0]: the keyring does not have the key security.key (";
    let has = "a security release needs the role security, and security-2 (";
    let ring = ["--keyring", "next.keyring"];
    for command in [vec!["check", "signed.toml"], vec!["build", "signed.toml", "-o", "new"]] {
        let run = project.pkg(&[&command[..], &ring].concat());
        says(&run, &[lacks, has, "--> signed.toml:", "hint: sign with a key that has the role"]);
        assert!(!run.stderr.contains("belongs to this product"), "{}", run.stderr);
    }
    let given = ["build", "signed.toml", "-o", "new", "--key", "feature.key"];
    says(&project.pkg(&[&given[..], &ring].concat()), &["[SIG-15] --key: ", has]);
    // The remedy works.
    project.write("signed.toml", signed("security-2.key"));
    project.done(&[&["build", "signed.toml", "-o", "new"][..], &ring].concat());

    // The next description has the key that takes the place of the old one, or says who has the role.
    let next = ["new", "security", "--from", FIRST];
    project.done(&[&next[..], &ring, &["-o", "a.toml"]].concat());
    let text = |name: &str| String::from_utf8(project.read(name)).expect("UTF-8");
    assert!(text("a.toml").contains("keys = [\"keys/security-2.key\"]"), "{}", text("a.toml"));
    fs::remove_file(project.path("keys/security-2.key")).expect("a file");
    project.done(&[&next[..], &ring, &["-o", "b.toml"]].concat());
    let lacks = "# the keyring does not give keys/security.key the role security: security-2 (";
    assert!(text("b.toml").contains(lacks) && !text("b.toml").contains("\nkeys = "), "{}", text("b.toml"));
    assert!(text("b.toml").contains("delivery-key = \"keys/delivery.key\""), "{}", text("b.toml"));
}

/// A second statement about the same vulnerability is another statement: it has an id of its own.
#[test]
fn a_second_notice_has_an_id_of_its_own() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    let new = |out: &str| {
        let args = ["new", "notice", "--from", FIRST, "--fix", "CVE-2026-4712", "-o", out];
        project.done(&[&args[..], &TRUST].concat());
        String::from_utf8(project.read(out)).expect("UTF-8")
    };
    let id = |text: &str| {
        let line = text.lines().find(|line| line.starts_with("id = ")).expect("an id").to_owned();
        line.split('"').nth(1).expect("quotes").to_owned()
    };
    let first = id(&new("a.toml"));
    assert!(first.ends_with("cve-2026-4712"), "{first}");
    project.write("notice.toml", edit(NOTICE, "2026-01-upnp", &first));
    project.done(&build("notice.toml", "notice.key"));
    assert_eq!(id(&new("b.toml")), format!("{first}-2"));

    let other = edit(NOTICE, "2026-01-upnp", &first).replace("UPnP", "PnP");
    project.write("notice.toml", &other);
    let args = build("notice.toml", "notice.key");
    let run = project.pkg(&args[..args.len() - 1]);
    says(
        &run,
        &["already exists and is another statement with this id", "hint: give the new statement another id"],
    );
    assert!(!run.stderr.contains("raise the version"), "{}", run.stderr);
    project.write("notice.toml", other.replace(&first, &format!("{first}-2")));
    project.done(&args[..args.len() - 1]);
}

/// A version is no package: the element of the list is pointed at.
#[test]
fn a_version_is_no_package() {
    let project = project();
    let one = "states = [\"1111111111111111111111111111111111111111111111111111111111111111\"";
    for (wrong, found) in [("1.0.0", "'1.0.0'"), ("", "''")] {
        assert!(NOTICE.contains(one), "{NOTICE}");
        let text = NOTICE.replacen(one, &format!("states = [\"{wrong}\""), 1);
        project.write("notice.toml", text);
        let run = project.pkg(&["check", "notice.toml"]);
        let message = format!("states[0]: expected a package or a digest, found {found}");
        says(&run, &[&message, "--> notice.toml:", "^", "hint: write the path of its full package"]);
        assert!(!run.stderr.contains("cannot read"), "{}", run.stderr);
    }
}

/// A base that applies-to does not let in is refused in the words of a builder; the list in the hint is whole.
#[test]
fn a_base_that_is_not_let_in_is_named_with_the_list_to_write() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    project.done(&build("second.toml", "security.key"));
    let text = edit(FEATURE, "version = \"1.0.0\"", "version = \"1.1.0\"");
    let previous = format!("line = \"1.1\"\nprevious = \"{SECOND}\"\napplies-to = [\"{FIRST}\"]");
    let text = edit(&edit(&text, "line = \"1.0\"", &previous), "night-mode", "day-mode");
    let text = format!("{text}\n[[base]]\npackage = \"{SECOND}\"\n");
    project.write("third.toml", &text);
    let run = project.pkg(&["check", "third.toml"]);
    let list = format!("applies-to = [\"{SECOND}\", \"{FIRST}\"]");
    let words = format!(
        "[APP-3] base[0].package: this release has a [[base]] {SECOND} (1.0.1), which its applies-to"
    );
    says(&run, &[&words, "--> third.toml:", &format!("list it too: {list}"), "hint: write that list"]);
    assert!(!run.stderr.contains("installed"), "{}", run.stderr);
    project.write("third.toml", edit(&text, &format!("applies-to = [\"{FIRST}\"]"), &list));
    project.done(&["check", "third.toml"]);
}

/// The remedy for a support period that ends too early is a later month.
#[test]
fn a_support_period_ends_later_than_it_begins() {
    let project = project();
    let text = edit(FEATURE, "until = \"2036-12\"", "until = \"2020-01\"");
    project.write("early.toml", text);
    let run = project.pkg(&["check", "early.toml"]);
    says(
        &run,
        &["[SUP-1] support.until: ends 2020-01 before it begins", "hint: give a later month in until"],
    );
    let run = project.pkg(&["init", "door", "--no-passphrase", "--support-until", "2020-01"]);
    says(&run, &["--support-until: 2020-01 is over", "hint: give a later month"]);
    assert!(!project.path("door").exists());
    let run = project.pkg(&["init", "door", "--no-passphrase", "--hardware", "rev-1,rev-2"]);
    says(&run, &["give it once for each: --hardware rev-1 --hardware rev-2"]);
}

/// A feature release with what only a security release has: all of it is told at once.
#[test]
fn all_that_a_class_does_not_have_is_told_in_one_run() {
    let project = project();
    let fix =
        &SECURITY[SECURITY.find("[[fix]]").expect("a fix")..SECURITY.find("[advisory").expect("an end")];
    project.write("both.toml", format!("{FEATURE}\n{fix}"));
    let run = project.pkg(&["check", "both.toml"]);
    says(&run, &[" fix: ", " separation: ", "has 2 faults"]);
}

/// A fix touches images that there are.
#[test]
fn a_fix_that_touches_no_image_is_refused() {
    let project = project();
    let touches = |what: &str| {
        let text = edit(SECURITY, "impact.en", &format!("touches = [\"{what}\"]\nimpact.en"));
        project.write("touches.toml", text);
        project.pkg(&["check", "touches.toml"])
    };
    let run = touches("rotfs:**");
    let words = "[SEP-18] fix[0].touches: no image has the component rotfs; there is boot, rootfs";
    says(&run, &[words, "--> touches.toml:", "hint: write a component that there is"]);
    for good in ["rootfs:**", "/odd:name", "usr/odd:name", "Foo::Bar.3"] {
        let run = touches(good);
        assert_eq!(run.status, Some(0), "{good}: {}", run.stderr);
    }
}
