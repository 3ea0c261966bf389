//! Keyrings that ask for ML-DSA-65 besides Ed25519: which are refused, and what they demand of roots.

use pkg_builder::keys::PrivateKey;
use pkg_format::cose::Algorithm;
use pkg_format::keyring::{Asked, KeyringStatement, PostQuantum, Role};
use pkg_format::{Rule, Tree};
use pkg_tests::fake::path::{self, num, text};
use pkg_tests::keyrings::{archive, archive_bytes, entry, hybrid, root, statement, vouched};
use pkg_tests::keys::{Key, key, post_quantum};
use pkg_tests::{Fake, run, tool};
use pkg_verify::{ExampleKeys, Keyring, is_example_key};

const ROOTS: [Key; 3] = [key("root"), key("root-2"), post_quantum("pq-root")];

/// What a keyring signed by these roots is refused by.
fn signed_by(statement: &KeyringStatement, roots: &[Key]) -> Result<(), Rule> {
    let bytes = archive(statement, roots).to_bytes();
    let opened = Keyring::open(&bytes, ExampleKeys::DangerAccept);
    opened.map(|_| ()).map_err(|e| e.rule().expect("a refusal"))
}

/// What becomes of the hybrid keyring when its statement is altered.
fn altered(edit: impl FnOnce(&mut Tree)) -> Result<KeyringStatement, Rule> {
    let mut tree = hybrid().to_tree();
    edit(&mut tree);
    KeyringStatement::decode(&tree.to_bytes()).map_err(|e| e.rule)
}

fn asks(pairs: &[(&str, u64)]) -> Result<KeyringStatement, Rule> {
    let map = pairs.iter().map(|(word, n)| ((*word).to_owned(), num(*n))).collect();
    altered(|t| path::set(t, "post-quantum", Tree::Map(map)))
}

#[test]
fn a_hybrid_keyring_is_read_as_it_was_written() {
    let bytes = hybrid().to_tree().to_bytes();
    assert_eq!(KeyringStatement::decode(&bytes), Ok(hybrid()));
    let keyring = Keyring::open(&archive_bytes(&hybrid()), ExampleKeys::Refuse).expect("signed by its roots");
    assert_eq!(keyring.statement(), &hybrid());
}

#[test]
fn roots_of_both_kinds_must_sign_and_none_stands_in_for_the_other() {
    assert_eq!(signed_by(&hybrid(), &ROOTS), Ok(()));
    for roots in [&ROOTS[..2], &ROOTS[1..], &ROOTS[2..]] {
        assert_eq!(signed_by(&hybrid(), roots), Err(Rule::Key4), "{roots:?}");
    }
    let stranger = [ROOTS[0], ROOTS[1], post_quantum("pq-security")];
    assert_eq!(signed_by(&hybrid(), &stranger), Err(Rule::Key4), "a key that is no root");
    // A root more that nobody asks for may sign, and need not.
    let mut not_asked = hybrid();
    not_asked.post_quantum.root = None;
    assert_eq!(signed_by(&not_asked, &ROOTS[..2]), Ok(()));
    assert_eq!(signed_by(&not_asked, &ROOTS), Ok(()));
    assert_eq!(signed_by(&not_asked, &ROOTS[1..]), Err(Rule::Key4), "it does not count as Ed25519");
}

/// A bit wrong anywhere in the keyring or its signatures, those of ML-DSA-65 included.
#[test]
fn no_altered_hybrid_keyring_is_accepted() {
    let good = archive_bytes(&hybrid());
    for at in (0..good.len()).step_by(13) {
        let mut bad = good.clone();
        bad[at] ^= 0x10;
        assert!(Keyring::open(&bad, ExampleKeys::DangerAccept).is_err(), "byte {at}");
    }
}

#[test]
fn numbers_have_the_form_of_thresholds() {
    // The first that are of the role and in force: pq-security, pq-security-2, pq-all, pq-testing, pq-elsewhere.
    for pairs in [&[("root", 1)][..], &[("security", 5)], &[("security-exception", 5)], &[("delivery", 3)]] {
        assert!(asks(pairs).is_ok(), "{pairs:?}");
    }
    for (word, n) in [("root", 0), ("root", 2), ("security", 0), ("security", 6), ("delivery", 4)] {
        assert_eq!(asks(&[(word, n)]), Err(Rule::Key5), "{word} {n}");
    }
    assert_eq!(asks(&[("security-exception", u64::MAX)]), Err(Rule::Key5));
    assert_eq!(asks(&[]), Err(Rule::Man9));
    assert_eq!(asks(&[("roots", 1)]), Err(Rule::Man2));
    let of_text = Tree::Map(vec![("root".into(), text("1"))]);
    assert_eq!(altered(|t| path::set(t, "post-quantum", of_text)), Err(Rule::Man3));
    let root_among_thresholds = Tree::Map(vec![("root".into(), num(1))]);
    assert_eq!(altered(|t| path::set(t, "thresholds", root_among_thresholds)), Err(Rule::Man2));
}

/// Thresholds are met by Ed25519 alone, whatever else the keyring lists.
#[test]
fn keys_of_ml_dsa_do_not_make_a_threshold_possible() {
    assert_eq!(altered(|t| path::set(t, "root-threshold", num(3))), Err(Rule::Key5));
    let thresholds = |n| Tree::Map(vec![("notice".into(), num(n))]);
    assert!(altered(|t| path::set(t, "thresholds", thresholds(4))).is_ok());
    assert_eq!(altered(|t| path::set(t, "thresholds", thresholds(5))), Err(Rule::Key5));
    let mut only = hybrid();
    only.roots.retain(|r| r.key.len() > 32);
    assert_eq!(KeyringStatement::decode(&only.to_tree().to_bytes()).map_err(|e| e.rule), Err(Rule::Key5));
}

