//! Nobody is forced onto features: security updates alone lead to every fix (G1), with full packages alone (G7),
//! without what was withdrawn (G10), and free of charge (G12).

use super::found::LeftBehind;
use super::latest_only::{self, Left};
use super::paths::Paths;
use super::remedied::{Remedied, remedied};
use crate::finding::Finding;
use crate::phrase::{count, list, stay_open};
use crate::population::Open;
use crate::scope::Scope;
use crate::search::Best;
use crate::set::text;
use crate::time::date;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{Remedy, Separately};
use pkg_format::{Rule, VulnId};

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) -> LeftBehind {
    let mut left_behind = LeftBehind::new();
    // A notice that points to the fix does not help users who cannot get it.
    let remedied = remedied(scope, |r| r.remedy != Remedy::VendorFix);
    for (p, population) in scope.populations.iter().enumerate() {
        let graph = &scope.graph;
        let secure = |s: usize| scope.is_secure(population, s);
        let open = |s: usize| population.open(graph, &scope.statuses, s).weight();
        let best = graph.best(&graph.order, secure, open, |_| 0);
        let full = graph.best(&graph.order, |s| secure(s) && graph.steps[s].full, open, |_| 0);
        // The same without what was withdrawn.
        let is_available = |s: usize| secure(s) && !scope.is_withdrawn(graph.steps[s].to);
        let still_open = |s: usize| if scope.is_withdrawn(s) { u64::MAX } else { open(s) };
        let available = graph.best(&graph.order, is_available, still_open, |_| 0);
        let is_available_full = |s: usize| is_available(s) && graph.steps[s].full;
        let available_full = graph.best(&graph.order, is_available_full, still_open, |_| 0);
        let paths = Paths { scope, population, best };
        for v in (0..graph.states.len()).filter(|v| population.states[*v]) {
            let state = &graph.states[v];
            if !state.supported || !state.stable {
                continue;
            }
            let reached = Open::from_weight(paths.best[v].0);
            if reached.plain > 0 {
                match latest_only::left_behind(&paths, v) {
                    Left::Behind(finding) => {
                        findings.extend(paths.each(v, *finding));
                        left_behind.insert((p, v));
                    }
                    Left::Denied(why) => {
                        let text = format!("{} may not be left behind: {}", scope.label(v), why.join("; "));
                        findings.extend(paths.each(v, Finding::fail(Rule::G8, scope.label(v), text)));
                        stuck(&paths, v, findings);
                    }
                    Left::Not => stuck(&paths, v, findings),
                }
                continue;
            }
            if reached.excused > 0 {
                findings.extend(paths.each(v, excused(&paths, v)));
            }
            let is_cut_off = |best: &[Best]| Open::from_weight(best[v].0).plain > 0;
            if is_cut_off(&full) {
                findings.extend(paths.each(v, only_by_delta(&paths, v, &paths.best)));
            }
            // Users of a withdrawn state in which everything is closed do not wait for a fix.
            if population.open(graph, &scope.statuses, v).plain == 0 {
                continue;
            }
            if is_cut_off(&available) {
                findings.extend(paths.each(v, withdrawn(&paths, v, &available, &remedied)));
            } else if is_cut_off(&available_full) && !is_cut_off(&full) {
                let found = only_by_delta(&paths, v, &available);
                let text = format!("without the withdrawn releases, {}", found.text);
                findings.extend(paths.each(v, Finding { rule: Rule::G10, text, ..found }));
            }
        }
    }
    left_behind
}

