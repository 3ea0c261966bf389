//! Images for looking at: decoded into temporary files that have no names.

use crate::base::{self, Wanted};
use crate::decode::{self, decode};
use crate::{Error, Options, refuse};
use pkg_codec::delta::Base;
use pkg_codec::{FileBase, Stored};
use pkg_format::manifest::Image;
use pkg_format::{Digest, Id, Rule, delivery};
use pkg_sha256::Hasher;
use pkg_verify::{Payload, Preview};
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
pub struct PreviewBase {
    /// The component.
    pub component: Id,
    /// The open image.
    pub file: File,
    /// What it is called in messages.
    pub name: PathBuf,
}

/// Decodes the images that `wanted` asks for into temporary files in `folder`. They vanish when they
/// are closed. What follows the payloads in the package stays unread.
pub fn preview<R: Read>(
    package: &mut Preview<R>,
    wanted: &dyn Fn(&Image) -> bool,
    bases: &[PreviewBase],
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
        let base =
            base.as_ref().map(|(bytes, path): &(FileBase, &Path)| -> (&dyn Base, &Path) { (bytes, path) });
        let file = rebuilt(payload, stored, image, base, folder, options)?;
        seen.push((image.component.clone(), Seen::Image(file)));
    }
    Ok(seen)
}

/// The base that was given, if it is the one that is wanted.
fn opened<'g>(given: &'g PreviewBase, stated: &delivery::Base) -> Result<(FileBase, &'g Path), Error> {
    let path = given.name.as_path();
    let name = format!("base of {}, version {} ({})", given.component, stated.version, path.display());
    let wanted = Wanted { size: stated.size, sha256: stated.sha256, name: &name, path };
    let bytes = base::of(given.file.try_clone(), path, stated.size)?;
    base::compare(&bytes, &wanted)?;
    Ok((bytes, path))
}

fn rebuilt<R: Read>(
    mut payload: Payload<'_, R>,
    stored: &delivery::Payload,
    image: &Image,
    base: Option<(&dyn Base, &Path)>,
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
    let (mut hash, mut size) = (Hasher::new(), 0u64);
    decode(
        &recipe,
        0,
        options.jobs,
        &mut || {
            let chunk = payload.take_chunk()?;
            Ok(chunk.map(|(chunk, bytes)| Stored { image_bytes: chunk.image_bytes, bytes }))
        },
        &mut |bytes| {
            let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
            hash.update(bytes);
            size = size.saturating_add(length);
            (options.progress)(length);
            file.write_all(bytes).map_err(failed)
        },
    )?;
    match (size, Digest(hash.finish())) == (image.size, image.sha256) {
        true => Ok(file),
        false => refuse(Rule::Pay4, format!("{name} of {} bytes", image.size)),
    }
}
