//! What is known of one product and scope: states, and what statements say. Everything is named by its place in a list.

use crate::word::{Open, Word};

/// A state, as the manifests that lead into it describe it.
#[derive(Debug, Clone, Default)]
pub struct State {
    /// When the first manifest into it was issued, unix seconds; 0 where nobody knows.
    pub issued: u64,
    /// The manifests into it. A state that was only declared, or only named as a parent, may have none.
    pub steps: Vec<Step>,
}

/// What one manifest into a state says of it.
#[derive(Debug, Clone)]
pub struct Step {
    /// The line of development.
    pub line: usize,
    /// The place in the line.
    pub sequence: u64,
    /// The feature level.
    pub feature_level: u64,
    /// The security level.
    pub security_level: u64,
    /// The states it was built from; empty where that was not said.
    pub from: Vec<usize>,
    /// Whether it is a security update that keeps the feature level of what it was built from. Only such a step hands on
    /// that a vulnerability is not there: a feature may bring it in.
    pub keeps_features: bool,
}

/// What a statement says of one vulnerability in one state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Said {
    /// The id it uses.
    pub id: usize,
    /// The state.
    pub state: usize,
    /// The status.
    pub word: Word,
    /// When it was issued, unix seconds.
    pub time: u64,
}

/// Releases by line and sequence, also those still to come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Releases {
    /// Every release of the scope.
    All,
    /// Those of a line.
    Line {
        /// The line.
        line: usize,
        /// The first sequence; from the start where there is none.
        from: Option<u64>,
        /// The first sequence that is not meant; no end where there is none.
        below: Option<u64>,
    },
}

impl Releases {
    /// Whether a release is among them.
    pub fn contain(self, of: usize, sequence: u64) -> bool {
        match self {
            Releases::All => true,
            Releases::Line { line, from, below } => {
                line == of && from.is_none_or(|f| f <= sequence) && below.is_none_or(|b| sequence < b)
            }
        }
    }
}

/// What a statement says of one vulnerability in releases by line and sequence. Such a statement never closes anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Foretold {
    /// The id it uses.
    pub id: usize,
    /// The releases.
    pub releases: Releases,
    /// The status.
    pub word: Open,
    /// When it was issued, unix seconds.
    pub time: u64,
}

/// The states that a release applies to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppliesTo {
    /// Every state of a line and feature level below a security level.
    Line {
        /// The line.
        line: usize,
        /// The feature level.
        feature_level: u64,
        /// The security level.
        below: u64,
    },
    /// These states.
    States(Vec<usize>),
}

/// A fix whose `affected` is `applies-to`: the states that it applies to are affected unless something else says what
/// they are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assumed {
    /// The id it uses.
    pub id: usize,
    /// The states.
    pub applies_to: AppliesTo,
    /// When it was issued, unix seconds.
    pub time: u64,
}

/// The aliases that one statement gives an id.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AliasSet {
    /// The id.
    pub id: usize,
    /// Other ids of the same vulnerability; empty where the statement has the id without any.
    pub aliases: Vec<usize>,
    /// When it was issued, unix seconds.
    pub time: u64,
}

/// Everything that is known. The order of the lists matters in one way: of statements with equal time and equal words the
/// last counts as the source.
#[derive(Debug, Clone, Default)]
pub struct Known {
    /// How many ids there are. An id is a number below this.
    pub ids: usize,
    /// The states.
    pub states: Vec<State>,
    /// Own words of states.
    pub said: Vec<Said>,
    /// Statements about releases by line and sequence.
    pub foretold: Vec<Foretold>,
    /// Fixes for every state they apply to.
    pub assumed: Vec<Assumed>,
    /// Words that nobody signed. They count only where nothing else decides, so they close nothing that a statement says is
    /// open. An open one can be an own word with time 0.
    pub declared: Vec<Said>,
    /// Aliases.
    pub aliases: Vec<AliasSet>,
}
