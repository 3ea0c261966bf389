//! One entry of a listing, and the listing.

use crate::bundle::Bundle;
use std::collections::BTreeMap;

/// What an entry is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A regular file.
    File,
    /// A directory.
    Directory,
    /// A symbolic link.
    Symlink,
    /// Another name of a file, in formats that store it as such (tar).
    HardLink,
    /// A character device.
    CharDevice,
    /// A block device.
    BlockDevice,
    /// A named pipe.
    Fifo,
    /// A socket.
    Socket,
    /// A section of an ELF file.
    Section,
    /// Bytes behind the end of what the format describes.
    Behind,
    /// Bytes of an image that are no file: boot code, a superblock, space that no file uses.
    Region,
    /// A part of an image whose own format is not known, such as a partition.
    Unknown,
}

impl Kind {
    /// What the type bits of a mode mean, as stat(2) has them.
    pub(crate) fn from_mode(mode: u32) -> Option<Kind> {
        Some(match mode & 0o170_000 {
            0o100_000 => Kind::File,
            0o040_000 => Kind::Directory,
            0o120_000 => Kind::Symlink,
            0o020_000 => Kind::CharDevice,
            0o060_000 => Kind::BlockDevice,
            0o010_000 => Kind::Fifo,
            0o140_000 => Kind::Socket,
            _ => return None,
        })
    }

    /// Its word.
    pub fn as_str(self) -> &'static str {
        match self {
            Kind::File => "file",
            Kind::Directory => "directory",
            Kind::Symlink => "symlink",
            Kind::HardLink => "hard-link",
            Kind::CharDevice => "char-device",
            Kind::BlockDevice => "block-device",
            Kind::Fifo => "fifo",
            Kind::Socket => "socket",
            Kind::Section => "section",
            Kind::Behind => "behind-the-end",
            Kind::Region => "region",
            Kind::Unknown => "unknown",
        }
    }

    /// Whether it is no file, so that no pattern covers it by chance: a fix must name it.
    pub fn must_be_named(self) -> bool {
        matches!(self, Kind::Behind | Kind::Region | Kind::Unknown)
    }
}

/// The path of the root directory.
pub(crate) const ROOT: &str = ".";

/// The path of bytes behind the end of what a format describes.
pub(crate) const BEHIND: &str = "(behind the end)";

/// The path of bytes that neither a file nor the file system uses.
pub(crate) const UNUSED: &str = "(unused space)";

/// The path of what a machine may run before anything looks at the file system.
pub(crate) const BOOT: &str = "(boot code)";

/// The path of what the manifest of another updater's bundle says beside versions, sizes and digests of files in it.
pub(crate) const MANIFEST: &str = "(manifest)";

/// The path of a table of partitions: types, places, attributes and names.
pub(crate) const PARTITIONS: &str = "(partition table)";

/// The path of what a superblock says beside sizes, places, times and random numbers.
pub(crate) const SUPERBLOCK: &str = "(superblock)";

/// One entry. What a format does not say is absent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// From the root, without a slash at either end; `.` is the root itself. Bytes that are no UTF-8
    /// are written `\xNN`.
    pub path: String,
    /// What it is.
    pub kind: Kind,
    /// Permission bits, with set-uid, set-gid and sticky: 12 bits.
    pub mode: Option<u32>,
    /// User and group.
    pub owner: Option<(u32, u32)>,
    /// Bytes of content.
    pub size: u64,
    /// Digest of the content, of what has content.
    pub sha256: Option<[u8; 32]>,
    /// Where a link leads.
    pub target: Option<String>,
    /// Major and minor number of a device.
    pub device: Option<(u32, u32)>,
    /// The build id of an ELF file.
    pub build_id: Option<Vec<u8>>,
    /// Extended attributes by their names, inode flags, and the names of user and group where a format
    /// stores them: what decides over rights beside the mode. A value is text, or hex where it is short, or its digest.
    pub attributes: BTreeMap<String, String>,
}

impl Entry {
    /// An entry that has a path and a kind and nothing else yet.
    pub(crate) fn new(path: String, kind: Kind) -> Entry {
        Entry {
            path,
            kind,
            mode: None,
            owner: None,
            size: 0,
            sha256: None,
            target: None,
            device: None,
            build_id: None,
            attributes: BTreeMap::new(),
        }
    }
}

/// What an image holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// From outside in: `["gzip", "cpio"]`; empty where the format is not known.
    pub formats: Vec<&'static str>,
    /// The entries, sorted by path, each path once.
    pub entries: Vec<Entry>,
    /// What the image is to another updater, if it is a bundle of one.
    pub bundle: Option<Bundle>,
    /// Why the inside could not be read although the format is known; then there are no entries.
    pub unread: Option<String>,
}

impl Listing {
    /// Its formats in words: `cpio in gzip`.
    pub fn format(&self) -> String {
        let words: Vec<_> = self.formats.iter().rev().copied().collect();
        if words.is_empty() { "bytes".into() } else { words.join(" in ") }
    }

    /// Whether the entries are what the image holds: the format is known, and it was read.
    pub fn is_known(&self) -> bool {
        !self.formats.is_empty() && self.unread.is_none()
    }
}

/// Bytes in hex digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|b| format!("{b:02x}")).collect()
}

/// The value of an attribute in words: text as text, a short one in hex, a long one as its digest.
pub(crate) fn value(bytes: &[u8]) -> String {
    let bare = bytes.strip_suffix(&[0]).unwrap_or(bytes);
    let printable =
        !bare.is_empty() && bare.len() <= 256 && bare.iter().all(|b| b.is_ascii_graphic() || *b == b' ');
    match () {
        () if printable && bare.len() == bytes.len() => text(bare),
        () if printable => format!("{}\\0", text(bare)),
        () if bytes.len() <= 64 => format!("0x{}", hex(bytes)),
        () => {
            use sha2::Digest;
            format!("{} bytes, sha256 {}", bytes.len(), hex(&sha2::Sha256::digest(bytes)))
        }
    }
}

/// A path as it is listed: no slash at its ends, no empty and no `.` segments.
pub(crate) fn path(bytes: &[u8]) -> String {
    let text = text(bytes);
    let segments: Vec<_> = text.split('/').filter(|s| !s.is_empty() && *s != ".").collect();
    if segments.is_empty() { ROOT.into() } else { segments.join("/") }
}

/// Bytes as text; those that are no UTF-8 become `\xNN`.
pub(crate) fn text(bytes: &[u8]) -> String {
    let mut out = String::new();
    for chunk in bytes.utf8_chunks() {
        out.push_str(chunk.valid());
        for byte in chunk.invalid() {
            out.push_str(&format!("\\x{byte:02x}"));
        }
    }
    out
}

/// The path of something in a directory.
pub(crate) fn join(directory: &str, name: &[u8]) -> String {
    match directory {
        ROOT => text(name),
        _ => format!("{directory}/{}", text(name)),
    }
}
