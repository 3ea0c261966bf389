//! Which entries of a log are current: one function for whoever publishes and whoever audits (SPEC, appendix C).

use alloc::collections::BTreeSet;
use alloc::vec::Vec;
use pkg_format::manifest::release::{AppliesTo, Class, Identity, Release};
use pkg_format::manifest::{Body, Cost, Manifest, Product};
use pkg_format::repository::{Entry, Head};
use pkg_format::{Digest, Id, Refusal, Rule};

/// A live entry and the manifest that it names.
#[derive(Debug, Clone, Copy)]
pub struct Published<'a> {
    /// The entry.
    pub entry: &'a Entry,
    /// The manifest with the entry's digest.
    pub manifest: &'a Manifest,
}

/// The entries that devices need now, in the order of a head: notices and withdrawals in force, and each release
/// that was not withdrawn and that no newer one replaces for every state and hardware that it is for.
///
/// `live` are the [live](crate::Log::live) entries of the log with their manifests, in any order.
pub fn current(live: &[Published<'_>]) -> Vec<Entry> {
    let releases = Releases::new(live);
    let is_current = |p: &&Published<'_>| match p.manifest.body() {
        Body::Notice(_) | Body::Withdrawal(_) => !is_superseded(p, live),
        Body::Acknowledgement(_) => false,
        Body::Release(_) => releases.are_current(&p.entry.manifest),
    };
    let mut entries: Vec<_> = live.iter().filter(is_current).map(|p| p.entry.clone()).collect();
    entries.sort_unstable_by_key(|e| e.manifest);
    entries
}

/// Refuses a head whose `current` is not what follows from the log.
///
/// # Errors
///
/// REP-7 with the first entry that is missing, or has no place there.
pub fn check_current(head: &Head, live: &[Published<'_>]) -> Result<(), Refusal> {
    let expected = current(live);
    let refuse = |what: &str, entry: &Entry| {
        let why = alloc::format!("{what}: {} {}", entry.kind(), entry.manifest.short());
        Err(Refusal::new(Rule::Rep7, why).within("current"))
    };
    if let Some(missing) = expected.iter().find(|e| !head.current.contains(e)) {
        return refuse("missing", missing);
    }
    match head.current.iter().find(|e| !expected.contains(e)) {
        Some(more) => refuse("not current", more),
        None => Ok(()),
    }
}

/// A newer statement of the same kind says that it takes the place of this one.
fn is_superseded(old: &Published<'_>, live: &[Published<'_>]) -> bool {
    live.iter().any(|new| {
        new.manifest.kind() == old.manifest.kind()
            && new.entry.sequence > old.entry.sequence
            && new.manifest.common().supersedes.contains(&old.entry.manifest)
    })
}

/// A release of the log.
struct Known<'a> {
    entry: &'a Entry,
    product: &'a Product,
    release: &'a Release,
    /// The digest of the state that it leads to.
    state: Digest,
}

impl Known<'_> {
    fn has_name(&self, state: &Digest) -> bool {
        self.entry.manifest == *state || self.state == *state
    }

    fn is_for_empty_devices(&self) -> bool {
        self.release.fresh
            || matches!(&self.release.applies_to, AppliesTo::States(states) if states.is_empty())
    }
}

/// The releases of the log, those that were withdrawn apart.
struct Releases<'a> {
    standing: Vec<Known<'a>>,
    withdrawn: Vec<Known<'a>>,
}

impl<'a> Releases<'a> {
    fn new(live: &[Published<'a>]) -> Releases<'a> {
        let withdrawals = live.iter().filter_map(|p| match p.manifest.body() {
            Body::Withdrawal(withdrawal) => Some(&withdrawal.withdraws),
            _ => None,
        });
        let names: BTreeSet<&Digest> = withdrawals.flatten().collect();
        let known = live.iter().filter_map(|p| {
            let (release, product) = (p.manifest.release()?, &p.manifest.common().product);
            Some(Known { entry: p.entry, product, release, state: release.state(product) })
        });
        let is_withdrawn = |k: &Known<'_>| names.contains(&k.entry.manifest) || names.contains(&k.state);
        let (withdrawn, standing) = known.partition(is_withdrawn);
        Releases { standing, withdrawn }
    }

    /// Whether the release with this manifest stands, and none replaces it.
    fn are_current(&self, manifest: &Digest) -> bool {
        let old = self.standing.iter().find(|k| k.entry.manifest == *manifest);
        old.is_some_and(|old| !self.standing.iter().any(|new| self.replaces(new, old)))
    }

    /// Whether a device that may take the release `old` may take `new` as well, and gains at least as much by it.
    /// Where that is not certain, both stay current: an entry too many costs 200 bytes, one too few costs an update.
    fn replaces(&self, new: &Known<'_>, old: &Known<'_>) -> bool {
        let (id, before) = (&new.release.identity, &old.release.identity);
        new.entry.sequence > old.entry.sequence
            && (&id.scope, &id.line, id.channel) == (&before.scope, &before.line, before.channel)
            && new.release.class() == old.release.class()
            && id.security_level >= before.security_level
            && id.feature_level >= before.feature_level
            && old.product.hardware.iter().all(|h| new.product.hardware.contains(h))
            && components(new.release).eq(components(old.release))
            && asks_no_more(new.release, old.release)
            && (new.is_for_empty_devices() || !old.is_for_empty_devices())
            && self.covers(new.release, old.release)
    }

    /// It leads from every state that the other one leads from.
    fn covers(&self, new: &Release, old: &Release) -> bool {
        match (&new.applies_to, &old.applies_to) {
            (AppliesTo::States(new), AppliesTo::States(old)) => old.iter().all(|s| new.contains(s)),
            (AppliesTo::Line, AppliesTo::Line) => new.identity.feature_level == old.identity.feature_level,
            (AppliesTo::Line, AppliesTo::States(states)) => {
                new.class() == Class::Security && states.iter().all(|s| self.is_below(s, &new.identity))
            }
            (AppliesTo::States(_), AppliesTo::Line) => false,
        }
    }

    /// Whether a state that is named is one that a security release for its whole line leads from. A state that no
    /// live entry leads to is not known to be.
    fn is_below(&self, state: &Digest, new: &Identity) -> bool {
        let all = self.standing.iter().chain(&self.withdrawn);
        let mut there = all.filter(|k| k.has_name(state)).map(|k| &k.release.identity).peekable();
        there.peek().is_some()
            && there.all(|from| {
                (&from.scope, &from.line, from.feature_level) == (&new.scope, &new.line, new.feature_level)
                    && from.security_level < new.security_level
            })
    }
}

fn components(release: &Release) -> impl Iterator<Item = &Id> {
    release.images.iter().map(|image| &image.component)
}

/// It costs nothing that the other one does not, and needs no more of other scopes.
fn asks_no_more(new: &Release, old: &Release) -> bool {
    (new.cost == Cost::Free || new.cost == old.cost)
        && new.identity.environment_cost == old.identity.environment_cost
        && new.tailor_made == old.tailor_made
        && new.requires.iter().all(|r| old.requires.contains(r))
}
