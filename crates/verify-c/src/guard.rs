//! Between C and Rust: pointers of the caller become references.

use crate::failure::{Failure, Outcome};
use crate::result::{PKG_INVALID_ARGUMENT, PKG_NULL_ARGUMENT, PKG_TOO_SMALL};
use std::ffi::{CStr, c_char};
use std::panic::{AssertUnwindSafe, catch_unwind};

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

/// Copies bytes to a place of the caller that has `capacity` bytes, and their number to `size`, also where they are too
/// many.
pub(crate) unsafe fn copy(
    bytes: &[u8],
    buffer: *mut u8,
    capacity: usize,
    size: *mut usize,
    what: &str,
) -> Outcome {
    place(size, "size")?;
    if capacity > 0 {
        place(buffer, "buffer")?;
    }
    // SAFETY: `size` was looked at.
    unsafe { put(size, bytes.len()) };
    if bytes.len() > capacity {
        return Err(Failure::new(PKG_TOO_SMALL, format!("{what} has {} bytes", bytes.len())));
    }
    if !bytes.is_empty() {
        // SAFETY: the buffer holds `capacity` bytes, which are enough, and is the caller's own.
        unsafe { std::ptr::copy_nonoverlapping(bytes.as_ptr(), buffer, bytes.len()) };
    }
    Ok(())
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
