//! Coding the stretches of a map, either way.

use super::order::Order;
use super::{FRESH, Map, Wanted};
use crate::Error;
use crate::delta::Base;
use crate::delta::coder::Code;
use crate::delta::number::{Numbers, Told};
use crate::delta::rows::{Rows, Table};
use crate::delta::stretch::Places;
use alloc::vec;
use alloc::vec::Vec;

/// The ends of copies that a copy may go on from.
const ENDS: usize = 4096;
/// How the place of a copy is told, besides by a distance that was used lately: its distance moved; by the rank of an
/// end; as the rows say.
const MOVED: u64 = 0;
const RANKED: u64 = 17;
const AS_ROWS_SAY: u64 = 18;

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

/// Where copies ended in the base, the last one first, and how many rows of the table at hand begin before that.
struct Lately {
    ends: Vec<(u64, u32)>,
    /// Where the next one goes.
    next: usize,
}

impl Lately {
    fn new() -> Self {
        Self { ends: vec![(0, 0); ENDS], next: 0 }
    }

    /// The end of that rank: 0 for the last one.
    fn get(&self, rank: u64) -> (u64, u32) {
        let ends = u64::try_from(ENDS).unwrap_or(1);
        let back = usize::try_from(rank.checked_rem(ends).unwrap_or(0)).unwrap_or(0).wrapping_add(1);
        self.ends.get(self.next.wrapping_sub(back) % ENDS).copied().unwrap_or((0, 0))
    }

    fn push(&mut self, end: u64, row: u32) {
        if let Some(there) = self.ends.get_mut(self.next) {
            *there = (end, row);
        }
        self.next = self.next.wrapping_add(1) % ENDS;
    }

    /// A cheap way to say where a copy begins: the rank of an end, how far after it the copy begins, and what that costs.
    /// `gap` says how far that is.
    fn find(&self, gap: impl Fn((u64, u32)) -> i64) -> Option<(u64, i64, u32)> {
        let near = |rank: u64| (rank, gap(self.get(rank)));
        let cost = |(rank, gap): (u64, i64)| {
            (rank, gap, bits(rank).saturating_mul(2).saturating_add(bits(gap.unsigned_abs())))
        };
        let ranks = 1..u64::try_from(ENDS).unwrap_or(0);
        let all = ranks.map(near).filter(|(_, gap)| gap.unsigned_abs() <= 256).map(cost);
        all.min_by_key(|(.., cost)| *cost)
    }
}

/// What the numbers count.
pub(super) mod what {
    /// How long a fresh stretch is: by the length of the copy before it, and how its place was told.
    pub(in crate::delta::map) const FRESH: u32 = 0;
    /// How the place of a copy is told: by the fresh length and how the one before was, and the length of that.
    pub(in crate::delta::map) const WHICH: u32 = 1;
    /// How far the distance moved: by the fresh length, and how far it moved before.
    pub(in crate::delta::map) const MOVED: u32 = 2;
    /// The rank of an end: by the fresh length, and the rank before.
    pub(in crate::delta::map) const RANK: u32 = 3;
    /// How far after that end a copy begins: by the fresh length, and the rank.
    pub(in crate::delta::map) const GAP: u32 = 4;
    /// How long a copy is: by the fresh length and how its place was told, and the length before.
    pub(in crate::delta::map) const COPY: u32 = 5;
    /// How often the tables are halved, and how many stretches there are.
    pub(in crate::delta::map) const HALVED: u32 = 6;
    pub(in crate::delta::map) const COUNT: u32 = 7;
    /// Added to the first six in rows and their strings.
    pub(in crate::delta::map) const TABLE: u32 = 8;
    /// How many rows a fresh stretch has, less those that are expected.
    pub(in crate::delta::map) const ROWS: u32 = 14;
    /// How many rows a copy has: like COPY.
    pub(in crate::delta::map) const ROWS_COPIED: u32 = 15;
    /// How many rows a copy begins after the end of the last one: like MOVED.
    pub(in crate::delta::map) const ROWS_MOVED: u32 = 16;
    /// How many strings are left out: by how many were before.
    pub(in crate::delta::map) const LEFT_OUT: u32 = 17;
    /// How long a copy of strings is, if it is not as long as the rows say: like COPY.
    pub(in crate::delta::map) const STRINGS: u32 = 18;
}

