//! Rows of types (BTF): which words of them name a string or another type.
//!
//! Rows differ in length, so this cannot be told by columns. What a row consists of follows from its head: whoever
//! decodes walks over the rows of the base, once, and notes two bits for each word.

use super::Base;
use super::layout::{Layout, Mode, WORD, WORDS, memory_of_rows};
use crate::Error;
use alloc::boxed::Box;
use alloc::vec;
use alloc::vec::Vec;

/// What a word of a row is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    Plain,
    String,
    Type,
}

/// Bytes of a row's head.
const HEAD: u64 = 12;
/// Bytes that are read at once.
const PIECE: usize = 4096;

/// The fields of all modes, none where a mode has no rows. They follow from the layout and the base.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Rows(Vec<Box<[u8]>>);

impl Rows {
    /// Walks over the rows. What it takes is counted with the modes of the layout.
    pub(super) fn read(layout: &Layout, base: &dyn Base) -> Result<Self, Error> {
        let mut all = Vec::new();
        if layout.modes.iter().any(|mode| matches!(mode, Mode::Rows { .. })) {
            let count = layout.modes.len();
            let memory = Error::Memory { bytes: u64::try_from(count).unwrap_or(u64::MAX) };
            all.try_reserve_exact(count).map_err(|_| memory)?;
            for mode in &layout.modes {
                all.push(match mode {
                    Mode::Rows { start, len, .. } => fields(base, *start, *len)?,
                    _ => Box::default(),
                });
            }
        }
        Ok(Self(all))
    }

    /// What the word at `offset` of the rows of a mode is; plain where there are none.
    pub(super) fn field(&self, mode: u32, offset: i64) -> Field {
        let of = usize::try_from(mode).ok().and_then(|mode| self.0.get(mode));
        let word = u64::try_from(offset).unwrap_or(u64::MAX) / WORD;
        let byte = of.and_then(|fields| fields.get(usize::try_from(word / WORDS).ok()?)).copied();
        match byte.unwrap_or(0) >> (word % WORDS).wrapping_mul(2) & 3 {
            1 => Field::String,
            2 => Field::Type,
            _ => Field::Plain,
        }
    }
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
        each(at, Field::String);
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

/// Two bits for each word of the rows in `len` bytes of the base from `start` on.
fn fields(base: &dyn Base, start: u64, len: u64) -> Result<Box<[u8]>, Error> {
    let bytes = memory_of_rows(len);
    let mut fields: Vec<u8> = Vec::new();
    let room = usize::try_from(bytes).unwrap_or(usize::MAX);
    fields.try_reserve_exact(room).map_err(|_| Error::Memory { bytes })?;
    fields.resize(room, 0);
    let (mut piece, mut from, mut held) = (vec![0u8; PIECE], 0u64, 0u64);
    let word = |at: u64| {
        if at < from || at.saturating_add(WORD) > from.saturating_add(held) {
            from = at;
            held = len.saturating_sub(at).min(u64::try_from(PIECE).unwrap_or(0));
            let buffer = piece.get_mut(..usize::try_from(held).unwrap_or(0)).unwrap_or_default();
            base.read_exact_at(start.saturating_add(at), buffer)?;
        }
        let place = usize::try_from(at.saturating_sub(from)).unwrap_or(usize::MAX);
        let word = piece.get(place..).and_then(|rest| rest.first_chunk());
        Ok(u32::from_le_bytes(word.copied().unwrap_or_default()))
    };
    walk(len, word, |at, field| {
        let bits = match field {
            Field::Plain => return,
            Field::String => 1u8,
            Field::Type => 2,
        };
        let word = at / WORD;
        if at < len
            && let Some(byte) = usize::try_from(word / WORDS).ok().and_then(|place| fields.get_mut(place))
        {
            *byte |= bits << (word % WORDS).wrapping_mul(2);
        }
    })?;
    Ok(fields.into_boxed_slice())
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
            let modes = vec![Mode::Rows { strings: 0, types: 0, start, len }];
            Layout { modes, ..Layout::default() }
        };
        let rows = Rows::read(&layout(8, len), &base.as_slice()).expect("rows");
        let found: String = (0..words.len() as i64)
            .map(|word| match rows.field(0, 4 * word) {
                Field::Plain => '.',
                Field::String => 's',
                Field::Type => 't',
            })
            .collect();
        assert_eq!(found, ["s...", "s..st.st.", "s.t", "s..tt.", "s..s."].concat());
        assert_eq!([rows.field(0, -4), rows.field(0, 4000), rows.field(1, 0)], [Field::Plain; 3]);
        assert_eq!(fields(&base.as_slice(), 8, len).expect("fields").len() as u64, memory_of_rows(len));
        // A base that ends early.
        let error = Rows::read(&layout(8, len + 4096), &base.as_slice());
        assert!(matches!(error, Err(Error::ReadBase { .. })), "{error:?}");
    }
}
