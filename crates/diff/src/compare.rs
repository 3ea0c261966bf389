//! Two packages compared: what the crate is for.

use crate::error::Error;
use crate::images::{Decoded, ImageDifference, ImageFinding};
use crate::options::CompareOptions;
use crate::side::{Package, Side};
use crate::statements::sbom::{Component, Sbom};
use crate::statements::{StatementDifference, image_pairs};
use crate::unattributed::{Attribution, UnattributedChanges};
use pkg_format::Manifest;
use std::io::Read;

/// What differs between two packages.
#[derive(Debug)]
pub struct PackageDifference {
    /// What the old package says.
    pub old: Side,
    /// What the new package says.
    pub new: Side,
    /// The images of both, in the order of their components.
    pub images: Vec<ImageDifference>,
    /// What changed that no fix touches; `None` if the new package is no security release.
    pub unattributed: Option<UnattributedChanges>,
    /// The software components that differ, by name; `None` if one of the packages has no SBOM that could be read.
    pub components: Option<Vec<Component>>,
}

impl PackageDifference {
    /// What the manifests say differently.
    pub fn statements(&self) -> StatementDifference<'_> {
        StatementDifference::between(&self.old.manifest, &self.new.manifest)
    }
}

/// Compares two packages. Images that differ are decoded into temporary files and listed; a delta in `new` that starts
/// from the images of `old` needs no base.
///
/// # Errors
/// A package is refused, or something could not be read or written. An image that cannot be decoded or listed for what
/// it is, is no error: it counts as unexplained.
pub fn compare<R: Read>(
    mut old: Package<R>,
    mut new: Package<R>,
    options: &CompareOptions<'_>,
) -> Result<PackageDifference, Error> {
    let (mut before, mut after) = (Side::new(&old), Side::new(&new));
    let (old_manifest, new_manifest) = (before.manifest.clone(), after.manifest.clone());
    let pairs = image_pairs(old_manifest.release(), new_manifest.release());
    let decoded = Decoded::read(pairs, (&before, &mut old), (&after, &mut new), options)?;
    // Both packages are read to their ends, and so checked as a whole, before their images are looked into.
    before.read_sboms(old)?;
    after.read_sboms(new)?;
    let images = decoded.compare(options)?;
    let unattributed = unattributed(&before.manifest, &after.manifest, &images);
    let components = match (&before.sbom, &after.sbom) {
        (Some(old), Some(new)) => Some(Sbom::difference(old, new)),
        _ => None,
    };
    Ok(PackageDifference { old: before, new: after, images, unattributed, components })
}

/// What changed that no fix touches which is new since the old package.
fn unattributed(old: &Manifest, new: &Manifest, images: &[ImageDifference]) -> Option<UnattributedChanges> {
    let (release, security) = new.release().and_then(|r| Some((r, r.security()?)))?;
    let scope = |m: &Manifest| m.release().map(|r| r.identity.scope.clone());
    let is_same = old.common().product.name == new.common().product.name && scope(old) == scope(new);
    let since = old.release().filter(|_| is_same).map_or(0, |r| r.identity.security_level);
    let mut attribution = Attribution::new(release, security, since);
    for image in images {
        let component = image.component.as_str();
        match &image.found {
            ImageFinding::Same => {}
            ImageFinding::OneSided => {
                attribution.one_sided(component, if image.old.is_none() { '+' } else { '-' });
            }
            ImageFinding::Listed(_, inside) => attribution.compared(component, inside, None),
            ImageFinding::NotListed(why) => attribution.unexplained(component, why.to_string()),
        }
    }
    Some(attribution.finish())
}
