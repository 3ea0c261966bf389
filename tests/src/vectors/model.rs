//! What releases say about vulnerabilities beyond their fixes: parents, what stays open, predicates, exceptions.

use super::Set;
use crate::Fake;
use crate::device;
use crate::fake::kinds::{CVE, justified};
use crate::fake::path::{self, digest, en, list, map, num, text};
use crate::keys::{key, post_quantum};
use pkg_decide::Fit;
use pkg_format::{Rule, Tree};

pub(super) fn add(set: &mut Set) {
    parents(set);
    open(set);
    predicates(set);
    requirements(set);
    dates(set);
    exceptions(set);
}

fn parents(set: &mut Set) {
    let refs = [[1; 32], [2; 32]].map(|d| Tree::Bytes(d.to_vec()));
    let from = |list: Tree| Fake::small().set("from", list);
    set.accepted("from", "Built from two branches.", &from(list(refs.clone())));
    let [first, second] = refs;
    set.refused(Rule::Man7, "from", "Parents not sorted.", from(list([second, first.clone()])));
    set.refused(Rule::Man7, "from-twice", "A parent twice.", from(list([first.clone(), first])));
    set.refused(Rule::Man9, "from", "An empty list of parents.", from(list([])));
    let many = (0..65).map(|n| Tree::Bytes(vec![n; 32])).collect();
    set.refused(Rule::Man5, "from", "65 parents.", from(Tree::List(many)));
    let notice = Fake::notice().set("from", list([device::state_ref()]));
    set.refused(Rule::Man6, "notice-from", "A notice with parents.", notice);
}

/// An entry of `open`.
pub(super) fn still_open(id: &str, status: &str) -> Tree {
    map([("id", text(id)), ("status", text(status)), ("reason", en("The fix is not ready on this line."))])
}

fn open(set: &mut Set) {
    let with = |entry: Tree| Fake::small().set("open", list([entry]));
    for status in ["affected", "under-investigation", "mitigated"] {
        let what = format!("A lesser vulnerability stays open: {status}.");
        set.accepted(&format!("open-{status}"), &what, &with(still_open("CVE-2026-2222", status)));
    }
    set.accepted(
        "open-mitigated-fix",
        "What a fix only mitigates stays open.",
        &with(still_open(CVE, "mitigated")).set("fixes[0].status", text("mitigated")),
    );
    set.accepted(
        "open-copied-fix",
        "What an earlier level fixed is open again: a fix that is copied says nothing.",
        &with(still_open("CVE-2026-2222", "affected"))
            .and_fixes("CVE-2026-2222")
            .set("fixes[1].level", num(6)),
    );
    set.accepted(
        "open-feature",
        "A feature update with something that stays open.",
        &Fake::feature().also_fixing().set("open", list([still_open("CVE-2026-2222", "affected")])),
    );
    set.refused(
        Rule::Sep22,
        "security",
        "A vulnerability is fixed and stays open.",
        with(still_open(CVE, "affected")),
    );
    set.refused(
        Rule::Sep22,
        "feature",
        "A vulnerability is fixed by the way and stays open.",
        Fake::feature().also_fixing().set("open", list([still_open(CVE, "mitigated")])),
    );
    let twice = ["affected", "mitigated"].map(|status| still_open("CVE-2026-2222", status));
    set.refused(
        Rule::Man7,
        "open-twice",
        "A vulnerability stays open twice.",
        Fake::small().set("open", list(twice)),
    );
    set.refused(
        Rule::Man4,
        "open-fixed",
        "What is fixed does not stay open.",
        with(still_open("CVE-2026-2222", "fixed")),
    );
    set.refused(Rule::Man9, "open", "Nothing stays open.", Fake::small().set("open", list([])));
    let notice = Fake::notice().set("open", list([still_open(CVE, "affected")]));
    set.refused(Rule::Man6, "notice-open", "A notice in which something stays open.", notice);
}

/// A predicate over the releases of line 1.
pub(super) fn line(from: u64, below: u64) -> Tree {
    map([("scope", text("product")), ("line", text("1")), ("from", num(from)), ("below", num(below))])
}

/// A predicate over all releases of the scope.
pub(super) fn all() -> Tree {
    map([("scope", text("product")), ("all", Tree::Bool(true))])
}

