//! What each state was built from, in an order in which parents come first.

use crate::known::State;

/// A parent that a state names although the state is, directly or not, among what that parent was built from. It counts
/// as not named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Cycle {
    /// The state.
    pub state: usize,
    /// The parent that it names.
    pub parent: usize,
}

/// The parents of all states.
#[derive(Debug, Clone)]
pub(crate) struct Lineage {
    /// All states; parents come before children.
    pub(crate) order: Vec<usize>,
    /// By state: its parents.
    pub(crate) parents: Vec<Vec<usize>>,
    /// By state: whether it inherits that a vulnerability is not there.
    pub(crate) keeps_features: Vec<bool>,
    pub(crate) cycles: Vec<Cycle>,
}

impl Lineage {
    pub(crate) fn new(states: &[State]) -> Lineage {
        let mut parents: Vec<Vec<usize>> = states.iter().map(named).collect();
        let mut order = Vec::with_capacity(states.len());
        let mut cycles = Vec::new();
        for mut group in components(&parents) {
            // States that are built from each other. The younger of two is not what the older was built from.
            group.sort_by_key(|s| (states[*s].issued, *s));
            let age = |s: usize| (states[s].issued, s);
            for &state in &group {
                parents[state].retain(|&parent| {
                    let closes = age(parent) >= age(state)
                        && group.binary_search_by_key(&age(parent), |s| age(*s)).is_ok();
                    if closes {
                        cycles.push(Cycle { state, parent });
                    }
                    !closes
                });
            }
            order.append(&mut group);
        }
        cycles.sort_unstable();
        let keeps_features = states.iter().map(keeps_features).collect();
        Lineage { order, parents, keeps_features, cycles }
    }
}

/// The parents that any manifest into a state names.
fn named(state: &State) -> Vec<usize> {
    let mut all: Vec<usize> = state.steps.iter().flat_map(|s| s.from.iter().copied()).collect();
    all.sort_unstable();
    all.dedup();
    all
}

/// Whether every manifest that says what the state was built from keeps the features.
fn keeps_features(state: &State) -> bool {
    let mut steps = state.steps.iter().filter(|s| !s.from.is_empty()).peekable();
    steps.peek().is_some() && steps.all(|s| s.keeps_features)
}

/// The strongly connected components, parents before children (Tarjan, without recursion).
fn components(parents: &[Vec<usize>]) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut number = vec![NEW; parents.len()];
    let mut low = vec![NEW; parents.len()];
    let mut done = vec![false; parents.len()];
    let (mut stack, mut all, mut next) = (Vec::new(), Vec::new(), 0);
    for start in 0..parents.len() {
        if number[start] != NEW {
            continue;
        }
        // A state, and how many of its parents were looked at.
        let mut path = vec![(start, 0)];
        while let Some((state, seen)) = path.last_mut() {
            let state = *state;
            if *seen == 0 && number[state] == NEW {
                number[state] = next;
                low[state] = next;
                next += 1;
                stack.push(state);
            }
            if let Some(&parent) = parents[state].get(*seen) {
                *seen += 1;
                match number[parent] {
                    NEW => path.push((parent, 0)),
                    n if !done[parent] => low[state] = low[state].min(n),
                    _ => {}
                }
                continue;
            }
            path.pop();
            if let Some((child, _)) = path.last() {
                low[*child] = low[*child].min(low[state]);
            }
            if low[state] == number[state] {
                let at = stack.iter().rposition(|s| *s == state).unwrap_or(0);
                let group = stack.split_off(at);
                group.iter().for_each(|s| done[*s] = true);
                all.push(group);
            }
        }
    }
    all
}
