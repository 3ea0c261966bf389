//! The release graph of one scope: states, and the steps between them.
//!
//! A **state** is a vertex: manifests into the same images are one. A **step** is a manifest; it has
//! an edge from each state that its `applies-to` names, that a device in that state takes (SPEC 9.2),
//! and for which a package is there: a full one, or a delta for those very images.

use crate::model::{AppliesTo, Class, Delivery, Identity, Past, Product, Release};
use crate::time::month;
use pkg_format::Digest;
use pkg_format::manifest::{Effect, SeparationKind};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A device takes no larger jump of a counter in one step (SPEC 9.1).
const JUMP: u64 = 65_536;

/// A vertex.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) digest: Digest,
    pub(crate) identity: Identity,
    pub(crate) hardware: BTreeSet<String>,
    pub(crate) images: Vec<(String, Digest)>,
    /// When it was first issued or placed.
    pub(crate) placed: u64,
    /// The steps into it; none where it is only declared.
    pub(crate) into: Vec<usize>,
    /// When it was withdrawn.
    pub(crate) withdrawn: Option<u64>,
    /// The customer whose devices alone may have it.
    pub(crate) customer: Option<String>,
    /// Whether anything but a testing release leads into it.
    pub(crate) stable: bool,
    /// Whether it can be the first thing on a device.
    pub(crate) first: bool,
    /// The last month of support of its line.
    pub(crate) support_until: u64,
    pub(crate) supported: bool,
    /// Its line and feature level.
    pub(crate) group: usize,
}

impl State {
    /// Whether nobody signed it: `history.toml` tells of it.
    pub(crate) fn is_declared(&self) -> bool {
        self.into.is_empty()
    }
}

/// A manifest as a step.
#[derive(Debug)]
pub(crate) struct Step<'m> {
    pub(crate) release: &'m Release,
    pub(crate) to: usize,
    /// The states that a list names; nothing where it is `line`.
    from: Vec<usize>,
    /// Those of them that it names by a manifest which not everybody there came by.
    partly: Vec<usize>,
    pub(crate) full: bool,
    /// Every state of its group below its level takes it: no need to ask each.
    plain: bool,
    /// The highest level of a fix: it brings nothing to a state at or above it.
    most: u64,
}

impl Step<'_> {
    pub(crate) fn is_security(&self) -> bool {
        matches!(self.release.class, Class::Security { .. })
    }

    /// A security step that keeps what its separation promises: each change is a fix's, and said why.
    pub(crate) fn is_properly_separated(&self) -> bool {
        let Class::Security { kind, justified } = &self.release.class else { return false };
        let fixes: BTreeSet<_> = self.release.fixes.iter().map(|f| f.id.as_str()).collect();
        let level = self.release.identity.security_level;
        let needed = |needs: &[String]| !needs.is_empty() && needs.iter().all(|n| fixes.contains(n.as_str()));
        let changes = self.release.changes.iter().filter(|c| c.effect != Effect::Corrected);
        let pure = |l: u64| match l == level {
            true => *kind == SeparationKind::Pure,
            false => !self.release.inherited.iter().any(|(at, _)| *at == l),
        };
        changes.clone().all(|c| needed(&c.necessary_for) && !pure(c.level))
            && (*kind == SeparationKind::Pure
                || justified.is_some() && changes.clone().any(|c| c.level == level))
    }

    /// The strictest kind among what a device at security level `from` takes.
    pub(crate) fn effective(&self, from: u64) -> SeparationKind {
        let Class::Security { kind, .. } = &self.release.class else { return SeparationKind::Pure };
        let own = match self.release.identity.security_level > from {
            true => *kind,
            false => SeparationKind::Pure,
        };
        let above = self.release.inherited.iter().filter(|(level, _)| *level > from);
        above.map(|(_, kind)| *kind).fold(own, SeparationKind::stricter)
    }
}

