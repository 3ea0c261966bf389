//! The status of every vulnerability in every state. `pkg-status` decides; here is what the rules of sets ask.

use crate::graph::Graph;
use crate::set::Product;
use crate::vulnerability::{Claim, Correction, Vulnerability};
use pkg_format::manifest::{Affected, Exploited, Outcome, VexStatus};
use pkg_format::{Digest, Id, VulnId};
use pkg_status::{Decisions, Field, History, Open, Shipped, Source, Statuses, Word};
use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// The vulnerabilities of a scope, and their status in each state.
#[derive(Debug)]
pub(crate) struct EffectiveStatuses {
    pub(crate) list: Vec<Vulnerability>,
    names: HashMap<VulnId, usize>,
    statuses: Statuses,
    /// By state: the vulnerabilities whose fix a release took back, and that are open since.
    reopened: Vec<BTreeSet<usize>>,
}

impl EffectiveStatuses {
    /// What is known at a time. With `hardware`: what devices with these ids are told.
    pub(crate) fn new(
        product: &Product,
        graph: &Graph<'_>,
        at: u64,
        hardware: Option<&BTreeSet<Id>>,
    ) -> EffectiveStatuses {
        let Some(scope) = scope(product, graph) else { return EffectiveStatuses::empty(graph) };
        let decisions = decisions(product, scope, at, hardware.and_then(BTreeSet::first));
        let same = |(place, state): (usize, &crate::graph::State)| decisions.digest(place) == state.digest;
        debug_assert!(graph.states.iter().enumerate().all(same), "both number the states alike");
        let count = decisions.statuses().vulnerabilities();
        let mut all = EffectiveStatuses {
            list: (0..count).map(|v| Vulnerability::new(&decisions, v)).collect(),
            names: HashMap::new(),
            reopened: vec![BTreeSet::new(); graph.states.len()],
            ..EffectiveStatuses::empty(graph)
        };
        for v in 0..count {
            let ids = std::iter::once(decisions.name(v)).chain(decisions.aliases(v).iter().copied());
            all.names.extend(ids.map(|id| (id.clone(), v)));
        }
        all.claims(graph);
        all.look_up(product, graph, &decisions, at);
        all.reopen(decisions.statuses(), graph, |source| decisions.statement(source).field);
        all.contradictions(product, graph, &decisions, at);
        all.statuses = decisions.into_statuses();
        all
    }

    fn empty(graph: &Graph<'_>) -> EffectiveStatuses {
        EffectiveStatuses {
            list: Vec::new(),
            names: HashMap::new(),
            statuses: Statuses::new(Default::default()),
            reopened: vec![BTreeSet::new(); graph.states.len()],
        }
    }

    /// Collects the fixes that releases list.
    fn claims(&mut self, graph: &Graph<'_>) {
        for (i, step) in graph.steps.iter().enumerate() {
            for fix in step.release.fixes() {
                let Some(v) = self.find(&fix.id) else { continue };
                let it = &mut self.list[v];
                let for_all = fix.affected == Affected::AppliesTo;
                let is_own = fix.level == step.release.security_level();
                it.claims.push(Claim { step: i, outcome: fix.status, for_all, is_own });
                if fix.status == Outcome::Fixed {
                    it.level = earliest(it.level, Some(fix.level));
                }
                it.known_since = earliest(it.known_since, fix.known_since);
                if let Exploited::Yes(since) = fix.exploited {
                    it.exploited = Some(earliest(it.exploited.flatten(), since));
                }
            }
            for also in step.release.also_fixes() {
                if let Some(v) = self.find(&also.id) {
                    self.list[v].also.push(i);
                }
            }
        }
    }

