//! Gates: whether predictions of a kind have been right lately, so that wrong ones are given up.

use alloc::vec;
use alloc::vec::Vec;

/// Entries of each table, before the tables are made smaller.
const ENTRIES: usize = 1 << 13;
/// How far trust goes, up and down.
const MOST: i8 = 20;
const LEAST: i8 = -5;
/// From so many outcomes on, old ones count half.
const OUTCOMES: u8 = 60;

/// What a column's candidate is rated by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Slot(u32);

/// How a candidate did: outcomes that were right, and all of them, both in sixteenths.
#[derive(Debug, Clone, Copy)]
pub(super) struct Score {
    right: u32,
    all: u32,
}

impl Score {
    /// Right as often as not.
    pub(super) const HALF: Score = Score { right: 1, all: 2 };

    pub(super) fn is_above(self, other: Score) -> bool {
        self.right.wrapping_mul(other.all) > other.right.wrapping_mul(self.all)
    }
}

/// What was right and wrong in a chunk.
pub(super) struct Gates {
    trust: Vec<i8>,
    outcomes: Vec<(u8, u8)>,
    /// The last outcomes of the first, second, third and fourth candidate of columns, a bit each.
    past: [u32; 4],
}

impl Gates {
    /// Tables of which the size is halved so many times.
    pub(super) fn new(halved: u32) -> Self {
        let entries = super::shrunk(ENTRIES, halved);
        Self { trust: vec![0; entries], outcomes: vec![(0, 0); entries], past: [0; 4] }
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.trust.fill(0);
        self.outcomes.fill((0, 0));
        self.past = [0; 4];
    }

    /// Bytes of its tables.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.trust.capacity() + self.outcomes.capacity() * size_of::<(u8, u8)>()
    }

    /// Whether references of a gate are trusted. One that nothing is known of is as it says.
    pub(super) fn is_open(&self, gate: u32, open: bool) -> bool {
        let trust = self.trust.get(slot(gate, self.trust.len())).copied().unwrap_or(0);
        trust.saturating_add(i8::from(open)) > 0
    }

    /// Follows a reference whose prediction differed from its old bytes. Of what was trusted, one that stayed as it
    /// was counts twice.
    pub(super) fn learn(&mut self, gate: u32, right: bool, trusted: bool) {
        let slot = slot(gate, self.trust.len());
        if let Some(trust) = self.trust.get_mut(slot) {
            let step = if right { 1 } else { -1i8 };
            let step = if trusted && !right { -2 } else { step };
            *trust = trust.saturating_add(step).clamp(LEAST, MOST);
        }
    }

    /// Where the outcomes of a candidate are: the `nth` of its column, by how sure its prediction is.
    pub(super) fn slot(&self, column: u32, nth: usize, class: u8, same: bool) -> Slot {
        let past = self.past.get(nth & 3).copied().unwrap_or(0) & 0x3F;
        Slot(column << 9 | u32::from(same) << 8 | u32::from(class) << 6 | past)
    }

    /// How the candidate of that slot did, with one more outcome that was right so many sixteenths of the time.
    pub(super) fn score(&self, of: Slot, first: u32) -> Score {
        let (right, wrong) = self.outcomes.get(slot(of.0, self.outcomes.len())).copied().unwrap_or_default();
        let (right, wrong) = (u32::from(right), u32::from(wrong));
        Score {
            right: right.wrapping_mul(16).wrapping_add(first),
            all: right.wrapping_add(wrong).wrapping_add(1).wrapping_mul(16),
        }
    }

    /// Follows the outcome of a candidate; none if it made no prediction.
    pub(super) fn outcome(&mut self, nth: usize, of: Option<(Slot, bool)>) {
        if let Some(past) = self.past.get_mut(nth & 3) {
            *past = *past << 1 | u32::from(of.is_some_and(|(_, right)| right));
        }
        let Some((of, is_right)) = of else { return };
        let slot = slot(of.0, self.outcomes.len());
        if let Some((right, wrong)) = self.outcomes.get_mut(slot) {
            let count = if is_right { &mut *right } else { &mut *wrong };
            *count = count.saturating_add(1);
            if right.saturating_add(*wrong) > OUTCOMES {
                (*right, *wrong) = (*right >> 1, *wrong >> 1);
            }
        }
    }
}

/// The entry of a number in a table of a power of two.
fn slot(number: u32, entries: usize) -> usize {
    let hash = number.wrapping_mul(0x9E37_79B1);
    usize::try_from(hash >> 12 ^ hash >> 25).unwrap_or(0) & entries.wrapping_sub(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn gates_follow_what_was_right() {
        let mut gates = Gates::new(0);
        assert!(gates.is_open(5, true) && !gates.is_open(5, false));
        gates.learn(5, true, true);
        assert!(gates.is_open(5, false));
        gates.learn(5, false, true);
        gates.learn(5, false, true);
        assert!(!gates.is_open(5, true) && gates.is_open(6, true));
        let slot = gates.slot(3, 0, 1, false);
        assert!(gates.score(slot, 14).is_above(Score::HALF) && !gates.score(slot, 6).is_above(Score::HALF));
        (0..200).for_each(|_| gates.outcome(1, Some((slot, true))));
        assert!(gates.score(slot, 0).is_above(Score::HALF));
        assert_ne!(gates.slot(3, 1, 1, false), slot);
    }
}
