//! Numbers of any size: how many bits one has, then those bits.

use super::coder::Code;
use super::model::Cell;

/// Leading bits of a number that are learnt; those behind are as good as random.
const LEARNT: u32 = 3;

/// Predicts numbers below 2^63 from one context.
pub(super) struct Numbers {
    /// The tree of six bits that says how long a number is, for each context.
    lengths: Vec<[Cell; 64]>,
    /// The tree of the first bits behind the leading one, for each length.
    leading: Vec<[Cell; 8]>,
}

impl Numbers {
    pub(super) fn new(contexts: usize) -> Self {
        Self { lengths: vec![[Cell::EVEN; 64]; contexts], leading: vec![[Cell::EVEN; 8]; 64] }
    }

    pub(super) fn code<C: Code>(&mut self, coder: &mut C, context: usize, wanted: u64) -> u64 {
        let length = u64::BITS.wrapping_sub(wanted.leading_zeros());
        let mut node = 1usize;
        for shift in (0..6u32).rev() {
            let cell = self.lengths.get_mut(context).and_then(|tree| tree.get_mut(node));
            node = node << 1 | usize::from(learnt(coder, cell, length >> shift & 1 == 1));
        }
        let place = node & 63;
        let length = u32::try_from(place).unwrap_or(0);
        if length == 0 {
            return 0;
        }
        let (mut number, mut node) = (1u64, 1usize);
        for left in (0..length.wrapping_sub(1)).rev() {
            let wanted = wanted >> left & 1 == 1;
            let bit = if length.wrapping_sub(1).wrapping_sub(left) <= LEARNT {
                let cell = self.leading.get_mut(place).and_then(|tree| tree.get_mut(node));
                let bit = learnt(coder, cell, wanted);
                node = node << 1 | usize::from(bit);
                bit
            } else {
                coder.code(wanted, 1 << 15)
            };
            number = number << 1 | u64::from(bit);
        }
        number
    }
}

/// Codes a bit that one cell predicts.
fn learnt<C: Code>(coder: &mut C, cell: Option<&mut Cell>, wanted: bool) -> bool {
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
}
