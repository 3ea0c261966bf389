//! The bytes of an image.

use crate::error::{Error, OrUnread, Result};
use crate::fields::{narrow, wide};
use crate::spans::Spans;
use pkg_files::ReadAt;
use std::fs::File;
use std::io::{self, Read};
use std::sync::{Arc, Mutex, PoisonError};

/// An image: bytes that can be read at any place. A clone is another handle to the same bytes.
#[derive(Clone)]
pub struct Image {
    source: Arc<dyn ReadAt + Send + Sync>,
    /// Where it begins in its source.
    start: u64,
    size: u64,
    /// Which of its bytes a reader has read, where that is asked for.
    read: Option<Arc<Mutex<Spans>>>,
}

impl Image {
    /// The image that a source has.
    pub fn new(source: impl ReadAt + Send + Sync + 'static, size: u64) -> Image {
        Image { source: Arc::new(source), start: 0, size, read: None }
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

    /// A part of it, as an image of its own: none where it has no such part.
    pub(crate) fn part(&self, at: u64, size: u64) -> Option<Image> {
        at.checked_add(size).filter(|end| *end <= self.size)?;
        let start = self.start.checked_add(at)?;
        Some(Image { source: Arc::clone(&self.source), start, size, read: None })
    }

    /// The same image, which now remembers what of it is read: what nobody has read at the end was
    /// compared with nothing.
    pub(crate) fn tracked(&self) -> Image {
        Image { read: Some(Arc::default()), ..self.clone() }
    }

    /// The same image, read without being counted: what is read to be held against something else.
    pub(crate) fn untracked(&self) -> Image {
        Image { read: None, ..self.clone() }
    }

    /// Counts a stretch as read.
    pub(crate) fn mark(&self, at: u64, size: u64) -> Result<()> {
        let Some(read) = &self.read else { return Ok(()) };
        let end = at.saturating_add(size).min(self.size);
        let kept = read.lock().unwrap_or_else(PoisonError::into_inner).add(at, end);
        kept.then_some(()).or_unread("it consists of too many fragments")
    }

    /// The stretches that nobody has read: where each begins and ends.
    pub(crate) fn unread(&self) -> Vec<(u64, u64)> {
        let read = self.read.as_ref().map(|read| read.lock().unwrap_or_else(PoisonError::into_inner));
        read.map(|mut read| read.gaps(self.size)).unwrap_or_default()
    }

    /// Its size, bytes.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Fills `buffer` from `at` on. What the image does not have stops the reading.
    pub(crate) fn fill(&self, at: u64, buffer: &mut [u8]) -> Result<()> {
        let end = at.checked_add(wide(buffer.len())).filter(|end| *end <= self.size);
        end.or_unread("an offset points past the end")?;
        self.mark(at, wide(buffer.len()))?;
        let length = buffer.len();
        match self.source.fill_at(self.start.saturating_add(at), buffer) {
            Ok(n) if n == length => Ok(()),
            Ok(_) => Err(Error::Read(io::ErrorKind::UnexpectedEof.into()).into()),
            Err(e) => Err(Error::Read(e).into()),
        }
    }

    /// `length` bytes from `at` on. The caller has bounded `length`; the image has them, or nothing is
    /// allocated.
    pub(crate) fn bytes(&self, at: u64, length: usize) -> Result<Vec<u8>> {
        let end = at.checked_add(wide(length)).filter(|end| *end <= self.size);
        end.or_unread("an offset points past the end")?;
        let mut bytes = vec![0; length];
        self.fill(at, &mut bytes)?;
        Ok(bytes)
    }

    /// At most `length` bytes from the start.
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
        let left = narrow(self.image.size.saturating_sub(self.at)).min(buffer.len());
        let buffer = buffer.get_mut(..left).unwrap_or_default();
        let n = self.image.source.read_at(self.image.start.saturating_add(self.at), buffer)?;
        self.at = self.at.saturating_add(wide(n));
        Ok(n)
    }
}
