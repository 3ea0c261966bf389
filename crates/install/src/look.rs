//! Images for looking at: decoded into temporary files that have no names.

use crate::base::{Opened, Wanted};
use crate::decode::{self, decode};
use crate::{Error, Options, refuse};
use pkg_codec::Stored;
use pkg_format::manifest::Image;
use pkg_format::{Id, Rule, delivery};
use pkg_verify::{Payload, Shown};
use std::fs::File;
use std::io::{Read, Write};
use std::path::{Path, PathBuf};

/// What there is to see of an image.
#[derive(Debug)]
pub enum Seen {
    /// Its bytes.
    Image(File),
    /// Nothing: it is a delta, and what it starts from was not given.
    NeedsBase(delivery::Base),
}

/// The image that a delta of some component starts from.
#[derive(Debug)]
pub struct LookBase {
    /// The component.
    pub component: Id,
    /// The open image.
    pub file: File,
    /// What it is called in messages.
    pub name: PathBuf,
}

/// Decodes the images that `wanted` asks for into temporary files in `folder`. They vanish when they
/// are closed. What follows the payloads in the package stays unread.
pub fn look<R: Read>(
    package: &mut Shown<R>,
    wanted: &dyn Fn(&Image) -> bool,
    bases: &[LookBase],
    folder: &Path,
    options: &Options<'_>,
) -> Result<Vec<(Id, Seen)>, Error> {
    let images = package.manifest().release().map(|r| r.images.clone()).unwrap_or_default();
    let payloads = package.delivery().map(|d| d.payloads.clone()).unwrap_or_default();
    let mut seen = Vec::new();
    while let Some(payload) = package.next_payload()? {
        let index = payload.index();
        let (Some(image), Some(stored)) = (images.get(index), payloads.get(index)) else { continue };
        if !wanted(image) {
            continue;
        }
        let base = match &stored.base {
            None => None,
            Some(base) => match bases.iter().find(|b| b.component == image.component) {
                Some(given) => Some(opened(given, base)?),
                None => {
                    seen.push((image.component.clone(), Seen::NeedsBase(base.clone())));
                    continue;
                }
            },
        };
        let file = rebuilt(payload, stored, image, base.as_ref(), folder, options)?;
        seen.push((image.component.clone(), Seen::Image(file)));
    }
    Ok(seen)
}

/// Compares the base that was given with the one that is wanted.
fn opened(given: &LookBase, base: &delivery::Base) -> Result<Opened, Error> {
    let name = format!("base of {}, version {} ({})", given.component, base.version, given.name.display());
    let wanted = Wanted { size: base.size, sha256: base.sha256, name: &name };
    let failed = |error| Error::ReadBase { path: given.name.clone(), error };
    let opened = Opened::of(given.file.try_clone().map_err(failed)?, &given.name, &wanted)?;
    opened.compare(&wanted)?;
    Ok(opened)
}

fn rebuilt<R: Read>(
    mut payload: Payload<'_, R>,
    stored: &delivery::Payload,
    image: &Image,
    base: Option<&Opened>,
    folder: &Path,
    options: &Options<'_>,
) -> Result<File, Error> {
    let name = format!("image {}", image.component);
    let recipe = decode::Payload {
        codec: stored.codec,
        base,
        chunks: &stored.chunks,
        decode_memory: stored.decode_memory,
        size: image.size,
        name: &name,
    };
    let failed = |error| Error::Write { path: folder.into(), error };
    let mut file = tempfile::tempfile_in(folder).map_err(failed)?;
    let found = decode(
        &recipe,
        options.jobs,
        &mut || {
            let chunk = payload.next_chunk()?;
            Ok(chunk.map(|(chunk, bytes)| Stored { image_bytes: chunk.image_bytes, bytes: bytes.to_vec() }))
        },
        &mut |bytes| {
            (options.progress)(u64::try_from(bytes.len()).unwrap_or(u64::MAX));
            file.write_all(bytes).map_err(failed)
        },
    )?;
    match found == image.sha256 {
        true => Ok(file),
        false => refuse(Rule::Pay4, format!("{name} of {} bytes", image.size)),
    }
}
