//! The plan of a set at one time. It reads no file and no clock.

use super::model::{AHEAD, Plan, PlanOptions, ProductPlan};
use super::numbers::lines;
use super::{feature, owed};
use crate::options::AuditOptions;
use crate::places::Places;
use crate::register;
use crate::rules;
use crate::scope::{Scope, scopes};
use crate::set::{Product, Set};
use crate::views;
use pkg_format::{Rule, VulnId};
use std::collections::BTreeSet;

/// Plans what is owed in a set.
pub fn plan(set: &Set, options: &PlanOptions) -> Plan {
    Plan { at: options.at, products: set.products.iter().map(|p| product(p, options)).collect() }
}

fn product(product: &Product, options: &PlanOptions) -> ProductPlan {
    let product = &known_by(product, options.at);
    let of_time = |at: u64| AuditOptions {
        at: Some(at),
        fix_limits: options.fix_limits.clone(),
        ..AuditOptions::default()
    };
    let scopes_now = scopes(product, options.at, None);
    let mut found = views::check(product, &scopes_now, options.at, &of_time(options.at));
    rules::acknowledged::answer(product, &scopes_now, options.at, &mut found.findings);
    let later = options.at.saturating_add(AHEAD);
    let found_later = views::check(product, &scopes(product, later, None), later, &of_time(later));
    let order = Places::new(&scopes_now);
    let title = product.title();
    let register = register::all(&scopes_now, &found.lags, &title, &order);
    let (mut owed, mut unplanned) = owed::all(&scopes_now, &found.findings, &found_later.findings, &register);
    if let Some(only) = &options.only {
        let only = main_id(&scopes_now, only);
        owed.iter_mut().for_each(|o| o.ids.retain(|i| i.id == only));
        owed.retain(|o| !o.ids.is_empty());
        let names = |rule: &Rule| found.findings.iter().any(|f| f.rule == *rule && f.open.contains(&only));
        unplanned.retain(names);
    }
    owed::number(&scopes_now, &mut owed);
    let of_interest: BTreeSet<String> = match &options.only {
        Some(only) => [main_id(&scopes_now, only)].into(),
        None => owed.iter().flat_map(|o| o.ids.iter().map(|i| i.id.clone())).collect(),
    };
    ProductPlan {
        product: title,
        lines: scopes_now.iter().flat_map(lines).collect(),
        features: scopes_now.iter().filter_map(feature::next).collect(),
        vulnerabilities: register.into_iter().filter(|v| of_interest.contains(&v.id)).collect(),
        owed,
        unplanned,
    }
}

/// The id under which the scopes know a vulnerability.
fn main_id(scopes: &[Scope<'_>], id: &VulnId) -> String {
    let known = scopes.iter().find_map(|s| Some(s.id(s.statuses.find(id)?).to_string()));
    known.unwrap_or_else(|| id.to_string())
}

/// The product as it was known at a time.
fn known_by(product: &Product, at: u64) -> Product {
    let mut product = product.clone();
    product.releases.retain(|r| r.common.issued <= at);
    product.notices.retain(|n| n.common.issued <= at);
    product.withdrawals.retain(|w| w.common.issued <= at);
    product.acknowledgements.retain(|a| a.common.issued <= at);
    product
}