    /// Notes which statuses were only declared, which come from a fix that was taken back, and which are closed by a
    /// notice alone or under another id.
    fn look_up(&mut self, product: &Product, graph: &Graph<'_>, decisions: &Decisions<'_>, at: u64) {
        let mut of_interest: BTreeSet<usize> = BTreeSet::new();
        for past in &product.declared.vulnerabilities {
            let Some(v) = self.find(&past.id) else { continue };
            self.list[v].known_since = earliest(self.list[v].known_since, past.known_since);
            of_interest.insert(v);
        }
        let reopened = graph.steps.iter().flat_map(|s| s.release.reopens());
        of_interest.extend(reopened.filter_map(|r| self.find(&r.id)));
        let mut notices: HashSet<Digest> = HashSet::new();
        for notice in product.notices_by(at) {
            notices.insert(notice.digest);
            let closed = notice.body.statuses.iter().filter(|s| !s.standing.is_open());
            of_interest.extend(closed.filter_map(|s| self.find(&s.id)));
        }
        of_interest.extend((0..self.list.len()).filter(|v| !self.list[*v].aliases.is_empty()));
        for v in of_interest {
            let column = decisions.statuses().of(v);
            for state in 0..graph.states.len() {
                let is_declared =
                    decisions.decided_by(&column, state).is_some_and(|s| s.field == Field::Declared);
                if is_declared && column.status(state).decided().is_some_and(|d| d.inherited.is_none()) {
                    self.list[v].declared.insert(state);
                }
                let Some(by) = decisions.decided_by(&column, state).filter(|by| !by.status.is_open()) else {
                    continue;
                };
                if by.manifest.is_some_and(|m| notices.contains(&m)) {
                    self.list[v].closed_by_notice.insert(state);
                }
                if by.id != &self.list[v].id {
                    self.list[v].closed_by_alias.insert(state);
                }
            }
        }
    }

    /// Notes where a release took a fix back, and nothing closed the vulnerability since. What is said later and leaves it
    /// open changes nothing.
    fn reopen(&mut self, statuses: &Statuses, graph: &Graph<'_>, field: impl Fn(Source) -> Field) {
        let taken_back = graph.steps.iter().flat_map(|s| s.release.reopens());
        let taken_back: BTreeSet<usize> = taken_back.filter_map(|r| self.find(&r.id)).collect();
        // By vulnerability and state: the newest own word that takes a fix back or closes, and which of the two it is.
        let mut newest: BTreeMap<(usize, usize), (u64, bool)> = BTreeMap::new();
        for (i, said) in statuses.known().said.iter().enumerate() {
            let v = statuses.vulnerability(said.id);
            let is_back = said.word.is_open();
            if !taken_back.contains(&v) || is_back && field(Source::Said(i)) != Field::Reopens {
                continue;
            }
            let last = newest.entry((v, said.state)).or_insert((said.time, is_back));
            *last = (said.time, is_back).max(*last);
        }
        for v in taken_back {
            for &state in statuses.order().iter().filter(|s| **s < graph.states.len()) {
                let is_back = match newest.get(&(v, state)) {
                    Some((_, is_back)) => *is_back,
                    None => {
                        let mut parents = statuses.parents(state).iter();
                        parents.any(|p| self.reopened.get(*p).is_some_and(|r| r.contains(&v)))
                    }
                };
                if is_back && statuses.is_open(state, v) {
                    self.reopened[state].insert(v);
                }
            }
        }
    }

