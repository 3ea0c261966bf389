//! Signers: everything that can sign bytes with a key.

use super::private_key::PrivateKey;
use crate::error::{Error, KeyError, Result};
use pkg_format::Digest;
use pkg_format::cose::{Signature, StatementKind, to_be_signed};
use pkg_verify::PublicKey;

/// Something that signs with one key.
pub trait Signer {
    /// Its name in messages: a path or URI.
    fn name(&self) -> &str;

    /// The public half of its key, which states the algorithm.
    fn public_key(&self) -> &PublicKey;

    /// The pure signature of `message`, without context.
    fn sign(&self, message: &[u8]) -> Result<Vec<u8>>;
}

/// The bytes that `key` signs for a statement. They are always below 4 KiB, and the last 32 are the digest of the
/// statement.
pub fn message(key: &PublicKey, kind: StatementKind, statement: &[u8]) -> Vec<u8> {
    to_be_signed(kind, &Digest::of(statement), key.alg(), &key.id())
}

/// A signature that was made elsewhere, if it is valid for this key and statement.
pub fn attached(key: &PublicKey, kind: StatementKind, statement: &[u8], bytes: Vec<u8>) -> Option<Signature> {
    let signed = key.signed(&message(key, kind, statement), &bytes);
    signed.then(|| Signature { key: key.id(), alg: key.alg(), bytes })
}

/// Signs a statement, and verifies the signature at once: the output of a faulty signer must not get into a package.
///
/// # Errors
/// The signer fails, or its signature is not valid for its key.
pub fn sign_statement(signer: &dyn Signer, kind: StatementKind, statement: &[u8]) -> Result<Signature> {
    let key = signer.public_key();
    let bytes = signer.sign(&message(key, kind, statement))?;
    attached(key, kind, statement, bytes).ok_or_else(|| Error::key(signer.name(), KeyError::Signature))
}

/// A key file that was unlocked.
pub struct FileSigner {
    name: String,
    key: PrivateKey,
    public: PublicKey,
}

impl FileSigner {
    /// A signer for an unlocked key.
    ///
    /// # Errors
    /// The public key is unsound.
    pub fn new(name: impl Into<String>, key: PrivateKey) -> Result<Self> {
        let name = name.into();
        let public = key.public().map_err(|e| Error::key(name.as_str(), KeyError::Unsound(e)))?;
        Ok(FileSigner { name, key, public })
    }
}

impl Signer for FileSigner {
    fn name(&self) -> &str {
        &self.name
    }

    fn public_key(&self) -> &PublicKey {
        &self.public
    }

    fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        Ok(self.key.sign(message))
    }
}
