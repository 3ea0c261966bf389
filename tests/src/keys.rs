//! Keys for tests: made from their names, so every run has the same ones. **Anybody can sign with
//! them.**

use ed25519_dalek::{Signer, SigningKey};
use pkg_format::Digest;
use pkg_format::cose::{Algorithm, KeyId, key_id};

/// A key pair that is known to everybody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Key {
    /// Its name; the seed follows from it.
    pub name: &'static str,
}

/// The key of this name.
pub const fn key(name: &'static str) -> Key {
    Key { name }
}

impl Key {
    /// The seed: SHA-256 of a warning and the name.
    pub fn seed(self) -> [u8; 32] {
        Digest::of(format!("pkg TEST KEY, NEVER TRUST IT: {}", self.name).as_bytes()).0
    }

    /// The raw public key.
    pub fn public(self) -> [u8; 32] {
        SigningKey::from_bytes(&self.seed()).verifying_key().to_bytes()
    }

    /// The key id.
    pub fn id(self) -> KeyId {
        key_id(Algorithm::Ed25519, &self.public())
    }

    /// The signature of `message`.
    pub fn sign(self, message: &[u8]) -> [u8; 64] {
        SigningKey::from_bytes(&self.seed()).sign(message).to_bytes()
    }
}
