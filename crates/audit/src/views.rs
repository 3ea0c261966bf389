//! A product as devices with different hardware see it.
//!
//! Notices and withdrawals are for the hardware that they name. What a notice closes, and what is withdrawn, for some of
//! the devices that run a release is not so for the others: their view is checked on its own.

use crate::finding::Finding;
use crate::options::AuditOptions;
use crate::rules::{self, Found};
use crate::scope::{Scope, scopes};
use crate::set::Product;
use pkg_format::{Digest, Id, Rule};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// Checks every scope of a product, for all of its devices. `all` is what is true on all hardware.
pub(crate) fn check(product: &Product, all: &[Scope<'_>], at: u64, options: &AuditOptions) -> Found {
    let kinds = kinds(product, at);
    match kinds.len() {
        0 | 1 => rules::check(all, options),
        _ => {
            let view = |ids: BTreeSet<Id>| {
                let found = rules::check(&scopes(product, at, Some(&ids)), options);
                (ids, found)
            };
            join(product, kinds.into_iter().map(view).collect())
        }
    }
}

/// The hardware of each state and manifest.
fn hardware(product: &Product, at: u64) -> HashMap<Digest, BTreeSet<&Id>> {
    let mut all: HashMap<Digest, BTreeSet<&Id>> = HashMap::new();
    for past in &product.declared.releases {
        all.entry(past.state).or_default().extend(&past.hardware);
    }
    for release in product.releases_by(at) {
        all.entry(release.state).or_default().extend(release.hardware());
    }
    for release in product.releases_by(at) {
        let of_state = all[&release.state].clone();
        all.entry(release.digest).or_default().extend(of_state);
    }
    all
}

/// The hardware ids, by the notices and withdrawals that tell them apart.
fn kinds(product: &Product, at: u64) -> Vec<BTreeSet<Id>> {
    let runs_on = hardware(product, at);
    let notices = product.notices_by(at).map(|n| {
        let closed = n.body.statuses.iter().filter(|s| !s.standing.is_open());
        (&n.common, closed.flat_map(|s| &s.states).collect::<Vec<_>>())
    });
    let withdrawals = product.withdrawals_by(at).map(|w| (&w.common, w.body.withdraws.iter().collect()));
    let apart = notices.chain(withdrawals).filter(|(common, states)| {
        let named = |id: &&Id| common.product.hardware.contains(id);
        states.iter().filter_map(|s| runs_on.get(s)).any(|ids| !ids.iter().all(named))
    });
    let apart: Vec<&[Id]> = apart.map(|(common, _)| common.product.hardware.as_slice()).collect();
    let mut kinds: BTreeMap<Vec<bool>, BTreeSet<Id>> = BTreeMap::new();
    for id in runs_on.values().flatten().copied().collect::<BTreeSet<_>>() {
        kinds.entry(apart.iter().map(|on| on.contains(id)).collect()).or_default().insert(id.clone());
    }
    kinds.into_values().collect()
}

/// What was found in all views, each once. What is not so in every view is about the hardware of those in which it is.
fn join(product: &Product, views: Vec<(BTreeSet<Id>, Found)>) -> Found {
    let key = |f: &Finding| (f.rule, f.text.clone(), f.hardware.clone());
    let mut seen: BTreeMap<(Rule, String, Option<String>), usize> = BTreeMap::new();
    for (_, found) in &views {
        found.findings.iter().for_each(|f| *seen.entry(key(f)).or_default() += 1);
    }
    let everywhere: BTreeSet<_> =
        seen.into_iter().filter(|(_, count)| *count == views.len()).map(|(key, _)| key).collect();
    let runs_on = hardware(product, u64::MAX);
    let mut joined = Found::default();
    let mut known = BTreeSet::new();
    let mut longest: BTreeMap<(usize, usize), (u64, String)> = BTreeMap::new();
    for (ids, found) in views {
        for finding in found.findings {
            let of = match finding.hardware.is_none() && !everywhere.contains(&key(&finding)) {
                true => {
                    let of_state = finding.digest.and_then(|d| runs_on.get(&d));
                    let ids = ids.iter().filter(|id| of_state.is_none_or(|these| these.contains(id)));
                    ids.map(|id| Some(id.to_string())).collect()
                }
                false => vec![finding.hardware.clone()],
            };
            for hardware in of {
                let finding = Finding { hardware, ..finding.clone() };
                if known.insert(key(&finding)) {
                    joined.findings.push(finding);
                }
            }
        }
        for (place, x, lag, who) in found.lags {
            let last = longest.entry((place, x)).or_insert_with(|| (lag, who.clone()));
            if lag > last.0 {
                *last = (lag, who);
            }
        }
    }
    joined.findings.sort_by_key(|f| (f.rule.number(), Reverse(f.verdict)));
    joined.lags = longest.into_iter().map(|((place, x), (lag, who))| (place, x, lag, who)).collect();
    joined
}
