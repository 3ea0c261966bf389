//! `pkg plan` and `pkg build --audit` on packages that `pkg build` made.

use super::{DAY, History, result};
use pkg_tests::project::{FEATURE, ISSUED, NOTICE, SECURITY, edit, edited};
use pkg_tests::tool::{self, Run};
use serde_json::Value;
use std::fs;

/// Line 2.0 has the fix, which names line 1.0 too; users of 1.0.0 lack it.
fn one_line_lacks_a_fix() -> History {
    let history = History::new();
    history.release(FEATURE, "1.0.0", "1.0", None, 0, &[]);
    history.release(FEATURE, "2.0.0", "2.0", Some("1.0.0"), 1, &[]);
    let affected = "affected = [\"out/cam-1.0.0.full.pkg\", \"out/cam-2.0.0.full.pkg\"]";
    let fix = ("id = \"CVE-2026-12345\"", format!("id = \"CVE-2026-12345\"\n{affected}"));
    history.release(SECURITY, "2.0.1", "2.0", Some("2.0.0"), 2, &[(fix.0, &fix.1)]);
    history
}

fn plan(history: &History, more: &[&str]) -> Run {
    let at = (ISSUED + 3 * DAY).to_string();
    let mut args = vec!["plan", "out", "--keyring", "cam.keyring", "--at", &at];
    args.extend(more);
    history.0.pkg(&args)
}

