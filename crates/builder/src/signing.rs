//! Keys that would sign in vain: the keyring does not let them sign this statement.

use crate::keys::read_public;
use pkg_format::cose::{KeyId, StatementKind};
use pkg_format::keyring::Role;
use pkg_format::manifest::Manifest;
use pkg_format::{Refusal, Rule};
use pkg_verify::Keyring;
use std::path::Path;

/// A key that is to sign.
#[derive(Debug, Clone)]
pub struct PlannedSigner {
    /// Where it is named: a key of the description such as `signing.keys[0]`, or an option.
    pub field: String,
    /// Its name in messages: the file or URI.
    pub name: String,
    /// The key, if it is known.
    pub key: Option<KeyId>,
}

/// The key of a file, by the public key beside it; none if there is no public key.
pub fn key_beside(private: &Path) -> Option<KeyId> {
    read_public(&private.with_extension("pub")).ok().map(|key| key.id())
}

/// The keys that may not sign this statement, one refusal each; none if the others are enough, or may be.
pub fn would_not_count(
    signers: &[PlannedSigner],
    keyring: &Keyring,
    manifest: &Manifest,
    kind: StatementKind,
) -> Vec<Refusal> {
    let role = if kind == StatementKind::Delivery { Role::Delivery } else { manifest.role() };
    let refused = |signer: &PlannedSigner| {
        let key = signer.key?;
        let refusal = keyring.may_sign(&key, manifest, kind).err()?;
        let name = &signer.name;
        let lacks = match refusal.rule {
            Rule::Sig2 => format!("the keyring does not have the key {name} ({})", key.short()),
            Rule::Sig14 => format!("the keyring revokes the key {name} ({})", key.short()),
            _ if has_role(keyring, &key, role) => format!(
                "the keyring binds the key {name} ({}) to other products, channels or scopes",
                key.short()
            ),
            _ => format!("the keyring gives the key {name} ({}) other roles", key.short()),
        };
        let what = match (kind, manifest.release()) {
            (StatementKind::Delivery, _) => "a delivery".to_owned(),
            (_, Some(release)) => format!("a {} release", release.class()),
            _ => format!("a {}", manifest.kind()),
        };
        let why = format!("{lacks}; {what} needs the role {role}, and {}", holders(keyring, role));
        Some(Refusal { rule: refusal.rule, at: signer.field.clone(), why })
    };
    let refusals: Vec<_> = signers.iter().filter_map(refused).collect();
    let left = u64::try_from(signers.len() - refusals.len()).unwrap_or(u64::MAX);
    if left >= keyring.statement().threshold(role.into()) { Vec::new() } else { refusals }
}

/// Whether the keyring gives this key the role.
pub fn has_role(keyring: &Keyring, key: &KeyId, role: Role) -> bool {
    let keys = &keyring.statement().keys;
    !keyring.is_revoked(key) && keys.iter().any(|known| known.id() == *key && known.roles.contains(&role))
}

/// Who has a role, in words.
pub fn holders(keyring: &Keyring, role: Role) -> String {
    let keys = keyring.statement().keys.iter();
    let has: Vec<_> = keys
        .filter(|key| has_role(keyring, &key.id(), role))
        .map(|key| format!("{} ({})", key.label.as_str(), key.id().short()))
        .collect();
    match has.as_slice() {
        [] => "no key of the keyring has it".into(),
        [one] => format!("{one} has it"),
        several => format!("{} have it", several.join(", ")),
    }
}
