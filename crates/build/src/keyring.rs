//! Making keyrings: who may sign what, signed by root keys.

use crate::error::{Error, Result};
use crate::keys::{Signer, sign_statement};
use crate::package::{Sealed, write_file};
use pkg_format::cose::{self, Signature, StatementKind};
use pkg_format::keyring::{Asked, PostQuantum, Role, Root, TrustedKey};
use pkg_format::{Digest, Id, KeyringStatement, Label};
use pkg_verify::PublicKey;
use std::path::Path;

/// What a new keyring says.
pub struct NewKeyring {
    /// Its name.
    pub name: Id,
    /// The root keys, with a name for people.
    pub roots: Vec<(PublicKey, Label)>,
    /// How many of them must sign a keyring with Ed25519.
    pub root_threshold: u64,
    /// The keys that sign statements, with a name for people and what they may sign.
    pub keys: Vec<(PublicKey, Label, Vec<Role>)>,
    /// How many keys must sign with Ed25519, where it is not one.
    pub thresholds: Vec<(Asked, u64)>,
    /// How many keys must sign with ML-DSA-65 besides.
    pub post_quantum: PostQuantum,
}

/// A keyring statement and the signatures it has so far.
pub struct KeyringFile {
    statement: Vec<u8>,
    signatures: Vec<Signature>,
}

impl NewKeyring {
    /// The first version of the keyring, unsigned. A key that is given twice gets all its roles.
    pub fn make(self) -> Result<KeyringFile> {
        let mut keys: Vec<TrustedKey> = Vec::new();
        for (key, label, roles) in self.keys {
            let index = keys.iter().position(|k| k.id() == key.id());
            let entry = match index.and_then(|i| keys.get_mut(i)) {
                Some(entry) => entry,
                None => {
                    keys.push(TrustedKey {
                        key: key.as_bytes().to_vec(),
                        alg: key.alg(),
                        label,
                        roles: Vec::new(),
                        products: Vec::new(),
                        channels: Vec::new(),
                    });
                    let Some(last) = keys.last_mut() else { continue };
                    last
                }
            };
            entry.roles.extend(roles);
            entry.roles.sort();
            entry.roles.dedup();
        }
        let statement = KeyringStatement {
            name: self.name,
            version: 1,
            roots: self
                .roots
                .into_iter()
                .map(|(key, label)| Root { key: key.as_bytes().to_vec(), alg: key.alg(), label })
                .collect(),
            root_threshold: self.root_threshold,
            keys,
            thresholds: self.thresholds,
            post_quantum: self.post_quantum,
            revoked: Vec::new(),
            resets: Vec::new(),
        };
        let bytes = statement.to_tree().to_bytes();
        KeyringStatement::decode(&bytes)?;
        Ok(KeyringFile { statement: bytes, signatures: Vec::new() })
    }
}

impl KeyringFile {
    /// Reads a keyring, signed or not.
    pub fn read(path: &Path) -> Result<KeyringFile> {
        let bytes = std::fs::read(path).map_err(|e| Error::file("read", path, e))?;
        let package = |error| match error {
            pkg_verify::Error::Io(error) => Error::file("read", path, error),
            error => Error::Package { what: "keyring", path: path.into(), error },
        };
        let (statement, signatures) = pkg_verify::keyring_members(&bytes).map_err(package)?;
        let digest = Digest::of(&statement);
        let signatures = match signatures {
            Some(bytes) => cose::decode(&bytes, StatementKind::Keyring, &digest)
                .map_err(|e| package(pkg_verify::Error::Refused(e)))?,
            None => Vec::new(),
        };
        Ok(KeyringFile { statement, signatures })
    }

    /// What the keyring says.
    pub fn statement(&self) -> Result<KeyringStatement> {
        Ok(KeyringStatement::decode(&self.statement)?)
    }

    /// The keys that signed it; whether they match is the verifier's to say.
    pub fn signers(&self) -> impl Iterator<Item = cose::KeyId> {
        self.signatures.iter().map(|s| s.key)
    }

    /// Adds a signature, in place of an older one by the same key.
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<()> {
        let signature = sign_statement(signer, StatementKind::Keyring, &self.statement)?;
        self.signatures.retain(|s| s.key != signature.key);
        self.signatures.push(signature);
        Ok(())
    }

    /// Writes it beside `path` and renames.
    pub fn write(&self, path: &Path) -> Result<()> {
        let sealed = Sealed::with(StatementKind::Keyring, self.statement.clone(), &self.signatures)?;
        write_file(path, |out| {
            let mut archive = tar::Builder::new(out);
            sealed.write(&mut archive, StatementKind::Keyring)?;
            archive.into_inner().map(drop)
        })
    }
}
