//! ext2, ext3 and ext4: superblock, inodes, directories.
//!
//! The crates there are do not read sparse files of ext2 and ext3, do not tell the numbers of devices,
//! and allocate by what the file system claims. Checksums are not looked at: what is read here was
//! signed as a whole, or is shown as unverified.

mod attributes;
mod blocks;
mod layout;

use crate::collect::Collector;
use crate::entry::{Entry, Kind, ROOT, join, text};
use crate::error::{OrUnread, Result, unread};
use crate::fields::{byte, le16, le32, narrow};
use crate::image::Image;
use blocks::Run;
use std::collections::HashSet;

const ROOT_INODE: u32 = 2;

/// The longest target of a link.
const TARGET: u64 = 4096;

/// Names are 255 bytes: some 200,000 of them.
const DIRECTORY: u64 = 64 << 20;

/// Features without which a reader must not read, and that are read here: names with types, extents,
/// 64 bits, groups of groups, multiple mount protection, large directories, a seed of checksums, values
/// of attributes in inodes of their own, names without case.
const READ: u32 = 0x2 | 0x40 | 0x80 | 0x200 | 0x100 | 0x4000 | 0x2000 | 0x400 | 0x20000;

/// Features without which a reader must not read, and that are not: their bits and names.
const NOT_READ: [(u32, &str); 5] = [
    (0x1, "compression"),
    (0x8, "a journal of another device"),
    (0x10, "meta_bg"),
    (0x8000, "inline_data"),
    (0x10000, "encryption"),
];

/// Features that a reader may leave alone, and that are understood here; bigalloc (0x200) and snapshots
/// are not.
const HARMLESS: u32 =
    0x1 | 0x2 | 0x4 | 0x8 | 0x10 | 0x20 | 0x40 | 0x100 | 0x400 | 0x1000 | 0x2000 | 0x4000 | 0x8000;

/// What a file system is read through.
struct FileSystem<'i> {
    image: &'i Image,
    block: u64,
    blocks: u64,
    inodes: u32,
    per_group: u32,
    inode: u64,
    /// Where the descriptors of block groups are, and how long one is.
    groups: (u64, u64),
}

/// An inode as it is stored, as far as it is looked at.
struct Inode {
    bytes: Vec<u8>,
    size: u64,
}

/// Which of the three it is, by the features that they brought.
pub(crate) fn generation(head: &[u8]) -> Result<&'static str> {
    let (compatible, incompatible) = (le32(head, 1024 + 0x5c)?, le32(head, 1024 + 0x60)?);
    Ok(match () {
        () if incompatible & 0x40 != 0 => "ext4",
        () if compatible & 0x4 != 0 => "ext3",
        () => "ext2",
    })
}

/// Lists the file system.
pub(crate) fn read(image: &Image, found: &mut Collector<'_>) -> Result<()> {
    let superblock = image.bytes(1024, 1024)?;
    let fs = FileSystem::open(image, &superblock)?;
    found.boot(&image.bytes(0, 1024)?)?;
    found.superblock(&layout::said(&superblock))?;
    let root = fs.inode(ROOT_INODE)?;
    let entry = fs.described(&root, ROOT.into())?;
    if entry.kind != Kind::Directory {
        return unread("a root that is not a directory");
    }
    found.add(entry)?;
    let mut open = vec![(ROOT.to_owned(), root)];
    let mut seen = HashSet::from([ROOT_INODE]);
    while let Some((path, directory)) = open.pop() {
        for (name, number) in fs.directory(&directory, found)? {
            let inode = fs.inode(number)?;
            let mut entry = fs.described(&inode, join(&path, &name))?;
            match entry.kind {
                Kind::File => {
                    let mut content = found.content();
                    fs.runs(&inode, &mut |run| match run {
                        Run::Hole(size) => content.zeros(size),
                        Run::Stored(at, size) => content.stretch(image, at, size),
                    })?;
                    content.done(&mut entry);
                }
                Kind::Symlink => entry.target = Some(text(&fs.target(&inode)?)),
                Kind::CharDevice | Kind::BlockDevice => entry.device = Some(inode.device()?),
                Kind::Directory if !seen.insert(number) => return unread("a directory that is listed twice"),
                Kind::Directory => open.push((entry.path.clone(), inode)),
                _ => {}
            }
            found.add(entry)?;
        }
    }
    layout::account(&fs, &superblock, found)?;
    found.behind(image, fs.block.saturating_mul(fs.blocks))
}

