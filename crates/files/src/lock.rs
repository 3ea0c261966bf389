//! Locks against other processes of ours.
//!
//! `flock` needs only the right to read, so anybody who can open a file can hold its lock for ever. So we lock nothing
//! that others can open: a lock is a file of its own, with mode 0600, that belongs to us.

use crate::folder::{Folder, Found};
use crate::pending::Pending;
use crate::place::{beside, name, open_folder};
use std::fmt;
use std::fs::{File, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Why a lock was not taken.
#[derive(Debug)]
pub enum LockError {
    /// Another process holds it.
    Held {
        /// The lock file.
        path: PathBuf,
        /// The process that wrote its number there.
        by: Option<u32>,
    },
    /// Something else has the name of the lock file.
    Stranger {
        /// The lock file.
        path: PathBuf,
        /// What it is.
        found: &'static str,
    },
    /// The lock file cannot be made.
    Io {
        /// The lock file.
        path: PathBuf,
        /// Why not.
        error: io::Error,
    },
}

impl fmt::Display for LockError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            LockError::Held { path, by: Some(by) } => {
                write!(f, "process {by} holds the lock {}", path.display())
            }
            LockError::Held { path, by: None } => {
                write!(f, "another process holds the lock {}", path.display())
            }
            LockError::Stranger { path, found } => {
                write!(f, "the lock {} is {found} and is not used", path.display())
            }
            LockError::Io { path, error } => write!(f, "cannot make the lock {}: {error}", path.display()),
        }
    }
}

impl std::error::Error for LockError {}

/// How long to wait before trying a lock again.
const LOOK: Duration = Duration::from_millis(20);

/// A lock that is held until it is dropped. A lock file that a crash left behind is not locked; the next process reuses
/// it.
pub struct Lock {
    file: File,
    folder: Arc<Folder>,
    name: PathBuf,
    /// Removes the file at the end; `None` for a lock file that stays.
    pending: Option<Pending>,
}

impl Lock {
    /// Locks `.NAME.pkg-lock` beside the file `path`, which need not exist. Waits for at most `wait`. The lock file is
    /// removed with the lock.
    ///
    /// # Errors
    /// Another process holds it, or the lock file is not ours or cannot be made.
    pub fn beside(path: &Path, wait: Duration) -> Result<Lock, LockError> {
        let mut lock = Lock::at(&beside(path, ".pkg-lock"), wait)?;
        lock.pending = Some(Pending::new(&lock.folder, &lock.name));
        Ok(lock)
    }

    /// Locks the file `path`, which is created if it does not exist, and stays.
    ///
    /// # Errors
    /// Those of [`Lock::beside`].
    pub fn at(path: &Path, wait: Duration) -> Result<Lock, LockError> {
        let failed = |error| LockError::Io { path: path.into(), error };
        let folder = open_folder(path).map_err(failed)?;
        let name = name(path).to_owned();
        let start = Instant::now();
        loop {
            let mut file = open(&folder, &name)
                .map_err(failed)?
                .map_err(|found| LockError::Stranger { path: path.into(), found })?;
            match file.try_lock() {
                // The last holder has removed the file, so a lock on it means nothing.
                Ok(()) if !folder.holds(&name, &file).unwrap_or(false) => continue,
                Ok(()) => {
                    let _ = write_number(&mut file);
                    return Ok(Lock { file, folder, name, pending: None });
                }
                Err(TryLockError::WouldBlock) if start.elapsed() < wait => std::thread::sleep(LOOK),
                Err(TryLockError::WouldBlock) => {
                    return Err(LockError::Held { path: path.into(), by: read_number(&mut file) });
                }
                Err(TryLockError::Error(error)) => return Err(failed(error)),
            }
        }
    }
}

impl Drop for Lock {
    fn drop(&mut self) {
        // Removed while it is locked: nobody else can find it in between.
        if self.pending.is_some() && self.folder.holds(&self.name, &self.file).unwrap_or(false) {
            let _ = self.folder.remove(&self.name);
        }
        // Closing is not enough: a child process may still have the file open for a moment.
        let _ = self.file.unlock();
    }
}

/// Opens the lock file or creates it. The inner error says what else is there.
fn open(folder: &Folder, name: &Path) -> io::Result<Result<File, &'static str>> {
    // If its mode lets others open it, they may hold it: it is created again.
    if let Found::File { mode, names: 1, ours: true, .. } = folder.find(name)?
        && mode & 0o077 != 0
    {
        folder.remove(name)?;
    }
    folder.open_own(name, 0o600)
}

fn write_number(file: &mut File) -> io::Result<()> {
    file.set_len(0)?;
    writeln!(file, "{}", std::process::id())
}

fn read_number(file: &mut File) -> Option<u32> {
    let mut text = String::new();
    file.rewind().ok()?;
    file.take(16).read_to_string(&mut text).ok()?;
    text.trim().parse().ok()
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};

    const SHORT: Duration = Duration::from_millis(30);

    #[test]
    fn a_lock_keeps_away_says_who_holds_it_and_goes() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("state.toml");
        let held = Lock::beside(&path, SHORT).unwrap();
        let file = dir.path().join(".state.toml.pkg-lock");
        assert_eq!(std::fs::metadata(&file).unwrap().mode() & 0o777, 0o600);
        let Err(LockError::Held { by, .. }) = Lock::beside(&path, SHORT) else { panic!("held twice") };
        assert_eq!(by, Some(std::process::id()));
        drop(held);
        assert!(!file.exists());
        drop(Lock::beside(&path, SHORT).unwrap());
    }

    #[test]
    fn a_lock_that_others_could_open_keeps_nobody_away() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("lock");
        std::fs::write(&path, "").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
        let other = File::open(&path).unwrap();
        other.lock().unwrap();
        drop(Lock::at(&path, SHORT).unwrap());
        assert_eq!(std::fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        std::fs::remove_file(&path).unwrap();
        std::os::unix::fs::symlink("elsewhere", &path).unwrap();
        assert!(matches!(Lock::at(&path, SHORT), Err(LockError::Stranger { .. })));
    }

    #[test]
    fn of_many_that_want_it_one_has_it() {
        let dir = tempfile::tempdir().unwrap();
        let (path, inside) = (dir.path().join("lock"), std::sync::atomic::AtomicU32::new(0));
        std::thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| {
                    for _ in 0..5 {
                        let _lock = Lock::beside(&path, Duration::from_secs(30)).unwrap();
                        assert_eq!(inside.fetch_add(1, std::sync::atomic::Ordering::SeqCst), 0);
                        std::thread::sleep(Duration::from_millis(1));
                        inside.fetch_sub(1, std::sync::atomic::Ordering::SeqCst);
                    }
                });
            }
        });
    }
}
