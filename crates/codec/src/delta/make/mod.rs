//! Making a delta: align, cut into chunks, code. What is in this folder a decoder knows nothing of, and may
//! change without a change of the bitstream.
#![expect(
    clippy::indexing_slicing,
    clippy::arithmetic_side_effects,
    clippy::as_conversions,
    reason = "works on the maker's own images, and its loops decide how long a delta takes to make"
)]

mod align;
mod anchors;
mod btf;
mod bytes;
mod cost;
mod elf;
mod index;
mod normalize;
mod pe;
mod plan;
mod raw;
mod seeds;
mod trial;

use self::align::align;
use self::anchors::{Anchor, anchors, unanchored};
use self::index::Index;
use self::plan::Builder;
use super::chunk::Chunks;
use super::layout::Layout;
use super::map::{Map, Stretch};
use super::{Base, Sizes};
use crate::Error;
use std::collections::BTreeMap;
use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc;

/// Image bytes that are aligned at once. Cuts cost a turn each, and let all cores work.
const UNIT: usize = 1 << 20;
/// Image bytes whose work is counted together; chunks end where such a page ends.
const PAGE: usize = 4 << 10;
/// Most image bytes of a chunk: what a decoder must hold.
const CHUNK: usize = 4 << 20;
/// From so many bytes on that differ or are fresh, another chunk is worth it: a decoder with two
/// cores takes two at a time. Each learns anew, which costs some hundred bytes, so [`ENOUGH`] do.
const WORK: u64 = 200_000;
const ENOUGH: u64 = 4;
/// Changed bytes that are worth looking into.
const FEW: u64 = 200;
/// Alignments: one of the bytes, and others of normal forms, until one is not better than the one before.
const PASSES: usize = 4;
/// Memory that is needed whatever the images: tables of two coders, buffers, a unit's ways.
const LEAST: u64 = 64 << 20;

/// How a delta is made. The stored bytes depend on `memory`, and on nothing else here.
#[derive(Clone, Copy)]
pub struct EncodeOptions<'a> {
    /// Worker threads.
    pub jobs: NonZeroUsize,
    /// Bytes of memory that making the delta may take. Where base and image need more, each part of
    /// the image is matched against a part of the base, the one around the same place.
    pub memory: u64,
    /// Set from outside to stop.
    pub interrupted: &'a AtomicBool,
    /// Called with the image bytes that were finished since the call before.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl Default for EncodeOptions<'_> {
    /// One thread, as much memory as it takes.
    fn default() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        EncodeOptions { jobs: NonZeroUsize::MIN, memory: u64::MAX, interrupted: &NEVER, progress: &|_| () }
    }
}

/// Takes what is stored, in order: the image bytes that it decodes to, and the stored bytes.
pub type Sink<'a> = &'a mut dyn FnMut(u64, &[u8]) -> io::Result<()>;

/// Makes the delta from `base` to `image`. `sink` gets the preamble, of 0 image bytes, then every
/// chunk. Gives the memory that decoding takes, in bytes.
///
/// # Errors
/// [`Error::ReadBase`], [`Error::ReadImage`], [`Error::Write`], [`Error::Index`],
/// [`Error::Interrupted`].
pub fn encode(
    base: &dyn Base,
    image: &dyn Base,
    options: &EncodeOptions<'_>,
    sink: Sink<'_>,
) -> Result<u64, Error> {
    let made = best(base, image, options)?;
    let write = |e: io::Error| Error::Write { reason: e.to_string() };
    sink(0, &made.preamble).map_err(write)?;
    let stored = made.preamble.len() as u64;
    let mut sizes = Sizes { image_bytes: 0, stored_bytes: stored, preamble: stored };
    for (range, (stored, besides)) in made.cuts.iter().zip(&made.chunks) {
        let len = range.end - range.start;
        sizes.image_bytes = sizes.image_bytes.max(len + besides);
        sizes.stored_bytes = sizes.stored_bytes.max(stored.len() as u64);
        sink(len, stored).map_err(write)?;
    }
    Ok(sizes.memory(&made.map))
}

