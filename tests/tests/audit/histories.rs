//! Hard cases of separation through real packages: built, signed by their roles, verified, judged.

use super::{History, findings, not_pass, result, row};
use pkg_tests::fake::path::text;
use pkg_tests::project::{FEATURE, JUSTIFIED, NOTICE, SECURITY, WITHDRAWAL, edited};
use pkg_tests::{Fake, keyrings};

const A: &str = "CVE-2026-12345";
const B: &str = "CVE-2026-22222";

/// A security release with another vulnerability.
fn of_b() -> (&'static str, &'static str) {
    ("id = \"CVE-2026-12345\"", "id = \"CVE-2026-22222\"")
}

/// What a feature release says of a fix that it passes on.
const ALSO_A: &str =
    "[[also-fix]]\nid = \"CVE-2026-12345\"\nseparately-in = [\"out/cam-1.4.3.full.pkg\"]\n\n[support]";

#[test]
fn h1_both_lines_get_the_fix() {
    let history = History::new();
    history.release(FEATURE, "1.4.2", "1.4", None, 0, &[]);
    history.release(FEATURE, "1.5.0", "1.5", Some("1.4.2"), 10, &[]);
    history.release(SECURITY, "1.4.3", "1.4", Some("1.4.2"), 20, &[]);
    history.release(SECURITY, "1.5.1", "1.5", Some("1.5.0"), 20, &[]);
    let (json, status) = history.audit(&[]);
    assert_eq!((json["result"].as_str(), status), (Some("pass"), 0), "{json:#}");
    assert_eq!((json["packages"].as_u64(), json["vulnerabilities"][0]["lag"].as_u64()), (Some(4), Some(0)));
    // Every byte of them, on request.
    assert_eq!(history.audit(&["--whole", "--jobs", "1"]).1, 0);
}

#[test]
fn h2_a_feature_release_as_stepping_stone() {
    let history = History::new();
    history.release(FEATURE, "1.2", "1.2", None, 0, &[]);
    history.release(FEATURE, "1.3", "1.3", Some("1.2"), 10, &[]);
    history.release(SECURITY, "1.3.1", "1.3", Some("1.3"), 20, &[]);
    let (json, status) = history.audit(&[]);
    // Nobody said that 1.2 is affected, so it counts as open there.
    assert_eq!((not_pass(&json), status), (vec!["G1 fail".to_owned(), "G14 fail".to_owned()], 1));
    let finding = &findings(&json, "G1")[0];
    assert_eq!(finding["release"], "1.2");
    assert_eq!(finding["open"][0], A);
    assert_eq!(finding["forbidden-edge"], "1.2 → 1.3 (feature)");
    // Before the fix was there, nobody was forced to anything: the same set, as of then.
    let (before, status) = history.audit(&["--at", "2026-12-15"]);
    assert_eq!((before["result"].as_str(), status), (Some("pass"), 0));
}

#[test]
fn h7_the_second_fix_only_behind_a_feature() {
    let history = History::new();
    history.release(FEATURE, "1.4.2", "1.4", None, 0, &[]);
    history.release(SECURITY, "1.4.3", "1.4", Some("1.4.2"), 10, &[]);
    history.release(FEATURE, "1.5.0", "1.5", Some("1.4.3"), 20, &[("[support]", ALSO_A)]);
    history.release(SECURITY, "1.5.1", "1.5", Some("1.5.0"), 30, &[of_b()]);
    let (json, status) = history.audit(&[]);
    assert_eq!((result(&json, "G1"), status), ("fail", 1));
    assert!(findings(&json, "G1").iter().all(|f| f["open"].as_array().unwrap() == &[B]), "{json:#}");
    assert_eq!(row(&json, "A-10")["status"], "fail");
    // As of the day before, everything held.
    let (before, status) = history.audit(&["--at", "2026-12-25"]);
    assert_eq!((result(&before, "G1"), status), ("pass", 0));
    // Once it is said that the old line has not got B, it holds: by a notice, signed by its own role.
    let word = "\"not-affected\"\njustification = \"vulnerable_code_not_present\"";
    let about = "states = [\"out/cam-1.4.2.full.pkg\", \"out/cam-1.4.3.full.pkg\"]";
    let ones = "states = [\"1111111111111111111111111111111111111111111111111111111111111111\"]";
    let notice = NOTICE.replace(ones, about).replace("CVE-2026-34567", B);
    let notice = edited(&notice, &[("\"affected\"", word)]);
    let run = history.build(&notice, "notice", 40);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let (json, status) = history.audit(&[]);
    assert_eq!((result(&json, "G1"), result(&json, "G9"), status), ("pass", "pass", 0), "{json:#}");
}