/// What is at hand while stretches are coded.
pub(super) struct Stretches<'w, C> {
    coder: &'w mut C,
    numbers: Numbers,
    /// The base, and its size.
    base: (&'w dyn Base, u64),
    rows: &'w Rows,
    /// The table at hand: its mode, how many of its rows begin before the place at hand, and the order of its strings.
    table: Option<u32>,
    count: u32,
    order: Option<Order<'w>>,
    recent: Recent,
    lately: Lately,
    /// Bits of the last length, move and rank, and of the strings that were left out; how the last place was told.
    copied: u32,
    far: u32,
    back: u32,
    left_out: u32,
    kind: u32,
}

/// Where a copy is in the image.
#[derive(Clone, Copy)]
struct Here<'t> {
    at: u64,
    /// Bits of the fresh length before it.
    told: u32,
    /// What is added to what numbers count.
    more: u32,
    /// The table whose rows are here. If there is an order, it is that of the strings here.
    rows: Option<&'t Table>,
}

/// How the encoder tells the place of a copy: which way, and the numbers that go with it.
type Way = (u64, u64, i64);

impl<'w, C: Code> Stretches<'w, C> {
    pub(super) fn new(coder: &'w mut C, numbers: Numbers, base: (&'w dyn Base, u64), rows: &'w Rows) -> Self {
        let (recent, lately) = (Recent([0; 16]), Lately::new());
        let (table, count, order) = (None, 0, None);
        let (copied, far, back, left_out, kind) = (0, 0, 0, 0, 0);
        Self {
            coder,
            numbers,
            base,
            rows,
            table,
            count,
            order,
            recent,
            lately,
            copied,
            far,
            back,
            left_out,
            kind,
        }
    }

    fn number(&mut self, what: u32, near: u32, far: u32, wanted: u64) -> u64 {
        self.numbers.code(self.coder, Told(what, near, far), wanted)
    }

    fn signed(&mut self, what: u32, near: u32, far: u32, wanted: i64) -> i64 {
        self.numbers.signed(self.coder, Told(what, near, far), wanted)
    }

    /// The table at a byte of the image. A new one has no rows before it.
    fn at(&mut self, at: u64) -> Option<&'w Table> {
        let found = self.rows.at(at);
        let mode = found.map(Table::mode);
        if self.table != mode {
            (self.table, self.count, self.order) = (mode, 0, None);
        }
        found
    }

    /// Codes `count` stretches.
    pub(super) fn all(mut self, map: &mut Map, wanted: Wanted<'_>, count: usize) -> Result<(), Error> {
        let Wanted { stretches, rows } = wanted;
        let mut wanted = stretches.peekable();
        let mut at = 0u64;
        while map.starts.len() < count {
            if self.coder.exhausted() {
                return Err(Error::Truncated { stored: 0 });
            }
            let fresh = wanted.next_if(|s| s.old.is_none()).map_or(0, |s| s.len);
            let fresh = self.fresh(map, at, fresh, &rows)?;
            at = at.saturating_add(fresh);
            if map.starts.len() < count {
                let copy = wanted.next().and_then(|s| Some((s.old?, s.len)));
                at = self.copy(map, at, bits(fresh).min(7), copy.unwrap_or_default())?;
            }
        }
        if at == map.image { Ok(()) } else { Err(Error::Stretch { at, len: 0, image: map.image }) }
    }

    /// Codes a fresh stretch at `at`, if there is one; gives its length. `rows` are those of the image.
    fn fresh(&mut self, map: &mut Map, at: u64, wanted: u64, rows: &Rows) -> Result<u64, Error> {
        let table = self.at(at);
        let more = table.map_or(0, |_| what::TABLE);
        let fresh = self.number(what::FRESH.wrapping_add(more), self.copied, self.kind, wanted);
        if fresh == 0 {
            return Ok(0);
        }
        self.push(map, at, fresh, FRESH)?;
        if table.is_some_and(|table| table.image.contains(&at)) {
            let table = self.table.and_then(|mode| rows.of(mode));
            let after = table.map_or(0, |table| i64::from(table.before(at.saturating_add(fresh))));
            let more =
                self.signed(what::ROWS, bits(fresh).min(7), 0, after.wrapping_sub(i64::from(self.count)));
            let count = i64::from(self.count).saturating_add(more);
            self.count = u32::try_from(count.max(0)).unwrap_or(u32::MAX);
        }
        Ok(fresh)
    }

    /// Codes a copy at `at`; gives its end. `told` are the bits of the fresh length before it.
    fn copy(
        &mut self,
        map: &mut Map,
        at: u64,
        told: u32,
        (wanted_old, wanted_len): (u64, u64),
    ) -> Result<u64, Error> {
        let table = self.at(at);
        let rows = table.filter(|table| table.image.contains(&at));
        let here = Here { at, told, more: table.map_or(0, |_| what::TABLE), rows };
        if let (Some(table), None, None) = (table, rows, &self.order) {
            self.order = Some(Order::new(table, self.base.0)?);
        }
        let way = if C::ENCODES { self.way(map, here, wanted_old)? } else { (0, 0, 0) };
        let (old, run) = self.place(map, here, way)?;
        let len = self.length(here, old, run, wanted_len);
        let base = self.base.1;
        if old.checked_add(len).is_none_or(|end| end > base) {
            return Err(Error::OutsideBase { at: old, len, base });
        }
        let end = self.push(map, at, len, old)?;
        let after = old.wrapping_add(len);
        self.lately.push(after, table.map_or(0, |table| table.before(after)));
        match (rows, &mut self.order) {
            (Some(table), _) => self.count = self.count.wrapping_add(table.within(old, len)),
            (None, Some(order)) => order.copied(old, len),
            (None, None) => {}
        }
        self.copied = bits(len);
        Ok(end)
    }

    /// Codes where a copy begins in the base. With how long it is as the rows say, or 0 if they say nothing.
    fn place(&mut self, map: &Map, here: Here<'_>, (which, first, second): Way) -> Result<(u64, u64), Error> {
        let Here { at, told, more, rows } = here;
        let near = told << 2 | self.kind;
        let which = self.number(what::WHICH.wrapping_add(more), near, self.copied, which).min(AS_ROWS_SAY);
        let mut run = 0;
        let old = match (which, rows) {
            (MOVED, _) => {
                let moved = self.moved(what::MOVED.wrapping_add(more), told, second);
                at.wrapping_add_signed(self.recent.get(1).wrapping_add(moved))
            }
            (RANKED, _) => {
                let rank = self.number(what::RANK.wrapping_add(more), told, self.back, first);
                self.back = bits(rank);
                let gap = self.signed(what::GAP.wrapping_add(more), told, self.back, second);
                let (end, row) = self.lately.get(rank);
                rows.map_or(end.wrapping_add_signed(gap), |table| after(table, row, gap))
            }
            (AS_ROWS_SAY, Some(table)) => {
                let moved = self.moved(what::ROWS_MOVED, told, second);
                after(table, self.lately.get(0).1, moved)
            }
            (AS_ROWS_SAY, None) => {
                let Self { coder, numbers, order, left_out, .. } = self;
                match order {
                    Some(order) => {
                        let many = numbers.code(*coder, Told(what::LEFT_OUT, *left_out, 0), first);
                        *left_out = bits(many);
                        let (old, len) = order.take(map, at, many)?;
                        run = len;
                        old
                    }
                    None => at,
                }
            }
            (known, _) => at.wrapping_add_signed(self.recent.get(known)),
        };
        self.recent.push(old.wrapping_sub(at).cast_signed());
        self.kind = u32::try_from(if which == RANKED { 3 } else { which.min(2) }).unwrap_or(0);
        Ok((old, run))
    }

    /// Codes how far the place of a copy moved.
    fn moved(&mut self, what: u32, told: u32, wanted: i64) -> i64 {
        let moved = self.signed(what, told, self.far, wanted);
        self.far = bits(moved.unsigned_abs());
        moved
    }

    /// Codes how long a copy is. `run` is how long it is as the rows say, or 0.
    fn length(&mut self, here: Here<'_>, old: u64, run: u64, wanted: u64) -> u64 {
        let near = here.told << 2 | self.kind;
        if let Some(table) = here.rows.filter(|table| table.is_row(old)) {
            return self.rows_copied(table, near, old, wanted);
        }
        if run == 0 {
            return self.number(what::COPY.wrapping_add(here.more), near, self.copied, wanted);
        }
        let other = if wanted == run { 0 } else { wanted };
        match self.number(what::STRINGS, near, self.copied, other) {
            0 => run,
            len => len,
        }
    }

    /// Codes the length of a copy that begins with a row: how many rows, or else how many bytes.
    fn rows_copied(&mut self, table: &Table, near: u32, old: u64, wanted: u64) -> u64 {
        let (row, end) = (table.before(old), old.saturating_add(wanted));
        let count = table.within(old, wanted);
        let is_whole = table.place(row.wrapping_add(count)) == end;
        let count =
            self.number(what::ROWS_COPIED, near, self.copied, if is_whole { u64::from(count) } else { 0 });
        match u32::try_from(count) {
            Ok(0) | Err(_) => self.number(what::COPY.wrapping_add(what::TABLE), near, self.copied, wanted),
            Ok(count) => table.place(row.saturating_add(count)).saturating_sub(old),
        }
    }

    /// How to tell that a copy is like the base from `old` on.
    fn way(&mut self, map: &Map, here: Here<'_>, old: u64) -> Result<Way, Error> {
        let at = here.at;
        let distance = old.wrapping_sub(at).cast_signed();
        let moved = (MOVED, 0, distance.wrapping_sub(self.recent.get(1)));
        if let Some(table) = here.rows {
            let known = self.recent.find(distance);
            if known > 0 || !table.is_row(old) {
                return Ok(if known > 0 { (known, 0, 0) } else { moved });
            }
            let row = i64::from(table.before(old));
            let gap = |(_, end): (u64, u32)| row.wrapping_sub(i64::from(end));
            let jump = gap(self.lately.get(0));
            let dear = bits(jump.unsigned_abs()).saturating_mul(4).saturating_div(3).saturating_add(2);
            let ranked = self.lately.find(gap).filter(|(.., cost)| *cost < dear);
            return Ok(ranked.map_or((AS_ROWS_SAY, 0, jump), |(rank, gap, _)| (RANKED, rank, gap)));
        }
        if let Some(order) = &mut self.order
            && let Some(left_out) = order.find(map, at, old)?
        {
            return Ok((AS_ROWS_SAY, left_out, 0));
        }
        let (_, _, by) = moved;
        Ok(match self.recent.find(distance) {
            0 if by.unsigned_abs() > 256 => {
                let ranked = self.lately.find(|(end, _)| old.wrapping_sub(end).cast_signed());
                ranked.map_or(moved, |(rank, gap, _)| (RANKED, rank, gap))
            }
            0 => moved,
            known => (known, 0, 0),
        })
    }

    /// Adds a stretch of `len` bytes at `at`; gives its end.
    fn push(&mut self, map: &mut Map, at: u64, len: u64, old: u64) -> Result<u64, Error> {
        if len == 0 || len > map.image.saturating_sub(at) {
            return Err(Error::Stretch { at, len, image: map.image });
        }
        map.starts.push(Places::new(at, old));
        if !self.rows.is_empty() {
            map.numbers.push(self.count);
        }
        Ok(at.saturating_add(len))
    }
}

/// Where the row begins that is so many rows after one.
fn after(table: &Table, row: u32, gap: i64) -> u64 {
    table.place(u32::try_from(i64::from(row).saturating_add(gap).max(0)).unwrap_or(u32::MAX))
}

/// Bits that a number has.
pub(super) fn bits(number: u64) -> u32 {
    u64::BITS.saturating_sub(number.leading_zeros())
}
