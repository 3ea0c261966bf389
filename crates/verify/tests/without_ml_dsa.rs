//! A verifier for small devices, built without ML-DSA: `cargo test -p pkg-verify --no-default-features`.
//!
//! It reads the vectors, since it may not bring the crate that made them.
#![cfg(not(feature = "ml-dsa"))]

use pkg_verify::format::Rule;
use pkg_verify::{ExampleKeys, Keyring, Policy, SignatureStatus};
use std::path::Path;

fn vector(name: &str) -> Vec<u8> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../format-spec/vectors");
    std::fs::read(folder.join(name)).expect(name)
}

/// What stands behind the header of a vector.
fn package(name: &str) -> Vec<u8> {
    let file = vector(name);
    let end = file.windows(2).position(|w| w == b"\n\n").expect("an empty line");
    file[end + 2..].to_vec()
}

/// Were such keys left out instead, fewer would be counted here than elsewhere.
#[test]
fn a_keyring_with_keys_of_ml_dsa_is_refused() {
    let refusal = Keyring::open(&vector("hybrid.keyring"), ExampleKeys::Refuse).unwrap_err();
    assert_eq!(refusal.rule(), Some(Rule::Key12));
}

/// One package serves devices with and without: their keyrings differ.
#[test]
fn a_package_that_keys_of_ml_dsa_signed_too_is_accepted() {
    let keyring = Keyring::open(&vector("standard.keyring"), ExampleKeys::Refuse).expect("Ed25519 only");
    let package = package("ok-hybrid-unknown.vec");
    let unverified = pkg_verify::open(&package[..]).expect("a package");
    let reports = unverified.signatures(Some(&keyring)).expect("signatures in their form");
    let mut found: Vec<_> = reports.iter().map(|r| (r.alg.as_str(), r.status)).collect();
    found.sort_by_key(|(word, _)| *word);
    assert_eq!(found, [("ed25519", SignatureStatus::Valid), ("ml-dsa-65", SignatureStatus::UnknownKey)]);
    unverified.verify(&keyring, &Policy::default()).and_then(|v| v.finish()).expect("accepted");
}

/// Its form is judged all the same.
#[test]
fn a_signature_of_ml_dsa_of_the_wrong_length_is_refused() {
    let keyring = Keyring::open(&vector("standard.keyring"), ExampleKeys::Refuse).expect("Ed25519 only");
    let package = package("sig-13-ml-dsa-3308.vec");
    let verdict = pkg_verify::open(&package[..]).and_then(|p| p.verify(&keyring, &Policy::default()));
    assert_eq!(verdict.err().and_then(|e| e.rule()), Some(Rule::Sig13));
}
