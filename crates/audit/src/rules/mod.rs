//! The rules over sets, G1 to G24. Each looks at all releases of a scope or a product.
//!
//! | file | rules |
//! |---|---|
//! | `upgrade_path` | G1, G7, G8, G10, G12: is there a way to a fix, without a feature update, free of charge? |
//! | `latest_only`, `paths` | the exceptions that G1 and G8 accept, and the ways they look for |
//! | `lag`, `waiting` | G2: did users wait for a fix that others had? |
//! | `overdue`, `promises` | G23: was a promise or a limit of time not kept? |
//! | `separation` | G3, G12, G17, G18, G20: what else a security update brings, omits or costs |
//! | `hollow` | G3, G4: reasons that say nothing |
//! | `stranded` | G22: is there a way on? |
//! | `feature_fixes`, `silent` | G4, G15: fixes in feature releases |
//! | `labelling` | G5, G6, G14, G21: do levels, class, statuses and digests say what is true? |
//! | `contradiction` | G14, G21: are images said to have changed, and ids joined while one is open? |
//! | `disclosure`, `remedied` | G9, G10, G19: are users told, and what helps them until a fix is there? |
//! | `retention` | G11, G16: what must stay available, and for how long support was promised |
//! | `cross_scope` | G13: scopes that wait for each other |
//! | `components` | G21: one component, one scope |
//! | `terms` | G24: tailor-made for one customer |
//! | `after` | VER-9: no statement is older than one that it names |
//! | `acknowledged` | what the maker answers for |

pub(crate) mod acknowledged;
mod after;
mod components;
mod contradiction;
mod cross_scope;
mod disclosure;
mod feature_fixes;
mod found;
mod hollow;
mod labelling;
mod lag;
mod latest_only;
mod overdue;
mod paths;
mod promises;
mod remedied;
mod retention;
mod separation;
mod silent;
mod stranded;
mod terms;
mod upgrade_path;
mod waiting;

use crate::finding::Finding;
use crate::options::AuditOptions;
use crate::scope::Scope;
pub(crate) use found::Found;
use pkg_format::Rule;
use std::collections::BTreeSet;

pub(crate) use stranded::without_way_on;

/// Rules of single statements and records that an audit finds broken too, because it sees what came before.
const OF_STATEMENTS: [Rule; 2] = [Rule::Ver9, Rule::Pol4];

/// The rules that an audit checked, in the order of their numbers: those of sets, and those that it found broken.
pub(crate) fn checked(findings: &[Finding]) -> impl Iterator<Item = Rule> {
    let is_found = |rule: &Rule| findings.iter().any(|f| f.rule == *rule);
    OF_STATEMENTS.into_iter().filter(is_found).chain(all())
}

/// The rules of sets, in the order of their numbers.
pub fn all() -> impl Iterator<Item = Rule> {
    Rule::ALL.iter().copied().filter(|r| r.is_of_sets())
}

/// Checks every scope of a product.
pub(crate) fn check(scopes: &[Scope<'_>], options: &AuditOptions) -> Found {
    let mut found = Found::default();
    for (i, scope) in scopes.iter().enumerate() {
        let left_behind = upgrade_path::check(scope, &mut found.findings);
        lag::check(scopes, i, options.lag_limit, &left_behind, &mut found);
        overdue::check(scopes, scope, options, &left_behind, &mut found.findings);
        silent::check(scope, &mut found.findings);
        separation::check(scope, &mut found.findings);
        hollow::check(scope, &mut found.findings);
        stranded::check(scope, &mut found.findings);
        labelling::check(scope, &mut found.findings);
        contradiction::check(scope, &mut found.findings);
        disclosure::check(scope, &mut found.findings);
        retention::check_scope(scope, &mut found.findings);
    }
    if let Some(first) = scopes.first() {
        retention::check_product(first.product, first.at, scopes, &mut found.findings);
        terms::check(first.product, first.at, &mut found.findings);
        after::check(first.product, first.at, &mut found.findings);
    }
    cross_scope::check(scopes, &mut found.findings);
    components::check(scopes, &mut found.findings);
    let order = |f: &Finding| (f.rule.number(), std::cmp::Reverse(f.verdict));
    found.findings.sort_by_key(order);
    let mut seen = BTreeSet::new();
    found.findings.retain(|f| seen.insert((f.rule.number(), f.text.clone(), f.hardware.clone())));
    found
}
