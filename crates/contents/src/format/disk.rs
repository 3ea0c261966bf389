//! A disk with partitions, by GPT or MBR: each partition is listed as the image that it holds, under `p1`,
//! `p2` and so on. What lies between partitions is space that nothing uses, and is compared as such.

use super::read as read_part;
use crate::collect::Collector;
use crate::entry::{Entry, Kind, ROOT};
use crate::error::{OrUnread, Result, Stop, unread};
use crate::fields::{byte, le16, le32, le64, narrow};
use crate::image::Image;

const SECTOR: u64 = 512;

/// Where the table of an MBR is, and where it ends.
const TABLE: std::ops::Range<usize> = 446..510;

/// The most entries of a GPT: eight times what tools write.
const ENTRIES: u32 = 1024;

/// A partition: number, first sector, sectors.
struct Partition {
    number: usize,
    first: u64,
    count: u64,
}

/// Which table the disk has, by its first sectors.
pub(crate) fn kind(head: &[u8], size: u64) -> Option<&'static str> {
    let mark = le16(head, 510).ok()? == 0xaa55;
    if mark && head.get(512..520) == Some(b"EFI PART") {
        return Some("gpt");
    }
    let entries = head.get(TABLE)?;
    // Boot code ends as tables do: everything must make sense.
    let sound = |e: &[u8]| {
        let (flag, kind) = (byte(e, 0).ok()?, byte(e, 4).ok()?);
        let (first, count) = (u64::from(le32(e, 8).ok()?), u64::from(le32(e, 12).ok()?));
        let fits = first > 0 && count > 0 && first.saturating_add(count).saturating_mul(SECTOR) <= size;
        Some(matches!(flag, 0 | 0x80) && (fits || (kind == 0 && count == 0)))
    };
    let used = entries.chunks_exact(16).any(|e| byte(e, 4).is_ok_and(|kind| kind != 0));
    (mark && used && entries.chunks_exact(16).all(|e| sound(e) == Some(true))).then_some("mbr")
}

/// Lists what the partitions hold.
pub(crate) fn read(
    image: &Image,
    found: &mut Collector<'_>,
    formats: &mut Vec<&'static str>,
    depth: usize,
) -> Result<()> {
    let head = image.bytes(0, 512)?;
    // What is behind the code is a random number.
    found.boot(head.get(..440).unwrap_or_default())?;
    let table = head.get(TABLE).or_unread("no partition table")?;
    let mut said = table.to_vec();
    let partitions = match formats.last() {
        Some(&"gpt") => gpt(image, &mut said)?,
        _ => mbr(table)?,
    };
    found.table(&said)?;
    let outer = found.prefix().map(str::to_owned);
    for Partition { number, first, count } in partitions {
        let (at, size) = (first.saturating_mul(SECTOR), count.saturating_mul(SECTOR));
        let inner = image.part(at, size).or_unread("a partition past the end of the disk")?;
        let name = outer.as_ref().map_or_else(|| format!("p{number}"), |outer| format!("{outer}/p{number}"));
        let before = found.entries.len();
        found.under(Some(name));
        match read_part(&inner, found, &mut Vec::new(), depth) {
            Err(Stop::Unread(_)) => {
                // It counts as bytes, which a fix must name if they differ.
                found.entries.truncate(before);
                found.add_stretch(Entry::new(ROOT.into(), Kind::Unknown), &inner, 0, inner.size())?;
            }
            other => other?,
        }
        image.mark(at, size)?;
    }
    found.under(outer);
    Ok(())
}

fn mbr(table: &[u8]) -> Result<Vec<Partition>> {
    let mut partitions = Vec::new();
    for (index, entry) in table.chunks_exact(16).enumerate() {
        if byte(entry, 4)? != 0 {
            let (first, count) = (u64::from(le32(entry, 8)?), u64::from(le32(entry, 12)?));
            partitions.push(Partition { number: index.saturating_add(1), first, count });
        }
    }
    Ok(partitions)
}

/// Reads a GPT and its copy; types, places, attributes and names go into `said`, random numbers do not.
fn gpt(image: &Image, said: &mut Vec<u8>) -> Result<Vec<Partition>> {
    let header = image.bytes(SECTOR, 92)?;
    let (start, count, size) = (le64(&header, 72)?, le32(&header, 80)?, le32(&header, 84)?);
    if count > ENTRIES || !(128..=1024).contains(&size) {
        return unread("a partition table of an invalid size");
    }
    let length = narrow(u64::from(count).saturating_mul(u64::from(size)));
    let entries = image.bytes(start.saturating_mul(SECTOR), length)?;
    copy(image, le64(&header, 32)?, &header, &entries)?;
    let mut partitions = Vec::new();
    for (index, entry) in entries.chunks_exact(narrow(u64::from(size))).enumerate() {
        if entry.get(..16).is_none_or(|kind| kind.iter().all(|b| *b == 0)) {
            continue;
        }
        said.extend(crate::fields::wide(index).to_le_bytes());
        said.extend(entry.get(..16).into_iter().chain(entry.get(32..)).flatten());
        let (first, last) = (le64(entry, 32)?, le64(entry, 40)?);
        let count = last.checked_sub(first).and_then(|n| n.checked_add(1)).or_unread("an empty partition")?;
        partitions.push(Partition { number: index.saturating_add(1), first, count });
    }
    Ok(partitions)
}

/// The copy at the end of the disk says nothing if it is one; else it stays a stretch that is compared.
fn copy(image: &Image, sector: u64, first: &[u8], entries: &[u8]) -> Result<()> {
    let at = sector.saturating_mul(SECTOR);
    let there = image.part(at, 92).zip(image.part(at.saturating_sub(crate::fields::wide(entries.len())), 0));
    if there.is_none() {
        return Ok(());
    }
    let quiet = image.untracked();
    let header = quiet.bytes(at, 92)?;
    let start = le64(&header, 72)?.saturating_mul(SECTOR);
    let same = header.get(..8) == Some(b"EFI PART") && header.get(80..92) == first.get(80..92);
    if same
        && quiet.part(start, crate::fields::wide(entries.len())).is_some()
        && quiet.bytes(start, entries.len())? == entries
    {
        image.mark(at, 92)?;
        image.mark(start, crate::fields::wide(entries.len()))?;
    }
    Ok(())
}
