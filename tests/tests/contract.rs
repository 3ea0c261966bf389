//! The command line as it was promised to scripts: exit statuses, names, JSON keys, what goes where.
//!
//! Scripts of others rely on these; whoever changes one of them breaks somebody's release.

use pkg_format::{Rule, Tree};
use pkg_tests::fake::path::text;
use pkg_tests::project::{FEATURE, JUSTIFIED, NOTICE, Project, SECURITY, WITHDRAWAL, edit, edited};
use pkg_tests::tool::{self, Run};
use pkg_tests::{Fake, keyrings, keys::key};
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::{Duration, Instant};

/// Who signs what in the shop: a key for each role, three for security.
const KEYS: [&str; 9] =
    ["root", "root-2", "security", "security-2", "security-3", "feature", "notice", "withdrawal", "delivery"];

fn project() -> Project {
    let project = Project::new();
    for name in KEYS {
        project.key(name);
    }
    let mut args = vec!["keyring", "new", "--root", "root.pub", "-o", "cam.keyring", "--sign", "root.key"];
    for role in [
        "security=security.pub",
        "security=security-2.pub",
        "security=security-3.pub",
        "feature=feature.pub",
        "notice=notice.pub",
        "withdrawal=withdrawal.pub",
        "delivery=delivery.pub",
    ] {
        args.extend(["--add", role]);
    }
    project.done(&args);
    project.write("first.toml", FEATURE);
    let previous = "class = \"security\"\nprevious = \"out/cam-1.0.0.full.pkg\"";
    project.write("second.toml", edit(SECURITY, "class = \"security\"", previous));
    project.write("notice.toml", NOTICE);
    project.write("withdrawal.toml", WITHDRAWAL);
    project
}

fn build<'a>(description: &'a str, key: &'a str) -> Vec<&'a str> {
    let args =
        ["build", description, "-o", "out", "--level", "fast", "--keyring", "cam.keyring", "--key", key];
    [&args[..], &["--delivery-key", "delivery.key"]].concat()
}

/// A project with its packages, which tests may read.
fn shop() -> &'static Project {
    static SHOP: OnceLock<Project> = OnceLock::new();
    SHOP.get_or_init(|| {
        let shop = project();
        shop.done(&build("first.toml", "feature.key"));
        shop.done(&build("second.toml", "security.key"));
        shop.done(&build("notice.toml", "notice.key"));
        shop.done(&build("withdrawal.toml", "withdrawal.key"));
        let mut altered = shop.read(SECOND);
        let end = altered.len() - 2_000;
        altered[end] ^= 1;
        shop.write("altered.pkg", altered);
        shop.write("short.pkg", &shop.read(SECOND)[..20_000]);
        shop.write("empty.pkg", "");
        shop.write("text.pkg", "This is no package.\n".repeat(100));
        let state = |sequence: u64, level: u64, hardware: &str, sha256: &str| {
            format!(
                "[product]\nvendor = \"acme\"\nname = \"cam\"\nhardware = \"{hardware}\"\n[[installed]]\nscope = \"product\"\nline = \"1.0\"\nsequence = {sequence}\nfeature-level = 1\nsecurity-level = {level}\n[[installed.image]]\ncomponent = \"rootfs\"\nsha256 = \"{sha256}\"\n"
            )
        };
        let old = "1".repeat(64);
        shop.write("device.toml", state(1, 1, "rev-a", &old));
        shop.write("ahead.toml", state(9, 9, "rev-a", &old));
        shop.write("other.toml", state(1, 1, "rev-z", &old));
        shop
    })
}

const FIRST: &str = "out/cam-1.0.0.full.pkg";
const SECOND: &str = "out/cam-1.0.1.full.pkg";
const A_NOTICE: &str = "out/cam-2026-01-upnp.notice.pkg";
const A_WITHDRAWAL: &str = "out/cam-2026-02-withdraw.withdrawal.pkg";

const TRUST: [&str; 2] = ["--keyring", "cam.keyring"];

fn verify<'a>(packages: &[&'a str], more: &[&'a str]) -> Vec<&'a str> {
    [&["verify"], packages, &TRUST, more].concat()
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|e| panic!("{e}: {text}"))
}

fn keys(value: &Value) -> Vec<&str> {
    value.as_object().expect("an object").keys().map(String::as_str).collect()
}

/// Errors are one line and a hint, in the voice of the tool, and nothing is data.
fn is_an_error(run: &Run, what: &str) {
    let stderr = &run.stderr;
    assert!(stderr.lines().any(|l| l.starts_with("pkg: error: ")), "{what}: {stderr}");
    assert!(!stderr.contains('\u{1b}'), "{what}: {stderr}");
    assert!(!stderr.contains("panicked") && !stderr.contains("os error"), "{what}: {stderr}");
}

// ---------------------------------------------------------------- help

/// The commands below a help text.
fn commands(help: &str) -> Vec<(String, String)> {
    let list = help.split("Commands:\n").nth(1).unwrap_or_default();
    let lines = list.lines().take_while(|l| !l.is_empty());
    lines
        .map(|line| {
            let (name, about) = line.trim().split_once("  ").unwrap_or((line.trim(), ""));
            (name.to_owned(), about.trim().to_owned())
        })
        .collect()
}

#[test]
fn every_command_and_option_has_a_help_line() {
    let shop = Project::new();
    let mut left = vec![Vec::<String>::new()];
    let mut found = BTreeSet::new();
    while let Some(path) = left.pop() {
        let args: Vec<_> = path.iter().map(String::as_str).chain(["-h"]).collect();
        let run = shop.pkg(&args);
        assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""), "{args:?}");
        for (name, about) in commands(&run.stdout) {
            assert!(!about.is_empty(), "{args:?}: {name} has no help line");
            assert!(!about.ends_with('.'), "{args:?}: {name}: {about}");
            found.insert([&path[..], std::slice::from_ref(&name)].concat().join(" "));
            left.push([&path[..], &[name]].concat());
        }
        let mut lines = run.stdout.lines().skip_while(|l| *l != "Options:" && *l != "Arguments:").peekable();
        while let Some(line) = lines.next() {
            let is_option =
                line.starts_with("  -") || line.starts_with("      --") || line.starts_with("  <");
            let has_text = line.trim().contains("  ");
            let below = lines.peek().is_some_and(|l| l.starts_with("          "));
            assert!(!is_option || has_text || below, "{args:?}: {line}");
        }
    }
    let promised = [
        "apply",
        "build",
        "completions",
        "explain",
        "inspect",
        "key",
        "key new",
        "key show",
        "keyring",
        "keyring new",
        "keyring show",
        "keyring sign",
        "man",
        "sign",
        "unpack",
        "verify",
    ];
    for command in promised {
        assert!(found.contains(command), "no {command} among {found:?}");
    }
}

#[test]
fn the_version_is_one_line() {
    let run = Project::new().pkg(&["--version"]);
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert_eq!(run.stdout.lines().count(), 1);
    assert!(run.stdout.starts_with("pkg 0.") || run.stdout.starts_with("pkg 1."), "{}", run.stdout);
}

