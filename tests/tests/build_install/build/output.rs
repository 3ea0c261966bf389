//! What is written: the same bytes, under names of their own, or nothing.

use super::*;

/// A package that is built again is not its own past.
#[test]
fn building_again_changes_nothing() {
    let project = Project::new();
    let text = edit(SECURITY, "class = \"security\"", "class = \"security\"\nknown = \"out\"");
    let first = build(&project, &text).unwrap_or_else(|e| panic!("{e}"));
    let bytes = std::fs::read(&first.path).expect("a package");
    let second = build(&project, &text).unwrap_or_else(|e| panic!("{e}"));
    assert_eq!((second.path.clone(), second.manifest), (first.path, first.manifest));
    assert!(std::fs::read(&second.path).expect("a package") == bytes);
}

/// Nor does it replace what another build made.
#[test]
fn another_step_is_not_replaced() {
    let project = Project::new();
    let first = build(&project, SECURITY).unwrap_or_else(|e| panic!("{e}"));
    let bytes = std::fs::read(&first.path).expect("a package");
    let other = edit(SECURITY, "line = \"1.0\"", "line = \"1.0\"\nsequence = 2");
    let built = build(&project, &other);
    assert!(matches!(built, Err(Error::WouldReplace { .. })), "{built:?}");
    assert!(std::fs::read(&first.path).expect("a package") == bytes);
    assert_eq!(project.list("out").len(), 1);
}

/// Without being asked nothing is replaced, and the signed never by the unsigned; the same bytes are no fault.
#[test]
fn nothing_is_replaced_unasked() {
    let project = Project::new();
    let with = |keys: &'static [&'static str], replace| With { keys, replace, ..With::all(&project) };
    let build = |with: &With<'_>| build_with(SECURITY, project.dir(), with);
    let (all, none): (&[&str], &[&str]) = (&["all"], &[]);
    let first = build(&with(all, Replace::Refuse)).unwrap_or_else(|e| panic!("{e}"));
    assert!(!first.unchanged);
    let bytes = std::fs::read(&first.path).expect("a package");
    let same = build(&with(all, Replace::Refuse)).unwrap_or_else(|e| panic!("{e}"));
    assert!(same.unchanged && same.manifest == first.manifest);
    for replace in [Replace::Refuse, Replace::SameStep] {
        let unsigned = build(&with(none, replace));
        assert!(matches!(unsigned, Err(Error::WouldReplace { there: There::Signed, .. })), "{unsigned:?}");
    }
    let later = With { issued: ISSUED + 7, ..with(all, Replace::Refuse) };
    let later = build(&later);
    let there = |e: &Error| matches!(e, Error::WouldReplace { there: There::AnotherTime(ISSUED), .. });
    assert!(later.as_ref().is_err_and(there), "{later:?}");
    project.write("rootfs.img", content("another", 5_000));
    let other = build(&with(all, Replace::Refuse));
    assert!(matches!(other, Err(Error::WouldReplace { there: There::Different, .. })), "{other:?}");
    assert!(std::fs::read(&first.path).expect("a package") == bytes);
    assert_eq!(project.list("out").len(), 1, "and nothing is left beside it");
    let replaced = build(&with(all, Replace::SameStep)).unwrap_or_else(|e| panic!("{e}"));
    assert!(!replaced.unchanged && replaced.manifest != first.manifest);
    // What is no package at all may be somebody's, too.
    project.write("out/cam-1.0.1.full.pkg", "notes");
    assert!(matches!(build(&with(all, Replace::Refuse)), Err(Error::WouldReplace { .. })));
    assert_eq!(project.read("out/cam-1.0.1.full.pkg"), b"notes");
}

