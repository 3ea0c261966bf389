//! What a manifest says of releases by their numbers, and what it leaves open.

use pkg_format::Tree;
use pkg_tests::Fake;
use pkg_tests::advisories::{Case, before};
use pkg_tests::fake::kinds::CVE;
use pkg_tests::fake::path::{en, list, map, num, set, text};
use serde_json::Value;

const FROM_4: &str = "every release of line 1 from number 4 on, also those still to come";

fn line(from: Option<u64>, below: Option<u64>) -> Tree {
    let mut line = map([("scope", text("product")), ("line", text("1"))]);
    for (end, number) in [("from", from), ("below", below)] {
        number.into_iter().for_each(|n| set(&mut line, end, num(n)));
    }
    line
}

fn all() -> Tree {
    map([("scope", text("product")), ("all", Tree::Bool(true))])
}

/// A notice that names releases by their numbers alone.
fn notice(status: Tree, remediation: Tree) -> Fake {
    Fake::notice()
        .remove("statuses[0].states")
        .set("statuses[0].releases", list([status]))
        .remove("remediations[0].states")
        .set("remediations[0].releases", list([remediation]))
}

fn csaf(case: &Case) -> Value {
    serde_json::from_str(&case.csaf().text).expect("JSON")
}

/// The names of the branches with these product ids.
fn names(document: &Value, ids: &Value) -> Vec<String> {
    let tree =
        document["product_tree"]["branches"][0]["branches"][0]["branches"].as_array().expect("versions");
    let ids = ids.as_array().cloned().unwrap_or_default();
    let of = tree.iter().filter(|b| ids.contains(&b["product"]["product_id"]));
    of.map(|b| format!("{}: {}", b["category"], b["name"]).replace('"', "")).collect()
}

fn patch_level(words: &str) -> String {
    format!("patch_level: {words}")
}

#[test]
fn releases_by_number_are_a_product_of_their_own() {
    for (releases, words, id) in [
        (all(), "every release, also those still to come", "cam-product-releases"),
        (line(None, None), "every release of line 1, also those still to come", "cam-product-1-releases"),
        (line(Some(4), None), FROM_4, "cam-product-1-from-4-releases"),
        (line(None, Some(9)), "every release of line 1 before number 9", "cam-product-1-below-9-releases"),
        (
            line(Some(4), Some(9)),
            "the releases of line 1 from number 4 to 8",
            "cam-product-1-from-4-below-9-releases",
        ),
    ] {
        let document = csaf(&Case::new("case", notice(releases.clone(), releases)));
        let v = &document["vulnerabilities"][0];
        assert_eq!(v["product_status"]["known_affected"], serde_json::json!([id]));
        assert_eq!(names(&document, &v["product_status"]["known_affected"]), [patch_level(words)]);
        assert_eq!(v["remediations"][0]["category"], "workaround");
        assert_eq!(v["remediations"][0]["product_ids"], serde_json::json!([id]));
        assert!(v["notes"].to_string().contains(words), "{}", v["notes"]);
    }
}

#[test]
fn known_versions_are_named_unless_they_answer_for_themselves() {
    let by_number = || notice(line(Some(1), None), line(Some(1), None));
    let affected = |known: Fake| {
        let document = csaf(&Case::new("case", by_number()).knowing(known));
        names(&document, &document["vulnerabilities"][0]["product_status"]["known_affected"])
    };
    let level = patch_level("every release of line 1 from number 1 on, also those still to come");
    let both = [level.clone(), "product_version: 1.4.3".to_owned()];
    // It closes the vulnerability, and was issued at the same time or later.
    assert_eq!(affected(Fake::security()), std::slice::from_ref(&level));
    assert_eq!(affected(Fake::security().set("issued", num(1_700_000_000))), both);
    assert_eq!(affected(Fake::security().set("fixes[0].id", text("CVE-2026-99999"))), both);
    assert_eq!(affected(Fake::security().set("release.line", text("2"))), [level]);
}

