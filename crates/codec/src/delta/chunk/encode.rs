//! Encoding one chunk.

use super::super::coder::Encoder;
use super::{Base, Chunks, FRESH_CODED, FRESH_FRAME, Map, Source, parts};
use crate::{Error, zstd};
use alloc::vec;
use alloc::vec::Vec;

/// More fresh bytes than this go into a frame: who rebuilds the image should not wait for them.
const FEW: usize = 256 << 10;
/// The level of such a frame; what hardly gets smaller is packed at the lowest.
const LEVEL: i32 = 19;

impl Chunks {
    /// Encodes the chunk `image`, which begins at byte `at` of the image. Gives the stored bytes, and
    /// how many bytes a decoder must hold besides. Encoding stops early once the stored bytes are more
    /// than `most`; what it gives then is longer than that, and is not a chunk.
    pub(crate) fn encode(
        &mut self,
        map: &Map,
        base: &dyn Base,
        at: u64,
        image: &[u8],
        most: usize,
    ) -> Result<(Vec<u8>, u64), Error> {
        let mut fresh = Vec::new();
        for (from, to, old) in parts(map, at, image.len()) {
            if old.is_none() {
                fresh.extend_from_slice(image.get(from..to).unwrap_or_default());
            }
        }
        let mut out = image.to_vec();
        let (mut coder, mut source, besides) = match frame(&fresh)? {
            Some(frame) => {
                let len = u32::try_from(frame.len()).unwrap_or(u32::MAX).to_le_bytes();
                let stored = [&[FRESH_FRAME], len.as_slice(), frame.as_slice()].concat();
                (Encoder::up_to(most, stored), Source::List(&fresh), crate::count(&fresh))
            }
            None => (Encoder::up_to(most, vec![FRESH_CODED]), Source::Coded, 0),
        };
        self.walk(&mut coder, map, base, at, &mut out, &mut source)?;
        Ok((coder.finish(), besides))
    }
}

/// The frame of fresh bytes that are many, or that no coder makes much smaller; none for others.
fn frame(fresh: &[u8]) -> Result<Option<Vec<u8>>, Error> {
    if fresh.is_empty() {
        return Ok(None);
    }
    let (mut quick, mut frame) = (zstd::Encoder::new(1)?, Vec::new());
    quick.encode(fresh, &mut frame)?;
    if frame.len() > fresh.len().saturating_sub(fresh.len() / 50) && fresh.len() > 64 {
        return Ok(Some(frame));
    }
    if fresh.len() <= FEW {
        return Ok(None);
    }
    zstd::Encoder::new(LEVEL)?.encode(fresh, &mut frame)?;
    Ok(Some(frame))
}
