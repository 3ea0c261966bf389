//! The match map: which stretch of the base each stretch of the image is like.

use self::stretches::{Stretches, what};
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

mod order;
mod stretches;

/// The first byte of a preamble.
const VERSION: u8 = 2;
/// Bytes of memory a stretch takes, with those of its inverse.
pub(super) const STRETCH_BYTES: u64 = Places::BYTES + Inverse::BYTES;
/// Bytes of memory that the number of rows before a stretch takes, if there are rows.
const NUMBER_BYTES: u64 = 4;
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
    /// For each stretch how many rows of its table in the image begin before it. Empty if there are no rows.
    numbers: Vec<u32>,
}

/// Bytes of memory that each stretch takes.
fn stretch_bytes(layout: &Layout) -> u64 {
    STRETCH_BYTES.saturating_add(if layout.has_rows() { NUMBER_BYTES } else { 0 })
}

/// What a map is coded from.
struct Wanted<'w> {
    stretches: &'w mut dyn Iterator<Item = Stretch>,
    /// The rows of the image.
    rows: Rows,
}

/// What follows the version of a preamble.
fn versioned(stored: &[u8]) -> Result<&[u8], Error> {
    match stored.split_first() {
        None => Err(Error::Truncated { stored: 0 }),
        Some((&VERSION, rest)) => Ok(rest),
        Some((&found, _)) => Err(Error::DeltaVersion { found }),
    }
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
        let map = stretches.saturating_mul(stretch_bytes(&self.layout)).saturating_add(self.layout.memory());
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

    /// The preamble of a delta, and the map as it is decoded. The base and the image are read where there are rows.
    #[cfg(feature = "std")]
    pub(super) fn encode(&self, base: &dyn Base, image: &dyn Base) -> Result<(Vec<u8>, Map), Error> {
        let mut coder = Encoder::new(vec![VERSION]);
        let ends = Ends { base: u64::MAX, image: u64::MAX };
        let rows = Rows::of_image(&self.layout, image)?;
        let wanted = Wanted { stretches: &mut self.from(0), rows };
        let map = self.walk(&mut coder, wanted, (base, ends), u64::MAX)?;
        Ok((coder.finish(), map))
    }

    /// Decodes the preamble of a delta from `base` to an image of `image` bytes. It and the tables of a decoder may take
    /// `memory` bytes. Of the base it reads the rows of types that the preamble names, if any.
    ///
    /// # Errors
    /// [`Error::Truncated`], [`Error::TrailingBytes`], [`Error::DeltaVersion`], [`Error::DeltaLayout`],
    /// [`Error::OutsideBase`], [`Error::Stretch`], [`Error::DeltaTables`], [`Error::Memory`], [`Error::ReadBase`].
    pub fn decode(stored: &[u8], base: &dyn Base, image: u64, memory: u64) -> Result<Self, Error> {
        let mut coder = Decoder::new(versioned(stored)?);
        let map = Self::read(&mut coder, base, image, memory)?;
        coder.finish()?;
        Ok(map)
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
        let map = Self::read(&mut coder, base, image, memory)?;
        coder.finish()?;
        Ok(map)
    }

    fn read<C: Code>(coder: &mut C, base: &dyn Base, image: u64, memory: u64) -> Result<Self, Error> {
        let ends = Ends { base: base.size(), image };
        if let Some(found) = [ends.base, image].into_iter().find(|size| *size >= Places::MOST) {
            return Err(Error::DeltaLayout { found });
        }
        let wanted = Wanted { stretches: &mut core::iter::empty(), rows: Rows::default() };
        Self { image, ..Self::default() }.walk(coder, wanted, (base, ends), memory)
    }

    /// The new number of a type, and whether a copy covers its row.
    pub(super) fn type_number(&self, mode: u32, number: i64) -> Option<(i64, bool)> {
        let table = self.rows.of(mode)?;
        let row = u32::try_from(number.checked_sub(1)?).ok()?;
        let (new, covered) = self.inverse.find(table.place(row));
        let new = u64::try_from(new).ok()?;
        let nth = self.starts.partition_point(|places| places.first() <= new).checked_sub(1)?;
        let stretch = self.stretch(nth)?;
        let within = stretch.old.map_or(0, |old| table.within(old, new.saturating_sub(stretch.new)));
        let before = self.numbers.get(nth)?.wrapping_add(within);
        Some((i64::from(before).wrapping_add(1), covered))
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
        wanted: Wanted<'_>,
        (base, ends): (&dyn Base, Ends),
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
        let rows = Rows::read(&layout, base)?;
        coder.at(Spot::Stretches);
        let count = numbers.code(
            coder,
            Told(what::COUNT, 0, 0),
            u64::try_from(self.starts.len()).unwrap_or(u64::MAX),
        );
        let needed = count.saturating_mul(stretch_bytes(&layout));
        take(memory, needed)?;
        let room = usize::try_from(count).unwrap_or(usize::MAX);
        let mut map = Self { image: self.image, layout, halved, ..Self::default() };
        map.starts.try_reserve_exact(room).map_err(|_| Error::Memory { bytes: needed })?;
        if !rows.is_empty() {
            map.numbers.try_reserve_exact(room).map_err(|_| Error::Memory { bytes: needed })?;
        }
        let walk = Stretches::new(coder, numbers, (base, ends.base), &rows);
        walk.all(&mut map, wanted, room)?;
        map.rows = rows;
        map.inverse = Inverse::new(map.starts.len(), |nth| map.stretch(nth));
        Ok(map)
    }
}

#[cfg(all(test, feature = "std"))]
mod rows_tests;
#[cfg(all(test, feature = "std"))]
mod tests;
