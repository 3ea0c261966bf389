//! The images of a full package that was released before, as temporary files.

use crate::error::{Error, Result};
use crate::options::PackageOptions;
use pkg_codec::FileBase;
use pkg_format::Id;
use pkg_format::delivery::DeliveryKind;
use pkg_install::{ImagePayload, decode_to_file, next_chunk};
use pkg_verify::Verified;
use std::io::{self, Read};
use std::path::Path;
use std::sync::atomic::Ordering;

/// Decodes the images for which `wanted` returns true, and reads the package to its end, so that every byte of it is
/// checked. Messages call the package `what`; it is at `path`. The files have no names, so they vanish when they are
/// closed.
pub(crate) fn images<R: Read>(
    mut verified: Verified<R>,
    (what, path): (&'static str, &Path),
    wanted: &dyn Fn(&Id) -> bool,
    options: &PackageOptions<'_>,
) -> Result<Vec<(Id, FileBase)>> {
    let interrupted = || options.interrupted.load(Ordering::Relaxed);
    let failed = |error| match error {
        _ if interrupted() => Error::Interrupted,
        pkg_install::Error::Package(error) => Error::package(what, path, error),
        pkg_install::Error::Write { path, error } => Error::file("write a file in", path, error),
        error => Error::file("read", path, io::Error::other(error)),
    };
    let refused = |error| Error::package(what, path, error);
    let images = verified.manifest().release().map(|r| r.images.clone()).unwrap_or_default();
    let delivery = verified.delivery().filter(|d| d.kind == DeliveryKind::Full);
    let Some(payloads) = delivery.map(|d| d.payloads.clone()) else {
        return Err(Error::NotFull { what, path: path.into() });
    };
    let mut files = Vec::new();
    while let Some(mut payload) = verified.next_payload().map_err(refused)? {
        let index = payload.index();
        let (Some(image), Some(stored)) = (images.get(index), payloads.get(index)) else { continue };
        if !wanted(&image.component) {
            continue;
        }
        let name = format!("image {}", image.component);
        let image_payload = ImagePayload::new(&name, image, stored, None);
        let mut source = || match interrupted() {
            true => Err(pkg_install::Error::Package(io::Error::from(io::ErrorKind::Interrupted).into())),
            false => next_chunk(&mut payload),
        };
        let file = decode_to_file(&image_payload, options.out, options.jobs, &mut source, &|_| ());
        let file = FileBase::new(file.map_err(failed)?);
        let file = file.map_err(|e| Error::file("write a file in", options.out, e))?;
        files.push((image.component.clone(), file));
    }
    verified.finish().map_err(refused)?;
    Ok(files)
}
