//! Between C and Rust: pointers of the caller become references, and panics become a result.

use crate::error::{Failure, pkg_error};
use crate::result::{PKG_INVALID_ARGUMENT, PKG_NULL_ARGUMENT, PKG_OK, PKG_PANIC, pkg_result};
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

pub(crate) type Outcome<T = ()> = Result<T, Failure>;

/// Runs a call: catches its panic, writes its error, and returns its result.
pub(crate) unsafe fn run(error: *mut *mut pkg_error, call: impl FnOnce() -> Outcome) -> pkg_result {
    // An object may be half changed after a panic: PKG_PANIC says so.
    let outcome = catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|_| Err(Failure::new(PKG_PANIC, "a bug in this library")));
    match outcome {
        Ok(()) => PKG_OK,
        Err(failure) => {
            let result = failure.result;
            if !error.is_null() {
                // SAFETY: the caller gives NULL or a place for a pointer.
                unsafe { error.write(pkg_error::make(failure)) };
            }
            result
        }
    }
}

fn null(name: &str) -> Failure {
    Failure::new(PKG_NULL_ARGUMENT, format!("{name} is NULL"))
}

/// What a pointer of the caller points to; PKG_NULL_ARGUMENT if it is NULL.
pub(crate) unsafe fn get<'a, T>(pointer: *const T, name: &str) -> Outcome<&'a T> {
    // SAFETY: the caller gives NULL or what it got from here and did not free.
    unsafe { pointer.as_ref() }.ok_or_else(|| null(name))
}

/// The same, to change it: the caller uses an object in one thread at a time.
pub(crate) unsafe fn get_mut<'a, T>(pointer: *mut T, name: &str) -> Outcome<&'a mut T> {
    // SAFETY: as above, and nobody else uses it during the call.
    unsafe { pointer.as_mut() }.ok_or_else(|| null(name))
}

/// Refuses NULL as the place of an output, before anything is done.
pub(crate) fn place<T>(out: *mut T, name: &str) -> Outcome {
    if out.is_null() { Err(null(name)) } else { Ok(()) }
}

/// Writes an output whose place `place` has checked.
pub(crate) unsafe fn put<T>(out: *mut T, value: T) {
    // SAFETY: it is not NULL, and the caller gives a place for a value of this type.
    unsafe { out.write(value) };
}

/// Gives an object to the caller.
pub(crate) unsafe fn give<T>(out: *mut *mut T, value: T) {
    // SAFETY: as above.
    unsafe { put(out, Box::into_raw(Box::new(value))) };
}

/// Takes an object back from the caller and sets the caller's pointer to NULL.
pub(crate) unsafe fn take<T>(handle: *mut *mut T, name: &str) -> Outcome<Box<T>> {
    // SAFETY: the caller gives NULL or the address of its pointer.
    let pointer = unsafe { get_mut(handle, name) }?;
    let object = std::mem::replace(pointer, std::ptr::null_mut());
    if object.is_null() {
        return Err(null(name));
    }
    // SAFETY: it came from `give`, and the caller's pointer, now NULL, was the only one.
    Ok(unsafe { Box::from_raw(object) })
}

/// Frees an object and sets the caller's pointer to NULL.
pub(crate) unsafe fn free<T>(handle: *mut *mut T) {
    // SAFETY: as `take`; NULL is no fault here.
    let taken = unsafe { take(handle, "handle") };
    let _ = catch_unwind(AssertUnwindSafe(|| drop(taken)));
}

/// A text of the caller.
pub(crate) unsafe fn text<'a>(pointer: *const c_char, name: &str) -> Outcome<&'a str> {
    if pointer.is_null() {
        return Err(null(name));
    }
    // SAFETY: the caller gives text that ends with a zero byte.
    let text = unsafe { CStr::from_ptr(pointer) };
    text.to_str().map_err(|_| Failure::new(PKG_INVALID_ARGUMENT, format!("{name} is not UTF-8")))
}

/// An array of the caller; it may be NULL if `count` is 0.
pub(crate) unsafe fn several<'a, T>(pointer: *const T, count: usize, name: &str) -> Outcome<&'a [T]> {
    if count == 0 {
        return Ok(&[]);
    }
    if pointer.is_null() {
        return Err(null(name));
    }
    if count.checked_mul(size_of::<T>()).is_none_or(|bytes| bytes > isize::MAX as usize) {
        return Err(Failure::new(PKG_INVALID_ARGUMENT, format!("{name} cannot be so large")));
    }
    // SAFETY: the caller says how many there are, and they fit into memory.
    Ok(unsafe { std::slice::from_raw_parts(pointer, count) })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::pkg_error_result;
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
        unsafe { free(&mut error) };
        assert!(error.is_null());
        // SAFETY: NULL is allowed.
        assert_eq!(unsafe { run(ptr::null_mut(), || panic!("another")) }, PKG_PANIC);
    }
}
