//! From stored chunks to image bytes, and from what a codec says to the rule that was broken.

use crate::{Error, refusal, refuse};
use pkg_codec::delta::{Base, Map, Sizes};
use pkg_codec::{Codec, Fault, Recipe, Stored, decode_payload_from};
use pkg_format::Rule;
use pkg_format::delivery::{self, Chunk, largest};
use std::io;
use std::num::NonZeroUsize;
use std::path::Path;

/// The chunks of one image, and what is known of them.
pub(crate) struct Payload<'a> {
    pub(crate) codec: delivery::Codec,
    /// What a delta starts from, and where that is.
    pub(crate) base: Option<(&'a dyn Base, &'a Path)>,
    pub(crate) chunks: &'a [Chunk],
    pub(crate) decode_memory: u64,
    /// Bytes of the image.
    pub(crate) size: u64,
    /// What the image is called in messages.
    pub(crate) name: &'a str,
}

/// Decodes a payload whose chunks `next` yields, each after its digest matched, and hands the image
/// bytes to `write`, chunk by chunk in order. The first chunk is that of image byte `start`; of a delta
/// the preamble comes before it.
pub(crate) fn decode(
    payload: &Payload<'_>,
    start: u64,
    jobs: NonZeroUsize,
    next: &mut dyn FnMut() -> Result<Option<Stored>, Error>,
    write: &mut dyn FnMut(&[u8]) -> Result<(), Error>,
) -> Result<(), Error> {
    let refused = |error| refused(error, payload);
    let map;
    let recipe = match (payload.codec, payload.base) {
        (delivery::Codec::Raw, _) => Recipe::Plain(Codec::Raw),
        (delivery::Codec::Zstd, _) => Recipe::Plain(Codec::Zstd),
        (delivery::Codec::Delta1, None) => {
            // The caller asked for it; not to have it is no fault of the package.
            let error = io::Error::other("it was not opened");
            return Err(Error::ReadBase { path: payload.name.into(), error });
        }
        (delivery::Codec::Delta1, Some((base, _))) => {
            let Some(preamble) = next()? else {
                return refuse(Rule::Dlt5, format!("{}: no preamble", payload.name));
            };
            let (image_bytes, stored_bytes) = largest(payload.chunks);
            let preamble_bytes = u64::try_from(preamble.bytes.len()).unwrap_or(u64::MAX);
            let sizes = Sizes { image_bytes, stored_bytes, preamble: preamble_bytes };
            let left = sizes.left_for_map(payload.decode_memory);
            map = Map::decode(&preamble.bytes, base.size(), payload.size, left).map_err(refused)?;
            let memory = sizes.left_for_chunk(payload.decode_memory, &map);
            Recipe::Delta { map: &map, base, memory }
        }
    };
    match decode_payload_from(start, recipe, jobs, next, write) {
        Ok(()) => Ok(()),
        Err(Fault::Codec(error)) => Err(refused(error)),
        Err(Fault::Caller(error)) => Err(error),
    }
}

/// What a codec refuses, as the rule that was broken: the one place where these meet.
fn refused(error: pkg_codec::Error, payload: &Payload<'_>) -> Error {
    use pkg_codec::Error as E;
    let delta = payload.codec == delivery::Codec::Delta1;
    let rule = match &error {
        E::ReadBase { reason } => {
            let path = payload.base.map_or_else(|| payload.name.into(), |(_, path)| path.into());
            return Error::ReadBase { path, error: io::Error::other(reason.clone()) };
        }
        E::Interrupted => return Error::Package(io::Error::other(error.to_string()).into()),
        E::DeltaVersion { .. } => Rule::Dlt2,
        E::OutsideBase { .. } => Rule::Dlt3,
        E::Stretch { .. } => Rule::Dlt4,
        E::DeltaMemory { .. } | E::ChunkMemory { .. } | E::Memory { .. } if delta => Rule::Dlt6,
        E::Truncated { .. } | E::TrailingBytes { .. } if delta => Rule::Dlt5,
        _ => Rule::Pay3,
    };
    refusal(rule, format!("{}: {error}", payload.name))
}
