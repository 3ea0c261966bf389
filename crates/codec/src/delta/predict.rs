//! Prediction: what copied bytes become where they refer to something that moved.
//!
//! The old bytes say what they refer to. The map says where that went, and so does what was decoded before. All that is
//! used for a block of 32 bytes is known before the first bit of the block is decoded. Where the map alone is right for a
//! whole unit, nothing is looked up or learned but that values went where the map says.

mod columns;
mod memo;
mod references;
mod window;

pub(super) use window::{Part, Predicted, Window};

use super::gate::{Gates, Slot};
use super::layout::{CANDIDATES, Mode};
use super::learned::{Learned, key};
use super::machine::{Code, Form, Machine, Order};
use super::map::Map;
use super::space::{Nearby, OUTSIDE};
use alloc::vec::Vec;
use memo::Memo;

/// Bytes that are predicted one after the other, before the buffer is filled again.
pub(super) const UNIT: usize = 1024;
/// Predicted bytes that are kept from before.
pub(super) const BEFORE: usize = 8;
/// A reference may begin in a unit and end after it.
const AFTER: usize = 16;
/// How much of a prediction is known: its target was seen before, a copy covers it, or only bytes near it are covered.
const SEEN: u8 = 0;
const COVERED: u8 = 1;
const NEAR: u8 = 2;
/// A copy covers it, and it went there before: as good as seen, but it need not be kept.
const AGAIN: u8 = 3;

/// What is learned once its bytes are decoded.
#[derive(Clone, Copy)]
struct Pending {
    at: usize,
    len: usize,
    due: Due,
}

#[derive(Clone, Copy)]
enum Due {
    Reference(Learning),
    Value(Lesson, Order),
    /// The candidates of a column, and what is learned from the one that was used.
    Column {
        rated: [Option<(i64, Slot)>; CANDIDATES],
        lesson: Option<Lesson>,
        order: Order,
    },
}

/// A target that is learned from a reference, or whether its gate was right.
#[derive(Clone, Copy)]
struct Learning {
    machine: Machine,
    form: Form,
    back: usize,
    space: u32,
    /// The old target, if the new one is learned.
    target: Option<i64>,
    /// How much was known of it.
    class: u8,
    /// The value of the place that the new target is counted from.
    value: i64,
    gate: Option<(u32, bool)>,
    old: [u8; 8],
    new: [u8; 8],
}

/// A value that is learned from a column.
#[derive(Clone, Copy)]
struct Lesson {
    space: u32,
    /// The old value.
    value: i64,
    /// What is added to the new number to have the new value.
    add: i64,
    /// The number that was predicted, and how much was known of it.
    number: i64,
    class: u8,
}

/// What predictions go by.
#[derive(Clone, Copy, PartialEq, Eq)]
enum By {
    /// What was learned, then the map.
    WhatWasLearned,
    /// The map alone. Whether it is learned that values went where it says: not while an encoder tries it.
    Map { learns: bool },
}

/// Predicts the copied bytes of a chunk.
pub(super) struct Predictor {
    learned: Learned,
    memo: Memo,
    gates: Gates,
    pending: Vec<Pending>,
    /// Predicted bytes, from [`BEFORE`] bytes before the unit on, and what kind of prediction each is; 0 for a base
    /// byte as it is.
    bytes: [u8; BEFORE + UNIT + AFTER],
    kinds: [u8; BEFORE + UNIT + AFTER],
    /// Where the unit begins in the chunk, and where the next prediction begins.
    origin: usize,
    next: usize,
    /// The region at hand, or the next one.
    region: usize,
    /// What the predictions at hand go by.
    by: By,
    /// What the column before referred to: space, old value, new value.
    before: Option<(u32, i64, i64)>,
    /// The space of the code at hand, and the values of places near it: in the base, in the image.
    nearby: (u32, [Nearby; 2]),
}

/// References that one block can hold, and one that goes on into the next.
const PENDING: usize = 40;

impl Predictor {
    pub(super) fn new(halved: u32) -> Self {
        Self {
            learned: Learned::new(halved),
            memo: Memo::new(halved),
            gates: Gates::new(halved),
            pending: Vec::with_capacity(PENDING),
            bytes: [0; BEFORE + UNIT + AFTER],
            kinds: [0; BEFORE + UNIT + AFTER],
            origin: 0,
            next: 0,
            region: 0,
            by: By::WhatWasLearned,
            before: None,
            nearby: (0, [Nearby::NONE; 2]),
        }
    }

