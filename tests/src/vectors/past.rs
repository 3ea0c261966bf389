//! Acknowledgements: the maker answers for what has ended.

use super::Set;
use crate::Fake;
use crate::fake::path::{en, list, num, text};
use crate::keys::{key, post_quantum};
use pkg_format::{Rule, Tree};

pub(super) fn add(set: &mut Set) {
    let fake = Fake::acknowledgement;
    set.accepted("acknowledgement", "Somebody answers for a delay that has ended.", &fake());
    set.accepted(
        "acknowledgement-bare",
        "Somebody answers for records that were cut off, which concern no vulnerability.",
        &fake()
            .set("acknowledges[0].rule", text("POL-4"))
            .remove("acknowledges[0].ids")
            .remove("acknowledges[0].states"),
    );
    set.accepted(
        "acknowledgement-evidence",
        "A document travels in an acknowledgement.",
        &fake().with_evidence("other", "text/plain", b"minutes of the meeting"),
    );
    set.accepted(
        "acknowledgement-exception",
        "The keyring asks for two keys on exceptions, and two signed.",
        &fake().signed_by(&[key("security"), key("security-2")]),
    )
    .with_keyring("exception");
    let issued = crate::fake::kinds::ISSUED;
    set.accepted("acknowledgement-now", "It ended in this very second.", &{
        fake().set("acknowledges[0].from", num(issued)).set("acknowledges[0].until", num(issued))
    });
    set.refused(Rule::App7, "acknowledgement", "An acknowledgement on a device.", fake()).on("standard");
    set.refused(Rule::App1, "acknowledgement", "An acknowledgement for another product.", fake())
        .on("other-product");
    set.refused(
        Rule::Ver13,
        "acknowledgement",
        "An acknowledgement of what has not ended.",
        fake().set("acknowledges[0].until", num(issued + 1)),
    );
    set.refused(
        Rule::Man5,
        "acknowledgement",
        "What is acknowledged ended before it began.",
        fake().set("acknowledges[0].from", num(issued)),
    );
    for rule in ["G1", "G4", "G5", "G9", "G10", "SEP-1", "G"] {
        let what = format!("Nobody can acknowledge {rule}.");
        let name = format!("acknowledges-{}", rule.to_lowercase());
        set.refused(Rule::Man4, &name, &what, fake().set("acknowledges[0].rule", text(rule)));
    }
    for field in ["acknowledges", "cause", "remedy", "approver"] {
        let what = format!("An acknowledgement without {field}.");
        set.refused(Rule::Man1, &format!("acknowledgement-{field}"), &what, fake().remove(field));
    }
    for field in ["rule", "from", "until"] {
        let what = format!("Something is acknowledged without {field}.");
        let path = format!("acknowledges[0].{field}");
        set.refused(Rule::Man1, &format!("acknowledges-{field}"), &what, fake().remove(&path));
    }
    set.refused(Rule::Man9, "acknowledges", "Nothing is acknowledged.", {
        fake().set("acknowledges", list([]))
    });
    let entry = fake().tree().get("acknowledges").and_then(|t| match t {
        Tree::List(list) => list.first().cloned(),
        _ => None,
    });
    let many = (0..65).filter_map(|_| entry.clone()).collect();
    set.refused(Rule::Man5, "acknowledges", "65 entries.", fake().set("acknowledges", Tree::List(many)));
    set.refused(
        Rule::Man6,
        "acknowledgement-advisory",
        "An acknowledgement with an advisory.",
        fake().set("advisory", en("Sorry.")),
    );
    set.refused(
        Rule::Man6,
        "notice-acknowledges",
        "A notice that acknowledges.",
        Fake::notice().set("acknowledges", list([])),
    );
    set.refused(
        Rule::Del7,
        "acknowledgement",
        "An acknowledgement that brings a payload.",
        fake().delivered_as(&Fake::small()),
    );
    set.refused(
        Rule::Sig15,
        "notice-on-acknowledgement",
        "A notice key signed an acknowledgement.",
        fake().signed_by(&[key("notice")]),
    );
    set.refused(Rule::Sig4, "acknowledgement", "One key signed, and two are asked for.", fake())
        .with_keyring("exception");
    set.refused(
        Rule::Sig16,
        "acknowledgement",
        "One key of ML-DSA-65 signed, and two are asked for on exceptions.",
        fake().signed_by(&[key("security"), post_quantum("pq-security")]),
    )
    .with_keyring("hybrid");
}
