//! From one keyring to the next (SPEC 5.4): threat T10, and what an update does to a device.

use pkg_format::{Digest, Rule, Tree};
use pkg_tests::rotations::{self, Rotation, file, version};
use pkg_tests::{keyrings, tool};
use pkg_verify::{ExampleKeys, Keyring};
use std::fs;

fn current(name: &str) -> Keyring {
    let path = tool::workspace().join("format-spec/keyring-vectors").join(format!("{name}.keyring"));
    keyrings::open(&fs::read(path).expect("a keyring"))
}

/// What the library makes of a vector.
fn found(rotation: &Rotation) -> Result<(u64, Digest), Rule> {
    if rotation.current == "none" {
        let pinned = Keyring::open(&rotation.offered, ExampleKeys::Refuse);
        let pinned = pinned.map_err(|e| e.rule().expect("a refusal"))?;
        return Ok((pinned.version(), pinned.digest()));
    }
    let current = current(&rotation.current);
    let update = current.update(&rotation.offered, ExampleKeys::Refuse);
    let update = update.map_err(|e| e.rule().expect("a refusal"))?;
    assert_eq!(update.versions(), update.keyring().version() - current.version());
    Ok((update.keyring().version(), update.keyring().digest()))
}

#[test]
fn the_library_agrees_with_every_vector() {
    let all = rotations::all();
    for (name, rotation) in &all {
        assert_eq!(found(rotation), rotation.expect, "{name}: {}", rotation.description);
    }
    let broken = |rule| all.values().any(|r| r.expect == Err(rule));
    for rule in [
        Rule::Key1,
        Rule::Key2,
        Rule::Key3,
        Rule::Key4,
        Rule::Key5,
        Rule::Key7,
        Rule::Key8,
        Rule::Key9,
        Rule::Key10,
        Rule::Key11,
    ] {
        assert!(broken(rule), "{}", rule.id());
    }
}

#[test]
fn generating_again_makes_no_difference() {
    let folder = tool::workspace().join("format-spec/keyring-vectors");
    let mut there = fs::read_dir(&folder).expect("the folder").count() - 1; // README.md
    for (name, bytes) in rotations::files() {
        let path = folder.join(&name);
        assert!(fs::read(&path).ok() == Some(bytes), "{name} differs: cargo run -p pkg-tests --bin vectors");
        there -= 1;
    }
    assert_eq!(there, 0, "files that nothing generates");
}

/// The same verdicts from the command line, with the rule in them.
#[test]
fn the_command_agrees_with_every_vector() {
    let dir = tempfile::tempdir().expect("a folder");
    let vectors = tool::workspace().join("format-spec/keyring-vectors");
    // No command asks for a pinned keyring alone.
    for (name, rotation) in rotations::all().into_iter().filter(|(_, r)| r.current != "none") {
        let (offered, out) = (dir.path().join("offered.keyring"), dir.path().join("out.keyring"));
        fs::write(&offered, &rotation.offered).expect("written");
        let current_file = vectors.join(format!("{}.keyring", rotation.current)).display().to_string();
        let args = ["keyring", "update", &current_file, "offered.keyring", "-o", "out.keyring"];
        let run = tool::run(dir.path(), &args);
        match rotation.expect {
            Ok((version, digest)) => {
                assert_eq!(run.status, Some(0), "{name}: {}", run.stderr);
                let written = keyrings::open(&fs::read(&out).expect("a keyring"));
                assert_eq!((written.version(), written.digest()), (version, digest), "{name}");
                // What was written carries whoever has the old one to the new one.
                let again =
                    current(&rotation.current).update(&fs::read(&out).unwrap(), ExampleKeys::DangerAccept);
                assert_eq!(again.expect("an update").keyring().digest(), digest, "{name}");
                fs::remove_file(&out).expect("removed");
            }
            Err(rule) => {
                assert_eq!(run.status, Some(1), "{name}: {}", run.stderr);
                assert!(run.stderr.contains(&format!("[{}]", rule.id())), "{name}: {}", run.stderr);
                assert!(!out.exists(), "{name}");
            }
        }
    }
}

