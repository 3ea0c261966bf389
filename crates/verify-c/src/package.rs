//! A package before it is verified, and what verifies it.

use crate::device::pkg_device;
use crate::error::{Failure, pkg_error};
use crate::guard::{Outcome, free, get, give, place, run, take, text};
use crate::keyring::pkg_keyring;
use crate::reader::{Source, pkg_reader};
use crate::result::{PKG_IO, pkg_result};
use crate::verified::pkg_verified;
use pkg_verify::{Policy, Unverified};
use std::ffi::c_char;
use std::fs::File;

/// A package that is not verified: it can be verified and freed, and nothing else.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_package {
    unverified: Unverified<Source>,
}

/// Verifies the statements of a package, which is used up.
unsafe fn statements(
    package: *mut *mut pkg_package,
    keyring: *const pkg_keyring,
    device: *const pkg_device,
) -> Outcome<pkg_verified> {
    // SAFETY: the caller gives its handle.
    let keyring = unsafe { get(keyring, "keyring") }?;
    // SAFETY: the caller gives NULL or its handle.
    let policy = unsafe { device.as_ref() }.map_or_else(Policy::default, |d| d.device.policy.clone());
    // SAFETY: the caller gives the address of its handle.
    let package = unsafe { take(package, "package") }?;
    Ok(pkg_verified::new(package.unverified.verify(&keyring.keyring, &policy)?))
}

unsafe fn open(source: Source, out: *mut *mut pkg_package) -> Outcome {
    let unverified = pkg_verify::open(source)?;
    // SAFETY: `out` was looked at.
    unsafe { give(out, pkg_package { unverified }) };
    Ok(())
}

/// Opens a package that `reader` reads: reads its signed statements, at most a few MiB, and checks their form, but no
/// signature. `reader` is copied; what its `user` points to is used until the package, or the `pkg_verified` made
/// from it, is freed. Writes the package to `out`; free it with `pkg_package_free`.
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

/// Opens a package that is a file, like `pkg_package_open`. The file at `path` stays open until the package, or the
/// `pkg_verified` made from it, is freed. Writes the package to `out`; free it with `pkg_package_free`.
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

/// Verifies the whole of `package` as `pkg verify` does: signatures by `keyring`, the statements, the policy of `device`,
/// and every byte to the end of the package. `device` may be NULL: then the default policy applies.
///
/// Uses the package up, also when it fails: `*package` becomes NULL. Writes the verified package to `out`; free it with
/// `pkg_verified_free`. You can ask it for its contents and decide about it. To install it, open the package again
/// and use `pkg_package_verify_statements`: an install reads every byte itself and checks it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_package_verify(
    package: *mut *mut pkg_package,
    keyring: *const pkg_keyring,
    device: *const pkg_device,
    out: *mut *mut pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives its handles, or NULL for the device.
        let mut verified = unsafe { statements(package, keyring, device) }?;
        verified.check()?;
        // SAFETY: `out` was looked at.
        unsafe { give(out, verified) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Verifies the statements of `package` only: signatures by `keyring`, what is signed, and the policy of `device`. The
/// payload is not read: it may be cut off or changed. `pkg_install` checks each chunk of it before decoding;
/// `pkg_verified_check` reads and checks it all without installing. `device` may be NULL: then the default policy
/// applies.
///
/// Uses the package up, also when it fails: `*package` becomes NULL. Writes the verified package to `out`; free it with
/// `pkg_verified_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_package_verify_statements(
    package: *mut *mut pkg_package,
    keyring: *const pkg_keyring,
    device: *const pkg_device,
    out: *mut *mut pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives its handles, or NULL for the device.
        let verified = unsafe { statements(package, keyring, device) }?;
        // SAFETY: `out` was looked at.
        unsafe { give(out, verified) };
        Ok(())
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
