//! The keyring in force: which keys are trusted, established once at load.

use crate::archive::Archive;
use crate::count::Count;
use crate::error::{Result, refuse};
use crate::example_keys::is_example_key;
use crate::public_key::PublicKey;
use alloc::{format, vec, vec::Vec};
use pkg_format::container::Member;
use pkg_format::cose::{self, Algorithm, KeyId, StatementKind};
use pkg_format::keyring::{Asked, Role, Root, TrustedKey};
use pkg_format::{Digest, KeyringStatement, Refusal, Rule, limits};

/// Whether keys are accepted whose private halves are public.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExampleKeys {
    /// They are refused (KEY-2).
    Refuse,
    /// They are accepted: for examples and tests, never on a device.
    DangerAccept,
}

/// A keyring that is trusted: its roots signed it, or the caller vouched for it. Its keys are sound.
#[derive(Debug, Clone)]
pub struct Keyring {
    statement: KeyringStatement,
    digest: Digest,
    keys: Vec<PublicKey>,
    /// When each revoked key was revoked, as far as the versions that led here tell.
    revocations: Vec<Revocation>,
    /// Every key of the versions that led here, and whether it could ever sign releases or withdrawals.
    known: Vec<(KeyId, bool)>,
}

/// A key that was revoked.
#[derive(Debug, Clone)]
struct Revocation {
    key: KeyId,
    /// The first known version that revokes it.
    version: u64,
    /// Whether it could sign releases or withdrawals. Also true if no known version lists it.
    serious: bool,
}

impl Keyring {
    /// A keyring that the caller made and vouches for, without signatures of roots: for a build
    /// that checks its own output, and for tests.
    ///
    /// # Errors
    ///
    /// KEY-1, KEY-2 and KEY-12 for keys that are not sound, are examples, or cannot be used here.
    pub fn vouched_by_caller(statement: KeyringStatement, example_keys: ExampleKeys) -> Result<Self> {
        Keyring::new(statement, example_keys)
    }

    pub(crate) fn new(statement: KeyringStatement, example_keys: ExampleKeys) -> Result<Self> {
        let sound = |alg: Algorithm, key: &[u8]| {
            let key = PublicKey::new(alg, key)?;
            if example_keys == ExampleKeys::Refuse && is_example_key(&key.id()) {
                return Err(Refusal::new(
                    Rule::Key2,
                    format!("{} is an example or test key", key.id().short()),
                ));
            }
            Ok(key)
        };
        for root in &statement.roots {
            sound(root.alg, &root.key)?;
        }
        let keys = statement.keys.iter().map(|k| sound(k.alg, &k.key)).collect::<Result<_, Refusal>>()?;
        let digest = Digest::of(&statement.to_tree().to_bytes());
        let version = statement.version;
        let revocations =
            statement.revoked.iter().map(|key| Revocation { key: *key, version, serious: true });
        let revocations = revocations.collect();
        let role = |role: &Role| matches!(role, Role::Security | Role::Feature | Role::Withdrawal);
        let known = statement.keys.iter().map(|k| (k.id(), k.roles.iter().any(role))).collect();
        Ok(Keyring { statement, digest, keys, revocations, known })
    }

    /// Notes which keys the versions before had revoked already, and what the others could sign in any of them.
    pub(crate) fn remember_revocations(&mut self, before: &Keyring) {
        for (key, serious) in &before.known {
            match self.known.iter_mut().find(|(known, _)| known == key) {
                Some((_, there)) => *there |= serious,
                None => self.known.push((*key, *serious)),
            }
        }
        for revocation in &mut self.revocations {
            match before.revocations.iter().find(|r| r.key == revocation.key) {
                Some(earlier) => *revocation = earlier.clone(),
                None => {
                    let known = self.known.iter().find(|(key, _)| *key == revocation.key);
                    revocation.serious = known.is_none_or(|(_, serious)| *serious);
                }
            }
        }
    }

    /// The first known version that revoked a key.
    pub fn revoked_in(&self, id: &KeyId) -> Option<u64> {
        self.revocations.iter().find(|r| r.key == *id).map(|r| r.version)
    }

    /// The newest version that revoked a key for releases or withdrawals, or a key whose roles are unknown:
    /// what a builder writes as `keyring-min` into releases.
    pub fn last_release_revocation(&self) -> Option<u64> {
        self.revocations.iter().filter(|r| r.serious).map(|r| r.version).max()
    }

