//! The file of records: appended to while it is whole, and never otherwise. A last line that was cut off
//! while it was written is cut away: its decision was never handed out.

use crate::hint;
use crate::out::{Failure, Outcome, note, shown};
use crate::write::LOCK_WAIT;
use pkg_decide::{Chain, Record};
use pkg_files::{Lock, open_append, open_source, real_target};
use std::fs::File;
use std::io::{Read as _, Write as _};
use std::path::Path;

/// A file of records that is whole, kept for this process until it is dropped.
pub(crate) struct Records<'a> {
    path: &'a Path,
    file: File,
    chain: Chain,
    _lock: Lock,
}

/// The end of the chain in a file that is only read.
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
    Chain::check(bytes).map_err(|refusal| {
        let message = format!("[{}] records {}: {}", refusal.rule.id(), shown(path), refusal.why);
        Failure::refused(message).hint(hint::refusal(&refusal))
    })
}

impl<'a> Records<'a> {
    /// Opens a file of records, or begins one.
    pub(crate) fn open(path: &'a Path) -> Outcome<Self> {
        let cannot = |e: std::io::Error| Failure::file("write", path, &e);
        let real = match path.symlink_metadata() {
            Ok(_) => real_target(path).map_err(cannot)?,
            Err(_) => path.to_path_buf(),
        };
        // Two clients that append at once would both follow the same line.
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
                "records {}: line {number} was cut off after {torn} bytes; it was cut away",
                shown(path)
            ));
        }
        Ok(Records { path, file, chain, _lock: lock })
    }

    /// Appends a line, which is on disk when this returns.
    pub(crate) fn append(mut self, record: &Record<'_>) -> Outcome<()> {
        let line = self.chain.next(record);
        let mut write = || {
            let before = self.file.metadata()?.len();
            let written = self.file.write_all(line.as_bytes()).and_then(|()| self.file.sync_all());
            // Half a line would keep every later one out; a full disk still lets a file be cut.
            written.inspect_err(|_| drop(self.file.set_len(before)))
        };
        write().map_err(|e| Failure::file("write", self.path, &e))
    }
}
