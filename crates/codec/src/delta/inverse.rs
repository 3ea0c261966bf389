//! The match map, read the other way: where the bytes of the base went.

use super::stretch::{Places, Stretch};
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

/// Where a run without a copy went.
const NOWHERE: u64 = Places::MOST;

/// Where each base byte went: to the longest copy of it, of equally long ones to the last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Inverse {
    /// Runs of base bytes, up to the next run each: the first of them, and where that went; [`NOWHERE`] if no copy
    /// covers the run.
    runs: Vec<Places>,
    /// For each stride of base bytes the number of the first run that begins in it or after it, so that few runs are
    /// looked at; and one more. Empty without runs.
    strides: Vec<u32>,
    /// Bytes of a stride: two to the power of this.
    stride: u32,
}

/// Runs in a stride, in the mean.
const IN_STRIDE: usize = 4;

/// A copy that covers the place at hand. The longest is the greatest: length, place in the image, end in the base, five
/// bytes each, the highest first.
struct Open([u8; 15]);

impl Inverse {
    /// Bytes that each stretch of the map takes here, with what [`new`](Self::new) takes for a while: two runs, a
    /// number, and a copy that is open.
    pub(super) const BYTES: u64 = 2 * Places::BYTES + 20;

    /// The inverse of the copies among `count` stretches.
    pub(super) fn new(count: usize, stretch: impl Fn(usize) -> Option<Stretch>) -> Self {
        // A copy: its place in the base, its length, its place in the image.
        let copy = |nth: &u32| {
            let stretch = stretch(usize::try_from(*nth).ok()?)?;
            Some((stretch.old?, stretch.len, stretch.new))
        };
        let mut sorted: Vec<u32> = Vec::with_capacity(count);
        sorted.extend((0..u32::try_from(count).unwrap_or(u32::MAX)).filter(|nth| copy(nth).is_some()));
        sorted.sort_unstable_by_key(copy);

        let mut runs: Vec<Places> = Vec::with_capacity(sorted.len().saturating_mul(2).saturating_add(2));
        let mut open: BinaryHeap<[u8; 15]> = BinaryHeap::with_capacity(sorted.len());
        let mut next = sorted.iter().filter_map(copy).peekable();
        let mut at = 0u64;
        while next.peek().is_some() || !open.is_empty() {
            while open.peek().is_some_and(|copy| Open(*copy).end() <= at) {
                open.pop();
            }
            while let Some((old, len, new)) = next.next_if(|(old, ..)| *old <= at) {
                open.push(Open::new(len, new, old.saturating_add(len)).0);
            }
            let begins = next.peek().map(|(old, ..)| *old);
            let Some(copy) = open.peek().map(|copy| Open(*copy)) else {
                let Some(begins) = begins else { break };
                push(&mut runs, at, NOWHERE);
                at = begins;
                continue;
            };
            let end = copy.end();
            let start = end.saturating_sub(copy.len());
            push(&mut runs, at, copy.new_place().saturating_add(at.saturating_sub(start)));
            // A copy that begins before this one ends may be longer.
            at = begins.map_or(end, |begins| begins.min(end));
        }
        push(&mut runs, at, NOWHERE);
        drop((sorted, open));
        Self::index(runs)
    }

    fn index(runs: Vec<Places>) -> Self {
        let last = runs.last().map_or(0, |run| run.first());
        let most = (runs.len() / IN_STRIDE).max(1);
        let mut stride = 0u32;
        while usize::try_from(last >> stride).unwrap_or(usize::MAX) >= most {
            stride = stride.saturating_add(1);
        }
        let mut strides = Vec::with_capacity(most.saturating_add(2));
        for (nth, run) in (0u32..).zip(&runs) {
            let own = usize::try_from(run.first() >> stride).unwrap_or(0);
            while strides.len() <= own {
                strides.push(nth);
            }
        }
        strides.push(u32::try_from(runs.len()).unwrap_or(u32::MAX));
        Self { runs, strides, stride }
    }

