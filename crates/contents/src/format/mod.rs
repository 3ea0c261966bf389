//! The formats: how each is recognized by its first bytes, and its reader, one a file.

pub(crate) mod compressed;
pub(crate) mod cpio;
pub(crate) mod disk;
pub(crate) mod elf;
pub(crate) mod ext;
pub(crate) mod fat;
pub(crate) mod magic;
pub(crate) mod mcuboot;
pub(crate) mod members;
pub(crate) mod mender;
pub(crate) mod rauc;
pub(crate) mod squashfs;
pub(crate) mod swupdate;
pub(crate) mod tar;
pub(crate) mod uimage;

use crate::build_id::ELF;
use crate::collect::Collector;
use crate::entry::{Entry, Kind, ROOT};
use crate::error::{OrUnread, Result, unread};
use crate::image::Image;

/// What an image is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Format {
    Gzip,
    Xz,
    Zstd,
    Tar,
    Cpio,
    Squashfs,
    /// ext2, ext3 or ext4.
    Ext(&'static str),
    Fat,
    Elf,
    /// A disk with partitions, by GPT or MBR.
    Disk(&'static str),
    Uimage,
    /// Bundles of other updaters.
    Rauc,
    Swupdate,
    Mender,
    Mcuboot,
}

/// How much tells every format: the superblock of ext begins at 1024.
const HEAD: usize = 2048;

impl Format {
    /// The format of an image, by its magic numbers.
    pub(crate) fn detect(image: &Image) -> Result<Option<Format>> {
        let head = image.head(HEAD)?;
        let at = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
        Ok(match () {
            () if at(0, &[0x1f, 0x8b, 8]) => Some(Format::Gzip),
            () if at(0, b"\xfd7zXZ\0") => Some(Format::Xz),
            () if at(0, &[0x28, 0xb5, 0x2f, 0xfd]) => Some(Format::Zstd),
            () if at(0, b"hsqs") && rauc::signature(image)?.is_some() => Some(Format::Rauc),
            () if at(0, b"hsqs") => Some(Format::Squashfs),
            () if swupdate::is(&head) => Some(Format::Swupdate),
            () if mender::is(&head) => Some(Format::Mender),
            () if at(0, mcuboot::MAGIC) => Some(Format::Mcuboot),
            () if cpio::is(&head) => Some(Format::Cpio),
            () if at(0, ELF) => Some(Format::Elf),
            () if at(257, b"ustar") => Some(Format::Tar),
            () if at(0, uimage::MAGIC) => Some(Format::Uimage),
            () if at(1024 + 56, &[0x53, 0xef]) => Some(Format::Ext(ext::generation(&head)?)),
            () if fat::is(&head) => Some(Format::Fat),
            () => match disk::kind(&head, image.size()) {
                Some(table) => Some(Format::Disk(table)),
                // An encrypted bundle has nothing but its signature to tell it by.
                None => rauc::signature(image)?.map(|_| Format::Rauc),
            },
        })
    }

    /// Its word.
    pub(crate) fn as_str(self) -> &'static str {
        match self {
            Format::Gzip => "gzip",
            Format::Xz => "xz",
            Format::Zstd => "zstd",
            Format::Tar => "tar",
            Format::Cpio => "cpio",
            Format::Squashfs => "squashfs",
            Format::Ext(word) => word,
            Format::Fat => "fat",
            Format::Elf => "elf",
            Format::Disk(word) => word,
            Format::Uimage => "uImage",
            Format::Rauc => "RAUC bundle",
            Format::Swupdate => "SWUpdate image",
            Format::Mender => "Mender artifact",
            Format::Mcuboot => "MCUboot image",
        }
    }
}

/// Reads an image, or a part of one. What it holds is added to `found`, its formats to `formats`.
pub(crate) fn read(
    image: &Image,
    found: &mut Collector<'_>,
    formats: &mut Vec<&'static str>,
    depth: usize,
) -> Result<()> {
    let first = found.entries.len();
    let Some(format) = Format::detect(image)? else { return unknown(image, found, formats) };
    formats.push(format.as_str());
    let below = depth.checked_sub(1).or_unread("images nested too deeply")?;
    let image = &image.tracked();
    match format {
        Format::Gzip | Format::Xz | Format::Zstd => {
            return read(&compressed::decode(image, format, found)?, found, formats, below);
        }
        Format::Disk(_) => disk::read(image, found, formats, below)?,
        Format::Uimage => uimage::read(image, found, formats, below)?,
        Format::Rauc => rauc::read(image, found, formats, below)?,
        Format::Swupdate => swupdate::read(image, found, formats, below)?,
        Format::Mender => mender::read(image, found, below)?,
        Format::Mcuboot => mcuboot::read(image, found)?,
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
        if !matches!(format, Format::Tar | Format::Cpio | Format::Elf | Format::Swupdate | Format::Mender) {
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
