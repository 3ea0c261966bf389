//! The status of every vulnerability in every state.
//!
//! These decide, in this order: what a statement says of that very state (the newest wins); that a manifest into the
//! state fixes the vulnerability; that the security level of the state is at least the one at which the vulnerability
//! was first fixed; that a release names the state as affected. What nobody decided counts as open.

use crate::aliases::Aliases;
use crate::graph::Graph;
use crate::set::Product;
use crate::vulnerability::{Claim, Vulnerability};
use pkg_format::manifest::{Affected, AppliesTo, Exploited, Outcome, Status, VexJustification, VexStatus};
use pkg_format::{Digest, VulnId};
use std::collections::{BTreeMap, HashMap};

/// The status of a vulnerability in a state, decided from all statements.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EffectiveStatus {
    Fixed,
    NotAffected(VexJustification),
    Affected,
    Mitigated,
    /// It was fixed, and a later release took the fix back.
    Reopened,
    /// No statement says anything.
    Undecided,
}

impl EffectiveStatus {
    pub(crate) fn is_open(self) -> bool {
        !matches!(self, EffectiveStatus::Fixed | EffectiveStatus::NotAffected(_))
    }
}

impl From<VexStatus> for EffectiveStatus {
    fn from(status: VexStatus) -> EffectiveStatus {
        match status {
            VexStatus::Affected => EffectiveStatus::Affected,
            VexStatus::NotAffected(why) => EffectiveStatus::NotAffected(why),
            VexStatus::UnderInvestigation => EffectiveStatus::Undecided,
            VexStatus::Fixed => EffectiveStatus::Fixed,
            VexStatus::Mitigated => EffectiveStatus::Mitigated,
        }
    }
}

/// The vulnerabilities of a scope, and their status in each state.
#[derive(Debug)]
pub(crate) struct EffectiveStatuses {
    pub(crate) list: Vec<Vulnerability>,
    names: HashMap<VulnId, usize>,
    /// By state: the vulnerabilities, sorted, whose status differs from what the level of the state says.
    facts: Vec<Vec<(usize, EffectiveStatus)>>,
    /// By state: what statements say of that very state, by vulnerability.
    stated: Vec<BTreeMap<usize, EffectiveStatus>>,
    /// By vulnerability: whether something other than levels decides its status in any state.
    has_facts: Vec<bool>,
}

impl EffectiveStatuses {
    /// What is known at a time.
    pub(crate) fn new(product: &Product, graph: &Graph<'_>, at: u64) -> EffectiveStatuses {
        let mut names = Aliases::default();
        let declared = &product.declared.vulnerabilities;
        for past in declared {
            names.index(&past.id);
        }
        for release in product.releases_by(at) {
            for fix in release.fixes() {
                fix.aliases.iter().for_each(|alias| names.join(&fix.id, alias));
            }
        }
        let mut all = EffectiveStatuses {
            list: Vec::new(),
            names: HashMap::new(),
            facts: vec![Vec::new(); graph.states.len()],
            stated: vec![BTreeMap::new(); graph.states.len()],
            has_facts: Vec::new(),
        };
        all.claims(&mut names, graph);
        let explicit = all.explicit(&mut names, product, graph, at);
        all.reopened(graph, &explicit);
        // They are sorted by date, so the newest stays.
        for it in explicit {
            all.stated[it.state].insert(it.vulnerability, it.status);
        }
        for past in declared {
            let Some(&v) = all.names.get(&past.id) else { continue };
            let since = &mut all.list[v].known_since;
            *since = earliest(*since, past.known_since);
        }
        all.collect(graph);
        all.name(&names);
        all
    }

    /// The place of a vulnerability in the list; made where it is new.
    fn at(&mut self, names: &mut Aliases, id: &VulnId) -> usize {
        if let Some(v) = self.names.get(id) {
            return *v;
        }
        let root = names.root(id);
        let next = self.list.len();
        let v = *self.names.entry(root.clone()).or_insert(next);
        if v == next {
            self.list.push(Vulnerability::new(root));
        }
        self.names.insert(id.clone(), v);
        v
    }

