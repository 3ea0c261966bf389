//! Packages: their names, and signatures added one at a time.

use super::*;

#[test]
fn packages_have_the_promised_names() {
    let shop = shop();
    assert_eq!(
        shop.list("out"),
        [FIRST, SECOND, A_NOTICE, A_WITHDRAWAL].map(|path| path.trim_start_matches("out/").to_owned())
    );
}

/// The table: package, kind, base, size, share of full, time; and whether it is signed.
#[test]
fn a_build_prints_its_table() {
    let project = project();
    let table = project.done(&build("first.toml", "feature.key"));
    let lines: Vec<_> = table.lines().collect();
    assert_eq!(lines.len(), 2, "{table}");
    assert!(lines[0].starts_with("package  ") && lines[0].contains("of full"), "{table}");
    assert!(lines[1].starts_with("cam-1.0.0.full.pkg  full  -  ") && lines[1].ends_with("yes"), "{table}");
}

/// Keys may stand in the description, relative to it; --key comes before them.
#[test]
fn keys_may_stand_in_the_description() {
    let project = project();
    let signing = "[signing]\nkeys = [\"../security.key\"]\ndelivery-key = \"../delivery.key\"";
    fs::create_dir(project.path("r")).expect("a folder");
    let text = SECURITY.replace("file = \"", "file = \"../");
    project.write("r/release.toml", edit(&text, "", signing));
    let build = ["build", "r/release.toml", "-o", "out", "--keyring", "cam.keyring"];
    // It may be anybody's: what it publishes and signs with lies in its folder, unless somebody says so.
    let run = project.pkg(&build);
    assert_eq!(run.status, Some(2), "{}", run.stdout);
    assert!(run.stderr.contains("outside the folder of the description"), "{}", run.stderr);
    assert!(run.stderr.contains("hint: move it into the folder of the description, or"), "{}", run.stderr);
    project.write("none.toml", edit(SECURITY, "", "[signing]\nkeys = [\"none.key\"]"));
    let run = project.pkg(&["build", "none.toml", "-o", "out", "--keyring", "cam.keyring"]);
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    let line = SECURITY.lines().count() + 3;
    let place = format!("--> none.toml:{line}:9");
    assert!(run.stderr.contains("none.key") && run.stderr.contains(&place), "{place}: {}", run.stderr);
    project.done(&[&build[..], &["--input-root", "."]].concat());
    let labels = || {
        let value = json(&project.done(&verify(&[SECOND], &["--json"])));
        let label = |s: &Value| s["label"].as_str().expect("a label").to_owned();
        value["signers"].as_array().expect("a list").iter().map(label).collect::<Vec<_>>()
    };
    assert_eq!(labels(), ["security", "delivery"]);
    project.done(&[
        "build",
        "r/release.toml",
        "--replace",
        "-o",
        "out",
        "--keyring",
        "cam.keyring",
        "--key",
        "security-2.key",
        "--input-root",
        ".",
    ]);
    assert_eq!(labels(), ["security-2", "delivery"]);
}

/// Without a delivery key every release key signs the delivery too.
#[test]
fn one_key_may_sign_both() {
    let project = project();
    project.done(&["build", "first.toml", "-o", "out", "--key", "feature.key"]);
    let value = json(&project.done(&["inspect", FIRST, "--json"]));
    let signatures = value["signatures"].as_array().expect("a list");
    let id = key("feature").id().to_string();
    assert_eq!(signatures.iter().map(|s| s["key"].as_str()).collect::<Vec<_>>(), [Some(&*id), Some(&*id)]);
}

