//! Which ids are of the same vulnerability.

use crate::known::AliasSet;
use std::collections::{BTreeMap, BTreeSet};

/// The vulnerability of each id, and the ids of each vulnerability.
#[derive(Debug, Clone, Default)]
pub(crate) struct Vulnerabilities {
    pub(crate) of: Vec<usize>,
    pub(crate) ids: Vec<Vec<usize>>,
}

impl Vulnerabilities {
    /// Joins ids by the newest set of each. Of several with the same time only the aliases that all of them name join.
    pub(crate) fn new(ids: usize, sets: &[AliasSet]) -> Vulnerabilities {
        let mut newest: BTreeMap<usize, (u64, BTreeSet<usize>)> = BTreeMap::new();
        for set in sets {
            let these: BTreeSet<usize> = set.aliases.iter().copied().collect();
            match newest.get_mut(&set.id) {
                Some((time, _)) if *time > set.time => {}
                Some((time, aliases)) if *time == set.time => aliases.retain(|a| these.contains(a)),
                _ => drop(newest.insert(set.id, (set.time, these))),
            }
        }
        let mut parent: Vec<usize> = (0..ids).collect();
        for (id, (_, aliases)) in &newest {
            for alias in aliases {
                let (a, b) = (root(&mut parent, *id), root(&mut parent, *alias));
                parent[a.max(b)] = a.min(b);
            }
        }
        let mut all = Vulnerabilities { of: vec![0; ids], ids: Vec::new() };
        // The root is the lowest id, so it comes first.
        for id in 0..ids {
            let root = root(&mut parent, id);
            if root == id {
                all.of[id] = all.ids.len();
                all.ids.push(vec![id]);
            } else {
                all.of[id] = all.of[root];
                all.ids[all.of[root]].push(id);
            }
        }
        all
    }
}

fn root(parent: &mut [usize], id: usize) -> usize {
    let mut at = id;
    while parent[at] != at {
        parent[at] = parent[parent[at]];
        at = parent[at];
    }
    at
}
