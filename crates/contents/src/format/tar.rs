//! tar: ustar, with the extensions of GNU and pax for long names and large numbers.

use crate::collect::Collector;
use crate::entry::{self, Entry, Kind};
use crate::error::{OrUnread, Result, unread};
use crate::image::Image;
use std::collections::{BTreeMap, HashMap};
use tar::{EntryType, Header};

const BLOCK: u64 = 512;

/// A long name, or the records of pax: what a file system takes is far below.
const EXTENSION: u64 = 1 << 20;

/// What extension headers say of the entry behind them.
#[derive(Default)]
struct Extended {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
    uid: Option<u32>,
    gid: Option<u32>,
    /// Extended attributes and whatever else decides over rights, by key.
    attributes: BTreeMap<String, String>,
}

/// Records that say nothing of a file but when and where it was: times, and numbers of another system.
const NOISE: [&[u8]; 9] = [
    b"mtime",
    b"atime",
    b"ctime",
    b"comment",
    b"hdrcharset",
    b"LIBARCHIVE.creationtime",
    b"SCHILY.dev",
    b"SCHILY.ino",
    b"SCHILY.nlink",
];

/// Where files are among the entries, for names that are links to them.
type Files = HashMap<String, usize>;

impl Extended {
    fn is_empty(&self) -> bool {
        let ids = self.uid.is_none() && self.gid.is_none();
        self.path.is_none() && self.link.is_none() && self.size.is_none() && ids && self.attributes.is_empty()
    }
}

/// Lists the members.
pub(crate) fn read(image: &Image, found: &mut Collector<'_>) -> Result<()> {
    let mut at = 0u64;
    let mut extended = Extended::default();
    let mut files = Files::new();
    while at < image.size() {
        found.look()?;
        let block = image.bytes(at, 512)?;
        at = at.saturating_add(BLOCK);
        if block.iter().all(|b| *b == 0) {
            return found.behind(image, at);
        }
        // As long as a block, or it would have been refused above.
        let header = Header::from_byte_slice(&block);
        let sum: u32 = (0..).zip(&block).map(|(i, b)| if is_sum(i) { 32 } else { u32::from(*b) }).sum();
        if header.cksum().ok() != Some(sum) {
            return unread("a header whose checksum is wrong");
        }
        let stored = header.entry_size().ok().or_unread("a size that is not a number")?;
        let kind = header.entry_type();
        let small = || match stored <= EXTENSION {
            true => image.bytes(at, usize::try_from(stored).unwrap_or(0)),
            false => unread("an extension header of more than 1 MiB"),
        };
        let size = match kind {
            EntryType::GNULongName => {
                extended.path = Some(up_to_nul(small()?));
                stored
            }
            EntryType::GNULongLink => {
                extended.link = Some(up_to_nul(small()?));
                stored
            }
            EntryType::XHeader => {
                records(&small()?, &mut extended)?;
                stored
            }
            EntryType::XGlobalHeader => {
                let mut of_all = Extended::default();
                records(&small()?, &mut of_all)?;
                if !of_all.is_empty() {
                    return unread("a pax header for all members, which is not supported");
                }
                stored
            }
            EntryType::GNUSparse => return unread("a sparse member, which is not supported"),
            _ => {
                let size = extended.size.unwrap_or(stored);
                member(image, at, size, header, std::mem::take(&mut extended), &mut files, found)?;
                size
            }
        };
        let padded = size.checked_next_multiple_of(BLOCK).and_then(|size| at.checked_add(size));
        at = padded.or_unread("a size that does not end")?;
    }
    Ok(())
}

/// Whether the byte is of the checksum, which counts as spaces.
fn is_sum(at: usize) -> bool {
    (148..156).contains(&at)
}

