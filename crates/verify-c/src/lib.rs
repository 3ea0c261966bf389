//! The C interface of verifying, deciding and installing. `include/pkg_verify.h` is made from it and tells
//! its conventions; `tests/c/client.c` is a whole program.
//!
//! The only crate of ours with `unsafe`. What is done with pointers of the caller stands in `guard` and
//! `callbacks`; the functions say why each use is sound, and run inside `guard::run`, which catches panics.
#![allow(
    clippy::missing_safety_doc,
    reason = "what a caller must keep to stands once, at the top of the header"
)]

mod callbacks;
mod decide;
mod device;
mod error;
mod guard;
mod install;
mod keyring;
mod package;
mod records;
mod result;
mod state;
mod store;
mod texts;

pub use callbacks::{pkg_base, pkg_reader, pkg_storage};
pub use decide::{pkg_choices, pkg_decision, pkg_verdict};
pub use device::{pkg_device, pkg_fit};
pub use error::pkg_error;
pub use install::pkg_target;
pub use keyring::pkg_keyring;
pub use package::{pkg_package, pkg_verified};
pub use records::pkg_records;
pub use result::pkg_result;
pub use store::pkg_store;