/// A package is made unsigned, and signed later by people who have the keys.
#[test]
fn an_unsigned_package_is_signed_later() {
    let project = project();
    project.write("bare.toml", SECURITY);
    let run = project.pkg(&["build", "bare.toml", "-o", "out", "--level", "fast"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.contains("UNSIGNED"), "{}", run.stdout);
    assert!(run.stderr.contains("pkg: unsigned: no device accepts it"), "{}", run.stderr);
    let rule = || {
        let run = project.pkg(&verify(&[SECOND], &["--json"]));
        (run.status, json(&run.stdout)["rule"].as_str().map(str::to_owned))
    };
    let sig_1 = (Some(1), Some("SIG-1".to_owned()));
    assert_eq!(rule(), sig_1);
    let inspected = json(&project.done(&["inspect", SECOND, "--json"]));
    assert_eq!(
        (&inspected["verdict"], &inspected["signatures"]),
        (&"unverified".into(), &Value::Array(vec![]))
    );
    let before = project.read(SECOND);
    let run = project.pkg(&["sign", SECOND, "--key", "security.key"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("pkg: the delivery is not signed yet"), "{}", run.stderr);
    assert_eq!(rule(), sig_1, "the delivery has no signature yet");
    project.done(&["sign", SECOND, "--delivery", "--key", "delivery.key", "-o", "out/signed.pkg"]);
    assert_eq!(rule(), sig_1, "-o leaves what it reads as it is");
    project.done(&verify(&["out/signed.pkg"], &[]));
    project.done(&["sign", SECOND, "--delivery", "--key", "delivery.key"]);
    assert_eq!(rule(), (Some(0), None));
    assert!(project.read(SECOND) == project.read("out/signed.pkg"));
    // Signing again with the same key changes nothing; nothing else was changed.
    project.done(&["sign", SECOND, "--key", "security.key"]);
    assert!(project.read(SECOND) == project.read("out/signed.pkg"));
    // What was there before is there still: the tail with the payloads is the same.
    assert!(project.read(SECOND).ends_with(&before[before.len() - 20_000..]));
    assert_eq!(project.list("out"), ["cam-1.0.1.full.pkg", "signed.pkg"]);
}

/// What a signed build gives is what building unsigned and signing gives.
#[test]
fn signing_later_gives_the_same_bytes() {
    let project = project();
    let at = |args: &[&str]| {
        let run = tool::of(
            project.command(args).env("SOURCE_DATE_EPOCH", "1796083200").output().expect("pkg runs"),
        );
        assert_eq!(run.status, Some(0), "{}", run.stderr);
    };
    at(&build("first.toml", "feature.key"));
    let signed = project.read(FIRST);
    fs::remove_file(project.path(FIRST)).expect("a file");
    at(&["build", "first.toml", "-o", "out", "--level", "fast"]);
    assert!(project.read(FIRST) != signed);
    at(&["sign", FIRST, "--delivery", "--key", "delivery.key"]);
    at(&["sign", FIRST, "--key", "feature.key"]);
    assert!(project.read(FIRST) == signed);
}

#[test]
fn thresholds_count_signers_one_by_one() {
    let project = project();
    let mut args = vec!["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "two.keyring"];
    args.extend(["--add", "security=security.pub", "--add", "security=security-2.pub"]);
    args.extend(["--add", "security=security-3.pub", "--add", "delivery=delivery.pub"]);
    args.extend(["--role-threshold", "security=2"]);
    project.done(&args);
    project.write("bare.toml", SECURITY);
    // The builder is judged by the keyring it is given: one signature is not enough to keep it.
    let two = ["--keyring", "two.keyring"];
    let build = |keys: &[&str]| {
        let start = [
            "build",
            "bare.toml",
            "-o",
            "out",
            "--replace",
            "--level",
            "fast",
            "--delivery-key",
            "delivery.key",
        ];
        project.pkg(&[&start[..], keys].concat())
    };
    let run = build(&[&two[..], &["--key", "security.key"]].concat());
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("[SIG-4]"), "{}", run.stderr);
    assert!(project.list("out").is_empty());
    // Signatures come in one at a time.
    assert_eq!(build(&["--key", "security.key"]).status, Some(0));
    let rule = || {
        let run = project.pkg(&["verify", SECOND, "--keyring", "two.keyring", "--json"]);
        json(&run.stdout)["rule"].as_str().map(str::to_owned)
    };
    assert_eq!(rule().as_deref(), Some("SIG-4"));
    project.done(&["sign", SECOND, "--key", "security.key"]);
    assert_eq!(rule().as_deref(), Some("SIG-4"), "the same key twice is one");
    project.done(&["sign", SECOND, "--key", "feature.key"]);
    assert_eq!(rule().as_deref(), Some("SIG-4"), "a key of nobody counts nothing");
    project.done(&["sign", SECOND, "--key", "security-3.key"]);
    assert_eq!(rule(), None);
    // Both at once.
    let run = build(&[&two[..], &["--key", "security.key", "--key", "security-2.key"]].concat());
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert_eq!(rule(), None);
}

/// A keyring is made by one root and signed by others.
#[test]
fn a_keyring_is_signed_root_by_root() {
    let project = project();
    let mut args = vec!["keyring", "new", "--root", "root.pub", "--root", "root-2.pub", "--threshold", "2"];
    args.extend([
        "--add",
        "feature,delivery=feature.pub",
        "--name",
        "acme-cams",
        "-o",
        "both.keyring",
        "--sign",
        "root.key",
    ]);
    let run = project.pkg(&args);
    assert_eq!((run.status, run.stdout.as_str()), (Some(0), "both.keyring: keyring acme-cams, version 1\n"));
    assert!(run.stderr.contains("signed by 1 of 2 root keys"), "{}", run.stderr);
    project.done(&["build", "first.toml", "-o", "out", "--level", "fast", "--key", "feature.key"]);
    let judged = || project.pkg(&["verify", FIRST, "--keyring", "both.keyring"]);
    let run = judged();
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert!(run.stderr.contains("[KEY-4]"), "{}", run.stderr);
    let shown = project.pkg(&["keyring", "show", "both.keyring", "--json"]);
    assert_eq!((shown.status, json(&shown.stdout)["rule"].as_str()), (Some(1), Some("KEY-4")));
    project.done(&["keyring", "sign", "both.keyring", "--key", "root-2.key"]);
    assert_eq!(judged().status, Some(0));
    let shown = json(&project.done(&["keyring", "show", "both.keyring", "--json"]));
    assert_eq!((&shown["name"], &shown["version"]), (&"acme-cams".into(), &1.into()));
    assert_eq!(shown["signed-by"].as_array().map(Vec::len), Some(2));
    // The name defaults to that of the file, and one key may be given its roles one by one.
    project.done(&[
        "keyring",
        "new",
        "--root",
        "root.pub",
        "--add",
        "notice=feature.pub",
        "--add",
        "feature=feature.pub",
        "-o",
        "cams.keyring",
    ]);
    let shown = json(&project.pkg(&["keyring", "show", "cams.keyring", "--json"]).stdout);
    assert_eq!(
        (&shown["name"], &shown["keys"][0]["roles"]),
        (&"cams".into(), &Value::from(vec!["feature", "notice"]))
    );
}

#[test]
fn a_key_signs_only_what_its_role_allows() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    for (description, keys) in [
        ("first.toml", ["security.key", "notice.key"]),
        ("second.toml", ["feature.key", "withdrawal.key"]),
        ("notice.toml", ["security.key", "withdrawal.key"]),
        ("withdrawal.toml", ["notice.key", "delivery.key"]),
    ] {
        for key in keys {
            let run = project.pkg(&build(description, key));
            assert_eq!(run.status, Some(1), "{description} {key}");
            assert!(run.stderr.contains("[SIG-15]"), "{description} {key}: {}", run.stderr);
        }
    }
    assert_eq!(project.list("out"), ["cam-1.0.0.full.pkg"]);
}

/// A release that is not pure may ask for more signers.
#[test]
fn exceptions_may_ask_for_more_signers() {
    let project = project();
    let mut args = vec!["keyring", "new", "--root", "root.pub", "--sign", "root.key", "-o", "strict.keyring"];
    args.extend(["--add", "security=security.pub", "--add", "security=security-2.pub"]);
    args.extend(["--add", "delivery=delivery.pub", "--role-threshold", "security-exception=2"]);
    project.done(&args);
    let change = "[[change]]\nid = \"off\"\neffect = \"disabled\"\nuser-visible = true\ntext.en = \"Off.\"\nnecessary-for = [\"CVE-2026-12345\"]";
    let kind = format!("kind = \"change-is-fix\"\n{JUSTIFIED}");
    project.write("pure.toml", SECURITY);
    project.write("exception.toml", edited(SECURITY, &[("kind = \"pure\"", &kind), ("", change)]));
    let build = |description, keys: &[&str]| {
        let start = [
            "build",
            description,
            "-o",
            "out",
            "--level",
            "fast",
            "--replace",
            "--delivery-key",
            "delivery.key",
            "--keyring",
            "strict.keyring",
        ];
        project.pkg(&[&start[..], keys].concat()).status
    };
    assert_eq!(build("pure.toml", &["--key", "security.key"]), Some(0));
    assert_eq!(build("exception.toml", &["--key", "security.key"]), Some(1));
    assert_eq!(build("exception.toml", &["--key", "security.key", "--key", "security-2.key"]), Some(0));
}

/// Only keys that may sign a statement vouch for it; with the keyring at hand no other signs.
#[test]
fn who_may_not_sign_never_vouches() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    let sign = |more: &[&str]| project.pkg(&[&["sign", FIRST, "--keyring", "cam.keyring"], more].concat());
    let before = project.read(FIRST);
    project.key("stranger");
    for (args, rule) in [
        (vec!["--key", "stranger.key"], "[SIG-2] manifest: "),
        (vec!["--key", "delivery.key"], "[SIG-15] manifest: "),
        (vec!["--key", "security.key"], "[SIG-15] manifest: "),
        (vec!["--delivery", "--key", "feature.key"], "[SIG-15] delivery: "),
        (vec!["--public", "delivery.pub", "--request", "asked"], "[SIG-15] manifest: "),
    ] {
        let run = sign(&args);
        assert_eq!(run.status, Some(1), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains(rule), "{args:?}: {}", run.stderr);
    }
    assert!(project.read(FIRST) == before && !project.path("asked").exists());
    assert_eq!(sign(&["--key", "feature.key"]).status, Some(0));
    // Bound to another product, or revoked, it may not either.
    for change in [["--bind", "feature=acme/bell"], ["--revoke", "feature"]] {
        let edit =
            ["keyring", "edit", "cam.keyring", "--sign", "root.key", "-o", "other.keyring", "--replace"];
        project.done(&[&edit[..], &change].concat());
        let run = project.pkg(&["sign", FIRST, "--keyring", "other.keyring", "--key", "feature.key"]);
        assert_eq!(run.status, Some(1), "{change:?}: {}", run.stderr);
    }
    // Signed without a keyring, its signature is there and counts for nothing, wherever signers are named.
    project.done(&["sign", FIRST, "--key", "delivery.key"]);
    let said = project.done(&["verify", FIRST, "--keyring", "cam.keyring"]);
    assert!(
        said.contains("signed by feature, delivered by delivery (the manifest is also signed by delivery, "),
        "{said}"
    );
    let value = json(&project.done(&["verify", FIRST, "--keyring", "cam.keyring", "--json"]));
    let labels = |list: &str| {
        let list = value[list].as_array().expect("a list").iter();
        list.map(|s| format!("{} {}", s["statement"].as_str().unwrap(), s["label"].as_str().unwrap()))
            .collect::<Vec<_>>()
    };
    assert_eq!(labels("signers"), ["manifest feature", "delivery delivery"]);
    assert_eq!(labels("others-that-signed"), ["manifest delivery"]);
    let page = project.done(&["inspect", FIRST, "--keyring", "cam.keyring"]);
    let words = page.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(words.contains("“delivery” (✗ does not count: this key may not sign this)"), "{page}");
}

