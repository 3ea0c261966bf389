//! What follows from the releases before: counters, states, entries that are copied forward.

use super::*;

fn of(version: &str) -> (Manifest, Release) {
    let path = past().path(&format!("out/cam-{version}.full.pkg"));
    (manifest(&path), release(&path))
}

/// Sequence, feature level, security level, generation.
fn counters(version: &str) -> (u64, u64, u64, u64) {
    let (manifest, release) = of(version);
    let i = release.identity;
    (manifest.common().sequence, i.feature_level, i.security_level, i.generation)
}

fn state(version: &str) -> Digest {
    let (manifest, release) = of(version);
    release.state(&manifest.common().product)
}

/// Fixes and changes with their levels, and the inherited kinds.
type Entries = (Vec<(String, u64)>, Vec<(String, u64)>, Vec<(u64, SeparationKind)>);

fn entries(release: &Release) -> Entries {
    let changes = release.changes().iter().map(|c| (c.id.to_string(), c.level)).collect();
    let Update::Security(security) = &release.update else { return (Vec::new(), changes, Vec::new()) };
    let fixes = security.fixes.iter().map(|f| (f.id.to_string(), f.level)).collect();
    (fixes, changes, security.inherited.iter().map(|i| (i.level, i.kind)).collect())
}

fn named<const N: usize>(entries: [(&str, u64); N]) -> Vec<(String, u64)> {
    entries.map(|(id, level)| (id.to_owned(), level)).to_vec()
}

#[test]
fn counters_follow_from_the_releases_before() {
    let expected = [
        ("1.0.0", (1, 1, 1, 1)), // the first: all ones
        ("1.0.1", (2, 1, 2, 1)), // a fix raises the security level
        ("1.0.2", (3, 1, 3, 1)), // and the next again
        ("1.1.0", (1, 2, 3, 1)), // a feature on a new line: its sequence begins again
        ("1.1.1", (2, 2, 4, 1)), // a fix there
        ("1.0.3", (4, 1, 4, 1)), // the same fix here: without known nobody knows of 1.1.1
        ("1.1.2", (3, 2, 5, 1)), // a fix by change
        ("1.1.3", (4, 2, 6, 1)), // a pure fix after it
    ];
    for (version, counters) in expected {
        assert_eq!(self::counters(version), counters, "{version}");
    }
}

#[test]
fn where_a_release_applies_follows_from_the_one_before() {
    let expected = [
        ("1.0.0", AppliesTo::States(vec![])),
        ("1.0.1", AppliesTo::Line),
        ("1.0.2", AppliesTo::Line),
        ("1.1.0", AppliesTo::States(vec![state("1.0.2")])),
        ("1.1.1", AppliesTo::Line),
        ("1.0.3", AppliesTo::Line),
    ];
    for (version, applies_to) in expected {
        assert_eq!(of(version).1.applies_to, applies_to, "{version}");
    }
}

#[test]
fn fixes_and_changes_are_copied_forward() {
    let (first, second, parser, console, last) =
        ("CVE-2026-12345", "CVE-2026-20002", "CVE-2026-40004", "ACME-5", "CVE-2026-60006");
    use SeparationKind::{ChangeIsFix, Inseparable};
    let (replaced, disabled) = (("new-parser", 4), ("no-console", 5));
    let expected: [(&str, Entries); 7] = [
        ("1.0.1", (named([(first, 2)]), vec![], vec![])),
        ("1.0.2", (named([(second, 3), (first, 2)]), vec![], vec![])),
        ("1.1.0", (vec![], named([("onvif", 2)]), vec![])),
        ("1.1.1", (named([(parser, 4)]), named([replaced]), vec![])),
        // What changed on line 1.1 for the same fix is nothing to line 1.0.
        ("1.0.3", (named([(parser, 4), (second, 3), (first, 2)]), vec![], vec![])),
        ("1.1.2", (named([(console, 5), (parser, 4)]), named([disabled, replaced]), vec![(4, Inseparable)])),
        (
            "1.1.3",
            (
                named([(last, 6), (console, 5), (parser, 4)]),
                named([disabled, replaced]),
                vec![(4, Inseparable), (5, ChangeIsFix)],
            ),
        ),
    ];
    for (version, entries) in expected {
        assert_eq!(self::entries(&of(version).1), entries, "{version}");
    }
    // The own kind binds the own entries only: 1.1.3 is pure, and what it passes on is not.
    let (_, third) = of("1.1.3");
    let security = third.security().expect("security");
    assert_eq!(security.separation.kind(), SeparationKind::Pure);
    assert_eq!(security.effective_kind(6, 3), Inseparable);
    assert_eq!(security.effective_kind(6, 4), ChangeIsFix);
    assert_eq!(security.effective_kind(6, 5), SeparationKind::Pure);
    // The words that justified it are those that were signed then.
    let (_, inseparable) = of("1.1.1");
    let why = inseparable.security().and_then(|s| s.separation.justification().cloned()).expect("why");
    assert_eq!(security.inherited[0].rationale, why.rationale);
    assert_eq!(security.inherited[0].approver, why.approver);
}