impl<'i> FileSystem<'i> {
    fn open(image: &'i Image, superblock: &[u8]) -> Result<Self> {
        let features = le32(superblock, 0x60)?;
        if features & 0x4 != 0 {
            return unread("a file system that was not unmounted: its journal is not replayed");
        }
        if features & !READ != 0 {
            let named = NOT_READ.iter().find(|(bit, _)| features & bit != 0).map(|(_, name)| *name);
            let named = named.map_or_else(|| format!("{:#x}", features & !READ), str::to_owned);
            return unread(format!("a file system with an unsupported feature: {named}"));
        }
        match le32(superblock, 0x64)? & !HARMLESS {
            0 => {}
            0x200 => return unread("a file system with an unsupported feature: bigalloc"),
            // Whoever mounts it deletes files first.
            0x10000 => return unread("a file system with files that are still to be deleted"),
            other => return unread(format!("a file system with an unsupported feature: {other:#x}")),
        }
        let block = 1024u64.checked_shl(le32(superblock, 0x18)?).filter(|b| (1024..=65_536).contains(b));
        let block = block.or_unread("an invalid block size")?;
        let is_64 = features & 0x80 != 0;
        let high = if is_64 { u64::from(le32(superblock, 0x150)?) } else { 0 };
        let blocks = high.checked_shl(32).unwrap_or(0) | u64::from(le32(superblock, 0x4)?);
        if block.checked_mul(blocks).is_none_or(|size| size > image.size()) {
            return unread("a file system larger than its image");
        }
        let revision = le32(superblock, 0x4c)?;
        let inode = if revision == 0 { 128 } else { u64::from(le16(superblock, 0x58)?) };
        let descriptor = if is_64 { u64::from(le16(superblock, 0xfe)?) } else { 32 };
        if !(128..=block).contains(&inode) || !(32..=1024).contains(&descriptor) {
            return unread("an invalid inode size");
        }
        let first = u64::from(le32(superblock, 0x14)?).saturating_add(1);
        Ok(FileSystem {
            image,
            block,
            blocks,
            inodes: le32(superblock, 0)?,
            per_group: le32(superblock, 0x28)?,
            inode,
            groups: (first.saturating_mul(block), descriptor),
        })
    }

    /// Where an inode is stored.
    fn place(&self, number: u32) -> Result<u64> {
        let wrong = "a missing inode";
        let index = number.checked_sub(1).filter(|i| *i < self.inodes).or_unread(wrong)?;
        let group = index.checked_div(self.per_group).or_unread(wrong)?;
        let within = index.checked_rem(self.per_group).or_unread(wrong)?;
        let (groups, length) = self.groups;
        let at = groups.saturating_add(u64::from(group).saturating_mul(length));
        let descriptor = self.image.bytes(at, narrow(length))?;
        let high = if length >= 64 { u64::from(le32(&descriptor, 0x28)?) } else { 0 };
        let table = high.checked_shl(32).unwrap_or(0) | u64::from(le32(&descriptor, 0x8)?);
        let at = table.checked_mul(self.block).or_unread(wrong)?;
        Ok(at.saturating_add(u64::from(within).saturating_mul(self.inode)))
    }

    fn inode(&self, number: u32) -> Result<Inode> {
        let bytes = self.image.bytes(self.place(number)?, narrow(self.inode))?;
        let flags = le32(&bytes, 0x20)?;
        for (flag, what) in [(0x4, "compressed"), (0x800, "encrypted"), (0x1000_0000, "kept in its inode")] {
            if flags & flag != 0 {
                return unread(format!("a file that is {what}, which is not supported"));
            }
        }
        let high = u64::from(le32(&bytes, 0x6c)?);
        let size = high.checked_shl(32).unwrap_or(0) | u64::from(le32(&bytes, 0x4)?);
        Ok(Inode { bytes, size })
    }

