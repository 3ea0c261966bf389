//! Files and folders without their final names. A process that ends abruptly, as by a second Ctrl-C, still removes
//! them.

use crate::folder::Folder;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

#[derive(Clone)]
enum Unfinished {
    File(Arc<Folder>, PathBuf),
    Tree(PathBuf),
}

impl Unfinished {
    fn is(&self, other: &Unfinished) -> bool {
        match (self, other) {
            (Unfinished::File(one, name), Unfinished::File(two, other)) => {
                Arc::ptr_eq(one, two) && name == other
            }
            (Unfinished::Tree(one), Unfinished::Tree(two)) => one == two,
            _ => false,
        }
    }
}

static ALL: Mutex<Vec<Unfinished>> = Mutex::new(Vec::new());

/// Remembers a file or folder until the guard is dropped.
pub(crate) struct Pending(Unfinished);

impl Pending {
    pub(crate) fn new(folder: &Arc<Folder>, name: &Path) -> Pending {
        Pending::remember(Unfinished::File(Arc::clone(folder), name.to_owned()))
    }

    /// A folder and all that is in it.
    pub(crate) fn tree(path: &Path) -> Pending {
        Pending::remember(Unfinished::Tree(path.to_owned()))
    }

    fn remember(what: Unfinished) -> Pending {
        ALL.lock().unwrap_or_else(PoisonError::into_inner).push(what.clone());
        Pending(what)
    }
}

impl Drop for Pending {
    fn drop(&mut self) {
        let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = all.iter().position(|one| one.is(&self.0)) {
            all.swap_remove(at);
        }
    }
}

/// Removes every unfinished file and folder and every lock file of this process. Call it before ending the process
/// abruptly: nothing can be finished afterwards.
pub fn remove_unfinished() {
    // The lock is kept for good: a file that another thread started now would be left behind.
    let all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    for one in all.iter() {
        let _ = match one {
            Unfinished::File(folder, name) => folder.remove(name),
            Unfinished::Tree(path) => std::fs::remove_dir_all(path),
        };
    }
    std::mem::forget(all);
}