/// A delta: its map, and its chunks with what each needs besides.
struct Made {
    map: Map,
    preamble: Vec<u8>,
    cuts: Vec<Range<u64>>,
    chunks: Vec<(Vec<u8>, u64)>,
}

impl Made {
    fn size(&self) -> usize {
        self.preamble.len() + self.chunks.iter().map(|(stored, _)| stored.len()).sum::<usize>()
    }
}

/// How much of the work is done, as image bytes: each part of the work counts for a part of the image.
struct Progress<'a> {
    options: &'a EncodeOptions<'a>,
    image: u64,
    told: AtomicU64,
}

impl Progress<'_> {
    /// Tells that work for so many image bytes is done, in parts of a whole.
    fn tell(&self, bytes: u64, part: u64) {
        let bytes = bytes / part;
        self.told.fetch_add(bytes, Ordering::Relaxed);
        (self.options.progress)(bytes);
    }

    /// Tells what is left.
    fn end(&self) {
        (self.options.progress)(self.image.saturating_sub(self.told.load(Ordering::Relaxed)));
    }
}

/// The smallest of the deltas that some passes of alignment make.
fn best(base: &dyn Base, image: &dyn Base, options: &EncodeOptions<'_>) -> Result<Made, Error> {
    let progress = Progress { options, image: image.size(), told: AtomicU64::new(0) };
    let made = passes(base, image, options, &progress)?;
    progress.end();
    Ok(made)
}

fn passes(
    base: &dyn Base,
    image: &dyn Base,
    options: &EncodeOptions<'_>,
    progress: &Progress<'_>,
) -> Result<Made, Error> {
    // Both images are held besides their normal forms.
    let memory = options.memory.saturating_sub(base.size()).saturating_sub(image.size());
    let Some(whole) = Loaded::whole(base, image, memory)? else {
        let (stretches, work) = map(base, image, options, progress)?;
        return code(base, image, Map::new(stretches, Layout::default(), 0), &work, (progress, 2));
    };
    let (old, new) = (whole.window.clone(), whole.bytes.clone());
    let (stretches, first) = loaded(whole, options, (progress, 4))?;
    let plain = Map::new(stretches, Layout::default(), 0);
    // Where next to nothing changed there is nothing to predict.
    let changed: u64 = first.iter().map(|n| u64::from(*n)).sum();
    let plan = if changed < FEW { Builder::default() } else { plan::plan(&old, &new, &plain) };
    if plan.image.is_empty() {
        return code(base, image, plain, &first, (progress, 4));
    }
    let mut made = None;
    let mut map = Map::new(plain.from(0), plan.layout(), 0);
    for _ in 1..PASSES {
        let (normal_old, normal_new) = normalize::normalize(&old, &new, &plan, &map);
        let again = Loaded::from_bytes(normal_old, normal_new);
        let (stretches, work) = loaded(again, options, (progress, 10))?;
        map = Map::new(stretches, plan.layout(), 0);
        let next = code(base, image, map.clone(), &work, (progress, 10))?;
        if made.as_ref().is_none_or(|made: &Made| next.size() < made.size()) {
            made = Some(next);
        } else {
            break;
        }
    }
    // Where prediction does not pay, the delta goes without.
    let plain = code(base, image, plain, &first, (progress, 10))?;
    Ok(made.filter(|made| made.size() < plain.size()).unwrap_or(plain))
}

/// Codes the chunks of a map.
fn code(
    base: &dyn Base,
    image: &dyn Base,
    map: Map,
    work: &[u32],
    (progress, part): (&Progress<'_>, u64),
) -> Result<Made, Error> {
    let preamble = map.encode();
    let cuts = cut(work, image.size());
    let mut all = Vec::new();
    let code = |chunks: &mut Chunks, n: usize| {
        let range = cuts[n].clone();
        let bytes = read(image, &range).map_err(|e| Error::ReadImage { reason: e.to_string() })?;
        let stored = chunks.encode(&map, base, range.start, &bytes)?;
        progress.tell(range.end - range.start, part);
        Ok(stored)
    };
    in_order(progress.options, cuts.len(), || Chunks::new(map.halved), &code, &mut |_, stored| {
        all.push(stored);
        Ok(())
    })?;
    Ok(Made { map, preamble, cuts, chunks: all })
}

fn read(from: &dyn Base, range: &Range<u64>) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; (range.end - range.start) as usize];
    from.read_exact_at(range.start, &mut bytes)?;
    Ok(bytes)
}

