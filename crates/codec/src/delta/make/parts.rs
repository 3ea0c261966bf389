//! What is aligned at once: all of both images where memory allows it, else one part after the other.

use super::align::align;
use super::anchors::{self, Anchor, anchors, unanchored};
use super::index::{self, Index};
use super::seeds::Pace;
use super::workers::in_order;
use super::{EncodeOptions, PAGE, Progress, read};
use crate::Error;
use crate::delta::Base;
use crate::delta::map::Map;
use crate::delta::stretch::Stretch;
use std::ops::Range;

/// Image bytes that are aligned at once, at most and at least. Cuts cost a turn each, and let all cores work.
const UNIT: usize = 1 << 20;
const SMALL: usize = 128 << 10;
/// Units that an image has at least, unless they are small.
const UNITS: usize = 8;
/// Memory that is needed whatever the images: tables of two coders, buffers, a unit's ways.
const LEAST: u64 = 64 << 20;
/// Bytes at both ends of an anchor that are indexed all the same: what was inserted next to it is
/// often like them. Few where an alignment is known already.
const MARGIN: usize = 8 << 10;
const MARGIN_KNOWN: usize = 64;
/// A base that is as large as this is indexed as a whole for every alignment: it is quick, and finds a little more.
const QUICK: usize = 1 << 20;

/// A part of the image and the part of the base that it is matched against.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    image: Range<u64>,
    base: Range<u64>,
}

/// What is read and aligned at once.
pub(super) struct Loaded {
    part: Part,
    /// The bytes of the base, and those of the image.
    pub(super) old: Vec<u8>,
    pub(super) new: Vec<u8>,
    anchors: Vec<Anchor>,
    /// What of the base is indexed.
    keep: Vec<Range<usize>>,
}

/// How image and base are like: stretches, and how many bytes of each page differ or are fresh.
#[derive(Default)]
pub(super) struct Aligned {
    pub(super) stretches: Vec<Stretch>,
    pub(super) work: Vec<u32>,
    /// What it is likely to cost, in 1/256 bit.
    pub(super) cost: i64,
}

impl Loaded {
    /// All of two images of which an alignment is known: it is where the next one begins. What is equal by it
    /// is not indexed.
    pub(super) fn known(old: Vec<u8>, new: Vec<u8>, map: &Map) -> Loaded {
        let anchors = copies(map);
        let equal = |anchor: &Anchor| anchor.equal(&old, &new, 4 * MARGIN_KNOWN);
        let equal: Vec<_> = anchors.iter().filter(|_| old.len() > QUICK).flat_map(equal).collect();
        let keep = unanchored(&equal, old.len(), MARGIN_KNOWN);
        let part = Part { image: 0..new.len() as u64, base: 0..old.len() as u64 };
        Loaded { part, old, new, anchors, keep }
    }

    fn read(base: &dyn Base, image: &dyn Base, part: Part) -> Result<Loaded, Error> {
        let old = read(base, &part.base).map_err(|e| Error::ReadBase { reason: e.to_string() })?;
        let new = read(image, &part.image).map_err(|e| Error::ReadImage { reason: e.to_string() })?;
        let anchors = anchors(&old, &new);
        let keep = unanchored(&anchors, old.len(), MARGIN);
        Ok(Loaded { part, old, new, anchors, keep })
    }

    /// Base and image as one part, if memory allows it. How much that takes shows only once both are read: what comes
    /// back unchanged need not be indexed, and in most images that is nearly all.
    pub(super) fn whole(base: &dyn Base, image: &dyn Base, memory: u64) -> Result<Option<Loaded>, Error> {
        let room = memory.saturating_sub(LEAST);
        let least = base.size().saturating_add(image.size()).saturating_add(anchors::memory(base.size()));
        if base.size() > index::MOST || least > room {
            return Ok(None);
        }
        let all = Loaded::read(base, image, Part { image: 0..image.size(), base: 0..base.size() })?;
        let kept: u64 = all.keep.iter().map(|r| r.len() as u64).sum();
        // What is not the whole base is copied to be indexed.
        let copied = if kept == base.size() { 0 } else { kept };
        let need = least.saturating_add(copied).saturating_add(Index::memory(kept));
        Ok((need <= room).then_some(all))
    }

    /// What of the base is worth it, indexed.
    pub(super) fn index(&self) -> Result<Index<'_>, Error> {
        Index::new(&self.old, &self.keep)
    }

    /// Aligns all of it; `known` is an alignment to begin with. `part` says which part of the whole work that is.
    pub(super) fn align(
        &self,
        index: &Index<'_>,
        known: Option<&Map>,
        pace: Pace,
        options: &EncodeOptions<'_>,
        (progress, part): (&Progress<'_>, u64),
    ) -> Result<Aligned, Error> {
        let Loaded { part: place, old, new, anchors, .. } = self;
        let known = known.map(copies);
        let anchors = known.as_ref().unwrap_or(anchors);
        let mut all = Aligned::default();
        let len = (new.len() / UNITS).next_multiple_of(PAGE).clamp(SMALL, UNIT);
        let unit = |_: &mut (), n: usize| {
            let from = n * len;
            let to = new.len().min(from + len);
            let (stretches, cost) = align(index, (old, new), anchors, pace, from, to);
            let work = work(&stretches, old, &new[from..to], from as u64);
            progress.tell((to - from) as u64, part);
            Ok(Aligned { stretches, work, cost })
        };
        in_order(options, new.len().div_ceil(len), || (), &unit, &mut |_, unit| {
            all.add(unit, (place.image.start, place.base.start));
            Ok(())
        })?;
        Ok(all)
    }
}

