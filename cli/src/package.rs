//! A package that a command reads: how it is opened, and how a failure with it is reported.

use crate::interrupt::Interruptible;
use crate::out::{Failure, Outcome, shown};
use pkg_verify::io::{self, Read, Seekable};
use pkg_verify::{Error, Unverified};
use std::fs::File;
use std::path::Path;

/// Opens a package; what it holds is read while it is verified.
pub(crate) fn open(path: &Path) -> Outcome<Unverified<PackageReader>> {
    let file = PackageReader::open(path).map_err(|e| Failure::file("read", path, &e))?;
    pkg_verify::open(file).map_err(|e| failure(e, path))
}

/// Why a package was refused or could not be read, with a hint.
pub(crate) fn failure(error: Error, path: &Path) -> Failure {
    match error {
        Error::Refused(refusal) => Failure::rule(&shown(path), &refusal),
        Error::Io(error) => Failure::file("read", path, &error.into()),
        other => Failure::cannot(other.to_string()),
    }
}

/// A package that is read forward, and fails once Ctrl-C was pressed. In a regular file it seeks past what an install
/// has already; a pipe is read.
pub(crate) struct PackageReader {
    file: Interruptible<File>,
    seeks: bool,
}

impl PackageReader {
    pub(crate) fn open(path: &Path) -> std::io::Result<Self> {
        let file = File::open(path)?;
        let seeks = file.metadata()?.is_file();
        Ok(PackageReader { file: Interruptible(file), seeks })
    }
}

impl Read for PackageReader {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, io::Error> {
        Read::read(&mut self.file, buffer)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), io::Error> {
        match self.seeks {
            true => Seekable::new(&mut self.file).skip(bytes),
            false => self.file.skip(bytes),
        }
    }
}
