//! What a release was built from, its levels, and the names of states and releases.

use super::history::{History, package};
use super::*;
use pkg_format::manifest::{Body, Need, Releases, Separately};

/// Sequence, feature level, security level.
fn counters(manifest: &Manifest) -> (u64, u64, u64) {
    let identity = &manifest.release().expect("a release").identity;
    (manifest.common().sequence, identity.feature_level, identity.security_level)
}

#[test]
fn previous_and_merged_are_what_a_release_was_built_from() {
    let history = History::new();
    let from = |manifest: &Manifest| manifest.release().expect("a release").from.clone();
    assert_eq!(from(&manifest(&history.project.path(&package("1.0.0")))), []);
    let next = history.build(&history.security("1.0.1", "1.0.0", "ACME-1", ""));
    assert_eq!(from(&next), [history.state("1.0.0")]);
    history.build(&history.feature("1.1.0", Some("1.0.0"), ""));
    let text = history.feature("1.2.0", Some("1.1.0"), "");
    let merged = "line = \"1.2\"\nmerged = [\"out/cam-1.0.1.full.pkg\", \"out/cam-1.1.0.full.pkg\"]";
    let mut both = vec![history.state("1.0.1"), history.state("1.1.0")];
    both.sort();
    assert_eq!(from(&history.build(&edit(&text, "line = \"1.2\"", merged))), both, "each once, in order");
}

/// M4: levels are floors. Security levels are counted over all lines that are known.
#[test]
fn levels_follow_the_highest_that_is_known() {
    let history = History::new();
    let secure =
        |version, previous, id| counters(&history.build(&history.security(version, previous, id, "")));
    assert_eq!(secure("1.0.1", "1.0.0", "ACME-1"), (2, 1, 2));
    let feature = history.build(&history.feature("1.1.0", Some("1.0.0"), ""));
    assert_eq!(counters(&feature), (1, 2, 2), "built from level 1, but 2 is known");
    assert_eq!(secure("1.1.1", "1.1.0", "ACME-1"), (2, 2, 3));
    assert_eq!(secure("1.0.2", "1.0.1", "ACME-2"), (3, 1, 4));
    // The feature level follows the highest that it applies to.
    let applies = format!("applies-to = [\"{}\", \"{}\"]\nclass", package("1.0.2"), package("1.1.1"));
    let text = edit(&history.feature("1.2.0", Some("1.0.2"), ""), "class", &applies);
    assert_eq!(counters(&history.build(&text)), (1, 3, 4));
}

/// Until when is said; since when follows.
#[test]
fn support_begins_with_the_first_release() {
    let project = Project::new();
    let since = |text: &str, issued| {
        let with = With { issued, ..With::all(&project) };
        let built = build_with(text, project.dir(), &with).unwrap_or_else(|e| panic!("{e}"));
        release(&built.path).support.from.to_string()
    };
    let without = |text: &str| edit(text, "from = \"2026-01\"\n", "");
    assert_eq!(since(FEATURE, ISSUED), "2026-01");
    project.write("rootfs.img", content("rootfs 2", 900));
    assert_eq!(since(&without(&following(SECURITY, "1.0.0", &[])), ISSUED + 60 * DAY), "2026-01");
    let fresh = edit(&without(FEATURE), "\"1.0.0\"", "\"1.0.5\"");
    assert_eq!(since(&fresh, ISSUED), "2026-12");
    assert_eq!(since(&fresh.replace("1.0.5", "1.0.6"), ISSUED + 31 * DAY), "2027-01");
}

/// `self` is the state that the release leads into, whose digest nobody can know before.
#[test]
fn a_release_speaks_of_its_own_state() {
    let history = History::new();
    let own = "[[status]]\nid = \"ACME-7\"\nstatus = \"not-affected\"\njustification = \"component_not_present\"\nstates = [\"self\", \"out/cam-1.0.0.full.pkg\"]\n[[remediation]]\ncategory = \"workaround\"\nids = [\"ACME-7\"]\nstates = [\"self\"]\ntext.en = \"Unplug it.\"\n";
    let built = history.build(&history.security("1.0.1", "1.0.0", "ACME-1", own));
    let mut both = vec![history.state("1.0.1"), history.state("1.0.0")];
    both.sort();
    let new = built.release().expect("a release");
    assert_eq!(new.statuses[0].states, both);
    assert_eq!(new.remediations[0].states, [history.state("1.0.1")]);
    // Nothing else has such a state.
    let wrong =
        history.notice("n1", "[[status]]\nid = \"ACME-7\"\nstatus = \"affected\"\nstates = [\"self\"]\n");
    let (rule, why) = history.refused(&wrong);
    assert_eq!(rule, Rule::Man3);
    assert!(why.contains("status[0].states[0]: only a status or a remediation of a release"), "{why}");
    let fix = history.security("1.0.2", "1.0.1", "ACME-2", "");
    let affected = edit(&fix, "id = \"ACME-2\"", "id = \"ACME-2\"\naffected = [\"self\"]");
    assert_eq!(history.refused(&affected).0, Rule::Man3);
}

