//! What went wrong, for the caller and for people.

use crate::guard;
use crate::result::{
    PKG_IO, PKG_NEEDS_BASE, PKG_NO_SUCH_IMAGE, PKG_NOTHING_TO_INSTALL, PKG_NULL_ARGUMENT, PKG_STATE,
    PKG_STORAGE, pkg_result,
};
use pkg_format::Refusal;
use pkg_install::StateError;
use std::ffi::{CString, c_char};

/// What went wrong in one call.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_error {
    result: pkg_result,
    message: CString,
}

/// Why a call fails, before it becomes a `pkg_error`.
pub(crate) struct Failure {
    pub(crate) result: pkg_result,
    message: String,
}

impl Failure {
    pub(crate) fn new(result: pkg_result, message: impl Into<String>) -> Self {
        Failure { result, message: message.into() }
    }
}

impl pkg_error {
    pub(crate) fn make(failure: Failure) -> *mut pkg_error {
        let message = c_text(&failure.message);
        Box::into_raw(Box::new(pkg_error { result: failure.result, message }))
    }
}

/// Text that ends with a zero byte. Statements have no zero bytes in their texts; a path or a message of the
/// system might.
pub(crate) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "?")).unwrap_or_default()
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

/// What was refused or what failed, and why, in English; NULL if `error` is NULL. It does not repeat the name
/// of the result: that is `pkg_result_name`. The text belongs to `error`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_error_message(error: *const pkg_error) -> *const c_char {
    // SAFETY: the caller gives NULL or an error that it did not free.
    unsafe { guard::get(error, "error") }.map_or(std::ptr::null(), |e| e.message.as_ptr())
}

/// The result that the failed call returned; PKG_NULL_ARGUMENT if `error` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_error_result(error: *const pkg_error) -> pkg_result {
    // SAFETY: the caller gives NULL or an error that it did not free.
    unsafe { guard::get(error, "error") }.map_or(PKG_NULL_ARGUMENT, |e| e.result)
}

/// Frees an error.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_error_free(error: *mut *mut pkg_error) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { guard::free(error) }
}
