//! When users of each state could have a fix, and when one was owed to them.

use super::found::LeftBehind;
use crate::excuses::is_not_feasible;
use crate::population::Population;
use crate::scope::Scope;
use crate::search::Network;
use crate::spans::Spans;
use crate::time::end_of_month;
use pkg_format::manifest::{LatestOnlyKind, Need, Requirement};
use std::cell::RefCell;
use std::collections::BTreeMap;

/// One population of a scope, and how long it may have to wait.
pub(super) struct Waiting<'s, 'm> {
    pub(super) scope: &'s Scope<'m>,
    pub(super) population: &'s Population,
    /// By state: when it was supported, by what was signed until then.
    supported: Vec<Spans>,
    /// By state: the same until a claim was signed that they may be left behind.
    owed: Vec<Spans>,
    /// By vulnerability and state: since when its users are excused for a recorded reason.
    excused: RefCell<BTreeMap<usize, Vec<u64>>>,
    /// Their security updates, each with the time in which it could be taken.
    network: Network,
}

/// From when until when users waited. It has ended unless `until` is later than the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) from: u64,
    pub(super) until: u64,
    /// How long it was up to the audit, without the time in which nothing was owed.
    pub(super) length: u64,
}

impl Wait {
    /// From when until when, if it has ended at a time.
    pub(super) fn ended(self, at: u64) -> Option<(u64, u64)> {
        (self.until <= at).then_some((self.from, self.until))
    }
}

impl<'s, 'm> Waiting<'s, 'm> {
    /// The population of this number in a scope. `scopes` are all of the product. `left_behind` has whom a claim excuses
    /// today.
    pub(super) fn new(
        scopes: &'s [Scope<'m>],
        scope: &'s Scope<'m>,
        number: usize,
        left_behind: &LeftBehind,
    ) -> Waiting<'s, 'm> {
        let (population, graph) = (&scope.populations[number], &scope.graph);
        let supported = supported(scope);
        let owed =
            supported.iter().enumerate().map(|(v, supported)| match left_behind.contains(&(number, v)) {
                true => supported.meet(&Spans::one(0, claimed_since(scope, population, v))),
                false => supported.clone(),
            });
        let offered = |s: usize| {
            let step = &graph.steps[s];
            let gone = graph.states[step.to].withdrawn.unwrap_or(u64::MAX);
            let own = Spans::one(step.release.common.issued, gone);
            let needs = step.release.body.requires.iter();
            needs.fold(own, |times, need| times.meet(&met(scopes, population, need)))
        };
        let network = graph.network(|s| scope.is_secure(population, s), offered);
        let excused = RefCell::default();
        Waiting { scope, population, owed: owed.collect(), supported, excused, network }
    }

    /// The states of these devices whose users must get updates, or had to while they were supported.
    pub(super) fn states(&self) -> impl Iterator<Item = usize> + '_ {
        let states = &self.scope.graph.states;
        (0..states.len()).filter(|v| self.population.states[*v] && states[*v].stable)
    }

    /// Whether a state was supported at a time.
    pub(super) fn is_supported(&self, v: usize, at: u64) -> bool {
        self.supported[v].contains(at)
    }

    /// For each state when security updates led from there to a fix of one vulnerability.
    pub(super) fn available(&self, x: usize) -> Vec<Spans> {
        let closed = self.scope.statuses.all().closed_in(x);
        self.network.times(|s| closed.contains(s))
    }

    /// When a release for them, or for others in their states, had a fix that was not withdrawn.
    pub(super) fn elsewhere(&self, x: usize) -> Spans {
        let (scope, mut all) = (self.scope, Spans::default());
        for (s, state) in scope.graph.states.iter().enumerate() {
            if scope.statuses.all().is_fixed(s, x) && is_offered(scope, self.population, s) {
                all.join(&Spans::one(state.placed, state.withdrawn.unwrap_or(u64::MAX)));
            }
        }
        all
    }

    /// How long users of a state waited who could not have a fix at some times: as long as one was owed to them.
    pub(super) fn wait(&self, v: usize, x: usize, lacked: &Spans) -> Option<Wait> {
        let mut owed = lacked.meet(&self.owed[v]);
        let excuses = &self.population.excuses;
        if excuses.set(excuses.of(v)).contains(&x) {
            owed = owed.meet(&Spans::one(0, self.excused_since(v, x)));
        }
        Some(Wait { from: owed.start()?, until: owed.end()?, length: owed.length(self.scope.at) })
    }

    /// When a release that users of a state can have first said that the fix of a vulnerability is not feasible on its own.
    fn excused_since(&self, v: usize, x: usize) -> u64 {
        let mut known = self.excused.borrow_mut();
        known.entry(x).or_insert_with(|| self.excuses(x)).get(v).copied().unwrap_or(u64::MAX)
    }

    /// The same for every state. It holds for those from which the release can be had over security updates alone.
    fn excuses(&self, x: usize) -> Vec<u64> {
        let (scope, population) = (self.scope, self.population);
        let graph = &scope.graph;
        // How long before the end of time: so the greatest is the first, and 0 is never.
        let mut own = vec![0; graph.states.len()];
        for &s in scope.statuses.list[x].also.iter().filter(|s| population.steps[**s]) {
            let step = scope.step(s);
            let mut entries =
                step.release.also_fixes().iter().filter(|a| scope.statuses.find(&a.id) == Some(x));
            let is_offered = step.is_free() && !step.release.is_testing();
            if is_offered && graph.states[step.to].withdrawn.is_none() && entries.any(is_not_feasible) {
                for &u in graph.takers(s) {
                    own[u] = own[u].max(u64::MAX.saturating_sub(step.release.common.issued));
                }
            }
        }
        let join = |a: &mut u64, b: &u64| *a = (*a).max(*b);
        let all = graph.gather(|s| population.secure[s], |u| own[u], join);
        all.into_iter().map(|before| u64::MAX.saturating_sub(before)).collect()
    }
}

