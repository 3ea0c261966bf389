//! Every row of every table: packages with all fields that there are, then each field absent where it is
//! required, and each of another type.

use super::Set;
use super::model::{all, line, still_open};
use crate::Fake;
use crate::device;
use crate::fake::kinds::{CVE, change, justified};
use crate::fake::path::{digest, en, list, map, num, text};
use pkg_format::{Rule, Tree};
use std::collections::BTreeSet;

pub(super) fn add(set: &mut Set) {
    for (name, sample) in samples() {
        set.accepted(&format!("every-field-{name}"), "Every field that there is.", &sample);
    }
    types(set);
    absent(set);
    deliveries(set);
}

/// Packages that have every field of their kind and class between them, by name.
pub fn samples() -> Vec<(&'static str, Fake)> {
    vec![
        ("security", security()),
        ("delayed", Fake::small().delayed()),
        ("feature", feature()),
        ("notice", notice()),
        ("planned", planned()),
        ("withdrawal", Fake::withdrawal().set("action.deadline", num(1_800_000_000))),
        ("acknowledgement", Fake::acknowledgement()),
    ]
}

fn evidence() -> Tree {
    list([map([
        ("kind", text("risk")),
        ("media-type", text("text/plain")),
        ("size", num(9)),
        ("sha256", digest(b"a document")),
        ("uri", text("https://acme.example/risk.txt")),
    ])])
}

fn status() -> Tree {
    map([
        ("status", text("not-affected")),
        ("justification", text("component_not_present")),
        ("id", text("CVE-2026-1111")),
        ("states", list([device::state_ref()])),
        ("outcome", text("looked at")),
        ("risk", num(0)),
    ])
}

fn remediation() -> Tree {
    map([
        ("category", text("workaround")),
        ("means", text("configuration")),
        ("ids", list([text(CVE)])),
        ("states", list([device::state_ref()])),
        ("release", digest(b"a release")),
        ("text", en("Switch remote viewing off.")),
        ("date", num(1_800_000_000)),
        ("url", text("https://acme.example/how")),
    ])
}

/// An inseparable security release of one small image.
fn security() -> Fake {
    let mut earlier = change("added");
    let mut before = justified("inseparable");
    for tree in [&mut earlier, &mut before] {
        crate::fake::path::set(tree, "level", num(6));
    }
    crate::fake::path::set(&mut earlier, "id", text("earlier"));
    let mut open = still_open("CVE-2026-2222", "affected");
    crate::fake::path::set(&mut open, "planned", num(1_800_000_000));
    Fake::small()
        .set("evidence", evidence())
        .set("supersedes", list([digest(b"a manifest")]))
        .set("keyring-min", num(1))
        .set("x-note", text("a note"))
        .set("separation", justified("inseparable"))
        .set("separation.evidence", list([num(0)]))
        .set("fixes[0].exploited", Tree::Bool(true))
        .set("fixes[0].exploited-since", num(1_790_000_000))
        .set("fixes[0].aliases", list([text("ACME-SA-1")]))
        .set("fixes[0].upstream", text("of the maker"))
        .set("fixes[0].description", en("A password was not asked for."))
        .set("fixes[0].cwe", text("CWE-287"))
        .set("fixes[0].known-since", num(1_780_000_000))
        .set("fixes[0].touches", list([text("usr/bin/*")]))
        .set("changes", list([change("added"), earlier]))
        .set("inherited", list([before]))
        .set("reopens", list([map([("id", text("ACME-SA-3")), ("reason", en("It broke video."))])]))
        .set("action.deadline", num(1_800_000_000))
        .set("images[0].version", text("1.4.3"))
        .set("fresh", Tree::Bool(true))
        .set("statuses", list([status()]))
        .set(
            "defaults",
            list([map([
                ("id", text("password")),
                ("direction", text("stronger")),
                ("text", en("On now.")),
                ("necessary-for", list([text(CVE)])),
            ])]),
        )
        .set("remediations", list([remediation()]))
        .set(
            "tailor-made",
            map([
                ("customer", text("a customer")),
                ("contract-digest", digest(b"a contract")),
                ("purpose", en("For one plant.")),
                ("waives", list([text("free-of-charge"), text("secure-default")])),
            ]),
        )
        .set("support.shorter-use", en("It is worn out by then."))
        .set("support.basis", text("a survey"))
        .set(
            "latest-only",
            map([
                ("kind", text("sub-version")),
                ("free", Tree::Bool(true)),
                ("hardware", list([text("cam-x1")])),
                ("evidence", list([num(0)])),
            ]),
        )
        .set("requires", list([map([("scope", text("modem")), ("line", text("1")), ("from", num(1))])]))
        .set("from", list([device::state_ref()]))
        .set("open", list([open]))
        .set("contact", text("security@acme.example"))
}

