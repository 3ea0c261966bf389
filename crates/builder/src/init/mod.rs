//! A new product: its descriptions, keys, keyring and CI file.

mod create;
mod text;

pub use create::{Created, create};
pub use text::{Answers, Ci, SCHEMA};
