//! Applying a full package to files.

use crate::output::{Output, Pending};
use crate::{Error, refuse};
use pkg_codec::{ChunkDecoder, Codec};
use pkg_format::delivery::{self, Chunk};
use pkg_format::manifest::Image;
use pkg_format::{Digest, Rule};
use pkg_sha256::Hasher;
use pkg_verify::{Complete, Payload, Verified};
use std::io::Read;
use std::path::PathBuf;

/// Rebuilds the images that `outputs` names and, when all of them and the whole package are sound,
/// puts each in its place by a rename. Should one of several renames fail, the error says so and
/// the images before it are in place: whoever needs all or none writes to a slot that is not in use.
///
/// `progress` is called with the image bytes that were written since the call before. Images that
/// no output names are checked as stored, but not rebuilt.
pub fn apply<R: Read>(
    mut verified: Verified<R>,
    outputs: &[Output],
    progress: &dyn Fn(u64),
) -> Result<Complete, Error> {
    let Some(release) = verified.manifest().release() else {
        return Err(Error::Words { kind: verified.manifest().kind().word() });
    };
    let images = release.images.clone();
    let payloads = verified.delivery().map(|d| d.payloads.clone()).unwrap_or_default();
    if payloads.iter().any(|p| p.base.is_some()) {
        return Err(Error::Delta);
    }
    let places = outputs.iter().map(Output::place).collect::<Result<Vec<_>, _>>()?;
    for (i, output) in outputs.iter().enumerate() {
        let same = |(other, place): (&Output, &PathBuf)| {
            Some(place) == places.get(i) || other.component == output.component
        };
        if outputs.iter().zip(&places).take(i).any(same) {
            return Err(Error::Twice { path: output.path.clone() });
        }
        if !images.iter().any(|i| i.component == output.component) {
            let there = images.iter().map(|i| i.component.as_str()).collect::<Vec<_>>().join(", ");
            return Err(Error::NoSuchImage { component: output.component.clone(), there });
        }
    }
    let mut finished = Vec::new();
    while let Some(payload) = verified.next_payload()? {
        let (image, stored) = (images.get(payload.index()), payloads.get(payload.index()));
        let (Some(image), Some(stored)) = (image, stored) else { continue };
        if let Some(output) = outputs.iter().find(|o| o.component == image.component) {
            let mut pending = output.begin()?;
            rebuild(payload, stored, image, &mut pending, progress)?;
            finished.push(pending);
        }
    }
    let complete = verified.finish()?;
    finished.iter().try_for_each(Pending::sync)?;
    // What could stop a rename is looked for before the first.
    finished.iter().try_for_each(Pending::check)?;
    finished.into_iter().try_for_each(Pending::keep)?;
    Ok(complete)
}

/// Decodes one payload chunk by chunk, and compares the finished image with its signed digest.
fn rebuild<R: Read>(
    mut payload: Payload<'_, R>,
    stored: &delivery::Payload,
    image: &Image,
    to: &mut Pending<'_>,
    progress: &dyn Fn(u64),
) -> Result<(), Error> {
    let mut decoder = decoder(stored.codec)?;
    let (mut hash, mut size, mut decoded) = (Hasher::new(), 0u64, Vec::new());
    while let Some((Chunk { image_bytes, .. }, bytes)) = payload.next_chunk()? {
        if let Err(error) = decoder.decode(bytes, image_bytes, &mut decoded) {
            return refuse(Rule::Pay3, format!("image {}: {error}", image.component));
        }
        hash.update(&decoded);
        size = size.saturating_add(image_bytes);
        to.write(&decoded)?;
        progress(image_bytes);
    }
    match (size, Digest(hash.finish())) == (image.size, image.sha256) {
        true => Ok(()),
        false => refuse(Rule::Pay4, format!("image {} of {} bytes", image.component, image.size)),
    }
}

fn decoder(codec: delivery::Codec) -> Result<ChunkDecoder, Error> {
    let codec = match codec {
        delivery::Codec::Raw => Codec::Raw,
        delivery::Codec::Zstd => Codec::Zstd,
        delivery::Codec::Delta1 => return Err(Error::Delta),
    };
    ChunkDecoder::new(codec).or_else(|e| refuse(Rule::Pay3, e.to_string()))
}
