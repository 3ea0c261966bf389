//! Applying a patch: the delta between two bare files (SPEC, appendix A).
//!
//! A patch is not a package: only its own digests vouch for it, and its output is as safe from a power cut as any copied
//! file. So nothing is synced here.

use crate::base::{self, Wanted};
use crate::decode::{Decoded, ImagePayload, decode, refused, sizes};
use crate::install::InstallOptions;
use crate::{Error, refuse};
use pkg_codec::delta::{Base, Costs, Metered};
use pkg_codec::{FileBase, Stored};
use pkg_files::{AtomicFile, Durability, NotRegular, Rights};
use pkg_format::delivery::{Chunk, Codec};
use pkg_format::patch::{HEAD, Patch};
use pkg_format::{Digest, Rule};
use pkg_verify::Policy;
use std::io::{Read, Write as _};
use std::num::NonZeroUsize;
use std::path::Path;

/// The three files of a patch.
#[derive(Debug, Clone, Copy)]
pub struct Patching<'a> {
    /// The file that the patch is for.
    pub old: &'a Path,
    /// The name of the patch for messages; the patch itself comes from a reader.
    pub patch: &'a Path,
    /// The file to write, which may be the old one.
    pub new: &'a Path,
}

/// Reads the header of a patch, and leaves the reader before the first chunk.
///
/// # Errors
/// The header is refused or cannot be read.
pub fn read_patch(reader: &mut impl Read, path: &Path) -> Result<Patch, Error> {
    let mut source = Source { reader, path };
    let mut head = Vec::new();
    source.up_to(HEAD, &mut head)?;
    let length = Patch::header_length(&head).map_err(pkg_verify::Error::from)?;
    let mut header = Vec::new();
    source.exactly(length, &mut header)?;
    Ok(Patch::decode(&header).map_err(pkg_verify::Error::from)?)
}

/// A patch that is read forward.
struct Source<'a, R> {
    reader: &'a mut R,
    path: &'a Path,
}

impl<R: Read> Source<'_, R> {
    /// Appends the next bytes, fewer at the end; memory grows as they arrive.
    fn up_to(&mut self, length: usize, to: &mut Vec<u8>) -> Result<usize, Error> {
        let limit = u64::try_from(length).unwrap_or(u64::MAX);
        let read = self.reader.take(limit).read_to_end(to);
        read.map_err(|error| Error::ReadPatch { path: self.path.into(), error })
    }

    fn exactly(&mut self, length: u64, to: &mut Vec<u8>) -> Result<(), Error> {
        let length = usize::try_from(length).unwrap_or(usize::MAX);
        match self.up_to(length, to)? == length {
            true => Ok(()),
            false => refuse(Rule::Con6, "the patch ends inside its header or a chunk".into()),
        }
    }

    /// The next chunk, compared with its digest.
    fn chunk(&mut self, n: usize, chunk: &Chunk) -> Result<Vec<u8>, Error> {
        let mut bytes = Vec::new();
        self.exactly(chunk.stored_bytes, &mut bytes)?;
        match Digest(pkg_sha256::digest(&bytes)) == chunk.sha256 {
            true => Ok(bytes),
            false => refuse(Rule::Pay1, format!("chunk {n} of the patch")),
        }
    }

    fn end(&mut self) -> Result<(), Error> {
        match self.up_to(1, &mut Vec::new())? {
            0 => Ok(()),
            _ => refuse(Rule::Con7, "bytes behind the last chunk of the patch".into()),
        }
    }
}

/// Writes the new file beside its place, and renames it once all of it is right.
///
/// # Errors
/// The patch or the old file is refused, or something cannot be read or written. What was at `new` is as it was.
pub fn apply_patch<R: Read>(
    files: &Patching<'_>,
    reader: &mut R,
    options: &InstallOptions<'_>,
) -> Result<Patch, Error> {
    let patch = read_patch(reader, files.patch)?;
    allowed(&patch)?;
    let name = format!("{}", files.old.display());
    let wanted = Wanted { size: patch.old.size, sha256: patch.old.sha256, name: &name, path: files.old };
    let (old, _) = base::open(files.old, wanted.size)?;
    base::sized(&old, &wanted)?;
    if options.jobs == NonZeroUsize::MIN {
        base::compare(&old, &wanted)?;
        rebuild(files, &patch, reader, &old, options, &mut || Ok(()))?;
        return Ok(patch);
    }
    // The old file is compared while the first chunks are decoded; nothing is written before.
    std::thread::scope(|scope| {
        let mut comparing = Some(scope.spawn(|| base::compare(&old, &wanted)));
        let mut compared = || match comparing.take().map(|thread| thread.join()) {
            None => Ok(()),
            Some(Ok(verdict)) => verdict,
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        };
        let rebuilt = rebuild(files, &patch, reader, &old, options, &mut compared);
        // Whatever went wrong, a wrong base is the reason for it.
        compared()?;
        rebuilt
    })?;
    Ok(patch)
}

