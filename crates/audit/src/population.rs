//! Populations: devices with the same hardware ids and customer, for which the same releases are made.

use crate::effective_status::EffectiveStatuses;
use crate::excuses::Excuses;
use crate::graph::{Graph, State};
use pkg_format::{Id, Label};
use pkg_status::Set;
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
    /// By state: whether they can run it: it is stable, for their hardware, and not for another customer alone.
    pub(crate) runs: Vec<bool>,
    /// By step: whether it is for them.
    pub(crate) steps: Vec<bool>,
    /// By step: whether it is a security update for them that is free, properly separated and not for testing.
    pub(crate) secure: Vec<bool>,
    /// By vulnerability: whether there is a fix for them.
    pub(crate) patched: Vec<bool>,
    /// By vulnerability: when its first fix was issued.
    pub(crate) first: Vec<u64>,
    /// What they lack for a recorded reason.
    pub(crate) excuses: Excuses,
    /// By set of excused vulnerabilities: the patched ones that are not among them.
    plain: Vec<Set>,
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

/// Some states, and those that releases for whomever lead to from there.
fn later(graph: &Graph<'_>, from: &[bool]) -> Vec<bool> {
    let mut later = from.to_vec();
    let mut steps: Vec<_> = graph.steps.iter().enumerate().filter(|(_, s)| !s.release.is_testing()).collect();
    // What a release leads from came before it, so that one round is enough, but for releases of one second.
    steps.sort_by_key(|(_, step)| step.release.common.issued);
    let mut grew = true;
    while grew {
        grew = false;
        for (s, step) in &steps {
            if !later[step.to] && graph.sources(*s).iter().any(|u| later[*u]) {
                (later[step.to], grew) = (true, true);
            }
        }
    }
    later
}

/// All populations of a scope; with `hardware` those of these ids.
pub(crate) fn all(
    graph: &Graph<'_>,
    statuses: &EffectiveStatuses,
    hardware: Option<&BTreeSet<Id>>,
) -> Vec<Population> {
    let ids = graph.states.iter().flat_map(|s| &s.hardware);
    let ids: BTreeSet<&Id> = ids.filter(|id| hardware.is_none_or(|these| these.contains(id))).collect();
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
        let is_secure = |(step, theirs): (&crate::step::Step<'_>, &bool)| {
            *theirs && step.is_properly_separated() && step.is_free() && !step.release.is_testing()
        };
        let secure: Vec<bool> = graph.steps.iter().zip(&steps).map(is_secure).collect();
        let can_run = |(i, s): (usize, &State)| {
            runs.states[i] && s.stable && (s.customer.is_none() || s.customer == *customer)
        };
        let count = statuses.list.len();
        let mut population = Population {
            hardware: hardware.to_vec(),
            customer: customer.clone(),
            states: graph.states.iter().enumerate().map(|(i, s)| runs.states[i] && theirs(s)).collect(),
            runs: graph.states.iter().enumerate().map(can_run).collect(),
            excuses: Excuses::new(graph, statuses, &steps, &secure),
            steps,
            secure,
            patched: vec![false; count],
            first: vec![u64::MAX; count],
            plain: Vec::new(),
        };
        // A fix for one customer or for some hardware, of a state that others run too or of what came after it, is a fix
        // that the others lack.
        let later = later(graph, &population.states);
        let for_others = |s: &usize| !population.steps[*s] && graph.sources(*s).iter().any(|u| later[*u]);
        let elsewhere: BTreeSet<usize> = (0..graph.steps.len()).filter(for_others).collect();
        let mut states: Vec<usize> = (0..graph.states.len()).filter(|i| population.runs[*i]).collect();
        states.sort_by_key(|i| placed(&graph.states[*i]));
        let mut seen = Set::default();
        for state in states {
            let new: Vec<usize> = statuses.all().fixed_outside(state, &seen).collect();
            for v in new {
                seen.insert(v);
                population.patched[v] = true;
                population.first[v] = placed(&graph.states[state]);
            }
        }
        for v in 0..count {
            population.patch(graph, statuses, &elsewhere, v);
        }
        let patched = || (0..count).filter(|v| population.patched[*v]);
        let plain =
            population.excuses.sets().map(|excused| patched().filter(|v| !excused.contains(v)).collect());
        population.plain = plain.collect();
        population
    }

    /// Finds whether a release for them fixes a vulnerability, also one from which they do not profit: `elsewhere` has the
    /// steps from their states that are for others.
    fn patch(
        &mut self,
        graph: &Graph<'_>,
        statuses: &EffectiveStatuses,
        elsewhere: &BTreeSet<usize>,
        v: usize,
    ) {
        let it = &statuses.list[v];
        let usable = |s: &usize| self.steps[*s] && !graph.steps[*s].release.is_testing();
        let listing = it.claims.iter().map(|c| c.step).chain(it.also.iter().copied());
        let made = |s: &usize| usable(s) || elsewhere.contains(s) && !graph.steps[*s].release.is_testing();
        let fixing = listing.filter(made).map(|s| &graph.steps[s]);
        let issued = fixing.filter(|s| statuses.all().is_fixed(s.to, v)).map(|s| s.release.common.issued);
        if let Some(first) = issued.min() {
            self.patched[v] = true;
            self.first[v] = self.first[v].min(first);
        }
    }

    /// How many of the patched vulnerabilities are open in a state, for users who lack the `excused` set of
    /// vulnerabilities for a recorded reason.
    pub(crate) fn open(&self, statuses: &EffectiveStatuses, state: usize, excused: usize) -> Open {
        let (mut plain, mut with_reason) = (0, 0);
        for v in statuses.all().open_among(state, &self.plain[excused]) {
            // What was taken back has a recorded reason.
            *if statuses.is_reopened(state, v) { &mut with_reason } else { &mut plain } += 1;
        }
        let of_set = self.excuses.set(excused).iter();
        with_reason += of_set.filter(|v| self.patched[**v] && statuses.is_open(state, **v)).count() as u64;
        Open { plain, excused: with_reason }
    }

    /// The patched vulnerabilities that are open in a state, and that no recorded reason excuses.
    pub(crate) fn plainly_open<'a>(
        &'a self,
        statuses: &'a EffectiveStatuses,
        state: usize,
        excused: usize,
    ) -> impl Iterator<Item = usize> + 'a {
        let open = statuses.all().open_among(state, &self.plain[excused]);
        open.filter(move |v| !statuses.is_reopened(state, *v))
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
