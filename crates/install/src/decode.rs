//! Decoding a payload into an image. There is one way to do it: for installing, previewing and patching, and for the
//! builder, which tries what it made.

use crate::{Error, refusal, refuse};
use pkg_codec::delta::{Base, Map, Sizes};
use pkg_codec::{Codec, Fault, Recipe, Stored, decode_payload};
use pkg_format::delivery::{self, Chunk, largest};
use pkg_format::manifest::Image;
use pkg_format::{Digest, Rule};
use pkg_sha256::Hasher;
use pkg_verify::Payload;
use pkg_verify::io::Read;
use std::fs::File;
use std::io::{self, Write};
use std::num::NonZeroUsize;
use std::path::Path;

/// One image and how it is stored.
#[derive(Clone, Copy)]
pub struct ImagePayload<'a> {
    /// What the image is called in messages.
    pub name: &'a str,
    /// How its chunks are stored.
    pub codec: delivery::Codec,
    /// The base of a delta, which has been compared with its digest, and its path for messages.
    pub base: Option<(&'a dyn Base, &'a Path)>,
    /// Its chunks; the first one of a delta is the preamble.
    pub chunks: &'a [Chunk],
    /// Bytes of memory that decoding one chunk may take.
    pub decode_memory: u64,
    /// Bytes of the image.
    pub size: u64,
    /// The digest of the image.
    pub sha256: Digest,
}

impl<'a> ImagePayload<'a> {
    /// An image of a manifest, and its payload in the delivery.
    pub fn new(
        name: &'a str,
        image: &Image,
        payload: &'a delivery::Payload,
        base: Option<(&'a dyn Base, &'a Path)>,
    ) -> Self {
        ImagePayload {
            name,
            codec: payload.codec,
            base: base.filter(|_| payload.base.is_some()),
            chunks: &payload.chunks,
            decode_memory: payload.decode_memory,
            size: image.size,
            sha256: image.sha256,
        }
    }
}

/// The part of an image that is decoded already: nothing by default.
#[derive(Clone, Default)]
pub struct Decoded {
    pub(crate) bytes: u64,
    pub(crate) hash: Hasher,
}

impl Decoded {
    /// The digest of that part.
    pub(crate) fn sha256(&self) -> Digest {
        Digest(self.hash.clone().finish())
    }
}

/// Image bytes that one chunk decoded to.
pub struct Piece<'a> {
    /// Where in the image they belong.
    pub at: u64,
    /// The bytes.
    pub bytes: &'a [u8],
    /// The image up to the end of this piece.
    pub(crate) decoded: &'a Decoded,
}

impl Piece<'_> {
    /// How many bytes it has.
    pub fn size(&self) -> u64 {
        u64::try_from(self.bytes.len()).unwrap_or(u64::MAX)
    }
}