fn predicates(set: &mut Set) {
    let both = |predicate: Tree| {
        ["statuses", "remediations"].into_iter().fold(Fake::notice(), |fake, list_of| {
            fake.remove(&format!("{list_of}[0].states"))
                .set(&format!("{list_of}[0].releases"), list([predicate.clone()]))
        })
    };
    set.accepted("releases-all", "A notice about every release of a scope.", &both(all()));
    set.accepted("releases-line", "A notice about releases of a line.", &both(line(3, 9)));
    set.accepted("releases-one", "A notice about one release, by its number.", &both(line(4, 5)));
    set.accepted(
        "releases-on",
        "A notice about a line from some release on.",
        &both(line(3, 9)).remove("statuses[0].releases[0].below"),
    );
    set.accepted(
        "releases-and-states",
        "A notice about a state and about releases to come.",
        &Fake::notice().set("statuses[0].releases", list([line(5, 9)])),
    );
    for list_of in ["statuses", "remediations"] {
        let what = format!("An entry of {list_of} about no release.");
        let fake = Fake::notice().remove(&format!("{list_of}[0].states"));
        set.refused(Rule::Man1, &format!("{list_of}-about-nothing"), &what, fake);
    }
    let at = "statuses[0].releases";
    for status in ["fixed", "not-affected"] {
        let mut fake = both(all()).set("statuses[0].status", text(status));
        if status == "not-affected" {
            fake = fake.set("statuses[0].justification", text("component_not_present"));
        }
        set.refused(Rule::Adv13, status, "Releases that do not exist yet are said to be closed.", fake);
    }
    set.refused(Rule::Man9, "releases", "An empty list of releases.", Fake::notice().set(at, list([])));
    let many = (1..66).map(|n| line(n, n + 1)).collect();
    set.refused(Rule::Man5, "releases", "65 predicates.", Fake::notice().set(at, Tree::List(many)));
    let spoilt = |path: &str, value: Option<Tree>| {
        let path = format!("{at}[0].{path}");
        match value {
            Some(value) => both(line(3, 9)).set(&path, value),
            None => both(line(3, 9)).remove(&path),
        }
    };
    let one = |value| Some(Tree::Bool(value));
    set.refused(Rule::Man6, "releases-all", "All releases, and a line.", spoilt("all", one(true)));
    set.refused(Rule::Man4, "releases-all", "Not all releases.", spoilt("all", one(false)));
    set.refused(Rule::Man1, "releases-scope", "Releases of no scope.", spoilt("scope", None));
    set.refused(Rule::Man1, "releases-line", "Releases of no line.", spoilt("line", None));
    set.refused(
        Rule::Man5,
        "releases-from",
        "From a release on, and below it.",
        spoilt("from", Some(num(9))),
    );
    set.refused(Rule::Ver7, "releases-from", "From number zero on.", spoilt("from", Some(num(0))));
    set.refused(Rule::Ver7, "releases-below", "Below number zero.", spoilt("below", Some(num(0))));
    set.refused(Rule::Man2, "releases", "An unknown field.", spoilt("until", Some(num(9))));
}

fn requirements(set: &mut Set) {
    let needs = |what: Tree| Fake::small().set("requires", list([what]));
    let modem = |field, value| map([("scope", text("modem")), (field, value)]);
    let by_line = |line: &str, from| {
        let mut tree = modem("line", text(line));
        path::set(&mut tree, "from", num(from));
        needs(tree)
    };
    set.accepted(
        "fits-required",
        "The other scope runs a late enough release of the line.",
        &by_line("1", 1),
    )
    .on("modem")
    .fitting(Fit::Step);
    set.accepted(
        "fits-required-state",
        "The other scope is in the state.",
        &needs(modem("state", modem_state())),
    )
    .on("modem")
    .fitting(Fit::Step);
    for (name, what, fake) in [
        ("sequence", "Another scope runs an earlier release than is required.", by_line("1", 2)),
        ("line", "Another scope is on another line than is required.", by_line("2", 1)),
        ("state", "Another scope is not in the state.", needs(modem("state", digest(b"another state")))),
    ] {
        set.refused(Rule::App5, name, what, fake).on("modem");
    }
    set.refused(Rule::App5, "no-scope", "Another scope is required that is not there.", by_line("1", 1))
        .on("standard");
    set.refused(Rule::Man1, "empty-requirement", "A requirement that requires nothing.", {
        needs(map([("scope", text("modem"))]))
    });
    set.refused(
        Rule::Man1,
        "requirement-from",
        "A line is required, but not from where on.",
        needs(modem("line", text("1"))),
    );
    set.refused(Rule::Ver7, "requirement", "From number zero on.", by_line("1", 0));
    let mut both = modem("state", digest(b"a state"));
    path::set(&mut both, "line", text("1"));
    set.refused(Rule::Man6, "requirement-line", "A state is required, and a line.", needs(both));
    let by_level = modem("min-security-level", num(1));
    set.refused(
        Rule::Man1,
        "requirement-level",
        "A requirement by level, which says nothing about fixes.",
        needs(by_level),
    );
    set.refused(
        Rule::Man4,
        "requires-itself",
        "A release that requires its own scope.",
        by_line("1", 1).set("requires[0].scope", text("product")),
    );
}

