//! Why a call fails, as Rust has it.

#[cfg(feature = "repository")]
use crate::result::PKG_MISSING;
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
        if let pkg_verify::Error::Refused(refusal) = error {
            return refusal.into();
        }
        // Where a package comes from a repository, the error of reading may be a rule, or a file that is missing.
        #[cfg(feature = "repository")]
        if let Some(found) = cause(&error) {
            return found.into();
        }
        Failure::new(PKG_IO, error.to_string())
    }
}

#[cfg(feature = "repository")]
impl From<&pkg_repository::Error> for Failure {
    fn from(error: &pkg_repository::Error) -> Self {
        match error {
            pkg_repository::Error::Refused(refusal) => refusal.clone().into(),
            pkg_repository::Error::Missing(_) => Failure::new(PKG_MISSING, error.to_string()),
            _ => Failure::new(PKG_IO, error.to_string()),
        }
    }
}

#[cfg(feature = "repository")]
impl From<pkg_repository::Error> for Failure {
    fn from(error: pkg_repository::Error) -> Self {
        (&error).into()
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

/// What an error of reading is about: a rule that the repository broke, or a file that it lacks.
#[cfg(feature = "repository")]
fn cause<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a pkg_repository::Error> {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(found) = error.downcast_ref::<pkg_repository::Error>() {
            return Some(found);
        }
        // The layers of reading hand an error on inside their own.
        next = match (error.downcast_ref::<pkg_verify::io::Error>(), error.downcast_ref::<std::io::Error>()) {
            (Some(ours), _) => Some(ours.get_ref()),
            (_, Some(std)) => std.get_ref().map(|inner| inner as &(dyn std::error::Error + 'static)),
            _ => error.source(),
        };
    }
    None
}
