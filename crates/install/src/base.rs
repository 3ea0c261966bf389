//! The base of a delta: opened once, compared as a whole, and read from the same handle from then on.

use crate::{Error, refuse};
use pkg_codec::FileBase;
use pkg_codec::delta::Base;
use pkg_files::{Identity, folder, is_block_device, open_image};
use pkg_format::{Digest, Rule};
use pkg_sha256::Hasher;
use std::fs::File;
use std::io;
use std::path::Path;

/// What a base must be.
pub(crate) struct Wanted<'a> {
    pub(crate) size: u64,
    pub(crate) sha256: Digest,
    /// What it is called in messages.
    pub(crate) name: &'a str,
    /// Where it is.
    pub(crate) path: &'a Path,
}

/// Opens a file or a block device for a base of `size` bytes. A device consists of whole blocks, so it may be larger
/// than the image at its start; a file has its own size. Also returns which file or device it is.
pub(crate) fn open(path: &Path, size: u64) -> Result<(FileBase, Identity), Error> {
    let failed = |error| Error::ReadBase { path: path.into(), error };
    let file = open_image(path).map_err(failed)?;
    let identity = folder::which(&file).map_err(failed)?;
    Ok((from_file(Ok(file), path, size)?, identity))
}

/// The same for a file that is open already.
pub(crate) fn from_file(file: io::Result<File>, path: &Path, size: u64) -> Result<FileBase, Error> {
    let read = || {
        let file = file?;
        let device = is_block_device(&file.metadata()?)?;
        let bytes = FileBase::new(file)?;
        Ok(if device { bytes.cut(size) } else { bytes })
    };
    read().map_err(|error| Error::ReadBase { path: path.into(), error })
}

/// Compares the size.
pub(crate) fn sized(base: &dyn Base, wanted: &Wanted<'_>) -> Result<(), Error> {
    match base.size() == wanted.size {
        true => Ok(()),
        false => {
            refuse(Rule::Dlt1, format!("{}: {} bytes, expected {}", wanted.name, base.size(), wanted.size))
        }
    }
}

/// Reads all of it and compares the digest.
pub(crate) fn compare(base: &dyn Base, wanted: &Wanted<'_>) -> Result<(), Error> {
    sized(base, wanted)?;
    let found = digest(wanted.size, &mut |at, piece| Ok(base.read_exact_at(at, piece)?));
    let found =
        found.map_err(|error| Error::ReadBase { path: wanted.path.into(), error }).map(Hasher::finish)?;
    if Digest(found) != wanted.sha256 {
        let why = format!(
            "{}: the right size, {} bytes, but other bytes: sha256 {}, expected {}",
            wanted.name,
            wanted.size,
            Digest(found).short(),
            wanted.sha256.short()
        );
        return refuse(Rule::Dlt1, why);
    }
    Ok(())
}

/// Large enough that reading costs nothing compared with hashing, small enough for a cache.
const PIECE: usize = 256 << 10;

/// The hash of the first `size` bytes of a source, which `read` reads at an offset.
pub(crate) fn digest(
    size: u64,
    read: &mut dyn FnMut(u64, &mut [u8]) -> io::Result<()>,
) -> io::Result<Hasher> {
    let mut hash = Hasher::new();
    let longest = usize::try_from(size).map_or(PIECE, |size| size.min(PIECE));
    let mut piece = vec![0; longest];
    let mut at = 0u64;
    while at < size {
        let left = usize::try_from(size.saturating_sub(at)).unwrap_or(longest);
        let (part, _) = piece.split_at_mut(left.min(longest));
        read(at, part)?;
        hash.update(part);
        at = at.saturating_add(u64::try_from(part.len()).unwrap_or(u64::MAX));
    }
    Ok(hash)
}
