//! What two manifests say differently: fixes and changes by their ids, every other field by its path.

mod entries;
mod fields;
pub mod sbom;

pub use entries::Entries;
pub use fields::{Field, fields};

use pkg_format::Manifest;
use pkg_format::manifest::{Change, Fix, Image, Release};

/// What differs between two manifests, whether or not anybody vouches for them.
#[derive(Debug)]
pub struct StatementDifference<'m> {
    /// Fixes. Two fixes are the same if they share an id or an alias.
    pub fixes: Entries<'m, Fix>,
    /// Changes other than fixes, by id.
    pub changes: Entries<'m, Change>,
    /// The images of both, in the order of their components.
    pub images: Vec<ImagePair<'m>>,
    /// All other fields that differ, in the order of their paths.
    pub fields: Vec<Field>,
}

/// The images of one component in two manifests; at least one of them has it.
#[derive(Debug, Clone, Copy)]
pub struct ImagePair<'m> {
    /// The image in the old manifest.
    pub old: Option<&'m Image>,
    /// The image in the new manifest.
    pub new: Option<&'m Image>,
}

impl ImagePair<'_> {
    /// The component that both are images of.
    pub fn component(&self) -> &str {
        self.new.or(self.old).map_or("", |i| i.component.as_str())
    }

    /// Whether both manifests name the same bytes.
    pub fn is_same(&self) -> bool {
        self.old.map(|i| i.sha256) == self.new.map(|i| i.sha256)
    }
}

impl<'m> StatementDifference<'m> {
    /// Compares two manifests.
    pub fn between(old: &'m Manifest, new: &'m Manifest) -> Self {
        let (before, after) = (old.release(), new.release());
        let same = |a: &Fix, b: &Fix| {
            let names = |f: &'_ Fix| f.aliases.iter().chain([&f.id]).cloned().collect::<Vec<_>>();
            let names = (names(a), names(b));
            names.0.iter().any(|id| names.1.contains(id))
        };
        StatementDifference {
            fixes: Entries::between(fixes(before), fixes(after), same),
            changes: Entries::between(changes(before), changes(after), |a, b| a.id == b.id),
            images: image_pairs(before, after),
            fields: fields(&old.to_tree(), &new.to_tree()),
        }
    }
}

fn fixes(release: Option<&Release>) -> &[Fix] {
    release.and_then(Release::security).map_or(&[], |s| &s.fixes)
}

fn changes(release: Option<&Release>) -> &[Change] {
    release.map_or(&[], Release::changes)
}

/// The images of two releases by component, in the order of the components.
pub(crate) fn image_pairs<'m>(old: Option<&'m Release>, new: Option<&'m Release>) -> Vec<ImagePair<'m>> {
    let of = |release: Option<&'m Release>| release.map_or(&[][..], |r| &r.images);
    let find = |images: &'m [Image], image: &Image| images.iter().find(|i| i.component == image.component);
    let (old, new) = (of(old), of(new));
    let mut pairs: Vec<_> = new.iter().map(|i| ImagePair { old: find(old, i), new: Some(i) }).collect();
    let gone = old.iter().filter(|i| find(new, i).is_none());
    pairs.extend(gone.map(|i| ImagePair { old: Some(i), new: None }));
    pairs.sort_by(|a, b| a.component().cmp(b.component()));
    pairs
}
