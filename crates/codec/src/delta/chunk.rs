//! One chunk: its bytes, given the base and the match map. Encoder and decoder are one walk.
//!
//! The walk goes over the bytes in order and codes each. The encoder lets it walk over the bytes
//! of the image; the decoder over zeros, which become the image.

use super::Base;
use super::bill::{Bill, Meter};
use super::coder::{Code, Decoder, Spot};
use super::copied::{Copied, units};
use super::framed;
use super::fresh::Fresh;
use super::held::Held;
use super::layout::Mode;
use super::machine::SIGHT;
use super::map::Map;
use super::predict::{Part, Predictor, Window};
use crate::Error;
use alloc::vec::Vec;

#[cfg(feature = "std")]
mod encode;

/// The first byte of a chunk: how its fresh bytes are stored. Either among everything else, as small
/// as can be, but it takes a decoder some microseconds for ten of them.
const FRESH_CODED: u8 = 1;
/// Or before everything else, as a Zstandard frame behind four bytes that say how long it is.
const FRESH_FRAME: u8 = 2;

/// Bytes that are predicted from one piece of the base, and bytes before and after them.
const PIECE: usize = 16 << 10;
const AROUND: usize = SIGHT;

/// What is learned of a chunk, and what the walk needs besides; made once, used for every chunk.
pub(super) struct Chunks {
    copied: Copied,
    fresh: Fresh,
    predictor: Predictor,
    held: Held,
    halved: u32,
}

/// How fresh bytes come: through the coder, or from a list.
enum Source<'s> {
    Coded,
    List(&'s [u8]),
}

impl Chunks {
    /// Tables of which the size is halved so many times.
    pub(super) fn new(halved: u32) -> Self {
        Self {
            copied: Copied::new(halved),
            fresh: Fresh::new(halved),
            predictor: Predictor::new(halved),
            held: Held::new(PIECE.wrapping_add(2 * AROUND), halved),
            halved,
        }
    }

    /// Bytes of its tables and buffers.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> u64 {
        let parts = [self.copied.bytes(), self.fresh.bytes(), self.predictor.bytes(), self.held.bytes()];
        parts.into_iter().fold(size_of::<Self>(), usize::wrapping_add) as u64
    }

    /// How often its tables are halved.
    pub(super) fn halved(&self) -> u32 {
        self.halved
    }

    /// Decodes the chunk `stored`, which begins at byte `at` of the image, to all of `out`. Image, stored
    /// and fresh bytes may take `memory` bytes together.
    pub(super) fn decode(
        &mut self,
        map: &Map,
        base: &dyn Base,
        at: u64,
        stored: &[u8],
        out: &mut [u8],
        memory: u64,
    ) -> Result<(), Error> {
        let mut fresh = Vec::new();
        let (stored, mut source) = open(map, at, stored, crate::count(out), memory, &mut fresh)?;
        let mut coder = Decoder::new(stored);
        self.walk(&mut coder, map, base, at, out, &mut source)?;
        coder.finish()
    }

    /// The same, and counts what the bytes are spent on.
    pub(super) fn metered(
        &mut self,
        (map, base): (&Map, &dyn Base),
        at: u64,
        stored: &[u8],
        out: &mut [u8],
        memory: u64,
        bill: &mut Bill,
    ) -> Result<(), Error> {
        let mut fresh = Vec::new();
        let (rest, mut source) = open(map, at, stored, crate::count(out), memory, &mut fresh)?;
        if let Source::List(_) = source {
            bill.frame(stored.len().saturating_sub(rest.len()));
        }
        let mut coder = Meter::new(rest, bill);
        self.walk(&mut coder, map, base, at, out, &mut source)?;
        coder.finish()
    }

    fn walk<C: Code>(
        &mut self,
        coder: &mut C,
        map: &Map,
        base: &dyn Base,
        at: u64,
        out: &mut [u8],
        source: &mut Source<'_>,
    ) -> Result<(), Error> {
        self.held.forget();
        self.copied.reset();
        self.predictor.reset(map, at);
        if matches!(source, Source::Coded) {
            self.fresh.reset();
        }
        let image = i64::try_from(at).unwrap_or(i64::MAX);
        for (from, to, old) in parts(map, at, out.len()) {
            match (old, &mut *source) {
                (Some(old), _) => {
                    let start = image.wrapping_add(i64::try_from(from).unwrap_or(i64::MAX));
                    let shift = old.cast_signed().wrapping_sub(start);
                    self.copy(coder, map, base, old, out, Part { start: from, end: to, image, shift })?;
                }
                (None, Source::Coded) => {
                    coder.at(Spot::Fresh);
                    let place = image.wrapping_add(i64::try_from(from).unwrap_or(i64::MAX));
                    let mode = usize::try_from(self.predictor.mode(map, place)).unwrap_or(0);
                    let machine = match map.layout.modes.get(mode.wrapping_sub(1)) {
                        Some(Mode::Code { machine, .. }) => Some(*machine),
                        _ => None,
                    };
                    self.fresh.code(coder, machine, out, (from, to));
                    self.copied.interrupted();
                }
                (None, Source::List(list)) => {
                    let len = to.saturating_sub(from);
                    if let (Some((head, rest)), Some(to)) =
                        (list.split_at_checked(len), out.get_mut(from..to))
                    {
                        to.copy_from_slice(head);
                        *list = rest;
                    }
                    self.copied.interrupted();
                }
            }
            // What comes out of an exhausted decoder has no meaning: no need to go on.
            if coder.exhausted() {
                break;
            }
        }
        Ok(())
    }

    /// Codes the bytes of a part, which are like those from byte `old` of the base on.
    fn copy<C: Code>(
        &mut self,
        coder: &mut C,
        map: &Map,
        base: &dyn Base,
        old: u64,
        out: &mut [u8],
        part: Part,
    ) -> Result<(), Error> {
        self.predictor.part(map, part, out);
        let (mut from, mut old) = (part.start, old);
        while from < part.end && !coder.exhausted() {
            // Pieces end where units do.
            let len = PIECE.wrapping_sub(from % PIECE).min(part.end.wrapping_sub(from));
            let bytes = self.held.around(base, old, len, AROUND)?;
            let window = Window { bytes, margin: AROUND, from };
            for (from, to) in units(from, from.wrapping_add(len)) {
                self.copied.unit(coder, &mut self.predictor, (map, window, part), out, (from, to));
            }
            old = old.saturating_add(u64::try_from(len).unwrap_or(0));
            from = from.wrapping_add(len);
        }
        Ok(())
    }
}

