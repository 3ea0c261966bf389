//! What the bytes of an update package are: types, strict CBOR, container layout, limits, rule ids.
//!
//! ```
//! use pkg_format::{Manifest, Rule, Tree, cbor::MapBuilder};
//!
//! // A value of a statement type has passed every rule of that statement: decoding is the only way to one.
//! let statement = MapBuilder::new().put("format", &1u64).text("kind", "release").done();
//! let refusal = Manifest::decode(&statement.to_bytes()).unwrap_err();
//!
//! // A refusal names one rule, the place, and what was found there.
//! assert_eq!(refusal.rule, Rule::Man1);
//! assert_eq!(refusal.to_string(), "[MAN-1] id: missing");
//!
//! // Every rule says why it exists, where it comes from, and what to do.
//! println!("{}: {} ({})", refusal.rule.id(), refusal.rule.why(), refusal.rule.source());
//! println!("{}", refusal.rule.fix());
//! ```
//!
//! This crate holds the format and nothing that acts on it: the [`container`] layout, the strict
//! [`cbor`] profile, the two signed statements ([`Manifest`] and [`Delivery`]), the
//! [`KeyringStatement`] that names who may sign them, the [`cose`] signature structures, the
//! [`limits`], the [rule ids](Rule), and which [`transition`] from one state to another is allowed. The
//! normative text is `format-spec/SPEC.md`.
//!
//! The builder decodes what it wrote, so builder and verifier cannot disagree about a statement.
//!
//! `no_std` with `alloc`. Nothing here reads files, clocks or the environment, and no function
//! panics on any input: the lints below hold that.
//!
//! # Misuse does not compile
//!
//! A manifest that no rule has seen cannot be made:
//!
//! ```compile_fail,E0451
//! # fn f(common: pkg_format::manifest::Common, body: pkg_format::manifest::Body) -> pkg_format::Manifest {
//! pkg_format::Manifest { common, body }
//! # }
//! ```
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
mod channel;
pub mod container;
pub mod cose;
pub mod cvss;
pub mod delivery;
pub mod description;
pub mod digest;
mod forbidden;
pub mod ident;
pub mod keyring;
pub mod lang;
pub mod limits;
pub mod manifest;
pub mod patch;
pub mod refusal;
pub mod repository;
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
