//! Users are told what to do about every vulnerability that their release has (G9, G10), and delayed details are
//! disclosed in the end (G19).

use super::remedied::remedied;
use crate::effective_status::EffectiveStatus;
use crate::finding::Finding;
use crate::scope::Scope;
use crate::set::text;
use crate::time::date;
use pkg_format::manifest::{Disclosure, Fix};
use pkg_format::{Id, Rule};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    coverage(scope, findings);
    disclosure(scope, findings);
}

/// The hardware whose users read in a release what to do about a vulnerability of their state; `available` leaves out
/// what was withdrawn.
fn by_release<'m>(scope: &Scope<'m>, v: usize, x: usize, available: bool) -> BTreeSet<&'m Id> {
    let graph = &scope.graph;
    let mut all = BTreeSet::new();
    for claim in &scope.statuses.list[x].claims {
        let step = &graph.steps[claim.step];
        let release = step.release;
        let customer = release.customer();
        let theirs =
            !release.is_testing() && customer.is_none_or(|c| Some(c) == graph.states[v].customer.as_ref());
        let is_read = step.to == v || graph.names(claim.step, v);
        if theirs && is_read && !(available && scope.is_withdrawn(step.to) && step.to != v) {
            all.extend(release.hardware());
        }
    }
    all
}

/// Vulnerabilities that a release names without reaching everybody: it is for testing, for one customer or for some
/// hardware, or it names states from which it does not lead.
fn perhaps_unread(scope: &Scope<'_>) -> Vec<usize> {
    let hardware: BTreeSet<_> = scope.graph.states.iter().flat_map(|s| &s.hardware).collect();
    let some = |x: &usize| {
        scope.statuses.list[*x].claims.iter().any(|c| {
            let release = scope.graph.steps[c.step].release;
            let few = hardware.iter().any(|h| !release.hardware().contains(h));
            release.is_testing() || release.tailor_made().is_some() || few || !c.is_for_all()
        })
    };
    (0..scope.statuses.list.len()).filter(some).collect()
}

fn coverage(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let (graph, statuses) = (&scope.graph, &scope.statuses);
    let remedied = remedied(scope, |_| true);
    let perhaps_unread = perhaps_unread(scope);
    for (v, state) in graph.states.iter().enumerate().filter(|(_, s)| s.supported && s.stable) {
        // A release that reaches everybody tells them; everything else must be checked.
        let facts = statuses.facts(v).iter().map(|(x, _)| *x);
        let named = perhaps_unread.iter().copied().filter(|x| statuses.is_named(graph, v, *x));
        let has = |x: &usize| {
            matches!(
                statuses.status(graph, v, *x),
                EffectiveStatus::Affected | EffectiveStatus::Mitigated | EffectiveStatus::Reopened
            )
        };
        let affected: BTreeSet<usize> = facts.chain(named).filter(has).collect();
        // By hardware: what nobody told its users (G9), and what only a withdrawn release told them (G10).
        let mut open: BTreeMap<(Rule, &Id), Vec<usize>> = BTreeMap::new();
        for x in affected {
            let advised = remedied.get(&(v, x));
            let (all, available) = (by_release(scope, v, x, false), by_release(scope, v, x, true));
            for h in state.hardware.iter().filter(|h| !advised.is_some_and(|a| a.contains(h))) {
                if !all.contains(h) {
                    open.entry((Rule::G9, h)).or_default().push(x);
                } else if !available.contains(h) {
                    open.entry((Rule::G10, h)).or_default().push(x);
                }
            }
        }
        let label = scope.label(v);
        for ((rule, hardware), open) in open {
            let why = match rule {
                Rule::G9 => "no signed package tells users what to do",
                _ => "the release that told users what to do was withdrawn, and no notice does",
            };
            // One finding for each vulnerability: the same for many releases is one cause.
            for x in open {
                let id = scope.id(x);
                let what = format!("{label} is affected by {id}, and {why}");
                let finding = Finding { open: vec![id.to_string()], ..Finding::fail(rule, label, what) };
                findings
                    .push(Finding { hardware: Some(hardware.to_string()), ..finding.about(state.digest) });
            }
        }
    }
}

/// G19: details that a release holds back are disclosed once their date has passed.
fn disclosure(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let mut disclosed: BTreeMap<usize, u64> = BTreeMap::new();
    let mut disclose = |x: Option<usize>, when: u64| {
        if let Some(x) = x {
            let first = disclosed.entry(x).or_insert(when);
            *first = (*first).min(when);
        }
    };
    for notice in scope.product.notices_by(scope.at) {
        for status in &notice.body.statuses {
            disclose(scope.statuses.find(&status.id), notice.common.issued);
        }
    }
    for step in &scope.graph.steps {
        for fix in step.release.fixes().iter().filter(|f| is_public(f)) {
            disclose(scope.statuses.find(&fix.id), step.release.common.issued);
        }
    }
    let mut seen = BTreeSet::new();
    for step in &scope.graph.steps {
        for fix in step.release.fixes() {
            let Disclosure::Delayed { reason, until, .. } = &fix.disclosure else { continue };
            let Some(x) = scope.statuses.find(&fix.id) else { continue };
            let label = scope.label(step.to);
            let is_disclosed = disclosed.get(&x).is_some_and(|when| *when >= step.release.common.issued);
            if is_disclosed || !seen.insert(x) {
                continue;
            }
            let what = format!("{label} holds back details of {} until {}", fix.id, date(*until));
            let finding = match *until < scope.at {
                true => Finding::fail(
                    Rule::G19,
                    label,
                    format!("{what}; that date has passed, and no signed statement discloses them"),
                ),
                false => Finding::exception(Rule::G19, label, what),
            };
            let finding = finding.because(text(reason), "").about(step.release.digest);
            findings.push(Finding { open: vec![fix.id.to_string()], ..finding });
        }
    }
}

fn is_public(fix: &Fix) -> bool {
    matches!(fix.disclosure, Disclosure::Public { .. })
}
