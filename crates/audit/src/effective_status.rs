//! How every vulnerability stands in every state.
//!
//! What decides, in this order: what was said of that very state (the newest wins); that a manifest
//! into it fixes it; that its security level is at least the one at which it was first fixed; that
//! somebody named the state as affected. What nobody decided counts as open.

use crate::graph::Graph;
use crate::model::{AppliesTo, Product, Status};
use pkg_format::Digest;
use pkg_format::manifest::{Outcome, VexJustification, VexStatus};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// How a vulnerability stands in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum EffectiveStatus {
    Fixed,
    NotAffected(VexJustification),
    Affected,
    Mitigated,
    /// It was fixed, and a later release took the fix back.
    Reopened,
    /// Nobody said.
    Undecided,
}

impl EffectiveStatus {
    pub(crate) fn is_open(self) -> bool {
        !matches!(self, EffectiveStatus::Fixed | EffectiveStatus::NotAffected(_))
    }
}

impl From<VexStatus> for EffectiveStatus {
    fn from(standing: VexStatus) -> EffectiveStatus {
        match standing {
            VexStatus::Affected => EffectiveStatus::Affected,
            VexStatus::NotAffected(why) => EffectiveStatus::NotAffected(why),
            VexStatus::UnderInvestigation => EffectiveStatus::Undecided,
            VexStatus::Fixed => EffectiveStatus::Fixed,
            VexStatus::Mitigated => EffectiveStatus::Mitigated,
        }
    }
}

/// A release that lists a vulnerability among its fixes.
#[derive(Debug)]
pub(crate) struct Claim {
    pub(crate) step: usize,
    pub(crate) level: u64,
    pub(crate) outcome: Outcome,
    /// The states it names as affected; none means those that the release applies to.
    affected: Option<Vec<usize>>,
}

impl Claim {
    /// Whether it names the states that the release applies to.
    pub(crate) fn is_for_all(&self) -> bool {
        self.affected.is_none()
    }
}

/// One vulnerability, whatever it is called.
#[derive(Debug, Default)]
pub(crate) struct Vulnerability {
    pub(crate) id: String,
    pub(crate) aliases: Vec<String>,
    /// The security level at which it was first fixed.
    pub(crate) level: Option<u64>,
    pub(crate) claims: Vec<Claim>,
    /// Feature releases that it rides in.
    pub(crate) also: Vec<usize>,
    pub(crate) known_since: Option<u64>,
    /// Whether attackers use it, and since when.
    pub(crate) exploited: Option<Option<u64>>,
    /// The states of which nothing but a declaration says how it stands.
    pub(crate) declared: BTreeSet<usize>,
    /// Below which level each group of states was named as affected, by releases for a whole line.
    named_below: BTreeMap<usize, u64>,
    /// The states that releases name as affected one by one.
    named: BTreeSet<usize>,
}

/// The vulnerabilities of a scope, and how they stand.
#[derive(Debug)]
pub(crate) struct EffectiveStatuses {
    pub(crate) list: Vec<Vulnerability>,
    names: HashMap<String, usize>,
    /// What differs from what levels say, by state: sorted by vulnerability.
    facts: Vec<Vec<(usize, EffectiveStatus)>>,
    /// What was said of that very state, by state: vulnerability and standing.
    said: Vec<BTreeMap<usize, EffectiveStatus>>,
    /// Whether something but its level decides how a vulnerability stands anywhere.
    touched: Vec<bool>,
}

/// Aliases join names to one vulnerability.
#[derive(Default)]
struct Names {
    index: HashMap<String, usize>,
    parent: Vec<usize>,
    ids: Vec<String>,
}

impl Names {
    fn of(&mut self, id: &str) -> usize {
        if let Some(n) = self.index.get(id) {
            return self.root(*n);
        }
        let n = self.parent.len();
        self.index.insert(id.to_owned(), n);
        self.parent.push(n);
        self.ids.push(id.to_owned());
        n
    }

    fn root(&mut self, n: usize) -> usize {
        let mut at = n;
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }

    fn join(&mut self, a: &str, b: &str) {
        let (a, b) = (self.of(a), self.of(b));
        self.parent[b] = a;
    }
}