/// A part of the image and the part of the base that it is matched against.
#[derive(Debug, PartialEq, Eq)]
struct Part {
    image: Range<u64>,
    base: Range<u64>,
}

/// What is read and aligned at once.
struct Loaded {
    part: Part,
    window: Vec<u8>,
    bytes: Vec<u8>,
    anchors: Vec<Anchor>,
    /// What of the window is indexed.
    keep: Vec<Range<usize>>,
}

impl Loaded {
    /// All of two images that are in memory.
    fn from_bytes(window: Vec<u8>, bytes: Vec<u8>) -> Loaded {
        let anchors = anchors(&window, &bytes);
        let keep = unanchored(&anchors, window.len());
        let part = Part { image: 0..bytes.len() as u64, base: 0..window.len() as u64 };
        Loaded { part, window, bytes, anchors, keep }
    }

    fn read(base: &dyn Base, image: &dyn Base, part: Part) -> Result<Loaded, Error> {
        let window = read(base, &part.base).map_err(|e| Error::ReadBase { reason: e.to_string() })?;
        let bytes = read(image, &part.image).map_err(|e| Error::ReadImage { reason: e.to_string() })?;
        let anchors = anchors(&window, &bytes);
        let keep = unanchored(&anchors, window.len());
        Ok(Loaded { part, window, bytes, anchors, keep })
    }

