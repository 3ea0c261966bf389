//! A binary arithmetic coder: one bit at a time, each with the probability that the model gives it.
//!
//! Encoder and decoder are the two sides of [`Code`], so that a model is written once and both
//! walk through it in step.

use crate::Error;
use alloc::vec::Vec;

/// One side of the coder.
pub(super) trait Code {
    /// Whether this is the encoder.
    const ENCODES: bool;

    /// Codes one bit, whose probability to be 1 is `p` of 65,536. The encoder writes `bit` and
    /// returns it; the decoder ignores `bit` and returns what was written.
    fn code(&mut self, bit: bool, p: u16) -> bool;

    /// Whether the decoder has read more than there is, or the encoder has written more than it may.
    fn exhausted(&self) -> bool {
        false
    }

    /// Says what the bits that follow are for. Only a [`Meter`](super::bill::Meter) wants to know.
    fn at(&mut self, _: Spot) {}
}

/// What bits are for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Spot {
    /// What the preamble says about the contents of both images.
    Layout,
    /// The stretches of the map.
    Stretches,
    /// Fresh bytes.
    Fresh,
    /// Copied bytes, from this one of the image on.
    Copied(u64),
}

/// The part of the interval `low..=high` below which a bit is 1.
fn split(low: u32, high: u32, p: u16) -> u32 {
    let share = (u64::from(high.wrapping_sub(low)).wrapping_mul(u64::from(p))) >> 16;
    low.wrapping_add(u32::try_from(share).unwrap_or(0))
}

pub(super) struct Encoder {
    low: u32,
    high: u32,
    stored: Vec<u8>,
    most: usize,
}

impl Encoder {
    /// Appends to `stored`.
    pub(super) fn new(stored: Vec<u8>) -> Self {
        Self::up_to(usize::MAX, stored)
    }

    /// Appends to `stored`, and is exhausted once that has more than `most` bytes.
    pub(super) fn up_to(most: usize, stored: Vec<u8>) -> Self {
        Self { low: 0, high: u32::MAX, stored, most }
    }

    /// Ends the stream. One more byte is enough, since the decoder reads zeros past the end.
    pub(super) fn finish(mut self) -> Vec<u8> {
        let [top, ..] = self.low.to_be_bytes();
        self.stored.push(top.wrapping_add(1));
        self.stored
    }
}

impl Code for Encoder {
    const ENCODES: bool = true;

    fn code(&mut self, bit: bool, p: u16) -> bool {
        let middle = split(self.low, self.high, p);
        match bit {
            true => self.high = middle,
            false => self.low = middle.wrapping_add(1),
        }
        while (self.low ^ self.high) >> 24 == 0 {
            let [top, ..] = self.low.to_be_bytes();
            self.stored.push(top);
            self.low <<= 8;
            self.high = self.high << 8 | 0xFF;
        }
        bit
    }

    fn exhausted(&self) -> bool {
        self.stored.len() > self.most
    }
}

/// How many bytes past the end the decoder reads: its register holds four, and the last
/// stored byte is the first of them.
const BEHIND: usize = 3;

pub(super) struct Decoder<'s> {
    low: u32,
    high: u32,
    value: u32,
    stored: &'s [u8],
    read: usize,
}

impl<'s> Decoder<'s> {
    /// Reads from the first of `stored`.
    pub(super) fn new(stored: &'s [u8]) -> Self {
        let mut decoder = Self { low: 0, high: u32::MAX, value: 0, stored, read: 0 };
        for _ in 0..4 {
            decoder.shift();
        }
        decoder
    }

    fn shift(&mut self) {
        let byte = self.stored.get(self.read).copied().unwrap_or(0);
        self.read = self.read.saturating_add(1);
        self.value = self.value << 8 | u32::from(byte);
    }

    /// Refuses leftover or missing bytes.
    pub(super) fn finish(&self) -> Result<(), Error> {
        let end = self.stored.len().saturating_add(BEHIND);
        match self.read.cmp(&end) {
            core::cmp::Ordering::Equal => Ok(()),
            core::cmp::Ordering::Less => Err(Error::TrailingBytes {
                frame: self.read.saturating_sub(BEHIND),
                stored: self.stored.len(),
            }),
            core::cmp::Ordering::Greater => Err(Error::Truncated { stored: self.stored.len() }),
        }
    }
}

impl Code for Decoder<'_> {
    const ENCODES: bool = false;

    fn code(&mut self, _: bool, p: u16) -> bool {
        let middle = split(self.low, self.high, p);
        let bit = self.value <= middle;
        match bit {
            true => self.high = middle,
            false => self.low = middle.wrapping_add(1),
        }
        while (self.low ^ self.high) >> 24 == 0 {
            self.shift();
            self.low <<= 8;
            self.high = self.high << 8 | 0xFF;
        }
        bit
    }

    fn exhausted(&self) -> bool {
        self.read > self.stored.len().saturating_add(BEHIND)
    }
}
