//! Who can be given what: devices that differ in hardware, or belong to a customer of their own.

use crate::effective_status::{EffectiveStatus, EffectiveStatuses};
use crate::graph::{Graph, State};
use pkg_format::manifest::feature::ExceptionReason;
use std::collections::{BTreeMap, BTreeSet};

/// Devices to which the same states, steps and claims apply.
#[derive(Debug)]
pub(crate) struct Population {
    /// Their hardware ids.
    pub(crate) hardware: Vec<String>,
    /// The customer whose devices they are.
    pub(crate) customer: Option<String>,
    /// Which states run on them.
    pub(crate) states: Vec<bool>,
    /// Which steps are for them.
    pub(crate) steps: Vec<bool>,
    /// Which vulnerabilities somebody fixed for them.
    pub(crate) patched: Vec<bool>,
    /// When the first fix of each was issued.
    pub(crate) first: Vec<u64>,
    /// The levels of those that are patched and not excused, ascending; and how many have none.
    levels: Vec<u64>,
    unlevelled: u64,
    /// Those patched that a feature release for them recorded as not to be had apart.
    excused: BTreeSet<usize>,
}

/// How much stands open: without excuse, and with a recorded one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Open {
    pub(crate) plain: u64,
    pub(crate) excused: u64,
}

impl Open {
    /// As one number: what has no excuse weighs more than all that has.
    pub(crate) fn weight(self) -> u64 {
        (self.plain << 32) | self.excused
    }

    pub(crate) fn of_weight(weight: u64) -> Open {
        Open { plain: weight >> 32, excused: weight & 0xffff_ffff }
    }
}

/// When a state was placed; what was declared may not say.
fn dated(state: &State) -> u64 {
    if state.placed == 0 { u64::MAX } else { state.placed }
}

/// What tells the devices of two hardware ids apart.
#[derive(PartialEq, Eq, PartialOrd, Ord)]
struct Runs {
    states: Vec<bool>,
    steps: Vec<bool>,
    claims: Vec<bool>,
}

/// All populations of a scope.
pub(crate) fn all(graph: &Graph<'_>, standings: &EffectiveStatuses) -> Vec<Population> {
    let ids: BTreeSet<&String> = graph.states.iter().flat_map(|s| &s.hardware).collect();
    let mut alike: BTreeMap<Runs, Vec<String>> = BTreeMap::new();
    for id in ids {
        let claims = graph.steps.iter().filter_map(|s| s.release.latest_only.as_ref());
        let runs = Runs {
            states: graph.states.iter().map(|s| s.hardware.contains(id)).collect(),
            steps: graph.steps.iter().map(|s| s.release.hardware.contains(id)).collect(),
            claims: claims.map(|c| c.hardware.contains(id)).collect(),
        };
        alike.entry(runs).or_default().push(id.clone());
    }
    let customers: BTreeSet<Option<String>> = graph.states.iter().map(|s| s.customer.clone()).collect();
    let mut all: Vec<Population> = Vec::new();
    for (runs, hardware) in &alike {
        for customer in &customers {
            let population = Population::of(graph, standings, runs, hardware, customer);
            if population.states.contains(&true) {
                all.push(population);
            }
        }
    }
    all.sort_by(|a, b| (&a.hardware, &a.customer).cmp(&(&b.hardware, &b.customer)));
    all
}