    /// Notes what statements close that changed nothing: an image cannot change.
    fn contradictions(&mut self, product: &Product, graph: &Graph<'_>, decisions: &Decisions<'_>, at: u64) {
        let statuses = decisions.statuses();
        let is_there = |word: Word| matches!(word, Word::Open(Open::Affected | Open::Mitigated));
        let mut affected: BTreeMap<(usize, usize), u64> = BTreeMap::new();
        for said in statuses.known().said.iter().filter(|s| is_there(s.word)) {
            let first = affected.entry((statuses.vulnerability(said.id), said.state)).or_insert(said.time);
            *first = said.time.min(*first);
        }
        let releases = product.releases_by(at).map(|r| &r.body.statuses);
        let said = releases.chain(product.notices_by(at).map(|n| &n.body.statuses)).flatten();
        let closed = said.filter(|s| !s.standing.is_open()).filter_map(|s| self.find(&s.id));
        for v in closed.collect::<BTreeSet<_>>() {
            let column = statuses.of(v);
            for state in 0..graph.states.len() {
                let own = column.status(state).decided().is_some_and(|d| d.inherited.is_none());
                let by = decisions.decided_by(&column, state).filter(|by| own && by.field == Field::Statuses);
                let Some((by, manifest)) = by.and_then(|by| Some((by, by.manifest?))) else { continue };
                let is_of_state = graph.place(&manifest) == Some(state);
                if by.status.is_open() || is_of_state {
                    continue;
                }
                let is_fixed = by.status == VexStatus::Fixed;
                let has_fix = is_fixed && self.has_fix(graph, statuses, state, v);
                if is_fixed && !has_fix {
                    self.list[v].fixed_by_words.insert(state, manifest);
                }
                if let Some(&affected) = affected.get(&(v, state)).filter(|_| !has_fix) {
                    let correction = Correction { state, affected, is_fixed, closed: by.time, by: manifest };
                    self.list[v].corrections.push(correction);
                }
            }
        }
    }

    /// Whether a manifest into a state fixes a vulnerability, or a parent of the state has it fixed.
    fn has_fix(&self, graph: &Graph<'_>, statuses: &Statuses, state: usize, v: usize) -> bool {
        let it = &self.list[v];
        let fixes = it.claims.iter().filter(|c| c.outcome == Outcome::Fixed && c.is_own).map(|c| c.step);
        let mut into = fixes.chain(it.also.iter().copied());
        into.any(|s| graph.steps[s].to == state)
            || statuses.parents(state).iter().any(|p| statuses.is_fixed(*p, v))
    }

    /// The place of a vulnerability in the list.
    pub(crate) fn find(&self, id: &VulnId) -> Option<usize> {
        self.names.get(id).copied()
    }

    /// The statuses by numbers.
    pub(crate) fn all(&self) -> &Statuses {
        &self.statuses
    }

    /// Whether a release took back the fix of a vulnerability, and the state has been without it since.
    pub(crate) fn is_reopened(&self, state: usize, v: usize) -> bool {
        self.reopened[state].contains(&v)
    }

    /// Whether a vulnerability is open in a state.
    pub(crate) fn is_open(&self, state: usize, v: usize) -> bool {
        self.statuses.is_open(state, v)
    }
}

/// The scope of a graph, as a statement names it.
fn scope<'m>(product: &'m Product, graph: &Graph<'_>) -> Option<&'m Id> {
    let signed = product.releases.iter().map(|r| &r.body.identity.scope);
    let declared = product.declared.releases.iter().map(|p| &p.identity.scope);
    signed.chain(declared).find(|s| s.as_str() == graph.scope)
}

/// What follows from the statements up to a time. The states have the numbers that the graph gives them.
fn decisions<'m>(product: &'m Product, scope: &'m Id, at: u64, hardware: Option<&'m Id>) -> Decisions<'m> {
    let mut history = History::new(scope);
    if let Some(hardware) = hardware {
        history = history.for_hardware(hardware);
    }
    for past in &product.declared.releases {
        let (identity, placed) = (&past.identity, past.placed.unwrap_or(0));
        if identity.scope == *scope && placed <= at {
            history.shipped(Shipped {
                state: past.state,
                line: &identity.line,
                sequence: identity.sequence,
                feature_level: identity.feature_level,
                security_level: identity.security_level,
                placed,
                hardware: &past.hardware,
            });
        }
    }
    for past in &product.declared.vulnerabilities {
        for (state, status) in &past.statuses {
            history.declared(&past.id, *state, *status);
        }
    }
    product.releases_by(at).for_each(|r| history.release(r.digest, r.state, &r.common, &r.body));
    product.notices_by(at).for_each(|n| history.notice(n.digest, &n.common, &n.body));
    history.decide()
}

/// The smaller of two that may be absent.
fn earliest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
