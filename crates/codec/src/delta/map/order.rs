//! The order of strings. A table of types is written row by row, and a string is added to its strings when the first row
//! needs it. So the rows of the image, of which copies are known, say in which order strings of the base come.

use super::Map;
use crate::Error;
use crate::delta::Base;
use crate::delta::rows::{Field, Table, Words};
use alloc::vec::Vec;

/// Strings that are known to come, at most.
pub(super) const AHEAD: usize = 64;
/// Bytes of a string that are looked at.
const LONG: usize = 256;

/// A place in the copied rows: the number of a stretch, and a byte of it.
#[derive(Clone, Copy)]
struct Place {
    stretch: usize,
    byte: u64,
}

/// The strings that copied rows name, in the order of their first use, without those that were copied.
pub(super) struct Order<'t> {
    table: &'t Table,
    rows: Words<'t>,
    strings: Words<'t>,
    /// A bit for each byte of strings in the base that was copied, left out, or is among those that come next.
    used: Vec<u64>,
    /// The strings that come next: where each begins among those of the base.
    ahead: Vec<u64>,
    /// Behind the word that names the last of them.
    next: Place,
}

impl<'t> Order<'t> {
    /// No string is copied yet.
    pub(super) fn new(table: &'t Table, base: &'t dyn Base) -> Result<Self, Error> {
        let (start, len, _) = table.strings;
        let words = usize::try_from(len / 64).unwrap_or(usize::MAX).saturating_add(1);
        let mut used = Vec::new();
        used.try_reserve_exact(words).map_err(|_| Error::Memory { bytes: len / 8 })?;
        used.resize(words, 0);
        Ok(Self {
            table,
            rows: Words::here_and_there(base, table.base()),
            strings: Words::here_and_there(base, start..start.saturating_add(len)),
            used,
            ahead: Vec::with_capacity(AHEAD),
            next: Place { stretch: 0, byte: 0 },
        })
    }

    /// Notes that `len` bytes of the base were copied from `old` on.
    pub(super) fn copied(&mut self, old: u64, len: u64) {
        let (start, all, _) = self.table.strings;
        let to = old.saturating_add(len).saturating_sub(start).min(all);
        let from = old.saturating_sub(start);
        set(&mut self.used, from, to.saturating_sub(from));
        self.ahead.retain(|string| !(from..to).contains(string));
    }

    /// The next string that a word names, used or not. The map is known up to `end`.
    fn named(&mut self, map: &Map, end: u64) -> Result<Option<u64>, Error> {
        let rows = self.table.base();
        let end = self.table.image.end.min(end);
        while let Some(stretch) = map.stretch(self.next.stretch).filter(|s| s.new < end) {
            let len = stretch.len.min(end.saturating_sub(stretch.new));
            let is_in_image = stretch.new.saturating_add(len) > self.table.image.start;
            // Of the copy, the first word at the place or behind it.
            let word = stretch.old.filter(|_| is_in_image).and_then(|old| {
                let at = old.saturating_add(self.next.byte).saturating_sub(rows.start);
                let word = at.checked_next_multiple_of(4)?;
                let there = rows.start.saturating_add(word);
                let is_inside = there < old.saturating_add(len).min(rows.end);
                is_inside.then(|| (word, there.saturating_sub(old).saturating_add(4)))
            });
            let Some((word, behind)) = word else {
                self.next = Place { stretch: self.next.stretch.saturating_add(1), byte: 0 };
                continue;
            };
            self.next.byte = behind;
            if let Field::Head | Field::String = self.table.field(word.cast_signed()) {
                let string = u64::from(self.rows.word(word)?);
                if string > 0 && string < self.table.strings.1 {
                    return Ok(Some(string));
                }
            }
        }
        Ok(None)
    }

    /// The `nth` of the strings that come next, if there is one.
    fn nth(&mut self, map: &Map, end: u64, nth: usize) -> Result<Option<u64>, Error> {
        while self.ahead.len() <= nth && self.ahead.len() < AHEAD {
            match self.named(map, end)? {
                Some(string) if !is_set(&self.used, string) => {
                    set(&mut self.used, string, 1);
                    self.ahead.push(string);
                }
                Some(_) => {}
                None => break,
            }
        }
        Ok(self.ahead.get(nth).copied())
    }

    /// How many strings are to be left out for the one at `old` of the base to come next.
    pub(super) fn find(&mut self, map: &Map, end: u64, old: u64) -> Result<Option<u64>, Error> {
        let (start, ..) = self.table.strings;
        for nth in 0..AHEAD {
            match self.nth(map, end, nth)? {
                Some(string) if start.saturating_add(string) == old => return Ok(u64::try_from(nth).ok()),
                Some(_) => {}
                None => break,
            }
        }
        Ok(None)
    }

    /// Leaves out so many strings for good. Gives the one behind them, and how many bytes of the base go on as the rows
    /// say.
    pub(super) fn take(&mut self, map: &Map, end: u64, left_out: u64) -> Result<(u64, u64), Error> {
        let left_out = usize::try_from(left_out).unwrap_or(AHEAD).min(AHEAD.wrapping_sub(1));
        let first = self.nth(map, end, left_out)?.unwrap_or(0);
        self.ahead.drain(..left_out.min(self.ahead.len()));
        let mut to = self.behind(first)?;
        for nth in 1..AHEAD {
            if self.nth(map, end, nth)? != Some(to) {
                break;
            }
            to = self.behind(to)?;
        }
        Ok((self.table.strings.0.saturating_add(first), to.saturating_sub(first)))
    }

    /// Where the string behind one begins.
    fn behind(&mut self, string: u64) -> Result<u64, Error> {
        let mut len = 0usize;
        while len < LONG {
            let bytes = self.strings.slice(string.saturating_add(u64::try_from(len).unwrap_or(0)))?;
            let rest = bytes.get(..LONG.saturating_sub(len)).unwrap_or(bytes);
            if let Some(end) = rest.iter().position(|byte| *byte == 0) {
                len = len.saturating_add(end).saturating_add(1);
                break;
            }
            len = len.saturating_add(rest.len());
            if rest.is_empty() {
                break;
            }
        }
        Ok(string.saturating_add(u64::try_from(len).unwrap_or(0)))
    }
}

/// Whether a bit is set.
fn is_set(bits: &[u64], at: u64) -> bool {
    let word = usize::try_from(at / 64).ok().and_then(|word| bits.get(word));
    word.is_some_and(|word| word >> (at % 64) & 1 == 1)
}

/// Sets `len` bits from `at` on.
fn set(bits: &mut [u64], mut at: u64, len: u64) {
    let to = at.saturating_add(len);
    while at < to {
        let many = 64u64.wrapping_sub(at % 64).min(to.wrapping_sub(at));
        let Some(word) = usize::try_from(at / 64).ok().and_then(|word| bits.get_mut(word)) else { return };
        let ones = u32::try_from(64u64.wrapping_sub(many)).map_or(0, |none| u64::MAX.wrapping_shr(none));
        *word |= ones << (at % 64);
        at = at.saturating_add(many);
    }
}
