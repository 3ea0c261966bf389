//! A file that grows beside the one that it will replace, and outlasts an interruption.

use crate::Error;
use crate::storage::FileStorage;
use pkg_files::{Folder, Found, Identity, NO_NAME, beside, folder, name, parent};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// A file of ours in a folder: no link, no other name, owned by us. The lock of its image or journal keeps other
/// processes of ours away.
pub(crate) struct Own {
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

impl Own {
    /// Opens the file of ours at `path`, or makes it. Its name is the same in each run, so that an interrupted one is
    /// found again: that it is ours is looked at, not assumed.
    pub(crate) fn open(path: &Path, mode: u32) -> Result<Own, Error> {
        let folder = folder_of(path)?;
        let name = name(path).to_owned();
        let failed = |error| Error::Write { path: path.into(), error };
        let stranger = |found| Err(Error::Stranger { path: path.into(), found });
        if path.file_name().is_none() {
            return Err(Error::NotAFile { path: path.into(), found: NO_NAME });
        }
        // Whoever may write to the folder may put something there, or take it away, between two looks.
        for _ in 0..8 {
            let file = match folder.find(&name).map_err(failed)? {
                Found::Nothing => folder.create(&name, mode),
                Found::File { names: 1, ours: true, .. } => folder.open_file(&name),
                Found::File { ours: false, .. } => return stranger("a file of another user"),
                Found::File { .. } => return stranger("a file with several names"),
                Found::Other(what) => return stranger(what),
            };
            let file = match file {
                Ok(file) => file,
                Err(e) if [io::ErrorKind::AlreadyExists, io::ErrorKind::NotFound].contains(&e.kind()) => {
                    continue;
                }
                Err(error) => return Err(failed(error)),
            };
            let own = Own { folder, name, path: path.into(), storage: FileStorage::growing(file) };
            return match own.is_in_place().map_err(failed)? {
                true => Ok(own),
                false => Err(Error::Moved { path: path.into() }),
            };
        }
        Err(Error::Moved { path: path.into() })
    }

    /// Whether what stands under its name is the file that is open, and nothing else.
    fn is_in_place(&self) -> io::Result<bool> {
        let is_mine = |found: &Found| match found {
            Found::File { identity, names: 1, ours: true, .. } => {
                folder::which(self.storage.file()).is_ok_and(|open| Identity::is(identity, &open))
            }
            _ => false,
        };
        Ok(is_mine(&folder::of(self.storage.file())?) && is_mine(&self.folder.find(&self.name)?))
    }

    /// Sees to it that the name lasts.
    pub(crate) fn keep_name(&self) -> Result<(), Error> {
        self.folder.sync().map_err(|e| self.failed(e))
    }

    /// Cuts off what stands behind `size` bytes: what another install may have left there.
    pub(crate) fn cut(&self, size: u64) -> Result<(), Error> {
        let file = self.storage.file();
        let cut = file.metadata().and_then(|m| if m.len() > size { file.set_len(size) } else { Ok(()) });
        cut.map_err(|e| self.failed(e))
    }

    /// Removes it; what stands under its name and is another stays.
    pub(crate) fn remove(self) -> Result<(), Error> {
        let removed =
            self.is_in_place().and_then(|mine| if mine { self.folder.remove(&self.name) } else { Ok(()) });
        removed.and_then(|()| self.folder.sync()).map_err(|e| self.failed(e))
    }

    fn failed(&self, error: io::Error) -> Error {
        Error::Write { path: self.path.clone(), error }
    }
}

/// An image on its way to the file that it becomes.
pub(crate) struct Part {
    own: Own,
    name: PathBuf,
    path: PathBuf,
    /// The mode that the image gets.
    mode: u32,
}

/// What is at the place of an image must be a plain file or nothing: a link could lead anywhere. Gives the mode of
/// the file there, if it is ours: that of another user's file is not for them to choose.
pub(crate) fn replaceable(folder: &Folder, name: &Path, path: &Path) -> Result<Option<Option<u32>>, Error> {
    match folder.find(name) {
        Ok(Found::Nothing) => Ok(None),
        Ok(Found::File { mode, ours, .. }) => Ok(Some(ours.then_some(mode))),
        Ok(Found::Other(found)) => Err(Error::NotAFile { path: path.into(), found }),
        Err(error) => Err(Error::Write { path: path.into(), error }),
    }
}

impl Part {
    /// Opens the file beside `path`, or makes it. The image gets the rights of any new file, and no more than a file
    /// of ours has that it replaces.
    pub(crate) fn open(path: &Path) -> Result<Part, Error> {
        let name = name(path).to_owned();
        let before = replaceable(&folder_of(path)?, &name, path)?.flatten();
        let mode = folder::usual_mode() & before.unwrap_or(0o666);
        let own = Own::open(&beside(path, PART), 0o600)?;
        Ok(Part { own, name, path: path.into(), mode })
    }

    /// Whether there is one beside `path`, of whatever kind.
    pub(crate) fn is_there(path: &Path) -> Result<bool, Error> {
        let beside = beside(path, PART);
        let found = folder_of(path)?.find(name(&beside));
        Ok(found.map_err(|error| Error::Write { path: path.into(), error })? != Found::Nothing)
    }

    pub(crate) fn own(&mut self) -> &mut Own {
        &mut self.own
    }

    /// Sees to it that the name of the file beside lasts.
    pub(crate) fn keep_name(&self) -> Result<(), Error> {
        self.own.keep_name()
    }

    /// Looks for what could stop the rename, and sees to it that mode and length last.
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
        // Who may write to the folder could have put another file in between.
        let open = folder::which(self.own.storage.file()).map_err(failed)?;
        match folder.find(&self.name).map_err(failed)? {
            Found::File { identity, .. } if Identity::is(&identity, &open) => folder.sync().map_err(failed),
            _ => Err(Error::Moved { path: self.path.clone() }),
        }
    }

    /// Removes it.
    pub(crate) fn remove(self) -> Result<(), Error> {
        self.own.remove()
    }
}

/// Behind the name of the image.
const PART: &str = ".pkg-part";

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
