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
mod builder;
mod bytes;
mod cost;
mod cut;
mod distances;
mod elf;
mod fit;
mod index;
mod loaded;
mod normalize;
mod parts;
mod pe;
mod plan;
mod raw;
mod rows;
mod seeds;
mod symbols;
mod trial;
mod workers;

use self::builder::Builder;
use self::cut::{PAGE, cut};
use self::fit::{LARGEST, Shape, shapes};
use self::normalize::normalize;
use self::parts::{Aligned, Loaded, in_parts};
use self::seeds::Pace;
use self::workers::{both, in_order};
use super::chunk::Chunks;
use super::layout::Layout;
use super::map::Map;
use super::stretch::Places;
use super::{Base, Sizes};
use crate::Error;
use std::io;
use std::num::NonZeroUsize;
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};

/// Most image bytes of a chunk: what a decoder must hold.
const CHUNK: usize = 4 << 20;
/// Changed bytes that are worth looking into.
const FEW: u64 = 200;
/// How much less an alignment must cost for another to follow: one part in so many.
const WORTH: i64 = 50;
/// What is estimated to cost less by one part in so many, or more, is better without a trial: than a coarse alignment,
/// and than a fine one.
const CLEAR: i64 = 8;
const CLEAR_IF_FINE: i64 = 20;

/// How much time goes into a smaller delta.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Effort {
    /// What the images contain is used for one alignment.
    Fast,
    /// Others learn from the one before, as long as that is worth it.
    #[default]
    Default,
    /// More alignments, as long as each makes the delta smaller.
    Small,
}

impl Effort {
    /// Alignments of normal forms, at most.
    fn paces(self) -> &'static [Pace] {
        match self {
            Effort::Fast => &[Pace::FINE],
            Effort::Default => &[Pace::FINE, Pace::AGAIN, Pace::AGAIN],
            Effort::Small => &[
                Pace::FINE,
                Pace::AGAIN,
                Pace::AGAIN,
                Pace::AGAIN,
                Pace::AGAIN,
                Pace::AGAIN,
                Pace::AGAIN,
                Pace::AGAIN,
            ],
        }
    }

    /// How much less an alignment must cost than another one for the next to follow.
    fn worth(self, cost: i64) -> i64 {
        if self == Effort::Small { 1 } else { cost / WORTH }
    }
}

/// How a delta is made. The stored bytes depend on `effort`, `memory` and `decode_memory`, and on nothing else here.
#[derive(Clone, Copy)]
pub struct EncodeOptions<'a> {
    /// Worker threads.
    pub jobs: NonZeroUsize,
    /// Bytes of memory that making the delta may take. Where base and image need more, each part of
    /// the image is matched against a part of the base, the one around the same place.
    pub memory: u64,
    /// Bytes of memory that decoding may take. Where a delta would need more, it gets smaller tables and chunks, which
    /// makes it larger. One that cannot be made to fit is made all the same, as small to decode as can be.
    pub decode_memory: u64,
    /// How much time goes into a smaller delta.
    pub effort: Effort,
    /// Set from outside to stop.
    pub interrupted: &'a AtomicBool,
    /// Called with the image bytes that were finished since the call before.
    pub progress: &'a (dyn Fn(u64) + Sync),
}

impl Default for EncodeOptions<'_> {
    /// One thread, as much memory as it takes, the effort for releases.
    fn default() -> Self {
        static NEVER: AtomicBool = AtomicBool::new(false);
        EncodeOptions {
            jobs: NonZeroUsize::MIN,
            memory: u64::MAX,
            decode_memory: u64::MAX,
            effort: Effort::Default,
            interrupted: &NEVER,
            progress: &|_| (),
        }
    }
}

/// Takes what is stored, in order: the image bytes that it decodes to, and the stored bytes.
pub type Sink<'a> = &'a mut dyn FnMut(u64, &[u8]) -> io::Result<()>;