/// A feature release that is not installed automatically, with one fix of each kind.
fn feature() -> Fake {
    let mut added = change("added");
    crate::fake::path::set(&mut added, "level", num(4));
    let exception = map([
        ("reason", text("not-feasible")),
        ("rationale", en(&"The old code cannot take the fix. ".repeat(3))),
        ("alternatives", en("A filter in front of it; it would not hold.")),
        ("approver", text("board")),
    ]);
    let small = Fake::small();
    let (advisory, action) =
        ["advisory", "action"].map(|field| small.tree().get(field).expect("a field").clone()).into();
    Fake::feature()
        .set(
            "also-fixes",
            list([
                map([("id", text(CVE)), ("separately-in", list([digest(b"a security release")]))]),
                map([("id", text("CVE-2026-1111")), ("exception", exception)]),
            ]),
        )
        .set("changes", list([added]))
        .set("advisory", advisory)
        .set("action", action)
        .set("release.environment-cost", en("It needs a larger disk."))
        .set("requires", list([map([("scope", text("modem")), ("state", digest(b"a state"))])]))
        .set(
            "automatic",
            map([
                ("applicable", Tree::Bool(false)),
                ("default", text("off")),
                ("reason", text("industrial")),
                ("text", en("It stops the line.")),
                ("install-within", num(86_400)),
                ("max-postpone", num(604_800)),
            ]),
        )
}

fn notice() -> Fake {
    Fake::notice()
        .set("evidence", evidence())
        .set("statuses", list([status()]))
        .set("remediations", list([remediation()]))
}

/// A notice of a fix that is planned.
fn planned() -> Fake {
    Fake::notice()
        .set("statuses[0].releases", list([line(3, 9)]))
        .set("remediations[0].releases", list([all()]))
        .set("remediations[0].category", text("fix-planned"))
        .set("remediations[0].date", num(1_800_000_000))
}

/// The fields of a map and of what is in it, by their paths. Of a list the first map stands for all; texts by
/// language are not looked into, but for an advisory.
fn fields(tree: &Tree, at: &str, out: &mut Vec<String>) {
    match tree {
        Tree::Map(entries) => {
            for (key, value) in entries {
                let path = if at.is_empty() { key.clone() } else { format!("{at}.{key}") };
                if key != "en" {
                    out.push(path.clone());
                }
                if key != "en" || matches!(value, Tree::Map(_)) {
                    fields(value, &path, out);
                }
            }
        }
        Tree::List(entries) => {
            let maps = entries.iter().enumerate().filter(|(_, e)| matches!(e, Tree::Map(_)));
            for (i, entry) in maps.take(if at == "also-fixes" { 2 } else { 1 }) {
                fields(entry, &format!("{at}[{i}]"), out);
            }
        }
        _ => {}
    }
}

/// A path as a part of a name.
fn name_of(path: &str) -> String {
    path.replace(['.', '['], "-").replace(']', "")
}

/// No field may be a negative number. A row that an earlier sample showed is not shown again.
fn types(set: &mut Set) {
    let mut shown = BTreeSet::new();
    for (sample, fake) in samples() {
        let mut paths = Vec::new();
        fields(fake.tree(), "", &mut paths);
        for path in paths.into_iter().filter(|path| shown.insert(path.clone())) {
            let what = format!("{path} is a negative number.");
            let name = format!("{sample}-{}", name_of(&path));
            set.refused(Rule::Man3, &name, &what, fake.clone().set(&path, Tree::Int(-1)));
        }
    }
}

