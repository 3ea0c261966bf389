//! Where packages are read from: `std::io` where there is a standard library, and the little of it
//! that verification needs where there is none.

#[cfg(feature = "std")]
pub use std::io::{Error, Read};

/// A failure to read that is not the reader's own.
#[cfg(feature = "std")]
pub(crate) fn failed(why: &'static str) -> Error {
    Error::other(why)
}

/// Whether reading may simply be tried again.
#[cfg(feature = "std")]
pub(crate) fn again(error: &Error) -> bool {
    error.kind() == std::io::ErrorKind::Interrupted
}

#[cfg(not(feature = "std"))]
pub use bare::{Error, Read};

#[cfg(not(feature = "std"))]
pub(crate) use bare::{again, failed};

#[cfg(not(feature = "std"))]
mod bare {
    use core::fmt;

    /// Something that bytes are read from, in order.
    pub trait Read {
        /// Reads into `buffer`; returns how many bytes, none at the end.
        ///
        /// # Errors
        ///
        /// Whatever keeps the reader from reading. Nothing is then known of the package.
        fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error>;
    }

    /// Why nothing could be read.
    #[derive(Debug)]
    pub struct Error(&'static str);

    impl Error {
        /// A failure, in a few words.
        pub const fn new(why: &'static str) -> Error {
            Error(why)
        }
    }

    impl fmt::Display for Error {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str(self.0)
        }
    }

    impl core::error::Error for Error {}

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

    pub(crate) fn failed(why: &'static str) -> Error {
        Error(why)
    }

    pub(crate) fn again(_: &Error) -> bool {
        false
    }
}
