//! Copied bytes: where they differ from what was predicted, and by what.
//!
//! Units that are as the base is, or as the map says, cost next to nothing, in size and in time. In others, blocks that
//! do not differ from what is predicted with all that was learned cost little. In the blocks that are left each word of
//! four bytes has a mask of the bytes that differ; each such byte is stored as its difference from the predicted one.
//! Where the prediction knows nothing, the same differences come again and again: the one that is due is asked for first.

use super::coder::Code;
use super::doubts::Doubts;
use super::map::Map;
use super::model::Bits;
use super::predict::{BEFORE, Part, Predicted, Predictor, UNIT, Window};
use super::symbols::Symbols;
use super::{low_first, narrow, shrunk};
use alloc::vec;
use alloc::vec::Vec;

/// Bytes of a block.
pub(super) const BLOCK: usize = 32;
/// Bytes of a word.
const WORD: usize = 4;
/// Entries of a table of differences, before the tables are made smaller.
const DUE: usize = 1 << 14;

/// What a unit is.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Unit {
    AsTheBaseIs,
    /// As the map alone predicts it.
    AsTheMapSays,
    Other,
}

impl Unit {
    /// What contexts are told.
    fn number(self) -> u32 {
        match self {
            Unit::AsTheBaseIs => 0,
            Unit::AsTheMapSays => 1,
            Unit::Other => 2,
        }
    }
}

/// A difference that came after a context, and how often in a row.
#[derive(Clone, Copy, Default)]
struct Due {
    difference: u8,
    times: u8,
}

impl Due {
    /// Follows what came.
    fn learn(&mut self, difference: u8) {
        if self.difference == difference {
            self.times = self.times.saturating_add(1).min(16);
        } else {
            *self = Self { difference, times: self.times >> 1 };
        }
    }
}

/// What is learned of a chunk's copied bytes.
pub(super) struct Copied {
    units: Bits<2>,
    blocks: Bits<2>,
    words: Bits<2>,
    masks: Symbols<2>,
    hits: Bits<2>,
    differences: Symbols<2>,
    due: [Vec<Due>; 4],
    past: Past,
}

/// What was told lately, newest in the lowest bits or first.
#[derive(Clone, Copy, Default)]
struct Past {
    /// What units were, two bits each.
    units: u32,
    /// Blocks that did not differ, a bit each.
    blocks: u32,
    /// Masks, four bits each.
    masks: u32,
    /// Differences that came when they were due, a bit each.
    hits: u32,
    differences: [u8; 4],
}

/// Two numbers as one context.
fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

/// How many bits a length has, at most `most`.
fn bits(length: usize, most: u32) -> u32 {
    usize::BITS.wrapping_sub(length.leading_zeros()).min(most)
}

impl<'p> Predicted<'p> {
    /// The predicted byte at `at`, up to [`BEFORE`] bytes before the block, given with `at` less than zero; 0 after it.
    fn byte(&self, at: usize) -> u32 {
        u32::from(self.bytes.get(at.wrapping_add(BEFORE)).copied().unwrap_or(0))
    }

    /// Four bytes.
    fn word(&self, at: usize) -> u32 {
        let place = at.wrapping_add(BEFORE);
        match self.bytes.get(place..).and_then(|rest| rest.first_chunk::<4>()) {
            Some(bytes) => u32::from_le_bytes(*bytes),
            None => (0..WORD).rev().fold(0, |word, k| word << 8 | self.byte(at.wrapping_add(k))),
        }
    }

    /// The bytes of the block.
    pub(super) fn own(self) -> &'p [u8] {
        self.bytes.get(BEFORE..).unwrap_or_default()
    }
}

impl Copied {
    /// Tables of which the size is halved so many times.
    pub(super) fn new(halved: u32) -> Self {
        Self {
            units: Bits::new(shrunk(1 << 11, halved), 32),
            blocks: Bits::new(shrunk(1 << 11, halved), 16),
            words: Bits::new(shrunk(1 << 15, halved), 64),
            masks: Symbols::new(shrunk(1 << 10, halved), 64, 1),
            hits: Bits::new(shrunk(1 << 13, halved), 4),
            differences: Symbols::new(shrunk(1 << 11, halved), 32, 2),
            due: core::array::from_fn(|_| vec![Due::default(); shrunk(DUE, halved)]),
            past: Past::default(),
        }
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.units.reset();
        self.blocks.reset();
        self.words.reset();
        self.masks.reset();
        self.hits.reset();
        self.differences.reset();
        self.due.iter_mut().for_each(|table| table.fill(Due::default()));
        self.past = Past::default();
    }

