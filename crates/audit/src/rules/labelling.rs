//! What releases say is what they do: nothing rides along (G3), nothing comes back (G5, G20), classes
//! keep their promise (G6, G17, G18), levels claim what is there (G14), one state has one description
//! (G21).

use crate::effective_status::EffectiveStatus;
use crate::finding::Finding;
use crate::graph::Step;
use crate::model::{Class, Justified};
use crate::scope::{Scope, list};
use pkg_format::Rule;
use pkg_format::manifest::{Effect, Outcome, SeparationKind};
use pkg_format::touches::{Pattern, covers_everything};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    for s in 0..scope.graph.steps.len() {
        piggyback(scope, s, findings);
        unchanged(scope, s, findings);
        touches_everything(scope, s, findings);
        separable(scope, s, findings);
        regression(scope, s, findings);
        class(scope, s, findings);
        passed(scope, s, findings);
        asides(scope, s, findings);
    }
    levels_rise(scope, findings);
    claims(scope, findings);
    descriptions(scope, findings);
}

fn about(finding: Finding, step: &Step<'_>) -> Finding {
    finding.about(step.release.manifest)
}

/// The kind of a security step and what justified it.
fn kind<'m>(step: &Step<'m>) -> Option<(SeparationKind, Option<&'m Justified>)> {
    match &step.release.class {
        Class::Security { kind, justified } => Some((*kind, justified.as_ref())),
        Class::Feature => None,
    }
}

/// G3: a change in a security release is one that a fix of it needs.
fn piggyback(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let step = scope.step(s);
    let Some((kind, justified)) = kind(step) else { return };
    let label = scope.label(step.to);
    let fixes: BTreeSet<_> = step.release.fixes.iter().map(|f| &f.id).collect();
    for change in step.release.changes.iter().filter(|c| c.effect != Effect::Corrected) {
        let own = change.level == step.release.identity.security_level;
        let why = match change.necessary_for.iter().find(|n| !fixes.contains(n)) {
            _ if change.necessary_for.is_empty() => "no fix needs it".to_owned(),
            Some(other) => format!("it is said to be needed for {other}, which this release does not fix"),
            None if own && kind == SeparationKind::Pure => "the release calls itself pure".to_owned(),
            None => continue,
        };
        let text = format!("the security release {label} brings the change {}: {why}", change.id);
        findings.push(about(Finding::fail(Rule::G3, label, text), step));
    }
    if kind == SeparationKind::Pure {
        return;
    }
    let own = step
        .release
        .changes
        .iter()
        .filter(|c| c.level == step.release.identity.security_level && c.effect != Effect::Corrected);
    let changes: Vec<_> = own.map(|c| format!("{} ({})", c.id, c.effect)).collect();
    match justified {
        None => {
            let text = format!("the security release {label} is {kind} and does not say why");
            findings.push(about(Finding::fail(Rule::G3, label, text), step));
        }
        Some(why) => {
            let text = format!("the security release {label} is {kind}: it brings {}", list(&changes));
            let finding = Finding::exception(Rule::G3, label, text).because(&why.rationale, &why.approver);
            findings.push(about(finding, step));
        }
    }
}

/// G14: a security release whose images were all there at a lower security level claims fixes that are not in it. One
/// that takes the place of a withdrawn release may go back to the images from before.
fn unchanged(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let step = scope.step(s);
    if kind(step).is_none() || !step.release.supersedes.is_empty() {
        return;
    }
    let level = step.release.identity.security_level;
    let same = |other: &&Step<'_>| {
        other.release.state == step.release.state && other.release.identity.security_level < level
    };
    if let Some(earlier) = scope.graph.steps.iter().find(same) {
        let label = step.release.identity.version.to_string();
        let text = format!(
            "the security release {label} has the very images of {}: nothing is fixed in it",
            earlier.release.identity.version
        );
        findings.push(about(Finding::fail(Rule::G14, label, text), step));
    }
}

/// G3: fixes that say that they touch everything say nothing: whatever changed, no check could tell.
fn touches_everything(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let step = scope.step(s);
    let release = step.release;
    let components: Vec<_> = release.images.iter().map(|(component, _)| component.as_str()).collect();
    let new = release.fixes.iter().filter(|f| f.level == release.identity.security_level);
    let touches: Vec<&str> = new.flat_map(|f| &f.touches).map(String::as_str).collect();
    let patterns: Vec<_> = touches.iter().map(|t| Pattern::new(t, &components)).collect();
    let all = components.iter().filter(|c| covers_everything(&patterns, c));
    let all: Vec<_> = all.map(|c| (*c).to_owned()).collect();
    if kind(step).is_none() || all.is_empty() {
        return;
    }
    let label = scope.label(step.to);
    let written: Vec<_> = touches.iter().map(|t| (*t).to_owned()).collect();
    let text = format!(
        "the fixes of the security release {label} say that they touch every file of {} (touches: {}), so nobody can tell what else changed",
        list(&all),
        list(&written)
    );
    findings.push(about(Finding::exception(Rule::G3, label, text), step));
}

