//! Payload codecs: encoders and decoders. This crate knows only bytes, and nothing about packages.
//!
//! An image is stored as *chunks*. Each chunk is encoded on its own, so that a client can check a chunk's digest before
//! it decodes it, decode chunks in parallel, and resume between two of them. It needs memory for one chunk, never for
//! the image.
//!
//! * [`zstd::Encoder`] and [`zstd::Decoder`] turn image bytes into stored bytes and back. Make one per worker thread and
//!   use it for every chunk: the result depends on the chunk alone, never on the chunks before it.
//! * [`decode_payload`] decodes all chunks of a payload on several threads, by a [`Recipe`]: a codec, or a base and the
//!   map to it.
//! * Decoding is total: any stored bytes give exactly the announced number of image bytes or an [`Error`], and take no
//!   more memory than [`Codec::decode_memory`] says.
//!
#![cfg_attr(feature = "std", doc = "```")]
#![cfg_attr(not(feature = "std"), doc = "```ignore")]
//! use pkg_codec::zstd::{Decoder, Encoder};
//!
//! let image = b"the finished bytes a component runs ".repeat(1000);
//!
//! let mut encoder = Encoder::new(9)?;
//! let mut stored = Vec::new();
//! encoder.encode(&image, &mut stored)?;
//! assert!(stored.len() < image.len());
//!
//! // The receiver learns the length from a signed statement, not from the bytes.
//! let mut decoder = Decoder::new()?;
//! let mut decoded = Vec::new();
//! decoder.decode(&stored, 36_000, &mut decoded)?;
//! assert_eq!(decoded, image);
//! # Ok::<(), pkg_codec::Error>(())
//! ```
//!
//! # Features
//!
//! Without any it is `no_std` and needs `alloc`. It then has [`delta::Decoder`] with what belongs to it, and [`raw`].
//!
//! * `std` adds everything else: the encoders, the codec `zstd`, whole payloads on several threads, and bases that are
//!   files. It also decodes [compressed fresh bytes](Error::CompressedFrame) in deltas.
#![cfg_attr(not(any(feature = "std", test)), no_std)]
#![cfg_attr(
    not(feature = "std"),
    allow(dead_code, reason = "the encoder and what decides for it share their files with the decoder")
)]
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

extern crate alloc;

pub mod delta;
mod error;
#[cfg(feature = "std")]
mod file;
mod frame;
#[cfg(feature = "std")]
mod payload;
pub mod raw;
#[cfg(feature = "std")]
pub mod zstd;

pub use error::Error;
#[cfg(feature = "std")]
pub use file::FileBase;
#[cfg(feature = "std")]
pub use payload::{Fault, Recipe, Stored, decode_payload};

use alloc::vec::Vec;

/// How the chunks of one payload are stored.
#[cfg(feature = "std")]
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Codec {
    /// Stored bytes are the image bytes.
    Raw,
    /// Each chunk is one Zstandard frame (RFC 8878) under the rules of [`zstd`].
    Zstd,
}

#[cfg(feature = "std")]
impl Codec {
    /// Bytes of memory one decoder needs, with the buffers around it, to decode any chunk
    /// of a payload whose largest chunk is `image_bytes` long decoded and `stored_bytes` stored
    /// (two maxima: they need not belong to the same chunk).
    ///
    /// This counts the stored chunk, which is held whole because its digest is checked first, the decoded chunk, and
    /// the context. A client with `n` workers needs `n` times this. Saturates.
    #[must_use]
    pub fn decode_memory(self, image_bytes: u64, stored_bytes: u64) -> u64 {
        let context = match self {
            Self::Raw => 0,
            Self::Zstd => zstd::DECODER_CONTEXT_BYTES,
        };
        image_bytes.saturating_add(stored_bytes).saturating_add(context)
    }
}

/// How many bytes those are, in the type in which deliveries and errors count them.
fn count(bytes: &[u8]) -> u64 {
    // No machine addresses more than 2^64 bytes.
    u64::try_from(bytes.len()).unwrap_or(u64::MAX)
}

/// Makes room for `length` bytes. Room that is too small is let go of first, with what is in it: both at once would be
/// more memory than is declared.
fn make_room(out: &mut Vec<u8>, length: usize) -> Result<(), Error> {
    if out.capacity() < length {
        *out = Vec::new();
    }
    let more = length.saturating_sub(out.len());
    out.try_reserve_exact(more)
        .map_err(|_| Error::Memory { bytes: u64::try_from(length).unwrap_or(u64::MAX) })
}

/// Makes `out` that long, without the spare capacity that `Vec` would otherwise add.
fn resize(out: &mut Vec<u8>, bytes: u64) -> Result<(), Error> {
    let length = usize::try_from(bytes).map_err(|_| Error::Memory { bytes })?;
    make_room(out, length)?;
    out.resize(length, 0);
    Ok(())
}

#[cfg(all(test, feature = "std"))]
mod tests {
    use super::*;

    #[test]
    fn memory_is_both_buffers_and_the_context() {
        assert_eq!(Codec::Raw.decode_memory(1000, 1000), 2000);
        assert_eq!(Codec::Zstd.decode_memory(16 << 20, 5 << 20), (21 << 20) + zstd::DECODER_CONTEXT_BYTES);
        assert_eq!(Codec::Zstd.decode_memory(u64::MAX, u64::MAX), u64::MAX);
    }
}
