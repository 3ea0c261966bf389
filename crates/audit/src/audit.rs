//! The audit of a set at one time. It reads no file and no clock.

use crate::cause::{self, Cause};
use crate::finding::{Finding, Verdict};
use crate::options::AuditOptions;
use crate::picture::Picture;
use crate::places::Places;
use crate::records;
use crate::register::{self, Vulnerability};
use crate::result::RuleResult;
use crate::row::Row;
use crate::rows::{self, View};
use crate::rules;
use crate::scope::scopes;
use crate::set::{Product, Set, text};
use crate::views;
use pkg_format::Rule;
use pkg_format::manifest::Automatic;
use std::cmp::Reverse;

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
    /// Releases that do not install themselves, by the reason they give.
    pub manual: Vec<Cause>,
    /// The vulnerability register, the most urgent first.
    pub vulnerabilities: Vec<Vulnerability>,
    /// The rows of the report, A-01 to A-18.
    pub rows: Vec<Row>,
    pub(crate) pictures: Vec<Picture>,
}

/// Checks the rules of sets, and collects what the report says.
pub fn audit(set: &Set, options: &AuditOptions) -> Audit {
    let at = options.at.unwrap_or_else(|| newest(set));
    let mut findings = Vec::new();
    let mut causes = Vec::new();
    let mut manual = Vec::new();
    let mut vulnerabilities = Vec::new();
    let mut pictures = Vec::new();
    let several = set.products.len() > 1;
    let scopes: Vec<_> = set.products.iter().map(|p| scopes(p, at, None)).collect();
    let places: Vec<_> = scopes.iter().map(|s| Places::new(s)).collect();
    for (i, ((product, scopes), places)) in set.products.iter().zip(&scopes).zip(&places).enumerate() {
        let mut found = views::check(product, scopes, at, options);
        // Nothing in a file of records says whose it is.
        if i == 0 {
            found.findings.extend(records::findings(set));
        }
        if !options.ignore_acknowledgements {
            rules::acknowledged::answer(product, scopes, at, &mut found.findings);
        }
        found.findings.sort_by_key(|f| (f.rule.number(), Reverse(f.verdict)));
        let name = product.title();
        let mut by_hand = by_hand(product, at);
        for finding in found.findings.iter_mut().chain(&mut by_hand) {
            finding.product.clone_from(&name);
            if several {
                finding.text = format!("{name}: {}", finding.text);
            }
        }
        for of_rule in found.findings.chunk_by(|a, b| a.rule == b.rule) {
            causes.extend(cause::group(of_rule, places));
        }
        manual.extend(cause::group(&by_hand, places));
        vulnerabilities.extend(register::all(scopes, &found.lags, &name, places));
        let picture = |(i, s)| Picture::new(s, i, places, &found.findings, &name);
        pictures.extend(scopes.iter().enumerate().map(picture));
        findings.extend(found.findings);
    }
    register::mark(&mut vulnerabilities, &causes);
    vulnerabilities.sort_by_cached_key(|v| v.urgency(at));
    let ranks = register::ranks(&vulnerabilities);
    let rules: Vec<_> = rules::checked(&findings)
        .map(|rule| {
            let mut findings: Vec<_> = findings.iter().filter(|f| f.rule == rule).cloned().collect();
            findings.sort_by_key(|f| Reverse(f.verdict));
            let mut causes: Vec<_> = causes.iter().filter(|c| c.rule == rule).cloned().collect();
            causes.sort_by_cached_key(|c| (Reverse(c.verdict), register::most_urgent(&ranks, c)));
            let verdict = findings.iter().map(|f| f.verdict).max().unwrap_or(Verdict::Pass);
            RuleResult { rule, verdict, findings, causes }
        })
        .collect();
    let rows = rows::all(&View::new(set, &places, &rules, &manual, at), &vulnerabilities);
    let of_rows = rows.iter().map(|r| r.status.verdict());
    let verdict = rules.iter().map(|r| r.verdict).chain(of_rows).max().unwrap_or(Verdict::Pass);
    Audit { at, lag_limit: options.lag_limit, verdict, rules, manual, vulnerabilities, rows, pictures }
}

/// Releases that do not install themselves.
fn by_hand(product: &Product, at: u64) -> Vec<Finding> {
    let mut all = Vec::new();
    for release in product.releases_by(at) {
        if let Some(Automatic::NotApplicable { reason, text: why, .. }) = &release.body.automatic {
            let what = format!("{} does not install itself: {reason}", release.version());
            let finding = Finding::exception(Rule::Aut4, release.version(), what);
            all.push(finding.because(text(why), "").about(release.digest));
        }
    }
    all
}

/// When the newest statement of a set was issued.
fn newest(set: &Set) -> u64 {
    let issued = set.products.iter().flat_map(|p| {
        let releases = p.releases.iter().map(|r| r.common.issued);
        let notices = p.notices.iter().map(|n| n.common.issued);
        let withdrawals = p.withdrawals.iter().map(|w| w.common.issued);
        let answers = p.acknowledgements.iter().map(|a| a.common.issued);
        let placed = p.declared.releases.iter().filter_map(|r| r.placed);
        releases.chain(notices).chain(withdrawals).chain(answers).chain(placed)
    });
    issued.max().unwrap_or(0)
}

impl Audit {
    /// The result of a rule; none if it is not a rule of sets.
    pub fn rule(&self, rule: Rule) -> Option<&RuleResult> {
        self.rules.iter().find(|r| r.rule == rule)
    }

    /// The causes of all failures, in the order of the rules.
    pub fn causes(&self) -> impl Iterator<Item = &Cause> {
        self.rules.iter().flat_map(|r| &r.causes).filter(|c| c.verdict == Verdict::Fail)
    }

    /// Every recorded exception, and the releases that do not install themselves.
    pub fn exceptions(&self) -> impl Iterator<Item = &Cause> {
        let recorded = self.rules.iter().flat_map(|r| &r.causes).filter(|c| c.verdict == Verdict::Exception);
        recorded.chain(&self.manual)
    }

    /// Every failure, in the order of the rules: one entry for each release and hardware.
    pub fn failures(&self) -> impl Iterator<Item = &Finding> {
        self.rules.iter().flat_map(|r| &r.findings).filter(|f| f.verdict == Verdict::Fail)
    }
}
