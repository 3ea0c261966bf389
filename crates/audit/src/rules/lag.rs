//! How long users waited for a fix that others had (G2).

use super::feature_fixes;
use super::found::{Found, LeftBehind};
use crate::finding::Finding;
use crate::population::Population;
use crate::scope::Scope;
use crate::search::Best;
use crate::time::span;
use pkg_format::Rule;
use std::collections::BTreeMap;

pub(super) fn check(
    scope: &Scope<'_>,
    limit: u64,
    left_behind: &LeftBehind,
    place: usize,
    found: &mut Found,
) {
    let mut longest: BTreeMap<usize, (u64, String)> = BTreeMap::new();
    for (p, population) in scope.populations.iter().enumerate() {
        let excused = |v: usize| left_behind.contains(&(p, v));
        let order = relevant(scope, population);
        let mut waits: BTreeMap<usize, Vec<(u64, usize)>> = BTreeMap::new();
        // It is the same for all vulnerabilities that are closed in the same states.
        let pattern = |x: &usize| scope.statuses.all().pattern(*x);
        let mut all: Vec<usize> = (0..scope.statuses.list.len()).filter(|x| population.patched[*x]).collect();
        all.sort_by_key(pattern);
        let mut last: Option<(usize, Vec<Best>)> = None;
        for x in all {
            if last.as_ref().is_none_or(|(of, _)| *of != pattern(&x)) {
                last = Some((pattern(&x), available_since(scope, population, &order, x)));
            }
            let Some((_, times)) = &last else { continue };
            for (v, lag) in lags(scope, population, x, times) {
                if excused(v) || lag == u64::MAX {
                    continue;
                }
                let most = longest.entry(x).or_default();
                if lag > most.0 {
                    *most = (lag, scope.label(v).to_owned());
                }
                if lag > limit {
                    waits.entry(v).or_default().push((lag, x));
                }
            }
            taken_back(scope, population, x, times, limit, &excused, &mut found.findings);
            let is_late = |v: usize| times[v].0 == u64::MAX && !excused(v);
            feature_fixes::bundled(scope, population, x, &is_late, &mut found.findings);
        }
        for (v, mut late) in waits {
            late.sort_unstable_by(|a, b| b.cmp(a));
            found.findings.extend(too_late(scope, population, v, &late, limit));
        }
    }
    found.lags.extend(longest.into_iter().map(|(x, (lag, who))| (place, x, lag, who)));
}

/// The supported states of a population, and all states that security steps lead to from there, by security level,
/// the highest first. No other state matters for who waits.
fn relevant(scope: &Scope<'_>, population: &Population) -> Vec<usize> {
    let graph = &scope.graph;
    let mut marked = vec![false; graph.states.len()];
    for state in scope.supported.iter().filter(|s| population.states[**s]) {
        marked[*state] = true;
    }
    for &state in graph.order.iter().rev() {
        if marked[state] {
            for step in graph.steps_from(state).filter(|s| scope.is_secure(population, *s)) {
                marked[graph.steps[step].to] = true;
            }
        }
    }
    graph.order.iter().copied().filter(|s| marked[*s]).collect()
}

/// For each state since when security updates lead from there to a fix of one vulnerability.
fn available_since(scope: &Scope<'_>, population: &Population, order: &[usize], x: usize) -> Vec<Best> {
    scope.graph.best(
        order,
        |s| scope.is_secure(population, s),
        |s| if scope.is_open(s, x) { u64::MAX } else { 0 },
        |s| scope.graph.steps[s].release.common.issued,
    )
}

/// How long users of each state with an open vulnerability waited after others had the fix; `u64::MAX` where they
/// still wait.
fn lags<'a>(
    scope: &'a Scope<'_>,
    population: &'a Population,
    x: usize,
    times: &'a [Best],
) -> impl Iterator<Item = (usize, u64)> + 'a {
    let waiting = move |v: &usize| population.states[*v] && scope.is_open(*v, x);
    scope.supported.iter().copied().filter(waiting).map(move |v| {
        let clock = population.first[x].max(scope.graph.states[v].placed);
        let since = times[v].0;
        (v, if since == u64::MAX { u64::MAX } else { since.saturating_sub(clock) })
    })
}

/// One finding for each vulnerability: those who waited for the same fix are one cause.
fn too_late(
    scope: &Scope<'_>,
    population: &Population,
    v: usize,
    late: &[(u64, usize)],
    limit: u64,
) -> Vec<Finding> {
    let each = late.iter().map(|(lag, x)| {
        let id = scope.id(*x);
        let text = format!(
            "users of {} waited {} for the fix of {id} that others already had; the limit is {}",
            scope.label(v),
            span(*lag),
            span(limit)
        );
        let finding = Finding::fail(Rule::G2, scope.label(v), text).about(scope.graph.states[v].digest);
        Finding { open: vec![id.to_string()], ..finding }
    });
    let hardware = |f: Finding| {
        let ids = population.hardware.iter();
        ids.map(move |h| Finding { hardware: Some(h.to_string()), ..f.clone() })
    };
    each.flat_map(hardware).collect()
}

/// G2 where a fix was taken back: the clock runs until the vulnerability is fixed again.
fn taken_back(
    scope: &Scope<'_>,
    population: &Population,
    x: usize,
    times: &[Best],
    limit: u64,
    excused: &impl Fn(usize) -> bool,
    findings: &mut Vec<Finding>,
) {
    let (graph, id) = (&scope.graph, scope.id(x));
    let reopened = |v: usize| scope.statuses.is_reopened(v, x);
    let waiting =
        scope.supported.iter().copied().filter(|v| population.states[*v] && !excused(*v) && reopened(*v));
    for v in waiting.filter(|v| times[*v].0 == u64::MAX) {
        let line = &graph.states[v].identity.line;
        let of_line = (0..graph.states.len()).filter(|s| graph.states[*s].identity.line == *line);
        let since = of_line.filter(|s| reopened(*s)).map(|s| graph.states[s].placed).min();
        let lag = scope.at.saturating_sub(since.unwrap_or(scope.at));
        if lag <= limit {
            continue;
        }
        let text = format!(
            "users of {} have waited {} for {id} to be fixed again since its fix was taken back; the limit is {}",
            scope.label(v),
            span(lag),
            span(limit)
        );
        let finding = Finding::fail(Rule::G2, scope.label(v), text).about(graph.states[v].digest);
        let finding = Finding { open: vec![id.to_string()], ..finding };
        let hardware = population.hardware.iter();
        findings.extend(hardware.map(|h| Finding { hardware: Some(h.to_string()), ..finding.clone() }));
    }
}
