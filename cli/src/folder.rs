//! The folder that results go to: made where it is missing, and removed again if nothing came of it.

use crate::out::{Failure, Outcome, shown};
use std::path::{Path, PathBuf};

/// A folder for results.
pub(crate) struct Folder {
    /// Those that were made for it, the innermost first.
    made: Vec<PathBuf>,
}

impl Folder {
    /// The folder `path`; what is missing of it is made.
    pub(crate) fn make(path: &Path) -> Outcome<Folder> {
        let missing = |p: &&Path| !p.as_os_str().is_empty() && !p.exists();
        let missing: Vec<_> = path.ancestors().take_while(missing).map(Path::to_path_buf).collect();
        let mut folder = Folder { made: Vec::new() };
        for each in missing.into_iter().rev() {
            match std::fs::create_dir(&each) {
                Ok(()) => folder.made.insert(0, each),
                // Another build made it meanwhile.
                Err(e) if e.kind() == std::io::ErrorKind::AlreadyExists => {}
                Err(e) => return Err(Failure::file("create", &each, &e)),
            }
        }
        match std::fs::metadata(path) {
            Ok(there) if there.is_dir() => Ok(folder),
            Ok(_) => {
                Err(Failure::cannot(format!("{} is not a folder", shown(path))).hint("give a folder with -o"))
            }
            Err(e) => Err(Failure::file("read", path, &e)),
        }
    }

    /// Something came of it: it stays.
    pub(crate) fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // Only empty ones go: what another process put there is its own.
        for path in &self.made {
            let _ = std::fs::remove_dir(path);
        }
    }
}
