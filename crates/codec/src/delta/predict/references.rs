//! References in code: found by the machine, predicted unless a gate is closed.

use super::super::machine::{Code, Found, Machine, Over, Place, Reference};
use super::super::map::Map;
use super::super::space::{Nearby, Space};
use super::{Due, Learning, Part, Predictor, SEEN, Window, alike};

impl Predictor {
    /// Predicts code up to `until`, or a few bytes more; gives up to where.
    pub(super) fn code(
        &mut self,
        map: &Map,
        window: Window<'_>,
        part: Part,
        (machine, space): (Machine, u32),
        (at, until): (usize, usize),
    ) -> usize {
        let Some(of) = map.space(space) else { return until };
        if self.nearby.0 != space {
            self.nearby = (space, [Nearby::NONE; 2]);
        }
        machine.go(&mut Walk { predictor: self, map, window, part, machine, space: (space, of), at, until })
    }
}

/// What a walk over code needs.
struct Walk<'w, 'b> {
    predictor: &'w mut Predictor,
    map: &'w Map,
    window: Window<'b>,
    part: Part,
    machine: Machine,
    space: (u32, &'w Space),
    at: usize,
    until: usize,
}

impl Over for Walk<'_, '_> {
    /// Predicts code up to `until`, or a few bytes more; gives up to where.
    #[inline(always)]
    fn code(
        &mut self,
        nothing: impl Fn(Code<'_>, (i64, i64), usize) -> usize,
        find: impl Fn(Code<'_>, Place) -> Found,
    ) -> usize {
        let Self { window, part, mut at, until, .. } = *self;
        while at < until {
            let code = window.code(at);
            let new = part.image_place(at);
            let old = new.wrapping_add(part.shift);
            let skipped = nothing(code, (old, new), until.wrapping_sub(at));
            if skipped > 0 {
                at = at.saturating_add(skipped);
                continue;
            }
            let (_, space) = self.space;
            let (_, [values, _]) = &mut self.predictor.nearby;
            let place = Place { old, new, value: values.value(&space.base, space.scale, old) };
            let found = match find(code, place) {
                Found::Nothing(bytes) => {
                    at = at.saturating_add(bytes.max(1));
                    continue;
                }
                Found::Reference(found) => found,
            };
            let start = at.saturating_add(found.skip);
            let end = start.saturating_add(found.len);
            if end > part.end {
                at = at.saturating_add(found.or_else.max(1));
            } else if found.relative && part.holds(place, found.target) {
                // What moves with its target stays as it is.
                let bytes = window.code(start).eight();
                self.predictor.put(start, bytes, found.len);
                self.predictor.tell(start, found.len, found.kind, SEEN);
                at = end;
            } else {
                let used = self.reference(found, start, new);
                at = if used { end } else { at.saturating_add(found.or_else.max(1)) };
            }
        }
        at
    }
}

impl Walk<'_, '_> {
    /// Predicts a reference. Whether it did.
    fn reference(&mut self, found: Reference, at: usize, image: i64) -> bool {
        let Self { ref mut predictor, map, window, machine, space: (space, of), .. } = *self;
        let Some((target, class)) = predictor.target(map, space, found.target) else { return false };
        let far = |bytes: usize| i64::try_from(bytes).unwrap_or(0);
        let from = image.wrapping_add(far(found.skip)).wrapping_sub(far(found.back));
        let (_, [_, values]) = &mut predictor.nearby;
        let value = values.value(&of.image, of.scale, from);
        let old = window.code(at).eight();
        let new = machine.write(found.form, old, target, value);
        let used = found.gate.is_none_or(|gate| predictor.gates.is_open(gate, found.open));
        let differs = !alike(new, old, found.len);
        if used {
            predictor.put(at, new, found.len);
            predictor.tell(at, found.len, found.kind, class);
        }
        let target = (used && found.learn).then_some(found.target);
        let gate = found.gate.filter(|_| differs).map(|gate| (gate, used));
        if target.is_some() || gate.is_some() {
            let (form, back) = (found.form, found.back);
            let due = Learning { machine, form, back, space, target, class, value, gate, old, new };
            predictor.wait(at, found.len, Due::Reference(due));
        }
        used
    }
}
