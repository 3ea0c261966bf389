//! Since when users of each state can have a fix, and until when one is owed to them.

use super::found::LeftBehind;
use crate::excuses::is_not_feasible;
use crate::population::Population;
use crate::scope::Scope;
use crate::search::{Best, Network};
use crate::time::end_of_month;
use pkg_format::manifest::LatestOnlyKind;

/// One population of a scope, and how long it may have to wait.
pub(super) struct Waiting<'s, 'm> {
    pub(super) scope: &'s Scope<'m>,
    pub(super) population: &'s Population,
    /// By state: when support ends.
    supported_until: Vec<u64>,
    /// By state: the same, or when a claim was signed that they may be left behind, if that came first.
    owed_until: Vec<u64>,
    /// Their security updates, each with its time of issue.
    network: Network,
}

/// From when until when users waited. It has ended unless `until` is later than the audit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Wait {
    pub(super) from: u64,
    pub(super) until: u64,
}

impl Wait {
    /// How long it was up to a time.
    pub(super) fn length(self, at: u64) -> u64 {
        self.until.min(at).saturating_sub(self.from)
    }

    /// From when until when, if it has ended at a time.
    pub(super) fn ended(self, at: u64) -> Option<(u64, u64)> {
        (self.until <= at).then_some((self.from, self.until))
    }
}

impl<'s, 'm> Waiting<'s, 'm> {
    /// The population of this number. `left_behind` has whom a claim excuses today.
    pub(super) fn new(scope: &'s Scope<'m>, number: usize, left_behind: &LeftBehind) -> Waiting<'s, 'm> {
        let population = &scope.populations[number];
        let supported_until: Vec<u64> =
            scope.graph.states.iter().map(|s| end_of_month(s.support_until)).collect();
        let owed_until = supported_until.iter().enumerate().map(|(v, supported)| {
            match left_behind.contains(&(number, v)) {
                true => claimed_since(scope, population, v).min(*supported),
                false => *supported,
            }
        });
        let graph = &scope.graph;
        let issued = |s: usize| graph.steps[s].release.common.issued;
        let network = graph.network(|s| scope.is_secure(population, s), issued);
        Waiting { scope, population, owed_until: owed_until.collect(), supported_until, network }
    }

    /// The states of these devices whose users must get updates, or had to while they were supported.
    pub(super) fn states(&self) -> impl Iterator<Item = usize> + '_ {
        let states = &self.scope.graph.states;
        (0..states.len()).filter(|v| self.population.states[*v] && states[*v].stable)
    }

    /// Whether a state was supported at a time.
    pub(super) fn is_supported(&self, v: usize, at: u64) -> bool {
        at < self.supported_until[v]
    }

    /// For each state since when security updates lead from there to a fix of one vulnerability.
    pub(super) fn available(&self, x: usize) -> Vec<Best> {
        let closed = self.scope.statuses.all().closed_in(x);
        self.network.best(|s| if closed.contains(s) { 0 } else { u64::MAX })
    }

    /// When users of a state stopped waiting for a fix that can be had `since` a time: they could have it, or it was not
    /// owed to them any more.
    pub(super) fn until(&self, v: usize, x: usize, since: u64) -> u64 {
        let owed = since.min(self.owed_until[v]);
        let excuses = &self.population.excuses;
        match excuses.set(excuses.of(v)).contains(&x) {
            true => owed.min(self.excused_since(x)),
            false => owed,
        }
    }

    /// When a release for them first said that the fix of a vulnerability is not feasible on its own.
    fn excused_since(&self, x: usize) -> u64 {
        let (scope, also) = (self.scope, &self.scope.statuses.list[x].also);
        let steps = also.iter().filter(|s| self.population.steps[**s]).map(|s| scope.step(*s).release);
        let says = steps.filter(|r| {
            let mut entries = r.also_fixes().iter().filter(|a| scope.statuses.find(&a.id) == Some(x));
            entries.any(is_not_feasible)
        });
        says.map(|r| r.common.issued).min().unwrap_or(u64::MAX)
    }
}

/// When the first claim was signed that users of a state may be left behind.
fn claimed_since(scope: &Scope<'_>, population: &Population, v: usize) -> u64 {
    let old = &scope.graph.states[v].identity;
    let about = scope.graph.steps.iter().enumerate().filter(|(s, step)| {
        let new = &step.release.body.identity;
        population.steps[*s]
            && step.release.body.latest_only.as_ref().is_some_and(|claim| match claim.kind {
                LatestOnlyKind::SubstantiallyModified => old.generation < new.generation,
                LatestOnlyKind::SubVersion => {
                    old.generation == new.generation && old.feature_level < new.feature_level
                }
            })
    });
    about.map(|(_, step)| step.release.common.issued).min().unwrap_or(u64::MAX)
}