    /// Bytes of its tables.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let tables = self.learned.bytes() + self.memo.bytes() + self.gates.bytes();
        tables + self.pending.capacity() * size_of::<Pending>()
    }

    /// Forgets everything; the chunk begins at `image`.
    pub(super) fn reset(&mut self, map: &Map, image: u64) {
        self.learned.reset();
        self.memo.reset();
        self.gates.reset();
        self.pending.clear();
        self.bytes.fill(0);
        self.kinds.fill(0);
        (self.origin, self.next, self.before, self.nearby) = (0, 0, None, (0, [Nearby::NONE; 2]));
        self.region = map.layout.regions.partition_point(|region| region.end <= image);
    }

    /// Begins a part; everything before it is decoded.
    pub(super) fn part(&mut self, map: &Map, part: Part, out: &[u8]) {
        self.absorb(map, out, usize::MAX);
        (self.next, self.before) = (part.start, None);
    }

    /// Begins a unit: the bytes are those of the base until they are predicted.
    pub(super) fn unit(&mut self, window: Window<'_>, part: Part, from: usize, to: usize) {
        let last = from.wrapping_sub(self.origin).min(UNIT);
        self.origin = from;
        // What was predicted before the unit, and what a reference of the last unit said of this one, stay.
        let ahead = self.next.saturating_sub(from).min(AFTER);
        let kept = if from == part.start { 0 } else { BEFORE.wrapping_add(ahead) };
        self.bytes.copy_within(last..last.wrapping_add(kept), 0);
        self.kinds.copy_within(last..last.wrapping_add(kept), 0);
        let start = from.wrapping_sub(BEFORE).wrapping_add(kept);
        // Those behind the unit are there for what begins in it and is not predicted.
        let base = window.slice(start, to.wrapping_sub(start).wrapping_add(AFTER));
        if let Some(bytes) = self.bytes.get_mut(kept..).and_then(|rest| rest.get_mut(..base.len())) {
            bytes.copy_from_slice(base);
        }
        if let Some(kinds) = self.kinds.get_mut(kept..) {
            kinds.fill(0);
        }
    }

    /// The predicted bytes from `from` to `to`, which are in the unit.
    pub(super) fn predicted(&self, from: usize, to: usize) -> Predicted<'_> {
        let (from, to) = (self.place(from), self.place(to));
        let bytes = self.bytes.get(from.wrapping_sub(BEFORE)..to).unwrap_or_default();
        Predicted { bytes, kinds: self.kinds.get(from..to).unwrap_or_default() }
    }

    /// Where a byte of the chunk is among the predicted ones.
    fn place(&self, at: usize) -> usize {
        at.wrapping_sub(self.origin).wrapping_add(BEFORE)
    }

    /// The number of the mode at a place of the image, from 1 on; 0 for none.
    pub(super) fn mode(&mut self, map: &Map, image: i64) -> u32 {
        let place = image.cast_unsigned();
        while map.layout.regions.get(self.region).is_some_and(|region| region.end <= place) {
            self.region = self.region.saturating_add(1);
        }
        let region = map.layout.regions.get(self.region).filter(|region| region.start <= place);
        region.map_or(0, |region| region.mode.wrapping_add(1))
    }

    /// Passes over a unit up to `to`, whose bytes are those of the base.
    pub(super) fn pass(&mut self, window: Window<'_>, from: usize, to: usize) {
        // What a reference of the last unit said of this one is not so.
        if self.next > from {
            let place = self.place(from);
            let base = window.slice(from, to.wrapping_sub(from));
            if let Some(there) = self.bytes.get_mut(place..place.wrapping_add(base.len())) {
                there.copy_from_slice(base);
            }
        }
        (self.next, self.before) = (self.next.max(to), None);
    }

    /// Predicts a unit by the map alone.
    pub(super) fn by_map(&mut self, map: &Map, window: Window<'_>, part: Part, (from, to): (usize, usize)) {
        self.predict(By::Map { learns: true }, map, window, part, (from, to));
    }

    /// Whether the map alone predicts a unit of the image. Leaves all as it was.
    pub(super) fn is_by_map(
        &mut self,
        map: &Map,
        window: Window<'_>,
        part: Part,
        image: &[u8],
        (from, to): (usize, usize),
    ) -> bool {
        let before = (self.bytes, self.next, self.region, self.before);
        self.predict(By::Map { learns: false }, map, window, part, (from, to));
        let is = image.get(from..to) == Some(self.predicted(from, to).own());
        (self.bytes, self.next, self.region, self.before) = before;
        is
    }

    /// Predicts a block. `out` is decoded up to its beginning.
    pub(super) fn block(
        &mut self,
        map: &Map,
        window: Window<'_>,
        part: Part,
        out: &[u8],
        from: usize,
        to: usize,
    ) {
        self.absorb(map, out, from);
        self.predict(By::WhatWasLearned, map, window, part, (from, to));
    }

    /// Predicts bytes of the unit.
    fn predict(&mut self, by: By, map: &Map, window: Window<'_>, part: Part, (from, to): (usize, usize)) {
        self.by = by;
        let mut at = self.next.max(from);
        while at < to {
            let image = part.image_place(at);
            let place = image.cast_unsigned();
            let Some(region) = map.layout.regions.get(self.region) else { break };
            if region.end <= place {
                self.region = self.region.saturating_add(1);
                continue;
            }
            let until = if region.start > place { region.start } else { region.end };
            let until =
                at.saturating_add(usize::try_from(until.wrapping_sub(place)).unwrap_or(usize::MAX)).min(to);
            let mode = usize::try_from(region.mode).ok().and_then(|mode| map.layout.modes.get(mode));
            at = match mode {
                _ if region.start > place => until,
                Some(Mode::Code { machine, space }) => {
                    self.code(map, window, part, (*machine, *space), (at, until))
                }
                Some(Mode::Records { stride, columns }) => {
                    self.records(map, window, part, *region, (*stride, columns), (at, until))
                }
                Some(Mode::Rows { strings, .. }) => {
                    self.rows(map, window, part, (region.mode, *strings), (at, until))
                }
                None => until,
            };
        }
        self.next = at;
    }

    /// The new value of an old one, and how much of it is known.
    fn target(&self, map: &Map, space: u32, value: i64) -> Option<(i64, u8)> {
        let of = map.space(space)?;
        let place = of.place(value)?;
        self.known(space, value, || {
            let (new, covered) = match place < OUTSIDE {
                true => map.inverse.find(place.cast_unsigned()),
                false => (place, false),
            };
            Some((of.value(new), covered))
        })
    }

    /// The new number of a type, and how much of it is known.
    fn type_number(&mut self, map: &Map, mode: u32, number: i64) -> Option<(i64, u8)> {
        let mapped = self.memo.get((mode, number), || map.type_number(mode, number));
        self.known(types(mode), number, || mapped.map(|(new, covered)| (Some(new), covered)))
    }

    /// What was learned of a value, or else what the map says of it: the new value, and whether a copy covers it.
    fn known(
        &self,
        space: u32,
        value: i64,
        mapped: impl FnOnce() -> Option<(Option<i64>, bool)>,
    ) -> Option<(i64, u8)> {
        if self.by != By::WhatWasLearned {
            let (new, covered) = mapped()?;
            return Some((new?, if covered { COVERED } else { NEAR }));
        }
        let key = key(space, value);
        if let Some(new) = self.learned.exact(key, value) {
            return Some((new, SEEN));
        }
        match mapped()? {
            (new, true) => Some((new?, if self.learned.is_mapped(key) { AGAIN } else { COVERED })),
            (new, false) => Some((self.learned.near(space, value).or(new)?, NEAR)),
        }
    }

    /// Writes the first `len` bytes of a prediction.
    fn put(&mut self, at: usize, bytes: [u8; 8], len: usize) {
        let place = self.place(at);
        replace(&mut self.bytes, place, bytes, len);
    }

    /// Says what kind of prediction `len` bytes are and, in the lowest two bits, how much of it is known.
    fn tell(&mut self, at: usize, len: usize, kind: u8, class: u8) {
        if self.by == By::WhatWasLearned {
            let kind = kind.wrapping_mul(4).wrapping_add(told(class)).wrapping_add(1);
            let place = self.place(at);
            replace(&mut self.kinds, place, [kind; 8], len);
        }
    }

    /// Learns from what ends before `end`.
    fn absorb(&mut self, map: &Map, out: &[u8], end: usize) {
        let Self { learned, gates, pending, .. } = self;
        let is_due = |due: &&Pending| due.at.wrapping_add(due.len) <= end;
        let count = pending.iter().take_while(is_due).count();
        for Pending { at, len, due } in pending.drain(..count) {
            let code = Code::new(out, at);
            match due {
                Due::Reference(due) => {
                    let is = |other: [u8; 8]| alike(code.eight(), other, len);
                    let right = is(due.new);
                    if let Some((gate, used)) = due.gate
                        && (right || is(due.old))
                    {
                        gates.learn(gate, right, used);
                    }
                    if let Some(target) = due.target
                        && right
                        && matches!(due.class, COVERED | AGAIN)
                    {
                        if due.class == COVERED {
                            learned.learn_mapped(key(due.space, target));
                        }
                    } else if let Some(target) = due.target
                        && let Some(seen) = due.machine.read(due.form, code, due.value, due.back)
                        && map.space(due.space).is_some_and(|space| space.is_value(seen))
                    {
                        learn(learned, (due.space, target, seen), right, due.class);
                    }
                }
                Due::Value(lesson, order) => lesson.learn(learned, code.ordered(len, order)),
                Due::Column { rated, lesson, order } => {
                    let number = code.ordered(len, order);
                    for (nth, rated) in rated.iter().enumerate() {
                        gates.outcome(nth, rated.map(|(guess, slot)| (slot, guess == number)));
                    }
                    if let Some(lesson) = lesson {
                        lesson.learn(learned, number);
                    }
                }
            }
        }
    }

    /// Learns from bytes once they are decoded; in a unit that is as the map says, at once.
    fn wait(&mut self, at: usize, len: usize, due: Due) {
        match (self.by, due) {
            (By::WhatWasLearned, due) => self.pending.push(Pending { at, len, due }),
            (By::Map { learns: true }, Due::Value(lesson, _)) if lesson.class == COVERED => {
                self.learned.learn_mapped(key(lesson.space, lesson.value));
            }
            (By::Map { .. }, _) => {}
        }
    }
}

