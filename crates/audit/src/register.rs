//! The vulnerability register: what is known of each vulnerability, what was decided, and how long users waited.

use crate::scope::Scope;
use crate::set::evidence;
use pkg_format::manifest::Category;
use pkg_format::manifest::{Common, Outcome, Remediation, Status};
use pkg_format::{Digest, VulnId};
use std::collections::{BTreeMap, BTreeSet};

/// At most so many releases are named; the counts have all.
pub(crate) const NAMED: usize = 20;

/// One vulnerability in one scope of a product.
#[derive(Debug, Clone)]
pub struct Vulnerability {
    /// The product: vendor and name.
    pub product: String,
    /// The scope.
    pub scope: String,
    /// Its id.
    pub id: String,
    /// Its other ids.
    pub aliases: Vec<String>,
    /// What was decided: `patched`, `workaround`, `mitigated`, `documented`, `not-affected` or
    /// `undecided`.
    pub decision: &'static str,
    /// The security level at which it was first fixed.
    pub level: Option<u64>,
    /// Since when the vendor knows of it, unix seconds.
    pub known_since: Option<u64>,
    /// Whether attackers use it, and since when.
    pub exploited: Option<Option<u64>>,
    /// When the first statement that names it was issued, unix seconds.
    pub advised: Option<u64>,
    /// When the first fix was issued, unix seconds.
    pub fixed: Option<u64>,
    /// The first release on each line with the fix.
    pub fixed_in: Vec<String>,
    /// The longest that users of a supported release waited for the fix after others had it, seconds.
    pub lag: Option<u64>,
    /// The release whose users waited that long.
    pub waited: Option<String>,
    /// Supported releases where it is open; the first of them.
    pub open_in: Vec<String>,
    /// How many those are.
    pub open_count: usize,
    /// Supported releases for which nobody stated its status; the first of them.
    pub undecided_in: Vec<String>,
    /// How many those are.
    pub undecided_count: usize,
    /// Releases for which its status is only declared, not signed; the first of them.
    pub declared_in: Vec<String>,
    /// How many those are.
    pub declared_count: usize,
    /// The statements and risk assessments that the decision rests on.
    pub digests: Vec<Digest>,
}