#[test]
fn man_pages_and_completions_cover_every_command() {
    let project = Project::new();
    assert!(project.done(&["man"]).contains(".TH pkg 1"));
    assert_eq!(project.done(&["man", "-o", "out"]), "");
    let pages = project.list("out");
    for page in ["pkg.1", "pkg-build.1", "pkg-key-new.1", "pkg-keyring-sign.1", "pkg-verify.1"] {
        assert!(pages.iter().any(|p| p == page), "{pages:?}");
    }
    let missing = project.pkg(&["man", "-o", "nowhere"]);
    assert_eq!(missing.status, Some(2));
    for shell in ["bash", "zsh", "fish", "elvish", "powershell"] {
        let script = project.done(&["completions", shell]);
        assert!(script.contains("keyring") && script.contains("statements-only"), "{shell}");
    }
    assert_eq!(project.pkg(&["completions", "tcsh"]).status, Some(2));
}

#[test]
fn every_rule_is_explained() {
    let project = Project::new();
    let listed = project.done(&["explain"]);
    let all = json(&project.done(&["explain", "--json"]));
    assert_eq!(listed.lines().count(), Rule::ALL.len());
    assert_eq!(all.as_array().expect("a list").len(), Rule::ALL.len());
    for rule in ["SIG-2", "SEP-5", "VER-1"] {
        assert!(project.done(&["explain", rule]).starts_with(&format!("{rule}  ")));
        let one = json(&project.done(&["explain", rule, "--json"]));
        assert_eq!(keys(&one), ["rule", "number", "title", "why", "source", "fix"]);
        assert_eq!(one["rule"], rule);
    }
    let none = project.pkg(&["explain", "SIG-99"]);
    assert_eq!((none.status, none.stdout.as_str()), (Some(2), ""));
    is_an_error(&none, "explain SIG-99");
}

// ---------------------------------------------------------------- exit statuses

#[test]
fn exit_statuses_are_as_promised() {
    let shop = shop();
    shop.write("syntax.toml", "[release\n");
    shop.write("unknown.toml", edit(SECURITY, "class =", "clas ="));
    shop.write("type.toml", edit(SECURITY, "\"1.0.1\"", "1"));
    shop.write("rule.toml", edit(SECURITY, "class = \"security\"", ""));
    shop.write("missing.toml", edit(SECURITY, "rootfs.img", "none.img"));
    shop.write("latin.toml", b"# \xe9\n");
    let fast = ["-o", "out", "--level", "fast"];
    let description = |name: &'static str| [&["build", name], &fast[..]].concat();
    let cases: Vec<(Vec<&str>, i32)> = vec![
        (verify(&[FIRST], &[]), 0),
        (verify(&[FIRST, SECOND, A_NOTICE, A_WITHDRAWAL], &[]), 0),
        (verify(&[FIRST], &["--statements-only"]), 0),
        (verify(&["altered.pkg"], &["--statements-only"]), 0),
        (verify(&["altered.pkg"], &[]), 1),
        (verify(&[FIRST, "altered.pkg", SECOND], &[]), 1),
        (verify(&["short.pkg"], &[]), 1),
        (verify(&["empty.pkg"], &[]), 1),
        (verify(&["text.pkg"], &[]), 1),
        (verify(&["none.pkg"], &[]), 2),
        (verify(&["out"], &[]), 2),
        (verify(&[FIRST, "none.pkg"], &[]), 2),
        (verify(&["altered.pkg", "none.pkg"], &[]), 1),
        (verify(&["none.pkg", "altered.pkg"], &[]), 1),
        (verify(&[SECOND], &["--state", "device.toml"]), 0),
        (verify(&[SECOND], &["--state", "ahead.toml"]), 1),
        (verify(&[SECOND], &["--state", "other.toml"]), 1),
        (verify(&[SECOND], &["--state", "none.toml"]), 2),
        (verify(&[SECOND], &["--state", "syntax.toml"]), 2),
        (vec!["verify", FIRST], 2),
        (vec!["verify"], 2),
        (vec!["verify", FIRST, "--keyring", "none.keyring"], 2),
        (vec!["verify", FIRST, "--keyring", "empty.pkg"], 1),
        (vec!["verify", FIRST, "--keyring", FIRST], 1),
        (vec!["inspect", FIRST], 0),
        (vec!["inspect", FIRST, "--keyring", "cam.keyring"], 0),
        (vec!["inspect", "altered.pkg"], 0),
        (vec!["inspect", "empty.pkg"], 1),
        (vec!["inspect", "text.pkg"], 1),
        (vec!["inspect", "none.pkg"], 2),
        (vec!["inspect", "out"], 2),
        (vec!["inspect", FIRST, "--lang", "german"], 2),
        (description("syntax.toml"), 2),
        (description("unknown.toml"), 2),
        (description("type.toml"), 2),
        (description("rule.toml"), 1),
        (description("missing.toml"), 2),
        (description("latin.toml"), 2),
        (description("none.toml"), 2),
        (description("out"), 2),
        (vec!["build", "first.toml", "-o", "nowhere"], 2),
        (vec!["build", "first.toml", "-o", "first.toml"], 2),
        (vec!["build", "first.toml"], 2),
        ([&description("first.toml")[..], &["--key", "none.key"]].concat(), 2),
        ([&description("first.toml")[..], &["--key", "root.pub"]].concat(), 2),
        ([&description("first.toml")[..], &["--key", "exec:true"]].concat(), 2),
        ([&description("first.toml")[..], &["--jobs", "0"]].concat(), 2),
        (build("second.toml", "feature.key"), 1),
        (vec!["sign", "altered.pkg", "--key", "security.key", "-o", "signed.tmp"], 1),
        (vec!["sign", "short.pkg", "--key", "security.key", "-o", "signed.tmp"], 1),
        (vec!["sign", "empty.pkg", "--key", "security.key"], 1),
        (vec!["sign", "none.pkg", "--key", "security.key"], 2),
        (vec!["sign", FIRST], 2),
        (vec!["sign", FIRST, SECOND, "--key", "security.key"], 2),
        (vec!["sign", A_NOTICE, "--delivery", "--key", "delivery.key"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring", "--image", "rootfs"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring", "--image", "modem=m.tmp"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring", "--image", "rootfs=nowhere/r.tmp"], 2),
        (vec!["apply", SECOND, "--keyring", "cam.keyring", "--image", "rootfs=out"], 2),
        (vec!["apply", A_NOTICE, "--keyring", "cam.keyring", "--image", "rootfs=r.tmp"], 2),
        (vec!["apply", "altered.pkg", "--keyring", "cam.keyring", "--image", "rootfs=r.tmp"], 1),
        (
            vec![
                "apply",
                SECOND,
                "--keyring",
                "cam.keyring",
                "--image",
                "rootfs=r.tmp",
                "--state",
                "ahead.toml",
            ],
            1,
        ),
        (vec!["unpack", SECOND, "-o", "u.tmp"], 2),
        (vec!["unpack", SECOND, "--keyring", "cam.keyring", "-o", "out"], 2),
        (vec!["unpack", "altered.pkg", "--keyring", "cam.keyring", "-o", "u.tmp"], 1),
        (vec!["unpack", "none.pkg", "--keyring", "cam.keyring", "-o", "u.tmp"], 2),
        (vec!["key", "show", "root.pub", "root.key"], 0),
        (vec!["key", "show", "none.pub"], 2),
        (vec!["key", "show", "text.pkg"], 2),
        (vec!["key", "new", "root", "--no-passphrase"], 2),
        (vec!["key", "new", "fresh"], 2),
        (vec!["key", "new", "nowhere/fresh", "--no-passphrase"], 2),
        (vec!["keyring", "show", "cam.keyring"], 0),
        (vec!["keyring", "show", "empty.pkg"], 1),
        (vec!["keyring", "show", "none.keyring"], 2),
        (vec!["keyring", "sign", "cam.keyring", "--key", "security.key"], 2),
        (vec!["keyring", "new", "--root", "root.pub", "--add", "driver=root.pub", "-o", "k.tmp"], 2),
        (vec!["keyring", "new", "--root", "root.pub", "--add", "security", "-o", "k.tmp"], 2),
        (
            vec![
                "keyring",
                "new",
                "--root",
                "root.pub",
                "--threshold",
                "2",
                "--add",
                "notice=notice.pub",
                "-o",
                "k.tmp",
            ],
            1,
        ),
        (
            vec![
                "keyring",
                "new",
                "--root",
                "root.pub",
                "--role-threshold",
                "notice=2",
                "--add",
                "notice=notice.pub",
                "-o",
                "k.tmp",
            ],
            1,
        ),
        (vec!["keyring", "new", "--root", "none.pub", "--add", "notice=notice.pub", "-o", "k.tmp"], 2),
        (vec!["keyring", "new", "-o", "k.tmp"], 2),
        (vec!["frobnicate"], 2),
        (vec![], 2),
    ];
    let mut wrong = Vec::new();
    for (args, status) in &cases {
        let run = shop.pkg(args);
        if run.status != Some(*status) {
            wrong.push(format!(
                "pkg {}\n  expected {status}, found {:?}\n{}{}",
                args.join(" "),
                run.status,
                run.stdout,
                run.stderr
            ));
        } else if *status == 2 && !args.is_empty() {
            is_an_error(&run, &args.join(" "));
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), cases.len(), wrong.join("\n"));
    // Nothing half done stays, wherever it was refused.
    let left: Vec<_> =
        shop.list("").into_iter().filter(|n| n.ends_with(".tmp") || n.starts_with('.')).collect();
    assert!(left.is_empty(), "{left:?}");
    assert_eq!(shop.list("out").len(), 4);
}

/// Every refusal names its rule in square brackets, every error says what to do.
#[test]
fn refusals_name_their_rule_and_errors_have_a_hint() {
    let shop = shop();
    let apply = |package: &'static str, image: &'static str| {
        vec!["apply", package, "--keyring", "cam.keyring", "--image", image]
    };
    for (args, rule) in [
        (verify(&["altered.pkg"], &[]), "PAY-1"),
        (verify(&["short.pkg"], &[]), "CON-6"),
        (verify(&["empty.pkg"], &[]), "CON-1"),
        (verify(&["text.pkg"], &[]), "CON-1"),
        (verify(&[SECOND], &["--state", "ahead.toml"]), "VER-1"),
        (verify(&[SECOND], &["--state", "other.toml"]), "APP-2"),
        (apply("altered.pkg", "rootfs=r.tmp"), "PAY-1"),
        (build("second.toml", "feature.key"), "SIG-15"),
    ] {
        let run = shop.pkg(&args);
        assert_eq!(run.status, Some(1), "{args:?}");
        assert!(
            format!("{}{}", run.stdout, run.stderr).contains(&format!("[{rule}]")),
            "{args:?}: {}{}",
            run.stdout,
            run.stderr
        );
        assert!(
            run.stderr.contains("pkg: hint: ") && run.stderr.contains(&format!("(pkg explain {rule})")),
            "{}",
            run.stderr
        );
    }
    for args in [
        vec!["verify", "none.pkg", "--keyring", "cam.keyring"],
        vec!["inspect", "none.pkg"],
        vec!["inspect", FIRST, "--lang", "german"],
        vec!["build", "first.toml", "-o", "nowhere"],
        vec!["build", "first.toml", "-o", "first.toml"],
        vec!["build", "first.toml", "-o", "out", "--key", "root.pub"],
        vec!["build", "second.toml", "-o", "out"],
        vec!["key", "new", "root", "--no-passphrase"],
        vec!["key", "new", "fresh"],
        vec!["keyring", "sign", "cam.keyring", "--key", "security.key"],
        vec!["sign", A_NOTICE, "--delivery", "--key", "delivery.key"],
        vec!["unpack", SECOND, "--keyring", "cam.keyring", "-o", "out"],
        apply(SECOND, "modem=r.tmp"),
        apply(SECOND, "rootfs=nowhere/r.tmp"),
        vec!["explain", "SIG-99"],
    ] {
        let run = shop.pkg(&args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?}: {}", run.stderr);
        is_an_error(&run, &format!("{args:?}"));
        assert!(run.stderr.contains("pkg: hint: "), "{args:?}: {}", run.stderr);
    }
}

#[test]
fn without_a_keyring_nothing_is_verified() {
    let run = shop().pkg(&["verify", FIRST]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    assert!(run.stderr.contains("--keyring <FILE>"), "{}", run.stderr);
}

/// What was not judged is said.
#[test]
fn without_a_state_rollback_is_not_judged_and_that_is_said() {
    let shop = shop();
    let note = "pkg: not judged: applicability, rollback and requirements (no --state given)\n";
    let run = shop.pkg(&verify(&[SECOND], &[]));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), note));
    let run = shop.pkg(&verify(&[SECOND], &["--state", "device.toml"]));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("fits the device"), "{}", run.stdout);
    let run = shop.pkg(&verify(&[A_NOTICE], &["--state", "device.toml"]));
    assert!(run.stdout.contains("is for this product"), "{}", run.stdout);
}

