//! Reading at any place, from several threads at once where the source allows it.

use std::fs::File;
use std::io::{self, ErrorKind, Read};

/// A source that can be read at any place.
pub trait ReadAt {
    /// Reads at `offset` into `buffer` and returns how many bytes: none only at the end.
    ///
    /// # Errors
    ///
    /// What the system says.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;

    /// Reads at `offset` until `buffer` is full or the source ends, and returns how many bytes.
    ///
    /// # Errors
    ///
    /// What the system says, [`ErrorKind::Interrupted`] apart: that read is tried again.
    fn fill_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let mut filled = 0usize;
        while let Some(rest) = buffer.get_mut(filled..).filter(|rest| !rest.is_empty()) {
            let room = rest.len();
            let at = offset.saturating_add(u64::try_from(filled).unwrap_or(u64::MAX));
            match self.read_at(at, rest) {
                Ok(0) => break,
                Ok(n) if n <= room => filled = filled.saturating_add(n),
                Ok(_) => return Err(io::Error::other("the source reports more than it was asked for")),
                Err(e) if e.kind() == ErrorKind::Interrupted => {}
                Err(e) => return Err(e),
            }
        }
        Ok(filled)
    }
}

#[cfg(unix)]
impl ReadAt for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::unix::fs::FileExt::read_at(self, buffer, offset)
    }
}

#[cfg(windows)]
impl ReadAt for File {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        std::os::windows::fs::FileExt::seek_read(self, buffer, offset)
    }
}

impl ReadAt for [u8] {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        (&mut &*rest).read(buffer)
    }
}

impl ReadAt for Vec<u8> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        self.as_slice().read_at(offset, buffer)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Gives one byte at a time, and is interrupted before each.
    struct Slow(Vec<u8>, std::cell::Cell<bool>);

    impl ReadAt for Slow {
        fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
            match self.1.replace(!self.1.get()) {
                true => Err(ErrorKind::Interrupted.into()),
                false => self.0.read_at(offset, &mut buffer[..1]),
            }
        }
    }

    #[test]
    fn fills_what_there_is() {
        let source = Slow(b"abcdef".to_vec(), true.into());
        let mut buffer = [0; 4];
        assert_eq!(source.fill_at(1, &mut buffer).unwrap(), 4);
        assert_eq!(&buffer, b"bcde");
        assert_eq!(source.fill_at(4, &mut buffer).unwrap(), 2);
        assert_eq!(source.fill_at(u64::MAX, &mut buffer).unwrap(), 0);
    }
}
