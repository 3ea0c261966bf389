//! Staging: the files in which an install makes progress before an image gets its name, and the journal. Their names
//! are the same in each run, so that a run after an interruption finds them.

use crate::Error;
use crate::storage::FileStorage;
use pkg_files::{Folder, Found, NO_NAME, beside, folder, name, parent};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file of ours in a folder: no link, with no other name, owned by us. The lock of its image or journal keeps other
/// runs away.
pub(crate) struct OwnFile {
    folder: Folder,
    name: PathBuf,
    pub(crate) path: PathBuf,
    pub(crate) storage: FileStorage,
}

/// Opens the folder of an output.
pub(crate) fn folder_of(path: &Path) -> Result<Folder, Error> {
    let folder = parent(path);
    Folder::open(folder).map_err(|error| match std::fs::symlink_metadata(folder) {
        Ok(there) if there.is_symlink() => Error::Link { path: folder.into() },
        _ => Error::Write { path: path.into(), error },
    })
}

impl OwnFile {
    /// Opens the file of ours at `path`, or makes it. Whether an existing one is ours is checked.
    pub(crate) fn open(path: &Path, mode: u32) -> Result<OwnFile, Error> {
        let folder = folder_of(path)?;
        let name = name(path).to_owned();
        let failed = |error| Error::Write { path: path.into(), error };
        if path.file_name().is_none() {
            return Err(Error::NotAFile { path: path.into(), found: NO_NAME });
        }
        let file = folder.open_own(&name, mode).map_err(failed)?;
        let file = file.map_err(|found| Error::Stranger { path: path.into(), found })?;
        let own = OwnFile { folder, name, path: path.into(), storage: FileStorage::growing(file) };
        match own.is_in_place().map_err(failed)? {
            true => Ok(own),
            false => Err(Error::Moved { path: path.into() }),
        }
    }

    /// Whether its name still leads to the open file, and the file still has no other name.
    fn is_in_place(&self) -> io::Result<bool> {
        let file = self.storage.file();
        let is_ours = matches!(folder::examine(file)?, Found::File { names: 1, ours: true, .. });
        Ok(is_ours && self.folder.holds(&self.name, file)?)
    }

    /// Makes sure that the name survives a power cut.
    pub(crate) fn sync_name(&self) -> Result<(), Error> {
        self.folder.sync().map_err(|e| self.failed(e))
    }

    /// Cuts off what follows the first `size` bytes, which another install may have left there.
    pub(crate) fn cut(&self, size: u64) -> Result<(), Error> {
        let file = self.storage.file();
        let cut = file.metadata().and_then(|m| if m.len() > size { file.set_len(size) } else { Ok(()) });
        cut.map_err(|e| self.failed(e))
    }

    /// Removes it. If another file has its name, that one stays.
    pub(crate) fn remove(self) -> Result<(), Error> {
        let removed =
            self.is_in_place().and_then(|mine| if mine { self.folder.remove(&self.name) } else { Ok(()) });
        removed.and_then(|()| self.folder.sync()).map_err(|e| self.failed(e))
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::Write { path: self.path.clone(), error }
    }
}

/// An image that is being written, beside the file that it becomes.
pub(crate) struct StagedImage {
    own: OwnFile,
    name: PathBuf,
    path: PathBuf,
    /// The mode that the image gets.
    mode: u32,
}

/// Checks that there is a plain file or nothing at the place of an image: a link could lead anywhere. Returns the mode
/// of the file if it is ours; the mode of another user's file has no say.
fn replaceable(folder: &Folder, name: &Path, path: &Path) -> Result<Option<Option<u32>>, Error> {
    match folder.find(name) {
        Ok(Found::Nothing) => Ok(None),
        Ok(Found::File { mode, ours, .. }) => Ok(Some(ours.then_some(mode))),
        Ok(Found::Other(found)) => Err(Error::NotAFile { path: path.into(), found }),
        Err(error) => Err(Error::Write { path: path.into(), error }),
    }
}

impl StagedImage {
    /// Opens the staged image for `path`, or makes it. The image gets the mode of any new file, and no more rights than
    /// the file of ours that it replaces.
    pub(crate) fn open(path: &Path) -> Result<StagedImage, Error> {
        let name = name(path).to_owned();
        let before = replaceable(&folder_of(path)?, &name, path)?.flatten();
        let mode = folder::usual_mode() & before.unwrap_or(0o666);
        let own = OwnFile::open(&beside(path, SUFFIX), 0o600)?;
        Ok(StagedImage { own, name, path: path.into(), mode })
    }

    /// Whether anything has the name of the staged image for `path`.
    pub(crate) fn exists(path: &Path) -> Result<bool, Error> {
        let beside = beside(path, SUFFIX);
        let found = folder_of(path)?.find(name(&beside));
        Ok(found.map_err(|error| Error::Write { path: path.into(), error })? != Found::Nothing)
    }

    pub(crate) fn own(&mut self) -> &mut OwnFile {
        &mut self.own
    }

    /// Makes sure that the name of the staged image survives a power cut.
    pub(crate) fn sync_name(&self) -> Result<(), Error> {
        self.own.sync_name()
    }

    /// Checks for everything that could stop [`StagedImage::place`], sets the mode, and syncs the file.
    pub(crate) fn ready(&self) -> Result<(), Error> {
        let failed = |error| Error::Write { path: self.path.clone(), error };
        replaceable(&self.own.folder, &self.name, &self.path)?;
        if !self.own.folder.is_in_place().map_err(failed)? || !self.own.is_in_place().map_err(failed)? {
            return Err(Error::Moved { path: self.path.clone() });
        }
        let file = self.own.storage.file();
        folder::set_mode(file, self.mode).map_err(failed)?;
        file.sync_all().map_err(failed)
    }

    /// Gives the image its name.
    pub(crate) fn place(&self) -> Result<(), Error> {
        let failed = |error| Error::Write { path: self.path.clone(), error };
        let folder = &self.own.folder;
        folder.rename(&self.own.name, &self.name).map_err(failed)?;
        // Whoever may write to the folder could have put another file there before the rename.
        match folder.holds(&self.name, self.own.storage.file()).map_err(failed)? {
            true => folder.sync().map_err(failed),
            false => Err(Error::Moved { path: self.path.clone() }),
        }
    }

    pub(crate) fn remove(self) -> Result<(), Error> {
        self.own.remove()
    }
}

/// What follows the name of the image.
const SUFFIX: &str = ".pkg-part";

/// The file at `path`, to be read.
pub(crate) fn finished(path: &Path) -> Result<Option<File>, Error> {
    let folder = folder_of(path)?;
    let name = name(path);
    match replaceable(&folder, name, path)? {
        None => Ok(None),
        Some(_) => {
            folder.read_file(name).map(Some).map_err(|error| Error::Write { path: path.into(), error })
        }
    }
}
