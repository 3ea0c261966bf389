//! Values that are not in their grammar (threat T46).

use super::Set;
use crate::Fake;
use crate::fake::path::{list, text};
use pkg_format::{Rule, Tree};

pub(super) fn add(set: &mut Set) {
    digests(set);
    grammars(set);
}

fn small(path: &str, value: Tree) -> Fake {
    Fake::small().set(path, value)
}

fn notice(path: &str, value: Tree) -> Fake {
    Fake::notice().set(path, value)
}

/// Threat T46: a digest that is absent, empty or of another length never counts as checked.
fn digests(set: &mut Set) {
    for (name, length) in [("empty", 0), ("31", 31), ("33", 33), ("64", 64)] {
        let what = format!("The digest of an image has {length} bytes.");
        set.refused(
            Rule::Man4,
            &format!("digest-{name}"),
            &what,
            small("images[0].sha256", Tree::Bytes(vec![7; length])),
        );
    }
    let chunk = Fake::small().set_delivery("payloads[0].chunks[0][2]", Tree::Bytes(Vec::new()));
    set.refused(Rule::Man4, "chunk-digest-empty", "The digest of a chunk is empty.", chunk);
    let reference = Fake::withdrawal().set("withdraws", list([Tree::Bytes(vec![1; 20])]));
    set.refused(Rule::Man4, "reference-20", "A reference of 20 bytes.", reference);
}

fn grammars(set: &mut Set) {
    let rule = Rule::Man4;
    for (name, id) in [
        ("parent", ".."),
        ("path", "../../etc/cron.d/x"),
        ("dash", "-rf"),
        ("empty", ""),
        ("long", &*"i".repeat(65)),
        ("nul", "cam\0"),
        ("space", "cam 3"),
        ("umlaut", "käm"),
    ] {
        set.refused(rule, &format!("id-{name}"), &format!("The id is {id:?}."), notice("id", text(id)));
    }
    for (name, version) in [("empty", ""), ("long", &*"1".repeat(65)), ("colon", "1:2"), ("slash", "1/2")] {
        let what = format!("The version is {version:?}.");
        set.refused(rule, &format!("version-{name}"), &what, small("release.version", text(version)));
    }
    set.refused(rule, "kind", "Another kind of manifest.", notice("kind", text("advisory")));
    for (name, path, what) in [
        ("environment-cost", "release.environment-cost", "Another text for what moving costs."),
        ("affected", "fixes[0].affected", "Another text for what is affected."),
        ("status-of-fix", "fixes[0].status", "Another outcome of a fix."),
        ("restart", "action.restart", "Another restart."),
        ("code", "action.code", "Another action."),
        ("automatic-default", "automatic.default", "Neither on nor off."),
    ] {
        set.refused(rule, name, what, small(path, text("other")));
    }
    for (name, path, what) in [
        ("standing", "statuses[0].status", "Another status."),
        ("category", "remediations[0].category", "Another kind of remedy."),
    ] {
        set.refused(rule, name, what, notice(path, text("other")));
    }
    let evidence = Fake::notice().with_evidence("vex", "text/plain", b"{}");
    set.refused(
        rule,
        "evidence-kind",
        "Another kind of evidence.",
        evidence.set("evidence[0].kind", text("other-kind")),
    );
    for (name, path) in [("withdrawal-scope", "scope"), ("corrective", "corrective")] {
        let fake = Fake::withdrawal().set(path, text("other"));
        set.refused(rule, name, &format!("Another word for {path}."), fake);
    }
    set.refused(rule, "channel", "Another channel.", small("release.channel", text("nightly")));
    set.refused(rule, "cost", "Another word for cost.", small("cost", text("gratis")));
    set.refused(rule, "applies-to", "Applies to everything.", small("applies-to", text("any")));
    set.refused(rule, "fresh-false", "fresh is false instead of absent.", small("fresh", Tree::Bool(false)));
    set.refused(rule, "cwe", "A weakness with a zero in front.", small("fixes[0].cwe", text("CWE-079")));
    set.refused(
        rule,
        "effect",
        "Another effect.",
        Fake::inseparable().set("changes[0].effect", text("improved")),
    );
    set.refused(rule, "disclosure", "Another disclosure.", small("fixes[0].disclosure", text("secret")));
    set.refused(
        rule,
        "media-type",
        "A media type without a slash.",
        Fake::notice().with_evidence("vex", "json", b"{}"),
    );
    set.refused(
        rule,
        "delivery-kind",
        "Another kind of delivery.",
        Fake::small().set_delivery("kind", text("partial")),
    );
}
