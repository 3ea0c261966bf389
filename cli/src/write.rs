//! Files that commands write: replaced as a whole, and locked where several commands write the same one.

use crate::interrupt;
use crate::out::{Failure, Outcome};
use pkg_files::{AtomicFile, Durability, LockError, Rights};
use std::io::Write as _;
use std::path::Path;
use std::time::Duration;

/// How long a command waits for another one that is writing the same file.
pub(crate) const LOCK_WAIT: Duration = Duration::from_secs(10);

/// Replaces a file with a text, atomically.
pub(crate) fn write_file(path: &Path, text: &str) -> Outcome<()> {
    interrupt::flag();
    replace(path, text).map_err(|e| Failure::file("write", path, &e))
}

/// The same for a caller that does its own error messages and does not wait for Ctrl-C.
pub(crate) fn replace(path: &Path, text: &str) -> std::io::Result<()> {
    let mut file = AtomicFile::create(path, Rights::Usual)?;
    file.write_all(text.as_bytes())?;
    file.commit(Durability::PowerCut)
}

impl From<LockError> for Failure {
    fn from(error: LockError) -> Failure {
        if let LockError::Io { path, error } = &error {
            return Failure::file("make the lock", path, error);
        }
        let hint = match &error {
            LockError::Held { .. } => format!(
                "pkg waited {} seconds; check what that process does, and run the command again when it has ended",
                LOCK_WAIT.as_secs()
            ),
            _ => "find out who created it, and remove it".into(),
        };
        Failure::cannot(error.to_string()).hint(hint)
    }
}
