//! What a statement is about: a state, or all states of a line below a security level.

use super::known::Known;
use super::phrases::{Phrases, fill};
use super::purl;
use pkg_format::manifest::{Image, Release};
use pkg_format::{Digest, Manifest};

/// What is updated as one where the maker does not split the product.
const WHOLE: &str = "product";

/// One thing that a vulnerability may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Product {
    /// Every state of the release's scope, line and feature level with a lower security level.
    Below(u64),
    /// A state.
    State(Digest),
}

/// Names for the products of one manifest.
#[derive(Clone, Copy)]
pub(super) struct Names<'a> {
    manifest: &'a Manifest,
    known: &'a Known,
    phrases: &'a Phrases,
    /// The state that the manifest itself leads into.
    own: Option<(Digest, &'a Release)>,
}

impl<'a> Names<'a> {
    pub(super) fn new(manifest: &'a Manifest, known: &'a Known, phrases: &'a Phrases) -> Self {
        let own = manifest.release().map(|r| (r.state(&manifest.common().product), r));
        Names { manifest, known, phrases, own }
    }

    pub(super) fn manifest(&self) -> &'a Manifest {
        self.manifest
    }

    /// The state that the manifest itself leads into.
    pub(super) fn own(&self) -> Option<Product> {
        self.own.map(|(state, _)| Product::State(state))
    }

    /// The release behind a state: the manifest's own, or a known one.
    pub(super) fn release_of(&self, product: Product) -> Option<&'a Release> {
        let Product::State(state) = product else { return None };
        let own = self.own.filter(|(own, _)| *own == state).map(|(_, release)| release);
        own.or_else(|| self.known.release(&state))
    }

    /// The product that a reference means.
    pub(super) fn state(&self, reference: &Digest) -> Product {
        Product::State(self.known.state(reference))
    }

    /// Every known state of the product with its release.
    pub(super) fn known_states(&self) -> impl Iterator<Item = (Digest, &'a Release)> {
        self.known.states_of(&self.manifest.common().product)
    }

    /// The version that people know, where it is known.
    pub(super) fn version(&self, product: Product) -> Option<&'a str> {
        match product {
            Product::State(_) => self.release_of(product).map(|r| r.identity.version.as_str()),
            Product::Below(level) => self.first_at(level).map(|r| r.identity.version.as_str()),
        }
    }

    /// The first known release on the release's line that reached a security level.
    fn first_at(&self, level: u64) -> Option<&'a Release> {
        let (_, own) = self.own?;
        let on_line = self.known_states().map(|(_, r)| r).filter(|r| {
            let (of, as_of) = (&r.identity, &own.identity);
            of.scope == as_of.scope && of.line == as_of.line && of.security_level >= level
        });
        on_line.chain([own]).min_by_key(|r| r.identity.security_level)
    }

    /// The images of a state, where they are known.
    pub(super) fn images(&self, product: Product) -> &'a [Image] {
        self.release_of(product).map_or(&[], |r| &r.images)
    }

    /// What a branch of a product tree is called: a version, part of a digest, or a range (vers).
    pub(super) fn branch(&self, product: Product) -> String {
        match (product, self.version(product)) {
            (Product::State(_), Some(version)) => version.to_owned(),
            (Product::State(state), None) => format!("state-{}", part(&state)),
            (Product::Below(_), version) => {
                format!("vers:generic/<{}", purl::encoded(version.unwrap_or_default()))
            }
        }
    }

    /// Names it in one document and in every other.
    pub(super) fn id(&self, product: Product) -> String {
        match product {
            Product::State(state) => format!("state-{state}"),
            Product::Below(level) => {
                let (scope, line, feature) = self.range();
                format!("{}-{scope}-{line}-f{feature}-below-s{level}", self.manifest.common().product.name)
            }
        }
    }

    /// Scope, line and feature level of a range.
    fn range(&self) -> (&'a str, &'a str, u64) {
        self.own.map_or((WHOLE, "", 0), |(_, r)| {
            (r.identity.scope.as_str(), r.identity.line.as_str(), r.identity.feature_level)
        })
    }

    /// The scope, unless the product is updated as one.
    fn part(&self, product: Product) -> Option<&'a str> {
        let scope = match product {
            Product::State(_) => self.release_of(product).map(|r| r.identity.scope.as_str()),
            Product::Below(_) => Some(self.range().0),
        };
        scope.filter(|s| *s != WHOLE)
    }

    /// Whether a release stands on the line of the manifest's own, below a security level.
    pub(super) fn is_below(&self, release: &Release, level: u64) -> bool {
        self.own.is_some_and(|(_, own)| {
            let (of, as_of) = (&release.identity, &own.identity);
            of.scope == as_of.scope
                && of.line == as_of.line
                && of.feature_level == as_of.feature_level
                && of.security_level < level
        })
    }

    /// In a list for people: what a range covers need not be named again.
    pub(super) fn list(&self, products: &[Product]) -> String {
        let ranges = products.iter().filter_map(|p| match p {
            Product::Below(level) => Some(*level),
            Product::State(_) => None,
        });
        let covered = |p: &Product| {
            self.release_of(*p).is_some_and(|r| ranges.clone().any(|level| self.is_below(r, level)))
        };
        let named = products.iter().filter(|p| !covered(p));
        let mut named: Vec<_> = named.map(|p| self.short(*p)).collect();
        named.sort();
        named.join(", ")
    }

    /// In a few words, without the name of the product.
    pub(super) fn short(&self, product: Product) -> String {
        let what = match (product, self.version(product)) {
            (Product::State(_), Some(version)) => version.to_owned(),
            (Product::State(state), None) => fill(self.phrases.state, &[&part(&state)]),
            (Product::Below(level), version) => {
                let (_, line, _) = self.range();
                let before = fill(self.phrases.before, &[line, version.unwrap_or_default()]);
                match self.first_at(level).is_some_and(|r| r.identity.security_level == level) {
                    true => before,
                    // The release that first had the fix is not known, so the level must be told.
                    false => format!("{before} ({})", fill(self.phrases.below_level, &[&level.to_string()])),
                }
            }
        };
        match self.part(product) {
            Some(part) => format!("{part} {what}"),
            None => what,
        }
    }

    /// The whole name.
    pub(super) fn full(&self, product: Product) -> String {
        let of = &self.manifest.common().product;
        let named = matches!(product, Product::State(_)) && self.version(product).is_some();
        format!("{} {}{} {}", of.vendor, of.name, if named { "" } else { "," }, self.short(product))
    }

    /// The package URL.
    pub(super) fn purl(&self, product: Product) -> String {
        let of = &self.manifest.common().product;
        let (vendor, name) = (of.vendor.as_str(), of.name.as_str());
        let mut qualifiers: Vec<(&str, String)> = Vec::new();
        let mut version = None;
        match product {
            Product::State(state) => match self.version(product) {
                Some(known) => version = Some(known),
                None => qualifiers.push(("state", state.to_string())),
            },
            Product::Below(level) => {
                let (_, line, feature) = self.range();
                qualifiers.push(("below_security_level", level.to_string()));
                qualifiers.push(("feature_level", feature.to_string()));
                qualifiers.push(("line", line.to_owned()));
            }
        }
        if let Some(part) = self.part(product) {
            qualifiers.push(("scope", part.to_owned()));
        }
        qualifiers.sort_by(|a, b| a.0.cmp(b.0));
        let qualifiers: Vec<_> = qualifiers.iter().map(|(k, v)| (*k, v.as_str())).collect();
        purl::generic(vendor, name, version, &qualifiers)
    }
}

/// The beginning of a digest: enough to tell states apart.
fn part(digest: &Digest) -> String {
    digest.to_string().chars().take(16).collect()
}
