//! Columns of records, and words of rows.

use super::super::gate::Score;
use super::super::layout::{CANDIDATES, Column, Kind, Region, Trust};
use super::super::map::Map;
use super::super::rows::Field;
use super::{COVERED, Due, Lesson, NEAR, Part, Pending, Predictor, Window, told};

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

impl Predictor {
    /// Predicts the column at hand; gives where the next one begins.
    pub(super) fn record(
        &mut self,
        map: &Map,
        window: Window<'_>,
        part: Part,
        region: Region,
        (stride, columns): (u16, &[Column]),
        at: usize,
    ) -> usize {
        let image = part.image.wrapping_add(i64::try_from(at).unwrap_or(i64::MAX));
        let offset =
            image.cast_unsigned().wrapping_sub(region.start).checked_rem(u64::from(stride)).unwrap_or(0);
        let offset = u16::try_from(offset).unwrap_or(0);
        let first = columns.partition_point(|column| column.offset < offset);
        let rest = columns.get(first..).unwrap_or_default();
        let next = rest.first().map_or(stride, |column| column.offset);
        if next != offset {
            return at.saturating_add(usize::from(next.wrapping_sub(offset)));
        }
        let width = rest.first().map_or(1, |column| usize::from(column.width));
        let end = at.saturating_add(width);
        if end > part.end {
            return end;
        }
        let here = rest.iter().take_while(|column| column.offset == offset).enumerate();
        let number = window.code(at).number(width);
        let old = image.wrapping_add(part.shift);
        let mut rated = [None; CANDIDATES];
        let mut best: Option<(usize, Column, Guess)> = None;
        let mut least = Score::HALF;
        let mut is_rated = false;
        for (nth, column) in here {
            is_rated |= column.trust != Trust::Sure;
            let Some(guess) = self.guess(map, column, number, old, image, width) else { continue };
            let id = region.mode.wrapping_shl(6) | u32::try_from(first.wrapping_add(nth)).unwrap_or(0);
            let slot = self.gates.slot(id, nth, told(guess.class), guess.number == number);
            let score = self.gates.score(slot, column.trust.first());
            if let Some(rated) = rated.get_mut(nth) {
                *rated = Some((guess.number, slot));
            }
            if column.trust == Trust::Sure || score.is_above(least) {
                (best, least) = (Some((nth, *column, guess)), score);
            }
        }
        let mut lesson = None;
        self.before = None;
        if let Some((nth, column, guess)) = best {
            let bytes = guess.number.to_le_bytes();
            let kind = u8::try_from(nth)
                .unwrap_or(0)
                .wrapping_add(1)
                .wrapping_mul(4)
                .wrapping_add(told(guess.class));
            self.put(at, bytes.get(..width).unwrap_or_default(), kind.wrapping_add(1));
            if let Some(target) = guess.target {
                let Guess { number, class, add, .. } = guess;
                lesson = Some(Lesson { space: column.space, value: target, add, number, class });
                self.before = Some((column.space, target, guess.number.wrapping_add(guess.add)));
            }
        }
        if lesson.is_some() || is_rated {
            self.pending.push(Pending { at, len: width, due: Due::Column { rated, is_rated, lesson } });
        }
        end
    }

    /// Predicts the word of a row at hand; gives where the next one begins.
    pub(super) fn row(
        &mut self,
        map: &Map,
        window: Window<'_>,
        part: Part,
        (mode, start, [strings, types]): (u32, i64, [u32; 2]),
        at: usize,
    ) -> usize {
        let image = part.image.wrapping_add(i64::try_from(at).unwrap_or(i64::MAX));
        let old = image.wrapping_add(part.shift);
        let offset = old.wrapping_sub(start);
        let end = at.saturating_add(4usize.wrapping_sub(usize::try_from(offset & 3).unwrap_or(0)));
        let (space, kind) = match map.rows.field(mode, offset) {
            _ if offset & 3 != 0 || end > part.end => return end,
            Field::Plain => return end,
            Field::String => (strings, 4),
            Field::Type => (types, 8),
        };
        let value = window.code(at).number(4);
        if value != 0
            && let Some((new, class)) = self.target(map, space, value)
        {
            let [a, b, c, d, ..] = new.to_le_bytes();
            self.put(at, &[a, b, c, d], told(class).wrapping_add(kind).wrapping_add(1));
            let number = i64::from(i32::from_le_bytes([a, b, c, d]));
            let lesson = Some(Lesson { space, value, add: 0, number, class });
            let due = Due::Column { rated: [None; CANDIDATES], is_rated: false, lesson };
            self.pending.push(Pending { at, len: 4, due });
        }
        end
    }

    /// What one column says of the bytes at hand.
    fn guess(
        &self,
        map: &Map,
        column: &Column,
        number: i64,
        old: i64,
        image: i64,
        width: usize,
    ) -> Option<Guess> {
        if number == 0 && (column.kind != Kind::Absolute || column.base == 0) {
            return None;
        }
        let space = map.space(column.space);
        let (new, class, target, add) = match column.kind {
            Kind::Absolute => {
                let target = number.wrapping_add(column.base);
                let (new, class) = self.target(map, column.space, target)?;
                (new, class, Some(target), column.image)
            }
            Kind::Own => {
                let target = number.wrapping_add(space.map_or(old, |space| space.base_value(old)));
                let (new, class) = self.target(map, column.space, target)?;
                (new, class, Some(target), space.map_or(image, |space| space.image_value(image)))
            }
            Kind::Back => {
                let place = u64::try_from(old.wrapping_sub(number)).ok().filter(|_| number > 0)?;
                let (new, covered) = map.inverse.find(place);
                (image.wrapping_sub(new), if covered { COVERED } else { NEAR }, None, 0)
            }
            Kind::Length => {
                let (space, from, to) = self.before?;
                let (new, class) = self.target(map, space, from.wrapping_add(number))?;
                (new.wrapping_sub(to), class, None, 0)
            }
        };
        let spare = 64u32.wrapping_sub(u32::try_from(width).unwrap_or(8).wrapping_mul(8)) & 63;
        Some(Guess { number: new.wrapping_sub(add) << spare >> spare, class, target, add })
    }
}
