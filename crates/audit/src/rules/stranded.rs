//! Nobody is stranded (G22): a way leads from every supported release to those with more features that came later, not
//! only to fixes. Who has none will miss the fixes of a line to come.

use crate::finding::Finding;
use crate::population::Population;
use crate::scope::Scope;
use pkg_format::Rule;

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    for population in &scope.populations {
        for v in without_way_on(scope, population) {
            let Some(newest) = newest_beyond(scope, population, v) else { continue };
            let label = scope.label(v);
            let text = format!(
                "no update leads from {label} to a release with more features, although {} came later: its users are stranded",
                scope.label(newest)
            );
            let finding = Finding {
                best: Some(scope.label(newest).to_owned()),
                ..Finding::fail(Rule::G22, label, text).about(scope.graph.states[v].digest)
            };
            let hardware = population.hardware.iter();
            findings.extend(hardware.map(|h| Finding { hardware: Some(h.to_string()), ..finding.clone() }));
        }
    }
}

/// The supported releases from which no update leads to a release with more features.
pub(crate) fn without_way_on<'a>(
    scope: &'a Scope<'_>,
    population: &'a Population,
) -> impl Iterator<Item = usize> + 'a {
    let leads_on = leads_on(scope, population);
    let judged = move |v: &usize| {
        population.states[*v]
            && !leads_on[*v]
            && !scope.is_withdrawn(*v)
            && !scope.graph.states[*v].is_declared()
    };
    scope.supported.iter().copied().filter(judged)
}

/// The newest release with more features than a state has that came later. A feature release of the same second counts: it
/// could have let the users of that state in.
fn newest_beyond(scope: &Scope<'_>, population: &Population, v: usize) -> Option<usize> {
    let graph = &scope.graph;
    let old = &graph.states[v];
    let came_later = |w: &usize| {
        let new = &graph.states[*w];
        let is_offered = population.runs[*w] && new.supported && !scope.is_withdrawn(*w);
        let by_feature = || new.into.iter().any(|s| !graph.steps[*s].is_security());
        let issued = new.placed > old.placed || new.placed == old.placed && by_feature();
        is_offered && issued && new.identity.feature_level > old.identity.feature_level
    };
    (0..graph.states.len()).filter(came_later).max_by_key(|w| (graph.states[*w].placed, *w))
}

/// By state: whether steps of any class lead from there to a release with more features.
fn leads_on(scope: &Scope<'_>, population: &Population) -> Vec<bool> {
    let graph = &scope.graph;
    let is_offered = |s: usize| {
        let step = &graph.steps[s];
        population.steps[s] && !step.release.is_testing() && !scope.is_withdrawn(step.to)
    };
    let features = |s: usize| graph.states[s].identity.feature_level;
    let mut raised = vec![false; graph.states.len()];
    for (s, step) in graph.steps.iter().enumerate().filter(|(s, _)| is_offered(*s)) {
        for &u in graph.takers(s).iter().filter(|u| features(**u) < features(step.to)) {
            raised[u] = true;
        }
    }
    graph.ways(is_offered, |_| true, |u| raised[u]).iter().map(Option::is_some).collect()
}
