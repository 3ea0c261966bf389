//! Notices that name releases by their numbers, also those still to come.

use super::packages::{feature, notice, security, verified};
use super::rows::{Case, NOW, install};
use pkg_decide::{Installed, Scope};
use pkg_format::Tree;
use pkg_tests::fake::kinds::CVE;
use pkg_tests::fake::path::{en, list, map, num, set, text};
use pkg_tests::{Fake, device};

const OTHER: &str = "CVE-2026-99999";

fn all(scope: &str) -> Tree {
    map([("scope", text(scope)), ("all", Tree::Bool(true))])
}

fn line(name: &str, from: Option<u64>, below: Option<u64>) -> Tree {
    let mut line = map([("scope", text("product")), ("line", text(name))]);
    for (end, number) in [("from", from), ("below", below)] {
        number.into_iter().for_each(|n| set(&mut line, end, num(n)));
    }
    line
}

/// A notice that names nothing by its state.
fn by_number(releases: Tree) -> Fake {
    ["statuses[0]", "remediations[0]"].into_iter().fold(notice(), |fake, entry| {
        fake.remove(&format!("{entry}.states")).set(&format!("{entry}.releases"), list([releases.clone()]))
    })
}

/// What is said where a release runs of which the package is at hand or not.
fn told(release: &Fake, notice: &Fake, at_hand: bool) -> String {
    let case = Case::new(&[release.clone(), notice.clone()]).with(install);
    let case = case.with(|c| c.packages = if at_hand { c.packages.clone() } else { c.packages.split_off(1) });
    let (index, last) = (case.packages.len() - 1, case.packages.last().expect("the notice"));
    let offered: Vec<_> = case.packages.iter().collect();
    let (words, about) = case.words();
    let news = case.choices.is_news(&case.device, last, &offered);
    assert_eq!(news, about == Some(index) && words == "advise affected", "{words}");
    words
}

const AFFECTED: &str = "advise affected";

#[test]
fn a_notice_names_what_runs_by_scope_line_and_sequence() {
    // Line 1, sequence 4 runs.
    for (releases, concerns) in [
        (all("product"), true),
        (all("modem"), false),
        (line("1", None, None), true),
        (line("1", Some(4), None), true),
        (line("1", Some(5), None), false),
        (line("1", None, Some(5)), true),
        (line("1", None, Some(4)), false),
        (line("1", Some(1), Some(9)), true),
        (line("2", None, None), false),
    ] {
        let expected = if concerns { AFFECTED } else { "nothing not-concerned" };
        let fake = by_number(releases.clone());
        assert_eq!(Case::new(std::slice::from_ref(&fake)).words().0, expected, "{releases:?}");
        // One entry is enough, a status or a remediation.
        for entry in ["statuses[0]", "remediations[0]"] {
            let one =
                by_number(line("9", None, None)).set(&format!("{entry}.releases"), list([releases.clone()]));
            assert_eq!(Case::new(&[one]).words().0, expected, "{entry} {releases:?}");
        }
    }
    // An empty scope has no release.
    let mut case = Case::new(&[by_number(all("product"))]);
    case.device.state = device::empty();
    assert_eq!(case.words().0, "nothing not-concerned");
    // Another scope of the device may be the one.
    case.device.state.scopes.push(Scope::running(device::id("modem"), device::installed()));
    case.packages = vec![verified(&by_number(all("modem")))];
    assert_eq!(case.words().0, AFFECTED);
}