/// Versions that the format allows have an id, each its own.
#[test]
fn every_version_has_an_id() {
    let longest = format!("1.2.3-{}", "v".repeat(57));
    let other = format!("1.2.3-{}w", "v".repeat(57));
    let mut ids = std::collections::BTreeSet::new();
    for version in ["1.0.1", "1.4.2+g12ab", "1.4.2~g12ab", "1.4.2-g12ab", &longest, &other] {
        let project = Project::new();
        let text = edit(SECURITY, "\"1.0.1\"", &format!("\"{version}\""));
        let built = build(&project, &text).unwrap_or_else(|e| panic!("{version}: {e}"));
        assert!(ids.insert(manifest(&built.path).common().id.to_string()), "{version}");
    }
    assert!(ids.contains("cam-1.0.1") && ids.contains("cam-1.4.2-g12ab"), "{ids:?}");
}

/// Images of many chunks would be slow here; several images make as many pieces of work.
const MANY: &str = "[[image]]\ncomponent = \"extra-0\"\nfile = \"boot.img\"\n[[image]]\ncomponent = \"extra-1\"\nfile = \"rootfs.img\"\n[[image]]\ncomponent = \"a-0\"\nfile = \"big.img\"\n";

#[test]
fn the_same_input_gives_the_same_bytes() {
    let evidence = "[[evidence]]\nkind = \"sbom\"\nmedia-type = \"text/plain\"\nfile = \"sbom.txt\"";
    let text = edited(SECURITY, &[("", MANY), ("", evidence)]);
    let mut all = BTreeMap::new();
    for (jobs, seconds) in [(1, 1_000_000), (2, 1_700_000_000), (7, 1_900_000_000)] {
        let project = Project::new();
        project.write("sbom.txt", "parts: boot, rootfs\n");
        // Three chunks of 8 MiB.
        let pattern: Vec<u8> =
            (0..17u32 << 20).map(|i| (i.wrapping_mul(2_654_435_761) >> 29) as u8).collect();
        project.write("big.img", &pattern);
        let time = std::time::UNIX_EPOCH + std::time::Duration::from_secs(seconds);
        for name in ["boot.img", "rootfs.img", "big.img", "sbom.txt"] {
            let file = std::fs::File::options().write(true).open(project.path(name)).expect("a file");
            file.set_modified(time).expect("a time");
        }
        let with = With { jobs, ..With::all(&project) };
        let built = build_with(&text, project.dir(), &with).unwrap_or_else(|e| panic!("{e}"));
        all.insert(jobs, std::fs::read(&built.path).expect("a package"));
    }
    let first = &all[&1];
    assert!(
        all.values().all(|bytes| bytes == first),
        "sizes: {:?}",
        all.values().map(Vec::len).collect::<Vec<_>>()
    );
}

/// The manifest differs in its date, the delivery in the manifest's digest, both in their
/// signatures, and the payloads not at all.
#[test]
fn another_date_changes_the_date_only() {
    let project = Project::new();
    let statements = |issued| {
        let with = With { issued, ..With::all(&project) };
        let built = build_with(SECURITY, project.dir(), &with).unwrap_or_else(|e| panic!("{e}"));
        let bytes = std::fs::read(&built.path).expect("a package");
        let verified = pkg_verify::open(&bytes[..])
            .and_then(|p| p.verify(&keyrings::standard(), &Policy::default()))
            .expect("a sound package");
        (verified.manifest().to_tree(), verified.delivery().expect("a delivery").clone(), bytes)
    };
    let ((early, delivery, bytes), (late, later, others)) = (statements(ISSUED), statements(ISSUED + 1));
    let differ = |a: &Tree, b: &Tree| match (a, b) {
        (Tree::Map(a), Tree::Map(b)) => {
            assert_eq!(a.len(), b.len());
            a.iter().zip(b).filter(|(a, b)| a != b).map(|(a, _)| a.0.clone()).collect::<Vec<_>>()
        }
        _ => panic!("statements are maps"),
    };
    assert_eq!(differ(&early, &late), ["issued"]);
    assert_eq!(delivery.kind, DeliveryKind::Full);
    assert_eq!(differ(&delivery.to_tree(), &later.to_tree()), ["manifest"]);
    assert_eq!(bytes.len(), others.len());
    let payloads: u64 = delivery.payloads.iter().flat_map(|p| &p.chunks).map(|c| c.stored_bytes).sum();
    let tail = bytes.len() - usize::try_from(payloads).expect("small");
    assert!(bytes[tail..] == others[tail..]);
}