/// Whether a population can run a state, or a release into it applies to one of their states, though it is for others.
pub(super) fn is_offered(scope: &Scope<'_>, population: &Population, s: usize) -> bool {
    let graph = &scope.graph;
    let is_theirs = |step: &usize| {
        let is_for_all = !graph.steps[*step].release.is_testing();
        is_for_all && graph.sources(*step).iter().any(|u| population.states[*u])
    };
    population.runs[s] || graph.states[s].into.iter().any(is_theirs)
}

/// When each state was supported. A month counts from the day on which it was signed for the line. The first one of a line
/// also counts for what came before.
fn supported(scope: &Scope<'_>) -> Vec<Spans> {
    let graph = &scope.graph;
    let mut lines: BTreeMap<&str, Vec<(u64, u64)>> = BTreeMap::new();
    for past in &scope.product.declared.releases {
        let (identity, placed) = (&past.identity, past.placed.unwrap_or(0));
        if let Some(month) = past.support_until
            && identity.scope.as_str() == graph.scope
            && placed <= scope.at
        {
            lines.entry(identity.line.as_str()).or_default().push((placed, month));
        }
    }
    for release in graph.steps.iter().map(|s| s.release) {
        let said = (release.common.issued, release.support_until());
        lines.entry(release.line().as_str()).or_default().push(said);
    }
    let of_product = scope.product.releases_by(scope.at).map(|r| (r.common.issued, r.support_until()));
    let of_product = since_signed(of_product.collect());
    let lines: BTreeMap<&str, Spans> =
        lines.into_iter().map(|(line, said)| (line, since_signed(said))).collect();
    let of = |line: &str| lines.get(line).filter(|s| s.start().is_some()).unwrap_or(&of_product).clone();
    graph.states.iter().map(|s| of(s.identity.line.as_str())).collect()
}

/// The support that follows from months, each with the time at which it was signed.
fn since_signed(mut said: Vec<(u64, u64)>) -> Spans {
    said.retain(|(_, month)| *month > 0);
    said.sort_unstable();
    let mut all = Spans::default();
    for (i, (issued, month)) in said.into_iter().enumerate() {
        all.join(&Spans::one(if i == 0 { 0 } else { issued }, end_of_month(month)));
    }
    all
}

/// When what a release requires of another scope could be had.
fn met(scopes: &[Scope<'_>], population: &Population, need: &Requirement) -> Spans {
    let mut all = Spans::default();
    for scope in scopes.iter().filter(|s| s.graph.scope == need.scope.as_str()) {
        for (s, state) in scope.graph.states.iter().enumerate() {
            let is_it = match &need.need {
                Need::State(reference) => scope.graph.place(reference) == Some(s),
                Need::Line { line, from } => state.identity.line == *line && state.identity.sequence >= *from,
            };
            if is_it && state.stable && population.hardware.iter().any(|h| state.hardware.contains(h)) {
                all.join(&Spans::one(state.placed, state.withdrawn.unwrap_or(u64::MAX)));
            }
        }
    }
    all
}

/// When the first claim was signed that users of a state may be left behind: of those for their hardware, if there is one,
/// or else of those from which an earlier version for their hardware follows.
fn claimed_since(scope: &Scope<'_>, population: &Population, v: usize) -> u64 {
    let old = &scope.graph.states[v].identity;
    let mut own = u64::MAX;
    let mut other = u64::MAX;
    for step in &scope.graph.steps {
        let (release, new) = (step.release, &step.release.body.identity);
        let Some(claim) = &release.body.latest_only else { continue };
        let is_about = match claim.kind {
            LatestOnlyKind::SubstantiallyModified => old.generation < new.generation,
            LatestOnlyKind::SubVersion => {
                old.generation == new.generation && old.feature_level < new.feature_level
            }
        };
        if !is_about || release.is_testing() || scope.is_withdrawn(step.to) {
            continue;
        }
        let is_theirs = population.hardware.first().is_some_and(|h| claim.hardware.contains(h));
        let first = if is_theirs { &mut own } else { &mut other };
        *first = release.common.issued.min(*first);
    }
    if own < u64::MAX { own } else { other }
}
