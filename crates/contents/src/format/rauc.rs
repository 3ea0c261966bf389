//! A bundle of RAUC: a squashfs, for verity bundles a hash tree, and a signature with its length behind it.

use super::members::{Members, essence, manifest};
use super::squashfs;
use crate::bundle::{Bundle, TEXTS, Updater};
use crate::collect::Collector;
use crate::error::{OrUnread, Result, unread};
use crate::fields::{le64, narrow};
use crate::image::Image;
use crate::settings::{Setting, key_file};

/// The length of the signature: 64 bits at the end, the highest byte first.
const LENGTH: u64 = 8;

/// The longest signature that RAUC takes.
const SIGNATURE: u64 = 64 << 10;

/// What squashfs is padded to.
const BLOCK: u64 = 4096;

/// `signedData` and `envelopedData` of CMS, as object identifiers in DER.
const KINDS: [&[u8]; 2] =
    [b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02", b"\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03"];

/// Where the signature begins, if the image ends with one.
pub(crate) fn signature(image: &Image) -> Result<Option<u64>> {
    let quiet = image.untracked();
    let Some(end) = image.size().checked_sub(LENGTH) else { return Ok(None) };
    let length = quiet.bytes(end, narrow(LENGTH))?.first_chunk().copied().map_or(0, u64::from_be_bytes);
    let Some(start) = end.checked_sub(length).filter(|_| length <= SIGNATURE && length > 32) else {
        return Ok(None);
    };
    let bytes = quiet.bytes(start, narrow(length))?;
    let is =
        |(body, rest): &(&[u8], &[u8])| rest.is_empty() && KINDS.iter().any(|kind| body.starts_with(kind));
    Ok(element(&bytes, 0x30).filter(is).map(|_| start))
}

/// Lists the files in the bundle, and looks into its images.
pub(crate) fn read(
    image: &Image,
    found: &mut Collector<'_>,
    formats: &mut Vec<&'static str>,
    depth: usize,
) -> Result<()> {
    let start = signature(image)?.or_unread("no signature")?;
    let length = image.size().saturating_sub(LENGTH).saturating_sub(start);
    let cms = image.bytes(start, narrow(length))?;
    image.mark(start, image.size())?;
    let mut bundle = Bundle::new(Updater::Rauc);
    if image.untracked().bytes(0, 4)? != b"hsqs" {
        found.bundle = Some(bundle);
        return unread("an encrypted bundle");
    }
    formats.push("squashfs");
    let end = le64(&image.untracked().bytes(0, 48)?, 40)?.checked_next_multiple_of(BLOCK);
    let end = end.filter(|end| *end <= start).or_unread("a file system larger than its bundle")?;
    let inner = image.part(0, end).or_unread("a file system larger than its bundle")?.tracked();
    let first = found.entries.len();
    found.keep_members();
    squashfs::read(&inner, found)?;
    found.rest(&inner)?;
    image.mark(0, end)?;
    let mut members = Members::new(found, first);
    let inside = members.take(found, |name| name == "manifest.raucm").map(|(_, file)| manifest(&file));
    // The manifest of a verity bundle is in the signature. What the file system has is not used then.
    let text = match (content(&cms), inside) {
        (Some(signed), _) => signed.to_vec(),
        (None, Some(inside)) => inside?,
        (None, None) => return unread("no manifest"),
    };
    let settings = key_file(&text)?;
    describe(&mut bundle, &settings);
    found.bundle = Some(bundle);
    hash_tree(image, (end, start), &settings)?;
    let essence = essence(&settings, &members.digests(found));
    members.open(found, depth)?;
    found.manifest(&essence)
}

fn describe(bundle: &mut Bundle, settings: &[Setting]) {
    let value = |path: &str| settings.iter().find(|s| s.path == path);
    if let Some(compatible) = value("update/compatible") {
        bundle.for_device(&compatible.value);
    }
    bundle.version(value("update/version").map(|s| s.value.as_str()));
    bundle.hash = value("bundle/verity-hash").map(|s| crate::bundle::short(&s.value));
    // Each is looked up among all settings.
    for setting in settings.iter().filter(|s| s.split().1 == "filename").take(TEXTS) {
        let section = setting.split().0;
        if let Some(slot) = section.strip_prefix("image.") {
            let digest = value(&format!("{section}/sha256")).map(|s| s.value.as_str());
            bundle.image(slot, Some(&setting.value), digest);
        }
    }
}

/// The hash tree follows from the file system, and the kernel checks it with the root hash. Where its size is not what
/// the manifest says, it is listed as bytes that nobody read.
fn hash_tree(image: &Image, (start, end): (u64, u64), settings: &[Setting]) -> Result<()> {
    let size = settings.iter().find(|s| s.path == "bundle/verity-size");
    match size.and_then(|s| s.value.parse::<u64>().ok()) {
        Some(size) if Some(size) == end.checked_sub(start) => image.mark(start, size),
        _ => Ok(()),
    }
}

/// What is signed, where the signature has it inside: SEQUENCE { oid, [0] { SEQUENCE { version, algorithms, SEQUENCE {
/// oid, [0] { OCTET STRING }}}}} (RFC 5652, section 5).
fn content(cms: &[u8]) -> Option<&[u8]> {
    let (info, _) = element(cms, 0x30)?;
    let (_, rest) = element(info, 0x06)?;
    let (explicit, _) = element(rest, 0xa0)?;
    let (signed, _) = element(explicit, 0x30)?;
    let (_, rest) = element(signed, 0x02)?;
    let (_, rest) = element(rest, 0x31)?;
    let (encapsulated, _) = element(rest, 0x30)?;
    let (_, rest) = element(encapsulated, 0x06)?;
    let (explicit, _) = element(rest, 0xa0)?;
    element(explicit, 0x04).map(|(text, _)| text)
}

/// The body of a DER element with this tag, and what follows it.
fn element(bytes: &[u8], tag: u8) -> Option<(&[u8], &[u8])> {
    let (first, rest) = bytes.split_first()?;
    let (length, rest) = rest.split_first()?;
    let (length, rest) = match length {
        0..=0x7f => (usize::from(*length), rest),
        0x81..=0x83 => {
            let (digits, rest) = rest.split_at_checked(usize::from(length & 0x7f))?;
            (digits.iter().fold(0usize, |n, b| n.saturating_mul(256).saturating_add(usize::from(*b))), rest)
        }
        _ => return None,
    };
    (*first == tag).then(|| rest.split_at_checked(length)).flatten()
}
