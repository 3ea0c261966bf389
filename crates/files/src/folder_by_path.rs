//! A folder by its path, for systems where a folder cannot be held open: nobody else may write to it.
#![allow(missing_docs, reason = "`folder` has the docs; this is the same where there is no Unix")]

use std::fs::{File, Metadata, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};

/// A folder.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
}

/// Which file something is; an open one cannot be told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Identity {
    Path(PathBuf),
    Unknown,
}

impl Identity {
    /// Whether both are the same, or nothing speaks against it.
    pub fn is(&self, other: &Identity) -> bool {
        self == other
    }

    /// Whether both are known to be the same.
    pub fn is_surely(&self, other: &Identity) -> bool {
        self == other && *self != Identity::Unknown
    }
}

/// What stands under a name.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "as in folder.rs")]
pub enum Found {
    Nothing,
    File { identity: Identity, mode: u32, names: u64, ours: bool },
    Other(&'static str),
}

impl Folder {
    pub fn open(path: &Path) -> io::Result<Folder> {
        match std::fs::symlink_metadata(path)?.is_dir() {
            true => Ok(Folder { path: path.canonicalize()? }),
            false => Err(io::ErrorKind::NotADirectory.into()),
        }
    }

    pub fn is_in_place(&self) -> io::Result<bool> {
        Ok(std::fs::symlink_metadata(&self.path)?.is_dir())
    }

    pub fn find(&self, name: &Path) -> io::Result<Found> {
        match std::fs::symlink_metadata(self.path.join(name)) {
            Ok(there) => Ok(found(&there)),
            Err(e) if e.kind() == io::ErrorKind::NotFound => Ok(Found::Nothing),
            Err(error) => Err(error),
        }
    }

    pub fn create(&self, name: &Path, _: u32) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).create_new(true).open(self.path.join(name))
    }

    pub fn open_file(&self, name: &Path) -> io::Result<File> {
        OpenOptions::new().read(true).write(true).open(self.path.join(name))
    }

    pub fn read_file(&self, name: &Path) -> io::Result<File> {
        File::open(self.path.join(name))
    }

    pub fn open_in_place(&self, name: &Path) -> io::Result<Result<File, &'static str>> {
        match self.find(name)? {
            Found::File { .. } => self.open_file(name).map(Ok),
            Found::Other(what) => Ok(Err(what)),
            Found::Nothing => Err(io::ErrorKind::NotFound.into()),
        }
    }

    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::rename(self.path.join(from), self.path.join(to))
    }

    pub fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        std::fs::hard_link(self.path.join(from), self.path.join(to))
    }

    pub fn remove(&self, name: &Path) -> io::Result<()> {
        match std::fs::remove_file(self.path.join(name)) {
            Err(e) if e.kind() != io::ErrorKind::NotFound => Err(e),
            _ => Ok(()),
        }
    }

    /// Names last by themselves where folders cannot be synced.
    pub fn sync(&self) -> io::Result<()> {
        Ok(())
    }
}

pub fn examine(file: &File) -> io::Result<Found> {
    Ok(found(&file.metadata()?))
}

pub fn which(_: &File) -> io::Result<Identity> {
    Ok(Identity::Unknown)
}

pub fn open_device(_: &Path) -> io::Result<Result<File, &'static str>> {
    Ok(Err("a device"))
}

pub fn which_at(path: &Path) -> io::Result<Identity> {
    path.canonicalize().map(Identity::Path)
}

pub fn is_device(_: &Path) -> bool {
    false
}

/// What a new file has.
pub fn usual_mode() -> u32 {
    0o644
}

/// Modes mean nothing here.
pub fn set_mode(_: &File, _: u32) -> io::Result<()> {
    Ok(())
}

fn found(there: &Metadata) -> Found {
    let file = there.file_type();
    match (file.is_file(), file.is_symlink()) {
        (true, _) => Found::File { identity: Identity::Unknown, mode: 0, names: 1, ours: true },
        (_, true) => Found::Other("a symbolic link"),
        _ => Found::Other("a folder"),
    }
}
