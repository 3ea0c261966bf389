//! The report: what it says, in every form, and that the same input gives the same bytes.

use super::{History, row};
use pkg_format::{Digest, Rule};
use pkg_tests::project::{FEATURE, SECURITY};
use pkg_tests::tool;
use serde_json::Value;
use std::collections::BTreeSet;
use std::fs;

const GOLDEN: &str = "testdata/golden/format-1";

/// `pkg audit` of the example camera.
fn camera(more: &[&str]) -> tool::Run {
    let keyring = format!("{GOLDEN}/EXAMPLE.keyring");
    let mut args = vec!["audit", GOLDEN, "--keyring", &keyring, "--danger-allow-example-keys"];
    args.extend(more);
    if !more.contains(&"--at") {
        args.extend(["--at", "2026-09-02"]);
    }
    tool::run(&tool::workspace(), &args)
}

/// The seven releases of the example camera: line 1.4 is left open, and the report says so.
#[test]
fn the_example_camera() {
    let run = camera(&["--json"]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains("[G1]") && run.stderr.contains("pkg explain G1"), "{}", run.stderr);
    let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((json["result"].as_str(), json["packages"].as_u64()), (Some("fail"), Some(9)));
    assert_eq!(json["as-of-date"], "2026-09-02T00:00:00Z");
    assert_eq!(
        super::not_pass(&json),
        ["G1 fail", "G3 exception", "G9 fail", "G14 fail", "G18 exception", "G23 fail"]
    );
    let stuck: BTreeSet<_> =
        super::findings(&json, "G1").iter().map(|f| f["release"].as_str().unwrap()).collect();
    assert_eq!(stuck, ["1.4.2 and 1.4.3"].into(), "no release of line 1.5, and not the withdrawn one");
    let owed = json["summary"]["owed"][0].as_str().expect("what is owed");
    assert!(owed.starts_with("Users of 1.4.2 and 1.4.3 on hardware "), "{owed}");
    let rows: Vec<_> =
        json["report"].as_array().unwrap().iter().map(|r| r["row"].as_str().unwrap()).collect();
    let all: Vec<_> = (1..=18).map(|n| format!("A-{n:02}")).collect();
    assert_eq!(rows, all);
    for id in ["A-03", "A-06", "A-08", "A-09"] {
        assert_eq!(row(&json, id)["status"], "not-provided", "{id}");
    }
    assert_eq!(json["keyrings"][0]["used"], true);
    // As of the first security update, nothing was wrong.
    let early = camera(&["--at", "2026-03-11"]);
    assert_eq!(early.status, Some(0), "{}", early.stdout);
}

/// Every form has the verdict, the counter-example and what an assessor asks for; none claims
/// conformity; all are the same each time.
#[test]
fn every_form_says_it_and_says_it_again() {
    for format in ["text", "json", "markdown", "html"] {
        let run = camera(&["--format", format]);
        let words = run.stdout.split_whitespace().collect::<Vec<_>>().join(" ");
        let parts = match format {
            "json" => ["\"fail\"", "1.4.3 → 1.5.0 (feature)", "A-18", "CVE-2026-23456"],
            _ => ["evidence for", "1.5.0 (feature)", "A-18", "CVE-2026-23456"],
        };
        // Markdown escapes hyphens in no id, but dashes of tables are its own.
        for part in parts {
            assert!(words.contains(part) || words.replace('\\', "").contains(part), "{format}: no {part}");
        }
        let lower = words.to_lowercase();
        for claim in ["compliant", "is conform", "certified"] {
            assert!(!lower.contains(claim), "{format} says {claim}");
        }
        for jobs in ["1", "3"] {
            assert!(
                camera(&["--format", format, "--jobs", jobs]).stdout == run.stdout,
                "{format}: other bytes"
            );
        }
    }
}

/// With -o the report is a file, whole or not there.
#[test]
fn a_report_is_written_to_a_file() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("report.html");
    let arg = path.to_str().expect("UTF-8");
    let run = camera(&["--format", "html", "-o", arg]);
    assert_eq!(run.status, Some(1));
    assert_eq!(run.stdout, format!("{arg}: fail\n"));
    assert_eq!(fs::read_to_string(&path).expect("the report"), camera(&["--format", "html"]).stdout);
    assert_eq!(fs::read_dir(folder.path()).expect("a folder").count(), 1, "nothing else is left");
    let nowhere = camera(&["-o", "/nowhere/report"]);
    assert_eq!(nowhere.status, Some(2));
    assert!(nowhere.stderr.contains("hint"), "{}", nowhere.stderr);
}

/// What packages say stays text: a page, a table or a terminal does not act on it.
#[test]
fn what_packages_say_is_escaped() {
    let history = History::new();
    history.release(FEATURE, "1.0", "1.0", None, 0, &[]);
    let hostile = "text.en = \"<script>alert(1)</script> | *b* `c`\"";
    let change = format!(
        "[[change]]\nid = \"typo\"\neffect = \"corrected\"\nuser-visible = false\n{hostile}\n\n[support]"
    );
    history.release(SECURITY, "1.1", "1.0", Some("1.0"), 1, &[("[support]", &change)]);
    let audit = |format| {
        history.0.done(&[
            "audit",
            "out",
            "--keyring",
            "cam.keyring",
            "--at",
            "2026-12-02",
            "--format",
            format,
        ])
    };
    let html = audit("html");
    assert!(html.contains("&lt;script&gt;alert(1)&lt;/script&gt;") && !html.contains("<script"));
    assert!(audit("markdown").contains(r"\<script\>alert(1)\</script\> \| \*b\* \`c\`"));
    assert!(audit("text").contains("<script>alert(1)</script> | *b* `c`"));
    // No address is loaded: what stands in the page is all there is.
    assert!(!html.contains("://") && !html.contains("src=") && !html.contains("@import"));
}

