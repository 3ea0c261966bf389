//! Where packages come from: folders, or URLs of folders. **A maker replaces this** by its channel; all
//! that the client asks of it is a list of names and a reader. Nothing that comes from here is believed.

use pkg_verify::format::limits;
use std::collections::BTreeSet;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

/// The most packages of one source that are looked at: ten years of releases and deltas, one a day.
pub(crate) const PACKAGES: usize = 4096;

/// The most keyrings of one source that are looked at. Each may be 16 MiB.
pub(crate) const KEYRINGS: usize = 16;

/// The files of this kind in all sources, in the order of the sources: of each source the first `most` by name. A
/// missing source only makes a line in the log.
pub(crate) fn list(sources: &[String], extension: &str, most: usize) -> Vec<PathBuf> {
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
        let (mut first, mut more) = (BTreeSet::new(), false);
        for path in paths.filter(|p| p.extension().is_some_and(|e| e == extension)) {
            first.insert(path);
            if first.len() > most {
                more = first.pop_last().is_some();
            }
        }
        if more {
            log(&format!("{folder:?}: only the first {most} files of .{extension} are looked at"));
        }
        all.extend(first);
    }
    all
}

/// Opens a package, to read it once from the start.
pub(crate) fn open(path: &Path) -> io::Result<File> {
    // A pipe in the folder must not make the client wait for ever.
    pkg_files::open_regular(path)
}

/// A keyring file, or as much of it as shows that it is too large.
pub(crate) fn keyring(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?.take(limits::KEYRING_FILE.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A line in the log. Names are quoted: they come from outside.
pub(crate) fn log(line: &str) {
    eprintln!("log: {line}");
}
