//! Rows of types (BTF): which words of them name a string or another type, and where each row begins.
//!
//! Rows differ in length, so this cannot be told by columns. What a row consists of follows from its head: whoever
//! decodes walks over the rows of the base, once, and notes two bits for each word.

use super::Base;
use super::layout::{Layout, MARKED, Mode, WORD, WORDS, memory_of_rows};
use crate::Error;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;
use core::ops::Range;

/// What a word of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Plain,
    String,
    Type,
    /// The first word of a row, which names a string.
    Head,
}

/// Bytes of a row's head.
const HEAD: u64 = 12;
/// Bytes that are read at once: where all is read in order, and where it is not.
const MANY: usize = 4096;
const FEW: usize = 512;

/// The tables of all modes that are rows. They follow from the layout and the base.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rows(Vec<Table>);

/// The rows of one table of types.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Table {
    /// The number of its mode.
    mode: u32,
    start: u64,
    len: u64,
    /// Two bits for each word.
    fields: Box<[u8]>,
    /// For each [`MARKED`] bytes of rows, how many rows begin before them.
    marks: Box<[u32]>,
    /// Where the rows of the image are.
    pub(super) image: Range<u64>,
    /// Where strings are in the base, their bytes, and where those of the image are.
    pub(super) strings: (u64, u64, Range<u64>),
}

impl Rows {
    /// Walks over the rows of the base. What it takes is counted with the modes of the layout.
    pub(super) fn read(layout: &Layout, base: &dyn Base) -> Result<Self, Error> {
        Self::tables(layout, base, |_, start, len| start..start.saturating_add(len))
    }

    /// The same with the rows of the image, for whoever encodes.
    #[cfg(feature = "std")]
    pub(super) fn of_image(layout: &Layout, image: &dyn Base) -> Result<Self, Error> {
        Self::tables(layout, image, |mode, _, _| layout.first_region(mode))
    }

    fn tables(
        layout: &Layout,
        from: &dyn Base,
        range: impl Fn(u32, u64, u64) -> Range<u64>,
    ) -> Result<Self, Error> {
        let mut all = Vec::new();
        for (mode, nth) in layout.modes.iter().zip(0u32..) {
            if let Mode::Rows { strings, start, len } = mode {
                let table = Table::read(from, range(nth, *start, *len))?;
                let (image, strings) = (layout.first_region(nth), layout.strings(*strings));
                all.push(Table { mode: nth, image, strings, ..table });
            }
        }
        Ok(Self(all))
    }

    /// Whether there are none.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The table of a mode.
    pub(super) fn of(&self, mode: u32) -> Option<&Table> {
        self.0.iter().find(|table| table.mode == mode)
    }

    /// All tables.
    #[cfg(feature = "std")]
    pub(super) fn all(&self) -> &[Table] {
        &self.0
    }

    /// The table whose rows or strings a byte of the image belongs to.
    pub(super) fn at(&self, at: u64) -> Option<&Table> {
        let has = |table: &&Table| table.image.contains(&at) || table.strings.2.contains(&at);
        self.0.iter().find(has)
    }
}

impl Table {
    /// What the word at `offset` of the rows is; plain where there are none.
    pub(super) fn field(&self, offset: i64) -> Field {
        let word = u64::try_from(offset).unwrap_or(u64::MAX) / WORD;
        let byte = usize::try_from(word / WORDS).ok().and_then(|place| self.fields.get(place)).copied();
        match byte.unwrap_or(0) >> (word % WORDS).wrapping_mul(2) & 3 {
            1 => Field::String,
            2 => Field::Type,
            3 => Field::Head,
            _ => Field::Plain,
        }
    }

    /// The number of its mode.
    pub(super) fn mode(&self) -> u32 {
        self.mode
    }

    /// Where the rows of the base are.
    pub(super) fn base(&self) -> Range<u64> {
        self.start..self.start.saturating_add(self.len)
    }

    /// How many rows begin before a byte of the file.
    pub(super) fn before(&self, at: u64) -> u32 {
        let words = at.saturating_sub(self.start).min(self.len).div_ceil(WORD);
        let whole = usize::try_from(words / WORDS).unwrap_or(usize::MAX);
        let part = u8::try_from((1u32 << (words % WORDS).wrapping_mul(2)).wrapping_sub(1)).unwrap_or(0);
        let last = self.fields.get(whole).map_or(0, |byte| heads(*byte & part));
        let mark = whole / FIELDS;
        let Some(before) = self.marks.get(mark) else { return self.rows() };
        let bytes = self.fields.get(mark.wrapping_mul(FIELDS)..whole).unwrap_or_default();
        before.wrapping_add(last).wrapping_add(heads_of(bytes))
    }

    /// How many rows there are.
    fn rows(&self) -> u32 {
        self.marks.last().copied().unwrap_or(0)
    }

