//! Nobody is forced onto features: security updates alone lead to every fix (G1), with full packages alone (G7),
//! without what was withdrawn (G10), and free of charge (G12).

use super::found::LeftBehind;
use super::latest_only::{self, Left};
use super::paths::Paths;
use super::remedied::Remedied;
use super::waiting::is_offered;
use crate::excuses::is_not_feasible;
use crate::finding::Finding;
use crate::phrase::{count, list, stay_open};
use crate::population::Open;
use crate::scope::Scope;
use crate::search::Best;
use crate::set::text;
use crate::time::date;
use pkg_format::manifest::Remedy;
use pkg_format::{Rule, VulnId};
use pkg_status::Set;
use std::collections::BTreeMap;

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) -> LeftBehind {
    let mut left_behind = LeftBehind::new();
    // A notice that points to the fix does not help users who cannot get it.
    let remedied = Remedied::new(scope, |r| r.remedy != Remedy::VendorFix);
    for (p, population) in scope.populations.iter().enumerate() {
        let judged = |v: &usize| population.states[*v];
        let mut alike: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for v in scope.supported.iter().copied().filter(judged) {
            alike.entry(population.excuses.of(v)).or_default().push(v);
        }
        let standing = standing(scope, p);
        for (excused, states) in alike {
            check_alike(scope, p, (excused, &states), &standing, &remedied, &mut left_behind, findings);
        }
    }
    left_behind
}

/// The vulnerabilities that a release fixes which is for a population or for others in their states, and was not withdrawn.
fn standing(scope: &Scope<'_>, p: usize) -> Set {
    let population = &scope.populations[p];
    let mut all = Set::default();
    let states = (0..scope.graph.states.len()).filter(|s| !scope.is_withdrawn(*s));
    for s in states.filter(|s| is_offered(scope, population, *s)) {
        let new: Vec<usize> = scope.statuses.all().fixed_outside(s, &all).collect();
        new.into_iter().for_each(|x| all.insert(x));
    }
    all
}

/// Checks states of one population whose users lack the same vulnerabilities for a recorded reason. `standing` has those
/// that a release fixes which was not withdrawn.
fn check_alike(
    scope: &Scope<'_>,
    p: usize,
    (excused, states): (usize, &[usize]),
    standing: &Set,
    remedied: &Remedied<'_>,
    left_behind: &mut LeftBehind,
    findings: &mut Vec<Finding>,
) {
    let (graph, population) = (&scope.graph, &scope.populations[p]);
    let secure = |s: usize| scope.is_secure(population, s);
    let weights: Vec<u64> =
        (0..graph.states.len()).map(|s| population.open(&scope.statuses, s, excused).weight()).collect();
    let open = |s: usize| weights[s];
    let best = graph.best(secure, open);
    let full = graph.best(|s| secure(s) && graph.steps[s].full, open);
    // The same without what was withdrawn.
    let is_available = |s: usize| secure(s) && !scope.is_withdrawn(graph.steps[s].to);
    let still_open = |s: usize| if scope.is_withdrawn(s) { u64::MAX } else { open(s) };
    let available = graph.best(is_available, still_open);
    let is_available_full = |s: usize| is_available(s) && graph.steps[s].full;
    let available_full = graph.best(is_available_full, still_open);
    let paths = Paths::new(scope, population, excused, best);
    let rest = paths.without_withdrawn(available);
    for &v in states {
        let reached = Open::from_weight(paths.best[v].0);
        // What was withdrawn helps nobody who has yet to install it, and others have the fix.
        let own = Open::from_weight(weights[v]).plain;
        let end = graph.end(&rest.best, v);
        let is_lost = Open::from_weight(weights[end]).plain > reached.plain
            && own > 0
            && paths.open(end).any(|x| standing.contains(x));
        if reached.plain > 0 || is_lost {
            let lost = is_lost.then(|| lost(&paths, v));
            let paths = if is_lost { &rest } else { &paths };
            match latest_only::left_behind(paths, v) {
                Left::Behind(finding) => {
                    findings.extend(paths.each(v, *finding));
                    left_behind.insert((p, v));
                }
                Left::Denied(why, until) => {
                    let text = format!("{} may not be left behind: {}", scope.label(v), why.join("; "));
                    let best = until.map(|to| scope.label(to).to_owned());
                    let finding = Finding { best, ..Finding::fail(Rule::G8, scope.label(v), text) };
                    findings.extend(paths.each(v, finding));
                    stuck(paths, v, lost, findings);
                }
                Left::Not => stuck(paths, v, lost, findings),
            }
            continue;
        }
        if reached.excused > 0 {
            findings.extend(paths.each(v, without(&paths, v)));
        }
        let is_cut_off = |best: &[Best]| Open::from_weight(best[v].0).plain > 0;
        if is_cut_off(&full) {
            findings.extend(paths.each(v, only_by_delta(&paths, v, &paths.best)));
        }
        // Users of a withdrawn state in which everything is closed do not wait for a fix.
        if own == 0 {
            continue;
        }
        if is_cut_off(&rest.best) {
            findings.extend(paths.each(v, withdrawn(&paths, v, &rest.best, remedied)));
        } else if is_cut_off(&available_full) && !is_cut_off(&full) {
            let found = only_by_delta(&paths, v, &rest.best);
            let text = format!("without the withdrawn releases, {}", found.text);
            findings.extend(paths.each(v, Finding { rule: Rule::G10, text, ..found }));
        }
    }
}

