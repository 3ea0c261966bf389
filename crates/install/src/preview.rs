//! Images to look at, decoded into temporary files without names.

use crate::base::{self, Wanted};
use crate::decode::{ImagePayload, decode_to_file, next_chunk};
use crate::{Error, InstallOptions};
use pkg_codec::FileBase;
use pkg_codec::delta::Base;
use pkg_format::manifest::Image;
use pkg_format::{Id, delivery};
use pkg_verify::Preview;
use pkg_verify::io::Read;
use std::fs::File;
use std::path::{Path, PathBuf};

/// One image of a preview.
#[derive(Debug)]
pub enum Seen {
    /// The whole image.
    Image(File),
    /// The payload is a delta, and this base was not given.
    NeedsBase(delivery::Base),
}

/// The base for the delta of a component.
#[derive(Debug)]
pub struct PreviewBase {
    /// The component.
    pub component: Id,
    /// The base, open for reading.
    pub file: File,
    /// What it is called in messages.
    pub name: PathBuf,
}

/// Decodes the images for which `wanted` returns true into temporary files in `folder`, which vanish when they are
/// closed. The evidence that follows the payloads stays unread.
///
/// # Errors
/// The package or a base is refused or cannot be read, or a temporary file cannot be written.
pub fn preview<R: Read>(
    package: &mut Preview<R>,
    wanted: &dyn Fn(&Image) -> bool,
    bases: &[PreviewBase],
    folder: &Path,
    options: &InstallOptions<'_>,
) -> Result<Vec<(Id, Seen)>, Error> {
    let images = package.manifest().release().map(|r| r.images.clone()).unwrap_or_default();
    let payloads = package.delivery().map(|d| d.payloads.clone()).unwrap_or_default();
    let mut seen = Vec::new();
    while let Some(mut payload) = package.next_payload()? {
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
        let name = format!("image {}", image.component);
        let decoding = ImagePayload::new(&name, image, stored, base);
        let mut source = || next_chunk(&mut payload);
        let file = decode_to_file(&decoding, folder, options.jobs, &mut source, options.progress)?;
        seen.push((image.component.clone(), Seen::Image(file)));
    }
    Ok(seen)
}

/// The base that was given, compared with the one that the delivery names.
fn opened<'g>(given: &'g PreviewBase, stated: &delivery::Base) -> Result<(FileBase, &'g Path), Error> {
    let path = given.name.as_path();
    let name = format!("base of {}, version {} ({})", given.component, stated.version, path.display());
    let wanted = Wanted { size: stated.size, sha256: stated.sha256, name: &name, path };
    let bytes = base::from_file(given.file.try_clone(), path, stated.size)?;
    base::compare(&bytes, &wanted)?;
    Ok((bytes, path))
}
