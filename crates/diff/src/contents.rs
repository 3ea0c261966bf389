//! What the images of one package are.

use crate::error::Error;
use crate::images::{NotListed, beyond, decoded, stored_bytes};
use crate::options::CompareOptions;
use crate::side::{Package, Side};
use pkg_contents::{Image as Bytes, Limits, ListOptions, Listing, list};
use pkg_format::Id;
use pkg_install::Seen;
use std::io::Read;

/// What an image is.
#[derive(Debug)]
pub enum ImageContents {
    /// It was read.
    Listed(Listing),
    /// It was not read, and why.
    NotListed(NotListed),
}

/// Decodes the images of a package into temporary files, and says what each is. What follows the images stays unread.
///
/// # Errors
/// The package is refused, or something could not be read or written. An image that is not what it seems is no error:
/// its listing says why it is empty.
pub fn contents<R: Read>(
    mut package: Package<R>,
    options: &CompareOptions<'_>,
) -> Result<Vec<(Id, ImageContents)>, Error> {
    let side = Side::new(&package);
    let images = side.manifest.release().map(|r| r.images.clone()).unwrap_or_default();
    let limit = |image: &pkg_format::manifest::Image| {
        beyond(image.size, stored_bytes(&side, None, image.component.as_str()), side.is_vouched)
    };
    let mut seen = decoded(&mut package, &|image| limit(image).is_none(), options)?;
    let each = images.iter().map(|image| {
        let name = image.component.clone();
        let at = seen.iter().position(|(component, _)| *component == name);
        let found = match at.map(|at| seen.swap_remove(at).1) {
            Some(Seen::Image(file)) => {
                let bytes = Bytes::file(file).map_err(Error::ReadTemporary)?;
                let limits = Limits::for_stored(stored_bytes(&side, None, name.as_str()));
                let of = ListOptions { limits, scratch: options.scratch, interrupted: options.interrupted };
                ImageContents::Listed(list(&bytes, &of).map_err(Error::List)?)
            }
            Some(Seen::NeedsBase(base)) => ImageContents::NotListed(NotListed::NeedsBase(base)),
            None => ImageContents::NotListed(limit(image).unwrap_or(NotListed::Missing)),
        };
        Ok((name, found))
    });
    each.collect()
}
