//! FAT 12, 16 and 32 with long names. It knows no modes, no owners and no links.

use crate::collect::Collector;
use crate::entry::{Entry, Kind, ROOT, join};
use crate::error::{OrUnread, Result, unread};
use crate::fields::{byte, le16, le32, narrow, wide};
use crate::image::Image;
use std::collections::{BTreeMap, HashSet};

/// The table of clusters is held in memory: this is that of the largest FAT32 but a few.
const TABLE: u64 = 128 << 20;

/// Sectors before the tables: tools leave 32 of them, and boot loaders a few MiB.
const RESERVED: u64 = 4 << 20;

/// A directory has at most 65,536 entries of 32 bytes.
const DIRECTORY: u64 = 2 << 20;

/// How a volume is laid out, bytes.
struct Volume<'i> {
    image: &'i Image,
    table: Vec<u8>,
    bits: u32,
    clusters: u32,
    cluster: u64,
    /// Where cluster 2 begins.
    data: u64,
}

/// Where a directory is.
enum Place {
    /// The root of FAT 12 and 16: a stretch of its own.
    Stretch(u64, u64),
    /// A chain of clusters.
    Chain(u32),
}

/// Whether the first sector describes a FAT volume. There is no magic number but the mark that any
/// boot sector has; so everything must make sense.
pub(crate) fn is(head: &[u8]) -> bool {
    geometry(head).is_ok()
}

/// Sector, cluster and table sizes.
struct Geometry {
    sector: u64,
    cluster: u64,
    reserved: u64,
    tables: u64,
    root: u64,
    total: u64,
    table: u64,
    root_cluster: u32,
}

fn geometry(head: &[u8]) -> Result<Geometry> {
    let wrong = "no FAT volume";
    let mark = le16(head, 510)? == 0xaa55 && matches!(byte(head, 0)?, 0xeb | 0xe9);
    let (sector, per_cluster) = (le16(head, 11)?, byte(head, 13)?);
    let (reserved, tables) = (le16(head, 14)?, byte(head, 16)?);
    let sound = mark
        && matches!(sector, 512 | 1024 | 2048 | 4096)
        && per_cluster.is_power_of_two()
        && reserved > 0
        && matches!(tables, 1 | 2)
        && matches!(byte(head, 21)?, 0xf0 | 0xf8..=0xff);
    if !sound {
        return unread(wrong);
    }
    let either = |short: u16, long: u32| if short == 0 { u64::from(long) } else { u64::from(short) };
    let total = either(le16(head, 19)?, le32(head, 32)?);
    let table = either(le16(head, 22)?, le32(head, 36)?);
    if total == 0 || table == 0 {
        return unread(wrong);
    }
    let sector = u64::from(sector);
    Ok(Geometry {
        sector,
        cluster: sector.saturating_mul(u64::from(per_cluster)),
        reserved: sector.saturating_mul(u64::from(reserved)),
        tables: u64::from(tables),
        root: u64::from(le16(head, 17)?).saturating_mul(32),
        total: total.saturating_mul(sector),
        table: table.saturating_mul(sector),
        root_cluster: if le16(head, 22)? == 0 { le32(head, 44)? } else { 0 },
    })
}

/// Lists the volume.
pub(crate) fn read(image: &Image, found: &mut Collector<'_>) -> Result<()> {
    let of = geometry(&image.bytes(0, 512)?)?;
    if of.total > image.size() {
        return unread("a volume larger than its image");
    }
    let root_at = of.reserved.saturating_add(of.table.saturating_mul(of.tables));
    let root_size =
        of.root.checked_next_multiple_of(of.sector).or_unread("a root directory that does not end")?;
    let data = root_at.saturating_add(root_size);
    let room = of.total.checked_sub(data).and_then(|room| room.checked_div(of.cluster));
    let clusters = room.and_then(|room| u32::try_from(room).ok()).or_unread("no room for clusters")?;
    // What tells the three apart is the number of clusters, and nothing else.
    let bits = match clusters {
        0..4085 => 12,
        4085..65_525 => 16,
        _ => 32,
    };
    if of.table > TABLE {
        return unread("a cluster table of more than 128 MiB");
    }
    let table = image.bytes(of.reserved, narrow(of.table))?;
    if of.tables == 2 {
        // The second table is a copy, or it is something else that is compared.
        let at = of.reserved.saturating_add(of.table);
        if image.untracked().bytes(at, narrow(of.table))? == table {
            image.mark(at, of.table)?;
        }
    }
    found.boot(&reserved(image, &of, bits)?)?;
    let volume = Volume { image, table, bits, clusters, cluster: of.cluster, data };
    let root = if bits == 32 { Place::Chain(of.root_cluster) } else { Place::Stretch(root_at, root_size) };
    let mut open = vec![(ROOT.to_owned(), root)];
    let mut seen = HashSet::new();
    while let Some((path, place)) = open.pop() {
        if let Place::Chain(first) = place
            && !seen.insert(first)
        {
            return unread("a directory that is listed twice");
        }
        volume.directory(&path, &place, &mut open, found)?;
    }
    found.behind(image, of.total)
}