/// The state digest of the modem of the device `modem`.
fn modem_state() -> Tree {
    let devices = super::states::devices();
    let (_, device) = devices.iter().find(|(name, _)| *name == "modem").expect("a device");
    let state = device.state_digest(&device.scopes[1]).expect("it runs");
    Tree::Bytes(state.0.to_vec())
}

fn dates(set: &mut Set) {
    let after = || num(crate::fake::kinds::ISSUED + 1);
    set.refused(
        Rule::Ver13,
        "known-since",
        "A vulnerability that the maker learned of after the release.",
        Fake::small().set("fixes[0].known-since", after()),
    );
    set.refused(
        Rule::Ver13,
        "exploited-since",
        "Exploited since a time after the release.",
        Fake::small().set("fixes[0].exploited", Tree::Bool(true)).set("fixes[0].exploited-since", after()),
    );
    let now = || num(crate::fake::kinds::ISSUED);
    set.accepted(
        "known-now",
        "A vulnerability that the maker learned of when it was exploited, and fixed in that second.",
        &Fake::small()
            .set("fixes[0].known-since", now())
            .set("fixes[0].exploited", Tree::Bool(true))
            .set("fixes[0].exploited-since", now()),
    );
}

/// A feature release with a fix that is not available on its own.
fn exceptional() -> Fake {
    let mut exception = justified("not-feasible");
    path::remove(&mut exception, "kind");
    path::set(&mut exception, "reason", text("not-feasible"));
    Fake::feature().set("also-fixes", list([map([("id", text(CVE)), ("exception", exception)])]))
}

fn exceptions(set: &mut Set) {
    let by = |names: &[&'static str]| {
        exceptional().signed_by(&names.iter().map(|name| key(name)).collect::<Vec<_>>())
    };
    set.accepted(
        "feature-exception",
        "A fix that is not available on its own, where the keyring asks for nobody else.",
        &exceptional(),
    );
    set.accepted(
        "feature-exception-signed",
        "Two security keys signed the exception besides the feature key.",
        &by(&["feature", "security", "security-2"]),
    )
    .with_keyring("exception");
    set.accepted(
        "feature-exception-both-roles",
        "A key with both roles counts in both.",
        &by(&["all", "security"]),
    )
    .with_keyring("exception");
    set.accepted(
        "feature-no-exception",
        "Without an exception nobody else is asked for.",
        &Fake::feature().also_fixing(),
    )
    .with_keyring("exception");
    set.refused(
        Rule::Sig4,
        "feature-exception",
        "One security key signed the exception, and two are asked for.",
        by(&["feature", "security"]),
    )
    .with_keyring("exception");
    set.refused(Rule::Sig15, "feature-exception", "No security key signed the exception.", exceptional())
        .with_keyring("exception");
    set.refused(
        Rule::Sig15,
        "feature-exception-without-feature",
        "Only security keys signed a feature update with an exception.",
        by(&["security", "security-2"]),
    )
    .with_keyring("exception");
    set.refused(
        Rule::Sig16,
        "feature-exception",
        "One key of ML-DSA-65 signed the exception, and two are asked for.",
        exceptional().signed_by(&[key("feature"), key("security"), post_quantum("pq-security")]),
    )
    .with_keyring("hybrid");
    set.accepted(
        "hybrid-feature-exception",
        "Two keys of ML-DSA-65 signed the exception besides.",
        &exceptional().signed_by(&[
            key("feature"),
            key("security"),
            post_quantum("pq-security"),
            post_quantum("pq-security-2"),
        ]),
    )
    .with_keyring("hybrid");
    for field in ["reason", "rationale", "alternatives", "approver"] {
        let rule = if field == "reason" { Rule::Sep13 } else { Rule::Sep3 };
        let fake = exceptional().remove(&format!("also-fixes[0].exception.{field}"));
        set.refused(rule, &format!("exception-{field}"), &format!("An exception without {field}."), fake);
    }
    set.refused(
        Rule::Sep3,
        "exception-short",
        "The rationale of an exception has 79 characters.",
        exceptional().set("also-fixes[0].exception.rationale", en(&"r".repeat(79))),
    );
    let with_proof = |index| exceptional().set("also-fixes[0].exception.evidence", list([num(index)]));
    set.accepted(
        "exception-evidence",
        "A document supports the exception.",
        &with_proof(0).with_evidence("risk", "text/plain", b"why"),
    );
    set.refused(
        Rule::Man10,
        "exception",
        "A document that supports the exception is not there.",
        with_proof(0),
    );
    set.refused(
        Rule::Sep13,
        "unknown-reason",
        "An exception for another reason.",
        exceptional().set("also-fixes[0].exception.reason", text("too-much-work")),
    );
    let mut both = exceptional();
    both = both.set("also-fixes[0].separately-in", list([digest(b"a release")]));
    set.refused(Rule::Man6, "separately-and-exception", "A fix that is elsewhere, and an exception.", both);
}
