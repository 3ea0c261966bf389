//! Form of a manifest and a delivery (threats T44, T45, T47).

use super::Set;
use super::accepted::known;
use crate::Fake;
use crate::fake::kinds::{CVE, change, justified};
use crate::fake::path::{self, digest, list, map, num, text};
use pkg_format::{Rule, Tree};

pub(super) fn add(set: &mut Set) {
    missing(set);
    unknown(set);
    types(set);
    bounds(set);
    misplaced(set);
    order(set);
    versions_and_references(set);
}

fn small(path: &str, value: Tree) -> Fake {
    Fake::small().set(path, value)
}

fn notice(path: &str, value: Tree) -> Fake {
    Fake::notice().set(path, value)
}

fn missing(set: &mut Set) {
    for path in
        ["format", "kind", "id", "product", "product.vendor", "product.hardware", "sequence", "issued"]
    {
        let name = path.replace('.', "-");
        set.refused(Rule::Man1, &name, &format!("{path} is missing."), Fake::notice().remove(path));
    }
    for path in
        ["release", "release.scope", "release.channel", "images", "applies-to", "cost", "fixes[0].disclosure"]
    {
        let name = path.replace(['.', '['], "-").replace(']', "");
        set.refused(Rule::Man1, &name, &format!("{path} is missing."), Fake::small().remove(path));
    }
    for (name, what, issued) in [
        ("before-the-format", "Issued at the end of 2019, before there was a format.", 1_577_836_799),
        ("beyond-the-calendar", "Issued in the year 10000.", 253_402_300_800),
    ] {
        set.refused(Rule::Ver13, name, what, Fake::notice().set("issued", num(issued)));
    }
    set.refused(Rule::Man1, "also-fixes", "also-fixes is missing.", Fake::feature().remove("also-fixes"));
    set.refused(
        Rule::Man1,
        "image-digest",
        "An image has no digest.",
        Fake::small().remove("images[0].sha256"),
    );
    set.refused(
        Rule::Man1,
        "delivery-manifest",
        "The delivery does not say which manifest it delivers.",
        Fake::small().set_delivery("manifest", num(0)).remove_delivery("manifest"),
    );
}

fn unknown(set: &mut Set) {
    set.refused(Rule::Man2, "top", "A field that nobody knows.", notice("urgent", Tree::Bool(true)));
    set.refused(Rule::Man2, "capital", "A known field in another case.", notice("Contact", text("me")));
    set.refused(
        Rule::Man2,
        "nested",
        "An unknown field inside an advisory.",
        notice("advisory.en.footer", text("x")),
    );
    set.refused(
        Rule::Man2,
        "nested-note",
        "A note anywhere but at the top.",
        notice("product.x-note", text("x")),
    );
    set.refused(Rule::Man2, "note-name", "A note with a space in its name.", notice("x-my note", text("x")));
    set.refused(
        Rule::Man2,
        "delivery-note",
        "A note in a delivery.",
        Fake::small().set_delivery("x-note", text("x")),
    );
    set.refused(
        Rule::Man2,
        "chunk-table",
        "A payload with a field that nobody knows.",
        Fake::small().set_delivery("payloads[0].offset", num(0)),
    );
}

fn types(set: &mut Set) {
    set.refused(Rule::Man3, "sequence-text", "The sequence is a text.", notice("sequence", text("3")));
    set.refused(
        Rule::Man3,
        "sequence-negative",
        "The sequence is negative.",
        notice("sequence", Tree::Int(-1)),
    );
    set.refused(Rule::Man3, "images-map", "The images are a map.", small("images", map([])));
    set.refused(
        Rule::Man3,
        "digest-text",
        "A digest as hex.",
        small("images[0].sha256", text(&"ab".repeat(32))),
    );
    set.refused(Rule::Man3, "bool-number", "1 instead of true.", small("fixes[0].exploited", num(1)));
    set.refused(
        Rule::Man3,
        "id-bytes",
        "The id is a byte string.",
        notice("id", Tree::Bytes(b"cam".to_vec())),
    );
    set.refused(Rule::Man3, "note-number", "A note that is no text.", notice("x-note", num(5)));
    set.refused(
        Rule::Man3,
        "chunk-of-two",
        "An entry of the chunk table without a digest.",
        Fake::small().alter_delivery("payloads[0].chunks[0]", |chunk| {
            path::remove(chunk, "[2]");
        }),
    );
    set.refused(
        Rule::Man3,
        "manifest-list",
        "The manifest is a list.",
        Fake::notice().manifest_bytes(|bytes| *bytes = vec![0x80]),
    );
}

