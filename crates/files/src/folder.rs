//! A folder that is held open. Everything happens in that very folder, even if somebody moves it or puts a link in its
//! place.

use rustix::fs::{AtFlags, CWD, FileType, Mode, OFlags, Stat};
use rustix::io::Errno;
use std::fs::File;
use std::io;
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

/// An open folder.
#[derive(Debug)]
pub struct Folder {
    fd: OwnedFd,
    path: PathBuf,
}

/// Which file or device something is, independent of its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// The file system, and the number in it.
    File(u64, u64),
    /// The number of a block device.
    Device(u64),
}

impl Identity {
    /// Whether both are the same, as far as can be told.
    pub fn is(&self, other: &Identity) -> bool {
        self == other
    }

    /// Whether both are known to be the same. On this system that can always be told.
    pub fn is_surely(&self, other: &Identity) -> bool {
        self == other
    }
}

/// What has a name in a folder.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Found {
    /// Nothing.
    Nothing,
    /// A regular file.
    File {
        /// Which one.
        identity: Identity,
        /// Its permission bits.
        mode: u32,
        /// How many names it has.
        names: u64,
        /// Whether it belongs to the user of this process.
        ours: bool,
    },
    /// Something else: "a folder", "a pipe", …
    Other(&'static str),
}

impl Folder {
    /// Opens a folder. The path must not end in a link, which could be redirected while an image is written.
    ///
    /// # Errors
    /// It is no folder, is a link, or cannot be opened.
    pub fn open(path: &Path) -> io::Result<Folder> {
        let flags = OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::RDONLY | OFlags::CLOEXEC;
        let fd = rustix::fs::openat(CWD, path, flags, Mode::empty())?;
        Ok(Folder { fd, path: path.into() })
    }

    /// Which folder it is.
    fn identity(&self) -> io::Result<Identity> {
        Ok(identity(&rustix::fs::fstat(&self.fd)?))
    }

    /// Whether the path that it was opened by still leads to it.
    ///
    /// # Errors
    /// The open folder cannot be examined.
    pub fn is_in_place(&self) -> io::Result<bool> {
        Ok(Folder::open(&self.path).and_then(|now| now.identity()).ok() == Some(self.identity()?))
    }

    /// What has this name in it. Links are not followed.
    ///
    /// # Errors
    /// The folder cannot be searched.
    pub fn find(&self, name: &Path) -> io::Result<Found> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(found(&stat)),
            Err(Errno::NOENT) => Ok(Found::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    /// Creates a file that must not exist.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if anything has the name, or what the system says.
    pub fn create(&self, name: &Path, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(mode))?.into())
    }

    /// Opens an existing file, which must not be a link. Never waits for the other end of a pipe.
    ///
    /// # Errors
    /// There is no such file, it is a link, or it cannot be opened.
    pub fn open_file(&self, name: &Path) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::empty())?.into())
    }

    /// Like [`Folder::open_file`], for reading only.
    ///
    /// # Errors
    /// There is no such file, it is a link, or it cannot be opened.
    pub fn read_file(&self, name: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::empty())?.into())
    }

    /// Opens a regular file to write it in place. The inner error says what else has the name.
    ///
    /// # Errors
    /// Nothing has the name, or what has it cannot be opened.
    pub fn open_in_place(&self, name: &Path) -> io::Result<Result<File, &'static str>> {
        let there = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
        match found(&there) {
            Found::File { names: 1, .. } => checked(self.open_file(name)?, &there),
            Found::File { .. } => Ok(Err("a file with several names")),
            Found::Other(what) => Ok(Err(what)),
            Found::Nothing => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Renames a file, replacing what has the new name.
    ///
    /// # Errors
    /// What the system says.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.fd, from, &self.fd, to)?)
    }

    /// Gives a file a second name, which nothing may have.
    ///
    /// # Errors
    /// [`io::ErrorKind::AlreadyExists`] if anything has the name, or what the system says.
    pub fn link(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(rustix::fs::linkat(&self.fd, from, &self.fd, to, AtFlags::empty())?)
    }

    /// Removes a name. It need not exist.
    ///
    /// # Errors
    /// It cannot be removed.
    pub fn remove(&self, name: &Path) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Err(Errno::NOENT) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns once the names in it survive a power cut.
    ///
    /// # Errors
    /// What the system says.
    pub fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.fd)?)
    }
}

