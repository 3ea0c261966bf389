//! Fixes that cannot be had apart from a feature release, for a recorded reason, and who is excused by that.

use crate::effective_status::EffectiveStatuses;
use crate::graph::Graph;
use pkg_format::manifest::AlsoFix;
use pkg_format::manifest::feature::ExceptionReason;
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A set of vulnerabilities, by its place in a list.
type Place = usize;

/// Which vulnerabilities the users of each state lack for a recorded reason: a feature release fixes them, says that the
/// fix is not feasible on its own, and can be had from there over security updates alone, free of charge.
#[derive(Debug)]
pub(crate) struct Excuses {
    /// The empty set is the first.
    sets: Vec<BTreeSet<usize>>,
    of: Vec<Place>,
}

impl Excuses {
    /// `steps` says of each step whether it is for these devices, `secure` whether it is a security update for them.
    pub(crate) fn new(
        graph: &Graph<'_>,
        statuses: &EffectiveStatuses,
        steps: &[bool],
        secure: &[bool],
    ) -> Excuses {
        let mut excuses = Excuses { sets: vec![BTreeSet::new()], of: vec![0; graph.states.len()] };
        let mut direct: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (s, step) in graph.steps.iter().enumerate().filter(|(s, _)| steps[*s]) {
            let recorded = step.release.also_fixes().iter().filter(|a| is_not_feasible(a));
            let excused: Vec<usize> = recorded.filter_map(|a| statuses.find(&a.id)).collect();
            let is_offered =
                step.is_free() && !step.release.is_testing() && graph.states[step.to].withdrawn.is_none();
            if is_offered && !excused.is_empty() {
                for &u in graph.takers(s) {
                    direct.entry(u).or_default().extend(&excused);
                }
            }
        }
        if direct.is_empty() {
            return excuses;
        }
        let mut places: HashMap<BTreeSet<usize>, Place> = HashMap::from([(BTreeSet::new(), 0)]);
        let mut place = |sets: &mut Vec<BTreeSet<usize>>, set: BTreeSet<usize>| {
            let next = sets.len();
            let place = *places.entry(set.clone()).or_insert(next);
            if place == next {
                sets.push(set);
            }
            place
        };
        let mut own = vec![0; graph.states.len()];
        for (u, set) in direct {
            own[u] = place(&mut excuses.sets, set);
        }
        let mut unions: HashMap<(Place, Place), Place> = HashMap::new();
        let join = |a: &mut Place, b: &Place| {
            if *b != 0 && *a != *b {
                *a = *unions.entry((*a, *b)).or_insert_with(|| {
                    let union = &excuses.sets[*a] | &excuses.sets[*b];
                    place(&mut excuses.sets, union)
                });
            }
        };
        excuses.of = graph.gather(|s| secure[s], |u| own[u], join);
        excuses
    }

    /// The set of a state.
    pub(crate) fn of(&self, state: usize) -> usize {
        self.of[state]
    }

    /// What is in a set.
    pub(crate) fn set(&self, place: usize) -> &BTreeSet<usize> {
        &self.sets[place]
    }

    /// Every set.
    pub(crate) fn sets(&self) -> impl Iterator<Item = &BTreeSet<usize>> {
        self.sets.iter()
    }
}

/// Whether a feature release records that a fix is not feasible on its own.
pub(crate) fn is_not_feasible(also: &AlsoFix) -> bool {
    also.exception().is_some_and(|(reason, _)| reason == ExceptionReason::NotFeasible)
}
