//! References in code: found by the machine, predicted unless a gate is closed.

use super::super::machine::{Found, Machine, Place, Reference};
use super::super::map::Map;
use super::{Due, Part, Pending, Predictor, Window, told};

impl Predictor {
    /// Predicts code up to `until`, or a few bytes more; gives up to where.
    pub(super) fn code(
        &mut self,
        map: &Map,
        window: Window<'_>,
        part: Part,
        (machine, number): (Machine, u32),
        mut at: usize,
        until: usize,
    ) -> usize {
        let Some(space) = map.space(number) else { return until };
        while at < until {
            let new = part.image.wrapping_add(i64::try_from(at).unwrap_or(i64::MAX));
            let old = new.wrapping_add(part.shift);
            let place = Place { old, new, value: space.base_value(old) };
            let code = window.code(at);
            let found = match machine.find(code, place) {
                Found::Nothing(bytes) => {
                    at = at.saturating_add(bytes.max(1));
                    continue;
                }
                Found::Reference(found) => found,
            };
            let end = at.saturating_add(found.skip).saturating_add(found.len);
            let used = end <= part.end && self.reference(map, window, (machine, number), found, at, new);
            at = if used { end } else { at.saturating_add(found.or_else.max(1)) };
        }
        at
    }

    /// Predicts a reference. Whether it did.
    fn reference(
        &mut self,
        map: &Map,
        window: Window<'_>,
        (machine, space): (Machine, u32),
        found: Reference,
        at: usize,
        image: i64,
    ) -> bool {
        let Some((target, class)) = self.target(map, space, found.target) else { return false };
        let far = |bytes: usize| i64::try_from(bytes).unwrap_or(0);
        let from = image.wrapping_add(far(found.skip)).wrapping_sub(far(found.back));
        let value = map.space(space).map_or(from, |space| space.image_value(from));
        let at = at.wrapping_add(found.skip);
        let old = window.code(at).eight();
        let new = machine.write(found.form, old, target, value);
        let used = found.gate.is_none_or(|gate| self.gates.is_open(gate, found.open));
        let differs = new.get(..found.len) != old.get(..found.len);
        if used {
            let kind = found.kind.wrapping_mul(4).wrapping_add(told(class)).wrapping_add(1);
            self.put(at, new.get(..found.len).unwrap_or_default(), kind);
        }
        let target = (used && found.learn).then_some(found.target);
        let gate = found.gate.filter(|_| differs).map(|gate| (gate, used));
        if target.is_some() || gate.is_some() {
            let (form, back) = (found.form, found.back);
            let due = Due::Reference { machine, form, back, space, target, class, value, gate, old, new };
            self.pending.push(Pending { at, len: found.len, due });
        }
        used
    }
}
