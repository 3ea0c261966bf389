//! What opening a key needs from the caller: secrets, and whether exposed keys are used.

use crate::error::Result;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use zeroize::Zeroizing;

/// Supplies secrets and decides: the command line, or a test.
pub trait Access {
    /// The passphrase of an encrypted key file. Called only when it is needed.
    fn passphrase(&mut self, key: &str) -> Result<Zeroizing<String>>;

    /// The PIN of the token that a key is in; `source` is the file that the key's URI names for it.
    fn pin(&mut self, key: &str, token: &str, source: Option<&Path>) -> Result<Zeroizing<String>>;

    /// Reports a doubt about a key that can be used.
    fn doubt(&mut self, key: &str, doubt: Doubt);

    /// Whether key files are used that others can read or replace.
    fn exposed(&self) -> ExposedKeys;

    /// Set when the user wants to stop. Signers that wait for another program check it.
    fn interrupted(&self) -> &'static AtomicBool;
}

/// Whether key files are used that users other than their owner can read or replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExposedKeys {
    /// They are refused.
    Refuse,
    /// They are used. Only for files without a secret, or on systems without file modes.
    DangerAccept,
}

/// What is doubtful about a key that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Somebody with the file can try passphrases quickly.
    #[error(
        "its passphrase is hashed only {0} times: an attacker with the file can try millions of passphrases a second"
    )]
    Rounds(u32),
    /// After one more wrong PIN the token locks itself.
    #[error("the token will lock itself after one more wrong PIN")]
    LastTry,
}
