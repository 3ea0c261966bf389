//! The rules of sets, G1 to G21. Each looks at all releases of a scope or product.

mod components;
mod cross_scope;
mod disclosure;
mod feature_fixes;
mod found;
mod labelling;
mod lag;
mod latest_only;
mod paths;
mod remedied;
mod retention;
mod separation;
mod upgrade_path;

use crate::finding::Finding;
use crate::scope::Scope;
use found::Found;
use pkg_format::Rule;
use std::collections::BTreeSet;

/// The rules of sets, in the order of their numbers.
pub fn all() -> impl Iterator<Item = Rule> {
    Rule::ALL.iter().copied().filter(|r| r.is_of_sets())
}

/// Checks every scope of a product.
pub(crate) fn check(scopes: &[Scope<'_>], lag_limit: u64) -> Found {
    let mut found = Found::default();
    for (i, scope) in scopes.iter().enumerate() {
        let left_behind = upgrade_path::check(scope, &mut found.findings);
        lag::check(scope, lag_limit, &left_behind, i, &mut found);
        feature_fixes::unlisted(scope, &mut found.findings);
        separation::check(scope, &mut found.findings);
        labelling::check(scope, &mut found.findings);
        disclosure::check(scope, &mut found.findings);
        retention::check_scope(scope, &mut found.findings);
    }
    if let Some(first) = scopes.first() {
        retention::check_product(first.product, first.at, scopes, &mut found.findings);
    }
    cross_scope::check(scopes, &mut found.findings);
    components::check(scopes, &mut found.findings);
    let order = |f: &Finding| (f.rule.number(), std::cmp::Reverse(f.verdict));
    found.findings.sort_by_key(order);
    let mut seen = BTreeSet::new();
    found.findings.retain(|f| seen.insert((f.rule.number(), f.text.clone(), f.hardware.clone())));
    found
}
