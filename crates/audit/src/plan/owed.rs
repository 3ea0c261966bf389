//! From findings of the rules to what must be made.

use super::feature;
use super::model::{AHEAD, Owed, OwedId, Task};
use super::numbers::{highest_level, highest_sequence};
use crate::finding::{Finding, Verdict};
use crate::register::Vulnerability;
use crate::releases::sorted;
use crate::scope::Scope;
use crate::time::date;
use pkg_format::manifest::Outcome;
use pkg_format::{Digest, Label, Rule, VulnId};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

/// What tells two owed things apart: what must be made, in which scope, and after which state or for which states.
type Key = (Task, usize, Option<usize>, Option<Label>, BTreeSet<String>);

/// An owed thing, while findings are still added to it.
#[derive(Default)]
struct Gathered {
    rules: BTreeSet<Rule>,
    /// The states to build it from.
    ends: BTreeSet<usize>,
    states: BTreeSet<usize>,
    hardware: BTreeSet<String>,
    ids: BTreeSet<usize>,
    supersedes: BTreeSet<Digest>,
    why: BTreeSet<String>,
}

/// All that is owed: because of what is found now, and of dates that pass soon. Numbers are given later. And the rules
/// of failures for which no release or notice is planned.
pub(super) fn all(
    scopes: &[Scope<'_>],
    now: &[Finding],
    later: &[Finding],
    register: &[Vulnerability],
) -> (Vec<Owed>, BTreeSet<Rule>) {
    let is_open = |f: &&Finding| f.verdict == Verdict::Fail && f.ended.is_none();
    let same = |a: &Finding, b: &Finding| {
        (a.rule, a.digest, &a.hardware, &a.open) == (b.rule, b.digest, &b.hardware, &b.open)
    };
    let passes = |f: &&Finding| matches!(f.rule, Rule::G19 | Rule::G23);
    let soon = later.iter().filter(is_open).filter(passes);
    let soon = soon.filter(|f| !now.iter().filter(is_open).any(|n| same(n, f)));
    let at = scopes.first().map_or(0, |scope| scope.at.saturating_add(AHEAD));
    let foreseen = |f: &Finding| Finding {
        text: format!("unless something is done, on {}: {}", date(at), f.text),
        ..f.clone()
    };
    let soon: Vec<Finding> = soon.map(foreseen).collect();
    let mut all: BTreeMap<Key, Gathered> = BTreeMap::new();
    let mut unplanned = BTreeSet::new();
    let left_behind = left_behind(scopes, now);
    for finding in now.iter().filter(is_open).chain(&soon) {
        if finding.rule == Rule::G1 && left_behind.contains(&place_on(finding)) {
            continue;
        }
        if !add(scopes, finding, &mut all) && !ends_with_g1(finding, now) {
            unplanned.insert(finding.rule);
        }
    }
    for finding in now.iter().filter(|f| f.rule == Rule::G9 && f.verdict == Verdict::Exception) {
        outlived(scopes, finding, &mut all);
    }
    let owed = all.into_iter().map(|(key, of)| told(scopes, &key, of, register));
    let mut owed = one_notice(owed);
    owed.sort_by_cached_key(urgency);
    (owed, unplanned)
}

/// The state of a finding, and the hardware.
fn place_on(finding: &Finding) -> (Option<Digest>, Option<&str>) {
    (finding.digest, finding.hardware.as_deref())
}

/// Whether a failure is about users who fail G1, too: the release that they are owed for that ends both.
fn ends_with_g1(finding: &Finding, now: &[Finding]) -> bool {
    let mut stuck = now.iter().filter(|f| f.rule == Rule::G1 && f.verdict == Verdict::Fail);
    match finding.rule {
        Rule::G8 | Rule::G12 => stuck.any(|f| place_on(f) == place_on(finding)),
        // They get the fix only with features.
        Rule::G4 if finding.forbidden_edge.is_some() => {
            finding.open.iter().all(|id| stuck.clone().any(|f| f.open.contains(id)))
        }
        _ => false,
    }
}

/// Who may be left behind as soon as the release that they are to move to has every fix, which is owed to its own users:
/// nothing needs to be released for them.
fn left_behind<'f>(scopes: &[Scope<'_>], now: &'f [Finding]) -> BTreeSet<(Option<Digest>, Option<&'f str>)> {
    let of = |rule: Rule| now.iter().filter(move |f| f.rule == rule && f.verdict == Verdict::Fail);
    let owed: BTreeSet<_> = of(Rule::G1).map(place_on).collect();
    let waits = of(Rule::G8).filter(|finding| {
        let place = place(scopes, finding).zip(finding.best.as_deref());
        place.is_some_and(|((i, _), label)| {
            let target = named(&scopes[i], label).map(|s| scopes[i].graph.states[s].digest);
            target.is_some() && owed.contains(&(target, finding.hardware.as_deref()))
        })
    });
    waits.map(place_on).collect()
}

