//! `release.toml`: read with the place of every value, so that each error can point at it.
//!
//! [`schema`] says which keys there are and what their values are; [`read`] turns a file into
//! values by it; [`places`] finds the place of a manifest field in the file.

pub(crate) mod places;
pub(crate) mod read;
pub(crate) mod schema;

pub(crate) use places::Places;
pub(crate) use read::{Table, Value};
