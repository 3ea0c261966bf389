//! What can go wrong with a repository.

use crate::store::Store;
use pkg_format::{Digest, Refusal, Rule};
use std::path::PathBuf;

/// Why something was not done. Nothing that others see has changed then, unless the text says so.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Something breaks a rule.
    #[error("{what}: {refusal}")]
    Refused {
        /// What it is about: a path, a file of the repository.
        what: String,
        /// Which rule and why.
        refusal: Refusal,
    },
    /// A file of the repository could not be read, or breaks a rule.
    #[error(transparent)]
    Fetch(#[from] pkg_repository::Error),
    /// A file of the repository could not be written.
    #[error("cannot write {path}: {error}")]
    Write {
        /// The file, below the repository.
        path: String,
        /// Why not.
        error: std::io::Error,
    },
    /// A file at hand could not be read.
    #[error("cannot read {path}: {error}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        error: std::io::Error,
    },
    /// A store creates a file that is there, or does not know how to refuse it.
    #[error("{0} overwrites files that are to be created once: of two who publish, both would win")]
    NotCreateOnly(String),
    /// A path that never changes has another content.
    #[error("{path} is there already, with other bytes")]
    Different {
        /// The file, below the repository.
        path: String,
    },
    /// A package that the log lists is missing, or is another one.
    #[error("the log lists {path}: {why}")]
    Lost {
        /// The file, below the repository.
        path: String,
        /// What was found.
        why: String,
    },
    /// There is no log of this product and channel.
    #[error("the repository has no log of {0}")]
    NoLog(String),
    /// The repository has no head with a digest.
    #[error(
        "the repository has no head of {log} with the digest {digest} that any version of the keyring verifies"
    )]
    NoHead {
        /// Which log.
        log: String,
        /// The digest of the head.
        digest: Digest,
    },
    /// There is a log of this product and channel already.
    #[error("the repository has a log of {0} already")]
    Exists(String),
    /// A delta starts from a state that no release of the log leads into.
    #[error("{path}: no published release has the images that this delta starts from")]
    NoBase {
        /// The package.
        path: PathBuf,
    },
    /// A delta of a release that is not published.
    #[error("{path}: the full package of this delta is not published")]
    NotPublished {
        /// The package.
        path: PathBuf,
    },
    /// No release of the log has a version.
    #[error("the repository has no release {0}")]
    NoVersion(String),
    /// Several releases of the log have a version.
    #[error("the repository has several releases {0}")]
    SeveralVersions(String),
    /// Others published each time before this could.
    #[error("others published first, {0} times in a row")]
    Busy(u32),
    /// A head could not be signed.
    #[error(transparent)]
    Sign(#[from] pkg_builder::Error),
}

impl Error {
    /// The rule that was broken, if something was refused.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Error::Refused { refusal, .. } => Some(refusal.rule),
            Error::Fetch(error) => error.rule(),
            Error::Sign(error) => error.refusal().map(|refusal| refusal.rule),
            _ => None,
        }
    }

    pub(crate) fn refused(what: impl Into<String>, refusal: Refusal) -> Error {
        Error::Refused { what: what.into(), refusal }
    }

    /// A file of a store could not be written.
    pub(crate) fn write(store: &dyn Store, path: &str, error: std::io::Error) -> Error {
        match error.kind() {
            std::io::ErrorKind::Unsupported => Error::NotCreateOnly(store.name()),
            _ => Error::Write { path: path.into(), error },
        }
    }

    /// An error of the verifier about a file of the repository.
    pub(crate) fn verify(what: &str, error: pkg_verify::Error) -> Error {
        match error {
            pkg_verify::Error::Refused(refusal) => Error::refused(what, refusal),
            pkg_verify::Error::Io(error) => Error::Read { path: what.into(), error: error.into() },
            other => Error::Read { path: what.into(), error: std::io::Error::other(other) },
        }
    }
}

/// What the functions of this crate return.
pub type Result<T, E = Error> = std::result::Result<T, E>;