    fn claims(&mut self, names: &mut Aliases, graph: &Graph<'_>) {
        for (i, step) in graph.steps.iter().enumerate() {
            for fix in step.release.fixes() {
                let v = self.at(names, &fix.id);
                for alias in &fix.aliases {
                    self.at(names, alias);
                }
                let affected: Option<Vec<usize>> = match &fix.affected {
                    Affected::AppliesTo => None,
                    Affected::States(list) => Some(list.iter().filter_map(|d| graph.place(d)).collect()),
                };
                let it = &mut self.list[v];
                // `applies-to` means the states below the level at which the fix came in: those above it had the fix
                // before.
                let to = &graph.states[step.to];
                match (&affected, &step.release.body.applies_to) {
                    (Some(list), _) => it.named.extend(list),
                    (None, AppliesTo::Line) => {
                        let below = it.named_below.entry(to.group).or_default();
                        *below = (*below).max(fix.level.min(to.identity.security_level));
                    }
                    (None, AppliesTo::States(_)) => it.named.extend(
                        graph
                            .sources(i)
                            .iter()
                            .filter(|u| graph.states[**u].identity.security_level < fix.level),
                    ),
                }
                it.claims.push(Claim { step: i, level: fix.level, outcome: fix.status, affected });
                if fix.status == Outcome::Fixed {
                    it.level = earliest(it.level, Some(fix.level));
                }
                it.known_since = earliest(it.known_since, fix.known_since);
                if let Exploited::Yes(since) = fix.exploited {
                    it.exploited = Some(earliest(it.exploited.flatten(), since));
                }
            }
            for also in step.release.also_fixes() {
                let v = self.at(names, &also.id);
                self.list[v].also.push(i);
            }
        }
    }

    /// What statements say of single states, in the order in which one overrules another: declared first, then by date, then
    /// open after closed, then by digest.
    fn explicit(
        &mut self,
        names: &mut Aliases,
        product: &Product,
        graph: &Graph<'_>,
        at: u64,
    ) -> Vec<Explicit> {
        let mut all: Vec<Explicit> = Vec::new();
        for past in &product.declared.vulnerabilities {
            for (state, status) in &past.statuses {
                let Some(state) = graph.place(state) else { continue };
                let vulnerability = self.at(names, &past.id);
                let status: EffectiveStatus = (*status).into();
                // A declaration cannot close what a signed release says is open.
                if status.is_open() || !self.is_named(graph, state, vulnerability) {
                    all.push(Explicit { when: DECLARED, state, vulnerability, status });
                    self.list[vulnerability].declared.insert(state);
                }
            }
        }
        let mut add = |list: &[Status], when: (u64, Digest)| {
            for status in list {
                for state in status.states.iter().filter_map(|d| graph.place(d)) {
                    let vulnerability = self.at(names, &status.id);
                    self.list[vulnerability].declared.remove(&state);
                    let status = status.standing.into();
                    all.push(Explicit { when, state, vulnerability, status });
                }
            }
        };
        for r in product.releases_by(at) {
            add(&r.body.statuses, (r.common.issued, r.digest));
        }
        for n in product.notices_by(at) {
            add(&n.body.statuses, (n.common.issued, n.digest));
        }
        for step in &graph.steps {
            for reopened in step.release.reopens() {
                let vulnerability = self.at(names, &reopened.id);
                let when = (step.release.common.issued, step.release.digest);
                let status = EffectiveStatus::Reopened;
                all.push(Explicit { when, state: step.to, vulnerability, status });
            }
        }
        // Of two with the same date the worse one counts: an inexact date must not make anything look better.
        all.sort_by_key(|e| (e.when.0, e.status.is_open(), e.when.1, e.state, e.vulnerability));
        all
    }

    /// A vulnerability whose fix was taken back stays open on the line until a release fixes it again.
    fn reopened(&mut self, graph: &Graph<'_>, explicit: &[Explicit]) {
        for taken in explicit.iter().filter(|e| e.status == EffectiveStatus::Reopened) {
            let back = &graph.states[taken.state].identity;
            let again = self.list[taken.vulnerability].claims.iter();
            let again = again.filter(|c| c.outcome == Outcome::Fixed && c.level > back.security_level);
            let again = again.map(|c| c.level).min().unwrap_or(u64::MAX);
            for (i, state) in graph.states.iter().enumerate() {
                let later = state.identity.line == back.line && state.identity.sequence > back.sequence;
                if later && state.identity.security_level < again {
                    self.stated[i].insert(taken.vulnerability, EffectiveStatus::Reopened);
                }
            }
        }
    }

