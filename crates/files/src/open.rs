//! Opening files to read them.

use crate::place::{name, open_folder};
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::path::Path;

/// Something other than a regular file was found. It is the inner error of an [`io::Error`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NotRegular {
    /// "a folder", "a pipe", …
    pub found: &'static str,
}

impl fmt::Display for NotRegular {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "it is {}, not a regular file", self.found)
    }
}

impl std::error::Error for NotRegular {}

impl NotRegular {
    /// The error for what was found.
    pub fn error(found: &'static str) -> io::Error {
        // Callers recognize a folder by its kind elsewhere too.
        let kind = if found == FOLDER { io::ErrorKind::IsADirectory } else { io::ErrorKind::InvalidInput };
        io::Error::new(kind, NotRegular { found })
    }

    /// The `NotRegular` inside an error, if there is one.
    pub fn from_error(error: &io::Error) -> Option<NotRegular> {
        error.get_ref()?.downcast_ref().copied()
    }
}

const FOLDER: &str = "a folder";
const PIPE: &str = "a pipe";

/// What something is, if it is not a regular file.
pub(crate) fn other(there: &Metadata) -> &'static str {
    let kind = there.file_type();
    if kind.is_dir() {
        return FOLDER;
    }
    if kind.is_symlink() {
        return "a symbolic link";
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::FileTypeExt as _;
        if kind.is_fifo() {
            return PIPE;
        }
        if kind.is_char_device() || kind.is_block_device() {
            return "a device";
        }
        if kind.is_socket() {
            return "a socket";
        }
    }
    "a special file"
}

/// Opens a regular file to read it; links are followed. A FIFO or a device is an error at once, and never a wait.
///
/// # Errors
/// [`NotRegular`] inside an [`io::Error`], or what the system says.
pub fn open_regular(path: &Path) -> io::Result<File> {
    // Opening a device may have an effect.
    let there = std::fs::metadata(path)?;
    if !there.is_file() {
        return Err(NotRegular::error(other(&there)));
    }
    regular(open_without_wait(path)?)
}

/// Opens a regular file to read it. The last part of the path must not be a link.
///
/// # Errors
/// [`NotRegular`] inside an [`io::Error`], or what the system says.
pub fn open_no_link(path: &Path) -> io::Result<File> {
    let there = std::fs::symlink_metadata(path)?;
    if !there.is_file() {
        return Err(NotRegular::error(other(&there)));
    }
    regular(open_folder(path)?.read_file(name(path))?)
}

/// Opens what a person named, to read it once from start to end: a regular file, or a pipe such as `<(command)` and
/// `/dev/stdin`. The second value says whether it is a regular file.
///
/// A named FIFO waits for its writer here, as it does everywhere.
///
/// # Errors
/// A folder, a socket or a device other than a terminal, or what the system says.
pub fn open_source(path: &Path) -> io::Result<(File, bool)> {
    let there = std::fs::metadata(path)?;
    if there.is_dir() {
        return Err(NotRegular::error(FOLDER));
    }
    let file = File::open(path)?;
    let is_file = file.metadata()?.is_file();
    Ok((file, is_file))
}

/// Opens a file of ours to append to it, or creates it, with a name that survives a power cut. If its mode lets others
/// write to it, the mode is changed.
///
/// # Errors
/// [`NotRegular`] inside an [`io::Error`]; [`io::ErrorKind::PermissionDenied`] if it belongs to a user other than us
/// and root, who could change what was appended; or what the system says.
pub fn open_append(path: &Path) -> io::Result<File> {
    let mut options = File::options();
    options.read(true).append(true);
    match std::fs::symlink_metadata(path) {
        Ok(there) if !there.is_file() => return Err(NotRegular::error(other(&there))),
        Err(e) if e.kind() == io::ErrorKind::NotFound => {
            let file = options.create_new(true).open(path)?;
            open_folder(path)?.sync()?;
            return Ok(file);
        }
        Err(error) => return Err(error),
        Ok(_) => {}
    }
    let file = regular(options.open(path)?)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        let there = file.metadata()?;
        if ![0, rustix::process::geteuid().as_raw()].contains(&there.uid()) {
            return Err(crate::Exposure::Owner { uid: there.uid() }.error());
        }
        let (mode, usual) = (there.mode() & 0o777, crate::folder::usual_mode());
        if mode & 0o022 & !usual != 0 {
            crate::folder::set_mode(&file, mode & usual)?;
        }
    }
    Ok(file)
}