/// G1: what stays open, and which step would close it.
fn stuck(paths: &Paths<'_, '_>, v: usize, findings: &mut Vec<Finding>) {
    let (scope, graph) = (paths.scope, &paths.scope.graph);
    let label = scope.label(v);
    // The ends that no other end improves on: what is open there stays open.
    let reached = graph.reach(v, |s| paths.is_secure(s));
    let mut ends: Vec<(Vec<usize>, usize)> = reached.into_iter().map(|s| (paths.open(s), s)).collect();
    ends.sort_by_key(|(open, state)| (open.len(), *state));
    let mut apart: Vec<&(Vec<usize>, usize)> = Vec::new();
    for end in &ends {
        let covered = |a: &&(Vec<usize>, usize)| a.0.iter().all(|x| end.0.binary_search(x).is_ok());
        if !apart.iter().any(covered) && apart.len() < 4 {
            apart.push(end);
        }
    }
    let (open, best) = (&apart[0].0, apart[0].1);
    let ids = scope.ids(open.iter().copied());
    let mut text = match apart.as_slice() {
        [_] if best == v => {
            format!("no security update helps users of {label}: {} {}", list(&ids), stay_open(&ids))
        }
        [_] => format!(
            "security updates take users of {label} no further than {}, where {} {}",
            scope.label(best),
            list(&ids),
            stay_open(&ids)
        ),
        several => {
            let each = several.iter().map(|(open, end)| {
                format!("{} leaves {} open", scope.label(*end), list(&scope.ids(open.iter().copied())))
            });
            format!(
                "no security update closes everything for users of {label}: {}",
                each.collect::<Vec<_>>().join("; ")
            )
        }
    };
    let possible = |s: usize| graph.steps[s].release.hardware().contains(&paths.population.hardware[0]);
    let path = graph.forbidden(v, possible, |s| paths.is_secure(s), |s| paths.open(s).is_empty());
    let mut finding = Finding::fail(Rule::G1, label, "");
    match path.as_deref() {
        None | Some([]) => text.push_str("; no other update would close everything either"),
        Some(steps @ [(first, from), ..]) => {
            let step = scope.step_label(*first, *from);
            let more = match steps.len() {
                1 => String::new(),
                n => format!(" and {}", count(n - 1, "more such update", "more such updates")),
            };
            text.push_str(&format!(
                "; only {step}{more} would close everything, and nobody may be forced to take {}",
                if steps.len() == 1 { "it" } else { "them" }
            ));
            finding.forbidden_edge = Some(step);
        }
    }
    // Those who are stuck at the same end are one cause, also those who are there already.
    let to = finding.forbidden_edge.as_deref().and_then(|edge| edge.split_once('→')).map(|(_, to)| to);
    finding.cause = (apart.len() == 1).then(|| format!("{} {to:?}", scope.label(best)));
    finding.open = ids;
    finding.best = Some(scope.label(best).to_owned());
    finding.text = text;
    findings.extend(paths.each(v, finding));
    only_at_a_price(paths, v, findings);
}

/// G12: what stays open can be closed by an update that costs money, or that another customer has.
fn only_at_a_price(paths: &Paths<'_, '_>, v: usize, findings: &mut Vec<Finding>) {
    let graph = &paths.scope.graph;
    let paid = |s: usize| {
        let step = &graph.steps[s];
        let release = &step.release;
        let here = release.hardware().contains(&paths.population.hardware[0]) && !release.is_testing();
        here && step.is_security() && step.is_properly_separated()
    };
    let path = graph.forbidden(v, paid, |s| paths.is_secure(s), |s| paths.open(s).is_empty());
    if let Some(&[(step, from), ..]) = path.as_deref() {
        let step = paths.scope.step_label(step, from);
        let text = format!(
            "only {step} closes everything for users of {}, and it is not free for all of them",
            paths.scope.label(v)
        );
        let finding =
            Finding { forbidden_edge: Some(step), ..Finding::fail(Rule::G12, paths.scope.label(v), text) };
        findings.extend(paths.each(v, finding));
    }
}

