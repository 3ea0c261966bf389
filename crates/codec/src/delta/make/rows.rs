//! Stretches in tables of types: they begin and end where rows and strings do.
//!
//! Alignment compares bytes, so a copy often goes on for some bytes that the next one has as well. Told in rows it is
//! shorter, and the numbers of types follow from it.

use crate::Error;
use crate::delta::map::Map;
use crate::delta::rows::{Rows, Table};
use crate::delta::stretch::Stretch;
use std::collections::HashMap;
use std::ops::Range;

/// Bytes after the beginning of a row that say which row it is: its kind is there, and the bytes before are in doubt.
const INSIDE: u64 = 6;

/// Stretches that are made one after the other.
struct Pieces<'m> {
    from: &'m [Stretch],
    made: Vec<Stretch>,
    /// Where a stretch begins, whatever is before.
    fence: u64,
}

impl Pieces<'_> {
    fn push(&mut self, new: u64, len: u64, old: Option<u64>) {
        let fence = self.fence;
        let goes_on = |last: &&mut Stretch| match (last.old, old) {
            _ if new == fence => false,
            (Some(before), Some(old)) => before + last.len == old,
            (None, None) => true,
            _ => false,
        };
        match self.made.last_mut().filter(goes_on) {
            Some(last) => last.len += len,
            None if len > 0 => self.made.push(Stretch { new, len, old }),
            None => {}
        }
    }

    /// Where a byte of the image comes from.
    fn old(&self, at: u64) -> Option<u64> {
        let nth = self.from.partition_point(|s| s.new <= at).checked_sub(1)?;
        Some(self.from[nth].old? + at - self.from[nth].new)
    }

    /// Keeps these bytes as they were.
    fn keep(&mut self, bytes: Range<u64>) {
        let first = self.from.partition_point(|s| s.new + s.len <= bytes.start);
        for s in self.from[first..].iter().take_while(|s| s.new < bytes.end) {
            let (from, to) = (s.new.max(bytes.start), (s.new + s.len).min(bytes.end));
            self.push(from, to - from, s.old.map(|old| old + from - s.new));
        }
    }

    /// The rows of the image, each from a whole row of the base if it can be.
    fn rows(&mut self, old: &Table, new: &Table) {
        let mut start = new.image.start;
        for row in 1.. {
            let end = new.place(row);
            if start >= new.image.end {
                break;
            }
            let from = self.old(start + INSIDE).and_then(|at| at.checked_sub(INSIDE));
            let is_whole =
                |from: &u64| old.is_row(*from) && old.place(old.before(*from) + 1) - from == end - start;
            match from.filter(is_whole) {
                Some(from) => self.push(start, end - start, Some(from)),
                None => self.keep(start..end),
            }
            start = end;
        }
    }

    /// The strings of the image, each from the same string of the base if there is one.
    fn strings(&mut self, old: (&[u8], u64), new: (&[u8], u64)) {
        let known: HashMap<&[u8], u64> = strings(old).map(|(at, string)| (string, at)).collect();
        for (at, string) in strings(new) {
            let len = string.len() as u64;
            match known.get(string) {
                Some(old) => self.push(at, len, Some(*old)),
                None => self.keep(at..at + len),
            }
        }
    }
}

/// The strings of some bytes, each with the zero at its end, and where they are in the file.
fn strings((bytes, start): (&[u8], u64)) -> impl Iterator<Item = (u64, &[u8])> {
    let mut next = start;
    bytes.split_inclusive(|byte| *byte == 0).map(move |string| {
        let at = next;
        next += string.len() as u64;
        (at, string)
    })
}

/// The same map, with whole rows and strings.
pub(super) fn whole<'i>(map: Map, old: &'i [u8], new: &'i [u8]) -> Result<Map, Error> {
    let (before, after) = (Rows::read(&map.layout, &old)?, Rows::of_image(&map.layout, &new)?);
    if before.is_empty() {
        return Ok(map);
    }
    let from: Vec<Stretch> = map.from(0).collect();
    let mut pieces = Pieces { from: &from, made: Vec::new(), fence: 0 };
    let mut at = 0;
    for (old_table, new_table) in before.all().iter().zip(after.all()) {
        let (start, len, strings) = old_table.strings.clone();
        // What is in another order than that of the file stays as it is.
        let rows = &new_table.image;
        if rows.is_empty() || rows.start < at || strings.start < rows.end {
            continue;
        }
        pieces.keep(at..rows.start);
        pieces.fence = rows.start;
        pieces.rows(old_table, new_table);
        pieces.keep(rows.end..strings.start);
        pieces.fence = strings.start;
        let slice = |bytes: &'i [u8], range: Range<u64>| -> &'i [u8] {
            bytes.get(range.start as usize..range.end as usize).unwrap_or_default()
        };
        pieces.strings((slice(old, start..start + len), start), (slice(new, strings.clone()), strings.start));
        at = strings.end;
    }
    pieces.keep(at..new.len() as u64);
    Ok(Map::new(pieces.made, map.layout, map.halved))
}
