//! How an image is listed: limits, the folder for temporary files, a flag to stop.

use crate::fields::narrow;
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// How much is read. An image that goes beyond a limit counts as unread.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// The number of entries.
    pub entries: usize,
    /// Bytes of all paths, link targets and attributes, which are held in memory.
    pub paths: usize,
    /// Bytes of all content, which take time to hash.
    pub content: u64,
    /// Bytes that an image decompresses to, which take room in a temporary file.
    pub decoded: u64,
}

impl Limits {
    /// The limits for an image that takes `stored` bytes where it is stored, so that a few kilobytes cannot
    /// take gigabytes of memory or disk. Real file systems store about a thousand bytes a file, and
    /// compress to a fifth.
    pub fn for_stored(stored: u64) -> Limits {
        let most = Limits::default();
        let entries = narrow(stored.checked_div(64).unwrap_or(0)).saturating_add(1 << 16);
        let paths = narrow(stored).saturating_mul(4).saturating_add(8 << 20);
        Limits {
            entries: entries.min(most.entries),
            paths: paths.min(most.paths),
            content: most.content,
            decoded: unpacked(stored).min(most.decoded),
        }
    }
}

/// The most bytes that an image of `stored` bytes is believed to decompress to.
pub fn unpacked(stored: u64) -> u64 {
    stored.saturating_mul(256).saturating_add(64 << 20)
}

impl Default for Limits {
    /// The limits for the largest images: three times as many entries as a full desktop system has.
    fn default() -> Self {
        Limits { entries: 1 << 20, paths: 128 << 20, content: 64 << 30, decoded: 16 << 30 }
    }
}

/// How an image is listed.
pub struct ListOptions<'a> {
    /// How much is read.
    pub limits: Limits,
    /// The folder of the temporary files that compressed images are decompressed into. They have no names.
    pub scratch: &'a Path,
    /// Set by the caller to stop.
    pub interrupted: &'a AtomicBool,
}