/// States of one line and feature level, and the steps that apply to all of them.
#[derive(Debug, Default)]
struct Group {
    states: Vec<usize>,
    steps: Vec<usize>,
}

/// The graph of one scope at one time.
#[derive(Debug)]
pub(crate) struct Graph<'m> {
    pub(crate) scope: String,
    pub(crate) states: Vec<State>,
    pub(crate) steps: Vec<Step<'m>>,
    /// States by security level, the highest first.
    pub(crate) order: Vec<usize>,
    groups: Vec<Group>,
    /// The steps that name a state in a list.
    named: Vec<Vec<usize>>,
    places: HashMap<Digest, usize>,
}

impl<'m> Graph<'m> {
    /// The graph of a scope as it was at a time.
    pub(crate) fn of(product: &'m Product, scope: &str, at: u64) -> Graph<'m> {
        let mut graph = Graph {
            scope: scope.to_owned(),
            states: Vec::new(),
            steps: Vec::new(),
            order: Vec::new(),
            groups: Vec::new(),
            named: Vec::new(),
            places: HashMap::new(),
        };
        for past in product.declared.releases.iter().filter(|p| p.identity.scope == scope) {
            if past.placed.unwrap_or(0) <= at {
                graph.declare(past);
            }
        }
        let mut releases: Vec<_> =
            product.releases.iter().filter(|r| r.identity.scope == scope && r.issued <= at).collect();
        releases.sort_by_key(|r| (r.issued, r.identity.sequence, r.manifest));
        for release in releases {
            graph.add(release);
        }
        graph.connect();
        graph.support(product, at);
        for withdrawal in product.withdrawals.iter().filter(|w| w.issued <= at) {
            for state in withdrawal.withdraws.iter().filter_map(|d| graph.places.get(d).copied()) {
                let since = &mut graph.states[state].withdrawn;
                *since = Some(since.map_or(withdrawal.issued, |t| t.min(withdrawal.issued)));
            }
        }
        graph
    }

    fn declare(&mut self, past: &Past) {
        let at = self.states.len();
        if self.places.contains_key(&past.state) {
            return;
        }
        self.places.insert(past.state, at);
        self.states.push(State {
            digest: past.state,
            identity: past.identity.clone(),
            hardware: past.hardware.clone(),
            images: past.images.clone(),
            placed: past.placed.unwrap_or(0),
            into: Vec::new(),
            withdrawn: None,
            customer: None,
            stable: true,
            first: true,
            support_until: past.support_until.unwrap_or(0),
            supported: false,
            group: 0,
        });
    }

    fn add(&mut self, release: &'m Release) {
        let state = *self.places.entry(release.state).or_insert(self.states.len());
        if state == self.states.len() {
            self.states.push(State {
                digest: release.state,
                identity: release.identity.clone(),
                hardware: BTreeSet::new(),
                images: release.images.clone(),
                placed: release.issued,
                into: Vec::new(),
                withdrawn: None,
                customer: release.tailor_made.as_ref().map(|t| t.customer.clone()),
                stable: false,
                first: false,
                support_until: 0,
                supported: false,
                group: 0,
            });
        }
        let customer = release.tailor_made.as_ref().map(|t| &t.customer);
        let there = &mut self.states[state];
        there.hardware.extend(release.hardware.iter().cloned());
        there.stable |= !release.testing;
        there.first |=
            release.fresh || matches!(&release.applies_to, AppliesTo::States(list) if list.is_empty());
        if there.customer.as_ref() != customer {
            there.customer = None;
        }
        there.into.push(self.steps.len());
        self.places.entry(release.manifest).or_insert(state);
        self.steps.push(Step {
            release,
            to: state,
            from: Vec::new(),
            partly: Vec::new(),
            full: release.deliveries.contains(&Delivery::Full),
            plain: false,
            most: release.fixes.iter().map(|f| f.level).max().unwrap_or(0),
        });
    }

    /// Finds which states each step leads from.
    fn connect(&mut self) {
        let mut groups: BTreeMap<(String, u64), usize> = BTreeMap::new();
        for (i, state) in self.states.iter_mut().enumerate() {
            let next = groups.len();
            let key = (state.identity.line.clone(), state.identity.feature_level);
            state.group = *groups.entry(key).or_insert(next);
            if state.group == self.groups.len() {
                self.groups.push(Group::default());
            }
            self.groups[state.group].states.push(i);
        }
        for group in &mut self.groups {
            group.states.sort_by_key(|s| (self.states[*s].identity.security_level, *s));
        }
        self.named = vec![Vec::new(); self.states.len()];
        for step in 0..self.steps.len() {
            match &self.steps[step].release.applies_to {
                AppliesTo::Line => {
                    let group = self.states[self.steps[step].to].group;
                    self.groups[group].steps.push(step);
                    self.steps[step].plain = self.is_plain(step, group);
                }
                AppliesTo::States(list) => {
                    let mut from: Vec<_> = list.iter().filter_map(|d| self.places.get(d).copied()).collect();
                    from.sort_unstable();
                    from.dedup();
                    from.iter().for_each(|u| self.named[*u].push(step));
                    let all = |u: &usize| {
                        list.iter().any(|d| self.is_all_of(d, *u)) || {
                            let mut into =
                                self.states[*u].into.iter().map(|s| &self.steps[*s].release.manifest);
                            into.all(|manifest| list.contains(manifest))
                        }
                    };
                    self.steps[step].partly = from.iter().copied().filter(|u| !all(u)).collect();
                    self.steps[step].from = from;
                }
            }
        }
        self.order = (0..self.states.len()).collect();
        self.order.sort_by_key(|s| (std::cmp::Reverse(self.states[*s].identity.security_level), *s));
    }

    fn is_plain(&self, step: usize, group: usize) -> bool {
        let step = &self.steps[step];
        let (to, members) = (&self.states[step.to].identity, &self.groups[group].states);
        let below = members.partition_point(|s| self.states[*s].identity.security_level < to.security_level);
        let before = members[..below].iter().map(|s| self.states[*s].identity.sequence).max();
        let far = members.first().is_some_and(|s| {
            let lowest = &self.states[*s].identity;
            to.security_level.saturating_sub(lowest.security_level) > JUMP
        });
        step.is_security()
            && step.full
            && step.most >= to.security_level
            && !far
            && before.is_none_or(|most| most < to.sequence)
            && to.sequence <= JUMP
            && members[..below].iter().all(|u| self.brings_all(step, *u))
    }

    /// Until when each line is supported: the latest month ever signed or declared for it.
    fn support(&mut self, product: &Product, at: u64) {
        let mut lines: BTreeMap<String, u64> = BTreeMap::new();
        for state in &self.states {
            let until = lines.entry(state.identity.line.clone()).or_default();
            *until = (*until).max(state.support_until);
        }
        for step in &self.steps {
            let until = lines.entry(step.release.identity.line.clone()).or_default();
            *until = (*until).max(step.release.support.until);
        }
        // A line of which nothing is said has the product's.
        let all = product.releases.iter().filter(|r| r.issued <= at).map(|r| r.support.until).max();
        for state in &mut self.states {
            let own = lines.get(&state.identity.line).copied().filter(|m| *m > 0);
            state.support_until = own.or(all).unwrap_or(0);
            state.supported = month(at) <= state.support_until;
        }
    }

    /// The state that a reference names.
    pub(crate) fn place(&self, reference: &Digest) -> Option<usize> {
        self.places.get(reference).copied()
    }

    /// Whether a reference names every device in a state. A manifest names those that came there by it.
    pub(crate) fn is_all_of(&self, reference: &Digest, state: usize) -> bool {
        let it = &self.states[state];
        let only =
            || it.into.len() == 1 && it.into.iter().all(|s| self.steps[*s].release.manifest == *reference);
        it.digest == *reference || only()
    }

    /// Whether the maker says that a step leads from a state.
    pub(crate) fn names(&self, step: usize, u: usize) -> bool {
        let (step, from) = (&self.steps[step], &self.states[u]);
        match step.release.applies_to {
            AppliesTo::Line => {
                let to = &self.states[step.to];
                from.group == to.group && from.identity.security_level < to.identity.security_level
            }
            AppliesTo::States(_) => step.from.binary_search(&u).is_ok(),
        }
    }

    /// The states that a step names.
    pub(crate) fn sources(&self, step: usize) -> &[usize] {
        let step = &self.steps[step];
        match step.release.applies_to {
            AppliesTo::States(_) => &step.from,
            AppliesTo::Line => {
                let to = &self.states[step.to];
                let members = &self.groups[to.group].states;
                let level = to.identity.security_level;
                let below = members.partition_point(|s| self.states[*s].identity.security_level < level);
                &members[..below]
            }
        }
    }

    /// Whether a device in state `u` takes a step (SPEC 9.2), and a package for it is there.
    pub(crate) fn takes(&self, step: usize, u: usize) -> bool {
        if !self.names(step, u) {
            return false;
        }
        let step = &self.steps[step];
        if step.partly.binary_search(&u).is_ok() {
            return false;
        }
        let (old, new) = (&self.states[u].identity, &step.release.identity);
        let same_line = old.line == new.line;
        let gains = new.feature_level > old.feature_level || new.security_level > old.security_level;
        let forward = match same_line {
            true => new.sequence > old.sequence,
            false => new.feature_level >= old.feature_level && gains,
        };
        let before = if same_line { old.sequence } else { 0 };
        let near = |new: u64, old: u64| new.saturating_sub(old) <= JUMP;
        let rollback = forward
            && new.security_level >= old.security_level
            && near(new.sequence, before)
            && near(new.security_level, old.security_level)
            && near(new.feature_level, old.feature_level);
        let class = match step.is_security() {
            false => new.feature_level > old.feature_level,
            true => {
                let keeps = same_line && new.feature_level == old.feature_level;
                let kind = step.effective(old.security_level);
                let raises = kind == SeparationKind::Inseparable && new.feature_level >= old.feature_level;
                new.security_level > old.security_level && step.most > old.security_level && (keeps || raises)
            }
        };
        rollback && class && self.brings_all(step, u) && self.travels(step, u)
    }

    /// Whether a release has an image for every component that runs in the state (VER-12).
    fn brings_all(&self, step: &Step<'_>, u: usize) -> bool {
        let brings = |component: &String| step.release.images.iter().any(|(c, _)| c == component);
        self.states[u].images.iter().all(|(component, _)| brings(component))
    }

    fn travels(&self, step: &Step<'_>, u: usize) -> bool {
        let has = |(component, base): &(String, Digest)| {
            self.states[u].images.iter().any(|(c, d)| c == component && d == base)
        };
        step.release.deliveries.iter().any(|delivery| match delivery {
            Delivery::Full => true,
            Delivery::Delta(bases) => bases.iter().all(has),
        })
    }

    /// Every step that a device in state `u` takes.
    pub(crate) fn steps_from(&self, u: usize) -> impl Iterator<Item = usize> + '_ {
        let of_line = &self.groups[self.states[u].group].steps;
        of_line.iter().chain(&self.named[u]).copied().filter(move |s| self.takes(*s, u))
    }

