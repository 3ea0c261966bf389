//! The release graph of one scope: states, and the steps between them.
//!
//! A **state** is a vertex: manifests with the same images lead into one state. A **step** is a release. It has
//! an edge from each state in which a device takes it (SPEC 9.2) and for which there is a package: a full one, or a
//! delta from the images of that state.

use crate::declared::Past;
use crate::identity::Identity;
use crate::set::{Product, Release};
use crate::step::Step;
use crate::time::month;
use pkg_format::manifest::AppliesTo;
use pkg_format::transition::{self, Present};
use pkg_format::{Digest, Id, Label, limits};
use std::collections::{BTreeMap, BTreeSet, HashMap};

/// A vertex.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) digest: Digest,
    pub(crate) identity: Identity,
    pub(crate) hardware: BTreeSet<Id>,
    pub(crate) images: Vec<(Id, Digest)>,
    /// When it was first issued or placed on the market; 0 where a declaration does not say.
    pub(crate) placed: u64,
    /// The steps into it; none where it is only declared.
    pub(crate) into: Vec<usize>,
    /// The manifests of these steps.
    pub(crate) manifests: Vec<Digest>,
    /// When it was withdrawn.
    pub(crate) withdrawn: Option<u64>,
    /// The customer whose devices alone may have it.
    pub(crate) customer: Option<Label>,
    /// Whether a release that is not for testing leads into it.
    pub(crate) stable: bool,
    /// Whether it can be the first thing on a device.
    pub(crate) first: bool,
    /// The last month of support of its line, months since the year 0.
    pub(crate) support_until: u64,
    pub(crate) supported: bool,
    /// The index of its line and feature level.
    pub(crate) group: usize,
}

impl State {
    fn new(digest: Digest, identity: Identity, images: Vec<(Id, Digest)>, placed: u64) -> State {
        State {
            digest,
            identity,
            hardware: BTreeSet::new(),
            images,
            placed,
            into: Vec::new(),
            manifests: Vec::new(),
            withdrawn: None,
            customer: None,
            stable: false,
            first: false,
            support_until: 0,
            supported: false,
            group: 0,
        }
    }

    /// Whether only `history.toml` tells of it.
    pub(crate) fn is_declared(&self) -> bool {
        self.into.is_empty()
    }

    fn present(&self) -> Present<'_> {
        Present {
            line: &self.identity.line,
            sequence: self.identity.sequence,
            feature_level: self.identity.feature_level,
            security_level: self.identity.security_level,
            state: self.digest,
            manifests: &self.manifests,
            images: &self.images,
        }
    }
}

/// States of one line and feature level, and the steps that every one with a lower security level takes.
#[derive(Debug, Default)]
pub(crate) struct Group {
    /// By security level, the lowest first.
    states: Vec<usize>,
    plain: Vec<usize>,
    /// The lowest and the highest sequence up to each of these states.
    sequences: Vec<(u64, u64)>,
    /// Whether all of them have the same components.
    alike: bool,
}

/// The graph of one scope at one time.
#[derive(Debug)]
pub(crate) struct Graph<'m> {
    pub(crate) scope: String,
    pub(crate) states: Vec<State>,
    pub(crate) steps: Vec<Step<'m>>,
    /// States by security level, the highest first.
    pub(crate) order: Vec<usize>,
    pub(crate) groups: Vec<Group>,
    /// For each state the steps that devices in it take, without those that are plain.
    pub(crate) edges: Vec<Vec<usize>>,
    /// The state of each state digest and manifest digest.
    places: HashMap<Digest, usize>,
}

