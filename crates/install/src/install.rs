//! Installing: a verified package becomes finished images in storage, and goes on where it was
//! interrupted.
//!
//! For each image: chunks are decoded in order; every few mebibytes what was written is synced, and only
//! then a checkpoint that claims it is put into the journal. When a package is installed again, whatever
//! the newest checkpoint claims is read back and held to the digest in it; what is not there as claimed is
//! written anew, from the begin of its image. So neither a lost write nor a torn one, nor a journal that
//! lies, can end in anything but the image that was signed, or in a fresh attempt.

use crate::base::{self, Wanted};
use crate::decode::{self, decode};
use crate::journal::{Claim, Journal, binding};
use crate::storage::Storage;
use crate::{Error, refuse};
use pkg_codec::Stored;
use pkg_codec::delta::Base;
use pkg_format::manifest::Image;
use pkg_format::{Digest, Id, Rule, delivery};
use pkg_sha256::Hasher;
use pkg_verify::{Complete, Payload, Verified};
use pkg_verify::io::Read;
use std::num::NonZeroUsize;
use std::path::Path;

/// How a package is installed.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// How many chunks are decoded side by side. Each takes the memory that the delivery declares.
    pub jobs: NonZeroUsize,
    /// After how many image bytes a checkpoint is made, at the next end of a chunk. Each waits for the
    /// medium twice: for the image, then for the journal.
    pub checkpoint: u64,
    /// Called with the image bytes that were finished since the call before.
    pub progress: &'a dyn Fn(u64),
    /// Called before anything is written, if an earlier attempt is continued.
    pub resumed: &'a dyn Fn(&Resumed),
}

impl Default for Options<'_> {
    /// One chunk after the other, a checkpoint every 4 MiB, in silence.
    fn default() -> Self {
        Options { jobs: NonZeroUsize::MIN, checkpoint: 4 << 20, progress: &|_| (), resumed: &|_| () }
    }
}

/// Where an install goes on that was interrupted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Resumed {
    /// Images that are finished.
    pub finished: usize,
    /// The image that is continued, its bytes that are there and its size; none where all are finished.
    pub image: Option<(Id, u64, u64)>,
}

/// Where one image goes.
pub struct Target<'a> {
    /// The component whose image it is.
    pub component: Id,
    /// What the place is called in messages. A journal is good for the same places only.
    pub name: &'a Path,
    /// The place.
    pub storage: &'a mut dyn Storage,
    /// What a delta starts from, and what that is called. Not looked at where there is no delta.
    pub base: Option<(&'a dyn Base, &'a Path)>,
}

/// Where an attempt begins: every image before `image` is finished, and the first bytes of that one.
struct Start {
    image: usize,
    chunks: usize,
    bytes: u64,
    hash: Hasher,
}

impl Start {
    fn of(image: usize) -> Start {
        Start { image, chunks: 0, bytes: 0, hash: Hasher::new() }
    }
}

/// Writes the images of a package to their targets. When it returns, every byte of the package was read
/// and matched, every image was read back and is the one that was signed, and all of it lasts.
///
/// Before the first byte is written: every target is known to be large enough, and every base was read
/// whole and compared. With a `journal`, storage of at least 8 KiB, the same install goes on where an
/// earlier one was interrupted, however that ended; without one it begins anew. The journal needs no
/// care: a record of another install is ignored and written over, and one that lies about what is there costs
/// one attempt ([`Error::LyingJournal`]): the next call writes that image from its begin.
///
/// Images without a target are checked as stored, but not rebuilt, and need no base.
///
/// # Errors
/// After any error the targets hold nothing to be used, and the same call may be made again.
pub fn install<'a, R: Read>(
    verified: Verified<R>,
    targets: &mut [Target<'_>],
    journal: Option<(&'a mut dyn Storage, &'a Path)>,
    options: &Options<'_>,
) -> Result<Complete, Error> {
    let binding = binding(&verified, targets.iter().map(|t| (&t.component, t.name)));
    install_bound(verified, targets, journal, binding, options)
}

