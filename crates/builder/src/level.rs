//! How hard a build compresses: three names for measured pairs of level and chunk size.

/// How hard to compress. `bench/README.md` has the measurements behind the figures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Level {
    /// For every build of a working day.
    Fast,
    /// For releases.
    #[default]
    Default,
    /// For releases to large fleets: slow, and no image byte too many.
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

    /// Image bytes of a chunk. Chunks are compressed on their own; the smaller they are, the more
    /// that costs, and the higher the level, the more again.
    pub fn chunk(self) -> usize {
        match self {
            Level::Fast | Level::Default => 8 << 20,
            Level::Small => 16 << 20,
        }
    }
}
