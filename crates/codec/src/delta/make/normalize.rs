//! Normal forms, which alignment compares in place of the bytes: references as their targets, those of the base as
//! the targets that they should have in the image. So code that only moved is equal.

use super::builder::{Found, Shape};
use crate::delta::layout::{Column, Kind, Mode};
use crate::delta::machine::{Code, Found as Step, Machine, Place, bytes_in};
use crate::delta::map::Map;
use crate::delta::space::OUTSIDE;

/// One of the two images.
struct Side<'a> {
    base: bool,
    map: &'a Map,
    bytes: &'a [u8],
    normal: Vec<u8>,
}

/// The normal form of the base or of the image, by an alignment.
pub(super) fn normalize(
    is_base: bool,
    bytes: &[u8],
    regions: &[Found],
    modes: &[Mode],
    forms: &[(usize, Vec<u8>)],
    map: &Map,
) -> Vec<u8> {
    let mut side = Side { base: is_base, map, bytes, normal: bytes.to_vec() };
    for Found { range, mode, shape } in regions {
        let end = range.end.min(bytes.len());
        match (&modes[*mode as usize], shape) {
            (Mode::Records { columns, .. }, Shape::Frames) => side.frames(range.start, end, columns[0].space),
            (Mode::Records { stride, columns }, _) => {
                side.records(range.start, end, (*stride).into(), columns);
            }
            (Mode::Code { machine, space }, _) => side.code(range.start, end, *machine, *space),
            (Mode::Rows { .. }, _) => {}
        }
    }
    for (at, bytes) in forms {
        side.put(*at, bytes);
    }
    side.normal
}

impl Side<'_> {
    /// The value of a place.
    fn value(&self, space: u32, place: i64) -> i64 {
        self.map.space(space).map_or(place, |space| match self.base {
            true => space.base_value(place),
            false => space.image_value(place),
        })
    }

    /// A value, as one of the image.
    fn target(&self, space: u32, value: i64) -> Option<i64> {
        let of = self.map.space(space)?;
        if !self.base {
            return of.is_value(value).then_some(value);
        }
        let place = of.place(value)?;
        of.value(if place < OUTSIDE { self.map.inverse.find(place as u64).0 } else { place })
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        if let Some(there) = self.normal.get_mut(at..at + bytes.len()) {
            there.copy_from_slice(bytes);
        }
    }

    fn number(&self, at: usize, width: usize) -> i64 {
        Code::new(self.bytes, at).number(width)
    }

    fn code(&mut self, from: usize, to: usize, machine: Machine, space: u32) {
        let mut at = from;
        while at < to {
            let code = Code::new(self.bytes, at);
            let place = at as i64;
            let place = Place { old: place, new: place, value: self.value(space, place) };
            let found = match machine.find(code, place) {
                Step::Nothing(bytes) => {
                    at += bytes.max(1);
                    continue;
                }
                Step::Reference(found) => found,
            };
            let field = at + found.skip;
            match self.target(space, found.target).filter(|_| found.far && field + found.len <= to) {
                Some(target) => {
                    let old = Code::new(self.bytes, field).eight();
                    let new = machine.write(found.form, old, target, 0);
                    self.put(field, &new[..found.len]);
                    at = field + found.len;
                }
                None => at += found.or_else.max(1),
            }
        }
    }

    fn records(&mut self, from: usize, to: usize, stride: usize, columns: &[Column]) {
        let mut record = from;
        while record + stride <= to {
            let mut before = None;
            for column in columns {
                let (at, width) = (record + usize::from(column.offset), usize::from(column.width));
                let number = Code::new(self.bytes, at).ordered(width, column.order);
                let own = self.value(column.space, at as i64);
                let add = match column.kind {
                    Kind::Absolute if self.base => column.base,
                    Kind::Absolute => column.image,
                    Kind::Own => own,
                    Kind::Back => continue,
                    Kind::Length => {
                        if let Some((space, old, new)) = before.filter(|_| self.base)
                            && let Some(end) = self.target(space, number.wrapping_add(old))
                        {
                            self.put(at, &bytes_in(end.wrapping_sub(new), width, column.order)[..width]);
                        }
                        continue;
                    }
                };
                let value = number.wrapping_add(add);
                if number == 0 && add == 0 {
                    continue;
                }
                if let Some(target) = self.target(column.space, value) {
                    self.put(at, &bytes_in(target, width, column.order)[..width]);
                    before = Some((column.space, value, target));
                }
            }
            record += stride;
        }
    }

    /// Call frame records: length, distance back to the common record, begin of the code, its length.
    fn frames(&mut self, from: usize, to: usize, space: u32) {
        let mut at = from;
        while at + 16 <= to {
            let len = self.number(at, 4);
            if !(1..1 << 16).contains(&len) {
                break;
            }
            if self.number(at + 4, 4) != 0 {
                self.put(at + 4, &[1; 4]);
                let begin = self.number(at + 8, 4).wrapping_add(self.value(space, at as i64 + 8));
                if let Some(target) = self.target(space, begin) {
                    self.put(at + 8, &target.to_le_bytes()[..4]);
                    let end = begin.wrapping_add(self.number(at + 12, 4));
                    if let Some(end) = self.target(space, end).filter(|_| self.base) {
                        self.put(at + 12, &end.wrapping_sub(target).to_le_bytes()[..4]);
                    }
                }
            }
            at += 4 + len as usize;
        }
    }
}
