//! Automatic installation, cost, support, defaults.

use super::Set;
use crate::Fake;
use crate::fake::path::{digest, en, list, map, num, text};
use pkg_format::{Rule, Tree};

pub(super) fn add(set: &mut Set) {
    automatic(set);
    cost(set);
    support(set);
    defaults(set);
}

fn automatic(set: &mut Set) {
    set.refused(
        Rule::Aut1,
        "security",
        "Nothing said about automatic updates.",
        Fake::small().remove("automatic"),
    );
    set.refused(
        Rule::Aut2,
        "off",
        "Automatic updates apply, but are off by default.",
        Fake::small().set("automatic.default", text("off")),
    );
    set.refused(
        Rule::Aut3,
        "opt-out",
        "No way to opt out is told.",
        Fake::small().remove("automatic.opt-out"),
    );
    let not = map([
        ("applicable", Tree::Bool(false)),
        ("default", text("off")),
        ("reason", text("industrial")),
        ("text", en("Plants choose when to stop.")),
    ]);
    let not = |fake: Fake| fake.set("automatic", not.clone());
    for field in ["reason", "text"] {
        let fake = not(Fake::small()).remove(&format!("automatic.{field}"));
        set.refused(Rule::Aut4, field, &format!("Automatic updates do not apply, without {field}."), fake);
    }
    set.refused(
        Rule::Aut4,
        "own-reason",
        "Automatic updates do not apply, for a reason of the maker's own.",
        not(Fake::small()).set("automatic.reason", text("support-costs")),
    );
    set.refused(
        Rule::Aut5,
        "on",
        "Automatic updates do not apply, but are on by default.",
        not(Fake::small()).set("automatic.default", text("on")),
    );
}

fn cost(set: &mut Set) {
    let paid = |fake: Fake| fake.set("cost", text("paid"));
    let agreement = |waives: &str| {
        map([
            ("customer", text("customer 17")),
            ("contract-digest", digest(b"contract")),
            ("purpose", en("A camera for one factory.")),
            ("waives", list([text(waives)])),
        ])
    };
    set.refused(Rule::Cst1, "paid", "A security update that costs.", paid(Fake::small()));
    set.refused(
        Rule::Cst1,
        "other-waiver",
        "A security update that costs, with an agreement about something else.",
        paid(Fake::small()).set("tailor-made", agreement("secure-default")),
    );
    let tailored = || paid(Fake::small()).set("tailor-made", agreement("free-of-charge"));
    for field in ["customer", "contract-digest", "purpose", "waives"] {
        let fake = tailored().remove(&format!("tailor-made.{field}"));
        set.refused(Rule::Cst2, field, &format!("An agreement without {field}."), fake);
    }
    for (name, contract) in [("zeros", Tree::Bytes(vec![0; 32])), ("nothing", digest(b""))] {
        let fake = tailored().set("tailor-made.contract-digest", contract);
        set.refused(Rule::Cst2, name, &format!("A contract that is not there: {name}."), fake);
    }
    set.refused(
        Rule::Cst2,
        "waives-separation",
        "An agreement that waives separation.",
        tailored().set("tailor-made.waives", list([text("separation")])),
    );
    let claim = |fake: Fake| {
        fake.with_evidence("risk", "text/plain", b"checked").set(
            "latest-only",
            map([
                ("kind", text("sub-version")),
                ("free", Tree::Bool(true)),
                ("hardware", list([text("cam-x1")])),
                ("evidence", list([num(0)])),
            ]),
        )
    };
    set.refused(
        Rule::Cst3,
        "paid",
        "Older versions are left behind by a paid one.",
        claim(paid(Fake::feature())),
    );
    set.refused(
        Rule::Cst3,
        "not-free",
        "Older versions are left behind, and moving on is not free.",
        claim(Fake::feature()).set("latest-only.free", Tree::Bool(false)),
    );
    set.refused(
        Rule::Cst3,
        "environment",
        "Older versions are left behind, and the new one needs other hardware.",
        claim(Fake::feature()).set("release.environment-cost", en("A larger memory card.")),
    );
}

fn support(set: &mut Set) {
    set.refused(Rule::Sup1, "missing", "No support period.", Fake::small().remove("support"));
    set.refused(
        Rule::Sup1,
        "no-end",
        "A support period without an end.",
        Fake::small().remove("support.until"),
    );
    set.refused(
        Rule::Sup1,
        "no-start",
        "A support period that does not say when it began.",
        Fake::small().remove("support.from"),
    );
    for (name, month) in [
        ("year", "2032"),
        ("month-13", "2032-13"),
        ("day", "2032-12-31"),
        ("short", "2032-1"),
        ("word", "forever"),
    ] {
        let fake = Fake::small().set("support.until", text(month));
        set.refused(Rule::Sup1, name, &format!("Support until {month:?}."), fake);
    }
    set.refused(
        Rule::Sup1,
        "backwards",
        "Support that ends before it begins.",
        Fake::small().set("support.until", text("2026-11")),
    );
    set.refused(
        Rule::Sup2,
        "59-months",
        "Support for a month less than five years.",
        Fake::small().set("support.until", text("2031-11")),
    );
}

fn defaults(set: &mut Set) {
    let weaker = |direction: &str| {
        list([map([
            ("id", text("remote-view")),
            ("direction", text(direction)),
            ("text", en("On by default.")),
        ])])
    };
    set.refused(
        Rule::Def1,
        "weaker",
        "A security update weakens a default.",
        Fake::small().set("defaults", weaker("weaker")),
    );
    set.refused(
        Rule::Def1,
        "inseparable",
        "Not even an inseparable one may.",
        Fake::inseparable().set("defaults", weaker("weaker")),
    );
    set.refused(
        Rule::Man4,
        "direction",
        "A default that moves in another direction.",
        Fake::small().set("defaults", weaker("sideways")),
    );
}
