//! The state of a device as text: what it is and runs, what its user chose and was told, what was seen.
//!
//! `read` reads what `write` writes; both know every key of [`REFERENCE`]. The text
//! is a state file of `pkg decide`, and what a client keeps in its store.

mod read;
mod reference;
mod write;

pub use reference::REFERENCE;

use crate::Fit;
use crate::{Choices, Device};
use alloc::collections::BTreeMap;
use alloc::string::String;
use pkg_format::{Digest, Id, Refusal, Version};
use pkg_verify::{Keyring, Statements};
use std::ops::Range;

/// What a device remembers.
#[derive(Debug, Clone)]
pub struct State {
    /// What it is and what runs on it.
    pub device: Device,
    /// What its user chose and was told.
    pub choices: Choices,
    /// The time by a clock that the device trusts, unix seconds.
    pub now: Option<u64>,
    /// Version and digest of the keyring in force.
    pub keyring: Option<(u64, Digest)>,
    /// What people call the release in a scope.
    pub versions: BTreeMap<Id, Version>,
}

/// A text that is no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{why}")]
#[non_exhaustive]
pub struct Wrong {
    /// What is wrong with it.
    pub why: String,
    /// Where in the text, bytes.
    pub at: Range<usize>,
}

impl State {
    /// Reads a state.
    ///
    /// # Errors
    ///
    /// [`Wrong`], with the first place that is no state.
    pub fn from_text(text: &str) -> Result<State, Wrong> {
        read::state(text)
    }

    /// The state as text. What is read from it is equal to this.
    pub fn to_text(&self) -> String {
        write::text(self)
    }

    /// Refuses a keyring that is older than the one in force here, or another of its version.
    ///
    /// # Errors
    ///
    /// KEY-9 for an older one, KEY-10 for another one with the same version.
    pub fn accept(&self, keyring: &Keyring) -> Result<(), Refusal> {
        match self.keyring {
            Some((version, digest)) => keyring.follows(version, digest),
            None => Ok(()),
        }
    }

    /// A keyring came into force: what its revocations take from what is installed, shown and withdrawn, and its
    /// version and digest, so that no older one is accepted. Nothing where it is the one in force.
    pub fn follow(&mut self, keyring: &Keyring) {
        if self.keyring.is_none_or(|(version, _)| version < keyring.version()) {
            self.device.state.follow(keyring);
            self.choices.follow(keyring);
            self.keyring = Some((keyring.version(), keyring.digest()));
        }
    }

    /// A verified package was seen, whether or not it is used: what it says about others is kept, and if it is what
    /// runs, by whom it is signed now.
    pub fn hear(&mut self, package: &Statements) {
        self.device.state.seen(package);
        if self.device.state.fits(package, &self.device.policy) == Ok(Fit::Informational) {
            self.choices.heard(package);
        }
    }

    /// A package was installed and its start confirmed.
    ///
    /// # Errors
    ///
    /// VER-11 or VER-12 where the device does not declare what it is for; nothing is changed.
    pub fn installed(&mut self, package: &Statements) -> Result<(), Refusal> {
        self.device.state.install(package)?;
        self.choices.installed(package);
        if let Some(release) = package.manifest().release() {
            self.versions.insert(release.identity.scope.clone(), release.identity.version.clone());
        }
        Ok(())
    }
}
