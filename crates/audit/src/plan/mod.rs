//! What is owed before it is late: the releases and notices that would end every open failure of the rules, with their
//! numbers. It comes from the same rules as the audit, so both say the same.

mod describe;
mod feature;
mod json;
mod owed;
mod text;

pub use describe::{Draft, Places, drafts};
pub use json::json;
pub use text::text;

use crate::audit::{AuditOptions, scopes};
use crate::register::{self, Vulnerability};
use crate::releases::Places as Order;
use crate::rules;
use crate::scope::Scope;
use crate::set::{Product, Set};
use crate::severity::Severity;
use crate::time::month_name;
use pkg_format::{Digest, Rule, VulnId};
use std::collections::{BTreeMap, BTreeSet};

/// How far a plan looks ahead, seconds: 30 days.
pub const AHEAD: u64 = 30 * 86_400;

/// What the planner chooses.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// The time of the plan, unix seconds: statements that were issued later are ignored.
    pub at: u64,
    /// Plan for this vulnerability alone.
    pub only: Option<VulnId>,
    /// How long after it is known the fix of a vulnerability of a severity may take, seconds.
    pub fix_limits: Vec<(Severity, u64)>,
}

/// What is owed.
#[derive(Debug)]
pub struct Plan {
    /// The time of the plan, unix seconds.
    pub at: u64,
    /// By product.
    pub products: Vec<ProductPlan>,
}

/// What is owed to the users of one product.
#[derive(Debug)]
pub struct ProductPlan {
    /// Vendor and name.
    pub product: String,
    /// Every supported line, with its next numbers.
    pub lines: Vec<Line>,
    /// What the next feature release of each scope must say.
    pub features: Vec<NextFeature>,
    /// Where each vulnerability that something is owed for is open and closed; with `only`, where that one is.
    pub vulnerabilities: Vec<Vulnerability>,
    /// What is owed, in the order in which to do it.
    pub owed: Vec<Owed>,
}

/// A supported line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The scope.
    pub scope: String,
    /// The line.
    pub line: String,
    /// The version of its newest release.
    pub head: String,
    /// The feature level of that release.
    pub feature_level: u64,
    /// The sequence of the next release.
    pub sequence: u64,
    /// The security level of the next security release: one more than the highest known.
    pub security_level: u64,
    /// The last month of support, like `2036-12`.
    pub supported_until: String,
}

/// What the next feature release of a scope must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextFeature {
    /// The scope.
    pub scope: String,
    /// The line of the release that it is built from.
    pub line: String,
    /// The version that it is built from.
    pub after: String,
    /// Versions whose fixes must be merged into it.
    pub merged: Vec<String>,
    /// Its feature level.
    pub feature_level: u64,
    /// Its security level: the highest known.
    pub security_level: u64,
    /// Its sequence, if it stays on the line.
    pub sequence: u64,
    /// The fixes that some users get with it: `[[also-fix]]`.
    pub also_fix: Vec<String>,
    /// What stays open: `[[open]]`.
    pub open: Vec<String>,
    /// What does no harm before it, and must be said again of it: `[[status]]`.
    pub statuses: Vec<String>,
}

/// What must be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// A security release.
    SecurityRelease,
    /// A full package of a release that has only delta packages.
    FullPackage,
    /// A feature release that lets stranded users in.
    FeatureRelease,
    /// A notice.
    Notice,
}

impl Task {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Task::SecurityRelease => "security-release",
            Task::FullPackage => "full-package",
            Task::FeatureRelease => "feature-release",
            Task::Notice => "notice",
        }
    }
}

/// One thing that is owed.
#[derive(Debug, Clone)]
pub struct Owed {
    /// What must be made.
    pub task: Task,
    /// The rules that fail without it, or will fail within 30 days.
    pub rules: BTreeSet<Rule>,
    /// The scope.
    pub scope: String,
    /// The line; empty for a notice.
    pub line: String,
    /// The version to build it from.
    pub after: Option<String>,
    /// The manifest of that version, unless it was only declared.
    pub previous: Option<Digest>,
    /// The versions whose users it is for.
    pub users: Vec<String>,
    /// Their states.
    pub states: BTreeSet<Digest>,
    /// Their hardware.
    pub hardware: BTreeSet<String>,
    /// The vulnerabilities that it is about.
    pub ids: Vec<OwedId>,
    /// The number of a release on its line.
    pub sequence: Option<u64>,
    /// The security level of a release.
    pub security_level: Option<u64>,
    /// The feature level of a release.
    pub feature_level: Option<u64>,
    /// Manifests of notices that it must supersede.
    pub supersedes: BTreeSet<Digest>,
    /// What the rules say, each once.
    pub why: BTreeSet<String>,
}

