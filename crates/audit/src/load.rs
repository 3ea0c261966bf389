//! From folders to a [`Set`](crate::model::Set): every package is verified, and what it says becomes plain values.

mod files;
mod statements;

pub use files::{Error, Whole, files, folders};
pub use statements::{Builder, text};
