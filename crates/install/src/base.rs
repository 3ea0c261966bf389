//! What a delta starts from: opened once, compared whole, and read from the same handle ever after.

use crate::{Error, refuse};
use pkg_codec::FileBase;
use pkg_codec::delta::Base as _;
use pkg_format::{Digest, Rule};
use pkg_sha256::Hasher;
use std::fs::{File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

/// An open base of the right size, whose bytes are still to be compared.
pub(crate) struct Opened {
    /// What it is read from.
    pub(crate) bytes: FileBase,
    path: PathBuf,
}

/// What a base must be.
pub(crate) struct Wanted<'a> {
    pub(crate) size: u64,
    pub(crate) sha256: Digest,
    /// What it is called in messages: the file of somebody, version so and so of a component.
    pub(crate) name: &'a str,
}

impl Opened {
    /// Opens a file or a block device, and compares its size. A device is made of whole blocks, so
    /// it may be larger than the image at its begin; a file may not.
    pub(crate) fn open(path: &Path, wanted: &Wanted<'_>) -> Result<Opened, Error> {
        let failed = |error| Error::ReadBase { path: path.into(), error };
        // Looked at before it is opened: to open a pipe could wait for ever.
        let device = kind(&std::fs::metadata(path).map_err(failed)?).map_err(failed)?;
        let file = File::open(path).map_err(failed)?;
        if kind(&file.metadata().map_err(failed)?).map_err(failed)? != device {
            return Err(failed(io::Error::other("it was replaced while it was opened")));
        }
        Opened::of(file, path, wanted)
    }

    /// The same of a file that is open already.
    pub(crate) fn of(file: File, path: &Path, wanted: &Wanted<'_>) -> Result<Opened, Error> {
        let failed = |error| Error::ReadBase { path: path.into(), error };
        let device = kind(&file.metadata().map_err(failed)?).map_err(failed)?;
        let bytes = FileBase::new(file).map_err(failed)?;
        let found = bytes.size();
        if found < wanted.size || (found > wanted.size && !device) {
            let why = format!("{}: {found} bytes, expected {}", wanted.name, wanted.size);
            return refuse(Rule::Dlt1, why);
        }
        Ok(Opened { bytes: bytes.cut(wanted.size), path: path.into() })
    }

    /// Reads all of it and compares the digest.
    pub(crate) fn compare(&self, wanted: &Wanted<'_>) -> Result<(), Error> {
        let mut hash = Hasher::new();
        let read = self.bytes.read(&mut |piece| {
            hash.update(piece);
            Ok(())
        });
        read.map_err(|error| Error::ReadBase { path: self.path.clone(), error })?;
        let found = Digest(hash.finish());
        if found != wanted.sha256 {
            let why = format!(
                "{}: the right size, {} bytes, but other bytes: sha256 {}, expected {}",
                wanted.name,
                wanted.size,
                found.short(),
                wanted.sha256.short()
            );
            return refuse(Rule::Dlt1, why);
        }
        Ok(())
    }

    /// Where it was opened.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }
}

/// Whether it is a block device; what is neither that nor a file cannot be read at places.
fn kind(there: &Metadata) -> io::Result<bool> {
    #[cfg(unix)]
    let device = std::os::unix::fs::FileTypeExt::is_block_device(&there.file_type());
    #[cfg(not(unix))]
    let device = false;
    match device || there.is_file() {
        true => Ok(device),
        false => Err(io::Error::other("it is neither a file nor a block device")),
    }
}