/// The hint to an unsigned delivery leads to a signature of the delivery.
#[test]
fn hints_lead_to_a_signed_package() {
    let project = project();
    project.done(&["build", "first.toml", "-o", "out", "--level", "fast"]);
    let missing = |hint: &str| {
        let run = project.pkg(&["verify", FIRST, "--keyring", "cam.keyring"]);
        assert_eq!(run.status, Some(1));
        assert!(run.stderr.contains(hint), "{}", run.stderr);
    };
    missing("hint: Sign it: pkg sign PACKAGE --key KEY");
    project.done(&["sign", FIRST, "--key", "feature.key"]);
    missing("hint: Sign it: pkg sign --delivery PACKAGE --key KEY");
    project.done(&["sign", "--delivery", FIRST, "--key", "delivery.key"]);
    project.done(&["verify", FIRST, "--keyring", "cam.keyring"]);
}

/// A forged signature of a root is said loudly, and nobody adds another to it.
#[test]
fn a_forged_keyring_is_not_signed() {
    let project = project();
    let edit =
        ["keyring", "edit", "cam.keyring", "--remove", "feature", "--sign", "root.key", "-o", "next.keyring"];
    project.done(&edit);
    let shown = project.done(&["keyring", "show", "next.keyring"]);
    assert!(
        shown.contains("changed since version 1:\n  key ") && shown.contains(" removed: “feature”"),
        "{shown}"
    );
    assert!(
        shown.contains("signed this") && shown.contains("signatures needed: keyring 1, security 1"),
        "{shown}"
    );
    // The last bytes of the signature, in its member behind the statement.
    let mut bytes = project.read("next.keyring");
    let name = bytes.windows(12).position(|w| w == b"keyring.cose").expect("the member");
    let length =
        usize::from_str_radix(std::str::from_utf8(&bytes[name + 124..name + 135]).expect("octal"), 8);
    bytes[name + 512 + length.expect("a size") - 1] ^= 1;
    project.write("next.keyring", &bytes);
    let run = project.pkg(&["keyring", "show", "next.keyring"]);
    assert_eq!(run.status, Some(1));
    assert!(run.stdout.contains("FORGED SIGNATURE") && !run.stdout.contains("signed this"), "{}", run.stdout);
    assert!(run.stderr.contains("does not match: FORGED"), "{}", run.stderr);
    let run = project.pkg(&["keyring", "sign", "next.keyring", "--key", "root.key"]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("[SIG-3]") && project.read("next.keyring") == bytes, "{}", run.stderr);
    let value = json(&project.pkg(&["keyring", "show", "next.keyring", "--json"]).stdout);
    assert_eq!(
        (value["signed-by"].as_array().map(Vec::len), value["forged"].as_array().map(Vec::len)),
        (Some(0), Some(1))
    );
}

/// A package that was cut passes as far as its statements go, and that is all that is said of it.
#[test]
fn a_cut_package_is_verified_in_its_statements_only() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    let bytes = project.read(FIRST);
    project.write("cut.pkg", &bytes[..bytes.len() - 5_000]);
    let inspect = ["inspect", "cut.pkg", "--keyring", "cam.keyring"];
    let page = project.done(&inspect);
    assert!(page.starts_with("STATEMENTS VERIFIED: only the statements"), "{page}");
    let whole = project.pkg(&[&inspect[..], &["--whole"]].concat());
    assert!(whole.status == Some(1) && whole.stdout.starts_with("REFUSED: "), "{}", whole.stdout);
    let whole = project.done(&["inspect", FIRST, "--keyring", "cam.keyring", "--whole"]);
    assert!(whole.starts_with("VERIFIED: every byte checked"), "{whole}");
}
