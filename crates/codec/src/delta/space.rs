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
            return first(&self.base, |piece| {
                let offset = value.wrapping_sub(piece.value);
                ((0..piece.len).contains(&offset), piece.offset.wrapping_add(offset))
            });
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

/// The values of places near each other, for which the pieces are asked once.
#[derive(Clone, Copy)]
pub(super) struct Nearby {
    /// The places for which the same is true: from the first up to the second.
    places: (i64, i64),
    /// What is added to a place to have its value.
    add: i64,
}

impl Nearby {
    /// Of no place.
    pub(super) const NONE: Self = Self { places: (0, 0), add: 0 };

    /// The value of a place, or the place itself where no piece has it.
    #[inline(always)]
    pub(super) fn value(&mut self, pieces: &[Piece], scale: i64, place: i64) -> i64 {
        if !(self.places.0..self.places.1).contains(&place) {
            *self = Self::around(pieces, scale, place);
        }
        place.wrapping_add(self.add)
    }

    fn around(pieces: &[Piece], scale: i64, place: i64) -> Self {
        let add = value(pieces, scale, place).map_or(0, |value| value.wrapping_sub(place));
        // The end of a piece counts as part of it.
        let ends = |piece: &Piece| [piece.offset, piece.offset.wrapping_add(piece.len).wrapping_add(1)];
        let borders = pieces.iter().flat_map(ends);
        let places = match scale {
            1 => borders.fold((i64::MIN, i64::MAX), |(from, to), border| {
                if border <= place { (from.max(border), to) } else { (from, to.min(border)) }
            }),
            _ => (place, place.saturating_add(1)),
        };
        Self { places, add }
    }
}

fn value(pieces: &[Piece], scale: i64, place: i64) -> Option<i64> {
    let offset = |piece: &Piece| place.wrapping_sub(piece.offset);
    if scale == 1 {
        return first(pieces, |piece| {
            let offset = offset(piece);
            ((0..=piece.len).contains(&offset), piece.value.wrapping_add(offset))
        });
    }
    let piece = pieces.iter().find(|piece| (0..=piece.len).contains(&offset(piece)))?;
    Some(piece.value.wrapping_add(offset(piece).checked_div(scale)?))
}

/// What the first piece says that holds something. Asks all of them: they are few, and which of them it is cannot be
/// foreseen, so that a search that ends early takes longer.
#[inline(always)]
fn first(pieces: &[Piece], says: impl Fn(&Piece) -> (bool, i64)) -> Option<i64> {
    const NONE: i64 = i64::MIN;
    let found = pieces.iter().rev().fold(NONE, |found, piece| {
        let (holds, place) = says(piece);
        if holds { place } else { found }
    });
    (found != NONE).then_some(found)
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

    #[test]
    fn near_places_have_the_values_that_the_pieces_say() {
        let mut x = 3u64;
        let mut random = |below: u64| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            ((x >> 33) % below).cast_signed()
        };
        for scale in [1, 1, 1, 4] {
            let mut piece = || Piece { value: random(1000), offset: random(100), len: random(40) };
            let pieces: Vec<Piece> = (0..4).map(|_| piece()).collect();
            let mut nearby = Nearby::NONE;
            for _ in 0..500 {
                let place = random(160) - 10;
                let said = value(&pieces, scale, place).unwrap_or(place);
                assert_eq!(nearby.value(&pieces, scale, place), said, "{place} {scale} {pieces:?}");
            }
        }
    }
}
