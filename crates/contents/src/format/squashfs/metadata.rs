//! Metadata blocks: up to 8 KiB each, behind a length of two bytes; what is in them runs on from one
//! to the next.

use super::unpack::Unpacker;
use crate::error::{OrUnread, Result, unread};
use crate::fields::{le16, narrow, wide};
use crate::image::Image;
use std::collections::HashMap;

/// What a block unpacks to, at most.
pub(super) const BLOCK: u64 = 8192;

/// How many blocks are kept unpacked: 8 MiB.
const KEPT: usize = 1024;

/// A place in metadata.
#[derive(Clone, Copy)]
pub(super) struct Cursor {
    /// Where the block begins in the image.
    pub(super) block: u64,
    /// The place in it once it is unpacked.
    pub(super) offset: usize,
}

/// Reads metadata blocks.
pub(super) struct Metadata<'i> {
    image: &'i Image,
    unpacker: Unpacker,
    /// Where it begins, where the next one begins, what is in it.
    kept: HashMap<u64, (u64, Vec<u8>)>,
    /// How many bytes may still be unpacked. A sound file system needs its tables a few times.
    left: u64,
}

impl<'i> Metadata<'i> {
    pub(super) fn new(image: &'i Image, unpacker: Unpacker) -> Self {
        let left = image.size().saturating_mul(64).saturating_add(256 << 20);
        Metadata { image, unpacker, kept: HashMap::new(), left }
    }

    /// The next `length` bytes; the caller has bounded them.
    pub(super) fn read(&mut self, at: &mut Cursor, length: usize) -> Result<Vec<u8>> {
        let mut bytes = Vec::with_capacity(length.min(narrow(BLOCK)));
        while bytes.len() < length {
            let (next, block) = self.block(at.block)?;
            let rest = block.get(at.offset..).or_unread("an offset outside its metadata block")?;
            let part = rest.get(..length.saturating_sub(bytes.len())).unwrap_or(rest);
            bytes.extend_from_slice(part);
            at.offset = at.offset.saturating_add(part.len());
            if at.offset >= block.len() && bytes.len() < length {
                if block.is_empty() {
                    return unread("an empty metadata block");
                }
                *at = Cursor { block: next, offset: 0 };
            }
        }
        Ok(bytes)
    }

    fn block(&mut self, at: u64) -> Result<(u64, &[u8])> {
        if !self.kept.contains_key(&at) {
            let head = le16(&self.image.bytes(at, 2)?, 0)?;
            let length = u64::from(head & 0x7fff);
            if length > BLOCK {
                return unread("a metadata block of more than 8 KiB");
            }
            let start = at.saturating_add(2);
            let stored = self.image.bytes(start, narrow(length))?;
            let bytes = match head & 0x8000 {
                0 => self.unpacker.unpack(&stored, narrow(BLOCK))?,
                _ => stored,
            };
            let left = self.left.checked_sub(wide(bytes.len()));
            self.left = left.or_unread("tables that are referenced too often")?;
            if self.kept.len() >= KEPT {
                self.kept.clear();
            }
            self.kept.insert(at, (start.saturating_add(wide(narrow(length))), bytes));
        }
        let kept = self.kept.get(&at).or_unread("a missing metadata block")?;
        Ok((kept.0, &kept.1))
    }
}
