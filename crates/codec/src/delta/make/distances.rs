//! Tables of distances: records with words that say how far away something is, counted from the word itself. Kernels
//! have many of them. They are found by their numbers, since no header of such an image speaks of them.

use super::builder::{column, table};
use super::bytes::word;
use crate::delta::layout::{Column, Kind, Mode, Trust};
use std::ops::Range;

/// Words that are looked at together.
const WINDOW: usize = 256;
/// The largest records, in words.
const RECORD: usize = 6;
/// A word that points this near, in bytes, is more likely a small number.
const NEAR: u64 = 4096;
/// Bytes behind the image that may be pointed at: memory that no file holds.
const BEHIND: usize = 1 << 22;

/// A range of records, and which of their words are distances. Records are counted from the first byte of the image.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Distances {
    range: Range<usize>,
    form: Form,
}

/// The words of a record, and a bit for each that is a distance.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Form {
    words: usize,
    distances: u32,
}

impl Form {
    fn has(self, word: usize) -> bool {
        self.distances >> (word % self.words) & 1 == 1
    }
}

/// How far away something is by the word number `n` of an image, if it may be a distance.
fn distance(image: &[u8], n: usize) -> Option<i64> {
    let distance = i64::from(word(image, 4 * n)?.cast_signed());
    let target = 4 * n as i64 + distance;
    let may = (0..(image.len() + BEHIND) as i64).contains(&target) && distance.unsigned_abs() >= NEAR;
    may.then_some(distance)
}

/// The smallest records that explain the words of a window. Words that never go back are more likely offsets, and words
/// that are all alike the upper halves of addresses: neither counts as distances.
fn form(words: &[Option<i64>], first: usize) -> Option<Form> {
    if words.iter().flatten().count() < words.len() / (RECORD + 1) {
        return None;
    }
    (1..=RECORD).find_map(|size| {
        let (mut there, mut back, mut alike) = ([0usize; RECORD], [0usize; RECORD], [0usize; RECORD]);
        for (n, word) in words.iter().enumerate() {
            let place = (first + n) % size;
            let Some(distance) = word else { continue };
            there[place] += 1;
            back[place] += usize::from(*distance < 0);
            alike[place] += usize::from(n >= size && words[n - size] == *word);
        }
        let all = words.len() / size;
        let is_distance = |place: &usize| there[*place] * 16 >= all * 15 && alike[*place] * 4 < all;
        let distances = (0..size).filter(is_distance).fold(0, |bits, place| bits | 1u32 << place);
        let goes_back = (0..size).filter(is_distance).any(|place| back[place] * 2 > all);
        goes_back.then_some(Form { words: size, distances })
    })
}

/// The tables of an image, in order and apart.
fn find(image: &[u8]) -> Vec<Distances> {
    let mut windows: Vec<Distances> = Vec::new();
    let mut words = [None; WINDOW];
    for first in (0..image.len() / 4).step_by(WINDOW) {
        for (n, word) in words.iter_mut().enumerate() {
            *word = distance(image, first + n);
        }
        let Some(form) = form(&words, first) else { continue };
        let range = 4 * first..4 * (first + WINDOW);
        match windows.last_mut() {
            Some(last) if last.form == form && last.range.end == range.start => last.range.end = range.end,
            _ => windows.push(Distances { range, form }),
        }
    }
    // The largest first: a window in the middle of a table belongs to it, whatever else it looks like.
    windows.sort_by_key(|window| std::cmp::Reverse(window.range.len()));
    let mut tables: Vec<Distances> = Vec::new();
    for Distances { range, form } in windows {
        let next = tables.partition_point(|table| table.range.end <= range.start);
        let from = if next == 0 { 0 } else { tables[next - 1].range.end };
        let to = tables.get(next).map_or(image.len(), |table| table.range.start);
        let range = grown(image, form, range, from..to);
        if !range.is_empty() {
            tables.insert(next, Distances { range, form });
        }
    }
    tables
}

