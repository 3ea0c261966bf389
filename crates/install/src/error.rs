//! Why nothing was installed.

use pkg_format::{Id, Refusal, delivery};
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
    /// The place of an image is taken by something other than a regular file.
    #[error("{path} is {found}, not a regular file; it is not replaced")]
    NotAFile {
        /// Where.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// The name of a staged image or journal is taken by something that was not made here.
    #[error("{path} is {found} and was not created by this program; it is not used")]
    Stranger {
        /// Where.
        path: PathBuf,
        /// What is there.
        found: &'static str,
    },
    /// A folder is reached through a symbolic link.
    #[error("{path} is a symbolic link; an image is not written through it")]
    Link {
        /// The folder.
        path: PathBuf,
    },
    /// A folder or a file in it was replaced while an image was written.
    #[error("{path}: the file or its folder was replaced during the installation")]
    Moved {
        /// Where the image was to go.
        path: PathBuf,
    },
    /// Another process writes there.
    #[error("{path} is in use by another run")]
    Busy {
        /// Where.
        path: PathBuf,
    },
    /// The place to write is the running slot, or the base of a delta.
    #[error("{path} is the same as {other}, which is in use")]
    Same {
        /// What was to be written.
        path: PathBuf,
        /// The path it also has.
        other: PathBuf,
    },
    /// An image does not fit its place.
    #[error("{path} holds {capacity} bytes, but the image of {component} has {size}")]
    TooSmall {
        /// Where.
        path: PathBuf,
        /// The component.
        component: Id,
        /// Bytes of the image.
        size: u64,
        /// Bytes of the place.
        capacity: u64,
    },
    /// The storage does not give back what was written to it.
    #[error("{path}: reading back gave other bytes than were written")]
    ReadBack {
        /// Where.
        path: PathBuf,
    },
    /// A resumed install did not end in the signed image: its journal was false. The journal is discarded; the same call
    /// made again writes the image from its start.
    #[error("{path} does not match the journal of an earlier attempt; the journal is discarded")]
    LyingJournal {
        /// Where.
        path: PathBuf,
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
    #[error("{path} or its component is given twice")]
    Twice {
        /// The file.
        path: PathBuf,
    },
    /// The package is a notice or a withdrawal, which has no images.
    #[error("a {kind} has no images to apply")]
    NoImages {
        /// What it is.
        kind: &'static str,
    },
    /// The payload is a delta, and no base was given for it.
    #[error("the delta of {component} needs version {} as its base ({} bytes, sha256 {}), and no base was given", base.version, base.size, base.sha256)]
    NeedsBase {
        /// The component.
        component: Id,
        /// The base it needs.
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