/// The same, where places have other names for the journal than in messages.
pub(crate) fn install_bound<'a, R: Read>(
    mut verified: Verified<R>,
    targets: &mut [Target<'_>],
    journal: Option<(&'a mut dyn Storage, &'a Path)>,
    binding: Digest,
    options: &Options<'_>,
) -> Result<Complete, Error> {
    let Some(release) = verified.manifest().release() else {
        return Err(Error::Words { kind: verified.manifest().kind().as_str() });
    };
    let images = release.images.clone();
    let payloads = verified.delivery().map(|d| d.payloads.clone()).unwrap_or_default();
    known(targets, &images)?;
    fit(targets, &images)?;
    let mut journal = Journal::open(journal, binding);
    let start = start(journal.claim, targets, &images, &payloads);
    let begin = start.image;
    bases(targets, images.iter().zip(&payloads).skip(begin))?;
    if let Some(resumed) = resumed(&start, targets, &images) {
        (options.resumed)(&resumed);
    }
    let there = images.iter().take(begin).filter(|i| of(targets, i).is_some());
    (options.progress)(there.fold(start.bytes, |sum, image| sum.saturating_add(image.size)));
    // From here on the newest record is about this install, and claims what is there.
    let mut claim = Claim {
        image: u32::try_from(begin).unwrap_or(u32::MAX),
        chunks: u32::try_from(start.chunks).unwrap_or(u32::MAX),
        bytes: start.bytes,
        sha256: Digest(start.hash.clone().finish()),
    };
    if journal.claim != Some(claim) {
        journal.write(claim)?;
    }
    let mut start = Some(start);
    while let Some(payload) = verified.next_payload()? {
        let index = payload.index();
        let (image, stored) = (images.get(index), payloads.get(index));
        let (Some(image), Some(stored)) = (image, stored) else { continue };
        let Some(target) = targets.iter_mut().find(|t| t.component == image.component) else { continue };
        // What an earlier attempt finished is checked as stored, with whatever reads on.
        if index < begin {
            continue;
        }
        let from = start.take_if(|s| s.image == index).unwrap_or_else(|| Start::of(index));
        claim.image = u32::try_from(index).unwrap_or(u32::MAX);
        let resumed = from.bytes > 0;
        match rebuild(payload, stored, image, target, from, &mut journal, claim, options) {
            Err(error) if is_other_image(&error) => {
                // Whatever the checkpoints of this image said, nobody goes on from them any more. That this
                // fails too is no news beside what went wrong.
                let _ = journal.discard(claim.image);
                let path = target.name.into();
                return Err(if resumed { Error::LyingJournal { path } } else { error });
            }
            rebuilt => rebuilt?,
        }
        claim = Claim::begin(claim.image.saturating_add(1));
        journal.write(claim)?;
    }
    Ok(verified.finish()?)
}

/// Whether the bytes that were written are not the image: the only thing that a lie about those bytes can do.
fn is_other_image(error: &Error) -> bool {
    let refused = error.refusal().is_some_and(|refusal| refusal.rule == Rule::Pay4);
    refused || matches!(error, Error::ReadBack { .. })
}

/// The target of an image.
fn of<'t, 'a>(targets: &'t [Target<'a>], image: &Image) -> Option<&'t Target<'a>> {
    targets.iter().find(|t| t.component == image.component)
}

