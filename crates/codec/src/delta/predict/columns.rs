//! Columns of records, and words of rows.

use super::super::gate::Score;
use super::super::layout::{CANDIDATES, Column, Kind, Region, Trust};
use super::super::machine::{Order, bytes_in, fitted};
use super::super::map::Map;
use super::super::rows::Field;
use super::{COVERED, Due, Lesson, NEAR, Part, Predictor, Window, told, types};

/// What a column says.
#[derive(Clone, Copy)]
struct Guess {
    /// The new number.
    number: i64,
    class: u8,
    /// The old value, if the new one is learned; what is added to a number to have its value.
    target: Option<i64>,
    add: i64,
}

/// A column at hand: which one it is of its mode, its bytes in the chunk, and where they are in both images.
#[derive(Clone, Copy)]
struct Here {
    id: u32,
    at: usize,
    width: usize,
    order: Order,
    old: i64,
    image: i64,
    /// The old number.
    number: i64,
}

impl Predictor {
    /// Predicts the columns of records up to `until`; gives where the next one begins.
    pub(super) fn records(
        &mut self,
        map: &Map,
        window: Window<'_>,
        part: Part,
        region: Region,
        (stride, columns): (u16, &[Column]),
        (mut at, until): (usize, usize),
    ) -> usize {
        let offset = part.image_place(at).cast_unsigned().wrapping_sub(region.start);
        let mut offset = usize::try_from(offset.checked_rem(u64::from(stride)).unwrap_or(0)).unwrap_or(0);
        let stride = usize::from(stride);
        let start = |column: &Column| usize::from(column.offset);
        let mut first = columns.partition_point(|column| start(column) < offset);
        while at < until {
            let rest = columns.get(first..).unwrap_or_default();
            let next = rest.first().map_or(stride, start);
            if next != offset {
                at = at.saturating_add(next.wrapping_sub(offset));
                (offset, first) = if next == stride { (0, 0) } else { (next, first) };
                continue;
            }
            let Some(column) = rest.first() else { return until };
            let (width, order) = (usize::from(column.width), column.order);
            let end = at.saturating_add(width);
            if end > part.end {
                return end;
            }
            let image = part.image_place(at);
            let id = region.mode.wrapping_shl(6) | u32::try_from(first).unwrap_or(0);
            let number = window.code(at).ordered(width, order);
            let here = Here { id, at, width, order, old: image.wrapping_add(part.shift), image, number };
            let many = rest.iter().take_while(|column| start(column) == offset).count();
            match rest.get(..many).unwrap_or_default() {
                [only] if only.trust == Trust::Sure => self.sure(map, only, here),
                candidates => self.candidates(map, candidates, here),
            }
            at = end;
            (offset, first) = (offset.wrapping_add(width), first.wrapping_add(many));
            if offset >= stride {
                (offset, first) = (0, 0);
            }
        }
        at
    }

    /// Predicts a column that is always used.
    #[inline(always)]
    fn sure(&mut self, map: &Map, column: &Column, here: Here) {
        let guess = self.guess(map, column, here);
        let lesson = self.use_guess(guess.map(|guess| (0, column.space, guess)), here);
        if let Some(lesson) = lesson {
            self.wait(here.at, here.width, Due::Value(lesson, here.order));
        }
    }

    /// Predicts a column by the likeliest of its candidates.
    fn candidates(&mut self, map: &Map, candidates: &[Column], here: Here) {
        let mut rated = [None; CANDIDATES];
        let mut best = None;
        let mut least = Score::HALF;
        let mut is_rated = false;
        for (nth, column) in candidates.iter().enumerate() {
            is_rated |= column.trust != Trust::Sure;
            let Some(guess) = self.guess(map, column, here) else { continue };
            let id = here.id.wrapping_add(u32::try_from(nth).unwrap_or(0));
            let slot = self.gates.slot(id, nth, told(guess.class), guess.number == here.number);
            let score = self.gates.score(slot, column.trust.first());
            if let Some(rated) = rated.get_mut(nth) {
                *rated = Some((guess.number, slot));
            }
            if column.trust == Trust::Sure || score.is_above(least) {
                (best, least) = (Some((nth, column.space, guess)), score);
            }
        }
        let lesson = self.use_guess(best, here);
        if is_rated && rated.iter().any(Option::is_some) {
            self.wait(here.at, here.width, Due::Column { rated, lesson, order: here.order });
        } else if let Some(lesson) = lesson {
            self.wait(here.at, here.width, Due::Value(lesson, here.order));
        }
    }

