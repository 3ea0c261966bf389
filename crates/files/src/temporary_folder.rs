//! A folder for files that nobody needs afterwards.

use crate::atomic::part_name;
use crate::pending::Pending;
use std::io;
use std::path::{Path, PathBuf};

/// A folder in the system's place for temporary files, which nobody else can read. It is removed with all its contents
/// when this is dropped, and by [`remove_unfinished`](crate::remove_unfinished).
pub struct TemporaryFolder {
    path: PathBuf,
    _pending: Pending,
}

impl TemporaryFolder {
    /// Makes one.
    ///
    /// # Errors
    /// What the system says.
    pub fn new() -> io::Result<TemporaryFolder> {
        let path = std::env::temp_dir().join(part_name());
        let pending = Pending::tree(&path);
        #[cfg_attr(not(unix), expect(unused_mut, reason = "only Unix has permissions to set"))]
        let mut builder = std::fs::DirBuilder::new();
        #[cfg(unix)]
        std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
        builder.create(&path)?;
        Ok(TemporaryFolder { path, _pending: pending })
    }

    /// Where it is.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_of_it_stays_and_nobody_else_reads_it() {
        let folder = TemporaryFolder::new().unwrap();
        let path = folder.path().to_owned();
        std::fs::write(path.join("file"), "").unwrap();
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            assert_eq!(path.metadata().unwrap().permissions().mode() & 0o777, 0o700);
        }
        drop(folder);
        assert!(!path.exists());
    }
}
