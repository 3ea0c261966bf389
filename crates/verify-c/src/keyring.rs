//! The keyring in force.

use crate::choices::pkg_choices;
use crate::device::pkg_device;
use crate::error::{pkg_error, run};
use crate::guard::{free, get, get_mut, give, place, put, several};
use crate::result::pkg_result;
use pkg_verify::{ExampleKeys, Keyring};

/// The keys that the device trusts, in force at one version of a keyring.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_keyring {
    pub(crate) keyring: Keyring,
    pub(crate) example_keys: ExampleKeys,
}

/// Opens the keyring file of `size` bytes at `bytes`. Its signatures do not prove that it is the right
/// keyring: the bytes must come from a place that the device trusts. The example keys of this project are
/// public: `danger_accept_example_keys` is for tests, and false on a device. Writes the keyring to `out`;
/// free it with `pkg_keyring_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_keyring_open(
    bytes: *const u8,
    size: usize,
    danger_accept_example_keys: bool,
    out: *mut *mut pkg_keyring,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        let example_keys =
            if danger_accept_example_keys { ExampleKeys::DangerAccept } else { ExampleKeys::Refuse };
        // SAFETY: the caller gives that many bytes.
        let keyring = Keyring::open(unsafe { several(bytes, size, "bytes") }?, example_keys)?;
        // SAFETY: `out` was looked at.
        unsafe { give(out, pkg_keyring { keyring, example_keys }) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Updates `keyring` to the newest version in the keyring file of `size` bytes at `bytes`, if an unbroken
/// chain of versions leads there from the one in force.
///
/// `versions` may be NULL. Otherwise it receives by how many versions the keyring rose. If that is above 0,
/// store the new file in place of the old one, and store the state too: the update notes in `device` what new
/// revocations mean for the installed releases, and in `choices` what they mean for what was shown and
/// withdrawn. Both may be NULL if there are none yet.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_keyring_update(
    keyring: *mut pkg_keyring,
    bytes: *const u8,
    size: usize,
    device: *mut pkg_device,
    choices: *mut pkg_choices,
    versions: *mut u64,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives NULL or its handle.
        let keyring = unsafe { get_mut(keyring, "keyring") }?;
        // SAFETY: the caller gives that many bytes.
        let update =
            keyring.keyring.update(unsafe { several(bytes, size, "bytes") }?, keyring.example_keys)?;
        if update.versions() > 0 {
            // SAFETY: the caller gives NULL or its handle.
            if let Some(device) = unsafe { device.as_mut() } {
                device.device.state.follow(update.keyring());
            }
            // SAFETY: the caller gives NULL or its handle.
            if let Some(choices) = unsafe { choices.as_mut() } {
                choices.choices.follow(update.keyring());
            }
        }
        keyring.keyring = update.keyring().clone();
        if !versions.is_null() {
            // SAFETY: it is not NULL.
            unsafe { put(versions, update.versions()) };
        }
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// The version of `keyring`; 0 if it is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_keyring_version(keyring: *const pkg_keyring) -> u64 {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(keyring, "keyring") }.map_or(0, |k| k.keyring.version())
}

/// Frees a keyring.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_keyring_free(keyring: *mut *mut pkg_keyring) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(keyring) }
}
