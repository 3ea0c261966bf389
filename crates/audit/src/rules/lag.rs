//! How long users waited for a fix that others had (G2), and fixes that ride in feature releases: on
//! their own too (G4), and listed (G15).

use super::Found;
use super::upgrade_path::LeftBehind;
use crate::effective_status::EffectiveStatus;
use crate::finding::Finding;
use crate::population::Population;
use crate::scope::{Scope, list};
use crate::time::span;
use pkg_format::Rule;
use pkg_format::manifest::feature::ExceptionReason;
use std::collections::{BTreeMap, HashMap};

pub(super) fn check(scope: &Scope<'_>, limit: u64, left: &LeftBehind, place: usize, found: &mut Found) {
    let mut longest: BTreeMap<usize, (u64, String)> = BTreeMap::new();
    for (p, population) in scope.populations.iter().enumerate() {
        let excused = |v: usize| left.contains(&(p, v));
        let order = concerned(scope, population);
        let mut waits: BTreeMap<usize, Vec<(u64, usize)>> = BTreeMap::new();
        let mut by_level: HashMap<u64, Vec<(u64, Option<usize>)>> = HashMap::new();
        for x in (0..scope.standings.list.len()).filter(|x| population.patched[*x]) {
            // What levels alone decide is the same for all vulnerabilities of a level.
            let level = scope.standings.by_level(x);
            let times = match level {
                None => &had_at(scope, population, &order, x),
                Some(level) => {
                    &*by_level.entry(level).or_insert_with(|| had_at(scope, population, &order, x))
                }
            };
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
            bundled(scope, population, x, times, &excused, &mut found.findings);
        }
        for (v, mut late) in waits {
            late.sort_unstable_by(|a, b| b.cmp(a));
            found.findings.extend(too_late(scope, population, v, &late, limit));
        }
    }
    silent(scope, &mut found.findings);
    found.lags.extend(longest.into_iter().map(|(x, (lag, who))| (place, x, lag, who)));
}

/// The supported states of a population and all that security steps lead to from there: only they have
/// to do with who waits. By level, the highest first.
fn concerned(scope: &Scope<'_>, population: &Population) -> Vec<usize> {
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

/// Since when each state has a way of security updates to the end of one vulnerability.
fn had_at(
    scope: &Scope<'_>,
    population: &Population,
    order: &[usize],
    x: usize,
) -> Vec<(u64, Option<usize>)> {
    scope.graph.best(
        order,
        |s| scope.is_secure(population, s),
        |s| if scope.is_open(s, x) { u64::MAX } else { 0 },
        |s| scope.graph.steps[s].release.issued,
    )
}

/// How long each state where it was open waited, from when others had the fix.
fn lags<'a>(
    scope: &'a Scope<'_>,
    population: &'a Population,
    x: usize,
    times: &'a [(u64, Option<usize>)],
) -> impl Iterator<Item = (usize, u64)> + 'a {
    let waiting = move |v: &usize| population.states[*v] && scope.is_open(*v, x);
    scope.supported.iter().copied().filter(waiting).map(move |v| {
        let clock = population.first[x].max(scope.graph.states[v].placed);
        let had = times[v].0;
        (v, if had == u64::MAX { u64::MAX } else { had.saturating_sub(clock) })
    })
}

fn too_late(
    scope: &Scope<'_>,
    population: &Population,
    v: usize,
    late: &[(u64, usize)],
    limit: u64,
) -> Vec<Finding> {
    let each: Vec<_> =
        late.iter().map(|(lag, x)| format!("{} ({})", scope.standings.list[*x].id, span(*lag))).collect();
    let text = format!(
        "users of {} waited for fixes that users of other releases had: {}; the limit is {}",
        scope.label(v),
        list(&each),
        span(limit)
    );
    let finding = Finding {
        open: scope.ids(late.iter().map(|(_, x)| *x)),
        ..Finding::fail(Rule::G2, scope.label(v), text).about(scope.graph.states[v].digest)
    };
    let hardware = population.hardware.iter();
    hardware.map(|h| Finding { hardware: Some(h.clone()), ..finding.clone() }).collect()
}

/// A fix that was taken back has its reason, and is late like any other until it is there again.
fn taken_back(
    scope: &Scope<'_>,
    population: &Population,
    x: usize,
    times: &[(u64, Option<usize>)],
    limit: u64,
    excused: &impl Fn(usize) -> bool,
    findings: &mut Vec<Finding>,
) {
    let (graph, id) = (&scope.graph, &scope.standings.list[x].id);
    let reopened = |v: usize| scope.standings.said(v).get(&x) == Some(&EffectiveStatus::Reopened);
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
            "users of {} wait for {id} to be fixed again, {} after its fix was taken back; the limit is {}",
            scope.label(v),
            span(lag),
            span(limit)
        );
        let finding = Finding::fail(Rule::G2, scope.label(v), text).about(graph.states[v].digest);
        let finding = Finding { open: vec![id.clone()], ..finding };
        let hardware = population.hardware.iter();
        findings.extend(hardware.map(|h| Finding { hardware: Some(h.clone()), ..finding.clone() }));
    }
}

