//! The audit of a set at one time: pure, from values to values.

use crate::finding::{Finding, Verdict};
use crate::model::Set;
use crate::picture::Picture;
use crate::register::{self, Vulnerability};
use crate::report::rows::{self, Row, RowStatus};
use crate::rules;
use crate::scope::Scope;
use pkg_format::Rule;
use std::collections::BTreeSet;

/// What the auditor asks for.
#[derive(Debug, Clone)]
pub struct Options {
    /// The time to judge at, unix seconds; only what was issued by then exists. Without one it is when
    /// the newest statement was issued.
    pub as_of: Option<u64>,
    /// How long a fix may come later for some than for others, seconds. The law gives no number.
    pub lag_limit: u64,
}

impl Default for Options {
    /// The newest statement, and a day.
    fn default() -> Self {
        Options { as_of: None, lag_limit: 86_400 }
    }
}

/// How one rule stands.
#[derive(Debug, Clone)]
pub struct RuleResult {
    /// The rule.
    pub rule: Rule,
    /// The worst of its findings.
    pub verdict: Verdict,
    /// What was found, failures first.
    pub findings: Vec<Finding>,
}

/// What an audit found.
#[derive(Debug)]
pub struct Audit {
    /// The time it was judged at.
    pub at: u64,
    /// How late a fix could be.
    pub lag_limit: u64,
    /// The worst of everything.
    pub verdict: Verdict,
    /// Each rule of sets, in the order of their numbers.
    pub rules: Vec<RuleResult>,
    /// The vulnerability register.
    pub vulnerabilities: Vec<Vulnerability>,
    /// The rows of the report, A-01 to A-18.
    pub rows: Vec<Row>,
    pub(crate) pictures: Vec<Picture>,
}

/// Judges a set.
pub fn audit(set: &Set, options: &Options) -> Audit {
    let at = options.as_of.unwrap_or_else(|| newest(set));
    let mut findings = Vec::new();
    let mut vulnerabilities = Vec::new();
    let mut pictures = Vec::new();
    for product in &set.products {
        let names: BTreeSet<&str> = product
            .releases
            .iter()
            .filter(|r| r.issued <= at)
            .map(|r| r.identity.scope.as_str())
            .chain(product.declared.releases.iter().map(|p| p.identity.scope.as_str()))
            .collect();
        let only = names.len() == 1;
        let scopes: Vec<_> = names.into_iter().map(|name| Scope::of(product, name, only, at)).collect();
        let mut found = rules::check(&scopes, options.lag_limit);
        let name = format!("{} {}", product.vendor, product.name);
        for finding in &mut found.findings {
            finding.product.clone_from(&name);
            if set.products.len() > 1 {
                finding.text = format!("{name}: {}", finding.text);
            }
        }
        vulnerabilities.extend(register::of(&scopes, &found.lags, &name));
        pictures.extend(scopes.iter().map(|s| Picture::of(s, &found.findings, &name)));
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
    let rows = rows::of(set, &rules, &vulnerabilities, at);
    let of_rows = rows.iter().map(|r| match r.status {
        RowStatus::Fail => Verdict::Fail,
        RowStatus::Exception => Verdict::Exception,
        RowStatus::Pass | RowStatus::NotProvided => Verdict::Pass,
    });
    let verdict = rules.iter().map(|r| r.verdict).chain(of_rows).max().unwrap_or(Verdict::Pass);
    Audit { at, lag_limit: options.lag_limit, verdict, rules, vulnerabilities, rows, pictures }
}

/// When the newest statement of a set was issued.
fn newest(set: &Set) -> u64 {
    let issued = set.products.iter().flat_map(|p| {
        let notices = p.notices.iter().map(|n| n.issued);
        let placed = p.declared.releases.iter().filter_map(|r| r.placed);
        p.releases
            .iter()
            .map(|r| r.issued)
            .chain(notices)
            .chain(p.withdrawals.iter().map(|w| w.issued))
            .chain(placed)
    });
    issued.max().unwrap_or(0)
}

impl Audit {
    /// How a rule stands.
    pub fn rule(&self, rule: Rule) -> &RuleResult {
        let index = rule.number().saturating_sub(Rule::G1.number());
        &self.rules[usize::from(index)]
    }

    /// Every exception, in the order of the rules.
    pub fn exceptions(&self) -> impl Iterator<Item = &Finding> {
        self.rules.iter().flat_map(|r| &r.findings).filter(|f| f.verdict == Verdict::Exception)
    }

    /// Every failure, in the order of the rules.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.rules.iter().flat_map(|r| &r.findings).filter(|f| f.verdict == Verdict::Fail)
    }
}
