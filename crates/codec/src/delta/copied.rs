//! Bytes that are like the base: where they differ, and by what.
//!
//! Blocks that do not differ at all cost next to nothing, in size and in time. In other blocks each
//! word of four bytes has a mask of the bytes that differ, predicted from the base bytes in and
//! before the word; each such byte is told as its difference to the base byte. Where code or tables
//! were moved, the same differences come again and again: the one that is due is asked for first.

use super::coder::Code;
use super::model::{Bits, Cell, Symbols};

/// Base bytes that predictions look at before and behind the ones at hand.
pub(super) const AROUND: usize = 8;
/// Bytes of a block.
const BLOCK: usize = 32;
/// Bytes of a word.
const WORD: usize = 4;

/// Entries of a table of differences.
const DUE: usize = 1 << 15;

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

/// What is learnt of a chunk's copied bytes.
pub(super) struct Copied {
    blocks: [Cell; 1024],
    words: Bits<3, 65_536, 2048>,
    masks: Symbols<4, 8192, 1024>,
    hits: Bits<3, 32_768, 128>,
    differences: Symbols<4, 16_384, 128>,
    due: [Vec<Due>; 4],
    past: Past,
}

/// What was told lately, newest in the lowest bits or first.
#[derive(Clone, Copy, Default)]
struct Past {
    /// Blocks that did not differ, a bit each.
    same: usize,
    /// Masks, four bits each.
    masks: u32,
    /// Differences that came when they were due, a bit each.
    hits: u32,
    differences: [u8; 4],
}

/// A stretch of base bytes with [`AROUND`] bytes on both sides.
pub(super) struct Around<'b>(pub(super) &'b [u8]);

impl Around<'_> {
    /// The byte `at`, from -8 on, as seen from the first of the stretch.
    fn byte(&self, at: usize, before: usize) -> u32 {
        let place = at.wrapping_add(AROUND).wrapping_sub(before);
        u32::from(self.0.get(place).copied().unwrap_or(0))
    }

    /// Four bytes from `at` - `before` on.
    fn word(&self, at: usize, before: usize) -> u32 {
        let place = at.wrapping_add(AROUND).wrapping_sub(before);
        let word = self.0.get(place..).and_then(|rest| rest.first_chunk::<4>());
        u32::from_le_bytes(word.copied().unwrap_or_default())
    }

    fn bytes(&self, at: usize, len: usize) -> &[u8] {
        let place = at.wrapping_add(AROUND);
        self.0.get(place..place.wrapping_add(len)).unwrap_or_default()
    }
}

/// Two numbers as one context.
fn pair(high: u32, low: u32) -> u64 {
    u64::from(high) << 32 | u64::from(low)
}

impl Copied {
    pub(super) fn new() -> Self {
        Self {
            blocks: [Cell::EVEN; 1024],
            words: Bits::new(),
            masks: Symbols::new(1),
            hits: Bits::new(),
            differences: Symbols::new(2),
            due: std::array::from_fn(|_| vec![Due::default(); DUE]),
            past: Past::default(),
        }
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.blocks.fill(Cell::EVEN);
        self.words.reset();
        self.masks.reset();
        self.hits.reset();
        self.differences.reset();
        self.due.iter_mut().for_each(|table| table.fill(Due::default()));
        self.past = Past::default();
    }

    /// Notes that fresh bytes stood in between.
    pub(super) fn interrupted(&mut self) {
        self.past.masks = self.past.masks << 4 | 0xF;
    }

    /// Codes the bytes of `out` from `from` to `to`, which are like those of `base`.
    pub(super) fn code<C: Code>(
        &mut self,
        coder: &mut C,
        out: &mut [u8],
        from: usize,
        to: usize,
        base: &Around<'_>,
    ) {
        let mut at = from;
        while at < to {
            let len = BLOCK.wrapping_sub(at % BLOCK).min(to.wrapping_sub(at));
            let end = at.wrapping_add(len);
            let offset = at.wrapping_sub(from);
            let like = base.bytes(offset, len);
            let Some(block) = out.get_mut(at..end) else { return };
            let same = self.blocks.get_mut(self.past.same & 1023).is_none_or(|cell| {
                let same = coder.code(block == like, cell.p());
                cell.update(same);
                same
            });
            self.past.same = self.past.same << 1 | usize::from(same);
            if same {
                block.copy_from_slice(like);
                let words = u32::try_from(len.div_ceil(WORD)).unwrap_or(0);
                self.past.masks = self.past.masks.checked_shl(words.wrapping_mul(4)).unwrap_or(0);
            } else {
                while at < end {
                    let len = WORD.wrapping_sub(at % WORD).min(end.wrapping_sub(at));
                    self.word(coder, out, at, len, base, at.wrapping_sub(from));
                    at = at.wrapping_add(len);
                }
            }
            at = end;
        }
    }