impl EffectiveStatuses {
    /// What is known at a time.
    pub(crate) fn of(product: &Product, graph: &Graph<'_>, at: u64) -> EffectiveStatuses {
        let mut names = Names::default();
        let declared = &product.declared.vulnerabilities;
        for past in declared {
            names.of(&past.id);
        }
        for release in product.releases.iter().filter(|r| r.issued <= at) {
            for fix in &release.fixes {
                fix.aliases.iter().for_each(|alias| names.join(&fix.id, alias));
            }
        }
        let mut all = EffectiveStatuses {
            list: Vec::new(),
            names: HashMap::new(),
            facts: vec![Vec::new(); graph.states.len()],
            said: vec![BTreeMap::new(); graph.states.len()],
            touched: Vec::new(),
        };
        all.claims(&mut names, graph);
        let explicit = all.explicit(&mut names, product, graph, at);
        all.reopened(graph, &explicit);
        // Sorted by date: what was said last stays.
        for said in explicit {
            all.said[said.state].insert(said.vulnerability, said.stand);
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
    fn at(&mut self, names: &mut Names, id: &str) -> usize {
        if let Some(v) = self.names.get(id) {
            return *v;
        }
        let root = names.of(id);
        let root = names.ids[root].clone();
        let next = self.list.len();
        let v = *self.names.entry(root.clone()).or_insert(next);
        if v == next {
            self.list.push(Vulnerability { id: root, ..Vulnerability::default() });
        }
        self.names.insert(id.to_owned(), v);
        v
    }

    fn claims(&mut self, names: &mut Names, graph: &Graph<'_>) {
        for (i, step) in graph.steps.iter().enumerate() {
            for fix in &step.release.fixes {
                let v = self.at(names, &fix.id);
                for alias in &fix.aliases {
                    self.at(names, alias);
                }
                let places = |list: &Vec<Digest>| list.iter().filter_map(|d| graph.place(d)).collect();
                let affected: Option<Vec<usize>> = fix.affected.as_ref().map(places);
                let it = &mut self.list[v];
                // `applies-to` means the states below the level at which the fix came in: those above
                // had it before.
                let to = &graph.states[step.to];
                match (&affected, &step.release.applies_to) {
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
                it.claims.push(Claim { step: i, level: fix.level, outcome: fix.outcome, affected });
                if fix.outcome == Outcome::Fixed {
                    it.level = earliest(it.level, Some(fix.level));
                }
                it.known_since = earliest(it.known_since, fix.known_since);
                if let Some(since) = fix.exploited {
                    it.exploited = Some(earliest(it.exploited.flatten(), since));
                }
            }
            for also in &step.release.also_fixes {
                let v = self.at(names, &also.id);
                self.list[v].also.push(i);
            }
        }
    }

    /// What was said of single states: what was declared, then by date, then what is open, then by digest.
    fn explicit(
        &mut self,
        names: &mut Names,
        product: &Product,
        graph: &Graph<'_>,
        at: u64,
    ) -> Vec<Explicit> {
        let mut said: Vec<Explicit> = Vec::new();
        for past in &product.declared.vulnerabilities {
            for (state, standing) in &past.standings {
                let Some(state) = graph.place(state) else { continue };
                let vulnerability = self.at(names, &past.id);
                let stand: EffectiveStatus = (*standing).into();
                // What nobody signed does not talk a signed statement away.
                if stand.is_open() || !self.is_named(graph, state, vulnerability) {
                    said.push(Explicit { when: (0, past_digest()), state, vulnerability, stand });
                    self.list[vulnerability].declared.insert(state);
                }
            }
        }
        let mut add = |list: &[Status], when: (u64, Digest)| {
            for status in list {
                for state in status.states.iter().filter_map(|d| graph.place(d)) {
                    let vulnerability = self.at(names, &status.id);
                    self.list[vulnerability].declared.remove(&state);
                    let stand = status.standing.into();
                    said.push(Explicit { when, state, vulnerability, stand });
                }
            }
        };
        for r in product.releases.iter().filter(|r| r.issued <= at) {
            add(&r.statuses, (r.issued, r.manifest));
        }
        for n in product.notices.iter().filter(|n| n.issued <= at) {
            add(&n.statuses, (n.issued, n.manifest));
        }
        for step in &graph.steps {
            for (id, _) in &step.release.reopens {
                let vulnerability = self.at(names, id);
                let when = (step.release.issued, step.release.manifest);
                said.push(Explicit { when, state: step.to, vulnerability, stand: EffectiveStatus::Reopened });
            }
        }
        // Of equal dates the worse counts: nobody is better off for a date that is not exact.
        said.sort_by_key(|e| (e.when.0, e.stand.is_open(), e.when.1, e.state, e.vulnerability));
        said
    }

    /// A fix that was taken back stays open on the line until a release fixes it again.
    fn reopened(&mut self, graph: &Graph<'_>, explicit: &[Explicit]) {
        for taken in explicit.iter().filter(|e| e.stand == EffectiveStatus::Reopened) {
            let back = &graph.states[taken.state].identity;
            let again = self.list[taken.vulnerability].claims.iter();
            let again = again.filter(|c| c.outcome == Outcome::Fixed && c.level > back.security_level);
            let again = again.map(|c| c.level).min().unwrap_or(u64::MAX);
            for (i, state) in graph.states.iter().enumerate() {
                let later = state.identity.line == back.line && state.identity.sequence > back.sequence;
                if later && state.identity.security_level < again {
                    self.said[i].insert(taken.vulnerability, EffectiveStatus::Reopened);
                }
            }
        }
    }

    /// Gathers what differs from what levels say.
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
            facts.extend(self.said[state].iter().map(|(v, stand)| (*v, *stand)));
            self.facts[state] = facts.into_iter().collect();
        }
        self.touched = vec![false; self.list.len()];
        self.facts.iter().flatten().for_each(|(v, _)| self.touched[*v] = true);
    }

    /// The level that alone decides how a vulnerability stands in every state.
    pub(crate) fn by_level(&self, v: usize) -> Option<u64> {
        self.list[v].level.filter(|_| !self.touched[v])
    }

    /// Calls each vulnerability by its CVE id where it has one, else by the first in order.
    fn name(&mut self, names: &Names) {
        let mut all: Vec<Vec<String>> = vec![Vec::new(); self.list.len()];
        let known = names.ids.iter().filter_map(|id| Some((id, *self.names.get(id)?)));
        known.for_each(|(id, v)| all[v].push(id.clone()));
        for (it, mut ids) in self.list.iter_mut().zip(all) {
            ids.sort_by_key(|id| (!id.starts_with("CVE-"), id.clone()));
            ids.dedup();
            let mut ids = ids.into_iter();
            it.id = ids.next().unwrap_or_default();
            it.aliases = ids.collect();
        }
    }

    /// The place of a vulnerability in the list.
    pub(crate) fn find(&self, id: &str) -> Option<usize> {
        self.names.get(id).copied()
    }

    /// What differs from what levels say of a state.
    pub(crate) fn facts(&self, state: usize) -> &[(usize, EffectiveStatus)] {
        &self.facts[state]
    }

    /// What was said of that very state.
    pub(crate) fn said(&self, state: usize) -> &BTreeMap<usize, EffectiveStatus> {
        &self.said[state]
    }

    /// How a vulnerability stands in a state.
    pub(crate) fn stand(&self, graph: &Graph<'_>, state: usize, v: usize) -> EffectiveStatus {
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

    /// Whether it is open there; quicker than [`EffectiveStatuses::stand`].
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

    /// States that a release names in a list as affected.
    pub(crate) fn named_in_lists(&self, v: usize) -> impl Iterator<Item = (usize, usize)> + '_ {
        let lists = self.list[v].claims.iter().filter_map(|c| Some((c.step, c.affected.as_ref()?)));
        lists.flat_map(|(step, states)| states.iter().map(move |s| (step, *s)))
    }
}

/// What was said of one state.
struct Explicit {
    when: (u64, Digest),
    state: usize,
    vulnerability: usize,
    stand: EffectiveStatus,
}

/// What was declared is older than anything that was signed.
fn past_digest() -> Digest {
    Digest([0; 32])
}

/// The smaller of two that may be absent.
fn earliest(a: Option<u64>, b: Option<u64>) -> Option<u64> {
    match (a, b) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    }
}
