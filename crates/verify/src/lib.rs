//! Verifies update packages: signatures, statements and every byte of payload.
//!
#![cfg_attr(feature = "std", doc = "```")]
#![cfg_attr(not(feature = "std"), doc = "```ignore")]
//! use pkg_verify::{ExampleKeys, Keyring, Policy, open};
//!
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! # std::env::set_current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/../.."))?;
//! # let (device_keyring, download) = (
//! #     "keys-example/EXAMPLE.keyring", "testdata/golden/format-1/cam-x1-1.4.3.full.pkg");
//! // The keyring comes with the device. DangerAccept: this one has keys that anybody can sign with.
//! let keyring = Keyring::open(&std::fs::read(device_keyring)?, ExampleKeys::DangerAccept)?;
//! let package = std::fs::File::open(download)?;
//!
//! // From here on the manifest is authentic; nothing could be asked of it before.
//! let mut verified = open(package)?.verify(&keyring, &Policy::default())?;
//! println!("{}", verified.manifest().common().id);
//!
//! // Each chunk comes out after its digest matched.
//! while let Some(mut payload) = verified.next_payload()? {
//!     while let Some((chunk, stored)) = payload.next_chunk()? {
//!         println!("{} bytes that decode to {}", stored.len(), chunk.image_bytes);
//!     }
//! }
//! // The proof that the package was whole. Activate nothing without it.
//! let complete = verified.finish()?;
//! # assert_eq!(complete.skipped(), 0);
//! # Ok(()) }
//! ```
//!
//! It goes one way, and each step consumes the one before:
//!
//! ```text
//! open(reader) ─► Unverified ─ verify(keyring, policy) ─► Verified ─ finish() ─► Complete
//!                                                           └─ next_payload() ─► chunks
//! ```
//!
//! * [`open`] reads the statements, at most a few MiB, and checks the container only.
//! * [`Unverified::verify`] checks the signatures over the received bytes, then parses those bytes,
//!   then applies every rule. Nothing else makes [`Statements`] that can be trusted.
//! * [`Payload::next_chunk`] hands out stored bytes only after their digest matched.
//! * [`Verified::finish`] reads to the end of the archive. An installer asks for the [`Complete`] that
//!   it returns before it activates anything.
//! * [`verify_head`] checks what a repository says it offers.
//! * [`Keyring::update`] goes from the keyring in force to a newer one, version by version.
//!
//! The crate `pkg-decide` says whether a verified package fits a device and what to do with it;
//! `pkg-install` decodes it.
//!
//! The library reads from any [`io::Read`] in one pass. It opens no files, knows no clock and no
//! randomness, and prints nothing.
//!
//! # Features
//!
//! Without any it is `no_std` and needs `alloc`.
//!
//! * `std` adds: every [`std::io::Read`] is an [`io::Read`]; [`io::Seekable`] skips by seeking;
//!   [`verify_whole`] hashes the chunks of a file on several threads.
//! * `ml-dsa` adds signatures with ML-DSA-65. Without it a keyring that lists such a key is refused.
//!
//! The oldest compiler that is supported is the `rust-version` of the crate.
//!
//! # Misuse does not compile
//!
//! Statements of an unverified package cannot be had:
//!
//! ```compile_fail,E0599
//! # fn f(package: &[u8]) -> Result<(), pkg_verify::Error> {
//! let unverified = pkg_verify::open(package)?;
//! println!("{:?}", unverified.manifest());
//! # Ok(()) }
//! ```
//!
//! A `Verified` cannot be made by hand:
//!
//! ```compile_fail,E0451
//! # fn f<R>(statements: pkg_verify::Statements, archive: R) {
//! let verified = pkg_verify::Verified { statements, archive };
//! # }
//! ```
//!
//! Nor can the proof that a package was read to its end:
//!
//! ```compile_fail,E0451
//! # fn f(statements: pkg_verify::Statements) -> pkg_verify::Complete {
//! pkg_verify::Complete { statements }
//! # }
//! ```
//!
//! And a package that was read to its end yields no more chunks:
//!
//! ```compile_fail,E0382
//! # fn f(mut verified: pkg_verify::Verified<&[u8]>) -> Result<(), pkg_verify::Error> {
//! let complete = verified.finish()?;
//! let more = verified.next_payload()?;
//! # Ok(()) }
//! ```
#![deny(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::panic
)]
#![no_std]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        clippy::panic,
        clippy::as_conversions
    )
)]

extern crate alloc;
#[cfg(any(test, feature = "std"))]
extern crate std;

mod archive;
mod count;
mod error;
mod example_keys;
mod head;
pub mod io;
mod keyring;
mod layout;
#[cfg(feature = "ml-dsa")]
mod ml_dsa_65;
mod open;
mod policy;
mod preview;
mod public_key;
mod rotation;
mod signed_by;
mod signers;
mod statements;
mod verified;
#[cfg(feature = "std")]
mod whole;

pub use error::{Error, Result};
pub use example_keys::is_example_key;
pub use head::{VerifiedHead, claims_log, verify_head, verify_head_of_any_log};
pub use keyring::{ExampleKeys, Keyring, KeyringVersion, keyring_members};
pub use open::{Unverified, open};
#[cfg(feature = "std")]
pub use pkg_files::ReadAt;
pub use policy::{Policy, Testing};
pub use preview::Preview;
pub use public_key::PublicKey;
pub use rotation::Update;
pub use signed_by::SignedBy;
pub use signers::{SignatureReport, SignatureStatus, Signer};
pub use statements::{Statements, UnverifiedStatements};
pub use verified::{Complete, EmbeddedEvidence, Payload, Verified};
#[cfg(feature = "std")]
pub use whole::verify_whole;

/// What statements are made of: the part of the crate `pkg-format` that this one hands out.
pub mod format {
    pub use pkg_format::cose::{Algorithm, KeyId, StatementKind, key_id};
    pub use pkg_format::{
        Delivery, Digest, FORMAT, Id, KeyringStatement, Label, Localized, Manifest, Refusal, Rule, Version,
        VulnId,
    };
    pub use pkg_format::{delivery, keyring, lang, limits, manifest, repository};
}
