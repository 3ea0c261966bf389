//! Paths: the folder and the name of a file, and names beside it.

use std::ffi::OsString;
use std::io;
use std::path::{Path, PathBuf};

/// What a path leads to that ends in `..`, or is a root or empty.
pub const NO_NAME: &str = "a path without a file name";

/// The folder that a path is in.
pub fn parent(path: &Path) -> &Path {
    path.parent().filter(|p| !p.as_os_str().is_empty()).unwrap_or(Path::new("."))
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

/// The file that a command changes in place: where the path leads, so that a link stays a link. The link of another
/// user is not followed: what is written is not for them to choose.
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
