//! `release.toml`. It is read with the place of every value, so that errors can point at it.
//!
//! [`schema`] lists the keys and the types of their values; [`read`] turns a file into values; [`include`] merges the
//! files that a description includes; [`places`] finds where a manifest field is written.

pub(crate) mod expected;
mod include;
pub(crate) mod places;
pub(crate) mod read;
pub(crate) mod schema;
pub(crate) mod table;
mod time;

pub(crate) use include::read as read_with_includes;
pub(crate) use places::Places;
pub use read::NO_REFERENCE;
pub(crate) use read::{Fault, Read};
pub use schema::REFERENCE;
pub(crate) use table::{Table, Value};
