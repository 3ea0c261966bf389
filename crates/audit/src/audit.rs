//! The audit of a set at one time. It reads no file and no clock.

use crate::finding::{Finding, RuleResult, Verdict};
use crate::picture::Picture;
use crate::register::{self, Vulnerability};
use crate::row::Row;
use crate::rows;
use crate::rules;
use crate::scope::Scope;
use crate::set::{Product, Set};
use pkg_format::Rule;
use std::collections::BTreeSet;

/// What the auditor chooses.
#[derive(Debug, Clone)]
pub struct AuditOptions {
    /// The time of the audit, unix seconds: statements that were issued later are ignored. None means the time at
    /// which the newest statement was issued.
    pub as_of: Option<u64>,
    /// How much later a fix may come for some users than for others, seconds. The law gives no number.
    pub lag_limit: u64,
}

impl Default for AuditOptions {
    /// The time of the newest statement, and one day.
    fn default() -> Self {
        AuditOptions { as_of: None, lag_limit: 86_400 }
    }
}

/// What an audit found.
#[derive(Debug)]
pub struct Audit {
    /// The time of the audit, unix seconds.
    pub at: u64,
    /// How much later a fix might come for some users than for others, seconds.
    pub lag_limit: u64,
    /// The worst of all rules and rows.
    pub verdict: Verdict,
    /// The results of all rules of sets, in the order of their numbers.
    pub rules: Vec<RuleResult>,
    /// The vulnerability register.
    pub vulnerabilities: Vec<Vulnerability>,
    /// The rows of the report, A-01 to A-18.
    pub rows: Vec<Row>,
    pub(crate) pictures: Vec<Picture>,
}

/// Checks the rules of sets, and collects what the report says.
pub fn audit(set: &Set, options: &AuditOptions) -> Audit {
    let at = options.as_of.unwrap_or_else(|| newest(set));
    let mut findings = Vec::new();
    let mut vulnerabilities = Vec::new();
    let mut pictures = Vec::new();
    for product in &set.products {
        let scopes = scopes(product, at);
        let mut found = rules::check(&scopes, options.lag_limit);
        let name = product.title();
        for finding in &mut found.findings {
            finding.product.clone_from(&name);
            if set.products.len() > 1 {
                finding.text = format!("{name}: {}", finding.text);
            }
        }
        vulnerabilities.extend(register::all(&scopes, &found.lags, &name));
        pictures.extend(scopes.iter().map(|s| Picture::new(s, &found.findings, &name)));
        findings.extend(found.findings);
    }
    let rules: Vec<_> = rules::all()
        .map(|rule| {
            let mut findings: Vec<_> = findings.iter().filter(|f| f.rule == rule).cloned().collect();
            findings.sort_by_key(|f| std::cmp::Reverse(f.verdict));
            let verdict = findings.iter().map(|f| f.verdict).max().unwrap_or(Verdict::Pass);
            RuleResult { rule, verdict, findings }
        })
        .collect();
    let rows = rows::all(set, &rules, &vulnerabilities, at);
    let of_rows = rows.iter().map(|r| r.status.verdict());
    let verdict = rules.iter().map(|r| r.verdict).chain(of_rows).max().unwrap_or(Verdict::Pass);
    Audit { at, lag_limit: options.lag_limit, verdict, rules, vulnerabilities, rows, pictures }
}

fn scopes(product: &Product, at: u64) -> Vec<Scope<'_>> {
    let signed = product.releases_by(at).map(|r| r.body.identity.scope.as_str());
    let declared = product.declared.releases.iter().map(|p| p.identity.scope.as_str());
    let names: BTreeSet<&str> = signed.chain(declared).collect();
    let only = names.len() == 1;
    names.into_iter().map(|name| Scope::new(product, name, only, at)).collect()
}

/// When the newest statement of a set was issued.
fn newest(set: &Set) -> u64 {
    let issued = set.products.iter().flat_map(|p| {
        let releases = p.releases.iter().map(|r| r.common.issued);
        let notices = p.notices.iter().map(|n| n.common.issued);
        let withdrawals = p.withdrawals.iter().map(|w| w.common.issued);
        let placed = p.declared.releases.iter().filter_map(|r| r.placed);
        releases.chain(notices).chain(withdrawals).chain(placed)
    });
    issued.max().unwrap_or(0)
}

impl Audit {
    /// The result of a rule; none if it is not a rule of sets.
    pub fn rule(&self, rule: Rule) -> Option<&RuleResult> {
        self.rules.iter().find(|r| r.rule == rule)
    }

    /// Every failure, in the order of the rules.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.rules.iter().flat_map(|r| &r.findings).filter(|f| f.verdict == Verdict::Fail)
    }
}
