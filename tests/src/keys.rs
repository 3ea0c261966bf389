//! Keys for tests: made from their names, so every run has the same ones. **Anybody can sign with
//! them.**

use ed25519_dalek::{Signer, SigningKey};
use ml_dsa::{ExpandedSigningKey, MlDsa65};
use pkg_format::Digest;
use pkg_format::cose::{Algorithm, KeyId, key_id};

/// A key pair that is known to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name; the seed follows from it.
    pub name: &'static str,
    /// Its algorithm.
    pub alg: Algorithm,
}

/// The Ed25519 key of this name.
pub const fn key(name: &'static str) -> Key {
    Key { name, alg: Algorithm::Ed25519 }
}

/// The ML-DSA-65 key of this name.
pub const fn post_quantum(name: &'static str) -> Key {
    Key { name, alg: Algorithm::MlDsa65 }
}

impl Key {
    /// The seed: SHA-256 of a warning and the name.
    pub fn seed(self) -> [u8; 32] {
        Digest::of(format!("pkg TEST KEY, NEVER TRUST IT: {}", self.name).as_bytes()).0
    }

    fn ml_dsa(self) -> ExpandedSigningKey<MlDsa65> {
        ExpandedSigningKey::from_seed(&self.seed().into())
    }

    /// The raw public key.
    pub fn public(self) -> Vec<u8> {
        match self.alg {
            Algorithm::Ed25519 => SigningKey::from_bytes(&self.seed()).verifying_key().to_bytes().to_vec(),
            Algorithm::MlDsa65 => self.ml_dsa().verifying_key().encode().to_vec(),
        }
    }

    /// The key id.
    pub fn id(self) -> KeyId {
        key_id(self.alg, &self.public())
    }

    /// The signature of `message`.
    pub fn sign(self, message: &[u8]) -> Vec<u8> {
        match self.alg {
            Algorithm::Ed25519 => SigningKey::from_bytes(&self.seed()).sign(message).to_bytes().to_vec(),
            Algorithm::MlDsa65 => self.sign_in(b"", message),
        }
    }

    /// The signature of `message` by a key of ML-DSA in a context of its own, which no package has.
    pub fn sign_in(self, context: &[u8], message: &[u8]) -> Vec<u8> {
        self.ml_dsa().sign_deterministic(message, context).expect("a short context").encode().to_vec()
    }
}
