//! A file that is written beside its target and renamed to it when it is whole.

use crate::folder::{self, Folder, Found};
use crate::open::NotRegular;
use crate::pending::Pending;
use crate::place::{name, open_folder};
use std::fs::File;
use std::hash::{BuildHasher as _, Hasher as _};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What a finished file survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Durability {
    /// A crash of the process: readers see the old file or the new one. After a power cut the new one may be empty.
    Process,
    /// A power cut too: bytes and name are on the medium when [`AtomicFile::commit`] returns.
    PowerCut,
}

/// Who may read a new file. If it replaces a file of ours with fewer rights, it gets no more than those: somebody took
/// them away on purpose.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Rights {
    /// Everybody may read it, only we may write: 0644 without the bits of the umask.
    Usual,
    /// The owner alone: 0600.
    Secret,
}

/// A new file that is being written. It is removed unless it is committed.
///
/// The target must be a regular file or not exist. A link, a FIFO, a device or a folder is never replaced.
pub struct AtomicFile {
    file: File,
    folder: Arc<Folder>,
    part: PathBuf,
    target: PathBuf,
    rights: Rights,
    pending: Option<Pending>,
}

/// How many random names are tried. The first one is free unless somebody guessed it.
const NAMES: usize = 16;

impl AtomicFile {
    /// Starts a file that will become `target`. Its mode is 0600 until it is committed.
    ///
    /// # Errors
    /// [`NotRegular`] inside an [`io::Error`] if something else is at the target, or what the system says.
    pub fn create(target: &Path, rights: Rights) -> io::Result<AtomicFile> {
        let folder = open_folder(target)?;
        rights_at(&folder, name(target), rights)?;
        for _ in 0..NAMES {
            let part = part_name();
            let pending = Pending::new(&folder, &part);
            match folder.create(&part, 0o600) {
                Err(e) if e.kind() == io::ErrorKind::AlreadyExists => {}
                file => {
                    let (file, target) = (file?, name(target).to_owned());
                    return Ok(AtomicFile { file, folder, part, target, rights, pending: Some(pending) });
                }
            }
        }
        Err(io::ErrorKind::AlreadyExists.into())
    }

    /// The file itself, to be read again.
    pub fn file(&self) -> &File {
        &self.file
    }

    /// Gives the file its name and its mode, in place of the file that had the name.
    ///
    /// # Errors
    /// The target is no longer a regular file, or what the system says. The target is as it was.
    pub fn commit(mut self, durability: Durability) -> io::Result<()> {
        self.finish(durability)?;
        self.folder.rename(&self.part, &self.target)?;
        self.pending = None;
        match durability {
            Durability::PowerCut => self.folder.sync(),
            Durability::Process => Ok(()),
        }
    }