/// G1: everything that stays open has a recorded reason.
fn excused(paths: &Paths<'_, '_>, v: usize) -> Finding {
    let (scope, graph) = (paths.scope, &paths.scope.graph);
    let end = graph.end(&paths.best, v);
    let open = scope.open(paths.population, end);
    let ids = scope.ids(open.iter().copied());
    let what = format!(
        "security updates take users of {} to {}, where {} {} for a recorded reason",
        scope.label(v),
        scope.label(end),
        list(&ids),
        stay_open(&ids)
    );
    let mut finding = Finding::exception(Rule::G1, scope.label(v), what);
    let is_open = |id: &VulnId| scope.statuses.find(id).is_some_and(|x| open.contains(&x));
    let theirs = graph.steps.iter().zip(&paths.population.steps).filter(|(_, theirs)| **theirs);
    let also = theirs.flat_map(|(s, _)| s.release.also_fixes()).filter(|a| is_open(&a.id));
    let mut recorded = also.filter_map(|a| match &a.separately {
        Separately::Exception { reason: ExceptionReason::NotFeasible, rationale, approver } => {
            Some((rationale, approver))
        }
        _ => None,
    });
    let reopened = || graph.steps.iter().flat_map(|s| s.release.reopens()).find(|r| is_open(&r.id));
    if let Some((rationale, approver)) = recorded.next() {
        finding = finding.because(text(rationale), approver.as_str());
    } else if let Some(reopened) = reopened() {
        finding = finding.because(text(&reopened.reason), "");
    }
    Finding { open: ids, best: Some(scope.label(end).to_owned()), ..finding }
}

/// G7: the path to every fix needs a delta package.
fn only_by_delta(paths: &Paths<'_, '_>, v: usize, best: &[Best]) -> Finding {
    let scope = paths.scope;
    let mut at = v;
    let mut step = None;
    while let Some(next) = best[at].1 {
        step = step.or((!scope.graph.steps[next].full).then_some((next, at)));
        at = scope.graph.steps[next].to;
    }
    let by = step
        .map_or_else(String::new, |(s, from)| format!(": {} has no full package", scope.step_label(s, from)));
    let text = format!(
        "users of {} get every fix only by delta packages{by}; a device whose image differs from the base gets none",
        scope.label(v)
    );
    let open = scope.ids(paths.open(v));
    Finding { open, best: Some(scope.label(at).to_owned()), ..Finding::fail(Rule::G7, scope.label(v), text) }
}

/// G10: without what was withdrawn there is no path to every fix; a notice may cover the gap.
fn withdrawn(paths: &Paths<'_, '_>, v: usize, available: &[Best], remedied: &Remedied<'_>) -> Finding {
    let (scope, graph) = (paths.scope, &paths.scope.graph);
    let end = if available[v].0 == u64::MAX { v } else { graph.end(available, v) };
    let open = paths.open(end);
    let (lost, since) = lost(paths, v);
    let ids = scope.ids(open.iter().copied());
    let is_advised = |x: &usize| {
        let advised = remedied.get(&(v, *x));
        paths.population.hardware.iter().all(|h| advised.is_some_and(|a| a.contains(h)))
    };
    let gap = format!(
        "since {} was withdrawn on {}, no security update closes {} for users of {}",
        scope.label(lost),
        date(since),
        list(&ids),
        scope.label(v)
    );
    let finding = match open.iter().all(is_advised) {
        true => Finding::exception(
            Rule::G10,
            scope.label(v),
            format!("{gap}; a notice tells them what to do until there is one"),
        )
        .because("a notice covers the gap until there is a new release", ""),
        false => {
            Finding::fail(Rule::G10, scope.label(v), format!("{gap}, and no notice tells them what to do"))
        }
    };
    Finding { open: ids, best: Some(scope.label(end).to_owned()), ..finding }
}

/// The first withdrawn state on the path that closed the most, and when it was withdrawn.
fn lost(paths: &Paths<'_, '_>, v: usize) -> (usize, u64) {
    let states = &paths.scope.graph.states;
    let mut at = v;
    loop {
        if let Some(since) = states[at].withdrawn {
            return (at, since);
        }
        match paths.best[at].1 {
            Some(step) => at = paths.scope.graph.steps[step].to,
            None => return (at, 0),
        }
    }
}
