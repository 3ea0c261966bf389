//! The C interface: verify, decide, install, follow a repository. `include/pkg_verify.h` is made from the files here by `header`, which has
//! the conventions and the order; `tests/c/client.c` is a whole program.
//!
//! No other crate of the project has `unsafe`. `guard`, `reader` and `storage` use the pointers of the caller; each
//! function says why its use is sound, and runs inside `error::run`, which catches panics.
#![allow(clippy::missing_safety_doc, reason = "the top of the header says once what a caller must keep to")]

mod choices;
mod decision;
mod device;
mod error;
mod failure;
mod guard;
#[cfg(test)]
mod header;
mod image;
mod install;
mod keyring;
#[cfg(feature = "repository")]
mod listed;
mod package;
mod reader;
mod records;
#[cfg(feature = "repository")]
mod remembered;
#[cfg(feature = "repository")]
mod repository;
mod result;
mod state;
mod storage;
mod store;
#[cfg(feature = "repository")]
mod transport;
mod verified;
mod verify;
mod version;
