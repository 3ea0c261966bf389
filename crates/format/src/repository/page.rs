//! A page: the entries that one publication added to a log, in one file.

use super::{Entry, MerkleTree, TreeHead};
use crate::cbor::{Item, MapBuilder, Tree, strict::Keys};
use crate::statement::{format_is_ours, same_bytes};
use crate::{FORMAT, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

/// Entries that follow each other in a log. Nobody signs a page: it is named by the root of the log that it
/// completes, and the signed head names that root.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The log before these entries. None: they are its first.
    pub after: Option<TreeHead>,
    /// At least one entry.
    pub entries: Vec<Entry>,
}

impl Page {
    /// Reads the bytes of a page.
    ///
    /// # Errors
    ///
    /// The first rule that the page breaks, and the field where it does. Whether it belongs to a log is not known
    /// yet.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if u64::try_from(bytes.len()).unwrap_or(u64::MAX) > limits::STATEMENT {
            let why = format!("{} bytes, at most {}", bytes.len(), limits::STATEMENT);
            return Err(Refusal::new(Rule::Con4, why));
        }
        let mut t = Item::open(bytes, Keys::Text)?.table()?;
        format_is_ours(&mut t)?;
        let after: Option<TreeHead> = t.opt("after")?;
        if after.is_some_and(|a| a.size == 0) {
            return Err(Refusal::new(Rule::Man5, "an empty log is left out").within("size").within("after"));
        }
        let entries: Vec<Entry> = t.list("entries", limits::PAGE)?;
        if entries.is_empty() {
            return Err(Refusal::new(Rule::Man1, "missing").within("entries"));
        }
        t.finish()?;
        let page = Page { after, entries };
        same_bytes(&page.to_tree(), bytes)?;
        Ok(page)
    }

    /// The page as it is written.
    pub fn to_tree(&self) -> Tree {
        MapBuilder::new()
            .put("format", &FORMAT)
            .opt("after", &self.after)
            .list("entries", &self.entries)
            .done()
    }

    /// How many entries the log has before this page.
    pub fn first(&self) -> u64 {
        self.after.map_or(0, |a| a.size)
    }

    /// Adds its entries to a tree.
    pub fn add_to(&self, tree: &mut MerkleTree) {
        self.entries.iter().for_each(|entry| tree.push(&entry.to_bytes()));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Digest;
    use crate::repository::Listed;

    fn page(after: Option<TreeHead>) -> Page {
        let notice = Entry { manifest: Digest::of(b"m"), listed: Listed::Notice, sequence: 3, object: None };
        Page { after, entries: [notice.clone(), notice].into() }
    }

    #[test]
    fn what_is_written_reads_back() {
        for page in [page(None), page(Some(TreeHead { size: 7, root: Digest::of(b"root") }))] {
            assert_eq!(Page::decode(&page.to_tree().to_bytes()), Ok(page));
        }
    }

    #[test]
    fn each_fault_has_its_rule() {
        let refused = |page: &Page| Page::decode(&page.to_tree().to_bytes()).unwrap_err();
        let empty = Page { entries: Vec::new(), ..page(None) };
        assert_eq!(refused(&empty).rule, Rule::Man1);
        let many = Page { entries: std::vec![page(None).entries[0].clone(); limits::PAGE + 1], ..page(None) };
        assert_eq!(refused(&many).rule, Rule::Man5);
        let root = Digest::of(b"root");
        for (size, rule) in [(0, Rule::Man4), (limits::LOG + 1, Rule::Man5)] {
            assert_eq!(refused(&page(Some(TreeHead { size, root }))).rule, rule);
        }
        assert_eq!(refused(&page(Some(TreeHead::EMPTY))).rule, Rule::Man5);
        let long = std::vec![0; usize::try_from(limits::STATEMENT).unwrap() + 1];
        assert_eq!(Page::decode(&long).unwrap_err().rule, Rule::Con4);
    }

    #[test]
    fn the_longest_page_fits_a_statement() {
        let id = |c: &str| crate::Id::new(&c.repeat(64)).unwrap();
        let entry = Entry {
            manifest: Digest::of(b"m"),
            listed: Listed::Release(crate::repository::ListedRelease {
                scope: id("s"),
                line: id("l"),
                class: crate::manifest::release::Class::Security,
                feature_level: u64::MAX,
                security_level: u64::MAX,
            }),
            sequence: u64::MAX,
            object: Some(crate::repository::Object {
                package: Digest::of(b"p"),
                size: u64::MAX,
                front: limits::FRONT,
            }),
        };
        let page = Page { after: None, entries: std::vec![entry; limits::PAGE] };
        assert_eq!(Page::decode(&page.to_tree().to_bytes()), Ok(page));
    }
}
