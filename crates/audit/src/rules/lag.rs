//! How long users waited for a fix that others had (G2). A wait that has ended stays in the record: what is signed later
//! excuses nothing from before its date.

use super::feature_fixes;
use super::found::{Found, LeftBehind};
use super::waiting::{Wait, Waiting};
use crate::finding::Finding;
use crate::population::Population;
use crate::scope::Scope;
use crate::spans::Spans;
use crate::time::{date, longer, span};
use pkg_format::Rule;
use pkg_format::manifest::{Status, VexStatus};
use pkg_status::{Open, Word};
use std::cell::OnceCell;
use std::collections::BTreeMap;

pub(super) fn check(
    scopes: &[Scope<'_>],
    place: usize,
    limit: u64,
    left_behind: &LeftBehind,
    found: &mut Found,
) {
    let scope = &scopes[place];
    // By vulnerability: the longest wait, and in which state.
    let mut longest: Vec<Option<(u64, usize)>> = vec![None; scope.statuses.list.len()];
    let corrected = corrected(scope);
    for (p, population) in scope.populations.iter().enumerate() {
        let excused = |v: usize| left_behind.contains(&(p, v));
        let waiting = Waiting::new(scopes, scope, p, left_behind);
        let mut waits: BTreeMap<usize, Vec<(Wait, usize)>> = BTreeMap::new();
        // It is the same for all vulnerabilities that are closed in the same states.
        let pattern = |x: &usize| scope.statuses.all().pattern(*x);
        let mut all: Vec<usize> = (0..scope.statuses.list.len()).filter(|x| population.patched[*x]).collect();
        all.sort_by_key(pattern);
        let mut last: Option<(usize, Vec<Spans>)> = None;
        for x in all {
            if last.as_ref().is_none_or(|(of, _)| *of != pattern(&x)) {
                last = Some((pattern(&x), waiting.available(x)));
            }
            let Some((_, times)) = &last else { continue };
            for (v, wait) in ended(&waiting, x, times) {
                let lag = wait.length;
                if longest[x].is_none_or(|(most, _)| lag > most) {
                    longest[x] = Some((lag, v));
                }
                if lag > limit {
                    waits.entry(v).or_default().push((wait, x));
                }
            }
            taken_back(scope, population, x, times, limit, &excused, &mut found.findings);
            let is_late = |v: usize| !times[v].contains(scope.at) && !excused(v);
            feature_fixes::bundled(scope, population, x, &is_late, &mut found.findings);
        }
        for (v, mut late) in waits {
            late.sort_unstable_by_key(|(wait, x)| std::cmp::Reverse((wait.length, *x)));
            found.findings.extend(too_late(scope, population, v, &late, limit));
        }
        for told in &corrected {
            found.findings.extend(told_wrongly(&waiting, told, limit));
        }
    }
    let longest = longest.into_iter().enumerate().filter_map(|(x, longest)| Some((x, longest?)));
    found.lags.extend(longest.map(|(x, (lag, v))| (place, x, lag, scope.label(v).to_owned())));
}

/// How long users of each state with an open vulnerability waited after others had the fix: until they had it too, and
/// again after their fix was withdrawn, as long as others had one. Those who still wait are left out: G1 tells of them.
fn ended<'a>(
    waiting: &'a Waiting<'_, '_>,
    x: usize,
    times: &'a [Spans],
) -> impl Iterator<Item = (usize, Wait)> + 'a {
    let (scope, first) = (waiting.scope, waiting.population.first[x]);
    let closed = scope.statuses.all().closed_in(x);
    let elsewhere = OnceCell::new();
    waiting.states().filter(move |v| !closed.contains(*v)).flat_map(move |v| {
        let from = first.max(scope.graph.states[v].placed);
        let none = || waiting.is_supported(v, from).then_some(Wait { from, until: from, length: 0 });
        // Most often the fix was there before the state was, and stays.
        if times[v].is_from(from) {
            return none().map(|none| vec![(v, none)]).unwrap_or_default();
        }
        let until = times[v].start().unwrap_or(u64::MAX);
        let wait = |lacked: &Spans| waiting.wait(v, x, lacked);
        let mut waits: Vec<Wait> = wait(&Spans::one(from, until)).into_iter().collect();
        let again = Spans::one(from.max(until), u64::MAX).without(&times[v]);
        if again.start().is_some() {
            let elsewhere = elsewhere.get_or_init(|| waiting.elsewhere(x));
            waits.extend(again.meet(elsewhere).iter().filter_map(|(a, b)| wait(&Spans::one(a, b))));
        }
        if waits.is_empty() {
            waits.extend(none());
        }
        waits.into_iter().filter(|w| w.until <= scope.at).map(|w| (v, w)).collect()
    })
}

/// A state that was said to be affected, until somebody said that it is not.
struct Corrected {
    state: usize,
    vulnerability: usize,
    affected: u64,
    closed: u64,
}