/// G1: what stays open, and which step would close it. `lost` is the withdrawn state that had the fix, and when it was
/// withdrawn.
fn stuck(paths: &Paths<'_, '_>, v: usize, lost: Option<(usize, u64)>, findings: &mut Vec<Finding>) {
    let scope = paths.scope;
    let label = scope.label(v);
    let apart = paths.ends(v);
    let Some(first) = apart.first() else { return };
    let (open, best) = (&first.open, first.state);
    let ids = scope.ids(open.iter().copied());
    let mut text = match apart {
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
            let each = several.iter().map(|end| {
                let ids = scope.ids(end.open.iter().copied());
                format!("{} leaves {} open", scope.label(end.state), list(&ids))
            });
            format!(
                "no security update closes everything for users of {label}: {}",
                each.collect::<Vec<_>>().join("; ")
            )
        }
    };
    if let Some((withdrawn, on)) = lost {
        text = format!("since {} was withdrawn on {}, {text}", scope.label(withdrawn), date(on));
    }
    let mut finding = Finding::fail(Rule::G1, label, "");
    let priced = paths.priced(v);
    if let Some(([(step, from), ..], end)) = priced.as_ref().map(|(steps, end)| (steps.as_slice(), *end)) {
        let step = scope.step_label(*step, *from);
        text.push_str(&format!("; {}, and it is not free for all of them", closing(scope, &step, "", end)));
        finding.forbidden_edge = Some(step);
    } else if let Some(([(step, from), rest @ ..], end)) =
        paths.public(v).as_ref().map(|(steps, end)| (steps.as_slice(), *end))
    {
        let step = scope.step_label(*step, *from);
        let (more, them) = match rest.len() {
            0 => (String::new(), "it"),
            n => (format!(" and {}", count(n, "more such update", "more such updates")), "them"),
        };
        let closing = closing(scope, &step, &more, end);
        text.push_str(&format!("; only {closing}, and nobody may be forced to take {them}"));
        finding.forbidden_edge = Some(step);
    } else {
        text.push_str("; no other update for the public would close everything either");
    }
    // Those who are stuck at the same end are one cause, also those who are there already.
    let to = finding.forbidden_edge.as_deref().and_then(|edge| edge.split_once('→')).map(|(_, to)| to);
    finding.cause = (apart.len() == 1).then(|| format!("{} {to:?}", scope.label(best)));
    finding.open = ids;
    finding.best = Some(scope.label(best).to_owned());
    finding.text = text;
    findings.extend(paths.each(v, finding));
    if let Some((steps, end)) = priced {
        only_at_a_price(paths, v, &steps, end, findings);
    }
}

