//! What opening a key needs from outside: secrets, and what to do about keys that are exposed.

use crate::error::Result;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use zeroize::Zeroizing;

/// Who hands in secrets and decides: the command line, or a test.
pub trait Access {
    /// The passphrase of an encrypted key file. Asked for only when it is needed.
    fn passphrase(&mut self, key: &str) -> Result<Zeroizing<String>>;

    /// The PIN of the token that a key is in; `source` is the file that the key's URI names for it.
    fn pin(&mut self, key: &str, token: &str, source: Option<&Path>) -> Result<Zeroizing<String>>;

    /// What is doubtful about a key, though it can be used.
    fn doubt(&mut self, key: &str, doubt: Doubt);

    /// Whether key files are used that others can read or replace.
    fn exposed(&self) -> ExposedKeys;

    /// Set when the user wants to end: signers that wait for another program look at it.
    fn interrupted(&self) -> &'static AtomicBool;
}

/// Whether key files are used that others than their owner can read or replace.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExposedKeys {
    /// They are refused.
    Refuse,
    /// They are used: only for files that hold no secret, or where modes mean nothing.
    DangerAccept,
}

/// What is doubtful about a key that can be used.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Doubt {
    /// Whoever gets the file tries passphrases quickly.
    #[error(
        "its passphrase is hashed only {0} times: an attacker with the file can try millions of passphrases a second"
    )]
    Rounds(u32),
    /// One more wrong PIN and the token locks itself.
    #[error("the token will lock itself after one more wrong PIN")]
    LastTry,
}
