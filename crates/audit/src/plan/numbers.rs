//! The next free numbers of each line.

use super::model::Line;
use crate::releases::{VersionKey, key};
use crate::scope::Scope;
use crate::set::Numbers;
use crate::time::month_name;
use std::collections::BTreeMap;

/// The supported lines of a scope, with their next numbers.
pub(super) fn lines(scope: &Scope<'_>) -> Vec<Line> {
    let level = highest_level(scope).saturating_add(1);
    let mut heads: BTreeMap<VersionKey, usize> = BTreeMap::new();
    for &v in scope.supported.iter().filter(|v| !scope.is_withdrawn(**v)) {
        let identity = &scope.graph.states[v].identity;
        let head = heads.entry(key(identity.line.as_str())).or_insert(v);
        if scope.graph.states[*head].identity.sequence < identity.sequence {
            *head = v;
        }
    }
    let line = |v: usize| {
        let state = &scope.graph.states[v];
        let line = state.identity.line.to_string();
        Line {
            scope: scope.graph.scope.clone(),
            head: state.identity.version.to_string(),
            feature_level: state.identity.feature_level,
            sequence: highest_sequence(scope, &line).saturating_add(1),
            security_level: level,
            supported_until: month_name(state.support_until),
            line,
        }
    };
    heads.into_values().map(line).collect()
}

/// The numbers that logs list in a scope, also of releases that were removed.
fn listed<'a>(scope: &'a Scope<'_>) -> impl Iterator<Item = &'a Numbers> {
    scope.product.numbers.iter().filter(|numbers| numbers.scope.as_str() == scope.graph.scope)
}

/// The highest security level that a release of a scope ever had.
pub(super) fn highest_level(scope: &Scope<'_>) -> u64 {
    let states = scope.graph.states.iter().map(|s| s.identity.security_level);
    states.chain(listed(scope).map(|numbers| numbers.security_level)).max().unwrap_or(0)
}

/// The highest sequence of a line, also of releases that were withdrawn or removed.
pub(super) fn highest_sequence(scope: &Scope<'_>, line: &str) -> u64 {
    let signed = scope.graph.steps.iter().map(|s| (s.release.line(), s.release.common.sequence));
    let states = scope.graph.states.iter().map(|s| (&s.identity.line, s.identity.sequence));
    let listed = listed(scope).map(|numbers| (&numbers.line, numbers.sequence));
    let all = signed.chain(states).chain(listed).filter(|(l, _)| l.as_str() == line);
    all.map(|(_, sequence)| sequence).max().unwrap_or(0)
}
