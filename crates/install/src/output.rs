//! Where an image goes: written beside its place, put there by a rename that lasts.

use crate::Error;
use pkg_format::{Id, Refusal};
use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use tempfile::NamedTempFile;

/// The place of one image.
#[derive(Debug, Clone)]
pub struct Output {
    /// The component whose image goes there.
    pub component: Id,
    /// The file.
    pub path: PathBuf,
    /// The image that a delta starts from: a file, which may be the one that is replaced, or a
    /// block device. Not looked at where the payload of the component is none.
    pub base: Option<PathBuf>,
}

impl Output {
    /// The image of `component` goes to the file `path`.
    pub fn new(component: &str, path: impl Into<PathBuf>) -> Result<Self, Refusal> {
        Ok(Output { component: Id::new(component)?, path: path.into(), base: None })
    }

    /// A delta starts from the image in `base`.
    #[must_use]
    pub fn from_base(self, base: impl Into<PathBuf>) -> Self {
        Output { base: Some(base.into()), ..self }
    }

    /// Where it goes.
    pub(crate) fn place(&self) -> Place<'_> {
        Place(&self.path)
    }
}

/// The path of a file that is to be written.
#[derive(Clone, Copy)]
pub(crate) struct Place<'a>(pub(crate) &'a Path);

impl<'a> Place<'a> {
    fn folder(self) -> &'a Path {
        self.0.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
    }

    /// The place, whatever way it is written: two ways to one file are one place.
    pub(crate) fn canonical(self) -> Result<PathBuf, Error> {
        let folder = self.folder().canonicalize().map_err(|e| self.failed(e))?;
        Ok(folder.join(self.0.file_name().unwrap_or_default()))
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

/// An image on its way; vanishes unless it is kept.
pub(crate) struct Pending<'a> {
    place: Place<'a>,
    file: NamedTempFile,
}

impl Pending<'_> {
    pub(crate) fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.file.write_all(bytes).map_err(|e| self.place.failed(e))
    }

    /// Looks at the place again.
    pub(crate) fn check(&self) -> Result<(), Error> {
        self.place.check()
    }

    /// Sees to it that the bytes outlast a power cut.
    pub(crate) fn sync(&self) -> Result<(), Error> {
        self.file.as_file().sync_all().map_err(|e| self.place.failed(e))
    }

    /// Gives the image its name.
    pub(crate) fn keep(self) -> Result<(), Error> {
        self.file.persist(self.place.0).map(drop).map_err(|e| self.place.failed(e.error))
    }

    /// Gives the image its name, and sees to it that the name outlasts a power cut.
    pub(crate) fn keep_for_good(self) -> Result<(), Error> {
        let place = self.place;
        self.keep()?;
        File::open(place.folder()).and_then(|folder| folder.sync_all()).map_err(|e| place.failed(e))
    }
}
