//! Rules of a step: what only the release before can show.

use super::*;

#[test]
fn steps_back_are_not_built() {
    let next = |line: &str| {
        edited(&following(SECURITY, "1.0.2", &[]), &[("\"1.0.1\"", "\"1.0.9\""), ("line = \"1.0\"", line)])
    };
    let of = |text: &'static str, version: &str, line: &str| {
        edited(&following(text, version, &[]), &[("line = \"1.0\"", line)])
    };
    hold(&[
        Case(&next("line = \"1.0\"\nsequence = 2"), &[("", "")], Rule::Ver1, ANY),
        Case(&next("line = \"1.0\"\nsequence = 3"), &[("", "")], Rule::Ver2, ANY),
        Case(&next("line = \"1.0\"\nsecurity-level = 2"), &[("", "")], Rule::Ver3, ANY),
        Case(&of(FEATURE, "1.1.0", "line = \"1.2\"\nfeature-level = 2"), &[("", "")], Rule::Ver4, ANY),
        Case(&of(FEATURE, "1.1.0", "line = \"1.2\"\nfeature-level = 1"), &[("", "")], Rule::Ver4, ANY),
        Case(&next("line = \"1.0\"\nsequence = 70000"), &[("", "")], Rule::Ver5, ANY),
        Case(&next("line = \"1.0\"\nsecurity-level = 70000"), &[("", "")], Rule::Ver5, ANY),
        Case(&next("line = \"1.0\"\nsequence = 0"), &[("", "")], Rule::Ver7, Some("0")),
        Case(&next("line = \"1.0\"\nfeature-level = 0"), &[("", "")], Rule::Ver7, Some("0")),
        Case(&next("line = \"1.0\"\nsecurity-level = 0"), &[("", "")], Rule::Ver7, Some("0")),
        Case(&next("line = \"1.0\"\ngeneration = 0"), &[("", "")], Rule::Ver7, Some("0")),
        Case(SECURITY, &[("id = \"CVE", "level = 0\nid = \"CVE")], Rule::Ver7, Some("0")),
        Case(&next("line = \"1.0\""), &[("name = \"cam\"", "name = \"doorbell\"")], Rule::App1, ANY),
    ]);
}

/// A fault that is found and then taken for none of the builder's: the step "applies to the line"
/// below its own level, where the release before does not stand.
#[test]
fn a_security_release_raises_the_level() {
    let next = following(
        SECURITY,
        "1.0.2",
        &[("\"1.0.1\"", "\"1.0.9\""), ("line = \"1.0\"", "line = \"1.0\"\nsecurity-level = 3")],
    );
    hold(&[Case(&next, &[("", "")], Rule::Ver6, ANY)]);
}

/// What a description says is signed or refused, never dropped.
#[test]
fn nothing_that_is_written_is_dropped() {
    let contact = "contact = \"security@acme.example\"";
    hold(&[
        Case(SECURITY, &[(contact, "reason.en = \"It is a release.\"")], Rule::Man6, Some("reason")),
        Case(SECURITY, &[(contact, "scope = \"release\"")], Rule::Man6, Some("\"release\"")),
        Case(SECURITY, &[(contact, "corrective = \"recall\"")], Rule::Man6, Some("\"recall\"")),
        Case(
            NOTICE,
            &[("", "[[require]]\nscope = \"modem\"\nline = \"1.0\"\nfrom = 1")],
            Rule::Man6,
            Some("require"),
        ),
        Case(
            NOTICE,
            &[("", "[[reopen]]\nid = \"CVE-2026-9999\"\nreason.en = \"So.\"")],
            Rule::Man6,
            Some("reopen"),
        ),
    ]);
}

/// A substantial modification is a feature release with a risk assessment.
#[test]
fn generations_rise_with_a_risk_assessment_only() {
    let feature = following(
        FEATURE,
        "1.0.2",
        &[("\"1.0.0\"", "\"2.0.0\""), ("line = \"1.0\"", "line = \"2.0\"\nsubstantial = true")],
    );
    let security = following(
        SECURITY,
        "1.0.2",
        &[("\"1.0.1\"", "\"1.0.9\""), ("line = \"1.0\"", "line = \"1.0\"\nsubstantial = true")],
    );
    let risk = "[[evidence]]\nkind = \"risk\"\nmedia-type = \"text/plain\"\nfile = \"boot.img\"";
    let by_hand = |n: u32| feature.replace("substantial = true", &format!("generation = {n}"));
    hold(&[
        Case(&feature, &[("", "")], Rule::Ver8, Some("release")),
        Case(&feature, &[("", risk), ("\"risk\"", "\"sbom\"")], Rule::Ver8, Some("release")),
        Case(&security, &[("", risk)], Rule::Ver8, Some("release")),
        Case(&by_hand(2), &[("", risk)], Rule::Ver8, Some("2")),
        Case(
            &by_hand(2)
                .replace("generation", "substantial = true\ngeneration")
                .replace("generation = 2", "generation = 0"),
            &[("", risk)],
            Rule::Ver7,
            Some("0"),
        ),
    ]);
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let built = build_with(&edit(&feature, "", risk), past().dir(), &with).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(release(&built.path).identity.generation, 2);
}

