//! Keyring files: making, changing, signing and updating them.

mod change;
mod heads;

pub use change::{Binding, Change};
pub use heads::heads;

use crate::error::{Error, Result};
use crate::keys::{Signer, attached, sign_statement};
use crate::package::{SignedStatement, write_file};
use pkg_files::real_target;
use pkg_format::container::{BLOCK_LEN, Member, padding};
use pkg_format::cose::{self, KeyId, Signature, StatementKind};
use pkg_format::keyring::PostQuantum;
use pkg_format::{Digest, Id, KeyringStatement, Label, limits};
use pkg_verify::{ExampleKeys, Keyring, KeyringVersion, PublicKey, keyring_members};
use std::path::Path;

/// A keyring file: the newest version with the signatures it has so far, and the versions before it.
pub struct KeyringFile {
    statement: Vec<u8>,
    signatures: Vec<Signature>,
    /// Newest first.
    predecessors: Vec<KeyringVersion>,
    /// The newest version that no longer fits into the file.
    left_out: Option<u64>,
}

/// A signature of a keyring file, checked.
pub struct CheckedSignature {
    /// The key that it says it is by.
    pub key: KeyId,
    /// The label of that key, if it is a root.
    pub label: Option<Label>,
    /// Whether it counts.
    pub status: RootSignature,
}

impl CheckedSignature {
    /// The label, and the start of the key id.
    pub fn name(&self) -> String {
        let label = self.label.as_ref().map_or_else(String::new, |label| format!("{label} "));
        format!("{label}({})", self.key.short())
    }
}

/// Whether a signature of a keyring counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RootSignature {
    /// It is valid, by a root of this version or of the one before.
    Valid,
    /// It claims to be by such a root and is not valid: every verifier refuses the file.
    Forged,
    /// It is by no root of these two versions, so it does not count.
    Stranger,
}

impl KeyringFile {
    /// Makes the first version of a keyring, unsigned.
    ///
    /// # Errors
    /// The changes do not make a keyring.
    pub fn new(name: Id, changes: Vec<Change>) -> Result<KeyringFile> {
        let empty = KeyringStatement {
            name,
            version: 1,
            roots: Vec::new(),
            root_threshold: 1,
            keys: Vec::new(),
            thresholds: Vec::new(),
            post_quantum: PostQuantum::default(),
            revoked: Vec::new(),
            heads: Vec::new(),
        };
        KeyringFile::from_versions(change::apply(empty, changes)?, Vec::new())
    }

    /// Makes the next version, unsigned, with the one in the file `path` as its predecessor. That one must be signed by
    /// its roots.
    ///
    /// # Errors
    /// The file cannot be read, is refused or not in force, or the changes do not make a keyring.
    pub fn edit(path: &Path, changes: Vec<Change>) -> Result<KeyringFile> {
        let (bytes, package) = received(path)?;
        let keyring = Keyring::open(&bytes, ExampleKeys::DangerAccept).map_err(&package)?;
        let mut next = keyring.statement().clone();
        next.version = next
            .version
            .checked_add(1)
            .ok_or_else(|| Error::Missing("there is no higher version number left".into()))?;
        KeyringFile::from_versions(change::apply(next, changes)?, keyring_members(&bytes).map_err(package)?)
    }

    fn from_versions(
        statement: KeyringStatement,
        mut predecessors: Vec<KeyringVersion>,
    ) -> Result<KeyringFile> {
        let statement = statement.to_tree().to_bytes();
        KeyringStatement::decode(&statement)?;
        let left_out = predecessors.get(limits::PREDECESSORS).map(|p| KeyringStatement::decode(&p.statement));
        let left_out = left_out.transpose()?.map(|s| s.version);
        predecessors.truncate(limits::PREDECESSORS);
        Ok(KeyringFile { statement, signatures: Vec::new(), predecessors, left_out })
    }

    /// Reads a keyring, signed or not.
    ///
    /// # Errors
    /// It cannot be read, or is refused.
    pub fn read(path: &Path) -> Result<KeyringFile> {
        KeyringFile::from_bytes(&received(path)?.0, path)
    }