    /// Whether a key could sign releases or withdrawals in any version that led here; None for one that none lists.
    pub fn was_serious(&self, id: &KeyId) -> Option<bool> {
        self.known.iter().find(|(key, _)| key == id).map(|(_, serious)| *serious)
    }

    /// Refuses by `rule` unless enough of these roots signed `version`.
    pub(crate) fn roots_signed(&self, version: &KeyringVersion, rule: Rule) -> Result<()> {
        let count = self.root_signatures(version)?;
        match count.short_of(self.statement.root_threshold, self.statement.post_quantum.root.unwrap_or(0)) {
            None => Ok(()),
            Some(short) => {
                refuse(rule, format!("{short} root keys of version {} signed it", self.statement.version))
            }
        }
    }

    /// Counts the distinct roots that signed `version`. One signature that does not match is refused (SIG-3).
    fn root_signatures(&self, version: &KeyringVersion) -> Result<Count> {
        let mut count = Count::default();
        let Some(signatures) = &version.signatures else { return Ok(count) };
        let digest = Digest::of(&version.statement);
        // Only those that signed are decoded: a chain of 240 versions may list 256 roots in each.
        let roots = &self.statement.roots;
        let ids: Vec<_> = roots.iter().map(Root::id).collect();
        for signature in cose::decode(signatures, StatementKind::Keyring, &digest)? {
            let found = ids.iter().zip(roots).find(|(id, _)| **id == signature.key);
            let Some((_, root)) = found.filter(|(id, _)| !self.is_revoked(id)) else { continue };
            let root = PublicKey::new(root.alg, &root.key)?;
            if !root.signed_statement(StatementKind::Keyring, &digest, &signature) {
                return refuse(
                    Rule::Sig3,
                    format!("the signature of key {} on the keyring does not match", root.id().short()),
                );
            }
            count.add(root.alg());
        }
        Ok(count)
    }

    /// What the keyring says.
    pub fn statement(&self) -> &KeyringStatement {
        &self.statement
    }

    /// Its version.
    pub fn version(&self) -> u64 {
        self.statement.version
    }

    /// The digest of its statement.
    pub fn digest(&self) -> Digest {
        self.digest
    }

    /// Whether any of its keys is an example key, so that a tool can warn.
    pub fn has_example_keys(&self) -> bool {
        let roots = self.statement.roots.iter().map(Root::id);
        self.keys.iter().map(PublicKey::id).chain(roots).any(|id| is_example_key(&id))
    }

    pub(crate) fn key(&self, id: &KeyId) -> Option<(&PublicKey, &TrustedKey)> {
        let index = self.keys.iter().position(|k| k.id() == *id)?;
        Some((self.keys.get(index)?, self.statement.keys.get(index)?))
    }

    /// Whether the keyring has revoked this key.
    pub fn is_revoked(&self, id: &KeyId) -> bool {
        self.statement.revoked.contains(id)
    }

    /// How many keys must sign with Ed25519.
    pub(crate) fn threshold(&self, asked: Asked) -> u64 {
        let set = self.statement.threshold(asked);
        // A release that is not pure needs no fewer signatures than a pure one.
        set.max(self.statement.threshold(asked.role().into()))
    }
}

/// One version of a keyring as it was received: nobody vouches for it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyringVersion {
    /// The bytes of the statement.
    pub statement: Vec<u8>,
    /// Its signatures, if there are any.
    pub signatures: Option<Vec<u8>>,
}

/// Splits a keyring file into its versions, the newest first; checks none of them.
///
/// # Errors
/// The file is no container of keyrings, or is larger than [`limits::KEYRING_FILE`] (CON-4).
pub fn keyring_members(bytes: &[u8]) -> Result<Vec<KeyringVersion>> {
    let length = u64::try_from(bytes.len()).unwrap_or(u64::MAX);
    if length > limits::KEYRING_FILE {
        let most = limits::KEYRING_FILE >> 20;
        return refuse(Rule::Con4, format!("the keyring file is larger than {most} MiB"));
    }
    let mut archive = Archive::new(bytes);
    let Some(statement) = archive.member(Member::Keyring)? else {
        return refuse(Rule::Con1, "the first member is not keyring.cbor: no keyring");
    };
    let mut versions =
        vec![KeyringVersion { statement, signatures: archive.member(Member::KeyringSignatures)? }];
    for n in 0..limits::PREDECESSORS {
        let Some(statement) = archive.member(Member::Predecessor(n))? else { break };
        let signatures = archive.member(Member::PredecessorSignatures(n))?;
        versions.push(KeyringVersion { statement, signatures });
    }
    archive.end()?;
    Ok(versions)
}
