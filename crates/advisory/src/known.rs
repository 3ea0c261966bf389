//! Manifests that put names to digests: which version a state is, what a notice replaces.

use super::Source;
use pkg_format::manifest::{Product, Release, Releases};
use pkg_format::{Digest, Id, Manifest};
use std::collections::{BTreeMap, BTreeSet};

/// Other manifests of the product. They add names and dates, never a statement about a vulnerability.
#[derive(Default)]
pub struct Known {
    manifests: BTreeMap<Digest, Manifest>,
    /// The manifest that names each state; of several the first by digest, they agree.
    states: BTreeMap<Digest, Digest>,
    /// The hardware that each state is installed on: that of every manifest that leads into it.
    hardware: BTreeMap<Digest, BTreeSet<Id>>,
}

impl Known {
    /// Knows nothing yet.
    #[must_use]
    pub const fn new() -> Self {
        Self { manifests: BTreeMap::new(), states: BTreeMap::new(), hardware: BTreeMap::new() }
    }

    /// Takes one manifest.
    pub fn add(&mut self, source: &Source<'_>) {
        let manifest = source.manifest;
        if let Some(release) = manifest.release() {
            let state = release.state(&manifest.common().product);
            let first = self.states.entry(state).or_insert(source.digest);
            *first = (*first).min(source.digest);
            self.hardware
                .entry(state)
                .or_default()
                .extend(manifest.common().product.hardware.iter().cloned());
        }
        self.manifests.insert(source.digest, manifest.clone());
    }

    /// A manifest by its digest.
    pub(super) fn manifest(&self, digest: &Digest) -> Option<&Manifest> {
        self.manifests.get(digest)
    }

    /// The release that leads into a state.
    pub(super) fn release(&self, state: &Digest) -> Option<&Release> {
        self.manifest(self.states.get(state)?)?.release()
    }

    /// The hardware that a state is known to be installed on.
    pub(super) fn hardware(&self, state: &Digest) -> Option<&BTreeSet<Id>> {
        self.hardware.get(state)
    }

    /// Every known hardware of a product.
    pub(super) fn all_hardware<'a>(&'a self, product: &'a Product) -> impl Iterator<Item = &'a Id> {
        self.states_of(product).filter_map(|(state, _)| self.hardware.get(&state)).flatten()
    }

    /// The state that is meant: a reference may also be the digest of a manifest that leads into it.
    pub(super) fn state(&self, reference: &Digest) -> Digest {
        let named = self.manifests.get(reference).and_then(|m| Some((m, m.release()?)));
        named.map_or(*reference, |(manifest, release)| release.state(&manifest.common().product))
    }

    /// The known releases of a product that are meant by their numbers: state, and when it was issued.
    pub(super) fn numbered<'a>(
        &'a self,
        product: &'a Product,
        releases: &'a Releases,
    ) -> impl Iterator<Item = (Digest, u64, &'a Release)> {
        self.manifests.values().filter_map(move |manifest| {
            let (common, release) = (manifest.common(), manifest.release()?);
            let (of, names) = (&common.product, &release.identity);
            let meant = of.vendor == product.vendor
                && of.name == product.name
                && releases.contain(&names.scope, &names.line, common.sequence);
            meant.then(|| (release.state(of), common.issued, release))
        })
    }

    /// Every known state of a product with its release, in the order of digests.
    pub(super) fn states_of<'a>(
        &'a self,
        product: &'a Product,
    ) -> impl Iterator<Item = (Digest, &'a Release)> {
        self.states.iter().filter_map(move |(state, manifest)| {
            let manifest = self.manifest(manifest)?;
            let of = &manifest.common().product;
            let same = of.vendor == product.vendor && of.name == product.name;
            Some((*state, manifest.release().filter(|_| same)?))
        })
    }
}
