//! Installs a verified package: rebuilds its images on disk, and survives an interruption at any moment.
//!
//! ```
//! use pkg_install::{InstallOptions, Output};
//! use pkg_verify::{ExampleKeys, Keyring, Policy};
//! use std::fs::{self, File};
//!
//! # let testdata = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/golden/format-1");
//! # let folder = tempfile::tempdir()?;
//! # let at = |name: &str| folder.path().join(name);
//! # fs::copy(format!("{testdata}/EXAMPLE.keyring"), at("device.keyring"))?;
//! # fs::copy(format!("{testdata}/cam-x1-1.4.3.full.pkg"), at("cam-x1-1.4.3.full.pkg"))?;
//! // A device refuses keyrings of example keys: ExampleKeys::Refuse.
//! let keyring = Keyring::open(&fs::read(at("device.keyring"))?, ExampleKeys::DangerAccept)?;
//! let package = File::open(at("cam-x1-1.4.3.full.pkg"))?;
//! let verified = pkg_verify::open(package)?.verify(&keyring, &Policy::default())?;
//!
//! let rootfs = Output::new("rootfs", at("rootfs.img"))?;
//! let complete = pkg_install::apply(verified, &[rootfs], &InstallOptions::default())?;
//!
//! let release = complete.manifest().release().ok_or("a release")?;
//! assert_eq!(release.identity.version.as_str(), "1.4.3");
//! assert!(at("rootfs.img").is_file());
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! [`apply`] takes a [`pkg_verify::Verified`], the only type that hands out payload. It rebuilds each image beside the
//! file that it will become, or in place in a slot; reads it back and compares it with the digest that the release key
//! signed; reads the package to its end; and only then gives the images their names. After an interruption or a power
//! cut, the same call resumes.
//!
//! A device's client uses these parts; `examples/client` puts them together:
//!
//! * [`install`] writes to any [`Storage`]: a partition, flash behind a driver, a [`Stream`]. It reads and compares every
//!   base before it writes anything, keeps a journal of what is safely stored, and after an interruption trusts only
//!   what it can read back.
//! * [`Slots`] names the slot that is not running. It refuses if both slots are the same file or device.
//! * [`StateStore`] remembers what runs: an install is staged, and confirmed once the device has booted it.
//! * [`preview`] decodes images into temporary files to look at; [`apply_patch`] applies the delta between two bare
//!   files. All of them decode with [`decode`].
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

mod apply;
mod base;
mod decode;
mod error;
mod install;
mod journal;
mod output;
mod patch;
mod preview;
mod staging;
mod state;
mod storage;
mod two_slot_record;

pub use apply::{apply, apply_with};
pub use decode::{Decoded, ImagePayload, Piece, decode, decode_to_file, next_chunk};
pub use error::Error;
pub use install::{InstallOptions, Resumed, Target, install};
pub use output::{Output, Slot, Slots};
pub use patch::{Patching, apply_patch, patch_costs, read_patch};
pub use pkg_codec::FileBase;
pub use pkg_codec::delta::{Base, Costs, ReadError, RegionCost, Spent};
pub use preview::{PreviewBase, Seen, preview};
pub use state::{Pending, StateError, StateStore};
pub use storage::{FileStorage, Storage, Stream};

use pkg_format::{Refusal, Rule};

/// A refusal as an [`Error`].
pub(crate) fn refuse<T>(rule: Rule, why: String) -> Result<T, Error> {
    Err(refusal(rule, why))
}

pub(crate) fn refusal(rule: Rule, why: String) -> Error {
    Error::Package(Refusal::new(rule, why).into())
}
