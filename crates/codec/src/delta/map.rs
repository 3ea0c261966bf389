//! The match map: which stretch of the base each stretch of the image is like.

use super::coder::{Code, Decoder, Encoder};
use super::number::Numbers;
use crate::Error;

/// The first byte of a preamble.
const VERSION: u8 = 1;
/// Bytes of memory a stretch takes, with the room that a growing list keeps.
pub(super) const STRETCH_BYTES: u64 = 32;
/// Marks a stretch without a like.
const FRESH: u64 = u64::MAX;

/// A stretch of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins in the image.
    pub new: u64,
    /// Its length, never 0.
    pub len: u64,
    /// Where the like of it begins in the base; none for what is fresh.
    pub old: Option<u64>,
}

/// The match map of an image: stretches without gap or overlap, from its first byte to its last.
/// Those that are like something are inside the base.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Map {
    /// Where each stretch begins, in the image and in the base; it ends where the next begins.
    starts: Vec<(u64, u64)>,
    image: u64,
}

/// Distances (place in the base less place in the image) that were used lately, the last one first.
struct Recent([i64; 16]);

impl Recent {
    /// 1 for the last distance, 2 for the one before it; 0 for one that is not there.
    fn find(&self, distance: i64) -> u64 {
        let place = self.0.iter().position(|d| *d == distance);
        place.and_then(|p| u64::try_from(p).ok()).map_or(0, |p| p.saturating_add(1))
    }

    /// The distance of that number; the last for one that is not there.
    fn get(&self, number: u64) -> i64 {
        let place = usize::try_from(number).unwrap_or(usize::MAX).wrapping_sub(1);
        self.0.get(place).or(self.0.first()).copied().unwrap_or(0)
    }

    fn push(&mut self, distance: i64) {
        let last = self.0.len().saturating_sub(1);
        let place = self.0.iter().position(|d| *d == distance).unwrap_or(last);
        if let Some(moved) = self.0.get_mut(..=place) {
            moved.rotate_right(1);
        }
        if let Some(first) = self.0.first_mut() {
            *first = distance;
        }
    }
}

/// Contexts of the numbers of a map.
mod context {
    /// How long a fresh stretch is: by the length of the copy before it, 0 to 15 bits.
    pub(super) const FRESH: usize = 0;
    /// Which of the recent distances: by the fresh length, 0 to 3 bits, and the kind before.
    pub(super) const RECENT: usize = 16;
    /// How far the distance moved: by the fresh length, 0 to 15 bits.
    pub(super) const MOVED: usize = 32;
    /// How long a copy is: by the fresh length, 0 to 7 bits, and the kind of its distance.
    pub(super) const COPY: usize = 48;
    pub(super) const ALL: usize = 72;
}

/// Bits that a number has.
fn bits(number: u64) -> usize {
    usize::try_from(u64::BITS.saturating_sub(number.leading_zeros())).unwrap_or(0)
}

impl Map {
    /// A map of stretches that are in order, without gap or overlap.
    pub(super) fn from_stretches(stretches: impl IntoIterator<Item = Stretch>) -> Self {
        let mut map = Self::default();
        for Stretch { new, len, old } in stretches {
            map.starts.push((new, old.unwrap_or(FRESH)));
            map.image = new.saturating_add(len);
        }
        map
    }

    /// How many stretches there are.
    pub(super) fn len(&self) -> usize {
        self.starts.len()
    }