/// G4: a fix that rides in a feature release can be had without it.
fn bundled(
    scope: &Scope<'_>,
    population: &Population,
    x: usize,
    times: &[(u64, Option<usize>)],
    excused: &impl Fn(usize) -> bool,
    findings: &mut Vec<Finding>,
) {
    let it = &scope.standings.list[x];
    for &s in &it.also {
        let step = &scope.graph.steps[s];
        let entry = step.release.also_fixes.iter().find(|a| scope.standings.find(&a.id) == Some(x));
        let Some(entry) = entry.filter(|_| population.steps[s]) else { continue };
        let needs = |u: &usize| {
            let state = &scope.graph.states[*u];
            population.states[*u]
                && state.supported
                && state.stable
                && scope.is_open(*u, x)
                && times[*u].0 == u64::MAX
                && !excused(*u)
        };
        let stuck: Vec<_> = scope.graph.sources(s).iter().copied().filter(needs).collect();
        let says_so = |d| scope.graph.place(d).is_some_and(|state| scope.is_open(state, x));
        if entry.separately.iter().any(says_so) {
            let text = format!(
                "{} says that {} can be had on its own in a state where it is open",
                scope.label(step.to),
                it.id
            );
            findings.push(Finding {
                open: vec![it.id.clone()],
                ..Finding::fail(Rule::G4, scope.label(step.to), text).about(step.release.manifest)
            });
        }
        let Some(&u) = stuck.first() else { continue };
        let from: Vec<_> = stuck.iter().map(|u| scope.label(*u).to_owned()).collect();
        let what = format!(
            "the fix of {} rides in {}, and {} cannot get it otherwise",
            it.id,
            scope.step_label(s, u),
            list(&from)
        );
        let finding = match &entry.exception {
            Some((reason @ ExceptionReason::NotFeasible, why)) => {
                Finding::exception(Rule::G4, scope.label(step.to), format!("{what}: {reason}"))
                    .because(&why.rationale, &why.approver)
            }
            Some((reason, _)) => Finding::fail(
                Rule::G4,
                scope.label(step.to),
                format!(
                    "{what}; the reason given, {reason}, does not hold: it is supported and may not be left behind"
                ),
            ),
            None => Finding::fail(Rule::G4, scope.label(step.to), what),
        };
        findings.push(Finding { open: vec![it.id.clone()], ..finding.about(step.release.manifest) });
    }
}

/// G15: a feature release fixes what it does not list.
fn silent(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let graph = &scope.graph;
    let mut levels: Vec<(u64, usize)> = Vec::new();
    for (x, it) in scope.standings.list.iter().enumerate() {
        levels.extend(it.level.map(|level| (level, x)));
    }
    levels.sort_unstable();
    for (s, step) in graph.steps.iter().enumerate().filter(|(_, s)| !s.is_security()) {
        let listed: Vec<_> =
            step.release.also_fixes.iter().filter_map(|a| scope.standings.find(&a.id)).collect();
        let mut hidden: BTreeMap<usize, usize> = BTreeMap::new();
        for &u in graph.sources(s) {
            let (old, new) =
                (graph.states[u].identity.security_level, graph.states[step.to].identity.security_level);
            let passed =
                levels.partition_point(|(l, _)| *l <= old)..levels.partition_point(|(l, _)| *l <= new);
            let by_level = levels.get(passed).unwrap_or_default().iter().map(|(_, x)| *x);
            let told = scope.standings.said(u).keys().chain(scope.standings.said(step.to).keys()).copied();
            for x in by_level.chain(told).filter(|x| !listed.contains(x)) {
                let was = scope.standings.stand(graph, u, x);
                let is = scope.standings.stand(graph, step.to, x);
                if matches!(was, EffectiveStatus::Affected | EffectiveStatus::Mitigated)
                    && is == EffectiveStatus::Fixed
                {
                    hidden.entry(x).or_insert(u);
                }
            }
        }
        for (x, u) in hidden {
            let id = &scope.standings.list[x].id;
            let text = format!(
                "{} fixes {id}, which {} has, and does not list it",
                scope.step_label(s, u),
                scope.label(u)
            );
            findings.push(Finding {
                open: vec![id.clone()],
                ..Finding::fail(Rule::G15, scope.label(step.to), text).about(step.release.manifest)
            });
        }
    }
}
