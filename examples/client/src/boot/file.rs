//! The choice of slots in the file `boot`: a line for each component, for a boot script of the maker's own and for
//! tests. With another boot loader it is a copy for people to read.

use super::{BootLoader, Status, Wanted};
use crate::slots::{SlotMap, slot_name};
use crate::{Result, put};
use std::fmt::Write;
use std::path::{Path, PathBuf};

/// The file `boot` in the device's folder.
pub(crate) struct FlagFile(PathBuf);

impl FlagFile {
    pub(crate) fn new(folder: &Path) -> FlagFile {
        FlagFile(folder.join("boot"))
    }

    /// Each start of the client leaves the file, so the first one finds none.
    pub(crate) fn exists(&self) -> std::io::Result<bool> {
        self.0.try_exists()
    }
}

impl BootLoader for FlagFile {
    fn accepts(&self, _: &SlotMap) -> Result<()> {
        Ok(())
    }

    fn status(&self, wanted: &Wanted<'_>) -> Result<Status> {
        let same = std::fs::read_to_string(&self.0).is_ok_and(|there| there == text(wanted));
        Ok(match (same, wanted.tried) {
            (false, _) => Status::Elsewhere,
            (true, Some(_)) => Status::Armed,
            (true, None) => Status::Good,
        })
    }

    fn try_once(&self, wanted: &Wanted<'_>) -> Result<()> {
        Ok(put(&self.0, text(wanted).as_bytes())?)
    }

    fn mark_good(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.try_once(wanted)
    }

    fn revert(&self, wanted: &Wanted<'_>) -> Result<()> {
        self.try_once(wanted)
    }
}

/// A line for each component: the slot that runs, and the one to try once if there is one. `-` where nothing runs yet.
fn text(wanted: &Wanted<'_>) -> String {
    let mut flag = String::new();
    for component in wanted.tried.unwrap_or(wanted.running).keys() {
        let (runs, tries) = (wanted.running.get(component), wanted.tried.and_then(|t| t.get(component)));
        // Writing to a string does not fail.
        let _ = write!(flag, "{component} {}", runs.map_or("-", |s| slot_name(*s)));
        if let Some(slot) = tries.filter(|t| runs != Some(t)) {
            let _ = write!(flag, " try {}", slot_name(*slot));
        }
        flag.push('\n');
    }
    flag
}
