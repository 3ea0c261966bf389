//! Users are told what to do about every vulnerability that their release has (G9, G10), and delayed details are
//! disclosed in the end (G19).

use super::remedied::Remedied;
use crate::finding::Finding;
use crate::population::Population;
use crate::scope::Scope;
use crate::set::text;
use crate::time::date;
use pkg_format::manifest::{AppliesTo, Disclosure, Fix, Outcome};
use pkg_format::{Id, Rule};
use pkg_status::Set;
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    coverage(scope, findings);
    disclosure(scope, findings);
    outlived(scope, findings);
}

/// G9: a notice about releases still to come goes on naming a release in which the vulnerability is closed. Devices that do
/// not have its package tell their users so. A notice that replaces it ends that.
fn outlived(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let notices = || scope.product.notices_by(scope.at);
    let replaced: BTreeSet<_> = notices().flat_map(|n| &n.common.supersedes).collect();
    for notice in notices().filter(|n| !replaced.contains(&n.digest)) {
        let (body, common) = (&notice.body, &notice.common);
        let by_status = body.statuses.iter().flat_map(|s| s.releases.iter().map(move |r| (&s.id, r)));
        let by_remedy = body.remediations.iter();
        let by_remedy =
            by_remedy.flat_map(|r| r.ids.iter().flat_map(move |id| r.releases.iter().map(move |p| (id, p))));
        let mut closed: BTreeMap<usize, BTreeSet<usize>> = BTreeMap::new();
        for (id, releases) in by_status.chain(by_remedy) {
            let Some(x) = scope.statuses.find(id) else { continue };
            let states = scope.foretold(releases).filter(|v| !scope.is_open(*v, x));
            closed.entry(x).or_default().extend(states);
        }
        for (x, states) in closed {
            let is_told = |v: &usize| {
                notices().filter(|n| n.common.issued > common.issued).any(|n| {
                    let mut said = n.body.statuses.iter().filter(|s| !s.standing.is_open());
                    said.any(|s| {
                        scope.statuses.find(&s.id) == Some(x)
                            && s.states.iter().any(|d| scope.graph.place(d) == Some(*v))
                    })
                })
            };
            let first =
                states.into_iter().filter(|v| !is_told(v)).min_by_key(|v| scope.graph.states[*v].placed);
            let Some(first) = first else { continue };
            let text = format!(
                "{} still names {} for {}, which is closed there; a notice that supersedes it should end before it",
                common.id,
                scope.label(first),
                scope.id(x)
            );
            let finding = Finding::exception(Rule::G9, scope.label(first), text).about(notice.digest);
            findings.push(Finding { open: vec![scope.id(x).to_string()], ..finding });
        }
    }
}

/// For each state the vulnerabilities about which a release tells its users: one for these devices that leads into the
/// state or applies to it. `available` leaves out what was withdrawn.
fn told(scope: &Scope<'_>, population: &Population, fixes: &[Set], available: bool) -> Vec<Set> {
    let graph = &scope.graph;
    let mut told = vec![Set::default(); graph.states.len()];
    let is_for_line = |s: usize| graph.steps[s].release.body.applies_to == AppliesTo::Line;
    let is_read = |s: usize| population.steps[s] && !graph.steps[s].release.is_testing();
    let is_offered = |s: usize| is_read(s) && !(available && scope.is_withdrawn(graph.steps[s].to));
    for s in (0..graph.steps.len()).filter(|s| is_read(*s)) {
        told[graph.steps[s].to].join(&fixes[s]);
        if is_offered(s) && !is_for_line(s) {
            graph.sources(s).iter().for_each(|u| told[*u].join(&fixes[s]));
        }
    }
    // What applies to a whole line is for all states of the group with a lower level.
    let level = |s: usize| graph.states[s].identity.security_level;
    let mut above = vec![Set::default(); graph.groups.len()];
    for same in graph.order.chunk_by(|a, b| level(*a) == level(*b)) {
        same.iter().for_each(|u| told[*u].join(&above[graph.states[*u].group]));
        for state in same.iter().map(|w| &graph.states[*w]) {
            for &s in state.into.iter().filter(|s| is_for_line(**s) && is_offered(**s)) {
                above[state.group].join(&fixes[s]);
            }
        }
    }
    told
}

/// Vulnerabilities that a release names without reaching everybody: it is for testing, for one customer or for some
/// hardware, or it names states from which it does not lead.
fn perhaps_unread(scope: &Scope<'_>) -> BTreeSet<usize> {
    let hardware: BTreeSet<_> = scope.graph.states.iter().flat_map(|s| &s.hardware).collect();
    let some = |x: &usize| {
        scope.statuses.list[*x].claims.iter().any(|c| {
            let release = scope.graph.steps[c.step].release;
            let few = hardware.iter().any(|h| !release.hardware().contains(h));
            release.is_testing() || release.tailor_made().is_some() || few || !c.for_all
        })
    };
    (0..scope.statuses.list.len()).filter(some).collect()
}

