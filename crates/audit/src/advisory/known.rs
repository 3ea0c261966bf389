//! Manifests that put names to digests: which version a state is, what a notice replaces.

use super::Source;
use pkg_format::manifest::{Product, Release};
use pkg_format::{Digest, Manifest};
use std::collections::BTreeMap;

/// Other manifests of the product. They add names and dates, never a statement about a vulnerability.
#[derive(Default)]
pub struct Known {
    manifests: BTreeMap<Digest, Manifest>,
    /// The manifest that names each state; of several the first by digest, they agree.
    states: BTreeMap<Digest, Digest>,
}

impl Known {
    /// Takes one manifest.
    pub fn add(&mut self, source: &Source<'_>) {
        let manifest = source.manifest;
        if let Some(release) = manifest.release() {
            let state = release.state(&manifest.common().product);
            let first = self.states.entry(state).or_insert(source.digest);
            *first = (*first).min(source.digest);
        }
        self.manifests.insert(source.digest, manifest.clone());
    }

    /// A manifest by its digest.
    pub(super) fn manifest(&self, digest: &Digest) -> Option<&Manifest> {
        self.manifests.get(digest)
    }

    /// The release that leads into a state; the reference may also be the digest of its manifest.
    pub(super) fn release(&self, reference: &Digest) -> Option<&Release> {
        let digest = self.states.get(reference).unwrap_or(reference);
        self.manifests.get(digest)?.release()
    }

    /// Every known state of a product with its release, in the order of digests.
    pub(super) fn states_of<'a>(
        &'a self,
        product: &'a Product,
    ) -> impl Iterator<Item = (Digest, &'a Release)> {
        self.states.iter().filter_map(move |(state, manifest)| {
            let manifest = self.manifests.get(manifest)?;
            let of = &manifest.common().product;
            let same = of.vendor == product.vendor && of.name == product.name;
            Some((*state, manifest.release().filter(|_| same)?))
        })
    }
}
