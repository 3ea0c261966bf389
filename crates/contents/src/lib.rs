//! What files an image holds, where its format is known.
//!
//! [`list`] tells the format of an image by its first bytes and lists the files in it: path, type,
//! mode, owner, size and the digest of their content. [`differences`] compares two listings, and
//! [`outside`] says which differences nothing speaks for.
//!
//! Known are tar, cpio (newc, odc), squashfs (gzip, xz, zstd, lz4), ext2, ext3 and ext4, FAT 12, 16 and
//! 32, ELF, disks with partitions, legacy U-Boot images, and all of those compressed with gzip, xz or zstd.
//! Anything else is bytes and nothing more.
//!
//! Every byte of an image is accounted for: it was read as part of something that is listed, it belongs to
//! the layout that follows from that, or it is listed as space that nothing uses. So two listings that are
//! the same leave only times, layout and journals to differ; who compares images says so, and not "nothing".
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
mod outside;
mod spans;

pub use difference::{Aspect, Change, Inside, differences};
pub use entry::{Entry, Kind, Listing};
pub use error::Error;
pub use image::Image;
pub use list::{Limits, Options, list, unpacked};
pub use outside::outside;
pub use pkg_files::ReadAt;
