//! Applying a package to files.

use crate::base::{Opened, Wanted};
use crate::decode::{self, decode};
use crate::output::{Output, Pending};
use crate::{Error, refuse};
use pkg_codec::Stored;
use pkg_format::manifest::Image;
use pkg_format::{Rule, delivery};
use pkg_verify::{Complete, Payload, Verified};
use std::io::Read;
use std::num::NonZeroUsize;

/// How a package is applied.
#[derive(Clone, Copy)]
pub struct Options<'a> {
    /// How many chunks are decoded side by side. Each takes the memory that the delivery declares.
    pub jobs: NonZeroUsize,
    /// Called with the image bytes that were written since the call before.
    pub progress: &'a dyn Fn(u64),
}

impl Default for Options<'_> {
    /// One chunk after the other, in silence.
    fn default() -> Self {
        Options { jobs: NonZeroUsize::MIN, progress: &|_| () }
    }
}

/// Rebuilds the images that `outputs` names and, when all of them and the whole package are sound,
/// puts each in its place by a rename. Should one of several renames fail, the error says so and
/// the images before it are in place: whoever needs all or none writes to a slot that is not in use.
///
/// Images that no output names are checked as stored, but not rebuilt, and need no base.
pub fn apply<R: Read>(
    mut verified: Verified<R>,
    outputs: &[Output],
    options: &Options<'_>,
) -> Result<Complete, Error> {
    let Some(release) = verified.manifest().release() else {
        return Err(Error::Words { kind: verified.manifest().kind().word() });
    };
    let images = release.images.clone();
    let payloads = verified.delivery().map(|d| d.payloads.clone()).unwrap_or_default();
    named_once(outputs, &images)?;
    let bases = bases(outputs, &payloads)?;
    let mut finished = Vec::new();
    while let Some(payload) = verified.next_payload()? {
        let (image, stored) = (images.get(payload.index()), payloads.get(payload.index()));
        let (Some(image), Some(stored)) = (image, stored) else { continue };
        if let Some((output, base)) = outputs.iter().zip(&bases).find(|(o, _)| o.component == image.component)
        {
            let mut pending = output.place().begin()?;
            rebuild(payload, stored, image, base.as_ref(), &mut pending, options)?;
            finished.push(pending);
        }
    }
    let complete = verified.finish()?;
    finished.iter().try_for_each(Pending::sync)?;
    // What could stop a rename is looked for before the first.
    finished.iter().try_for_each(Pending::check)?;
    finished.into_iter().try_for_each(Pending::keep_for_good)?;
    Ok(complete)
}

/// Each output is for an image that there is; no component and no place twice.
fn named_once(outputs: &[Output], images: &[Image]) -> Result<(), Error> {
    let places = outputs.iter().map(|o| o.place().canonical()).collect::<Result<Vec<_>, _>>()?;
    for (i, output) in outputs.iter().enumerate() {
        let same = |(other, place): (&Output, _)| {
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
    Ok(())
}

/// Opens the base of each output that needs one and compares it whole: that all are there and right
/// is known before anything is written.
fn bases(outputs: &[Output], payloads: &[delivery::Payload]) -> Result<Vec<Option<Opened>>, Error> {
    let mut needed = Vec::new();
    for output in outputs {
        let payload = payloads.iter().find(|p| p.component == output.component);
        needed.push(match (payload.and_then(|p| p.base.as_ref()), &output.base) {
            (None, _) => None,
            (Some(base), Some(path)) => Some((base, path, format!("base of {}", output.component))),
            (Some(base), None) => {
                return Err(Error::NeedsBase { component: output.component.clone(), base: base.clone() });
            }
        });
    }
    let open = |needed: &Option<(&delivery::Base, &std::path::PathBuf, String)>| {
        let Some((base, path, name)) = needed else { return Ok(None) };
        let name = format!("{name}, version {} ({})", base.version, path.display());
        let wanted = Wanted { size: base.size, sha256: base.sha256, name: &name };
        let opened = Opened::open(path, &wanted)?;
        opened.compare(&wanted)?;
        Ok(Some(opened))
    };
    needed.iter().map(open).collect()
}

/// Decodes one payload chunk by chunk, and compares the finished image with its signed digest.
fn rebuild<R: Read>(
    mut payload: Payload<'_, R>,
    stored: &delivery::Payload,
    image: &Image,
    base: Option<&Opened>,
    to: &mut Pending<'_>,
    options: &Options<'_>,
) -> Result<(), Error> {
    let name = format!("image {}", image.component);
    let recipe = decode::Payload {
        codec: stored.codec,
        base,
        chunks: &stored.chunks,
        decode_memory: stored.decode_memory,
        size: image.size,
        name: &name,
    };
    let mut size = 0u64;
    let found = decode(
        &recipe,
        options.jobs,
        &mut || {
            let chunk = payload.next_chunk()?;
            Ok(chunk.map(|(chunk, bytes)| Stored { image_bytes: chunk.image_bytes, bytes: bytes.to_vec() }))
        },
        &mut |bytes| {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            size = size.saturating_add(length);
            to.write(bytes)?;
            (options.progress)(length);
            Ok(())
        },
    )?;
    match (size, found) == (image.size, image.sha256) {
        true => Ok(()),
        false => refuse(Rule::Pay4, format!("{name} of {} bytes", image.size)),
    }
}
