//! From folders to a [`Set`](crate::set::Set): every package is verified, and its statements are sorted by product.

mod files;
mod gather;

pub use files::{Error, Extent, files, folders};
pub(crate) use gather::insert;
pub use gather::products;
