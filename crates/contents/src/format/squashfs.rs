//! squashfs 4.0 with gzip, xz, zstd or lz4: superblock, directories, and the content of files.

mod attributes;
mod metadata;
mod unpack;

use crate::collect::{Collector, Content};
use crate::entry::{Entry, Kind, ROOT, join, text};
use crate::error::{Error, OrUnread, Result, unread};
use crate::fields::{le16, le32, le64, narrow, wide};
use crate::image::Image;
use attributes::Attributes;
use metadata::{Cursor, Metadata};
use std::collections::HashSet;
use unpack::Unpacker;

/// The largest block: the format has no larger one.
const BLOCK: u32 = 1 << 20;

/// The longest target of a link.
const TARGET: u32 = 4096;

/// No fragment: the last block stands among the others.
const NO_FRAGMENT: u32 = u32::MAX;

/// Where the options of the compressor are, if the flags say that there are any.
const OPTIONS: (u64, u16) = (96, 0x400);

/// What a file system is read through.
struct FileSystem<'i> {
    image: &'i Image,
    unpacker: Unpacker,
    metadata: Metadata<'i>,
    block: u32,
    inodes: u64,
    directories: u64,
    /// Where the lists of metadata blocks of owners and of fragments are, and their counts.
    ids: (u64, u32),
    fragments: (u64, u32),
    attributes: Option<Attributes>,
    /// The fragment block that was read last, by its number.
    kept: Option<(u32, Vec<u8>)>,
}

/// A file whose content is read once all names are known: in the order of fragments, so that each of
/// them, which many small files may share, is unpacked once.
struct Waiting {
    index: usize,
    at: u64,
    size: u64,
    fragment: (u32, u32),
    blocks: Cursor,
}

/// What an inode says of content.
enum Inode {
    Directory { block: u32, offset: u16, size: u32 },
    File { at: u64, size: u64, fragment: (u32, u32), blocks: Cursor },
    Other,
}

/// Lists the file system.
pub(crate) fn read(image: &Image, found: &mut Collector<'_>) -> Result<()> {
    let head = image.bytes(0, 96)?;
    if (le16(&head, 28)?, le16(&head, 30)?) != (4, 0) {
        return unread("a version of squashfs other than 4.0");
    }
    let (block, end) = (le32(&head, 12)?, le64(&head, 40)?);
    if !block.is_power_of_two() || !(4096..=BLOCK).contains(&block) {
        return unread("an invalid block size");
    }
    if end > image.size() {
        return unread("a file system larger than its image");
    }
    let unpacker = Unpacker::new(le16(&head, 20)?)?;
    let mut fs = FileSystem {
        image,
        metadata: Metadata::new(image, unpacker),
        unpacker,
        block,
        inodes: le64(&head, 64)?,
        directories: le64(&head, 72)?,
        ids: (le64(&head, 48)?, u32::from(le16(&head, 26)?)),
        fragments: (le64(&head, 80)?, le32(&head, 16)?),
        attributes: Attributes::open(image, le64(&head, 56)?)?,
        kept: None,
    };
    if le16(&head, 24)? & OPTIONS.1 != 0 {
        fs.metadata.read(&mut Cursor { block: OPTIONS.0, offset: 0 }, 1)?;
    }
    let (root, inode) = fs.inode(ROOT.into(), le64(&head, 32)?)?;
    found.add(root)?;
    let mut open = vec![(ROOT.to_owned(), inode)];
    let mut seen = HashSet::new();
    let mut inodes = HashSet::from([le64(&head, 32)?]);
    let mut waiting = Vec::new();
    while let Some((path, inode)) = open.pop() {
        let Inode::Directory { block, offset, size } = inode else {
            return unread("a root that is not a directory");
        };
        for (name, reference) in fs.directory(block, offset, size, found)? {
            let (entry, inode) = fs.inode(join(&path, &name), reference)?;
            inodes.insert(reference);
            match inode {
                Inode::Directory { .. } if !seen.insert(reference) => {
                    return unread("a directory that is listed twice");
                }
                Inode::Directory { .. } => open.push((entry.path.clone(), inode)),
                Inode::File { at, size, fragment, blocks } => {
                    waiting.push(Waiting { index: found.entries.len(), at, size, fragment, blocks });
                }
                Inode::Other => {}
            }
            found.add(entry)?;
        }
    }
    waiting.sort_by_key(|file| (file.fragment, file.at));
    for file in waiting {
        let path = found.entries.get(file.index).map_or_else(String::new, |entry| entry.path.clone());
        let copy = found.copy(&path, file.size)?;
        let mut content = found.content();
        content.copy = copy;
        fs.content(file.at, file.size, file.fragment, file.blocks, &mut content)?;
        let mut done = content.finish();
        if let Some(copy) = done.copy.take() {
            found.keep(file.index, Image::file(copy).map_err(Error::Scratch)?);
        }
        if let Some(entry) = found.entries.get_mut(file.index) {
            done.into(entry);
        }
    }
    fs.exported(le64(&head, 88)?, le32(&head, 4)?, &inodes, found)?;
    found.behind(image, end)
}

