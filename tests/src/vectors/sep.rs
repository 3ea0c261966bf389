//! Separation of security and feature updates (threats T89, T90).

use super::Set;
use crate::Fake;
use crate::fake::kinds::{CVE, justified};
use crate::fake::path::{en, list, map, num, text};
use pkg_format::{Rule, Tree};

pub(super) fn add(set: &mut Set) {
    class_and_kind(set);
    changes(set);
    feature(set);
    levels(set);
}

fn class_and_kind(set: &mut Set) {
    set.refused(Rule::Sep1, "missing", "No class.", Fake::small().remove("class"));
    set.refused(Rule::Sep1, "unknown", "Another class.", Fake::small().set("class", text("bugfix")));
    set.refused(Rule::Sep1, "both", "Two classes.", Fake::small().set("class", text("security,feature")));
    set.refused(
        Rule::Sep2,
        "missing",
        "A security update without a separation.",
        Fake::small().remove("separation"),
    );
    set.refused(
        Rule::Sep2,
        "no-kind",
        "A separation without a kind.",
        Fake::small().remove("separation.kind"),
    );
    set.refused(
        Rule::Sep2,
        "unknown",
        "Another kind.",
        Fake::small().set("separation.kind", text("mostly-pure")),
    );
    for field in ["rationale", "alternatives", "approver"] {
        let fake = Fake::inseparable().remove(&format!("separation.{field}"));
        set.refused(Rule::Sep3, field, &format!("An inseparable update without {field}."), fake);
    }
    set.refused(
        Rule::Sep3,
        "short",
        "A rationale of 79 characters.",
        Fake::change_is_fix().set("separation.rationale", en(&"r".repeat(79))),
    );
    set.refused(
        Rule::Sep3,
        "short-in-characters",
        "A rationale of 40 characters, but 80 bytes.",
        Fake::inseparable().set("separation.rationale", en(&"ä".repeat(40))),
    );
    set.refused(
        Rule::Sep3,
        "inherited",
        "An earlier change is passed on without who approved it.",
        Fake::small().inheriting().remove("inherited[0].approver"),
    );
    set.refused(
        Rule::Sep4,
        "all",
        "A pure update with a justification.",
        Fake::small().set("separation", justified("pure")),
    );
    set.refused(
        Rule::Sep4,
        "approver",
        "A pure update that somebody approved.",
        Fake::small().set("separation.approver", text("board")),
    );
    set.refused(
        Rule::Sep4,
        "inherited",
        "A pure release is said to justify a change.",
        Fake::small().inheriting().set("inherited[0].kind", text("pure")),
    );
}

fn changes(set: &mut Set) {
    set.refused(
        Rule::Sep5,
        "inseparable",
        "A change that no fix needs.",
        Fake::inseparable().remove("changes[0].necessary-for"),
    );
    set.refused(
        Rule::Sep5,
        "change-is-fix",
        "A restriction that no fix needs.",
        Fake::change_is_fix().remove("changes[0].necessary-for"),
    );
    set.refused(
        Rule::Sep6,
        "elsewhere",
        "A change for a fix of another release.",
        Fake::inseparable().set("changes[0].necessary-for", list([text("CVE-2026-99999")])),
    );
    set.refused(
        Rule::Sep6,
        "alias",
        "A change for the alias of a fix instead of its id.",
        Fake::inseparable()
            .set("fixes[0].aliases", list([text("ACME-SA-1")]))
            .set("changes[0].necessary-for", list([text("ACME-SA-1")])),
    );
    for effect in ["added", "changed", "restricted", "disabled", "replaced", "removed"] {
        let fake = Fake::inseparable().set("separation", map([("kind", text("pure"))]));
        let what = format!("A pure update with the effect {effect}.");
        set.refused(Rule::Sep7, effect, &what, fake.set("changes[0].effect", text(effect)));
    }
    set.refused(
        Rule::Sep7,
        "visible-correction",
        "A correction that a user notices.",
        Fake::inseparable()
            .set("separation", map([("kind", text("pure"))]))
            .set("changes[0].effect", text("corrected")),
    );
    set.refused(
        Rule::Sep8,
        "none",
        "An inseparable update without a change.",
        Fake::inseparable().remove("changes"),
    );
    set.refused(
        Rule::Sep8,
        "corrections-only",
        "An inseparable update that only corrects.",
        Fake::inseparable()
            .set("changes[0].effect", text("corrected"))
            .set("changes[0].user-visible", Tree::Bool(false)),
    );
    set.refused(
        Rule::Sep8,
        "earlier-only",
        "An inseparable update whose only change is an earlier one.",
        Fake::small().inheriting().set("separation", justified("inseparable")),
    );
    for effect in ["added", "changed"] {
        let fake = Fake::change_is_fix().set("changes[0].effect", text(effect));
        set.refused(Rule::Sep9, effect, &format!("A fix by change with the effect {effect}."), fake);
    }
}

fn feature(set: &mut Set) {
    set.refused(
        Rule::Sep6,
        "feature",
        "A change of a feature update for a fix that does not ride along.",
        Fake::feature()
            .set("changes", Fake::inseparable().tree().get("changes").expect("changes").clone())
            .set("changes[0].level", num(4)),
    );
    let also = |fix: Tree| Fake::feature().set("also-fixes", list([fix]));
    set.refused(
        Rule::Sep13,
        "nowhere",
        "A fix rides along and is nowhere else.",
        also(map([("id", text(CVE))])),
    );
    set.refused(
        Rule::Sep13,
        "before-man-2",
        "A fix that is nowhere else, and a field that nobody knows: what is missing is judged first.",
        also(map([("id", text(CVE)), ("other", num(1))])),
    );
}

fn levels(set: &mut Set) {
    set.refused(
        Rule::Sep14,
        "fix",
        "A fix above the level of the release.",
        Fake::small().set("fixes[0].level", num(8)),
    );
    set.refused(
        Rule::Sep14,
        "change",
        "A change above the level of the release.",
        Fake::inseparable().set("changes[0].level", num(8)),
    );
    set.refused(
        Rule::Sep14,
        "feature-change",
        "A change of a feature update above its feature level.",
        Fake::feature()
            .also_fixing()
            .set("changes", Fake::inseparable().tree().get("changes").expect("changes").clone()),
    );
    set.refused(
        Rule::Sep14,
        "inherited",
        "A justification of this very level is said to be inherited.",
        Fake::small().inheriting().set("inherited[0].level", num(7)).set("changes[0].level", num(6)),
    );
    set.refused(
        Rule::Sep15,
        "missing",
        "An earlier change without what justified it.",
        Fake::small().inheriting().remove("inherited"),
    );
    set.refused(
        Rule::Sep15,
        "other-level",
        "An earlier change, and what justified one of another level.",
        Fake::small().inheriting().set("inherited[0].level", num(5)),
    );
    set.refused(Rule::Sep16, "missing", "A security update without fixes.", Fake::small().remove("fixes"));
    set.refused(
        Rule::Sep16,
        "empty",
        "A security update with an empty list of fixes.",
        Fake::small().set("fixes", list([])),
    );
    set.refused(
        Rule::Sep17,
        "reopens",
        "A fix is taken back, but nothing is superseded.",
        Fake::small()
            .set("reopens", list([map([("id", text("ACME-SA-3")), ("reason", en("It broke video."))])])),
    );
}