// ---------------------------------------------------------------- JSON

const VERDICT: [&str; 9] = [
    "package",
    "verdict",
    "rule",
    "message",
    "manifest-digest",
    "class",
    "package-kind",
    "checked",
    "signers",
];

#[test]
fn verify_prints_the_promised_json() {
    let shop = shop();
    let one = json(&shop.done(&verify(&[SECOND], &["--json"])));
    assert_eq!(keys(&one), VERDICT);
    assert_eq!(one["package"], SECOND);
    assert_eq!(one["verdict"], "accepted");
    assert_eq!(one["rule"], Value::Null);
    assert_eq!(one["class"], "security");
    assert_eq!(one["package-kind"], "full");
    assert_eq!(one["checked"], "whole");
    assert_eq!(one["manifest-digest"].as_str().map(str::len), Some(64));
    let signers = one["signers"].as_array().expect("a list");
    // The promise, and which statement it was, since one key may sign both.
    assert_eq!(keys(&signers[0]), ["key", "label", "roles", "statement"]);
    assert_eq!(signers[0]["key"], key("security").id().to_string());
    assert_eq!(signers[0]["label"], "security");
    assert_eq!(signers[0]["roles"], Value::from(vec!["security"]));
    assert_eq!(signers[1]["label"], "delivery");

    let statements = json(&shop.done(&verify(&["altered.pkg"], &["--json", "--statements-only"])));
    assert_eq!(statements["checked"], "statements");

    let run = shop.pkg(&verify(&["altered.pkg"], &["--json"]));
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.lines().all(|l| l.starts_with("pkg: ")), "{}", run.stderr);
    let refused = json(&run.stdout);
    assert_eq!(keys(&refused), VERDICT);
    assert_eq!((&refused["verdict"], &refused["rule"]), (&"refused".into(), &"PAY-1".into()));
    assert!(!refused["message"].as_str().expect("a text").is_empty());

    let run = shop.pkg(&verify(&[FIRST, "altered.pkg", A_NOTICE, A_WITHDRAWAL], &["--json"]));
    assert_eq!(run.status, Some(1));
    let all = json(&run.stdout);
    let all = all.as_array().expect("an array for several packages");
    let column = |key: &str| all.iter().map(|v| v[key].as_str().unwrap_or("null")).collect::<Vec<_>>();
    assert!(all.iter().all(|v| keys(v) == VERDICT));
    assert_eq!(column("package"), [FIRST, "altered.pkg", A_NOTICE, A_WITHDRAWAL]);
    assert_eq!(column("verdict"), ["accepted", "refused", "accepted", "accepted"]);
    assert_eq!(column("class"), ["feature", "null", "null", "null"]);
    assert_eq!(column("package-kind"), ["full", "null", "notice", "withdrawal"]);
}

