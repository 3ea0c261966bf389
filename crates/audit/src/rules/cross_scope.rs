//! Several scopes together (G13): a security step that needs another scope must find it there without
//! features.
//!
//! A joint state has one state for each scope that requirements tie together. It is reached from what
//! a device can start with, over steps whose requirements hold on the way; from each one that is
//! supported, security steps alone must lead to where nothing is open.

use crate::finding::Finding;
use crate::phrase::{list, stay_open};
use crate::scope::Scope;
use pkg_format::{Id, Rule};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// So many joint states of a product are looked at, on all its hardware together; more say nothing that a person
/// could still read. States multiply with each scope, and a few small packages can ask for billions.
const STATES: usize = 200_000;

/// So many steps between them.
const STEPS: usize = 2_000_000;

/// What may still be looked at.
struct Budget {
    states: usize,
    steps: usize,
}

impl Budget {
    /// Takes so much of it; nothing where that is more than there is.
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
        // Hardware for which all is the same is looked at once.
        let mut alike: BTreeMap<Fate, Vec<&Id>> = BTreeMap::new();
        for id in hardware {
            alike.entry(fate(&scopes, id)).or_default().push(id);
        }
        let mut alike: Vec<_> = alike.into_values().collect();
        alike.sort();
        for ids in alike {
            let Some(first) = ids.first() else { continue };
            Joint::new(&scopes, first, &ids).check(&mut budget, findings);
        }
    }
}

/// All that an audit sees of a hardware id, by scope: states and steps for it, and who has it.
type Fate = Vec<(Vec<bool>, Vec<bool>, Vec<bool>)>;

fn fate(scopes: &[&Scope<'_>], id: &Id) -> Fate {
    let of = |s: &&Scope<'_>| {
        (
            s.graph.states.iter().map(|state| state.hardware.contains(id)).collect(),
            s.graph.steps.iter().map(|step| step.release.hardware().contains(id)).collect(),
            s.populations.iter().map(|p| p.hardware.contains(id)).collect(),
        )
    };
    scopes.iter().map(of).collect()
}

/// Scopes that requirements tie together, directly or through others.
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
type Vector = Vec<usize>;

struct Joint<'a, 'm> {
    scopes: &'a [&'a Scope<'m>],
    hardware: &'a Id,
    /// That and all that is like it, for people.
    named: String,
    /// What stands open, by scope and state.
    open: Vec<Vec<Vec<usize>>>,
}

impl<'a, 'm> Joint<'a, 'm> {
    fn new(scopes: &'a [&'a Scope<'m>], hardware: &'a Id, alike: &[&Id]) -> Self {
        let mut joint = Joint { scopes, hardware, named: named(alike), open: Vec::new() };
        let states = |i: usize| 0..scopes[i].graph.states.len();
        joint.open = (0..scopes.len()).map(|i| states(i).map(|s| joint.open_in(i, s)).collect()).collect();
        joint
    }
}

