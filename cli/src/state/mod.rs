//! The state file of a device: what it is and runs, what its user chose and was told, what was seen.
//!
//! `read` reads what `write` writes; both know every key of README, "The state of a device".

mod read;
mod write;

pub(crate) use read::{device, read};
pub(crate) use write::{alone, save};

use crate::hint;
use crate::inputs::without_rule;
use crate::out::{Failure, Outcome};
use pkg_format::{Digest, Id, Version};
use pkg_verify::decide::{Choices, Device};
use pkg_verify::{Keyring, Statements};
use std::collections::BTreeMap;

/// A state file.
#[derive(Debug, Clone)]
pub(crate) struct State {
    pub(crate) device: Device,
    pub(crate) choices: Choices,
    /// The time by a clock that the device trusts, unix seconds.
    pub(crate) now: Option<u64>,
    /// Version and digest of the keyring in force.
    pub(crate) keyring: Option<(u64, Digest)>,
    /// What people call the release in a scope.
    pub(crate) versions: BTreeMap<Id, Version>,
}

impl State {
    /// Refuses a keyring that is older than the one in force here, or another of its version.
    pub(crate) fn accept(&self, keyring: &Keyring) -> Outcome<()> {
        let Some((version, digest)) = self.keyring else { return Ok(()) };
        keyring.follows(version, digest).map_err(|refusal| {
            let message = format!("[{}] the keyring: {}", refusal.rule.id(), without_rule(&refusal));
            Failure::refused(message).hint(hint::refusal(&refusal))
        })
    }

    /// A package was installed and its start confirmed.
    pub(crate) fn installed(&mut self, package: &Statements) {
        self.device.state.install(package);
        self.choices.installed(package);
        if let Some(release) = package.manifest().release() {
            self.versions.insert(release.identity.scope.clone(), release.identity.version.clone());
        }
    }
}