impl FileSystem<'_> {
    /// Reads an inode by its reference: the block it is in, and its place there.
    fn inode(&mut self, path: String, reference: u64) -> Result<(Entry, Inode)> {
        let block = self.inodes.checked_add(reference.checked_shr(16).unwrap_or(0));
        let block = block.or_unread("a missing inode")?;
        let mut at = Cursor { block, offset: narrow(reference & 0xffff) };
        let head = self.metadata.read(&mut at, 16)?;
        let word = le16(&head, 0)?;
        let mut entry = Entry::new(path, kind(word)?);
        entry.mode = Some(u32::from(le16(&head, 2)?) & 0o7777);
        entry.owner = Some((self.id(le16(&head, 4)?)?, self.id(le16(&head, 6)?)?));
        let mut own = attributes::NONE;
        let mut body = |length| self.metadata.read(&mut at, length);
        let inode = match word {
            1 => {
                let b = body(16)?;
                let (block, offset) = (le32(&b, 0)?, le16(&b, 10)?);
                Inode::Directory { block, offset, size: u32::from(le16(&b, 8)?) }
            }
            8 => {
                let b = body(24)?;
                own = le32(&b, 20)?;
                Inode::Directory { block: le32(&b, 8)?, offset: le16(&b, 18)?, size: le32(&b, 4)? }
            }
            2 => {
                let b = body(16)?;
                let (start, size) = (u64::from(le32(&b, 0)?), u64::from(le32(&b, 12)?));
                Inode::File { at: start, size, fragment: (le32(&b, 4)?, le32(&b, 8)?), blocks: at }
            }
            9 => {
                let b = body(40)?;
                own = le32(&b, 36)?;
                let fragment = (le32(&b, 28)?, le32(&b, 32)?);
                Inode::File { at: le64(&b, 0)?, size: le64(&b, 8)?, fragment, blocks: at }
            }
            3 | 10 => {
                let size = le32(&body(8)?, 4)?;
                if size > TARGET {
                    return unread("a link of more than 4096 bytes");
                }
                entry.target = Some(text(&body(narrow(u64::from(size)))?));
                if word == 10 {
                    own = le32(&body(4)?, 0)?;
                }
                Inode::Other
            }
            4 | 5 | 11 | 12 => {
                let device = le32(&body(8)?, 4)?;
                let high = device.checked_shr(12).unwrap_or(0) & 0xfff00;
                entry.device = Some((device.checked_shr(8).unwrap_or(0) & 0xfff, (device & 0xff) | high));
                if word > 8 {
                    own = le32(&body(4)?, 0)?;
                }
                Inode::Other
            }
            13 | 14 => {
                own = le32(&body(8)?, 4)?;
                Inode::Other
            }
            _ => Inode::Other,
        };
        if own != attributes::NONE {
            let table = self.attributes.as_mut().or_unread("attributes without a table")?;
            entry.attributes = table.set(self.image, &mut self.metadata, own)?;
        }
        Ok((entry, inode))
    }

    /// The user or group of this index.
    fn id(&mut self, index: u16) -> Result<u32> {
        let bytes = self.looked_up(self.ids, u32::from(index), 4)?;
        le32(&bytes, 0)
    }

    /// Item `index` of a table whose items of `size` bytes stand in metadata blocks of 8 KiB, and whose
    /// list of those blocks is at `table`.
    fn looked_up(&mut self, (table, count): (u64, u32), index: u32, size: u64) -> Result<Vec<u8>> {
        if index >= count {
            return unread("an index outside its table");
        }
        let at = u64::from(index).saturating_mul(size);
        let list = table.checked_add(at.checked_div(metadata::BLOCK).unwrap_or(0).saturating_mul(8));
        let block = le64(&self.image.bytes(list.or_unread("a missing table")?, 8)?, 0)?;
        let offset = at.checked_rem(metadata::BLOCK).unwrap_or(0);
        self.metadata.read(&mut Cursor { block, offset: narrow(offset) }, narrow(size))
    }

    /// Names in a directory, and the references of their inodes.
    fn directory(
        &mut self,
        block: u32,
        offset: u16,
        size: u32,
        found: &Collector<'_>,
    ) -> Result<Vec<(Vec<u8>, u64)>> {
        let block = self.directories.checked_add(u64::from(block)).or_unread("a missing directory")?;
        let mut at = Cursor { block, offset: usize::from(offset) };
        // Three bytes more than there are, for `.` and `..`, which are not written.
        let mut left = size.saturating_sub(3);
        let mut names = Vec::new();
        let ends = "a directory that ends too early";
        while left > 0 {
            found.room(names.len())?;
            left = left.checked_sub(12).or_unread(ends)?;
            let head = self.metadata.read(&mut at, 12)?;
            let (count, start) = (le32(&head, 0)?, u64::from(le32(&head, 4)?));
            if count >= 256 {
                return unread("more than 256 names under one header");
            }
            for _ in 0..=count {
                let head = self.metadata.read(&mut at, 8)?;
                let length = u32::from(le16(&head, 6)?).saturating_add(1);
                left = left.checked_sub(length.saturating_add(8)).or_unread(ends)?;
                let name = self.metadata.read(&mut at, narrow(u64::from(length)))?;
                if name.contains(&b'/') || name.contains(&0) || matches!(name.as_slice(), b"." | b"..") {
                    return unread("an invalid name");
                }
                let shifted = start.checked_shl(16).unwrap_or(0);
                names.push((name, shifted | u64::from(le16(&head, 0)?)));
            }
        }
        Ok(names)
    }

    /// Hands out the content of a file: whole blocks, then the end, which may be in a fragment.
    fn content(
        &mut self,
        mut at: u64,
        size: u64,
        (fragment, offset): (u32, u32),
        mut blocks: Cursor,
        content: &mut Content<'_, '_>,
    ) -> Result<()> {
        let block = u64::from(self.block);
        let mut left = size;
        while left >= block || (left > 0 && fragment == NO_FRAGMENT) {
            let length = left.min(block);
            let stored = le32(&self.metadata.read(&mut blocks, 4)?, 0)?;
            match stored & 0x00ff_ffff {
                0 => content.zeros(length)?,
                n => {
                    let bytes = self.stored(at, stored)?;
                    if wide(bytes.len()) != length {
                        return unread("a block with a length other than its file says");
                    }
                    content.write(&bytes)?;
                    at = at.checked_add(u64::from(n)).or_unread("a missing block")?;
                }
            }
            left = left.saturating_sub(length);
        }
        if left == 0 {
            return Ok(());
        }
        let from = narrow(u64::from(offset));
        let shared = self.fragment(fragment)?;
        let bytes = shared.get(from..).and_then(|rest| rest.get(..narrow(left)));
        content.write(bytes.or_unread("a fragment that ends too early")?)
    }

    /// A block of data: its stored length, and a bit that says whether it is stored as it is.
    fn stored(&self, at: u64, stored: u32) -> Result<Vec<u8>> {
        let length = stored & 0x00ff_ffff;
        if length > self.block.saturating_mul(2) {
            return unread("a block longer than the block size");
        }
        let bytes = self.image.bytes(at, narrow(u64::from(length)))?;
        match stored & 0x0100_0000 {
            0 => self.unpacker.unpack(&bytes, narrow(u64::from(self.block))),
            _ => Ok(bytes),
        }
    }

    /// A fragment block.
    fn fragment(&mut self, index: u32) -> Result<&[u8]> {
        let entry = self.looked_up(self.fragments, index, 16)?;
        let (at, stored) = (le64(&entry, 0)?, le32(&entry, 8)?);
        if self.kept.as_ref().is_none_or(|(kept, _)| *kept != index) {
            self.kept = Some((index, self.stored(at, stored)?));
        }
        self.kept.as_ref().map(|(_, bytes)| bytes.as_slice()).or_unread("a missing fragment")
    }

    /// Reads the table that leads from numbers to inodes, for those who share files by NFS: it says
    /// nothing if it names no other inodes than the directories do.
    fn exported(&mut self, at: u64, count: u32, inodes: &HashSet<u64>, found: &Collector<'_>) -> Result<()> {
        if at == u64::MAX {
            return Ok(());
        }
        for index in 0..count {
            found.look()?;
            let reference = le64(&self.looked_up((at, count), index, 8)?, 0)?;
            if !inodes.contains(&reference) {
                return unread("an inode that is in no directory");
            }
        }
        Ok(())
    }
}

/// The kind of an inode; each has a short and a long form.
fn kind(word: u16) -> Result<Kind> {
    Ok(match word {
        1 | 8 => Kind::Directory,
        2 | 9 => Kind::File,
        3 | 10 => Kind::Symlink,
        4 | 11 => Kind::BlockDevice,
        5 | 12 => Kind::CharDevice,
        6 | 13 => Kind::Fifo,
        7 | 14 => Kind::Socket,
        _ => return unread("a file of an unknown type"),
    })
}
