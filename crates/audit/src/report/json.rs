//! The report for programs.

use super::summary::exceptions;
use crate::audit::Audit;
use crate::finding::Finding;
use crate::register::Vulnerability;
use crate::set::Set;
use crate::time::moment;
use pkg_format::Digest;
use serde_json::{Value, json};

/// The whole report as one object.
pub fn json(set: &Set, audit: &Audit) -> Value {
    let refused = set.refused.iter().map(|r| json!({"package": r.path, "rule": r.rule, "message": r.why}));
    let rules = audit.rules.iter().map(|r| {
        json!({
            "rule": r.rule.id(),
            "result": r.verdict.as_str(),
            "title": r.rule.title(),
            "findings": r.findings.iter().map(finding).collect::<Vec<_>>(),
        })
    });
    let exceptions = exceptions(set, audit).into_iter().map(|f| {
        json!({
            "rule": f.rule.id(),
            "release": f.release,
            "rationale": f.rationale,
            "approver": f.approver,
            "product": f.product,
            "hardware": f.hardware,
            "text": f.text,
            "digests": digests(f.digest.iter().chain(&f.evidence)),
        })
    });
    let rows = audit.rows.iter().map(|r| {
        json!({
            "row": r.id,
            "status": r.status.as_str(),
            "title": r.title,
            "reference": r.reference,
            "text": r.text,
            "digests": digests(&r.digests),
        })
    });
    let keyrings = set.keyrings.iter().map(|k| match &k.says {
        Ok((name, version, digest)) => json!({
            "file": k.path, "name": name, "version": version, "digest": digest.to_string(), "used": k.used,
        }),
        Err(why) => json!({"file": k.path, "message": why}),
    });
    let records = set.records.iter().map(
        |r| json!({"file": r.path, "digest": r.digest.to_string(), "records": r.records, "broken": r.broken}),
    );
    let inputs = set
        .packages
        .iter()
        .map(|p| json!({"package": p.path, "kind": p.kind, "manifest": p.manifest.to_string()}));
    let declared = set.products.iter().filter_map(|p| p.declared.source);
    json!({
        "result": audit.verdict.as_str(),
        "packages": set.packages.len(),
        "refused": refused.collect::<Vec<_>>(),
        "rules": rules.collect::<Vec<_>>(),
        "exceptions": exceptions.collect::<Vec<_>>(),
        "as-of": audit.at,
        "as-of-date": moment(audit.at),
        "lag-limit": audit.lag_limit,
        "report": rows.collect::<Vec<_>>(),
        "vulnerabilities": audit.vulnerabilities.iter().map(vulnerability).collect::<Vec<_>>(),
        "inputs": inputs.collect::<Vec<_>>(),
        "keyrings": keyrings.collect::<Vec<_>>(),
        "records": records.collect::<Vec<_>>(),
        "declared": digests(&declared.collect::<Vec<_>>()),
        "tool": format!("pkg {}", env!("CARGO_PKG_VERSION")),
    })
}

fn digests<'a>(list: impl IntoIterator<Item = &'a Digest>) -> Vec<String> {
    list.into_iter().map(ToString::to_string).collect()
}

fn finding(f: &Finding) -> Value {
    json!({
        "result": f.verdict.as_str(),
        "product": f.product,
        "release": f.release,
        "hardware": f.hardware,
        "open": f.open,
        "best": f.best,
        "forbidden-edge": f.forbidden_edge,
        "text": f.text,
        "rationale": f.rationale,
        "approver": f.approver,
        "digests": digests(f.digest.iter().chain(&f.evidence)),
    })
}

fn vulnerability(v: &Vulnerability) -> Value {
    json!({
        "id": v.id,
        "aliases": v.aliases,
        "product": v.product,
        "scope": v.scope,
        "decision": v.decision,
        "level": v.level,
        "known-since": v.known_since,
        "exploited": v.exploited.is_some(),
        "exploited-since": v.exploited.flatten(),
        "advised": v.advised,
        "fixed": v.fixed,
        "fixed-in": v.fixed_in,
        "lag": v.lag,
        "waited": v.waited,
        "open-in": v.open_in,
        "open-count": v.open_count,
        "undecided-in": v.undecided_in,
        "undecided-count": v.undecided_count,
        "declared-in": v.declared_in,
        "declared-count": v.declared_count,
        "digests": digests(&v.digests),
    })
}
