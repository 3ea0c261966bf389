//! Which products a document names: none that has the fix, none on other hardware, no range that is not proven.

use pkg_format::Tree;
use pkg_tests::Fake;
use pkg_tests::advisories::{Case, before, scored, state};
use pkg_tests::fake::path::{digest, list, num, text};
use serde_json::{Value, json};

/// Category and name of each branch, by the status that it has for the made-up vulnerability.
fn branches(case: &Case, status: &str) -> Vec<(String, String)> {
    let document: Value = serde_json::from_str(&case.csaf().text).expect("JSON");
    let tree =
        document["product_tree"]["branches"][0]["branches"][0]["branches"].as_array().expect("versions");
    let ids =
        document["vulnerabilities"][0]["product_status"][status].as_array().cloned().unwrap_or_default();
    let of = tree.iter().filter(|b| ids.contains(&b["product"]["product_id"]));
    let text = |v: &Value| v.as_str().expect("a text").to_owned();
    let mut all: Vec<_> = of.map(|b| (text(&b["category"]), text(&b["name"]))).collect();
    all.sort();
    all
}

fn pair(category: &str, name: &str) -> (String, String) {
    (category.into(), name.into())
}

/// Another version of the made-up camera.
fn release(version: &str, level: u64, line: &str) -> Fake {
    before()
        .set("id", text(&format!("cam-{version}")))
        .set("release.version", text(version))
        .set("release.line", text(line))
        .set("release.security-level", num(level))
        .set("fixes[0].level", num(level))
        .set("images[0].sha256", digest(version.as_bytes()))
}

#[test]
fn a_range_is_written_only_where_the_known_releases_prove_it() {
    let affected = |known: &[Fake]| {
        let case = known.iter().fold(Case::new("case", scored()), |case, fake| case.knowing(fake.clone()));
        branches(&case, "known_affected")
    };
    let level = pair("patch_level", "line 1, feature level 3, security level 1 to 6");
    let version = |v: &str| pair("product_version", v);
    let range = |text: &str| pair("product_version_range", text);
    assert_eq!(affected(&[]), std::slice::from_ref(&level));
    let (older, other) = (release("1.4.1", 5, "1"), release("1.3.9", 7, "0"));
    let both = [version("1.4.1"), version("1.4.2"), range("vers:generic/>=1.4.1|<1.4.3")];
    assert_eq!(affected(&[before(), older.clone(), other]), both);
    // A version of another line, or one with the fix, lies in between: each is named, and no range.
    let between = release("1.4.1.5", 7, "0");
    assert_eq!(
        affected(&[before(), older.clone(), between]),
        [level.clone(), version("1.4.1"), version("1.4.2")]
    );
    // Versions that nobody can put in order.
    let odd = release("1.4.2-rc1", 5, "1");
    assert_eq!(affected(&[odd]), [level, version("1.4.2-rc1")]);
}

/// Of a state that is not known it cannot be told whether it has a fix that is carried on.
#[test]
fn what_may_have_the_fix_is_not_named() {
    let states = list([Tree::Bytes(state(&before()).0.to_vec())]);
    let carried = scored().set("applies-to", states.clone()).set("fixes[0].level", num(6));
    let alone = Case::new("case", carried.clone());
    assert_eq!(branches(&alone, "known_affected"), []);
    assert_eq!(alone.csaf().unknown_states, [state(&before())]);
    let known = alone.knowing(before());
    assert_eq!((branches(&known, "known_affected"), known.csaf().unknown_states), (vec![], vec![]));
    let below = carried.set("fixes[0].level", num(7));
    let known = Case::new("case", below.clone()).knowing(before());
    assert_eq!(branches(&known, "known_affected"), [pair("product_version", "1.4.2")]);
    // One that is new in this release is in no state that it starts from.
    let new = Case::new("case", below);
    assert_eq!(branches(&new, "known_affected").len(), 1);
    assert_eq!(new.csaf().unknown_states, []);
}

/// Who has other hardware is told nothing, and of each product for which hardware it is.
#[test]
fn hardware_that_a_release_is_not_for_is_not_named() {
    let hardware = |fake: Fake, ids: &[&str]| fake.set("product.hardware", list_of(ids));
    let case = Case::new("case", hardware(scored(), &["cam-x2"])).knowing(before());
    let document: Value = serde_json::from_str(&case.csaf().text).expect("JSON");
    let tree =
        document["product_tree"]["branches"][0]["branches"][0]["branches"].as_array().expect("versions");
    for branch in tree {
        let product = &branch["product"];
        assert_eq!(product["product_identification_helper"]["model_numbers"], json!(["cam-x2"]), "{product}");
        assert!(product["name"].as_str().is_some_and(|n| n.ends_with("(cam-x2)")), "{product}");
    }
    assert_eq!(tree.len(), 3);
    let vex = case.made(pkg_advisory::openvex).expect("a document").text;
    assert!(vex.contains("hardware=cam-x2\"") && !vex.contains("cam-x1"), "{vex}");
    let page = case.made(|s, o| pkg_advisory::text(s, o, 100)).expect("a page").text;
    assert!(page.contains("1.4.3 (cam-x2)"), "{page}");
    // A release for other hardware only is no version of this one: neither affected nor in the way of a range.
    let case = case.knowing(hardware(release("1.4.0", 5, "1"), &["cam-x1"]));
    let affected = branches(&case, "known_affected");
    assert_eq!(affected.iter().filter(|(_, name)| name == "1.4.0").count(), 0, "{affected:?}");
}

/// A fix that does not install is not offered.
#[test]
fn a_remedy_is_for_the_hardware_that_its_release_is_for() {
    let own = Tree::Bytes(state(&before()).0.to_vec());
    let fix = release("1.5.0", 8, "2");
    let remedy = pkg_tests::fake::path::map([
        ("category", text("vendor-fix")),
        ("ids", list([text("CVE-2026-12345")])),
        ("release", Tree::Bytes(state(&fix).0.to_vec())),
        ("states", list([own.clone()])),
        ("text", pkg_tests::fake::path::en("Install 1.5.0.")),
    ]);
    let notice = Fake::notice().set("statuses[0].states", list([own])).set("remediations", list([remedy]));
    let offered = |ids: &[&str]| {
        let fix = fix.clone().set("product.hardware", list_of(ids));
        let notice = notice.clone().set("product.hardware", list_of(&["cam-x1"]));
        let case = Case::new("case", notice).knowing(before()).knowing(fix);
        case.csaf().text.contains("Install 1.5.0.")
    };
    assert!(offered(&["cam-x1", "cam-x2"]));
    assert!(!offered(&["cam-x2"]));
}

fn list_of(ids: &[&str]) -> Tree {
    Tree::List(ids.iter().map(|id| text(id)).collect())
}