    /// From each state, over security steps that `pass`, the least that can be had of
    /// `max(weights on the way, term at its end)`, and the first step to it. A security step raises
    /// the security level, so one pass from the highest level down suffices.
    ///
    /// `order` has the states that matter, and all that they reach, by level, the highest first.
    pub(crate) fn best(
        &self,
        order: &[usize],
        pass: impl Fn(usize) -> bool,
        term: impl Fn(usize) -> u64,
        weight: impl Fn(usize) -> u64,
    ) -> Vec<(u64, Option<usize>)> {
        let mut best: Vec<(u64, Option<usize>)> = vec![(u64::MAX, None); self.states.len()];
        // The least over plain steps of each group so far: they are from every state further down.
        let mut plain: Vec<(u64, Option<usize>)> = vec![(u64::MAX, None); self.groups.len()];
        let level = |s: usize| self.states[s].identity.security_level;
        for same in order.chunk_by(|a, b| level(*a) == level(*b)) {
            for &u in same {
                let mut found = (term(u), None);
                let group = &self.groups[self.states[u].group];
                let each = self.named[u].iter().chain(&group.steps).copied();
                let usable = |s: &usize| {
                    let step = &self.steps[*s];
                    !step.plain && step.is_security() && level(step.to) > level(u)
                };
                for step in each.filter(usable).filter(|s| pass(*s) && self.takes(*s, u)) {
                    let value = best[self.steps[step].to].0.max(weight(step));
                    if value < found.0 {
                        found = (value, Some(step));
                    }
                }
                let line = plain[self.states[u].group];
                best[u] = if line.0 < found.0 { line } else { found };
            }
            for &w in same {
                for &step in self.states[w].into.iter().filter(|s| self.steps[**s].plain && pass(**s)) {
                    let value = best[w].0.max(weight(step));
                    let group = &mut plain[self.states[w].group];
                    if value < group.0 {
                        *group = (value, Some(step));
                    }
                }
            }
        }
        best
    }