/// Releases still to come have no digest: they are named by line and sequence.
#[test]
fn releases_to_come_are_named_by_their_numbers() {
    let history = History::new();
    let said = "[[status]]\nid = \"ACME-7\"\nstatus = \"affected\"\nreleases = [{ line = \"1.0\", from = 1, below = 9 }, { scope = \"modem\", all = true }]\n";
    let built = history.build(&history.notice("n1", said));
    let Body::Notice(notice) = built.body() else { panic!("a notice") };
    let id = pkg_tests::device::id;
    let line = Releases::Line { scope: id("product"), line: id("1.0"), from: Some(1), below: Some(9) };
    assert_eq!(notice.statuses[0].releases, [line, Releases::All { scope: id("modem") }]);
    assert_eq!(notice.statuses[0].states, []);
    // The scope of the release is meant where none is given.
    let modem = edit(&history.feature("2.0.0", None, said), "class", "scope = \"radio\"\nclass");
    let modem =
        modem.replace("component = \"boot\"", "component = \"dsp\"").replace("\"rootfs\"", "\"code\"");
    let built = history.build(&modem);
    let scope = built.release().expect("a release").statuses[0].releases[0].scope().clone();
    assert_eq!(scope, id("radio"));
    let closed = edit(said, "\"affected\"", "\"fixed\"");
    let (rule, why) = history.refused(&history.notice("n2", &closed));
    assert_eq!(rule, Rule::Adv13, "{why}");
}

/// Another scope must have a state, or a release of a line or a later one.
#[test]
fn requirements_name_a_release_or_a_state() {
    let history = History::new();
    let need = |version: &str, what: &str| {
        let require = format!("[[require]]\nscope = \"modem\"\n{what}\n");
        history.security(version, "1.0.0", "ACME-1", &require)
    };
    let needs = |text: &str| history.build(text).release().expect("a release").requires[0].need.clone();
    let line = Need::Line { line: pkg_tests::device::id("2.0"), from: 7 };
    assert_eq!(needs(&need("1.0.1", "line = \"2.0\"\nfrom = 7")), line);
    let state = need("1.0.2", "state = \"out/cam-1.0.0.full.pkg\"");
    assert_eq!(needs(&state), Need::State(history.state("1.0.0")));
    assert_eq!(history.refused(&need("1.0.3", "line = \"2.0\"")).0, Rule::Man1);
}

/// A fix in a feature release is to be had on its own where a known security release has it.
#[test]
fn a_fix_in_a_feature_release_is_found_on_its_own() {
    let history = History::new();
    history.build(&history.security("1.0.1", "1.0.0", "ACME-1", ""));
    let also = |manifest: &Manifest| match &manifest.release().expect("a release").update {
        Update::Feature(feature) => feature.also_fixes.clone(),
        Update::Security(_) => panic!("a feature release"),
    };
    // The description names the fix, the builder finds the release.
    let named = history.feature("1.1.0", Some("1.0.0"), "[[also-fix]]\nid = \"ACME-1\"\n");
    let found = also(&history.build(&named));
    assert_eq!(found[0].separately, Separately::In(vec![history.state("1.0.1")]));
    let unknown = history.feature("1.2.0", Some("1.1.0"), "[[also-fix]]\nid = \"ACME-2\"\n");
    assert_eq!(history.refused(&unknown).0, Rule::Sep13);
    // Nobody names it, but devices on 1.0.0 get it with the feature.
    let applies = format!("applies-to = [\"{}\", \"{}\"]\nclass", package("1.0.0"), package("1.0.1"));
    let both = edit(&history.feature("1.3.0", Some("1.0.1"), ""), "class", &applies);
    let found = also(&history.build(&both));
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].id.as_str(), "ACME-1");
    assert_eq!(found[0].separately, Separately::In(vec![history.state("1.0.1")]));
    let only = history.feature("1.4.0", Some("1.0.1"), "");
    assert_eq!(also(&history.build(&only)), [], "where all have it, nothing is closed");
    // What was withdrawn is no way to have it.
    history.build(&history.withdrawal("w1", "1.0.1"));
    assert_eq!(
        history
            .refused(
                &named
                    .replace("1.1.0", "1.5.0")
                    .replace("\"1.1\"", "\"1.5\"")
                    .replace("rootfs-1.5.0", "rootfs-1.4.0")
            )
            .0,
        Rule::Sep13
    );
}

/// An exception says what an inseparable update says.
#[test]
fn an_exception_gives_its_alternatives() {
    let history = History::new();
    let exception = |skip: &str| {
        let why: String =
            JUSTIFIED.lines().filter(|l| !l.starts_with(skip)).map(|l| format!("exception.{l}\n")).collect();
        format!("[[also-fix]]\nid = \"ACME-1\"\nexception.reason = \"not-feasible\"\n{why}")
    };
    for missing in ["rationale", "alternatives", "approver"] {
        let text = history.feature("1.1.0", Some("1.0.0"), &exception(missing));
        assert_eq!(history.refused(&text).0, Rule::Sep3, "without {missing}");
    }
    let built = history.build(&history.feature("1.1.0", Some("1.0.0"), &exception("none")));
    assert!(built.release().expect("a release").has_exception());
}
