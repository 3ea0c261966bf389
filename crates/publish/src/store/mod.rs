//! Stores: where the files of a repository are kept, and the three ways to write one.

mod folder;
#[cfg(feature = "s3")]
mod s3;

pub use folder::FolderStore;
#[cfg(feature = "s3")]
pub use s3::{PART, S3Credentials, S3Error, S3Place, S3Settings, S3Store};

use pkg_files::ReadAt as _;
use pkg_format::Digest;
use pkg_repository::Transport;
use pkg_sha256::Hasher;
use std::fs::File;
use std::io;

/// A store that can be written. Everything but the file `head` of each log is created once and never written again.
pub trait Store: Transport {
    /// Creates a file, if nothing has the path. Of several that do this at once, one succeeds. The file survives a
    /// power cut when this returns.
    ///
    /// # Errors
    ///
    /// What keeps the store from writing. Nothing, or the whole file, is there then.
    fn create(&mut self, path: &str, content: &Content<'_>) -> io::Result<Created>;

    /// Writes a small file, in place of the one that has the path.
    ///
    /// # Errors
    ///
    /// What keeps the store from writing. The old file, or the new one, is there then.
    fn replace(&mut self, path: &str, bytes: &[u8]) -> io::Result<()>;

    /// Whether this store was not seen yet to refuse to create a file that is there. Somebody else made it, and may have
    /// left that out; then the second of two publishers would overwrite the first.
    fn needs_proof(&self) -> bool {
        false
    }

    /// Where it is, for messages.
    fn name(&self) -> String;
}

/// What became of a file that was to be created.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Created {
    /// It is new.
    New,
    /// A file has the path already; it was not touched.
    There,
}

/// The content of a new file.
#[derive(Debug)]
pub enum Content<'a> {
    /// In memory.
    Bytes(&'a [u8]),
    /// In a file, from its start to its end, with this digest. A store refuses to create it with another.
    File(&'a File, Digest),
}

impl Content<'_> {
    /// How many bytes it has.
    ///
    /// # Errors
    ///
    /// The file cannot be examined.
    pub fn size(&self) -> io::Result<u64> {
        match self {
            Content::Bytes(bytes) => Ok(u64::try_from(bytes.len()).unwrap_or(u64::MAX)),
            Content::File(file, _) => Ok(file.metadata()?.len()),
        }
    }

    /// Copies it, and compares it with the digest that it should have.
    ///
    /// # Errors
    ///
    /// The file changed, or one of the two cannot be read or written.
    pub(crate) fn copy(&self, to: &mut impl io::Write) -> io::Result<()> {
        let (mut reader, mut hasher, mut piece) = (self.reader(), Hasher::new(), vec![0; 64 << 10]);
        loop {
            let read = io::Read::read(&mut reader, &mut piece)?;
            let Some(new) = piece.get(..read).filter(|new| !new.is_empty()) else { break };
            hasher.update(new);
            to.write_all(new)?;
        }
        match self {
            Content::File(_, digest) if hasher.finish() != digest.0 => {
                Err(io::Error::new(io::ErrorKind::InvalidData, "the file changed while it was copied"))
            }
            _ => Ok(()),
        }
    }

    /// Reads it from its start. Several may read it at once.
    pub fn reader(&self) -> Reader<'_> {
        Reader { content: self, at: 0 }
    }
}

/// Reads a [`Content`].
#[derive(Debug)]
pub struct Reader<'a> {
    content: &'a Content<'a>,
    at: u64,
}

impl io::Read for Reader<'_> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match self.content {
            Content::File(file, _) => file.read_at(self.at, buffer)?,
            Content::Bytes(bytes) => {
                let at = usize::try_from(self.at).unwrap_or(usize::MAX);
                io::Read::read(&mut bytes.get(at..).unwrap_or_default(), buffer)?
            }
        };
        self.at = self.at.saturating_add(u64::try_from(read).unwrap_or(u64::MAX));
        Ok(read)
    }
}
