//! Keyring files: made, changed, signed and brought up to date.

mod change;

pub use change::{Binding, Change};

use crate::error::{Error, Result};
use crate::keys::{Signer, sign_statement};
use crate::package::{Sealed, write_file};
use pkg_files::real_target;
use pkg_format::container::Member;
use pkg_format::cose::{self, KeyId, Signature, StatementKind};
use pkg_format::keyring::{PostQuantum, Reset};
use pkg_format::{Digest, Id, KeyringStatement, limits};
use pkg_verify::{ExampleKeys, Keyring, KeyringVersion, keyring_members};
use std::path::Path;

/// A keyring file: the newest version, the signatures it has so far, and what went before it.
pub struct KeyringFile {
    statement: Vec<u8>,
    signatures: Vec<Signature>,
    /// Newest first.
    predecessors: Vec<KeyringVersion>,
}

impl KeyringFile {
    /// The first version of a keyring, unsigned.
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
            resets: Vec::new(),
        };
        KeyringFile::of(change::apply(empty, changes)?, Vec::new())
    }

    /// The next version, unsigned, with this one as its predecessor. This one must be in force:
    /// signed by its roots.
    pub fn edit(path: &Path, changes: Vec<Change>) -> Result<KeyringFile> {
        let (bytes, package) = received(path)?;
        let keyring = Keyring::open(&bytes, ExampleKeys::DangerAccept).map_err(&package)?;
        let mut next = keyring.statement().clone();
        next.version =
            next.version.checked_add(1).ok_or_else(|| Error::Missing("no version is left".into()))?;
        // A reset is applied when its version is accepted, so it does not go on into the next.
        next.resets.clear();
        KeyringFile::of(change::apply(next, changes)?, keyring_members(&bytes).map_err(package)?)
    }

    fn of(statement: KeyringStatement, mut predecessors: Vec<KeyringVersion>) -> Result<KeyringFile> {
        let statement = statement.to_tree().to_bytes();
        KeyringStatement::decode(&statement)?;
        predecessors.truncate(limits::PREDECESSORS);
        Ok(KeyringFile { statement, signatures: Vec::new(), predecessors })
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
            return Err(Error::Missing("no keyring".into()));
        };
        let digest = Digest::of(&statement);
        let signatures = match signatures {
            Some(bytes) => cose::decode(&bytes, StatementKind::Keyring, &digest)
                .map_err(|e| package(pkg_verify::Error::Refused(e)))?,
            None => Vec::new(),
        };
        Ok(KeyringFile { statement, signatures, predecessors: versions.collect() })
    }

    /// What the keyring says.
    pub fn statement(&self) -> Result<KeyringStatement> {
        Ok(KeyringStatement::decode(&self.statement)?)
    }

    /// The bytes of what it says: what gets signed.
    pub fn statement_bytes(&self) -> &[u8] {
        &self.statement
    }

    /// What the versions before it said, newest first.
    pub fn predecessors(&self) -> impl Iterator<Item = Result<KeyringStatement>> {
        self.predecessors.iter().map(|p| Ok(KeyringStatement::decode(&p.statement)?))
    }

    /// The keys that signed it; whether they match is the verifier's to say.
    pub fn signers(&self) -> impl Iterator<Item = KeyId> {
        self.signatures.iter().map(|s| s.key)
    }

    /// Adds a signature, in place of an older one by the same key.
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

    /// Writes it where it came from: a link stays a link to it.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write_in_place(&self, path: &Path) -> Result<()> {
        self.write(&real_target(path).map_err(|e| Error::file("write", path, e))?)
    }

    /// Writes it beside `path` and renames. What is there is a regular file or nothing.
    ///
    /// # Errors
    /// It cannot be written.
    pub fn write(&self, path: &Path) -> Result<()> {
        let newest = Sealed::with(StatementKind::Keyring, self.statement.clone(), &self.signatures)?;
        write_versions(path, std::iter::once(newest).chain(self.predecessors.iter().map(sealed)))
    }
}

/// What an update did.
pub struct Updated {
    /// The keyring that is now in force.
    pub keyring: Keyring,
    /// How many versions it is newer than before.
    pub versions: u64,
    /// The counters that devices set back on the way.
    pub resets: Vec<Reset>,
}

/// Goes from the keyring file `current` to the newest of `newer` that a chain leads to, and writes
/// that to `to` with all its predecessors, so that it serves every device that has an older one.
pub fn update(current: &Path, newer: &[&Path], example: ExampleKeys, to: &Path) -> Result<Updated> {
    let (bytes, package) = received(current)?;
    let mut keyring = Keyring::open(&bytes, example).map_err(&package)?;
    let mut versions = keyring_members(&bytes).map_err(package)?;
    let before = keyring.version();
    let mut resets = Vec::new();
    let mut files = Vec::new();
    for path in newer {
        let (bytes, package) = received(path)?;
        let members = keyring_members(&bytes).map_err(&package)?;
        let newest = members.first().map(|m| KeyringStatement::decode(&m.statement));
        let newest = newest.transpose().map_err(|e| package(e.into()))?.map_or(0, |s| s.version);
        files.push((newest, bytes, members, package));
    }
    // Each may hold what the next one needs.
    files.sort_by_key(|(newest, ..)| *newest);
    for (_, bytes, members, package) in files {
        let update = keyring.update(&bytes, example).map_err(package)?;
        let passed = usize::try_from(update.versions()).unwrap_or(usize::MAX);
        versions.splice(0..0, members.into_iter().take(passed));
        resets.extend_from_slice(update.resets());
        keyring = update.keyring().clone();
    }
    versions.truncate(limits::PREDECESSORS.saturating_add(1));
    let real = match to == current {
        true => real_target(to).map_err(|e| Error::file("write", to, e))?,
        false => to.to_path_buf(),
    };
    write_versions(&real, versions.iter().map(sealed))?;
    Ok(Updated { versions: keyring.version().saturating_sub(before), keyring, resets })
}

/// The longest keyring file that is read: 240 versions with a hundred keys of ML-DSA-65 each.
const KEYRING_FILE: u64 = 64 << 20;

/// The bytes of a keyring file; not of one that has no end.
pub fn read_file(path: &Path) -> std::io::Result<Vec<u8>> {
    pkg_files::read_small(path, KEYRING_FILE)
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
        pkg_verify::Error::Io(error) => Error::file("read", &path, error),
        error => Error::Package { what: "keyring", path: path.clone(), error },
    }
}

fn sealed(version: &KeyringVersion) -> Sealed {
    Sealed { statement: version.statement.clone(), signatures: version.signatures.clone() }
}

/// Writes versions, the newest first.
fn write_versions(path: &Path, versions: impl IntoIterator<Item = Sealed>) -> Result<()> {
    write_file(path, |out| {
        let mut archive = tar::Builder::new(out);
        for (place, version) in versions.into_iter().enumerate() {
            let members = match place.checked_sub(1) {
                None => (Member::Keyring, Member::KeyringSignatures),
                Some(n) => (Member::Predecessor(n), Member::PredecessorSignatures(n)),
            };
            version.write(&mut archive, members)?;
        }
        archive.into_inner().map(drop)
    })
}