fn coverage(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let remedied = Remedied::new(scope, |_| true);
    let perhaps_unread = perhaps_unread(scope);
    let fixes = scope.graph.steps.iter().map(|step| {
        let level = step.release.security_level();
        let fixes = step.release.fixes().iter();
        let fixes = fixes.filter_map(|fix| Some((scope.statuses.find(&fix.id)?, fix)));
        // A fix that is repeated from an earlier release tells nobody, where it is taken back.
        let is_lost = |x: usize, fix: &Fix| {
            let is_open = scope.is_open(step.to, x);
            fix.level < level
                && is_open
                && (fix.status == Outcome::Fixed || scope.statuses.is_reopened(step.to, x))
        };
        fixes.filter(|(x, fix)| !is_lost(*x, fix)).map(|(x, _)| x).collect()
    });
    let fixes: Vec<Set> = fixes.collect();
    for population in &scope.populations {
        coverage_of(scope, population, &remedied, &perhaps_unread, &fixes, findings);
    }
}

/// What users of one population are told.
fn coverage_of(
    scope: &Scope<'_>,
    population: &Population,
    remedied: &Remedied<'_>,
    perhaps_unread: &BTreeSet<usize>,
    fixes: &[Set],
    findings: &mut Vec<Finding>,
) {
    let statuses = scope.statuses.all();
    let (all, available) = (told(scope, population, fixes, false), told(scope, population, fixes, true));
    for &v in scope.supported.iter().filter(|v| population.states[**v]) {
        let state = &scope.graph.states[v];
        // A release that reaches everybody tells them; everything else must be checked.
        let is_told = |x: &usize| statuses.is_assumed(v, *x) && !perhaps_unread.contains(x);
        let affected = statuses.affected_outside(v, &available[v]).filter(|x| !is_told(x));
        // By hardware: what nobody told its users (G9), and what only a withdrawn release told them (G10).
        let mut open: BTreeMap<(Rule, &Id), Vec<usize>> = BTreeMap::new();
        for x in affected {
            let rule = if all[v].contains(x) { Rule::G10 } else { Rule::G9 };
            for h in population.hardware.iter().filter(|h| !remedied.tells(v, x, h)) {
                open.entry((rule, h)).or_default().push(x);
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

/// G19: details that a release holds back are disclosed once their date has passed: by a notice from then on, or by a
/// fix that has its severity and impact.
fn disclosure(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let mut notices: BTreeMap<usize, u64> = BTreeMap::new();
    for notice in scope.product.notices_by(scope.at) {
        for x in notice.body.statuses.iter().filter_map(|s| scope.statuses.find(&s.id)) {
            let last = notices.entry(x).or_default();
            *last = notice.common.issued.max(*last);
        }
    }
    let mut fixes: BTreeMap<usize, u64> = BTreeMap::new();
    for release in scope.graph.steps.iter().map(|s| s.release) {
        for x in release.fixes().iter().filter(|f| is_public(f)).filter_map(|f| scope.statuses.find(&f.id)) {
            let last = fixes.entry(x).or_default();
            *last = release.common.issued.max(*last);
        }
    }
    // Of several dates the first one counts, and of equal ones that of the first release.
    let mut held: BTreeMap<usize, (u64, u64, usize, &Fix)> = BTreeMap::new();
    for (s, step) in scope.graph.steps.iter().enumerate() {
        for fix in step.release.fixes() {
            let Disclosure::Delayed { until, .. } = &fix.disclosure else { continue };
            let Some(x) = scope.statuses.find(&fix.id) else { continue };
            let issued = step.release.common.issued;
            let by_notice = notices.get(&x).is_some_and(|when| when >= until);
            if by_notice || fixes.get(&x).is_some_and(|when| *when >= issued) {
                continue;
            }
            let first = held.entry(x).or_insert((*until, issued, s, fix));
            if (*until, issued, s) < (first.0, first.1, first.2) {
                *first = (*until, issued, s, fix);
            }
        }
    }
    for (until, _, s, fix) in held.into_values() {
        let (step, label) = (&scope.graph.steps[s], scope.label(scope.graph.steps[s].to));
        let Disclosure::Delayed { reason, .. } = &fix.disclosure else { continue };
        let what = format!("{label} holds back details of {} until {}", fix.id, date(until));
        let finding = match until < scope.at {
            true => Finding::fail(
                Rule::G19,
                label,
                format!("{what}; that date has passed, and no signed statement since then discloses them"),
            ),
            false => Finding::exception(Rule::G19, label, what),
        };
        let finding = finding.because(text(reason), "").about(step.release.digest);
        findings.push(Finding { open: vec![fix.id.to_string()], ..finding });
    }
}

fn is_public(fix: &Fix) -> bool {
    matches!(fix.disclosure, Disclosure::Public { .. })
}