/// A table up to its first and last record: windows do not end where tables do.
fn grown(image: &[u8], form: Form, range: Range<usize>, room: Range<usize>) -> Range<usize> {
    let stride = 4 * form.words;
    let is_record = |at: usize| {
        let mut words = at / 4..at / 4 + form.words;
        words.all(|n| !form.has(n) || distance(image, n).is_some())
    };
    let fits = |at: usize| room.start <= at && at + stride <= room.end;
    let start = range.start.max(room.start).next_multiple_of(stride);
    let (mut start, mut end) = (start, range.end.min(room.end) / stride * stride);
    while start < end && !is_record(start) {
        start += stride;
    }
    while start < end && !is_record(end - stride) {
        end -= stride;
    }
    if start >= end {
        return start..start;
    }
    // An odd record does not end a table that goes on behind it.
    let holds = |at: Option<usize>| at.is_some_and(|at| fits(at) && is_record(at));
    let goes_on = |next: &dyn Fn(usize) -> Option<usize>| {
        next(1).is_some_and(&fits) && (holds(next(1)) || (2..6).all(|n| holds(next(n))))
    };
    while goes_on(&|n| start.checked_sub(n * stride)) {
        start -= stride;
    }
    while goes_on(&|n| Some(end + (n - 1) * stride)) {
        end += stride;
    }
    start..end
}

/// The tables of an image whose addresses are in a space, and what is in each.
pub(super) fn tables(image: &[u8], space: u32) -> impl Iterator<Item = (Range<usize>, Mode)> {
    find(image).into_iter().map(move |Distances { range, form }| {
        let own = |n: usize| column(4 * n as u16, 4, Kind::Own, Trust::Likely, space);
        let columns: Vec<Column> = (0..form.words).filter(|n| form.has(*n)).map(own).collect();
        (range, table(4 * form.words as u16, columns))
    })
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    const BEFORE: usize = 5 * 4096 + 8;
    const COUNT: usize = 700;

    /// Bytes that mean nothing, then records of three words: two distances, and a number that sometimes looks like one.
    fn image(first: i32) -> Vec<u8> {
        let mut image: Vec<u8> = (0..BEFORE).map(|n| ((n * n) >> 7) as u8 | 0x81).collect();
        for n in 0..COUNT as i32 {
            let at = image.len() as i32;
            let odd = if n % 50 < 30 { 0x0404_0018 } else { 0x5018 };
            for word in [8 * n + 16 - at, first + 4 * (n * 7 % 50) - at - 4, odd] {
                image.extend_from_slice(&word.to_le_bytes());
            }
        }
        image.resize(image.len() + (64 << 10), 0);
        image
    }

    #[test]
    fn tables_are_found_by_their_numbers() {
        let image = image(40_000);
        let found = find(&image);
        let [table] = found.as_slice() else { panic!("{found:?}") };
        let end = BEFORE + 12 * COUNT;
        // The first distances may be too near to count, and zeros look like a record that goes on.
        assert!((BEFORE - 12..BEFORE + 24).contains(&table.range.start), "{table:?}");
        assert!((end - 24..=end + 12).contains(&table.range.end), "{table:?}");
        assert_eq!(table.form.words, 3);
        let place = BEFORE / 4 % 3;
        assert!(table.form.has(place) && table.form.has(place + 1) && !table.form.has(place + 2));
    }

    #[test]
    fn offsets_and_addresses_are_no_distances() {
        let words = |word: &dyn Fn(u32) -> u32| -> Vec<u8> {
            (0..20_000).flat_map(|n| word(n).to_le_bytes()).collect()
        };
        assert_eq!(find(&words(&|n| 10_000 + 3 * n)), []);
        assert_eq!(find(&words(&|n| if n % 2 == 0 { 0x0800_0000 + 8 * n } else { 0xFFFF_8000 })), []);
        assert_eq!(find(&[]), []);
    }
}
