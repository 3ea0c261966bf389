//! What files an image holds, where its format is known, and what differs between two images.
//!
//! ```
//! use pkg_contents::{Image, Inside, Limits, ListOptions, list};
//!
//! let interrupted = std::sync::atomic::AtomicBool::new(false);
//! let options =
//!     ListOptions { limits: Limits::default(), scratch: &std::env::temp_dir(), interrupted: &interrupted };
//! let archive = |text: &[u8]| -> std::io::Result<Image> {
//!     let mut tar = tar::Builder::new(Vec::new());
//!     let mut header = tar::Header::new_ustar();
//!     header.set_size(text.len() as u64);
//!     header.set_mode(0o644);
//!     tar.append_data(&mut header, "etc/motd", text)?;
//!     Ok(Image::memory(tar.into_inner()?))
//! };
//!
//! let old = list(&archive(b"Welcome")?, &options)?;
//! let new = list(&archive(b"Welcome!")?, &options)?;
//! assert_eq!(new.format(), "tar");
//! match Inside::compare(&old, &new) {
//!     Inside::Files(changes) => {
//!         assert_eq!((changes[0].sign(), changes[0].path()), ('~', "etc/motd"));
//!     }
//!     Inside::Unexplained(why) => panic!("{why}"),
//! }
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! Known formats: tar, cpio (newc, odc), squashfs (gzip, xz, zstd, lz4), ext2, ext3 and ext4, FAT 12, 16 and 32,
//! ELF, disks with partitions, legacy U-Boot images, bundles of other updaters (RAUC, SWUpdate, Mender, MCUboot), and
//! all of those compressed with gzip, xz or zstd. Anything else is bytes and nothing more.
//!
//! A bundle lists the files of the images in it, under the names that these have in the bundle. What its updater is
//! told about it is in [`Listing::bundle`]. Its signatures are not listed: they change with every build, and the
//! updater checks them.
//!
//! Every byte of an image is accounted for: it was read as part of something that is listed, it belongs to the
//! layout that follows from that, or it is listed as unused space. So two images with the same listing differ only
//! in times, layout and journals; whoever compares them says so instead of "nothing".
//!
//! Images come from packages that nobody may have verified yet, so everything is limited: entries, bytes of paths,
//! bytes of content, bytes that decompress. An image that is unsound or beyond a limit is no error: its listing says
//! why it is empty, and the image counts as bytes. The readers in this crate have no panic, no indexing and no
//! unchecked arithmetic; third-party readers are called from one place, [`list`], which catches a panic.
#![cfg_attr(
    not(test),
    deny(
        clippy::as_conversions,
        clippy::indexing_slicing,
        clippy::unwrap_used,
        clippy::expect_used,
        clippy::arithmetic_side_effects,
        clippy::panic
    )
)]

mod build_id;
mod bundle;
mod collect;
mod difference;
mod entry;
mod error;
mod fields;
mod format;
mod image;
mod list;
mod options;
mod settings;
mod spans;

pub use bundle::{Bundle, BundleImage, Updater};
pub use difference::{Aspect, Change, Inside, differences};
pub use entry::{Entry, Kind, Listing};
pub use error::Error;
pub use image::Image;
pub use list::list;
pub use options::{Limits, ListOptions, unpacked};
pub use pkg_files::ReadAt;
