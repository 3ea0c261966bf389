//! SHA-256 (FIPS 180-4) of one stream, or of many streams side by side, as fast as the processor
//! allows.
//!
//! Verifying, building and installing all spend most of their time here. On a processor without
//! SHA instructions but with AVX2, one stream is hashed about 1.6 times as fast as by the `sha2`
//! crate, and eight streams together about six times; `bench/` has the table. The digests are the
//! same, and tests hold them against `sha2`.
//!
//! ```
//! let mut hash = pkg_sha256::Hasher::new();
//! hash.update(b"ab");
//! hash.update(b"c");
//! assert_eq!(hash.finish()[..4], [0xba, 0x78, 0x16, 0xbf]);
//! ```
#![deny(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::panic
)]
#![no_std]
#![cfg_attr(test, allow(clippy::indexing_slicing, clippy::arithmetic_side_effects))]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

#[cfg(feature = "std")]
mod lanes;
#[cfg(not(feature = "std"))]
#[path = "one_lane.rs"]
mod lanes;

use alloc::vec::Vec;
pub use lanes::lanes;
use lanes::{Message, compress, compress_all};

/// The initial state (FIPS 180-4, 5.3.3).
const INITIAL: [u32; 8] =
    [0x6a09_e667, 0xbb67_ae85, 0x3c6e_f372, 0xa54f_f53a, 0x510e_527f, 0x9b05_688c, 0x1f83_d9ab, 0x5be0_cd19];

/// The state of one stream.
#[derive(Clone)]
pub struct Hasher {
    state: [u32; 8],
    /// Bytes that do not fill a block yet: the first `pending` of it.
    block: [u8; 64],
    pending: usize,
    length: u64,
}

impl Default for Hasher {
    fn default() -> Self {
        Hasher::new()
    }
}

impl Hasher {
    /// A stream without a byte.
    pub fn new() -> Self {
        Hasher { state: INITIAL, block: [0; 64], pending: 0, length: 0 }
    }

    /// Appends bytes to the stream. Long pieces are faster.
    pub fn update(&mut self, bytes: &[u8]) {
        let blocks = self.take(bytes);
        compress(&mut self.state, blocks);
    }

    /// Completes the pending block, keeps what does not fill one, and gives the whole blocks
    /// between, which are still to be compressed.
    fn take<'a>(&mut self, bytes: &'a [u8]) -> &'a [[u8; 64]] {
        self.length = self.length.wrapping_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        let mut rest = bytes;
        if self.pending > 0 {
            let room = self.block.len().saturating_sub(self.pending);
            let (head, tail) = rest.split_at(room.min(rest.len()));
            self.keep(head);
            rest = tail;
            if self.pending == self.block.len() {
                self.pending = 0;
                compress(&mut self.state, &[self.block]);
            }
        }
        let (blocks, tail) = rest.as_chunks();
        self.keep(tail);
        blocks
    }

    /// Puts bytes behind the pending ones; there is room for them.
    fn keep(&mut self, bytes: &[u8]) {
        for (to, from) in self.block.iter_mut().skip(self.pending).zip(bytes) {
            *to = *from;
        }
        self.pending = self.pending.saturating_add(bytes.len());
    }

    /// The digest of the stream, after the padding of FIPS 180-4, 5.1.1.
    pub fn finish(mut self) -> [u8; 32] {
        let mut padded = [[0; 64]; 2];
        for (to, from) in
            padded.as_flattened_mut().iter_mut().zip(self.block.iter().take(self.pending).chain([&0x80]))
        {
            *to = *from;
        }
        let spills = self.pending >= 56;
        let [first, second] = &mut padded;
        let last = if spills { second } else { first };
        if let Some(length) = last.last_chunk_mut() {
            *length = self.length.wrapping_mul(8).to_be_bytes();
        }
        let (first, second) = padded.split_at(1);
        compress(&mut self.state, first);
        compress(&mut self.state, if spills { second } else { &[] });
        let mut digest = [0; 32];
        for (to, word) in digest.as_chunks_mut().0.iter_mut().zip(self.state) {
            *to = word.to_be_bytes();
        }
        digest
    }
}

/// The digest of bytes that are all at hand.
pub fn digest(bytes: &[u8]) -> [u8; 32] {
    let mut hash = Hasher::new();
    hash.update(bytes);
    hash.finish()
}

/// Appends to many streams at once, each its own bytes: the streams are hashed side by side, in
/// [`lanes`] of them. Pieces of equal length are fastest.
pub fn update_all(streams: &mut [(&mut Hasher, &[u8])]) {
    let mut messages: Vec<_> = streams
        .iter_mut()
        .map(|(hash, bytes)| {
            let blocks = hash.take(bytes);
            Message { state: &mut hash.state, blocks }
        })
        .collect();
    compress_all(&mut messages);
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sha2::{Digest as _, Sha256};

    fn expected(bytes: &[u8]) -> [u8; 32] {
        Sha256::digest(bytes).into()
    }

    #[test]
    fn every_length_around_the_blocks() {
        let bytes: Vec<u8> = (0..2000u32).map(|n| n.to_le_bytes()[0].wrapping_mul(31)).collect();
        for length in (0..300).chain([511, 512, 513, 1023, 1024, 1087, 2000]) {
            assert_eq!(digest(&bytes[..length]), expected(&bytes[..length]), "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn pieces_do_not_matter(pieces in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..200), 0..12)) {
            let mut hash = Hasher::new();
            pieces.iter().for_each(|p| hash.update(p));
            prop_assert_eq!(hash.finish(), expected(&pieces.concat()));
        }

        #[test]
        fn side_by_side_is_one_by_one(
            streams in prop::collection::vec((0usize..200, 0usize..5000), 0..20),
            seed in any::<u8>(),
        ) {
            let bytes: Vec<u8> = (0..6000u32).map(|n| n.to_le_bytes()[0].wrapping_mul(7).wrapping_add(seed)).collect();
            let mut hashes: Vec<_> = streams.iter().map(|(first, _)| {
                let mut hash = Hasher::new();
                hash.update(&bytes[..*first]);
                hash
            }).collect();
            let mut pairs: Vec<_> = hashes.iter_mut().zip(&streams)
                .map(|(hash, (first, more))| (hash, &bytes[*first..first + more])).collect();
            update_all(&mut pairs);
            for (hash, (first, more)) in hashes.into_iter().zip(&streams) {
                prop_assert_eq!(hash.finish(), expected(&bytes[..first + more]));
            }
        }
    }
}
