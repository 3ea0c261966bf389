//! The match map: which stretch of the base each stretch of the image is like.

use super::base::Base;
use super::bill::{Bill, Meter};
use super::coder::{Code, Decoder, Encoder, Spot};
use super::inverse::Inverse;
use super::layout::{Ends, Layout};
use super::number::{Numbers, Told};
use super::rows::Rows;
use super::space::Space;
use super::stretch::{Places, Stretch};
use super::tables::{self, HALVED};
use crate::Error;
use alloc::vec;
use alloc::vec::Vec;

/// The first byte of a preamble.
const VERSION: u8 = 2;
/// Bytes of memory a stretch takes, with those of its inverse.
pub(super) const STRETCH_BYTES: u64 = Places::BYTES + Inverse::BYTES;
/// The ends of copies that a copy may go on from.
const ENDS: usize = 4096;
/// Marks a stretch without a like.
const FRESH: u64 = Places::MOST;

/// The match map of an image: stretches without gap or overlap, from its first byte to its last.
/// Those that are like something are inside the base.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Map {
    /// Where each stretch begins, in the image and in the base; it ends where the next begins.
    starts: Vec<Places>,
    image: u64,
    /// Where the bytes of the base went.
    pub(super) inverse: Inverse,
    /// What both images contain.
    pub(super) layout: Layout,
    /// How often the tables of a chunk are halved.
    pub(super) halved: u32,
    /// What the rows of types in the base consist of.
    pub(super) rows: Rows,
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

/// Where copies ended in the base, the last one first.
struct Lately {
    ends: Vec<u64>,
    /// Where the next one goes.
    next: usize,
}

impl Lately {
    fn new() -> Self {
        Self { ends: vec![0; ENDS], next: 0 }
    }

    /// The end of that rank: 0 for the last one.
    fn get(&self, rank: u64) -> u64 {
        let ends = u64::try_from(ENDS).unwrap_or(1);
        let back = usize::try_from(rank.checked_rem(ends).unwrap_or(0)).unwrap_or(0).wrapping_add(1);
        self.ends.get(self.next.wrapping_sub(back) % ENDS).copied().unwrap_or(0)
    }

    fn push(&mut self, end: u64) {
        if let Some(there) = self.ends.get_mut(self.next) {
            *there = end;
        }
        self.next = self.next.wrapping_add(1) % ENDS;
    }

    /// A cheap way to say where a copy begins: the rank of an end, and how far after it the copy begins.
    fn find(&self, old: u64) -> Option<(u64, i64)> {
        let near = |rank: u64| (rank, old.wrapping_sub(self.get(rank)).cast_signed());
        let cost =
            |(rank, gap): &(u64, i64)| bits(*rank).saturating_mul(2).saturating_add(bits(gap.unsigned_abs()));
        let ranks = 1..u64::try_from(ENDS).unwrap_or(0);
        ranks.map(near).filter(|(_, gap)| gap.unsigned_abs() <= 256).min_by_key(cost)
    }
}

/// What the numbers count.
mod what {
    /// How long a fresh stretch is: by the length of the copy before it, and how its place was told.
    pub(super) const FRESH: u32 = 0;
    /// How the place of a copy is told: by the fresh length and how the one before was, and the length of that.
    pub(super) const WHICH: u32 = 1;
    /// How far the distance moved: by the fresh length, and how far it moved before.
    pub(super) const MOVED: u32 = 2;
    /// The rank of an end: by the fresh length, and the rank before.
    pub(super) const RANK: u32 = 3;
    /// How far after that end a copy begins: by the fresh length, and the rank.
    pub(super) const GAP: u32 = 4;
    /// How long a copy is: by the fresh length and how its place was told, and the length before.
    pub(super) const COPY: u32 = 5;
    /// How often the tables are halved, and how many stretches there are.
    pub(super) const HALVED: u32 = 6;
    pub(super) const COUNT: u32 = 7;
}

/// What follows the version of a preamble.
fn versioned(stored: &[u8]) -> Result<&[u8], Error> {
    match stored.split_first() {
        None => Err(Error::Truncated { stored: 0 }),
        Some((&VERSION, rest)) => Ok(rest),
        Some((&found, _)) => Err(Error::DeltaVersion { found }),
    }
}

/// Bits that a number has.
fn bits(number: u64) -> u32 {
    u64::BITS.saturating_sub(number.leading_zeros())
}

impl Map {
    /// A map of stretches that are in order, without gap or overlap.
    pub(super) fn new(stretches: impl IntoIterator<Item = Stretch>, layout: Layout, halved: u32) -> Self {
        let mut map = Self { layout, halved, ..Self::default() };
        for Stretch { new, len, old } in stretches {
            map.starts.push(Places::new(new, old.unwrap_or(FRESH)));
            map.image = new.saturating_add(len);
        }
        map.inverse = Inverse::new(map.starts.len(), |nth| map.stretch(nth));
        map
    }

