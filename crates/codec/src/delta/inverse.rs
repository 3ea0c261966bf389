//! The match map, read the other way: where the bytes of the base went.

use super::stretch::Stretch;
use alloc::collections::BinaryHeap;
use alloc::vec::Vec;

/// A run of base bytes, up to the next run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Run {
    old: u64,
    /// Where its first byte went; [`NOWHERE`] if no copy covers the run.
    new: u64,
}

const NOWHERE: u64 = u64::MAX;

/// Where each base byte went: to the longest copy of it, of equally long ones to the last.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Inverse {
    runs: Vec<Run>,
}

impl Inverse {
    /// Bytes that each stretch of the map takes here, with what [`new`](Self::new) takes for a while.
    pub(super) const BYTES: u64 = 80;

    /// The inverse of the copies among these stretches.
    pub(super) fn new(stretches: impl Iterator<Item = Stretch> + Clone) -> Self {
        let copies = || stretches.clone().filter_map(|s| s.old.map(|old| (old, s.len, s.new)));
        let count = copies().count();
        let mut sorted: Vec<(u64, u64, u64)> = Vec::with_capacity(count);
        sorted.extend(copies());
        sorted.sort_unstable();

        let mut runs: Vec<Run> = Vec::with_capacity(count.saturating_mul(2).saturating_add(2));
        // Copies that cover the place at hand, the longest first: length, place in the image, end in the base.
        let mut open: BinaryHeap<(u64, u64, u64)> = BinaryHeap::with_capacity(count);
        let mut next = sorted.iter().peekable();
        let mut at = 0u64;
        while next.peek().is_some() || !open.is_empty() {
            while open.peek().is_some_and(|(_, _, end)| *end <= at) {
                open.pop();
            }
            while let Some((old, len, new)) = next.next_if(|(old, ..)| *old <= at) {
                open.push((*len, *new, old.saturating_add(*len)));
            }
            let begins = next.peek().map(|(old, ..)| *old);
            let Some(&(len, new, end)) = open.peek() else {
                let Some(begins) = begins else { break };
                push(&mut runs, at, NOWHERE);
                at = begins;
                continue;
            };
            let start = end.saturating_sub(len);
            push(&mut runs, at, new.saturating_add(at.saturating_sub(start)));
            // A copy that begins before this one ends may be longer.
            at = begins.map_or(end, |begins| begins.min(end));
        }
        push(&mut runs, at, NOWHERE);
        Self { runs }
    }

    /// Where a base byte went, and whether a copy covers it. One that none covers went as far as the nearest one below
    /// it that a copy covers.
    pub(super) fn find(&self, old: u64) -> (i64, bool) {
        let after = self.runs.partition_point(|run| run.old <= old);
        let before = self.runs.get(..after).unwrap_or_default();
        let (covered, shift) = match before {
            [.., run] if run.new != NOWHERE => (true, run.new.wrapping_sub(run.old)),
            [.., run, _] => (false, run.new.wrapping_sub(run.old)),
            _ => (false, 0),
        };
        (old.wrapping_add(shift).cast_signed(), covered)
    }
}

/// Adds a run, as part of the last one where it goes on. There is never a gap after a gap.
fn push(runs: &mut Vec<Run>, old: u64, new: u64) {
    let goes_on = runs.last().is_some_and(|last| match (last.new, new) {
        (NOWHERE, NOWHERE) => true,
        (NOWHERE, _) | (_, NOWHERE) => false,
        (before, new) => new.wrapping_sub(old) == before.wrapping_sub(last.old),
    });
    match runs.last_mut() {
        Some(last) if last.old == old => last.new = new,
        _ if goes_on => {}
        _ => runs.push(Run { old, new }),
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
            let inverse = Inverse::new(copies.iter().copied());
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
        assert_eq!(Inverse::new(core::iter::empty()).find(77), (77, false));
        assert_eq!(Inverse::default().find(u64::MAX), (-1, false));
    }
}
