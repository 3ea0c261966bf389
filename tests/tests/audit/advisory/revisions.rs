//! A document that is published again: other content is another version.

use super::advisory;
use pkg_advisory::{Conflict, Edition, csaf, edition, openvex};
use pkg_tests::Fake;
use pkg_tests::advisories::{Case, before, scored, second_edition};
use serde_json::Value;

const LATER: u64 = 1_900_000_000;

fn json(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

fn next(edition: Result<Edition, Conflict>) -> (String, u64) {
    match edition {
        Ok(Edition::Next(text, version)) => (text, version),
        other => panic!("{other:?}"),
    }
}

#[test]
fn other_content_is_the_next_version_with_a_revision() {
    let first = Case::new("case", scored()).csaf().text;
    let more = Case::new("case", scored()).knowing(before()).csaf().text;
    assert_eq!(edition(&first, &first, LATER), Ok(Edition::Same(first.clone())));
    let (second, version) = next(edition(&more, &first, LATER));
    let tracking = &json(&second)["document"]["tracking"];
    assert_eq!((version, tracking["version"].as_str()), (2, Some("2")));
    assert_eq!(tracking["current_release_date"], "2030-03-17T17:46:40Z");
    assert_eq!(
        tracking["initial_release_date"],
        json(&first)["document"]["tracking"]["initial_release_date"]
    );
    let history = tracking["revision_history"].as_array().expect("revisions");
    assert_eq!(history.len(), 2);
    assert_eq!(history[1]["summary"], "Published again with other content.");
    // The same content again is the same bytes, whenever that is; and back to less is a third version.
    assert_eq!(edition(&more, &second, LATER + 9), Ok(Edition::Same(second.clone())));
    let (third, version) = next(edition(&first, &second, 0));
    assert_eq!((version, json(&third)["document"]["tracking"]["version"].as_str()), (3, Some("3")));
    // No revision is older than the one before it, whatever the clock says.
    assert_eq!(json(&third)["document"]["tracking"]["current_release_date"], "2030-03-17T17:46:40Z");
}

#[test]
fn a_notice_that_replaces_another_is_dated_by_its_manifest() {
    let case = |fake: Fake, known: Vec<Fake>| Case { fake, known, ..Case::new("case", Fake::notice()) };
    let first = case(Fake::notice(), Vec::new()).csaf().text;
    let second = case(second_edition(), vec![Fake::notice()]).csaf().text;
    let (second, version) = next(edition(&second, &first, 0));
    let tracking = &json(&second)["document"]["tracking"];
    assert_eq!((version, tracking["current_release_date"].as_str()), (2, Some("2026-12-02T00:00:00Z")));
    let summary = tracking["revision_history"][1]["summary"].as_str().expect("a summary");
    assert!(summary.starts_with("Replaces the manifest"), "{summary}");
}

#[test]
fn openvex_has_versions_too() {
    let case = Case::new("case", scored());
    let first = case.made(openvex).expect("a document").text;
    let more = Case::new("case", scored()).knowing(before()).made(openvex).expect("a document").text;
    assert_eq!(edition(&first, &first, LATER), Ok(Edition::Same(first.clone())));
    let (second, version) = next(edition(&more, &first, LATER));
    let (second, first_json) = (json(&second), json(&first));
    assert_eq!((version, second["version"].as_u64()), (2, Some(2)));
    assert_eq!(second["timestamp"], first_json["timestamp"]);
    assert_eq!(second["last_updated"], "2030-03-17T17:46:40Z");
    // Another form, another document, and what is none.
    let csaf = case.made(csaf).expect("a document").text;
    assert_eq!(edition(&csaf, &first, 0), Err(Conflict::Stranger { expected: "CSAF" }));
    assert_eq!(edition(&csaf, "{}", 0), Err(Conflict::Stranger { expected: "CSAF" }));
    assert_eq!(edition(&csaf, "no JSON", 0), Err(Conflict::Stranger { expected: "CSAF" }));
    let other = Case::new("other", scored()).csaf().text;
    assert!(matches!(edition(&csaf, &other, 0), Err(Conflict::Other { .. })));
    let odd = csaf.replace("\"version\": \"1\"", "\"version\": \"1.0.0\"");
    assert_eq!(edition(&csaf, &odd, 0), Err(Conflict::Unreadable("version")));
}

/// What feeds would never see is not written, and a folder that is not there is made.
#[test]
fn a_document_is_not_written_over_another_of_its_version() {
    let package = "cam-x1-1.4.3.full.pkg";
    let dir = tempfile::tempdir().expect("a folder");
    let folder = format!("{}/csaf/", dir.path().display());
    let file = format!("{folder}cam-x1-1_4_3.json");
    let run = |args: &[&str]| advisory(package, &[&["--csaf", "-o", &folder], args].concat());
    assert_eq!(run(&[]).status, Some(0));
    assert_eq!(run(&[]).status, Some(0), "the same again is no other content");
    let other = run(&["--known", "."]);
    assert_eq!(other.status, Some(2), "{}", other.stdout);
    assert!(
        other.stderr.contains("the same or a later version") && other.stderr.contains("--previous"),
        "{}",
        other.stderr
    );
    let next = run(&["--known", ".", "--previous", &file]);
    assert_eq!(next.status, Some(0), "{}", next.stderr);
    let written = std::fs::read_to_string(&file).expect("a document");
    assert_eq!(json(&written)["document"]["tracking"]["version"], "2");
    let strange = run(&["--previous", "EXAMPLE.keyring"]);
    assert_eq!(strange.status, Some(2), "{}", strange.stderr);
    assert!(strange.stderr.contains("pkg: hint: "), "{}", strange.stderr);
}
