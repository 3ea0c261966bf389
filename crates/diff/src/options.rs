//! How packages are compared.

use std::num::NonZeroUsize;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// How packages are compared.
#[derive(Debug, Clone, Copy)]
pub struct CompareOptions<'a> {
    /// How many chunks are decoded at once.
    pub jobs: NonZeroUsize,
    /// The folder of the temporary files that images are decoded into. They have no names.
    pub scratch: &'a Path,
    /// Set by the caller to stop.
    pub interrupted: &'a AtomicBool,
}
