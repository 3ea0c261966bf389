//! What the user is told.

use super::Set;
use crate::Fake;
use crate::fake::path::{en, list, map, num, text};
use pkg_format::Rule;

pub(super) fn add(set: &mut Set) {
    set.refused(
        Rule::Adv1,
        "security",
        "A security update without an advisory.",
        Fake::small().remove("advisory"),
    );
    set.refused(Rule::Adv1, "notice", "A notice without an advisory.", Fake::notice().remove("advisory"));
    set.refused(
        Rule::Adv1,
        "withdrawal",
        "A withdrawal without an advisory.",
        Fake::withdrawal().remove("advisory"),
    );
    set.refused(
        Rule::Adv2,
        "security",
        "A security update without an action.",
        Fake::small().remove("action"),
    );
    set.refused(Rule::Adv2, "code", "An action without a code.", Fake::notice().remove("action.code"));
    set.refused(
        Rule::Adv2,
        "none-without-text",
        "Nothing to do, and nothing said about it.",
        Fake::notice().set("action.code", text("none")).remove("action.text"),
    );
    for field in ["severity", "impact", "affected"] {
        let fake = Fake::small().remove(&format!("fixes[0].{field}"));
        set.refused(Rule::Adv3, field, &format!("A public fix without {field}."), fake);
    }
    for field in ["reason", "until"] {
        let fake = Fake::small().delayed().remove(&format!("fixes[0].disclosure.delayed.{field}"));
        set.refused(Rule::Adv4, field, &format!("A delay without {field}."), fake);
    }
    set.refused(
        Rule::Adv4,
        "empty",
        "A delay that says nothing.",
        Fake::small().delayed().set("fixes[0].disclosure", map([])),
    );
    set.refused(Rule::Adv5, "status", "A notice without a status.", Fake::notice().remove("statuses"));
    set.refused(Rule::Adv5, "remedy", "A notice without a remedy.", Fake::notice().remove("remediations"));
    set.refused(
        Rule::Adv6,
        "fix-planned",
        "A fix is announced, but not for when.",
        Fake::notice().set("remediations[0].category", text("fix-planned")),
    );
    severity(set);
    for (name, id) in [
        ("short-cve", "CVE-2026-123"),
        ("small-cve", "cve-2026-12345"),
        ("imitation", "CVE2026x"),
        ("short-year", "CVE-26-12345"),
        ("long-cve", "CVE-2026-12345678901234567890"),
        ("ghsa-letters", "GHSA-aaaa-bbbb-cccc"),
        ("ghsa-short", "GHSA-2345-6789"),
        ("euvd", "EUVD-1"),
        ("space", "ACME SA 1"),
        ("empty", ""),
    ] {
        let fake = Fake::small().set("fixes[0].id", text(id));
        set.refused(Rule::Adv9, name, &format!("The id of a vulnerability is {id:?}."), fake);
    }
    let status = |word| Fake::notice().set("statuses[0].status", text(word));
    set.refused(Rule::Adv10, "missing", "Not affected, and no word why.", status("not-affected"));
    set.refused(
        Rule::Adv10,
        "own-word",
        "Not affected, and a word of the maker's own why.",
        status("not-affected").set("statuses[0].justification", text("we_looked")),
    );
    set.refused(Rule::Adv11, "notice", "A notice without a contact.", Fake::notice().remove("contact"));
    set.refused(
        Rule::Adv11,
        "withdrawal",
        "A withdrawal without a contact.",
        Fake::withdrawal().remove("contact"),
    );
    set.refused(
        Rule::Adv12,
        "since",
        "Not exploited, but since when.",
        Fake::small().set("fixes[0].exploited-since", num(1_796_000_000)),
    );
    set.refused(
        Rule::Man1,
        "withdrawal-reason",
        "A withdrawal without a reason.",
        Fake::withdrawal().remove("reason"),
    );
    set.refused(
        Rule::Man9,
        "withdrawal-of-nothing",
        "A withdrawal of nothing.",
        Fake::withdrawal().set("withdraws", list([])),
    );
    set.refused(
        Rule::Man3,
        "advisory-text",
        "An advisory that is one text.",
        Fake::notice().set("advisory", en("Update.")),
    );
}

fn severity(set: &mut Set) {
    for (name, severity) in [
        ("score", "9.8"),
        ("word", "High"),
        ("none", "none"),
        ("cvss-2", "CVSS:2.0/AV:N/AC:L/Au:N/C:P/I:P/A:P"),
        ("cvss-3-0", "CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        ("missing-metric", "CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H"),
        ("metric-twice", "CVSS:3.1/AV:N/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        ("unknown-value", "CVSS:3.1/AV:X/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H"),
        ("order", "CVSS:4.0/AC:L/AV:N/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N"),
    ] {
        let fake = Fake::small().set("fixes[0].severity", text(severity));
        set.refused(Rule::Adv8, name, &format!("The severity is {severity:?}."), fake);
    }
}
