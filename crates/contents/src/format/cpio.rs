//! cpio in the form "newc", as initramfs has it: several archives may follow each other.

use crate::collect::Collector;
use crate::entry::{self, Entry, Kind};
use crate::error::{OrUnread, Result, unread};
use crate::fields::wide;
use crate::image::Image;
use std::collections::BTreeMap;

/// A header: the magic number, then 13 numbers of 8 hex digits.
const HEADER: u64 = 110;

/// The longest name, with its end.
const NAME: u64 = 4097;

/// The longest target of a link.
const TARGET: u64 = 4096;

/// The name that ends an archive.
const TRAILER: &[u8] = b"TRAILER!!!";

/// Lists the members of all archives.
pub(crate) fn read(image: &Image, found: &mut Collector<'_>) -> Result<()> {
    let mut at = 0u64;
    loop {
        at = archive(image, at, found)?;
        // Archives are padded with zeros to whatever whoever joined them liked.
        let next = next_archive(image, at)?;
        match next {
            Some(next) => at = next,
            None => return found.behind(image, at),
        }
    }
}

/// Where the next archive begins, if only zeros stand before it.
fn next_archive(image: &Image, mut at: u64) -> Result<Option<u64>> {
    while at < image.size() {
        let length = usize::try_from(image.size().saturating_sub(at).min(4096)).unwrap_or(0);
        let ahead = image.bytes(at, length)?;
        match ahead.iter().position(|b| *b != 0) {
            None => at = at.saturating_add(wide(length)),
            Some(zeros) => {
                let start = at.saturating_add(wide(zeros));
                let magic = start.checked_add(6).is_some_and(|end| end <= image.size())
                    && matches!(image.bytes(start, 6)?.as_slice(), b"070701" | b"070702");
                return Ok(magic.then_some(start));
            }
        }
    }
    Ok(None)
}

/// Lists one archive and gives its end.
fn archive(image: &Image, mut at: u64, found: &mut Collector<'_>) -> Result<u64> {
    // Of several names of one file only the last has the content.
    let mut links: BTreeMap<(u32, u32, u32), Vec<usize>> = BTreeMap::new();
    loop {
        let header = image.bytes(at, 110)?;
        if !matches!(header.get(..6), Some(b"070701" | b"070702")) {
            return unread("a member without its magic number");
        }
        let field = |i: usize| number(&header, i);
        let (name_size, size) = (u64::from(field(11)?), u64::from(field(6)?));
        if name_size == 0 || name_size > NAME {
            return unread("a name of no length, or of more than 4096 bytes");
        }
        let name_at = at.saturating_add(HEADER);
        let mut name = image.bytes(name_at, usize::try_from(name_size).unwrap_or(0))?;
        name.truncate(name.iter().position(|b| *b == 0).unwrap_or(name.len()));
        let content_at = aligned(name_at.saturating_add(name_size));
        let end = content_at.checked_add(size).filter(|end| *end <= image.size());
        let end = end.or_unread("a member longer than the archive")?;
        if name == TRAILER {
            return Ok(end);
        }
        let mode = field(1)?;
        let kind = Kind::of_mode(mode).or_unread("a member of a type that is not known")?;
        let mut entry = Entry::new(entry::path(&name), kind);
        entry.mode = Some(mode & 0o7777);
        entry.owner = Some((field(2)?, field(3)?));
        match kind {
            Kind::Symlink if size <= TARGET => {
                entry.target =
                    Some(entry::text(&image.bytes(content_at, usize::try_from(size).unwrap_or(0))?));
                found.add(entry)?;
            }
            Kind::Symlink => return unread("a link of more than 4096 bytes"),
            Kind::File => {
                found.add_stretch(entry, image, content_at, size)?;
                if field(4)? > 1 {
                    let file = (field(0)?, field(7)?, field(8)?);
                    if size > 0 {
                        spread(found, &links.remove(&file).unwrap_or_default());
                    } else {
                        links.entry(file).or_default().push(found.entries.len().saturating_sub(1));
                    }
                }
            }
            Kind::CharDevice | Kind::BlockDevice => {
                entry.device = Some((field(9)?, field(10)?));
                found.add(entry)?;
            }
            _ => found.add(entry)?,
        }
        at = aligned(end);
    }
}

/// Gives every name of a file the content that came with the last one.
fn spread(found: &mut Collector<'_>, names: &[usize]) {
    let Some(last) = found.entries.last().cloned() else { return };
    for index in names {
        if let Some(entry) = found.entries.get_mut(*index) {
            (entry.size, entry.sha256, entry.build_id) = (last.size, last.sha256, last.build_id.clone());
        }
    }
}

/// Names and content begin at multiples of four bytes.
fn aligned(at: u64) -> u64 {
    at.checked_next_multiple_of(4).unwrap_or(u64::MAX)
}

/// The number in field `i` of a header.
fn number(header: &[u8], i: usize) -> Result<u32> {
    let at = i.saturating_mul(8).saturating_add(6);
    let digits =
        header.get(at..).and_then(|rest| rest.get(..8)).filter(|d| d.iter().all(u8::is_ascii_hexdigit));
    let digits = digits.and_then(|d| std::str::from_utf8(d).ok());
    digits.and_then(|d| u32::from_str_radix(d, 16).ok()).or_unread("a number that is none")
}
