//! The rules of sets, G1 to G21: each looks at a whole scope and says what it found.

mod components;
mod cross_scope;
mod disclosure;
mod labelling;
mod lag;
mod retention;
mod upgrade_path;

use crate::finding::Finding;
use crate::scope::Scope;
use pkg_format::Rule;
use std::collections::BTreeSet;

/// The rules of sets, in the order of their numbers.
pub fn all() -> impl Iterator<Item = Rule> {
    Rule::ALL.iter().copied().filter(|r| r.is_of_sets())
}

/// What was found in one product, and what of it the report needs again.
#[derive(Debug, Default)]
pub(crate) struct Found {
    pub(crate) findings: Vec<Finding>,
    /// The longest wait for a fix, by scope and vulnerability: seconds and the release that waited.
    pub(crate) lags: Vec<(usize, usize, u64, String)>,
}

/// Judges every scope of a product.
pub(crate) fn check(scopes: &[Scope<'_>], lag_limit: u64) -> Found {
    let mut found = Found::default();
    for (i, scope) in scopes.iter().enumerate() {
        let left = upgrade_path::check(scope, &mut found.findings);
        lag::check(scope, lag_limit, &left, i, &mut found);
        labelling::check(scope, &mut found.findings);
        disclosure::check(scope, &mut found.findings);
        retention::judge_scope(scope, &mut found.findings);
    }
    if let Some(first) = scopes.first() {
        retention::judge_product(first.product, first.at, scopes, &mut found.findings);
    }
    cross_scope::check(scopes, &mut found.findings);
    components::check(scopes, &mut found.findings);
    let order = |f: &Finding| (f.rule.number(), std::cmp::Reverse(f.verdict));
    found.findings.sort_by_key(order);
    let mut seen = BTreeSet::new();
    found.findings.retain(|f| seen.insert((f.rule.number(), f.text.clone(), f.hardware.clone())));
    found
}
