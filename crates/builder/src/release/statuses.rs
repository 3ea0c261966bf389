//! What follows from the status of vulnerabilities: entries that are carried forward, and what a release may not do
//! (SPEC 7). The crate `pkg-status` decides the status, as it does for the audit.

use super::derive::{Given, Past};
use super::map::list_in;
use super::prior::Prior;
use pkg_format::cbor::{MapBuilder, Wire};
use pkg_format::manifest::{Body, Manifest, Outcome, Release};
use pkg_format::{Digest, Refusal, Rule, Tree};
use pkg_status::{Decisions, History, Word};
use std::collections::BTreeSet;

/// The statuses in all known states, and in that of the new release.
struct Known<'a> {
    decisions: Decisions<'a>,
    /// The state of the new release.
    own: usize,
    /// The digest of its manifest.
    manifest: Digest,
    new: &'a Release,
}

impl<'a> Known<'a> {
    /// `None` for a notice, a withdrawal or an acknowledgement.
    fn new(manifest: &'a Manifest, past: &'a Past, given: &Given) -> Option<Known<'a>> {
        let new = manifest.release()?;
        let mut history = History::new(&new.identity.scope);
        let ours = |p: &&Prior| {
            let product = p.product();
            (product.vendor.as_str(), product.name.as_str()) == (given.vendor.as_str(), given.name.as_str())
        };
        for prior in past.all().chain(&past.named).filter(ours) {
            history.manifest(prior.digest, &prior.manifest);
        }
        let digest = Digest::of(&manifest.to_tree().to_bytes());
        history.manifest(digest, manifest);
        let decisions = history.decide();
        let own = decisions.place(&new.state(&manifest.common().product))?;
        Some(Known { decisions, own, manifest: digest, new })
    }

    fn is_open(&self, state: &Digest, vulnerability: usize) -> bool {
        let place = self.decisions.place(state);
        place.is_none_or(|place| self.decisions.statuses().is_open(place, vulnerability))
    }

    fn is_open_here(&self, vulnerability: usize) -> bool {
        self.decisions.statuses().is_open(self.own, vulnerability)
    }

    /// Whether the new release itself says what the status is in its own state.
    fn is_said_here(&self, vulnerability: usize) -> bool {
        let column = self.decisions.statuses().of(vulnerability);
        let decided = self.decisions.decided_by(&column, self.own);
        column.origin(self.own) == self.own && decided.is_some_and(|s| s.manifest == Some(self.manifest))
    }
}

/// Adds to a draft what its manifest leaves out: what stays open, because it is open in a release that this one is
/// built from, and what a feature release closes for some of its users.
pub(crate) fn complete(tree: &mut Tree, manifest: &Manifest, past: &Past, given: &Given) {
    let Some(known) = Known::new(manifest, past, given) else { return };
    let open = still_open(&known, past, given);
    let also = also_fixed(&known, manifest, past, given);
    let Tree::Map(map) = tree else { return };
    for (key, added) in [("open", open), ("also-fixes", also)] {
        if !added.is_empty()
            && let Some(list) = list_in(map, key)
        {
            list.extend(added);
        }
    }
}

/// The entries of `open` that are carried forward: the vulnerability is open in the release that says so, nothing closes
/// it here, and this release does not speak of it.
fn still_open(known: &Known<'_>, past: &Past, given: &Given) -> Vec<Tree> {
    let mut seen = BTreeSet::new();
    let mut entries = Vec::new();
    for (parent, release) in past.parents(given) {
        for entry in &release.open {
            let Some(v) = known.decisions.vulnerability(&entry.id) else { continue };
            let stays = known.is_open(&parent.state(), v) && known.is_open_here(v) && !known.is_said_here(v);
            if stays && seen.insert(v) {
                entries.push(entry.encode());
            }
        }
    }
    entries
}

