//! Verdicts: what is said, and what the JSON has.

use super::*;

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
    let note = "pkg: not checked without --state: applicability, rollback and requirements\n";
    let run = shop.pkg(&verify(&[SECOND], &[]));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), note));
    let run = shop.pkg(&verify(&[SECOND], &["--state", "device.toml"]));
    assert_eq!((run.status, run.stderr.as_str()), (Some(0), ""));
    assert!(run.stdout.contains("fits the device"), "{}", run.stdout);
    let run = shop.pkg(&verify(&[A_NOTICE], &["--state", "device.toml"]));
    assert!(run.stdout.contains("is for this product"), "{}", run.stdout);
}

// ---------------------------------------------------------------- JSON

const VERDICT: [&str; 10] = [
    "package",
    "verdict",
    "rule",
    "message",
    "manifest-digest",
    "class",
    "package-kind",
    "checked",
    "signers",
    "others-that-signed",
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
    // The promise, which statement it was, since one key may sign both, and by which algorithm.
    assert_eq!(keys(&signers[0]), ["key", "label", "roles", "statement", "alg"]);
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
    assert_eq!(
        (&verified["verdict"], &verified["checked"]),
        (&"statements-verified".into(), &"statements".into())
    );
    let whole = json(&shop.done(&["inspect", SECOND, "--json", "--keyring", "cam.keyring", "--whole"]));
    assert_eq!((&whole["verdict"], &whole["checked"]), (&"verified".into(), &"whole".into()));
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