/// Every state that was said to be affected once and is closed today.
fn corrected(scope: &Scope<'_>) -> Vec<Corrected> {
    let statuses = scope.statuses.all();
    let mut since: BTreeMap<(usize, usize), u64> = BTreeMap::new();
    let is_there = |word: Word| matches!(word, Word::Open(Open::Affected | Open::Mitigated));
    for said in statuses.known().said.iter().filter(|s| is_there(s.word)) {
        let x = statuses.vulnerability(said.id);
        if said.state < scope.graph.states.len() && !scope.is_open(said.state, x) {
            let first = since.entry((x, said.state)).or_insert(said.time);
            *first = said.time.min(*first);
        }
    }
    // Words about releases by their numbers are words, too.
    for notice in scope.product.notices_by(scope.at) {
        let affected = |s: &&Status| matches!(s.standing, VexStatus::Affected | VexStatus::Mitigated);
        for status in notice.body.statuses.iter().filter(affected) {
            let Some(x) = scope.statuses.find(&status.id) else { continue };
            for v in status.releases.iter().flat_map(|releases| scope.foretold(releases)) {
                if !scope.is_open(v, x) && scope.graph.states[v].placed < scope.at {
                    let first = since.entry((x, v)).or_insert(notice.common.issued);
                    *first = notice.common.issued.min(*first);
                }
            }
        }
    }
    let mut all = Vec::new();
    let mut column = None;
    for ((vulnerability, state), affected) in since {
        let (_, column) = match column.take().filter(|(x, _)| *x == vulnerability) {
            Some(same) => column.insert(same),
            None => column.insert((vulnerability, statuses.of(vulnerability))),
        };
        if let Some(decided) = column.status(state).decided() {
            all.push(Corrected { state, vulnerability, affected, closed: decided.time });
        }
    }
    all
}

/// G2: users were told that they are affected and had no fix, while others had it, until a statement took that back. It
/// is listed, because the statement that took it back may be wrong.
fn told_wrongly(waiting: &Waiting<'_, '_>, told: &Corrected, limit: u64) -> Vec<Finding> {
    let (scope, population, v, x) = (waiting.scope, waiting.population, told.state, told.vulnerability);
    if !population.patched[x] || !waiting.states().any(|s| s == v) {
        return Vec::new();
    }
    let from = population.first[x].max(scope.graph.states[v].placed).max(told.affected);
    let wait = waiting.wait(v, x, &Spans::one(from, told.closed));
    let Some(wait) = wait.filter(|w| w.length > limit) else { return Vec::new() };
    let text = format!(
        "{} was said to be affected by {} and had no fix from {} to {}; then a statement said that it is not affected",
        scope.label(v),
        scope.id(x),
        date(wait.from),
        date(wait.until)
    );
    let finding = Finding::exception(Rule::G2, scope.label(v), text).about(scope.graph.states[v].digest);
    let finding = Finding { open: vec![scope.id(x).to_string()], ..finding };
    for_hardware(population, &finding)
}

/// A finding for each hardware id of a population.
pub(super) fn for_hardware(population: &Population, finding: &Finding) -> Vec<Finding> {
    let ids = population.hardware.iter();
    ids.map(|h| Finding { hardware: Some(h.to_string()), ..finding.clone() }).collect()
}

/// One finding for each vulnerability: those who waited for the same fix are one cause.
fn too_late(
    scope: &Scope<'_>,
    population: &Population,
    v: usize,
    late: &[(Wait, usize)],
    limit: u64,
) -> Vec<Finding> {
    let each = late.iter().flat_map(|(wait, x)| {
        let id = scope.id(*x);
        let text = format!(
            "users of {} waited {} for the fix of {id} that others already had; the limit is {}",
            scope.label(v),
            longer(wait.length, limit),
            span(limit)
        );
        let finding = Finding::fail(Rule::G2, scope.label(v), text).about(scope.graph.states[v].digest);
        let finding = Finding { open: vec![id.to_string()], ended: wait.ended(scope.at), ..finding };
        for_hardware(population, &finding)
    });
    each.collect()
}

/// G2 where a fix was taken back: the clock runs until the vulnerability is fixed again.
fn taken_back(
    scope: &Scope<'_>,
    population: &Population,
    x: usize,
    times: &[Spans],
    limit: u64,
    excused: &impl Fn(usize) -> bool,
    findings: &mut Vec<Finding>,
) {
    let (graph, id) = (&scope.graph, scope.id(x));
    let reopened = |v: usize| scope.statuses.is_reopened(v, x);
    let waiting =
        scope.supported.iter().copied().filter(|v| population.states[*v] && !excused(*v) && reopened(*v));
    for v in waiting.filter(|v| !times[*v].contains(scope.at)) {
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
            longer(lag, limit),
            span(limit)
        );
        let finding = Finding::fail(Rule::G2, scope.label(v), text).about(graph.states[v].digest);
        let finding = Finding { open: vec![id.to_string()], ..finding };
        findings.extend(for_hardware(population, &finding));
    }
}