/// What an open file is.
///
/// # Errors
/// The file cannot be examined.
pub fn examine(file: &File) -> io::Result<Found> {
    Ok(found(&rustix::fs::fstat(file)?))
}

/// Which file or device is open.
///
/// # Errors
/// The file cannot be examined.
pub fn which(file: &File) -> io::Result<Identity> {
    Ok(identity(&rustix::fs::fstat(file)?))
}

/// Opens a block device to write it. The system refuses one that is mounted. The inner error says what else it is.
///
/// # Errors
/// There is nothing at `path`, or it cannot be opened.
pub fn open_device(path: &Path) -> io::Result<Result<File, &'static str>> {
    let there = rustix::fs::statat(CWD, path, AtFlags::empty())?;
    if !is_device(path) {
        return Ok(Err("no block device any more"));
    }
    let mut flags = OFlags::RDWR | OFlags::CLOEXEC;
    if cfg!(target_os = "linux") {
        flags |= OFlags::EXCL;
    }
    checked(rustix::fs::openat(CWD, path, flags, Mode::empty())?.into(), &there)
}

/// The opened file, if it is the one that was found before.
fn checked(file: File, before: &Stat) -> io::Result<Result<File, &'static str>> {
    match which(&file)? == identity(before) {
        true => Ok(Ok(file)),
        false => Err(io::Error::other("it was replaced while it was opened")),
    }
}

/// Which file or device a path leads to.
///
/// # Errors
/// There is nothing at `path`, or it cannot be examined.
pub fn which_at(path: &Path) -> io::Result<Identity> {
    Ok(identity(&rustix::fs::statat(CWD, path, AtFlags::empty())?))
}

/// Whether a path leads to a block device, directly or through a link of root or of ours, as in /dev/disk. Links of
/// other users are not followed.
pub fn is_device(path: &Path) -> bool {
    let stat = |flags| rustix::fs::statat(CWD, path, flags).ok();
    let (here, there) = (stat(AtFlags::SYMLINK_NOFOLLOW), stat(AtFlags::empty()));
    let trusted = here.is_some_and(|here| {
        let owners = [0, rustix::process::geteuid().as_raw()];
        FileType::from_raw_mode(here.st_mode) != FileType::Symlink || owners.contains(&here.st_uid)
    });
    trusted && there.is_some_and(|there| FileType::from_raw_mode(there.st_mode) == FileType::BlockDevice)
}

/// What has the name in an open folder, unless it is a regular file.
pub(crate) fn kind_at(folder: &OwnedFd, name: &Path) -> io::Result<Option<&'static str>> {
    match found(&rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?) {
        Found::Other(found) => Ok(Some(found)),
        _ => Ok(None),
    }
}

/// The mode of a new file: 0644 without the bits of the umask. Others can never write to our files, whatever the umask,
/// because they are trusted later. The umask is read from /proc if there is one: asking for it by the system call would
/// set it for other threads.
pub fn usual_mode() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    let umask = umask.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).unwrap_or(0o022);
    0o644 & !umask
}

/// Sets the mode of an open file.
///
/// # Errors
/// What the system says.
pub fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?)
}

// The widths of these numbers differ between systems.
#[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions)]
fn identity(stat: &Stat) -> Identity {
    let number = |n| u64::try_from(n).unwrap_or(u64::MAX);
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::BlockDevice => Identity::Device(number(stat.st_rdev)),
        _ => Identity::File(number(stat.st_dev), u64::try_from(stat.st_ino).unwrap_or(u64::MAX)),
    }
}

#[allow(clippy::useless_conversion, clippy::unnecessary_fallible_conversions)]
fn found(stat: &Stat) -> Found {
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Found::File {
            identity: identity(stat),
            mode: Mode::from_raw_mode(stat.st_mode).bits() & 0o7777,
            names: u64::try_from(stat.st_nlink).unwrap_or(u64::MAX),
            ours: stat.st_uid == rustix::process::geteuid().as_raw(),
        },
        FileType::Symlink => Found::Other("a symbolic link"),
        FileType::Directory => Found::Other("a folder"),
        FileType::Fifo => Found::Other("a pipe"),
        FileType::Socket => Found::Other("a socket"),
        _ => Found::Other("a device"),
    }
}