    /// Names in a directory, and their inodes.
    fn directory(&self, inode: &Inode, found: &Collector<'_>) -> Result<Vec<(Vec<u8>, u32)>> {
        if inode.size > DIRECTORY {
            return unread("a directory of more than 64 MiB");
        }
        let mut bytes = Vec::new();
        self.runs(inode, &mut |run| match run {
            Run::Hole(_) => unread("a directory with a hole"),
            Run::Stored(at, size) => {
                found.look()?;
                bytes.extend(self.image.bytes(at, narrow(size))?);
                Ok(())
            }
        })?;
        let mut names = Vec::new();
        for block in bytes.chunks(narrow(self.block)) {
            let mut rest = block;
            while !rest.is_empty() {
                let length = match le16(rest, 4)? {
                    // 64 KiB do not fit into 16 bits.
                    0 | u16::MAX if self.block == 65_536 => rest.len(),
                    length => usize::from(length),
                };
                let (number, name) = (le32(rest, 0)?, usize::from(byte(rest, 6)?));
                let (entry, behind) = rest
                    .split_at_checked(length)
                    .filter(|_| length >= 8)
                    .or_unread("an inconsistent directory")?;
                rest = behind;
                let name =
                    entry.get(8..).and_then(|e| e.get(..name)).or_unread("a name outside its entry")?;
                if number == 0 || name == b"." || name == b".." {
                    continue;
                }
                if name.is_empty() || name.contains(&b'/') || name.contains(&0) {
                    return unread("an invalid name");
                }
                names.push((name.to_vec(), number));
                found.room(names.len())?;
            }
        }
        Ok(names)
    }

    /// Where a link leads: short ones stand where the places of blocks are.
    fn target(&self, inode: &Inode) -> Result<Vec<u8>> {
        if inode.size > TARGET {
            return unread("a link of more than 4096 bytes");
        }
        let short = inode.map()?.get(..narrow(inode.size)).filter(|target| target.len() < 60);
        if let Some(target) = short {
            return Ok(target.to_vec());
        }
        let mut bytes = Vec::new();
        self.runs(inode, &mut |run| match run {
            Run::Hole(_) => unread("a link with a hole"),
            Run::Stored(at, size) => {
                bytes.extend(self.image.bytes(at, narrow(size))?);
                Ok(())
            }
        })?;
        Ok(bytes)
    }
}

impl FileSystem<'_> {
    fn described(&self, inode: &Inode, path: String) -> Result<Entry> {
        let mode = le16(&inode.bytes, 0)?;
        let kind = Kind::from_mode(u32::from(mode)).or_unread("a file of an unknown type")?;
        let id = |low, high| -> Result<u32> {
            let high = u32::from(le16(&inode.bytes, high)?).checked_shl(16).unwrap_or(0);
            Ok(high | u32::from(le16(&inode.bytes, low)?))
        };
        let mut entry = Entry::new(path, kind);
        entry.mode = Some(u32::from(mode) & 0o7777);
        entry.owner = Some((id(0x2, 0x78)?, id(0x18, 0x7a)?));
        entry.attributes = self.attributes(inode)?;
        Ok(entry)
    }
}

impl Inode {
    /// Whether its blocks are found through extents, and not through lists of blocks.
    fn has_extents(&self) -> Result<bool> {
        Ok(le32(&self.bytes, 0x20)? & 0x8_0000 != 0)
    }

    /// Where its blocks are.
    fn map(&self) -> Result<&[u8]> {
        self.bytes.get(0x28..0x64).or_unread("an inode that ends too early")
    }

    /// Major and minor number, in the old form or in the new one.
    fn device(&self) -> Result<(u32, u32)> {
        let (old, new) = (le32(self.map()?, 0)?, le32(self.map()?, 4)?);
        let shifted = |by| new.checked_shr(by).unwrap_or(0);
        Ok(match old {
            0 => (shifted(8) & 0xfff, (new & 0xff) | (shifted(12) & 0xfff00)),
            old => (old.checked_shr(8).unwrap_or(0) & 0xff, old & 0xff),
        })
    }
}
