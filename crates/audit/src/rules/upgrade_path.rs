//! Nobody is forced onto features: security updates alone lead to every fix (G1), with full packages alone (G7),
//! without what was withdrawn (G10), and free of charge (G12).

use super::found::LeftBehind;
use super::latest_only::{self, Left};
use super::paths::Paths;
use super::remedied::{Remedied, remedied};
use crate::effective_status::EffectiveStatus;
use crate::finding::Finding;
use crate::phrase::{list, stay_open};
use crate::population::Open;
use crate::scope::Scope;
use crate::search::Best;
use crate::set::text;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{Remedy, Separately};
use pkg_format::{Rule, VulnId};

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) -> LeftBehind {
    let mut left = LeftBehind::new();
    // A notice that points to the fix does not help users who cannot get it.
    let remedied = remedied(scope, |r| r.remedy != Remedy::VendorFix);
    for (p, population) in scope.populations.iter().enumerate() {
        let graph = &scope.graph;
        let secure = |s: usize| scope.is_secure(population, s);
        let open = |s: usize| population.open(graph, &scope.statuses, s).weight();
        let best = graph.best(&graph.order, secure, open, |_| 0);
        let full = graph.best(&graph.order, |s| secure(s) && graph.steps[s].full, open, |_| 0);
        let stays = |s: usize| secure(s) && !scope.is_withdrawn(graph.steps[s].to);
        let open_kept = |s: usize| if scope.is_withdrawn(s) { u64::MAX } else { open(s) };
        let kept = graph.best(&graph.order, stays, open_kept, |_| 0);
        let kept_full = graph.best(&graph.order, |s| stays(s) && graph.steps[s].full, open_kept, |_| 0);
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
                        left.insert((p, v));
                    }
                    Left::Denied(why) => {
                        let text = format!("{} cannot be left behind: {}", scope.label(v), why.join("; "));
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
            let lost = |best: &[Best]| Open::from_weight(best[v].0).plain > 0;
            if lost(&full) {
                findings.extend(paths.each(v, only_by_delta(&paths, v, &paths.best)));
            }
            // Who runs a withdrawn state that closes everything is not waiting for a fix.
            if population.open(graph, &scope.statuses, v).plain == 0 {
                continue;
            }
            if lost(&kept) {
                findings.extend(paths.each(v, withdrawn(&paths, v, &kept, &remedied)));
            } else if lost(&kept_full) && !lost(&full) {
                let found = only_by_delta(&paths, v, &kept);
                let text = format!("without what was withdrawn, {}", found.text);
                findings.extend(paths.each(v, Finding { rule: Rule::G10, text, ..found }));
            }
        }
    }
    left
}

fn stuck(paths: &Paths<'_, '_>, v: usize, findings: &mut Vec<Finding>) {
    let (scope, graph) = (paths.scope, &paths.scope.graph);
    let label = scope.label(v);
    // The ends that no other end betters: what is open there is what stays open.
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
            format!("no security update leads on from {label}: {} {}", list(&ids), stay_open(&ids))
        }
        [_] => format!(
            "from {label}, security updates lead at best to {}, where {} {}",
            scope.label(best),
            list(&ids),
            stay_open(&ids)
        ),
        several => {
            let each = several.iter().map(|(open, end)| {
                format!("{} leaves {} open", scope.label(*end), list(&scope.ids(open.iter().copied())))
            });
            format!(
                "from {label}, no security update closes all at once: {}",
                each.collect::<Vec<_>>().join("; ")
            )
        }
    };
    let named = |x: &&usize| !scope.statuses.is_named(graph, v, **x) && undecided(paths, v, **x);
    let undecided = scope.ids(open.iter().filter(named).copied());
    if !undecided.is_empty() {
        text.push_str(&format!(
            "; whether {label} is affected by {} nobody said, so it counts as open",
            list(&undecided)
        ));
    }
    let possible = |s: usize| graph.steps[s].release.hardware().contains(&paths.population.hardware[0]);
    let way = graph.forbidden(v, possible, |s| paths.is_secure(s), |s| paths.open(s).is_empty());
    let mut finding = Finding::fail(Rule::G1, label, "");
    match way.as_deref() {
        None | Some([]) => text.push_str("; no step of any kind closes it"),
        Some(steps @ [(first, from), ..]) => {
            let step = scope.step_label(*first, *from);
            text.push_str(&format!("; only {step} would close it, which nobody may be forced to take"));
            if steps.len() > 1 {
                text.push_str(&format!(" (and {} more like it)", steps.len() - 1));
            }
            finding.forbidden_edge = Some(step);
        }
    }
    finding.open = ids;
    finding.best = Some(scope.label(best).to_owned());
    finding.text = text;
    findings.extend(paths.each(v, finding));
    only_at_a_price(paths, v, findings);
}