/// With `known` the highest counter of all counts, not that of the release before.
#[test]
fn counters_follow_from_all_that_is_known() {
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let build = |text: &str| build_with(text, past().dir(), &with).unwrap_or_else(|e| panic!("{e}\n{text}"));
    let known = |text: &str, class: &str| edit(text, class, &format!("{class}\nknown = \"out\""));
    // A fix on line 1.0, after six levels were given on both.
    let class = "class = \"security\"";
    let next =
        following(SECURITY, "1.0.3", &[("\"1.0.1\"", "\"1.0.4\""), ("CVE-2026-12345", "CVE-2026-70007")]);
    let alone = release(&build(&next).path);
    let aware = release(&build(&known(&next, class)).path);
    assert_eq!((alone.identity.security_level, aware.identity.security_level), (5, 7));
    // 1.0.3 carried what is below it, so both repeat the same.
    let fixes = |own: u64| {
        let ids =
            [("CVE-2026-70007", own), ("CVE-2026-40004", 4), ("CVE-2026-20002", 3), ("CVE-2026-12345", 2)];
        named(ids)
    };
    assert_eq!((entries(&alone).0, entries(&aware).0), (fixes(5), fixes(7)));
    // A release on a line that exists goes behind those on it.
    let feature = following(
        FEATURE,
        "1.0.3",
        &[("\"1.0.0\"", "\"1.1.9\""), ("line = \"1.0\"", "line = \"1.1\""), ("night-mode", "radar")],
    );
    let sequence = |text: &str| {
        let built = build(text);
        let sequence = manifest(&built.path).common().sequence;
        std::fs::remove_file(built.path).expect("a package");
        sequence
    };
    assert_eq!(sequence(&feature), 1, "as far as the release before tells");
    assert_eq!(sequence(&known(&feature, "class = \"feature\"")), 5);
}

/// A feature release from one that is below others repeats their changes.
#[test]
fn feature_changes_are_copied_forward() {
    let project = Project::new();
    let make = |version: &str, text: &str| {
        project.write("rootfs.img", content(version, 900));
        build(&project, text).unwrap_or_else(|e| panic!("{version}: {e}")).path
    };
    make("1.0.0", FEATURE);
    let second = [("\"1.0.0\"", "\"1.1.0\""), ("night-mode", "radar")];
    make("1.1.0", &following(FEATURE, "1.0.0", &second));
    let third = following(FEATURE, "1.1.0", &[("\"1.0.0\"", "\"1.2.0\""), ("night-mode", "sonar")]);
    let one_step = release(&make("1.2.0", &third));
    assert_eq!(entries(&one_step).1, named([("sonar", 3)]));
    let from_both = edit(
        &third,
        "line = \"1.0\"",
        "line = \"1.0\"\nknown = \"out\"\napplies-to = [\"out/cam-1.0.0.full.pkg\", \"out/cam-1.1.0.full.pkg\"]",
    );
    let jump = release(&make("1.2.0", &from_both));
    assert_eq!(entries(&jump).1, named([("sonar", 3), ("radar", 2)]));
}

/// Notices and withdrawals are counted each on its own, apart from releases.
#[test]
fn notices_and_withdrawals_have_sequences_of_their_own() {
    let project = Project::new();
    let sequence = |text: &str| {
        manifest(&build(&project, text).unwrap_or_else(|e| panic!("{e}\n{text}")).path).common().sequence
    };
    build(&project, FEATURE).unwrap_or_else(|e| panic!("{e}"));
    let known =
        |text: &str, id: &str| edit(text, "id = \"2026-", &format!("known = \"out\"\nid = \"{id}-2026-"));
    assert_eq!(sequence(&known(NOTICE, "a")), 1);
    assert_eq!(sequence(&known(WITHDRAWAL, "b")), 1);
    assert_eq!(sequence(&known(NOTICE, "c")), 2);
    // From the one before alone, or by hand.
    let previous = "previous = \"out/cam-c-2026-01-upnp.notice.pkg\"";
    assert_eq!(
        sequence(&edited(NOTICE, &[("contact", &format!("{previous}\ncontact")), ("\"2026-", "\"d-2026-")])),
        3
    );
    assert_eq!(
        sequence(&edited(NOTICE, &[("contact", "sequence = 9\ncontact"), ("\"2026-", "\"e-2026-")])),
        9
    );
    assert_eq!(project.list("out").len(), 6);
}

