//! Paths: the folder and the name of a file, and names beside it.

use crate::folder::Folder;
use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// What is found at a path that ends in `..`, is a root, or is empty.
pub const NO_NAME: &str = "a path without a file name";

/// The folder that a path is in.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Opens the folder of a target. The folder itself may be reached through a link.
pub(crate) fn open_folder(target: &Path) -> io::Result<Arc<Folder>> {
    if target.file_name().is_none() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, NO_NAME));
    }
    Ok(Arc::new(Folder::open(&parent(target).canonicalize()?)?))
}

/// What a path is called in its folder.
pub fn name(path: &Path) -> &Path {
    Path::new(path.file_name().unwrap_or_default())
}

/// The path of a hidden file beside `path`: `.NAME` and the suffix.
pub fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut hidden = OsString::from(".");
    hidden.push(path.file_name().unwrap_or_default());
    hidden.push(suffix);
    path.with_file_name(hidden)
}

/// The file that a command changes in place: where the path leads, so that a link stays a link. A link of another user
/// is not followed, since they would choose what is written.
///
/// # Errors
/// What the system says, and [`io::ErrorKind::PermissionDenied`] for the link of another user.
pub fn real_target(path: &Path) -> io::Result<PathBuf> {
    let there = std::fs::symlink_metadata(path)?;
    #[cfg(unix)]
    {
        let owners = [0, rustix::process::geteuid().as_raw()];
        if there.is_symlink() && !owners.contains(&std::os::unix::fs::MetadataExt::uid(&there)) {
            let why = "it is a symbolic link of another user, and is not followed";
            return Err(io::Error::new(io::ErrorKind::PermissionDenied, why));
        }
    }
    match there.is_symlink() {
        true => path.canonicalize(),
        false => Ok(path.to_path_buf()),
    }
}