/// Makes the delta from `base` to `image`. `sink` gets the preamble, of 0 image bytes, then every
/// chunk. Gives the memory that decoding takes, in bytes.
///
/// # Errors
/// [`Error::ReadBase`], [`Error::ReadImage`], [`Error::Write`], [`Error::Index`],
/// [`Error::Interrupted`]; [`Error::DeltaLayout`] for what is too large.
pub fn encode(
    base: &dyn Base,
    image: &dyn Base,
    options: &EncodeOptions<'_>,
    sink: Sink<'_>,
) -> Result<u64, Error> {
    if let Some(found) = [base.size(), image.size()].into_iter().find(|size| *size >= Places::MOST) {
        return Err(Error::DeltaLayout { found });
    }
    let made = fitting(base, image, best(base, image, options)?, options)?;
    let write = |e: io::Error| Error::Write { reason: e.to_string() };
    sink(0, &made.preamble).map_err(write)?;
    for (range, (stored, _)) in made.cuts.iter().zip(&made.chunks) {
        sink(range.end - range.start, stored).map_err(write)?;
    }
    Ok(made.memory())
}

/// A delta: its map, and its chunks with what each needs besides.
struct Made {
    map: Map,
    preamble: Vec<u8>,
    /// The work of each page of the image, by which it was cut.
    work: Vec<u32>,
    cuts: Vec<Range<u64>>,
    chunks: Vec<(Vec<u8>, u64)>,
}

impl Made {
    fn size(&self) -> usize {
        self.preamble.len() + self.chunks.iter().map(|(stored, _)| stored.len()).sum::<usize>()
    }

    /// Bytes of memory that decoding takes.
    fn memory(&self) -> u64 {
        let preamble = self.preamble.len() as u64;
        let mut sizes = Sizes { image_bytes: 0, stored_bytes: preamble, preamble };
        for (range, (stored, besides)) in self.cuts.iter().zip(&self.chunks) {
            sizes.image_bytes = sizes.image_bytes.max(range.end - range.start + besides);
            sizes.stored_bytes = sizes.stored_bytes.max(stored.len() as u64);
        }
        sizes.memory(&self.map)
    }
}

/// The same delta with tables and chunks that fit the memory for decoding, or else those that need the least.
fn fitting(
    base: &dyn Base,
    image: &dyn Base,
    mut made: Made,
    options: &EncodeOptions<'_>,
) -> Result<Made, Error> {
    if made.memory() <= options.decode_memory {
        return Ok(made);
    }
    // What there is to tell was told.
    let progress = Progress { options, image: 0, told: AtomicU64::new(0) };
    for shape in shapes(&made.map, image.size(), options.decode_memory) {
        let map = made.map.with_halved(shape.halved);
        let work = std::mem::take(&mut made.work);
        let next = code(base, image, map, work, shape, usize::MAX, (&progress, u64::MAX))?;
        let fits = next.memory() <= options.decode_memory;
        made = next;
        if fits {
            break;
        }
    }
    Ok(made)
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
        let aligned = in_parts(base, image, options, (progress, 2))?;
        let map = Map::new(aligned.stretches, Layout::default(), 0);
        return code(base, image, map, aligned.work, LARGEST, usize::MAX, (progress, 2));
    };
    let index = whole.index()?;
    let first = whole.align(&index, None, Pace::COARSE, options, (progress, 8))?;
    let plain = Map::new(first.stretches, Layout::default(), 0);
    // Where next to nothing changed there is nothing to predict.
    let changed: u64 = first.work.iter().map(|n| u64::from(*n)).sum();
    let plan =
        if changed < FEW { Builder::default() } else { plan::plan(&whole.old, &whole.new, &plain, options)? };
    if plan.image.is_empty() {
        let fine = whole.align(&index, Some(&plain), Pace::FINE, options, (progress, 4))?;
        drop(index);
        drop(whole);
        let map = Map::new(fine.stretches, Layout::default(), 0);
        return code(base, image, map, fine.work, LARGEST, usize::MAX, (progress, 4));
    }
    drop(index);
    let (map, best) = predicted(&whole, &plan, &plain, options, progress)?;
    let map = rows::whole(map, &whole.old, &whole.new)?;
    let made = code(base, image, map, best.work, LARGEST, usize::MAX, (progress, 8))?;
    // Where prediction does not pay, the delta goes without.
    if best.cost < first.cost - first.cost / CLEAR {
        return Ok(made);
    }
    let fine = whole.align(&whole.index()?, Some(&plain), Pace::FINE, options, (progress, 8))?;
    if best.cost < fine.cost - fine.cost / CLEAR_IF_FINE {
        return Ok(made);
    }
    let map = Map::new(fine.stretches, Layout::default(), 0);
    let plain = code(base, image, map, fine.work, LARGEST, made.size(), (progress, 8))?;
    Ok(if made.size() < plain.size() { made } else { plain })
}

