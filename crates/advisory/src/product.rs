//! What a statement is about: a state, all states of a line below a security level, or releases by their numbers.

use super::known::Known;
use super::phrases::{self, Phrases, fill};
use super::{purl, range};
use pkg_format::manifest::{Body, Image, Release, Releases, Remediation, Status, VexStatus};
use pkg_format::{Digest, Id, Manifest, VulnId};
use std::collections::BTreeSet;

/// What is updated as one where the maker does not split the product.
const WHOLE: &str = "product";

/// One thing that a vulnerability may be in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Product {
    /// Every state of the release's scope, line and feature level with a lower security level.
    Below(u64),
    State(Digest),
    /// Releases by their numbers, also those still to come: at which place the manifest names them first.
    Numbered(usize),
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

    /// The product that is meant by numbers, and the known states among them: all but those whose releases say
    /// themselves that these vulnerabilities are closed, and are not older than the manifest.
    pub(super) fn numbered(&self, releases: &'a Releases, ids: &[&VulnId]) -> Vec<Product> {
        let common = self.manifest.common();
        let place = self.all_numbered().position(|r| r == releases).map(Product::Numbered);
        let open = |(state, issued, release): (Digest, u64, &Release)| {
            let closed = |id: &&VulnId| release.says_closed(id, &common.product);
            let answers = issued >= common.issued && ids.iter().any(closed);
            (!answers).then_some(Product::State(state))
        };
        let known = self.known.numbered(&common.product, releases).filter_map(open);
        place.into_iter().chain(known.filter(|p| self.is_concerned(*p))).collect()
    }

    /// Every place at which the manifest names releases by their numbers.
    fn all_numbered(&self) -> impl Iterator<Item = &'a Releases> {
        let (statuses, remediations): (&[Status], &[Remediation]) = match self.manifest.body() {
            Body::Release(r) => (&r.statuses, &r.remediations),
            Body::Notice(n) => (&n.statuses, &n.remediations),
            Body::Withdrawal(_) | Body::Acknowledgement(_) => (&[], &[]),
        };
        statuses.iter().flat_map(|s| &s.releases).chain(remediations.iter().flat_map(|r| &r.releases))
    }

    /// The releases that a product means by their numbers.
    fn meant(&self, product: Product) -> Option<&'a Releases> {
        let Product::Numbered(place) = product else { return None };
        self.all_numbered().nth(place)
    }

    /// What statuses say of releases by their numbers, in words.
    pub(super) fn told_by_number(&self, statuses: &[&'a Status]) -> Vec<(VexStatus, String)> {
        let by_number = |s: &&&Status| !s.releases.is_empty();
        let told = statuses.iter().filter(by_number).map(|s| {
            let words = s.releases.iter().map(|r| {
                let place = self.all_numbered().position(|other| other == r);
                place.map_or_else(String::new, |place| self.what(Product::Numbered(place)))
            });
            (s.standing, words.collect::<Vec<_>>().join("; "))
        });
        told.collect()
    }

    /// Whether these releases are all that a product by number means, or more.
    pub(super) fn covers(&self, releases: &Releases, product: Product) -> bool {
        self.meant(product).is_some_and(|meant| covers(releases, meant))
    }

    /// Whether these releases are some of those that a product by number means.
    pub(super) fn is_within(&self, releases: &Releases, product: Product) -> bool {
        self.meant(product).is_some_and(|meant| covers(meant, releases))
    }

    /// The products by number for which the manifest has a remedy against one of these vulnerabilities.
    pub(super) fn helped_by_number(&self, ids: &[&VulnId]) -> Vec<(Product, &'a Releases)> {
        let listed: &[Remediation] = match self.manifest.body() {
            Body::Release(r) => &r.remediations,
            Body::Notice(n) => &n.remediations,
            Body::Withdrawal(_) | Body::Acknowledgement(_) => &[],
        };
        let of = listed.iter().filter(|r| r.ids.iter().any(|id| ids.contains(&id)));
        let place = |r| Some((Product::Numbered(self.all_numbered().position(|other| other == r)?), r));
        of.flat_map(|r| &r.releases).filter_map(place).collect()
    }

    /// Every known state of the product with its release.
    pub(super) fn known_states(&self) -> impl Iterator<Item = (Digest, &'a Release)> {
        self.known.states_of(&self.manifest.common().product)
    }

    /// The hardware that the manifest speaks of and a product is installed on. A state that is not known may be on
    /// any of it; one that is known to be on other hardware only is named with that.
    pub(super) fn hardware(&self, product: Product) -> BTreeSet<&'a Id> {
        let own: BTreeSet<_> = self.manifest.common().product.hardware.iter().collect();
        match self.installed_on(product) {
            None => own,
            Some(there) if there.is_disjoint(&own) => there,
            Some(there) => there.intersection(&own).copied().collect(),
        }
    }

    /// Whether the manifest speaks of any hardware that a product is installed on. Whoever has other hardware is not
    /// told of it: for them this is neither an alarm nor a fix.
    pub(super) fn is_concerned(&self, product: Product) -> bool {
        let own = &self.manifest.common().product.hardware;
        self.installed_on(product).is_none_or(|there| own.iter().any(|id| there.contains(id)))
    }

    /// Whether a product can have what is installed on any of its hardware.
    pub(super) fn share_hardware(&self, one: Product, other: Product) -> bool {
        !self.hardware(one).is_disjoint(&self.hardware(other))
    }

    /// The hardware of a state, where it is known.
    fn installed_on(&self, product: Product) -> Option<BTreeSet<&'a Id>> {
        let Product::State(state) = product else { return None };
        let mut there: BTreeSet<_> = self.known.hardware(&state).into_iter().flatten().collect();
        if self.own.is_some_and(|(own, _)| own == state) {
            there.extend(&self.manifest.common().product.hardware);
        }
        (!there.is_empty()).then_some(there)
    }

    /// The version that people know, where it is known.
    pub(super) fn version(&self, product: Product) -> Option<&'a str> {
        match product {
            Product::State(_) => self.release_of(product).map(|r| r.identity.version.as_str()),
            Product::Below(level) => self.first_at(level).map(|r| r.identity.version.as_str()),
            Product::Numbered(_) => None,
        }
    }

    /// The known release on the release's line that brought a security level, for the same hardware.
    fn first_at(&self, level: u64) -> Option<&'a Release> {
        let (state, own) = self.own?;
        let on_line = self.known_states().filter(|(state, r)| {
            self.is_on_line(r)
                && r.identity.security_level == level
                && self.is_concerned(Product::State(*state))
        });
        let all = on_line.chain([(state, own)].into_iter().filter(|_| own.identity.security_level == level));
        all.map(|(_, r)| r).min_by_key(|r| r.security().is_none())
    }

    /// The versions that a range covers, where the known releases prove it: those of the line below the level lie in
    /// it, and no other known version of the product does.
    fn proven(&self, level: u64) -> Option<String> {
        let (own_state, own) = self.own?;
        let end = self.first_at(level)?;
        let affected =
            |state: Digest, r: &Release| self.is_below(r, level) && self.is_concerned(Product::State(state));
        let all = self.known_states().chain([(own_state, own)]);
        range::proven(
            all.map(|(state, r)| (r.identity.version.as_str(), affected(state, r))),
            end.identity.version.as_str(),
        )
    }

    /// The images of a state, where they are known.
    pub(super) fn images(&self, product: Product) -> &'a [Image] {
        self.release_of(product).map_or(&[], |r| &r.images)
    }

    /// What a branch of a product tree is, and what it is called: a version, part of a digest, a range of versions
    /// (vers), or where no versions are proven a patch level.
    pub(super) fn branch(&self, product: Product) -> (&'static str, String) {
        match (product, self.version(product)) {
            (Product::State(_), Some(version)) => ("product_version", version.to_owned()),
            (Product::State(state), None) => ("product_version", format!("state-{}", part(&state))),
            (Product::Below(level), _) => match self.proven(level) {
                Some(range) => ("product_version_range", range),
                None => {
                    let (_, line, feature) = self.range();
                    let name =
                        format!("line {line}, feature level {feature}, security level {}", below(level));
                    ("patch_level", name)
                }
            },
            (Product::Numbered(_), _) => ("patch_level", by_number(self.meant(product), phrases::of("en"))),
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
            Product::Numbered(_) => {
                let of = match self.meant(product) {
                    None => String::new(),
                    Some(Releases::All { scope }) => format!("-{scope}"),
                    Some(Releases::Line { scope, line, from, below }) => {
                        let from = from.map_or_else(String::new, |n| format!("-from-{n}"));
                        let below = below.map_or_else(String::new, |n| format!("-below-{n}"));
                        format!("-{scope}-{line}{from}{below}")
                    }
                };
                format!("{}{of}-releases", self.manifest.common().product.name)
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
            Product::Numbered(_) => self.meant(product).map(|r| r.scope().as_str()),
        };
        scope.filter(|s| *s != WHOLE)
    }

    /// Whether a release stands on the line of the manifest's own, below a security level.
    pub(super) fn is_below(&self, release: &Release, level: u64) -> bool {
        self.is_on_line(release) && release.identity.security_level < level
    }

    /// Whether a release has the scope, the line and the feature level of the manifest's own.
    fn is_on_line(&self, release: &Release) -> bool {
        self.own.is_some_and(|(_, own)| {
            let (of, as_of) = (&release.identity, &own.identity);
            of.scope == as_of.scope && of.line == as_of.line && of.feature_level == as_of.feature_level
        })
    }

    /// In a list for people: what a range covers need not be named again.
    pub(super) fn list(&self, products: &[Product]) -> String {
        let ranges = products.iter().filter_map(|p| match p {
            Product::Below(level) => Some(*level),
            Product::State(_) | Product::Numbered(_) => None,
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
        let of = &self.manifest.common().product;
        let all: BTreeSet<_> = self.known.all_hardware(of).chain(&of.hardware).collect();
        let here = self.hardware(product);
        let what = self.what(product);
        // Where all of the product's hardware is meant it need not be named.
        if here == all { what } else { format!("{what} ({})", listed(&here)) }
    }

    /// Version or range.
    fn what(&self, product: Product) -> String {
        let what = match (product, self.version(product)) {
            (Product::State(_), Some(version)) => version.to_owned(),
            (Product::State(state), None) => fill(self.phrases.state, &[&part(&state)]),
            (Product::Below(level), version) => {
                let (_, line, feature) = self.range();
                // The release that first had the fix may not be known: then only the level tells.
                let before = match version {
                    Some(version) => fill(self.phrases.before, &[line, version]),
                    None => fill(self.phrases.below_level, &[line, &level.to_string()]),
                };
                match feature {
                    0 | 1 => before,
                    _ => format!("{before} ({})", fill(self.phrases.feature_level, &[&feature.to_string()])),
                }
            }
            (Product::Numbered(_), _) => by_number(self.meant(product), self.phrases),
        };
        match self.part(product) {
            Some(part) => format!("{part} {what}"),
            None => what,
        }
    }

    /// The whole name, with the hardware.
    pub(super) fn full(&self, product: Product) -> String {
        let of = &self.manifest.common().product;
        let named = matches!(product, Product::State(_)) && self.version(product).is_some();
        let comma = if named { "" } else { "," };
        let hardware = listed(&self.hardware(product));
        format!("{} {}{comma} {} ({hardware})", of.vendor, of.name, self.what(product))
    }

    /// The package URL.
    pub(super) fn purl(&self, product: Product) -> String {
        let of = &self.manifest.common().product;
        let (vendor, name) = (of.vendor.as_str(), of.name.as_str());
        let hardware: Vec<_> = self.hardware(product).into_iter().map(Id::as_str).collect();
        let mut qualifiers: Vec<(&str, String)> = vec![("hardware", hardware.join(","))];
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
            Product::Numbered(_) => match self.meant(product) {
                Some(Releases::Line { line, from, below, .. }) => {
                    qualifiers.push(("line", line.to_string()));
                    qualifiers.extend(from.map(|n| ("from_sequence", n.to_string())));
                    qualifiers.extend(below.map(|n| ("below_sequence", n.to_string())));
                }
                Some(Releases::All { .. }) | None => {}
            },
        }
        if let Some(part) = self.part(product) {
            qualifiers.push(("scope", part.to_owned()));
        }
        qualifiers.sort_by(|a, b| a.0.cmp(b.0));
        let qualifiers: Vec<_> = qualifiers.iter().map(|(k, v)| (*k, v.as_str())).collect();
        purl::generic(vendor, name, version, &qualifiers)
    }
}

/// Whether all of the other releases are among the first.
fn covers(all: &Releases, some: &Releases) -> bool {
    match (all, some) {
        (Releases::All { scope }, some) => scope == some.scope(),
        (
            Releases::Line { scope, line, from, below },
            Releases::Line { scope: of, line: on, from: first, below: end },
        ) => {
            (scope, line) == (of, on)
                && from.unwrap_or(0) <= first.unwrap_or(0)
                && below.is_none_or(|below| end.is_some_and(|end| end <= below))
        }
        (Releases::Line { .. }, Releases::All { .. }) => false,
    }
}

/// Releases by their numbers, in words.
fn by_number(releases: Option<&Releases>, phrases: &Phrases) -> String {
    let Some(Releases::Line { line, from, below, .. }) = releases else {
        return phrases.every_release.to_owned();
    };
    let number = |n: &u64| n.to_string();
    match (from, below) {
        (None, None) => fill(phrases.every_release_of, &[line.as_str()]),
        (Some(from), None) => fill(phrases.releases_from, &[line.as_str(), &number(from)]),
        (None, Some(below)) => fill(phrases.releases_below, &[line.as_str(), &number(below)]),
        (Some(from), Some(below)) => {
            fill(phrases.releases_between, &[line.as_str(), &number(from), &number(&below.saturating_sub(1))])
        }
    }
}

/// Names of hardware in a list: all of a few, and how many more there are.
fn listed(hardware: &BTreeSet<&Id>) -> String {
    const NAMED: usize = 8;
    let mut names: Vec<_> = hardware.iter().take(NAMED).map(|id| id.to_string()).collect();
    match hardware.len().saturating_sub(NAMED) {
        0 => {}
        more => names.push(format!("+{more}")),
    }
    names.join(", ")
}

/// The security levels below this one.
fn below(level: u64) -> String {
    match level {
        0 | 1 => "0".to_owned(),
        2 => "1".to_owned(),
        level => format!("1 to {}", level.saturating_sub(1)),
    }
}

/// The beginning of a digest: enough to tell states apart.
fn part(digest: &Digest) -> String {
    digest.to_string().chars().take(16).collect()
}
