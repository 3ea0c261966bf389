//! Public keys as SPKI in PEM.

use super::{ml_dsa_65, pem};
use crate::error::{Error, KeyError, Result};
use ed25519_dalek::VerifyingKey;
use ed25519_dalek::pkcs8::spki::{DecodePublicKey, EncodePublicKey};
use pkcs8::LineEnding;
use pkg_format::cose::Algorithm;
use pkg_verify::PublicKey;

/// What a public key file must be.
const PUBLIC: &str = "an Ed25519 or ML-DSA-65 public key in PEM";

/// A public key as SPKI in PEM.
///
/// # Errors
/// The key has no such form.
pub fn public_pem(key: &PublicKey) -> Result<String> {
    let pem = match key.alg() {
        Algorithm::Ed25519 => VerifyingKey::try_from(key.as_bytes())
            .ok()
            .and_then(|key| key.to_public_key_pem(LineEnding::LF).ok()),
        Algorithm::MlDsa65 => ml_dsa_65::public_pem(key.as_bytes()),
    };
    pem.ok_or_else(|| {
        Error::key(key.id().to_string(), KeyError::Kind { expected: "a key that has a PEM form" })
    })
}

/// Parses a public key: SPKI in PEM.
pub(super) fn parse_public(text: &str) -> Result<PublicKey, KeyError> {
    let found = pem::key(text, PUBLIC)?;
    if found.label.contains("PRIVATE") {
        return Err(KeyError::Kind { expected: "a public key: this is a private key" });
    }
    let pem = found.pem.as_str();
    let key = match (VerifyingKey::from_public_key_pem(pem), ml_dsa_65::read_public(pem)) {
        (Ok(key), _) => PublicKey::new(Algorithm::Ed25519, key.as_bytes()),
        (Err(_), Some(key)) => PublicKey::new(Algorithm::MlDsa65, &key),
        (Err(_), None) => return Err(KeyError::Kind { expected: PUBLIC }),
    };
    key.map_err(KeyError::Unsound)
}
