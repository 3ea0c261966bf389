//! A package before it is verified.

use crate::error::{pkg_error, run};
use crate::failure::{Failure, Outcome};
use crate::guard::{free, get, give, place, text};
use crate::reader::{Source, pkg_reader};
use crate::result::{PKG_IO, pkg_result};
use pkg_verify::Unverified;
use std::ffi::c_char;
use std::fs::File;

/// A package that is not verified: it can be verified and freed, and nothing else.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_package {
    pub(crate) unverified: Unverified<Source>,
}

unsafe fn open(source: Source, out: *mut *mut pkg_package) -> Outcome {
    let unverified = pkg_verify::open(source)?;
    // SAFETY: `out` was looked at.
    unsafe { give(out, pkg_package { unverified }) };
    Ok(())
}

/// Opens a package that `reader` reads: reads its signed statements, at most a few MiB, and checks their
/// form, but no signature. `reader` is copied; what its `user` points to is used until the package, or the
/// `pkg_verified` made from it, is freed. Writes the package to `out`; free it with `pkg_package_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_package_open(
    reader: *const pkg_reader,
    out: *mut *mut pkg_package,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives a reader.
        let reader = *unsafe { get(reader, "reader") }?;
        // SAFETY: `out` was looked at.
        unsafe { open(Source::callbacks(reader)?, out) }
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Opens a package that is a file, like `pkg_package_open`. The file at `path` stays open until the package,
/// or the `pkg_verified` made from it, is freed. Writes the package to `out`; free it with
/// `pkg_package_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_package_open_file(
    path: *const c_char,
    out: *mut *mut pkg_package,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives a text.
        let path = unsafe { text(path, "path") }?;
        let file = File::open(path).map_err(|e| Failure::new(PKG_IO, format!("{path}: {e}")))?;
        // SAFETY: `out` was looked at.
        unsafe { open(Source::file(file), out) }
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Frees a package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_package_free(package: *mut *mut pkg_package) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(package) }
}
