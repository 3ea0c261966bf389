//! Why two packages could not be compared.

use std::io;
use std::path::PathBuf;

/// Why two packages could not be compared. An image that cannot be explained is no error: see
/// [`crate::ImageDifference::unexplained`].
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A package was refused or could not be read.
    #[error("{}: {error}", path.display())]
    Package {
        /// The package.
        path: PathBuf,
        /// What is wrong with it.
        error: pkg_verify::Error,
    },
    /// An image could not be decoded: a base that was given is not the one that its delta starts from, or could not
    /// be read.
    #[error(transparent)]
    Decode(pkg_install::Error),
    /// A temporary file could not be written.
    #[error("cannot write a temporary file in {}: {error}", folder.display())]
    WriteTemporary {
        /// The folder for temporary files.
        folder: PathBuf,
        /// What the system says.
        error: io::Error,
    },
    /// A temporary file could not be read again.
    #[error("cannot read a temporary file: {0}")]
    ReadTemporary(io::Error),
    /// An image could not be listed, or the caller interrupted that.
    #[error("cannot look into an image: {0}")]
    List(pkg_contents::Error),
}
