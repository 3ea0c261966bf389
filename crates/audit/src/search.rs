//! Searches in the release graph.

use crate::graph::Graph;

/// The least value that can be had from a state, and the first step towards it; none where the state itself has it.
pub(crate) type Best = (u64, Option<usize>);

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

    /// Finds the path over `possible` steps from a state to one that is `good` with the fewest steps that do not
    /// `pass`. Returns these steps, each with the state from which it leads.
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
                let mut path = Vec::new();
                let mut at = u;
                while let Some((step, before)) = via[at] {
                    if !pass(step) {
                        path.push((step, before));
                    }
                    at = before;
                }
                path.reverse();
                return Some(path);
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
