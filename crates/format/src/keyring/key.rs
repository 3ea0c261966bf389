//! The keys of a keyring, and what they may sign.

use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::channel::Channel;
use crate::cose::{Algorithm, KeyId, key_id};
use crate::ident::words;
use crate::{Id, Label, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

words! {
    /// What a key may sign.
    Role (Rule::Man4) {
        /// Security releases.
        Security = "security",
        /// Feature releases.
        Feature = "feature",
        /// Notices.
        Notice = "notice",
        /// Withdrawals.
        Withdrawal = "withdrawal",
        /// Deliveries.
        Delivery = "delivery",
        /// Heads of repositories.
        Catalogue = "catalogue",
    }
}

words! {
    /// What a threshold is for.
    Asked (Rule::Man4) {
        /// Security releases.
        Security = "security",
        /// Feature releases.
        Feature = "feature",
        /// Notices.
        Notice = "notice",
        /// Withdrawals.
        Withdrawal = "withdrawal",
        /// Deliveries.
        Delivery = "delivery",
        /// Heads of repositories.
        Catalogue = "catalogue",
        /// Exceptions: security releases that are not pure, feature releases with a fix that cannot be had on its
        /// own, acknowledgements.
        SecurityException = "security-exception",
    }
}

impl Asked {
    /// Whose keys count.
    pub fn role(self) -> Role {
        match self {
            Asked::Security | Asked::SecurityException => Role::Security,
            Asked::Feature => Role::Feature,
            Asked::Notice => Role::Notice,
            Asked::Withdrawal => Role::Withdrawal,
            Asked::Delivery => Role::Delivery,
            Asked::Catalogue => Role::Catalogue,
        }
    }
}

impl From<Role> for Asked {
    fn from(role: Role) -> Asked {
        match role {
            Role::Security => Asked::Security,
            Role::Feature => Asked::Feature,
            Role::Notice => Asked::Notice,
            Role::Withdrawal => Asked::Withdrawal,
            Role::Delivery => Asked::Delivery,
            Role::Catalogue => Asked::Catalogue,
        }
    }
}

/// A root key: it signs keyrings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Root {
    /// The raw public key, of the length that its algorithm says.
    pub key: Vec<u8>,
    /// Its algorithm.
    pub alg: Algorithm,
    /// A name for people.
    pub label: Label,
}

/// A product that a key is bound to.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ProductName {
    /// Who makes it.
    pub vendor: Id,
    /// What it is called.
    pub name: Id,
}

/// A key that signs statements.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TrustedKey {
    /// The raw public key, of the length that its algorithm says.
    pub key: Vec<u8>,
    /// Its algorithm.
    pub alg: Algorithm,
    /// A name for people.
    pub label: Label,
    /// What it may sign: a sorted set of at least one.
    pub roles: Vec<Role>,
    /// For which products; none means all.
    pub products: Vec<ProductName>,
    /// For which channels; none means all.
    pub channels: Vec<Channel>,
    /// For which scopes; none means all. A notice or a withdrawal is in no scope.
    pub scopes: Vec<Id>,
}

/// A public key and its algorithm, which says how long it is.
fn key_of(t: &mut Table<'_>) -> Result<(Algorithm, Vec<u8>)> {
    let missing = || Refusal::new(Rule::Man1, "missing").within("key");
    let key = t.opt_with("key", |item| item.bytes().map(<[u8]>::to_vec))?.ok_or_else(missing)?;
    let alg: Algorithm = t.req("alg")?;
    if key.len() != alg.key_len() {
        let why = format!("{} bytes, a key of {} has {}", key.len(), alg.as_str(), alg.key_len());
        return Err(Refusal::new(Rule::Man4, why).within("key"));
    }
    Ok((alg, key))
}

impl Root {
    /// The key's id.
    pub fn id(&self) -> KeyId {
        key_id(self.alg, &self.key)
    }
}

impl Wire for Root {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let (alg, key) = key_of(&mut t)?;
        let root = Root { key, alg, label: t.req("label")? };
        t.finish()?;
        Ok(root)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .tree("key", Tree::Bytes(self.key.clone()))
            .put("alg", &self.alg)
            .put("label", &self.label)
            .done()
    }
}

impl Wire for ProductName {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let product = ProductName { vendor: t.req("vendor")?, name: t.req("name")? };
        t.finish()?;
        Ok(product)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new().put("vendor", &self.vendor).put("name", &self.name).done()
    }
}

impl TrustedKey {
    /// The key's id.
    pub fn id(&self) -> KeyId {
        key_id(self.alg, &self.key)
    }

    /// Whether it may sign in this role for a product (none: one that no key is bound to) and a place (none:
    /// a notice or a withdrawal, which is on no channel and in no scope).
    pub fn may_sign(&self, role: Role, product: Option<(&Id, &Id)>, place: Option<Place<'_>>) -> bool {
        let is_bound_to = |p: &ProductName| product == Some((&p.vendor, &p.name));
        self.roles.contains(&role)
            && (self.products.is_empty() || self.products.iter().any(is_bound_to))
            && (self.channels.is_empty() || place.is_none_or(|p| self.channels.contains(&p.channel)))
            && (self.scopes.is_empty()
                || place.is_none_or(|p| p.scope.is_some_and(|s| self.scopes.contains(s))))
    }
}

/// Where a release belongs, beside its product.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// Whom it is for.
    pub channel: Channel,
    /// What it updates; none: a scope that no key is bound to.
    pub scope: Option<&'a Id>,
}

impl Wire for TrustedKey {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let (alg, key) = key_of(&mut t)?;
        let key = TrustedKey {
            key,
            alg,
            label: t.req("label")?,
            roles: t.set("roles", Role::ALL.len())?,
            products: t.set("products", limits::KEYS)?,
            channels: t.set("channels", Channel::ALL.len())?,
            scopes: t.set("scopes", limits::KEYS)?,
        };
        t.finish()?;
        if key.roles.is_empty() {
            return Err(Refusal::new(Rule::Man1, "missing").within("roles"));
        }
        Ok(key)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .tree("key", Tree::Bytes(self.key.clone()))
            .put("alg", &self.alg)
            .put("label", &self.label)
            .list("roles", &self.roles)
            .list("products", &self.products)
            .list("channels", &self.channels)
            .list("scopes", &self.scopes)
            .done()
    }
}