/// The date of issue does not fall from one release to the next; not from another line either.
#[test]
fn dates_do_not_fall() {
    let out = tempfile::tempdir().expect("a folder");
    let next = following(SECURITY, "1.0.2", &[("\"1.0.1\"", "\"1.0.9\"")]);
    let at = |issued| With { out: out.path().to_owned(), issued, ..With::all(past()) };
    let (rule, place, message) = refused(&next, &at(ISSUED + 2 * DAY - 1));
    assert_eq!((rule, place), (Some(Rule::Ver9), None), "{message}");
    assert_eq!(refused(&next, &at(ISSUED + 2 * DAY)).0, None, "on the same day");
}

/// A year with four digits, and not before there was a format: whatever else would be signed and could not be followed.
#[test]
fn dates_are_in_range() {
    let out = tempfile::tempdir().expect("a folder");
    let at = |issued| With { out: out.path().to_owned(), issued, ..With::all(past()) };
    for issued in [0, 1_577_836_799, 253_402_300_800, u64::MAX] {
        assert_eq!(refused(FEATURE, &at(issued)).0, Some(Rule::Ver13), "{issued}");
        assert_eq!(refused(NOTICE, &at(issued)).0, Some(Rule::Ver13), "{issued}");
    }
    let next = following(SECURITY, "1.0.2", &[("\"1.0.1\"", "\"1.0.9\"")]);
    let late = "known-since = 2999-01-01\nid = \"CVE";
    let exploited = "exploited = true\nexploited-since = 2999-01-01\nid = \"CVE";
    hold(&[
        Case(&next, &[("id = \"CVE", late)], Rule::Ver13, Some("2999-01-01")),
        Case(&next, &[("id = \"CVE", exploited)], Rule::Ver13, Some("2999-01-01")),
    ]);
}

/// What fixes something changes an image.
#[test]
fn a_security_release_changes_an_image() {
    let same = [("\"1.0.1\"", "\"1.0.9\""), ("rootfs.img", "rootfs-1.0.2.img")];
    let from = |applies: &str| {
        let class = format!("class = \"security\"\napplies-to = {applies}");
        edit(&following(SECURITY, "1.0.2", &same), "class = \"security\"", &class)
    };
    let of_1_0_1 = from("[\"out/cam-1.0.1.full.pkg\", \"out/cam-1.0.2.full.pkg\"]")
        .replace("rootfs-1.0.2", "rootfs-1.0.1");
    hold(&[
        Case(&following(SECURITY, "1.0.2", &same), &[("", "")], Rule::Sep19, ANY),
        Case(
            &from("[\"out/cam-1.0.1.full.pkg\", \"out/cam-1.0.2.full.pkg\"]"),
            &[("", "")],
            Rule::Sep19,
            ANY,
        ),
        Case(&of_1_0_1, &[("", "")], Rule::Sep19, ANY),
    ]);
}

/// A state that is named and that no device would take the step from.
#[test]
fn a_step_that_every_device_refuses_is_not_built() {
    let from = |line: &str, previous: &str, other: &str| {
        let class = format!(
            "class = \"security\"\napplies-to = [\"out/cam-{previous}.full.pkg\", \"out/cam-{other}.full.pkg\"]"
        );
        let line = format!("line = \"{line}\"");
        let edits = [("\"1.0.1\"", "\"1.0.9\""), ("line = \"1.0\"", line.as_str())];
        edit(&following(SECURITY, previous, &edits), "class = \"security\"", &class)
    };
    hold(&[
        // A security update takes nobody to another line or feature level, nor back.
        Case(&from("1.1", "1.1.0", "1.0.2"), &[("", "")], Rule::Sep10, ANY),
        Case(&from("1.0", "1.0.2", "1.1.0"), &[("", "")], Rule::Sep10, ANY),
    ]);
}

// ---------------------------------------------------------------- what is no description at all
