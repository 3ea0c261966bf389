//! The time as a device knows it, which may be not at all.

/// The time, if there is a clock to trust. None is a state of its own: nothing is guessed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Clock {
    /// There is no clock, or the time is not trusted.
    None,
    /// Unix seconds.
    Trusted(u64),
}

impl Clock {
    /// Unix seconds, where they are known.
    pub fn now(self) -> Option<u64> {
        match self {
            Clock::None => None,
            Clock::Trusted(now) => Some(now),
        }
    }
}
