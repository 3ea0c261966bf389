//! What the next feature release must say.

use super::model::NextFeature;
use super::numbers::{highest_level, highest_sequence};
use crate::scope::Scope;
use pkg_status::Word;
use std::collections::{BTreeMap, BTreeSet};

/// The next feature release of a scope: built from the newest state with the most features, for all supported states.
pub(super) fn next(scope: &Scope<'_>) -> Option<NextFeature> {
    let (states, statuses) = (&scope.graph.states, scope.statuses.all());
    let covered = || scope.supported.iter().copied().filter(|v| !scope.is_withdrawn(*v));
    let of = |v: &usize| {
        let it = &states[*v].identity;
        (it.feature_level, it.security_level, it.sequence)
    };
    let open_to_all = |v: &usize| states[*v].customer.is_none();
    let head = covered().filter(open_to_all).max_by_key(of)?;
    // The newest state of each other line has fixes that this one may lack.
    let mut heads: BTreeMap<usize, usize> = BTreeMap::new();
    for v in covered().filter(open_to_all).filter(|v| states[*v].group != states[head].group) {
        let newest = heads.entry(states[v].group).or_insert(v);
        if of(newest) < of(&v) {
            *newest = v;
        }
    }
    let mut closed: BTreeSet<usize> =
        (0..statuses.vulnerabilities()).filter(|x| !statuses.is_open(head, *x)).collect();
    let mut merged = Vec::new();
    for v in heads.into_values() {
        let new: Vec<usize> = statuses.fixed(v).filter(|x| !closed.contains(x)).collect();
        if !new.is_empty() {
            merged.push(scope.label(v).to_owned());
            closed.extend(new);
        }
    }
    let also = |x: &usize| covered().any(|v| statuses.is_said_open(v, *x) || statuses.is_assumed(v, *x));
    let also_fix = closed.iter().copied().filter(also).collect::<BTreeSet<_>>();
    let steps = states[head].into.iter().map(|s| scope.step(*s).release);
    let open: BTreeSet<usize> = steps
        .flat_map(|r| &r.body.open)
        .filter_map(|o| scope.statuses.find(&o.id))
        .filter(|x| !closed.contains(x))
        .collect();
    let not_affected = |x: &usize| statuses.word(head, *x) == Some(Word::NotAffected);
    let statuses_again: BTreeSet<usize> =
        closed.iter().copied().filter(not_affected).filter(|x| !also_fix.contains(x)).collect();
    let identity = &states[head].identity;
    Some(NextFeature {
        scope: scope.graph.scope.clone(),
        line: identity.line.to_string(),
        after: scope.label(head).to_owned(),
        merged,
        feature_level: identity.feature_level.saturating_add(1),
        security_level: highest_level(scope),
        sequence: highest_sequence(scope, identity.line.as_str()).saturating_add(1),
        also_fix: scope.ids(also_fix),
        open: scope.ids(open),
        statuses: scope.ids(statuses_again),
    })
}
