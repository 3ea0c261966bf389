//! Storage for images and records: bytes at offsets, which survive a power cut once they are synced.

use pkg_codec::FileBase;
use pkg_codec::delta::Base as _;
use pkg_files::ReadAt as _;
use std::fs::{File, TryLockError};
use std::io::{self, Write};

/// Storage that can be read and written at any offset: a slot, a partition, a file, flash behind a driver.
///
/// What was written before [`Storage::sync`] returned survives a power cut. What was written since may be there
/// afterwards or not, or in part, in any order. The installer relies on nothing else.
pub trait Storage {
    /// The most bytes it can hold.
    ///
    /// # Errors
    /// The medium failed.
    fn capacity(&self) -> io::Result<u64>;

    /// Fills `buffer` with the bytes at `at`.
    ///
    /// # Errors
    /// [`io::ErrorKind::UnexpectedEof`] after the end of what it holds, or the medium failed.
    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()>;

    /// Writes all of `bytes` at `at`.
    ///
    /// # Errors
    /// The medium failed. Any part of `bytes` may have been written.
    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()>;

    /// Returns once everything that was written survives a power cut.
    ///
    /// # Errors
    /// The medium failed.
    fn sync(&mut self) -> io::Result<()>;

    /// Whether what was written can be read again. If not, an image is compared with its digest only while it is
    /// written, and after an interruption it is written again from the start.
    fn reads_back(&self) -> bool {
        true
    }
}

/// A file or a block device.
#[derive(Debug)]
pub struct FileStorage {
    file: File,
    capacity: u64,
    locked: bool,
    /// Whether zeros after the end of the file become a hole, which takes no space.
    sparse: bool,
}

/// Holes begin and end at multiples of so many bytes: a block of most file systems.
const BLOCK: usize = 4096;

impl Drop for FileStorage {
    fn drop(&mut self) {
        // Closing is not enough: a process that was begun meanwhile may hold the file for a moment yet.
        if self.locked {
            let _ = self.file.unlock();
        }
    }
}

impl FileStorage {
    /// Storage that keeps the size that the file or device has now: a slot.
    ///
    /// # Errors
    /// The size cannot be found out.
    pub fn fixed(file: File) -> io::Result<Self> {
        let capacity = FileBase::new(file.try_clone()?)?.size();
        Ok(FileStorage { file, capacity, locked: false, sparse: false })
    }

    /// A file that grows as it is written. Zeros after its end become holes: an image that is mostly empty takes as
    /// little space as it would with `cp --sparse=always`.
    pub fn growing(file: File) -> Self {
        FileStorage { file, capacity: u64::MAX, locked: false, sparse: true }
    }

    /// Locks it against other runs for as long as it is open; `false` if another run holds it. Only for devices, which
    /// only their owners can open: files are locked by [`pkg_files::Lock`].
    pub(crate) fn lock(&mut self) -> bool {
        let result = self.file.try_lock();
        self.locked = result.is_ok();
        !matches!(result, Err(TryLockError::WouldBlock))
    }

    pub(crate) fn file(&self) -> &File {
        &self.file
    }
}

impl Storage for FileStorage {
    fn capacity(&self) -> io::Result<u64> {
        Ok(self.capacity)
    }