fn bounds(set: &mut Set) {
    let rule = Rule::Man5;
    set.refused(rule, "empty-image", "An image of no bytes.", small("images[0].size", num(0)));
    let tags = (0..65).map(|i| {
        let letters = [b'a' + i / 26, b'a' + i % 26];
        (String::from_utf8_lossy(&letters).into_owned(), text("x"))
    });
    set.refused(
        rule,
        "languages",
        "A text in 65 languages.",
        notice("action.text", Tree::Map(tags.collect())),
    );
    let ids = (0..257).map(|i| text(&format!("h{i:03}"))).collect();
    set.refused(rule, "hardware", "257 hardware ids.", notice("product.hardware", Tree::List(ids)));
    let huge = |size| {
        map([
            ("kind", text("sbom")),
            ("media-type", text("text/plain")),
            ("size", num(size)),
            ("sha256", digest(b"sbom")),
        ])
    };
    set.refused(
        rule,
        "evidence",
        "More evidence than may travel.",
        notice("evidence", list([huge((64 << 20) + 1)])),
    );
    set.refused(
        rule,
        "evidence-overflow",
        "Sizes of evidence whose sum is above 2^64.",
        notice("evidence", list([huge(u64::MAX), huge(2)])),
    );
}

fn misplaced(set: &mut Set) {
    let rule = Rule::Man6;
    set.refused(rule, "notice-class", "A notice with a class.", notice("class", text("security")));
    set.refused(rule, "notice-images", "A notice with images.", notice("images", list([])));
    set.refused(
        rule,
        "withdrawal-fixes",
        "A withdrawal with fixes.",
        Fake::withdrawal().set("fixes", list([])),
    );
    set.refused(
        rule,
        "release-withdraws",
        "A release that withdraws.",
        small("withdraws", list([digest(b"x")])),
    );
    set.refused(
        rule,
        "feature-separation",
        "A feature update with a separation.",
        Fake::feature().set("separation", justified("inseparable")),
    );
    set.refused(
        rule,
        "feature-fixes",
        "A feature update with fixes.",
        Fake::feature().set("fixes", list([])),
    );
    set.refused(
        rule,
        "feature-reopens",
        "A feature update that reopens.",
        Fake::feature().set("reopens", list([])),
    );
    set.refused(
        rule,
        "security-also-fixes",
        "A security update with also-fixes.",
        small("also-fixes", list([])),
    );
    set.refused(
        rule,
        "automatic-reason",
        "A reason beside an automatic update.",
        small("automatic.reason", text("other")),
    );
    let two_reasons =
        map([("id", text(CVE)), ("separately-in", list([digest(b"x")])), ("exception", num(0))]);
    set.refused(
        rule,
        "also-fix-before-exception",
        "A fix that is elsewhere, and an exception of another type: that there are both is judged first.",
        Fake::feature().set("also-fixes", list([two_reasons])),
    );
    set.refused(
        rule,
        "justification-before-id",
        "A justification for what is affected, in a status without an id.",
        notice("statuses[0].justification", text("component_not_present")).remove("statuses[0].id"),
    );
    set.refused(
        rule,
        "status-justification",
        "A justification for what is affected.",
        notice("statuses[0].justification", text("component_not_present")),
    );
}

fn order(set: &mut Set) {
    let rule = Rule::Man7;
    let hardware = |a, b| notice("product.hardware", list([text(a), text(b)]));
    set.refused(rule, "hardware-unsorted", "Hardware ids not sorted.", hardware("cam-x2", "cam-x1"));
    set.refused(rule, "hardware-twice", "A hardware id twice.", hardware("cam-x1", "cam-x1"));
    set.refused(
        rule,
        "images-unsorted",
        "Images not sorted by component.",
        Fake::security().alter("images", |images| match images {
            Tree::List(list) => list.reverse(),
            _ => unreachable!("images are a list"),
        }),
    );
    set.refused(
        rule,
        "component-twice",
        "Two images of one component.",
        Fake::security().set("images[1].component", text("boot")),
    );
    set.refused(rule, "fix-twice", "Two fixes of one id.", Fake::small().and_fixes(CVE));
    set.refused(
        rule,
        "change-twice",
        "Two changes of one id.",
        Fake::inseparable().set("changes[1]", change("replaced")),
    );
    let mut refs = [[1; 32], [2; 32]].map(|d| Tree::Bytes(d.to_vec()));
    refs.reverse();
    set.refused(
        rule,
        "states-unsorted",
        "States that a step leads from, not sorted.",
        small("applies-to", list(refs.clone())),
    );
    set.refused(rule, "supersedes-unsorted", "Digests not sorted.", notice("supersedes", list(refs)));
    set.refused(
        rule,
        "evidence-order",
        "Indexes of evidence not sorted.",
        Fake::small()
            .with_evidence("sbom", "text/plain", b"one")
            .with_evidence("vex", "text/plain", b"two")
            .set_delivery("evidence", list([num(1), num(0)])),
    );
}

