//! The C interface: verify, decide, install. `include/pkg_verify.h` is made from the files here by `header`, which has
//! the conventions and the order; `tests/c/client.c` is a whole program.
//!
//! The only crate of ours with `unsafe`. What is done with pointers of the caller stands in `guard`, `reader` and
//! `storage`; the functions say why each use is sound, and run inside `guard::run`, which catches panics.
#![allow(
    clippy::missing_safety_doc,
    reason = "what a caller must keep to stands once, at the top of the header"
)]

mod choices;
mod decision;
mod device;
mod error;
mod guard;
#[cfg(test)]
mod header;
mod image;
mod install;
mod keyring;
mod package;
mod reader;
mod records;
mod result;
mod state;
mod storage;
mod store;
mod verified;
mod version;
