//! Releases are what their labels say: nothing that was fixed comes back (G5), classes change levels as they promise
//! (G6), somebody says what every release is affected by (G14), and one state has one description (G21).

use super::contradiction::name;
use crate::finding::Finding;
use crate::phrase::list;
use crate::scope::Scope;
use crate::step::Step;
use pkg_format::manifest::{AppliesTo, SeparationKind};
use pkg_format::{Digest, Rule};
use pkg_status::Set;
use std::collections::BTreeMap;

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let suspects = may_bring_back(scope);
    for (s, suspect) in suspects.into_iter().enumerate() {
        if suspect {
            regression(scope, s, findings);
        }
        said_to_be_fixed(scope, s, findings);
        // What every state of a line takes has the levels that its class promises.
        if !scope.step(s).plain {
            class(scope, s, findings);
        }
    }
    levels_rise(scope, findings);
    versions(scope, findings);
    unsaid(scope, findings);
    descriptions(scope, findings);
}

fn about(finding: Finding, step: &Step<'_>) -> Finding {
    finding.about(step.release.digest).by([step.release.digest])
}

/// The manifests that lead into two states.
fn into(scope: &Scope<'_>, states: [usize; 2]) -> impl Iterator<Item = Digest> {
    states.into_iter().flat_map(|s| &scope.graph.states[s].manifests).copied()
}

/// By step: whether something is open behind it that is fixed in any of the states before it. For steps of a whole line
/// these are many, so what is fixed in them is added up from the lowest level on.
fn may_bring_back(scope: &Scope<'_>) -> Vec<bool> {
    let (graph, statuses) = (&scope.graph, scope.statuses.all());
    let level = |s: usize| graph.states[s].identity.security_level;
    let mut suspects: Vec<bool> =
        graph.steps.iter().map(|step| step.release.body.applies_to != AppliesTo::Line).collect();
    let mut fixed = vec![Set::default(); graph.groups.len()];
    let ascending: Vec<usize> = graph.order.iter().rev().copied().collect();
    for same in ascending.chunk_by(|a, b| level(*a) == level(*b)) {
        for &w in same {
            let below = &fixed[graph.states[w].group];
            if statuses.open_among(w, below).next().is_some() {
                graph.states[w].into.iter().for_each(|s| suspects[*s] = true);
            }
        }
        for &w in same {
            statuses.fixed(w).for_each(|x| fixed[graph.states[w].group].insert(x));
        }
    }
    suspects
}

/// G5: no step brings back what was fixed.
fn regression(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let (graph, statuses, step) = (&scope.graph, &scope.statuses, scope.step(s));
    let mut back: BTreeMap<usize, usize> = BTreeMap::new();
    for &u in graph.sources(s) {
        // G20 lists what was taken back on purpose.
        let lost = statuses.all().brought_back(u, step.to).filter(|x| !statuses.is_reopened(step.to, *x));
        back.extend(lost.filter(|x| !back.contains_key(x)).map(|x| (x, u)).collect::<Vec<_>>());
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

/// G5: what a statement calls fixed in a state is lost there, if neither the releases into it nor its parents have the fix.
fn said_to_be_fixed(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let (statuses, step) = (&scope.statuses, scope.step(s));
    for (x, by) in
        statuses.list.iter().enumerate().filter_map(|(x, v)| Some((x, v.fixed_by_words.get(&step.to)?)))
    {
        let is_real =
            |u: &&usize| statuses.all().is_fixed(**u, x) && !statuses.list[x].fixed_by_words.contains_key(u);
        let Some(&u) = scope.graph.sources(s).iter().find(is_real) else { continue };
        let (label, id) = (scope.label(step.to), scope.id(x));
        let text = format!(
            "{} loses the fix of {id}, which {} has: {label} was not built from it and does not list the fix; {} only says that it is fixed",
            scope.step_label(s, u),
            scope.label(u),
            name(scope, by)
        );
        let finding = Finding { open: vec![id.to_string()], ..Finding::fail(Rule::G5, label, text) };
        findings.push(about(finding, step));
    }
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
                findings.push(
                    Finding::fail(Rule::G6, scope.label(b), text).about(digest).by(into(scope, [a, b])),
                );
            }
            if of(a).sequence == of(b).sequence {
                let text = format!(
                    "{} and {} have the same sequence {} on line {line}",
                    scope.label(a),
                    scope.label(b),
                    of(a).sequence
                );
                findings.push(
                    Finding::fail(Rule::G21, scope.label(b), text).about(digest).by(into(scope, [a, b])),
                );
            }
        }
    }
}

/// G21: no two releases of a line that the same devices may have share a version. People know them by it.
fn versions(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let mut named: BTreeMap<_, Vec<usize>> = BTreeMap::new();
    for (i, state) in scope.graph.states.iter().enumerate().filter(|(_, s)| !s.is_declared()) {
        let key =
            (state.identity.line.as_str(), state.identity.version.as_str(), state.stable, &state.customer);
        named.entry(key).or_default().push(i);
    }
    let states = &scope.graph.states;
    for ((line, version, ..), mut alike) in named {
        alike.sort_by_key(|s| (states[*s].identity.sequence, *s));
        for (at, s) in alike.iter().enumerate() {
            let earlier =
                alike[..at].iter().find(|e| !states[**e].hardware.is_disjoint(&states[*s].hardware));
            if let Some(earlier) = earlier {
                let text = format!(
                    "{version} of line {line} is two releases with other images, of sequence {} and {}",
                    states[*earlier].identity.sequence, states[*s].identity.sequence
                );
                let finding = Finding::fail(Rule::G21, scope.label(*s), text);
                findings.push(finding.about(states[*s].digest).by(into(scope, [*earlier, *s])));
            }
        }
    }
}

/// G14: of every vulnerability somebody says whether a supported state has it. Vulnerabilities that lack this in the same
/// states are one finding.
fn unsaid(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let mut lacking: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
    for &state in &scope.supported {
        for x in scope.statuses.all().undecided(state) {
            lacking.entry(x).or_default().push(state);
        }
    }
    let mut alike: BTreeMap<Vec<usize>, Vec<usize>> = BTreeMap::new();
    for (x, states) in lacking {
        alike.entry(states).or_default().push(x);
    }
    for (states, ids) in alike {
        let ids = scope.ids(ids);
        let is = if states.len() == 1 { "is" } else { "are" };
        let counts = if ids.len() == 1 { "it counts" } else { "they count" };
        let text = format!(
            "nobody said whether {} {is} affected by {}, so {counts} as open there",
            scope.releases(states.iter().copied()),
            list(&ids)
        );
        let finding = Finding::fail(Rule::G14, scope.label(states[0]), text);
        let finding = finding.about(scope.graph.states[states[0]].digest);
        findings.push(Finding { open: ids, ..finding });
    }
}

/// G21: manifests that lead to one state describe it in the same way. Each that differs is a finding, so that whoever
/// adds one more is told of that one.
fn descriptions(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    for (i, state) in scope.graph.states.iter().enumerate() {
        let (alike, differ): (Vec<_>, Vec<_>) =
            state.into.iter().map(|s| scope.step(*s)).partition(|s| s.release.identity() == state.identity);
        let differ: BTreeMap<_, _> = differ.into_iter().map(|step| (step.release.digest, step)).collect();
        for step in differ.into_values() {
            let other = &step.release.body;
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
            let finding = about(Finding::fail(Rule::G21, scope.label(i), text), step);
            findings.push(finding.by(alike.first().map(|step| step.release.digest)));
        }
    }
}