/// Opens a file that holds a secret: a regular file, or a pipe without a name such as `<(command)`, which nobody else
/// can open. The second value says whether it is a regular file.
///
/// # Errors
/// [`NotRegular`] inside an [`io::Error`], also for a FIFO with a name, since anybody who writes to it would supply the
/// secret; or what the system says.
pub fn open_secret(path: &Path) -> io::Result<(File, bool)> {
    let there = std::fs::metadata(path)?;
    // No path leads to a pipe without a name: only the process that made it, or its child, gets here.
    if other(&there) == PIPE && path.canonicalize().is_err() {
        return Ok((File::open(path)?, false));
    }
    open_regular(path).map(|file| (file, true))
}

/// Opens a regular file or a block device, to read it at any place; links are followed. Nothing else is opened: that
/// could wait for ever, or act on a device.
///
/// # Errors
/// It is something else, was replaced while it was opened, or what the system says.
pub fn open_image(path: &Path) -> io::Result<File> {
    let expected = is_block_device(&std::fs::metadata(path)?)?;
    let file = open_without_wait(path)?;
    match is_block_device(&file.metadata()?)? == expected {
        true => Ok(file),
        false => Err(io::Error::other("it was replaced while it was opened")),
    }
}

/// Whether it is a block device.
///
/// # Errors
/// It is neither that nor a regular file.
pub fn is_block_device(there: &Metadata) -> io::Result<bool> {
    #[cfg(unix)]
    let device = std::os::unix::fs::FileTypeExt::is_block_device(&there.file_type());
    #[cfg(not(unix))]
    let device = false;
    match device || there.is_file() {
        true => Ok(device),
        false => Err(io::Error::other("it is neither a file nor a block device")),
    }
}

/// An open file, if it is a regular one.
pub(crate) fn regular(file: File) -> io::Result<File> {
    let there = file.metadata()?;
    match there.is_file() {
        true => Ok(file),
        false => Err(NotRegular::error(other(&there))),
    }
}

#[cfg(unix)]
fn open_without_wait(path: &Path) -> io::Result<File> {
    use rustix::fs::{CWD, Mode, OFlags, openat};
    let flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    Ok(openat(CWD, path, flags, Mode::empty())?.into())
}

#[cfg(not(unix))]
fn open_without_wait(path: &Path) -> io::Result<File> {
    File::open(path)
}

/// Reads a source to its end, if it has at most `limit` bytes.
///
/// # Errors
/// [`io::ErrorKind::InvalidData`] if it has more: part of a file could mean something else than the whole.
pub fn read_bounded(source: impl Read, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    match u64::try_from(bytes.len()) {
        Ok(length) if length <= limit => Ok(bytes),
        _ => {
            let size = match limit >> 20 {
                0 => format!("{limit} bytes"),
                mib => format!("{mib} MiB"),
            };
            Err(io::Error::new(io::ErrorKind::InvalidData, format!("it is larger than {size}")))
        }
    }
}

/// Reads a file or a pipe that a person named, of no more than `limit` bytes.
///
/// # Errors
/// Those of [`open_source`] and [`read_bounded`].
pub fn read_small(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    read_bounded(open_source(path)?.0, limit)
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn a_regular_file_is_opened_and_nothing_else_waits() {
        let dir = tempfile::tempdir().unwrap();
        let at = |name: &str| dir.path().join(name);
        std::fs::write(at("file"), "text").unwrap();
        std::os::unix::fs::symlink(at("file"), at("link")).unwrap();
        assert!(open_regular(&at("file")).is_ok() && open_regular(&at("link")).is_ok());
        assert!(open_no_link(&at("file")).is_ok());
        let link = open_no_link(&at("link")).unwrap_err();
        assert_eq!(NotRegular::from_error(&link), Some(NotRegular { found: "a symbolic link" }));
        let made = std::process::Command::new("mkfifo").arg(at("fifo")).status().unwrap();
        assert!(made.success());
        let found = |path: &Path| NotRegular::from_error(&open_regular(path).unwrap_err()).map(|n| n.found);
        assert_eq!(found(&at("fifo")), Some("a pipe"));
        assert_eq!(found(Path::new("/dev/zero")), Some("a device"));
        assert_eq!(found(dir.path()), Some("a folder"));
        assert_eq!(open_regular(&at("none")).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[test]
    fn what_has_no_end_is_not_read_for_ever() {
        let error = read_small(Path::new("/dev/zero"), 1000).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(read_bounded(&b"1234"[..], 4).unwrap(), b"1234");
        assert!(read_bounded(&b"12345"[..], 4).is_err());
    }
}
