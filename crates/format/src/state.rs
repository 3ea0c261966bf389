//! States: what runs, named by the digests of its images.

use crate::cbor::{MapBuilder, Tree, Wire};
use crate::{Digest, Id};
use alloc::vec::Vec;

/// The digest of a state: SHA-256 of the one CBOR form of
/// `{vendor, name, scope, images: [[component, sha256], …]}`, images sorted by component.
///
/// States from before `pkg` was used have one too: it needs nothing but the images.
pub fn digest<'a>(
    vendor: &Id,
    name: &Id,
    scope: &Id,
    images: impl Iterator<Item = (&'a Id, Digest)>,
) -> Digest {
    let mut images: Vec<_> = images.collect();
    images.sort_unstable();
    let images = images
        .into_iter()
        .map(|(component, sha256)| Tree::List([component.encode(), sha256.encode()].into()));
    let tree = MapBuilder::new()
        .put("vendor", vendor)
        .put("name", name)
        .put("scope", scope)
        .tree("images", Tree::List(images.collect()))
        .done();
    Digest::of(&tree.to_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn order_of_images_does_not_matter_but_all_else_does() {
        let id = |s| Id::new(s).unwrap();
        let (boot, root) = (id("boot"), id("rootfs"));
        let (one, two) = (Digest::of(b"1"), Digest::of(b"2"));
        let state = |scope, images: &[(&Id, Digest)]| {
            digest(&id("acme"), &id("cam"), &id(scope), images.iter().copied())
        };
        let base = state("product", &[(&boot, one), (&root, two)]);
        assert_eq!(base, state("product", &[(&root, two), (&boot, one)]));
        assert_ne!(base, state("modem", &[(&boot, one), (&root, two)]));
        assert_ne!(base, state("product", &[(&boot, two), (&root, one)]));
        assert_ne!(base, state("product", &[(&root, two)]));
    }
}