    /// Codes a word of `len` bytes at `at`; its base bytes are at `offset`.
    fn word<C: Code>(
        &mut self,
        coder: &mut C,
        out: &mut [u8],
        at: usize,
        len: usize,
        base: &Around<'_>,
        offset: usize,
    ) {
        let (word, before, masks) = (base.word(offset, 0), base.word(offset, WORD), self.past.masks);
        let Some(bytes) = out.get_mut(at..at.wrapping_add(len)) else { return };
        let like = base.bytes(offset, len);
        let wanted = bytes
            .iter()
            .zip(like)
            .enumerate()
            .fold(0usize, |mask, (k, (a, b))| mask | usize::from(a != b) << k);

        let contexts = [
            pair(word >> 16, masks & 0xFF),
            pair(before >> 8, masks & 0xF),
            pair(before >> 24 | (masks & 0xF) << 8, word & 0xFFFF),
        ];
        let lately = usize::try_from(masks).unwrap_or(0);
        let set = lately & 0xFF | (at / WORD % (BLOCK / WORD)) << 8;
        let mut mask = 0usize;
        if self.words.code(coder, &contexts, set, wanted != 0) {
            let contexts = [
                0,
                pair(word >> 24, masks & 0xFF),
                pair(before >> 8, word & 0xFF),
                pair(word >> 16, masks & 0xF),
            ];
            let (mut node, walk) = (1usize, self.masks.walk(&contexts));
            for k in 0..len {
                // One byte differs: if none did so far, it is the last.
                let differs = (k.wrapping_add(1) == len && mask == 0) || {
                    let set = k << 8 | (lately & 0xF) << 4 | mask;
                    self.masks.bit(coder, &walk, node, set, wanted >> k & 1 == 1)
                };
                node = node << 1 | usize::from(differs);
                mask |= usize::from(differs) << k;
            }
        }

        for (k, like) in like.iter().enumerate() {
            let place = at.wrapping_add(k);
            let byte = match mask >> k & 1 {
                0 => *like,
                _ => self.difference(coder, out, place, base, offset.wrapping_add(k), mask),
            };
            if let Some(there) = out.get_mut(place) {
                *there = byte;
            }
        }
        self.past.masks = masks << 4 | u32::try_from(mask).unwrap_or(0);
    }

    /// Codes the byte at `at`, which differs from the base byte at `offset`.
    fn difference<C: Code>(
        &mut self,
        coder: &mut C,
        out: &[u8],
        at: usize,
        base: &Around<'_>,
        offset: usize,
        mask: usize,
    ) -> u8 {
        let place = at % WORD;
        let own = base.byte(offset, 0);
        let top = base.byte(offset.wrapping_add(WORD.wrapping_sub(1)).wrapping_sub(place), 0);
        let previous = at.checked_sub(1).and_then(|at| out.get(at)).map_or(0, |byte| u32::from(*byte));
        let previous = previous.wrapping_sub(base.byte(offset, 1)) & 0xFF;
        let [d1, d2, d3, d4] = self.past.differences.map(u32::from);
        let (position, mask) = (u32::try_from(place).unwrap_or(0), u32::try_from(mask).unwrap_or(0));
        let contexts = [
            u64::from(position),
            pair(d1 | d2 << 8, self.past.masks & 0xF | mask << 4 | position << 16),
            pair(own, previous),
            pair(top | position << 8, d1 | mask << 8),
        ];

        // What is due: what came most often in a row after one of these contexts.
        let [_, second, third, fourth] = contexts;
        let keys = [second, third, fourth, pair(d1 | d2 << 8, d3 | d4 << 8)];
        let slots = keys.map(|key| {
            let hash = key.wrapping_mul(0x9E37_79B9_7F4A_7C15);
            usize::try_from(hash >> 49).unwrap_or(0) & DUE.wrapping_sub(1)
        });
        let (mut first, mut other) = (Due::default(), Due::default());
        for (table, slot) in self.due.iter().zip(slots) {
            let due = table.get(slot).copied().unwrap_or_default();
            if due.times > first.times || first.difference == 0 {
                if due.difference != first.difference {
                    other = first;
                }
                first = due;
            } else if due.difference != first.difference && due.times > other.times {
                other = due;
            }
        }

        let like = u8::try_from(own).unwrap_or(0);
        let wanted = out.get(at).copied().unwrap_or(0).wrapping_sub(like);
        let expected = u32::from(first.difference);
        let agree = first.difference == other.difference;
        let hit = expected != 0 && {
            let contexts = [
                pair(expected | u32::from(first.times) << 8, self.past.hits & 3),
                pair(expected, d1 | d2 << 8),
                pair(own | base.byte(offset, 1) << 8, base.byte(offset.wrapping_add(1), 0) | expected << 8),
            ];
            let set = usize::from(first.times.min(7)) | usize::from(other.times.min(7)) << 3;
            self.hits.code(coder, &contexts, set | usize::from(agree) << 6, wanted == first.difference)
        };
        self.past.hits = self.past.hits << 1 | u32::from(hit);
        let difference = match hit {
            true => first.difference,
            false => self.differences.byte(coder, &contexts, place, wanted),
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
