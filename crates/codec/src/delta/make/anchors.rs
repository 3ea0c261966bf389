//! Anchors: long stretches that did not change at all.
//!
//! In a large image, a file system most of all, most of the base comes back as it was. What changed
//! is then like those parts of the base that did not come back, so only they need to be indexed.

use super::index::common;
use std::collections::HashMap;
use std::ops::Range;

/// Bytes of a block that is looked for as a whole.
const BLOCK: usize = 4 << 10;
/// From this size of a base on, indexing all of it takes too long.
const LARGE: usize = 64 << 20;

/// A stretch that is in the base as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Anchor {
    /// Where it begins in the image.
    pub(super) new: usize,
    /// Where it begins in the base.
    pub(super) old: usize,
    pub(super) len: usize,
}

impl Anchor {
    /// The parts of a copy, of at least `least` bytes, that are in the base as they are.
    pub(super) fn equal(self, base: &[u8], image: &[u8], least: usize) -> Vec<Anchor> {
        let (old, new) = (&base[self.old..self.old + self.len], &image[self.new..self.new + self.len]);
        let (mut all, mut at) = (Vec::new(), 0);
        while at < self.len {
            let len = common(&old[at..], &new[at..]);
            if len >= least {
                all.push(Anchor { new: self.new + at, old: self.old + at, len });
            }
            at += len + 1;
        }
        all
    }
}

/// A hash of the last [`BLOCK`] bytes, which can go on by one.
struct Rolling {
    hash: u64,
    /// The factor of the byte that leaves.
    leaving: u64,
}

const FACTOR: u64 = 0x9E37_79B9_7F4A_7C15;

impl Rolling {
    fn new(block: &[u8]) -> Self {
        let leaving = (0..block.len()).fold(1u64, |f, _| f.wrapping_mul(FACTOR));
        let hash = block.iter().fold(0u64, |h, b| h.wrapping_mul(FACTOR).wrapping_add(u64::from(*b) + 1));
        Self { hash, leaving }
    }

    fn roll(&mut self, out: u8, into: u8) {
        let gone = self.leaving.wrapping_mul(u64::from(out) + 1);
        self.hash = self.hash.wrapping_mul(FACTOR).wrapping_add(u64::from(into) + 1).wrapping_sub(gone);
    }
}

/// Memory that looking for anchors takes besides base and image, bytes: a table with room for each block twice.
pub(super) fn memory(base: u64) -> u64 {
    if base < LARGE as u64 { 0 } else { base / BLOCK as u64 * 40 }
}

/// The anchors between a large base and an image, in the order of the image; none for a small base.
pub(super) fn anchors(base: &[u8], image: &[u8]) -> Vec<Anchor> {
    let mut anchors = Vec::new();
    if base.len() < LARGE || image.len() < BLOCK {
        return anchors;
    }
    let blocks = base.chunks_exact(BLOCK).enumerate();
    let mut known: HashMap<u64, usize> = HashMap::with_capacity(base.len() / BLOCK);
    for (n, block) in blocks {
        known.entry(Rolling::new(block).hash).or_insert(n * BLOCK);
    }
    let (mut at, mut done, mut last) = (0, 0, 0i64);
    let mut rolling = Rolling::new(&image[..BLOCK]);
    while at + BLOCK <= image.len() {
        // Where it went on before, it most likely goes on.
        let same = usize::try_from(at as i64 + last)
            .ok()
            .filter(|old| base.get(*old..*old + BLOCK).is_some_and(|block| *block == image[at..at + BLOCK]));
        let found = known.get(&rolling.hash).copied();
        let found = found.filter(|old| base[*old..*old + BLOCK] == image[at..at + BLOCK]);
        let Some(old) = same.filter(|_| found.is_some()).or(found) else {
            if let Some(next) = image.get(at + BLOCK) {
                rolling.roll(image[at], *next);
            }
            at += 1;
            continue;
        };
        let forward = common(&base[old..], &image[at..]);
        let before = image[done..at].iter().rev().zip(base[..old].iter().rev());
        let back = before.take_while(|(a, b)| a == b).count();
        anchors.push(Anchor { new: at - back, old: old - back, len: back + forward });
        last = old as i64 - at as i64;
        at += forward;
        done = at;
        if let Some(block) = image.get(at..at + BLOCK) {
            rolling = Rolling::new(block);
        }
    }
    anchors
}

/// The ranges of the base that are not inside anchors, by `margin` bytes or more.
pub(super) fn unanchored(anchors: &[Anchor], base: usize, margin: usize) -> Vec<Range<usize>> {
    let inner = |a: &Anchor| (a.old + margin)..(a.old + a.len).saturating_sub(margin);
    let mut taken: Vec<_> = anchors.iter().map(inner).filter(|r| !r.is_empty()).collect();
    taken.sort_by_key(|r| r.start);
    let (mut keep, mut at) = (Vec::new(), 0);
    for range in taken {
        if range.start > at {
            keep.push(at..range.start);
        }
        at = at.max(range.end);
    }
    if at < base {
        keep.push(at..base);
    }
    keep
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    #[test]
    fn what_is_equal_is_found_and_the_rest_is_kept() {
        let old: Vec<u8> = (0..=99).collect();
        let mut new = [&[7; 10], old.as_slice()].concat();
        for at in [30, 31, 45] {
            new[at + 10] = 200;
        }
        let anchor = |at: usize, len| Anchor { new: at + 10, old: at, len };
        let equal = anchor(20, 70).equal(&old, &new, 11);
        assert_eq!(equal, [anchor(32, 13), anchor(46, 44)]);
        assert_eq!(anchor(20, 70).equal(&old, &new, 10).len(), 3);
        assert_eq!(unanchored(&equal, old.len(), 2), [0..34, 43..48, 88..100]);
        assert_eq!(unanchored(&equal, old.len(), 22), [0..100]);
        assert_eq!(unanchored(&[], 0, 2), []);
    }
}
