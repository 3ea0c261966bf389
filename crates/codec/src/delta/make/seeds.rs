//! Candidates for alignment: distances at which a stretch of the image may be like the base.

use super::anchors::Anchor;
use super::cost::{self, Meter};
use super::index::{GRAM, Index, common};

/// A match that is looked into must have this many bytes.
const LEAST: usize = GRAM;
/// A run without a difference that ends the search for something better.
const RUN: usize = 24;
/// Bytes that tell whether one distance is better than another: a few for small changes, more
/// where differences are dense.
const NEAR: usize = 32;
const LOOK: usize = 96;
/// Equal bytes of those without which a distance is not looked into: fewer cost more than fresh bytes do.
const EQUAL_NEAR: usize = NEAR / 4;
const EQUAL: usize = LOOK / 4;
/// How much better it must be, in 1/256 bit.
const BETTER: i64 = 8 * 256;
/// At this cost a byte, or less, the distance at hand is good: the search takes larger steps.
const GOOD: i64 = 384;
/// Part of a match that is not good enough which is gone over without another search.
const PASSED: usize = 8;
/// For each so many bytes of index, other steps are larger by one, up to [`STEP`]: a search then
/// takes longer, and there is more to be found.
const SEARCHED: usize = 48 << 20;
const STEP: usize = 3;
/// Bytes that a candidate is followed backward.
const BACK: usize = 512;
/// Distances that were good lately are tried again at every so many bytes.
const AGAIN: usize = 16;

/// A distance (place in the base less place in the image), and where it may be worth something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Seed {
    pub(super) from: usize,
    pub(super) to: usize,
    pub(super) distance: i64,
}

/// How thoroughly is searched: bytes from one search to the next, and where the distance at hand is good.
#[derive(Clone, Copy)]
pub(super) struct Pace {
    step: usize,
    stride: usize,
}

impl Pace {
    /// For an alignment that decides.
    pub(super) const FINE: Pace = Pace { step: 1, stride: 8 };
    /// For one that goes on from another, which left little to be found.
    pub(super) const AGAIN: Pace = Pace { step: 4, stride: 16 };
    /// For one that others go on from.
    pub(super) const COARSE: Pace = Pace { step: 8, stride: 32 };
}

/// What is compared: the base, and a unit of the image.
struct Search<'a> {
    base: &'a [u8],
    image: &'a [u8],
    from: usize,
    seeds: Vec<Seed>,
}

/// The candidates for the bytes of `image` from `from` to `to`, by where they begin.
pub(super) fn seeds(
    index: &Index<'_>,
    (base, image): (&[u8], &[u8]),
    anchors: &[Anchor],
    pace: Pace,
    from: usize,
    to: usize,
) -> Vec<Seed> {
    let mut search = Search { base, image, from, seeds: Vec::new() };
    let step = pace.step.max((1 + index.len() / SEARCHED).min(STEP));
    let mut recent = [0i64; 8];
    let (mut at, mut current, mut misses, mut again) = (from, 0i64, 0usize, from);
    let first = anchors.partition_point(|a| a.new + a.len <= from);
    let mut anchors = anchors.iter().skip(first).peekable();
    while at < to {
        while let Some(anchor) = anchors.next_if(|a| a.new <= at) {
            let (start, end) = (anchor.new.max(from), (anchor.new + anchor.len).min(to));
            let distance = anchor.old as i64 - anchor.new as i64;
            search.add(start, distance, end - start);
            if at < end {
                current = distance;
            }
        }
        let run = search.place(at, current).map_or(0, |old| common(&base[old..], &image[at..]));
        if run >= RUN {
            search.add(at, current, run);
            at += run + 1;
            misses = 0;
            continue;
        }
        let fresh = [NEAR, LOOK].map(|len| len as i64 * cost::FRESH);
        let now = search.price(at, current, fresh);
        let limit = [now[0].min(fresh[0]), now[1].min(fresh[1])];
        let (mut best, mut gain) = (None, BETTER);
        let mut consider = |distance: i64| {
            let price = search.price(at, distance, limit.map(|limit| limit - gain));
            let better = (limit[0] - price[0]).max(limit[1] - price[1]);
            if better > gain {
                (best, gain) = (Some(distance), better);
            }
        };
        let (old, len) = index.longest(&image[at..]);
        let found = old as i64 - at as i64;
        if len >= LEAST && found != current {
            consider(found);
        }
        if at >= again {
            again = at + AGAIN;
            recent.iter().filter(|d| **d != current && **d != found).for_each(|d| consider(*d));
        }
        if let Some(distance) = best {
            current = distance;
            search.add(at, current, LOOK);
            let place = recent.iter().position(|d| *d == current).unwrap_or(recent.len() - 1);
            recent[..=place].rotate_right(1);
            recent[0] = current;
            misses = 0;
            at += 1;
        } else if now[1] < fresh[1] {
            search.add(at, current, LEAST);
            misses = 0;
            at += if now[1] < GOOD * LOOK as i64 { pace.stride } else { step.max(len / PASSED) };
        } else {
            // The longer nothing is found, the larger the steps.
            misses += 1;
            at += step.max(len / PASSED) + (misses >> 6).min(6);
        }
    }
    let mut seeds = search.seeds;
    seeds.sort_by_key(|s| s.from);
    seeds
}