/// What a feature release closes for devices in a state that it applies to, where it can be had on its own.
fn also_fixed(known: &Known<'_>, manifest: &Manifest, past: &Past, given: &Given) -> Vec<Tree> {
    if known.new.security().is_some() {
        return Vec::new();
    }
    let statuses = known.decisions.statuses();
    let covered: Vec<_> = past
        .covered_by(given, manifest.common().sequence, known.new)
        .filter_map(|(prior, _)| known.decisions.place(&prior.state()))
        .collect();
    let mut entries = Vec::new();
    for v in 0..statuses.vulnerabilities() {
        let opens = |place: &usize| statuses.word(*place, v).is_some_and(Word::is_open);
        if !statuses.is_fixed(known.own, v) || known.is_said_here(v) || !covered.iter().any(opens) {
            continue;
        }
        let states = past.with_fix(given, |id| known.decisions.vulnerability(id) == Some(v));
        if !states.is_empty() {
            let states: Vec<_> = states.into_iter().collect();
            let id = known.decisions.name(v);
            entries.push(MapBuilder::new().put("id", id).list("separately-in", &states).done());
        }
    }
    entries
}

/// Refuses a release that brings a vulnerability back, or that fixes only what is closed already.
pub(crate) fn check(manifest: &Manifest, past: &Past, given: &Given) -> Result<(), Refusal> {
    let Some(known) = Known::new(manifest, past, given) else { return Ok(()) };
    let mut covered: Vec<_> = past.covered_by(given, manifest.common().sequence, known.new).collect();
    let mut seen = BTreeSet::new();
    covered.retain(|(prior, _)| seen.insert(prior.digest));
    brings_nothing_back(&known, &covered)?;
    closes_something(&known, &covered, manifest, past)
}

/// SEP-20: what is closed in a state that the release applies to is closed in the release.
fn brings_nothing_back(known: &Known<'_>, covered: &[(&Prior, &Release)]) -> Result<(), Refusal> {
    let reopens = known.new.security().map_or(&[][..], |s| &s.reopens);
    let reopened: BTreeSet<_> =
        reopens.iter().filter_map(|it| known.decisions.vulnerability(&it.id)).collect();
    for (prior, old) in covered {
        for v in 0..known.decisions.statuses().vulnerabilities() {
            if known.is_open(&prior.state(), v) || !known.is_open_here(v) || reopened.contains(&v) {
                continue;
            }
            let (id, version) = (known.decisions.name(v), &old.identity.version);
            let place = known.decisions.place(&prior.state());
            let is_fixed = place.is_some_and(|place| known.decisions.statuses().is_fixed(place, v));
            let (why, field) = match is_fixed || known.is_said_here(v) {
                true => (format!("from {version}: {id} is closed there, but open here"), "applies-to"),
                // A feature can make it matter.
                false => (
                    format!("from {version}: {id} does no harm there, and nobody says that of this release"),
                    "statuses",
                ),
            };
            return Err(Refusal::new(Rule::Sep20, why).within(field));
        }
    }
    Ok(())
}

/// SEP-21: each fix of the release closes something in a state that it applies to.
fn closes_something(
    known: &Known<'_>,
    covered: &[(&Prior, &Release)],
    manifest: &Manifest,
    past: &Past,
) -> Result<(), Refusal> {
    let Some(security) = known.new.security() else { return Ok(()) };
    if covered.is_empty() || repairs(manifest, past) {
        return Ok(());
    }
    let level = known.new.identity.security_level;
    let own = security.fixes.iter().enumerate().filter(|(_, f)| f.level == level);
    for (i, fix) in own.filter(|(_, f)| f.status == Outcome::Fixed) {
        let Some(v) = known.decisions.vulnerability(&fix.id) else { continue };
        if covered.iter().all(|(prior, _)| !known.is_open(&prior.state(), v)) {
            let versions: Vec<_> = covered.iter().map(|(_, r)| r.identity.version.as_str()).collect();
            let why = format!("{} is closed already in {}", fix.id, versions.join(", "));
            return Err(Refusal::new(Rule::Sep21, why).within("id").at_index(i).within("fixes"));
        }
    }
    Ok(())
}

/// Whether it supersedes a release that was withdrawn, or one that is not known here.
fn repairs(manifest: &Manifest, past: &Past) -> bool {
    let withdrawn = past.withdrawn();
    let is_bad = |digest: &Digest| match past.all().find(|p| p.digest == *digest) {
        Some(prior) => {
            matches!(prior.manifest.body(), Body::Release(_)) && withdrawn.contains(&prior.state())
        }
        None => true,
    };
    manifest.common().supersedes.iter().any(is_bad)
}