    /// Gives the file its name and its mode, if nothing has the name. Of several processes that do this at once, one
    /// succeeds. It survives a power cut when this returns.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if anything has the name, or what the system says. The target is as it was.
    pub fn commit_new(self) -> io::Result<()> {
        if self.folder.find(&self.target)? != Found::Nothing {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        self.finish(Durability::PowerCut)?;
        self.folder.link(&self.part, &self.target)?;
        // The other name is removed when this is dropped, whether or not the folder can be synced.
        self.folder.sync()
    }

    fn finish(&self, durability: Durability) -> io::Result<()> {
        folder::set_mode(&self.file, rights_at(&self.folder, &self.target, self.rights)?)?;
        match durability {
            Durability::PowerCut => self.file.sync_all(),
            Durability::Process => Ok(()),
        }
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.file.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.file.flush()
    }
}

impl Drop for AtomicFile {
    fn drop(&mut self) {
        if self.pending.is_some() {
            let _ = self.folder.remove(&self.part);
        }
    }
}

/// A hidden name that nobody can guess, so that nobody can put something there first. The system seeds each state.
pub(crate) fn part_name() -> PathBuf {
    let random = std::hash::RandomState::new().build_hasher().finish();
    PathBuf::from(format!(".pkg-{random:016x}.part"))
}

/// The mode of the new file, if what is at its place may be replaced.
fn rights_at(folder: &Folder, name: &Path, rights: Rights) -> io::Result<u32> {
    let mode = match rights {
        Rights::Usual => folder::usual_mode(),
        Rights::Secret => 0o600,
    };
    match folder.find(name)? {
        Found::Nothing => Ok(mode),
        Found::File { mode: before, ours: true, .. } => Ok(mode & before),
        Found::File { .. } => Ok(mode),
        Found::Other(found) => Err(NotRegular::error(found)),
    }
}

/// Writes a file that must not exist. It survives a power cut when this returns.
///
/// # Errors
/// [`io::ErrorKind::AlreadyExists`] if anything has the name, or what the system says. Nothing is left behind.
pub fn create_new(path: &Path, rights: Rights, bytes: &[u8]) -> io::Result<()> {
    let folder = open_folder(path)?;
    let name = name(path);
    let mode = match rights {
        Rights::Usual => 0o644,
        Rights::Secret => 0o600,
    };
    let mut file = folder.create(name, mode)?;
    let pending = Pending::new(&folder, name);
    let written = file.write_all(bytes).and_then(|()| file.sync_all()).and_then(|()| folder.sync());
    drop(pending);
    written.inspect_err(|_| drop(folder.remove(name)))
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    fn replace(path: &Path, rights: Rights) -> io::Result<()> {
        let mut file = AtomicFile::create(path, rights)?;
        file.write_all(b"new")?;
        file.commit(Durability::PowerCut)
    }

    fn mode(path: &Path) -> u32 {
        std::fs::metadata(path).unwrap().mode() & 0o7777
    }

    #[test]
    fn a_file_is_replaced_with_rights_of_our_own() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        replace(&path, Rights::Usual).unwrap();
        let usual = mode(&path);
        assert_eq!(usual, folder::usual_mode());
        for (before, after) in [(0o777, usual), (0o666, usual), (0o600, 0o600), (0o6755, usual)] {
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(before)).unwrap();
            replace(&path, Rights::Usual).unwrap();
            assert_eq!(mode(&path), after, "{before:o}");
        }
        replace(&path, Rights::Secret).unwrap();
        assert_eq!(mode(&path), 0o600);
    }

    #[test]
    fn what_is_no_file_is_never_replaced() {
        let dir = tempfile::tempdir().unwrap();
        let (link, fifo) = (dir.path().join("link"), dir.path().join("fifo"));
        std::os::unix::fs::symlink("nowhere", &link).unwrap();
        assert!(std::process::Command::new("mkfifo").arg(&fifo).status().unwrap().success());
        for (path, found) in [(&link, "a symbolic link"), (&fifo, "a pipe")] {
            let error = replace(path, Rights::Usual).unwrap_err();
            assert_eq!(NotRegular::from_error(&error), Some(NotRegular { found }));
            assert_eq!(
                create_new(path, Rights::Usual, b"").unwrap_err().kind(),
                io::ErrorKind::AlreadyExists
            );
        }
        assert!(replace(dir.path(), Rights::Usual).is_err());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 2, "nothing is left beside them");
    }

    #[test]
    fn of_several_new_files_one_gets_the_name() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("file");
        let create = |n: usize| {
            let mut file = AtomicFile::create(&path, Rights::Usual).unwrap();
            file.write_all(n.to_string().as_bytes()).unwrap();
            file.commit_new()
        };
        let all: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = (0..8).map(|n| scope.spawn(move || create(n))).collect();
            threads.into_iter().map(|t| t.join().unwrap()).collect()
        });
        let first = all.iter().position(Result::is_ok).unwrap();
        assert_eq!(all.iter().filter(|r| r.is_ok()).count(), 1);
        assert!(all.iter().flat_map(|r| r.as_ref().err()).all(|e| e.kind() == io::ErrorKind::AlreadyExists));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), first.to_string());
        assert_eq!(mode(&path), folder::usual_mode());
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1, "the other names are gone");
    }

    #[test]
    fn what_is_not_committed_vanishes() {
        let dir = tempfile::tempdir().unwrap();
        let mut file = AtomicFile::create(&dir.path().join("file"), Rights::Usual).unwrap();
        file.write_all(b"half").unwrap();
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 1);
        drop(file);
        assert_eq!(std::fs::read_dir(dir.path()).unwrap().count(), 0);
    }
}
