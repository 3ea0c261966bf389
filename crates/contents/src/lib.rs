//! What files an image holds, where its format is known.
//!
//! [`list`] tells the format of an image by its first bytes and lists the files in it: path, type,
//! mode, owner, size and the digest of their content. [`differences`] compares two listings, and
//! [`touches`] says which differences a list of patterns covers.
//!
//! Known are tar, cpio (newc), squashfs (gzip, xz, zstd, lz4), ext2, ext3 and ext4, FAT 12, 16 and 32,
//! ELF, and all of those compressed with gzip, xz or zstd. Anything else is bytes and nothing more.
//!
//! Images come from packages that nobody may have verified yet. So everything is counted: entries,
//! bytes of paths, bytes of content, bytes that decompress. What is unsound or beyond a limit is no
//! error: the listing says why it is empty, and the image counts as bytes. The readers here have no
//! panic, no indexing and no unchecked arithmetic; the readers of other people are called from one
//! place that catches a panic ([`list`]).
#![deny(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::panic
)]
#![cfg_attr(
    test,
    allow(
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        clippy::panic,
        clippy::as_conversions
    )
)]

mod collect;
mod difference;
mod entry;
mod error;
mod fields;
mod format;
mod image;
mod list;
pub mod touches;

pub use difference::{Aspect, Change, Inside, differences};
pub use entry::{Entry, Kind, Listing};
pub use error::Error;
pub use image::{Image, ReadAt};
pub use list::{Limits, Options, list};
