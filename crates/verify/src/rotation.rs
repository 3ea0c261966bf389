//! Opening a keyring file, and from one keyring to the next (SPEC 5.4): each version is appointed by the roots
//! of the one before.
//!
//! No clock: what is newer is told by the version, and who may say so by signatures.

use crate::error::{Result, refuse};
use crate::keyring::{ExampleKeys, Keyring, KeyringVersion, keyring_members};
use alloc::{format, vec::Vec};
use pkg_format::{Digest, Id, KeyringStatement, Refusal, Rule};

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
    /// `DeviceState::follow` and `Choices::follow` of `pkg-decide`, in one commit with storing the keyring.
    pub fn versions(&self) -> u64 {
        self.versions
    }
}

impl Keyring {
    /// Reads a keyring file that the caller has pinned: its bytes come from a place that the caller
    /// trusts. It must bear the signatures that it asks of its own roots; predecessors in the file
    /// must lead to it.
    ///
    /// # Errors
    ///
    /// CON, CBR, MAN and KEY for a file that is not in its form, KEY-1, KEY-2 and KEY-12 for its keys, KEY-4 where too
    /// few of its roots signed it, KEY-7 to KEY-11 where its predecessors do not lead to it.
    pub fn open(bytes: &[u8], example_keys: ExampleKeys) -> Result<Self> {
        let chain = Chain::read(keyring_members(bytes)?)?;
        let mut steps = chain.oldest_first();
        let Some((_, first)) = steps.next() else { return refuse(Rule::Con1, "no keyring") };
        let mut keyring = Keyring::new(KeyringStatement::decode(&first.statement)?, example_keys)?;
        keyring.roots_signed(first, Rule::Key4)?;
        for (number, version) in steps {
            keyring = keyring.next(number, version, example_keys)?;
        }
        Ok(keyring)
    }

    /// Accepts the newest version of `file` if an unbroken chain leads to it from this one.
    ///
    /// The file holds the newest version and, after it, as many predecessors as its maker put
    /// there; those up to this version are not needed and not looked at, except that this very
    /// version must be the same there. Nothing of the file is to be stored before this returns.
    ///
    /// A client that was in a drawer for years catches up from one file, offline.
    ///
    /// # Errors
    ///
    /// CON, CBR, MAN and KEY for a file that is not in its form; KEY-4 and KEY-11 where too few roots signed; KEY-7 for
    /// another keyring, KEY-8 for a gap, KEY-9 for an older version, KEY-10 for another one with the same number.
    pub fn update(&self, file: &[u8], example_keys: ExampleKeys) -> Result<Update> {
        let chain = Chain::read(keyring_members(file)?)?;
        if chain.name != self.statement().name {
            let (found, expected) = (&chain.name, &self.statement().name);
            return refuse(Rule::Key7, format!("keyring {found}, expected {expected}"));
        }
        if chain.newest < self.version() {
            return Err(older(chain.newest, self.version()).into());
        }
        let mut keyring = self.clone();
        for (number, version) in chain.oldest_first() {
            if number == self.version() && Digest::of(&version.statement) != self.digest() {
                return Err(fork(self.version()).into());
            }
            if number > self.version() {
                keyring = keyring.next(number, version, example_keys)?;
            }
        }
        let versions = chain.newest.saturating_sub(self.version());
        Ok(Update { keyring, versions })
    }

    /// Refuses if this keyring is older than the one that a device has seen, or another of the same
    /// version: a device keeps version and digest of the keyring in force with its state.
    ///
    /// # Errors
    ///
    /// KEY-9 for an older keyring, KEY-10 for another one with the same version.
    pub fn follows(&self, version: u64, digest: Digest) -> Result<(), Refusal> {
        match self.version().cmp(&version) {
            core::cmp::Ordering::Less => Err(older(self.version(), version)),
            core::cmp::Ordering::Equal if self.digest() != digest => Err(fork(version)),
            _ => Ok(()),
        }
    }

    /// One step: the next version, appointed by enough of these roots and of its own.
    fn next(&self, number: u64, version: &KeyringVersion, ex: ExampleKeys) -> Result<Self> {
        if Some(number) != self.version().checked_add(1) {
            let in_force = self.version();
            return refuse(
                Rule::Key8,
                format!("version {in_force} is in force, and the next one in the file is {number}"),
            );
        }
        // Before the statement is decoded and its keys are looked at, which takes far longer: a stranger's
        // file ends here.
        self.roots_signed(version, Rule::Key11)?;
        let mut next = Keyring::new(KeyringStatement::decode(&version.statement)?, ex)?;
        next.roots_signed(version, Rule::Key4)?;
        next.remember_revocations(self);
        Ok(next)
    }
}

fn older(found: u64, in_force: u64) -> Refusal {
    Refusal::new(Rule::Key9, format!("version {found}, version {in_force} is in force"))
}

fn fork(version: u64) -> Refusal {
    Refusal::new(Rule::Key10, format!("version {version} is in force with other contents"))
}

/// The versions of a file, newest first: one name, consecutive versions. What else they say is not read here,
/// for nobody vouches for it yet, and a file has room for millions of entries.
struct Chain {
    versions: Vec<(u64, KeyringVersion)>,
    name: Id,
    newest: u64,
}

impl Chain {
    fn read(received: Vec<KeyringVersion>) -> Result<Chain> {
        let mut versions: Vec<(u64, KeyringVersion)> = Vec::new();
        let mut first: Option<(Id, u64)> = None;
        for version in received {
            let (name, number) = KeyringStatement::name_and_version(&version.statement)?;
            let (of, _) = first.get_or_insert_with(|| (name.clone(), number));
            if name != *of {
                return refuse(Rule::Key7, format!("a predecessor is named {name}, the keyring {of}"));
            }
            if let Some((newer, _)) =
                versions.last().filter(|(newer, _)| number.checked_add(1) != Some(*newer))
            {
                return refuse(Rule::Key8, format!("version {number} comes before version {newer}"));
            }
            versions.push((number, version));
        }
        match first {
            Some((name, newest)) => Ok(Chain { versions, name, newest }),
            None => refuse(Rule::Con1, "no keyring"),
        }
    }

    fn oldest_first(&self) -> impl Iterator<Item = (u64, &KeyringVersion)> {
        self.versions.iter().rev().map(|(number, version)| (*number, version))
    }
}
