//! Installing: a verified package becomes finished images in storage, and an interrupted install resumes.
//!
//! The chunks of each image are decoded in order. Every few mebibytes what was written is synced, and only then a
//! checkpoint that claims it goes into the journal. The next install of the same package reads back whatever the newest
//! checkpoint claims and compares it with the digest in the checkpoint. What matches is not read from the package
//! again; an image that does not match is written again from its start. So a lost write, a torn write or a false journal
//! ends in the image that was signed or in a fresh attempt, and in nothing else.

use crate::Error;
use crate::base::{self, Wanted};
use crate::decode::{Decoded, ImagePayload, decode, next_chunk};
use crate::journal::{Claim, Journal, binding};
use crate::storage::Storage;
use pkg_codec::delta::Base;
use pkg_format::manifest::Image;
use pkg_format::{Digest, Id, Rule, delivery};
use pkg_verify::io::Read;
use pkg_verify::{Complete, Payload, Verified};
use std::num::NonZeroUsize;
use std::path::Path;

/// How a package is installed.
///
/// ```
/// use pkg_install::InstallOptions;
/// use std::num::NonZeroUsize;
///
/// let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
/// let options = InstallOptions { jobs, progress: &|bytes| println!("{bytes} more"), ..InstallOptions::default() };
/// ```
#[derive(Clone, Copy)]
pub struct InstallOptions<'a> {
    /// How many chunks are decoded at once. Each takes the memory that the delivery declares; if there are several, one
    /// more chunk is held while it is written.
    pub jobs: NonZeroUsize,
    /// After how many image bytes a checkpoint is made, at the end of a chunk. Each checkpoint waits for the medium
    /// twice: for the image, then for the journal.
    pub checkpoint: u64,
    /// Called with the number of image bytes that were finished since the last call.
    pub progress: &'a dyn Fn(u64),
    /// Called before anything is written, if an earlier attempt is resumed.
    pub resumed: &'a dyn Fn(&Resumed),
}

impl Default for InstallOptions<'_> {
    /// One chunk at a time, a checkpoint every 4 MiB, no reports.
    fn default() -> Self {
        InstallOptions { jobs: NonZeroUsize::MIN, checkpoint: 4 << 20, progress: &|_| (), resumed: &|_| () }
    }
}

/// Where an interrupted install resumes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Resumed {
    /// Images that are finished.
    pub finished: usize,
    /// The unfinished image: its component, the bytes that are there, and its size. `None` if all are finished.
    pub image: Option<(Id, u64, u64)>,
}

/// Where one image goes.
pub struct Target<'a> {
    /// The component whose image it is.
    pub component: Id,
    /// The name of the place, for messages. A journal is valid only for the same places.
    pub name: &'a Path,
    /// The place.
    pub storage: &'a mut dyn Storage,
    /// The base of a delta, and its name for messages. Ignored if the payload is no delta.
    pub base: Option<(&'a dyn Base, &'a Path)>,
}

impl<'a> Target<'a> {
    /// The image of `component` goes to `storage`, which messages call `name`. There is no base.
    pub fn new(component: Id, name: &'a Path, storage: &'a mut dyn Storage) -> Self {
        Target { component, name, storage, base: None }
    }
}

/// Where an attempt starts: all images before `image` are finished, and the first chunks of that one.
struct Start {
    image: usize,
    chunks: usize,
    decoded: Decoded,
}

impl Start {
    /// The start of an image.
    fn new(image: usize) -> Start {
        Start { image, chunks: 0, decoded: Decoded::default() }
    }
}

