//! What a preamble says about the contents of both images: spaces, and regions of the image that hold references.
//!
//! The decoder knows no file format. What a region says wrongly costs bytes, never correctness.

mod walk;

use super::machine::{Machine, Order};
use super::space::{OUTSIDE, Piece, Space};
use alloc::vec::Vec;
use core::ops::Range;

/// Columns at the same place of a record: candidates, of which the likeliest is used.
pub(super) const CANDIDATES: usize = 4;

/// What the values of a column refer to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A value of a space, less a number that each image has.
    Absolute,
    /// The distance from the column itself.
    Own,
    /// The distance back to a byte, from the column itself.
    Back,
    /// The length of what the column before it refers to.
    Length,
}

impl Kind {
    /// In the order of their numbers.
    const ALL: [Kind; 4] = [Kind::Absolute, Kind::Own, Kind::Back, Kind::Length];
}

/// How much a column's prediction is trusted before anything is known: the sixteenths of the first outcome. What is
/// sure is always used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// More often wrong than right.
    Unlikely,
    /// More often right than wrong.
    Likely,
    /// Always used.
    Sure,
}

impl Trust {
    const ALL: [Trust; 3] = [Trust::Unlikely, Trust::Likely, Trust::Sure];

    pub(super) fn first(self) -> u32 {
        match self {
            Trust::Unlikely => 6,
            Trust::Likely | Trust::Sure => 14,
        }
    }
}

/// A column of records.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Column {
    /// Where it begins in the record.
    pub offset: u16,
    /// Its bytes, 1 to 8.
    pub width: u8,
    /// In which order.
    pub order: Order,
    /// What its values refer to.
    pub kind: Kind,
    /// How much its prediction is trusted at first.
    pub trust: Trust,
    /// The number of the space of its values.
    pub space: u32,
    /// What is added to a value of the base to have one of the space.
    pub base: i64,
    /// The same of a value of the image.
    pub image: i64,
}

/// Bytes of a word of rows.
pub(super) const WORD: u64 = 4;
/// Words whose fields are in one byte.
pub(super) const WORDS: u64 = 4;

/// Of every so many bytes of rows it is noted how many rows begin before them.
pub(super) const MARKED: usize = 1024;

/// Bytes of memory that so many bytes of rows take: their fields and marks, a bit for each byte of strings, and what is
/// read of both at once.
pub(super) fn memory_of_rows(len: u64, strings: u64) -> u64 {
    let read = 12 << 10;
    let marked = u64::try_from(MARKED).unwrap_or(u64::MAX);
    let marks = len.checked_div(marked).unwrap_or(0).saturating_add(2).saturating_mul(4);
    let used = (strings / 64).saturating_add(1).saturating_mul(8);
    (len / (WORD * WORDS)).saturating_add(1).saturating_add(marks).saturating_add(used).saturating_add(read)
}

/// What is in a region.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Mode {
    /// Code of a machine, whose addresses are in a space.
    Code {
        /// Whose code.
        machine: Machine,
        /// The number of the space.
        space: u32,
    },
    /// Rows of types, whose words name strings and other types.
    Rows {
        /// The number of the space of offsets of strings.
        strings: u32,
        /// Where the rows of the base begin.
        start: u64,
        /// Their bytes.
        len: u64,
    },
    /// Records of so many bytes each. Columns are in order; those of the same place are next to each other.
    Records {
        /// Bytes of a record.
        stride: u16,
        /// Its columns.
        columns: Vec<Column>,
    },
}

/// A region of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Region {
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
    /// The number of its mode.
    pub mode: u32,
}

/// All of it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Layout {
    /// What values stand for.
    pub spaces: Vec<Space>,
    /// How references are written.
    pub modes: Vec<Mode>,
    /// In order, apart.
    pub regions: Vec<Region>,
}

/// Bytes of the images.
#[derive(Clone, Copy)]
pub(super) struct Ends {
    pub(super) base: u64,
    pub(super) image: u64,
}

/// Bytes of memory: a space and a mode each with its lists empty, a piece, a column, a region.
const SPACE_BYTES: u64 = 64;
const MODE_BYTES: u64 = 48;
const PIECE_BYTES: u64 = 24;
const COLUMN_BYTES: u64 = 32;
const REGION_BYTES: u64 = 24;

impl Layout {
    /// Bytes of memory that it takes.
    pub(super) fn memory(&self) -> u64 {
        let many = |count: usize, bytes: u64| u64::try_from(count).unwrap_or(u64::MAX).saturating_mul(bytes);
        let pieces = self.spaces.iter().map(|space| space.base.len().saturating_add(space.image.len()));
        let columns = self.modes.iter().map(|mode| match mode {
            Mode::Code { .. } | Mode::Rows { .. } => 0,
            Mode::Records { columns, .. } => columns.len(),
        });
        let rows = self.modes.iter().map(|mode| match mode {
            Mode::Rows { strings, len, .. } => memory_of_rows(*len, self.strings(*strings).1),
            _ => 0,
        });
        [
            many(self.spaces.len(), SPACE_BYTES),
            many(pieces.fold(0, usize::saturating_add), PIECE_BYTES),
            many(self.modes.len(), MODE_BYTES),
            many(columns.fold(0, usize::saturating_add), COLUMN_BYTES),
            many(self.regions.len(), REGION_BYTES),
            rows.fold(0, u64::saturating_add),
        ]
        .into_iter()
        .fold(0, u64::saturating_add)
    }

    /// Whether there are rows.
    pub(super) fn has_rows(&self) -> bool {
        self.modes.iter().any(|mode| matches!(mode, Mode::Rows { .. }))
    }

    /// The first region of a mode: where it is in the image.
    pub(super) fn first_region(&self, mode: u32) -> Range<u64> {
        self.regions.iter().find(|region| region.mode == mode).map_or(0..0, |region| region.start..region.end)
    }

    /// Where the strings of a space are in the base, their bytes, and where those of the image are.
    pub(super) fn strings(&self, space: u32) -> (u64, u64, Range<u64>) {
        strings(&self.spaces, space)
    }
}

/// The same of a list of spaces.
fn strings(spaces: &[Space], space: u32) -> (u64, u64, Range<u64>) {
    let space = usize::try_from(space).ok().and_then(|space| spaces.get(space));
    let there = |pieces: &[Piece]| {
        // Strings that are in no file are none.
        let piece = pieces.first().filter(|piece| piece.offset < OUTSIDE).copied().unwrap_or_default();
        (piece.offset.cast_unsigned(), piece.len.cast_unsigned())
    };
    let (base, image) = space.map_or(((0, 0), (0, 0)), |space| (there(&space.base), there(&space.image)));
    (base.0, base.1, image.0..image.0.saturating_add(image.1))
}
