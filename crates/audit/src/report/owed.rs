//! What is owed to whom, and since when: the sentences at the top of the report.

use super::summary::{days, severity};
use crate::audit::Audit;
use crate::cause::Cause;
use crate::finding::Verdict;
use crate::phrase::{count, list};
use crate::register::Vulnerability;
use crate::releases::Releases;
use crate::set::Set;
use crate::time::date;
use pkg_format::Rule;
use std::collections::BTreeMap;

/// At most so many sentences; the causes below have all.
const MOST: usize = 8;

/// Vulnerabilities by product and id.
type Register<'a> = BTreeMap<(&'a str, &'a str), (usize, &'a Vulnerability)>;

/// What is owed, the most urgent first.
pub(super) fn all(set: &Set, audit: &Audit) -> Vec<String> {
    let mut register = Register::new();
    for (i, v) in audit.vulnerabilities.iter().enumerate() {
        register.entry((&v.product, &v.id)).or_insert((i, v));
    }
    let mut causes: Vec<&Cause> = audit.causes().collect();
    let urgency = |cause: &&Cause| {
        let ranks = named(&register, cause).map(|(rank, _)| *rank);
        (ranks.min().unwrap_or(usize::MAX), cause.rule.number())
    };
    causes.sort_by_cached_key(urgency);
    let mut all: Vec<String> = Vec::new();
    if !set.refused.is_empty() {
        let refused = count(set.refused.len(), "package was refused", "packages were refused");
        all.push(format!("{refused}. What cannot be trusted is no evidence: replace or remove it."));
    }
    for cause in causes {
        let told = sentence(&register, cause, audit.at);
        if !all.contains(&told) {
            all.push(told);
        }
    }
    all.extend(unsaid(audit));
    for row in super::summary::failing_rows(audit).filter(|r| r.id == "A-02") {
        all.push(format!("{}: {}.", row.title, row.text));
    }
    if all.len() > MOST {
        let more = all.len() + 1 - MOST;
        all.truncate(MOST - 1);
        all.push(format!("{} below.", count(more, "more cause is listed", "more causes are listed")));
    }
    all
}

/// What the register has of the vulnerabilities of a cause.
fn named<'a>(
    register: &'a Register<'a>,
    cause: &'a Cause,
) -> impl Iterator<Item = &'a (usize, &'a Vulnerability)> + 'a {
    cause.open.iter().filter_map(|id| register.get(&(cause.product.as_str(), id.as_str())))
}

/// `CVE-2026-1 (critical, exploited)`.
fn ids<'a>(all: impl Iterator<Item = &'a Vulnerability>) -> String {
    let one = |v: &Vulnerability| {
        let exploited = if v.exploited.is_some() { ", exploited" } else { "" };
        format!("{} ({}{exploited})", v.id, severity(v))
    };
    list(&all.map(one).collect::<Vec<_>>())
}

/// `Users of 1.0.0 to 1.0.9 (10 releases) on hardware rev-a`.
fn users(cause: &Cause, several: bool) -> String {
    let of = if several { format!("{} ", cause.product) } else { String::new() };
    let hardware = match cause.hardware.as_slice() {
        [] => String::new(),
        some => format!(" on hardware {}", list(some)),
    };
    format!("Users of {of}{}{hardware}", cause.releases)
}

/// ` since 2026-01-01 (40 days)`.
fn since(when: Option<u64>, at: u64) -> String {
    when.map_or_else(String::new, |when| {
        format!(" since {} ({})", date(when), days(at.saturating_sub(when) / 86_400))
    })
}

fn sentence(register: &Register<'_>, cause: &Cause, at: u64) -> String {
    use Rule::{G1, G7, G8, G9, G10, G12, G13};
    let of: Vec<&Vulnerability> = named(register, cause).map(|(_, v)| *v).collect();
    let several = register.keys().any(|(product, _)| *product != cause.product);
    let earliest = |time: fn(&Vulnerability) -> Option<u64>| of.iter().filter_map(|v| time(v)).min();
    let is_fix = [G1, G7, G8, G10, G12, G13].contains(&cause.rule);
    match cause.rule {
        _ if cause.releases.is_empty() || of.is_empty() => general(cause),
        G9 => format!(
            "{} are owed advice on {}: no signed package tells them what to do. It has been known{}.",
            users(cause, several),
            ids(of.iter().copied()),
            since(earliest(|v| v.known_since.or(v.advised)), at)
        ),
        _ if is_fix => format!(
            "{} are owed a security update that closes {}. A fix has existed{}.",
            users(cause, several),
            ids(of.iter().copied()),
            since(earliest(|v| v.fixed), at)
        ),
        _ => general(cause),
    }
}

/// The words of the finding itself.
fn general(cause: &Cause) -> String {
    let mut letters = cause.text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} ({}).", letters.as_str(), cause.rule.id())
}

/// Releases of which nobody said whether they are affected.
fn unsaid(audit: &Audit) -> Vec<String> {
    let failing = audit.rows.iter().any(|r| r.id == "A-12" && r.status.verdict() == Verdict::Fail);
    let mut alike: BTreeMap<(&str, &str, &Releases), Vec<&Vulnerability>> = BTreeMap::new();
    for v in audit.vulnerabilities.iter().filter(|v| failing && !v.undecided_in.is_empty()) {
        alike.entry((&v.product, &v.scope, &v.undecided_in)).or_default().push(v);
    }
    let told = alike.into_iter().map(|((_, _, releases), of)| {
        let verb = if releases.count() == 1 { "is" } else { "are" };
        let first = of.iter().filter_map(|v| v.advised).min();
        format!(
            "Nobody has said whether {releases} {verb} affected by {}, which users have read about{}.",
            ids(of.iter().copied()),
            since(first, audit.at)
        )
    });
    told.collect()
}
