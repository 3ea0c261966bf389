//! The next free numbers of each line.

use super::model::Line;
use crate::releases::{VersionKey, key};
use crate::scope::Scope;
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

/// The highest security level of a scope.
pub(super) fn highest_level(scope: &Scope<'_>) -> u64 {
    scope.graph.states.iter().map(|s| s.identity.security_level).max().unwrap_or(0)
}

/// The highest sequence of a line, also of releases that were withdrawn.
pub(super) fn highest_sequence(scope: &Scope<'_>, line: &str) -> u64 {
    let signed = scope.graph.steps.iter().map(|s| (s.release.line(), s.release.common.sequence));
    let states = scope.graph.states.iter().map(|s| (&s.identity.line, s.identity.sequence));
    let all = signed.chain(states).filter(|(l, _)| l.as_str() == line);
    all.map(|(_, sequence)| sequence).max().unwrap_or(0)
}