/// What a step does: it closes everything itself, or it leads to where everything is closed.
fn closing(scope: &Scope<'_>, step: &str, more: &str, end: usize) -> String {
    let end = scope.label(end);
    match step.contains(&format!("→ {end} (")) && more.is_empty() {
        true => format!("{step} would close everything"),
        false => format!("{step}{more} would lead to {end}, where everything is closed"),
    }
}

/// G12: what stays open can be closed by a security update that costs something, or that another customer has.
fn only_at_a_price(
    paths: &Paths<'_, '_>,
    v: usize,
    steps: &[(usize, usize)],
    end: usize,
    findings: &mut Vec<Finding>,
) {
    let Some(&(step, from)) = steps.first() else { return };
    let scope = paths.scope;
    let step = scope.step_label(step, from);
    let text = format!(
        "among the security updates for users of {}, only {}, and it is not free for all of them",
        scope.label(v),
        closing(scope, &step, "", end)
    );
    let finding = Finding { forbidden_edge: Some(step), ..Finding::fail(Rule::G12, scope.label(v), text) };
    findings.extend(paths.each(v, finding));
}

/// G1: everything that stays open has a recorded reason.
fn without(paths: &Paths<'_, '_>, v: usize) -> Finding {
    let (scope, graph) = (paths.scope, &paths.scope.graph);
    let end = graph.end(&paths.best, v);
    let open = scope.open(paths.population, end);
    let ids = scope.ids(open.iter().copied());
    let (label, ids_there) =
        (scope.label(v), format!("{} {} for a recorded reason", list(&ids), stay_open(&ids)));
    let what = match end == v {
        true => format!("no security update leads on from {label}, where {ids_there}"),
        false => format!("security updates take users of {label} to {}, where {ids_there}", scope.label(end)),
    };
    let mut finding = Finding::exception(Rule::G1, scope.label(v), what);
    let is_open = |id: &VulnId| scope.statuses.find(id).is_some_and(|x| open.contains(&x));
    let theirs = graph.steps.iter().zip(&paths.population.steps).filter(|(_, theirs)| **theirs);
    let mut recorded = theirs.flat_map(|(s, _)| {
        let also = s.release.also_fixes().iter().filter(|a| is_not_feasible(a) && is_open(&a.id));
        also.filter_map(move |a| Some((s, a.exception()?.1)))
    });
    let reopened = || graph.steps.iter().flat_map(|s| s.release.reopens()).find(|r| is_open(&r.id));
    if let Some((step, why)) = recorded.next() {
        finding = finding.justified(why, &step.release.common);
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
    let open: Vec<usize> = paths.open(end).collect();
    let (lost, since) = lost(paths, v);
    let ids = scope.ids(open.iter().copied());
    let hardware = &paths.population.hardware;
    let gap = format!(
        "since {} was withdrawn on {}, no security update closes {} for users of {}",
        scope.label(lost),
        date(since),
        list(&ids),
        scope.label(v)
    );
    let finding = if hardware.iter().all(|h| remedied.is_recalled(v, h)) {
        Finding::exception(Rule::G10, scope.label(v), format!("{gap}; a recall tells them what to do"))
            .because("their release or the product is recalled, or they are told to stop using it", "")
    } else if open.iter().all(|x| hardware.iter().all(|h| remedied.tells(v, *x, h))) {
        Finding::exception(
            Rule::G10,
            scope.label(v),
            format!("{gap}; a notice tells them what to do until there is one"),
        )
        .because("a notice covers the gap until there is a new release", "")
    } else {
        Finding::fail(Rule::G10, scope.label(v), format!("{gap}, and no notice tells them what to do"))
    };
    Finding { open: ids, best: Some(scope.label(end).to_owned()), ..finding }
}

/// The first withdrawn state on the path that closed the most, and when it was withdrawn.
fn lost(paths: &Paths<'_, '_>, v: usize) -> (usize, u64) {
    let graph = &paths.scope.graph;
    let next = |at: &usize| paths.best[*at].1.map(|step| graph.steps[step].to);
    let on_the_way = std::iter::successors(next(&v), next).chain([v]);
    let mut withdrawn = on_the_way.filter_map(|s| Some((s, graph.states[s].withdrawn?)));
    withdrawn.next().unwrap_or((v, 0))
}
