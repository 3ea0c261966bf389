//! Symbols of a kernel (kallsyms): where each is, in order, and their numbers in the order of their names.

use super::builder::{Builder, absolute, table};
use super::bytes::{array, find as find_bytes, long, word};
use crate::delta::layout::{Column, Mode, Trust};
use crate::delta::machine::Order;
use crate::delta::space::{Piece, Space};
use std::ops::Range;

/// Fewer symbols are not worth it.
const LEAST: usize = 4096;
/// The most symbols that share the lowest place.
const EQUAL: usize = 64;
/// How many image lengths away a symbol may be: some are in memory that no file holds.
const BEYOND: usize = 2;
/// The search gives up after so many numbers.
const STEPS: usize = 64 << 20;

/// The tables of an image.
pub(super) struct Symbols {
    /// Offsets from an address, four bytes each.
    offsets: Range<usize>,
    /// That address.
    from: i64,
    /// Numbers of symbols, three bytes each, the highest first.
    numbers: Option<Range<usize>>,
}

/// The tables of an image that is loaded to an address, if it has them.
pub(super) fn find(image: &[u8], loaded: i64) -> Option<Symbols> {
    let mut offsets = sorted(image)?;
    let numbers = numbers(image, offsets.len() / 4 + EQUAL);
    // The table ends where its words are no longer in order. Where it begins is not seen if the first are equal.
    if let Some(numbers) = &numbers {
        offsets.start = offsets.end.checked_sub(numbers.len() / 3 * 4)?;
    }
    let from = address(image, offsets.end.next_multiple_of(8), loaded).unwrap_or(loaded);
    Some(Symbols { offsets, from, numbers })
}

/// The address behind the offsets, or the one that a record of relocation will write there.
fn address(image: &[u8], place: usize, loaded: i64) -> Option<i64> {
    let is_inside = |address: &i64| (0..image.len() as i64).contains(&address.wrapping_sub(loaded));
    let there = long(image, place)?.cast_signed();
    if is_inside(&there) {
        return Some(there);
    }
    let wanted = loaded.wrapping_add(place as i64).cast_unsigned().to_le_bytes();
    let mut at = 0;
    while let Some(found) = find_bytes(image, &wanted, at) {
        let address = long(image, found + 16).map(u64::cast_signed);
        if let Some(address) = address.filter(is_inside).filter(|_| found % 8 == 0) {
            return Some(address);
        }
        at = found + 1;
    }
    None
}

/// The longest run of words that are in order, and not beyond the image.
fn sorted(image: &[u8]) -> Option<Range<usize>> {
    let most = image.len().saturating_mul(BEYOND);
    let (mut start, mut rises, mut last) = (0, 0usize, 0u32);
    let mut best = (0, 0..0);
    for n in 0..=image.len() / 4 {
        let value = word(image, 4 * n).filter(|value| (*value as usize) < most);
        if let Some(value) = value.filter(|value| n == start || *value >= last) {
            if n > start && value > last {
                rises += 1;
            } else if rises == 0 {
                // Zeros before the table are not part of it.
                start = n;
            }
            last = value;
            continue;
        }
        if rises > best.0 {
            best = (rises, 4 * start..4 * n);
        }
        // The word that is not in order may be the first of the next run.
        (start, rises, last) = match value {
            Some(value) => (n, 0, value),
            None => (n + 1, 0, 0),
        };
    }
    let (rises, range) = best;
    (rises >= LEAST && rises * 2 > range.len() / 4).then_some(range)
}

/// Numbers from 0 on, each once, in any order: at most `most` of them.
fn numbers(image: &[u8], most: usize) -> Option<Range<usize>> {
    let number = |at: usize| array(image, at).map(|[a, b, c]| u32::from_be_bytes([0, a, b, c]) as usize);
    let mut seen = vec![0usize; most];
    let mut steps = 0;
    for (turn, start) in (0..image.len()).step_by(8).enumerate() {
        let (mut count, mut highest, mut all) = (0, 0, 0);
        while let Some(number) = number(start + 3 * count) {
            match seen.get_mut(number) {
                Some(seen) if *seen != turn + 1 => *seen = turn + 1,
                _ => break,
            }
            highest = highest.max(number);
            count += 1;
            if highest + 1 == count {
                all = count;
            }
        }
        if all >= LEAST {
            return Some(start..start + 3 * all);
        }
        steps += count;
        if steps > STEPS {
            return None;
        }
    }
    None
}

impl Symbols {
    /// The numbers: each stands for an offset.
    fn pieces(&self) -> Vec<Piece> {
        vec![Piece { value: 0, offset: self.offsets.start as i64, len: self.offsets.len() as i64 }]
    }
}

