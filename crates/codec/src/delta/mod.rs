//! The codec `delta-1`: an image as the difference to its base (SPEC 6.6).
//!
//! A delta is a *preamble*, which holds the [`Map`] of what is like what, and chunks, each of which
//! decodes on its own, given the map and the base. The decoder reads the base at any place, writes
//! the image strictly forward, and needs memory for one chunk, the map and its tables.
//!
#![cfg_attr(feature = "std", doc = "```")]
#![cfg_attr(not(feature = "std"), doc = "```ignore")]
//! use pkg_codec::delta::{Decoder, EncodeOptions, Map, encode};
//!
//! let base = b"the bytes that run on the device today; ".repeat(500);
//! let mut image = base.clone();
//! image[7000..7005].copy_from_slice(b"fixed");
//!
//! let mut stored = Vec::new();
//! let memory = encode(&base.as_slice(), &image.as_slice(), &EncodeOptions::default(), &mut |image_bytes, bytes| {
//!     stored.push((image_bytes, bytes.to_vec()));
//!     Ok(())
//! })?;
//!
//! let [(0, preamble), (20_000, chunk)] = stored.as_slice() else { panic!("a preamble and one chunk") };
//! assert!(preamble.len() + chunk.len() < 40);
//! let map = Map::decode(preamble, &base.as_slice(), 20_000, memory)?;
//! let mut decoded = Vec::new();
//! Decoder::new(memory).decode(&map, &base.as_slice(), 0, chunk, 20_000, &mut decoded)?;
//! assert_eq!(decoded, image);
//! # Ok::<(), pkg_codec::Error>(())
//! ```

mod base;
mod bill;
mod chunk;
mod coder;
mod copied;
mod doubts;
mod framed;
mod fresh;
mod gate;
mod held;
mod inverse;
mod layout;
mod learned;
mod machine;
#[cfg(feature = "std")]
mod make;
mod map;
mod meter;
mod model;
mod number;
mod predict;
mod rows;
mod space;
mod stretch;
mod symbols;
mod tables;
#[cfg(all(test, feature = "std"))]
mod tests;

pub use base::{Base, ReadError};
#[cfg(feature = "std")]
pub use make::{Effort, EncodeOptions, Sink, encode};
pub use map::Map;
pub use meter::{Costs, Metered, RegionCost, Spent};
pub use stretch::Stretch;

use crate::Error;
use alloc::vec::Vec;

/// What a layout is made of, for those who write preambles by hand: tests and vectors.
#[doc(hidden)]
pub mod parts {
    pub use super::layout::{Column, Kind, Layout, Mode, Region, Trust};
    pub use super::machine::{Machine, Order};
    pub use super::space::{Piece, Space};

    use alloc::vec::Vec;

    /// The memory that decoding takes, the preamble, and the chunks.
    pub type Encoded = (u64, Vec<u8>, Vec<Vec<u8>>);
}

/// The delta of such stretches and such a layout, with chunks of so many bytes of the image: the memory that decoding
/// takes, the preamble, and the chunks.
///
/// # Errors
/// [`Error::ReadBase`], [`Error::Encode`].
#[cfg(feature = "std")]
#[doc(hidden)]
pub fn encode_parts(
    base: &[u8],
    image: &[u8],
    (stretches, layout, halved): (&[Stretch], parts::Layout, u32),
    chunk: usize,
) -> Result<parts::Encoded, Error> {
    let map = Map::new(stretches.iter().copied(), layout, halved);
    let (preamble, map) = map.encode(&base, &image)?;
    let (mut chunks, mut stored, mut at) = (chunk::Chunks::new(halved), Vec::new(), 0u64);
    let len = crate::count(&preamble);
    let mut sizes = Sizes { image_bytes: 0, stored_bytes: len, preamble: len };
    for part in image.chunks(chunk.max(1)) {
        let (bytes, besides) = chunks.encode(&map, &base, at, part, usize::MAX)?;
        sizes.image_bytes = sizes.image_bytes.max(crate::count(part).saturating_add(besides));
        sizes.stored_bytes = sizes.stored_bytes.max(crate::count(&bytes));
        at = at.saturating_add(crate::count(part));
        stored.push(bytes);
    }
    Ok((sizes.memory(&map), preamble, stored))
}

/// A preamble of any numbers, sound or not: how often tables are halved, then the numbers of a layout, each with what it
/// counts (DELTA.md, 5).
#[doc(hidden)]
#[must_use]
pub fn preamble_of_numbers(halved: u64, layout: &[(u32, u64)]) -> Vec<u8> {
    Map::unchecked(halved, layout)
}

