//! The formats: what tells each by its first bytes, and one reader a file.

pub(crate) mod compressed;
pub(crate) mod cpio;
pub(crate) mod disk;
pub(crate) mod elf;
pub(crate) mod ext;
pub(crate) mod fat;
pub(crate) mod magic;
pub(crate) mod squashfs;
pub(crate) mod tar;
pub(crate) mod uimage;

use crate::error::Result;
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
}

/// How much tells every format: the superblock of ext begins at 1024.
const HEAD: usize = 2048;

impl Format {
    /// The format of an image, by its magic numbers.
    pub(crate) fn of(image: &Image) -> Result<Option<Format>> {
        let head = image.head(HEAD)?;
        let at = |at: usize, magic: &[u8]| head.get(at..).is_some_and(|rest| rest.starts_with(magic));
        Ok(match () {
            () if at(0, &[0x1f, 0x8b, 8]) => Some(Format::Gzip),
            () if at(0, b"\xfd7zXZ\0") => Some(Format::Xz),
            () if at(0, &[0x28, 0xb5, 0x2f, 0xfd]) => Some(Format::Zstd),
            () if at(0, b"hsqs") => Some(Format::Squashfs),
            () if cpio::is(&head) => Some(Format::Cpio),
            () if at(0, elf::MAGIC) => Some(Format::Elf),
            () if at(257, b"ustar") => Some(Format::Tar),
            () if at(0, uimage::MAGIC) => Some(Format::Uimage),
            () if at(1024 + 56, &[0x53, 0xef]) => Some(Format::Ext(ext::generation(&head)?)),
            () if fat::is(&head) => Some(Format::Fat),
            () => disk::kind(&head, image.size()).map(Format::Disk),
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
        }
    }
}
