//! What bytes are likely to cost once they are coded: what alignment is decided by.
//!
//! In 1/256 of a bit. The figures follow what the models reach on code and tables; moving any of
//! them by a quarter moves the size of a delta by less than a per cent.

/// A byte that does not differ.
pub(super) const SAME: i64 = 4;
/// A byte that differs, behind one that does not.
pub(super) const DIFFERS: i64 = 11 * 256;
/// A byte that differs, behind one that does.
pub(super) const DIFFERS_TOO: i64 = 8 * 256;
/// A byte that differs by as much as one of the last four that differed.
pub(super) const DIFFERS_ALIKE: i64 = 3 * 256;
/// A fresh byte.
pub(super) const FRESH: i64 = 11 * 128;
/// The end of a copy, before fresh bytes.
pub(super) const STOP: i64 = 13 * 256;

/// A copy at another distance, so far from the one before: its length, and how far.
pub(super) fn turn(moved: i64) -> i64 {
    let bits = u64::BITS.saturating_sub(moved.unsigned_abs().leading_zeros());
    i64::from(bits).saturating_add(18).saturating_mul(256)
}

/// What a byte at one distance costs, given those before it at that distance.
#[derive(Clone, Copy, Default)]
pub(super) struct Meter {
    lately: [u8; 4],
    differed: bool,
}

impl Meter {
    /// A byte that does not differ.
    pub(super) fn same(&mut self) -> i64 {
        self.differed = false;
        SAME
    }

    /// A byte that differs by so much.
    pub(super) fn differs(&mut self, difference: u8) -> i64 {
        // The last four stay in order, this one in front.
        let [a, b, c, d] = self.lately;
        let (alike, lately) = match difference {
            x if x == a => (true, [a, b, c, d]),
            x if x == b => (true, [b, a, c, d]),
            x if x == c => (true, [c, a, b, d]),
            x => (x == d, [x, a, b, c]),
        };
        let cost = match alike {
            true => DIFFERS_ALIKE,
            false if self.differed => DIFFERS_TOO,
            false => DIFFERS,
        };
        (self.lately, self.differed) = (lately, true);
        cost
    }
}