fn undecided(paths: &Paths<'_, '_>, v: usize, x: usize) -> bool {
    paths.scope.statuses.status(&paths.scope.graph, v, x) == EffectiveStatus::Undecided
}

/// G12: whether what G1 misses can be had, but for money or by another customer.
fn only_at_a_price(paths: &Paths<'_, '_>, v: usize, findings: &mut Vec<Finding>) {
    let graph = &paths.scope.graph;
    let paid = |s: usize| {
        let step = &graph.steps[s];
        let release = &step.release;
        let here = release.hardware().contains(&paths.population.hardware[0]) && !release.is_testing();
        here && step.is_security() && step.is_properly_separated()
    };
    let way = graph.forbidden(v, paid, |s| paths.is_secure(s), |s| paths.open(s).is_empty());
    if let Some(&[(step, from), ..]) = way.as_deref() {
        let step = paths.scope.step_label(step, from);
        let text = format!(
            "from {}, only {step} closes everything: it is not free for everybody",
            paths.scope.label(v)
        );
        let finding =
            Finding { forbidden_edge: Some(step), ..Finding::fail(Rule::G12, paths.scope.label(v), text) };
        findings.extend(paths.each(v, finding));
    }
}

/// What stays open has a recorded reason.
fn excused(paths: &Paths<'_, '_>, v: usize) -> Finding {
    let (scope, graph) = (paths.scope, &paths.scope.graph);
    let end = graph.end(&paths.best, v);
    let open = scope.open(paths.population, end);
    let ids = scope.ids(open.iter().copied());
    let what = format!(
        "from {}, security updates lead to {}, where {} {} for a recorded reason",
        scope.label(v),
        scope.label(end),
        list(&ids),
        stay_open(&ids)
    );
    let mut finding = Finding::exception(Rule::G1, scope.label(v), what);
    let is_open = |id: &VulnId| scope.statuses.find(id).is_some_and(|x| open.contains(&x));
    let theirs = graph.steps.iter().zip(&paths.population.steps).filter(|(_, theirs)| **theirs);
    let also = theirs.flat_map(|(s, _)| s.release.also_fixes()).filter(|a| is_open(&a.id));
    let recorded = also.filter_map(|a| match &a.separately {
        Separately::Exception { reason: ExceptionReason::NotFeasible, rationale, approver } => {
            Some((rationale, approver))
        }
        _ => None,
    });
    let reopened = || graph.steps.iter().flat_map(|s| s.release.reopens()).find(|r| is_open(&r.id));
    if let Some((rationale, approver)) = { recorded }.next() {
        finding = finding.because(text(rationale), approver.as_str());
    } else if let Some(reopened) = reopened() {
        finding = finding.because(text(&reopened.reason), "");
    }
    Finding { open: ids, best: Some(scope.label(end).to_owned()), ..finding }
}

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
        "from {}, what is open can be closed by delta packages only{by}; a device whose image is not the base's loses the way",
        scope.label(v)
    );
    let open = scope.ids(paths.open(v));
    Finding { open, best: Some(scope.label(at).to_owned()), ..Finding::fail(Rule::G7, scope.label(v), text) }
}

/// G10: without what was withdrawn the way is gone. Notices may cover that.
fn withdrawn(paths: &Paths<'_, '_>, v: usize, kept: &[Best], remedied: &Remedied<'_>) -> Finding {
    let (scope, graph) = (paths.scope, &paths.scope.graph);
    let end = if kept[v].0 == u64::MAX { v } else { graph.end(kept, v) };
    let open = paths.open(end);
    let (lost, since) = lost(paths, v);
    let ids = scope.ids(open.iter().copied());
    let told = |x: &usize| {
        let told = remedied.get(&(v, *x));
        paths.population.hardware.iter().all(|h| told.is_some_and(|t| t.contains(h)))
    };
    let gap = format!(
        "with {} withdrawn, no security update closes {} for {} since {}",
        scope.label(lost),
        list(&ids),
        scope.label(v),
        crate::time::date(since)
    );
    let finding = match open.iter().all(told) {
        true => Finding::exception(
            Rule::G10,
            scope.label(v),
            format!("{gap}; a notice tells its users what helps until there is one"),
        )
        .because("a notice covers the gap until there is a new release", ""),
        false => Finding::fail(
            Rule::G10,
            scope.label(v),
            format!("{gap}, and no notice tells its users what helps"),
        ),
    };
    Finding { open: ids, best: Some(scope.label(end).to_owned()), ..finding }
}

/// The first that was withdrawn on the way that closed the most, and when.
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
