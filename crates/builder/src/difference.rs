//! The delta between two files: made, then tried, since what does not give the new file again is
//! worth nothing.

use crate::error::{Error, Result};
use crate::package::Part;
use pkg_codec::delta::{self, Base as _, Map, Sizes};
use pkg_codec::{Fault, FileBase, Recipe, Stored, decode_payload};
use pkg_format::Digest;
use pkg_format::delivery::{Chunk, largest};
use pkg_sha256::Hasher;
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};

/// How a difference is made.
#[derive(Clone, Copy)]
pub struct Effort<'a> {
    /// Worker threads.
    pub jobs: NonZeroUsize,
    /// Bytes of memory that it may take.
    pub memory: u64,
    /// Set from outside to stop; nothing is left behind.
    pub interrupted: &'a AtomicBool,
    /// Called with the image bytes that were finished since the call before.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

/// A delta whose stored bytes are at the end of a spool.
pub(crate) struct Difference<'a> {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) decode_memory: u64,
    pub(crate) stored: Part<'a>,
}

/// What is called in a message about the spool: it has no name.
const SPOOL: &str = "a temporary file";

impl<'a> Difference<'a> {
    /// Makes the delta from `base` to `image`, whose digest is `sha256`, and decodes it again.
    pub(crate) fn make(
        base: &FileBase,
        image: &FileBase,
        sha256: Digest,
        mut spool: &'a File,
        effort: &Effort<'_>,
    ) -> Result<Self> {
        let at = spool.stream_position().map_err(|e| Error::file("write", SPOOL, e))?;
        let (mut chunks, mut size, mut full) = (Vec::new(), 0u64, None);
        let options = delta::Options {
            jobs: effort.jobs,
            memory: effort.memory,
            interrupted: effort.interrupted,
            progress: effort.progress,
        };
        let made = delta::encode(base, image, &options, &mut |image_bytes, stored| {
            let stored_bytes = u64::try_from(stored.len()).unwrap_or(u64::MAX);
            chunks.push(Chunk { image_bytes, stored_bytes, sha256: Digest(pkg_sha256::digest(stored)) });
            size = size.saturating_add(stored_bytes);
            // The encoder tells only that writing failed; why, is kept here.
            spool.write_all(stored).map_err(|e| io::Error::other(full.get_or_insert(e).to_string()))
        });
        if let Some(error) = full {
            return Err(Error::file("write", SPOOL, error));
        }
        let difference = Difference {
            chunks,
            decode_memory: made.map_err(failed)?,
            stored: Part { file: spool, at, size },
        };
        difference.decoded(base, image.size(), effort, sha256)?;
        Ok(difference)
    }

    /// Decodes the delta as a device does, and compares what comes out.
    fn decoded(&self, base: &FileBase, size: u64, effort: &Effort<'_>, sha256: Digest) -> Result<()> {
        let mut chunks = self.chunks.iter();
        let mut stored = self.stored;
        let mut next = || -> Result<Option<Stored>> {
            if effort.interrupted.load(Ordering::Relaxed) {
                return Err(Error::Interrupted);
            }
            let Some(chunk) = chunks.next() else { return Ok(None) };
            let mut bytes = Vec::new();
            let read = stored.by_ref().take(chunk.stored_bytes).read_to_end(&mut bytes);
            read.map_err(|e| Error::file("read", SPOOL, e))?;
            Ok(Some(Stored { image_bytes: chunk.image_bytes, bytes }))
        };
        let preamble = next()?.unwrap_or_default();
        let (image_bytes, stored_bytes) = largest(&self.chunks);
        let sizes = Sizes { image_bytes, stored_bytes, preamble: preamble.bytes.len() as u64 };
        let left = sizes.left_for_map(self.decode_memory);
        let map = Map::decode(&preamble.bytes, base.size(), size, left).map_err(failed)?;
        let mut hash = Hasher::new();
        let recipe =
            Recipe::Delta { map: &map, base, memory: sizes.left_for_chunk(self.decode_memory, &map) };
        let decoded = decode_payload(recipe, effort.jobs, &mut next, &mut |bytes| {
            hash.update(bytes);
            Ok(())
        });
        match decoded {
            Err(Fault::Caller(error)) => Err(error),
            Err(Fault::Codec(error)) => Err(failed(error)),
            Ok(()) if Digest(hash.finish()) == sha256 => Ok(()),
            Ok(()) => Err(Error::Changed),
        }
    }
}

/// What the codec says.
fn failed(error: pkg_codec::Error) -> Error {
    match error {
        pkg_codec::Error::Interrupted => Error::Interrupted,
        error => Error::Codec(error),
    }
}

/// The digest of all of a file.
pub(crate) fn digest(file: &FileBase, path: &Path, interrupted: &AtomicBool) -> Result<Digest> {
    let mut hash = Hasher::new();
    let read = file.read(&mut |piece| {
        hash.update(piece);
        match interrupted.load(Ordering::Relaxed) {
            true => Err(io::ErrorKind::Interrupted.into()),
            false => Ok(()),
        }
    });
    match read {
        Ok(()) => Ok(Digest(hash.finish())),
        Err(_) if interrupted.load(Ordering::Relaxed) => Err(Error::Interrupted),
        Err(error) => Err(Error::file("read", path, error)),
    }
}

/// A copy of a file that nobody else can write, and its digest: what is looked at is what the digest is of,
/// whoever writes the file meanwhile.
pub(crate) fn private(
    file: &FileBase,
    path: &Path,
    options: &crate::build::Options<'_>,
) -> Result<(FileBase, Digest)> {
    let written = |e| Error::file("write a file in", options.out, e);
    let mut copy = tempfile::tempfile_in(options.out).map_err(written)?;
    let (mut hash, mut failed) = (Hasher::new(), None);
    let read = file.read(&mut |piece| {
        hash.update(piece);
        if options.interrupted.load(Ordering::Relaxed) {
            return Err(io::ErrorKind::Interrupted.into());
        }
        copy.write_all(piece).map_err(|e| io::Error::other(failed.get_or_insert(e).to_string()))
    });
    match (read, failed) {
        (_, Some(error)) => Err(written(error)),
        (Err(_), None) if options.interrupted.load(Ordering::Relaxed) => Err(Error::Interrupted),
        (Err(error), None) => Err(Error::file("read", path, error)),
        (Ok(()), None) => Ok((FileBase::new(copy).map_err(written)?, Digest(hash.finish()))),
    }
}