#[test]
fn the_installed_release_answers_for_itself() {
    let notice = by_number(line("1", Some(1), None));
    let closed = "nothing up-to-date";
    assert_eq!(told(&security(), &notice, true), closed);
    assert_eq!(told(&security(), &notice, false), AFFECTED, "without the package nobody answers");
    // What was issued before the notice cannot know.
    let later = notice.clone().set("issued", num(NOW + 1));
    assert_eq!(told(&security(), &later, true), AFFECTED);
    // A state that is named is named.
    let release = verified(&security());
    let state = release.manifest().release().expect("a release").state(&release.manifest().common().product);
    let named = notice.clone().set("statuses[0].states", list([Tree::Bytes(state.0.to_vec())]));
    assert_eq!(told(&security(), &named, true), AFFECTED);
    // Another vulnerability, and an alias.
    let other = |fake: &Fake| fake.clone().set("statuses[0].id", text(OTHER));
    assert_eq!(told(&security(), &other(&notice), true), AFFECTED);
    let alias = security().set("fixes[0].aliases", list([text(OTHER)]));
    assert_eq!(told(&alias, &other(&notice), true), closed);
    // All that a remediation is about must be closed.
    let both = notice.clone().set("remediations[0].ids", list([text(CVE), text(OTHER)]));
    assert_eq!(told(&security(), &both, true), AFFECTED);
    assert_eq!(told(&security().and_fixes(OTHER), &both, true), closed);
}

#[test]
fn only_its_own_words_close() {
    let notice = by_number(all("product"));
    let closed = "nothing up-to-date";
    // A fix of an earlier level is repeated: it says nothing. Nor does a fix that only mitigates.
    let repeated = security().and_fixes(OTHER).set("fixes[0].level", num(6));
    assert_eq!(told(&repeated, &notice, true), AFFECTED);
    assert_eq!(told(&security().set("fixes[0].status", text("mitigated")), &notice, true), AFFECTED);
    // A status for its own state.
    let release = verified(&repeated);
    let state = release.manifest().release().expect("a release").state(&release.manifest().common().product);
    let says = |word: &str| {
        let status =
            [("id", text(CVE)), ("states", list([Tree::Bytes(state.0.to_vec())])), ("status", text(word))];
        repeated.clone().set("statuses", list([map(status)]))
    };
    assert_eq!(told(&says("fixed"), &notice, true), closed);
    assert_eq!(told(&says("affected"), &notice, true), AFFECTED);
    // Of a word that closes and one that opens, the one that opens counts.
    let open = |fake: Fake| {
        let open = [("id", text(CVE)), ("status", text("affected")), ("reason", en("Found again."))];
        fake.set("open", list([map(open)]))
    };
    assert_eq!(told(&open(says("fixed")), &notice, true), AFFECTED);
    // A feature release closes what it lists.
    assert_eq!(told(&feature().also_fixing(), &notice, true), closed);
    assert_eq!(told(&feature(), &notice, true), AFFECTED);
}

#[test]
fn a_newer_notice_replaces_one_by_number() {
    let notice = by_number(all("product"));
    let newer = by_number(line("2", None, None))
        .set("id", text("cam-notice-6"))
        .set("sequence", num(6))
        .set("supersedes", list([Tree::Bytes(notice.digest().0.to_vec())]));
    assert_eq!(Case::new(&[notice.clone(), newer.clone()]).words().0, "nothing superseded");
    let heard = Case::new(&[notice]).with(|c| c.choices.heard(&verified(&newer)));
    assert_eq!(heard.words().0, "nothing superseded");
}

#[test]
fn only_what_helps_here_is_said() {
    let remedy = |releases: Tree, said: &str| {
        map([
            ("category", text("workaround")),
            ("ids", list([text(CVE)])),
            ("releases", list([releases])),
            ("text", en(said)),
        ])
    };
    let remedies = list([
        remedy(line("1", Some(4), None), "Switch remote viewing off."),
        remedy(line("2", None, None), "Take the camera down."),
    ]);
    let said = Case::new(&[notice().set("remediations", remedies)]).decide().notice.expect("a text").text;
    assert!(said.ends_with("Switch remote viewing off.") && !said.contains("Take the camera"), "{said}");
}

/// The counters of a device whose signers were revoked come down; a notice names what it has by those.
#[test]
fn numbers_are_those_of_the_state() {
    let mut case = Case::new(&[by_number(line("1", Some(4), Some(5)))]);
    assert_eq!(case.words().0, AFFECTED);
    let there = case.device.state.scopes[0].installed.take().expect("it runs");
    case.device.state.scopes[0].installed = Some(Installed { sequence: 3, ..there });
    assert_eq!(case.words().0, "nothing not-concerned");
}
