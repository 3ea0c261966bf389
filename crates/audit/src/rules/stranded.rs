//! Nobody is stranded (G22): a way leads on from every supported release, not only a way to fixes. Who is left without
//! one will miss the next fix.

use crate::finding::Finding;
use crate::population::Population;
use crate::scope::Scope;
use pkg_format::Rule;

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    for population in &scope.populations {
        let leads_on = leads_on(scope, population);
        let mut later: Vec<usize> =
            (0..scope.graph.states.len()).filter(|w| is_offered(scope, population, *w)).collect();
        later.sort_by_key(|w| std::cmp::Reverse((scope.graph.states[*w].placed, *w)));
        for &v in scope.supported.iter().filter(|v| population.states[**v] && !scope.is_withdrawn(**v)) {
            let state = &scope.graph.states[v];
            // The newest comes first, so nothing is later than what was issued before.
            let issued_since =
                later.iter().copied().take_while(|w| scope.graph.states[*w].placed >= state.placed);
            let newest = match leads_on[v] {
                true => None,
                false => issued_since.into_iter().find(|w| is_later(scope, v, *w)),
            };
            let Some(newest) = newest else { continue };
            let text = format!(
                "no update leads from {} to a later release such as {}: its users are stranded",
                scope.label(v),
                scope.label(newest)
            );
            let finding = Finding {
                best: Some(scope.label(newest).to_owned()),
                ..Finding::fail(Rule::G22, scope.label(v), text).about(state.digest)
            };
            let hardware = population.hardware.iter();
            findings.extend(hardware.map(|h| Finding { hardware: Some(h.to_string()), ..finding.clone() }));
        }
    }
}

/// Whether users may be asked to go to a state.
fn is_offered(scope: &Scope<'_>, population: &Population, w: usize) -> bool {
    population.runs[w] && scope.graph.states[w].supported && !scope.is_withdrawn(w)
}

/// Whether a state is later than another: on the same line, or with more features.
fn is_later(scope: &Scope<'_>, than: usize, state: usize) -> bool {
    let (old, new) = (&scope.graph.states[than].identity, &scope.graph.states[state].identity);
    new.feature_level > old.feature_level || new.line == old.line && new.sequence > old.sequence
}

/// By state: whether steps of any class lead from there to a later release. A step never leads back, so a state from which
/// a step leads to another line at the same feature level has what that state has.
fn leads_on(scope: &Scope<'_>, population: &Population) -> Vec<bool> {
    let graph = &scope.graph;
    let mut leads_on = vec![false; graph.states.len()];
    let mut unsettled: Vec<(usize, usize)> = Vec::new();
    for (u, leads) in leads_on.iter_mut().enumerate() {
        for step in graph.steps_from(u) {
            let it = &graph.steps[step];
            let is_offered =
                population.steps[step] && !it.release.is_testing() && is_offered(scope, population, it.to);
            if is_offered && is_later(scope, u, it.to) {
                *leads = true;
                break;
            } else if is_offered {
                unsettled.push((u, it.to));
            }
        }
    }
    loop {
        let found: Vec<usize> =
            unsettled.iter().filter(|(u, w)| !leads_on[*u] && leads_on[*w]).map(|(u, _)| *u).collect();
        if found.is_empty() {
            return leads_on;
        }
        found.into_iter().for_each(|u| leads_on[u] = true);
    }
}
