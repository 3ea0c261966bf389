//! Acknowledgements: what the maker answers for, built from a description.

use super::history::History;
use super::*;
use pkg_format::manifest::{Body, Kind, PastRule};

const ACKNOWLEDGEMENT: &str = r#"kind = "acknowledgement"
id = "2026-late"
known = "out"
cause.en = "The person on call was ill, and nobody stood in."
remedy.en = "Two people are on call."
approver = "Product security board"

[product]
vendor = "acme"
name = "cam"
hardware = ["rev-a", "rev-b"]

[[acknowledge]]
rule = "G2"
ids = ["CVE-2026-12345", "ACME-1"]
states = ["out/cam-1.0.0.full.pkg"]
from = 2026-11-01
until = 2026-12-01
"#;

#[test]
fn an_acknowledgement_is_built_from_a_description() {
    let history = History::new();
    let built = history.try_build(ACKNOWLEDGEMENT).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!(built.path.file_name().and_then(|n| n.to_str()), Some("cam-2026-late.acknowledgement.pkg"));
    let manifest = manifest(&built.path);
    assert_eq!((manifest.kind(), manifest.common().sequence), (Kind::Acknowledgement, 1));
    let Body::Acknowledgement(told) = manifest.body() else { panic!("an acknowledgement") };
    let past = &told.acknowledges[0];
    let ids: Vec<_> = past.ids.iter().map(|id| id.as_str()).collect();
    assert_eq!((past.rule, ids), (PastRule::Lag, vec!["ACME-1", "CVE-2026-12345"]));
    assert_eq!(past.states, [history.state("1.0.0")]);
    assert_eq!((past.from, past.until), (1_793_491_200, 1_796_083_200));
    assert_eq!(told.approver.as_str(), "Product security board");
    // They are counted apart, and a release knows nothing of them.
    let next = edit(ACKNOWLEDGEMENT, "2026-late", "2026-later");
    assert_eq!(history.build(&next).common().sequence, 2);
    let release = history.build(&history.feature("1.1.0", Some("1.0.0"), ""));
    assert_eq!(release.common().after.len(), 1);
    // What the other descriptions share is no fault of it.
    history.project.write("product.toml", "contact = \"a@acme.example\"\n[support]\nuntil = \"2036-12\"\n");
    let shared = edit(ACKNOWLEDGEMENT, "kind = ", "include = [\"product.toml\"]\nkind = ");
    assert_eq!(history.build(&edit(&shared, "2026-late", "2026-shared")).common().sequence, 3);
}

#[test]
fn only_what_has_ended_is_acknowledged() {
    let history = History::new();
    for (from, to, rule) in [
        ("until = 2026-12-01", "until = 2030-12-01", Rule::Ver13),
        ("until = 2026-12-01", "until = 2026-10-01", Rule::Man5),
        ("\"G2\"", "\"G1\"", Rule::Man4),
        ("cause.en = \"The person on call was ill, and nobody stood in.\"\n", "", Rule::Man1),
        ("approver = \"Product security board\"\n", "", Rule::Man1),
        ("approver", "contact = \"a@acme.example\"\napprover", Rule::Man6),
        ("\"out/cam-1.0.0.full.pkg\"", "\"self\"", Rule::Man3),
    ] {
        assert_eq!(history.refused(&edit(ACKNOWLEDGEMENT, from, to)).0, rule, "{to:?}");
    }
}