/// No byte of an update file may be changed, and none may be missing.
#[test]
fn no_altered_update_is_accepted() {
    let current = current("version-1");
    let good = file(&[version(3), version(2)]).to_bytes();
    assert!(current.update(&good, ExampleKeys::DangerAccept).is_ok());
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x01;
        assert!(current.update(&bad, ExampleKeys::DangerAccept).is_err(), "byte {at}");
    }
    for length in (0..good.len()).step_by(7) {
        assert!(current.update(&good[..length], ExampleKeys::DangerAccept).is_err(), "cut to {length}");
    }
}

/// A pinned file is trusted for its newest version; what stands behind must lead to it all the same.
#[test]
fn predecessors_of_a_pinned_keyring_must_lead_to_it() {
    let open = |versions: &[rotations::Version]| {
        let opened = Keyring::open(&file(versions).to_bytes(), ExampleKeys::DangerAccept);
        opened.map(|k| k.version()).map_err(|e| e.rule().expect("a refusal"))
    };
    assert_eq!(open(&[version(4), version(3), version(2), version(1)]), Ok(4));
    assert_eq!(open(&[version(4), version(2)]), Err(Rule::Key8));
    // Version 4 alone is signed by one of its own roots, which is enough; behind version 3 it is not.
    assert_eq!(open(&[version(4)]), Ok(4));
    let bytes = |n| file(&[version(n)]).to_bytes();
    assert!(bytes(4) != bytes(3));
}

/// A device keeps version and digest of the keyring in force, and takes no other back.
#[test]
fn a_device_remembers_its_keyring() {
    let [two, three] = [2, 3].map(|n| current(&format!("version-{n}")));
    let rule = |result: Result<(), pkg_format::Refusal>| result.map_err(|e| e.rule);
    assert_eq!(rule(two.follows(2, two.digest())), Ok(()));
    assert_eq!(rule(three.follows(2, two.digest())), Ok(()));
    assert_eq!(rule(two.follows(3, three.digest())), Err(Rule::Key9));
    assert_eq!(rule(two.follows(2, three.digest())), Err(Rule::Key10));
}

/// What the rotation is for: a revoked key signs nothing once the device has the new keyring.
#[test]
fn an_update_takes_effect() {
    use pkg_tests::{Fake, keys::key, run};
    let before = current("version-1");
    let after = before.update(&file(&[version(2)]).to_bytes(), ExampleKeys::DangerAccept).expect("an update");
    let rule = |package: &Fake, keyring: &Keyring| {
        run::stream(&package.package()[..], keyring).map(|_| ()).map_err(|e| e.rule().expect("a refusal"))
    };
    let archived = Fake::security();
    assert_eq!(rule(&archived, &before), Ok(()));
    assert_eq!(rule(&archived, after.keyring()), Err(Rule::Sig14));
    let again = archived.signed_by(&[key("security"), key("security-2")]);
    assert_eq!(rule(&again, after.keyring()), Ok(()), "signed again, the old signature may stay");
    assert_eq!(rule(&again, &before), Ok(()), "and old devices take it as well");
}

/// What is taken away goes first: roles are narrowed in one edit, and nobody revokes by mistake what
/// the same edit adds.
#[test]
fn an_edit_takes_away_before_it_adds() {
    let dir = tempfile::tempdir().expect("a folder");
    let pkg = |line: &str| tool::run(dir.path(), &line.split(' ').collect::<Vec<_>>());
    for name in ["root", "ann", "bo"] {
        assert_eq!(pkg(&format!("key new {name} --no-passphrase")).status, Some(0));
    }
    let new = "keyring new --root root.pub --add security,feature=ann.pub --sign root.key -o cam.keyring";
    assert_eq!(pkg(new).status, Some(0));
    let edit = "keyring edit cam.keyring --replace -o next.keyring --sign root.key";
    let narrow = pkg(&format!("{edit} --remove ann --add feature=ann.pub"));
    assert_eq!(narrow.status, Some(0), "{}", narrow.stderr);
    let keyring = keyrings::open(&fs::read(dir.path().join("next.keyring")).expect("a keyring"));
    let [ann] = keyring.statement().keys.as_slice() else { panic!("{:?}", keyring.statement().keys) };
    assert_eq!(ann.roles, [pkg_format::keyring::Role::Feature]);
    let both = pkg(&format!("{edit} --revoke bo.pub --add security=bo.pub"));
    assert_eq!(both.status, Some(2), "{}", both.stdout);
    assert!(both.stderr.contains("a revoked key cannot be added again"), "{}", both.stderr);
}

