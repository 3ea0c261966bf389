//! Images as files: their digests, and copies that nobody else can write.

use crate::error::{Error, Result};
use crate::options::PackageOptions;
use pkg_codec::FileBase;
use pkg_format::Digest;
use pkg_sha256::Hasher;
use std::io::{self, Write};
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// The digest of all of a file.
pub(crate) fn digest(file: &FileBase, path: &Path, interrupted: &AtomicBool) -> Result<Digest> {
    let mut hash = Hasher::new();
    let read = file.read(&mut |piece| {
        hash.update(piece);
        match interrupted.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::Interrupted.into()),
            false => Ok(()),
        }
    });
    match read {
        Ok(()) => Ok(Digest(hash.finish())),
        Err(_) if interrupted.load(Ordering::Relaxed) => Err(Error::Interrupted),
        Err(error) => Err(Error::file("read", path, error)),
    }
}

/// A copy of a file that nobody else can write, and its digest. What is compared later is what the digest is of, even
/// if somebody writes to the original meanwhile.
pub(crate) fn private_copy(
    file: &FileBase,
    path: &Path,
    options: &PackageOptions<'_>,
) -> Result<(FileBase, Digest)> {
    let written = |e| Error::file("write a file in", options.out, e);
    let mut copy = tempfile::tempfile_in(options.out).map_err(written)?;
    let (mut hash, mut failed) = (Hasher::new(), None);
    let read = file.read(&mut |piece| {
        hash.update(piece);
        if options.interrupted.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        copy.write_all(piece).map_err(|e| io::Error::other(failed.get_or_insert(e).to_string()))
    });
    match (read, failed) {
        (_, Some(error)) => Err(written(error)),
        (Err(_), None) if options.interrupted.load(Ordering::Relaxed) => Err(Error::Interrupted),
        (Err(error), None) => Err(Error::file("read", path, error)),
        (Ok(()), None) => Ok((FileBase::new(copy).map_err(written)?, Digest(hash.finish()))),
    }
}
