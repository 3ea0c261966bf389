//! From an image to its listing: what it is, then what is in it.

use crate::collect::Collector;
use crate::entry::Listing;
use crate::error::{Error, Result, Stop, unread};
use crate::format::{Format, compressed, cpio, elf, ext, fat, squashfs, tar};
use crate::image::Image;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use std::sync::atomic::AtomicBool;

/// How much is read before an image counts as bytes only.
#[derive(Debug, Clone, Copy)]
pub struct Limits {
    /// Entries: three times what a full desktop system has.
    pub entries: usize,
    /// Bytes of all paths and link targets, since they are held in memory.
    pub paths: usize,
    /// Bytes of all content, since hashing them takes time.
    pub content: u64,
    /// Bytes that an image decompresses to, since they take room in a temporary file.
    pub decoded: u64,
}

impl Default for Limits {
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
    let read = read.unwrap_or_else(|_| unread("its reader gave up on it"));
    match read {
        Ok(entries) => Ok(Listing { formats, entries, unread: None }),
        Err(Stop::Unread(why)) => Ok(Listing { formats, entries: Vec::new(), unread: Some(why) }),
        Err(Stop::Error(error)) => Err(error),
    }
}

/// Reads an image, through one compression at most, and tells its formats from outside in.
fn inside(
    image: &Image,
    options: &Options<'_>,
    formats: &mut Vec<&'static str>,
) -> Result<Vec<crate::Entry>> {
    let Some(format) = Format::of(image)? else { return Ok(Vec::new()) };
    formats.push(format.word());
    let mut collector = Collector::new(options, image);
    let found = &mut collector;
    match format {
        Format::Gzip | Format::Xz | Format::Zstd => {
            let decoded = compressed::decode(image, format, options)?;
            match Format::of(&decoded)? {
                None | Some(Format::Gzip | Format::Xz | Format::Zstd) => {
                    // What is in it has no files; that it is the same is still worth knowing.
                    found.add_stretch(
                        crate::Entry::new(crate::entry::ROOT.into(), crate::Kind::File),
                        &decoded,
                        0,
                        decoded.size(),
                    )?;
                }
                Some(_) => return inside(&decoded, options, formats),
            }
        }
        Format::Tar => tar::read(image, found)?,
        Format::Cpio => cpio::read(image, found)?,
        Format::Squashfs => squashfs::read(image, found)?,
        Format::Ext(_) => ext::read(image, found)?,
        Format::Fat => fat::read(image, found)?,
        Format::Elf => elf::read(image, found)?,
    }
    sorted(collector.entries, format)
}

/// Sorts the entries. Where a path comes twice, an archive means the last; a file system means harm.
fn sorted(mut entries: Vec<crate::Entry>, format: Format) -> Result<Vec<crate::Entry>> {
    entries.sort_by(|a, b| a.path.cmp(&b.path));
    let before = entries.len();
    entries.reverse();
    entries.dedup_by(|a, b| a.path == b.path);
    entries.reverse();
    match entries.len() == before || matches!(format, Format::Tar | Format::Cpio | Format::Elf) {
        true => Ok(entries),
        false => unread("a name twice in one directory"),
    }
}