/// What the maker knew (6.3, `after`).
fn after(set: &mut Set) {
    let [notices, line, withdrawals] = known();
    let with = |list: Tree| Fake::small().set("after", list);
    set.refused(
        Rule::Man7,
        "after-order",
        "Series not sorted.",
        with(list([withdrawals.clone(), notices.clone()])),
    );
    set.refused(Rule::Man7, "after-twice", "A series twice.", with(list([notices.clone(), notices.clone()])));
    let of = |entry: &Tree, path: &str, value: Option<Tree>| {
        let mut entry = entry.clone();
        match value {
            Some(value) => path::set(&mut entry, path, value),
            None => drop(path::remove(&mut entry, path)),
        }
        with(list([entry]))
    };
    let line_of_notices = of(&notices, "line", Some(text("1")));
    set.refused(Rule::Man6, "after-line", "A series of notices with a line.", line_of_notices);
    set.refused(Rule::Man1, "after-line", "A series of releases without a line.", of(&line, "line", None));
    set.refused(
        Rule::Man1,
        "after-digest",
        "A statement without its digest.",
        of(&withdrawals, "digest", None),
    );
    set.refused(
        Rule::Man4,
        "after-series",
        "An unknown series.",
        of(&notices, "series", Some(text("keyring"))),
    );
    set.refused(Rule::Ver7, "after", "Number zero.", of(&notices, "sequence", Some(num(0))));
    set.refused(Rule::Man2, "after", "An unknown field.", of(&notices, "version", Some(text("1"))));
    set.refused(Rule::Man9, "after", "An empty list.", with(list([])));
    let lines = (0..257).map(|n| {
        let mut entry = line.clone();
        path::set(&mut entry, "line", text(&format!("{n:03}")));
        entry
    });
    set.refused(Rule::Man5, "after", "257 series.", with(Tree::List(lines.collect())));
}

fn versions_and_references(set: &mut Set) {
    after(set);
    for version in [0, 2] {
        let what = format!("Format version {version}.");
        set.refused(Rule::Man8, &version.to_string(), &what, notice("format", num(version)));
    }
    set.refused(
        Rule::Man8,
        "delivery",
        "Format version 2 of the delivery.",
        Fake::small().set_delivery("format", num(2)),
    );
    for path in ["evidence", "supersedes"] {
        set.refused(Rule::Man9, path, &format!("An empty list: {path}."), notice(path, list([])));
    }
    set.refused(Rule::Man9, "changes", "An empty list of changes.", small("changes", list([])));
    set.refused(Rule::Man9, "images", "An empty list of images.", small("images", list([])));
    set.refused(
        Rule::Man9,
        "payloads",
        "An empty list of payloads.",
        Fake::small().set_delivery("payloads", list([])),
    );
    set.refused(
        Rule::Man9,
        "chunks",
        "An empty list of chunks.",
        Fake::small().set_delivery("payloads[0].chunks", list([])),
    );
    let mut proof = justified("inseparable");
    path::set(&mut proof, "evidence", list([num(0)]));
    set.refused(
        Rule::Man10,
        "separation",
        "The separation points at evidence that is not there.",
        Fake::inseparable().set("separation", proof),
    );
    set.refused(
        Rule::Man10,
        "status",
        "A risk assessment that is not there.",
        notice("statuses[0].risk", num(0)),
    );
    set.refused(
        Rule::Man10,
        "delivery",
        "The delivery brings evidence that the manifest does not name.",
        Fake::small().set_delivery("evidence", list([num(0)])),
    );
}
