//! `pkg build --audit` where the new statement is a notice or a withdrawal; and what follows from a notice in a release.

use super::{DAY, History, not_pass};
use pkg_tests::project::{FEATURE, ISSUED, NOTICE, SECURITY, WITHDRAWAL, edited};
use pkg_tests::tool::{self, Run};

const ONES: &str = "\"1111111111111111111111111111111111111111111111111111111111111111\"";

/// Says of a vulnerability that it does no harm.
const NO_HARM: &str = "status = \"not-affected\"\njustification = \"vulnerable_code_not_present\"\n";

/// Builds a statement with the set in view.
fn judged(history: &History, text: &str, key: &str, day: u64) -> Run {
    history.1.set(history.1.get().max(day));
    history.0.write("now.toml", text);
    let mut command = history.0.command(&["build", "now.toml", "-o", "out", "--keyring", "cam.keyring"]);
    command.args(["--audit", "out", "--key", &format!("{key}.key"), "--delivery-key", "delivery.key"]);
    command.env("SOURCE_DATE_EPOCH", (ISSUED + day * DAY).to_string());
    tool::of(command.output().expect("pkg runs"))
}

fn failing(history: &History) -> Vec<String> {
    not_pass(&history.audit(&[]).0).into_iter().filter(|r| r.ends_with(" fail")).collect()
}

/// Builds, and says which rules failed before and after.
#[track_caller]
fn built(history: &History, text: &str, key: &str, day: u64) -> (Vec<String>, Vec<String>) {
    let before = failing(history);
    let run = judged(history, text, key, day);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    assert!(!run.stderr.contains("error"), "{}", run.stderr);
    (before, failing(history))
}

/// Must be stopped by a rule, before anything is written.
#[track_caller]
fn stopped(history: &History, text: &str, key: &str, day: u64, rule: &str) {
    let files = || std::fs::read_dir(history.0.path("out")).expect("the packages").count();
    let before = files();
    let run = judged(history, text, key, day);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    assert!(run.stderr.contains(&format!("error: [{rule}] ")), "{}", run.stderr);
    assert_eq!(files(), before, "nothing is written");
}

/// A notice of a vulnerability in these versions, which says of another one that 1.0.0 does not have it.
fn notice(versions: &[&str]) -> String {
    let states: Vec<String> = versions.iter().map(|v| format!("\"out/cam-{v}.full.pkg\"")).collect();
    let text = edited(NOTICE, &[("id = \"2026-01-upnp\"", "id = \"2026-01-upnp\"\nknown = \"out\"")]);
    let own =
        format!("[[status]]\nid = \"CVE-2026-12345\"\n{NO_HARM}states = [\"out/cam-1.0.0.full.pkg\"]\n");
    format!("{}\n{own}", text.replace(ONES, &states.join(", ")))
}

/// Nobody said whether 1.0.0 has what 2.0.1 fixes. A notice says it; it must not leave out those who inherit what it says.
#[test]
fn a_notice_is_judged_with_the_set() {
    let history = History::new();
    history.release(FEATURE, "1.0.0", "1.0", None, 0, &[]);
    history.release(FEATURE, "2.0.0", "2.0", Some("1.0.0"), 1, &[]);
    history.release(SECURITY, "2.0.1", "2.0", Some("2.0.0"), 2, &[]);
    stopped(&history, &notice(&["1.0.0"]), "notice", 3, "G9");
    let (before, after) = built(&history, &notice(&["1.0.0", "2.0.0", "2.0.1"]), "notice", 3);
    assert_eq!(before, ["G1 fail", "G14 fail"]);
    assert!(after.is_empty(), "{after:?}");
}

/// 2.0.0 strands the users of 1.0.1, so it is withdrawn. The withdrawal of the only fix leaves its users without one.
#[test]
fn a_withdrawal_is_judged_with_the_set() {
    let history = History::new();
    history.release(FEATURE, "1.0.0", "1.0", None, 0, &[]);
    history.release(SECURITY, "1.0.1", "1.0", Some("1.0.0"), 1, &[]);
    // The branch of 2.0.0 never had what 1.0.1 fixes.
    let own = format!("[[status]]\nid = \"CVE-2026-12345\"\n{NO_HARM}states = [\"self\"]\n\n[automatic]");
    history.release(FEATURE, "2.0.0", "2.0", Some("1.0.0"), 2, &[("[automatic]", &own)]);
    let withdrawal = |version: &str| {
        let id = ("id = \"2026-02-withdraw\"", "id = \"2026-02-withdraw\"\nknown = \"out\"");
        edited(WITHDRAWAL, &[id]).replace(ONES, &format!("\"out/cam-{version}.full.pkg\""))
    };
    stopped(&history, &withdrawal("1.0.1"), "withdrawal", 3, "G10");
    let (before, after) = built(&history, &withdrawal("2.0.0"), "withdrawal", 3);
    assert!(before.contains(&"G22 fail".to_owned()), "{before:?}");
    assert!(!after.contains(&"G22 fail".to_owned()) && after.len() < before.len(), "{after:?}");
}

/// The hint of SEP-20 helps whoever follows it.
#[test]
fn what_does_no_harm_is_said_again_of_a_feature_release() {
    let history = History::new();
    history.release(FEATURE, "1.0.0", "1.0", None, 0, &[]);
    let run = history.build(&notice(&["1.0.0"]), "notice", 1);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    let known = [("line = \"2.0\"", "line = \"2.0\"\nknown = \"out\"")];
    let (run, text) = history.try_release(FEATURE, "2.0.0", "2.0", Some("1.0.0"), 2, &known);
    assert_eq!(run.status, Some(1), "{}", run.stderr);
    let hint = "say so in a [[status]] with states = [\"self\"]";
    assert!(run.stderr.contains("[SEP-20]") && run.stderr.contains(hint), "{}", run.stderr);
    let own = format!("\n[[status]]\nid = \"CVE-2026-12345\"\n{NO_HARM}states = [\"self\"]\n");
    let run = history.build(&format!("{text}{own}"), "feature", 2);
    assert_eq!(run.status, Some(0), "{}", run.stderr);
}
