//! A folder that is held open: what happens in it happens in that folder, whoever moves it or puts a
//! link where it was.

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

/// Which file or device something is, whatever it is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identity {
    /// File system and number there.
    File(u64, u64),
    /// The number of a block device.
    Device(u64),
}

impl Identity {
    /// Whether both are the same, or nothing speaks against it.
    pub fn is(&self, other: &Identity) -> bool {
        self == other
    }

    /// Whether both are known to be the same; here that is no other question.
    pub fn is_surely(&self, other: &Identity) -> bool {
        self == other
    }
}

/// What stands under a name.
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
    /// Opens a folder that is not reached through a link: a link can be turned while an image is
    /// written.
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
    pub fn is_in_place(&self) -> io::Result<bool> {
        Ok(Folder::open(&self.path).and_then(|now| now.identity()).ok() == Some(self.identity()?))
    }

    /// What stands under a name in it; links are not followed.
    pub fn find(&self, name: &Path) -> io::Result<Found> {
        match rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(stat) => Ok(found(&stat)),
            Err(Errno::NOENT) => Ok(Found::Nothing),
            Err(error) => Err(error.into()),
        }
    }

    /// Makes a file that is not there yet.
    pub fn create(&self, name: &Path, mode: u32) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::from_raw_mode(mode))?.into())
    }

    /// Opens a file that is there, and no link; never waits for whoever is at the other end of a pipe.
    pub fn open_file(&self, name: &Path) -> io::Result<File> {
        let flags = OFlags::RDWR | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::empty())?.into())
    }

    /// The same for reading only.
    pub fn read_file(&self, name: &Path) -> io::Result<File> {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
        Ok(rustix::fs::openat(&self.fd, name, flags, Mode::empty())?.into())
    }

    /// Opens a plain file that is written in place; or says what else it is.
    pub fn open_in_place(&self, name: &Path) -> io::Result<Result<File, &'static str>> {
        let there = rustix::fs::statat(&self.fd, name, AtFlags::SYMLINK_NOFOLLOW)?;
        match found(&there) {
            Found::File { names: 1, .. } => checked(self.open_file(name)?, &there),
            Found::File { .. } => Ok(Err("a file with several names")),
            Found::Other(what) => Ok(Err(what)),
            Found::Nothing => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Gives a file another name, in place of what stood there.
    pub fn rename(&self, from: &Path, to: &Path) -> io::Result<()> {
        Ok(rustix::fs::renameat(&self.fd, from, &self.fd, to)?)
    }

    /// Removes a name; one that is not there is removed already.
    pub fn remove(&self, name: &Path) -> io::Result<()> {
        match rustix::fs::unlinkat(&self.fd, name, AtFlags::empty()) {
            Err(Errno::NOENT) | Ok(()) => Ok(()),
            Err(error) => Err(error.into()),
        }
    }

    /// Returns once the names in it last.
    pub fn sync(&self) -> io::Result<()> {
        Ok(rustix::fs::fsync(&self.fd)?)
    }
}

/// What an open file is.
pub fn of(file: &File) -> io::Result<Found> {
    Ok(found(&rustix::fs::fstat(file)?))
}

/// Which file or device is open.
pub fn which(file: &File) -> io::Result<Identity> {
    Ok(identity(&rustix::fs::fstat(file)?))
}

/// Opens a block device to be written; one that is mounted is refused by the system.
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

/// A file that was opened, if it is what was looked at before.
fn checked(file: File, before: &Stat) -> io::Result<Result<File, &'static str>> {
    match which(&file)? == identity(before) {
        true => Ok(Ok(file)),
        false => Err(io::Error::other("it was replaced while it was opened")),
    }
}

/// Which file or device a path leads to.
pub fn which_at(path: &Path) -> io::Result<Identity> {
    Ok(identity(&rustix::fs::statat(CWD, path, AtFlags::empty())?))
}

/// Whether a path leads to a block device: itself, or by a link of the system or of ours, as in
/// /dev/disk. Where the link of somebody else leads, is no matter of ours.
pub fn is_device(path: &Path) -> bool {
    let stat = |flags| rustix::fs::statat(CWD, path, flags).ok();
    let (here, there) = (stat(AtFlags::SYMLINK_NOFOLLOW), stat(AtFlags::empty()));
    let trusted = here.is_some_and(|here| {
        let owners = [0, rustix::process::geteuid().as_raw()];
        FileType::from_raw_mode(here.st_mode) != FileType::Symlink || owners.contains(&here.st_uid)
    });
    trusted && there.is_some_and(|there| FileType::from_raw_mode(there.st_mode) == FileType::BlockDevice)
}

/// What the name is in an open folder, where it is no regular file.
pub(crate) fn kind_at(folder: &OwnedFd, name: &Path) -> io::Result<Option<&'static str>> {
    match found(&rustix::fs::statat(folder, name, AtFlags::SYMLINK_NOFOLLOW)?) {
        Found::Other(found) => Ok(Some(found)),
        _ => Ok(None),
    }
}

/// The mode of a new file: what the umask leaves of 0644. No file of ours is for others to write, whatever the umask: it
/// was checked, and is believed later. To ask for the umask is to set it, which other threads would see; the system
/// tells it where there is /proc.
pub fn usual_mode() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let umask = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    let umask = umask.and_then(|octal| u32::from_str_radix(octal.trim(), 8).ok()).unwrap_or(0o022);
    0o644 & !umask
}

/// Sets the mode of an open file.
pub fn set_mode(file: &File, mode: u32) -> io::Result<()> {
    Ok(rustix::fs::fchmod(file, Mode::from_raw_mode(mode))?)
}

// The numbers have another width on each system.
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
