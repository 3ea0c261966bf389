//! What whoever publishes hands in.

use pkg_builder::keys::Signer;
use pkg_format::Refusal;
use pkg_format::repository::Entry;
use pkg_verify::{Keyring, Statements};

/// Judges a new statement together with known ones.
pub type Judge<'a> = &'a dyn Fn(&[&Statements], &Statements) -> Result<(), Refusal>;

/// How to publish.
pub struct Options<'a> {
    /// The keyring in force: by it everything is verified that is read and written.
    pub keyring: &'a Keyring,
    /// The file of that keyring, whose versions are published too.
    pub keyring_file: &'a [u8],
    /// The keys that sign heads.
    pub signers: &'a [&'a dyn Signer],
    /// The date of issue of the head, unix seconds.
    pub issued: u64,
    /// After how many seconds a newer head should be there; none keeps what the head before says.
    pub max_age: Option<u64>,
    /// Only judge: nothing is signed or written.
    pub dry_run: bool,
    /// Judges one new statement together with those that are published and those that come before it here.
    pub judge: Judge<'a>,
    /// Is told what is published although the keyring in force refuses it.
    pub refused: &'a dyn Fn(&Entry, &Refusal),
    /// Is called with the number of bytes that were written since the call before.
    pub progress: &'a dyn Fn(u64),
}