/// One notice tells the same users of every vulnerability.
fn one_notice(all: impl Iterator<Item = Owed>) -> Vec<Owed> {
    let mut owed: Vec<Owed> = Vec::new();
    for new in all {
        let same = |o: &&mut Owed| {
            (new.task, o.task) == (Task::Notice, Task::Notice)
                && o.discloses() == new.discloses()
                && (&o.scope, &o.states, &o.hardware, &o.supersedes)
                    == (&new.scope, &new.states, &new.hardware, &new.supersedes)
        };
        match owed.iter_mut().find(same) {
            Some(it) => {
                it.rules.extend(new.rules);
                it.ids.extend(new.ids);
                it.ids.sort_by_cached_key(most_urgent);
                it.why.extend(new.why);
            }
            None => owed.push(new),
        }
    }
    owed
}

fn most_urgent(id: &OwedId) -> (bool, Reverse<Option<crate::Severity>>, Option<u64>, String) {
    (!id.exploited, Reverse(id.severity), id.since, id.id.clone())
}

/// The most urgent first: exploited, by severity, by date.
fn urgency(owed: &Owed) -> (bool, Reverse<Option<crate::Severity>>, u64, Task, String, BTreeSet<Digest>) {
    let exploited = owed.ids.iter().any(|i| i.exploited);
    let severity = owed.ids.iter().filter_map(|i| i.severity).max();
    let since = owed.ids.iter().filter_map(|i| i.since).min().unwrap_or(u64::MAX);
    (!exploited, Reverse(severity), since, owed.task, owed.line.clone(), owed.states.clone())
}

