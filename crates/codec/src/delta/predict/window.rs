//! What is at hand while bytes are predicted: the part of a copy, base bytes around a place, predicted bytes.

use super::super::coder::Spot;
use super::super::machine::{Code, Place};

/// The part of a copy that lies in a chunk. Places are counted from the first byte of the chunk.
#[derive(Clone, Copy)]
pub(crate) struct Part {
    pub(crate) start: usize,
    pub(crate) end: usize,
    /// Where the chunk begins in the image.
    pub(crate) image: i64,
    /// The place in the base, less the place in the image.
    pub(crate) shift: i64,
}

impl Part {
    /// The place in the image of a byte of the chunk.
    pub(super) fn image_place(&self, at: usize) -> i64 {
        self.image.wrapping_add(i64::try_from(at).unwrap_or(i64::MAX))
    }

    /// Whether a target lies in the part, too, by its distance from `place`.
    pub(super) fn holds(&self, place: Place, target: i64) -> bool {
        let new = place.new.wrapping_add(target.wrapping_sub(place.value));
        (self.image_place(self.start)..self.image_place(self.end)).contains(&new)
    }

    /// What the bits for the byte at `at` are for.
    pub(crate) fn spot(&self, at: usize) -> Spot {
        Spot::Copied(self.image_place(at).cast_unsigned())
    }
}

/// Base bytes, and the place in the chunk of what the first of them is like.
#[derive(Clone, Copy)]
pub(crate) struct Window<'b> {
    pub(crate) bytes: &'b [u8],
    /// Base bytes before those that are like the chunk's.
    pub(crate) margin: usize,
    pub(crate) from: usize,
}

impl<'b> Window<'b> {
    fn place(&self, at: usize) -> usize {
        at.wrapping_sub(self.from).wrapping_add(self.margin)
    }

    pub(super) fn code(&self, at: usize) -> Code<'b> {
        Code::new(self.bytes, self.place(at))
    }

    pub(in crate::delta) fn slice(&self, at: usize, len: usize) -> &'b [u8] {
        let place = self.place(at);
        self.bytes.get(place..place.wrapping_add(len)).unwrap_or_default()
    }
}

/// Predicted bytes of a block, after [`BEFORE`](super::BEFORE) bytes before it, and the kind of each.
#[derive(Clone, Copy)]
pub(crate) struct Predicted<'p> {
    pub(crate) bytes: &'p [u8],
    pub(crate) kinds: &'p [u8],
}