/// Hardware in a sentence: a few of it, and how many more there are.
fn named(hardware: &[&Id]) -> String {
    const NAMED: usize = 4;
    let few: Vec<_> = hardware.iter().take(NAMED).map(|id| id.as_str()).collect();
    match hardware.len().saturating_sub(NAMED) {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}

impl Joint<'_, '_> {
    fn runs(&self, scope: usize, state: usize) -> bool {
        self.scopes[scope].graph.states[state].hardware.contains(self.hardware)
    }

    /// Whether what a step requires is there.
    fn met(&self, scope: usize, step: usize, at: &Vector) -> bool {
        self.scopes[scope].graph.steps[step].release.body.requires.iter().all(|need| {
            let Some(other) = self.scopes.iter().position(|s| s.graph.scope == need.scope.as_str()) else {
                return false;
            };
            let graph = &self.scopes[other].graph;
            let there = &graph.states[at[other]].identity;
            need.min_security_level.is_none_or(|least| there.security_level >= least)
                && need.min_feature_level.is_none_or(|least| there.feature_level >= least)
                && need.state.is_none_or(|d| graph.is_all_of(&d, at[other]))
        })
    }

    fn is_for_them(&self, scope: usize, step: usize) -> bool {
        let release = self.scopes[scope].graph.steps[step].release;
        release.hardware().contains(self.hardware) && !release.is_testing() && release.tailor_made().is_none()
    }

    fn is_secure(&self, scope: usize, step: usize) -> bool {
        let it = &self.scopes[scope].graph.steps[step];
        self.is_for_them(scope, step) && it.is_security() && it.is_properly_separated()
    }

    fn next(&self, at: &Vector, secure: bool) -> Vec<(Vector, (usize, usize))> {
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

    /// What can be the first thing in a scope; and what no way leads to from there, but is there (VER-5).
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

    /// Every joint state that a device can come to, or nothing where they are too many.
    fn reached(&self, budget: &mut Budget) -> Option<Vec<Vector>> {
        let mut starts: Vec<Vector> = vec![Vec::new()];
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
        let mut seen: BTreeSet<Vector> = starts.iter().cloned().collect();
        let mut queue: Vec<Vector> = seen.iter().cloned().collect();
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

    /// What stands open in a state of a scope though there is a fix, without a recorded reason.
    fn open_in(&self, scope: usize, state: usize) -> Vec<usize> {
        let scope = self.scopes[scope];
        let theirs =
            |p: &&crate::population::Population| p.hardware.contains(self.hardware) && p.customer.is_none();
        let Some(population) = scope.populations.iter().find(theirs) else { return Vec::new() };
        scope.open(population, state).into_iter().filter(|x| !population.is_excused(*x)).collect()
    }

    /// What stands open in a joint state, by scope.
    fn open(&self, at: &Vector) -> Vec<(usize, usize)> {
        let each = at.iter().enumerate();
        each.flat_map(|(i, s)| self.open[i][*s].iter().map(move |x| (i, *x))).collect()
    }

    fn check(&self, budget: &mut Budget, findings: &mut Vec<Finding>) {
        let Some(reached) = self.reached(budget) else {
            let text = format!(
                "more than {STATES} combinations of scopes, or {STEPS} steps between them: not judged on {}",
                self.named
            );
            findings.push(Finding::fail(Rule::G13, self.scopes[0].product.name.clone(), text));
            return;
        };
        let best = self.best(&reached);
        let alone: Vec<Vec<usize>> = (0..self.scopes.len()).map(|i| self.alone(i)).collect();
        // One finding for what each scope has in it, not for each combination.
        let mut told: BTreeSet<(Vec<String>, Vec<String>)> = BTreeSet::new();
        for (n, at) in reached.iter().enumerate() {
            let states = at.iter().enumerate().map(|(i, s)| &self.scopes[i].graph.states[*s]);
            if !states.clone().all(|s| s.supported && s.stable && s.customer.is_none()) {
                continue;
            }
            let (fewest, end) = best[n];
            // What a scope cannot close on its own is G1's finding.
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
            if !told.insert((open.clone(), blocked.clone())) {
                continue;
            }
            let mut text = format!(
                "on {}, from {} security updates lead at best to {}, where {} {}",
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

    fn name(&self, at: &Vector) -> String {
        let each = at.iter().enumerate().map(|(i, s)| self.scopes[i].label(*s));
        each.collect::<Vec<_>>().join(" with ")
    }

    /// The fewest that stay open over security steps from each state of a scope, if it never had to wait
    /// for another.
    fn alone(&self, scope: usize) -> Vec<usize> {
        let graph = &self.scopes[scope].graph;
        let open = |s: usize| self.open[scope][s].len() as u64;
        let best = graph.best(&graph.order, |step| self.is_secure(scope, step), open, |_| 0);
        best.into_iter().map(|(fewest, _)| usize::try_from(fewest).unwrap_or(usize::MAX)).collect()
    }

    /// The fewest that stay open over security steps from each joint state, and in which of them.
    fn best(&self, reached: &[Vector]) -> Vec<(usize, usize)> {
        let place: HashMap<&Vector, usize> = reached.iter().enumerate().map(|(n, at)| (at, n)).collect();
        let level = |at: &Vector| -> u64 {
            let each = at.iter().enumerate().map(|(i, s)| &self.scopes[i].graph.states[*s].identity);
            each.fold(0, |sum, identity| sum.saturating_add(identity.security_level))
        };
        // A security step raises a level: where it leads is known before where it starts.
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

    /// Security steps from here that only their requirements hold back.
    fn blocked(&self, at: &Vector) -> Vec<String> {
        let mut all = Vec::new();
        for (i, scope) in self.scopes.iter().enumerate() {
            for step in
                scope.graph.steps_from(at[i]).filter(|s| self.is_secure(i, *s) && !self.met(i, *s, at))
            {
                let needs = scope.graph.steps[step].release.body.requires.iter().map(|need| {
                    let mut what = Vec::new();
                    what.extend(need.min_security_level.map(|l| format!("security level {l}")));
                    what.extend(need.min_feature_level.map(|l| format!("feature level {l}")));
                    what.extend(need.state.map(|d| format!("state {}", d.short())));
                    format!("{} of scope {}", what.join(" and "), need.scope)
                });
                let needs: Vec<_> = needs.collect();
                all.push(format!("{} needs {}", scope.step_label(step, at[i]), needs.join(" and ")));
            }
        }
        all
    }
}