/// A keyring file that has no end is not read to its end.
#[cfg(unix)]
#[test]
fn an_endless_keyring_is_refused() {
    let dir = tempfile::tempdir().expect("a folder");
    let run = tool::run(dir.path(), &["keyring", "show", "/dev/zero"]);
    assert_eq!(run.status, Some(2));
    assert!(run.stderr.contains("larger than 16 MiB"), "{}", run.stderr);
}

/// Nothing but name and number is read of what nobody vouches for: a stranger's chain ends at the first
/// signature that is missing, whatever stands behind it.
#[test]
fn a_version_is_decoded_only_after_the_one_before_vouched_for_it() {
    let twice = || version(2).set("keys[1]", version(2).get("keys[0]"));
    let rule = |versions: &[rotations::Version]| {
        let update = current("version-1").update(&file(versions).to_bytes(), ExampleKeys::DangerAccept);
        update.map(|u| u.versions()).map_err(|e| e.rule().expect("a refusal"))
    };
    assert_eq!(rule(&[twice()]), Err(Rule::Key3), "signed by the roots in force, and wrong");
    assert_eq!(rule(&[version(3), twice().by(&["root-5"])]), Err(Rule::Key11), "a stranger's");
    assert_eq!(rule(&[twice().by(&["root-5"]), version(1)]), Err(Rule::Key11), "a stranger's");
}

/// One limit for everybody who reads keyring files: what one takes, all take.
#[test]
fn years_of_large_keyrings_are_taken_by_all_or_refused_by_all() {
    let dir = tempfile::tempdir().expect("a folder");
    let path = |name: &str| dir.path().join(name);
    let products = |n: u64| {
        let one = |i: u64| {
            Tree::Map(vec![
                ("name".into(), Tree::text(format!("p{i:03}-{n:040}"))),
                ("vendor".into(), Tree::text("acme")),
            ])
        };
        Tree::List((0..256).map(one).collect())
    };
    let large = |n: u64| version(n).set("keys[0].products", products(n)).set("keys[1].products", products(n));
    let chain = |newest: u64| {
        let mut versions: Vec<_> = (4..=newest).rev().map(large).collect();
        versions.push(version(3));
        file(&versions).to_bytes()
    };
    fs::write(path("current.keyring"), file(&[version(3)]).to_bytes()).unwrap();
    for (newest, taken) in [(170, true), (4, true)] {
        let bytes = chain(newest);
        assert_eq!(bytes.len() > 4 << 20, newest > 100, "{}", bytes.len());
        fs::write(path("new.keyring"), &bytes).unwrap();
        let update = current("version-3").update(&bytes, ExampleKeys::DangerAccept);
        assert_eq!(update.is_ok(), taken);
        let run = |line: &str| tool::run(dir.path(), &line.split(' ').collect::<Vec<_>>());
        let updated =
            run("keyring update current.keyring new.keyring --danger-allow-example-keys -o next.keyring");
        assert_eq!(updated.status, Some(0), "{}", updated.stderr);
        let audit = run("audit new.keyring --keyring new.keyring --danger-allow-example-keys --format json");
        // The keyring is taken: what is missing is packages.
        assert!(audit.stderr.contains("no package in these folders"), "{}", audit.stderr);
    }
    // One byte more than anybody takes, whatever it holds.
    let bytes = vec![0; usize::try_from(pkg_format::limits::KEYRING_FILE).unwrap() + 1];
    let refused = current("version-1").update(&bytes, ExampleKeys::DangerAccept);
    assert_eq!(refused.map(|_| ()).map_err(|e| e.rule()), Err(Some(Rule::Con4)));
    let refused = Keyring::open(&bytes, ExampleKeys::DangerAccept);
    assert_eq!(refused.map(|_| ()).map_err(|e| e.rule()), Err(Some(Rule::Con4)));
}
