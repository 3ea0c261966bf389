//! Users are told: of every vulnerability that their release has (G9), and of what was held back (G19).

use crate::effective_status::EffectiveStatus;
use crate::finding::Finding;
use crate::model::Remediation;
use crate::scope::{Scope, list};
use crate::time::date;
use pkg_format::Rule;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    coverage(scope, findings);
    disclosure(scope, findings);
}

/// To users of which hardware remedies are told, by state and vulnerability.
pub(super) type Remedied<'m> = BTreeMap<(usize, usize), BTreeSet<&'m str>>;

/// What those remedies that count come to. A notice that was replaced is silent; what a release says is
/// read where it leads on from and where it leads to; and what was withdrawn is no fix.
pub(super) fn remedied<'m>(scope: &Scope<'m>, counts: impl Fn(&Remediation) -> bool) -> Remedied<'m> {
    let (graph, standings) = (&scope.graph, &scope.standings);
    let notices = || scope.product.notices.iter().filter(|n| n.issued <= scope.at);
    let replaced: BTreeSet<_> = notices().flat_map(|n| &n.supersedes).collect();
    let spoken = notices().filter(|n| !replaced.contains(&n.manifest));
    let words = spoken.map(|n| (&n.remediations, &n.hardware, None));
    let releases = (0..graph.steps.len()).filter(|s| !graph.steps[*s].release.testing);
    let releases = releases.map(|s| {
        let release = graph.steps[s].release;
        (&release.remediations, &release.hardware, Some(s))
    });
    let mut all = Remedied::new();
    for (remedies, hardware, step) in words.chain(releases) {
        for remedy in remedies.iter().filter(|r| counts(r)) {
            if remedy.release.and_then(|d| graph.place(&d)).is_some_and(|fix| scope.is_withdrawn(fix)) {
                continue;
            }
            let read = |v: &usize| step.is_none_or(|s| graph.steps[s].to == *v || graph.names(s, *v));
            for v in remedy.states.iter().filter_map(|d| graph.place(d)).filter(read) {
                for x in remedy.ids.iter().filter_map(|id| standings.find(id)) {
                    all.entry((v, x)).or_default().extend(hardware.iter().map(String::as_str));
                }
            }
        }
    }
    all
}

/// Users of which hardware read in a release what to do about a vulnerability that their state has;
/// perhaps without what was withdrawn.
fn by_release<'m>(scope: &Scope<'m>, v: usize, x: usize, kept: bool) -> BTreeSet<&'m str> {
    let graph = &scope.graph;
    let mut all = BTreeSet::new();
    for claim in &scope.standings.list[x].claims {
        let step = &graph.steps[claim.step];
        let release = step.release;
        let customer = release.tailor_made.as_ref().map(|t| &t.customer);
        let theirs =
            !release.testing && customer.is_none_or(|c| Some(c) == graph.states[v].customer.as_ref());
        let speaks = step.to == v || graph.names(claim.step, v);
        if theirs && speaks && !(kept && scope.is_withdrawn(step.to) && step.to != v) {
            all.extend(release.hardware.iter().map(String::as_str));
        }
    }
    all
}

/// Vulnerabilities that a release names where it may not be read: it is for testing, for one customer
/// or for some hardware, or names states that it does not lead on from.
fn perhaps_untold(scope: &Scope<'_>) -> Vec<usize> {
    let hardware: BTreeSet<_> = scope.graph.states.iter().flat_map(|s| &s.hardware).collect();
    let some = |x: &usize| {
        scope.standings.list[*x].claims.iter().any(|c| {
            let release = scope.graph.steps[c.step].release;
            let few = hardware.iter().any(|h| !release.hardware.contains(*h));
            release.testing || release.tailor_made.is_some() || few || !c.is_for_all()
        })
    };
    (0..scope.standings.list.len()).filter(some).collect()
}

fn coverage(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let (graph, standings) = (&scope.graph, &scope.standings);
    let remedied = remedied(scope, |_| true);
    let perhaps_untold = perhaps_untold(scope);
    for (v, state) in graph.states.iter().enumerate().filter(|(_, s)| s.supported && s.stable) {
        // What releases name that everybody reads is disclosure; all else must be covered.
        let facts = standings.facts(v).iter().map(|(x, _)| *x);
        let named = perhaps_untold.iter().copied().filter(|x| standings.is_named(graph, v, *x));
        let has = |x: &usize| {
            matches!(
                standings.stand(graph, v, *x),
                EffectiveStatus::Affected | EffectiveStatus::Mitigated | EffectiveStatus::Reopened
            )
        };
        let affected: BTreeSet<usize> = facts.chain(named).filter(has).collect();
        // What is untold or told no longer, by the hardware that it is so on.
        let mut open: BTreeMap<(Rule, &String), Vec<usize>> = BTreeMap::new();
        for x in affected {
            let words = remedied.get(&(v, x));
            let (all, kept) = (by_release(scope, v, x, false), by_release(scope, v, x, true));
            for h in state.hardware.iter().filter(|h| !words.is_some_and(|w| w.contains(h.as_str()))) {
                if !all.contains(h.as_str()) {
                    open.entry((Rule::G9, h)).or_default().push(x);
                } else if !kept.contains(h.as_str()) {
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
            let text = format!("{label} is affected by {}, and {why}", list(&ids));
            let finding = Finding { open: ids, ..Finding::fail(rule, label, text) };
            findings.push(Finding { hardware: Some(hardware.clone()), ..finding.about(state.digest) });
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
