//! Users are told: of every vulnerability that their release has (G9), and of what was held back (G19).

use super::remedied::remedied;
use crate::effective_status::EffectiveStatus;
use crate::finding::Finding;
use crate::phrase::list;
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

/// Users of which hardware read in a release what to do about a vulnerability that their state has;
/// perhaps without what was withdrawn.
fn by_release<'m>(scope: &Scope<'m>, v: usize, x: usize, kept: bool) -> BTreeSet<&'m Id> {
    let graph = &scope.graph;
    let mut all = BTreeSet::new();
    for claim in &scope.statuses.list[x].claims {
        let step = &graph.steps[claim.step];
        let release = step.release;
        let customer = release.customer();
        let theirs =
            !release.is_testing() && customer.is_none_or(|c| Some(c) == graph.states[v].customer.as_ref());
        let speaks = step.to == v || graph.names(claim.step, v);
        if theirs && speaks && !(kept && scope.is_withdrawn(step.to) && step.to != v) {
            all.extend(release.hardware());
        }
    }
    all
}

/// Vulnerabilities that a release names where it may not be read: it is for testing, for one customer
/// or for some hardware, or names states that it does not lead on from.
fn perhaps_untold(scope: &Scope<'_>) -> Vec<usize> {
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
    let perhaps_untold = perhaps_untold(scope);
    for (v, state) in graph.states.iter().enumerate().filter(|(_, s)| s.supported && s.stable) {
        // What releases name that everybody reads is disclosure; all else must be covered.
        let facts = statuses.facts(v).iter().map(|(x, _)| *x);
        let named = perhaps_untold.iter().copied().filter(|x| statuses.is_named(graph, v, *x));
        let has = |x: &usize| {
            matches!(
                statuses.status(graph, v, *x),
                EffectiveStatus::Affected | EffectiveStatus::Mitigated | EffectiveStatus::Reopened
            )
        };
        let affected: BTreeSet<usize> = facts.chain(named).filter(has).collect();
        // What is untold or told no longer, by the hardware that it is so on.
        let mut open: BTreeMap<(Rule, &Id), Vec<usize>> = BTreeMap::new();
        for x in affected {
            let words = remedied.get(&(v, x));
            let (all, kept) = (by_release(scope, v, x, false), by_release(scope, v, x, true));
            for h in state.hardware.iter().filter(|h| !words.is_some_and(|w| w.contains(h))) {
                if !all.contains(h) {
                    open.entry((Rule::G9, h)).or_default().push(x);
                } else if !kept.contains(h) {
                    open.entry((Rule::G10, h)).or_default().push(x);
                }
            }
        }
        let label = scope.label(v);
        for ((rule, hardware), open) in open {
            let why = match rule {
                Rule::G9 => "no signed package tells its users what to do",
                _ => "what told its users what to do was withdrawn, and no notice does",
            };
            let ids = scope.ids(open);
            let what = format!("{label} is affected by {}, and {why}", list(&ids));
            let finding = Finding { open: ids, ..Finding::fail(rule, label, what) };
            findings.push(Finding { hardware: Some(hardware.to_string()), ..finding.about(state.digest) });
        }
    }
}

/// G19: what was held back is told in full once its date is past.
fn disclosure(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let mut told: BTreeMap<usize, u64> = BTreeMap::new();
    let mut tell = |x: Option<usize>, when: u64| {
        if let Some(x) = x {
            let first = told.entry(x).or_insert(when);
            *first = (*first).min(when);
        }
    };
    for notice in scope.product.notices_by(scope.at) {
        for status in &notice.body.statuses {
            tell(scope.statuses.find(&status.id), notice.common.issued);
        }
    }
    for step in &scope.graph.steps {
        for fix in step.release.fixes().iter().filter(|f| is_public(f)) {
            tell(scope.statuses.find(&fix.id), step.release.common.issued);
        }
    }
    let mut seen = BTreeSet::new();
    for step in &scope.graph.steps {
        for fix in step.release.fixes() {
            let Disclosure::Delayed { reason, until, .. } = &fix.disclosure else { continue };
            let Some(x) = scope.statuses.find(&fix.id) else { continue };
            let label = scope.label(step.to);
            let in_full = told.get(&x).is_some_and(|when| *when >= step.release.common.issued);
            if in_full || !seen.insert(x) {
                continue;
            }
            let what = format!("{label} holds back details of {} until {}", fix.id, date(*until));
            let finding = match *until < scope.at {
                true => Finding::fail(
                    Rule::G19,
                    label,
                    format!("{what}; that is past, and nothing signed tells them in full"),
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
