//! The log: every entry that was ever published, in order, and its root.

use alloc::collections::BTreeMap;
use alloc::{format, vec::Vec};
use pkg_format::repository::{Entry, MerkleTree, Page, TreeHead};
use pkg_format::{Digest, Refusal, Rule, limits};

/// The entries of a log from its first on.
#[derive(Debug, Clone, Default)]
pub struct Log {
    entries: Vec<Entry>,
    tree: MerkleTree,
}

impl Log {
    /// A log without entries.
    pub fn new() -> Log {
        Log::default()
    }

    /// Adds the entries of a page.
    ///
    /// # Errors
    ///
    /// REP-5 where the page does not follow this log, MAN-5 where the log would grow beyond its limit.
    pub fn append(&mut self, page: &Page) -> Result<(), Refusal> {
        let (before, here) = (page.after.unwrap_or(TreeHead::EMPTY), self.head());
        if before != here {
            return Err(other(&before, &here));
        }
        let more = u64::try_from(page.entries.len()).unwrap_or(u64::MAX);
        if here.size.saturating_add(more) > limits::LOG {
            return Err(Refusal::new(Rule::Man5, format!("a log of more than {} entries", limits::LOG)));
        }
        page.add_to(&mut self.tree);
        self.entries.extend_from_slice(&page.entries);
        Ok(())
    }

    /// The entries, oldest first.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Size and root.
    pub fn head(&self) -> TreeHead {
        self.tree.head()
    }

    /// Refuses unless this is the log that a head names.
    ///
    /// # Errors
    ///
    /// REP-5 where size or root differ.
    pub fn is(&self, named: &TreeHead) -> Result<(), Refusal> {
        match self.head() == *named {
            true => Ok(()),
            false => Err(other(&self.head(), named)),
        }
    }

    /// Refuses unless this log begins with the one that an earlier head named.
    ///
    /// # Errors
    ///
    /// REP-6 where this log is shorter, or began otherwise.
    pub fn begins_with(&self, earlier: &TreeHead) -> Result<(), Refusal> {
        let size = usize::try_from(earlier.size).unwrap_or(usize::MAX);
        let Some(first) = self.entries.get(..size) else {
            let why = format!("{} entries, the earlier log had {}", self.entries.len(), earlier.size);
            return Err(Refusal::new(Rule::Rep6, why));
        };
        let mut tree = MerkleTree::default();
        first.iter().for_each(|entry| tree.push(&entry.to_bytes()));
        let found = tree.head();
        match found == *earlier {
            true => Ok(()),
            false => Err(Refusal::new(
                Rule::Rep6,
                format!(
                    "the root over its first {} entries is {}, the earlier one is {}",
                    earlier.size,
                    found.root.short(),
                    earlier.root.short()
                ),
            )),
        }
    }

    /// The live entries: the last of each manifest, where that is no tombstone; oldest first.
    pub fn live(&self) -> Vec<&Entry> {
        live(&self.entries)
    }
}

fn other(found: &TreeHead, expected: &TreeHead) -> Refusal {
    let name = |head: &TreeHead| format!("{} entries with root {}", head.size, head.root.short());
    Refusal::new(Rule::Rep5, format!("{}, expected {}", name(found), name(expected)))
}

/// The last entry of each manifest among these, where that is no tombstone; in the order given.
pub fn live<'a>(entries: impl IntoIterator<Item = &'a Entry>) -> Vec<&'a Entry> {
    let entries: Vec<&Entry> = entries.into_iter().collect();
    let last: BTreeMap<Digest, usize> = entries.iter().enumerate().map(|(i, e)| (e.manifest, i)).collect();
    let is_live =
        |(i, entry): &(usize, &Entry)| last.get(&entry.manifest) == Some(i) && entry.object.is_some();
    entries.into_iter().enumerate().filter(is_live).map(|(_, entry)| entry).collect()
}
