//! An image of MCUboot: a header, the firmware, and a list of type-length-value records with the hash and signatures.

use crate::bundle::{Bundle, Updater, short};
use crate::collect::{Collector, pieces};
use crate::entry::{Entry, Kind, hex};
use crate::error::{OrUnread, Result, unread};
use crate::fields::{byte, le16, le32, narrow, wide};
use crate::image::Image;
use sha2::{Digest, Sha256};

pub(crate) const MAGIC: &[u8] = b"\x3d\xb8\xf3\x96";

/// Length of the fields of a header; the rest up to the firmware is padding.
const HEADER: usize = 32;

/// What begins a list of records, without and with protection by the hash.
const RECORDS: u16 = 0x6907;
const PROTECTED: u16 = 0x6908;

/// The record with the SHA-256 of header, firmware and protected records.
const HASH: u16 = 0x10;

/// The other records that change with every build: hashes of other lengths and signatures.
const NOISE: [u16; 7] = [0x11, 0x12, 0x20, 0x21, 0x22, 0x23, 0x24];

/// A bit of the flags: the firmware is encrypted.
const ENCRYPTED: u32 = 0x4 | 0x8;

/// Lists header, firmware and records. Of the header the version does not count, nor do hashes and signatures.
pub(crate) fn read(image: &Image, found: &mut Collector<'_>) -> Result<()> {
    let header = image.bytes(0, HEADER)?;
    let (start, protected) = (u64::from(le16(&header, 8)?), u64::from(le16(&header, 10)?));
    let (size, flags) = (u64::from(le32(&header, 12)?), le32(&header, 16)?);
    let part = |at: u64, size: u64| image.part(at, size).or_unread("a firmware longer than its image");
    let padding = start.checked_sub(wide(HEADER)).or_unread("a header that is too short")?;
    part(start, size)?;
    let mut bundle = Bundle::new(Updater::Mcuboot);
    let (major, minor) = (byte(&header, 20)?, byte(&header, 21)?);
    let (revision, build) = (le16(&header, 22)?, le32(&header, 24)?);
    let build = if build == 0 { String::new() } else { format!("+{build}") };
    bundle.version = Some(format!("{major}.{minor}.{revision}{build}"));
    found.superblock(
        &[header.get(4..8), header.get(16..20)].into_iter().flatten().flatten().copied().collect::<Vec<_>>(),
    )?;
    let between = image.untracked().bytes(wide(HEADER), narrow(padding))?;
    if between.iter().all(|b| *b == 0) || between.iter().all(|b| *b == 0xff) {
        image.mark(wide(HEADER), padding)?;
    }
    let mut at = start.saturating_add(size);
    found.add_stretch(Entry::new("firmware".into(), Kind::File), image, start, size)?;
    let mut said = Vec::new();
    let mut records = Vec::new();
    if protected > 0 {
        at = list(image, at, PROTECTED, &mut records)?;
        if at != start.saturating_add(size).saturating_add(protected) {
            return unread("protected records of another length than the header says");
        }
    }
    let hashed = at;
    let end = list(image, at, RECORDS, &mut records)?;
    for (kind, value) in records {
        match kind {
            HASH => {
                bundle.hash = Some(short(&hex(&value)));
                if value == digest(image, hashed, found)? {
                    continue;
                }
            }
            kind if NOISE.contains(&kind) => continue,
            _ => {}
        }
        said.extend(format!("{kind:#x}={}\n", hex(&value)).into_bytes());
    }
    let slot = if flags & ENCRYPTED == 0 { "firmware" } else { "firmware, encrypted" };
    bundle.image(slot, None, None);
    found.bundle = Some(bundle);
    found.manifest(&said)?;
    found.behind(image, end)
}

/// Reads a list of records, and gives its end.
fn list(image: &Image, at: u64, magic: u16, records: &mut Vec<(u16, Vec<u8>)>) -> Result<u64> {
    let head = image.bytes(at, 4)?;
    let length = u64::from(le16(&head, 2)?);
    if le16(&head, 0)? != magic || length < 4 {
        return unread("no list of records behind the firmware");
    }
    // At most 64 KiB: a length has 16 bits.
    let bytes = image.bytes(at, narrow(length))?;
    let mut rest = bytes.get(4..).unwrap_or_default();
    while !rest.is_empty() {
        let (kind, size) = (le16(rest, 0)?, usize::from(le16(rest, 2)?));
        let (value, more) = rest
            .get(4..)
            .and_then(|rest| rest.split_at_checked(size))
            .or_unread("a record that ends too early")?;
        records.push((kind, value.to_vec()));
        rest = more;
    }
    Ok(at.saturating_add(length))
}

/// The SHA-256 of what MCUboot hashes.
fn digest(image: &Image, end: u64, found: &Collector<'_>) -> Result<[u8; 32]> {
    let mut hash = Sha256::new();
    pieces(&image.untracked(), 0, end, &mut |piece| {
        hash.update(piece);
        found.look()
    })?;
    Ok(hash.finalize().into())
}
