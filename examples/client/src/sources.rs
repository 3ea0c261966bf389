//! Where packages come from: folders, or URLs of folders. **A maker replaces this** by its channel; all
//! that the client asks of it is a list of names and a reader. Nothing that comes from here is believed.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// Larger is no keyring.
const KEYRING: u64 = 4 << 20;

/// The files of this kind in all sources, the first source first. One that is not there is no more than
/// a line in the log.
pub(crate) fn list(sources: &[String], extension: &str) -> Vec<PathBuf> {
    let mut all = Vec::new();
    for source in sources {
        let folder = source.strip_prefix("file://").unwrap_or(source);
        let entries = match fs::read_dir(folder) {
            Ok(entries) => entries,
            Err(error) => {
                log(&format!("{folder:?}: {error}"));
                continue;
            }
        };
        let paths = entries.filter_map(|entry| Some(entry.ok()?.path()));
        let mut paths: Vec<_> = paths.filter(|p| p.extension().is_some_and(|e| e == extension)).collect();
        paths.sort();
        all.extend(paths);
    }
    all
}

/// A package, to be read once from its begin.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    // Whoever can put a pipe into a folder must not be able to make the client wait for ever.
    pkg_files::open_regular(path)
}

/// A keyring file.
pub(crate) fn keyring(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(KEYRING).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A line in the log. Names are quoted: they come from outside.
pub(crate) fn log(line: &str) {
    eprintln!("log: {line}");
}
