//! A package that is read from the repository as it is installed: forward, with ranges, resumed where it breaks off.

use crate::transport::{self, Error, Part, Range, Transport};
use alloc::boxed::Box;
use alloc::string::String;
use alloc::vec::Vec;
use pkg_format::Digest;
use pkg_format::repository::{Object, paths};
use pkg_verify::io;

/// What is skipped is read and discarded up to so many bytes: another request would take longer. As much is asked for
/// after a longer skip, since often only a header is read there.
const READ_THROUGH: u64 = 64 << 10;

/// After so many bytes an interruption counts as the first again. Fewer are no progress: whoever breaks off after each
/// byte keeps nobody busy.
const PROGRESS: u64 = 512;

/// How much of a delta is asked for first. Its statements are in there, and the base is compared with them before more
/// comes: an answer that nobody reads meanwhile is cut off, and what was under way is lost.
const DELTA_FRONT: u64 = 16 << 10;

/// A reader over the file of a package. Skipping asks for a later range and transfers nothing, so an installer that was
/// interrupted fetches only what it has not installed. Before an answer is read to its end no other one is asked for.
///
/// Whatever it hands out is verified chunk by chunk: a file that changes between two ranges is refused there.
pub struct Remote<T> {
    transport: T,
    path: String,
    /// The size of the file, where it is known.
    size: Option<u64>,
    /// The first bytes, which came before.
    front: Vec<u8>,
    /// The place of the next byte.
    at: u64,
    body: Option<Box<dyn io::Read>>,
    /// Up to where the next answer goes at most.
    until: Option<u64>,
    /// How often in a row reading broke off, and how many bytes came since.
    tries: u32,
    came: u64,
}

impl<T: Transport> Remote<T> {
    /// The package of an entry.
    pub fn package(transport: T, object: &Object) -> Remote<T> {
        let path = paths::package(&object.package);
        Remote::new(transport, path, Some(object.size))
    }

    fn new(transport: T, path: String, size: Option<u64>) -> Remote<T> {
        let front = Vec::new();
        Remote { transport, path, size, front, at: 0, body: None, until: None, tries: 0, came: 0 }
    }

    /// The same package, whose first bytes were fetched before and are not fetched again.
    #[must_use]
    pub fn after(self, front: Vec<u8>) -> Remote<T> {
        Remote { front, ..self }
    }

    /// The delta that leads from one state to another. No entry names it; it is verified as any package is.
    ///
    /// # Errors
    ///
    /// [`Error::Missing`] where there is none; then the full package is the way.
    pub fn delta(mut transport: T, target_state: &Digest, base_state: &Digest) -> Result<Remote<T>, Error> {
        let path = paths::delta(target_state, base_state);
        let first = Range { first: 0, length: Some(DELTA_FRONT) };
        let Part { mut body, size } = transport::part(&mut transport, &path, first, None)?;
        let front = transport::up_to(&mut *body, &path, DELTA_FRONT)?;
        // A server without ranges sends all of it, and says no size.
        let body = size.is_none().then_some(body);
        Ok(Remote { front, body, ..Remote::new(transport, path, size) })
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
                let most = self.until.map(|until| until.saturating_sub(self.at));
                let length = match (self.left(), most) {
                    (Some(left), Some(most)) => Some(left.min(most)),
                    (left, most) => left.or(most),
                };
                let range = Range { first: self.at, length };
                let part = transport::part(&mut self.transport, &self.path, range, self.size);
                part.map_err(io::Error::new)?.body
            }
        };
        Ok(self.body.insert(body))
    }

    fn forward(&mut self, bytes: u64) {
        self.at = self.at.saturating_add(bytes);
    }

    fn came(&mut self, bytes: u64) {
        self.forward(bytes);
        self.came = self.came.saturating_add(bytes);
        if self.came >= PROGRESS {
            self.tries = 0;
        }
    }

    /// The bytes from here on that came before.
    fn known(&self) -> &[u8] {
        let at = usize::try_from(self.at).unwrap_or(usize::MAX);
        self.front.get(at..).unwrap_or_default()
    }

    /// How many bytes the answer at hand may still have: none where it ends here and the file does not.
    fn room(&mut self) -> usize {
        if self.until.is_some_and(|until| until <= self.at) {
            (self.until, self.body) = (None, None);
        }
        let until = self.until.map(|until| until.saturating_sub(self.at));
        let most = self.left().unwrap_or(u64::MAX).min(until.unwrap_or(u64::MAX));
        usize::try_from(most).unwrap_or(usize::MAX)
    }
}

impl<T: Transport> io::Read for Remote<T> {
    fn read(&mut self, buffer: &mut [u8]) -> Result<usize, io::Error> {
        let known = self.known();
        if !known.is_empty() {
            let read = known.iter().zip(buffer.iter_mut()).map(|(from, to)| *to = *from).count();
            self.forward(u64::try_from(read).unwrap_or(u64::MAX));
            return Ok(read);
        }
        let most = buffer.len().min(self.room());
        let Some(room) = buffer.get_mut(..most).filter(|room| !room.is_empty()) else { return Ok(0) };
        loop {
            let failed = match self.body().and_then(|body| body.read(room)) {
                Ok(0) if self.size.is_none() && self.until.is_none() => return Ok(0),
                Ok(0) => io::Error::new("the answer ends too early"),
                Ok(n) if n <= most => {
                    self.came(u64::try_from(n).unwrap_or(u64::MAX));
                    return Ok(n);
                }
                Ok(_) => return Err(io::Error::new("more bytes than were asked for")),
                Err(error) => error,
            };
            self.tries = self.tries.saturating_add(1);
            (self.body, self.came) = (None, 0);
            if !self.transport.again(self.tries) {
                return Err(failed);
            }
        }
    }

    fn skip(&mut self, bytes: u64) -> Result<(), io::Error> {
        let known = u64::try_from(self.known().len()).unwrap_or(u64::MAX).min(bytes);
        self.forward(known);
        let left = bytes.saturating_sub(known);
        if left == 0 {
            return Ok(());
        }
        let read_through = match &mut self.body {
            Some(body) if left <= READ_THROUGH => body.skip(left).is_ok(),
            _ => false,
        };
        if !read_through {
            // The next read asks for what is there. Where reading through broke off, nothing is lost.
            self.body = None;
            self.until = Some(self.at.saturating_add(left).saturating_add(READ_THROUGH));
        }
        self.forward(left);
        Ok(())
    }
}
