//! What can be changed in a keyring.

use crate::error::{Error, KeyError, Result};
use pkg_format::cose::KeyId;
use pkg_format::keyring::{Asked, Head, ProductName, Role, Root, TrustedKey};
use pkg_format::manifest::Channel;
use pkg_format::{Id, KeyringStatement, Label};
use pkg_verify::PublicKey;

/// One change.
pub enum Change {
    /// A root key, with a name for people.
    AddRoot(PublicKey, Label),
    /// Removes a root.
    RemoveRoot(KeyId),
    /// The number of roots that must sign a keyring.
    RootThreshold(u64),
    /// Adds a key with these roles, or adds the roles to a key.
    Add(PublicKey, Label, Vec<Role>),
    /// Removes a key. What it signed no longer counts either, since the keyring no longer has the key.
    Remove(KeyId),
    /// Revokes a key for good: it is removed from keys and roots, and listed as revoked.
    Revoke(KeyId),
    /// Binds a key to this, in addition to what it is bound to already.
    Bind(KeyId, Binding),
    /// The number of keys that must sign with Ed25519.
    Threshold(Asked, u64),
    /// The number of keys that must sign with ML-DSA-65 in addition. Without a role it is the number of roots.
    PostQuantum(Option<Asked>, u64),
    /// The newest releases of lines (SPEC 5.5). They replace earlier entries for the same scopes.
    Heads(Vec<Head>),
}

/// What a key may be bound to.
pub enum Binding {
    /// A product.
    Product(ProductName),
    /// A channel.
    Channel(Channel),
    /// A scope.
    Scope(Id),
}

/// Makes the changes in order. The caller checks the result.
pub(super) fn apply(mut keyring: KeyringStatement, changes: Vec<Change>) -> Result<KeyringStatement> {
    for change in changes {
        one(&mut keyring, change)?;
    }
    for numbers in [&mut keyring.thresholds, &mut keyring.post_quantum.asked] {
        numbers.sort_by_key(|(asked, _)| (asked.as_str().len(), asked.as_str()));
    }
    Ok(keyring)
}

fn one(keyring: &mut KeyringStatement, change: Change) -> Result<()> {
    if let Change::AddRoot(key, _) | Change::Add(key, ..) = &change
        && keyring.revoked.contains(&key.id())
    {
        return Err(Error::key(key.id().short(), KeyError::Revoked));
    }
    match change {
        Change::AddRoot(key, label) => {
            keyring.roots.push(Root { key: key.as_bytes().to_vec(), alg: key.alg(), label });
        }
        Change::RemoveRoot(id) => {
            let before = keyring.roots.len();
            keyring.roots.retain(|r| r.id() != id);
            was_there(keyring.roots.len() < before, &id)?;
        }
        Change::RootThreshold(n) => keyring.root_threshold = n,
        Change::Add(key, label, roles) => add(keyring, &key, label, roles),
        Change::Remove(id) => {
            let before = keyring.keys.len();
            keyring.keys.retain(|k| k.id() != id);
            was_there(keyring.keys.len() < before, &id)?;
        }
        Change::Revoke(id) => {
            keyring.roots.retain(|r| r.id() != id);
            keyring.keys.retain(|k| k.id() != id);
            keyring.revoked.push(id);
            keyring.revoked.sort();
            keyring.revoked.dedup();
        }
        Change::Bind(id, binding) => {
            let key = keyring.keys.iter_mut().find(|k| k.id() == id);
            let Some(key) = key else { return was_there(false, &id) };
            match binding {
                Binding::Product(product) => into_set(&mut key.products, product),
                Binding::Channel(channel) => into_set(&mut key.channels, channel),
                Binding::Scope(scope) => into_set(&mut key.scopes, scope),
            }
        }
        Change::Threshold(asked, n) => {
            keyring.thresholds.retain(|(a, _)| *a != asked);
            // One is what is asked anyway.
            if n != 1 {
                keyring.thresholds.push((asked, n));
            }
        }
        Change::PostQuantum(None, n) => keyring.post_quantum.root = Some(n).filter(|n| *n > 0),
        Change::PostQuantum(Some(asked), n) => {
            keyring.post_quantum.asked.retain(|(a, _)| *a != asked);
            if n > 0 {
                keyring.post_quantum.asked.push((asked, n));
            }
        }
        Change::Heads(heads) => {
            let scope = |h: &Head| [&h.vendor, &h.name, &h.scope].map(Clone::clone);
            keyring.heads.retain(|old| !heads.iter().any(|new| scope(new) == scope(old)));
            keyring.heads.extend(heads);
            keyring.heads.sort_by_key(|h| (scope(h), h.at.line.clone()));
        }
    }
    Ok(())
}

fn add(keyring: &mut KeyringStatement, key: &PublicKey, label: Label, roles: Vec<Role>) {
    let there = keyring.keys.iter_mut().find(|k| k.id() == key.id());
    match there {
        Some(entry) => roles.into_iter().for_each(|role| into_set(&mut entry.roles, role)),
        None => {
            let mut entry = TrustedKey {
                key: key.as_bytes().to_vec(),
                alg: key.alg(),
                label,
                roles: Vec::new(),
                products: Vec::new(),
                channels: Vec::new(),
                scopes: Vec::new(),
            };
            roles.into_iter().for_each(|role| into_set(&mut entry.roles, role));
            keyring.keys.push(entry);
        }
    }
}

fn into_set<T: Ord>(set: &mut Vec<T>, one: T) {
    set.push(one);
    set.sort();
    set.dedup();
}

fn was_there(there: bool, id: &KeyId) -> Result<()> {
    match there {
        true => Ok(()),
        false => Err(Error::key(id.short(), KeyError::NotInKeyring)),
    }
}