impl<'m> Graph<'m> {
    /// The graph of a scope as it was at a time. With `hardware`: what was withdrawn for these ids.
    pub(crate) fn new(
        product: &'m Product,
        scope: &str,
        at: u64,
        hardware: Option<&BTreeSet<Id>>,
    ) -> Graph<'m> {
        let mut graph = Graph {
            scope: scope.to_owned(),
            states: Vec::new(),
            steps: Vec::new(),
            order: Vec::new(),
            groups: Vec::new(),
            edges: Vec::new(),
            places: HashMap::new(),
        };
        for past in product.declared.releases.iter().filter(|p| p.identity.scope.as_str() == scope) {
            if past.placed.unwrap_or(0) <= at {
                graph.declare(past);
            }
        }
        let of_scope = |r: &&Release| r.body.identity.scope.as_str() == scope;
        let mut releases: Vec<_> = product.releases_by(at).filter(of_scope).collect();
        releases.sort_by_key(|r| (r.common.issued, r.common.sequence, r.digest));
        for release in releases {
            graph.add(release);
        }
        graph.group();
        graph.connect();
        graph.support(product, at);
        graph.withdraw(product, at, hardware);
        graph
    }

    /// Sets since when each state is withdrawn: on all hardware that it runs on, or on `hardware`.
    fn withdraw(&mut self, product: &Product, at: u64, hardware: Option<&BTreeSet<Id>>) {
        let mut withdrawals: Vec<_> = product.withdrawals_by(at).collect();
        withdrawals.sort_by_key(|w| w.common.issued);
        let mut left: BTreeMap<usize, BTreeSet<Id>> = BTreeMap::new();
        for withdrawal in withdrawals {
            let on: BTreeSet<&Id> = withdrawal.common.product.hardware.iter().collect();
            for place in withdrawal.body.withdraws.iter().filter_map(|d| self.places.get(d).copied()) {
                let state = &mut self.states[place];
                let left = left.entry(place).or_insert_with(|| {
                    let of = hardware.map(|these| state.hardware.intersection(these).cloned().collect());
                    of.filter(|these: &BTreeSet<Id>| !these.is_empty()).unwrap_or(state.hardware.clone())
                });
                left.retain(|id| !on.contains(id));
                if left.is_empty() && state.withdrawn.is_none() {
                    state.withdrawn = Some(withdrawal.common.issued);
                }
            }
        }
    }

    fn declare(&mut self, past: &Past) {
        if self.places.contains_key(&past.state) {
            return;
        }
        self.places.insert(past.state, self.states.len());
        let (identity, images) = (past.identity.clone(), past.images.clone());
        self.states.push(State {
            hardware: past.hardware.clone(),
            stable: true,
            first: true,
            support_until: past.support_until.unwrap_or(0),
            ..State::new(past.state, identity, images, past.placed.unwrap_or(0))
        });
    }

    fn add(&mut self, release: &'m Release) {
        let place = *self.places.entry(release.state).or_insert(self.states.len());
        let customer = release.customer();
        if place == self.states.len() {
            let images = release.body.images.iter().map(|i| (i.component.clone(), i.sha256)).collect();
            let state = State::new(release.state, release.identity(), images, release.common.issued);
            self.states.push(State { customer: customer.cloned(), ..state });
        }
        let state = &mut self.states[place];
        state.hardware.extend(release.hardware().iter().cloned());
        state.stable |= !release.is_testing();
        state.first |= release.body.fresh
            || matches!(&release.body.applies_to, AppliesTo::States(list) if list.is_empty());
        if state.customer.as_ref() != customer {
            state.customer = None;
        }
        state.into.push(self.steps.len());
        state.manifests.push(release.digest);
        self.places.entry(release.digest).or_insert(place);
        self.steps.push(Step::new(release, place));
    }

    /// Sorts the states into groups, and by security level.
    fn group(&mut self) {
        let mut groups: BTreeMap<(Id, u64), usize> = BTreeMap::new();
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
            let (mut lowest, mut highest) = (u64::MAX, 0);
            group.sequences = Vec::from_iter(group.states.iter().map(|s| {
                let sequence = self.states[*s].identity.sequence;
                (lowest, highest) = (lowest.min(sequence), highest.max(sequence));
                (lowest, highest)
            }));
            let components = |s: &usize| self.states[*s].images.iter().map(|(component, _)| component);
            group.alike = group.states.windows(2).all(|pair| components(&pair[0]).eq(components(&pair[1])));
        }
        self.order = (0..self.states.len()).collect();
        self.order.sort_by_key(|s| (std::cmp::Reverse(self.states[*s].identity.security_level), *s));
    }

    /// Finds the states from which devices take each step.
    fn connect(&mut self) {
        self.edges = vec![Vec::new(); self.states.len()];
        for step in 0..self.steps.len() {
            let to = self.steps[step].to;
            if let AppliesTo::States(list) = &self.steps[step].release.body.applies_to {
                let mut from: Vec<_> = list.iter().filter_map(|d| self.places.get(d).copied()).collect();
                from.sort_unstable();
                from.dedup();
                self.steps[step].from = from;
            } else if self.is_plain(step) {
                self.steps[step].plain = true;
                let group = self.states[to].group;
                self.groups[group].plain.push(step);
                continue;
            }
            let takers: Vec<usize> =
                self.sources(step).iter().copied().filter(|u| self.takes(step, *u)).collect();
            takers.iter().for_each(|u| self.edges[*u].push(step));
            self.steps[step].takers = takers;
        }
    }

    /// Whether every state of the line with a lower security level takes a step.
    fn is_plain(&self, step: usize) -> bool {
        let (it, sources) = (&self.steps[step], self.sources(step));
        let group = &self.groups[self.states[it.to].group];
        let Some(((&first, &last), (lowest, highest))) =
            sources.first().zip(sources.last()).zip(group.sequences.get(sources.len().saturating_sub(1)))
        else {
            return false;
        };
        if !it.is_security() || !it.full {
            return false;
        }
        // Who has the lowest numbers of all, and who has the highest, decide for those between them.
        let ends = [(first, *lowest), (last, *highest)].map(|(state, sequence)| {
            let present = Present { sequence, ..self.states[state].present() };
            transition::check(&it.release.body, it.release.common.sequence, Some(&present), limits::JUMP)
        });
        group.alike && ends.iter().all(Result::is_ok)
            || sources.iter().rev().all(|u| self.is_transition(step, *u))
    }

    /// Sets until when each state is supported: the latest month that was ever signed or declared for its line.
    fn support(&mut self, product: &Product, at: u64) {
        let mut lines: BTreeMap<Id, u64> = BTreeMap::new();
        let declared = self.states.iter().map(|s| (&s.identity.line, s.support_until));
        let signed = self.steps.iter().map(|s| (s.release.line(), s.release.support_until()));
        for (line, month) in declared.chain(signed) {
            let until = lines.entry(line.clone()).or_default();
            *until = (*until).max(month);
        }
        // A line for which nobody gave a month has the latest of the product.
        let of_product = product.releases_by(at).map(Release::support_until).max();
        for state in &mut self.states {
            let own = lines.get(&state.identity.line).copied().filter(|m| *m > 0);
            state.support_until = own.or(of_product).unwrap_or(0);
            state.supported = month(at) <= state.support_until;
        }
    }

    /// The state with this digest, or into which the manifest with this digest leads.
    pub(crate) fn place(&self, reference: &Digest) -> Option<usize> {
        self.places.get(reference).copied()
    }

    /// Whether a reference names every device in a state. The digest of a manifest names only the devices that
    /// installed that manifest.
    pub(crate) fn is_all_of(&self, reference: &Digest, state: usize) -> bool {
        let it = &self.states[state];
        it.digest == *reference || it.manifests == [*reference]
    }

    /// Whether the `applies-to` of a step names a state.
    pub(crate) fn names(&self, step: usize, u: usize) -> bool {
        let (step, from) = (&self.steps[step], &self.states[u]);
        match step.release.body.applies_to {
            AppliesTo::Line => {
                let to = &self.states[step.to];
                from.group == to.group && from.identity.security_level < to.identity.security_level
            }
            AppliesTo::States(_) => step.from.binary_search(&u).is_ok(),
        }
    }

    /// The states that the `applies-to` of a step names.
    pub(crate) fn sources(&self, step: usize) -> &[usize] {
        let step = &self.steps[step];
        match step.release.body.applies_to {
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

    /// Whether a device in state `u` may take a step (SPEC 9.2), whatever package there is.
    fn is_transition(&self, step: usize, u: usize) -> bool {
        let release = self.steps[step].release;
        let (present, sequence) = (self.states[u].present(), release.common.sequence);
        transition::check(&release.body, sequence, Some(&present), limits::JUMP).is_ok()
    }

    /// Whether a device in state `u` takes a step, and a package of it can be applied there.
    fn takes(&self, step: usize, u: usize) -> bool {
        self.steps[step].is_delivered_to(&self.states[u].images) && self.is_transition(step, u)
    }

    /// The states in which a device takes a step.
    pub(crate) fn takers(&self, step: usize) -> &[usize] {
        if self.steps[step].plain { self.sources(step) } else { &self.steps[step].takers }
    }

    /// The plain steps that lead on from a state.
    fn plain_from(&self, u: usize) -> impl Iterator<Item = usize> + '_ {
        let level = self.states[u].identity.security_level;
        let group = &self.groups[self.states[u].group];
        let above = move |s: &usize| self.states[self.steps[*s].to].identity.security_level > level;
        group.plain.iter().copied().filter(above)
    }

    /// Every step that a device in state `u` takes.
    pub(crate) fn steps_from(&self, u: usize) -> impl Iterator<Item = usize> + '_ {
        self.edges[u].iter().copied().chain(self.plain_from(u))
    }
}
