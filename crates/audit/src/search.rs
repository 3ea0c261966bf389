//! Searches in the release graph.

use crate::graph::Graph;
use crate::spans::Spans;
use std::collections::VecDeque;
use std::ops::Range;

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

/// Security steps, by the states that they lead from.
pub(crate) struct Network {
    /// Where the rows of each security level end, the highest level first.
    levels: Vec<usize>,
    rows: Vec<Row>,
    edges: Vec<Edge>,
    states: usize,
    groups: usize,
}

/// The steps of one state: places in [`Network::edges`].
struct Row {
    state: usize,
    group: usize,
    /// Those that lead from it alone, not from every lower state of its group.
    own: Range<usize>,
    /// Those that lead into it, from every lower state of its group.
    plain: Range<usize>,
}

struct Edge {
    step: usize,
    to: usize,
    /// When it could be taken.
    offered: Spans,
}

impl Network {
    /// For each state the least `term` of an end of its paths, and the first step of the path that has it.
    ///
    /// A security step raises the security level, so one pass from the highest level down is enough.
    fn best(&self, term: impl Fn(usize) -> u64) -> Vec<Best> {
        let mut best: Vec<Best> = vec![(u64::MAX, None); self.states];
        // For each group the least over its plain steps so far: every state with a lower level takes them.
        let mut plain: Vec<Best> = vec![(u64::MAX, None); self.groups];
        let mut first = 0;
        for &last in &self.levels {
            let same = &self.rows[first..last];
            for row in same {
                let mut found = (term(row.state), None);
                if found.0 > 0 {
                    for edge in &self.edges[row.own.clone()] {
                        let value = best[edge.to].0;
                        if value < found.0 {
                            found = (value, Some(edge.step));
                        }
                    }
                    let line = plain[row.group];
                    found = if line.0 < found.0 { line } else { found };
                }
                best[row.state] = found;
            }
            for row in same {
                for edge in &self.edges[row.plain.clone()] {
                    let value = best[row.state].0;
                    let group = &mut plain[row.group];
                    if value < group.0 {
                        *group = (value, Some(edge.step));
                    }
                }
            }
            first = last;
        }
        best
    }

    /// For each state when it was `good`, or a path led from there to a good state and each of its steps could be taken.
    pub(crate) fn times(&self, good: impl Fn(usize) -> bool) -> Vec<Spans> {
        let mut times: Vec<Spans> = vec![Spans::default(); self.states];
        let mut plain: Vec<Spans> = vec![Spans::default(); self.groups];
        let mut first = 0;
        for &last in &self.levels {
            let same = &self.rows[first..last];
            for row in same {
                if good(row.state) {
                    times[row.state] = Spans::EVER;
                    continue;
                }
                let mut found = plain[row.group].clone();
                for edge in &self.edges[row.own.clone()] {
                    found.join(&times[edge.to].meet(&edge.offered));
                }
                times[row.state] = found;
            }
            for row in same {
                for edge in &self.edges[row.plain.clone()] {
                    plain[row.group].join(&times[row.state].meet(&edge.offered));
                }
            }
            first = last;
        }
        times
    }
}

impl Graph<'_> {
    /// The security steps that `pass`, ready to be searched many times.
    ///
    /// `offered` says when a step could be taken.
    pub(crate) fn network(&self, pass: impl Fn(usize) -> bool, offered: impl Fn(usize) -> Spans) -> Network {
        let edge = |step: usize| Edge { step, to: self.steps[step].to, offered: offered(step) };
        let mut network = Network {
            levels: Vec::new(),
            rows: Vec::with_capacity(self.order.len()),
            edges: Vec::new(),
            states: self.states.len(),
            groups: self.groups.len(),
        };
        for same in self.levels() {
            for &state in same {
                let first = network.edges.len();
                let own = self.edges[state].iter().filter(|s| self.rises(**s, state) && pass(**s));
                network.edges.extend(own.map(|s| edge(*s)));
                let plain = network.edges.len();
                let into = self.states[state].into.iter().filter(|s| self.steps[**s].plain && pass(**s));
                network.edges.extend(into.map(|s| edge(*s)));
                let (group, last) = (self.states[state].group, network.edges.len());
                network.rows.push(Row { state, group, own: first..plain, plain: plain..last });
            }
            network.levels.push(network.rows.len());
        }
        network
    }

    /// For each state the least `term` of an end of its paths over steps that `pass`, and the first step of that path.
    pub(crate) fn best(&self, pass: impl Fn(usize) -> bool, term: impl Fn(usize) -> u64) -> Vec<Best> {
        self.network(pass, |_| Spans::EVER).best(term)
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
        for same in self.levels() {
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

    /// States with the same security level, the highest level first.
    fn levels(&self) -> impl Iterator<Item = &[usize]> {
        let level = |s: &usize| self.states[*s].identity.security_level;
        self.order.chunk_by(move |a, b| level(a) == level(b))
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