    fn read_at(&self, at: u64, buffer: &mut [u8]) -> io::Result<()> {
        match self.file.fill_at(at, buffer)? == buffer.len() {
            true => Ok(()),
            false => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    }

    fn write_at(&mut self, mut at: u64, mut bytes: &[u8]) -> io::Result<()> {
        while self.sparse && !bytes.is_empty() {
            let (len, zeros) = run(at, bytes);
            let (piece, rest) = bytes.split_at_checked(len).unwrap_or((bytes, &[]));
            let end = at.saturating_add(count(piece.len()));
            if zeros && self.file.metadata()?.len() <= at {
                self.file.set_len(end)?;
            } else {
                write_all_at(&self.file, piece, at)?;
            }
            (at, bytes) = (end, rest);
        }
        write_all_at(&self.file, bytes, at)
    }

    fn sync(&mut self) -> io::Result<()> {
        self.file.sync_data()?;
        // Reading back then comes from the medium, if the system supports that.
        #[cfg(any(target_os = "linux", target_os = "android", target_os = "freebsd"))]
        let _ = rustix::fs::fadvise(&self.file, 0, None, rustix::fs::Advice::DontNeed);
        Ok(())
    }
}

/// How many of the bytes at `at` are in whole blocks of zeros, or else how many come before the next such block.
fn run(at: u64, bytes: &[u8]) -> (usize, bool) {
    let first = BLOCK.saturating_sub(usize::try_from(at.checked_rem(count(BLOCK)).unwrap_or(0)).unwrap_or(0));
    let (mut len, mut zeros) = (0usize, false);
    while let Some(rest) = bytes.get(len..).filter(|rest| !rest.is_empty()) {
        let block = rest.get(..if len == 0 { first } else { BLOCK }).unwrap_or(rest);
        let is_hole = block.len() == BLOCK && block.iter().all(|byte| *byte == 0);
        if len == 0 {
            zeros = is_hole;
        } else if is_hole != zeros {
            break;
        }
        len = len.saturating_add(block.len());
    }
    (len, zeros)
}

fn count(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}

#[cfg(unix)]
fn write_all_at(file: &File, bytes: &[u8], at: u64) -> io::Result<()> {
    std::os::unix::fs::FileExt::write_all_at(file, bytes, at)
}

#[cfg(windows)]
fn write_all_at(file: &File, mut bytes: &[u8], mut at: u64) -> io::Result<()> {
    while !bytes.is_empty() {
        match std::os::windows::fs::FileExt::seek_write(file, bytes, at)? {
            0 => return Err(io::ErrorKind::WriteZero.into()),
            n => {
                at = at.saturating_add(count(n));
                bytes = bytes.get(n..).unwrap_or_default();
            }
        }
    }
    Ok(())
}

/// A sink that takes an image from its first byte to its last: a pipe, a socket, a driver.
///
/// Nothing is read back. The receiver must not use what it got before [`crate::install`] has returned.
#[derive(Debug)]
pub struct Stream<W> {
    to: W,
    at: u64,
}

impl<W: Write> Stream<W> {
    /// A sink for one image.
    pub fn new(to: W) -> Self {
        Stream { to, at: 0 }
    }
}

impl<W: Write> Storage for Stream<W> {
    fn capacity(&self) -> io::Result<u64> {
        Ok(u64::MAX)
    }

    fn read_at(&self, _: u64, _: &mut [u8]) -> io::Result<()> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn write_at(&mut self, at: u64, bytes: &[u8]) -> io::Result<()> {
        if at != self.at {
            return Err(io::Error::other(format!("a stream stands at {}, not at {at}", self.at)));
        }
        self.to.write_all(bytes)?;
        self.at = self.at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        Ok(())
    }

    fn sync(&mut self) -> io::Result<()> {
        self.to.flush()
    }

    fn reads_back(&self) -> bool {
        false
    }
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;
    use std::os::unix::fs::MetadataExt as _;

    #[test]
    fn zeros_after_the_end_take_no_space_and_replace_what_is_there() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("image");
        let image: Vec<u8> = (0..3u8).flat_map(|n| [vec![n + 1; 5000], vec![0; 400_000]].concat()).collect();
        let open = || File::options().read(true).write(true).create(true).truncate(false).open(&path);
        let written = |pieces: usize| {
            let mut storage = FileStorage::growing(open().expect("a file"));
            for (nth, piece) in image.chunks(pieces).enumerate() {
                storage.write_at(count(nth * pieces), piece).expect("room");
            }
            storage.sync().expect("a sound medium");
            let mut there = vec![1; image.len()];
            storage.read_at(0, &mut there).expect("all of it");
            assert!(there == image);
            open().and_then(|file| file.metadata()).expect("metadata")
        };
        for pieces in [1000, 100_000, image.len()] {
            let _ = std::fs::remove_file(&path);
            let metadata = written(pieces);
            assert_eq!(metadata.len(), count(image.len()));
            assert!(pieces < BLOCK || metadata.blocks() * 512 < count(image.len()) / 4, "{pieces}");
        }
        // What another install left is overwritten.
        std::fs::write(&path, vec![7; image.len() / 2]).expect("a file");
        written(100_000);
    }
}
