//! A plan for programs.

use super::model::{Line, NextFeature, Owed, OwedId, Plan, ProductPlan};
use crate::register::Vulnerability;
use crate::releases::Releases;
use crate::time::moment;
use serde_json::{Value, json};

/// The plan as one object. docs/plan.md describes it.
pub fn json(plan: &Plan) -> Value {
    json!({
        "plan": 1,
        "as-of": plan.at,
        "as-of-date": moment(plan.at),
        "result": if plan.is_empty() { "nothing-owed" } else { "owed" },
        "products": plan.products.iter().map(product).collect::<Vec<_>>(),
    })
}

fn product(product: &ProductPlan) -> Value {
    json!({
        "product": product.product,
        "lines": product.lines.iter().map(line).collect::<Vec<_>>(),
        "next-feature-releases": product.features.iter().map(feature).collect::<Vec<_>>(),
        "vulnerabilities": product.vulnerabilities.iter().map(vulnerability).collect::<Vec<_>>(),
        "owed": product.owed.iter().map(owed).collect::<Vec<_>>(),
        "unplanned": product.unplanned.iter().map(|r| r.id()).collect::<Vec<_>>(),
    })
}

fn line(line: &Line) -> Value {
    json!({
        "scope": line.scope,
        "line": line.line,
        "newest": line.head,
        "feature-level": line.feature_level,
        "next-sequence": line.sequence,
        "next-security-level": line.security_level,
        "supported-until": line.supported_until,
    })
}

fn feature(next: &NextFeature) -> Value {
    json!({
        "scope": next.scope,
        "line": next.line,
        "after": next.after,
        "lets-in": next.lets_in.iter().map(|l| &l.version).collect::<Vec<_>>(),
        "merged": next.says.merged,
        "sequence": next.sequence,
        "feature-level": next.feature_level,
        "security-level": next.security_level,
        "also-fix": next.says.also_fix,
        "open": next.says.open,
        "untold": next.says.untold,
        "statuses": next.says.statuses,
    })
}

fn vulnerability(v: &Vulnerability) -> Value {
    json!({
        "scope": v.scope,
        "id": v.id,
        "aliases": v.aliases,
        "severity": v.severity.map(|s| s.as_str()),
        "exploited": v.exploited.is_some(),
        "known-since": v.known_since,
        "fixed": v.fixed,
        "fixed-in": v.fixed_in,
        "open-in": releases(&v.open_in),
        "undecided-in": releases(&v.undecided_in),
    })
}

/// As a report of the audit has them.
fn releases(of: &Releases) -> Value {
    let run = |r: &crate::releases::Run| json!({"first": r.first, "last": r.last, "count": r.count});
    of.runs.iter().map(run).collect()
}

fn owed(owed: &Owed) -> Value {
    json!({
        "make": owed.task.as_str(),
        "rules": owed.rules.iter().map(|r| r.id()).collect::<Vec<_>>(),
        "scope": owed.scope,
        "line": owed.line,
        "after": owed.after,
        "previous": owed.previous.map(|d| d.to_string()),
        "sequence": owed.sequence,
        "security-level": owed.security_level,
        "feature-level": owed.feature_level,
        "users": owed.users,
        "states": owed.states.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "hardware": owed.hardware,
        "vulnerabilities": owed.ids.iter().map(id).collect::<Vec<_>>(),
        "supersedes": owed.supersedes.iter().map(ToString::to_string).collect::<Vec<_>>(),
        "why": owed.why,
    })
}

fn id(id: &OwedId) -> Value {
    json!({
        "id": id.id,
        "severity": id.severity.map(|s| s.as_str()),
        "exploited": id.exploited,
        "since": id.since,
        "fixed-in": id.fixed_in,
    })
}