/// The sectors before the tables, where boot code is, without what is random or follows from the files:
/// the serial number, sizes, and the counts of free clusters.
fn reserved(image: &Image, of: &Geometry, bits: u32) -> Result<Vec<u8>> {
    if of.reserved > RESERVED {
        return unread("more than 4 MiB before the tables");
    }
    let mut bytes = image.bytes(0, narrow(of.reserved))?;
    let sector = narrow(of.sector);
    let (serial, backup, counts) = match bits {
        32 => (67, usize::from(le16(&bytes, 50)?), usize::from(le16(&bytes, 48)?)),
        _ => (39, 0, 0),
    };
    let mut blank = |at: usize, length: usize| {
        bytes.iter_mut().skip(at).take(length).for_each(|b| *b = 0);
    };
    for start in [Some(0), (backup > 0).then(|| backup.saturating_mul(sector))].into_iter().flatten() {
        for (at, length) in [(19, 2), (22, 2), (32, 4), (serial, 4)] {
            blank(start.saturating_add(at), length);
        }
        if bits == 32 {
            blank(start.saturating_add(36), 4);
            let counts = start.saturating_add(counts.saturating_mul(sector));
            blank(counts.saturating_add(488), 8);
        }
    }
    Ok(bytes)
}

impl Volume<'_> {
    /// The cluster behind this one; none at the end of the chain.
    fn next(&self, cluster: u32) -> Result<Option<u32>> {
        let index = narrow(u64::from(cluster));
        let (value, end) = match self.bits {
            12 => {
                let at = index.saturating_add(index.checked_shr(1).unwrap_or(0));
                let pair = le16(&self.table, at)?;
                let value = if cluster & 1 == 0 { pair & 0xfff } else { pair.checked_shr(4).unwrap_or(0) };
                (u32::from(value), 0xff8)
            }
            16 => (u32::from(le16(&self.table, index.saturating_mul(2))?), 0xfff8),
            _ => (le32(&self.table, index.saturating_mul(4))? & 0x0fff_ffff, 0x0fff_fff8),
        };
        Ok((value < end).then_some(value))
    }

    /// Where a cluster stands.
    fn place(&self, cluster: u32) -> Result<u64> {
        let index = cluster.checked_sub(2).filter(|i| *i < self.clusters);
        let index = index.or_unread("a missing cluster")?;
        Ok(self.data.saturating_add(u64::from(index).saturating_mul(self.cluster)))
    }

    /// Hands out the first `size` bytes of a chain; all of it where there is no size.
    fn chain(&self, first: u32, size: Option<u64>, take: &mut dyn FnMut(&[u8]) -> Result<()>) -> Result<()> {
        let (mut next, mut left, mut seen) = (Some(first), size, 0u32);
        while let Some(cluster) = next.filter(|_| left != Some(0)) {
            // A chain that is longer than the volume runs in a circle.
            seen = seen.saturating_add(1);
            if seen > self.clusters {
                return unread("a cluster chain that does not end");
            }
            let length = left.map_or(self.cluster, |left| left.min(self.cluster));
            take(&self.image.bytes(self.place(cluster)?, narrow(length))?)?;
            left = left.map(|left| left.saturating_sub(length));
            next = self.next(cluster)?;
        }
        match left {
            Some(1..) => unread("a cluster chain that ends too early"),
            _ => Ok(()),
        }
    }

    fn directory(
        &self,
        path: &str,
        place: &Place,
        open: &mut Vec<(String, Place)>,
        found: &mut Collector<'_>,
    ) -> Result<()> {
        let mut bytes = Vec::new();
        match place {
            Place::Stretch(at, size) if *size <= DIRECTORY => bytes = self.image.bytes(*at, narrow(*size))?,
            Place::Stretch(..) => return unread("a directory of more than 65,536 entries"),
            Place::Chain(first) => self.chain(*first, None, &mut |piece| {
                bytes.extend_from_slice(piece);
                match wide(bytes.len()) > DIRECTORY {
                    true => unread("a directory of more than 65,536 entries"),
                    false => Ok(()),
                }
            })?,
        }
        let mut long = LongName::default();
        for slot in bytes.chunks_exact(32) {
            let attributes = byte(slot, 11)?;
            match byte(slot, 0)? {
                // Free: some stop here, and others, Linux among them, read on.
                0 => long = LongName::default(),
                // Deleted.
                0xe5 => long = LongName::default(),
                _ if attributes & 0x3f == 0x0f => long.part(slot)?,
                // The label of the volume.
                _ if attributes & 0x08 != 0 => {
                    long = LongName::default();
                    found.superblock(slot.get(..12).unwrap_or_default())?;
                }
                _ => {
                    let name = std::mem::take(&mut long).name(slot)?;
                    if name != "." && name != ".." {
                        self.entry(slot, join(path, name.as_bytes()), open, found)?;
                    }
                }
            }
        }
        Ok(())
    }

    fn entry(
        &self,
        slot: &[u8],
        path: String,
        open: &mut Vec<(String, Place)>,
        found: &mut Collector<'_>,
    ) -> Result<()> {
        let high = if self.bits == 32 { u32::from(le16(slot, 20)?) } else { 0 };
        let first = high.checked_shl(16).unwrap_or(0) | u32::from(le16(slot, 26)?);
        if byte(slot, 11)? & 0x10 != 0 {
            open.push((path.clone(), Place::Chain(first)));
            let mut entry = Entry::new(path, Kind::Directory);
            entry.attributes = flags(byte(slot, 11)?);
            return found.add(entry);
        }
        let mut entry = Entry::new(path, Kind::File);
        entry.attributes = flags(byte(slot, 11)?);
        let size = u64::from(le32(slot, 28)?);
        let mut content = found.content();
        self.chain(first, Some(size), &mut |piece| content.write(piece))?;
        content.done(&mut entry);
        found.add(entry)
    }
}

