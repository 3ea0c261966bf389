//! A reader that gives no more than it may.

use core::cell::Cell;
use pkg_verify::io::{Error, Read};

/// A reader with a bound that can be lifted while it is in use.
pub(crate) struct Bounded<'b, R> {
    reader: R,
    bound: &'b Cell<u64>,
}

impl<'b, R> Bounded<'b, R> {
    /// Gives `bound` bytes of `reader`, then fails.
    pub(crate) fn new(reader: R, bound: &'b Cell<u64>) -> Self {
        Bounded { reader, bound }
    }
}

impl<R: Read> Read for Bounded<'_, R> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let read = self.reader.read(buffer)?;
        let left = self.bound.get().checked_sub(read as u64);
        self.bound.set(left.ok_or(Error::new("statements larger than this device takes"))?);
        Ok(read)
    }
}