/// The tables of the base and of the image, whose addresses are in a space, and what is in each.
pub(super) fn tables(
    plan: &mut Builder,
    space: u32,
    symbols: [Option<Symbols>; 2],
) -> [Vec<(Range<usize>, Mode)>; 2] {
    let [Some(old), Some(new)] = symbols else { return [Vec::new(), Vec::new()] };
    let place = Column { base: old.from, image: new.from, ..absolute(0, 4, Trust::Likely, space) };
    let offsets = table(4, vec![place]);
    let symbols = plan.space(Space { scale: 4, base: old.pieces(), image: new.pieces() });
    let number = Column { order: Order::Big, ..absolute(0, 3, Trust::Likely, symbols) };
    let numbers = table(3, vec![number]);
    [old, new].map(|symbols| {
        let offsets = (symbols.offsets, offsets.clone());
        std::iter::once(offsets).chain(symbols.numbers.map(|range| (range, numbers.clone()))).collect()
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::{Decoder, EncodeOptions, Map, encode};

    const LOADED: i64 = -0x7FFF_F800_0000;
    const COUNT: usize = 6000;

    /// Where the tables of an image are.
    const OFFSETS: usize = 0x20_0000;

    /// A kernel with or without every 500th function: code, then the tables of where they are.
    fn image(all: bool) -> Vec<u8> {
        let mut image = vec![0x91; 0x1000];
        image[56..60].copy_from_slice(b"ARM\x64");
        let (mut offsets, mut names) = (Vec::new(), Vec::new());
        for n in (0..COUNT as u32).filter(|n| all || n % 500 != 499) {
            offsets.extend((image.len() as u32 - 0x800).to_le_bytes());
            names.push(n.wrapping_mul(0x9E37_79B1));
            let len = n.wrapping_mul(2_654_435_761) >> 27;
            image.extend(
                (0..10 + len).flat_map(|k| (n.wrapping_mul(77_777) ^ (k * 31) | 0x8000_0001).to_le_bytes()),
            );
        }
        image.resize(OFFSETS, 0);
        image.extend(offsets);
        image.resize(image.len().next_multiple_of(8), 0);
        image.extend((LOADED + 0x800).to_le_bytes());
        image.extend((names.len() as u64).to_le_bytes());
        let mut order: Vec<u32> = (0..names.len() as u32).collect();
        order.sort_by_key(|n| names[*n as usize]);
        image.extend(order.iter().flat_map(|n| n.to_be_bytes()[1..].to_vec()));
        image.resize(image.len().next_multiple_of(8) + 64, 0);
        image
    }

    #[test]
    fn tables_are_found_by_their_numbers() {
        let image = image(true);
        let found = find(&image, LOADED).expect("symbols");
        assert_eq!((found.offsets.clone(), found.from), (OFFSETS..OFFSETS + 4 * COUNT, LOADED + 0x800));
        let start = OFFSETS + 4 * COUNT + 16;
        assert_eq!(found.numbers, Some(start..start + 3 * COUNT));
        // One number twice: they are not the numbers of all.
        let mut other = image.clone();
        other.copy_within(start..start + 3, start + 3);
        assert_eq!(find(&other, LOADED).expect("symbols").numbers, None);
        assert!(find(&image[..OFFSETS], LOADED).is_none() && find(&[], LOADED).is_none());
    }

    #[test]
    fn the_address_may_be_in_a_record_of_relocation() {
        let mut image = image(true);
        let place = OFFSETS + 4 * COUNT;
        image[place..place + 8].fill(0);
        for word in [LOADED + place as i64, 1027, LOADED + 0x800] {
            image.extend(word.to_le_bytes());
        }
        assert_eq!(find(&image, LOADED).expect("symbols").from, LOADED + 0x800);
        image.truncate(image.len() - 24);
        assert_eq!(find(&image, LOADED).expect("symbols").from, LOADED);
    }

    #[test]
    fn inserted_functions_cost_little_more_than_themselves() {
        let (old, new) = (image(false), image(true));
        let mut stored = Vec::new();
        let options = EncodeOptions::default();
        let memory = encode(&old.as_slice(), &new.as_slice(), &options, &mut |len, bytes| {
            stored.push((len, bytes.to_vec()));
            Ok(())
        })
        .expect("a delta");
        let map = Map::decode(&stored[0].1, &old.as_slice(), new.len() as u64, memory).expect("a map");
        let is_number = |mode: &Mode| match mode {
            Mode::Records { columns, .. } => columns.iter().any(|column| column.order == Order::Big),
            _ => false,
        };
        assert!(map.layout.modes.iter().any(is_number));
        let (mut made, mut out, mut decoder) = (Vec::new(), Vec::new(), Decoder::new(memory));
        for (len, bytes) in &stored[1..] {
            decoder.decode(&map, &old.as_slice(), made.len() as u64, bytes, *len, &mut out).expect("a chunk");
            made.extend_from_slice(&out);
        }
        assert!(made == new);
        let size: usize = stored.iter().map(|(_, bytes)| bytes.len()).sum();
        assert!(size < 3000, "{size}");
    }
}