impl Aligned {
    /// Adds what comes next, whose places in the image and in the base are counted from these.
    fn add(&mut self, next: Aligned, (image, base): (u64, u64)) {
        for mut s in next.stretches {
            s.new += image;
            s.old = s.old.map(|old| old + base);
            join(&mut self.stretches, s);
        }
        self.work.extend(next.work);
        self.cost += next.cost;
    }
}

/// The copies of a map.
fn copies(map: &Map) -> Vec<Anchor> {
    let copy = |s: Stretch| {
        let old = s.old?;
        Some(Anchor { new: s.new as usize, old: old as usize, len: s.len as usize })
    };
    map.from(0).filter_map(copy).collect()
}

/// As few parts as memory allows where it does not allow one. The windows on the base overlap, each around the place
/// that corresponds to its part.
fn parts(base: u64, image: u64, memory: u64) -> Vec<Part> {
    let room = memory.saturating_sub(LEAST);
    // A window of the base takes six times its bytes, a part of the image once; half of a window
    // is what its part corresponds to, a quarter on each side is what may have moved in or out.
    let unit = UNIT as u64;
    let mut window = (room.saturating_sub(1 << 26) / 13 * 2).min(index::MOST) / unit * unit;
    window = window.max(unit);
    let part = (window / 2).max(unit);
    let mut parts = Vec::new();
    let mut at = 0;
    while at < image {
        let end = image.min(at + part);
        let middle = (at / 2 + end / 2) as u128 * u128::from(base) / u128::from(image.max(1));
        let start = (middle as u64).saturating_sub(window / 2).min(base.saturating_sub(window));
        parts.push(Part { image: at..end, base: start..base.min(start + window) });
        at = end;
    }
    parts
}

/// Aligns image and base part by part.
pub(super) fn in_parts(
    base: &dyn Base,
    image: &dyn Base,
    options: &EncodeOptions<'_>,
    progress: (&Progress<'_>, u64),
) -> Result<Aligned, Error> {
    if let Some(whole) = Loaded::whole(base, image, options.memory)? {
        return whole.align(&whole.index()?, None, Pace::FINE, options, progress);
    }
    let mut all = Aligned::default();
    for part in parts(base.size(), image.size(), options.memory) {
        let part = Loaded::read(base, image, part)?;
        all.add(part.align(&part.index()?, None, Pace::FINE, options, progress)?, (0, 0));
    }
    Ok(all)
}

/// Adds a stretch, as part of the last one where it goes on.
fn join(all: &mut Vec<Stretch>, next: Stretch) {
    if let Some(last) = all.last_mut()
        && last.old.map(|old| old + last.len) == next.old
    {
        last.len += next.len;
    } else {
        all.push(next);
    }
}

/// How many bytes of each page differ from the base or, at half the weight, are fresh.
fn work(stretches: &[Stretch], base: &[u8], image: &[u8], from: u64) -> Vec<u32> {
    let mut pages = vec![0; image.len().div_ceil(PAGE)];
    for s in stretches {
        let start = (s.new - from) as usize;
        let new = &image[start..start + s.len as usize];
        for (k, byte) in new.iter().enumerate() {
            let differs = s.old.is_none_or(|old| base[old as usize + k] != *byte);
            pages[(start + k) / PAGE] += if s.old.is_some() { 2 } else { 1 } * u32::from(differs);
        }
    }
    pages.iter().map(|n| n / 2).collect()
}

#[cfg(test)]
#[allow(clippy::single_range_in_vec_init)]
mod tests {
    use super::*;

    /// Bytes that are like themselves nowhere.
    fn noise(len: usize, seed: u64) -> Vec<u8> {
        let mut x = seed;
        let next = |_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 56) as u8
        };
        (0..len).map(next).collect()
    }

    #[test]
    fn one_part_where_what_is_indexed_fits_the_memory() {
        let size = 65 << 20;
        let old = noise(size, 1);
        let mut new = old.clone();
        new.splice(40 << 20..40 << 20, noise(100, 2));
        let whole = |new: &[u8], memory| {
            let base: &[u8] = &old;
            Loaded::whole(&base, &new, memory).unwrap().is_some()
        };
        let (read, tables) = (2 * size as u64 + 100, anchors::memory(size as u64) + LEAST);
        // Nearly all of it comes back: the index is small.
        assert!(whole(&new, read + tables + (2 << 20)) && !whole(&new, read + tables));
        // Nothing does: an index of all of it takes four times the base.
        let other = noise(size, 3);
        assert!(!whole(&other, read + tables + (2 << 20)));
        assert!(whole(&other, read + tables + Index::memory(size as u64)));
    }

    #[test]
    fn parts_cover_the_image_and_fit_the_memory() {
        for (base, image, memory) in [
            (3u64 << 30, 4u64 << 30, 2u64 << 30),
            (5 << 30, 1 << 30, u64::MAX),
            (400 << 20, 300 << 20, 512 << 20),
            (400 << 20, 900 << 20, 300 << 20),
            (1 << 20, 900 << 20, 200 << 20),
        ] {
            let parts = parts(base, image, memory);
            let mut at = 0;
            for Part { image, base: window } in &parts {
                assert_eq!(image.start, at);
                at = image.end;
                let window_len = window.end - window.start;
                assert!(window.end <= base && window_len <= index::MOST);
                let taken = window_len + Index::memory(window_len) + image.end - image.start + LEAST;
                assert!(taken <= memory, "{taken} {memory}");
            }
            assert_eq!(at, image);
        }
    }

    #[test]
    fn the_windows_lie_around_their_parts() {
        let parts = parts(400 << 20, 400 << 20, 512 << 20);
        assert!(parts.len() > 2);
        for Part { image, base } in parts {
            assert!(base.start <= image.start && base.end >= image.end, "{image:?} {base:?}");
        }
    }
}
