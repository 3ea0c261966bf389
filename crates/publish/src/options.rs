//! What whoever publishes hands in.

use pkg_builder::keys::Signer;
use pkg_format::repository::Entry;
use pkg_format::{Digest, Refusal};
use pkg_verify::{Keyring, Statements};

/// Judges new statements, the second ones, together with known ones. Says which one is refused: its manifest's digest.
pub type Judge<'a> = &'a dyn Fn(&[&Statements], &[&Statements]) -> Result<(), (Digest, Refusal)>;

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
    /// Judges what is new together with what is published.
    pub judge: Judge<'a>,
    /// Is told what is published although the keyring in force refuses it.
    pub refused: &'a dyn Fn(&Entry, &Refusal),
    /// Is called with the number of bytes that were written since the call before.
    pub progress: &'a dyn Fn(u64),
}
