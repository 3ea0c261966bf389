//! What a file system needs for itself and what follows from the files: copies of the superblock, bitmaps,
//! tables, room to grow, the journal. It is counted as read, so that what is left is space that nothing uses.
//!
//! A journal says nothing in a file system that was unmounted: Linux clears it before anything is read from it.

use super::FileSystem;
use super::blocks::Run;
use crate::collect::Collector;
use crate::error::Result;
use crate::fields::{le16, le32, narrow};

/// The first inodes are set aside; what of them is empty but for times and a checksum says nothing.
const RESERVED: std::ops::RangeInclusive<u32> = 1..=10;
const RESIZE: u32 = 7;

/// Parts of the superblock that are sizes, places, times, random numbers or checksums.
const NOISE: [(usize, usize); 21] = [
    (0, 0x36),
    (0x40, 0x44),
    (0x5a, 0x5c),
    (0x68, 0x78),
    (0xce, 0xd0),
    (0xd0, 0xe0),
    (0xec, 0xfc),
    (0x104, 0x108),
    (0x108, 0x10c),
    (0x10c, 0x150),
    (0x150, 0x15c),
    (0x168, 0x170),
    (0x178, 0x180),
    (0x248, 0x24c),
    (0x24c, 0x254),
    (0x258, 0x268),
    (0x270, 0x274),
    (0x274, 0x27a),
    (0x3fc, 0x400),
    // Where the journal was last: its inode says where it is.
    (0xe4, 0xe8),
    // Statistics of mounts.
    (0x176, 0x178),
];

/// A superblock without its noise.
pub(super) fn said(superblock: &[u8]) -> Vec<u8> {
    let noise = |at: usize| NOISE.iter().any(|(from, to)| (*from..*to).contains(&at));
    superblock.iter().enumerate().map(|(at, b)| if noise(at) { 0 } else { *b }).collect()
}

/// Whether this is a copy of the superblock. Tools do not say in it that all is well.
fn is_copy(copy: &[u8], superblock: &[u8]) -> bool {
    let but_state = |bytes: &[u8]| -> Vec<u8> {
        let state = |at: usize| (0x3a..0x3c).contains(&at);
        said(bytes).into_iter().enumerate().map(|(at, b)| if state(at) { 0 } else { b }).collect()
    };
    but_state(copy) == but_state(superblock)
}

/// Counts all of it as read.
pub(super) fn account(fs: &FileSystem<'_>, superblock: &[u8], found: &Collector<'_>) -> Result<()> {
    let mark = |block: u64, count: u64| {
        fs.image.mark(block.saturating_mul(fs.block), count.saturating_mul(fs.block))
    };
    let (first, per_group) = (u64::from(le32(superblock, 0x14)?), u64::from(le32(superblock, 0x20)?));
    let blocks = fs.blocks.saturating_sub(first);
    let Some(groups) = blocks.checked_add(per_group.saturating_sub(1)).and_then(|b| b.checked_div(per_group))
    else {
        return Ok(());
    };
    let (compatible, incompatible) = (le32(superblock, 0x5c)?, le32(superblock, 0x60)?);
    // With groups of groups the descriptors stand elsewhere; they stay what they are: compared.
    let descriptors = match incompatible & 0x10 {
        0 => groups.saturating_mul(fs.groups.1).div_ceil(fs.block),
        _ => 0,
    };
    let grow = u64::from(le16(superblock, 0xce)?);
    for group in 0..groups {
        found.look()?;
        let at = fs.groups.0.saturating_add(group.saturating_mul(fs.groups.1));
        let descriptor = fs.image.bytes(at, narrow(fs.groups.1))?;
        for (low, high) in [(0x0, 0x20), (0x4, 0x24)] {
            let above = if fs.groups.1 >= 64 { u64::from(le32(&descriptor, high)?) } else { 0 };
            mark(above.checked_shl(32).unwrap_or(0) | u64::from(le32(&descriptor, low)?), 1)?;
        }
        if !has_copy(superblock, compatible, group)? {
            continue;
        }
        let block = first.saturating_add(group.saturating_mul(per_group));
        if group > 0 {
            let at = block.saturating_mul(fs.block);
            let copy = fs.image.untracked();
            match copy.part(at, 1024) {
                Some(_) if is_copy(&copy.bytes(at, 1024)?, superblock) => fs.image.mark(at, 1024)?,
                _ => continue,
            }
        }
        mark(block.saturating_add(1), descriptors.saturating_add(grow))?;
    }
    inodes(fs, superblock, &mark)
}

/// Whether a group has a copy of the superblock.
fn has_copy(superblock: &[u8], compatible: u32, group: u64) -> Result<bool> {
    if compatible & 0x200 != 0 {
        let named = [le32(superblock, 0x24c)?, le32(superblock, 0x250)?];
        return Ok(group == 0 || named.iter().any(|n| u64::from(*n) == group));
    }
    if le32(superblock, 0x64)? & 0x1 == 0 {
        return Ok(true);
    }
    let power = |base: u64| {
        let mut n = base;
        while n < group {
            n = n.saturating_mul(base);
        }
        n == group
    };
    Ok(group <= 1 || [3, 5, 7].into_iter().any(power))
}

/// Inodes that no directory names and that the file system needs.
fn inodes(fs: &FileSystem<'_>, superblock: &[u8], mark: &dyn Fn(u64, u64) -> Result<()>) -> Result<()> {
    let blank = |bytes: &[u8], at| bytes.get(at).is_some_and(|m: &[u8]| m.iter().all(|b| *b == 0));
    for number in RESERVED {
        let at = fs.place(number)?;
        let bytes = fs.image.untracked().bytes(at, 128)?;
        if blank(&bytes, 0x0..0x8) && blank(&bytes, 0x28..0x64) && blank(&bytes, 0x68..0x74) {
            fs.image.mark(at, fs.inode)?;
        }
    }
    // Reading an inode counts it as read; where one has content, that is not counted.
    let resize = fs.inode(RESIZE)?;
    if resize.size > 0 {
        // Its blocks are the room to grow, behind a list of them.
        mark(u64::from(le32(resize.bytes.get(0x28..).unwrap_or_default(), 13 * 4)?), 1)?;
    }
    let orphans = match le32(superblock, 0x5c)? & 0x1000 {
        0 => 0,
        _ => le32(superblock, 0x280)?,
    };
    let journal = le32(superblock, 0xe0)?;
    for number in [journal, orphans].into_iter().filter(|n| *n > 0) {
        let inode = fs.inode(number)?;
        fs.runs(&inode, &mut |run| match run {
            Run::Stored(at, size) => fs.image.mark(at, size),
            Run::Hole(_) => Ok(()),
        })?;
    }
    Ok(())
}
