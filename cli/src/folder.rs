//! The output folder: created if it is missing, and removed again if the command fails.

use crate::out::{Failure, Outcome, shown};
use std::path::{Path, PathBuf};

pub(crate) struct Folder {
    /// The folders that were created for it, innermost first.
    made: Vec<PathBuf>,
}

impl Folder {
    /// Opens the folder `path` and creates the missing parts of it.
    pub(crate) fn make(path: &Path) -> Outcome<Folder> {
        let missing = |p: &&Path| !p.as_os_str().is_empty() && !p.exists();
        let missing: Vec<_> = path.ancestors().take_while(missing).map(Path::to_path_buf).collect();
        let mut folder = Folder { made: Vec::new() };
        for each in missing.into_iter().rev() {
            match std::fs::create_dir(&each) {
                Ok(()) => folder.made.insert(0, each),
                // Another build has created it in the meantime.
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

    pub(crate) fn keep(mut self) {
        self.made.clear();
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        // This removes only empty folders: another process may have written files there.
        for path in &self.made {
            let _ = std::fs::remove_dir(path);
        }
    }
}
