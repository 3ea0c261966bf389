//! Coding a layout, number by number: the encoder writes the one it has, the decoder makes the one it reads.

use super::super::coder::Code;
use super::super::machine::{Machine, Order};
use super::super::number::{Numbers, Told};
use super::super::space::{MOST, OUTSIDE, PIECES, Piece, Space};
use super::{
    CANDIDATES, COLUMN_BYTES, Column, Ends, Kind, Layout, MODE_BYTES, Mode, PIECE_BYTES, REGION_BYTES,
    Region, SPACE_BYTES, Trust, memory_of_rows, strings as strings_of,
};
use crate::Error;
use alloc::vec::Vec;

/// Bytes of a record, and its columns.
const STRIDE: u64 = 4096;
const COLUMNS: u64 = 32;
/// Modes that are rows.
const TABLES: usize = 8;

/// What the numbers count.
mod what {
    pub(super) const COUNT: u32 = 0;
    pub(super) const SCALE: u32 = 1;
    pub(super) const VALUE: u32 = 2;
    pub(super) const OFFSET: u32 = 3;
    pub(super) const LENGTH: u32 = 4;
    /// Added to the last three for a piece of the image.
    pub(super) const IMAGE: u32 = 3;
    pub(super) const MODE: u32 = 8;
    pub(super) const SPACE: u32 = 9;
    pub(super) const STRIDE: u32 = 10;
    /// Where a column begins, its width, its kind, its trust.
    pub(super) const COLUMN: u32 = 11;
    pub(super) const BIAS: u32 = 15;
    pub(super) const GAP: u32 = 17;
    pub(super) const REGION: u32 = 18;
    pub(super) const WHICH: u32 = 19;
    /// Where rows begin, and their bytes.
    pub(super) const ROWS: u32 = 20;
}

/// Codes a layout, either way.
struct Walk<'c, C> {
    coder: &'c mut C,
    numbers: Numbers,
    ends: Ends,
    /// Bytes of memory that are left.
    memory: u64,
    /// How many modes are rows.
    tables: usize,
}

impl Layout {
    /// Codes a layout: the decoder's is what was written, and may take `memory` bytes.
    pub(in crate::delta) fn code<C: Code>(
        &self,
        coder: &mut C,
        ends: Ends,
        memory: u64,
    ) -> Result<Layout, Error> {
        let mut walk = Walk { coder, numbers: Numbers::new(), ends, memory, tables: 0 };
        let spaces = walk.list(&self.spaces, (u64::MAX, SPACE_BYTES), Walk::space)?;
        if spaces.is_empty() {
            return Ok(Layout::default());
        }
        let modes = walk.list(&self.modes, (u64::MAX, MODE_BYTES), |walk, mode| walk.mode(mode, &spaces))?;
        let mut end = 0;
        let count = modes.len();
        let regions = walk.list(&self.regions, (u64::MAX, REGION_BYTES), |walk, region| {
            walk.region(region, &mut end, count)
        })?;
        Ok(Layout { spaces, modes, regions })
    }
}