/// Writes the images of a package to their targets. On success every image was read back, matches its signed digest and
/// survives a power cut. Every byte of the package was checked, except what an earlier attempt had already written.
///
/// Before the first byte is written, every target is known to be large enough, and every base was read and compared.
/// With a `journal`, storage of at least 8 KiB, the same call resumes an interrupted install, however that ended;
/// without one it starts again. What an earlier attempt wrote and the target gives back is skipped in the package: a
/// [`pkg_verify::io::Seekable`] reader seeks past it. The journal needs no care: a record of another install is
/// overwritten, and a false record costs one attempt ([`Error::LyingJournal`]): the next call writes that image from its
/// start.
///
/// Images without a target are checked as stored, but not rebuilt, and need no base.
///
/// ```
/// use pkg_install::{FileStorage, InstallOptions, Target, install};
/// use pkg_verify::format::Id;
/// use std::path::Path;
///
/// # let testdata = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/golden/format-1");
/// # let keyring = std::fs::read(format!("{testdata}/EXAMPLE.keyring"))?;
/// # let keyring = pkg_verify::Keyring::open(&keyring, pkg_verify::ExampleKeys::DangerAccept)?;
/// # let package = std::fs::File::open(format!("{testdata}/cam-x1-1.4.3.full.pkg"))?;
/// # let verified = pkg_verify::open(package)?.verify(&keyring, &pkg_verify::Policy::default())?;
/// let (mut slot, mut journal) =
///     (FileStorage::growing(tempfile::tempfile()?), FileStorage::growing(tempfile::tempfile()?));
/// let rootfs = Target::new(Id::new("rootfs")?, Path::new("slot b"), &mut slot);
/// let journal = Some((&mut journal as _, Path::new("journal")));
/// let complete = install(verified, &mut [rootfs], journal, &InstallOptions::default())?;
/// assert_eq!(complete.skipped(), 0, "nothing was there to resume from");
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
/// The package or a base is refused, or something cannot be read or written. After an error, do not
/// use the targets; the same call may be repeated.
pub fn install<'a, R: Read>(
    verified: Verified<R>,
    targets: &mut [Target<'_>],
    journal: Option<(&'a mut dyn Storage, &'a Path)>,
    options: &InstallOptions<'_>,
) -> Result<Complete, Error> {
    let binding = binding(&verified, targets.iter().map(|t| (&t.component, t.name)));
    install_bound(verified, targets, journal, binding, options)
}

/// Like [`install`], with a binding that the caller chooses, for targets whose names do not identify them.
pub(crate) fn install_bound<'a, R: Read>(
    mut verified: Verified<R>,
    targets: &mut [Target<'_>],
    journal: Option<(&'a mut dyn Storage, &'a Path)>,
    binding: Digest,
    options: &InstallOptions<'_>,
) -> Result<Complete, Error> {
    let Some(release) = verified.manifest().release() else {
        return Err(Error::NoImages { kind: verified.manifest().kind().as_str() });
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
    (options.progress)(there.fold(start.decoded.bytes, |sum, image| sum.saturating_add(image.size)));
    // From here on the newest record belongs to this install, and claims what is there.
    let mut claim = Claim {
        image: u32::try_from(begin).unwrap_or(u32::MAX),
        chunks: u32::try_from(start.chunks).unwrap_or(u32::MAX),
        bytes: start.decoded.bytes,
        sha256: start.decoded.sha256(),
    };
    if journal.claim != Some(claim) {
        journal.write(claim)?;
    }
    let mut start = Some(start);
    while let Some(mut payload) = verified.next_payload()? {
        let index = payload.index();
        let (image, stored) = (images.get(index), payloads.get(index));
        let (Some(image), Some(stored)) = (image, stored) else { continue };
        let Some(target) = targets.iter_mut().find(|t| t.component == image.component) else { continue };
        // An earlier attempt finished it, and it was read back: its payload is not read again.
        if index < begin {
            payload.danger_skip_chunks(usize::MAX)?;
            continue;
        }
        let from = start.take_if(|s| s.image == index).unwrap_or_else(|| Start::new(index));
        claim.image = u32::try_from(index).unwrap_or(u32::MAX);
        let resumed = from.decoded.bytes > 0;
        match rebuild(payload, stored, image, target, from, &mut journal, claim, options) {
            Err(error) if is_other_image(&error) => {
                // Nobody may resume from the checkpoints of this image. If this fails too, the first error
                // is the one to report.
                let _ = journal.write(Claim::start_of(claim.image));
                let path = target.name.into();
                return Err(if resumed { Error::LyingJournal { path } } else { error });
            }
            rebuilt => rebuilt?,
        }
        claim = Claim::start_of(claim.image.saturating_add(1));
        journal.write(claim)?;
    }
    Ok(verified.finish()?)
}

/// Whether the bytes that were written are not the image: all that a false journal can cause.
fn is_other_image(error: &Error) -> bool {
    let refused = error.refusal().is_some_and(|refusal| refusal.rule == Rule::Pay4);
    refused || matches!(error, Error::ReadBack { .. })
}

/// The target of an image.
fn of<'t, 'a>(targets: &'t [Target<'a>], image: &Image) -> Option<&'t Target<'a>> {
    targets.iter().find(|t| t.component == image.component)
}

/// Each target belongs to an image of the package, and no component has two.
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

/// Each target is large enough for its image.
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

/// Compares the base of each image that is still to be rebuilt, before anything is written.
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