#[test]
fn what_is_said_by_name_comes_first() {
    let state = Tree::Bytes(pkg_tests::advisories::state(&before()).0.to_vec());
    let fixed = map([("id", text(CVE)), ("states", list([state])), ("status", text("fixed"))]);
    let fake = notice(all(), all()).set("statuses[1]", fixed);
    let document = csaf(&Case::new("case", fake).knowing(before()));
    let status = &document["vulnerabilities"][0]["product_status"];
    assert_eq!(names(&document, &status["fixed"]), ["product_version: 1.4.2"]);
    assert_eq!(names(&document, &status["known_affected"]).len(), 1, "{status}");
}

#[test]
fn a_remedy_for_some_of_them_names_these() {
    let document = csaf(&Case::new("case", notice(all(), line(Some(4), None))));
    let v = &document["vulnerabilities"][0];
    assert_eq!(names(&document, &v["product_status"]["known_affected"]).len(), 2);
    assert_eq!(names(&document, &v["remediations"][0]["product_ids"]), [patch_level(FROM_4)]);
    assert_eq!(v["remediations"][1]["category"], "none_available");
    // One for more of them helps all.
    let document = csaf(&Case::new("case", notice(line(Some(4), None), all())));
    let v = &document["vulnerabilities"][0];
    assert_eq!(names(&document, &v["product_status"]["known_affected"]), [patch_level(FROM_4)]);
    assert_eq!(names(&document, &v["remediations"][0]["product_ids"]), [patch_level(FROM_4)]);
    assert!(v["remediations"].as_array().is_some_and(|all| all.len() == 1), "{}", v["remediations"]);
}

#[test]
fn what_a_release_leaves_open_has_its_reason_and_its_date() {
    let open = |word: &str| {
        map([
            ("id", text("CVE-2026-22222")),
            ("status", text(word)),
            ("reason", en("The parser is rewritten in the next release.")),
            ("planned", num(1_800_000_000)),
        ])
    };
    for (word, group) in [
        ("affected", "known_affected"),
        ("mitigated", "known_affected"),
        ("under-investigation", "under_investigation"),
    ] {
        let case = Case::new("case", Fake::security().set("open", list([open(word)])));
        let document = csaf(&case);
        let v = document["vulnerabilities"]
            .as_array()
            .expect("some")
            .iter()
            .find(|v| v["cve"] == "CVE-2026-22222");
        let v = v.expect("the open one");
        assert_eq!(names(&document, &v["product_status"][group]), ["product_version: 1.4.3"], "{word}");
        assert!(v["notes"].to_string().contains("The parser is rewritten"), "{}", v["notes"]);
        let remedy = &v["remediations"][0];
        assert_eq!(
            (&remedy["category"], &remedy["date"]),
            (&"none_available".into(), &"2027-01-15T08:00:00Z".into())
        );
        assert_eq!(document["document"]["tracking"]["status"], "draft", "nobody vouches for it");
        let page = case.made(|s, o| pkg_advisory::text(s, o, 100)).expect("a page").text;
        for said in
            ["This release leaves the vulnerability open.", "Fix planned for 2027-01-15", "The parser is"]
        {
            assert!(page.contains(said), "{said}\n{page}");
        }
    }
    // Without a date nothing is promised.
    let mut undated = open("affected");
    pkg_tests::fake::path::remove(&mut undated, "planned");
    let document = csaf(&Case::new("case", Fake::security().set("open", list([undated]))));
    assert!(!document.to_string().contains("2027-01-15"));
}

#[test]
fn pages_and_openvex_say_it_in_words() {
    let case = Case::new("case", notice(line(Some(4), None), line(Some(4), None)));
    let page = case.made(|s, o| pkg_advisory::text(s, o, 100)).expect("a page").text;
    assert!(page.split_whitespace().collect::<Vec<_>>().join(" ").contains(FROM_4), "{page}");
    let html = case.made(pkg_advisory::html).expect("a page").text;
    assert!(html.contains(FROM_4), "{html}");
    let vex = case.made(pkg_advisory::openvex).expect("a document").text;
    assert!(vex.contains("from_sequence=4&line=1") && vex.contains("Switch remote viewing off."), "{vex}");
}