    /// Base and image as one part, if memory allows it. How much that takes shows only once both are read: what comes
    /// back unchanged need not be indexed, and in most images that is nearly all.
    fn whole(base: &dyn Base, image: &dyn Base, memory: u64) -> Result<Option<Loaded>, Error> {
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
}

/// As few parts as memory allows where it does not allow one. The windows on the base overlap, each around the place
/// that corresponds to its part.
fn parts(base: u64, image: u64, memory: u64) -> Vec<Part> {
    let room = memory.saturating_sub(LEAST);
    // A window of the base takes five times its bytes, a part of the image once; half of a window
    // is what its part corresponds to, a quarter on each side is what may have moved in or out.
    let unit = UNIT as u64;
    let mut window = (room.saturating_sub(1 << 26) / 11 * 2).min(index::MOST) / unit * unit;
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

/// Aligns image and base. Gives the stretches, and how many bytes of each page differ or are fresh.
fn map(
    base: &dyn Base,
    image: &dyn Base,
    options: &EncodeOptions<'_>,
    progress: &Progress<'_>,
) -> Result<(Vec<Stretch>, Vec<u32>), Error> {
    let (mut all, mut pages): (Vec<Stretch>, Vec<u32>) = (Vec::new(), Vec::new());
    if let Some(whole) = Loaded::whole(base, image, options.memory)? {
        return loaded(whole, options, (progress, 2));
    }
    for part in parts(base.size(), image.size(), options.memory) {
        let (stretches, work) = loaded(Loaded::read(base, image, part)?, options, (progress, 2))?;
        stretches.into_iter().for_each(|s| join(&mut all, s));
        pages.extend(work);
    }
    Ok((all, pages))
}

/// The same of one part.
fn loaded(
    loaded: Loaded,
    options: &EncodeOptions<'_>,
    (progress, part_of_work): (&Progress<'_>, u64),
) -> Result<(Vec<Stretch>, Vec<u32>), Error> {
    let Loaded { part, window, bytes, anchors, keep } = loaded;
    let (mut all, mut pages) = (Vec::new(), Vec::new());
    let index = Index::new(&window, &keep)?;
    let unit = |_: &mut (), n: usize| {
        let from = n * UNIT;
        let to = bytes.len().min(from + UNIT);
        let stretches = align(&index, &window, &bytes, &anchors, from, to);
        let work = work(&stretches, &window, &bytes[from..to], from as u64);
        progress.tell((to - from) as u64, part_of_work);
        Ok((stretches, work))
    };
    in_order(options, bytes.len().div_ceil(UNIT), || (), &unit, &mut |_, (stretches, work)| {
        for mut s in stretches {
            s.new += part.image.start;
            s.old = s.old.map(|old| old + part.base.start);
            join(&mut all, s);
        }
        pages.extend(work);
        Ok(())
    })?;
    Ok((all, pages))
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

/// Cuts the image into chunks of about the same work, none too large.
fn cut(pages: &[u32], image: u64) -> Vec<Range<u64>> {
    let total: u64 = pages.iter().map(|n| u64::from(*n)).sum();
    let shares = total.div_ceil(WORK).clamp(1, ENOUGH);
    let (mut cuts, mut start, mut done, mut share) = (Vec::new(), 0u64, 0u64, 1);
    for (n, work) in pages.iter().enumerate() {
        let end = image.min(((n + 1) * PAGE) as u64);
        done += u64::from(*work);
        let shared = share < shares && done * shares >= total * share;
        share += u64::from(shared);
        if shared || end - start >= CHUNK as u64 || end == image {
            cuts.push(start..end);
            start = end;
        }
    }
    cuts
}

/// Does `count` pieces of work on all threads, and hands the results over in order. A thread that
/// is far ahead of the slowest waits, so that results do not pile up.
fn in_order<S, T: Send>(
    options: &EncodeOptions<'_>,
    count: usize,
    start: impl Fn() -> S + Sync,
    work: &(dyn Fn(&mut S, usize) -> Result<T, Error> + Sync),
    take: &mut dyn FnMut(usize, T) -> Result<(), Error>,
) -> Result<(), Error> {
    let next = AtomicUsize::new(0);
    let failed = AtomicBool::new(false);
    let (send, receive) = mpsc::sync_channel(2 * options.jobs.get());
    std::thread::scope(|scope| {
        for _ in 0..options.jobs.get().min(count) {
            let (send, start, next, failed) = (send.clone(), &start, &next, &failed);
            scope.spawn(move || {
                let mut state = start();
                loop {
                    let n = next.fetch_add(1, Ordering::Relaxed);
                    if n >= count || failed.load(Ordering::Relaxed) {
                        break;
                    }
                    let done = match options.interrupted.load(Ordering::Relaxed) {
                        true => Err(Error::Interrupted),
                        false => work(&mut state, n),
                    };
                    if send.send((n, done)).is_err() {
                        break;
                    }
                }
            });
        }
        drop(send);
        let (mut waiting, mut due, mut result) = (BTreeMap::new(), 0, Ok(()));
        for (n, done) in receive {
            match done {
                Ok(done) => drop(waiting.insert(n, done)),
                Err(error) => result = result.and(Err(error)),
            }
            while let Some(done) = waiting.remove(&due).filter(|_| result.is_ok()) {
                result = take(due, done);
                due += 1;
            }
            failed.store(result.is_err(), Ordering::Relaxed);
        }
        result
    })
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

    #[test]
    fn chunks_are_bounded_and_share_the_work() {
        let page = PAGE as u64;
        assert_eq!(cut(&[], 0), []);
        assert_eq!(cut(&[0], 1), [0..1]);
        let quiet = vec![0; 3 * CHUNK / PAGE];
        let whole = quiet.len() as u64 * page;
        let cuts = cut(&quiet, whole - 5);
        assert_eq!(cuts.len(), 3);
        assert_eq!(cuts[2], (2 * CHUNK) as u64..whole - 5);
        let busy = vec![PAGE as u32; 100];
        let cuts = cut(&busy, 100 * page);
        assert_eq!(cuts.len(), 3, "{cuts:?}");
        assert!(cuts.iter().all(|c| c.end - c.start <= 34 * page));
        let all = vec![PAGE as u32; 1000];
        assert_eq!(cut(&all, 1000 * page).len(), 4);
    }
}