    /// The same map for tables that are halved so many times.
    pub(super) fn with_halved(&self, halved: u32) -> Self {
        Self { halved, ..self.clone() }
    }

    /// Bytes of memory that it and the tables of a decoder take. Decoding takes the preamble and the bytes of a chunk
    /// besides.
    #[must_use]
    pub fn memory(&self) -> u64 {
        self.memory_if(self.halved)
    }

    /// The same with tables that are halved so many times.
    pub(super) fn memory_if(&self, halved: u32) -> u64 {
        let stretches = u64::try_from(self.starts.len()).unwrap_or(u64::MAX);
        let map = stretches.saturating_mul(STRETCH_BYTES).saturating_add(self.layout.memory());
        map.saturating_add(tables::memory(halved))
    }

    pub(super) fn space(&self, number: u32) -> Option<&Space> {
        self.layout.spaces.get(usize::try_from(number).ok()?)
    }

    /// The stretches from the one that holds image byte `at` on.
    pub fn from(&self, at: u64) -> impl Iterator<Item = Stretch> + Clone + use<'_> {
        let first = self.starts.partition_point(|places| places.first() <= at).saturating_sub(1);
        (first..self.starts.len()).filter_map(|nth| self.stretch(nth))
    }

    /// The stretch of that number.
    fn stretch(&self, nth: usize) -> Option<Stretch> {
        let places = self.starts.get(nth)?;
        let end = self.starts.get(nth.saturating_add(1)).map_or(self.image, |next| next.first());
        let (new, old) = (places.first(), places.second());
        Some(Stretch { new, len: end.saturating_sub(new), old: (old != FRESH).then_some(old) })
    }

    /// The preamble of a delta.
    pub(super) fn encode(&self) -> Vec<u8> {
        let mut coder = Encoder::new(vec![VERSION]);
        let ends = Ends { base: u64::MAX, image: u64::MAX };
        let walked = self.walk(&mut coder, &mut self.from(0), ends, u64::MAX);
        debug_assert_eq!(walked.map(|map| Self { rows: self.rows.clone(), ..map }).as_ref(), Ok(self));
        coder.finish()
    }

    /// Decodes the preamble of a delta from `base` to an image of `image` bytes. It and the tables of a decoder may take
    /// `memory` bytes. Of the base it reads the rows of types that the preamble names, if any.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::TrailingBytes`], [`Error::DeltaVersion`], [`Error::DeltaLayout`],
    /// [`Error::OutsideBase`], [`Error::Stretch`], [`Error::DeltaTables`], [`Error::Memory`], [`Error::ReadBase`].
    pub fn decode(stored: &[u8], base: &dyn Base, image: u64, memory: u64) -> Result<Self, Error> {
        let mut coder = Decoder::new(versioned(stored)?);
        let map = Self::read(&mut coder, Ends { base: base.size(), image }, memory)?;
        coder.finish()?;
        map.with_rows(base)
    }

    /// The same, and counts what the bytes are spent on.
    pub(super) fn metered(
        stored: &[u8],
        base: &dyn Base,
        image: u64,
        memory: u64,
        bill: &mut Bill,
    ) -> Result<Self, Error> {
        let mut coder = Meter::new(versioned(stored)?, bill);
        let map = Self::read(&mut coder, Ends { base: base.size(), image }, memory)?;
        coder.finish()?;
        map.with_rows(base)
    }

    /// The map, with what the rows of types in the base consist of. No chunk is coded without.
    pub(super) fn with_rows(self, base: &dyn Base) -> Result<Self, Error> {
        Ok(Self { rows: Rows::read(&self.layout, base)?, ..self })
    }

    fn read<C: Code>(coder: &mut C, ends: Ends, memory: u64) -> Result<Self, Error> {
        if let Some(found) = [ends.base, ends.image].into_iter().find(|size| *size >= Places::MOST) {
            return Err(Error::DeltaLayout { found });
        }
        let empty = Self { image: ends.image, ..Self::default() };
        empty.walk(coder, &mut core::iter::empty(), ends, memory)
    }

    /// A preamble of any numbers, sound or not: how often tables are halved, then what and how much of a layout.
    pub(super) fn unchecked(halved: u64, layout: &[(u32, u64)]) -> Vec<u8> {
        let mut coder = Encoder::new(vec![VERSION]);
        Numbers::new().code(&mut coder, Told(what::HALVED, 0, 0), halved);
        let mut numbers = Numbers::new();
        for (what, number) in layout {
            numbers.code(&mut coder, Told(*what, 0, 0), *number);
        }
        coder.finish()
    }

    /// Codes the map, either way; `wanted` is what the encoder writes.
    fn walk<C: Code>(
        &self,
        coder: &mut C,
        wanted: &mut dyn Iterator<Item = Stretch>,
        ends: Ends,
        memory: u64,
    ) -> Result<Self, Error> {
        coder.at(Spot::Layout);
        let mut numbers = Numbers::new();
        let take = |memory: u64, needed: u64| {
            memory.checked_sub(needed).ok_or(Error::DeltaTables { needed, left: memory })
        };
        let halved = numbers.code(coder, Told(what::HALVED, 0, 0), u64::from(self.halved));
        let few = u32::try_from(halved).ok().filter(|halved| *halved <= HALVED);
        let halved = few.ok_or(Error::DeltaLayout { found: halved })?;
        let memory = take(memory, tables::memory(halved))?;
        let layout = self.layout.code(coder, ends, memory)?;
        let memory = take(memory, layout.memory())?;
        coder.at(Spot::Stretches);
        let count = numbers.code(
            coder,
            Told(what::COUNT, 0, 0),
            u64::try_from(self.starts.len()).unwrap_or(u64::MAX),
        );
        let needed = count.saturating_mul(STRETCH_BYTES);
        take(memory, needed)?;
        let room = usize::try_from(count).unwrap_or(usize::MAX);
        let mut map = Self { image: self.image, layout, halved, ..Self::default() };
        map.starts.try_reserve_exact(room).map_err(|_| Error::Memory { bytes: needed })?;
        map.stretches(coder, &mut numbers, wanted, ends.base, room)?;
        map.inverse = Inverse::new(map.starts.len(), |nth| map.stretch(nth));
        Ok(map)
    }

    /// Codes `count` stretches.
    fn stretches<C: Code>(
        &mut self,
        coder: &mut C,
        numbers: &mut Numbers,
        wanted: &mut dyn Iterator<Item = Stretch>,
        base: u64,
        count: usize,
    ) -> Result<(), Error> {
        let mut wanted = wanted.peekable();
        let (mut recent, mut lately) = (Recent([0; 16]), Lately::new());
        let mut at = 0u64;
        // Bits of the last length, move and rank, and how the last place was told.
        let (mut copied, mut far, mut back, mut kind) = (0u32, 0u32, 0u32, 0u32);
        while self.starts.len() < count {
            if coder.exhausted() {
                return Err(Error::Truncated { stored: 0 });
            }
            let fresh = wanted.next_if(|s| s.old.is_none()).map_or(0, |s| s.len);
            let fresh = numbers.code(coder, Told(what::FRESH, copied, kind), fresh);
            if fresh > 0 {
                at = self.push(at, fresh, FRESH)?;
                if self.starts.len() == count {
                    break;
                }
            }
            let copy = wanted.next();
            let wanted_old = copy.and_then(|s| s.old).unwrap_or(0);
            let distance = wanted_old.wrapping_sub(at).cast_signed();
            let told = bits(fresh).min(7);

            let (mut which, mut place) = (recent.find(distance), None);
            if C::ENCODES && which == 0 && distance.wrapping_sub(recent.get(1)).unsigned_abs() > 256 {
                place = lately.find(wanted_old);
                which = if place.is_some() { 17 } else { 0 };
            }
            let which = numbers.code(coder, Told(what::WHICH, told << 2 | kind, copied), which).min(17);
            let old = match which {
                0 => {
                    let last = recent.get(1);
                    let moved =
                        numbers.signed(coder, Told(what::MOVED, told, far), distance.wrapping_sub(last));
                    far = bits(moved.unsigned_abs());
                    at.wrapping_add_signed(last.wrapping_add(moved))
                }
                17 => {
                    let (rank, gap) = place.unwrap_or_default();
                    let rank = numbers.code(coder, Told(what::RANK, told, back), rank);
                    back = bits(rank);
                    let gap = numbers.signed(coder, Told(what::GAP, told, back), gap);
                    lately.get(rank).wrapping_add_signed(gap)
                }
                known => at.wrapping_add_signed(recent.get(known)),
            };
            recent.push(old.wrapping_sub(at).cast_signed());
            kind = u32::try_from(if which == 17 { 3 } else { which.min(2) }).unwrap_or(0);

            let len = copy.map_or(0, |s| s.len);
            let len = numbers.code(coder, Told(what::COPY, told << 2 | kind, copied), len);
            if old.checked_add(len).is_none_or(|end| end > base) {
                return Err(Error::OutsideBase { at: old, len, base });
            }
            at = self.push(at, len, old)?;
            lately.push(old.wrapping_add(len));
            copied = bits(len);
        }
        if at == self.image { Ok(()) } else { Err(Error::Stretch { at, len: 0, image: self.image }) }
    }

    /// Adds a stretch of `len` bytes at `at`; gives its end.
    fn push(&mut self, at: u64, len: u64, old: u64) -> Result<u64, Error> {
        if len == 0 || len > self.image.saturating_sub(at) {
            return Err(Error::Stretch { at, len, image: self.image });
        }
        self.starts.push(Places::new(at, old));
        Ok(at.saturating_add(len))
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