#[test]
fn h9_the_parser_is_replaced() {
    let history = History::new();
    history.release(FEATURE, "1.4.2", "1.4", None, 0, &[]);
    let change = format!(
        "kind = \"inseparable\"\n{JUSTIFIED}\n[[change]]\nid = \"new-parser\"\neffect = \"replaced\"\nuser-visible = true\ntext.en = \"Another parser.\"\nnecessary-for = [\"{A}\"]\n"
    );
    history.release(SECURITY, "1.4.3", "1.4", Some("1.4.2"), 10, &[("kind = \"pure\"\n", &change)]);
    let (json, status) = history.audit(&[]);
    assert_eq!(
        (json["result"].as_str(), not_pass(&json), status),
        (Some("exception"), vec!["G3 exception".into()], 0)
    );
    let exception = &json["exceptions"][0];
    assert_eq!((exception["rule"].as_str(), exception["release"].as_str()), (Some("G3"), Some("1.4.3")));
    assert_eq!(exception["approver"], "Product security board");
    assert_eq!(row(&json, "A-11")["status"], "exception");
}

#[test]
fn a_fix_that_touches_everything_is_listed() {
    let touching = |touches: &str| {
        let history = History::new();
        history.release(FEATURE, "1.4.2", "1.4", None, 0, &[]);
        let touches = format!("touches = [{touches}]\nseverity =");
        history.release(SECURITY, "1.4.3", "1.4", Some("1.4.2"), 10, &[("severity =", &touches)]);
        history.audit(&[]).0
    };
    assert_eq!(not_pass(&touching("\"usr/lib/libfoo.so*\"")), Vec::<String>::new());
    for everything in ["\"**\"", "\"rootfs:**\"", "\"*\", \"*/**\""] {
        let json = touching(everything);
        assert_eq!(not_pass(&json), ["G3 exception"], "{everything}");
        let text = json["exceptions"][0]["text"].as_str().unwrap_or_default();
        assert!(text.contains("they touch every file of"), "{json:#}");
    }
}

/// A menu rides on a security update: the builder refuses it, the verifier refuses it, and a set with
/// it fails.
#[test]
fn h12_and_h22_a_change_that_no_fix_needs() {
    let history = History::new();
    history.release(FEATURE, "1.4.2", "1.4", None, 0, &[]);
    for (kind, rule, id) in [
        ("kind = \"pure\"\n", "SEP-7", "menu"),
        ("kind = \"inseparable\"\n", "SEP-5", "cloud-off-by-default"),
    ] {
        let why = if rule == "SEP-5" { JUSTIFIED } else { "" };
        let change = format!(
            "{kind}{why}\n[[change]]\nid = \"{id}\"\neffect = \"added\"\nuser-visible = true\ntext.en = \"Something new.\"\n"
        );
        let (run, _) = history.try_release(
            SECURITY,
            "1.4.3",
            "1.4",
            Some("1.4.2"),
            10,
            &[("kind = \"pure\"\n", &change)],
        );
        assert_eq!(run.status, Some(1), "{}", run.stderr);
        assert!(run.stderr.contains(&format!("[{rule}]")), "{}", run.stderr);
    }
    // Signed all the same, with the keys of another keyring.
    let forced = Fake::inseparable().alter("changes[0]", |change| {
        pkg_tests::fake::path::set(change, "effect", text("added"));
        pkg_tests::fake::path::remove(change, "necessary-for");
    });
    history.0.write("other.keyring", keyrings::archive_bytes(&keyrings::statement()));
    std::fs::create_dir(history.0.path("other")).expect("a folder");
    history.0.write("other/menu.pkg", forced.package());
    let run = history.0.pkg(&["audit", "other", "--keyring", "other.keyring", "--json"]);
    let json: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((json["refused"][0]["rule"].as_str(), run.status), (Some("SEP-5"), Some(1)), "{json:#}");
    assert!(json["refused"][0]["package"].as_str().is_some_and(|p| p.ends_with("menu.pkg")));
    assert_eq!(json["result"], "fail");
}

