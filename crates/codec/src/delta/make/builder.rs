//! What is known of both images, while it is being found: spaces, modes, and where they hold.

use crate::delta::layout::{Column, Kind, Layout, Mode, Region, Trust};
use crate::delta::machine::Order;
use crate::delta::space::{PIECES, Space};
use std::ops::Range;

/// How a region is compared in alignment, besides what its mode says.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub(super) enum Shape {
    Plain,
    /// Call frame records, whose lengths differ.
    Frames,
}

/// A range of an image, and what is in it.
#[derive(Clone, Debug)]
pub(super) struct Found {
    pub(super) range: Range<usize>,
    pub(super) mode: u32,
    pub(super) shape: Shape,
}

/// Spaces and modes, and where they hold in both images.
#[derive(Clone, Debug, Default)]
pub(super) struct Builder {
    pub(super) spaces: Vec<Space>,
    pub(super) modes: Vec<Mode>,
    pub(super) base: Vec<Found>,
    pub(super) image: Vec<Found>,
    /// What alignment compares in place of some bytes of the base, and of the image: where, and what.
    pub(super) forms: [Vec<(usize, Vec<u8>)>; 2],
}

/// Spaces and modes of a plan: more cost more than they are worth.
const MANY: usize = 400;

impl Builder {
    pub(super) fn is_full(&self) -> bool {
        self.spaces.len() > MANY || self.modes.len() > MANY
    }

    /// Adds a space, with as many pieces as one may have; gives its number.
    pub(super) fn space(&mut self, mut space: Space) -> u32 {
        space.base.truncate(PIECES);
        space.image.truncate(PIECES);
        self.spaces.push(space);
        self.spaces.len() as u32 - 1
    }

    /// Adds a mode; gives its number.
    pub(super) fn mode(&mut self, mode: Mode) -> u32 {
        let known = self.modes.iter().position(|m| *m == mode);
        known.unwrap_or_else(|| {
            self.modes.push(mode);
            self.modes.len() - 1
        }) as u32
    }

    /// Adds a region of the base or of the image.
    pub(super) fn region(&mut self, base: bool, range: Range<usize>, mode: u32, shape: Shape) {
        if !range.is_empty() {
            let list = if base { &mut self.base } else { &mut self.image };
            list.push(Found { range, mode, shape });
        }
    }

    /// Leaves a range of the base or of the image to a region that comes next.
    pub(super) fn clear(&mut self, base: bool, range: &Range<usize>) {
        let modes = &self.modes;
        let list = if base { &mut self.base } else { &mut self.image };
        let after = |found: &Found| {
            let stride = match &modes[found.mode as usize] {
                Mode::Records { stride, .. } => usize::from(*stride),
                _ => 1,
            };
            let from = range.end.saturating_sub(found.range.start).next_multiple_of(stride);
            Found { range: found.range.start + from..found.range.end, ..found.clone() }
        };
        let parts = list.iter().flat_map(|found| {
            let before = found.range.start..found.range.end.min(range.start);
            [Found { range: before, ..found.clone() }, after(found)]
        });
        *list = parts.filter(|found| !found.range.is_empty()).collect();
    }

    /// Regions in order and apart: of two that overlap, the first that was found stays whole.
    pub(super) fn order(&mut self) {
        for list in [&mut self.base, &mut self.image] {
            list.sort_by_key(|found| found.range.start);
            let mut end = 0;
            for found in list.iter_mut() {
                found.range.start = found.range.start.max(end);
                end = end.max(found.range.end);
            }
            list.retain(|found| found.range.start < found.range.end);
        }
    }

    /// Whether a preamble can say all of it: there are files with addresses that it cannot.
    pub(super) fn is_sound(&self) -> bool {
        let pieces = self.spaces.iter().flat_map(|space| space.base.iter().chain(&space.image));
        pieces.into_iter().all(|piece| piece.value.unsigned_abs() < 1 << 60)
    }

    /// As a layout, with the regions of the image.
    pub(super) fn layout(&self) -> Layout {
        let region =
            |f: &Found| Region { start: f.range.start as u64, end: f.range.end as u64, mode: f.mode };
        let regions = self.image.iter().map(region).collect();
        Layout { spaces: self.spaces.clone(), modes: self.modes.clone(), regions }
    }
}

pub(super) fn column(offset: u16, width: u8, kind: Kind, trust: Trust, space: u32) -> Column {
    Column { offset, width, order: Order::Little, kind, trust, space, base: 0, image: 0 }
}

pub(super) fn absolute(offset: u16, width: u8, trust: Trust, space: u32) -> Column {
    column(offset, width, Kind::Absolute, trust, space)
}

pub(super) fn table(stride: u16, columns: Vec<Column>) -> Mode {
    Mode::Records { stride, columns }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::space::Piece;

    #[test]
    fn a_space_keeps_as_many_pieces_as_it_may_have() {
        let pieces = |count: usize| vec![Piece { value: 0, offset: 0, len: 1 }; count];
        let mut builder = Builder::default();
        builder.space(Space { scale: 1, base: pieces(PIECES + 5), image: pieces(3) });
        builder.space(Space { scale: 1, base: pieces(0), image: pieces(PIECES + 1) });
        let kept: Vec<_> = builder.spaces.iter().map(|space| (space.base.len(), space.image.len())).collect();
        assert_eq!(kept, [(PIECES, 3), (0, PIECES)]);
    }
}
