//! What is sent: a part of a file, whose last piece leaves only if all of it has the digest that was signed for.

use crate::store::{Content, Reader};
use pkg_format::Digest;
use pkg_sha256::Hasher;
use std::io::{self, Read};

/// A part of a content.
pub(super) struct Part<'a> {
    reader: Reader<'a>,
    left: u64,
    hasher: Option<Hasher>,
    expected: Digest,
    /// Why reading failed: sending it again does not help.
    pub(super) failed: Option<io::Error>,
}

impl<'a> Part<'a> {
    /// So many bytes from a place on. Once they are read, they must have this digest.
    pub(super) fn new(content: &'a Content<'a>, at: u64, length: u64, expected: Digest) -> Part<'a> {
        let reader = Reader { content, at };
        Part { reader, left: length, hasher: Some(Hasher::new()), expected, failed: None }
    }

    fn next(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let most = usize::try_from(self.left).unwrap_or(usize::MAX).min(buffer.len());
        let Some(room) = buffer.get_mut(..most).filter(|room| !room.is_empty()) else { return Ok(0) };
        let read = self.reader.read(room)?;
        if read == 0 {
            return Err(changed());
        }
        if let (Some(hasher), Some(new)) = (&mut self.hasher, room.get(..read)) {
            hasher.update(new);
        }
        self.left = self.left.saturating_sub(u64::try_from(read).unwrap_or(u64::MAX));
        if self.left == 0
            && let Some(hasher) = self.hasher.take()
            && hasher.finish() != self.expected.0
        {
            return Err(changed());
        }
        Ok(read)
    }
}

fn changed() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "the file changed while it was sent")
}

impl Read for Part<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.next(buffer).inspect_err(|error| {
            self.failed = Some(io::Error::new(error.kind(), error.to_string()));
        })
    }
}

/// The digest of a part, and the hash of the whole with it.
pub(super) fn digest(content: &Content<'_>, at: u64, length: u64, whole: &mut Hasher) -> io::Result<Digest> {
    let (mut reader, mut hasher, mut piece) =
        (Reader { content, at }.take(length), Hasher::new(), vec![0; 64 << 10]);
    loop {
        let read = reader.read(&mut piece)?;
        let Some(new) = piece.get(..read).filter(|new| !new.is_empty()) else {
            return Ok(Digest(hasher.finish()));
        };
        hasher.update(new);
        whole.update(new);
    }
}

/// What a whole content must have as its digest.
pub(super) fn expected(content: &Content<'_>) -> Digest {
    match content {
        Content::Bytes(bytes) => Digest::of(bytes),
        Content::File(_, digest) => *digest,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(mut part: Part<'_>) -> (Vec<u8>, bool) {
        let mut bytes = Vec::new();
        let mut piece = [0; 4];
        while let Ok(n @ 1..) = part.read(&mut piece) {
            bytes.extend_from_slice(&piece[..n]);
        }
        (bytes, part.failed.is_some())
    }

    #[test]
    fn the_last_piece_stays_where_the_digest_differs() {
        let content = Content::Bytes(b"0123456789");
        assert_eq!(read(Part::new(&content, 2, 6, Digest::of(b"234567"))), (b"234567".to_vec(), false));
        assert_eq!(read(Part::new(&content, 2, 6, Digest::of(b"other"))), (b"2345".to_vec(), true));
        // A file that became shorter.
        assert_eq!(read(Part::new(&content, 2, 20, Digest::of(b"234567"))), (b"23456789".to_vec(), true));
        assert_eq!(read(Part::new(&content, 0, 0, Digest::of(b""))), (Vec::new(), false));
        let mut whole = Hasher::new();
        assert_eq!(digest(&content, 0, 4, &mut whole).unwrap(), Digest::of(b"0123"));
        assert_eq!(digest(&content, 4, 6, &mut whole).unwrap(), Digest::of(b"456789"));
        assert_eq!(whole.finish(), Digest::of(b"0123456789").0);
    }
}
