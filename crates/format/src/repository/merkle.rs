//! The Merkle tree over the entries of a log (RFC 9162, section 2.1).

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::{Digest, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

/// The size of a log and the Merkle root over all of its entries.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct TreeHead {
    /// How many entries the log has.
    pub size: u64,
    /// The root over their bytes.
    pub root: Digest,
}

impl TreeHead {
    /// The log that has no entry: its root is the digest of nothing.
    pub const EMPTY: TreeHead = TreeHead {
        size: 0,
        root: Digest([
            0xe3, 0xb0, 0xc4, 0x42, 0x98, 0xfc, 0x1c, 0x14, 0x9a, 0xfb, 0xf4, 0xc8, 0x99, 0x6f, 0xb9, 0x24,
            0x27, 0xae, 0x41, 0xe4, 0x64, 0x9b, 0x93, 0x4c, 0xa4, 0x95, 0x99, 0x1b, 0x78, 0x52, 0xb8, 0x55,
        ]),
    };
}

impl Wire for TreeHead {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let head = TreeHead { size: t.req("size")?, root: t.req("root")? };
        t.finish()?;
        if head.size > limits::LOG {
            let why = format!("{} entries, at most {}", head.size, limits::LOG);
            return Err(Refusal::new(Rule::Man5, why).within("size"));
        }
        // One log has one form: no entries have one root, and no entry has that root.
        if (head.size == 0) != (head.root == TreeHead::EMPTY.root) {
            return Err(
                Refusal::new(Rule::Man4, "the root of an empty log, or no root of one").within("root")
            );
        }
        Ok(head)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new().put("size", &self.size).put("root", &self.root).done()
    }
}

/// A tree that grows entry by entry. It keeps one digest for each bit of the size, not the entries.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct MerkleTree {
    /// How many entries were added.
    size: u64,
    /// The roots of the full subtrees that the entries make up, the largest first.
    peaks: Vec<Digest>,
}

impl MerkleTree {
    /// Adds an entry: its bytes, as they are in the log.
    pub fn push(&mut self, entry: &[u8]) {
        let mut digest = Digest::of(&[&[0x00], entry].concat());
        // Two full subtrees of one size become one: as often as the size ends in a binary one.
        for _ in 0..self.size.trailing_ones() {
            if let Some(left) = self.peaks.pop() {
                digest = node(&left, &digest);
            }
        }
        self.peaks.push(digest);
        self.size = self.size.saturating_add(1);
    }

    /// Size and root of what was added so far.
    pub fn head(&self) -> TreeHead {
        let mut peaks = self.peaks.iter().rev();
        let Some(smallest) = peaks.next() else { return TreeHead::EMPTY };
        TreeHead { size: self.size, root: peaks.fold(*smallest, |right, left| node(left, &right)) }
    }
}

fn node(left: &Digest, right: &Digest) -> Digest {
    Digest::of(&[&[0x01], left.0.as_slice(), right.0.as_slice()].concat())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn root(entries: &[&[u8]]) -> Digest {
        let mut tree = MerkleTree::default();
        entries.iter().for_each(|e| tree.push(e));
        assert_eq!(tree.head().size, u64::try_from(entries.len()).unwrap());
        tree.head().root
    }

    /// The definition of RFC 9162, word for word.
    fn by_definition(entries: &[&[u8]]) -> Digest {
        match entries {
            [] => Digest::of(b""),
            [one] => Digest::of(&[&[0], *one].concat()),
            more => {
                let k = (more.len() - 1).next_power_of_two().max(2) / 2;
                let k = if k * 2 < more.len() { k * 2 } else { k };
                let (left, right) = more.split_at(k);
                node(&by_definition(left), &by_definition(right))
            }
        }
    }

    /// Inputs and roots that implementations of Certificate Transparency test with.
    #[test]
    fn known_roots() {
        let entries: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        for (n, expected) in [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (5, "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ] {
            assert_eq!(Some(root(&entries[..n])), Digest::from_hex(expected), "{n} entries");
        }
    }

    #[test]
    fn every_size_has_the_root_of_the_definition() {
        let bytes: Vec<[u8; 1]> = (0..100).map(|n| [n]).collect();
        let entries: Vec<&[u8]> = bytes.iter().map(<[u8; 1]>::as_slice).collect();
        for n in 0..entries.len() {
            assert_eq!(root(&entries[..n]), by_definition(&entries[..n]), "{n} entries");
        }
    }

    #[test]
    fn an_entry_and_a_node_cannot_be_confused() {
        let two = root(&[b"a", b"b"]);
        let forged = [Digest::of(b"\x00a").0, Digest::of(b"\x00b").0].concat();
        assert_ne!(two, root(&[&forged]));
    }
}
