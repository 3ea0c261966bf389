//! A base that is a file or a block device.

use crate::delta::{Base, ReadError};
use std::fs::File;
use std::io::{self, Seek, SeekFrom};

/// An open file whose length was taken once. It is read at offsets, so that threads can share it, independent of the
/// file's own position.
#[derive(Debug)]
pub struct FileBase {
    file: File,
    size: u64,
}

impl FileBase {
    /// Takes the length by seeking to the end, which works for block devices too.
    ///
    /// # Errors
    /// What the system says; a pipe cannot be read at offsets.
    pub fn new(mut file: File) -> io::Result<Self> {
        let size = file.seek(SeekFrom::End(0))?;
        Ok(Self { file, size })
    }

    /// The same file as if it ended after `size` bytes: an image at the start of a partition.
    #[must_use]
    pub fn cut(self, size: u64) -> Self {
        Self { size: self.size.min(size), ..self }
    }

    /// Passes all of it, in order, to `piece`.
    ///
    /// # Errors
    /// What the system says, also if the file has become shorter; or what `piece` says.
    pub fn read(&self, piece: &mut dyn FnMut(&[u8]) -> io::Result<()>) -> io::Result<()> {
        let mut buffer = vec![0; PIECE];
        let mut at = 0u64;
        while at < self.size {
            let left = usize::try_from(self.size.saturating_sub(at)).unwrap_or(PIECE);
            let (part, _) = buffer.split_at_mut(left.min(PIECE));
            self.read_exact_at(at, part)?;
            piece(part)?;
            at = at.saturating_add(crate::count(part));
        }
        Ok(())
    }
}

/// Large enough that reading costs nothing compared with hashing, small enough for a cache.
const PIECE: usize = 256 << 10;

impl Base for FileBase {
    fn size(&self) -> u64 {
        self.size
    }

    #[cfg(unix)]
    fn read_exact_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        Ok(std::os::unix::fs::FileExt::read_exact_at(&self.file, buffer, at)?)
    }

    #[cfg(windows)]
    fn read_exact_at(&self, mut at: u64, mut buffer: &mut [u8]) -> Result<(), ReadError> {
        while !buffer.is_empty() {
            match std::os::windows::fs::FileExt::seek_read(&self.file, buffer, at)? {
                0 => return Err(io::Error::from(io::ErrorKind::UnexpectedEof).into()),
                n => {
                    at = at.saturating_add(u64::try_from(n).unwrap_or(u64::MAX));
                    buffer = buffer.get_mut(n..).unwrap_or_default();
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    #[test]
    fn a_file_is_read_at_places_up_to_its_end() {
        let path = std::env::temp_dir().join(format!("pkg-codec-file-{}", std::process::id()));
        let bytes: Vec<u8> = (0..600_000u32).map(|n| (n % 251) as u8).collect();
        let mut file =
            File::options().read(true).write(true).create(true).truncate(true).open(&path).unwrap();
        std::fs::remove_file(&path).unwrap();
        file.write_all(&bytes).unwrap();
        let base = FileBase::new(file).unwrap();
        let all = |base: &FileBase| {
            let mut all = Vec::new();
            base.read(&mut |piece| {
                all.extend_from_slice(piece);
                Ok(())
            })
            .unwrap();
            all
        };
        assert!(base.size() == 600_000 && all(&base) == bytes);
        let mut some = [0; 3];
        base.read_exact_at(599_997, &mut some).unwrap();
        assert_eq!(some, bytes[599_997..]);
        assert!(base.read_exact_at(599_998, &mut some).is_err());
        let base = base.cut(300_001);
        assert!(base.size() == 300_001 && all(&base) == bytes[..300_001]);
    }
}
