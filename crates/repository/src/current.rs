//! Which entries of a log are current: one function for whoever publishes and whoever audits (SPEC, appendix C).

use alloc::vec::Vec;
use pkg_format::manifest::release::{AppliesTo, Class, Release};
use pkg_format::manifest::{Body, Cost, Manifest};
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
    let is_current = |p: &&Published<'_>| match p.manifest.body() {
        Body::Notice(_) | Body::Withdrawal(_) => !is_superseded(p, live),
        Body::Acknowledgement(_) => false,
        Body::Release(release) => {
            !is_withdrawn(p, release, live) && !live.iter().any(|newer| replaces(newer, p, release, live))
        }
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

fn is_withdrawn(p: &Published<'_>, release: &Release, live: &[Published<'_>]) -> bool {
    let state = release.state(&p.manifest.common().product);
    live.iter().any(|w| match w.manifest.body() {
        Body::Withdrawal(withdrawal) => {
            withdrawal.withdraws.iter().any(|d| *d == p.entry.manifest || *d == state)
        }
        _ => false,
    })
}

/// Whether a device that may take the release `old` may take `newer` as well, and gains at least as much by it.
/// Where that is not certain, both stay current: one entry more costs 200 bytes, one too few costs an update.
fn replaces(newer: &Published<'_>, old: &Published<'_>, release: &Release, live: &[Published<'_>]) -> bool {
    let Some(new) = newer.manifest.release() else { return false };
    let (product, before) = (&newer.manifest.common().product, &old.manifest.common().product);
    let (id, old_id) = (&new.identity, &release.identity);
    newer.entry.sequence > old.entry.sequence
        && (&id.scope, &id.line, id.channel) == (&old_id.scope, &old_id.line, old_id.channel)
        && new.class() == release.class()
        && id.security_level >= old_id.security_level
        && id.feature_level >= old_id.feature_level
        && before.hardware.iter().all(|h| product.hardware.contains(h))
        && same_components(new, release)
        && asks_no_more(new, release)
        && !is_withdrawn(newer, new, live)
        && covers(new, release, live)
}

fn same_components(new: &Release, old: &Release) -> bool {
    let components = |r: &Release| r.images.iter().map(|i| i.component.clone()).collect::<Vec<Id>>();
    components(new) == components(old)
}

/// It costs nothing that the other one does not, and needs no more of other scopes.
fn asks_no_more(new: &Release, old: &Release) -> bool {
    (new.cost == Cost::Free || new.cost == old.cost)
        && new.identity.environment_cost == old.identity.environment_cost
        && new.tailor_made == old.tailor_made
        && new.requires.iter().all(|r| old.requires.contains(r))
}

/// It leads from every state that the other one leads from.
fn covers(new: &Release, old: &Release, live: &[Published<'_>]) -> bool {
    let from_nothing =
        |r: &Release| r.fresh || matches!(&r.applies_to, AppliesTo::States(states) if states.is_empty());
    if from_nothing(old) && !from_nothing(new) {
        return false;
    }
    match (&new.applies_to, &old.applies_to) {
        (AppliesTo::States(new), AppliesTo::States(old)) => old.iter().all(|s| new.contains(s)),
        (AppliesTo::Line, AppliesTo::Line) => new.identity.feature_level == old.identity.feature_level,
        (AppliesTo::Line, AppliesTo::States(states)) => states.iter().all(|s| is_below(s, new, live)),
        (AppliesTo::States(_), AppliesTo::Line) => false,
    }
}

/// Whether a state that is named is one that a release for its whole line leads from. A state that no live entry
/// leads to is not known to be.
fn is_below(state: &Digest, new: &Release, live: &[Published<'_>]) -> bool {
    let leads_there = live.iter().filter_map(|p| {
        let release = p.manifest.release()?;
        let there = p.entry.manifest == *state || release.state(&p.manifest.common().product) == *state;
        there.then_some(&release.identity)
    });
    let mut leads_there = leads_there.peekable();
    let id = &new.identity;
    new.class() == Class::Security
        && leads_there.peek().is_some()
        && leads_there.all(|from| {
            (&from.scope, &from.line, from.feature_level) == (&id.scope, &id.line, id.feature_level)
                && from.security_level < id.security_level
        })
}