/// G3: a fix that needs no change rides on a release that is not pure.
fn separable(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let (graph, step) = (&scope.graph, scope.step(s));
    if kind(step).is_none_or(|(kind, _)| kind == SeparationKind::Pure) {
        return;
    }
    let release = step.release;
    let level = release.identity.security_level;
    let needed: BTreeSet<_> = release.changes.iter().flat_map(|c| &c.necessary_for).collect();
    let alone = release.fixes.iter().filter(|f| f.level == level && !needed.contains(&f.id));
    for fix in alone.filter(|f| f.outcome == Outcome::Fixed) {
        let Some(x) = scope.standings.find(&fix.id) else { continue };
        for population in scope.populations.iter().filter(|p| p.steps[s]) {
            let pass = |other: usize| other != s && scope.is_secure(population, other);
            let open = |w: usize| if scope.is_open(w, x) { u64::MAX } else { 0 };
            let best = graph.best(&graph.order, pass, open, |_| 0);
            let stuck = |u: &&usize| population.states[**u] && graph.states[**u].supported && best[**u].0 > 0;
            let Some(u) = graph.sources(s).iter().find(stuck) else { continue };
            let text = format!(
                "{} carries the fix of {}, which needs none of its changes, and {} can get it in no other way",
                scope.label(step.to),
                fix.id,
                scope.label(*u)
            );
            let finding = Finding::exception(Rule::G3, scope.label(step.to), text);
            let finding = match kind(step).and_then(|(_, why)| why) {
                Some(why) => finding.because(&why.rationale, &why.approver),
                None => finding,
            };
            findings.push(about(Finding { open: vec![fix.id.clone()], ..finding }, step));
            break;
        }
    }
}