/// The fix is withdrawn: a gap, until a notice says what helps; each signed by its own role.
#[test]
fn h14_the_fix_is_withdrawn() {
    let history = History::new();
    history.release(FEATURE, "1.4.2", "1.4", None, 0, &[]);
    history.release(SECURITY, "1.4.3", "1.4", Some("1.4.2"), 10, &[]);
    let ones = "\"1111111111111111111111111111111111111111111111111111111111111111\"";
    let withdrawal = edited(WITHDRAWAL, &[(ones, "\"out/cam-1.4.3.full.pkg\"")]);
    assert_eq!(history.build(&withdrawal, "security", 20).status, Some(1), "another role cannot sign it");
    let run = history.build(&withdrawal, "withdrawal", 20);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let (json, status) = history.audit(&[]);
    assert_eq!((result(&json, "G1"), result(&json, "G10"), status), ("pass", "fail", 1), "{json:#}");
    assert_eq!(row(&json, "A-15")["status"], "fail");
    let known =
        ("contact = \"security@acme.example\"", "contact = \"security@acme.example\"\nknown = \"out\"");
    let notice = NOTICE.replace(ones, "\"out/cam-1.4.2.full.pkg\"").replace("CVE-2026-34567", A);
    let run = history.build(&edited(&notice, &[known]), "notice", 21);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let (json, status) = history.audit(&[]);
    assert_eq!((result(&json, "G10"), status), ("exception", 0), "{json:#}");
    let (before, _) = history.audit(&["--at", "2026-12-21"]);
    assert_eq!(result(&before, "G10"), "fail", "the notice was not there yet");
}

#[test]
fn h19_no_fix_but_a_workaround() {
    let history = History::new();
    history.release(FEATURE, "1.4.2", "1.4", None, 0, &[]);
    let ones = "\"1111111111111111111111111111111111111111111111111111111111111111\"";
    let notice = NOTICE.replace(ones, "\"out/cam-1.4.2.full.pkg\"");
    let run = history.build(&notice, "notice", 10);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let (json, status) = history.audit(&[]);
    assert_eq!((json["result"].as_str(), status), (Some("pass"), 0), "{json:#}");
    let v = &json["vulnerabilities"][0];
    assert_eq!((v["id"].as_str(), v["decision"].as_str()), (Some("CVE-2026-34567"), Some("workaround")));
}

/// What shipped before is told in history.toml, and is a place that users may be in (VER-5).
#[test]
fn h17_the_image_on_the_shelf() {
    let history = History::new();
    history.release(FEATURE, "1.3", "1.3", None, 0, &[]);
    history.release(SECURITY, "1.3.1", "1.3", Some("1.3"), 10, &[]);
    let shelf = "[[release]]\nversion = \"1.0.0\"\nline = \"1.0\"\nfeature-level = 1\nsecurity-level = 1\nhardware = [\"rev-a\"]\nplaced = 2025-03-01\nsupport-until = \"2035-03\"\n[release.images]\nrootfs = \"00000000000000000000000000000000000000000000000000000000000000aa\"\n\n[documentation]\ncvd-policy = \"https://acme.example/security\"\n";
    history.0.write("history.toml", shelf);
    let (json, status) = history.audit(&["--history", "history.toml"]);
    assert_eq!((result(&json, "G1"), status), ("fail", 1));
    assert_eq!(
        (findings(&json, "G1")[0]["release"].as_str(), findings(&json, "G1").len()),
        (Some("1.0.0"), 1)
    );
    assert_eq!(row(&json, "A-04")["status"], "pass");
    assert!(row(&json, "A-01")["text"].as_str().is_some_and(|t| t.contains("declared, not signed: 1.0.0")));
    assert_eq!(history.audit(&[]).1, 0, "without it nobody knows");
    // A mistake in it is pointed at.
    history.0.write("history.toml", shelf.replace("\"1.0\"", "\"1 0\""));
    let run = history.0.pkg(&["audit", "out", "--keyring", "cam.keyring", "--history", "history.toml"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("history.toml:3:8") && run.stderr.contains("hint"), "{}", run.stderr);
}