impl<C: Code> Walk<'_, C> {
    fn number(&mut self, what: u32, wanted: u64) -> u64 {
        self.numbers.code(self.coder, Told(what, 0, 0), wanted)
    }

    /// A number that must be below `end`.
    fn below(&mut self, what: u32, wanted: u64, end: u64) -> Result<u64, Error> {
        let number = self.number(what, wanted);
        if number < end { Ok(number) } else { Err(Error::DeltaLayout { found: number }) }
    }

    /// A number whose magnitude is below [`MOST`].
    fn signed(&mut self, what: u32, wanted: i64) -> i64 {
        self.numbers.signed(self.coder, Told(what, 0, 0), wanted)
    }

    /// A list: how many, at most so many, then each.
    fn list<T>(
        &mut self,
        wanted: &[T],
        (most, bytes): (u64, u64),
        mut code: impl FnMut(&mut Self, Option<&T>) -> Result<T, Error>,
    ) -> Result<Vec<T>, Error> {
        let count = self.number(what::COUNT, u64::try_from(wanted.len()).unwrap_or(u64::MAX));
        let needed = count.saturating_mul(bytes);
        // What is encoded is written whatever it is: a decoder must refuse it.
        let most = if C::ENCODES { u64::MAX } else { most };
        let left = self.memory.min(most.saturating_mul(bytes));
        if needed > left {
            return Err(Error::DeltaTables { needed, left });
        }
        self.memory = self.memory.saturating_sub(needed);
        let mut list = Vec::new();
        let room = usize::try_from(count).unwrap_or(usize::MAX);
        list.try_reserve_exact(room).map_err(|_| Error::Memory { bytes: needed })?;
        let mut wanted = wanted.iter();
        for _ in 0..count {
            if self.coder.exhausted() {
                return Err(Error::Truncated { stored: 0 });
            }
            list.push(code(self, wanted.next())?);
        }
        Ok(list)
    }

    fn space(&mut self, wanted: Option<&Space>) -> Result<Space, Error> {
        let none = Space { scale: 1, ..Space::default() };
        let wanted = wanted.unwrap_or(&none);
        let scale = self.below(what::SCALE, wanted.scale.cast_unsigned().wrapping_sub(1), STRIDE)?;
        let scale = scale.wrapping_add(1).cast_signed();
        let ends = self.ends;
        let mut before = Piece::default();
        let most = (u64::try_from(PIECES).unwrap_or(0), PIECE_BYTES);
        let base = self.list(&wanted.base, most, |walk, piece| {
            let piece = walk.piece(0, piece, before)?;
            let end = piece.offset.saturating_add(piece.len);
            before = Piece { value: piece.value.saturating_add(piece.len), offset: end, len: 0 };
            if piece.offset < OUTSIDE && end.cast_unsigned() > ends.base {
                let (at, len) = (piece.offset.cast_unsigned(), piece.len.cast_unsigned());
                return Err(Error::OutsideBase { at, len, base: ends.base });
            }
            Ok(piece)
        })?;
        let mut like = base.iter();
        let image = self.list(&wanted.image, most, |walk, piece| {
            let piece = walk.piece(what::IMAGE, piece, like.next().copied().unwrap_or_default())?;
            let end = piece.offset.saturating_add(piece.len).cast_unsigned();
            if piece.offset < OUTSIDE && end > ends.image {
                let (at, len) = (piece.offset.cast_unsigned(), piece.len.cast_unsigned());
                return Err(Error::Stretch { at, len, image: ends.image });
            }
            Ok(piece)
        })?;
        Ok(Space { scale, base, image })
    }

    /// A piece, as the difference from one that it is like.
    fn piece(&mut self, more: u32, wanted: Option<&Piece>, like: Piece) -> Result<Piece, Error> {
        let wanted = wanted.copied().unwrap_or_default();
        let mut part = |what: u32, wanted: i64, like: i64| {
            let number = self.signed(what.saturating_add(more), wanted.wrapping_sub(like));
            like.wrapping_add(number)
        };
        let value = part(what::VALUE, wanted.value, like.value);
        let offset = part(what::OFFSET, wanted.offset, like.offset);
        let len = part(what::LENGTH, wanted.len, like.len);
        let sound = (-MOST..MOST).contains(&value) && (0..MOST).contains(&offset) && (0..MOST).contains(&len);
        if sound {
            Ok(Piece { value, offset, len })
        } else {
            Err(Error::DeltaLayout { found: len.cast_unsigned() })
        }
    }

    /// The number of a space.
    fn space_number(&mut self, wanted: u32, spaces: &[Space]) -> Result<u32, Error> {
        let count = u64::try_from(spaces.len()).unwrap_or(u64::MAX);
        let number = self.below(what::SPACE, u64::from(wanted), count)?;
        Ok(u32::try_from(number).unwrap_or(0))
    }

    /// Rows of types in the base.
    fn rows(&mut self, wanted: &Mode, spaces: &[Space]) -> Result<Mode, Error> {
        let (strings, start, len) = match wanted {
            Mode::Rows { strings, start, len } => (*strings, *start, *len),
            _ => (0, 0, 0),
        };
        self.tables = self.tables.saturating_add(1);
        if !C::ENCODES && self.tables > TABLES {
            return Err(Error::DeltaLayout { found: u64::try_from(self.tables).unwrap_or(u64::MAX) });
        }
        let strings = self.space_number(strings, spaces)?;
        let start = self.number(what::ROWS, start);
        let len = self.number(what::ROWS.saturating_add(1), len);
        if start.saturating_add(len) > self.ends.base {
            return Err(Error::OutsideBase { at: start, len, base: self.ends.base });
        }
        let needed = memory_of_rows(len, strings_of(spaces, strings).1);
        self.memory =
            self.memory.checked_sub(needed).ok_or(Error::DeltaTables { needed, left: self.memory })?;
        Ok(Mode::Rows { strings, start, len })
    }

    fn mode(&mut self, wanted: Option<&Mode>, spaces: &[Space]) -> Result<Mode, Error> {
        let none = Mode::Records { stride: 1, columns: Vec::new() };
        let wanted = wanted.unwrap_or(&none);
        let (which, space) = match wanted {
            Mode::Code { machine, space } => (Machine::ALL.iter().position(|m| m == machine), *space),
            Mode::Rows { .. } => (Some(Machine::ALL.len()), 0),
            Mode::Records { .. } => (None, 0),
        };
        let which = which.and_then(|n| u64::try_from(n).ok()).map_or(0, |n| n.saturating_add(1));
        let which = self.number(what::MODE, which);
        if which > 0 {
            let place = usize::try_from(which).unwrap_or(usize::MAX).wrapping_sub(1);
            if place == Machine::ALL.len() {
                return self.rows(wanted, spaces);
            }
            let machine = *Machine::ALL.get(place).ok_or(Error::DeltaLayout { found: which })?;
            let space = self.space_number(space, spaces)?;
            return Ok(Mode::Code { machine, space });
        }
        let (stride, columns) = match wanted {
            Mode::Records { stride, columns } => (*stride, columns.as_slice()),
            Mode::Code { .. } | Mode::Rows { .. } => (1, [].as_slice()),
        };
        let stride = self.below(what::STRIDE, u64::from(stride).wrapping_sub(1), STRIDE)?.wrapping_add(1);
        let mut before: Option<Column> = None;
        let mut same = 0usize;
        let columns = self.list(columns, (COLUMNS, COLUMN_BYTES), |walk, column| {
            let column = walk.column(column, before, stride, spaces)?;
            same = if before.is_some_and(|b| b.offset == column.offset) { same.saturating_add(1) } else { 0 };
            if same >= CANDIDATES {
                return Err(Error::DeltaLayout { found: u64::from(column.offset) });
            }
            before = Some(column);
            Ok(column)
        })?;
        Ok(Mode::Records { stride: u16::try_from(stride).unwrap_or(1), columns })
    }

    /// A column, which begins where the one before it does, or where that ends, or after it.
    fn column(
        &mut self,
        wanted: Option<&Column>,
        before: Option<Column>,
        stride: u64,
        spaces: &[Space],
    ) -> Result<Column, Error> {
        let none = Column {
            offset: 0,
            width: 1,
            order: Order::Little,
            kind: Kind::Own,
            trust: Trust::Sure,
            space: 0,
            base: 0,
            image: 0,
        };
        let wanted = *wanted.unwrap_or(&none);
        // 0: the same place as the one before. Otherwise one more than the bytes between them.
        let end = before.map_or(0, |b| u64::from(b.offset).wrapping_add(u64::from(b.width)));
        let start = u64::from(wanted.offset);
        let skip = match before {
            Some(before) if before.offset == wanted.offset => 0,
            _ => start.saturating_sub(end).wrapping_add(1),
        };
        let skip = self.below(what::COLUMN, skip, STRIDE)?;
        let (offset, width, order) = match before {
            Some(before) if skip == 0 => (u64::from(before.offset), u64::from(before.width), before.order),
            _ => {
                let is_big = u64::from(wanted.order == Order::Big);
                let bytes = u64::from(wanted.width).wrapping_sub(1).wrapping_add(is_big.wrapping_mul(8));
                let bytes = self.below(what::COLUMN.saturating_add(1), bytes, 16)?;
                let order = if bytes < 8 { Order::Little } else { Order::Big };
                (end.wrapping_add(skip).saturating_sub(1), (bytes & 7).wrapping_add(1), order)
            }
        };
        if offset.wrapping_add(width) > stride {
            return Err(Error::DeltaLayout { found: offset });
        }
        let which = |place: Option<usize>| place.and_then(|p| u64::try_from(p).ok()).unwrap_or(0);
        let kind = which(Kind::ALL.iter().position(|kind| *kind == wanted.kind));
        let kind = self.below(what::COLUMN.saturating_add(2), kind, 4)?;
        let trust = which(Trust::ALL.iter().position(|trust| *trust == wanted.trust));
        let trust = self.below(what::COLUMN.saturating_add(3), trust, 3)?;
        let kind = usize::try_from(kind).ok().and_then(|n| Kind::ALL.get(n)).copied().unwrap_or(Kind::Own);
        let trust =
            usize::try_from(trust).ok().and_then(|n| Trust::ALL.get(n)).copied().unwrap_or(Trust::Sure);
        let (mut space, mut base, mut image) = (0, 0, 0);
        if matches!(kind, Kind::Absolute | Kind::Own) {
            space = self.space_number(wanted.space, spaces)?;
        }
        if kind == Kind::Absolute {
            base = self.signed(what::BIAS, wanted.base);
            image = base.wrapping_add(
                self.signed(what::BIAS.saturating_add(1), wanted.image.wrapping_sub(wanted.base)),
            );
        }
        let (offset, width) = (u16::try_from(offset).unwrap_or(0), u8::try_from(width).unwrap_or(1));
        Ok(Column { offset, width, order, kind, trust, space, base, image })
    }

    fn region(&mut self, wanted: Option<&Region>, end: &mut u64, modes: usize) -> Result<Region, Error> {
        let wanted = wanted.copied().unwrap_or(Region { start: 0, end: 0, mode: 0 });
        let gap = self.number(what::GAP, wanted.start.saturating_sub(*end));
        let len = self.number(what::REGION, wanted.end.saturating_sub(wanted.start));
        let start = end.saturating_add(gap);
        *end = start.saturating_add(len);
        if len == 0 || *end > self.ends.image {
            return Err(Error::Stretch { at: start, len, image: self.ends.image });
        }
        let modes = u64::try_from(modes).unwrap_or(u64::MAX);
        let mode = self.below(what::WHICH, u64::from(wanted.mode), modes)?;
        Ok(Region { start, end: *end, mode: u32::try_from(mode).unwrap_or(0) })
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
