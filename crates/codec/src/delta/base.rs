//! What a delta starts from, and why it cannot be read.

use alloc::boxed::Box;
use core::fmt;

/// What a delta starts from: bytes that can be read at any place, from several threads.
///
/// With the feature `std`, `?` makes a [`ReadError`] of a [`std::io::Error`], and the other way round.
pub trait Base: Sync {
    /// How many bytes it has.
    fn size(&self) -> u64;

    /// Fills `buffer` with the bytes that begin at `at`.
    ///
    /// # Errors
    /// Whatever keeps it from filling all of it.
    fn read_exact_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError>;
}

impl Base for &[u8] {
    fn size(&self) -> u64 {
        crate::count(self)
    }

    fn read_exact_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
        let from = usize::try_from(at).ok().and_then(|at| self.get(at..));
        let there = from.and_then(|rest| rest.get(..buffer.len()));
        buffer.copy_from_slice(there.ok_or_else(|| ReadError::new("it ends early"))?);
        Ok(())
    }
}

/// Why a base could not be read. The same type with and without `std`.
#[derive(Debug)]
pub struct ReadError(Box<dyn core::error::Error + Send + Sync>);

impl ReadError {
    /// Another error, or its text.
    pub fn new(cause: impl Into<Box<dyn core::error::Error + Send + Sync>>) -> Self {
        Self(cause.into())
    }
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, f)
    }
}

impl core::error::Error for ReadError {
    fn source(&self) -> Option<&(dyn core::error::Error + 'static)> {
        self.0.source()
    }
}

impl From<ReadError> for crate::Error {
    fn from(error: ReadError) -> Self {
        Self::ReadBase { reason: alloc::string::ToString::to_string(&error) }
    }
}

#[cfg(feature = "std")]
impl From<std::io::Error> for ReadError {
    fn from(error: std::io::Error) -> Self {
        Self::new(error)
    }
}

#[cfg(feature = "std")]
impl From<ReadError> for std::io::Error {
    fn from(error: ReadError) -> Self {
        match error.0.downcast() {
            Ok(own) => *own,
            Err(other) => Self::other(other),
        }
    }
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;
    use std::io;

    #[test]
    fn an_error_of_the_system_stays_what_it_is() {
        let error = ReadError::from(io::Error::from(io::ErrorKind::NotFound));
        assert_eq!(io::Error::from(error).kind(), io::ErrorKind::NotFound);
        let error = io::Error::from(ReadError::new("no flash"));
        assert_eq!((error.kind(), error.to_string().as_str()), (io::ErrorKind::Other, "no flash"));
        let base: &dyn Base = &[1u8, 2, 3].as_slice();
        let mut buffer = [0; 2];
        base.read_exact_at(1, &mut buffer).expect("two bytes");
        assert_eq!((buffer, base.size()), ([2, 3], 3));
        for at in [2, 4, u64::MAX] {
            let error = base.read_exact_at(at, &mut buffer).map_err(crate::Error::from);
            assert_eq!(error, Err(crate::Error::ReadBase { reason: "it ends early".into() }), "{at}");
        }
    }
}