/// The scope and the state that a finding is about.
fn place(scopes: &[Scope<'_>], finding: &Finding) -> Option<(usize, usize)> {
    let digest = finding.digest?;
    scopes.iter().enumerate().find_map(|(i, scope)| {
        let into = || scope.graph.steps.iter().find(|s| s.release.digest == digest).map(|s| s.to);
        let v = scope.graph.place(&digest).or_else(into)?;
        (scope.label(v) == finding.release).then_some((i, v))
    })
}

/// Adds what a failure asks for. Returns whether it asks for anything that can be planned.
fn add(scopes: &[Scope<'_>], finding: &Finding, all: &mut BTreeMap<Key, Gathered>) -> bool {
    let Some((i, v)) = place(scopes, finding) else { return false };
    let scope = &scopes[i];
    let best = finding.best.as_deref().and_then(|label| named(scope, label));
    let task = match finding.rule {
        Rule::G1 | Rule::G2 | Rule::G23 => Task::SecurityRelease,
        // Without what was withdrawn there is no fix, or nobody tells users what to do.
        Rule::G10 if best.is_some() => Task::SecurityRelease,
        Rule::G7 => Task::FullPackage,
        Rule::G22 => Task::FeatureRelease,
        Rule::G9 | Rule::G10 | Rule::G14 | Rule::G19 => Task::Notice,
        _ => return false,
    };
    let ids: BTreeSet<usize> = finding.open.iter().filter_map(|id| find(scope, id)).collect();
    let (customer, end) = match task {
        Task::SecurityRelease => {
            let end = match finding.rule {
                Rule::G1 => best.unwrap_or(v),
                _ => head(scope, best.filter(|b| !scope.is_withdrawn(*b)).unwrap_or(v)),
            };
            (scope.graph.states[v].customer.clone(), Some(end))
        }
        Task::FeatureRelease => (None, best.map(|b| head(scope, b))),
        Task::FullPackage => (None, best),
        Task::Notice => (None, None),
    };
    // One release is for all states of its line and feature level. One notice is for all states of a vulnerability.
    let group = end.filter(|_| task != Task::FullPackage).map(|s| scope.graph.states[s].group).or(end);
    let each = match task {
        Task::Notice => finding.open.iter().map(|id| BTreeSet::from([id.clone()])).collect(),
        _ => vec![BTreeSet::new()],
    };
    for of in each {
        let only: BTreeSet<usize> = of.iter().filter_map(|id| find(scope, id)).collect();
        let it = all.entry((task, i, group, customer.clone(), of)).or_default();
        it.rules.insert(finding.rule);
        it.ends.extend(end);
        match finding.rule {
            // It is about every state in which nobody said anything.
            Rule::G14 if finding.hardware.is_none() => {
                let undecided = |s: &&usize| only.iter().any(|x| scope.statuses.all().is_undecided(**s, *x));
                for s in scope.supported.iter().filter(undecided) {
                    it.states.insert(*s);
                    it.hardware.extend(scope.graph.states[*s].hardware.iter().map(ToString::to_string));
                }
            }
            // Nobody lacks a fix: those who read it are all who can install it.
            Rule::G19 => {
                it.states.insert(v);
                it.hardware.extend(scope.graph.states[v].hardware.iter().map(ToString::to_string));
            }
            _ => drop(it.states.insert(v)),
        }
        it.hardware.extend(finding.hardware.clone());
        it.ids.extend(if only.is_empty() { &ids } else { &only });
        it.why.insert(finding.text.clone());
    }
    true
}

/// A notice about releases to come names one in which the vulnerability is closed.
fn outlived(scopes: &[Scope<'_>], finding: &Finding, all: &mut BTreeMap<Key, Gathered>) {
    let Some(notice) = finding.digest else { return };
    for (i, scope) in scopes.iter().enumerate() {
        let Some(v) = named(scope, &finding.release) else { continue };
        let ids: BTreeSet<usize> = finding.open.iter().filter_map(|id| find(scope, id)).collect();
        let of = finding.open.iter().cloned().collect();
        let it = all.entry((Task::Notice, i, None, None, of)).or_default();
        it.rules.insert(Rule::G9);
        it.states.insert(v);
        it.hardware.extend(scope.graph.states[v].hardware.iter().map(ToString::to_string));
        it.ids.extend(ids);
        it.supersedes.insert(notice);
        it.why.insert(finding.text.clone());
    }
}

fn named(scope: &Scope<'_>, label: &str) -> Option<usize> {
    (0..scope.graph.states.len()).find(|v| scope.label(*v) == label)
}

fn find(scope: &Scope<'_>, id: &str) -> Option<usize> {
    scope.statuses.find(&VulnId::new(id).ok()?)
}

/// The newest state of the line and feature level of a state, for the same customer, that was not withdrawn.
fn head(scope: &Scope<'_>, v: usize) -> usize {
    let states = &scope.graph.states;
    let (group, customer) = (states[v].group, &states[v].customer);
    let alike = (0..states.len()).filter(|s| {
        states[*s].group == group
            && states[*s].customer == *customer
            && states[*s].stable
            && !scope.is_withdrawn(*s)
            && states[*s].hardware.iter().any(|h| states[v].hardware.contains(h))
    });
    alike.max_by_key(|s| (states[*s].identity.security_level, states[*s].identity.sequence)).unwrap_or(v)
}

fn told(scopes: &[Scope<'_>], key: &Key, of: Gathered, register: &[Vulnerability]) -> Owed {
    let (task, i, ..) = key;
    let scope = &scopes[*i];
    let states = &scope.graph.states;
    let newest = |s: &usize| (states[*s].identity.security_level, states[*s].identity.sequence);
    let end = of.ends.iter().copied().max_by_key(newest);
    let id = |x: &usize| {
        let id = scope.id(*x).to_string();
        let known = register.iter().find(|r| r.id == id && r.scope == scope.graph.scope);
        let it = &scope.statuses.list[*x];
        let is_fix = |c: &&crate::vulnerability::Claim| c.outcome == Outcome::Fixed;
        let claims = || it.claims.iter().filter(is_fix).map(|c| c.step);
        let told_by = claims().min_by_key(|s| scope.step(*s).release.common.issued);
        OwedId {
            severity: known.and_then(|k| k.severity),
            exploited: it.exploited.is_some(),
            since: known.and_then(|k| k.fixed.or(k.known_since).or(k.advised)),
            fixed_in: known.map(|k| k.fixed_in.clone()).unwrap_or_default(),
            told_by: told_by.map(|s| scope.step(s).release.digest),
            id,
        }
    };
    let mut ids: Vec<OwedId> = of.ids.iter().map(id).collect();
    ids.sort_by_cached_key(most_urgent);
    let line = end.map_or_else(String::new, |s| states[s].identity.line.to_string());
    let last = |s: usize| states[s].into.last().map(|step| scope.step(*step).release.digest);
    Owed {
        task: *task,
        rules: of.rules,
        scope: scope.graph.scope.clone(),
        line,
        after: end.map(|s| states[s].identity.version.to_string()),
        previous: end.and_then(last),
        releases: scope.releases(of.states.iter().copied()),
        users: sorted(of.states.iter().map(|s| scope.label(*s).to_owned())),
        states: of.states.iter().map(|s| states[*s].digest).collect(),
        hardware: of.hardware,
        ids,
        sequence: None,
        security_level: None,
        feature_level: end.map(|s| states[s].identity.feature_level),
        says: end.filter(|_| *task == Task::FeatureRelease).map(|head| {
            let covered = of.states.iter().copied().chain([head]).collect();
            feature::says(scope, head, &covered)
        }),
        supersedes: of.supersedes,
        why: of.why,
    }
}

/// Gives the releases their numbers, in the order in which they are to be built.
pub(super) fn number(scopes: &[Scope<'_>], owed: &mut [Owed]) {
    for scope in scopes {
        let mut level = highest_level(scope);
        let mut sequences: BTreeMap<String, u64> = BTreeMap::new();
        for it in owed.iter_mut().filter(|o| o.scope == scope.graph.scope) {
            if !matches!(it.task, Task::SecurityRelease | Task::FeatureRelease) {
                it.feature_level = None;
                continue;
            }
            let last = sequences.entry(it.line.clone()).or_insert_with(|| highest_sequence(scope, &it.line));
            *last = last.saturating_add(1);
            it.sequence = Some(*last);
            match it.task {
                Task::SecurityRelease => level = level.saturating_add(1),
                _ => it.feature_level = it.feature_level.map(|f| f.saturating_add(1)),
            }
            it.security_level = Some(level);
        }
    }
}
