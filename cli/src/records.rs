//! The file of records. Records are appended only if its hash chain is unbroken. A last line that was truncated while
//! it was written is removed, because its decision was never returned.

use crate::out::{Failure, Outcome, note, shown};
use crate::write::LOCK_WAIT;
use pkg_decide::{Chain, Record};
use pkg_files::{Lock, open_append, open_source, real_target};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// A checked file of records, locked by this process until it is dropped.
pub(crate) struct Records<'a> {
    path: &'a Path,
    file: File,
    chain: Chain,
    _lock: Lock,
}

/// Checks a file without locking it; returns the end of its chain.
pub(crate) fn check(path: &Path) -> Outcome<Chain> {
    let (file, _) = open_source(path).map_err(|e| Failure::file("read", path, &e))?;
    judged(&read(&file, path)?, path)
}

fn read(mut file: &File, path: &Path) -> Outcome<Vec<u8>> {
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|e| Failure::file("read", path, &e))?;
    Ok(bytes)
}

fn judged(bytes: &[u8], path: &Path) -> Outcome<Chain> {
    Chain::check(bytes).map_err(|refusal| Failure::rule(&format!("records {}", shown(path)), &refusal))
}

impl<'a> Records<'a> {
    /// Opens a file of records, or creates one.
    pub(crate) fn open(path: &'a Path) -> Outcome<Self> {
        let cannot = |e: std::io::Error| Failure::file("write", path, &e);
        let real = match path.symlink_metadata() {
            Ok(_) => real_target(path).map_err(cannot)?,
            Err(_) => path.to_path_buf(),
        };
        // Two clients that append at the same time would both link to the same line.
        let lock = Lock::beside(&real, LOCK_WAIT)?;
        let file = open_append(&real).map_err(cannot)?;
        let bytes = read(&file, path)?;
        let lines = bytes.iter().rposition(|b| *b == b'\n').map_or(0, |last| last.saturating_add(1));
        let (lines, torn) = bytes.split_at(lines);
        let chain = judged(lines, path)?;
        if !torn.is_empty() {
            let length = u64::try_from(lines.len()).unwrap_or(u64::MAX);
            file.set_len(length).and_then(|()| file.sync_all()).map_err(cannot)?;
            let (number, torn) = (chain.lines.saturating_add(1), torn.len());
            note(&format!(
                "records {}: line {number} was truncated after {torn} bytes and has been removed",
                shown(path)
            ));
        }
        Ok(Records { path, file, chain, _lock: lock })
    }

    /// Appends a line; it is on disk when this returns.
    pub(crate) fn append(mut self, record: &Record<'_>) -> Outcome<()> {
        let line = self.chain.next(record);
        let mut write = || {
            let before = self.file.metadata()?.len();
            let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_all());
            // Half a line would block all later ones. A file can be truncated even on a full disk.
            written.inspect_err(|_| drop(self.file.set_len(before)))
        };
        write().map_err(|e| Failure::file("write", self.path, &e))
    }
}
