//! The vulnerability register: what is known of each vulnerability, what was decided, and how long users waited.

use crate::cause::Cause;
use crate::places::Places;
use crate::releases::{Releases, VersionKey, key, sorted};
use crate::scope::Scope;
use crate::set::evidence;
use crate::severity::Severity;
use pkg_format::manifest::Category;
use pkg_format::manifest::{Common, Outcome, Remediation, Status};
use pkg_format::{Digest, Rule, VulnId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

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
    /// How bad it is: the worst that a signed statement says.
    pub severity: Option<Severity>,
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
    /// Supported releases where it is open.
    pub open_in: Releases,
    /// Whether no update closes it for all of their users: it is open where security updates end, or a rule says so.
    pub unresolved: bool,
    /// Releases whose support has ended, in which it is open, and from which no security update leads on.
    pub left_open_in: Releases,
    /// Supported releases for which nobody stated its status.
    pub undecided_in: Releases,
    /// Releases for which its status is only declared, not signed.
    pub declared_in: Releases,
    /// Releases in which it is closed because a notice says so, and no release: nothing was changed for it.
    pub closed_by_notice: Releases,
    /// Releases in which it is closed because of a statement that uses another of its ids.
    pub closed_by_alias: Releases,
    /// The statements and risk assessments that the decision rests on.
    pub digests: Vec<Digest>,
}

/// Notes what causes leave open. Other rules tell of what was open once, or of something else than users.
pub(crate) fn mark(register: &mut [Vulnerability], causes: &[Cause]) {
    use Rule::{G1, G5, G7, G8, G9, G10, G12, G13};
    let of_open = |c: &&Cause| [G1, G5, G7, G8, G9, G10, G12, G13].contains(&c.rule);
    let all = causes.iter().filter(of_open);
    let open: BTreeSet<(&str, &str)> =
        all.flat_map(|c| c.open.iter().map(|id| (c.product.as_str(), id.as_str()))).collect();
    for v in register {
        v.unresolved |= !v.open_in.is_empty() && open.contains(&(v.product.as_str(), v.id.as_str()));
    }
}

/// The states from which no security update leads on, for some of their users: those that are supported, and those whose
/// support has ended.
fn ends(scope: &Scope<'_>) -> (BTreeSet<usize>, BTreeSet<usize>) {
    let is_end = |s: &usize| {
        scope.populations.iter().filter(|p| p.states[*s]).any(|p| {
            let mut steps = scope.graph.steps_from(*s);
            !steps.any(|step| scope.is_secure(p, step))
        })
    };
    let states = &scope.graph.states;
    let stable = (0..states.len()).filter(|s| states[*s].stable && !scope.is_withdrawn(*s));
    stable.filter(is_end).partition(|s| states[*s].supported)
}

/// How urgent a vulnerability is, the most urgent first: open and exploited, open, by severity, by days.
pub(crate) type Urgency = (bool, bool, Reverse<Option<Severity>>, Reverse<u64>, VersionKey);

impl Vulnerability {
    /// The days from when the vendor knew of it to when users were first told.
    pub fn days_to_tell(&self) -> Option<u64> {
        Some(self.advised?.saturating_sub(self.known_since?) / DAY)
    }

    /// The days from when the vendor knew of it to the first fix.
    pub fn days_to_fix(&self) -> Option<u64> {
        Some(self.fixed?.saturating_sub(self.known_since?) / DAY)
    }

    /// The days for which users have been without an update that closes it: since it was known, or since users were
    /// first told. None if an update closes it for all.
    pub fn days_open(&self, at: u64) -> Option<u64> {
        let since = self.known_since.or(self.advised).filter(|_| self.unresolved)?;
        Some(at.saturating_sub(since) / DAY)
    }

    /// How urgent it is: a lower value is more urgent.
    pub(crate) fn urgency(&self, at: u64) -> Urgency {
        let is_open = self.unresolved;
        let days = self.days_open(at).or(self.days_to_fix()).or(self.days_to_tell()).unwrap_or(0);
        (
            !(is_open && self.exploited.is_some()),
            !is_open,
            Reverse(self.severity),
            Reverse(days),
            key(&format!("{} {} {}", self.id, self.product, self.scope)),
        )
    }
}

/// The place of each vulnerability in the register, by product and id.
pub(crate) type Ranks<'a> = BTreeMap<(&'a str, &'a str), usize>;

pub(crate) fn ranks(register: &[Vulnerability]) -> Ranks<'_> {
    let all = register.iter().enumerate().rev();
    all.map(|(i, v)| ((v.product.as_str(), v.id.as_str()), i)).collect()
}

