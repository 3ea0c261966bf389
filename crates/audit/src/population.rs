//! Populations: devices with the same hardware ids and customer, for which the same releases are made.

use crate::effective_status::{EffectiveStatus, EffectiveStatuses};
use crate::graph::{Graph, State};
use crate::set::Release;
use pkg_format::manifest::Separately;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::{Id, Label};
use std::collections::{BTreeMap, BTreeSet};

/// Devices to which the same states, steps and claims apply.
#[derive(Debug)]
pub(crate) struct Population {
    /// Their hardware ids.
    pub(crate) hardware: Vec<Id>,
    /// The customer, if they have tailor-made releases.
    pub(crate) customer: Option<Label>,
    /// By state: whether it runs on them.
    pub(crate) states: Vec<bool>,
    /// By step: whether it is for them.
    pub(crate) steps: Vec<bool>,
    /// By vulnerability: whether there is a fix for them.
    pub(crate) patched: Vec<bool>,
    /// By vulnerability: when its first fix was issued.
    pub(crate) first: Vec<u64>,
    /// The levels of the patched vulnerabilities that are not excused, ascending; and how many of these have none.
    levels: Vec<u64>,
    unlevelled: u64,
    /// The patched vulnerabilities whose fix, as a feature release for them records, is not feasible on its own.
    excused: BTreeSet<usize>,
}

/// How many vulnerabilities are open: without a recorded reason, and with one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) plain: u64,
    pub(crate) excused: u64,
}

impl Open {
    /// As one number: one without a reason weighs more than any number with one.
    pub(crate) fn weight(self) -> u64 {
        (self.plain << 32) | self.excused
    }

    pub(crate) fn from_weight(weight: u64) -> Open {
        Open { plain: weight >> 32, excused: weight & 0xffff_ffff }
    }
}

/// When a state was placed on the market; the end of time where a declaration does not say.
fn placed(state: &State) -> u64 {
    if state.placed == 0 { u64::MAX } else { state.placed }
}

/// Everything in which hardware ids can differ: by state, step and latest-only claim.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Runs {
    states: Vec<bool>,
    steps: Vec<bool>,
    claims: Vec<bool>,
}

/// All populations of a scope.
pub(crate) fn all(graph: &Graph<'_>, statuses: &EffectiveStatuses) -> Vec<Population> {
    let ids: BTreeSet<&Id> = graph.states.iter().flat_map(|s| &s.hardware).collect();
    let mut alike: BTreeMap<Runs, Vec<Id>> = BTreeMap::new();
    for id in ids {
        let claims = graph.steps.iter().filter_map(|s| s.release.body.latest_only.as_ref());
        let runs = Runs {
            states: graph.states.iter().map(|s| s.hardware.contains(id)).collect(),
            steps: graph.steps.iter().map(|s| s.release.hardware().contains(id)).collect(),
            claims: claims.map(|c| c.hardware.contains(id)).collect(),
        };
        alike.entry(runs).or_default().push(id.clone());
    }
    let customers: BTreeSet<Option<Label>> = graph.states.iter().map(|s| s.customer.clone()).collect();
    let mut all: Vec<Population> = Vec::new();
    for (runs, hardware) in &alike {
        for customer in &customers {
            let population = Population::new(graph, statuses, runs, hardware, customer);
            if population.states.contains(&true) {
                all.push(population);
            }
        }
    }
    all.sort_by(|a, b| (&a.hardware, &a.customer).cmp(&(&b.hardware, &b.customer)));
    all
}

impl Population {
    fn new(
        graph: &Graph<'_>,
        statuses: &EffectiveStatuses,
        runs: &Runs,
        hardware: &[Id],
        customer: &Option<Label>,
    ) -> Population {
        let theirs = |s: &State| s.customer == *customer;
        // A tailor-made release is for the devices of its customer and for no others.
        let is_offered = |step: usize| {
            let of = graph.steps[step].release.customer();
            of.is_none() || of == customer.as_ref()
        };
        let steps: Vec<bool> = (0..graph.steps.len()).map(|s| runs.steps[s] && is_offered(s)).collect();
        let count = statuses.list.len();
        let mut population = Population {
            hardware: hardware.to_vec(),
            customer: customer.clone(),
            states: graph.states.iter().enumerate().map(|(i, s)| runs.states[i] && theirs(s)).collect(),
            steps,
            patched: vec![false; count],
            first: vec![u64::MAX; count],
            levels: Vec::new(),
            unlevelled: 0,
            excused: BTreeSet::new(),
        };
        // They can run what is stable, on their hardware, and not for another customer alone.
        let reachable = |i: usize, s: &State| {
            runs.states[i] && s.stable && (s.customer.is_none() || s.customer == *customer)
        };
        // A fix for one customer, from a state that others run too, is a fix that the others lack.
        let for_others = |s: &usize| {
            runs.steps[*s] && !population.steps[*s] && graph.sources(*s).iter().any(|u| population.states[*u])
        };
        let elsewhere: BTreeSet<usize> = (0..graph.steps.len()).filter(for_others).collect();
        let mut earliest = u64::MAX;
        let by_level: Vec<(usize, u64)> = graph
            .order
            .iter()
            .copied()
            .filter(|i| reachable(*i, &graph.states[*i]))
            .map(|i| {
                earliest = earliest.min(placed(&graph.states[i]));
                (i, earliest)
            })
            .collect();
        for v in 0..count {
            population.patch(graph, statuses, &by_level, &elsewhere, v);
        }
        population.levels.sort_unstable();
        population
    }