    /// Where the steps found by [`Graph::best`] end.
    pub(crate) fn end(&self, best: &[(u64, Option<usize>)], from: usize) -> usize {
        let mut at = from;
        while let Some(step) = best[at].1 {
            at = self.steps[step].to;
        }
        at
    }

    /// The states that can be reached over steps that `pass`, the start among them.
    pub(crate) fn reach(&self, from: usize, pass: impl Fn(usize) -> bool) -> Vec<usize> {
        let mut seen = vec![false; self.states.len()];
        let mut queue = vec![from];
        seen[from] = true;
        let mut next = 0;
        while let Some(&u) = queue.get(next) {
            next += 1;
            for step in self.steps_from(u).filter(|s| pass(*s)) {
                let to = self.steps[step].to;
                if !std::mem::replace(&mut seen[to], true) {
                    queue.push(to);
                }
            }
        }
        queue
    }

    /// The way with the fewest steps that do not `pass` from a state to one that is `good`, among
    /// steps that are `possible` at all: those steps, with the state each starts from.
    pub(crate) fn forbidden(
        &self,
        from: usize,
        possible: impl Fn(usize) -> bool,
        pass: impl Fn(usize) -> bool,
        good: impl Fn(usize) -> bool,
    ) -> Option<Vec<(usize, usize)>> {
        let mut cost = vec![usize::MAX; self.states.len()];
        let mut via: Vec<Option<(usize, usize)>> = vec![None; self.states.len()];
        let mut queue = std::collections::VecDeque::from([from]);
        let mut done = vec![false; self.states.len()];
        cost[from] = 0;
        while let Some(u) = queue.pop_front() {
            if std::mem::replace(&mut done[u], true) {
                continue;
            }
            if good(u) {
                let mut way = Vec::new();
                let mut at = u;
                while let Some((step, before)) = via[at] {
                    if !pass(step) {
                        way.push((step, before));
                    }
                    at = before;
                }
                way.reverse();
                return Some(way);
            }
            for step in self.steps_from(u).filter(|s| possible(*s)) {
                let to = self.steps[step].to;
                let more = usize::from(!pass(step));
                if cost[u] + more < cost[to] {
                    cost[to] = cost[u] + more;
                    via[to] = Some((step, u));
                    if more == 0 { queue.push_front(to) } else { queue.push_back(to) }
                }
            }
        }
        None
    }
}