/// Decodes what is left of an image after `decoded`.
///
/// `source` yields the chunks in order, each compared with its digest, and `None` after the last. The first one is the
/// chunk that follows `decoded`; the preamble of a delta always comes before it. `sink` gets the image piece by piece,
/// in order.
///
/// # Errors
/// A chunk does not decode, or `source` or `sink` failed. [`Rule::Pay4`] if the image does not have the size and digest
/// that `image` states: `sink` then got bytes that must not be used.
pub fn decode(
    image: &ImagePayload<'_>,
    decoded: Decoded,
    jobs: NonZeroUsize,
    source: &mut dyn FnMut() -> Result<Option<Stored>, Error>,
    sink: &mut dyn FnMut(&Piece<'_>) -> Result<(), Error>,
) -> Result<(), Error> {
    let refused = |error| refused(error, image);
    let map;
    let recipe = match (image.codec, image.base) {
        (delivery::Codec::Raw, _) => Recipe::Plain(Codec::Raw),
        (delivery::Codec::Zstd, _) => Recipe::Plain(Codec::Zstd),
        (delivery::Codec::Delta1, None) => {
            // Opening it is up to the caller; the package is not at fault.
            let error = io::Error::other("it was not opened");
            return Err(Error::ReadBase { path: image.name.into(), error });
        }
        (delivery::Codec::Delta1, Some((base, _))) => {
            let Some(preamble) = source()? else {
                return refuse(Rule::Dlt5, format!("{}: no preamble", image.name));
            };
            let sizes = sizes(image.chunks, &preamble.bytes);
            let left = sizes.left_for_map(image.decode_memory);
            map = Map::decode(&preamble.bytes, base, image.size, left).map_err(refused)?;
            let memory = sizes.left_for_chunk(image.decode_memory, &map);
            Recipe::Delta { map: &map, base, memory }
        }
    };
    let start = decoded.bytes;
    let mut decoded = decoded;
    let finished = decode_payload(recipe, start, jobs, source, &mut |bytes| {
        let at = decoded.bytes;
        decoded.bytes = at.saturating_add(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
        if decoded.bytes > image.size {
            return refuse(Rule::Pay4, format!("{} of more than {} bytes", image.name, image.size));
        }
        decoded.hash.update(bytes);
        sink(&Piece { at, bytes, decoded: &decoded })
    });
    match finished {
        Err(Fault::Codec(error)) => Err(refused(error)),
        Err(Fault::Caller(error)) => Err(error),
        Ok(()) if (decoded.bytes, decoded.sha256()) == (image.size, image.sha256) => Ok(()),
        Ok(()) => refuse(Rule::Pay4, format!("{} of {} bytes", image.name, image.size)),
    }
}

/// What decides how much memory decoding a delta takes.
pub(crate) fn sizes(chunks: &[Chunk], preamble: &[u8]) -> Sizes {
    let (image_bytes, stored_bytes) = largest(chunks);
    let preamble = u64::try_from(preamble.len()).unwrap_or(u64::MAX);
    Sizes { image_bytes, stored_bytes, preamble }
}

/// Decodes a whole image into a new file in `folder`. The file has no name, so it vanishes when it is closed.
///
/// # Errors
/// Those of [`decode`], and [`Error::Write`] if the file cannot be written.
pub fn decode_to_file(
    image: &ImagePayload<'_>,
    folder: &Path,
    jobs: NonZeroUsize,
    source: &mut dyn FnMut() -> Result<Option<Stored>, Error>,
    progress: &dyn Fn(u64),
) -> Result<File, Error> {
    let failed = |error| Error::Write { path: folder.into(), error };
    let mut file = tempfile::tempfile_in(folder).map_err(failed)?;
    decode(image, Decoded::default(), jobs, source, &mut |piece| {
        progress(piece.size());
        file.write_all(piece.bytes).map_err(failed)
    })?;
    Ok(file)
}

/// The next chunk of a payload, compared with its digest: a source for [`decode`].
///
/// # Errors
/// The package cannot be read, or the chunk does not match its digest.
pub fn next_chunk<R: Read>(payload: &mut Payload<'_, R>) -> Result<Option<Stored>, Error> {
    let chunk = payload.take_chunk()?;
    Ok(chunk.map(|(chunk, bytes)| Stored { image_bytes: chunk.image_bytes, bytes }))
}

/// The rule that a codec error breaks.
pub(crate) fn refused(error: pkg_codec::Error, image: &ImagePayload<'_>) -> Error {
    use pkg_codec::Error as E;
    let delta = image.codec == delivery::Codec::Delta1;
    let rule = match &error {
        E::ReadBase { reason } => {
            let path = image.base.map_or_else(|| image.name.into(), |(_, path)| path.into());
            return Error::ReadBase { path, error: io::Error::other(reason.clone()) };
        }
        E::Interrupted => return Error::Package(io::Error::other(error.to_string()).into()),
        E::DeltaVersion { .. } | E::DeltaLayout { .. } | E::CompressedFrame => Rule::Dlt2,
        E::OutsideBase { .. } => Rule::Dlt3,
        E::Stretch { .. } => Rule::Dlt4,
        E::DeltaTables { .. } | E::ChunkMemory { .. } | E::Memory { .. } if delta => Rule::Dlt6,
        E::Truncated { .. } | E::TrailingBytes { .. } if delta => Rule::Dlt5,
        _ => Rule::Pay3,
    };
    refusal(rule, format!("{}: {error}", image.name))
}
