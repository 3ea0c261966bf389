//! Numbers of any size: how many bits one has, then those bits.

use super::coder::Code;
use super::model::Bits;

/// Bits after the leading one that are learned.
const FIRST: u32 = 3;
/// Bits at the end that are learned: many numbers are multiples of four, and the lowest bit may be a sign.
const LAST: u32 = 3;

/// Predicts numbers below 2^63 from what kind of number it is, and two numbers before it.
pub(super) struct Numbers {
    bits: Bits<2>,
}

/// What is known of a number before it is coded: what it counts, and two numbers before it.
#[derive(Clone, Copy)]
pub(super) struct Told(pub(super) u32, pub(super) u32, pub(super) u32);

impl Numbers {
    pub(super) fn new() -> Self {
        Self { bits: Bits::new(1 << 13, 128) }
    }

    pub(super) fn code<C: Code>(&mut self, coder: &mut C, told: Told, wanted: u64) -> u64 {
        let length = u64::BITS.wrapping_sub(wanted.leading_zeros());
        if !self.bit(coder, told, (3, 1), length > 0) {
            return 0;
        }
        let mut node = 1u32;
        for shift in (0..6u32).rev() {
            node = node << 1 | u32::from(self.bit(coder, told, (0, node), length >> shift & 1 == 1));
        }
        let length = node & 63;
        if length == 0 {
            return 0;
        }
        let rest = length.wrapping_sub(1);
        let (mut number, mut first, mut last) = (1u64, 1u32, 1u32);
        for left in (0..rest).rev() {
            let wanted = wanted >> left & 1 == 1;
            let bit = if rest.wrapping_sub(left) <= FIRST {
                let bit = self.bit(coder, told, (1, length << 4 | first), wanted);
                first = first << 1 | u32::from(bit);
                bit
            } else if left < LAST {
                let bit = self.bit(coder, told, (2, last), wanted);
                last = last << 1 | u32::from(bit);
                bit
            } else {
                coder.code(wanted, 1 << 15)
            };
            number = number << 1 | u64::from(bit);
        }
        number
    }

    /// Codes a number that may be negative, whose magnitude is below 2^62: positive ones become even, negative ones odd.
    pub(super) fn signed<C: Code>(&mut self, coder: &mut C, told: Told, wanted: i64) -> i64 {
        let folded = (wanted << 1 ^ wanted >> 63).cast_unsigned() & (u64::MAX >> 1);
        let folded = self.code(coder, told, folded);
        let half = (folded >> 1).cast_signed();
        if folded & 1 == 1 { !half } else { half }
    }

    /// Codes a bit: of which part of the number, and what was coded of that part.
    fn bit<C: Code>(&mut self, coder: &mut C, told: Told, (part, node): (u32, u32), wanted: bool) -> bool {
        let Told(what, near, far) = told;
        let own = u64::from(part << 16 | node) << 16 | u64::from(what);
        let contexts = [own, own | u64::from(near & 0xFF) << 40 | u64::from(far & 0xFF) << 48];
        let set = usize::try_from(what << 2 | part).unwrap_or(0);
        self.bits.code(coder, &contexts, set, wanted)
    }
}

#[cfg(test)]
mod tests {
    use super::super::coder::{Decoder, Encoder};
    use super::*;
    use alloc::vec::Vec;

    fn told(i: usize) -> Told {
        let i = i as u32;
        Told(i % 3, i % 5, i % 7)
    }

    #[test]
    fn numbers_of_every_length_come_back() {
        let numbers: Vec<u64> =
            (0..63).flat_map(|n| [1u64 << n, (1 << n) - 1, (1 << n) | 1]).chain([(1 << 63) - 1]).collect();
        let mut coder = Encoder::new(Vec::new());
        let mut model = Numbers::new();
        for (i, number) in numbers.iter().enumerate() {
            model.code(&mut coder, told(i), *number);
        }
        let stored = coder.finish();
        let mut coder = Decoder::new(&stored);
        let mut model = Numbers::new();
        for (i, number) in numbers.iter().enumerate() {
            assert_eq!(model.code(&mut coder, told(i), 0), *number);
        }
        coder.finish().unwrap();
    }

    #[test]
    fn signed_numbers_come_back() {
        let most = (1 << 62) - 1;
        let numbers = [0, 1, -1, 2, -2, 1000, -1000, most, -most, -most - 1];
        let (mut coder, mut model) = (Encoder::new(Vec::new()), Numbers::new());
        for number in numbers {
            model.signed(&mut coder, Told(1, 0, 0), number);
        }
        let stored = coder.finish();
        let (mut coder, mut model) = (Decoder::new(&stored), Numbers::new());
        for number in numbers {
            assert_eq!(model.signed(&mut coder, Told(1, 0, 0), 0), number);
        }
    }
}