fn member(
    image: &Image,
    at: u64,
    size: u64,
    header: &Header,
    extended: Extended,
    files: &mut Files,
    found: &mut Collector<'_>,
) -> Result<()> {
    let path = extended.path.unwrap_or_else(|| header.path_bytes().into_owned());
    let mut entry = Entry::new(entry::path(&path), Kind::File);
    entry.mode = header.mode().ok().map(|m| m & 0o7777);
    let number = |n: std::io::Result<u64>| n.ok().and_then(|n| u32::try_from(n).ok());
    let owner = (extended.uid.or(number(header.uid())), extended.gid.or(number(header.gid())));
    entry.owner = owner.0.zip(owner.1);
    entry.attributes = extended.attributes;
    // Whoever unpacks as root goes by these names before numbers.
    for (key, name) in [("user", header.username_bytes()), ("group", header.groupname_bytes())] {
        if let Some(name) = name.filter(|name| !name.is_empty()) {
            entry.attributes.entry(key.into()).or_insert_with(|| entry::value(name));
        }
    }
    let target = extended.link.or_else(|| header.link_name_bytes().map(|l| l.into_owned()));
    let kind = match header.entry_type() {
        EntryType::Regular | EntryType::Continuous => {
            // Old archives mark a directory by the slash behind its name.
            if !path.ends_with(b"/") {
                files.insert(entry.path.clone(), found.entries.len());
                return found.add_stretch(entry, image, at, size);
            }
            Kind::Directory
        }
        EntryType::Directory => Kind::Directory,
        EntryType::Symlink => Kind::Symlink,
        EntryType::Link => Kind::HardLink,
        EntryType::Char => Kind::CharDevice,
        EntryType::Block => Kind::BlockDevice,
        EntryType::Fifo => Kind::Fifo,
        _ => return unread(format!("a member of an unknown type, {}", entry.path)),
    };
    entry.kind = kind;
    match kind {
        Kind::Symlink => entry.target = target.map(|t| entry::text(&t)),
        Kind::HardLink => {
            entry.target = target.map(|t| entry::path(&t));
            // What changes under one name changes under all of them.
            let of = entry.target.as_ref().and_then(|t| files.get(t)).copied();
            if let Some(file) = of.and_then(|i| found.entries.get(i)) {
                (entry.size, entry.sha256, entry.build_id) = (file.size, file.sha256, file.build_id.clone());
                (entry.mode, entry.owner) = (file.mode, file.owner);
                entry.attributes.extend(file.attributes.clone());
            }
            if let Some(of) = of {
                files.insert(entry.path.clone(), of);
            }
        }
        Kind::CharDevice | Kind::BlockDevice => {
            entry.device = header.device_major().ok().flatten().zip(header.device_minor().ok().flatten());
        }
        _ => {}
    }
    found.add(entry)
}

fn up_to_nul(mut bytes: Vec<u8>) -> Vec<u8> {
    let end = bytes.iter().position(|b| *b == 0).unwrap_or(bytes.len());
    bytes.truncate(end);
    bytes
}

/// Records of pax: `LENGTH KEY=VALUE\n`.
fn records(mut bytes: &[u8], extended: &mut Extended) -> Result<()> {
    let wrong = "a pax record that is not in its form";
    while !bytes.is_empty() {
        let space = bytes.iter().position(|b| *b == b' ').or_unread(wrong)?;
        let (length, _) = bytes.split_at_checked(space).or_unread(wrong)?;
        let length: usize = std::str::from_utf8(length).ok().and_then(|l| l.parse().ok()).or_unread(wrong)?;
        let (record, rest) = bytes.split_at_checked(length).or_unread(wrong)?;
        let record = record.get(space.saturating_add(1)..).and_then(|r| r.strip_suffix(b"\n"));
        let record = record.or_unread(wrong)?;
        let equals = record.iter().position(|b| *b == b'=').or_unread(wrong)?;
        let (key, value) = record.split_at_checked(equals).or_unread(wrong)?;
        let value = value.get(1..).unwrap_or_default();
        let number = || std::str::from_utf8(value).ok().and_then(|v| v.parse::<u64>().ok());
        let id = || number().and_then(|n| u32::try_from(n).ok());
        match key {
            b"path" => extended.path = Some(value.to_vec()),
            b"linkpath" => extended.link = Some(value.to_vec()),
            b"size" => extended.size = Some(number().or_unread(wrong)?),
            b"uid" => extended.uid = Some(id().or_unread(wrong)?),
            b"gid" => extended.gid = Some(id().or_unread(wrong)?),
            key if key.starts_with(b"GNU.sparse.") => {
                return unread("a sparse member, which is not supported");
            }
            b"uname" => drop(extended.attributes.insert("user".into(), entry::value(value))),
            b"gname" => drop(extended.attributes.insert("group".into(), entry::value(value))),
            key if NOISE.contains(&key) => {}
            key => {
                let name = key.strip_prefix(b"SCHILY.xattr.").unwrap_or(key);
                extended.attributes.insert(entry::text(name), entry::value(value));
            }
        }
        bytes = rest;
    }
    Ok(())
}
