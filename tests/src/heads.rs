//! Heads and logs of made-up repositories: valid, and easy to spoil in one place.

use crate::container::{Container, RawMember};
use crate::cose::Cose;
use crate::device::id;
use crate::fake::kinds::ISSUED;
use crate::fake::path;
use crate::keys::{Key, key};
use pkg_format::cose::StatementKind;
use pkg_format::manifest::Channel;
use pkg_format::repository::{Entry, Head, LogName, MerkleTree, Object, Page, TreeHead};
use pkg_format::{Digest, Manifest, Tree};

use crate::Fake;

/// The log of the made-up product.
pub fn name() -> LogName {
    LogName { repository: id("acme-updates"), vendor: id("acme"), name: id("cam"), channel: Channel::Stable }
}

/// The entry of a made-up package.
pub fn entry(package: &Fake) -> Entry {
    let bytes = package.package();
    let is_statement = |name: &str| name.starts_with("manifest") || name.starts_with("delivery");
    let container = package.container();
    let statements = container.members.iter().filter(|m| is_statement(&m.name()));
    let front = statements.map(|m| 512 + m.body.len() + m.padding.len()).sum::<usize>() + 512;
    let object = Object { package: Digest::of(&bytes), size: bytes.len() as u64, front: front as u64 };
    let manifest = Manifest::decode(&package.manifest()).expect("a valid manifest");
    Entry::new(&manifest, package.digest(), Some(object))
}

/// Size and root of a log with these entries.
pub fn log(entries: &[Entry]) -> TreeHead {
    let mut tree = MerkleTree::default();
    entries.iter().for_each(|e| tree.push(&e.to_bytes()));
    tree.head()
}

/// The page that adds the entries behind the first `after` of them.
pub fn page(entries: &[Entry], after: usize) -> Page {
    let before = log(&entries[..after]);
    Page { after: (after > 0).then_some(before), entries: entries[after..].to_vec() }
}

/// A head of a log with these entries, all of them current; version 3.
pub fn head(entries: &[Entry]) -> Head {
    let mut current = entries.to_vec();
    current.sort_by_key(|e| e.manifest);
    Head { of: name(), version: 3, issued: ISSUED, max_age: 259_200, keyring: 2, log: log(entries), current }
}

/// A head as a tree and who signs it.
#[derive(Clone)]
pub struct FakeHead {
    tree: Tree,
    keys: Vec<Key>,
    kind: StatementKind,
}

impl FakeHead {
    /// A head that the key `catalogue` signs.
    pub fn new(head: &Head) -> FakeHead {
        FakeHead { tree: head.to_tree(), keys: vec![key("catalogue")], kind: StatementKind::Head }
    }

    /// The head of a log with a security update and a notice.
    pub fn standard() -> FakeHead {
        FakeHead::new(&head(&[entry(&Fake::security()), entry(&Fake::notice())]))
    }

    /// Puts a value in.
    pub fn set(mut self, path: &str, value: Tree) -> Self {
        path::set(&mut self.tree, path, value);
        self
    }

    /// Takes a value out.
    pub fn remove(mut self, path: &str) -> Self {
        path::remove(&mut self.tree, path);
        self
    }

    /// Who signs it; nobody leaves `head.cose` out.
    pub fn signed_by(mut self, keys: &[Key]) -> Self {
        self.keys = keys.to_vec();
        self
    }

    /// Signs it as another kind of statement.
    pub fn signed_as(mut self, kind: StatementKind) -> Self {
        self.kind = kind;
        self
    }

    /// The bytes that are signed.
    pub fn statement(&self) -> Vec<u8> {
        self.tree.to_bytes()
    }

    /// The file as members.
    pub fn container(&self) -> Container {
        let bytes = self.statement();
        let mut members = vec![RawMember::new("head.cbor", &bytes)];
        if !self.keys.is_empty() {
            let cose = Cose::signed(self.kind, &bytes, &self.keys).to_bytes();
            members.push(RawMember::new("head.cose", &cose));
        }
        Container::new(members)
    }

    /// The file.
    pub fn file(&self) -> Vec<u8> {
        self.container().to_bytes()
    }
}
