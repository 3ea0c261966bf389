//! `release.toml`. It is read with the place of every value, so that errors can point at it.
//!
//! [`schema`] lists the keys and the types of their values; [`read`] turns a file into values; [`places`] finds the
//! place of a manifest field in the file.

pub(crate) mod places;
pub(crate) mod read;
pub(crate) mod schema;

pub(crate) use places::Places;
pub(crate) use read::{Table, Value};
