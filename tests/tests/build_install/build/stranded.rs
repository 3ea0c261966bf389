//! Warnings about devices that are left behind.

use super::history::{History, package};
use super::*;
use pkg_builder::Warning;

/// The versions that the last build warned about, and the feature release that could let them in.
fn warned(history: &History) -> (Vec<String>, Option<String>) {
    let all = history.warnings.borrow();
    let stranded: Vec<_> = all.iter().filter(|w| matches!(w, Warning::Stranded { .. })).collect();
    match &stranded[..] {
        [] => (Vec::new(), None),
        [Warning::Stranded { versions, by_feature_release, .. }] => (
            versions.iter().map(ToString::to_string).collect(),
            by_feature_release.as_ref().map(ToString::to_string),
        ),
        other => panic!("{other:?}"),
    }
}

fn said(versions: &[&str], by: Option<&str>) -> (Vec<String>, Option<String>) {
    (versions.iter().map(ToString::to_string).collect(), by.map(str::to_owned))
}

/// A hotfix on the old line, after the new line was opened: its users can no longer change over.
#[test]
fn a_hotfix_strands_its_users() {
    let history = History::new();
    assert_eq!(warned(&history), said(&[], None), "there is nothing later");
    history.build(&history.feature("1.1.0", Some("1.0.0"), ""));
    assert_eq!(warned(&history), said(&[], None), "1.0.0 leads to 1.1.0");
    history.build(&history.security("1.0.1", "1.0.0", "ACME-1", ""));
    assert_eq!(warned(&history), said(&["1.0.1"], None));
    assert_eq!(history.warnings.borrow()[0].to_string(), "devices on 1.0.1 have no way to a later release");
    history.build(&history.security("1.1.1", "1.1.0", "ACME-1", ""));
    assert_eq!(warned(&history), said(&["1.0.1"], None), "it does not let them in either");
    // A feature release names them, unless it lets them in.
    let next = history.feature("1.2.0", Some("1.1.1"), "");
    let built = history.try_build(&next).expect("a package");
    assert_eq!(warned(&history), said(&["1.0.1"], Some("1.2.0")));
    let first = history.warnings.borrow()[0].clone();
    let Warning::Stranded { applies_to, .. } = first else { panic!("{first:?}") };
    assert_eq!(applies_to, [package("1.1.1"), package("1.0.1")], "all of it, previous first");
    std::fs::remove_file(built.path).expect("removed");
    let applies = format!("applies-to = [\"{}\", \"{}\"]\nclass", package("1.0.1"), package("1.1.1"));
    history.build(&edit(&next, "class", &applies));
    assert_eq!(warned(&history), said(&[], None));
}

/// What is no longer supported, or not for the public, is not missed; what was withdrawn is no way.
#[test]
fn only_supported_public_releases_count() {
    let history = History::new();
    history.build(&history.feature("1.1.0", Some("1.0.0"), ""));
    let hotfix = history.security("1.0.1", "1.0.0", "ACME-1", "");
    for text in [
        hotfix.replace("until = \"2036-12\"", "until = \"2026-11\"\nshorter-use.en = \"A disposable.\""),
        edit(&hotfix, "class", "channel = \"testing\"\nclass"),
    ] {
        let built = history.try_build(&text).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(warned(&history), said(&[], None));
        std::fs::remove_file(built.path).expect("removed");
    }
    history.build(&history.withdrawal("w1", "1.1.0"));
    history.build(&hotfix);
    assert_eq!(warned(&history), said(&[], None), "1.1.0 is no release to go to");
}

/// What a release of the line promised, the next one promises too.
#[test]
fn support_does_not_end_earlier() {
    let history = History::new();
    let hotfix = history.security("1.0.1", "1.0.0", "ACME-1", "");
    let shorter = hotfix.replace("until = \"2036-12\"", "until = \"2036-11\"");
    history.build(&shorter);
    let warnings = history.warnings.borrow().clone();
    let text: Vec<_> = warnings.iter().map(ToString::to_string).collect();
    assert_eq!(text, ["support ends in 2036-11, but 1.0.0 promised 2036-12"]);
    history.build(&history.feature("1.1.0", Some("1.0.1"), "").replace("2036-12", "2035-12"));
    assert_eq!(history.warnings.borrow().len(), 0, "another line");
}

/// A date that is past is no plan: not that of an entry of `[[open]]`, nor that of a notice.
#[test]
fn a_plan_for_a_time_that_is_past_is_noticed() {
    let history = History::new();
    let told = || history.warnings.borrow().iter().map(ToString::to_string).collect::<Vec<_>>();
    let status = |more: &str| {
        let text =
            format!("[[open]]\nid = \"ACME-2\"\nstatus = \"affected\"\nreason.en = \"It is built.\"\n{more}");
        history.security("1.0.1", "1.0.0", "ACME-1", &text)
    };
    for (planned, warned) in [
        ("planned = 2020-02-03\n", vec!["the fix of ACME-2 was planned for 2020-02-03, which is past"]),
        ("planned = 2040-02-03\n", vec![]),
        ("", vec![]),
    ] {
        let built = history.try_build(&status(planned)).unwrap_or_else(|e| panic!("{e}"));
        assert_eq!(told(), warned);
        std::fs::remove_file(built.path).expect("removed");
    }
    let all = "releases = [{ line = \"1.0\" }]";
    let status = format!("[[status]]\nid = \"CVE-2026-34567\"\nstatus = \"affected\"\n{all}\n");
    let notice = edit(&history.notice("n1", &status), &format!("states = [\"{}\"]", "1".repeat(64)), all);
    let planned = "category = \"fix-planned\"\ndate = 2020-02-03";
    history.build(&edit(&notice, "category = \"workaround\"", planned));
    assert_eq!(told(), ["the fix of CVE-2026-34567 was planned for 2020-02-03, which is past"]);
}

/// `pkg build` prints it with what to do about it.
#[test]
fn the_command_warns() {
    let history = History::new();
    let project = &history.project;
    project.key("all");
    history.build(&history.feature("1.1.0", Some("1.0.0"), ""));
    project.write("release.toml", history.security("1.0.1", "1.0.0", "ACME-1", ""));
    let issued = (ISSUED + 100 * DAY).to_string();
    let run = project.command(&["build", "release.toml", "-o", "out", "--key", "all.key"]);
    let mut run = run;
    let run = pkg_tests::tool::of(run.env("SOURCE_DATE_EPOCH", issued).output().expect("pkg runs"));
    assert_eq!(run.status, Some(0), "{}", run.stderr);
    for line in [
        "pkg: warning: devices on 1.0.1 have no way to a later release",
        "pkg: hint: list their packages in applies-to of the next feature release",
    ] {
        assert!(run.stderr.contains(line), "no {line:?} in\n{}", run.stderr);
    }
}