/// G5: no step brings back what was fixed.
fn regression(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let (graph, standings, step) = (&scope.graph, &scope.standings, scope.step(s));
    let new = graph.states[step.to].identity.security_level;
    let mut back: BTreeMap<usize, usize> = BTreeMap::new();
    for &u in graph.sources(s) {
        let old = graph.states[u].identity.security_level;
        let told = standings.facts(u).iter().chain(standings.facts(step.to)).map(|(x, _)| *x);
        let fallen = 0..if new < old { standings.list.len() } else { 0 };
        for x in told.chain(fallen) {
            let was = standings.stand(graph, u, x) == EffectiveStatus::Fixed;
            let is = standings.stand(graph, step.to, x);
            // What was taken back on purpose is listed by G20.
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
    let text = format!(
        "{} brings back {}, which {} had fixed",
        scope.step_label(s, from),
        list(&ids),
        scope.label(from)
    );
    let finding = Finding { open: ids, ..Finding::fail(Rule::G5, scope.label(step.to), text) };
    findings.push(about(finding, step));
}

/// G6: a class does to levels what its name says.
fn class(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let (graph, step) = (&scope.graph, scope.step(s));
    let new = &graph.states[step.to].identity;
    for &u in graph.sources(s) {
        let old = &graph.states[u].identity;
        let kept = old.line == new.line && old.feature_level == new.feature_level;
        let why = match step.is_security() {
            false if new.feature_level <= old.feature_level => {
                "a feature step that does not raise the feature level"
            }
            true if step.effective(old.security_level) != SeparationKind::Inseparable && !kept => {
                "a security step that is not inseparable leaves its line or feature level"
            }
            true if new.feature_level < old.feature_level => "a step that lowers the feature level",
            _ if old.line == new.line && new.security_level < old.security_level => {
                "a step that lowers the security level on its line"
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
        lines.entry(&state.identity.line).or_default().push(i);
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
                    "{} and {} share the sequence {} of line {line}",
                    scope.label(a),
                    scope.label(b),
                    of(a).sequence
                );
                findings.push(Finding::fail(Rule::G21, scope.label(b), text).about(digest));
            }
        }
    }
}

/// G17: an inseparable step lists every change of the feature releases that it passes.
fn passed(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let (graph, step) = (&scope.graph, scope.step(s));
    let to = graph.states[step.to].identity.feature_level;
    let from = graph.sources(s).iter().map(|u| graph.states[*u].identity.feature_level).min();
    let Some(from) = from.filter(|from| step.is_security() && *from < to) else { return };
    let listed: BTreeSet<_> = step.release.changes.iter().map(|c| &c.id).collect();
    let features = graph.steps.iter().filter(|f| !f.is_security());
    let passed = features.filter(|f| (from + 1..=to).contains(&f.release.identity.feature_level));
    let omitted: BTreeMap<_, _> = passed
        .flat_map(|f| f.release.changes.iter().map(move |c| (c, f)))
        .filter(|(c, _)| c.level > from && c.level <= to && !listed.contains(&c.id))
        .map(|(c, f)| (&c.id, f))
        .collect();
    for (id, feature) in omitted {
        let text = format!(
            "the security release {} raises the feature level and does not list the change {id} of {}",
            scope.label(step.to),
            scope.label(feature.to)
        );
        findings.push(about(Finding::fail(Rule::G17, scope.label(step.to), text), step));
    }
}

/// What is allowed and listed: corrections beside a fix (G18), fixes taken back (G20), agreements
/// (G12).
fn asides(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let step = scope.step(s);
    let (release, label) = (step.release, scope.label(step.to));
    let level = release.identity.security_level;
    let corrected = release.changes.iter().filter(|c| c.effect == Effect::Corrected && c.level == level);
    for change in corrected.filter(|_| step.is_security()) {
        let text = format!("the security release {label} also corrects {}", change.id);
        let finding = Finding::exception(Rule::G18, label, text).because(&change.text, "");
        findings.push(about(finding, step));
    }
    for (id, reason) in &release.reopens {
        let open = scope.standings.find(id).is_some_and(|x| scope.is_open(step.to, x));
        let text = match open {
            true => format!("{label} takes back the fix of {id}"),
            false => format!("{label} took back the fix of {id}; it was said since that it is closed"),
        };
        let finding = Finding::exception(Rule::G20, label, text).because(reason, "");
        findings.push(about(Finding { open: vec![id.clone()], ..finding }, step));
    }
    if let Some(agreement) = &release.tailor_made {
        let waived: Vec<_> = agreement.waives.iter().map(|w| (*w).to_owned()).collect();
        let text = format!(
            "{label} is tailor-made for customer {}, which waives {}; every other rule holds for it",
            agreement.customer,
            list(&waived)
        );
        let finding = Finding::exception(Rule::G12, label, text).because(&agreement.purpose, "");
        findings.push(about(Finding { evidence: vec![agreement.contract], ..finding }, step));
    }
}

/// G14: a level claims that everything first fixed at or below it is closed.
fn claims(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let (graph, standings) = (&scope.graph, &scope.standings);
    let mut false_claims: BTreeMap<(usize, usize), String> = BTreeMap::new();
    let claims_it = |state: usize, x: usize| {
        standings.list[x].level.is_some_and(|l| l <= graph.states[state].identity.security_level)
    };
    for state in 0..graph.states.len() {
        for (x, stand) in standings.facts(state) {
            if stand.is_open() && *stand != EffectiveStatus::Reopened && claims_it(state, *x) {
                false_claims.insert((state, *x), "it was said to be open there".into());
            }
        }
    }
    for (x, it) in standings.list.iter().enumerate() {
        let mut named: Vec<(usize, usize)> = standings.named_in_lists(x).collect();
        for claim in it.claims.iter().filter(|c| it.level.is_some_and(|l| c.level > l)) {
            let below = graph
                .sources(claim.step)
                .iter()
                .filter(|u| claim.is_for_all() && graph.states[**u].identity.security_level < claim.level);
            named.extend(below.map(|u| (claim.step, *u)));
        }
        for (step, state) in named {
            let settled = standings
                .said(state)
                .get(&x)
                .is_some_and(|s| !s.is_open() || *s == EffectiveStatus::Reopened);
            if claims_it(state, x) && !settled {
                let by = scope.label(graph.steps[step].to).to_owned();
                false_claims.entry((state, x)).or_insert(format!("{by} names it as affected"));
            }
        }
        for claim in it.claims.iter().filter(|c| c.outcome == Outcome::Mitigated) {
            let to = graph.steps[claim.step].to;
            if claims_it(to, x) && !standings.said(to).contains_key(&x) {
                false_claims.insert((to, x), "its own manifest only mitigates it".into());
            }
        }
    }
    for ((state, x), why) in false_claims {
        let it = &standings.list[x];
        let text = format!(
            "the security level {} of {} claims {}, first fixed at level {}, but {why}",
            graph.states[state].identity.security_level,
            scope.label(state),
            it.id,
            it.level.unwrap_or(0)
        );
        let finding = Finding::fail(Rule::G14, scope.label(state), text).about(graph.states[state].digest);
        findings.push(Finding { open: vec![it.id.clone()], ..finding });
    }
}

/// G21: manifests into one state agree on what it is.
fn descriptions(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    for (i, state) in scope.graph.states.iter().enumerate() {
        let differs = |s: &&usize| scope.step(**s).release.identity != state.identity;
        if let Some(step) = state.into.iter().find(differs) {
            let other = &scope.step(*step).release;
            let text = format!(
                "two manifests describe the state of {} in two ways: {} of line {}, levels {} and {}, and {} of line {}, levels {} and {}",
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
