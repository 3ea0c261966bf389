//! The report for programs.

use super::summary::{Summary, times};
use crate::audit::Audit;
use crate::cause::Cause;
use crate::register::Vulnerability;
use crate::releases::Releases;
use crate::set::Set;
use crate::time::moment;
use pkg_format::Digest;
use serde_json::{Map, Value, json};
use std::collections::BTreeMap;

/// The whole report as one object.
pub fn json(set: &Set, audit: &Audit) -> Value {
    let refused = set.refused.iter().map(|r| json!({"package": r.path, "rule": r.rule, "message": r.why}));
    let rules = audit.rules.iter().map(|r| {
        json!({
            "rule": r.rule.id(),
            "result": r.verdict.as_str(),
            "title": r.rule.title(),
            "findings": r.causes.iter().map(cause).collect::<Vec<_>>(),
        })
    });
    let exceptions = audit.exceptions().map(|c| {
        let mut value = cause(c);
        value["rule"] = c.rule.id().into();
        value
    });
    let summary = Summary::new(set, audit);
    let times = times(&audit.vulnerabilities).into_iter().map(|t| {
        let days = |of: Option<(u64, u64)>| {
            of.map(|(median, longest)| json!({"median": median, "longest": longest}))
        };
        json!({
            "severity": t.severity,
            "vulnerabilities": t.count,
            "open": t.open,
            "days-to-tell": days(t.to_tell),
            "days-to-fix": days(t.to_fix),
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
    let logs = set.logs.iter().map(|l| {
        json!({
            "path": l.path, "repository": l.repository, "log": l.log, "version": l.version, "issued": l.issued,
            "entries": l.entries, "root": l.root.to_string(), "removed": l.removed,
        })
    });
    let records = set.records.iter().map(
        |r| json!({"file": r.path, "digest": r.digest.to_string(), "records": r.records, "broken": r.broken}),
    );
    // By kind: the file and the digest of its manifest.
    let mut inputs: BTreeMap<&str, Map<String, Value>> = BTreeMap::new();
    for package in &set.packages {
        let files = inputs.entry(package.kind).or_default();
        files.insert(package.path.clone(), package.manifest.to_string().into());
    }
    let declared = set.products.iter().filter_map(|p| p.declared.source);
    json!({
        "result": audit.verdict.as_str(),
        "summary": {"verdict": summary.verdict, "owed": summary.owed, "facts": summary.facts},
        "packages": set.packages.len(),
        "refused": refused.collect::<Vec<_>>(),
        "signed-again": set.signed_again,
        "rules": rules.collect::<Vec<_>>(),
        "exceptions": exceptions.collect::<Vec<_>>(),
        "as-of": audit.at,
        "as-of-date": moment(audit.at),
        "lag-limit": audit.lag_limit,
        "report": rows.collect::<Vec<_>>(),
        "vulnerabilities": audit.vulnerabilities.iter().map(|v| vulnerability(v, audit.at)).collect::<Vec<_>>(),
        "times": times.collect::<Vec<_>>(),
        "inputs": inputs,
        "keyrings": keyrings.collect::<Vec<_>>(),
        "logs": logs.collect::<Vec<_>>(),
        "records": records.collect::<Vec<_>>(),
        "declared": digests(&declared.collect::<Vec<_>>()),
        "tool": format!("pkg {}", env!("CARGO_PKG_VERSION")),
    })
}

fn digests<'a>(list: impl IntoIterator<Item = &'a Digest>) -> Vec<String> {
    list.into_iter().map(ToString::to_string).collect()
}

/// At most so many digests of states in one entry; the ranges have all.
const STATES: usize = 20;

fn cause(c: &Cause) -> Value {
    json!({
        "result": c.verdict.as_str(),
        "product": c.product,
        "release": c.releases.to_string(),
        "releases": releases(&c.releases),
        "count": c.releases.count(),
        "hardware": c.hardware,
        "open": c.open,
        "best": c.best,
        "forbidden-edge": c.forbidden_edge,
        "text": c.text,
        "rationale": c.rationale,
        "approver": c.approver,
        "digests": digests(c.states.iter().take(STATES).chain(&c.evidence)),
    })
}

/// Each run as one text, `2.0.0 to 2.0.25`.
fn releases(list: &Releases) -> Vec<String> {
    list.runs
        .iter()
        .map(|run| match run.count {
            1 => run.first.clone(),
            _ => format!("{} to {}", run.first, run.last),
        })
        .collect()
}

/// A vulnerability. What is not known, none or zero is left out, except for dates and what was decided.
fn vulnerability(v: &Vulnerability, at: u64) -> Value {
    let mut value = json!({
        "id": v.id,
        "product": v.product,
        "scope": v.scope,
        "decision": v.decision,
        "severity": v.severity.map(|s| s.as_str()),
        "level": v.level,
        "exploited": v.exploited.is_some(),
        "unresolved": v.unresolved,
        "known-since": v.known_since,
        "advised": v.advised,
        "fixed": v.fixed,
        "lag": v.lag,
    });
    let mut add = |name: &str, more: Value| {
        let is_empty = more.is_null() || more == 0 || more.as_array().is_some_and(Vec::is_empty);
        if !is_empty {
            value[name] = more;
        }
    };
    add("aliases", json!(v.aliases));
    add("exploited-since", json!(v.exploited.flatten()));
    add("days-to-tell", json!(v.days_to_tell()));
    add("days-to-fix", json!(v.days_to_fix()));
    add("days-open", json!(v.days_open(at)));
    add("fixed-in", json!(v.fixed_in));
    add("waited", json!(v.waited));
    for (name, list) in [("open", &v.open_in), ("undecided", &v.undecided_in), ("declared", &v.declared_in)] {
        add(&format!("{name}-in"), json!(releases(list)));
        add(&format!("{name}-count"), json!(list.count()));
    }
    add("left-open-in", json!(releases(&v.left_open_in)));
    add("closed-by-notice", json!(releases(&v.closed_by_notice)));
    add("closed-by-alias", json!(releases(&v.closed_by_alias)));
    add("digests", json!(digests(&v.digests)));
    value
}
