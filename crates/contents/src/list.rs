//! From an image to its listing: what it is, then what is in it.

use crate::collect::Collector;
use crate::entry::{Entry, Kind, Listing, ROOT};
use crate::error::{Error, OrUnread, Result, Stop, unread};
use crate::fields::narrow;
use crate::format::{Format, compressed, cpio, disk, elf, ext, fat, magic, squashfs, tar, uimage};
use crate::image::Image;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// How much is read before an image counts as bytes only.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Entries.
    pub entries: usize,
    /// Bytes of all paths, link targets and attributes, since they are held in memory.
    pub paths: usize,
    /// Bytes of all content, since hashing them takes time.
    pub content: u64,
    /// Bytes that an image decompresses to, since they take room in a temporary file.
    pub decoded: u64,
}

impl Limits {
    /// The limits for an image that takes `stored` bytes where it comes from: what comes out of a few
    /// kilobytes takes no gigabytes of memory or disk. Real file systems store about a thousand bytes a
    /// file, and compress to a fifth.
    pub fn of(stored: u64) -> Limits {
        let most = Limits::default();
        let entries = narrow(stored.checked_div(64).unwrap_or(0)).saturating_add(1 << 16);
        let paths = narrow(stored).saturating_mul(4).saturating_add(8 << 20);
        Limits {
            entries: entries.min(most.entries),
            paths: paths.min(most.paths),
            content: most.content,
            decoded: unpacked(stored).min(most.decoded),
        }
    }
}

/// What so many stored bytes are taken to unpack to at most.
pub fn unpacked(stored: u64) -> u64 {
    stored.saturating_mul(256).saturating_add(64 << 20)
}

impl Default for Limits {
    /// The limits for the largest images; three times as many entries as a full desktop system has.
    fn default() -> Self {
        Limits { entries: 1 << 20, paths: 128 << 20, content: 64 << 30, decoded: 16 << 30 }
    }
}

/// How images are listed.
pub struct Options<'a> {
    /// How much is read.
    pub limits: Limits,
    /// The folder of temporary files for what decompresses; they have no names.
    pub scratch: &'a Path,
    /// Set from outside to stop.
    pub interrupted: &'a AtomicBool,
}

/// Lists what an image holds.
///
/// This is where the readers of other people are called: should one of them panic, the image counts
/// as unread, and nothing of it is kept.
///
/// ```
/// # use pkg_contents::{Image, Limits, Options, list};
/// # let interrupted = std::sync::atomic::AtomicBool::new(false);
/// let options = Options { limits: Limits::default(), scratch: &std::env::temp_dir(), interrupted: &interrupted };
/// let listing = list(&Image::memory(b"no format that anybody knows".to_vec()), &options)?;
/// assert!(!listing.is_known() && listing.entries.is_empty());
/// # Ok::<(), pkg_contents::Error>(())
/// ```
pub fn list(image: &Image, options: &Options<'_>) -> Result<Listing, Error> {
    let mut formats = Vec::new();
    let read = catch_unwind(AssertUnwindSafe(|| inside(image, options, &mut formats)));
    let read = read.unwrap_or_else(|_| unread("the reader failed"));
    match read {
        Ok(entries) => Ok(Listing { formats, entries, unread: None }),
        Err(Stop::Unread(why)) => Ok(Listing { formats, entries: Vec::new(), unread: Some(why) }),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// How deep images may lie in each other: a file system in a compressed partition of a disk.
const DEPTH: usize = 4;

/// Reads an image, and tells its formats from outside in.
fn inside(image: &Image, options: &Options<'_>, formats: &mut Vec<&'static str>) -> Result<Vec<Entry>> {
    let mut found = Collector::new(options, image);
    if Format::of(image)?.is_none() && magic::named(image)?.is_none() {
        return Ok(Vec::new());
    }
    part(image, &mut found, formats, DEPTH)?;
    let mut entries = found.entries;
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    match entries.windows(2).all(|pair| matches!(pair, [a, b] if a.path != b.path)) {
        true => Ok(entries),
        false => unread("the same name twice"),
    }
}

/// Reads an image, or a part of one. What follows from it is in `found`.
pub(crate) fn part(
    image: &Image,
    found: &mut Collector<'_>,
    formats: &mut Vec<&'static str>,
    depth: usize,
) -> Result<()> {
    let first = found.entries.len();
    let Some(format) = Format::of(image)? else { return unknown(image, found, formats) };
    formats.push(format.as_str());
    let below = depth.checked_sub(1).or_unread("images nested too deeply")?;
    let image = &image.tracked();
    match format {
        Format::Gzip | Format::Xz | Format::Zstd => {
            return part(&compressed::decode(image, format, found)?, found, formats, below);
        }
        Format::Disk(_) => disk::read(image, found, formats, below)?,
        Format::Uimage => uimage::read(image, found, formats, below)?,
        Format::Tar => tar::read(image, found)?,
        Format::Cpio => cpio::read(image, found, formats)?,
        Format::Squashfs => squashfs::read(image, found)?,
        Format::Ext(_) => ext::read(image, found)?,
        Format::Fat => fat::read(image, found)?,
        Format::Elf => elf::read(image, found)?,
    }
    found.rest(image)?;
    once(&mut found.entries, first, format)
}

/// A whole image of a format that is not supported ends the reading; a part of one counts as bytes.
fn unknown(image: &Image, found: &mut Collector<'_>, formats: &mut Vec<&'static str>) -> Result<()> {
    let named = magic::named(image)?;
    if found.prefix().is_some() {
        formats.push(named.unwrap_or("bytes"));
        return found.add_stretch(Entry::new(ROOT.into(), Kind::Unknown), image, 0, image.size());
    }
    formats.extend(named);
    match named {
        Some(_) => unread("a format that is not supported"),
        None => unread("the content has no known format"),
    }
}

/// Gives each path once, from entry `first` on. Where a path comes twice, an archive means the last one,
/// and what was there before it is listed as such; a file system means harm.
fn once(entries: &mut Vec<Entry>, first: usize, format: Format) -> Result<()> {
    let mut new = entries.split_off(first.min(entries.len()));
    new.sort_by(|a, b| a.path.cmp(&b.path));
    let mut number = 1u64;
    let mut out: Vec<Entry> = Vec::with_capacity(new.len());
    for entry in new {
        let Some(before) = out.last_mut().filter(|before| before.path == entry.path) else {
            number = 1;
            out.push(entry);
            continue;
        };
        if !matches!(format, Format::Tar | Format::Cpio | Format::Elf) {
            return unread("the same name twice in one directory");
        }
        if *before != entry {
            let last = std::mem::replace(before, entry);
            let path = format!("{} (replaced, {number})", last.path);
            // Behind it, so that the last of a name stays at the end while names are compared.
            let at = out.len().saturating_sub(1);
            out.insert(at, Entry { path, ..last });
            number = number.saturating_add(1);
        }
    }
    entries.append(&mut out);
    Ok(())
}
