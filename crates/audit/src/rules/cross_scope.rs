//! Releases that need another scope (G13): security updates alone must meet what a security update requires.
//!
//! A combination has one state for each of the scopes that requirements tie together. A device reaches it from the
//! states that it can start with, over steps whose requirements are met. From each combination of supported states,
//! security steps alone must lead to one in which nothing is open.

use crate::finding::Finding;
use crate::phrase::{list, stay_open};
use crate::scope::Scope;
use pkg_format::manifest::Need;
use pkg_format::{Id, Rule};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// At most so many combinations of a product are checked, on all its hardware together. States multiply with each
/// scope: a few small packages can make billions, and nobody could read what they say.
const STATES: usize = 200_000;

/// At most so many steps between them are followed.
const STEPS: usize = 2_000_000;

/// What may still be checked.
struct Budget {
    states: usize,
    steps: usize,
}

impl Budget {
    /// Takes so much of it; none where less is left.
    fn take(&mut self, states: usize, steps: usize) -> Option<()> {
        (self.states, self.steps) = (self.states.checked_sub(states)?, self.steps.checked_sub(steps)?);
        Some(())
    }
}

pub(super) fn check(scopes: &[Scope<'_>], findings: &mut Vec<Finding>) {
    let mut budget = Budget { states: STATES, steps: STEPS };
    for tied in tied(scopes) {
        let scopes: Vec<&Scope<'_>> = tied.iter().map(|i| &scopes[*i]).collect();
        let hardware: BTreeSet<&Id> =
            scopes.iter().flat_map(|s| s.populations.iter().flat_map(|p| &p.hardware)).collect();
        // Hardware ids that differ in nothing are checked once.
        let mut alike: BTreeMap<Differences, Vec<&Id>> = BTreeMap::new();
        for id in hardware {
            alike.entry(differences(&scopes, id)).or_default().push(id);
        }
        let mut alike: Vec<_> = alike.into_values().collect();
        alike.sort();
        for ids in alike {
            let Some(first) = ids.first() else { continue };
            Combined::new(&scopes, first, &ids).check(&mut budget, findings);
        }
    }
}

/// Everything in which hardware ids can differ, by scope: the states and steps for them, and the populations.
type Differences = Vec<(Vec<bool>, Vec<bool>, Vec<bool>)>;

fn differences(scopes: &[&Scope<'_>], id: &Id) -> Differences {
    let of = |s: &&Scope<'_>| {
        (
            s.graph.states.iter().map(|state| state.hardware.contains(id)).collect(),
            s.graph.steps.iter().map(|step| step.release.hardware().contains(id)).collect(),
            s.populations.iter().map(|p| p.hardware.contains(id)).collect(),
        )
    };
    scopes.iter().map(of).collect()
}

/// The groups of scopes that requirements tie together, directly or through others.
fn tied(scopes: &[Scope<'_>]) -> Vec<Vec<usize>> {
    let place: BTreeMap<&str, usize> =
        scopes.iter().enumerate().map(|(i, s)| (s.graph.scope.as_str(), i)).collect();
    let mut group: Vec<usize> = (0..scopes.len()).collect();
    let mut any = vec![false; scopes.len()];
    for (i, scope) in scopes.iter().enumerate() {
        for need in scope.graph.steps.iter().flat_map(|s| &s.release.body.requires) {
            any[i] = true;
            let Some(&other) = place.get(need.scope.as_str()) else { continue };
            any[other] = true;
            let (from, to) = (group[other], group[i]);
            group.iter_mut().filter(|g| **g == from).for_each(|g| *g = to);
        }
    }
    let mut all: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for (i, g) in group.iter().enumerate().filter(|(i, _)| any[*i]) {
        all.entry(*g).or_default().push(i);
    }
    all.into_values().collect()
}

/// A state for each scope, in their order.
type Combination = Vec<usize>;

struct Combined<'a, 'm> {
    scopes: &'a [&'a Scope<'m>],
    hardware: &'a Id,
    /// This and every hardware id like it, for people.
    named: String,
    /// What is open, by scope and state.
    open: Vec<Vec<Vec<usize>>>,
}

impl<'a, 'm> Combined<'a, 'm> {
    fn new(scopes: &'a [&'a Scope<'m>], hardware: &'a Id, alike: &[&Id]) -> Self {
        let mut combined = Combined { scopes, hardware, named: named(alike), open: Vec::new() };
        let states = |i: usize| 0..scopes[i].graph.states.len();
        combined.open =
            (0..scopes.len()).map(|i| states(i).map(|s| combined.open_in(i, s)).collect()).collect();
        combined
    }
}

/// Hardware ids in a sentence: the first ones, and how many more there are.
fn named(hardware: &[&Id]) -> String {
    const NAMED: usize = 4;
    let few: Vec<_> = hardware.iter().take(NAMED).map(|id| id.as_str()).collect();
    match hardware.len().saturating_sub(NAMED) {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}

impl Combined<'_, '_> {
    fn runs(&self, scope: usize, state: usize) -> bool {
        self.scopes[scope].graph.states[state].hardware.contains(self.hardware)
    }

    /// Whether a combination meets what a step requires.
    fn met(&self, scope: usize, step: usize, at: &Combination) -> bool {
        self.scopes[scope].graph.steps[step].release.body.requires.iter().all(|need| {
            let Some(other) = self.scopes.iter().position(|s| s.graph.scope == need.scope.as_str()) else {
                return false;
            };
            let graph = &self.scopes[other].graph;
            match &need.need {
                Need::State(state) => graph.is_all_of(state, at[other]),
                Need::Line { line, from } => {
                    let there = &graph.states[at[other]].identity;
                    there.line == *line && there.sequence >= *from
                }
            }
        })
    }

    fn is_for_them(&self, scope: usize, step: usize) -> bool {
        let release = self.scopes[scope].graph.steps[step].release;
        release.hardware().contains(self.hardware) && !release.is_testing() && release.tailor_made().is_none()
    }

    fn is_secure(&self, scope: usize, step: usize) -> bool {
        let it = &self.scopes[scope].graph.steps[step];
        self.is_for_them(scope, step) && it.is_properly_separated() && it.is_free()
    }

    fn next(&self, at: &Combination, secure: bool) -> Vec<(Combination, (usize, usize))> {
        let mut all = Vec::new();
        for scope in 0..self.scopes.len() {
            let graph = &self.scopes[scope].graph;
            for step in graph.steps_from(at[scope]) {
                let counts = match secure {
                    true => self.is_secure(scope, step),
                    false => self.is_for_them(scope, step),
                };
                if counts && self.met(scope, step, at) {
                    let mut to = at.clone();
                    to[scope] = graph.steps[step].to;
                    all.push((to, (scope, step)));
                }
            }
        }
        all
    }

    /// The states that a scope can start with, and those that exist though no path leads to them from there (VER-5).
    fn first(&self, scope: usize, mut here: Vec<usize>) -> Vec<usize> {
        let graph = &self.scopes[scope].graph;
        here.sort_by_key(|s| (!graph.states[*s].first, graph.states[*s].placed));
        let mut reached = BTreeSet::new();
        let mut first = Vec::new();
        for state in here {
            if graph.states[state].first || !reached.contains(&state) {
                reached.extend(graph.reach(state, |step| self.is_for_them(scope, step)));
                first.push(state);
            }
        }
        first
    }

    /// Every combination that a device can reach, or none where there are too many.
    fn reached(&self, budget: &mut Budget) -> Option<Vec<Combination>> {
        let mut starts: Vec<Combination> = vec![Vec::new()];
        for (i, scope) in self.scopes.iter().enumerate() {
            let all = 0..scope.graph.states.len();
            let here: Vec<usize> = all.filter(|s| self.runs(i, *s)).collect();
            let from = self.first(i, here);
            budget.take(starts.len().saturating_mul(from.len()), 0)?;
            starts = starts
                .iter()
                .flat_map(|v| from.iter().map(move |s| [v.as_slice(), &[*s]].concat()))
                .collect();
        }
        let mut seen: BTreeSet<Combination> = starts.iter().cloned().collect();
        let mut queue: Vec<Combination> = seen.iter().cloned().collect();
        let mut next = 0;
        while let Some(at) = queue.get(next).cloned() {
            next += 1;
            let reached = self.next(&at, false);
            budget.take(0, reached.len())?;
            for (to, _) in reached {
                if seen.insert(to.clone()) {
                    budget.take(1, 0)?;
                    queue.push(to);
                }
            }
        }
        Some(queue)
    }

    /// What is open in a state of a scope though there is a fix, and has no recorded reason.
    fn open_in(&self, scope: usize, state: usize) -> Vec<usize> {
        let scope = self.scopes[scope];
        let theirs =
            |p: &&crate::population::Population| p.hardware.contains(self.hardware) && p.customer.is_none();
        let Some(population) = scope.populations.iter().find(theirs) else { return Vec::new() };
        population.plainly_open(&scope.statuses, state, population.excuses.of(state)).collect()
    }

    /// What is open in a combination: scope and vulnerability.
    fn open(&self, at: &Combination) -> Vec<(usize, usize)> {
        let each = at.iter().enumerate();
        each.flat_map(|(i, s)| self.open[i][*s].iter().map(move |x| (i, *x))).collect()
    }

    fn check(&self, budget: &mut Budget, findings: &mut Vec<Finding>) {
        let Some(reached) = self.reached(budget) else {
            let text = format!(
                "the scopes have more than {STATES} combinations of states, or {STEPS} steps between them: not checked on {}",
                self.named
            );
            findings.push(Finding::fail(Rule::G13, self.scopes[0].product.name.clone(), text));
            return;
        };
        let best = self.best(&reached);
        let alone: Vec<Vec<usize>> = (0..self.scopes.len()).map(|i| self.alone(i)).collect();
        // One finding for each set of open vulnerabilities, not for each combination.
        let mut reported: BTreeSet<(Vec<String>, Vec<String>)> = BTreeSet::new();
        for (n, at) in reached.iter().enumerate() {
            let states = at.iter().enumerate().map(|(i, s)| &self.scopes[i].graph.states[*s]);
            if !states.clone().all(|s| s.supported && s.stable && s.customer.is_none()) {
                continue;
            }
            let (fewest, end) = best[n];
            // G1 reports what a scope cannot close on its own.
            let alone: usize = at.iter().zip(&alone).map(|(s, fewest)| fewest[*s]).sum();
            if fewest <= alone {
                continue;
            }
            let end = &reached[end];
            let ids = |list: Vec<(usize, usize)>| -> Vec<String> {
                list.into_iter().map(|(i, x)| self.scopes[i].id(x).to_string()).collect()
            };
            let open = ids(self.open(end));
            let blocked = self.blocked(end);
            if !reported.insert((open.clone(), blocked.clone())) {
                continue;
            }
            let mut text = format!(
                "on {}, security updates take users of {} no further than {}, where {} {}",
                self.named,
                self.name(at),
                self.name(end),
                list(&open),
                stay_open(&open)
            );
            if !blocked.is_empty() {
                text.push_str(&format!("; {}", blocked.join("; ")));
            }
            findings.push(Finding {
                open,
                hardware: Some(self.named.clone()),
                best: Some(self.name(end)),
                forbidden_edge: blocked.first().cloned(),
                ..Finding::fail(Rule::G13, self.name(at), text)
            });
        }
    }

    fn name(&self, at: &Combination) -> String {
        let each = at.iter().enumerate().map(|(i, s)| self.scopes[i].label(*s));
        each.collect::<Vec<_>>().join(" with ")
    }

    /// For each state of a scope the fewest vulnerabilities that stay open over security steps, if it never had to wait
    /// for another scope.
    fn alone(&self, scope: usize) -> Vec<usize> {
        let graph = &self.scopes[scope].graph;
        let open = |s: usize| self.open[scope][s].len() as u64;
        let best = graph.best(|step| self.is_secure(scope, step), open);
        best.into_iter().map(|(fewest, _)| usize::try_from(fewest).unwrap_or(usize::MAX)).collect()
    }

    /// For each combination the fewest vulnerabilities that stay open over security steps, and where.
    fn best(&self, reached: &[Combination]) -> Vec<(usize, usize)> {
        let place: HashMap<&Combination, usize> = reached.iter().enumerate().map(|(n, at)| (at, n)).collect();
        let level = |at: &Combination| -> u64 {
            let each = at.iter().enumerate().map(|(i, s)| &self.scopes[i].graph.states[*s].identity);
            each.fold(0, |sum, identity| sum.saturating_add(identity.security_level))
        };
        // A security step raises a level, so the combination it leads to is done before the one it starts from.
        let mut order: Vec<usize> = (0..reached.len()).collect();
        order.sort_by_key(|n| (std::cmp::Reverse(level(&reached[*n])), *n));
        let mut best = vec![(usize::MAX, 0); reached.len()];
        for n in order {
            let mut found = (self.open(&reached[n]).len(), n);
            if found.0 > 0 {
                for (to, _) in self.next(&reached[n], true) {
                    let there = place.get(&to).map_or((usize::MAX, 0), |to| best[*to]);
                    if there.0 < found.0 {
                        found = there;
                    }
                }
            }
            best[n] = found;
        }
        best
    }

    /// The security steps from a combination that only unmet requirements block.
    fn blocked(&self, at: &Combination) -> Vec<String> {
        let mut all = Vec::new();
        for (i, scope) in self.scopes.iter().enumerate() {
            for step in
                scope.graph.steps_from(at[i]).filter(|s| self.is_secure(i, *s) && !self.met(i, *s, at))
            {
                let needs = scope.graph.steps[step].release.body.requires.iter().map(|need| {
                    let what = match &need.need {
                        Need::State(state) => format!("state {}", state.short()),
                        Need::Line { line, from } => format!("release {from} or later of line {line}"),
                    };
                    format!("{what} of scope {}", need.scope)
                });
                let needs: Vec<_> = needs.collect();
                all.push(format!("{} needs {}", scope.step_label(step, at[i]), needs.join(" and ")));
            }
        }
        all
    }
}