    /// Bytes of its tables.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let bits = [self.units.bytes(), self.blocks.bytes(), self.words.bytes(), self.hits.bytes()];
        let symbols = [self.masks.bytes(), self.differences.bytes()];
        let due = self.due.iter().map(|table| table.capacity() * size_of::<Due>()).sum::<usize>();
        bits.into_iter().chain(symbols).sum::<usize>() + due
    }

    /// Notes that fresh bytes stood in between.
    pub(super) fn interrupted(&mut self) {
        self.past.masks = self.past.masks << 4 | 0xF;
    }

    /// Codes the bytes of `out` from `from` to `to`, which lie in `part` and in one unit.
    pub(super) fn unit<C: Code>(
        &mut self,
        coder: &mut C,
        predictor: &mut Predictor,
        (map, window, part): (&Map, Window<'_>, Part),
        out: &mut [u8],
        (from, to): (usize, usize),
    ) {
        coder.at(part.spot(from));
        predictor.unit(window, part, from, to);
        let context = predictor.mode(map, part.image.wrapping_add(i64::try_from(from).unwrap_or(0)));
        let like = window.slice(from, to.wrapping_sub(from));
        let mut wanted = Unit::AsTheBaseIs;
        if C::ENCODES && out.get(from..to) != Some(like) {
            let is_by_map = predictor.is_by_map(map, window, part, out, (from, to));
            wanted = if is_by_map { Unit::AsTheMapSays } else { Unit::Other };
        }
        let past = self.past.units;
        let (before, after) = (bits(from.wrapping_sub(part.start), 12), bits(part.end.wrapping_sub(to), 12));
        let contexts = [pair(context, past & 0x3F), pair(before | after << 8, past & 0xF)];
        let mut unit = Unit::AsTheBaseIs;
        if self.units.code(coder, &contexts, wide(past & 0xF), wanted != Unit::AsTheBaseIs) {
            let contexts = contexts.map(|context| context | 1 << 30);
            unit = match self.units.code(coder, &contexts, wide(past & 0xF | 16), wanted == Unit::Other) {
                true => Unit::Other,
                false => Unit::AsTheMapSays,
            };
        }
        self.past.units = past << 2 | unit.number();
        let bytes = match unit {
            Unit::Other => {
                for (from, to) in blocks(from, to) {
                    predictor.block(map, window, part, out, from, to);
                    self.block(coder, predictor.predicted(from, to), part, out, from, to);
                }
                return;
            }
            Unit::AsTheBaseIs => {
                predictor.pass(window, from, to);
                like
            }
            Unit::AsTheMapSays => {
                predictor.by_map(map, window, part, (from, to));
                predictor.predicted(from, to).own()
            }
        };
        if let Some(out) = out.get_mut(from..to) {
            out.copy_from_slice(bytes);
        }
        (self.past.masks, self.past.blocks) = (0, u32::MAX);
    }

    fn block<C: Code>(
        &mut self,
        coder: &mut C,
        predicted: Predicted<'_>,
        part: Part,
        out: &mut [u8],
        from: usize,
        to: usize,
    ) {
        coder.at(part.spot(from));
        let len = to.wrapping_sub(from);
        let Some(block) = out.get_mut(from..to) else { return };
        let doubts = Doubts::of(predicted.kinds);
        let (worst, some) = (doubts.worst(), doubts.some().min(15));
        let first = u32::from(predicted.kinds.first().copied().unwrap_or(0));
        let past = self.past.blocks;
        let contexts = [pair(worst | (some / 4) << 4, past & 7), pair(first, past & 15 | worst << 8)];
        let equal = self.blocks.code(
            coder,
            &contexts,
            wide(past & 3 | worst << 2),
            C::ENCODES && block == predicted.own(),
        );
        self.past.blocks = past << 1 | u32::from(equal);
        if equal {
            block.copy_from_slice(predicted.own());
            let words = u32::try_from(len.div_ceil(WORD)).unwrap_or(0);
            self.past.masks = self.past.masks.checked_shl(words.wrapping_mul(4)).unwrap_or(0);
            return;
        }
        let mut at = from;
        while at < to {
            let len = WORD.wrapping_sub(at % WORD).min(to.wrapping_sub(at));
            self.word(coder, predicted, out, at, (at.wrapping_sub(from), len));
            at = at.wrapping_add(len);
        }
    }

    /// Codes a word of `len` bytes at `at`, which is at `offset` of its block.
    fn word<C: Code>(
        &mut self,
        coder: &mut C,
        predicted: Predicted<'_>,
        out: &mut [u8],
        at: usize,
        (offset, len): (usize, usize),
    ) {
        let (word, masks) = (predicted.word(offset), self.past.masks);
        let end = offset.wrapping_add(len);
        let Some(bytes) = out.get_mut(at..at.wrapping_add(len)) else { return };
        let like = predicted.own().get(offset..end).unwrap_or_default();
        let mut wanted = 0usize;
        if C::ENCODES {
            let differs = bytes.iter().zip(like).map(|(byte, like)| usize::from(byte != like));
            wanted = differs.rev().fold(0, |mask, differs| mask << 1 | differs);
        }
        let kinds = low_first(predicted.kinds.get(offset..end).unwrap_or_default());
        let told = u32::try_from(kinds).unwrap_or(0);
        let doubt = Doubts::default().and(kinds).worst();
        let contexts = [pair(word >> 16, masks & 0xFF), pair(told, masks & 0xFFFF)];
        let mut mask = 0usize;
        if self.words.code(coder, &contexts, wide(masks & 0xF | doubt << 4), wanted != 0) {
            let contexts = [pair(word >> 16, masks & 0xF), pair(told, masks & 0xF)];
            let (mut node, mut open, set) = (1usize, self.masks.open(&contexts), wide(doubt << 4));
            for k in 0..len {
                // One byte differs: if none did so far, it is the last.
                let differs = (k.wrapping_add(1) == len && mask == 0) || {
                    self.masks.bit(coder, &mut open, node, set | mask, wanted >> k & 1 == 1)
                };
                node = node << 1 | usize::from(differs);
                mask |= usize::from(differs) << k;
            }
            self.masks.close(open);
        }
        self.past.masks = masks << 4 | narrow(mask);
        if mask == 0 {
            match (bytes.first_chunk_mut::<WORD>(), like.first_chunk::<WORD>()) {
                (Some(bytes), Some(like)) => *bytes = *like,
                _ => bytes.iter_mut().zip(like).for_each(|(byte, like)| *byte = *like),
            }
            return;
        }
        for (k, like) in like.iter().enumerate() {
            let place = at.wrapping_add(k);
            let byte = match mask >> k & 1 {
                0 => *like,
                _ => {
                    self.difference(coder, predicted, out, place, offset.wrapping_add(k), (masks, mask, told))
                }
            };
            if let Some(there) = out.get_mut(place) {
                *there = byte;
            }
        }
    }

    /// Codes the byte at `at`, which differs from the one predicted at `offset` of the block.
    fn difference<C: Code>(
        &mut self,
        coder: &mut C,
        predicted: Predicted<'_>,
        out: &[u8],
        at: usize,
        offset: usize,
        (masks, mask, told): (u32, usize, u32),
    ) -> u8 {
        let place = at % WORD;
        let own = predicted.byte(offset);
        let top = predicted.byte(offset.wrapping_add(WORD.wrapping_sub(1)).wrapping_sub(place));
        let last = at.checked_sub(1).and_then(|at| out.get(at)).map_or(0, |byte| u32::from(*byte));
        let before = predicted.byte(offset.wrapping_sub(1));
        let previous = last.wrapping_sub(before) & 0xFF;
        let [d1, d2, d3, d4] = self.past.differences.map(u32::from);
        let (position, mask) = (narrow(place), narrow(mask));
        let keys = [
            pair(d1 | d2 << 8, masks & 0xF | mask << 4 | position << 16),
            pair(own, previous),
            pair(top | position << 8, d1 | mask << 8),
            pair(d1 | d2 << 8, d3 | d4 << 8),
        ];

        // What is due: what came most often in a row after one of these contexts.
        let entries = self.due.first().map_or(1, Vec::len).wrapping_sub(1);
        let slots = keys.map(|key| {
            let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            usize::try_from(hash >> 49).unwrap_or(0) & entries
        });
        let mut first = Due::default();
        for (table, slot) in self.due.iter().zip(slots) {
            let due = table.get(slot).copied().unwrap_or_default();
            if due.times > first.times || first.difference == 0 {
                first = due;
            }
        }

        let [like, ..] = own.to_le_bytes();
        let wanted = out.get(at).copied().unwrap_or(0).wrapping_sub(like);
        let expected = u32::from(first.difference);
        let hit = expected != 0 && {
            let contexts =
                [pair(expected | u32::from(first.times) << 8, self.past.hits & 3), pair(told, expected)];
            self.hits.code(coder, &contexts, usize::from(first.times.min(3)), wanted == first.difference)
        };
        self.past.hits = self.past.hits << 1 | u32::from(hit);
        let difference = match hit {
            true => first.difference,
            false => {
                let [first, ..] = keys;
                self.differences.byte(coder, &[u64::from(position), first], 0, wanted)
            }
        };
        for (table, slot) in self.due.iter_mut().zip(slots) {
            if let Some(due) = table.get_mut(slot) {
                due.learn(difference);
            }
        }
        let [d1, d2, d3, _] = self.past.differences;
        self.past.differences = [difference, d1, d2, d3];
        like.wrapping_add(difference)
    }
}

/// The blocks of a range: they end at multiples of [`BLOCK`].
fn blocks(from: usize, to: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = from;
    core::iter::from_fn(move || {
        let end = at.wrapping_sub(at % BLOCK).saturating_add(BLOCK).min(to);
        let block = (at < to).then_some((at, end));
        at = end;
        block
    })
}

/// The units of a range: they end at multiples of [`UNIT`].
pub(super) fn units(from: usize, to: usize) -> impl Iterator<Item = (usize, usize)> {
    let mut at = from;
    core::iter::from_fn(move || {
        let end = at.wrapping_sub(at % UNIT).saturating_add(UNIT).min(to);
        let unit = (at < to).then_some((at, end));
        at = end;
        unit
    })
}

fn wide(set: u32) -> usize {
    usize::try_from(set).unwrap_or(0)
}
