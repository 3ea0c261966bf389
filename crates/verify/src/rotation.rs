//! From one keyring to the next (SPEC 5.4): each version is appointed by the roots of the one before.
//!
//! No clock: what is newer is told by the version, and who may say so by signatures.

use crate::error::{Result, refuse};
use crate::keyring::{ExampleKeys, Keyring, KeyringVersion, keyring_members};
use alloc::{format, vec::Vec};
use pkg_format::{Digest, KeyringStatement, Refusal, Rule};

/// What a keyring file brings to a client that has a keyring in force.
#[derive(Debug, Clone)]
pub struct Update {
    keyring: Keyring,
    versions: u64,
}

impl Update {
    /// The keyring that is now in force.
    pub fn keyring(&self) -> &Keyring {
        &self.keyring
    }

    /// How many versions it is newer; 0 means that nothing changes. Where it is newer the device follows it:
    /// [`DeviceState::follow`](crate::DeviceState::follow) and `Choices::follow`, in one commit with storing the
    /// keyring.
    pub fn versions(&self) -> u64 {
        self.versions
    }
}

impl Keyring {
    /// Accepts the newest version of `file` if an unbroken chain leads to it from this one.
    ///
    /// The file holds the newest version and, behind it, as many predecessors as its maker put
    /// there; those up to this version are not needed and not looked at, except that this very
    /// version must be the same there. Nothing of the file is to be stored before this returns.
    ///
    /// A client that was in a drawer for years catches up from one file, offline.
    pub fn update(&self, file: &[u8], example_keys: ExampleKeys) -> Result<Update> {
        let chain = Chain::read(keyring_members(file)?)?;
        let newest = chain.newest();
        if newest.name != self.statement().name {
            return refuse(
                Rule::Key7,
                format!("keyring {}, expected {}", newest.name, self.statement().name),
            );
        }
        if newest.version < self.version() {
            return Err(older(newest.version, self.version()).into());
        }
        let mut keyring = self.clone();
        for (version, statement) in chain.oldest_first() {
            if statement.version == self.version() && Digest::of(&version.statement) != self.digest() {
                return Err(fork(self.version()).into());
            }
            if statement.version > self.version() {
                keyring = keyring.next(version, statement, example_keys)?;
            }
        }
        let versions = newest.version.saturating_sub(self.version());
        Ok(Update { keyring, versions })
    }

    /// Refuses if this keyring is older than the one that a device has seen, or another of the same
    /// version: a device keeps version and digest of the keyring in force with its state.
    pub fn follows(&self, version: u64, digest: Digest) -> Result<(), Refusal> {
        match self.version().cmp(&version) {
            core::cmp::Ordering::Less => Err(older(self.version(), version)),
            core::cmp::Ordering::Equal if self.digest() != digest => Err(fork(version)),
            _ => Ok(()),
        }
    }

    /// One step: the next version, appointed by enough of these roots and of its own.
    fn next(&self, version: &KeyringVersion, statement: &KeyringStatement, ex: ExampleKeys) -> Result<Self> {
        if Some(statement.version) != self.version().checked_add(1) {
            return refuse(
                Rule::Key8,
                format!(
                    "version {} is in force, the file goes on with {}",
                    self.version(),
                    statement.version
                ),
            );
        }
        // Before its keys are looked at, which takes far longer: a stranger's file ends here.
        self.roots_signed(version, Rule::Key11)?;
        let mut next = Keyring::new(statement.clone(), ex)?;
        next.roots_signed(version, Rule::Key4)?;
        next.remember_revocations(self);
        Ok(next)
    }
}

/// The newest keyring of a file, which the caller vouches for, if its predecessors lead to it.
pub(crate) fn whole_chain(versions: &[KeyringVersion], example_keys: ExampleKeys) -> Result<Keyring> {
    let chain = Chain::read(versions.to_vec())?;
    let mut steps = chain.oldest_first();
    let Some((first, statement)) = steps.next() else { return refuse(Rule::Con1, "no keyring") };
    let mut keyring = Keyring::new(statement.clone(), example_keys)?;
    keyring.roots_signed(first, Rule::Key4)?;
    for (version, statement) in steps {
        keyring = keyring.next(version, statement, example_keys)?;
    }
    Ok(keyring)
}

fn older(found: u64, in_force: u64) -> Refusal {
    Refusal::new(Rule::Key9, format!("version {found}, version {in_force} is in force"))
}

fn fork(version: u64) -> Refusal {
    Refusal::new(Rule::Key10, format!("version {version} is in force with other contents"))
}

/// The versions of a file, newest first, in their form: one name, consecutive versions.
struct Chain(Vec<(KeyringVersion, KeyringStatement)>, KeyringStatement);

impl Chain {
    fn read(versions: Vec<KeyringVersion>) -> Result<Chain> {
        let mut chain: Vec<(KeyringVersion, KeyringStatement)> = Vec::new();
        for version in versions {
            let statement = KeyringStatement::decode(&version.statement)?;
            if let Some((_, newer)) = chain.last() {
                if statement.name != newer.name {
                    return refuse(Rule::Key7, format!("keyring {} before {}", statement.name, newer.name));
                }
                if statement.version.checked_add(1) != Some(newer.version) {
                    let (old, new) = (statement.version, newer.version);
                    return refuse(Rule::Key8, format!("version {old} stands before version {new}"));
                }
            }
            chain.push((version, statement));
        }
        match chain.first().map(|(_, newest)| newest.clone()) {
            Some(newest) => Ok(Chain(chain, newest)),
            None => refuse(Rule::Con1, "no keyring"),
        }
    }

    fn newest(&self) -> &KeyringStatement {
        &self.1
    }

    fn oldest_first(&self) -> impl Iterator<Item = (&KeyringVersion, &KeyringStatement)> {
        self.0.iter().rev().map(|(version, statement)| (version, statement))
    }
}
