//! A package at hand that is to be published: verified as a whole, and what its entry will say.

use crate::error::{Error, Result};
use pkg_files::ReadAt as _;
use pkg_format::Digest;
use pkg_format::delivery::DeliveryKind;
use pkg_format::repository::{Entry, Object};
use pkg_repository::Transport;
use pkg_sha256::Hasher;
use pkg_verify::{Keyring, Policy, Statements, Testing, open, verify_whole};
use std::fs::File;
use std::io::{BufReader, Seek as _};
use std::num::NonZeroUsize;
use std::path::{Path, PathBuf};

/// A package of which every byte was verified.
pub struct Package {
    pub(crate) path: PathBuf,
    pub(crate) file: File,
    pub(crate) statements: Statements,
    pub(crate) object: Object,
}

/// What is accepted from whoever publishes: nothing is decoded here, and testing releases have a channel of their own.
pub(crate) fn policy() -> Policy {
    Policy::default().with_decode_memory(u64::MAX).with_testing(Testing::Accept)
}

impl Package {
    /// Opens a package, verifies every byte of it, and takes its digest. `progress` is called with the number of bytes
    /// that were read.
    ///
    /// # Errors
    ///
    /// The package cannot be read, or no device would accept it.
    pub fn open(
        path: &Path,
        keyring: &Keyring,
        jobs: NonZeroUsize,
        progress: &(dyn Fn(u64) + Sync),
    ) -> Result<Package> {
        let read = |error| Error::Read { path: path.to_owned(), error };
        let name = path.display().to_string();
        let mut file = pkg_files::open_regular(path).map_err(read)?;
        // Both read the whole file and hash it.
        let (complete, digest) = std::thread::scope(|scope| {
            let digest = scope.spawn(|| digest(&file));
            let complete = verify_whole(&file, keyring, &policy(), jobs, progress);
            (complete, digest.join().unwrap_or_else(|_| Err(std::io::Error::other("hashing it failed"))))
        });
        let statements = complete.map_err(|e| Error::verify(&name, e))?.into_statements();
        file.rewind().map_err(read)?;
        let front = open(BufReader::new(&file)).map_err(|e| Error::verify(&name, e))?.front();
        let (package, size) = digest.map_err(read)?;
        let object = Object { package, size, front };
        Ok(Package { path: path.to_owned(), file, statements, object })
    }

    /// Where it was found.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// What it says.
    pub fn statements(&self) -> &Statements {
        &self.statements
    }

    /// Its size in bytes.
    pub fn size(&self) -> u64 {
        self.object.size
    }

    pub(crate) fn is_delta(&self) -> bool {
        self.statements.delivery().is_some_and(|d| d.kind == DeliveryKind::Delta)
    }

    pub(crate) fn manifest(&self) -> Digest {
        self.statements.manifest_digest()
    }

    pub(crate) fn entry(&self) -> Entry {
        Entry::new(self.statements.manifest(), self.manifest(), Some(self.object))
    }
}

/// Packages of which only the statements were read and verified: enough to refuse them early, not to publish them.
pub struct Fronts(pub(crate) Vec<Package>);

impl Fronts {
    /// Opens packages and verifies their statements.
    ///
    /// # Errors
    ///
    /// A package cannot be read, or its statements are refused.
    pub fn open(paths: &[PathBuf], keyring: &Keyring) -> Result<Fronts> {
        paths.iter().map(|path| front(path, keyring)).collect::<Result<_>>().map(Fronts)
    }

    /// What they say.
    pub fn statements(&self) -> impl Iterator<Item = &Statements> {
        self.0.iter().map(|package| &package.statements)
    }

    /// The packages that are in no channel: notices and withdrawals.
    pub fn of_no_channel(&self) -> Vec<PathBuf> {
        let of_none = self.0.iter().filter(|p| p.statements.manifest().release().is_none());
        of_none.map(|p| p.path.clone()).collect()
    }

    /// Their sizes together, in bytes.
    pub fn size(&self) -> u64 {
        self.0.iter().fold(0, |sum, package| sum.saturating_add(package.size()))
    }
}

fn front(path: &Path, keyring: &Keyring) -> Result<Package> {
    let read = |error| Error::Read { path: path.to_owned(), error };
    let verify = |error| Error::verify(&path.display().to_string(), error);
    let file = pkg_files::open_regular(path).map_err(read)?;
    let unverified = open(BufReader::new(&file)).map_err(verify)?;
    let (front, size) = (unverified.front(), file.metadata().map_err(read)?.len());
    let statements = unverified.verify(keyring, &policy()).map_err(verify)?.into_statements();
    // Nobody knows its digest before it was read. No entry is made of this one.
    let object = Object { package: Digest([0; 32]), size, front };
    Ok(Package { path: path.to_owned(), file, statements, object })
}

/// The digest and the size of a file, wherever it stands.
fn digest(file: &File) -> std::io::Result<(Digest, u64)> {
    let (mut hasher, mut size, mut piece) = (Hasher::new(), 0u64, vec![0; 64 << 10]);
    loop {
        let read = file.read_at(size, &mut piece)?;
        let Some(new) = piece.get(..read).filter(|new| !new.is_empty()) else {
            return Ok((Digest(hasher.finish()), size));
        };
        hasher.update(new);
        size = size.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
    }
}

/// The statements of a package of the repository.
pub(crate) fn statements(
    transport: &mut dyn Transport,
    entry: &Entry,
    keyring: &Keyring,
) -> Result<Statements, pkg_repository::Error> {
    pkg_repository::fetch::statements(transport, entry, keyring, &policy())
}
