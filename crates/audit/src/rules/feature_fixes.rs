//! Fixes in feature releases: they can be had without the feature (G4).

use crate::finding::Finding;
use crate::population::Population;
use crate::scope::Scope;
use pkg_format::manifest::Separately;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::{Digest, Rule};

/// G4: a fix in a feature release can be had without it. `is_late` says of a state whether no security update leads
/// to the fix from there, and nothing excuses that.
pub(super) fn bundled(
    scope: &Scope<'_>,
    population: &Population,
    x: usize,
    is_late: &impl Fn(usize) -> bool,
    findings: &mut Vec<Finding>,
) {
    let it = &scope.statuses.list[x];
    for &s in &it.also {
        let step = &scope.graph.steps[s];
        let entry = step.release.also_fixes().iter().find(|a| scope.statuses.find(&a.id) == Some(x));
        let Some(entry) = entry.filter(|_| population.steps[s]) else { continue };
        let needs = |u: &usize| {
            let state = &scope.graph.states[*u];
            population.states[*u] && state.supported && state.stable && scope.is_open(*u, x) && is_late(*u)
        };
        let stuck: Vec<_> = scope.graph.sources(s).iter().copied().filter(needs).collect();
        let is_open_in = |d| scope.graph.place(d).is_some_and(|state| scope.is_open(state, x));
        let claimed: &[Digest] = if let Separately::In(states) = &entry.separately { states } else { &[] };
        if claimed.iter().any(is_open_in) {
            let text = format!(
                "{} says that a state has the fix of {} on its own, but it is open there",
                scope.label(step.to),
                it.id
            );
            findings.push(Finding {
                open: vec![it.id.to_string()],
                ..Finding::fail(Rule::G4, scope.label(step.to), text).about(step.release.digest)
            });
        }
        // The reason holds for those who can really take the release.
        let takes = |u: &&usize| scope.graph.takers(s).contains(u) && !scope.is_withdrawn(step.to);
        let (can, cannot): (Vec<_>, Vec<_>) = match entry.exception() {
            Some((ExceptionReason::NotFeasible, _)) => stuck.iter().partition(takes),
            _ => (Vec::new(), stuck.iter().collect()),
        };
        for (stuck, is_excused) in [(can, true), (cannot, false)] {
            let Some(&&u) = stuck.first() else { continue };
            let from = scope.releases(stuck.iter().map(|u| **u));
            let step_label = scope.step_label(s, u);
            let what = format!("users of {from} get the fix of {} only with {step_label}", it.id);
            let label = scope.label(step.to);
            let finding = match entry.exception() {
                Some((reason, why)) if is_excused => {
                    let text = format!("{what}; the recorded reason is {reason}");
                    Finding::exception(Rule::G4, label, text).justified(why, &step.release.common)
                }
                Some((reason @ ExceptionReason::NotFeasible, _)) => Finding::fail(
                    Rule::G4,
                    label,
                    format!("{what}; the recorded reason {reason} does not hold: they cannot install it"),
                ),
                Some((reason, _)) => Finding::fail(
                    Rule::G4,
                    label,
                    format!(
                        "{what}; the recorded reason {reason} does not hold: they are supported and may not be left behind"
                    ),
                ),
                None => Finding::fail(Rule::G4, label, what),
            };
            findings.push(Finding {
                open: vec![it.id.to_string()],
                forbidden_edge: Some(step_label),
                ..finding.about(step.release.digest)
            });
        }
    }
}