/// Each target is for an image that there is, and no component has two.
fn known(targets: &[Target<'_>], images: &[Image]) -> Result<(), Error> {
    for (i, target) in targets.iter().enumerate() {
        if targets.iter().take(i).any(|other| other.component == target.component) {
            return Err(Error::Twice { path: target.name.into() });
        }
        if !images.iter().any(|i| i.component == target.component) {
            let there = images.iter().map(|i| i.component.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Error::NoSuchImage { component: target.component.clone(), there });
        }
    }
    Ok(())
}

/// Each target holds its image.
fn fit(targets: &[Target<'_>], images: &[Image]) -> Result<(), Error> {
    for image in images {
        let Some(target) = of(targets, image) else { continue };
        let failed = |error| Error::Write { path: target.name.into(), error };
        let capacity = target.storage.capacity().map_err(failed)?;
        if capacity < image.size {
            let component = image.component.clone();
            return Err(Error::TooSmall { path: target.name.into(), component, size: image.size, capacity });
        }
    }
    Ok(())
}

/// Compares the base of each image that is still to be rebuilt: that all are there and right is known
/// before anything is written.
fn bases<'i>(
    targets: &[Target<'_>],
    images: impl Iterator<Item = (&'i Image, &'i delivery::Payload)>,
) -> Result<(), Error> {
    let mut needed = Vec::new();
    for (image, payload) in images {
        let Some(base) = &payload.base else { continue };
        let Some(target) = of(targets, image) else { continue };
        match target.base {
            Some((bytes, path)) => needed.push((image, base, bytes, path)),
            None => {
                return Err(Error::NeedsBase { component: image.component.clone(), base: base.clone() });
            }
        }
    }
    for (image, base, bytes, path) in needed {
        let name = format!("base of {}, version {} ({})", image.component, base.version, path.display());
        base::compare(bytes, &Wanted { size: base.size, sha256: base.sha256, name: &name, path })?;
    }
    Ok(())
}

/// Where to begin: at what the journal claims, as far as the storage gives it back.
fn start(
    claim: Option<Claim>,
    targets: &[Target<'_>],
    images: &[Image],
    payloads: &[delivery::Payload],
) -> Start {
    let Some(claim) = claim else { return Start::of(0) };
    let claimed = usize::try_from(claim.image).unwrap_or(usize::MAX);
    for (index, image) in images.iter().enumerate() {
        let Some(target) = of(targets, image) else { continue };
        if index < claimed {
            match is_whole(target, image) {
                true => continue,
                false => return Start::of(index),
            }
        }
        if index > claimed {
            return Start::of(index);
        }
        let chunks = usize::try_from(claim.chunks).unwrap_or(usize::MAX);
        let covered = payloads.get(index).and_then(|p| p.chunks.get(..chunks)).unwrap_or_default();
        let bytes = covered.iter().fold(0u64, |sum, chunk| sum.saturating_add(chunk.image_bytes));
        return match read_back(target, bytes) {
            Some(hash)
                if bytes > 0 && bytes == claim.bytes && Digest(hash.clone().finish()) == claim.sha256 =>
            {
                Start { image: index, chunks, bytes, hash }
            }
            _ => Start::of(index),
        };
    }
    Start::of(images.len())
}

/// The hash of the first bytes of a target; none where they cannot be read: they are written anew then.
fn read_back(target: &Target<'_>, size: u64) -> Option<Hasher> {
    let storage = &target.storage;
    match storage.reads_back() {
        true => base::digest(size, &mut |at, piece| storage.read_at(at, piece)).ok(),
        false => None,
    }
}

/// Whether a target gives back its image.
fn is_whole(target: &Target<'_>, image: &Image) -> bool {
    read_back(target, image.size).is_some_and(|hash| Digest(hash.finish()) == image.sha256)
}

/// What is said of a start that is not the begin.
fn resumed(start: &Start, targets: &[Target<'_>], images: &[Image]) -> Option<Resumed> {
    let finished = images.iter().take(start.image).filter(|i| of(targets, i).is_some()).count();
    let image = images.get(start.image).map(|i| (i.component.clone(), start.bytes, i.size));
    (finished > 0 || start.bytes > 0).then_some(Resumed { finished, image })
}

/// Decodes what is left of one payload, chunk by chunk, and sees to it that its target holds the image
/// that was signed.
#[allow(clippy::too_many_arguments, reason = "what one image is made of, from where to where")]
fn rebuild<R: Read>(
    mut payload: Payload<'_, R>,
    stored: &delivery::Payload,
    image: &Image,
    target: &mut Target<'_>,
    start: Start,
    journal: &mut Journal<'_>,
    mut claim: Claim,
    options: &Options<'_>,
) -> Result<(), Error> {
    let name = format!("image {}", image.component);
    let recipe = decode::Payload {
        codec: stored.codec,
        base: target.base.filter(|_| stored.base.is_some()),
        chunks: &stored.chunks,
        decode_memory: stored.decode_memory,
        size: image.size,
        name: &name,
    };
    // The preamble of a delta has no image bytes, and is needed however far the image is.
    let preamble = usize::from(stored.base.is_some());
    let (mut at, mut hash, mut since, mut read) = (start.bytes, start.hash, 0u64, 0usize);
    claim.chunks = u32::try_from(start.chunks.max(preamble)).unwrap_or(u32::MAX);
    let path = target.name;
    let failed = |error| Error::Write { path: path.into(), error };
    decode(
        &recipe,
        start.bytes,
        options.jobs,
        &mut || {
            while let Some((chunk, bytes)) = payload.take_chunk()? {
                read = read.saturating_add(1);
                if read > start.chunks || read <= preamble {
                    return Ok(Some(Stored { image_bytes: chunk.image_bytes, bytes }));
                }
            }
            Ok(None)
        },
        &mut |bytes| {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            // What is larger than was signed is not written beyond that.
            if at.saturating_add(length) > image.size {
                return refuse(Rule::Pay4, format!("{name} of more than {} bytes", image.size));
            }
            target.storage.write_at(at, bytes).map_err(failed)?;
            hash.update(bytes);
            at = at.saturating_add(length);
            since = since.saturating_add(length);
            claim.chunks = claim.chunks.saturating_add(1);
            if since >= options.checkpoint && at < image.size {
                target.storage.sync().map_err(failed)?;
                (claim.bytes, claim.sha256, since) = (at, Digest(hash.clone().finish()), 0);
                journal.write(claim)?;
            }
            (options.progress)(length);
            Ok(())
        },
    )?;
    if (at, Digest(hash.finish())) != (image.size, image.sha256) {
        return refuse(Rule::Pay4, format!("{name} of {} bytes", image.size));
    }
    target.storage.sync().map_err(failed)?;
    if !target.storage.reads_back() {
        return Ok(());
    }
    match is_whole(target, image) {
        true => Ok(()),
        false => Err(Error::ReadBack { path: path.into() }),
    }
}
