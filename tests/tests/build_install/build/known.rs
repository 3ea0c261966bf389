//! What a builder writes down of what it knew, and which keyring it asks for.

use super::*;
use pkg_format::KeyringStatement;
use pkg_format::manifest::{After, Series};
use pkg_tests::keys::key;
use pkg_verify::{ExampleKeys, Keyring};

/// The package of a made-up release in the past.
fn package(version: &str) -> PathBuf {
    past().path(&format!("out/cam-{version}.full.pkg"))
}

/// What its manifest says was the newest of line `line`.
fn knew(version: &str, line: &str) -> Option<u64> {
    let scope = pkg_tests::device::id("product");
    let series = Series::Line { scope, line: pkg_tests::device::id(line) };
    Some(manifest(&package(version)).common().knew(&series)).filter(|n| *n > 0)
}

#[test]
fn a_statement_names_the_newest_of_each_series_that_was_known() {
    assert_eq!(manifest(&package("1.0.0")).common().after, [], "the first knows nothing");
    assert_eq!(knew("1.0.1", "1.0"), Some(1));
    assert_eq!((knew("1.1.0", "1.0"), knew("1.1.0", "1.1")), (Some(3), None));
    let digest = Digest::of(&manifest(&package("1.0.0")).to_tree().to_bytes());
    let [After { digest: named, .. }] = manifest(&package("1.0.1")).common().after[..] else { panic!() };
    assert_eq!(named, digest);
}

#[test]
fn notices_and_withdrawals_are_named_apart() {
    let project = Project::new();
    let built = |text: &str| manifest(&build(&project, text).unwrap_or_else(|e| panic!("{e}\n{text}")).path);
    built(FEATURE);
    let known =
        |text: &str, id: &str| edit(text, "id = \"2026-", &format!("known = \"out\"\nid = \"{id}-2026-"));
    built(&known(NOTICE, "a"));
    built(&known(WITHDRAWAL, "b"));
    let last = built(&known(NOTICE, "c"));
    let series: Vec<_> = last.common().after.iter().map(|a| (a.series.clone(), a.sequence)).collect();
    let scope = pkg_tests::device::id("product");
    let line = Series::Line { scope, line: pkg_tests::device::id("1.0") };
    assert_eq!(series, [(Series::Notices, 1), (line, 1), (Series::Withdrawals, 1)]);
}

/// A clock that was set back is seen by what is known, not by the release before alone.
#[test]
fn nothing_is_issued_before_what_it_knows() {
    let project = Project::new();
    let at = |issued| With { issued, ..With::all(&project) };
    let notice = edit(NOTICE, "id = \"2026-", "known = \"out\"\nid = \"a-2026-");
    build_with(FEATURE, project.dir(), &at(ISSUED + DAY)).unwrap_or_else(|e| panic!("{e}"));
    let error = build_with(&notice, project.dir(), &at(ISSUED)).expect_err("too early");
    assert_eq!(error.refusal().map(|r| r.rule), Some(Rule::Ver9), "{error}");
    assert!(build_with(&notice, project.dir(), &at(ISSUED + DAY)).is_ok(), "on the same day");
}

/// The standard keyring, one version on, after this key of it was revoked: and the one before.
fn revoking(name: &'static str) -> Keyring {
    let mut statement = keyrings::statement();
    statement.keys.retain(|k| k.id() != key(name).id());
    statement.revoked.push(key(name).id());
    statement.revoked.sort();
    let next = KeyringStatement { version: 3, ..statement };
    let roots = [key("root"), key("root-2")];
    let [next, before] = [&next, &keyrings::statement()].map(|s| keyrings::archive(s, &roots));
    let mut file = next;
    for member in before.members {
        let mut member = member;
        let name = if member.name().ends_with("cose") { "prev/0.cose" } else { "prev/0.cbor" };
        member = pkg_tests::container::RawMember::new(name, &member.body);
        file.members.push(member);
    }
    Keyring::open(&file.to_bytes(), ExampleKeys::DangerAccept).expect("a keyring")
}

#[test]
fn a_release_asks_for_the_keyring_that_revoked_a_key_of_releases_or_withdrawals() {
    let project = Project::new();
    let min = |keyring: &Keyring, text: &str| {
        let with =
            With { keyring: Some(keyring), out: tempfile::tempdir().unwrap().keep(), ..With::all(&project) };
        let built = build_with(text, project.dir(), &with).unwrap_or_else(|e| panic!("{e}"));
        let bytes = std::fs::read(&built.path).expect("a package");
        std::fs::remove_dir_all(&with.out).expect("removed");
        pkg_tests::run::whole(&bytes, keyring).expect("it verifies").manifest().common().keyring_min
    };
    for name in ["security", "feature", "withdrawal"] {
        assert_eq!(min(&revoking(name), FEATURE), Some(3), "{name}");
    }
    // The standard keyring revokes a key, and nobody knows of what; a newer one revokes one of notices.
    assert_eq!(min(&revoking("notice"), FEATURE), Some(2));
    let asking = edit(FEATURE, "contact", "keyring-min = 3\ncontact");
    assert_eq!(min(&revoking("notice"), &asking), Some(3), "the description asks for more");
    assert_eq!(min(&revoking("security"), NOTICE), None, "a mirror could silence it");
}

#[test]
fn a_component_stays_in_its_scope() {
    let moved = following(
        SECURITY,
        "1.0.2",
        &[("\"1.0.1\"", "\"1.0.9\""), ("class =", "scope = \"modem\"\nclass =")],
    );
    let (rule, _, why) =
        refused(&moved, &With { out: tempfile::tempdir().unwrap().keep(), ..With::all(past()) });
    assert_eq!(rule, Some(Rule::Ver12), "{why}");
    assert!(why.contains("boot is in scope product since 1.0.2, but here in modem"), "{why}");
}
