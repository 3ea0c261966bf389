//! Why a call fails, as Rust has it.

use crate::result::{
    PKG_IO, PKG_NEEDS_BASE, PKG_NO_SUCH_IMAGE, PKG_NOTHING_TO_INSTALL, PKG_STATE, PKG_STORAGE, pkg_result,
};
use pkg_format::Refusal;
use pkg_install::StateError;

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Why a call fails, before it becomes a `pkg_error`.
pub(crate) struct Failure {
    pub(crate) result: pkg_result,
    pub(crate) message: String,
}

impl Failure {
    pub(crate) fn new(result: pkg_result, message: impl Into<String>) -> Self {
        Failure { result, message: message.into() }
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        // The rule is the result already.
        let (at, why) = (refusal.at, refusal.why);
        let message = if at.is_empty() { why } else { format!("{at}: {why}") };
        Failure::new(refusal.rule.into(), message)
    }
}

impl From<pkg_verify::Error> for Failure {
    fn from(error: pkg_verify::Error) -> Self {
        match error {
            pkg_verify::Error::Refused(refusal) => refusal.into(),
            other => Failure::new(PKG_IO, other.to_string()),
        }
    }
}

impl From<std::io::Error> for Failure {
    fn from(error: std::io::Error) -> Self {
        Failure::new(PKG_IO, error.to_string())
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        let result = if matches!(error, StateError::Io(_)) { PKG_IO } else { PKG_STATE };
        Failure::new(result, error.to_string())
    }
}

impl From<pkg_install::Error> for Failure {
    fn from(error: pkg_install::Error) -> Self {
        use pkg_install::Error as E;
        let result = match error {
            E::Package(error) => return error.into(),
            E::Write { .. }
            | E::ReadBack { .. }
            | E::LyingJournal { .. }
            | E::ReadBase { .. }
            | E::ReadPatch { .. } => PKG_IO,
            E::NoImages { .. } => PKG_NOTHING_TO_INSTALL,
            E::NoSuchImage { .. } => PKG_NO_SUCH_IMAGE,
            E::NeedsBase { .. } => PKG_NEEDS_BASE,
            _ => PKG_STORAGE,
        };
        Failure::new(result, error.to_string())
    }
}