    /// The stretches from the one that holds image byte `at` on.
    pub fn from(&self, at: u64) -> impl Iterator<Item = Stretch> + use<'_> {
        let first = self.starts.partition_point(|(new, _)| *new <= at).saturating_sub(1);
        let starts = self.starts.get(first..).unwrap_or_default();
        let ends = starts.iter().skip(1).map(|(new, _)| *new).chain([self.image]);
        starts.iter().zip(ends).map(|((new, old), end)| Stretch {
            new: *new,
            len: end.saturating_sub(*new),
            old: (*old != FRESH).then_some(*old),
        })
    }

    /// The preamble of a delta.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut coder = Encoder::new(vec![VERSION]);
        let mut walked = Self { starts: Vec::new(), image: self.image };
        let walk = walked.walk(&mut coder, &mut self.from(0), FRESH, usize::MAX);
        debug_assert_eq!((walk, &walked), (Ok(()), self));
        coder.finish()
    }

    /// Decodes the preamble of a delta from a base of `base` bytes to an image of `image` bytes, in
    /// about `memory` bytes at most.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::TrailingBytes`], [`Error::DeltaVersion`],
    /// [`Error::OutsideBase`], [`Error::Stretch`], [`Error::DeltaMemory`].
    pub fn decode(stored: &[u8], base: u64, image: u64, memory: u64) -> Result<Self, Error> {
        let Some((&found, rest)) = stored.split_first() else {
            return Err(Error::Truncated { stored: stored.len() });
        };
        if found != VERSION {
            return Err(Error::DeltaVersion { found });
        }
        let most = usize::try_from(memory.checked_div(STRETCH_BYTES).unwrap_or(0)).unwrap_or(usize::MAX);
        let mut coder = Decoder::new(rest);
        let mut map = Self { starts: Vec::new(), image };
        map.walk(&mut coder, &mut std::iter::empty(), base, most)?;
        coder.finish()?;
        Ok(map)
    }

    /// Codes the map, either way; `wanted` is what the encoder writes.
    fn walk<C: Code>(
        &mut self,
        coder: &mut C,
        wanted: &mut dyn Iterator<Item = Stretch>,
        base: u64,
        most: usize,
    ) -> Result<(), Error> {
        let mut wanted = wanted.peekable();
        let mut numbers = Numbers::new(context::ALL);
        let mut recent = Recent([0; 16]);
        let (mut at, mut copied, mut kind) = (0u64, 0usize, 0usize);
        while at < self.image {
            if coder.exhausted() {
                return Err(Error::Truncated { stored: 0 });
            }
            let fresh = wanted.next_if(|s| s.old.is_none()).map_or(0, |s| s.len);
            let fresh = numbers.code(coder, context::FRESH.saturating_add(copied.min(15)), fresh);
            if fresh > 0 {
                at = self.push(at, fresh, FRESH, most)?;
                if at == self.image {
                    break;
                }
            }
            let copy = wanted.next();
            let distance = copy.and_then(|s| s.old).map_or(0, |old| old.wrapping_sub(at).cast_signed());

            let told = bits(fresh);
            let which = context::RECENT.saturating_add(told.min(3).saturating_mul(3)).saturating_add(kind);
            let number = numbers.code(coder, which, recent.find(distance)).min(16);
            let distance = match number {
                0 => {
                    let last = recent.get(1);
                    let moved = distance.wrapping_sub(last);
                    let folded = (moved << 1 ^ moved >> 63).cast_unsigned() & (FRESH >> 1);
                    let folded = numbers.code(coder, context::MOVED.saturating_add(told.min(15)), folded);
                    let half = (folded >> 1).cast_signed();
                    last.wrapping_add(if folded & 1 == 1 { !half } else { half })
                }
                known => recent.get(known),
            };
            recent.push(distance);
            kind = usize::try_from(number.min(2)).unwrap_or(0);

            let which = context::COPY.saturating_add(told.min(7).saturating_mul(3)).saturating_add(kind);
            let len = numbers.code(coder, which, copy.map_or(0, |s| s.len));
            let old = at.wrapping_add(distance.cast_unsigned());
            if old.checked_add(len).is_none_or(|end| end > base) {
                return Err(Error::OutsideBase { at: old, len, base });
            }
            at = self.push(at, len, old, most)?;
            copied = bits(len);
        }
        Ok(())
    }

    /// Adds a stretch of `len` bytes at `at`; gives its end.
    fn push(&mut self, at: u64, len: u64, old: u64, most: usize) -> Result<u64, Error> {
        if len == 0 || len > self.image.saturating_sub(at) {
            return Err(Error::Stretch { at, len, image: self.image });
        }
        if self.starts.len() >= most {
            return Err(Error::DeltaMemory { stretches: most });
        }
        self.starts.push((at, old));
        Ok(at.saturating_add(len))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stretch(new: u64, len: u64, old: Option<u64>) -> Stretch {
        Stretch { new, len, old }
    }

    fn map(stretches: &[Stretch]) -> Map {
        Map::from_stretches(stretches.iter().copied())
    }

    #[test]
    fn maps_come_back() {
        let far = 1 << 40;
        let maps: [&[Stretch]; 6] = [
            &[],
            &[stretch(0, 1, None)],
            &[stretch(0, 1, Some(0))],
            &[stretch(0, 7, Some(far)), stretch(7, 1, None), stretch(8, 1 << 33, Some(0))],
            &[stretch(0, 5, None), stretch(5, 9, Some(5)), stretch(14, 3, Some(2)), stretch(17, 3, Some(1))],
            &[stretch(0, 3, Some(0)), stretch(3, 3, Some(0)), stretch(6, 3, Some(0)), stretch(9, 1, None)],
        ];
        for stretches in maps {
            let map = map(stretches);
            let decoded = Map::decode(&map.encode(), far * 2, map.image, 1 << 10).unwrap();
            assert_eq!(decoded, map);
            assert_eq!(decoded.from(0).collect::<Vec<_>>(), stretches);
        }
    }

    #[test]
    fn a_stretch_is_found_by_any_of_its_bytes() {
        let map = map(&[stretch(0, 5, None), stretch(5, 9, Some(5)), stretch(14, 3, None)]);
        for (at, new) in [(0, 0), (4, 0), (5, 5), (13, 5), (14, 14), (16, 14)] {
            assert_eq!(map.from(at).next().unwrap().new, new, "{at}");
        }
    }

    /// A preamble of one copy, or of fresh bytes and a copy, with any numbers.
    fn preamble(fresh: u64, folded: u64, len: u64) -> Vec<u8> {
        let mut coder = Encoder::new(vec![VERSION]);
        let mut numbers = Numbers::new(context::ALL);
        let told = bits(fresh);
        numbers.code(&mut coder, context::FRESH, fresh);
        numbers.code(&mut coder, context::RECENT + told.min(3) * 3, 0);
        numbers.code(&mut coder, context::MOVED + told.min(15), folded);
        numbers.code(&mut coder, context::COPY + told.min(7) * 3, len);
        coder.finish()
    }

    #[test]
    fn numbers_at_every_edge_are_judged() {
        let (base, image) = (100u64, 60u64);
        let fold = |distance: i64| (distance << 1 ^ distance >> 63).cast_unsigned();
        let decode = |stored: &[u8]| Map::decode(stored, base, image, 1 << 10);
        let copy = |old: i64, len: u64| decode(&preamble(0, fold(old), len)).map(|_| ());
        assert_eq!(copy(0, 60), Ok(()));
        assert_eq!(copy(40, 60), Ok(()));
        let most = i64::MAX / 2;
        for (old, len) in
            [(41, 60), (100, 1), (101, 0), (-1, 60), (most, 60), (-most, 60), (0, u64::MAX >> 1)]
        {
            let at = old.cast_unsigned();
            assert_eq!(copy(old, len), Err(Error::OutsideBase { at, len, base }), "{old} {len}");
        }
        for (old, len) in [(0, 0), (100, 0), (0, 61), (39, 61)] {
            assert_eq!(copy(old, len), Err(Error::Stretch { at: 0, len, image }), "{old} {len}");
        }
        for len in [61, 62, u64::MAX >> 2, u64::MAX >> 1] {
            let stored = preamble(len, 0, 1);
            assert_eq!(decode(&stored), Err(Error::Stretch { at: 0, len, image }), "{len}");
        }
        let stored = preamble(1, 0, 60);
        assert_eq!(decode(&stored), Err(Error::Stretch { at: 1, len: 60, image }));
    }

    #[test]
    fn a_map_is_one_version_and_ends_where_it_ends() {
        let stored = map(&[stretch(0, 5, None), stretch(5, 9, Some(5))]).encode();
        let decode = |stored: &[u8]| Map::decode(stored, 100, 14, 1 << 10);
        assert!(decode(&stored).is_ok());
        assert_eq!(decode(&[]), Err(Error::Truncated { stored: 0 }));
        let mut other = stored.clone();
        other[0] = 2;
        assert_eq!(decode(&other), Err(Error::DeltaVersion { found: 2 }));
        let longer = [stored.as_slice(), &[0]].concat();
        assert!(matches!(decode(&longer), Err(Error::TrailingBytes { .. })));
        assert!(decode(&stored[..1]).is_err());
    }

    #[test]
    fn no_more_stretches_than_memory_holds() {
        let all: Vec<_> = (0..100u64).map(|n| stretch(n, 1, (n % 2 == 0).then_some(n))).collect();
        let stored = map(&all).encode();
        let decode = |memory| Map::decode(&stored, 100, 100, memory);
        assert!(decode(100 * STRETCH_BYTES).is_ok());
        assert_eq!(decode(100 * STRETCH_BYTES - 1), Err(Error::DeltaMemory { stretches: 99 }));
        assert_eq!(decode(0), Err(Error::DeltaMemory { stretches: 0 }));
    }
}