/// What is written is completed, built with the set in view, and then nothing is owed.
#[test]
fn what_is_owed_is_written_completed_and_built() {
    let history = one_line_lacks_a_fix();
    let run = plan(&history, &["--json"]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
    assert_eq!((json["plan"].as_u64(), json["result"].as_str()), (Some(1), Some("owed")));
    let owed = &json["products"][0]["owed"][0];
    assert_eq!((owed["make"].as_str(), owed["line"].as_str()), (Some("security-release"), Some("1.0")));
    assert_eq!((owed["sequence"].as_u64(), owed["security-level"].as_u64()), (Some(2), Some(3)));
    history.0.write("release.schema.json", "{}");
    let run = plan(&history, &["--fix", "CVE-2026-12345", "--write", "next"]);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    let name = "next/01-security-release-1.0.toml";
    let text = String::from_utf8(history.0.read(name)).expect("UTF-8");
    assert!(text.starts_with("#:schema ../release.schema.json\n"), "{text}");
    // It is never replaced.
    assert_eq!(plan(&history, &["--write", "next"]).status, Some(2));
    assert_eq!(history.0.read(name), text.as_bytes());
    history.0.write("next/new.img", pkg_tests::fake::content("1.0.1", 9_000));
    let complete = text
        .replace("<The new version>", "1.0.1")
        .replace("<The path of the new image>", "new.img")
        .replace("<pure, if the fixes are all that changes; otherwise inseparable or change-is-fix>", "pure");
    assert!(!complete.contains("\"<"), "{complete}");
    history.0.write(name, &complete);
    let mut command = history.0.command(&["build", name, "-o", "out", "--input-root", ".", "--audit", "out"]);
    command.args(["--keyring", "cam.keyring", "--key", "security.key", "--delivery-key", "delivery.key"]);
    command.env("SOURCE_DATE_EPOCH", (ISSUED + 3 * DAY).to_string());
    let built = tool::of(command.output().expect("pkg runs"));
    assert_eq!(built.status, Some(0), "{}{}\n{complete}", built.stdout, built.stderr);
    let run = plan(&history, &[]);
    assert_eq!(run.status, Some(0), "{}{}", run.stdout, run.stderr);
    assert!(run.stdout.contains("Nothing is owed."), "{}", run.stdout);
    let at = (ISSUED + 3 * DAY).to_string();
    assert_eq!(result(&history.audit(&["--at", &at]).0, "G1"), "pass");
}

/// The hotfix 1.0.1 came after 2.0.0, which does not let its users in. Those of 1.0.0 can install it.
#[test]
fn the_next_feature_release_lets_in_who_has_no_other_way() {
    let history = one_line_lacks_a_fix();
    let lets_in = |run: &Run| -> Value {
        let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
        json["products"][0]["next-feature-releases"][0]["lets-in"].clone()
    };
    assert_eq!(lets_in(&plan(&history, &["--json"])), serde_json::json!([]));
    history.release(SECURITY, "1.0.1", "1.0", Some("1.0.0"), 3, &[]);
    let run = plan(&history, &["--json"]);
    assert_eq!(lets_in(&run), serde_json::json!(["1.0.1"]), "{}{}", run.stdout, run.stderr);
    let args = ["new", "feature", "--from", "out/cam-2.0.1.full.pkg", "--keyring", "cam.keyring"];
    let mut command = history.0.command(&args);
    command.args(["-o", "next.toml"]).env("SOURCE_DATE_EPOCH", (ISSUED + 3 * DAY).to_string());
    let run = tool::of(command.output().expect("pkg runs"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let text = String::from_utf8(history.0.read("next.toml")).expect("UTF-8");
    let line = "applies-to = [\"out/cam-2.0.1.full.pkg\", \"out/cam-1.0.1.full.pkg\"] # users of 1.0.1 have no other way on";
    assert!(text.lines().any(|l| l == line), "{text}");
}

/// What a notice says that a release has, the next one has too, unless it fixes it. A notice about releases to come tells
/// its users beforehand.
#[test]
fn the_next_feature_release_must_be_told_of_what_stays_open() {
    for (releases, untold) in [("", "[\"CVE-2026-34567\"]"), ("releases = [{ all = true }]\n", "[]")] {
        let history = History::new();
        history.release(FEATURE, "1.0.0", "1.0", None, 0, &[]);
        let states =
            NOTICE.find("states = [").map_or("", |at| NOTICE[at..].lines().next().unwrap_or_default());
        let own = format!("{releases}states = [\"out/cam-1.0.0.full.pkg\"]");
        let run = history.build(&NOTICE.replace(states, &own), "notice", 1);
        assert_eq!(run.status, Some(0), "{}", run.stderr);
        let run = plan(&history, &["--json"]);
        let json: Value = serde_json::from_str(&run.stdout).expect("JSON");
        let next = &json["products"][0]["next-feature-releases"][0];
        assert_eq!(next["untold"].to_string(), untold, "{}{}", run.stdout, run.stderr);
    }
}

/// A release that leaves users of another line without its fix is stopped before anything is signed.
#[test]
fn a_build_is_judged_with_the_set() {
    let history = History::new();
    history.release(FEATURE, "1.0.0", "1.0", None, 0, &[]);
    history.release(FEATURE, "2.0.0", "2.0", Some("1.0.0"), 1, &[]);
    history.0.write("fixed.img", pkg_tests::fake::content("2.0.1", 9_000));
    let affected = "affected = [\"out/cam-1.0.0.full.pkg\", \"out/cam-2.0.0.full.pkg\"]";
    let text = edited(
        SECURITY,
        &[
            ("version = \"1.0.1\"", "version = \"2.0.1\""),
            ("line = \"1.0\"", "line = \"2.0\"\nprevious = \"out/cam-2.0.0.full.pkg\""),
            ("file = \"rootfs.img\"", "file = \"fixed.img\""),
        ],
    );
    let both = edit(&text, "id = \"CVE-2026-12345\"", &format!("id = \"CVE-2026-12345\"\n{affected}"));
    let build = |text: &str, more: &[&str]| {
        history.0.write("now.toml", text);
        let mut command = history.0.command(&["build", "now.toml", "-o", "new", "--keyring", "cam.keyring"]);
        command.args(["--key", "security.key", "--delivery-key", "delivery.key"]).args(more);
        command.env("SOURCE_DATE_EPOCH", (ISSUED + 2 * DAY).to_string());
        tool::of(command.output().expect("pkg runs"))
    };
    let stopped = build(&both, &["--audit", "out"]);
    assert_eq!(stopped.status, Some(1), "{}", stopped.stderr);
    assert!(
        stopped.stderr.contains("[G1]") && stopped.stderr.contains("CVE-2026-12345"),
        "{}",
        stopped.stderr
    );
    assert!(!history.0.path("new").exists(), "nothing is written");
    // Without the audit it is built; a folder without a keyring is not enough to audit.
    assert_eq!(build(&both, &[]).status, Some(0));
    let run = history.0.pkg(&["build", "now.toml", "-o", "new", "--audit", "out", "--key", "security.key"]);
    assert_eq!(run.status, Some(2), "{}", run.stderr);
}

/// Options and exit status.
#[test]
fn the_contract() {
    let history = one_line_lacks_a_fix();
    assert_eq!(plan(&history, &["--fix", "CVE-2026-99999"]).status, Some(2));
    assert_eq!(plan(&history, &["--fix", "no id"]).status, Some(2));
    // Before anybody had the fix, nothing was owed.
    let early = (ISSUED + DAY).to_string();
    let run = history.0.pkg(&["plan", "out", "--keyring", "cam.keyring", "--at", &early]);
    assert_eq!(run.status, Some(0), "{}{}", run.stdout, run.stderr);
    fs::create_dir(history.0.path("empty")).expect("a folder");
    assert_eq!(history.0.pkg(&["plan", "empty", "--keyring", "cam.keyring"]).status, Some(2));
    let text = plan(&history, &[]).stdout;
    assert!(text.lines().all(|l| l.chars().count() <= 80), "{text}");
}

/// The page shows what the command prints.
#[test]
fn the_page_shows_what_is_printed() {
    let page = fs::read_to_string(tool::workspace().join("docs/plan.md")).expect("the page");
    let (_, rest) = page.split_once("$ pkg plan testdata").expect("the command");
    let (command, rest) = rest.split_once("EXAMPLE.keyring\n").expect("its end");
    let (shown, _) = rest.split_once("```").expect("the end of the block");
    let command = format!("plan testdata{command}EXAMPLE.keyring").replace('\\', "");
    let args: Vec<&str> = command.split_whitespace().collect();
    assert_eq!(tool::run(&tool::workspace(), &args).stdout, shown);
}