    /// Finds whether there is a fix of a vulnerability for them, and since when: a release lists it, a level claims
    /// it, or a statement says so. `by_level` has the states that they can run, the highest security level first,
    /// each with the earliest date up to it; `elsewhere` has the steps from their states that are for others.
    fn patch(
        &mut self,
        graph: &Graph<'_>,
        statuses: &EffectiveStatuses,
        by_level: &[(usize, u64)],
        elsewhere: &BTreeSet<usize>,
        v: usize,
    ) {
        let it = &statuses.list[v];
        let high = by_level.partition_point(|(s, _)| {
            it.level.is_some_and(|l| l <= graph.states[*s].identity.security_level)
        });
        let fixed = |state: usize| statuses.status(graph, state, v) == EffectiveStatus::Fixed;
        let mut patch = |since: u64| {
            self.patched[v] = true;
            self.first[v] = self.first[v].min(since);
        };
        let usable = |s: &usize| self.steps[*s] && !graph.steps[*s].release.is_testing();
        let listing = it.claims.iter().map(|c| c.step).chain(it.also.iter().copied());
        let made = |s: &usize| usable(s) || elsewhere.contains(s) && !graph.steps[*s].release.is_testing();
        for step in listing.filter(made).map(|s| &graph.steps[s]).filter(|s| fixed(s.to)) {
            patch(step.release.common.issued);
        }
        match statuses.by_level(v) {
            Some(_) => by_level[..high].last().into_iter().for_each(|(_, earliest)| patch(*earliest)),
            None => {
                let stated = |s: &usize| statuses.stated(*s).get(&v) == Some(&EffectiveStatus::Fixed);
                let (high, low) = by_level.split_at(high);
                let low = low.iter().map(|(s, _)| *s).filter(stated);
                let states = high.iter().map(|(s, _)| *s).chain(low).filter(|s| fixed(*s));
                states.for_each(|s| patch(placed(&graph.states[s])));
            }
        }
        let excuses = |s: &usize| is_not_feasible(graph.steps[*s].release, statuses, v);
        match (self.patched[v], it.also.iter().filter(|s| usable(s)).any(excuses), it.level) {
            (false, ..) => {}
            (true, true, _) => drop(self.excused.insert(v)),
            (true, false, Some(level)) => self.levels.push(level),
            (true, false, None) => self.unlevelled += 1,
        }
    }

    /// Whether a release for them records that the fix of a vulnerability is not feasible on its own.
    pub(crate) fn is_excused(&self, v: usize) -> bool {
        self.excused.contains(&v)
    }

    /// How many of the patched vulnerabilities are open in a state.
    pub(crate) fn open(&self, graph: &Graph<'_>, statuses: &EffectiveStatuses, state: usize) -> Open {
        let level = graph.states[state].identity.security_level;
        let above = self.levels.len() - self.levels.partition_point(|l| *l <= level);
        let mut plain = above as u64 + self.unlevelled;
        let mut excused = 0;
        for (v, status) in statuses.facts(state) {
            if !self.patched[*v] {
                continue;
            }
            let it = &statuses.list[*v];
            let excused_here = self.is_excused(*v);
            if !excused_here && it.level.is_none_or(|l| l > level) {
                plain -= 1;
            }
            match status {
                EffectiveStatus::Reopened => excused += 1,
                status if !status.is_open() || excused_here => {}
                _ => plain += 1,
            }
        }
        let is_open = |v: &&usize| statuses.is_open(graph, state, **v) && !statuses.is_reopened(state, **v);
        excused += self.excused.iter().filter(is_open).count() as u64;
        Open { plain, excused }
    }

    /// The devices in words: `rev-a, rev-b`.
    pub(crate) fn name(&self) -> String {
        let hardware = self.hardware.iter().map(Id::as_str).collect::<Vec<_>>().join(", ");
        match &self.customer {
            None => hardware,
            Some(customer) => format!("{hardware} of customer {customer}"),
        }
    }
}

/// Whether a feature release records that the fix of a vulnerability is not feasible on its own.
fn is_not_feasible(release: &Release, statuses: &EffectiveStatuses, v: usize) -> bool {
    let entries = release.also_fixes().iter().filter(|a| statuses.find(&a.id) == Some(v));
    let mut exceptions = entries.map(|a| &a.separately);
    exceptions.any(|s| matches!(s, Separately::Exception { reason: ExceptionReason::NotFeasible, .. }))
}
