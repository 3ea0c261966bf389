//! Statements that contradict what was said before of images that cannot change (G21), and ids that are joined while one
//! of them is open (G14).

use crate::finding::Finding;
use crate::scope::Scope;
use crate::time::date;
use crate::vulnerability::Correction;
use pkg_format::{Digest, Rule, VulnId};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    for x in 0..scope.statuses.list.len() {
        for correction in &scope.statuses.list[x].corrections {
            findings.push(corrected(scope, x, correction));
        }
    }
    joined(scope, findings);
}

/// G21: a state that was said to be affected is not fixed by a later statement: its images are the same. That it never was
/// affected can be said, and is listed.
fn corrected(scope: &Scope<'_>, x: usize, it: &Correction) -> Finding {
    let (label, id, who) = (scope.label(it.state), scope.id(x), name(scope, &it.by));
    let first = format!("{label} was said to be affected by {id} on {}", date(it.affected));
    let then = format!("{who} of {}", date(it.closed));
    let finding = match it.is_fixed {
        true => Finding::fail(
            Rule::G21,
            label,
            format!(
                "{first}, and {then} says fixed, but no release into it has the fix: an image cannot change"
            ),
        ),
        false => Finding::exception(Rule::G21, label, format!("{first}, and {then} says not-affected")),
    };
    Finding { open: vec![id.to_string()], ..finding.about(scope.graph.states[it.state].digest).by([it.by]) }
}

/// The name of the statement with this manifest.
pub(super) fn name<'a>(scope: &'a Scope<'_>, manifest: &Digest) -> &'a str {
    let releases = scope.product.releases_by(scope.at).map(|r| (r.digest, &r.common.id));
    let notices = scope.product.notices_by(scope.at).map(|n| (n.digest, &n.common.id));
    let mut all = releases.chain(notices);
    all.find(|(digest, _)| digest == manifest).map_or("a statement", |(_, id)| id.as_str())
}

/// What statements say under one id.
#[derive(Default)]
struct Uses {
    /// By manifest: when it was issued.
    named: BTreeMap<Digest, u64>,
    /// The manifests that say that it is open somewhere.
    open: BTreeSet<Digest>,
    /// The releases that fix it.
    fixed: BTreeSet<Digest>,
}

/// G14: a release says that two ids are of one vulnerability, after statements spoke of them separately and while one was
/// open. What closes one of them then closes the other.
fn joined(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let uses = uses(scope);
    let mut seen: BTreeSet<(&VulnId, &VulnId)> = BTreeSet::new();
    let mut releases: Vec<_> = scope.product.releases_by(scope.at).collect();
    releases.sort_by_key(|r| (r.common.issued, r.digest));
    for release in releases {
        for (fix, alias) in release.fixes().iter().flat_map(|f| f.aliases.iter().map(move |a| (f, a))) {
            let (id, alias) = if fix.id < *alias { (&fix.id, alias) } else { (alias, &fix.id) };
            let Some(x) = scope.statuses.find(id).filter(|x| scope.statuses.find(alias) == Some(*x)) else {
                continue;
            };
            // Only the first release that joins them counts.
            if !seen.insert((id, alias)) {
                continue;
            }
            let (Some(one), Some(other)) = (uses.get(id), uses.get(alias)) else { continue };
            let before = |mine: &Uses, yours: &Uses| -> BTreeSet<Digest> {
                let issued = mine.named.iter().filter(|(_, issued)| **issued <= release.common.issued);
                let alone = issued.filter(|(d, _)| **d != release.digest && !yours.named.contains_key(*d));
                alone.map(|(d, _)| *d).collect()
            };
            let (of_one, of_other) = (before(one, other), before(other, one));
            let is_open = !of_one.is_disjoint(&one.open) || !of_other.is_disjoint(&other.open);
            // Each had statements of its own, or one had a fix of its own: it was spoken of apart from the other.
            let is_apart = !of_one.is_empty() && !of_other.is_empty()
                || !of_one.is_disjoint(&one.fixed)
                || !of_other.is_disjoint(&other.fixed);
            if is_open && is_apart {
                let label = release.version();
                let text = format!(
                    "{label} says that {id} and {alias} are one vulnerability; earlier statements spoke of them separately, and one of them was open"
                );
                let finding = Finding::exception(Rule::G14, label, text).about(release.digest);
                findings.push(Finding { open: vec![scope.id(x).to_string()], ..finding });
            }
        }
    }
}

/// What is said under each id. Fixes that a release repeats say nothing.
fn uses<'a>(scope: &'a Scope<'_>) -> BTreeMap<&'a VulnId, Uses> {
    let mut all: BTreeMap<&VulnId, Uses> = BTreeMap::new();
    let mut note = |id: &'a VulnId, manifest: Digest, issued: u64, is_open: bool, is_fixed: bool| {
        let uses = all.entry(id).or_default();
        uses.named.insert(manifest, issued);
        if is_open {
            uses.open.insert(manifest);
        }
        if is_fixed {
            uses.fixed.insert(manifest);
        }
    };
    for notice in scope.product.notices_by(scope.at) {
        for status in &notice.body.statuses {
            note(&status.id, notice.digest, notice.common.issued, status.standing.is_open(), false);
        }
    }
    for release in scope.product.releases_by(scope.at) {
        let (digest, issued) = (release.digest, release.common.issued);
        release.body.statuses.iter().for_each(|s| note(&s.id, digest, issued, s.standing.is_open(), false));
        release.body.open.iter().for_each(|o| note(&o.id, digest, issued, true, false));
        release.also_fixes().iter().for_each(|a| note(&a.id, digest, issued, false, true));
        for fix in release.fixes().iter().filter(|f| f.level == release.security_level()) {
            note(&fix.id, digest, issued, false, true);
            fix.aliases.iter().for_each(|a| note(a, digest, issued, false, false));
        }
    }
    all
}