const INSPECTION: [&str; 9] = [
    "verdict",
    "checked",
    "rule",
    "message",
    "manifest",
    "manifest-digest",
    "delivery",
    "signatures",
    "size",
];

#[test]
fn inspect_prints_the_promised_json() {
    let shop = shop();
    let unverified = json(&shop.done(&["inspect", SECOND, "--json"]));
    assert_eq!(keys(&unverified), INSPECTION);
    assert_eq!(unverified["verdict"], "unverified");
    assert_eq!(unverified["checked"], "statements");
    assert_eq!(unverified["size"], shop.read(SECOND).len());
    assert_eq!(unverified["manifest"]["release"]["version"], "1.0.1");
    assert_eq!(unverified["manifest"]["release"]["feature-level"], 1);
    assert_eq!(unverified["delivery"]["manifest"], unverified["manifest-digest"]);
    let signatures = unverified["signatures"].as_array().expect("a list");
    assert_eq!(signatures.len(), 2);
    for (signature, statement) in signatures.iter().zip(["manifest", "delivery"]) {
        assert_eq!(keys(signature), ["statement", "key", "alg", "status"]);
        assert_eq!(signature["statement"], statement);
        assert_eq!((&signature["alg"], &signature["status"]), (&"ed25519".into(), &"unknown-key".into()));
    }
    let verified = json(&shop.done(&["inspect", SECOND, "--json", "--keyring", "cam.keyring"]));
    assert_eq!(keys(&verified), INSPECTION);
    assert_eq!(verified["verdict"], "verified");
    assert!(verified["signatures"].as_array().expect("a list").iter().all(|s| s["status"] == "valid"));
    let notice = json(&shop.done(&["inspect", A_NOTICE, "--json"]));
    assert_eq!(keys(&notice), INSPECTION);
    assert_eq!(notice["delivery"], Value::Null);

    // The digest is that of the member, as any other tool computes it.
    let project = Project::new();
    project.write("p.pkg", shop.read(SECOND));
    let member = shop.read(SECOND);
    let length =
        usize::from_str_radix(std::str::from_utf8(&member[124..135]).expect("octal"), 8).expect("a size");
    let digest = pkg_format::Digest::of(&member[512..512 + length]).to_string();
    assert_eq!(unverified["manifest-digest"], digest);

    let run = shop.pkg(&["inspect", "text.pkg", "--json"]);
    assert_eq!(run.status, Some(1));
    let refused = json(&run.stdout);
    assert_eq!(keys(&refused), INSPECTION);
    assert_eq!((&refused["verdict"], &refused["rule"]), (&"refused".into(), &"CON-1".into()));
    assert_eq!((&refused["manifest"], &refused["manifest-digest"]), (&Value::Null, &Value::Null));
    // A signature that a known key did not make.
    let mut forged = shop.read(SECOND);
    let at = forged.windows(5).position(|w| w == b"video" || w == b"Video").expect("a text");
    forged[at] ^= 1;
    shop.write("forged.pkg", forged);
    let run = shop.pkg(&["inspect", "forged.pkg", "--json", "--keyring", "cam.keyring"]);
    assert_eq!(
        (run.status, json(&run.stdout)["verdict"].as_str().map(str::to_owned)),
        (Some(1), Some("refused".into()))
    );
}

/// Everything that prints JSON prints one value and nothing else.
#[test]
fn json_is_alone_on_standard_output() {
    let shop = shop();
    for args in [
        vec!["key", "show", "root.pub", "--json"],
        vec!["key", "show", "root.pub", "security.key", "--json"],
        vec!["keyring", "show", "cam.keyring", "--json"],
        vec!["explain", "--json"],
        vec!["inspect", A_WITHDRAWAL, "--json", "--color", "always"],
        verify(&[FIRST], &["--json", "--progress", "json"]),
    ] {
        let run = shop.pkg(&args);
        assert_eq!(run.status, Some(0), "{args:?}: {}", run.stderr);
        json(&run.stdout);
        for line in run.stderr.lines().filter(|l| !l.starts_with("pkg: ")) {
            assert!(args.contains(&"json"), "{args:?}: {line}");
            assert_eq!(keys(&json(line)), ["what", "done", "total", "percent"]);
        }
    }
}

