//! A stretch of the map, and how places are kept.

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

/// Two places. Each takes five bytes, since maps have many: images are smaller than [`Places::MOST`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Places([u8; 10]);

impl Places {
    /// What stands for no place; images and bases have fewer bytes.
    pub(super) const MOST: u64 = (1 << 40) - 1;
    /// Bytes of memory.
    pub(super) const BYTES: u64 = 10;

    pub(super) fn new(first: u64, second: u64) -> Self {
        let [a, b, c, d, e, ..] = first.min(Self::MOST).to_le_bytes();
        let [f, g, h, i, j, ..] = second.min(Self::MOST).to_le_bytes();
        Self([a, b, c, d, e, f, g, h, i, j])
    }

    pub(super) fn first(self) -> u64 {
        let [a, b, c, d, e, ..] = self.0;
        u64::from_le_bytes([a, b, c, d, e, 0, 0, 0])
    }

    pub(super) fn second(self) -> u64 {
        let [.., f, g, h, i, j] = self.0;
        u64::from_le_bytes([f, g, h, i, j, 0, 0, 0])
    }
}