/// A build is judged by the keyring that it was given, not by its own keys.
#[test]
fn what_the_keyring_refuses_is_not_kept() {
    let keyring = keyrings::standard();
    let refused = |text: &str, keys: &[&'static str]| {
        let project = Project::new();
        let with = With { keys, keyring: Some(&keyring), ..With::all(&project) };
        let error = build_with(text, project.dir(), &with).expect_err("refused");
        assert!(project.list("out").is_empty(), "{:?}", project.list("out"));
        assert!(matches!(error, Error::Package { .. }), "{error:?}");
        error.refusal().expect("a rule").rule
    };
    assert_eq!(refused(SECURITY, &["feature"]), Rule::Sig15);
    assert_eq!(refused(SECURITY, &["security"]), Rule::Sig15, "the delivery has no key of its own");
    assert_eq!(refused(SECURITY, &["stranger"]), Rule::Sig2);
    assert_eq!(refused(FEATURE, &["revoked"]), Rule::Sig14);
    assert_eq!(refused(NOTICE, &["withdrawal"]), Rule::Sig15);
    assert_eq!(refused(&edit(SECURITY, "contact", "keyring-min = 3\ncontact"), &["all"]), Rule::Key6);
    let project = Project::new();
    let with = With { keyring: Some(&keyring), ..With::all(&project) };
    build_with(SECURITY, project.dir(), &with).unwrap_or_else(|e| panic!("{e}"));
}

/// Earlier packages are verified: an altered one, one by strangers, none at all.
#[test]
fn earlier_packages_are_not_just_believed() {
    let project = Project::new();
    build_with(FEATURE, project.dir(), &With { keys: &["stranger"], ..With::all(&project) })
        .unwrap_or_else(|e| panic!("{e}"));
    let next = following(SECURITY, "1.0.0", &[]);
    let rule = |text: &str| build(&project, text).expect_err("refused").refusal().map(|r| r.rule);
    assert_eq!(rule(&next), Some(Rule::Sig2));
    let mut bytes = project.read("out/cam-1.0.0.full.pkg");
    let version = bytes.windows(5).position(|w| w == b"night").expect("the change");
    bytes[version] ^= 1;
    project.write("out/cam-1.0.0.full.pkg", bytes);
    assert!(matches!(rule(&next), Some(Rule::Sig7 | Rule::Sig3)), "{:?}", rule(&next));
    project.write("out/cam-1.0.0.full.pkg", "");
    assert_eq!(rule(&next), Some(Rule::Con1));
    std::fs::remove_file(project.path("out/cam-1.0.0.full.pkg")).expect("a file");
    let missing = build(&project, &next).expect_err("refused");
    let Error::Named { field, place: Some(_), error } = missing else { panic!("{missing:?}") };
    assert!(field == "release.previous" && matches!(*error, Error::File { action: "read", .. }), "{error:?}");
    // An unsigned build has no key to trust anything by.
    let unsigned = build_with(&next, project.dir(), &With { keys: &[], ..With::all(&project) });
    assert!(matches!(unsigned, Err(Error::Missing(_))), "{unsigned:?}");
}

/// Set from outside, the flag ends the build and nothing stays.
#[test]
fn an_interrupted_build_leaves_nothing() {
    let project = Project::new();
    let signer = signer("all");
    let interrupted = AtomicBool::new(false);
    let out = project.path("out");
    let package = PackageOptions {
        interrupted: &interrupted,
        progress: &|_| interrupted.store(true, std::sync::atomic::Ordering::Relaxed),
        ..PackageOptions::new(&out)
    };
    let options = BuildOptions { signers: &[&signer], ..BuildOptions::new(package, ISSUED) };
    let built = Description::read(SECURITY, project.dir(), &[]).and_then(|d| d.build(&options));
    assert!(matches!(built, Err(Error::Interrupted)), "{built:?}");
    assert!(project.list("out").is_empty());
}