impl Population {
    fn of(
        graph: &Graph<'_>,
        standings: &EffectiveStatuses,
        runs: &Runs,
        hardware: &[String],
        customer: &Option<String>,
    ) -> Population {
        let theirs = |s: &State| s.customer == *customer;
        // A tailor-made release is for the devices of its customer and for no others.
        let tailored = |step: usize| match &graph.steps[step].release.tailor_made {
            None => true,
            Some(agreement) => Some(&agreement.customer) == customer.as_ref(),
        };
        let steps: Vec<bool> = (0..graph.steps.len()).map(|s| runs.steps[s] && tailored(s)).collect();
        let count = standings.list.len();
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
        // Users can have what is stable, on their hardware, and not for another customer alone.
        let reachable = |i: usize, s: &State| {
            runs.states[i] && s.stable && (s.customer.is_none() || s.customer == *customer)
        };
        // What one customer was given for a state that others have too is a fix that the others lack.
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
                earliest = earliest.min(dated(&graph.states[i]));
                (i, earliest)
            })
            .collect();
        for v in 0..count {
            population.patch(graph, standings, &by_level, &elsewhere, v);
        }
        population.levels.sort_unstable();
        population
    }

    /// Whether there is a fix for them, and since when: listed by a release, claimed by a level, or said.
    /// `by_level` has what they can have, the highest level first, each with the earliest date up to it;
    /// `elsewhere` the steps from their states that are for others.
    fn patch(
        &mut self,
        graph: &Graph<'_>,
        standings: &EffectiveStatuses,
        by_level: &[(usize, u64)],
        elsewhere: &BTreeSet<usize>,
        v: usize,
    ) {
        let it = &standings.list[v];
        let high = by_level.partition_point(|(s, _)| {
            it.level.is_some_and(|l| l <= graph.states[*s].identity.security_level)
        });
        let fixed = |state: usize| standings.stand(graph, state, v) == EffectiveStatus::Fixed;
        let mut patch = |since: u64| {
            self.patched[v] = true;
            self.first[v] = self.first[v].min(since);
        };
        let usable = |s: &usize| self.steps[*s] && !graph.steps[*s].release.testing;
        let listing = it.claims.iter().map(|c| c.step).chain(it.also.iter().copied());
        let made = |s: &usize| usable(s) || elsewhere.contains(s) && !graph.steps[*s].release.testing;
        for step in listing.filter(made).map(|s| &graph.steps[s]).filter(|s| fixed(s.to)) {
            patch(step.release.issued);
        }
        match standings.by_level(v) {
            Some(_) => by_level[..high].last().into_iter().for_each(|(_, earliest)| patch(*earliest)),
            None => {
                let said = |s: &usize| standings.said(*s).get(&v) == Some(&EffectiveStatus::Fixed);
                let (high, low) = by_level.split_at(high);
                let low = low.iter().map(|(s, _)| *s).filter(said);
                let states = high.iter().map(|(s, _)| *s).chain(low).filter(|s| fixed(*s));
                states.for_each(|s| patch(dated(&graph.states[s])));
            }
        }
        let not_apart = |s: &usize| {
            let also = graph.steps[*s].release.also_fixes.iter().filter(|a| standings.find(&a.id) == Some(v));
            also.filter_map(|a| a.exception.as_ref())
                .any(|(reason, _)| *reason == ExceptionReason::NotFeasible)
        };
        match (self.patched[v], it.also.iter().filter(|s| usable(s)).any(not_apart), it.level) {
            (false, ..) => {}
            (true, true, _) => drop(self.excused.insert(v)),
            (true, false, Some(level)) => self.levels.push(level),
            (true, false, None) => self.unlevelled += 1,
        }
    }

    /// Whether a release for them records that the fix cannot be had apart.
    pub(crate) fn is_excused(&self, v: usize) -> bool {
        self.excused.contains(&v)
    }

    /// How much of what is patched stands open in a state.
    pub(crate) fn open(&self, graph: &Graph<'_>, standings: &EffectiveStatuses, state: usize) -> Open {
        let level = graph.states[state].identity.security_level;
        let above = self.levels.len() - self.levels.partition_point(|l| *l <= level);
        let mut plain = above as u64 + self.unlevelled;
        let mut excused = 0;
        for (v, stand) in standings.facts(state) {
            if !self.patched[*v] {
                continue;
            }
            let it = &standings.list[*v];
            let excused_here = self.is_excused(*v);
            if !excused_here && it.level.is_none_or(|l| l > level) {
                plain -= 1;
            }
            match stand {
                EffectiveStatus::Reopened => excused += 1,
                stand if !stand.is_open() || excused_here => {}
                _ => plain += 1,
            }
        }
        let reopened = |v: usize| standings.said(state).get(&v) == Some(&EffectiveStatus::Reopened);
        let is_open = |v: &&usize| standings.is_open(graph, state, **v) && !reopened(**v);
        excused += self.excused.iter().filter(is_open).count() as u64;
        Open { plain, excused }
    }

    /// The hardware as one text.
    pub(crate) fn name(&self) -> String {
        match &self.customer {
            None => self.hardware.join(", "),
            Some(customer) => format!("{} of customer {customer}", self.hardware.join(", ")),
        }
    }
}
