//! Numbers of any size: how many bits one has, then those bits.

use super::coder::Code;
use super::model::Cell;
use alloc::vec;
use alloc::vec::Vec;

/// Bits after the leading one that are learned.
const FIRST: u32 = 3;
/// Bits at the end that are learned: many numbers are multiples of four, and the lowest bit may be a sign.
const LAST: u32 = 3;

/// Predicts numbers below 2^63 from one context.
pub(super) struct Numbers {
    /// The tree of six bits that says how long a number is, for each context.
    lengths: Vec<[Cell; 64]>,
    /// The tree of the first bits behind the leading one, for each length.
    leading: Vec<[Cell; 8]>,
    /// The tree of the last bits, for each context.
    last: Vec<[Cell; 8]>,
}

impl Numbers {
    pub(super) fn new(contexts: usize) -> Self {
        Self {
            lengths: vec![[Cell::EVEN; 64]; contexts],
            leading: vec![[Cell::EVEN; 8]; 64],
            last: vec![[Cell::EVEN; 8]; contexts],
        }
    }

    pub(super) fn code<C: Code>(&mut self, coder: &mut C, context: usize, wanted: u64) -> u64 {
        let length = u64::BITS.wrapping_sub(wanted.leading_zeros());
        let mut node = 1usize;
        for shift in (0..6u32).rev() {
            let cell = self.lengths.get_mut(context).and_then(|tree| tree.get_mut(node));
            node = node << 1 | usize::from(learned(coder, cell, length >> shift & 1 == 1));
        }
        let place = node & 63;
        let length = u32::try_from(place).unwrap_or(0);
        if length == 0 {
            return 0;
        }
        let rest = length.wrapping_sub(1);
        let (mut number, mut first, mut last) = (1u64, 1usize, 1usize);
        for left in (0..rest).rev() {
            let wanted = wanted >> left & 1 == 1;
            let bit = if rest.wrapping_sub(left) <= FIRST {
                let cell = self.leading.get_mut(place).and_then(|tree| tree.get_mut(first));
                let bit = learned(coder, cell, wanted);
                first = first << 1 | usize::from(bit);
                bit
            } else if left < LAST {
                let cell = self.last.get_mut(context).and_then(|tree| tree.get_mut(last));
                let bit = learned(coder, cell, wanted);
                last = last << 1 | usize::from(bit);
                bit
            } else {
                coder.code(wanted, 1 << 15)
            };
            number = number << 1 | u64::from(bit);
        }
        number
    }

    /// Codes a number that may be negative, whose magnitude is below 2^62: positive ones become even, negative ones odd.
    pub(super) fn signed<C: Code>(&mut self, coder: &mut C, context: usize, wanted: i64) -> i64 {
        let folded = (wanted << 1 ^ wanted >> 63).cast_unsigned() & (u64::MAX >> 1);
        let folded = self.code(coder, context, folded);
        let half = (folded >> 1).cast_signed();
        if folded & 1 == 1 { !half } else { half }
    }
}

/// Codes a bit that one cell predicts.
fn learned<C: Code>(coder: &mut C, cell: Option<&mut Cell>, wanted: bool) -> bool {
    match cell {
        Some(cell) => {
            let bit = coder.code(wanted, cell.p());
            cell.update(bit);
            bit
        }
        None => coder.code(wanted, 1 << 15),
    }
}

#[cfg(test)]
mod tests {
    use super::super::coder::{Decoder, Encoder};
    use super::*;

    #[test]
    fn numbers_of_every_length_come_back() {
        let numbers: Vec<u64> =
            (0..63).flat_map(|n| [1u64 << n, (1 << n) - 1, (1 << n) | 1]).chain([(1 << 63) - 1]).collect();
        let mut coder = Encoder::new(Vec::new());
        let mut model = Numbers::new(3);
        for (i, number) in numbers.iter().enumerate() {
            model.code(&mut coder, i % 3, *number);
        }
        let stored = coder.finish();
        let mut coder = Decoder::new(&stored);
        let mut model = Numbers::new(3);
        for (i, number) in numbers.iter().enumerate() {
            assert_eq!(model.code(&mut coder, i % 3, 0), *number);
        }
        coder.finish().unwrap();
    }

    #[test]
    fn signed_numbers_come_back() {
        let most = (1 << 62) - 1;
        let numbers = [0, 1, -1, 2, -2, 1000, -1000, most, -most, -most - 1];
        let (mut coder, mut model) = (Encoder::new(Vec::new()), Numbers::new(1));
        for number in numbers {
            model.signed(&mut coder, 0, number);
        }
        let stored = coder.finish();
        let (mut coder, mut model) = (Decoder::new(&stored), Numbers::new(1));
        for number in numbers {
            assert_eq!(model.signed(&mut coder, 0, 0), number);
        }
    }
}
