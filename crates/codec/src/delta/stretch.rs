//! A stretch of the map.

/// A stretch of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Stretch {
    /// Where it begins in the image.
    pub new: u64,
    /// Its length, never 0.
    pub len: u64,
    /// Where the like of it begins in the base; none for what is fresh.
    pub old: Option<u64>,
}
