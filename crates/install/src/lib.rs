//! From a verified package to finished images.
//!
//! [`apply`] takes the only thing that hands out payload, a [`pkg_verify::Verified`], rebuilds each
//! image beside the file that it will become, compares it with the digest that the release key
//! signed, reads the package to its end, and only then gives the images their names. Whatever
//! fails before that leaves the old files as they were and no new ones.
//!
//! A delta needs the images that it starts from: [`Output::from_base`]. Each is opened once, and
//! compared whole with what was signed before anything is written.
//!
//! ```no_run
//! use pkg_verify::{ExampleKeys, Keyring, Policy};
//!
//! let keyring = Keyring::open(&std::fs::read("device.keyring")?, ExampleKeys::Refuse)?;
//! let package = std::fs::File::open("cam-x1-1.4.3.full.pkg")?;
//! let verified = pkg_verify::open(package)?.verify(&keyring, &Policy::default())?;
//! let rootfs = pkg_install::Output::new("rootfs", "/var/lib/update/rootfs.img")?;
//! pkg_install::apply(verified, &[rootfs], &pkg_install::Options::default())?;
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
#![deny(
    clippy::as_conversions,
    clippy::indexing_slicing,
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::arithmetic_side_effects,
    clippy::panic
)]

mod apply;
mod base;
mod decode;
mod look;
mod output;
mod patch;

pub use apply::{Options, apply};
pub use look::{LookBase, Seen, look};
pub use output::Output;
pub use patch::{Patching, apply_patch, read_patch};

use pkg_format::{Id, Refusal, Rule, delivery};
use std::path::PathBuf;

/// Why nothing was installed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The package is refused, or could not be read.
    #[error(transparent)]
    Package(#[from] pkg_verify::Error),
    /// An image could not be written.
    #[error("cannot write {path}: {error}")]
    Write {
        /// Where.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// What is at the place of an image is no regular file.
    #[error("{path} is {found}, not a regular file; it is not replaced")]
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// The package has no image for this component.
    #[error("the package has no image {component}; it has {there}")]
    NoSuchImage {
        /// What was asked for.
        component: Id,
        /// What there is.
        there: String,
    },
    /// A component or a file was named twice.
    #[error("{path} or its component is named twice")]
    Twice {
        /// The file.
        path: PathBuf,
    },
    /// The package has no images at all.
    #[error("a {kind} has no images to apply")]
    Words {
        /// What it is.
        kind: &'static str,
    },
    /// The payload of a component is a delta, and no base was given for it.
    #[error("{component} is rebuilt from version {} of it, of {} bytes, sha256 {}, and no base is given", base.version, base.size, base.sha256)]
    NeedsBase {
        /// The component.
        component: Id,
        /// What it starts from.
        base: delivery::Base,
    },
    /// A base could not be read.
    #[error("cannot read the base {path}: {error}")]
    ReadBase {
        /// Where it is.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// A patch could not be read.
    #[error("cannot read {path}: {error}")]
    ReadPatch {
        /// Where it is.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
}

impl Error {
    /// The refusal behind the error, if the package was refused.
    pub fn refusal(&self) -> Option<&Refusal> {
        match self {
            Error::Package(pkg_verify::Error::Refused(refusal)) => Some(refusal),
            _ => None,
        }
    }
}

/// A refusal as an [`Error`].
pub(crate) fn refuse<T>(rule: Rule, why: String) -> Result<T, Error> {
    Err(refusal(rule, why))
}

pub(crate) fn refusal(rule: Rule, why: String) -> Error {
    Error::Package(Refusal::new(rule, why).into())
}