    /// Writes a guess, that of the `nth` candidate, and gives what is learned from it.
    #[inline(always)]
    fn use_guess(&mut self, guess: Option<(usize, u32, Guess)>, here: Here) -> Option<Lesson> {
        self.before = None;
        let (nth, space, Guess { number, class, target, add }) = guess?;
        self.put(here.at, bytes_in(number, here.width, here.order), here.width);
        self.tell(here.at, here.width, u8::try_from(nth).unwrap_or(0).wrapping_add(1), class);
        let value = target?;
        self.before = Some((space, value, number.wrapping_add(add)));
        Some(Lesson { space, value, add, number, class })
    }

    /// Predicts the words of rows up to `until`; gives where the next one begins.
    pub(super) fn rows(
        &mut self,
        map: &Map,
        window: Window<'_>,
        part: Part,
        (mode, strings): (u32, u32),
        (mut at, until): (usize, usize),
    ) -> usize {
        let Some(table) = map.rows.of(mode) else { return until };
        let start = table.base().start.cast_signed();
        while at < until {
            let offset = part.image_place(at).wrapping_add(part.shift).wrapping_sub(start);
            let end = at.saturating_add(4usize.wrapping_sub(usize::try_from(offset & 3).unwrap_or(0)));
            let here = core::mem::replace(&mut at, end);
            if offset & 3 != 0 || end > part.end {
                continue;
            }
            let value = window.code(here).number(4);
            let (space, kind, target) = match table.field(offset) {
                Field::Plain => continue,
                _ if value == 0 => continue,
                Field::Head | Field::String => (strings, 1, self.target(map, strings, value)),
                Field::Type => (types(mode), 2, self.type_number(map, mode, value)),
            };
            let Some((new, class)) = target else { continue };
            let bytes = new.to_le_bytes();
            self.put(here, bytes, 4);
            self.tell(here, 4, kind, class);
            let [a, b, c, d, ..] = bytes;
            let number = i64::from(i32::from_le_bytes([a, b, c, d]));
            let lesson = Lesson { space, value, add: 0, number, class };
            self.wait(here, 4, Due::Value(lesson, Order::Little));
        }
        at
    }

    /// What one column says of the bytes at hand.
    #[inline(always)]
    fn guess(&self, map: &Map, column: &Column, here: Here) -> Option<Guess> {
        let Here { width, old, image, number, .. } = here;
        if number == 0 && (column.kind != Kind::Absolute || column.base == 0) {
            return None;
        }
        // The old value, whether its new one is learned, and what is added to the new number to have that.
        let (space, target, learns, add) = match column.kind {
            Kind::Absolute => (column.space, number.wrapping_add(column.base), true, column.image),
            Kind::Own => {
                let space = map.space(column.space);
                let target = number.wrapping_add(space.map_or(old, |space| space.base_value(old)));
                (column.space, target, true, space.map_or(image, |space| space.image_value(image)))
            }
            Kind::Length => {
                let (space, from, to) = self.before?;
                (space, from.wrapping_add(number), false, to)
            }
            Kind::Back => {
                let place = u64::try_from(old.wrapping_sub(number)).ok().filter(|_| number > 0)?;
                let (new, covered) = map.inverse.find(place);
                let number = image.wrapping_sub(new);
                let class = if covered { COVERED } else { NEAR };
                return Some(Guess { number: fitted(number, width), class, target: None, add: 0 });
            }
        };
        let (new, class) = self.target(map, space, target)?;
        let number = fitted(new.wrapping_sub(add), width);
        Some(Guess { number, class, target: learns.then_some(target), add })
    }
}