#[test]
fn a_key_is_as_long_as_its_algorithm_says() {
    let (classical, post) = (key("notice").public(), post_quantum("pq-notice").public());
    let last = hybrid().keys.len() - 1;
    for (path, bytes) in [
        ("keys[0]".to_owned(), post.clone()),
        ("roots[0]".to_owned(), post[..31].to_vec()),
        (format!("keys[{last}]"), classical),
        (format!("keys[{last}]"), post[1..].to_vec()),
        ("roots[2]".to_owned(), [&post[..], &[0]].concat()),
    ] {
        let found = altered(|t| path::set(t, &format!("{path}.key"), Tree::Bytes(bytes)));
        assert_eq!(found, Err(Rule::Man4), "{path}");
    }
    let other = |alg| altered(|t| path::set(t, &format!("keys[{last}].alg"), Tree::Int(alg)));
    assert_eq!(other(-19), Err(Rule::Man4));
    assert_eq!(other(-50), Err(Rule::Sig8), "ML-DSA-87 is reserved");
    let twice = altered(|t| {
        let first = path::at(t, &format!("keys[{last}].key")).clone();
        path::set(t, &format!("keys[{}].key", last - 1), first);
    });
    assert_eq!(twice, Err(Rule::Key3));
}

/// A key for which the challenge falls out of the equation.
#[test]
fn a_key_that_anybody_can_sign_for_is_refused() {
    for t1 in [0x00, 0xff] {
        let mut weak = hybrid();
        weak.keys.last_mut().expect("a key").key[32..].fill(t1);
        weak.revoked.retain(|id| *id != post_quantum("pq-revoked").id());
        assert_eq!(signed_by(&weak, &ROOTS), Err(Rule::Key1), "{t1}");
    }
}

/// The seed 00 01 .. 1f: that of the specification and of RFC 9881.
#[test]
fn the_example_of_the_specification_is_denied() {
    let key =
        PrivateKey::from_seed(Algorithm::MlDsa65, &std::array::from_fn(|i| i as u8)).public().expect("sound");
    let spec = std::fs::read_to_string(tool::workspace().join("format-spec/SPEC.md")).expect("SPEC.md");
    assert!(spec.contains(&format!("key id      {}", key.id())));
    assert!(is_example_key(&key.id()));
    let mut trusting = hybrid();
    trusting.keys.last_mut().expect("a key").key = key.as_bytes().to_vec();
    trusting.revoked.retain(|id| *id != post_quantum("pq-revoked").id());
    let refusal = Keyring::vouched_by_caller(trusting, ExampleKeys::Refuse).unwrap_err();
    assert_eq!(refusal.rule(), Some(Rule::Key2));
}

/// Each role on its own: without the ML-DSA-65 signature that is asked for, nothing of that kind passes.
#[test]
fn every_role_can_ask_for_a_post_quantum_signature() {
    let kinds = [
        (Asked::Security, Fake::small(), "security"),
        (Asked::Feature, Fake::feature(), "feature"),
        (Asked::Notice, Fake::notice(), "notice"),
        (Asked::Withdrawal, Fake::withdrawal(), "withdrawal"),
    ];
    let verdict = |package: &Fake, keyring: &Keyring| {
        run::stream(&package.package()[..], keyring).map(|_| ()).map_err(|e| e.rule().expect("a refusal"))
    };
    let asking = |asked: Asked| {
        let mut keyring = statement();
        keyring.keys.push(entry(post_quantum("pq-all"), Role::ALL));
        keyring.post_quantum = PostQuantum { root: None, asked: vec![(asked, 1)] };
        vouched(keyring)
    };
    for (asked, package, signer) in &kinds {
        let keyring = asking(*asked);
        let by = |keys: &[Key]| verdict(&package.clone().signed_by(keys), &keyring);
        assert_eq!(by(&[key(signer)]), Err(Rule::Sig16), "{asked}");
        assert_eq!(by(&[key(signer), post_quantum("pq-all")]), Ok(()), "{asked}");
        assert_eq!(by(&[post_quantum("pq-all")]), Err(Rule::Sig15), "{asked}");
    }
    let keyring = asking(Asked::Delivery);
    assert_eq!(verdict(&Fake::small(), &keyring), Err(Rule::Sig16));
    let by_both = Fake::small().delivered_by(&[key("delivery"), post_quantum("pq-all")]);
    assert_eq!(verdict(&by_both, &keyring), Ok(()));
    // Only what is not pure.
    let keyring = asking(Asked::SecurityException);
    assert_eq!(verdict(&Fake::small(), &keyring), Ok(()));
    assert_eq!(verdict(&Fake::inseparable(), &keyring), Err(Rule::Sig16));
}

#[test]
fn what_is_not_pure_is_asked_for_no_less() {
    let mut keyring = hybrid();
    keyring.post_quantum.asked = vec![(Asked::Security, 2), (Asked::SecurityException, 1)];
    assert_eq!(keyring.post_quantum_threshold(Asked::SecurityException), 2);
    assert_eq!(keyring.post_quantum_threshold(Asked::Feature), 0);
}

/// A root for both kinds of key is two keys: one id each.
#[test]
fn a_seed_makes_two_keys_with_two_ids() {
    assert_ne!(key("one").id(), post_quantum("one").id());
    assert_eq!(root(post_quantum("one")).id(), post_quantum("one").id());
}
