//! The fronts of packages that a repository lists: their statements, kept so that each is transferred once. Nothing in
//! these files is believed; what is spoilt or gone is fetched again.

use crate::put;
use crate::sources::log;
use pkg_verify::format::repository::{Entry, Object};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// All of them together, at most: what does not fit is fetched again in each round.
const BYTES: u64 = 8 << 20;

pub(crate) struct Fronts {
    folder: PathBuf,
    bytes: u64,
}

impl Fronts {
    pub(crate) fn new(folder: &Path) -> Fronts {
        Fronts { folder: folder.into(), bytes: 0 }
    }

    /// Removes what none of these entries names.
    pub(crate) fn keep(&mut self, entries: &[Entry]) {
        let name = |entry: &Entry| entry.object.map(|o| o.package.to_string().into());
        let names: BTreeSet<std::ffi::OsString> = entries.iter().filter_map(name).collect();
        self.bytes = 0;
        for file in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            match names.contains(&file.file_name()) {
                true => {
                    let bytes = file.metadata().map_or(0, |m| m.len());
                    self.bytes = self.bytes.saturating_add(bytes);
                }
                false => drop(fs::remove_file(file.path())),
            }
        }
    }

    fn path(&self, object: &Object) -> PathBuf {
        self.folder.join(object.package.to_string())
    }

    pub(crate) fn get(&self, object: &Object) -> Option<Vec<u8>> {
        let bytes = fs::read(self.path(object)).ok()?;
        (u64::try_from(bytes.len()) == Ok(object.front)).then_some(bytes)
    }

    pub(crate) fn put(&mut self, object: &Object, front: &[u8]) {
        let bytes = self.bytes.saturating_add(object.front);
        if bytes > BYTES {
            return;
        }
        let written = fs::create_dir_all(&self.folder).and_then(|()| put(&self.path(object), front));
        match written {
            Ok(()) => self.bytes = bytes,
            Err(error) => log(&format!("{:?}: {error}", self.folder)),
        }
    }
}
