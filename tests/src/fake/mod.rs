//! Made-up packages: valid, small, and easy to spoil in one place.
//!
//! ```
//! use pkg_tests::{Fake, fake::path::text, keyrings, run};
//!
//! let good = Fake::security();
//! let bad = Fake::security().set("fixes[0].severity", text("9.8"));
//! let keyring = keyrings::standard();
//! assert!(run::stream(&good.package()[..], &keyring).is_ok());
//! assert_eq!(run::stream(&bad.package()[..], &keyring).unwrap_err().rule().unwrap().id(), "ADV-8");
//! ```

pub mod kinds;
pub mod path;
mod payload;

pub use crate::content::content;
pub use payload::{base, stored_zstd};

use crate::container::{Container, RawMember};
use crate::cose::Cose;
use crate::keys::{Key, key};
use pkg_format::cose::StatementKind;
use pkg_format::{Digest, Tree};
use std::sync::Arc;

/// Alters something after it was made.
type Edit<T> = Option<Arc<dyn Fn(&mut T) + Send + Sync>>;

/// One of the two statements, on its way to bytes.
#[derive(Clone)]
struct Statement {
    kind: StatementKind,
    tree: Tree,
    keys: Vec<Key>,
    /// Alters the encoded statement before it is signed.
    on_bytes: Edit<Vec<u8>>,
    /// Alters the signature structure.
    on_cose: Edit<Cose>,
    /// Alters the encoded signature structure.
    on_cose_bytes: Edit<Vec<u8>>,
}

impl Statement {
    fn new(kind: StatementKind, tree: Tree, signer: &'static str) -> Statement {
        let keys = vec![key(signer)];
        Statement { kind, tree, keys, on_bytes: None, on_cose: None, on_cose_bytes: None }
    }

    fn bytes(&self) -> Vec<u8> {
        let mut bytes = self.tree.to_bytes();
        if let Some(edit) = &self.on_bytes {
            edit(&mut bytes);
        }
        bytes
    }

    /// The statement's member and, if anybody signed, that of its signatures.
    fn members(&self) -> Vec<RawMember> {
        let (name, bytes) = (self.kind.as_str(), self.bytes());
        let mut members = vec![RawMember::new(&format!("{name}.cbor"), &bytes)];
        if !self.keys.is_empty() {
            let mut cose = Cose::signed(self.kind, &bytes, &self.keys);
            if let Some(edit) = &self.on_cose {
                edit(&mut cose);
            }
            let mut cose = cose.to_bytes();
            if let Some(edit) = &self.on_cose_bytes {
                edit(&mut cose);
            }
            members.push(RawMember::new(&format!("{name}.cose"), &cose));
        }
        members
    }
}

/// A package in the making. Every method takes it and gives it back.
#[derive(Clone)]
pub struct Fake {
    manifest: Statement,
    delivery: Option<Statement>,
    /// Whether the delivery gets the digest of the manifest when the package is sealed.
    bound: bool,
    payloads: Vec<Vec<u8>>,
    evidence: Vec<Vec<u8>>,
}

impl Fake {
    /// Puts a value into the manifest; the last key of the path need not be there yet.
    pub fn set(mut self, path: &str, value: Tree) -> Self {
        path::set(&mut self.manifest.tree, path, value);
        self
    }

    /// Takes a value out of the manifest.
    pub fn remove(mut self, path: &str) -> Self {
        path::remove(&mut self.manifest.tree, path);
        self
    }

    /// Alters a value of the manifest.
    pub fn alter(mut self, path: &str, edit: impl FnOnce(&mut Tree)) -> Self {
        edit(path::at(&mut self.manifest.tree, path));
        self
    }

    fn delivery_mut(&mut self) -> &mut Statement {
        self.delivery.as_mut().expect("a package with a delivery")
    }

    /// Puts a value into the delivery.
    pub fn set_delivery(mut self, path: &str, value: Tree) -> Self {
        self.bound &= path != "manifest";
        path::set(&mut self.delivery_mut().tree, path, value);
        self
    }

