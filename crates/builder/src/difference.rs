//! The delta between two files. It is decoded again before it is kept: one that does not give the new file back is
//! worthless.

use crate::error::{Error, Result};
use crate::package::Part;
use pkg_codec::delta::{self, Base as _, EncodeOptions};
use pkg_codec::{FileBase, Stored};
use pkg_format::Digest;
use pkg_format::delivery::{Chunk, Codec};
use pkg_install::{Decoded, ImagePayload, decode};
use std::fs::File;
use std::io::{self, Read, Seek, Write};
use std::path::Path;
use std::sync::atomic::Ordering;

/// A delta whose stored bytes are at the end of a spool.
pub(crate) struct Difference<'a> {
    pub(crate) chunks: Vec<Chunk>,
    pub(crate) decode_memory: u64,
    pub(crate) stored: Part<&'a File>,
}

/// The spool has no name. Messages call it this.
const SPOOL: &str = "a temporary file";

impl<'a> Difference<'a> {
    /// Makes the delta from `base` to `image`, whose digest is `sha256`, and decodes it again.
    pub(crate) fn make(
        base: &FileBase,
        image: &FileBase,
        sha256: Digest,
        mut spool: &'a File,
        options: &EncodeOptions<'_>,
    ) -> Result<Self> {
        let at = spool.stream_position().map_err(|e| Error::file("write", SPOOL, e))?;
        let (mut chunks, mut size, mut full) = (Vec::new(), 0u64, None);
        let made = delta::encode(base, image, options, &mut |image_bytes, stored| {
            let stored_bytes = u64::try_from(stored.len()).unwrap_or(u64::MAX);
            chunks.push(Chunk { image_bytes, stored_bytes, sha256: Digest(pkg_sha256::digest(stored)) });
            size = size.saturating_add(stored_bytes);
            // The encoder reports only that writing failed; the reason is kept here.
            spool.write_all(stored).map_err(|e| io::Error::other(full.get_or_insert(e).to_string()))
        });
        if let Some(error) = full {
            return Err(Error::file("write", SPOOL, error));
        }
        let decode_memory = made.map_err(|error| match error {
            pkg_codec::Error::Interrupted => Error::Interrupted,
            error => Error::Codec(error),
        })?;
        let difference = Difference { chunks, decode_memory, stored: Part { file: spool, at, size } };
        difference.try_out(base, image.size(), sha256, options)?;
        Ok(difference)
    }

    /// Decodes the delta as a device does, and compares the result with the image.
    fn try_out(&self, base: &FileBase, size: u64, sha256: Digest, options: &EncodeOptions<'_>) -> Result<()> {
        let image = ImagePayload {
            name: "the image",
            codec: Codec::Delta1,
            base: Some((base, Path::new("the base"))),
            chunks: &self.chunks,
            decode_memory: self.decode_memory,
            size,
            sha256,
        };
        let interrupted = || options.interrupted.load(Ordering::Relaxed);
        let spool = |error| pkg_install::Error::ReadPatch { path: SPOOL.into(), error };
        let (mut chunks, mut stored) = (self.chunks.iter(), self.stored);
        let mut source = || {
            if interrupted() {
                return Err(spool(io::ErrorKind::Interrupted.into()));
            }
            let Some(chunk) = chunks.next() else { return Ok(None) };
            let mut bytes = Vec::new();
            stored.by_ref().take(chunk.stored_bytes).read_to_end(&mut bytes).map_err(spool)?;
            Ok(Some(Stored { image_bytes: chunk.image_bytes, bytes }))
        };
        decode(&image, Decoded::default(), options.jobs, &mut source, &mut |_| Ok(())).map_err(|e| match e {
            _ if interrupted() => Error::Interrupted,
            pkg_install::Error::ReadPatch { path, error } | pkg_install::Error::ReadBase { path, error } => {
                Error::file("read", path, error)
            }
            _ => Error::Changed,
        })
    }
}