/// A vulnerability that something is owed for.
#[derive(Debug, Clone)]
pub struct OwedId {
    /// Its id.
    pub id: String,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Whether attackers use it.
    pub exploited: bool,
    /// Since when others have the fix, or else since when it is known, unix seconds.
    pub since: Option<u64>,
    /// The releases that fixed it first, one on each line.
    pub fixed_in: Vec<String>,
    /// The manifest of the release whose `[[fix]]` tells of it.
    pub told_by: Option<Digest>,
}

impl Plan {
    /// Whether anything is owed.
    pub fn is_empty(&self) -> bool {
        self.products.iter().all(|p| p.owed.is_empty())
    }
}

/// Plans what is owed in a set.
pub fn plan(set: &Set, options: &PlanOptions) -> Plan {
    Plan { at: options.at, products: set.products.iter().map(|p| product(p, options)).collect() }
}

fn product(product: &Product, options: &PlanOptions) -> ProductPlan {
    let product = &known_by(product, options.at);
    let of_time = |at: u64| AuditOptions {
        as_of: Some(at),
        fix_limits: options.fix_limits.clone(),
        ..AuditOptions::default()
    };
    let scopes_now = scopes(product, options.at);
    let found = rules::check(&scopes_now, &of_time(options.at));
    let later = options.at.saturating_add(AHEAD);
    let found_later = rules::check(&scopes(product, later), &of_time(later));
    let order = Order::new(&scopes_now);
    let title = product.title();
    let register = register::all(&scopes_now, &found.lags, &title, &order);
    let mut owed = owed::all(&scopes_now, &found.findings, &found_later.findings, &register);
    if let Some(only) = &options.only {
        let only = main_id(&scopes_now, only);
        owed.iter_mut().for_each(|o| o.ids.retain(|i| i.id == only));
        owed.retain(|o| !o.ids.is_empty());
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

/// The supported lines of a scope, with their next numbers.
fn lines(scope: &Scope<'_>) -> Vec<Line> {
    let level = highest_level(scope).saturating_add(1);
    let mut heads: BTreeMap<crate::releases::VersionKey, usize> = BTreeMap::new();
    for &v in scope.supported.iter().filter(|v| !scope.is_withdrawn(**v)) {
        let identity = &scope.graph.states[v].identity;
        let head = heads.entry(crate::releases::key(identity.line.as_str())).or_insert(v);
        if scope.graph.states[*head].identity.sequence < identity.sequence {
            *head = v;
        }
    }
    let line = |v: usize| {
        let state = &scope.graph.states[v];
        let line = state.identity.line.to_string();
        Line {
            scope: scope.graph.scope.clone(),
            head: state.identity.version.to_string(),
            feature_level: state.identity.feature_level,
            sequence: highest_sequence(scope, &line).saturating_add(1),
            security_level: level,
            supported_until: month_name(state.support_until),
            line,
        }
    };
    heads.into_values().map(line).collect()
}

/// The highest security level of a scope.
fn highest_level(scope: &Scope<'_>) -> u64 {
    scope.graph.states.iter().map(|s| s.identity.security_level).max().unwrap_or(0)
}

/// The highest sequence of a line, also of releases that were withdrawn.
fn highest_sequence(scope: &Scope<'_>, line: &str) -> u64 {
    let signed = scope.graph.steps.iter().map(|s| (s.release.line(), s.release.common.sequence));
    let states = scope.graph.states.iter().map(|s| (&s.identity.line, s.identity.sequence));
    let all = signed.chain(states).filter(|(l, _)| l.as_str() == line);
    all.map(|(_, sequence)| sequence).max().unwrap_or(0)
}