/// Required fields, and the rule that refuses their absence.
fn absent(set: &mut Set) {
    let man1 = |paths: &'static str| paths.split_whitespace().map(|p| (p, Rule::Man1));
    let security_fields = man1(
        "evidence[0].kind evidence[0].media-type evidence[0].size evidence[0].sha256 product.name
         release.version release.line release.feature-level release.security-level release.generation
         release.environment-cost
         fixes[0].exploited fixes[0].id fixes[0].level fixes[0].status
         changes[0].id changes[0].level changes[0].effect changes[0].user-visible changes[0].text
         inherited[0].level reopens[0].id reopens[0].reason
         advisory.en.title advisory.en.summary advisory.en.details advisory.en.impact action.restart
         images[0].component images[0].size
         statuses[0].status statuses[0].id statuses[0].states
         defaults[0].id defaults[0].direction defaults[0].text
         remediations[0].category remediations[0].ids remediations[0].states remediations[0].text
         automatic.applicable automatic.default automatic.install-within automatic.max-postpone
         latest-only.kind latest-only.free latest-only.hardware latest-only.evidence requires[0].scope
         requires[0].line requires[0].from open[0].id open[0].status open[0].reason",
    );
    let others = [
        ("inherited[0].kind", Rule::Sep2),
        ("inherited[0].rationale", Rule::Sep3),
        ("inherited[0].alternatives", Rule::Sep3),
        ("action.code", Rule::Adv2),
        ("action.text", Rule::Adv2),
        ("statuses[0].justification", Rule::Adv10),
    ];
    for (path, rule) in security_fields.chain(others) {
        let name = format!("absent-{}", name_of(path));
        set.refused(rule, &name, &format!("{path} is missing."), security().remove(path));
    }
    for (path, rule) in [
        ("also-fixes[0].id", Rule::Man1),
        ("also-fixes[1].exception.reason", Rule::Sep13),
        ("also-fixes[1].exception.alternatives", Rule::Sep3),
        ("automatic.reason", Rule::Aut4),
        ("automatic.text", Rule::Aut4),
        ("automatic.default", Rule::Man1),
    ] {
        let name = format!("feature-absent-{}", name_of(path));
        set.refused(rule, &name, &format!("{path} is missing."), feature().remove(path));
    }
    for (path, rule) in [("statuses", Rule::Adv5), ("remediations", Rule::Adv5), ("action", Rule::Adv2)] {
        let name = format!("notice-absent-{}", name_of(path));
        set.refused(rule, &name, &format!("A notice without {path}."), notice().remove(path));
    }
    for (path, rule) in [
        ("scope", Rule::Man1),
        ("withdraws", Rule::Man1),
        ("corrective", Rule::Man1),
        ("reason", Rule::Man1),
        ("action", Rule::Adv2),
    ] {
        let name = format!("withdrawal-absent-{path}");
        set.refused(rule, &name, &format!("A withdrawal without {path}."), Fake::withdrawal().remove(path));
    }
}

/// The same of deliveries, by one that has a base.
fn deliveries(set: &mut Set) {
    for path in "format kind payloads[1].component payloads[1].codec payloads[1].decode-memory
         payloads[1].base.sha256 payloads[1].base.size payloads[1].base.version"
        .split_whitespace()
    {
        let name = format!("delivery-absent-{}", name_of(path));
        set.refused(Rule::Man1, &name, &format!("{path} is missing."), Fake::delta().remove_delivery(path));
    }
    for path in "format manifest kind payloads payloads[1] payloads[1].component payloads[1].codec
         payloads[1].base payloads[1].base.sha256 payloads[1].base.size payloads[1].base.version
         payloads[1].decode-memory payloads[1].chunks payloads[1].chunks[1] payloads[1].chunks[1][0]
         payloads[1].chunks[1][1] payloads[1].chunks[1][2] evidence"
        .split_whitespace()
    {
        let what = format!("{path} is a negative number.");
        let fake = Fake::delta().set_delivery(path, Tree::Int(-1));
        set.refused(Rule::Man3, &format!("delivery-{}", name_of(path)), &what, fake);
    }
}