/// What the stored bytes of a patch are spent on. `reader` is behind the header, as [`read_patch`] leaves it. The old file
/// is compared with the digest in the header first; nothing is written.
///
/// # Errors
/// The patch or the old file is refused or cannot be read.
pub fn patch_costs<R: Read>(files: &Patching<'_>, patch: &Patch, reader: &mut R) -> Result<Costs, Error> {
    allowed(patch)?;
    let name = format!("{}", files.old.display());
    let wanted = Wanted { size: patch.old.size, sha256: patch.old.sha256, name: &name, path: files.old };
    let (old, _) = base::open(files.old, wanted.size)?;
    base::sized(&old, &wanted)?;
    base::compare(&old, &wanted)?;
    let image = payload(files, patch, &old);
    let refused = |error| refused(error, &image);
    let mut source = Source { reader, path: files.patch };
    let Some((first, chunks)) = patch.chunks.split_first() else {
        return refuse(Rule::Dlt5, "no preamble".into());
    };
    let preamble = source.chunk(0, first)?;
    let (old, sizes): (&dyn Base, _) = (&old, sizes(&patch.chunks, &preamble));
    let ends = (old, patch.new.size);
    let mut metered = Metered::new(&preamble, ends, sizes, patch.decode_memory).map_err(refused)?;
    let mut at = 0u64;
    for (n, chunk) in (1usize..).zip(chunks) {
        let stored = source.chunk(n, chunk)?;
        metered.chunk(old, at, &stored, chunk.image_bytes).map_err(refused)?;
        at = at.saturating_add(chunk.image_bytes);
    }
    source.end()?;
    Ok(metered.costs())
}

/// The memory that a patch declares is not signed, so the default policy limits it.
fn allowed(patch: &Patch) -> Result<(), Error> {
    let allowed = Policy::default().decode_memory;
    if patch.decode_memory > allowed {
        return refuse(Rule::Pol1, format!("{} bytes to decode, {allowed} allowed", patch.decode_memory));
    }
    Ok(())
}

/// The new file, as a payload.
fn payload<'a>(files: &Patching<'a>, patch: &'a Patch, old: &'a FileBase) -> ImagePayload<'a> {
    ImagePayload {
        name: "the new file",
        codec: Codec::Delta1,
        base: Some((old, files.old)),
        chunks: &patch.chunks,
        decode_memory: patch.decode_memory,
        size: patch.new.size,
        sha256: patch.new.sha256,
    }
}

/// Decodes the new file; `compared` waits until the old one is known to be right.
fn rebuild<R: Read>(
    files: &Patching<'_>,
    patch: &Patch,
    reader: &mut R,
    old: &FileBase,
    options: &InstallOptions<'_>,
    compared: &mut dyn FnMut() -> Result<(), Error>,
) -> Result<(), Error> {
    let image = payload(files, patch, old);
    let mut source = Source { reader, path: files.patch };
    let mut chunks = patch.chunks.iter().enumerate();
    let mut pending = None;
    let failed = |error: std::io::Error| match NotRegular::from_error(&error) {
        Some(NotRegular { found }) => Error::NotAFile { path: files.new.into(), found },
        None => Error::Write { path: files.new.into(), error },
    };
    let begin = || AtomicFile::create(files.new, Rights::Usual).map_err(failed);
    decode(
        &image,
        Decoded::default(),
        options.jobs,
        &mut || {
            let Some((n, chunk)) = chunks.next() else { return source.end().map(|()| None) };
            let bytes = source.chunk(n, chunk)?;
            Ok(Some(Stored { image_bytes: chunk.image_bytes, bytes }))
        },
        &mut |piece| {
            let file = match &mut pending {
                Some(file) => file,
                None => {
                    compared()?;
                    pending.insert(begin()?)
                }
            };
            file.write_all(piece.bytes).map_err(failed)?;
            (options.progress)(piece.size());
            Ok(())
        },
    )?;
    compared()?;
    // An empty file has no bytes that would have opened it.
    pending.map_or_else(begin, Ok)?.commit(Durability::Process).map_err(failed)
}
