//! Where the bytes of a file are: extents in a tree, or lists of blocks in three stages.

use super::{FileSystem, Inode};
use crate::error::{OrUnread, Result, unread};
use crate::fields::{le16, le32, narrow};

/// What begins a node of a tree of extents.
const MAGIC: u16 = 0xf30a;

/// Trees of extents are no deeper.
const DEPTH: u16 = 5;

/// Blocks that are named in the inode itself.
const DIRECT: usize = 12;

/// A stretch of a file.
pub(super) enum Run {
    /// Zeros that are not stored.
    Hole(u64),
    /// Where it is in the image, and its length.
    Stored(u64, u64),
}

/// A file on its way: how much of it was handed out.
struct Walk<'w, 'i> {
    fs: &'w FileSystem<'i>,
    at: u64,
    size: u64,
    take: &'w mut dyn FnMut(Run) -> Result<()>,
}

impl FileSystem<'_> {
    /// Hands out the stretches of a file in order, to its end.
    pub(super) fn runs(&self, inode: &Inode, take: &mut dyn FnMut(Run) -> Result<()>) -> Result<()> {
        let mut walk = Walk { fs: self, at: 0, size: inode.size, take };
        if inode.has_extents()? {
            walk.extents(inode.map()?, DEPTH)?;
        } else {
            let per_block = self.block.checked_div(4).unwrap_or(0);
            for (index, place) in inode.map()?.chunks_exact(4).enumerate() {
                let stage = u32::try_from(index.saturating_sub(DIRECT.saturating_sub(1))).unwrap_or(0);
                walk.list(u64::from(le32(place, 0)?), stage, per_block)?;
            }
        }
        let size = walk.size;
        walk.hole_to(size)
    }
}

impl Walk<'_, '_> {
    fn hole_to(&mut self, end: u64) -> Result<()> {
        let length = end.min(self.size).saturating_sub(self.at);
        self.at = self.at.saturating_add(length);
        if length > 0 { (self.take)(Run::Hole(length)) } else { Ok(()) }
    }

    /// Hands out `count` blocks from `block` on.
    fn stored(&mut self, block: u64, count: u64) -> Result<()> {
        if block.checked_add(count).is_none_or(|end| end > self.fs.blocks) {
            return unread("a missing block");
        }
        let length = count.saturating_mul(self.fs.block).min(self.size.saturating_sub(self.at));
        self.at = self.at.saturating_add(length);
        let at = block.saturating_mul(self.fs.block);
        if length > 0 { (self.take)(Run::Stored(at, length)) } else { Ok(()) }
    }

    /// A node of a tree of extents. Its depth falls with each step down, and every leaf takes the file
    /// further, so that no tree goes on for ever.
    fn extents(&mut self, node: &[u8], below: u16) -> Result<()> {
        let (count, depth) = (le16(node, 2)?, le16(node, 6)?);
        let empty = count == 0 && below < DEPTH;
        if le16(node, 0)? != MAGIC || depth > below || empty {
            return unread("an inconsistent extent tree");
        }
        let entries = node.get(12..).unwrap_or_default().chunks_exact(12);
        if usize::from(count) > entries.len() {
            return unread("an inconsistent extent tree");
        }
        for entry in entries.take(usize::from(count)) {
            // What is set aside behind the end of a file is not in it.
            if self.at >= self.size {
                return Ok(());
            }
            let first = u64::from(le32(entry, 0)?).saturating_mul(self.fs.block);
            if depth > 0 {
                let high = u64::from(le16(entry, 8)?).checked_shl(32).unwrap_or(0);
                let node = self.block(high | u64::from(le32(entry, 4)?))?;
                let below = depth.checked_sub(1).or_unread("an inconsistent extent tree")?;
                self.extents(&node, below)?;
                continue;
            }
            if first < self.at || le16(entry, 4)? == 0 {
                return unread("extents out of order");
            }
            self.hole_to(first)?;
            let high = u64::from(le16(entry, 6)?).checked_shl(32).unwrap_or(0);
            let (length, start) = (le16(entry, 4)?, high | u64::from(le32(entry, 8)?));
            match length.checked_sub(0x8000) {
                // Set aside, and never written.
                Some(length @ 1..) => {
                    let length = u64::from(length).saturating_mul(self.fs.block);
                    self.hole_to(first.saturating_add(length))?;
                }
                _ => self.stored(start, u64::from(length))?,
            }
        }
        Ok(())
    }

    /// A block of the file, or a list of blocks, of lists, of lists of lists.
    fn list(&mut self, block: u64, stage: u32, per_block: u64) -> Result<()> {
        if self.at >= self.size {
            return Ok(());
        }
        match (block, stage) {
            (0, _) => {
                let span = per_block.saturating_pow(stage).saturating_mul(self.fs.block);
                self.hole_to(self.at.saturating_add(span))
            }
            (_, 0) => self.stored(block, 1),
            _ => {
                for place in self.block(block)?.chunks_exact(4) {
                    self.list(u64::from(le32(place, 0)?), stage.saturating_sub(1), per_block)?;
                }
                Ok(())
            }
        }
    }

    fn block(&self, block: u64) -> Result<Vec<u8>> {
        let at = block.checked_mul(self.fs.block).filter(|_| block < self.fs.blocks);
        self.fs.image.bytes(at.or_unread("a missing block")?, narrow(self.fs.block))
    }
}
