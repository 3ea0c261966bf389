//! Bytes that have no like in the base: predicted from the bytes before them in the chunk.

use super::coder::Code;
use super::machine::Machine;
use super::symbols::Symbols;
use super::{shrunk, spread_out};
use alloc::vec;
use alloc::vec::Vec;

/// Places that are remembered for finding a repetition, before the tables are made smaller.
const PLACES: usize = 1 << 13;
/// Bytes of a repetition that are counted; more make no difference.
const LONG: usize = 31;

/// What is learned of a chunk's fresh bytes.
pub(super) struct Fresh {
    symbols: Symbols<3>,
    /// Where the five bytes before a byte stood last.
    places: Vec<u32>,
}

impl Fresh {
    /// Tables of which the size is halved so many times.
    pub(super) fn new(halved: u32) -> Self {
        Self {
            symbols: Symbols::new(shrunk(1 << 14, halved), 64, 2),
            places: vec![0; shrunk(PLACES, halved)],
        }
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.symbols.reset();
        self.places.fill(0);
    }

    /// Bytes of its tables.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.symbols.bytes() + self.places.capacity() * size_of::<u32>()
    }

    /// Codes the bytes of `out` from `from` to `to`, where there is code of a machine, or not.
    pub(super) fn code<C: Code>(
        &mut self,
        coder: &mut C,
        machine: Option<Machine>,
        out: &mut [u8],
        (from, to): (usize, usize),
    ) {
        let mut instruction = Instruction { machine, start: from.saturating_sub(SIGHT) & !1 };
        // The byte that the repetition at hand would go on with, and how long it is.
        let (mut next, mut length) = (0usize, 0usize);
        let mask = self.places.len().wrapping_sub(1);
        for at in from..to {
            let Some((before, rest)) = out.split_at_mut_checked(at) else { return };
            let Some(byte) = rest.first_mut() else { return };
            let last = last_eight(before);
            let slot = usize::try_from(spread_out(last << 24) >> 48).unwrap_or(0) & mask;
            if let Some(place) = self.places.get_mut(slot) {
                if length == 0 {
                    next = usize::try_from(*place).unwrap_or(0);
                    length = repeated(before, next);
                }
                *place = u32::try_from(at).unwrap_or(0);
            }
            let guess = before.get(next).filter(|_| length > 0).copied();
            let told = guess.map_or(0, |g| u64::from(g) | 1 << 8 | u64::try_from(length).unwrap_or(0) << 9);
            let place = u64::try_from(instruction.place(before)).unwrap_or(0);
            let contexts = [last & 0xFF | place << 20 | 1 << 40, last & 0xFFFF | 2 << 40, told];
            *byte = self.symbols.byte(coder, &contexts, usize::from(guess.is_some()), *byte);
            match guess {
                Some(guess) if guess == *byte => {
                    next = next.saturating_add(1);
                    length = length.saturating_add(1).min(LONG);
                }
                _ => length = 0,
            }
        }
    }
}

/// Bytes before fresh ones in which instructions are looked at, to know where they begin.
const SIGHT: usize = 32;

/// The instruction at hand.
struct Instruction {
    machine: Option<Machine>,
    /// Where it begins.
    start: usize,
}

impl Instruction {
    /// Goes on to the byte after those `before`; gives what place it has in its instruction: 0 to 3, and 5 in place of 1
    /// where four bytes are known already. If instructions are all alike, the place in a word.
    fn place(&mut self, before: &[u8]) -> usize {
        let at = before.len();
        let byte = |at: usize| before.get(at).copied();
        let long = |start: usize| match self.machine {
            Some(Machine::Riscv) => Some(byte(start).is_some_and(|byte| byte & 3 == 3)),
            Some(Machine::Thumb) => Some(byte(start.wrapping_add(1)).is_some_and(|byte| byte >> 3 >= 0x1D)),
            _ => None,
        };
        loop {
            let Some(long) = long(self.start) else { return at % 4 };
            let end = self.start.saturating_add(if long { 4 } else { 2 });
            if end > at {
                let place = at.wrapping_sub(self.start) & 3;
                return place | usize::from(long && place == 1) << 2;
            }
            self.start = end;
        }
    }
}

/// The eight bytes at the end, the last in the lowest bits.
fn last_eight(before: &[u8]) -> u64 {
    match before.last_chunk::<8>() {
        Some(bytes) => u64::from_be_bytes(*bytes),
        None => before.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)),
    }
}

/// How many bytes before `place` are those at the end; a repetition never begins at place 0.
fn repeated(before: &[u8], place: usize) -> usize {
    let there = before.get(..place).unwrap_or_default();
    let same = there.iter().rev().zip(before.iter().rev()).take(LONG).take_while(|(a, b)| a == b);
    same.count()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_have_their_places_in_instructions() {
        let places = |machine, bytes: &[u8]| {
            let mut instruction = Instruction { machine, start: 0 };
            (0..bytes.len()).map(|at| instruction.place(&bytes[..at])).collect::<Vec<_>>()
        };
        let bytes = [1, 0xF0, 3, 0xF0, 0, 0, 2, 2];
        assert_eq!(places(None, &bytes), [0, 1, 2, 3, 0, 1, 2, 3]);
        assert_eq!(places(Some(Machine::Riscv), &bytes), [0, 1, 0, 5, 2, 3, 0, 1]);
        assert_eq!(places(Some(Machine::Thumb), &bytes), [0, 1, 2, 3, 0, 1, 0, 1]);
    }
}