    /// Takes a value out of the delivery.
    pub fn remove_delivery(mut self, path: &str) -> Self {
        self.bound &= path != "manifest";
        path::remove(&mut self.delivery_mut().tree, path);
        self
    }

    /// Alters a value of the delivery.
    pub fn alter_delivery(mut self, path: &str, edit: impl FnOnce(&mut Tree)) -> Self {
        edit(path::at(&mut self.delivery_mut().tree, path));
        self
    }

    /// Who signs the manifest; nobody leaves `manifest.cose` out.
    pub fn signed_by(mut self, keys: &[Key]) -> Self {
        self.manifest.keys = keys.to_vec();
        self
    }

    /// Who signs the delivery; nobody leaves `delivery.cose` out.
    pub fn delivered_by(mut self, keys: &[Key]) -> Self {
        self.delivery_mut().keys = keys.to_vec();
        self
    }

    /// Alters the encoded manifest before it is signed.
    pub fn manifest_bytes(mut self, edit: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.manifest.on_bytes = Some(Arc::new(edit));
        self
    }

    /// Alters the encoded delivery before it is signed.
    pub fn delivery_bytes(mut self, edit: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.delivery_mut().on_bytes = Some(Arc::new(edit));
        self
    }

    /// Alters the manifest's signature structure.
    pub fn cose(mut self, edit: impl Fn(&mut Cose) + Send + Sync + 'static) -> Self {
        self.manifest.on_cose = Some(Arc::new(edit));
        self
    }

    /// Alters the delivery's signature structure.
    pub fn delivery_cose(mut self, edit: impl Fn(&mut Cose) + Send + Sync + 'static) -> Self {
        self.delivery_mut().on_cose = Some(Arc::new(edit));
        self
    }

    /// Alters the bytes of the manifest's signature structure.
    pub fn cose_bytes(mut self, edit: impl Fn(&mut Vec<u8>) + Send + Sync + 'static) -> Self {
        self.manifest.on_cose_bytes = Some(Arc::new(edit));
        self
    }

    /// Leaves the delivery and its payloads out.
    pub fn without_delivery(mut self) -> Self {
        self.delivery = None;
        self.payloads.clear();
        self
    }

    /// Puts the delivery and the payloads of another package in.
    pub fn delivered_as(mut self, other: &Fake) -> Self {
        self.delivery = other.delivery.clone();
        self.payloads = other.payloads.clone();
        self.bound = other.bound;
        self
    }

    /// The stored bytes of one payload.
    pub fn payload(&self, index: usize) -> &[u8] {
        &self.payloads[index]
    }

    /// The stored bytes of all payloads, one behind the other: what a reader is handed in all.
    pub fn stored(&self) -> Vec<u8> {
        self.payloads.concat()
    }

    /// The bytes of the manifest, as they are signed.
    pub fn manifest(&self) -> Vec<u8> {
        self.manifest.bytes()
    }

    /// Whether there is a delivery.
    pub fn has_delivery(&self) -> bool {
        self.delivery.is_some()
    }

    /// The manifest as a tree.
    pub fn tree(&self) -> &Tree {
        &self.manifest.tree
    }

    /// The digest of the manifest.
    pub fn digest(&self) -> Digest {
        Digest::of(&self.manifest())
    }

    /// The package as members, for altering the container.
    pub fn container(&self) -> Container {
        let mut members = self.manifest.members();
        if let Some(mut delivery) = self.delivery.clone() {
            if self.bound && matches!(delivery.tree, Tree::Map(_)) {
                path::set(&mut delivery.tree, "manifest", Tree::Bytes(self.digest().0.to_vec()));
            }
            members.extend(delivery.members());
        }
        for (folder, bodies) in [("payload", &self.payloads), ("evidence", &self.evidence)] {
            let numbered = bodies.iter().enumerate();
            members.extend(numbered.map(|(i, body)| RawMember::new(&format!("{folder}/{i}"), body)));
        }
        Container::new(members)
    }

    /// The package.
    pub fn package(&self) -> Vec<u8> {
        self.container().to_bytes()
    }
}
