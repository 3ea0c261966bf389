//! Releases are what their labels say: nothing that was fixed comes back (G5), classes change levels as they promise
//! (G6), levels claim only what is fixed (G14), and one state has one description (G21).

use crate::effective_status::EffectiveStatus;
use crate::finding::Finding;
use crate::phrase::list;
use crate::scope::Scope;
use crate::step::Step;
use pkg_format::Rule;
use pkg_format::manifest::{Outcome, SeparationKind};
use std::collections::BTreeMap;

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    for s in 0..scope.graph.steps.len() {
        unchanged(scope, s, findings);
        regression(scope, s, findings);
        class(scope, s, findings);
    }
    levels_rise(scope, findings);
    claims(scope, findings);
    descriptions(scope, findings);
}

fn about(finding: Finding, step: &Step<'_>) -> Finding {
    finding.about(step.release.digest)
}

/// G14: a security release with the same images as one at a lower security level fixes nothing. A release that replaces a
/// withdrawn one may return to older images.
fn unchanged(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let step = scope.step(s);
    if !step.is_security() || !step.release.common.supersedes.is_empty() {
        return;
    }
    let level = step.release.security_level();
    let same = |other: &&Step<'_>| {
        other.release.state == step.release.state && other.release.security_level() < level
    };
    if let Some(earlier) = scope.graph.steps.iter().find(same) {
        let label = step.release.version();
        let text = format!(
            "the security release {label} has the same images as {}, so it fixes nothing",
            earlier.release.version()
        );
        findings.push(about(Finding::fail(Rule::G14, label, text), step));
    }
}

/// G5: no step brings back what was fixed.
fn regression(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let (graph, statuses, step) = (&scope.graph, &scope.statuses, scope.step(s));
    let new = graph.states[step.to].identity.security_level;
    let mut back: BTreeMap<usize, usize> = BTreeMap::new();
    for &u in graph.sources(s) {
        let old = graph.states[u].identity.security_level;
        let stated = statuses.facts(u).iter().chain(statuses.facts(step.to)).map(|(x, _)| *x);
        let fallen = 0..if new < old { statuses.list.len() } else { 0 };
        for x in stated.chain(fallen) {
            let was = statuses.status(graph, u, x) == EffectiveStatus::Fixed;
            let is = statuses.status(graph, step.to, x);
            // G20 lists what was taken back on purpose.
            if was && is.is_open() && is != EffectiveStatus::Reopened {
                back.entry(x).or_insert(u);
            }
        }
    }
    if back.is_empty() {
        return;
    }
    let ids = scope.ids(back.keys().copied());
    let from = back.values().next().copied().unwrap_or(step.to);
    let text =
        format!("{} brings back {}, fixed in {}", scope.step_label(s, from), list(&ids), scope.label(from));
    let finding = Finding { open: ids, ..Finding::fail(Rule::G5, scope.label(step.to), text) };
    findings.push(about(finding, step));
}

/// G6: a class changes levels as its name promises.
fn class(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let (graph, step) = (&scope.graph, scope.step(s));
    let new = &graph.states[step.to].identity;
    for &u in graph.sources(s) {
        let old = &graph.states[u].identity;
        let keeps = old.line == new.line && old.feature_level == new.feature_level;
        let why = match step.is_security() {
            false if new.feature_level <= old.feature_level => {
                "it is a feature release but does not raise the feature level"
            }
            true if step.effective_kind(old.security_level) != SeparationKind::Inseparable && !keeps => {
                "it is not inseparable but leaves its line or feature level"
            }
            true if new.feature_level < old.feature_level => "it lowers the feature level",
            _ if old.line == new.line && new.security_level < old.security_level => {
                "it lowers the security level on its line"
            }
            _ => continue,
        };
        let text = format!("{}: {why}", scope.step_label(s, u));
        findings.push(about(Finding::fail(Rule::G6, scope.label(step.to), text), step));
    }
}