/// What the coder reads of a chunk of `image` bytes, and how its fresh bytes come; those of a frame go to `fresh`.
fn open<'s>(
    map: &Map,
    at: u64,
    stored: &'s [u8],
    image: u64,
    memory: u64,
    fresh: &'s mut Vec<u8>,
) -> Result<(&'s [u8], Source<'s>), Error> {
    let early = Error::Truncated { stored: stored.len() };
    match stored.split_first().ok_or(early.clone())? {
        (&FRESH_CODED, rest) => Ok((rest, Source::Coded)),
        (&FRESH_FRAME, rest) => {
            let (len, rest) = rest.split_first_chunk().ok_or(early.clone())?;
            let len = usize::try_from(u32::from_le_bytes(*len)).unwrap_or(usize::MAX);
            let (frame, rest) = rest.split_at_checked(len).ok_or(early)?;
            let parts = parts(map, at, usize::try_from(image).unwrap_or(usize::MAX));
            let parts = parts.filter(|(_, _, old)| old.is_none());
            let bytes = parts.fold(0usize, |sum, (from, to, _)| sum.saturating_add(to.saturating_sub(from)));
            let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
            let held = image.saturating_add(crate::count(stored));
            let needed = held.saturating_add(bytes);
            if needed > memory {
                return Err(Error::ChunkMemory { needed, left: memory });
            }
            framed::decode(frame, bytes, fresh)?;
            Ok((rest, Source::List(fresh)))
        }
        (&found, _) => Err(Error::DeltaVersion { found }),
    }
}

/// The stretches of a chunk: from and to, counted from the first byte of the chunk, and where the
/// like of it begins in the base.
fn parts(map: &Map, at: u64, len: usize) -> impl Iterator<Item = (usize, usize, Option<u64>)> {
    let end = at.saturating_add(u64::try_from(len).unwrap_or(u64::MAX));
    map.from(at).take_while(move |s| s.new < end).map(move |s| {
        let (from, to) = (s.new.max(at), s.new.saturating_add(s.len).min(end));
        let place = |p: u64| usize::try_from(p.saturating_sub(at)).unwrap_or(len).min(len);
        let old = s.old.map(|old| old.saturating_add(from.saturating_sub(s.new)));
        (place(from), place(to), old)
    })
}
