//! Spaces: what values of a kind stand for, in the base and in the image.
//!
//! An address, an index of a table or an offset of a string is a *value*. A space says which place of the base a value
//! stands for, and which value stands for a place of the image.

use alloc::vec::Vec;

/// Offsets from here on are outside every file, for memory that no file holds. They are the same in both images.
pub(super) const OUTSIDE: i64 = 1 << 40;
/// Values and offsets are below this.
pub(super) const MOST: i64 = 1 << 62;

/// Most pieces of a space, on each side: all of them are tried.
pub(super) const PIECES: usize = 16;

/// A run of values that stands for a run of bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Piece {
    /// Its first value.
    pub value: i64,
    /// Where its first byte is.
    pub offset: i64,
    /// In bytes.
    pub len: i64,
}

/// How values and places correspond.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Space {
    /// Bytes for each value, at least 1.
    pub scale: i64,
    /// Pieces of the base.
    pub base: Vec<Piece>,
    /// Pieces of the image.
    pub image: Vec<Piece>,
}

impl Space {
    /// The place in the base that a value of the base stands for.
    pub(super) fn place(&self, value: i64) -> Option<i64> {
        if self.scale == 1 {
            // What is far from a piece is far from it whether or not the difference wraps: pieces are below MOST.
            let offset = |piece: &Piece| value.wrapping_sub(piece.value);
            let piece = self.base.iter().find(|piece| (0..piece.len).contains(&offset(piece)))?;
            return Some(piece.offset.wrapping_add(offset(piece)));
        }
        self.base.iter().find_map(|piece| {
            let offset = value.checked_sub(piece.value)?.checked_mul(self.scale)?;
            (0..piece.len).contains(&offset).then(|| piece.offset.wrapping_add(offset))
        })
    }

    /// The value of the image for a place of it. The end of a piece counts as part of it.
    pub(super) fn value(&self, place: i64) -> Option<i64> {
        value(&self.image, self.scale, place)
    }

    /// Whether the image has such a value.
    pub(super) fn is_value(&self, value: i64) -> bool {
        if self.scale == 1 {
            let offset = |piece: &Piece| value.wrapping_sub(piece.value);
            return self.image.iter().any(|piece| (0..=piece.len).contains(&offset(piece)));
        }
        self.image.iter().any(|piece| {
            let offset = value.checked_sub(piece.value).and_then(|steps| steps.checked_mul(self.scale));
            offset.is_some_and(|offset| (0..=piece.len).contains(&offset))
        })
    }

    /// The value of the base for a place of it, or the place itself where the space does not say.
    pub(super) fn base_value(&self, place: i64) -> i64 {
        value(&self.base, self.scale, place).unwrap_or(place)
    }

    /// The value of the image for a place of it, or the place itself where the space does not say.
    pub(super) fn image_value(&self, place: i64) -> i64 {
        self.value(place).unwrap_or(place)
    }
}

fn value(pieces: &[Piece], scale: i64, place: i64) -> Option<i64> {
    let offset = |piece: &Piece| place.wrapping_sub(piece.offset);
    let piece = pieces.iter().find(|piece| (0..=piece.len).contains(&offset(piece)))?;
    let steps = if scale == 1 { offset(piece) } else { offset(piece).checked_div(scale)? };
    Some(piece.value.wrapping_add(steps))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_and_places_correspond() {
        let piece = |value, offset, len| Piece { value, offset, len };
        let space = Space {
            scale: 4,
            base: Vec::from([piece(100, 1000, 40), piece(-7, 2000, 4)]),
            image: Vec::from([piece(300, 500, 40)]),
        };
        assert_eq!(
            [99, 100, 109, 110, -7, -6].map(|v| space.place(v)),
            [None, Some(1000), Some(1036), None, Some(2000), None]
        );
        assert_eq!(
            [499, 500, 503, 504, 540, 541].map(|p| space.value(p)),
            [None, Some(300), Some(300), Some(301), Some(310), None]
        );
        assert_eq!((space.base_value(2000), space.base_value(10)), (-7, 10));
        assert_eq!([i64::MIN, i64::MAX].map(|v| space.place(v)), [None, None]);
        assert_eq!([i64::MIN, i64::MAX].map(|p| space.value(p)), [None, None]);
    }
}
