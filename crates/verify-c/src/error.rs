//! What went wrong, for the caller and for people.

use crate::failure::{Failure, Outcome};
use crate::guard;
use crate::result::{PKG_NULL_ARGUMENT, PKG_OK, PKG_PANIC, pkg_result};
use std::ffi::{CString, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

/// What went wrong in one call.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_error {
    result: pkg_result,
    message: CString,
}

/// Runs a call: catches its panic, writes its error, and returns its result.
pub(crate) unsafe fn run(error: *mut *mut pkg_error, call: impl FnOnce() -> Outcome) -> pkg_result {
    // An object may be half changed after a panic: PKG_PANIC says so.
    let outcome = catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(Failure::new(PKG_PANIC, "a bug in this library")));
    let Err(Failure { result, message }) = outcome else { return PKG_OK };
    if !error.is_null() {
        // SAFETY: the caller gives NULL or a place for a pointer.
        unsafe { guard::give(error, pkg_error { result, message: c_text(&message) }) };
    }
    result
}

/// Text that ends with a zero byte. Statements have no zero bytes in their texts; a path or a message of the
/// system might.
pub(crate) fn c_text(text: &str) -> CString {
    CString::new(text.replace('\0', "?")).unwrap_or_default()
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

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr;

    #[test]
    fn a_panic_becomes_a_result() {
        let mut error = ptr::null_mut();
        let mut out = 7;
        let call = || {
            out = u8::try_from(-1).expect("a fault that was put here");
            Ok(())
        };
        // SAFETY: the place of the error is this function's.
        assert_eq!(unsafe { run(&mut error, call) }, PKG_PANIC);
        assert_eq!(out, 7, "no output");
        // SAFETY: it was just made.
        assert_eq!(unsafe { pkg_error_result(error) }, PKG_PANIC);
        // SAFETY: the same.
        unsafe { pkg_error_free(&mut error) };
        assert!(error.is_null());
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { run(ptr::null_mut(), || panic!("another")) }, PKG_PANIC);
    }
}
