//! The verifier library: from bytes nobody vouched for to a package that may be installed.
//!
//! One direction, each step consumes the one before it:
//!
//! ```text
//! open(reader) ─► Unverified ─ verify(keyring, policy) ─► Verified ─ finish() ─► Complete
//!                                                           └─ next_payload() ─► chunks
//! ```
//!
//! * [`open`] reads the statements, at most a few MiB, and judges the container only.
//! * [`Unverified::verify`] checks signatures over the received bytes, then parses those bytes,
//!   then applies every rule. What it returns is the only thing that hands out statements.
//! * [`Payload::next_chunk`] hands out stored bytes only after their digest matched.
//! * [`Verified::finish`] reads to the end of the archive; [`Complete`] proves that every byte was
//!   covered, and is what an installer asks for before it activates anything.
//! * [`Keyring::update`] goes from the keyring in force to a newer one, version by version.
//!
//! What a device should do about a verified package is for the crate `pkg-decide`.
//!
//! The library reads from any [`io::Read`] in one pass and needs no seeking. It knows no file
//! paths, no clock, no randomness and prints nothing. [`verify_whole`] is the convenience for a
//! file that can be read at any place: it hashes chunks on several threads. Without the feature `std`
//! everything but that is there, on `alloc` alone.
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
mod error;
mod example_keys;
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
pub use keyring::{ExampleKeys, Keyring, KeyringVersion, keyring_members};
pub use open::{Unverified, open};
#[cfg(feature = "std")]
pub use pkg_files::ReadAt;
pub use pkg_format as format;
pub use policy::{Policy, Testing};
pub use preview::Preview;
pub use public_key::PublicKey;
pub use rotation::Update;
pub use signed_by::SignedBy;
pub use signers::{SignatureReport, SignatureStatus, Signer};
pub use statements::{Claims, Statements};
pub use verified::{Complete, EmbeddedEvidence, Payload, Verified};
#[cfg(feature = "std")]
pub use whole::verify_whole;
