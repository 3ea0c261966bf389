//! Where packages are read from: a trait that needs no standard library, and its error.
//!
//! With the feature `std` everything that is [`std::io::Read`] is [`Read`] too, and [`Seekable`] skips by seeking.

use alloc::boxed::Box;
use core::fmt;

/// How much is read at once: enough for speed, small enough for a device.
pub(crate) const PIECE: usize = if cfg!(feature = "std") { 64 << 10 } else { 1 << 10 };

/// Something that bytes are read from, in order.
///
/// ```
/// use pkg_verify::io::Read;
/// let mut reader = &b"skipped, read"[..];
/// reader.skip(9)?;
/// let mut buffer = [0; 4];
/// assert_eq!((reader.read(&mut buffer)?, &buffer), (4, b"read"));
/// # Ok::<(), pkg_verify::io::Error>(())
/// ```
pub trait Read {
    /// Reads into `buffer` and returns how many bytes: at least one, and none only at the end.
    ///
    /// # Errors
    ///
    /// Whatever keeps the reader from reading. Nothing is then known of the package. What merely has to be tried
    /// again is tried again here.
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error>;

    /// Goes on `bytes` further without handing them out. Where fewer are left, the next read finds the end.
    ///
    /// A reader that can seek overrides this: by default the bytes are read and discarded.
    ///
    /// # Errors
    ///
    /// Like [`Read::read`].
    fn skip(&mut self, bytes: u64) -> Result<(), Error> {
        let mut discarded = alloc::vec![0u8; PIECE.min(usize::try_from(bytes).unwrap_or(PIECE))];
        let mut left = bytes;
        while left > 0 {
            let most = usize::try_from(left).unwrap_or(PIECE).min(PIECE);
            let Some(part) = discarded.get_mut(..most) else { break };
            match self.read(part)? {
                0 => break,
                n if n > most => return Err(Error::new("the reader reports more than it was asked for")),
                n => left = left.saturating_sub(u64::try_from(n).unwrap_or(left)),
            }
        }
        Ok(())
    }
}

/// Why nothing could be read. The same type with and without `std`.
#[derive(Debug)]
pub struct Error(Box<dyn core::error::Error + Send + Sync>);

impl Error {
    /// An error of a reader: another error, or its text.
    pub fn new(cause: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Error {
        Error(cause.into())
    }

    /// The error that the reader gave.
    pub fn get_ref(&self) -> &(dyn core::error::Error + Send + Sync + 'static) {
        &*self.0
    }

    /// The error of a [`std::io::Read`], if it is one.
    #[cfg(feature = "std")]
    pub fn as_std(&self) -> Option<&std::io::Error> {
        self.0.downcast_ref()
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl core::error::Error for Error {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.source()
    }
}

#[cfg(not(feature = "std"))]
impl Read for &[u8] {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let (now, later) = self.split_at(self.len().min(buffer.len()));
        for (to, from) in buffer.iter_mut().zip(now) {
            *to = *from;
        }
        *self = later;
        Ok(now.len())
    }
}

#[cfg(feature = "std")]
pub use with_std::Seekable;

#[cfg(feature = "std")]
mod with_std {
    use super::{Error, Read};
    use std::io::{ErrorKind, Seek, SeekFrom};

    impl From<std::io::Error> for Error {
        fn from(error: std::io::Error) -> Error {
            Error::new(error)
        }
    }

    impl From<Error> for std::io::Error {
        fn from(error: Error) -> std::io::Error {
            match error.0.downcast() {
                Ok(own) => *own,
                Err(other) => std::io::Error::other(other),
            }
        }
    }

    impl<R: std::io::Read + ?Sized> Read for R {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
            loop {
                match std::io::Read::read(self, buffer) {
                    Err(e) if e.kind() == ErrorKind::Interrupted => {}
                    other => return Ok(other?),
                }
            }
        }
    }

    /// A reader that skips by seeking instead of reading, for files.
    ///
    /// ```
    /// use pkg_verify::io::{Read, Seekable};
    /// let mut file = Seekable::new(std::io::Cursor::new(b"skipped, read"));
    /// file.skip(9)?;
    /// let mut buffer = [0; 4];
    /// assert_eq!((file.read(&mut buffer)?, &buffer), (4, b"read"));
    /// # Ok::<(), pkg_verify::io::Error>(())
    /// ```
    #[derive(Debug)]
    pub struct Seekable<R>(R);

    impl<R: std::io::Read + Seek> Seekable<R> {
        /// Reads from where `reader` stands.
        pub fn new(reader: R) -> Self {
            Seekable(reader)
        }
    }

    impl<R: std::io::Read + Seek> Read for Seekable<R> {
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
            Read::read(&mut self.0, buffer)
        }

        fn skip(&mut self, bytes: u64) -> Result<(), Error> {
            let there = self.0.stream_position()?.saturating_add(bytes);
            match self.0.seek(SeekFrom::Start(there))? {
                at if at == there => Ok(()),
                at => Err(Error::new(alloc::format!("seeking to byte {there} went to byte {at}"))),
            }
        }
    }
}
