//! Users are told: of every vulnerability that their release has (G9), and of what was held back (G19).

use crate::finding::Finding;
use crate::scope::{Scope, list};
use crate::standing::Stand;
use crate::time::date;
use pkg_format::Rule;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn judge(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    coverage(scope, findings);
    disclosure(scope, findings);
}

/// Where a remedy is named: state and vulnerability.
fn remedied(scope: &Scope<'_>) -> BTreeSet<(usize, usize)> {
    let notices = scope.product.notices.iter().filter(|n| n.issued <= scope.at);
    let releases = scope.graph.steps.iter().map(|s| &s.release.remediations);
    let mut all = BTreeSet::new();
    for remedy in notices.flat_map(|n| &n.remediations).chain(releases.flatten()) {
        for x in remedy.ids.iter().filter_map(|id| scope.standings.find(id)) {
            all.extend(remedy.states.iter().filter_map(|s| scope.graph.place(s)).map(|s| (s, x)));
        }
    }
    all
}

fn coverage(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let (graph, standings) = (&scope.graph, &scope.standings);
    let remedied = remedied(scope);
    for (v, state) in graph.states.iter().enumerate().filter(|(_, s)| s.supported && s.stable) {
        // What a release names as affected it also speaks about; what else was said must be covered.
        let affected = standings
            .facts(v)
            .iter()
            .filter(|(_, s)| matches!(s, Stand::Affected | Stand::Mitigated | Stand::Reopened));
        let mut untold = Vec::new();
        let mut lost = Vec::new();
        for (x, _) in affected {
            let by_release = |kept: bool| {
                standings.list[*x].claims.iter().any(|c| {
                    let to = graph.steps[c.step].to;
                    let speaks = to == v || graph.names(c.step, v) || c.lists(v);
                    speaks && !(kept && scope.is_withdrawn(to) && to != v)
                })
            };
            let by_words = remedied.contains(&(v, *x));
            if !by_words && !by_release(false) {
                untold.push(*x);
            } else if !by_words && !by_release(true) {
                lost.push(*x);
            }
        }
        let label = scope.label(v);
        for (rule, open, why) in [
            (Rule::G9, untold, "no signed package tells its users what to do"),
            (Rule::G10, lost, "what told its users what to do was withdrawn, and no notice does"),
        ] {
            if !open.is_empty() {
                let ids = scope.ids(open);
                let text = format!("{label} is affected by {}, and {why}", list(&ids));
                let finding = Finding { open: ids, ..Finding::fail(rule, label, text) };
                findings.push(finding.about(state.digest));
            }
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
    for notice in scope.product.notices.iter().filter(|n| n.issued <= scope.at) {
        for status in &notice.statuses {
            tell(scope.standings.find(&status.id), notice.issued);
        }
    }
    for step in &scope.graph.steps {
        for fix in step.release.fixes.iter().filter(|f| f.delayed.is_none()) {
            tell(scope.standings.find(&fix.id), step.release.issued);
        }
    }
    let mut seen = BTreeSet::new();
    for step in &scope.graph.steps {
        for fix in &step.release.fixes {
            let (Some((reason, until)), Some(x)) = (&fix.delayed, scope.standings.find(&fix.id)) else {
                continue;
            };
            let label = scope.label(step.to);
            let in_full = told.get(&x).is_some_and(|when| *when >= step.release.issued);
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
            let finding = finding.because(reason, "").about(step.release.manifest);
            findings.push(Finding { open: vec![fix.id.clone()], ..finding });
        }
    }
}
