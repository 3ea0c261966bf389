//! What the bytes of an update package are.
//!
//! This crate holds the format and nothing that acts on it: the [`container`] layout, the strict
//! [`cbor`] profile, the two signed statements ([`Manifest`] and [`Delivery`]), the
//! [`KeyringStatement`] that names who may sign them, the [`cose`] signature structures, the
//! [`limits`] and the [rule ids](Rule). The normative text is `format-spec/SPEC.md`.
//!
//! A value of a statement type has passed **every** rule that can be judged from that statement
//! alone: the only way to get one is to decode bytes. The builder goes the same way, so builder
//! and verifier cannot disagree.
//!
//! ```
//! use pkg_format::{Manifest, Rule};
//!
//! // An empty CBOR map is well-formed CBOR but no manifest: the first required field is missing.
//! let refusal = Manifest::decode(&[0xa0]).unwrap_err();
//! assert_eq!(refusal.rule, Rule::Man1);
//! assert_eq!(refusal.rule.id(), "MAN-1");
//! ```
//!
//! `no_std` with `alloc`. Nothing here reads files, clocks or the environment, and no function
//! panics on any input: the lints below hold that.
#![no_std]
#![deny(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::panic
)]
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
#[cfg(test)]
extern crate std;

pub mod cbor;
pub mod container;
pub mod cose;
pub mod cvss;
pub mod delivery;
pub mod digest;
pub mod ident;
pub mod keyring;
pub mod lang;
pub mod limits;
pub mod manifest;
pub mod patch;
pub mod refusal;
pub mod rule;
pub mod state;
mod statement;
pub mod text;
pub mod touches;
pub mod transition;

pub use cbor::Tree;
pub use delivery::Delivery;
pub use digest::Digest;
pub use ident::{Id, Version, VulnId};
pub use keyring::KeyringStatement;
pub use manifest::Manifest;
pub use patch::Patch;
pub use refusal::Refusal;
pub use rule::Rule;
pub use text::{Label, Localized};

/// The version of the format that this crate reads and writes.
pub const FORMAT: u64 = 1;

/// What every decoding function of this crate returns.
pub type Result<T> = core::result::Result<T, Refusal>;