/// The bits that decide who sees a file and who may write it; not the one that backups use.
fn flags(attributes: u8) -> BTreeMap<String, String> {
    let names = [(1, "read-only"), (2, "hidden"), (4, "system")];
    let set: Vec<_> = names.iter().filter(|(bit, _)| attributes & bit != 0).map(|(_, name)| *name).collect();
    if set.is_empty() { BTreeMap::new() } else { BTreeMap::from([("flags".to_owned(), set.join(" "))]) }
}

/// The parts of a long name; the last one comes first.
#[derive(Default)]
struct LongName {
    /// UTF-16, in the order of the name.
    units: Vec<u16>,
    /// Which part comes next, and the checksum of the short name that it belongs to.
    next: Option<(u8, u8)>,
}

impl LongName {
    fn part(&mut self, slot: &[u8]) -> Result<()> {
        let (order, sum) = (byte(slot, 0)?, byte(slot, 13)?);
        let number = order & 0x1f;
        match self.next {
            _ if order & 0x40 != 0 => self.units.clear(),
            Some((next, of)) if next == number && of == sum => {}
            // A part without its neighbours is nobody's.
            _ => {
                *self = LongName::default();
                return Ok(());
            }
        }
        self.next = number.checked_sub(1).map(|next| (next, sum));
        let places = [1, 3, 5, 7, 9, 14, 16, 18, 20, 22, 24, 28, 30];
        let units = places.iter().map(|at| le16(slot, *at)).collect::<Result<Vec<_>>>()?;
        let end = units.iter().position(|u| *u == 0 || *u == 0xffff).unwrap_or(units.len());
        let mut units: Vec<u16> = units.into_iter().take(end).collect();
        units.append(&mut self.units);
        self.units = units;
        Ok(())
    }

    /// The long name if it is whole and belongs to this entry, else the short one.
    fn name(self, slot: &[u8]) -> Result<String> {
        let short = slot.get(..11).unwrap_or_default();
        let sum = short.iter().fold(0u8, |sum, b| sum.rotate_right(1).wrapping_add(*b));
        let name = match self.next {
            Some((0, of)) if of == sum => String::from_utf16_lossy(&self.units),
            _ => short_name(short, byte(slot, 12)?),
        };
        match name.is_empty() || name.contains(['/', '\0']) {
            true => unread("an invalid name"),
            false => Ok(name),
        }
    }
}

/// `NAME.EXT`; two bits say which half is in small letters.
fn short_name(bytes: &[u8], case: u8) -> String {
    let half = |bytes: &[u8], small: bool| {
        // Letters beyond ASCII depend on a code page that nobody wrote down: they stay numbers.
        let letter = |b: &u8| if b.is_ascii() { char::from(*b).to_string() } else { format!("\\x{b:02x}") };
        let text: String = bytes.iter().map(letter).collect();
        let text = text.trim_end();
        if small { text.to_ascii_lowercase() } else { text.to_owned() }
    };
    let (name, extension) = bytes.split_at_checked(8).unwrap_or_default();
    let (name, extension) = (half(name, case & 0x08 != 0), half(extension, case & 0x10 != 0));
    if extension.is_empty() { name } else { format!("{name}.{extension}") }
}