    /// A keyring that was read from `path`, signed or not.
    ///
    /// # Errors
    /// It is refused.
    pub fn from_bytes(bytes: &[u8], path: &Path) -> Result<KeyringFile> {
        let package = refused(path);
        let mut versions = keyring_members(bytes).map_err(&package)?.into_iter();
        let Some(KeyringVersion { statement, signatures }) = versions.next() else {
            return Err(Error::Missing("no keyring was given".into()));
        };
        let digest = Digest::of(&statement);
        let signatures = match signatures {
            Some(bytes) => cose::decode(&bytes, StatementKind::Keyring, &digest)
                .map_err(|e| package(pkg_verify::Error::Refused(e)))?,
            None => Vec::new(),
        };
        Ok(KeyringFile { statement, signatures, predecessors: versions.collect(), left_out: None })
    }

    /// The keyring as a statement.
    ///
    /// # Errors
    /// It cannot be decoded.
    pub fn statement(&self) -> Result<KeyringStatement> {
        Ok(KeyringStatement::decode(&self.statement)?)
    }

    /// The bytes of the statement, which are signed.
    pub fn statement_bytes(&self) -> &[u8] {
        &self.statement
    }

    /// The statements of the versions before it, newest first.
    pub fn predecessors(&self) -> impl Iterator<Item = Result<KeyringStatement>> {
        self.predecessors.iter().map(|p| Ok(KeyringStatement::decode(&p.statement)?))
    }

    /// The newest version that an edit left out, since a file holds only so many.
    pub fn left_out(&self) -> Option<u64> {
        self.left_out
    }

    /// Its signatures, each verified by the root key that it names, of this version or of the one before.
    ///
    /// # Errors
    /// A version cannot be decoded, or a root is no sound key.
    pub fn signatures(&self) -> Result<Vec<CheckedSignature>> {
        let mut roots = self.statement()?.roots;
        if let Some(before) = self.predecessors().next() {
            roots.extend(before?.roots);
        }
        let check = |signature: &Signature| {
            let Some(root) = roots.iter().find(|r| r.id() == signature.key) else {
                return Ok(CheckedSignature {
                    key: signature.key,
                    label: None,
                    status: RootSignature::Stranger,
                });
            };
            let key = PublicKey::new(root.alg, &root.key)?;
            let bytes = signature.bytes.clone();
            let matches = attached(&key, StatementKind::Keyring, &self.statement, bytes).is_some();
            let status = if matches { RootSignature::Valid } else { RootSignature::Forged };
            Ok(CheckedSignature { key: signature.key, label: Some(root.label.clone()), status })
        };
        self.signatures.iter().map(check).collect()
    }

    /// Signs it. The signature replaces an older one by the same key.
    ///
    /// # Errors
    /// The signer fails.
    pub fn sign(&mut self, signer: &dyn Signer) -> Result<()> {
        let signature = sign_statement(signer, StatementKind::Keyring, &self.statement)?;
        self.attach(signature);
        Ok(())
    }

    /// Adds a signature that was made elsewhere and checked by the caller.
    pub fn attach(&mut self, signature: Signature) {
        self.signatures.retain(|s| s.key != signature.key);
        self.signatures.push(signature);
    }

    /// Writes it to where it came from. A link stays a link.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_in_place(&self, path: &Path) -> Result<()> {
        self.write(&real_target(path).map_err(|e| Error::file("write", path, e))?)
    }

    /// Writes it to `path`, by a rename. There must be a regular file or nothing.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let newest = SignedStatement::with(StatementKind::Keyring, self.statement.clone(), &self.signatures)?;
        write_versions(path, std::iter::once(newest).chain(self.predecessors.iter().map(sealed)))
    }
}

/// The outcome of an update.
pub struct Updated {
    /// The keyring that is now in force.
    pub keyring: Keyring,
    /// How many versions newer it is.
    pub versions: u64,
}

