//! The ids of vulnerabilities: aliases join several to one vulnerability.

use pkg_format::VulnId;
use std::collections::HashMap;

/// Ids, joined by aliases (a union-find).
#[derive(Default)]
pub(crate) struct Aliases {
    index: HashMap<VulnId, usize>,
    parent: Vec<usize>,
    /// Every id that was seen.
    pub(crate) ids: Vec<VulnId>,
}

impl Aliases {
    /// The index of an id, made where it is new.
    pub(crate) fn index(&mut self, id: &VulnId) -> usize {
        if let Some(n) = self.index.get(id) {
            return *n;
        }
        let n = self.parent.len();
        self.index.insert(id.clone(), n);
        self.parent.push(n);
        self.ids.push(id.clone());
        n
    }

    /// The id that stands for all ids of the same vulnerability.
    pub(crate) fn root(&mut self, id: &VulnId) -> VulnId {
        let root = self.find(id);
        self.ids[root].clone()
    }

    /// Says that two ids are of the same vulnerability; the root of the first stands for both.
    pub(crate) fn join(&mut self, a: &VulnId, b: &VulnId) {
        let (a, b) = (self.find(a), self.find(b));
        self.parent[b] = a;
    }

    fn find(&mut self, id: &VulnId) -> usize {
        let mut at = self.index(id);
        while self.parent[at] != at {
            self.parent[at] = self.parent[self.parent[at]];
            at = self.parent[at];
        }
        at
    }
}
