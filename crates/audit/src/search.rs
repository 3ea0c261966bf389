//! Searches in the release graph.

use crate::graph::Graph;
use std::collections::VecDeque;

/// The least value that can be had from a state, and the first step towards it; none where the state itself has it.
pub(crate) type Best = (u64, Option<usize>);

/// The way from a state to a good one that has the fewest steps which do not pass.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Way {
    /// How many steps of it do not pass.
    pub(crate) cost: usize,
    /// Its first step; none where the state itself is good.
    pub(crate) first: Option<usize>,
}

impl Graph<'_> {
    /// For each state, over all paths of security steps that `pass`, the least value of
    /// `max(weights on the path, term at its end)`, and the first step of the path that has it. A security step
    /// raises the security level, so one pass from the highest level down is enough.
    ///
    /// `order` has the states to look at and all that they reach, by security level, the highest first. Every other
    /// state gets `u64::MAX`.
    pub(crate) fn best(
        &self,
        order: &[usize],
        pass: impl Fn(usize) -> bool,
        term: impl Fn(usize) -> u64,
        weight: impl Fn(usize) -> u64,
    ) -> Vec<Best> {
        let mut best: Vec<Best> = vec![(u64::MAX, None); self.states.len()];
        // For each group the least over its plain steps so far: every state with a lower level takes them.
        let mut plain: Vec<Best> = vec![(u64::MAX, None); self.groups.len()];
        for same in self.levels(order) {
            for &u in same {
                let mut found = (term(u), None);
                for &step in &self.edges[u] {
                    if self.rises(step, u) && pass(step) {
                        let value = best[self.steps[step].to].0.max(weight(step));
                        if value < found.0 {
                            found = (value, Some(step));
                        }
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

    /// For each state what is gathered over all paths of security steps that `pass`: `own` says what a state has, and
    /// `join` adds what another one has.
    pub(crate) fn gather<T: Clone + Default>(
        &self,
        pass: impl Fn(usize) -> bool,
        own: impl Fn(usize) -> T,
        mut join: impl FnMut(&mut T, &T),
    ) -> Vec<T> {
        let mut all: Vec<T> = vec![T::default(); self.states.len()];
        let mut plain: Vec<T> = vec![T::default(); self.groups.len()];
        for same in self.levels(&self.order) {
            for &u in same {
                let mut found = own(u);
                for &step in self.edges[u].iter().filter(|s| self.rises(**s, u) && pass(**s)) {
                    join(&mut found, &all[self.steps[step].to]);
                }
                join(&mut found, &plain[self.states[u].group]);
                all[u] = found;
            }
            for &w in same {
                if self.states[w].into.iter().any(|s| self.steps[*s].plain && pass(*s)) {
                    join(&mut plain[self.states[w].group], &all[w]);
                }
            }
        }
        all
    }

    /// States with the same security level.
    fn levels<'o>(&self, order: &'o [usize]) -> impl Iterator<Item = &'o [usize]> {
        let level = |s: &usize| self.states[*s].identity.security_level;
        order.chunk_by(move |a, b| level(a) == level(b))
    }

    /// Whether a step is a security step that raises the level of a state.
    fn rises(&self, step: usize, u: usize) -> bool {
        let it = &self.steps[step];
        let level = |s: usize| self.states[s].identity.security_level;
        it.is_security() && level(it.to) > level(u)
    }

    /// The end of the path that [`Graph::best`] found.
    pub(crate) fn end(&self, best: &[Best], from: usize) -> usize {
        let mut at = from;
        while let Some(step) = best[at].1 {
            at = self.steps[step].to;
        }
        at
    }

    /// The states that can be reached over steps that `pass`, with the start itself.
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

    /// For each state the way over `possible` steps to a `good` one that has the fewest steps which do not `pass`.
    pub(crate) fn ways(
        &self,
        possible: impl Fn(usize) -> bool,
        pass: impl Fn(usize) -> bool,
        good: impl Fn(usize) -> bool,
    ) -> Vec<Option<Way>> {
        let mut ways: Vec<Option<Way>> = vec![None; self.states.len()];
        let mut queue = VecDeque::new();
        for s in (0..self.states.len()).filter(|s| good(*s)) {
            ways[s] = Some(Way { cost: 0, first: None });
            queue.push_back(s);
        }
        let mut done = vec![false; self.states.len()];
        while let Some(w) = queue.pop_front() {
            let Some(way) = ways[w].filter(|_| !std::mem::replace(&mut done[w], true)) else { continue };
            for &step in self.states[w].into.iter().filter(|s| possible(**s)) {
                let cost = way.cost + usize::from(!pass(step));
                for &u in self.takers(step) {
                    if ways[u].is_none_or(|known| cost < known.cost) {
                        ways[u] = Some(Way { cost, first: Some(step) });
                        if cost == way.cost { queue.push_front(u) } else { queue.push_back(u) }
                    }
                }
            }
        }
        ways
    }

    /// The steps of a way that do not `pass`, each with the state from which it leads; and the end.
    pub(crate) fn along(
        &self,
        ways: &[Option<Way>],
        from: usize,
        pass: impl Fn(usize) -> bool,
    ) -> (Vec<(usize, usize)>, usize) {
        let (mut steps, mut at) = (Vec::new(), from);
        while let Some(step) = ways[at].and_then(|way| way.first) {
            if !pass(step) {
                steps.push((step, at));
            }
            at = self.steps[step].to;
        }
        (steps, at)
    }
}
