//! cpio in the forms "newc", as initramfs has it, and "odc": several archives may follow each other.

use crate::collect::Collector;
use crate::entry::{self, Entry, Kind};
use crate::error::{OrUnread, Result, unread};
use crate::fields::wide;
use crate::format::{Format, compressed, magic};
use crate::image::Image;
use std::collections::BTreeMap;

/// Length of a header in the form "newc": the magic number, then 13 numbers of 8 hex digits.
const NEWC: usize = 110;

/// The same in the form "odc": the magic number, then 10 octal numbers.
const ODC: usize = 76;

/// The longest name, with its end.
const NAME: u64 = 4097;

/// The longest target of a link.
const TARGET: u64 = 4096;

/// The name that ends an archive.
const TRAILER: &[u8] = b"TRAILER!!!";

/// Whether a member begins here.
pub(crate) fn is(head: &[u8]) -> bool {
    [&b"070701"[..], b"070702", b"070707"].iter().any(|magic| head.starts_with(magic))
}

/// Lists the members of all archives. An initramfs may have several, the last of them compressed.
pub(crate) fn read(image: &Image, found: &mut Collector<'_>, formats: &mut Vec<&'static str>) -> Result<()> {
    let mut at = 0u64;
    loop {
        at = archive(image, at, found)?;
        // Archives are padded with zeros to whatever whoever joined them liked.
        let Some(next) = next_bytes(image, at)? else { return Ok(()) };
        let size = image.size().saturating_sub(next);
        let rest = image.part(next, size).or_unread("an offset points past the end")?;
        match Format::of(&rest)? {
            Some(Format::Cpio) => at = next,
            Some(format @ (Format::Gzip | Format::Xz | Format::Zstd)) => {
                let decoded = compressed::decode(&rest, format, found)?;
                if !matches!(Format::of(&decoded)?, Some(Format::Cpio)) {
                    return unread(format!("{} after its end that are not a cpio archive", format.as_str()));
                }
                formats.push(format.as_str());
                image.mark(next, size)?;
                let decoded = decoded.tracked();
                read(&decoded, found, formats)?;
                return found.rest(&decoded);
            }
            _ => match magic::named(&rest)? {
                Some(named) => return unread(format!("{named} after its end, which is not supported")),
                None => return found.behind(image, at),
            },
        }
    }
}

/// Where the first byte is that is not zero.
fn next_bytes(image: &Image, mut at: u64) -> Result<Option<u64>> {
    while at < image.size() {
        let length = usize::try_from(image.size().saturating_sub(at).min(4096)).unwrap_or(0);
        let ahead = image.untracked().bytes(at, length)?;
        match ahead.iter().position(|b| *b != 0) {
            None => at = at.saturating_add(wide(length)),
            Some(zeros) => return Ok(Some(at.saturating_add(wide(zeros)))),
        }
    }
    Ok(None)
}

/// What a header says, in either form.
struct Header {
    /// Device, major and minor, and inode: what tells that two names are of one file.
    file: (u32, u32, u32),
    mode: u32,
    owner: (u32, u32),
    links: u32,
    size: u64,
    device: (u32, u32),
    name: u64,
    /// How long it is, and to what multiple name and content are padded.
    length: u64,
    align: u64,
}

impl Header {
    fn read(image: &Image, at: u64) -> Result<Header> {
        let old = image.untracked().bytes(at, 6)? == b"070707";
        let bytes = image.bytes(at, if old { ODC } else { NEWC })?;
        if !is(&bytes) {
            return unread("a member without its magic number");
        }
        if old {
            let field = |at, length| number(&bytes, at, length, 8);
            let low = |at| field(at, 6).map(|n| u32::try_from(n).unwrap_or(u32::MAX));
            let device = low(42)?;
            return Ok(Header {
                file: (low(6)?, 0, low(12)?),
                mode: low(18)?,
                owner: (low(24)?, low(30)?),
                // Each name has the content.
                links: 1,
                size: field(65, 11)?,
                device: (device.checked_shr(8).unwrap_or(0), device & 0xff),
                name: field(59, 6)?,
                length: wide(ODC),
                align: 1,
            });
        }
        let field = |i: usize| {
            let n = number(&bytes, i.saturating_mul(8).saturating_add(6), 8, 16)?;
            u32::try_from(n).ok().or_unread("an invalid number")
        };
        Ok(Header {
            file: (field(7)?, field(8)?, field(0)?),
            mode: field(1)?,
            owner: (field(2)?, field(3)?),
            links: field(4)?,
            size: u64::from(field(6)?),
            device: (field(9)?, field(10)?),
            name: u64::from(field(11)?),
            length: wide(NEWC),
            align: 4,
        })
    }
}

/// Lists one archive and gives its end.
fn archive(image: &Image, start: u64, found: &mut Collector<'_>) -> Result<u64> {
    // Of several names of one file only the last has the content.
    let mut links: BTreeMap<(u32, u32, u32), Vec<usize>> = BTreeMap::new();
    // Padding counts from the start of the archive.
    let mut at = start;
    loop {
        let header = Header::read(image, at)?;
        let aligned = |to: u64| {
            let length = to.saturating_sub(start).checked_next_multiple_of(header.align);
            length.map_or(u64::MAX, |length| start.saturating_add(length))
        };
        let size = header.size;
        if header.name == 0 || header.name > NAME {
            return unread("a name that is empty or longer than 4096 bytes");
        }
        let name_at = at.saturating_add(header.length);
        let mut name = image.bytes(name_at, usize::try_from(header.name).unwrap_or(0))?;
        name.truncate(name.iter().position(|b| *b == 0).unwrap_or(name.len()));
        let content_at = aligned(name_at.saturating_add(header.name));
        let end = content_at.checked_add(size).filter(|end| *end <= image.size());
        let end = end.or_unread("a member longer than the archive")?;
        if name == TRAILER {
            return Ok(end);
        }
        let kind = Kind::of_mode(header.mode).or_unread("a member of an unknown type")?;
        let mut entry = Entry::new(entry::path(&name), kind);
        entry.mode = Some(header.mode & 0o7777);
        entry.owner = Some(header.owner);
        match kind {
            Kind::Symlink if size <= TARGET => {
                entry.target =
                    Some(entry::text(&image.bytes(content_at, usize::try_from(size).unwrap_or(0))?));
                found.add(entry)?;
            }
            Kind::Symlink => return unread("a link of more than 4096 bytes"),
            Kind::File => {
                found.add_stretch(entry, image, content_at, size)?;
                if header.links > 1 {
                    if size > 0 {
                        spread(found, &links.remove(&header.file).unwrap_or_default());
                    } else {
                        links.entry(header.file).or_default().push(found.entries.len().saturating_sub(1));
                    }
                }
            }
            Kind::CharDevice | Kind::BlockDevice => {
                entry.device = Some(header.device);
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

/// The number of `length` digits at `at` of a header.
fn number(header: &[u8], at: usize, length: usize, radix: u32) -> Result<u64> {
    let digits = header.get(at..).and_then(|rest| rest.get(..length));
    let digits = digits.filter(|d| d.iter().all(|b| char::from(*b).is_digit(radix)));
    let digits = digits.and_then(|d| std::str::from_utf8(d).ok());
    digits.and_then(|d| u64::from_str_radix(d, radix).ok()).or_unread("an invalid number")
}
