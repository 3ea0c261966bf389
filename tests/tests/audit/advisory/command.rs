//! `pkg advisory`: what it asks for, what it refuses, where it writes.

use super::{advisory, golden};
use pkg_tests::tool;

const RELEASE: &str = "cam-x1-1.4.3.full.pkg";

#[test]
fn trust_and_form_must_be_said() {
    for args in [
        &["advisory", RELEASE, "--csaf"][..],
        &["advisory", RELEASE, "--unverified"],
        &["advisory", RELEASE, "--unverified", "--csaf", "--text"],
        &["advisory", RELEASE, "--unverified", "--keyring", "EXAMPLE.keyring", "--csaf"],
    ] {
        let run = tool::run(&golden(), args);
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?}");
    }
}

#[test]
fn what_no_trusted_key_signed_is_refused() {
    let project = pkg_tests::project::Project::new();
    for name in ["root", "release"] {
        project.key(name);
    }
    project.done(&[
        "keyring",
        "new",
        "--root",
        "root.pub",
        "--add",
        "security,delivery=release.pub",
        "--sign",
        "root.key",
        "-o",
        "other.keyring",
    ]);
    let keyring = project.arg("other.keyring");
    let run = tool::run(&golden(), &["advisory", RELEASE, "--text", "--keyring", &keyring]);
    assert_eq!((run.status, run.stdout.as_str()), (Some(1), ""), "{}", run.stderr);
    assert!(run.stderr.contains("[SIG-2]"), "{}", run.stderr);
    let run = tool::run(&golden(), &["advisory", RELEASE, "--text", "--unverified"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("UNVERIFIED") && run.stdout.contains("UNVERIFIED"), "{}", run.stderr);
    // Packages that the keyring does not trust put no names to anything.
    let run = advisory(RELEASE, &["--text", "--known", &project.arg("other.keyring")]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("ignored in --known: [CON-1]"), "{}", run.stderr);
}

#[test]
fn every_failure_has_a_hint() {
    let cases = [
        (vec!["--csaf", "--namespace", "http://acme.example"], "--namespace"),
        (vec!["--csaf", "--url", "acme.example"], "--url"),
        (vec!["--csaf", "--score", "CVE-2026-1"], "no ="),
        (vec!["--csaf", "--score", "CVE-2026-1=x"], "CVE-2026-1"),
        (vec!["--csaf", "--score", "CVE-2026-99999=high"], "does not name"),
        (vec!["--csaf", "--score", "CVE-2026-12345=high"], "no CVSS 3.1"),
        (vec!["--csaf", "--score", "CVE-2026-12345=CVSS:3.1/AV:P/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N"], "itself"),
        (vec!["--text", "--lang", "EN"], "--lang"),
        (vec!["--text", "-o", "no/such/folder/x"], "cannot write"),
        (vec!["--csaf"], "address"),
    ];
    for (args, said) in cases {
        let trust = ["advisory", RELEASE, "--unverified"];
        // Those that are about something else get an address.
        let address = ["--namespace", "https://acme.example"];
        let more = if args.len() > 1 && said != "--namespace" { &address[..] } else { &[] };
        let run = tool::run(&golden(), &[&trust[..], &args, more].concat());
        assert_eq!((run.status, run.stdout.as_str()), (Some(2), ""), "{args:?} {}", run.stderr);
        assert!(run.stderr.contains(said), "{args:?}: {}", run.stderr);
        assert!(run.stderr.contains("pkg: hint: "), "{args:?}: {}", run.stderr);
    }
    let run = advisory("cam-x1-2026-02-withdraw-1.5.1.withdrawal.pkg", &["--openvex"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("pkg: hint: "), "{}", run.stderr);
}

#[test]
fn a_folder_gets_the_name_that_csaf_wants() {
    let folder = tempfile::tempdir().expect("a folder");
    let out = folder.path().to_str().expect("UTF-8");
    for (form, name) in [
        ("--csaf", "cam-x1-1_4_3-de.json"),
        ("--openvex", "cam-x1-1_4_3-de.openvex.json"),
        ("--text", "cam-x1-1_4_3-de.txt"),
        ("--html", "cam-x1-1_4_3-de.html"),
    ] {
        let run = advisory(RELEASE, &[form, "--lang", "de", "-o", out]);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        assert_eq!(run.stdout, format!("{out}/{name}\n"));
        let to_stdout = advisory(RELEASE, &[form, "--lang", "de"]).stdout;
        assert_eq!(std::fs::read_to_string(folder.path().join(name)).expect("a document"), to_stdout);
    }
    let file = folder.path().join("mine.json");
    let run = advisory(RELEASE, &["--csaf", "-o", file.to_str().expect("UTF-8")]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(file.exists());
    let left: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(left.len(), 5, "{left:?}");
}

#[test]
fn a_language_that_is_not_there_is_said() {
    let run = advisory(RELEASE, &["--text", "--lang", "fr"]);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(run.stderr.contains("there is no text in fr; the document is in en"), "{}", run.stderr);
    assert!(run.stdout.contains("There is no text in the language fr; this is en."));
    let run = advisory(RELEASE, &["--text", "--lang", "de-AT"]);
    assert!(!run.stderr.contains("de-AT") && run.stdout.contains("Was zuerst zu tun ist"), "{}", run.stderr);
}

#[test]
fn scores_that_csaf_wants_are_asked_for() {
    let run = advisory("cam-x1-1.5.2.full.pkg", &["--csaf"]);
    assert!(run.stderr.contains("there is none for ACME-2026-007, CVE-2026-23456"), "{}", run.stderr);
    let run = advisory(RELEASE, &["--csaf"]);
    assert!(!run.stderr.contains("score"), "{}", run.stderr);
}

#[test]
fn the_published_address_is_the_one_given_or_the_usual_one() {
    let own = |args: &[&str]| {
        let run = advisory(RELEASE, &[&["--csaf"], args].concat());
        let document: serde_json::Value = serde_json::from_str(&run.stdout).expect("JSON");
        document["document"]["references"][0]["url"].as_str().expect("an address").to_owned()
    };
    assert_eq!(own(&[]), "https://acme.example/.well-known/csaf/white/2026/cam-x1-1_4_3.json");
    assert_eq!(own(&["--url", "https://acme.example/sa/"]), "https://acme.example/sa/cam-x1-1_4_3.json");
}