    /// Collects where the status differs from what levels say.
    fn collect(&mut self, graph: &Graph<'_>) {
        let mut listed: Vec<BTreeMap<usize, EffectiveStatus>> = vec![BTreeMap::new(); graph.states.len()];
        for (v, it) in self.list.iter().enumerate() {
            for claim in &it.claims {
                let to = graph.steps[claim.step].to;
                let by_level = it.level.is_some_and(|l| l <= graph.states[to].identity.security_level);
                match claim.outcome {
                    _ if by_level => {}
                    Outcome::Fixed => drop(listed[to].insert(v, EffectiveStatus::Fixed)),
                    Outcome::Mitigated => drop(listed[to].entry(v).or_insert(EffectiveStatus::Mitigated)),
                }
            }
            for step in &it.also {
                let to = graph.steps[*step].to;
                if it.level.is_none_or(|l| l > graph.states[to].identity.security_level) {
                    listed[to].insert(v, EffectiveStatus::Fixed);
                }
            }
        }
        for (state, mut facts) in listed.into_iter().enumerate() {
            facts.extend(self.stated[state].iter().map(|(v, status)| (*v, *status)));
            self.facts[state] = facts.into_iter().collect();
        }
        self.has_facts = vec![false; self.list.len()];
        self.facts.iter().flatten().for_each(|(v, _)| self.has_facts[*v] = true);
    }

    /// The level at which a vulnerability was fixed, if levels alone decide its status in every state.
    pub(crate) fn by_level(&self, v: usize) -> Option<u64> {
        self.list[v].level.filter(|_| !self.has_facts[v])
    }

    /// Names each vulnerability by its CVE id if it has one, else by the first id in order.
    fn name(&mut self, names: &Aliases) {
        let mut all: Vec<Vec<VulnId>> = vec![Vec::new(); self.list.len()];
        let known = names.ids.iter().filter_map(|id| Some((id, *self.names.get(id)?)));
        known.for_each(|(id, v)| all[v].push(id.clone()));
        for (it, mut ids) in self.list.iter_mut().zip(all) {
            ids.sort_by_key(|id| (!id.as_str().starts_with("CVE-"), id.clone()));
            ids.dedup();
            let mut ids = ids.into_iter();
            it.id = ids.next().unwrap_or_else(|| it.id.clone());
            it.aliases = ids.collect();
        }
    }

    /// The place of a vulnerability in the list.
    pub(crate) fn find(&self, id: &VulnId) -> Option<usize> {
        self.names.get(id).copied()
    }

    /// The vulnerabilities, sorted, whose status in a state differs from what its level says.
    pub(crate) fn facts(&self, state: usize) -> &[(usize, EffectiveStatus)] {
        &self.facts[state]
    }

    /// What statements say of that very state, by vulnerability.
    pub(crate) fn stated(&self, state: usize) -> &BTreeMap<usize, EffectiveStatus> {
        &self.stated[state]
    }

    /// Whether a release took back the fix of a vulnerability, and the state has been without it since.
    pub(crate) fn is_reopened(&self, state: usize, v: usize) -> bool {
        self.stated[state].get(&v) == Some(&EffectiveStatus::Reopened)
    }

    /// The status of a vulnerability in a state.
    pub(crate) fn status(&self, graph: &Graph<'_>, state: usize, v: usize) -> EffectiveStatus {
        if let Ok(found) = self.facts[state].binary_search_by_key(&v, |(v, _)| *v) {
            return self.facts[state][found].1;
        }
        let level = graph.states[state].identity.security_level;
        match self.list[v].level.is_some_and(|l| l <= level) {
            true => EffectiveStatus::Fixed,
            false if self.is_named(graph, state, v) => EffectiveStatus::Affected,
            false => EffectiveStatus::Undecided,
        }
    }

    /// Whether a vulnerability is open in a state; faster than [`EffectiveStatuses::status`].
    pub(crate) fn is_open(&self, graph: &Graph<'_>, state: usize, v: usize) -> bool {
        match self.facts[state].binary_search_by_key(&v, |(v, _)| *v) {
            Ok(found) => self.facts[state][found].1.is_open(),
            Err(_) => {
                let level = graph.states[state].identity.security_level;
                self.list[v].level.is_none_or(|l| l > level)
            }
        }
    }

    /// Whether a release names the state as affected.
    pub(crate) fn is_named(&self, graph: &Graph<'_>, state: usize, v: usize) -> bool {
        let (it, level) = (&self.list[v], graph.states[state].identity.security_level);
        it.named_below.get(&graph.states[state].group).is_some_and(|below| level < *below)
            || it.named.contains(&state)
    }

    /// The states that releases name as affected in a list: step and state.
    pub(crate) fn named_in_lists(&self, v: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let lists = self.list[v].claims.iter().filter_map(|c| Some((c.step, c.affected.as_ref()?)));
        lists.flat_map(|(step, states)| states.iter().map(move |s| (step, *s)))
    }
}

/// What one statement says of one state.
struct Explicit {
    /// When it was issued, and the digest of its manifest.
    when: (u64, Digest),
    state: usize,
    vulnerability: usize,
    status: EffectiveStatus,
}

/// A declaration counts as older than anything that was signed.
const DECLARED: (u64, Digest) = (0, Digest([0; 32]));

/// The smaller of two that may be absent.
fn earliest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
