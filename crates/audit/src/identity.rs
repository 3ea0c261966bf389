//! Names and counters of a state, whether a signed release or `history.toml` tells of it.

use pkg_format::{Id, Version};

/// Names and counters of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The scope.
    pub scope: Id,
    /// The version, for people.
    pub version: Version,
    /// The line of development.
    pub line: Id,
    /// Rises along the line; 0 where it is not known.
    pub sequence: u64,
    /// Counts what the product can do.
    pub feature_level: u64,
    /// Counts the vulnerabilities closed.
    pub security_level: u64,
    /// Counts substantial modifications.
    pub generation: u64,
}
