//! Private keys in memory, and as PKCS#8 in PEM.

use super::{encryption, ml_dsa_65, openssh, pem};
use crate::error::{Error, KeyError, Result};
use ed25519_dalek::pkcs8::{EncodePrivateKey, KeypairBytes};
use ed25519_dalek::{Signer as _, SigningKey};
use pkcs8::{LineEnding, PrivateKeyInfoRef, SecretDocument};
use pkg_format::Refusal;
use pkg_format::cose::Algorithm;
use pkg_verify::PublicKey;
use std::path::Path;
use zeroize::Zeroizing;

/// What a private key file must be.
const PRIVATE: &str = "an Ed25519 or ML-DSA-65 private key";

/// A private key in memory. It is wiped when dropped, and has no `Debug`, so that no message contains it.
///
/// ```compile_fail,E0277
/// fn f(key: pkg_builder::keys::PrivateKey) {
///     println!("{key:?}");
/// }
/// ```
pub struct PrivateKey(Secret);

enum Secret {
    Ed25519(SigningKey),
    MlDsa65(ml_dsa_65::PrivateKey),
}

impl PrivateKey {
    /// The key in a PEM file. `passphrase` is called only if it is encrypted.
    pub(super) fn from_pem(
        pem: &str,
        path: &Path,
        passphrase: &mut dyn FnMut() -> Result<Zeroizing<String>>,
    ) -> Result<Self> {
        let error = |reason| Error::key(path.display().to_string(), reason);
        let found = pem::key(pem, "a private key in PEM").map_err(error)?;
        let pem = found.pem.as_str();
        let key = match found.label.as_str() {
            "ENCRYPTED PRIVATE KEY" => {
                let document = encryption::decrypt(pem, passphrase, &error)?;
                PrivateKey::from_pkcs8(&document).map_err(error)?
            }
            "PRIVATE KEY" => {
                let document = SecretDocument::from_pem(pem).map(|(_, document)| document);
                let no_key = |_| error(KeyError::Kind { expected: PRIVATE });
                PrivateKey::from_pkcs8(&document.map_err(no_key)?).map_err(error)?
            }
            openssh::LABEL => PrivateKey(Secret::Ed25519(openssh::read(pem, passphrase, &error)?)),
            "PUBLIC KEY" => {
                return Err(error(KeyError::Kind { expected: "a private key: this is a public key" }));
            }
            _ => return Err(error(KeyError::Kind { expected: "a private key in PEM" })),
        };
        let seed = key.seed();
        match seed.iter().all(|b| Some(b) == seed.first()) {
            true => Err(error(KeyError::Seed)),
            false => Ok(key),
        }
    }

    /// The key of this algorithm with this seed.
    pub fn from_seed(alg: Algorithm, seed: &[u8; 32]) -> Self {
        PrivateKey(match alg {
            Algorithm::Ed25519 => Secret::Ed25519(SigningKey::from_bytes(seed)),
            Algorithm::MlDsa65 => Secret::MlDsa65(ml_dsa_65::PrivateKey::from_seed(seed)),
        })
    }

    /// The key in a PKCS#8 document, which states its algorithm.
    fn from_pkcs8(document: &SecretDocument) -> Result<Self, KeyError> {
        let info = PrivateKeyInfoRef::try_from(document.as_bytes());
        let info = info.map_err(|_| KeyError::Kind { expected: PRIVATE })?;
        match info.algorithm.oid {
            ml_dsa_65::OID => ml_dsa_65::PrivateKey::from_pkcs8(&info).map(Secret::MlDsa65),
            _ => SigningKey::try_from(info).map(Secret::Ed25519).map_err(|e| kind_of(&e)),
        }
        .map(PrivateKey)
    }

    pub(super) fn seed(&self) -> Zeroizing<[u8; 32]> {
        match &self.0 {
            Secret::Ed25519(key) => Zeroizing::new(key.to_bytes()),
            Secret::MlDsa65(key) => key.seed(),
        }
    }

    /// The public half.
    ///
    /// # Errors
    /// The public key is unsound.
    pub fn public(&self) -> Result<PublicKey, Refusal> {
        match &self.0 {
            Secret::Ed25519(key) => PublicKey::new(Algorithm::Ed25519, key.verifying_key().as_bytes()),
            Secret::MlDsa65(key) => PublicKey::new(Algorithm::MlDsa65, &key.public()),
        }
    }

    /// The pure signature of `message`, without context. It is the same each time.
    pub fn sign(&self, message: &[u8]) -> Vec<u8> {
        match &self.0 {
            Secret::Ed25519(key) => key.sign(message).to_bytes().to_vec(),
            Secret::MlDsa65(key) => key.sign(message),
        }
    }

    /// The key as PKCS#8 in PEM, encrypted if there is a passphrase. It is version 1 of PKCS#8, because OpenSSL 3.0 reads
    /// no other; a key of ML-DSA-65 is its seed, which OpenSSL 3.5 reads.
    ///
    /// # Errors
    /// It cannot be encoded, or there is no randomness to encrypt it with.
    pub fn to_pem(&self, passphrase: Option<&str>) -> Result<Zeroizing<String>> {
        let failed = |e: String| Error::key("new key", KeyError::Encryption(e));
        let der: SecretDocument = match &self.0 {
            Secret::Ed25519(key) => {
                KeypairBytes { secret_key: key.to_bytes(), public_key: None }.to_pkcs8_der()
            }
            Secret::MlDsa65(key) => key.to_pkcs8(),
        }
        .map_err(|e| failed(e.to_string()))?;
        let Some(passphrase) = passphrase else {
            return der.to_pem("PRIVATE KEY", LineEnding::LF).map_err(|e| failed(e.to_string()));
        };
        encryption::encrypt(&der, passphrase).map_err(|e| failed(e.to_string()))
    }
}

fn kind_of(error: &pkcs8::Error) -> KeyError {
    match error {
        // The v2 form carries the public half, which is compared when it is read.
        pkcs8::Error::KeyMalformed(_) => KeyError::Halves,
        _ => KeyError::Kind { expected: PRIVATE },
    }
}

#[cfg(test)]
mod tests {
    use super::super::generate;
    use super::*;

    /// Threat T11: PKCS#8 of version 2 carries the public half too, and both must belong together.
    #[test]
    fn halves_that_do_not_belong_together_are_refused() {
        let (key, other) = (generate(Algorithm::Ed25519).unwrap(), generate(Algorithm::Ed25519).unwrap());
        let with = |public: &PublicKey| {
            let public = public.as_bytes().try_into().unwrap();
            let pair = KeypairBytes {
                secret_key: *key.seed(),
                public_key: Some(ed25519_dalek::pkcs8::PublicKeyBytes(public)),
            };
            let pem = pair.to_pkcs8_der().unwrap().to_pem("PRIVATE KEY", LineEnding::LF).unwrap();
            PrivateKey::from_pem(&pem, Path::new("k"), &mut || unreachable!())
        };
        let own = with(&key.public().unwrap()).unwrap();
        assert_eq!(own.public().unwrap().id(), key.public().unwrap().id());
        let refused = with(&other.public().unwrap()).err().unwrap();
        assert!(matches!(refused, Error::Key { reason: KeyError::Halves, .. }), "{refused}");
    }
}
