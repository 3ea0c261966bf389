//! From a package to a verified package.

use crate::device::pkg_device;
use crate::error::{pkg_error, run};
use crate::failure::Outcome;
use crate::guard::{get, give, place, take};
use crate::keyring::pkg_keyring;
use crate::package::pkg_package;
use crate::result::pkg_result;
use crate::verified::pkg_verified;
use pkg_verify::Policy;

/// Verifies the statements of a package and consumes it.
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

/// Verifies the whole of `package` as `pkg verify` does: signatures by `keyring`, the statements, the policy
/// of `device`, and every byte to the end of the package. `device` may be NULL: then the default policy
/// applies.
///
/// Consumes the package, even on failure: `*package` becomes NULL. Writes the verified package to `out`;
/// free it with `pkg_verified_free`. You can ask it for its contents and decide about it. To install it, open
/// the package again and use `pkg_package_verify_statements`: an install checks every chunk itself before it
/// uses it.
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
        // SAFETY: `out` was checked above.
        unsafe { give(out, verified) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Verifies the statements of `package` only: signatures by `keyring`, what is signed, and the policy of
/// `device`. The payload is not read: it may be truncated or changed. `pkg_install` checks each chunk of it
/// before decoding; `pkg_verified_check` reads and checks it all without installing. `device` may be NULL:
/// then the default policy applies.
///
/// Consumes the package, even on failure: `*package` becomes NULL. Writes the verified package to `out`;
/// free it with `pkg_verified_free`.
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
        // SAFETY: `out` was checked above.
        unsafe { give(out, verified) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}
