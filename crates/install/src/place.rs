//! Where the file that a patch makes goes: written beside its place, put there by a rename.

use crate::Error;
use std::io::{self, Write};
use std::path::Path;
use tempfile::NamedTempFile;

/// The path of a file that is to be written.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a>(pub(crate) &'a Path);

impl<'a> Place<'a> {
    fn folder(self) -> &'a Path {
        self.0.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// What is at the place must be a regular file or nothing: a link could lead anywhere.
    fn check(self) -> Result<(), Error> {
        let found = match std::fs::symlink_metadata(self.0) {
            Ok(there) if there.file_type().is_file() => return Ok(()),
            Ok(there) if there.file_type().is_symlink() => "a symbolic link",
            Ok(there) if there.file_type().is_dir() => "a folder",
            Ok(_) => "a device or socket",
            Err(e) if e.kind() == io::ErrorKind::NotFound => return Ok(()),
            Err(error) => return Err(self.failed(error)),
        };
        Err(Error::NotAFile { path: self.0.into(), found })
    }

    /// Opens a file beside the place, with the mode of what it replaces.
    pub(crate) fn begin(self) -> Result<Pending<'a>, Error> {
        self.check()?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".pkg-").suffix(".part");
        #[cfg(unix)]
        builder.permissions(match std::fs::metadata(self.0) {
            Ok(there) => there.permissions(),
            // As any new file: the umask takes its part away.
            Err(_) => std::os::unix::fs::PermissionsExt::from_mode(0o666),
        });
        let file = builder.tempfile_in(self.folder()).map_err(|e| self.failed(e))?;
        Ok(Pending { place: self, file })
    }

    fn failed(self, error: io::Error) -> Error {
        Error::Write { path: self.0.into(), error }
    }
}

/// A file on its way; vanishes unless it is kept.
pub(crate) struct Pending<'a> {
    place: Place<'a>,
    file: NamedTempFile,
}

impl Pending<'_> {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|e| self.place.failed(e))
    }

    /// Gives the file its name.
    pub(crate) fn keep(self) -> Result<(), Error> {
        self.file.persist(self.place.0).map(drop).map_err(|e| self.place.failed(e.error))
    }
}