/// Decodes the chunks of a delta, one after the other, each on its own.
///
/// Holds the tables that decoding takes; make one per worker thread.
pub struct Decoder {
    /// Made when the map says how large its tables are.
    chunks: Option<chunk::Chunks>,
    /// What a chunk may take.
    memory: u64,
}

impl Decoder {
    /// A decoder each of whose chunks may take `memory` bytes, see [`Sizes::left_for_chunk`].
    #[must_use]
    pub fn new(memory: u64) -> Self {
        Self { chunks: None, memory }
    }

    /// Decodes the chunk `stored`, which begins at byte `at` of the image, to exactly `image_bytes`
    /// bytes in `out`, in place of what was there.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Memory`], [`Error::Truncated`], [`Error::TrailingBytes`],
    /// [`Error::DeltaVersion`], [`Error::ChunkMemory`], [`Error::Frame`], [`Error::CompressedFrame`],
    /// [`Error::Context`], [`Error::ReadBase`]. `out` is then empty.
    pub fn decode(
        &mut self,
        map: &Map,
        base: &dyn Base,
        at: u64,
        stored: &[u8],
        image_bytes: u64,
        out: &mut Vec<u8>,
    ) -> Result<(), Error> {
        out.clear();
        if image_bytes == 0 {
            return Err(Error::Empty);
        }
        // The room of a larger chunk before this one is not this one's to keep: its fresh bytes may need it.
        if u64::try_from(out.capacity()).unwrap_or(u64::MAX) > image_bytes {
            *out = Vec::new();
        }
        crate::resize(out, image_bytes)?;
        let fits = self.chunks.take().filter(|chunks| chunks.halved() == map.halved);
        let chunks = self.chunks.insert(fits.unwrap_or_else(|| chunk::Chunks::new(map.halved)));
        let decoded = chunks.decode(map, base, at, stored, out, self.memory);
        if decoded.is_err() {
            out.clear();
        }
        decoded
    }
}

/// What decoding takes, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sizes {
    /// The largest chunk, decoded; for one with a frame of fresh bytes, with those.
    pub image_bytes: u64,
    /// The largest chunk, stored; the preamble is one too.
    pub stored_bytes: u64,
    /// The preamble.
    pub preamble: u64,
}

impl Sizes {
    /// The memory that is taken whatever the map: the chunk and the preamble.
    fn besides_map(self) -> u64 {
        [self.image_bytes, self.stored_bytes, self.preamble].into_iter().fold(0, u64::saturating_add)
    }

    /// The memory that one [`Decoder`], its buffers and the map need.
    fn memory(self, map: &Map) -> u64 {
        map.memory().saturating_add(self.besides_map())
    }

    /// The memory that is left for the map and the tables, of what was declared: what [`Map::decode`] may take.
    #[must_use]
    pub fn left_for_map(self, declared: u64) -> u64 {
        declared.saturating_sub(self.besides_map())
    }

    /// The memory that is left for a chunk once its map is known: for its image bytes, its stored bytes,
    /// and its fresh bytes where they come in a frame. That is what [`Decoder::new`] takes.
    #[must_use]
    pub fn left_for_chunk(self, declared: u64, map: &Map) -> u64 {
        declared.saturating_sub(self.preamble).saturating_sub(map.memory())
    }
}

/// A power of two, halved so many times, but at least 1.
fn shrunk(size: usize, halved: u32) -> usize {
    size.checked_shr(halved).unwrap_or(0).max(1)
}

/// A number spread over all 64 bits.
fn spread_out(number: u64) -> u64 {
    let x = number.wrapping_mul(0x9E37_79B9_7F4A_7C15);
    x ^ x >> 29
}

/// A small number, as 32 bits.
fn narrow(number: usize) -> u32 {
    u32::try_from(number).unwrap_or(0)
}

/// Eight times a byte.
const fn eight(byte: u8) -> u64 {
    u64::from_le_bytes([byte; 8])
}

/// Up to eight bytes as a number, the first in the lowest bits.
fn low_first(bytes: &[u8]) -> u64 {
    match bytes.first_chunk::<4>() {
        Some(word) if bytes.len() == 4 => u64::from(u32::from_le_bytes(*word)),
        _ => bytes.iter().rev().fold(0, |number, byte| number << 8 | u64::from(*byte)),
    }
}
