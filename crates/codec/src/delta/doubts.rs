//! How much is known of the predictions for a block or a word: read from the kinds of its bytes, eight at a time.

use super::{eight, low_first};

/// The doubts of some bytes. The doubt of a byte is in the lowest two bits of its kind: 0 for a base byte as it is, else 1
/// to 3; the higher it is, the less is known of the prediction.
#[derive(Clone, Copy, Default)]
pub(super) struct Doubts {
    /// In each of eight lanes: the bits that any kind has, whether a kind has both of the lowest bits, and how many kinds
    /// are not 0.
    any: u64,
    both: u64,
    counts: u64,
}

impl Doubts {
    /// Those of the bytes of a block.
    pub(super) fn of(kinds: &[u8]) -> Self {
        let (eights, rest) = kinds.as_chunks::<8>();
        let all = eights.iter().fold(Self::default(), |all, kinds| all.and(u64::from_le_bytes(*kinds)));
        if rest.is_empty() { all } else { all.and(low_first(rest)) }
    }

    /// These and those of eight more bytes.
    pub(super) fn and(self, kinds: u64) -> Self {
        let (low, high) = (kinds & eight(1), kinds >> 1 & eight(1));
        Self {
            any: self.any | kinds,
            both: self.both | low & high,
            counts: self.counts.wrapping_add(low | high),
        }
    }

    /// The largest doubt.
    pub(super) fn worst(self) -> u32 {
        let found = [self.any & eight(1) != 0, self.any & eight(2) != 0, self.both != 0];
        (1..).zip(found).fold(0, |worst, (doubt, found)| if found { doubt } else { worst })
    }

    /// How many of the bytes of a block are not base bytes as they are.
    pub(super) fn some(self) -> u32 {
        u32::try_from(self.counts.wrapping_mul(eight(1)) >> 56).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use alloc::vec::Vec;

    #[test]
    fn eight_at_a_time_they_are_what_they_are_one_by_one() {
        let mut x = 5u64;
        for len in (0..=32).cycle().take(400) {
            let kinds: Vec<u8> = (0..len)
                .map(|_| {
                    x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
                    [0, 0, 0, 5, 6, 7, 9, 10, 13, 17, 23, 25]
                        [usize::try_from(x >> 33).unwrap() % (1 + len % 12)]
                })
                .collect();
            let doubts = Doubts::of(&kinds);
            let worst = kinds.iter().map(|kind| u32::from(kind & 3)).max().unwrap_or(0);
            let some = kinds.iter().filter(|kind| **kind > 0).count();
            assert_eq!((doubts.worst(), doubts.some()), (worst, u32::try_from(some).unwrap()), "{kinds:?}");
        }
    }
}