    /// Where a row begins, counted from 0; where the rows end for one that is not there.
    pub(super) fn place(&self, row: u32) -> u64 {
        let mark = self.marks.partition_point(|before| *before <= row).wrapping_sub(1);
        let Some(before) = self.marks.get(mark).filter(|_| row < self.rows()) else {
            return self.start.saturating_add(self.len);
        };
        let mut left = row.wrapping_sub(*before);
        let mut first = mark.wrapping_mul(FIELDS);
        // Eight bytes at a time, up to those in which the row begins.
        while let Some(bytes) = self.fields.get(first..first.wrapping_add(8)) {
            let here = heads_of(bytes);
            if left < here {
                break;
            }
            left = left.wrapping_sub(here);
            first = first.wrapping_add(8);
        }
        for (place, byte) in (first..).zip(self.fields.get(first..).unwrap_or_default()) {
            let here = heads(*byte);
            if left < here {
                let head = |word: &u64| *byte >> word.wrapping_mul(2) & 3 == 3;
                let word = (0..WORDS).filter(head).nth(usize::try_from(left).unwrap_or(0)).unwrap_or(0);
                let word = u64::try_from(place).unwrap_or(0).saturating_mul(WORDS).saturating_add(word);
                return self.start.saturating_add(word.saturating_mul(WORD));
            }
            left = left.wrapping_sub(here);
        }
        self.start.saturating_add(self.len)
    }

    /// Whether a row begins at a byte of the file.
    pub(super) fn is_row(&self, at: u64) -> bool {
        at.checked_sub(self.start).is_some_and(|offset| {
            offset % WORD == 0 && i64::try_from(offset).is_ok_and(|offset| self.field(offset) == Field::Head)
        })
    }

    /// How many rows begin in so many bytes from `at` on.
    pub(super) fn within(&self, at: u64, len: u64) -> u32 {
        self.before(at.saturating_add(len)).wrapping_sub(self.before(at))
    }
}

/// Bytes of fields between two marks: each is of four words of four bytes.
const FIELDS: usize = MARKED / 16;

/// How many rows begin in the words of a byte.
fn heads(fields: u8) -> u32 {
    (fields & fields >> 1 & 0x55).count_ones()
}

/// How many rows begin in the words of some bytes.
fn heads_of(fields: &[u8]) -> u32 {
    let (eights, rest) = fields.as_chunks::<8>();
    let many = eights.iter().fold(0u32, |sum, eight| {
        let fields = u64::from_le_bytes(*eight);
        sum.wrapping_add((fields & fields >> 1 & 0x5555_5555_5555_5555).count_ones())
    });
    rest.iter().fold(many, |sum, byte| sum.wrapping_add(heads(*byte)))
}

/// What the words behind a head are: how many groups of words, and the fields of a group.
fn members(kind: u32, count: u64) -> (u64, &'static [Field]) {
    use Field::{Plain, String, Type};
    match kind {
        1 | 14 | 17 => (1, &[Plain]),
        3 => (1, &[Type, Type, Plain]),
        4 | 5 => (count, &[String, Type, Plain]),
        6 => (count, &[String, Plain]),
        13 => (count, &[String, Type]),
        15 => (count, &[Type, Plain, Plain]),
        19 => (count, &[String, Plain, Plain]),
        _ => (0, &[]),
    }
}

/// Calls `each` with the place and the field of every word that names something, in rows of `len` bytes. `word` gives
/// the word at a place; it is asked for places in order.
pub(super) fn walk(
    len: u64,
    mut word: impl FnMut(u64) -> Result<u32, Error>,
    mut each: impl FnMut(u64, Field),
) -> Result<(), Error> {
    let mut at = 0u64;
    while at.saturating_add(HEAD) <= len {
        let head = word(at.saturating_add(WORD))?;
        let kind = head >> 24 & 31;
        each(at, Field::Head);
        if matches!(kind, 2 | 8..=14 | 17 | 18) {
            each(at.saturating_add(2 * WORD), Field::Type);
        }
        at = at.saturating_add(HEAD);
        let (count, group) = members(kind, u64::from(head & 0xFFFF));
        for _ in 0..count {
            if at >= len {
                break;
            }
            for field in group {
                each(at, *field);
                at = at.saturating_add(WORD);
            }
        }
    }
    Ok(())
}

/// The words of some bytes of a file, read a piece at a time.
pub(super) struct Words<'b> {
    from: &'b dyn Base,
    bytes: Range<u64>,
    piece: Vec<u8>,
    /// Where the piece begins, and how much of it there is.
    at: u64,
    held: u64,
}

impl<'b> Words<'b> {
    /// Words that are asked for in order.
    fn in_order(from: &'b dyn Base, bytes: Range<u64>) -> Self {
        Self { from, bytes, piece: vec![0; MANY], at: 0, held: 0 }
    }

    /// Words that are asked for here and there.
    pub(super) fn here_and_there(from: &'b dyn Base, bytes: Range<u64>) -> Self {
        Self { from, bytes, piece: vec![0; FEW], at: 0, held: 0 }
    }

