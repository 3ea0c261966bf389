//! What can go wrong: the package is refused, or it could not be read.

use alloc::string::String;
use pkg_format::{Refusal, Rule};

/// A refusal, or a failure to read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The package breaks a rule.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// The reader failed; nothing is known about the package.
    #[error("cannot read the package: {0}")]
    Io(#[from] crate::io::Error),
}

#[cfg(feature = "std")]
impl From<std::io::Error> for Error {
    fn from(error: std::io::Error) -> Error {
        Error::Io(error.into())
    }
}

impl Error {
    /// The rule that was broken, if the package was refused.
    pub fn rule(&self) -> Option<Rule> {
        match self {
            Error::Refused(refusal) => Some(refusal.rule),
            Error::Io(_) => None,
        }
    }
}

/// What the functions of this crate return.
pub type Result<T, E = Error> = core::result::Result<T, E>;

/// A refusal as an [`Error`].
pub(crate) fn refuse<T>(rule: Rule, why: impl Into<String>) -> Result<T> {
    Err(Refusal::new(rule, why).into())
}