/// G6: along a line the security level does not fall.
fn levels_rise(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let mut lines: BTreeMap<&str, Vec<usize>> = BTreeMap::new();
    for (i, state) in scope.graph.states.iter().enumerate().filter(|(_, s)| !s.is_declared()) {
        lines.entry(state.identity.line.as_str()).or_default().push(i);
    }
    let of = |s: usize| &scope.graph.states[s].identity;
    for (line, mut states) in lines {
        states.sort_by_key(|s| (of(*s).sequence, *s));
        for pair in states.windows(2) {
            let &[a, b] = pair else { continue };
            let digest = scope.graph.states[b].digest;
            if of(b).security_level < of(a).security_level {
                let text = format!(
                    "on line {line} the security level falls from {} in {} to {} in {}",
                    of(a).security_level,
                    scope.label(a),
                    of(b).security_level,
                    scope.label(b)
                );
                findings.push(Finding::fail(Rule::G6, scope.label(b), text).about(digest));
            }
            if of(a).sequence == of(b).sequence {
                let text = format!(
                    "{} and {} have the same sequence {} on line {line}",
                    scope.label(a),
                    scope.label(b),
                    of(a).sequence
                );
                findings.push(Finding::fail(Rule::G21, scope.label(b), text).about(digest));
            }
        }
    }
}

/// G14: a level claims that everything first fixed at or below it is closed.
fn claims(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let (graph, statuses) = (&scope.graph, &scope.statuses);
    let mut false_claims: BTreeMap<(usize, usize), String> = BTreeMap::new();
    let claims_it = |state: usize, x: usize| {
        statuses.list[x].level.is_some_and(|l| l <= graph.states[state].identity.security_level)
    };
    for state in 0..graph.states.len() {
        for (x, status) in statuses.facts(state) {
            if status.is_open() && *status != EffectiveStatus::Reopened && claims_it(state, *x) {
                false_claims.insert((state, *x), "a statement says that it is open there".into());
            }
        }
    }
    for (x, it) in statuses.list.iter().enumerate() {
        let mut named: Vec<(usize, usize)> = statuses.named_in_lists(x).collect();
        for claim in it.claims.iter().filter(|c| it.level.is_some_and(|l| c.level > l)) {
            let below = graph
                .sources(claim.step)
                .iter()
                .filter(|u| claim.is_for_all() && graph.states[**u].identity.security_level < claim.level);
            named.extend(below.map(|u| (claim.step, *u)));
        }
        for (step, state) in named {
            let settled = statuses
                .stated(state)
                .get(&x)
                .is_some_and(|s| !s.is_open() || *s == EffectiveStatus::Reopened);
            if claims_it(state, x) && !settled {
                let by = scope.label(graph.steps[step].to).to_owned();
                false_claims.entry((state, x)).or_insert(format!("{by} says that this release is affected"));
            }
        }
        for claim in it.claims.iter().filter(|c| c.outcome == Outcome::Mitigated) {
            let to = graph.steps[claim.step].to;
            if claims_it(to, x) && !statuses.stated(to).contains_key(&x) {
                false_claims.insert((to, x), "its own manifest only mitigates it".into());
            }
        }
    }
    for ((state, x), why) in false_claims {
        let it = &statuses.list[x];
        let text = format!(
            "security level {} of {} claims the fix of {}, first fixed at level {}, but {why}",
            graph.states[state].identity.security_level,
            scope.label(state),
            it.id,
            it.level.unwrap_or(0)
        );
        let finding = Finding::fail(Rule::G14, scope.label(state), text).about(graph.states[state].digest);
        findings.push(Finding { open: vec![it.id.to_string()], ..finding });
    }
}

/// G21: manifests that lead to one state describe it in the same way.
fn descriptions(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    for (i, state) in scope.graph.states.iter().enumerate() {
        let differs = |s: &&usize| scope.step(**s).release.identity() != state.identity;
        if let Some(step) = state.into.iter().find(differs) {
            let other = &scope.step(*step).release.body;
            let text = format!(
                "two manifests with the images of {} contradict each other: {} of line {}, levels {} and {}, and {} of line {}, levels {} and {}",
                scope.label(i),
                state.identity.version,
                state.identity.line,
                state.identity.feature_level,
                state.identity.security_level,
                other.identity.version,
                other.identity.line,
                other.identity.feature_level,
                other.identity.security_level
            );
            findings.push(about(Finding::fail(Rule::G21, scope.label(i), text), scope.step(*step)));
        }
    }
}