/// Aligns normal forms, each by the alignment before, until that is not worth it. Gives the best of the alignments.
fn predicted(
    whole: &Loaded,
    plan: &Builder,
    plain: &Map,
    options: &EncodeOptions<'_>,
    progress: &Progress<'_>,
) -> Result<(Map, Aligned), Error> {
    let mut map = Map::new(plain.from(0), plan.layout(), 0);
    let [old_forms, new_forms] = &plan.forms;
    let old = || normalize(true, &whole.old, &plan.base, &plan.modes, old_forms, &map);
    let new = || normalize(false, &whole.new, &plan.image, &plan.modes, new_forms, &map);
    let (mut old, mut new) = both(options, old, new);
    let mut best: Option<(Map, Aligned)> = None;
    let (effort, paces) = (options.effort, options.effort.paces());
    for (n, pace) in paces.iter().enumerate() {
        let known = Loaded::known(old, new, &map);
        let mut next = known.align(&known.index()?, None, *pace, options, (progress, 8))?;
        let least = best.as_ref().map_or(i64::MAX, |(_, best)| best.cost);
        let enough = least - effort.worth(least);
        map = Map::new(std::mem::take(&mut next.stretches), plan.layout(), 0);
        let cost = next.cost;
        if cost < least {
            best = Some((map.clone(), next));
        }
        if cost >= enough || n + 1 == paces.len() {
            break;
        }
        // The form of the image does not depend on the map. What did not change in that of the base aligns as it did.
        old = normalize(true, &whole.old, &plan.base, &plan.modes, old_forms, &map);
        let changed = old.iter().zip(&known.old).filter(|(a, b)| a != b).count();
        if changed as i64 * cost::DIFFERS < effort.worth(cost) {
            break;
        }
        new = known.new;
    }
    Ok(best.unwrap_or_default())
}

/// Codes the chunks of a map. A delta that would be larger than `most` is given up: what comes back is then larger
/// than that as well, and not complete.
fn code(
    base: &dyn Base,
    image: &dyn Base,
    map: Map,
    work: Vec<u32>,
    shape: Shape,
    most: usize,
    (progress, part): (&Progress<'_>, u64),
) -> Result<Made, Error> {
    let (preamble, map) = map.encode(base, image)?;
    let cuts = cut(&map, &work, image.size(), shape.chunk as u64);
    let mut all = Vec::new();
    let spent = AtomicUsize::new(preamble.len());
    let code = |chunks: &mut Chunks, n: usize| {
        let range = cuts[n].clone();
        let bytes = read(image, &range).map_err(|e| Error::ReadImage { reason: e.to_string() })?;
        // The sum decides, in whatever order the chunks are made: one alone is given up if it is too much.
        let stored = match most.checked_sub(spent.load(Ordering::Relaxed)) {
            Some(left) => chunks.encode(&map, base, range.start, &bytes, left)?,
            None => (Vec::new(), 0),
        };
        spent.fetch_add(stored.0.len(), Ordering::Relaxed);
        progress.tell(range.end - range.start, part);
        Ok(stored)
    };
    in_order(progress.options, cuts.len(), || Chunks::new(map.halved), &code, &mut |_, stored| {
        all.push(stored);
        Ok(())
    })?;
    Ok(Made { map, preamble, work, cuts, chunks: all })
}

fn read(from: &dyn Base, range: &Range<u64>) -> io::Result<Vec<u8>> {
    let mut bytes = vec![0; (range.end - range.start) as usize];
    from.read_exact_at(range.start, &mut bytes)?;
    Ok(bytes)
}
