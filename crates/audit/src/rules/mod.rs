//! The rules over sets, G1 to G24. Each looks at all releases of a scope or a product.
//!
//! | file | rules |
//! |---|---|
//! | `upgrade_path` | G1, G7, G8, G10, G12: is there a way to a fix, without a feature update, free of charge? |
//! | `latest_only`, `paths` | the exceptions that G1 and G8 accept, and the ways they look for |
//! | `lag` | G2: did users wait for a fix that others had? |
//! | `separation` | G3, G12, G17, G18, G20: what else a security update brings, omits or costs |
//! | `hollow` | G3, G4: reasons that say nothing |
//! | `stranded` | G22: is there a way on? |
//! | `feature_fixes` | G4, G15: fixes in feature releases |
//! | `labelling` | G5, G6, G14, G21: do levels, class, statuses and digests say what is true? |
//! | `disclosure`, `remedied` | G9, G10, G19: are users told, and what helps them until a fix is there? |
//! | `retention` | G11, G16: what must stay available, and for how long support was promised |
//! | `cross_scope` | G13: scopes that wait for each other |
//! | `components` | G21: one component, one scope |

mod components;
mod cross_scope;
mod disclosure;
mod feature_fixes;
mod found;
mod hollow;
mod labelling;
mod lag;
mod latest_only;
mod paths;
mod remedied;
mod retention;
mod separation;
mod stranded;
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
        hollow::check(scope, &mut found.findings);
        stranded::check(scope, &mut found.findings);
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
