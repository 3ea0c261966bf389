//! What an inode says of rights beside mode and owner: its flags, its project, and extended attributes,
//! which stand behind its fields, in a block of their own, or in inodes of their own.

use super::blocks::Run;
use super::{FileSystem, Inode};
use crate::entry::{text, value};
use crate::error::{OrUnread, Result, unread};
use crate::fields::{byte, le16, le32, narrow, wide};
use std::collections::BTreeMap;

/// What begins attributes, behind the fields or in a block.
const MAGIC: u32 = 0xea02_0000;

/// Where entries begin in a block.
const BLOCK_HEADER: usize = 32;

/// The longest value: Linux takes no longer one.
const VALUE: u64 = 64 << 10;

/// Flags that say how an inode is stored, and nothing of rights: an index, extents, sizes in blocks.
const STORAGE: u32 = 0x1000 | 0x8_0000 | 0x4_0000 | 0x40_0000 | 0x100 | 0x200;

const FLAGS: [(u32, &str); 12] = [
    (0x8, "sync"),
    (0x10, "immutable"),
    (0x20, "append-only"),
    (0x40, "no-dump"),
    (0x80, "no-atime"),
    (0x4000, "journal-data"),
    (0x1_0000, "dirsync"),
    (0x2_0000, "top"),
    (0x10_0000, "verity"),
    (0x200_0000, "dax"),
    (0x2000_0000, "project-inherit"),
    (0x4000_0000, "casefold"),
];

impl FileSystem<'_> {
    /// The attributes of an inode.
    pub(super) fn attributes(&self, inode: &Inode) -> Result<BTreeMap<String, String>> {
        let mut all = BTreeMap::new();
        let flags = le32(&inode.bytes, 0x20)? & !STORAGE;
        if flags != 0 {
            let known = FLAGS.iter().fold(0, |known, (bit, _)| known | bit);
            let mut words: Vec<_> = FLAGS
                .iter()
                .filter(|(bit, _)| flags & bit != 0)
                .map(|(_, name)| (*name).to_owned())
                .collect();
            words.extend((flags & !known != 0).then(|| format!("{:#x}", flags & !known)));
            all.insert("flags".into(), words.join(" "));
        }
        let fields = match inode.bytes.len() {
            0..=128 => 0,
            _ => usize::from(le16(&inode.bytes, 0x80)?),
        };
        if fields >= 32 && le32(&inode.bytes, 0x9c)? != 0 {
            all.insert("project".into(), le32(&inode.bytes, 0x9c)?.to_string());
        }
        let behind = inode.bytes.get(fields.saturating_add(128)..).unwrap_or_default();
        if behind.len() >= 4 && le32(behind, 0)? == MAGIC {
            let entries = behind.get(4..).unwrap_or_default();
            self.entries(entries, entries, &mut all)?;
        }
        let high = u64::from(le16(&inode.bytes, 0x76)?).checked_shl(32).unwrap_or(0);
        let block = high | u64::from(le32(&inode.bytes, 0x68)?);
        if block != 0 {
            let at = block.checked_mul(self.block).filter(|_| block < self.blocks);
            let bytes = self.image.bytes(at.or_unread("missing attributes")?, narrow(self.block))?;
            if le32(&bytes, 0)? != MAGIC {
                return unread("an invalid attribute block");
            }
            self.entries(bytes.get(BLOCK_HEADER..).unwrap_or_default(), &bytes, &mut all)?;
        }
        Ok(all)
    }

    /// Reads entries; the places of their values count from the start of `base`.
    fn entries(&self, mut rest: &[u8], base: &[u8], all: &mut BTreeMap<String, String>) -> Result<()> {
        while rest.len() >= 4 && le32(rest, 0)? != 0 {
            let length = usize::from(byte(rest, 0)?);
            let space = match byte(rest, 1)? {
                0 => "",
                1 => "user.",
                2 => "system.posix_acl_access",
                3 => "system.posix_acl_default",
                4 => "trusted.",
                6 => "security.",
                7 => "system.",
                8 => "system.richacl",
                _ => return unread("an attribute of an unknown kind"),
            };
            let (at, number, size) = (le16(rest, 2)?, le32(rest, 4)?, u64::from(le32(rest, 8)?));
            if size > VALUE {
                return unread("an attribute of more than 64 KiB");
            }
            let name =
                rest.get(16..).and_then(|n| n.get(..length)).or_unread("an attribute that does not end")?;
            let bytes = match number {
                0 => {
                    let from = base.get(usize::from(at)..).and_then(|v| v.get(..narrow(size)));
                    from.or_unread("an attribute that does not end")?.to_vec()
                }
                number => self.value(number, size)?,
            };
            all.insert(format!("{space}{}", text(name)), value(&bytes));
            let next = length.saturating_add(16).checked_next_multiple_of(4).unwrap_or(usize::MAX);
            rest = rest.get(next..).unwrap_or_default();
        }
        Ok(())
    }

    /// A value in an inode of its own.
    fn value(&self, number: u32, size: u64) -> Result<Vec<u8>> {
        let inode = self.inode(number)?;
        if inode.size != size {
            return unread("an attribute with a length other than its entry says");
        }
        let mut bytes = Vec::new();
        self.runs(&inode, &mut |run| match run {
            Run::Hole(_) => unread("an attribute with a hole"),
            Run::Stored(at, size) => {
                bytes.extend(self.image.bytes(at, narrow(size))?);
                match wide(bytes.len()) > VALUE {
                    true => unread("an attribute of more than 64 KiB"),
                    false => Ok(()),
                }
            }
        })?;
        Ok(bytes)
    }
}
