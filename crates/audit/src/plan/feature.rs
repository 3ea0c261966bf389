//! What the next feature release must say.

use super::model::{FeatureSays, LetIn, NextFeature};
use super::numbers::{highest_level, highest_sequence};
use crate::population::Population;
use crate::releases::key;
use crate::rules::without_way_on;
use crate::scope::Scope;
use pkg_format::manifest::Outcome;
use pkg_status::Word;
use std::collections::{BTreeMap, BTreeSet};

/// The next feature release of a scope: built from the newest state with the most features, for all supported states.
pub(super) fn next(scope: &Scope<'_>) -> Option<NextFeature> {
    let covered: BTreeSet<usize> =
        scope.supported.iter().copied().filter(|v| !scope.is_withdrawn(*v)).collect();
    let head = covered.iter().copied().filter(|v| is_public(scope, *v)).max_by_key(|v| newest(scope, *v))?;
    let identity = &scope.graph.states[head].identity;
    let let_in = |v: usize| {
        let step = scope.graph.states[v].into.last()?;
        Some(LetIn { version: scope.label(v).to_owned(), manifest: scope.step(*step).release.digest })
    };
    let mut lets_in: Vec<LetIn> = lets_in(scope, head).into_iter().filter_map(let_in).collect();
    lets_in.sort_by_cached_key(|l| key(&l.version));
    Some(NextFeature {
        scope: scope.graph.scope.clone(),
        line: identity.line.to_string(),
        after: scope.label(head).to_owned(),
        feature_level: identity.feature_level.saturating_add(1),
        security_level: highest_level(scope),
        sequence: highest_sequence(scope, identity.line.as_str()).saturating_add(1),
        lets_in,
        says: says(scope, head, &covered),
    })
}

/// The states other than `head` that have no way on (G22), and from which no step leads to another such state: if they
/// are let in, nobody is stranded.
fn lets_in(scope: &Scope<'_>, head: usize) -> BTreeSet<usize> {
    let graph = &scope.graph;
    let of_population = |population: &Population| {
        let stranded: BTreeSet<usize> = without_way_on(scope, population).collect();
        let leads = |v: usize| {
            let mut others = stranded.iter().filter(|w| **w != v).flat_map(|w| &graph.states[*w].into);
            others.any(|s| {
                !scope.step(*s).release.is_testing() && graph.takers(*s).contains(&v) && population.steps[*s]
            })
        };
        stranded
            .iter()
            .copied()
            .filter(|v| *v != head && is_public(scope, *v) && !leads(*v))
            .collect::<Vec<_>>()
    };
    scope.populations.iter().flat_map(of_population).collect()
}

/// What a feature release says that is built from `head` and leads from these states.
pub(super) fn says(scope: &Scope<'_>, head: usize, covered: &BTreeSet<usize>) -> FeatureSays {
    let (states, statuses) = (&scope.graph.states, scope.statuses.all());
    // The newest state of each other line has fixes that this one may lack.
    let mut heads: BTreeMap<usize, usize> = BTreeMap::new();
    for v in
        covered.iter().copied().filter(|v| is_public(scope, *v) && states[*v].group != states[head].group)
    {
        let known = heads.entry(states[v].group).or_insert(v);
        if newest(scope, *known) < newest(scope, v) {
            *known = v;
        }
    }
    let mut closed: BTreeSet<usize> =
        (0..statuses.vulnerabilities()).filter(|x| !statuses.is_open(head, *x)).collect();
    let mut merged = Vec::new();
    for v in heads.into_values() {
        let new: Vec<usize> = statuses.fixed(v).filter(|x| !closed.contains(x)).collect();
        if !new.is_empty() {
            merged.push(v);
            closed.extend(new);
        }
    }
    let also =
        |x: &usize| covered.iter().any(|v| statuses.is_said_open(*v, *x) || statuses.is_assumed(*v, *x));
    let also_fix = closed.iter().copied().filter(also).collect::<BTreeSet<_>>();
    let is_fixed_alone =
        |x: &usize| scope.statuses.list[*x].claims.iter().any(|c| c.outcome == Outcome::Fixed);
    let exceptions = also_fix.iter().copied().filter(|x| !is_fixed_alone(x));
    let parents = || merged.iter().copied().chain([head]);
    let steps = parents().flat_map(|v| &states[v].into).map(|s| scope.step(*s).release);
    let open: BTreeSet<usize> = steps
        .flat_map(|r| &r.body.open)
        .filter_map(|o| scope.statuses.find(&o.id))
        .filter(|x| !closed.contains(x))
        .collect();
    let is_foretold = |x: &usize| {
        let remedies = scope.product.notices_by(scope.at).flat_map(|n| &n.body.remediations);
        let mut ahead = remedies.filter(|r| !r.releases.is_empty()).flat_map(|r| &r.ids);
        ahead.any(|id| scope.statuses.find(id) == Some(*x))
    };
    let untold = (0..statuses.vulnerabilities()).filter(|x| {
        statuses.is_said_open(head, *x) && !closed.contains(x) && !open.contains(x) && !is_foretold(x)
    });
    let untold: BTreeSet<usize> = untold.collect();
    let not_affected = |x: &usize| statuses.word(head, *x) == Some(Word::NotAffected);
    let statuses_again: BTreeSet<usize> =
        closed.iter().copied().filter(not_affected).filter(|x| !also_fix.contains(x)).collect();
    let manifest = |v: &usize| states[*v].into.last().map(|s| scope.step(*s).release.digest);
    FeatureSays {
        merged_from: merged.iter().filter_map(manifest).collect(),
        exceptions: scope.ids(exceptions),
        also_fix: scope.ids(also_fix.iter().copied()),
        open: scope.ids(open),
        untold: scope.ids(untold),
        statuses: scope.ids(statuses_again),
        merged: merged.iter().map(|v| scope.label(*v).to_owned()).collect(),
    }
}

fn is_public(scope: &Scope<'_>, v: usize) -> bool {
    scope.graph.states[v].customer.is_none()
}

/// What makes a state newer than others: features, then fixes.
fn newest(scope: &Scope<'_>, v: usize) -> (u64, u64, u64) {
    let it = &scope.graph.states[v].identity;
    (it.feature_level, it.security_level, it.sequence)
}