impl Lesson {
    /// Learns from the new number.
    fn learn(self, learned: &mut Learned, number: i64) {
        let Self { space, value, add, number: guess, class } = self;
        learn(learned, (space, value, number.wrapping_add(add)), number == guess, class);
    }
}

/// What numbers of types are learned under: no space has that number.
fn types(mode: u32) -> u32 {
    1 << 20 | mode
}

/// Whether the first `len` bytes are the same.
fn alike(one: [u8; 8], other: [u8; 8], len: usize) -> bool {
    let spare = 64u32.saturating_sub(u32::try_from(len).unwrap_or(8).saturating_mul(8));
    // The first bytes are the lowest ones.
    (u64::from_le_bytes(one) ^ u64::from_le_bytes(other)).checked_shl(spare).unwrap_or(0) == 0
}

/// Replaces `len` bytes of a buffer, at most eight. Most are four or eight, which needs no loop.
fn replace(buffer: &mut [u8], at: usize, bytes: [u8; 8], len: usize) {
    let Some(there) = buffer.get_mut(at..at.wrapping_add(len)) else { return };
    let [a, b, c, d, ..] = bytes;
    if let Ok(there) = <&mut [u8; 4]>::try_from(&mut *there) {
        *there = [a, b, c, d];
    } else if let Ok(there) = <&mut [u8; 8]>::try_from(&mut *there) {
        *there = bytes;
    } else {
        there.iter_mut().zip(bytes).for_each(|(there, byte)| *there = byte);
    }
}

/// The class that contexts are told.
fn told(class: u8) -> u8 {
    if class == AGAIN { SEEN } else { class }
}

/// Learns a new value: that the map was right, or else the value itself.
fn learn(learned: &mut Learned, (space, old, new): (u32, i64, i64), right: bool, class: u8) {
    if right && matches!(class, COVERED | AGAIN) {
        learned.learn_mapped(key(space, old));
    } else {
        learned.learn(space, old, new);
    }
}