// ---------------------------------------------------------------- packages

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
    project.done(&["build", "r/release.toml", "-o", "out", "--keyring", "cam.keyring"]);
    let labels = || {
        let value = json(&project.done(&verify(&[SECOND], &["--json"])));
        let label = |s: &Value| s["label"].as_str().expect("a label").to_owned();
        value["signers"].as_array().expect("a list").iter().map(label).collect::<Vec<_>>()
    };
    assert_eq!(labels(), ["security", "delivery"]);
    project.done(&[
        "build",
        "r/release.toml",
        "-o",
        "out",
        "--keyring",
        "cam.keyring",
        "--key",
        "security-2.key",
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
    assert!(run.stderr.contains("pkg: unsigned: no device takes it"), "{}", run.stderr);
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
    assert!(run.stderr.contains("pkg: its delivery is not signed yet"), "{}", run.stderr);
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
        let start = ["build", "bare.toml", "-o", "out", "--level", "fast", "--delivery-key", "delivery.key"];
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

#[test]
fn unpacking_gives_statements_evidence_and_images() {
    let project = project();
    project.write("sbom.json", "{}\n");
    let evidence = "[[evidence]]\nkind = \"sbom\"\nmedia-type = \"application/json\"\nfile = \"sbom.json\"";
    project.write("first.toml", edit(FEATURE, "", evidence));
    project.done(&build("first.toml", "feature.key"));
    let listing = project.done(&["unpack", FIRST, "--keyring", "cam.keyring", "-o", "there"]);
    let names = [
        "manifest.cbor",
        "manifest.json",
        "delivery.cbor",
        "delivery.json",
        "evidence/0",
        "images/boot",
        "images/rootfs",
    ];
    assert_eq!(listing.lines().collect::<Vec<_>>(), names.map(|n| format!("there/{n}")));
    assert!(project.read("there/images/rootfs") == project.read("rootfs.img"));
    assert!(project.read("there/images/boot") == project.read("boot.img"));
    assert_eq!(project.read("there/evidence/0"), b"{}\n");
    let inspected = json(&project.done(&["inspect", FIRST, "--json"]));
    let unpacked = json(&String::from_utf8(project.read("there/manifest.json")).expect("UTF-8"));
    assert_eq!(unpacked, inspected["manifest"]);
    let digest = pkg_format::Digest::of(&project.read("there/manifest.cbor")).to_string();
    assert_eq!(inspected["manifest-digest"], digest);
    // It makes a folder, and puts nothing into one that has something.
    let again = project.pkg(&["unpack", FIRST, "--keyring", "cam.keyring", "-o", "there"]);
    assert_eq!((again.status, again.stdout.as_str()), (Some(2), ""));
    fs::create_dir(project.path("void")).expect("a folder");
    project.done(&["unpack", FIRST, "--keyring", "cam.keyring", "-o", "void"]);
    let hidden: Vec<_> = project.list("").into_iter().filter(|n| n.starts_with('.')).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

#[test]
fn applying_writes_all_images_or_none() {
    let project = project();
    project.done(&build("first.toml", "feature.key"));
    let apply = |more: &[&str]| project.pkg(&[&["apply", FIRST, "--keyring", "cam.keyring"], more].concat());
    let run = apply(&["--image", "rootfs=r.img", "--image", "boot=b.img"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stdout.starts_with("b.img: boot of 3.0 kB, sha256 "), "{}", run.stdout);
    assert!(run.stderr.contains("not judged"), "{}", run.stderr);
    assert!(
        project.read("r.img") == project.read("rootfs.img")
            && project.read("b.img") == project.read("boot.img")
    );
    // The second image is spoilt: the first one keeps its old bytes too.
    let mut bytes = project.read(FIRST);
    let spoilt = bytes.len() - 2_000;
    bytes[spoilt] ^= 1;
    project.write(FIRST, bytes);
    project.write("r.img", "old");
    project.write("b.img", "old");
    let run = apply(&["--image", "rootfs=r.img", "--image", "boot=b.img"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""));
    assert_eq!((project.read("r.img"), project.read("b.img")), (b"old".to_vec(), b"old".to_vec()));
    assert_eq!(apply(&["--image", "rootfs=r.img", "--image", "boot=r.img"]).status, Some(2));
    assert_eq!(apply(&["--image", "rootfs=r.img", "--image", "rootfs=s.img"]).status, Some(2));
    let hidden: Vec<_> = project.list("").into_iter().filter(|n| n.starts_with('.')).collect();
    assert!(hidden.is_empty(), "{hidden:?}");
}

/// Threat T30: nothing is written through a link that somebody put there.
#[cfg(unix)]
#[test]
fn outputs_do_not_follow_links() {
    let project = project();
    let victim = project.write("victim", "precious");
    std::os::unix::fs::symlink(&victim, project.path(FIRST)).expect("a link");
    project.done(&build("first.toml", "feature.key"));
    assert!(fs::symlink_metadata(project.path(FIRST)).expect("a package").is_file());
    std::os::unix::fs::symlink(&victim, project.path("r.img")).expect("a link");
    let run = project.pkg(&["apply", FIRST, "--keyring", "cam.keyring", "--image", "rootfs=r.img"]);
    assert_eq!(run.status, Some(2), "{}", run.stderr);
    for name in ["k.key", "k.pub", "ring.keyring"] {
        std::os::unix::fs::symlink(&victim, project.path(name)).expect("a link");
    }
    assert_eq!(project.pkg(&["key", "new", "k", "--no-passphrase"]).status, Some(2));
    project.done(&[
        "keyring",
        "new",
        "--root",
        "root.pub",
        "--add",
        "notice=notice.pub",
        "-o",
        "ring.keyring",
    ]);
    std::os::unix::fs::symlink(project.path("out"), project.path("u")).expect("a link");
    assert_eq!(project.pkg(&["unpack", FIRST, "--keyring", "cam.keyring", "-o", "u"]).status, Some(2));
    assert_eq!(fs::read(&victim).expect("it"), b"precious");
}

// ---------------------------------------------------------------- keys

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    std::os::unix::fs::MetadataExt::mode(&fs::metadata(path).expect("a file")) & 0o777
}

/// Threat T13: a private key is for its owner alone, whatever the umask.
#[cfg(unix)]
#[test]
fn private_keys_are_for_their_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let project = project();
    let script = format!("umask 000; exec '{}' key new open --no-passphrase", tool::path().display());
    let status = Command::new("sh").args(["-c", &script]).current_dir(project.dir()).output().expect("sh");
    assert!(status.status.success());
    assert_eq!((mode(&project.path("open.key")), mode(&project.path("open.pub"))), (0o600, 0o644));
    for bits in [0o644, 0o640, 0o604, 0o660, 0o601] {
        fs::set_permissions(project.path("feature.key"), fs::Permissions::from_mode(bits)).expect("a mode");
        let run = project.pkg(&build("first.toml", "feature.key"));
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{bits:o}");
        assert!(run.stderr.contains(&format!("others can read it (mode {bits:o})")), "{}", run.stderr);
        assert!(run.stderr.contains("pkg: hint: chmod 600 it"), "{}", run.stderr);
    }
    for bits in [0o600, 0o400] {
        fs::set_permissions(project.path("feature.key"), fs::Permissions::from_mode(bits)).expect("a mode");
        project.done(&build("first.toml", "feature.key"));
    }
    // Packages and keyrings are for everybody.
    assert_eq!((mode(&project.path(FIRST)), mode(&project.path("cam.keyring"))), (0o644, 0o644));
}

#[test]
fn a_key_is_never_replaced() {
    let project = project();
    let before = (project.read("root.key"), project.read("root.pub"));
    let run = project.pkg(&["key", "new", "root", "--no-passphrase"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    fs::remove_file(project.path("root.key")).expect("a file");
    assert_eq!(project.pkg(&["key", "new", "root", "--no-passphrase"]).status, Some(2));
    assert!(!project.path("root.key").exists(), "half a pair is no pair");
    assert_eq!(project.read("root.pub"), before.1);
}

/// What the shell says, or nothing where the tool is missing.
fn openssl(project: &Project, args: &[&str]) -> Option<Vec<u8>> {
    let run = Command::new("openssl").args(args).current_dir(project.dir()).output();
    let Ok(run) = run else {
        eprintln!("note: openssl is missing; what needs it was not tested");
        return None;
    };
    assert!(run.status.success(), "openssl {args:?}: {}", String::from_utf8_lossy(&run.stderr));
    Some(run.stdout)
}

#[test]
fn keys_go_to_openssl_and_come_from_it() {
    let project = project();
    project.write("word", "correct horse\nnever read\n");
    let Some(_) = openssl(&project, &["version"]) else { return };
    let shown =
        |args: &[&str]| json(&project.done(&[&["key", "show", "--json"], args].concat()))["key"].clone();
    // From openssl: plain, and encrypted as it does by default.
    openssl(&project, &["genpkey", "-algorithm", "ed25519", "-out", "theirs.key"]);
    openssl(&project, &["pkey", "-in", "theirs.key", "-pubout", "-out", "theirs.pub"]);
    let pass = ["-aes256", "-passout", "pass:correct horse"];
    openssl(
        &project,
        &[&[
            "pkcs8",
            "-topk8",
            "-in",
            "theirs.key",
            "-out",
            "scrypt.key",
            "-scrypt",
            "-passout",
            "pass:correct horse",
        ][..]]
        .concat(),
    );
    openssl(&project, &[&["pkey", "-in", "theirs.key", "-out", "locked.key"][..], &pass].concat());
    #[cfg(unix)]
    for name in ["theirs.key", "locked.key", "scrypt.key"] {
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o600);
        fs::set_permissions(project.path(name), mode).expect("a mode");
    }
    let id = shown(&["theirs.pub"]);
    assert_eq!(shown(&["theirs.key"]), id);
    assert_eq!(shown(&["locked.key", "--passphrase-file", "word"]), id);
    assert_eq!(shown(&["scrypt.key", "--passphrase-file", "word"]), id);
    // To openssl: plain and encrypted, and it says which public key that is.
    project.done(&["key", "new", "ours", "--no-passphrase"]);
    project.done(&["key", "new", "secret", "--passphrase-file", "word"]);
    let public = |args: &[&str]| {
        openssl(&project, &[&["pkey", "-pubout", "-in"], args].concat()).expect("it is there")
    };
    assert_eq!(public(&["ours.key"]), project.read("ours.pub"));
    assert_eq!(public(&["secret.key", "-passin", "pass:correct horse"]), project.read("secret.pub"));
    let text = String::from_utf8(project.read("secret.key")).expect("PEM");
    assert!(text.starts_with("-----BEGIN ENCRYPTED PRIVATE KEY-----\n"), "{text}");
}

/// The raw signature is made elsewhere: by openssl here, by a token or a cloud in earnest.
#[test]
fn a_signature_is_made_elsewhere_and_attached() {
    let project = project();
    let Some(_) = openssl(&project, &["version"]) else { return };
    project.write("bare.toml", SECURITY);
    project.done(&["build", "bare.toml", "-o", "out", "--level", "fast"]);
    let elsewhere = |key: &str, more: &[&str]| {
        let (public, private) = (format!("{key}.pub"), format!("{key}.key"));
        let start = ["sign", SECOND, "--public", &public];
        let run = project.pkg(&[&start[..], more, &["--request", "bytes"]].concat());
        assert_eq!((run.status, run.stdout.as_str()), (Some(0), ""), "{}", run.stderr);
        let again = project.pkg(&[&start[..], more, &["--request", "bytes"]].concat());
        assert_eq!(again.status, Some(2), "a request is not replaced");
        assert!(project.read("bytes").len() < 4_096, "fits any token and cloud");
        let args = ["pkeyutl", "-sign", "-rawin", "-inkey", &private, "-in", "bytes", "-out", "raw"];
        openssl(&project, &args);
        assert_eq!(project.read("raw").len(), 64);
        // The signature of another key, and one of other bytes, is not attached.
        let wrong = project.pkg(&["sign", SECOND, "--attach", "raw", "--public", "feature.pub"]);
        assert_eq!(wrong.status, Some(2), "{}", wrong.stderr);
        project.done(&[&start[..], more, &["--attach", "raw"]].concat());
        fs::remove_file(project.path("bytes")).expect("a file");
    };
    elsewhere("security", &[]);
    elsewhere("delivery", &["--delivery"]);
    project.done(&verify(&[SECOND], &[]));
    project.write("raw", [0; 64]);
    let before = project.read(SECOND);
    let run = project.pkg(&["sign", SECOND, "--attach", "raw", "--public", "security-2.pub"]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""));
    assert!(project.read(SECOND) == before);
}

#[test]
fn passphrases_come_from_files_and_descriptors() {
    let project = project();
    project.write("word", "correct horse\n");
    project.write("crlf", "correct horse\r\nsecond line");
    project.write("other", "wrong horse\n");
    project.write("blank", "\n");
    project.done(&["key", "new", "locked", "--passphrase-file", "word"]);
    let show = |source: &str| project.pkg(&["key", "show", "locked.key", "--passphrase-file", source]);
    assert_eq!(show("word").status, Some(0));
    assert_eq!(show("crlf").status, Some(0), "the first line, however it ends");
    for (source, message) in
        [("other", "wrong passphrase"), ("blank", "wrong passphrase"), ("none", "cannot read none")]
    {
        let run = show(source);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{source}");
        assert!(run.stderr.contains(message), "{source}: {}", run.stderr);
        assert!(!run.stderr.contains("horse"), "{}", run.stderr);
    }
    let asked =
        project.command(&["key", "show", "locked.key"]).stdin(Stdio::null()).output().expect("pkg runs");
    let asked = tool::of(asked);
    assert_eq!(asked.status, Some(2));
    assert!(asked.stderr.contains("encrypted, and no passphrase was given"), "{}", asked.stderr);
    assert!(asked.stderr.contains("--passphrase-file FILE or fd:N"), "{}", asked.stderr);
    let empty = project.pkg(&["key", "new", "k", "--passphrase-file", "blank"]);
    assert_eq!((empty.status, project.path("k.key").exists()), (Some(2), false));
    let both = project.pkg(&["key", "new", "k", "--passphrase-file", "word", "--no-passphrase"]);
    assert_eq!(both.status, Some(2));
    // A descriptor that the shell opened.
    #[cfg(unix)]
    for source in ["fd:3", "fd:0"] {
        let script = format!(
            "'{}' key show locked.key --passphrase-file {source} {}<word",
            tool::path().display(),
            &source[3..]
        );
        let run = Command::new("sh").args(["-c", &script]).current_dir(project.dir()).output().expect("sh");
        assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    }
    // One passphrase opens each key of a command that is locked.
    project.done(&["key", "new", "also", "--passphrase-file", "word"]);
    let mut args = vec!["build", "first.toml", "-o", "out", "--key", "locked.key"];
    args.extend(["--delivery-key", "also.key", "--passphrase-file", "word"]);
    project.done(&args);
}

/// Threat T13: neither arguments nor environment nor messages have a secret in them.
#[cfg(target_os = "linux")]
#[test]
fn secrets_stay_out_of_sight() {
    let project = project();
    let passphrase = "a very long passphrase that is easily found";
    project.write("word", passphrase);
    project.done(&["key", "new", "locked", "--passphrase-file", "word"]);
    let args = [
        "build",
        "first.toml",
        "-o",
        "out",
        "--key",
        "locked.key",
        "--passphrase-file",
        "fd:0",
        "--progress",
        "json",
    ];
    let mut command = project.command(&args);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
    let mut child = command.spawn().expect("pkg runs");
    // It waits for the passphrase: now anybody may look at its arguments and environment.
    let see = |what: &str| fs::read(format!("/proc/{}/{what}", child.id())).expect("a process");
    let deadline = Instant::now() + Duration::from_secs(20);
    while !see("cmdline").windows(5).any(|w| w == b"build") {
        assert!(Instant::now() < deadline, "it does not start");
        std::thread::sleep(Duration::from_millis(5));
    }
    let (arguments, environment) = (see("cmdline"), see("environ"));
    child.stdin.take().expect("a pipe").write_all(format!("{passphrase}\n").as_bytes()).expect("it reads");
    let run = tool::of(child.wait_with_output().expect("it ends"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    // The key in every form that it might be printed in.
    let seed = key("feature").seed();
    let hex: String = seed.iter().map(|b| format!("{b:02x}")).collect();
    let pem = String::from_utf8(project.read("feature.key")).expect("PEM");
    let body = pem.lines().nth(1).expect("a body").to_owned();
    let bad = project
        .write("bad.key", format!("-----BEGIN PRIVATE KEY-----\n{}x\n-----END PRIVATE KEY-----\n", body));
    fs::set_permissions(&bad, std::os::unix::fs::PermissionsExt::from_mode(0o600)).expect("a mode");
    let mut said = format!("{}{}", run.stdout, run.stderr);
    for args in [
        build("first.toml", "feature.key"),
        build("first.toml", "bad.key"),
        vec!["key", "show", "feature.key"],
        vec!["key", "show", "bad.key"],
        vec!["key", "show", "locked.key", "--passphrase-file", "feature.key"],
        vec!["sign", FIRST, "--key", "feature.key"],
    ] {
        let run = project.pkg(&args);
        said.push_str(&run.stdout);
        said.push_str(&run.stderr);
    }
    for secret in [passphrase, &hex, &body, &body[20..]] {
        let found = |bytes: &[u8]| bytes.windows(secret.len()).any(|w| w == secret.as_bytes());
        assert!(!found(&arguments) && !found(&environment) && !found(said.as_bytes()), "{secret}");
    }
}

/// Example keys are for trying out, and say so.
#[test]
fn example_keys_are_refused_unless_asked_for_by_name() {
    let project = project();
    let example = |name: &str| tool::workspace().join("keys-example").join(name).display().to_string();
    let (feature, delivery, keyring) =
        (example("EXAMPLE-feature.key"), example("EXAMPLE-delivery.key"), example("EXAMPLE.keyring"));
    let args = [
        "build",
        "first.toml",
        "-o",
        "out",
        "--level",
        "fast",
        "--key",
        &feature,
        "--delivery-key",
        &delivery,
    ];
    let run = project.pkg(&args);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert_eq!(
        run.stderr.matches("is an EXAMPLE key: anybody can sign with it").count(),
        2,
        "{}",
        run.stderr
    );
    for command in ["verify", "inspect"] {
        let run = project.pkg(&[command, FIRST, "--keyring", &keyring]);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{command}");
        assert!(run.stderr.contains("[KEY-2]"), "{}", run.stderr);
    }
    for switch in ["--danger-allow-example-keys", "--allow-test-keys"] {
        let run = project.pkg(&["verify", FIRST, "--keyring", &keyring, switch]);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert!(run.stderr.contains("trusts EXAMPLE keys: anybody can sign with them"), "{}", run.stderr);
    }
    // Nor do they get into a keyring of one's own unnoticed.
    let public = example("EXAMPLE-feature.pub");
    let add = format!("feature,delivery={public}");
    project.done(&[
        "keyring",
        "new",
        "--root",
        "root.pub",
        "--sign",
        "root.key",
        "--add",
        &add,
        "-o",
        "mine.keyring",
    ]);
    let run = project.pkg(&["verify", FIRST, "--keyring", "mine.keyring"]);
    assert_eq!(run.status, Some(1));
    assert!(run.stderr.contains("[KEY-2]"), "{}", run.stderr);
    let shown = project.pkg(&["keyring", "show", "mine.keyring"]);
    assert!(shown.stderr.contains("it trusts EXAMPLE keys"), "{}", shown.stderr);
}

/// Whoever adds a key to the folder adds it to the list of denied ones.
#[test]
fn every_example_key_is_denied() {
    let folder = tool::workspace().join("keys-example");
    let mut count = 0;
    for entry in fs::read_dir(&folder).expect("the folder") {
        let path = entry.expect("an entry").path();
        if path.extension().is_some_and(|e| e == "pub") {
            let key = pkg_build::keys::read_public(&path).expect("a public key");
            assert!(pkg_verify::is_example_key(&key.id()), "{}", path.display());
            assert!(path.with_extension("key").exists(), "{}", path.display());
            count += 1;
        }
    }
    let private = fs::read_dir(&folder)
        .expect("it")
        .filter(|e| e.as_ref().is_ok_and(|e| e.path().extension().is_some_and(|x| x == "key")));
    assert_eq!((count, private.count()), (6, 6), "each has both halves");
    assert!(!pkg_verify::is_example_key(&key("feature").id()));
}

// ---------------------------------------------------------------- the terminal

#[test]
fn colour_is_for_terminals_and_those_who_ask() {
    let shop = shop();
    let coloured = |color: &[&str], env: &[(&str, &str)], args: &[&str]| {
        let mut command = shop.command(&[args, color].concat());
        command.envs(env.iter().copied());
        let run = tool::of(command.output().expect("pkg runs"));
        (run.stdout.contains('\u{1b}'), run.stderr.contains('\u{1b}'))
    };
    let refused = verify(&["altered.pkg"], &[]);
    for args in [&refused[..], &["inspect", FIRST], &["explain", "SIG-1"]] {
        let says = args[0] == "verify";
        assert_eq!(coloured(&[], &[], args), (false, false), "{args:?} in a pipe");
        assert_eq!(coloured(&["--color", "always"], &[], args), (true, says), "{args:?} always");
        assert_eq!(
            coloured(&["--color", "always"], &[("NO_COLOR", "1")], args),
            (true, says),
            "{args:?} asked for"
        );
        assert_eq!(
            coloured(&["--color", "never"], &[("CLICOLOR_FORCE", "1")], args),
            (false, false),
            "{args:?} never"
        );
        assert_eq!(coloured(&[], &[("NO_COLOR", "1"), ("TERM", "xterm")], args), (false, false), "{args:?}");
    }
    assert_eq!(shop.pkg(&["--color", "sometimes", "explain"]).status, Some(2));
}

/// `pkg inspect … | head -0` is no error.
#[test]
fn a_closed_pipe_is_no_error() {
    let shop = shop();
    for args in [
        vec!["inspect", FIRST],
        vec!["inspect", FIRST, "--json"],
        verify(&[FIRST, SECOND], &[]),
        vec!["explain"],
        vec!["man"],
        vec!["completions", "bash"],
        vec!["keyring", "show", "cam.keyring"],
        vec!["--help"],
    ] {
        let mut child =
            shop.command(&args).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("pkg runs");
        drop(child.stdout.take());
        let run = tool::of(child.wait_with_output().expect("it ends"));
        let quiet = run.stderr.lines().all(|l| l.starts_with("pkg: not judged"));
        assert!(run.status == Some(0) && quiet, "{args:?}: {:?} {}", run.status, run.stderr);
    }
}

/// A full disk is an error, also where data goes to standard output.
#[cfg(target_os = "linux")]
#[test]
fn a_full_disk_is_an_error() {
    let shop = shop();
    for args in [vec!["inspect", FIRST], vec!["explain"], vec!["man"], verify(&[FIRST], &["--json"])] {
        let full = fs::File::options().write(true).open("/dev/full").expect("/dev/full");
        let run =
            tool::of(shop.command(&args).stdout(full).stderr(Stdio::piped()).output().expect("pkg runs"));
        assert_eq!(run.status, Some(2), "{args:?}");
        assert!(run.stderr.contains("cannot write to standard output"), "{args:?}: {}", run.stderr);
    }
}

/// What stands for a character that is not shown.
const REPLACEMENT: char = '\u{fffd}';

/// Every byte is printable, a line feed, or part of a sequence that sets a colour.
fn is_harmless(bytes: &[u8], what: &str) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|e| panic!("{what}: {e}"));
    let mut rest = text;
    while let Some(at) = rest.find('\u{1b}') {
        let code = rest[at + 1..].strip_prefix('[').and_then(|r| r.split_once('m')).map(|(code, _)| code);
        let colours = code.is_some_and(|c| c.bytes().all(|b| b.is_ascii_digit() || b == b';'));
        assert!(colours, "{what}: {:?}", &rest[at..(at + 20).min(rest.len())]);
        rest = &rest[at + 1..];
    }
    let fine = |c: char| matches!(c, '\n' | '\u{1b}' | REPLACEMENT) || !pkg_format::text::is_forbidden(c);
    let bad = text.chars().find(|c| !fine(*c));
    assert_eq!(bad.map(char::escape_unicode).map(|c| c.to_string()), None, "{what}: {text:?}");
}

/// Threats T49 and T50: nothing that a package says can act on a terminal, however it got there.
#[test]
fn hostile_text_does_not_reach_the_terminal() {
    let project = project();
    project.write("fake.keyring", keyrings::archive_bytes(&keyrings::statement()));
    let hostile = |c: char| format!("a{c}[31mVERIFIED{c}b");
    let look = |what: &str| {
        let mut all = Vec::new();
        for args in [
            vec!["inspect", "p.pkg"],
            vec!["inspect", "p.pkg", "--json"],
            vec!["inspect", "p.pkg", "--keyring", "fake.keyring"],
            vec!["inspect", "p.pkg", "--keyring", "fake.keyring", "--json"],
            vec!["verify", "p.pkg", "--keyring", "fake.keyring"],
            vec!["verify", "p.pkg", "--keyring", "fake.keyring", "--json"],
            vec!["sign", "p.pkg", "--key", "security.key", "-o", "s.pkg"],
            vec!["apply", "p.pkg", "--keyring", "fake.keyring", "--image", "boot=b.img"],
            vec!["unpack", "p.pkg", "--keyring", "fake.keyring", "-o", "u"],
        ] {
            let run =
                project.command(&[&args[..], &["--color", "always"]].concat()).output().expect("pkg runs");
            is_harmless(&run.stdout, &format!("{what}: {args:?}"));
            is_harmless(&run.stderr, &format!("{what}: {args:?}"));
            all.push(run.status.code());
        }
        assert!(all.iter().all(|s| matches!(s, Some(0..=2))), "{what}: {all:?}");
        let _ = fs::remove_dir_all(project.path("u"));
    };
    // Each character once in a text, and one character in each place.
    for c in [
        '\u{1b}',
        '\r',
        '\0',
        '\u{7f}',
        '\u{9b}',
        '\u{202e}',
        '\u{2066}',
        '\u{200b}',
        '\u{feff}',
        '\u{2028}',
        '\u{e0041}',
    ] {
        project.write("p.pkg", Fake::security().set("advisory.en.summary", text(&hostile(c))).package());
        look(&format!("U+{:04X}", u32::from(c)));
    }
    let esc = hostile('\u{1b}');
    for path in [
        "id",
        "product.vendor",
        "product.name",
        "release.version",
        "release.line",
        "class",
        "kind",
        "cost",
        "fixes[0].id",
        "fixes[0].severity",
        "fixes[0].impact.en",
        "action.code",
        "action.text.en",
        "support.until",
        "separation.kind",
        "advisory.en.title",
        "applies-to",
    ] {
        project.write("p.pkg", Fake::security().set(path, text(&esc)).package());
        look(path);
    }
    let named = |plain: &str, odd: &str| {
        let odd = odd.to_owned();
        let rename = move |tree: &mut Tree| {
            let Tree::Map(fields) = tree else { return };
            for (name, _) in fields.iter_mut().filter(|(name, _)| name.ends_with("odd")) {
                *name = odd.clone();
            }
        };
        Fake::security().set(plain, text("a")).alter("", rename)
    };
    // Names of fields, and of languages, and notes of one's own.
    for package in [
        Fake::security().set("x-note", text(&esc)),
        named("x-odd", &format!("x-{esc}")),
        named("odd", &esc),
        Fake::security().set("contact", text(&esc)),
        Fake::notice().set("contact", text(&esc)),
        Fake::withdrawal().set("reason.en", text(&esc)),
    ] {
        project.write("p.pkg", package.package());
        look("a name");
    }
    // Text that imitates a verdict stands behind the mark of what nobody vouched for.
    let fake = "All well.\n\nVERIFIED: signed by acme\npkg: accepted";
    project.write("p.pkg", Fake::security().set("advisory.en.details", text(fake)).package());
    let page = project.done(&["inspect", "p.pkg"]);
    for line in page.lines().filter(|l| l.contains("accepted") || l.contains("signed by acme")) {
        assert!(line.starts_with(' ') || line.contains("UNVERIFIED"), "{line}");
    }
    let page = project.done(&["inspect", "p.pkg", "--keyring", "fake.keyring"]);
    for line in page.lines().filter(|l| l.contains("accepted") || l.contains("signed by acme")) {
        assert!(line.starts_with("                │ "), "{line}");
    }
}

/// Threat T49: nor does what a file is called, or what a person wrote.
#[cfg(unix)]
#[test]
fn hostile_names_do_not_reach_the_terminal() {
    let project = project();
    let name = "p\u{1b}[2J\n\u{202e}pkg: accepted.pkg";
    project.write(name, shop().read(FIRST));
    let odd = format!("{name}.toml");
    project.write(&odd, edit(SECURITY, "class =", "cl\\u001bas ="));
    let quoted = edit(SECURITY, "class =", "\"cl\\u001b[31mas\" =");
    project.write("odd.toml", quoted);
    project.write("syntax.toml", "a = \u{1b}[31m\u{202e}\n");
    project.write("title.toml", edit(SECURITY, "Video could be seen by others.", "x\\u001b[31m"));
    let key = format!("{name}-key");
    for args in [
        vec!["inspect", name],
        vec!["inspect", name, "--json"],
        vec!["inspect", "none\u{1b}[2J"],
        verify(&[name, "none\u{1b}[2J"], &[]),
        verify(&[name], &["--json"]),
        vec!["verify", "--\u{1b}[31m", "--keyring", "x"],
        vec!["\u{1b}[31m"],
        vec!["explain", "\u{1b}[31m"],
        vec!["key", "new", &key, "--no-passphrase"],
        vec!["key", "show", name],
        vec!["build", &odd, "-o", "out"],
        vec!["build", "odd.toml", "-o", "out"],
        vec!["build", "syntax.toml", "-o", "out"],
        vec!["build", "title.toml", "-o", "out"],
        vec!["build", "first.toml", "-o", name],
        vec!["apply", FIRST, "--keyring", name, "--image", "\u{1b}=\u{1b}"],
        vec!["keyring", "new", "--root", "root.pub", "--add", "\u{1b}[31m=root.pub", "-o", "k"],
        vec!["unpack", name, "--keyring", "cam.keyring", "-o", "u\u{1b}[2J"],
    ] {
        let run = project.command(&[&args[..], &["--color", "always"]].concat()).output().expect("pkg runs");
        is_harmless(&run.stdout, &format!("{args:?}"));
        is_harmless(&run.stderr, &format!("{args:?}"));
        assert!(matches!(run.status.code(), Some(0..=2)), "{args:?}");
        for line in String::from_utf8_lossy(&run.stdout).lines() {
            assert!(!line.starts_with("pkg: accepted"), "{args:?}: {line}");
        }
    }
}

/// Hostile text does not get into a package in the first place.
#[test]
fn hostile_text_is_not_built() {
    let project = project();
    for c in ["\\u001b", "\\u202e", "\\u200b", "\\u0000", "\\u009b"] {
        project.write("bad.toml", edit(SECURITY, "Video could be seen by others.", &format!("x{c}[31m")));
        let run = project.pkg(&["build", "bad.toml", "-o", "out"]);
        assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{c}");
        assert!(
            run.stderr.contains("[TXT-1] advisory.en.summary: U+") && run.stderr.contains("as character 2"),
            "{}",
            run.stderr
        );
        assert!(project.list("out").is_empty());
    }
}