/// Updates the keyring file `current` to the newest of `newer` that can be reached, and writes that to `to` with all
/// its predecessors, so that it serves every device with an older one.
///
/// # Errors
/// A file cannot be read, the current keyring is refused, or the result cannot be written.
pub fn update(current: &Path, newer: &[&Path], example: ExampleKeys, to: &Path) -> Result<Updated> {
    let (bytes, package) = received(current)?;
    let mut keyring = Keyring::open(&bytes, example).map_err(&package)?;
    let mut versions = keyring_members(&bytes).map_err(package)?;
    let before = keyring.version();
    let mut files = Vec::new();
    for path in newer {
        let (bytes, package) = received(path)?;
        let members = keyring_members(&bytes).map_err(&package)?;
        let newest = members.first().map(|m| KeyringStatement::name_and_version(&m.statement));
        let newest = newest.transpose().map_err(|e| package(e.into()))?.map_or(0, |(_, version)| version);
        files.push((newest, bytes, members, package));
    }
    // Each may have the versions that the next one needs.
    files.sort_by_key(|(newest, ..)| *newest);
    for (_, bytes, members, package) in files {
        let update = keyring.update(&bytes, example).map_err(package)?;
        let passed = usize::try_from(update.versions()).unwrap_or(usize::MAX);
        versions.splice(0..0, members.into_iter().take(passed));
        keyring = update.keyring().clone();
    }
    versions.truncate(limits::PREDECESSORS.saturating_add(1));
    let real = match to == current {
        true => real_target(to).map_err(|e| Error::file("write", to, e))?,
        false => to.to_path_buf(),
    };
    write_versions(&real, versions.iter().map(sealed))?;
    Ok(Updated { versions: keyring.version().saturating_sub(before), keyring })
}

/// The bytes of a keyring file, up to the size limit.
///
/// # Errors
/// It cannot be read, or is too large.
pub fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    pkg_files::read_small(path, limits::KEYRING_FILE)
}

/// The bytes of a keyring file, and how to speak of what is wrong with it.
fn received(path: &Path) -> Result<(Vec<u8>, impl Fn(pkg_verify::Error) -> Error + use<>)> {
    let bytes = read_file(path).map_err(|e| Error::file("read", path, e))?;
    Ok((bytes, refused(path)))
}

/// How to speak of what is wrong with a keyring file.
fn refused(path: &Path) -> impl Fn(pkg_verify::Error) -> Error + use<> {
    let path = path.to_owned();
    move |error| match error {
        pkg_verify::Error::Io(error) => Error::file("read", &path, error.into()),
        error => Error::Package { what: "keyring", path: path.clone(), error },
    }
}

fn sealed(version: &KeyringVersion) -> SignedStatement {
    SignedStatement { statement: version.statement.clone(), signatures: version.signatures.clone() }
}

/// Writes versions, newest first, as many as a reader accepts: the oldest are left out of a file that would be too
/// large for clients.
fn write_versions(path: &Path, versions: impl IntoIterator<Item = SignedStatement>) -> Result<()> {
    write_file(path, |out| {
        let mut archive = tar::Builder::new(out);
        // The two blocks at the end.
        let mut size = 2 * BLOCK_LEN;
        for (place, version) in versions.into_iter().enumerate() {
            size = size.saturating_add(stored(&version));
            if place > 0 && size > limits::KEYRING_FILE {
                break;
            }
            let members = match place.checked_sub(1) {
                None => (Member::Keyring, Member::KeyringSignatures),
                Some(n) => (Member::Predecessor(n), Member::PredecessorSignatures(n)),
            };
            version.write(&mut archive, members)?;
        }
        archive.into_inner().map(drop)
    })
}

/// What a version takes in a file: its members with their headers and padding.
fn stored(version: &SignedStatement) -> u64 {
    let member = |bytes: &[u8]| {
        let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
        length.saturating_add(padding(length)).saturating_add(BLOCK_LEN)
    };
    member(&version.statement).saturating_add(version.signatures.as_deref().map_or(0, member))
}
