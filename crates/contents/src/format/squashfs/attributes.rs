//! Extended attributes: a table of sets, and metadata blocks of names and values.

use super::metadata::{BLOCK, Cursor, Metadata};
use crate::entry::{text, value};
use crate::error::{OrUnread, Result, unread};
use crate::fields::{le16, le32, le64, narrow};
use crate::image::Image;
use std::collections::{BTreeMap, HashMap};

/// No attributes.
pub(super) const NONE: u32 = u32::MAX;

/// The most attributes of one file, and the longest value: Linux takes no longer one.
const SET: u32 = 1024;
const VALUE: u32 = 64 << 10;

/// How many sets are kept read: files of one kind share theirs.
const KEPT: usize = 256;

/// Where attributes are.
pub(super) struct Attributes {
    /// Where the list of blocks of the table of sets is, and how many sets there are.
    list: u64,
    count: u32,
    /// Where names and values begin.
    start: u64,
    kept: HashMap<u32, BTreeMap<String, String>>,
}

impl Attributes {
    /// Reads the head of the table; none where there is none.
    pub(super) fn open(image: &Image, at: u64) -> Result<Option<Attributes>> {
        if at == u64::MAX {
            return Ok(None);
        }
        let head = image.bytes(at, 16)?;
        let (start, count) = (le64(&head, 0)?, le32(&head, 8)?);
        Ok(Some(Attributes { list: at.saturating_add(16), count, start, kept: HashMap::new() }))
    }

    /// The attributes in set `index`.
    pub(super) fn set(
        &mut self,
        image: &Image,
        metadata: &mut Metadata<'_>,
        index: u32,
    ) -> Result<BTreeMap<String, String>> {
        if let Some(kept) = self.kept.get(&index) {
            return Ok(kept.clone());
        }
        if index >= self.count {
            return unread("attributes outside their table");
        }
        let at = u64::from(index).saturating_mul(16);
        let list = self.list.saturating_add(at.checked_div(BLOCK).unwrap_or(0).saturating_mul(8));
        let block = le64(&image.bytes(list, 8)?, 0)?;
        let offset = narrow(at.checked_rem(BLOCK).unwrap_or(0));
        let set = metadata.read(&mut Cursor { block, offset }, 16)?;
        let (mut place, count) = (self.place(le64(&set, 0)?)?, le32(&set, 8)?);
        if count > SET {
            return unread("more than 1024 attributes of one file");
        }
        let mut all = BTreeMap::new();
        for _ in 0..count {
            let head = metadata.read(&mut place, 4)?;
            let (kind, length) = (le16(&head, 0)?, le16(&head, 2)?);
            let space = match kind & 0xff {
                0 => "user.",
                1 => "trusted.",
                2 => "security.",
                _ => return unread("an attribute of an unknown kind"),
            };
            let name = metadata.read(&mut place, usize::from(length))?;
            let mut size = le32(&metadata.read(&mut place, 4)?, 0)?;
            let bytes = match kind & 0x100 {
                0 => metadata.read(&mut place, narrow(u64::from(bounded(size)?)))?,
                // The value stands elsewhere.
                _ => {
                    let reference = le64(&metadata.read(&mut place, 8)?, 0)?;
                    let mut other = self.place(reference)?;
                    size = le32(&metadata.read(&mut other, 4)?, 0)?;
                    metadata.read(&mut other, narrow(u64::from(bounded(size)?)))?
                }
            };
            all.insert(format!("{space}{}", text(&name)), value(&bytes));
        }
        if self.kept.len() >= KEPT {
            self.kept.clear();
        }
        self.kept.insert(index, all.clone());
        Ok(all)
    }

    fn place(&self, reference: u64) -> Result<Cursor> {
        let block = self.start.checked_add(reference.checked_shr(16).unwrap_or(0));
        Ok(Cursor { block: block.or_unread("a missing attribute")?, offset: narrow(reference & 0xffff) })
    }
}

fn bounded(size: u32) -> Result<u32> {
    if size > VALUE { unread("an attribute of more than 64 KiB") } else { Ok(size) }
}