/// Decision records are evidence, and a broken chain is seen.
#[test]
fn records_are_checked() {
    let history = History::new();
    history.release(FEATURE, "1.0", "1.0", None, 0, &[]);
    fs::create_dir(history.0.path("records")).expect("a folder");
    let first = format!("{{\"sequence\":1,\"previous\":\"{}\",\"decision\":\"notify\"}}\n", Digest::of(b""));
    let second = format!(
        "{{\"sequence\":2,\"previous\":\"{}\",\"decision\":\"install\"}}\n",
        Digest::of(first.as_bytes())
    );
    history.0.write("records/cam-1.jsonl", format!("{first}{second}"));
    let (json, status) = history.audit(&["--records", "records"]);
    assert_eq!((status, row(&json, "A-02")["status"].as_str()), (0, Some("not-provided")), "{json:#}");
    assert!(row(&json, "A-02")["text"].as_str().unwrap().contains("2 records"));
    history.0.write("records/cam-2.jsonl", &second);
    let (json, status) = history.audit(&["--records", "records"]);
    assert_eq!((status, row(&json, "A-02")["status"].as_str()), (1, Some("fail")));
    assert!(json["records"][1]["broken"].as_str().is_some_and(|b| b.contains("line 1")));
}

/// What cannot be done says so, with a hint, and ends with 2; a changed package is refused.
#[test]
fn what_cannot_be_read_or_believed() {
    let history = History::new();
    let audit =
        |args: &[&str]| history.0.pkg(&[&["audit", "out", "--keyring", "cam.keyring"], args].concat());
    let empty = audit(&[]);
    assert_eq!(empty.status, Some(2));
    assert!(empty.stderr.contains("no package") && empty.stderr.contains("hint"), "{}", empty.stderr);
    history.release(FEATURE, "1.0", "1.0", None, 0, &[]);
    for wrong in
        [&["--at", "yesterday"][..], &["--lag-limit", "soon"], &["--history", "nowhere.toml"], &["nowhere"]]
    {
        assert_eq!(audit(wrong).status, Some(2), "{wrong:?}");
    }
    // Before the first release nothing can be said, and nothing passes.
    let before = audit(&["--at", "2026-11-30"]);
    assert_eq!(before.status, Some(2), "{}", before.stdout);
    assert!(before.stderr.contains("no release was issued by 2026-11-30T00:00:00Z"), "{}", before.stderr);
    let mut bytes = history.0.read("out/cam-1.0.full.pkg");
    bytes[600] ^= 1;
    fs::create_dir(history.0.path("out/deep")).expect("a folder");
    history.0.write("out/deep/altered.pkg", &bytes);
    history.0.write("out/deep/notes.txt", "not a package");
    let run = audit(&["--json"]);
    let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((run.status, json["packages"].as_u64()), (Some(1), Some(1)));
    assert_eq!(
        (json["refused"].as_array().unwrap().len(), json["refused"][0]["rule"].as_str()),
        (1, Some("SIG-7"))
    );
    assert_eq!(row(&json, "A-05")["status"], "fail");
}

/// Every rule of sets is explained, and stands in the table of the report.
#[test]
fn every_rule_of_sets_is_explained() {
    let json: Value = serde_json::from_str(&camera(&["--json"]).stdout).expect("JSON");
    let judged: Vec<_> =
        json["rules"].as_array().unwrap().iter().map(|r| r["rule"].as_str().unwrap()).collect();
    let known: Vec<_> = Rule::ALL.iter().filter(|r| r.is_of_sets()).map(|r| r.id()).collect();
    assert_eq!(judged, known);
    let docs = fs::read_to_string(tool::workspace().join("docs/audit.md")).expect("docs/audit.md");
    for id in known {
        assert!(docs.contains(&format!("**{id}**")), "docs/audit.md does not explain {id}");
    }
    let run = tool::run(&tool::workspace(), &["explain", "g1"]);
    assert!(run.stdout.starts_with("G1  ") && run.stdout.contains("Recital 57"), "{}", run.stdout);
}

/// Whoever can put a pipe into the folder does not hold the audit: it is not opened.
#[cfg(unix)]
#[test]
fn a_pipe_is_not_waited_for() {
    let history = super::History::new();
    history.0.write("out/note.txt", "none");
    let made = std::process::Command::new("mkfifo")
        .args([history.0.path("out/a.pkg"), history.0.path("out/b")])
        .status();
    assert!(made.expect("mkfifo runs").success());
    let run = history.0.command(&["audit", "out", "--keyring", "cam.keyring"]).output().expect("pkg runs");
    let text = String::from_utf8_lossy(&run.stdout).into_owned();
    assert_eq!(run.status.code(), Some(1), "{text}");
    assert!(text.contains("a.pkg") && text.contains("CON-1"), "{text}");
}