/// Whatever names a state in a description, the manifest has the digest of the state.
#[test]
fn references_become_state_digests() {
    let out = tempfile::tempdir().expect("a folder");
    let with = With { out: out.path().to_owned(), issued: ISSUED + 100 * DAY, ..With::all(past()) };
    let one = "1111111111111111111111111111111111111111111111111111111111111111";
    let by_path = NOTICE.replace(one, "out/cam-1.0.1.full.pkg").replace(
        "text.en = \"Switch off UPnP.\"",
        "text.en = \"Off.\"\nrelease = \"out/cam-1.0.2.full.pkg\"",
    );
    let by_manifest = edit(
        &by_path.replace("out/cam-1.0.1.full.pkg", &of("1.0.1").0.digest_hex()),
        "contact",
        "known = \"out\"\ncontact",
    );
    for text in [by_path, by_manifest] {
        let built = build_with(&text, past().dir(), &with).unwrap_or_else(|e| panic!("{e}"));
        let manifest = manifest(&built.path);
        let pkg_format::manifest::Body::Notice(notice) = manifest.body() else { panic!("a notice") };
        assert_eq!(notice.statuses[0].states, [state("1.0.1")]);
        assert_eq!(notice.remediations[0].states, [state("1.0.1")]);
        assert_eq!(notice.remediations[0].release, Some(state("1.0.2")));
    }
    // What replaces a manifest names the manifest.
    let supersedes = edit(WITHDRAWAL, "contact", "supersedes = [\"out/cam-1.0.1.full.pkg\"]\ncontact");
    let built = build_with(&supersedes, past().dir(), &with).unwrap_or_else(|e| panic!("{e}"));
    let package = std::fs::read(past().path("out/cam-1.0.1.full.pkg")).expect("a package");
    let digest = pkg_verify::open(&package[..]).expect("a package").manifest_digest();
    assert_eq!(manifest(&built.path).common().supersedes, [digest]);
}

trait DigestHex {
    fn digest_hex(&self) -> String;
}

impl DigestHex for Manifest {
    fn digest_hex(&self) -> String {
        Digest::of(&self.to_tree().to_bytes()).to_string()
    }
}

/// Document 2: defaults are written out, so that no reader needs to know them.
#[test]
fn defaults_are_written_out() {
    let tree = |text: &str| {
        let project = Project::new();
        manifest(&build(&project, text).unwrap_or_else(|e| panic!("{e}")).path).to_tree()
    };
    let at = |tree: &Tree, path: &str| {
        path.split('.').fold(tree.clone(), |tree, key| match (&tree, key.parse::<usize>()) {
            (Tree::List(list), Ok(i)) => list[i].clone(),
            (map, _) => map.get(key).unwrap_or_else(|| panic!("no {path}")).clone(),
        })
    };
    let security = tree(SECURITY);
    let word = |word: &str| Tree::text(word);
    for (path, value) in [
        ("format", Tree::Uint(1)),
        ("kind", word("release")),
        ("id", word("cam-1.0.1")),
        ("sequence", Tree::Uint(1)),
        ("issued", Tree::Uint(ISSUED)),
        ("cost", word("free")),
        ("release.channel", word("stable")),
        ("release.environment-cost", word("none")),
        ("release.scope", word("product")),
        ("release.feature-level", Tree::Uint(1)),
        ("release.security-level", Tree::Uint(1)),
        ("release.generation", Tree::Uint(1)),
        ("applies-to", Tree::List(vec![])),
        ("fixes.0.disclosure", word("public")),
        ("fixes.0.exploited", Tree::Bool(false)),
        ("fixes.0.status", word("fixed")),
        ("fixes.0.affected", word("applies-to")),
        ("fixes.0.level", Tree::Uint(1)),
        ("automatic.default", word("on")),
        ("automatic.install-within", Tree::Uint(259_200)),
        ("automatic.max-postpone", Tree::Uint(1_209_600)),
    ] {
        assert_eq!(at(&security, path), value, "{path}");
    }
    let feature = tree(FEATURE);
    assert_eq!(at(&feature, "also-fixes"), Tree::List(vec![]));
    assert_eq!(at(&feature, "changes.0.level"), Tree::Uint(1));
    let off = edited(
        SECURITY,
        &[
            (
                "applicable = true",
                "applicable = false\nreason = \"component\"\ntext.en = \"Part of others.\"",
            ),
            ("opt-out.en = \"Settings, Updates, Automatic: off.\"", ""),
        ],
    );
    assert_eq!(at(&tree(&off), "automatic.default"), word("off"));
    // False is written by leaving the field out, and an own value stays.
    let fresh = edit(SECURITY, "class", "fresh = false\nchannel = \"testing\"\nscope = \"modem\"\nclass");
    let fresh = tree(&fresh);
    assert_eq!(fresh.get("fresh"), None);
    assert_eq!(at(&fresh, "release.channel"), word("testing"));
    assert_eq!(at(&fresh, "release.scope"), word("modem"));
}

// ---------------------------------------------------------------- the same input, the same bytes
