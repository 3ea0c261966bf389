//! From a verified package to finished images.
//!
//! [`apply`] takes the only thing that hands out payload, a [`pkg_verify::Verified`], rebuilds each
//! image beside the file that it will become or in a slot, reads it back and compares it with the digest
//! that the release key signed, reads the package to its end, and only then gives the images their
//! names. After an interruption of any kind, the same call goes on where that one came to.
//!
//! ```no_run
//! use pkg_verify::{ExampleKeys, Keyring, Policy};
//!
//! let keyring = Keyring::open(&std::fs::read("device.keyring")?, ExampleKeys::Refuse)?;
//! let package = std::fs::File::open("cam-x1-1.4.3.full.pkg")?;
//! let verified = pkg_verify::open(package)?.verify(&keyring, &Policy::default())?;
//! let rootfs = pkg_install::Output::new("rootfs", "/var/lib/update/rootfs.img")?;
//! pkg_install::apply(verified, &[rootfs], &pkg_install::InstallOptions::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! What a device client puts together:
//!
//! * [`install`] is the same for any [`Storage`]: flash behind a driver, a partition, a [`Stream`]. It
//!   writes nothing before every base was read whole and compared, keeps a journal of what lasts, and
//!   counts only on what storage gives back.
//! * [`Slots`] names the slot that does not run, and refuses where both are one.
//! * [`StateStore`] remembers what runs: an install is staged, and committed when the device has booted
//!   it.
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
pub use patch::{Patching, apply_patch, read_patch};
pub use pkg_codec::FileBase;
pub use pkg_codec::delta::Base;
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