/// The register of a product.
pub(crate) fn all(
    scopes: &[Scope<'_>],
    lags: &[(usize, usize, u64, String)],
    product: &str,
) -> Vec<Vulnerability> {
    let mut all = Vec::new();
    let lags: BTreeMap<(usize, usize), (u64, &String)> =
        lags.iter().map(|(place, x, lag, who)| ((*place, *x), (*lag, who))).collect();
    for (i, scope) in scopes.iter().enumerate() {
        let advice = Advice::new(scope);
        for x in 0..scope.statuses.list.len() {
            let lag = lags.get(&(i, x));
            let mut row = one(scope, x, &advice);
            row.product = product.to_owned();
            row.lag = lag.map(|(lag, _)| *lag).or(row.fixed.map(|_| 0));
            row.waited = lag.map(|(_, who)| (*who).clone());
            all.push(row);
        }
    }
    all.sort_by(|a, b| (&a.id, &a.scope).cmp(&(&b.id, &b.scope)));
    all
}

/// What releases and notices tell users, by vulnerability.
#[derive(Default)]
struct Advice {
    advised: BTreeMap<usize, u64>,
    remedies: BTreeMap<usize, BTreeSet<Category>>,
    digests: BTreeMap<usize, BTreeSet<Digest>>,
}

impl Advice {
    fn new(scope: &Scope<'_>) -> Advice {
        let mut advice = Advice::default();
        for release in scope.graph.steps.iter().map(|s| s.release) {
            let (statuses, remediations) = (&release.body.statuses, &release.body.remediations);
            advice.add(scope, release.digest, &release.common, statuses, remediations);
            for fix in release.fixes() {
                advice.name(scope, &fix.id, release.common.issued);
            }
        }
        for notice in scope.product.notices_by(scope.at) {
            let (statuses, remediations) = (&notice.body.statuses, &notice.body.remediations);
            advice.add(scope, notice.digest, &notice.common, statuses, remediations);
        }
        advice
    }

    fn add(
        &mut self,
        scope: &Scope<'_>,
        manifest: Digest,
        common: &Common,
        statuses: &[Status],
        remediations: &[Remediation],
    ) {
        for status in statuses {
            let Some(x) = self.name(scope, &status.id, common.issued) else { continue };
            let digests = self.digests.entry(x).or_default();
            digests.insert(manifest);
            digests.extend(evidence(common, status.risk.as_slice()));
        }
        for remediation in remediations {
            for id in &remediation.ids {
                let Some(x) = self.name(scope, id, common.issued) else { continue };
                self.remedies.entry(x).or_default().insert(remediation.remedy.category());
            }
        }
    }

    /// Notes that a statement of this time names a vulnerability; returns its place.
    fn name(&mut self, scope: &Scope<'_>, id: &VulnId, issued: u64) -> Option<usize> {
        let x = scope.statuses.find(id)?;
        let first = self.advised.entry(x).or_insert(issued);
        *first = (*first).min(issued);
        Some(x)
    }
}

fn one(scope: &Scope<'_>, x: usize, advice: &Advice) -> Vulnerability {
    let (graph, it) = (&scope.graph, &scope.statuses.list[x]);
    let (mut open_in, mut undecided_in) = (Vec::new(), Vec::new());
    let (mut open_count, mut undecided_count) = (0, 0);
    for &s in &scope.supported {
        if !scope.is_open(s, x) {
            continue;
        }
        open_count += 1;
        if open_in.len() < NAMED {
            open_in.push(scope.label(s).to_owned());
        }
        if scope.statuses.all().is_undecided(s, x) {
            undecided_count += 1;
            if undecided_in.len() < NAMED {
                undecided_in.push(scope.label(s).to_owned());
            }
        }
    }
    let mut lines: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    let fixes = it.claims.iter().filter(|c| c.outcome == Outcome::Fixed).map(|c| c.step);
    for step in fixes.chain(it.also.iter().copied()).map(|s| &graph.steps[s]) {
        let first =
            lines.entry(step.release.line().as_str()).or_insert((step.release.common.issued, step.to));
        *first = (*first).min((step.release.common.issued, step.to));
    }
    let none = BTreeSet::new();
    let remedies = advice.remedies.get(&x).unwrap_or(&none);
    let has = |categories: &[Category]| categories.iter().any(|c| remedies.contains(c));
    let decision = match () {
        () if !lines.is_empty() => "patched",
        () if has(&[Category::Workaround]) => "workaround",
        () if has(&[Category::Mitigation]) || it.claims.iter().any(|c| c.outcome == Outcome::Mitigated) => {
            "mitigated"
        }
        () if !remedies.is_empty() => "documented",
        () if open_count == 0 => "not-affected",
        () => "undecided",
    };
    Vulnerability {
        product: String::new(),
        scope: graph.scope.clone(),
        id: it.id.to_string(),
        aliases: it.aliases.iter().map(ToString::to_string).collect(),
        decision,
        level: it.level,
        known_since: it.known_since,
        exploited: it.exploited,
        advised: advice.advised.get(&x).copied(),
        fixed: lines.values().map(|(issued, _)| *issued).min(),
        fixed_in: lines.values().map(|(_, s)| scope.label(*s).to_owned()).collect(),
        lag: None,
        waited: None,
        open_in,
        open_count,
        undecided_in,
        undecided_count,
        declared_in: it.declared.iter().take(NAMED).map(|s| scope.label(*s).to_owned()).collect(),
        declared_count: it.declared.len(),
        digests: advice.digests.get(&x).into_iter().flatten().copied().collect(),
    }
}
