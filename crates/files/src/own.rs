//! Files of ours under names that others can know, such as a lock or a journal.

use crate::folder::{self, Folder, Found, Identity};
use std::fs::File;
use std::io;
use std::path::Path;

/// How often the name is looked at again. Whoever may write to the folder may put something there, or take it away,
/// between two looks.
const LOOKS: usize = 64;

impl Folder {
    /// Opens the file of ours called `name` to read and write it, or makes it with this mode. If something else has
    /// the name, the inner error says what: a link, or a file of another user or with another name.
    ///
    /// # Errors
    /// What the system says.
    pub fn open_own(&self, name: &Path, mode: u32) -> io::Result<Result<File, &'static str>> {
        for _ in 0..LOOKS {
            let file = match self.find(name)? {
                Found::Nothing => self.create(name, mode),
                Found::File { names: 1, ours: true, .. } => self.open_file(name),
                Found::File { ours: false, .. } => return Ok(Err("a file of another user")),
                Found::File { .. } => return Ok(Err("a file with several names")),
                Found::Other(found) => return Ok(Err(found)),
            };
            match file {
                // Another process made it or removed it since.
                Err(e) if [io::ErrorKind::AlreadyExists, io::ErrorKind::NotFound].contains(&e.kind()) => {}
                Err(error) => return Err(error),
                Ok(file) => return Ok(Ok(file)),
            }
        }
        Err(io::Error::other("its name keeps changing"))
    }

    /// Whether `name` is the name of this open file.
    ///
    /// # Errors
    /// What the system says.
    pub fn holds(&self, name: &Path, file: &File) -> io::Result<bool> {
        let open = folder::which(file)?;
        Ok(matches!(self.find(name)?, Found::File { identity, .. } if Identity::is(&identity, &open)))
    }
}