    /// The bytes from `offset` on, at least a word of them if there is one.
    pub(super) fn slice(&mut self, offset: u64) -> Result<&[u8], Error> {
        if offset < self.at || offset.saturating_add(WORD) > self.at.saturating_add(self.held) {
            let left = self.bytes.end.saturating_sub(self.bytes.start).saturating_sub(offset);
            (self.at, self.held) = (offset, left.min(crate::count(&self.piece)));
            let buffer = self.piece.get_mut(..usize::try_from(self.held).unwrap_or(0)).unwrap_or_default();
            self.from.read_exact_at(self.bytes.start.saturating_add(offset), buffer)?;
        }
        let place = usize::try_from(offset.saturating_sub(self.at)).unwrap_or(usize::MAX);
        let held = usize::try_from(self.held).unwrap_or(0);
        Ok(self.piece.get(place..held).unwrap_or_default())
    }

    /// The word at `offset`; 0 where there is none.
    pub(super) fn word(&mut self, offset: u64) -> Result<u32, Error> {
        let word = self.slice(offset)?.first_chunk().copied();
        Ok(u32::from_le_bytes(word.unwrap_or_default()))
    }
}

impl Table {
    /// Two bits for each word of the rows in some bytes of a file.
    fn read(from: &dyn Base, bytes: Range<u64>) -> Result<Self, Error> {
        let (start, len) = (bytes.start, bytes.end.saturating_sub(bytes.start));
        let needed = memory_of_rows(len, 0);
        let room = usize::try_from(len / (WORD * WORDS)).unwrap_or(usize::MAX).saturating_add(1);
        let mut fields: Vec<u8> = Vec::new();
        fields.try_reserve_exact(room).map_err(|_| Error::Memory { bytes: needed })?;
        fields.resize(room, 0);
        let mut words = Words::in_order(from, bytes);
        walk(
            len,
            |at| words.word(at),
            |at, field| {
                let bits = match field {
                    Field::Plain => return,
                    Field::String => 1u8,
                    Field::Type => 2,
                    Field::Head => 3,
                };
                let word = at / WORD;
                if at < len
                    && let Some(byte) =
                        usize::try_from(word / WORDS).ok().and_then(|place| fields.get_mut(place))
                {
                    *byte |= bits << (word % WORDS).wrapping_mul(2);
                }
            },
        )?;
        let mut marks: Vec<u32> = Vec::new();
        let room = room.div_ceil(FIELDS).saturating_add(1);
        marks.try_reserve_exact(room).map_err(|_| Error::Memory { bytes: needed })?;
        let mut rows = 0u32;
        for part in fields.chunks(FIELDS) {
            marks.push(rows);
            rows = rows.wrapping_add(heads_of(part));
        }
        marks.push(rows);
        let (fields, marks) = (fields.into_boxed_slice(), marks.into_boxed_slice());
        Ok(Self { start, len, fields, marks, ..Self::default() })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_rows_are_told_by_their_heads() {
        let words: Vec<u32> = [
            vec![1, 1 << 24, 4, 32],
            vec![7, 4 << 24 | 2, 8, 9, 1, 0, 12, 3, 32],
            vec![0, 2 << 24, 2],
            vec![0, 3 << 24, 0, 1, 1, 5],
            vec![20, 19 << 24 | 60_000, 0, 1, 2],
        ]
        .concat();
        let bytes: Vec<u8> = words.iter().flat_map(|word| word.to_le_bytes()).collect();
        let (base, len) = ([&[9; 8][..], &bytes].concat(), bytes.len() as u64);
        let layout = |start, len| {
            let modes = vec![Mode::Rows { strings: 0, start, len }];
            Layout { modes, ..Layout::default() }
        };
        let rows = Rows::read(&layout(8, len), &base.as_slice()).expect("rows");
        let table = rows.of(0).expect("a table");
        let found: String = (0..words.len() as i64)
            .map(|word| match table.field(4 * word) {
                Field::Plain => '.',
                Field::String => 's',
                Field::Type => 't',
                Field::Head => 'h',
            })
            .collect();
        assert_eq!(found, ["h...", "h..st.st.", "h.t", "h..tt.", "h..s."].concat());
        assert_eq!([table.field(-4), table.field(4000)], [Field::Plain; 2]);
        assert!(rows.of(1).is_none());
        let heads: Vec<u64> = found.match_indices('h').map(|(word, _)| 8 + 4 * word as u64).collect();
        for (row, at) in (0u32..).zip(&heads) {
            assert!(table.is_row(*at) && !table.is_row(at + 4) && table.place(row) == *at);
            assert_eq!([*at, at + 1].map(|at| table.before(at)), [row, row + 1]);
        }
        assert_eq!((table.place(5), table.before(8 + len), table.before(u64::MAX)), (8 + len, 5, 5));
        assert_eq!((table.before(0), table.within(8, 17), table.within(12, 4)), (0, 2, 0));
        // A base that ends early.
        let error = Rows::read(&layout(8, len + 4096), &base.as_slice());
        assert!(matches!(error, Err(Error::ReadBase { .. })), "{error:?}");
    }
}