/// The place in the register of the most urgent vulnerability of a cause; after all others if it has none.
pub(crate) fn most_urgent(ranks: &Ranks<'_>, cause: &Cause) -> usize {
    let ranked = cause.open.iter().filter_map(|id| ranks.get(&(cause.product.as_str(), id.as_str())));
    ranked.copied().min().unwrap_or(usize::MAX)
}

/// A day, seconds.
const DAY: u64 = 86_400;

/// The register of a product.
pub(crate) fn all(
    scopes: &[Scope<'_>],
    lags: &[(usize, usize, u64, String)],
    product: &str,
    places: &Places<'_, '_>,
) -> Vec<Vulnerability> {
    let mut all = Vec::new();
    let lags: BTreeMap<(usize, usize), (u64, &String)> =
        lags.iter().map(|(place, x, lag, who)| ((*place, *x), (*lag, who))).collect();
    for (i, scope) in scopes.iter().enumerate() {
        let advice = Advice::new(scope);
        let ends = ends(scope);
        for x in 0..scope.statuses.list.len() {
            let lag = lags.get(&(i, x));
            let named = |states: Vec<usize>| places.states(i, states);
            let mut row = one(scope, x, &advice, &ends, &named);
            row.product = product.to_owned();
            row.lag = lag.map(|(lag, _)| *lag).or(row.fixed.map(|_| 0));
            row.waited = lag.filter(|(lag, _)| *lag > 0).map(|(_, who)| (*who).clone());
            all.push(row);
        }
    }
    all
}

/// What releases and notices tell users, by vulnerability.
#[derive(Default)]
struct Advice {
    advised: BTreeMap<usize, u64>,
    severities: BTreeMap<usize, Severity>,
    remedies: BTreeMap<usize, BTreeSet<Category>>,
    digests: BTreeMap<usize, BTreeSet<Digest>>,
}

impl Advice {
    fn new(scope: &Scope<'_>) -> Advice {
        let mut advice = Advice::default();
        // Testing releases tell the public nothing.
        for release in scope.graph.steps.iter().map(|s| s.release).filter(|r| !r.is_testing()) {
            let (statuses, remediations) = (&release.body.statuses, &release.body.remediations);
            advice.add(scope, release.digest, &release.common, statuses, remediations);
            for fix in release.fixes() {
                let Some(x) = advice.name(scope, &fix.id, release.common.issued) else { continue };
                if let Some(severity) = fix.severity().map(Severity::from) {
                    let worst = advice.severities.entry(x).or_insert(severity);
                    *worst = (*worst).max(severity);
                }
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

fn one(
    scope: &Scope<'_>,
    x: usize,
    advice: &Advice,
    (ends, left): &(BTreeSet<usize>, BTreeSet<usize>),
    named: &dyn Fn(Vec<usize>) -> Releases,
) -> Vulnerability {
    let (graph, it) = (&scope.graph, &scope.statuses.list[x]);
    let open: Vec<usize> = scope.supported.iter().copied().filter(|s| scope.is_open(*s, x)).collect();
    let undecided = open.iter().copied().filter(|s| scope.statuses.all().is_undecided(*s, x)).collect();
    let mut lines: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    let is_public = |step: &usize| !graph.steps[*step].release.is_testing();
    let claimed = |outcome| {
        let claims = it.claims.iter().filter(move |claim| claim.outcome == outcome);
        claims.map(|claim| claim.step).filter(is_public)
    };
    for step in
        claimed(Outcome::Fixed).chain(it.also.iter().copied().filter(is_public)).map(|s| &graph.steps[s])
    {
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
        () if has(&[Category::Mitigation]) || claimed(Outcome::Mitigated).next().is_some() => "mitigated",
        () if !remedies.is_empty() => "documented",
        () if open.is_empty() => "not-affected",
        () => "undecided",
    };
    Vulnerability {
        product: String::new(),
        scope: graph.scope.clone(),
        id: it.id.to_string(),
        aliases: it.aliases.iter().map(ToString::to_string).collect(),
        decision,
        severity: advice.severities.get(&x).copied(),
        level: it.level,
        known_since: it.known_since,
        exploited: it.exploited,
        advised: advice.advised.get(&x).copied(),
        fixed: lines.values().map(|(issued, _)| *issued).min(),
        fixed_in: sorted(lines.values().map(|(_, s)| scope.label(*s).to_owned())),
        lag: None,
        waited: None,
        unresolved: open.iter().any(|s| ends.contains(s)),
        open_in: named(open),
        left_open_in: named(left.iter().copied().filter(|s| scope.is_open(*s, x)).collect()),
        undecided_in: named(undecided),
        declared_in: named(it.declared.iter().copied().collect()),
        closed_by_notice: named(it.closed_by_notice.iter().copied().collect()),
        closed_by_alias: named(it.closed_by_alias.iter().copied().collect()),
        digests: advice.digests.get(&x).into_iter().flatten().copied().collect(),
    }
}
