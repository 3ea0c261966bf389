//! Downloading a package to a file, resumed where an earlier call was interrupted.

use crate::error::{Error, Result};
use crate::package::policy;
use pkg_files::{Lock, beside, open_append, open_regular};
use pkg_format::repository::Object;
use pkg_format::{Digest, Refusal, Rule};
use pkg_repository::{Error as FetchError, Remote, Transport};
use pkg_verify::io::Read as _;
use pkg_verify::{Keyring, Statements, verify_whole};
use std::fs::File;
use std::io::Write as _;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Duration;

/// What is downloaded.
#[derive(Debug, Clone, Copy)]
pub enum Wanted<'a> {
    /// The package of an entry.
    Package(&'a Object),
    /// The delta that leads to a state from another.
    Delta {
        /// The state that it leads to.
        target: &'a Digest,
        /// The state that it starts from.
        base: &'a Digest,
        /// How many bytes it may have: a delta that is larger than the full package is of no use.
        most: u64,
    },
}

/// How long another process may take that downloads the same file.
const WAIT: Duration = Duration::from_secs(10);

/// Downloads a package to `to`, and verifies every byte of it. Until it is whole it is next to `to`, as `.NAME.pkg-part`;
/// the next call resumes there. `progress` is called with the number of bytes that came.
///
/// `manifest` is the manifest that the package must have.
///
/// # Errors
///
/// [`FetchError::Missing`] where there is no such package; REP-8 where it is another one; otherwise the package is
/// refused, or cannot be read or written. What was refused or is too long is removed, so that the next call starts
/// anew.
pub fn download(
    transport: &mut dyn Transport,
    wanted: Wanted<'_>,
    manifest: &Digest,
    keyring: &Keyring,
    to: &Path,
    progress: &dyn Fn(u64),
) -> Result<Statements> {
    let failed = |error| Error::Write { path: to.display().to_string(), error };
    let lock = Lock::beside(to, WAIT).map_err(|e| failed(std::io::Error::other(e.to_string())))?;
    let part = beside(to, ".pkg-part");
    if !to.exists() {
        let remote = open(transport, wanted)?;
        let mut file = open_append(&part).map_err(failed)?;
        if let Err(error) = receive(remote, wanted, &mut file, to, progress) {
            if matches!(error, Error::Fetch(FetchError::TooLong { .. })) {
                std::fs::remove_file(&part).map_err(failed)?;
            }
            return Err(error);
        }
        file.sync_all().map_err(failed)?;
    }
    let whole = if to.exists() { to } else { &part };
    let statements = verify(whole, manifest, keyring);
    match statements {
        Ok(statements) => {
            if whole == part {
                std::fs::rename(&part, to).map_err(failed)?;
            }
            drop(lock);
            Ok(statements)
        }
        Err(error) => {
            if whole == part && error.rule().is_some() {
                std::fs::remove_file(&part).map_err(failed)?;
            }
            Err(error)
        }
    }
}

fn open<'a>(transport: &'a mut dyn Transport, wanted: Wanted<'_>) -> Result<Remote<&'a mut dyn Transport>> {
    match wanted {
        Wanted::Package(object) => Ok(Remote::package(transport, object)),
        Wanted::Delta { target, base, .. } => Ok(Remote::delta(transport, target, base)?),
    }
}

/// Receives what is not there yet.
fn receive(
    mut remote: Remote<&mut dyn Transport>,
    wanted: Wanted<'_>,
    file: &mut File,
    to: &Path,
    progress: &dyn Fn(u64),
) -> Result<()> {
    let name = to.display().to_string();
    let unread = |cause| Error::from(FetchError::Unread { path: name.clone(), cause });
    let mut there = file.metadata().map_err(|e| unread(e.into()))?.len();
    let most = match wanted {
        Wanted::Package(object) => object.size,
        Wanted::Delta { most, .. } => most,
    };
    if there > most {
        file.set_len(0).map_err(|error| Error::Write { path: name.clone(), error })?;
        there = 0;
    }
    progress(there);
    remote.skip(there).map_err(unread)?;
    let mut piece = vec![0; 64 << 10];
    loop {
        if there == most && matches!(wanted, Wanted::Package(_)) {
            return Ok(());
        }
        let read = remote.read(&mut piece).map_err(unread)?;
        let Some(new) = piece.get(..read).filter(|new| !new.is_empty()) else { return Ok(()) };
        let length = u64::try_from(read).unwrap_or(u64::MAX);
        if length > most.saturating_sub(there) {
            return Err(FetchError::TooLong { path: name, most }.into());
        }
        file.write_all(new).map_err(|e| Error::Write { path: name.clone(), error: e })?;
        there = there.saturating_add(length);
        progress(length);
    }
}

fn verify(path: &Path, manifest: &Digest, keyring: &Keyring) -> Result<Statements> {
    let name = path.display().to_string();
    let file = open_regular(path).map_err(|error| Error::Read { path: path.to_owned(), error })?;
    let complete = verify_whole(&file, keyring, &policy(), NonZeroUsize::MIN, &|_| ());
    let statements = complete.map_err(|e| Error::verify(&name, e))?.into_statements();
    match statements.manifest_digest() == *manifest {
        true => Ok(statements),
        false => {
            let why =
                format!("manifest {}, expected {}", statements.manifest_digest().short(), manifest.short());
            Err(Error::refused(name, Refusal::new(Rule::Rep8, why)))
        }
    }
}