/// Where to start: at what the journal claims, as far as the storage gives it back.
fn start(
    claim: Option<Claim>,
    targets: &[Target<'_>],
    images: &[Image],
    payloads: &[delivery::Payload],
) -> Start {
    let Some(claim) = claim else { return Start::new(0) };
    let claimed = usize::try_from(claim.image).unwrap_or(usize::MAX);
    for (index, image) in images.iter().enumerate() {
        let Some(target) = of(targets, image) else { continue };
        if index < claimed {
            match is_whole(target, image) {
                true => continue,
                false => return Start::new(index),
            }
        }
        if index > claimed {
            return Start::new(index);
        }
        let chunks = usize::try_from(claim.chunks).unwrap_or(usize::MAX);
        let covered = payloads.get(index).and_then(|p| p.chunks.get(..chunks)).unwrap_or_default();
        let bytes = covered.iter().fold(0u64, |sum, chunk| sum.saturating_add(chunk.image_bytes));
        return match read_back(target, bytes) {
            Some(decoded) if bytes > 0 && bytes == claim.bytes && decoded.sha256() == claim.sha256 => {
                Start { image: index, chunks, decoded }
            }
            _ => Start::new(index),
        };
    }
    Start::new(images.len())
}

/// Hashes the first `size` bytes of a target. `None` if they cannot be read; they are then written again.
fn read_back(target: &Target<'_>, size: u64) -> Option<Decoded> {
    let storage = &target.storage;
    let read = || base::digest(size, &mut |at, piece| storage.read_at(at, piece)).ok();
    let hash = storage.reads_back().then(read).flatten()?;
    Some(Decoded { bytes: size, hash })
}

/// Whether a target gives back its image.
fn is_whole(target: &Target<'_>, image: &Image) -> bool {
    read_back(target, image.size).is_some_and(|decoded| decoded.sha256() == image.sha256)
}

/// What to report about resuming; `None` if nothing was written yet.
fn resumed(start: &Start, targets: &[Target<'_>], images: &[Image]) -> Option<Resumed> {
    let finished = images.iter().take(start.image).filter(|i| of(targets, i).is_some()).count();
    let image = images.get(start.image).map(|i| (i.component.clone(), start.decoded.bytes, i.size));
    (finished > 0 || start.decoded.bytes > 0).then_some(Resumed { finished, image })
}

/// Decodes what is left of one payload and checks that its target then holds the image that was signed.
#[allow(clippy::too_many_arguments, reason = "what one image is made of, from where to where")]
fn rebuild<R: Read>(
    mut payload: Payload<'_, R>,
    stored: &delivery::Payload,
    image: &Image,
    target: &mut Target<'_>,
    start: Start,
    journal: &mut Journal<'_>,
    mut claim: Claim,
    options: &InstallOptions<'_>,
) -> Result<(), Error> {
    let name = format!("image {}", image.component);
    let decoding = ImagePayload::new(&name, image, stored, target.base);
    // The preamble of a delta has no image bytes, and is needed however far the image is.
    let mut preamble = stored.base.is_some();
    let mut done = start.chunks.saturating_sub(usize::from(preamble));
    let mut since = 0u64;
    claim.chunks = u32::try_from(start.chunks.max(usize::from(preamble))).unwrap_or(u32::MAX);
    let path = target.name;
    let failed = |error| Error::Write { path: path.into(), error };
    decode(
        &decoding,
        start.decoded,
        options.jobs,
        &mut || {
            if !std::mem::take(&mut preamble) {
                // What the target gave back is not read again.
                payload.danger_skip_chunks(std::mem::take(&mut done))?;
            }
            next_chunk(&mut payload)
        },
        &mut |piece| {
            target.storage.write_at(piece.at, piece.bytes).map_err(failed)?;
            since = since.saturating_add(piece.size());
            claim.chunks = claim.chunks.saturating_add(1);
            let decoded = piece.decoded;
            if since >= options.checkpoint && decoded.bytes < image.size {
                target.storage.sync().map_err(failed)?;
                (claim.bytes, claim.sha256, since) = (decoded.bytes, decoded.sha256(), 0);
                journal.write(claim)?;
            }
            (options.progress)(piece.size());
            Ok(())
        },
    )?;
    target.storage.sync().map_err(failed)?;
    if !target.storage.reads_back() {
        return Ok(());
    }
    match is_whole(target, image) {
        true => Ok(()),
        false => Err(Error::ReadBack { path: path.into() }),
    }
}
