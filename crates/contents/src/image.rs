//! The bytes of an image.

use crate::error::{Error, OrUnread, Result};
use crate::fields::{narrow, wide};
use std::fs::File;
use std::io::{self, Read};
use std::sync::Arc;

/// A source that can be read at any place.
pub trait ReadAt: Send + Sync {
    /// Reads at `offset` into `buffer`; returns how many bytes, none at the end.
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize>;
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

impl ReadAt for Vec<u8> {
    fn read_at(&self, offset: u64, buffer: &mut [u8]) -> io::Result<usize> {
        let rest = usize::try_from(offset).ok().and_then(|at| self.get(at..)).unwrap_or_default();
        (&mut &*rest).read(buffer)
    }
}

/// An image: bytes that can be read at any place. A clone is another handle to the same bytes.
#[derive(Clone)]
pub struct Image {
    source: Arc<dyn ReadAt>,
    size: u64,
}

impl Image {
    /// The image that a source has.
    pub fn new(source: impl ReadAt + 'static, size: u64) -> Image {
        Image { source: Arc::new(source), size }
    }

    /// The image in a regular file.
    pub fn file(file: File) -> io::Result<Image> {
        let size = file.metadata()?.len();
        Ok(Image::new(file, size))
    }

    /// An image in memory.
    pub fn memory(bytes: Vec<u8>) -> Image {
        let size = wide(bytes.len());
        Image::new(bytes, size)
    }

    /// Its size, bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Fills `buffer` from `at` on. What the image does not have stops the reading.
    pub(crate) fn fill(&self, at: u64, buffer: &mut [u8]) -> Result<()> {
        let end = at.checked_add(wide(buffer.len())).filter(|end| *end <= self.size);
        end.or_unread("it points behind its own end")?;
        let (mut at, mut rest) = (at, buffer);
        while !rest.is_empty() {
            let n = match self.source.read_at(at, rest) {
                Ok(0) => return Err(Error::Read(io::ErrorKind::UnexpectedEof.into()).into()),
                Ok(n) => n,
                Err(e) if e.kind() == io::ErrorKind::Interrupted => continue,
                Err(e) => return Err(Error::Read(e).into()),
            };
            at = at.saturating_add(wide(n));
            rest = rest.get_mut(n..).unwrap_or_default();
        }
        Ok(())
    }

    /// `length` bytes from `at` on. The caller has bounded `length`; the image has them, or nothing is
    /// allocated.
    pub(crate) fn bytes(&self, at: u64, length: usize) -> Result<Vec<u8>> {
        let end = at.checked_add(wide(length)).filter(|end| *end <= self.size);
        end.or_unread("it points behind its own end")?;
        let mut bytes = vec![0; length];
        self.fill(at, &mut bytes)?;
        Ok(bytes)
    }

    /// At most `length` bytes from the begin.
    pub(crate) fn head(&self, length: usize) -> Result<Vec<u8>> {
        self.bytes(0, length.min(narrow(self.size)))
    }

    /// Reads from `at` to the end.
    pub(crate) fn from(&self, at: u64) -> Forward<'_> {
        Forward { image: self, at }
    }
}

/// Reads an image forward.
pub(crate) struct Forward<'i> {
    image: &'i Image,
    pub(crate) at: u64,
}

impl Read for Forward<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let n = self.image.source.read_at(self.at, buffer)?;
        self.at = self.at.saturating_add(wide(n));
        Ok(n)
    }
}
