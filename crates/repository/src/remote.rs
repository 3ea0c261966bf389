//! A package that is read from the repository as it is installed: forward, with ranges, resumed where it breaks off.

use crate::transport::{self, Error, Part, Range, Transport};
use alloc::boxed::Box;
use alloc::string::String;
use pkg_format::Digest;
use pkg_format::repository::{Object, paths};
use pkg_verify::io;

/// How often in a row reading is tried again without a byte having come.
const TRIES: u32 = 3;

/// What is skipped is read and discarded up to so many bytes: another request would take longer.
const READ_THROUGH: u64 = 64 << 10;

/// A reader over the file of a package. Skipping asks for a later range and transfers nothing, so an installer that was
/// interrupted fetches only what it has not installed.
///
/// Whatever it hands out is verified chunk by chunk: a file that changes between two ranges is refused there.
pub struct Remote<T> {
    transport: T,
    path: String,
    /// The size of the file, where it is known.
    size: Option<u64>,
    /// The place of the next byte.
    at: u64,
    body: Option<Box<dyn io::Read>>,
}

impl<T: Transport> Remote<T> {
    /// The package of an entry.
    pub fn package(transport: T, object: &Object) -> Remote<T> {
        let path = paths::package(&object.package);
        Remote { transport, path, size: Some(object.size), at: 0, body: None }
    }

    /// The delta that leads from one state to another. No entry names it; it is verified as any package is.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where there is none; then the full package is the way.
    pub fn delta(mut transport: T, target_state: &Digest, base_state: &Digest) -> Result<Remote<T>, Error> {
        let path = paths::delta(target_state, base_state);
        let whole = Range { first: 0, length: None };
        let Part { body, size } = transport::part(&mut transport, &path, whole, None)?;
        Ok(Remote { transport, path, size, at: 0, body: Some(body) })
    }

    /// How many bytes are left, where that is known.
    fn left(&self) -> Option<u64> {
        self.size.map(|size| size.saturating_sub(self.at))
    }

    /// The answer that goes on at the next byte.
    fn body(&mut self) -> Result<&mut Box<dyn io::Read>, io::Error> {
        let body = match self.body.take() {
            Some(body) => body,
            None => {
                let range = Range { first: self.at, length: self.left() };
                let part = transport::part(&mut self.transport, &self.path, range, self.size);
                part.map_err(io::Error::new)?.body
            }
        };
        Ok(self.body.insert(body))
    }

    fn forward(&mut self, bytes: u64) {
        self.at = self.at.saturating_add(bytes);
    }
}

impl<T: Transport> io::Read for Remote<T> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, io::Error> {
        let left = self.left().map_or(usize::MAX, |left| usize::try_from(left).unwrap_or(usize::MAX));
        let most = buffer.len().min(left);
        let Some(room) = buffer.get_mut(..most).filter(|room| !room.is_empty()) else { return Ok(0) };
        let mut failed = io::Error::new("the answer ends too early");
        for _ in 0..TRIES {
            match self.body().and_then(|body| body.read(room)) {
                Ok(0) if self.size.is_none() => return Ok(0),
                Ok(0) => failed = io::Error::new("the answer ends too early"),
                Ok(n) if n <= most => {
                    self.forward(u64::try_from(n).unwrap_or(u64::MAX));
                    return Ok(n);
                }
                Ok(_) => return Err(io::Error::new("more bytes than were asked for")),
                Err(error) => failed = error,
            }
            self.body = None;
        }
        Err(failed)
    }

    fn skip(&mut self, bytes: u64) -> Result<(), io::Error> {
        match &mut self.body {
            Some(body) if bytes <= READ_THROUGH => body.skip(bytes)?,
            _ => self.body = None,
        }
        self.forward(bytes);
        Ok(())
    }
}
