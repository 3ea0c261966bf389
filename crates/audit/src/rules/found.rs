//! What the rules find in one product, and what they and the report need of each other.

use crate::finding::Finding;
use std::collections::BTreeSet;

/// What was found in one product.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    /// The longest wait for a fix, by scope and vulnerability: seconds, and the name of the state that waited.
    pub(crate) lags: Vec<(usize, usize, u64, String)>,
}

/// States that a latest-only claim lets the vendor leave behind: `(population, state)`.
pub(super) type LeftBehind = BTreeSet<(usize, usize)>;
