//! The security updates that one population gets, and what stays open at their ends.

use crate::finding::Finding;
use crate::population::Population;
use crate::scope::Scope;
use crate::search::{Best, Way};
use pkg_format::manifest::LatestOnly;
use std::cell::{OnceCell, RefCell};
use std::cmp::Reverse;
use std::collections::HashMap;
use std::rc::Rc;

/// No more ends of security updates than this are told apart.
const ENDS: usize = 4;

/// A scope as the users of one population see it who lack the same vulnerabilities for a recorded reason.
pub(super) struct Paths<'a, 'm> {
    pub(super) scope: &'a Scope<'m>,
    pub(super) population: &'a Population,
    /// The set of vulnerabilities that they lack for a recorded reason.
    pub(super) excused: usize,
    /// Whether the steps into withdrawn states count.
    withdrawn: bool,
    /// By state: the least that stays open over security updates, as a weight, and the first of them.
    pub(super) best: Vec<Best>,
    ends: OnceCell<Vec<Vec<End>>>,
    public: OnceCell<Vec<Option<Way>>>,
    priced: OnceCell<Vec<Option<Way>>>,
    free: RefCell<HashMap<usize, Rc<Vec<bool>>>>,
    claims: OnceCell<Vec<(usize, &'m LatestOnly)>>,
}

/// Where security updates end: a state, and what is open there.
#[derive(Clone)]
pub(super) struct End {
    pub(super) open: Rc<[usize]>,
    pub(super) state: usize,
    /// Whether it was withdrawn: another end that is as good is named in its place.
    is_withdrawn: bool,
}

impl<'a, 'm> Paths<'a, 'm> {
    pub(super) fn new(
        scope: &'a Scope<'m>,
        population: &'a Population,
        excused: usize,
        best: Vec<Best>,
    ) -> Paths<'a, 'm> {
        Paths {
            scope,
            population,
            excused,
            withdrawn: true,
            best,
            ends: OnceCell::new(),
            public: OnceCell::new(),
            priced: OnceCell::new(),
            free: RefCell::default(),
            claims: OnceCell::new(),
        }
    }

    /// The same without the steps into withdrawn states; `best` is without them too.
    pub(super) fn without_withdrawn(&self, best: Vec<Best>) -> Paths<'a, 'm> {
        Paths { withdrawn: false, ..Paths::new(self.scope, self.population, self.excused, best) }
    }

    /// The same finding about a state for each hardware id of the population.
    pub(super) fn each(&self, v: usize, finding: Finding) -> Vec<Finding> {
        let digest = self.scope.graph.states[v].digest;
        let hardware = self.population.hardware.iter();
        hardware
            .map(|h| Finding { hardware: Some(h.to_string()), digest: Some(digest), ..finding.clone() })
            .collect()
    }

    /// Whether a step is a security update for them.
    pub(super) fn is_secure(&self, step: usize) -> bool {
        let to = self.scope.graph.steps[step].to;
        self.scope.is_secure(self.population, step) && (self.withdrawn || !self.scope.is_withdrawn(to))
    }

    /// The vulnerabilities that are open in a state though there is a fix, and that no recorded reason excuses.
    pub(super) fn open(&self, state: usize) -> impl Iterator<Item = usize> + '_ {
        self.population.plainly_open(&self.scope.statuses, state, self.excused)
    }

    /// The ends of security updates from a state that no other end improves on, the best first: what is open there stays
    /// open.
    pub(super) fn ends(&self, v: usize) -> &[End] {
        let all = self.ends.get_or_init(|| {
            let own = |u: usize| {
                let open: Rc<[usize]> = self.open(u).collect();
                vec![End { open, state: u, is_withdrawn: self.scope.is_withdrawn(u) }]
            };
            self.scope.graph.gather(|s| self.is_secure(s), own, |ends, others| improve(ends, others))
        });
        &all[v]
    }

    /// The way to a state in which nothing stays open, over steps that the maker offers to all of them.
    pub(super) fn public(&self, v: usize) -> Option<(Vec<(usize, usize)>, usize)> {
        let (graph, population) = (&self.scope.graph, self.population);
        let possible = |s: usize| {
            let step = &graph.steps[s];
            population.steps[s] && !step.release.is_testing() && !self.scope.is_withdrawn(step.to)
        };
        self.way(&self.public, v, possible)
    }

    /// The same over security updates alone, also such as cost something or are for another customer.
    pub(super) fn priced(&self, v: usize) -> Option<(Vec<(usize, usize)>, usize)> {
        let (graph, hardware) = (&self.scope.graph, &self.population.hardware[0]);
        let possible = |s: usize| {
            let step = &graph.steps[s];
            let here = step.release.hardware().contains(hardware) && !step.release.is_testing();
            here && step.is_properly_separated() && !self.scope.is_withdrawn(step.to)
        };
        self.way(&self.priced, v, possible)
    }

    fn way(
        &self,
        found: &OnceCell<Vec<Option<Way>>>,
        v: usize,
        possible: impl Fn(usize) -> bool,
    ) -> Option<(Vec<(usize, usize)>, usize)> {
        let graph = &self.scope.graph;
        let pass = |s: usize| self.is_secure(s);
        let good = |s: usize| !self.scope.is_withdrawn(s) && self.open(s).next().is_none();
        let ways = found.get_or_init(|| graph.ways(possible, pass, good));
        ways[v].filter(|way| way.cost > 0)?;
        Some(graph.along(ways, v, pass))
    }

    /// The steps that claim that older versions may be left behind, the newest first.
    pub(super) fn claims(&self) -> &[(usize, &'m LatestOnly)] {
        self.claims.get_or_init(|| {
            let steps = self.scope.graph.steps.iter().enumerate();
            let mut claims: Vec<_> =
                steps.filter_map(|(s, step)| Some((s, step.release.body.latest_only.as_ref()?))).collect();
            claims.sort_by_key(|(s, _)| Reverse(self.scope.graph.steps[*s].release.common.issued));
            claims
        })
    }

    /// Whether a path from a state to another one costs nothing and needs no other hardware or software.
    pub(super) fn is_free_way(&self, from: usize, to: usize) -> bool {
        let found = self.free.borrow().get(&to).cloned();
        let found = found.unwrap_or_else(|| {
            let free = |s: usize| {
                let step = &self.scope.graph.steps[s];
                self.population.steps[s]
                    && step.is_free()
                    && !step.release.is_paid()
                    && !step.release.is_testing()
                    && !self.scope.is_withdrawn(step.to)
            };
            let ways = self.scope.graph.ways(free, |_| true, |s| s == to);
            let leads = Rc::new(ways.iter().map(Option::is_some).collect::<Vec<_>>());
            self.free.borrow_mut().insert(to, Rc::clone(&leads));
            leads
        });
        found[from]
    }
}

/// Adds ends to others, and leaves out those that another one improves on.
fn improve(ends: &mut Vec<End>, others: &[End]) {
    for other in others {
        if ends.iter().all(|end| end.state != other.state) {
            ends.push(other.clone());
        }
    }
    ends.sort_by_key(|end| (end.open.len(), end.is_withdrawn, end.state));
    let mut apart: Vec<End> = Vec::new();
    for end in ends.drain(..) {
        let is_covered = |a: &End| a.open.iter().all(|x| end.open.binary_search(x).is_ok());
        if apart.len() < ENDS && !apart.iter().any(is_covered) {
            apart.push(end);
        }
    }
    *ends = apart;
}