impl Search<'_> {
    /// The place in the base at a distance from `at`.
    fn place(&self, at: usize, distance: i64) -> Option<usize> {
        usize::try_from(at as i64 + distance).ok().filter(|old| *old < self.base.len())
    }

    /// What the bytes from `at` on cost at a distance: the first [`NEAR`], and [`LOOK`] of them. What is
    /// as much as both limits need not be exact.
    fn price(&self, at: usize, distance: i64, limits: [i64; 2]) -> [i64; 2] {
        let Some(old) = self.place(at, distance) else { return [i64::MAX / 4; 2] };
        let (old, new) = (&self.base[old..], &self.image[at..]);
        if let (Some(old), Some(new)) = (old.first_chunk::<LOOK>(), new.first_chunk::<LOOK>()) {
            let near = equal(&old[..NEAR], &new[..NEAR]);
            if near < EQUAL_NEAR && near + equal(&old[NEAR..], &new[NEAR..]) < EQUAL {
                return [i64::MAX / 4; 2];
            }
        }
        let len = LOOK.min(new.len());
        let there = len.min(old.len());
        let (mut meter, mut sum, mut near, mut k) = (Meter::default(), 0, None, 0);
        loop {
            let run = common(&old[k..there], &new[k..there]);
            if run > 0 {
                sum += meter.same() * run as i64;
                k += run;
            }
            if k >= NEAR && near.is_none() {
                near = Some(sum);
            }
            if k >= there {
                break;
            }
            sum += meter.differs(new[k].wrapping_sub(old[k]));
            k += 1;
            if sum >= limits[1] && (near.is_some() || sum >= limits[0]) {
                break;
            }
        }
        sum += (len - there) as i64 * cost::FRESH;
        [near.unwrap_or(sum), sum]
    }

    /// Notes that a distance is worth something for `len` bytes from `at` on.
    fn add(&mut self, at: usize, distance: i64, len: usize) {
        let lately = self.seeds.iter_mut().rev().take(16);
        if let Some(seed) = lately.into_iter().find(|s| s.distance == distance && s.to + 1024 > at) {
            seed.to = seed.to.max(at + len);
            return;
        }
        let Some(old) = self.place(at, distance) else { return };
        // Backward as long as most bytes agree.
        let (mut score, mut best, mut back) = (0i32, 0i32, 0);
        let before = self.image[self.from..at].iter().rev().zip(self.base[..old].iter().rev());
        for (k, (new, old)) in before.take(BACK).enumerate() {
            score += if new == old { 1 } else { -3 };
            if score > best {
                (best, back) = (score, k + 1);
            }
            if score < best - 24 {
                break;
            }
        }
        self.seeds.push(Seed { from: at - back, to: at + len, distance });
    }
}

/// How many bytes of two stretches of [`LOOK`] bytes, or fewer, are equal. Both have whole words.
fn equal(a: &[u8], b: &[u8]) -> usize {
    const LOW: u64 = u64::MAX / 0xFF * 0x7F;
    let words = a.chunks_exact(8).zip(b.chunks_exact(8));
    let differ = words.map(|(a, b)| {
        let [a, b] = [a, b].map(|word| word.try_into().map_or(0, u64::from_le_bytes));
        // The highest bit of each byte that differs.
        let x = a ^ b;
        ((((x & LOW) + LOW) | x) & !LOW).count_ones() as usize
    });
    a.len() - differ.sum::<usize>()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn equal_bytes_are_counted() {
        let a: Vec<u8> = (0..96u8).map(|n| n.wrapping_mul(5)).collect();
        for step in 1..50 {
            let mut b = a.clone();
            b.iter_mut().step_by(step).enumerate().for_each(|(n, byte)| *byte ^= 1 << (n % 8));
            assert_eq!(equal(&a, &b), 96 - 96usize.div_ceil(step));
        }
        assert_eq!((equal(&a, &a), equal(&[], &[])), (96, 0));
    }
}
