//! Files that go into packages: images, evidence, texts, earlier packages.

use crate::error::{Error, Result};
use crate::secrets;
use pkg_codec::FileBase;
use pkg_files::{Inside, Roots, open_regular};
use std::ffi::OsStr;
use std::fs::File;
use std::io::Read as _;
use std::ops::Deref;
use std::path::{Path, PathBuf};

/// A file to read, and its name in messages.
#[derive(Debug, Clone)]
pub(crate) struct Input {
    shown: PathBuf,
    /// Where it was found, if a description names it. A file from the command line may be anywhere.
    inside: Option<Inside>,
}

impl Input {
    /// A file that a description names. It must be in one of the roots.
    pub(crate) fn described(roots: &Roots, name: &str) -> Result<Input> {
        let shown = roots.dir().join(name);
        let inside = roots.find(Path::new(name)).map_err(|e| Error::file("read", &shown, e))?;
        Ok(Input { shown, inside: Some(inside) })
    }

    /// A file that a person names.
    pub(crate) fn given(path: &Path) -> Input {
        Input { shown: path.into(), inside: None }
    }

    /// Opens it. It must be a regular file: a device or a pipe may never end.
    pub(crate) fn open(&self) -> Result<File> {
        let opened = self.inside.as_ref().map_or_else(|| open_regular(&self.shown), Inside::open);
        opened.map_err(|e| Error::file("read", &self.shown, e))
    }

    /// Opens it as an image, to be read at any place.
    pub(crate) fn open_image(&self) -> Result<FileBase> {
        FileBase::new(self.open()?).map_err(|e| Error::file("read", &self.shown, e))
    }

    /// Reads it for publication, up to one byte more than `limit`, so that a rule can say that it is too long. A
    /// private key is refused.
    pub(crate) fn read(&self, limit: u64) -> Result<Vec<u8>> {
        let mut bytes = Vec::new();
        let read = self.open()?.take(limit.saturating_add(1)).read_to_end(&mut bytes);
        read.map_err(|e| Error::file("read", &self.shown, e))?;
        match secrets::private_key(&bytes) {
            Some(found) => Err(Error::PrivateKey { at: self.shown.display().to_string(), found }),
            None => Ok(bytes),
        }
    }

    /// Refuses an image that is nothing but a private key. Keys among other files in an image are up to its maker: test
    /// keys in a file system look like any other.
    pub(crate) fn is_no_key(&self) -> Result<()> {
        let file = self.open()?;
        let length = file.metadata().map_err(|e| Error::file("read", &self.shown, e))?.len();
        if length <= secrets::LONGEST {
            self.read(secrets::LONGEST)?;
        }
        Ok(())
    }
}

/// The last part of a path.
pub(crate) fn file_name(path: &str) -> Option<String> {
    Path::new(path).file_name().and_then(OsStr::to_str).map(str::to_owned)
}

impl Deref for Input {
    type Target = Path;

    fn deref(&self) -> &Path {
        &self.shown
    }
}
