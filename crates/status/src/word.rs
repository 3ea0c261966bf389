//! What statements say of a vulnerability, and what follows from it.

/// An open status, from the mildest to the worst.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Open {
    /// Not known yet.
    UnderInvestigation,
    /// The risk is lower, but the vulnerability is still there.
    Mitigated,
    /// It is there.
    Affected,
}

/// A status as a statement gives it, in the order in which one overrules another of equal time: the later one counts,
/// so an inexact time makes nothing look better than it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// It was there and is gone.
    Fixed,
    /// It is not there, or cannot be used.
    NotAffected,
    /// It is there, or may be.
    Open(Open),
}

impl Word {
    /// Whether the vulnerability is open.
    pub fn is_open(self) -> bool {
        matches!(self, Word::Open(_))
    }
}

/// Which statement decides a status: its place in the list it was given in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Source {
    /// An own word of the state: a place in [`Known::said`](crate::Known::said).
    Said(usize),
    /// A statement about releases to come: a place in [`Known::foretold`](crate::Known::foretold).
    Foretold(usize),
    /// A fix that is for every state it applies to: a place in [`Known::assumed`](crate::Known::assumed).
    Assumed(usize),
    /// A closed word that nobody signed: a place in [`Known::declared`](crate::Known::declared).
    Declared(usize),
}

/// A status that somebody gave.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Decided {
    /// The status.
    pub word: Word,
    /// When it was said, unix seconds. An inherited status keeps the time at which it was said of the ancestor.
    pub time: u64,
    /// The statement that says it, of this state or of an ancestor.
    pub source: Source,
    /// The parent that the status is inherited from.
    pub inherited: Option<usize>,
}

/// The status of a vulnerability in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EffectiveStatus {
    /// Somebody said what it is.
    Decided(Decided),
    /// Nobody said anything. It counts as open.
    Undecided,
}

impl EffectiveStatus {
    /// Whether the vulnerability is open. What nobody decided is open.
    pub fn is_open(self) -> bool {
        self.word().is_none_or(Word::is_open)
    }

    /// Whether somebody said that it is open.
    pub fn is_said_open(self) -> bool {
        self.word().is_some_and(Word::is_open)
    }

    /// Whether it was fixed.
    pub fn is_fixed(self) -> bool {
        self.word() == Some(Word::Fixed)
    }

    /// Whether nobody said what it is.
    pub fn is_undecided(self) -> bool {
        self == EffectiveStatus::Undecided
    }

    /// The status as a word; none where nobody gave one.
    pub fn word(self) -> Option<Word> {
        self.decided().map(|d| d.word)
    }

    /// Status, time and source; none where nobody gave one.
    pub fn decided(self) -> Option<Decided> {
        match self {
            EffectiveStatus::Decided(decided) => Some(decided),
            EffectiveStatus::Undecided => None,
        }
    }
}