    /// How many runs begin at a base byte or before it.
    fn until(&self, old: u64) -> usize {
        let stride = usize::try_from(old >> self.stride).unwrap_or(usize::MAX);
        let [first, next] = match self.strides.get(stride..) {
            Some([first, next, ..]) => [first, next].map(|nth| usize::try_from(*nth).unwrap_or(usize::MAX)),
            _ => return self.runs.len(),
        };
        let few = self.runs.get(first..next).unwrap_or_default();
        first.saturating_add(few.partition_point(|run| run.first() <= old))
    }

    /// Where a base byte went, and whether a copy covers it. One that none covers went as far as the nearest one below
    /// it that a copy covers.
    pub(super) fn find(&self, old: u64) -> (i64, bool) {
        let before = self.runs.get(..self.until(old)).unwrap_or_default();
        let (covered, shift) = match before {
            [.., run] if run.second() != NOWHERE => (true, run.second().wrapping_sub(run.first())),
            [.., run, _] => (false, run.second().wrapping_sub(run.first())),
            _ => (false, 0),
        };
        (old.wrapping_add(shift).cast_signed(), covered)
    }
}

impl Open {
    fn new(len: u64, new: u64, end: u64) -> Self {
        let mut bytes = [0; 15];
        for (five, number) in bytes.chunks_exact_mut(5).zip([len, new, end]) {
            let [_, _, _, low @ ..] = number.to_be_bytes();
            five.copy_from_slice(&low);
        }
        Self(bytes)
    }

    fn number(five: [u8; 5]) -> u64 {
        let [a, b, c, d, e] = five;
        u64::from_be_bytes([0, 0, 0, a, b, c, d, e])
    }

    fn len(&self) -> u64 {
        self.0.first_chunk().map_or(0, |five| Self::number(*five))
    }

    fn new_place(&self) -> u64 {
        let [_, _, _, _, _, a, b, c, d, e, ..] = self.0;
        Self::number([a, b, c, d, e])
    }

    fn end(&self) -> u64 {
        self.0.last_chunk().map_or(0, |five| Self::number(*five))
    }
}

/// Adds a run, as part of the last one where it goes on. There is never a gap after a gap.
fn push(runs: &mut Vec<Places>, old: u64, new: u64) {
    let goes_on = runs.last().is_some_and(|last| match (last.second(), new) {
        (NOWHERE, NOWHERE) => true,
        (NOWHERE, _) | (_, NOWHERE) => false,
        (before, new) => new.wrapping_sub(old) == before.wrapping_sub(last.first()),
    });
    match runs.last_mut() {
        Some(last) if last.first() == old => *last = Places::new(old, new),
        _ if goes_on => {}
        _ => runs.push(Places::new(old, new)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(new: u64, old: u64, len: u64) -> Stretch {
        Stretch { new, len, old: Some(old) }
    }

    #[test]
    fn the_longest_copy_wins_then_the_last() {
        let mut x = 1u64;
        let mut random = |below: u64| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 33) % below
        };
        for _ in 0..500 {
            let copies: Vec<Stretch> =
                (0..random(9)).map(|n| stretch(n * 1000, random(100), random(30) + 1)).collect();
            let inverse = Inverse::new(copies.len(), |nth| copies.get(nth).copied());
            assert!(inverse.runs.len() <= 2 * copies.len() + 1);
            let mut shift = 0;
            for old in 0..140 {
                let covers = |s: &&Stretch| s.old.is_some_and(|from| (from..from + s.len).contains(&old));
                let best = copies.iter().filter(covers).max_by_key(|s| (s.len, s.new));
                if let Some(best) = best {
                    shift = best.new.wrapping_sub(best.old.unwrap_or(0)).cast_signed();
                }
                assert_eq!(
                    inverse.find(old),
                    (old.cast_signed() + shift, best.is_some()),
                    "{old} {copies:?}"
                );
            }
        }
    }

    #[test]
    fn without_copies_nothing_moves() {
        assert_eq!(Inverse::new(0, |_| None).find(77), (77, false));
        assert_eq!(Inverse::default().find(u64::MAX), (-1, false));
    }
}
