//! Compression levels: three names for measured pairs of Zstandard level and chunk size, and for the effort that goes into
//! a delta.

use pkg_codec::delta::Effort;

/// How hard to compress. The measurements are in `bench/README.md`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// For everyday builds.
    Fast,
    /// For releases.
    #[default]
    Default,
    /// For releases to large fleets: slowest, smallest.
    Small,
}

impl Level {
    /// The Zstandard level.
    pub fn zstd(self) -> i32 {
        match self {
            Level::Fast => 9,
            Level::Default => 11,
            Level::Small => 19,
        }
    }

    /// The effort that goes into a delta.
    pub fn effort(self) -> Effort {
        match self {
            Level::Fast => Effort::Fast,
            Level::Default => Effort::Default,
            Level::Small => Effort::Small,
        }
    }

    /// Image bytes of a chunk. Each chunk is compressed on its own, which makes packages larger the smaller the chunks
    /// are, and the higher the level is.
    pub fn chunk(self) -> usize {
        match self {
            Level::Fast | Level::Default => 8 << 20,
            Level::Small => 16 << 20,
        }
    }
}
