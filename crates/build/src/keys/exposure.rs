//! Whether others can read or replace a key file (threat T13).

use crate::error::KeyError;
use std::fs::File;
use std::io::Result;
use std::path::Path;

/// Why a key file is no secret, or may be replaced by others: its own mode, and that of its folder.
#[cfg(unix)]
pub(super) fn exposed(path: &Path, file: &File) -> Result<Option<KeyError>> {
    use std::os::unix::fs::MetadataExt;
    let mode = file.metadata()?.mode() & 0o777;
    if mode & 0o077 != 0 {
        return Ok(Some(KeyError::Readable { mode }));
    }
    // Where the file is, not where a link to it is.
    let folder = path.canonicalize()?.parent().map(std::fs::metadata).transpose()?;
    Ok(folder.and_then(|folder| {
        // Many systems give each user a group of the same number, and new folders to that group.
        let group = folder.mode() & 0o020 != 0 && folder.gid() != folder.uid();
        // In a sticky folder, such as /tmp, only the owner replaces a file.
        let sticky = folder.mode() & 0o1000 != 0;
        let writable = (group || folder.mode() & 0o002 != 0) && !sticky;
        writable.then_some(KeyError::Folder { mode: folder.mode() & 0o777 })
    }))
}

#[cfg(not(unix))]
pub(super) fn exposed(_: &Path, _: &File) -> Result<Option<KeyError>> {
    Ok(None)
}
