//! The strict CBOR profile of statements (SPEC 3.1): RFC 8949 section 4.2.1, and less.
//!
//! Three layers, from the wire up: [`strict`] scans bytes once and refuses every second form;
//! [`Item`] and [`Table`] hand out typed fields of scanned bytes; [`Tree`] is the way to write.

mod item;
mod map;
pub mod strict;
mod tree;

pub(crate) use item::sorted;
pub use item::{Item, Table, Wire};
pub use map::MapBuilder;
pub use tree::Tree;
