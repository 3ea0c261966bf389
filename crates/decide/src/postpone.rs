//! Putting an update off: for a while, a few times, and never without end.
//!
//! Time is counted down by what the client's monotonic clock says has passed, so a clock that is set
//! back, or lost, extends nothing. There is one count for all security updates, from one that is installed to
//! the next: a maker who releases often does not begin it anew. Features have a count of their own.

use crate::clock::Clock;
use pkg_format::manifest::{Automatic, Release};

/// One postponement lasts at most this long, seconds.
pub const LONGEST: u64 = 86_400;

/// And at least this long, so that a user who is given one has something of it.
const SHORTEST: u64 = 3_600;

/// What was put off, and how often.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash)]
pub struct Postponed {
    /// How often since the last update of this class was installed.
    pub count: u64,
    /// What is left of the last time, in monotonic seconds.
    pub left: u64,
    /// When it ends, unix seconds, where the clock was trusted.
    pub until: Option<u64>,
}

/// It cannot be put off again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("put off {granted} times, which is all that this release grants")]
#[non_exhaustive]
pub struct NoMore {
    /// How often it may be put off.
    pub granted: u64,
}

/// How often a release may be put off in all.
pub fn granted(release: &Release) -> u64 {
    (most(release) / LONGEST).max(1)
}

fn most(release: &Release) -> u64 {
    match &release.automatic {
        Some(Automatic::Applicable { max_postpone, .. }) => *max_postpone,
        Some(Automatic::NotApplicable { max_postpone, .. }) => max_postpone.unwrap_or(0),
        None => 0,
    }
}

impl Postponed {
    /// Seconds until it ends; none where it has.
    pub fn left(&self, clock: Clock) -> Option<u64> {
        let left = match (self.until, clock) {
            (Some(until), Clock::Trusted(now)) => match until.saturating_sub(now) {
                // Set back by more than a day: then it is over, also where no monotonic time was told.
                n if n > LONGEST.saturating_mul(2) => 0,
                n => n.min(self.left),
            },
            _ => self.left,
        };
        (left > 0).then_some(left)
    }

    /// This much time passed.
    pub(super) fn pass(&mut self, seconds: u64) {
        self.left = self.left.saturating_sub(seconds);
    }

    /// Puts `release` off once more.
    pub(super) fn again(&mut self, release: &Release, clock: Clock) -> Result<(), NoMore> {
        let granted = granted(release);
        if self.count >= granted {
            return Err(NoMore { granted });
        }
        self.count = self.count.saturating_add(1);
        self.left = most(release).clamp(SHORTEST, LONGEST);
        self.until = clock.now().map(|now| now.saturating_add(self.left));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_clock_makes_a_postponement_longer() {
        let postponed = Postponed { count: 1, left: 1_000, until: Some(50_000) };
        for (clock, left) in [
            (Clock::None, Some(1_000)),
            (Clock::Trusted(49_000), Some(1_000)),
            (Clock::Trusted(49_500), Some(500)),
            (Clock::Trusted(20_000), Some(1_000)),
            (Clock::Trusted(50_000), None),
            (Clock::Trusted(u64::MAX), None),
        ] {
            assert_eq!(postponed.left(clock), left, "{clock:?}");
        }
        let far = Postponed { until: Some(1_000_000), ..postponed };
        assert_eq!(far.left(Clock::Trusted(0)), None, "set back by more than a day");
        let mut passed = postponed;
        passed.pass(1_000);
        assert_eq!(passed.left(Clock::Trusted(20_000)), None, "monotonic time decides");
    }
}
