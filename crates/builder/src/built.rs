//! What a build reports about each package.

use pkg_files::AtomicFile;
use pkg_format::{Digest, Version};
use std::path::PathBuf;
use std::time::Duration;

/// The outcome for one package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PackageOutcome {
    /// It was written, and is signed.
    Signed,
    /// It was written. No device accepts it until it is signed.
    Unsigned,
    /// It was not kept: the delta is not smaller than the full package.
    NotSmaller,
    /// It was not kept: decoding it takes this many bytes of memory, more than devices allow (POL-1).
    NeedsMemory(u64),
}

/// A package that was made.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct Built {
    /// Where it is, or would be.
    pub path: PathBuf,
    /// `full`, `delta`, `notice` or `withdrawal`.
    pub kind: &'static str,
    /// The version that a delta starts from.
    pub base: Option<Version>,
    /// Its size in bytes.
    pub size: u64,
    /// The size of the full package of the same release, in bytes; 0 for a notice or a withdrawal.
    pub full_size: u64,
    /// Whether it was kept, and is signed.
    pub outcome: PackageOutcome,
    /// Whether a file with the same bytes was there already.
    pub unchanged: bool,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// How long it took.
    pub took: Duration,
}

/// A package that was made, and its file; no file if the package is not kept.
pub(crate) type Made = (Built, Option<AtomicFile>);
