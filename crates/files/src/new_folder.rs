//! A folder that is filled beside its place and renamed when it is whole.

use crate::atomic::part_name;
use crate::pending::Pending;
use crate::place::parent;
use std::io;
use std::path::{Path, PathBuf};

/// A new folder that is being filled. It is removed with all its contents unless it is committed.
pub struct NewFolder {
    path: PathBuf,
    target: PathBuf,
    pending: Option<Pending>,
}

impl NewFolder {
    /// Starts a folder that will become `target`, which must not exist or be an empty folder.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if something else is there, or what the system says.
    pub fn create(target: &Path) -> io::Result<NewFolder> {
        let there = std::fs::symlink_metadata(target);
        let is_void = || std::fs::read_dir(target).is_ok_and(|mut entries| entries.next().is_none());
        match there {
            Ok(there) if there.is_dir() && is_void() => {}
            Ok(_) => return Err(io::ErrorKind::AlreadyExists.into()),
            Err(e) if e.kind() == io::ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
        let path = parent(target).join(part_name());
        let pending = Pending::tree(&path);
        std::fs::create_dir(&path)?;
        Ok(NewFolder { path, target: target.into(), pending: Some(pending) })
    }

    /// Where it is until it is committed.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Gives the folder its name.
    ///
    /// # Errors
    /// Something else has taken the name, or what the system says. Nothing is left behind.
    pub fn commit(mut self) -> io::Result<()> {
        std::fs::rename(&self.path, &self.target)?;
        self.pending = None;
        Ok(())
    }
}

impl Drop for NewFolder {
    fn drop(&mut self) {
        if self.pending.is_some() {
            let _ = std::fs::remove_dir_all(&self.path);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_folder_is_there_as_a_whole_or_not_at_all() {
        let dir = tempfile::tempdir().unwrap();
        let target = dir.path().join("there");
        drop(NewFolder::create(&target).unwrap());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
        let folder = NewFolder::create(&target).unwrap();
        std::fs::write(folder.path().join("file"), "").unwrap();
        folder.commit().unwrap();
        assert!(target.join("file").is_file());
        let again = NewFolder::create(&target).err().unwrap();
        assert_eq!(again.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
    }
}
