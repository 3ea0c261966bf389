//! The keyring in force.

use crate::decide::pkg_choices;
use crate::device::pkg_device;
use crate::error::pkg_error;
use crate::guard::{free, get, get_mut, give, place, put, run, several};
use crate::result::pkg_result;
use pkg_verify::{ExampleKeys, Keyring};

/// The keys that are trusted.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_keyring {
    pub(crate) keyring: Keyring,
    example_keys: ExampleKeys,
}

/// Reads a keyring file that the caller has pinned: its bytes come from a place that it trusts. Example keys
/// are for tests: on a device `danger_accept_example_keys` is false.
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

/// Goes on to the newest version of a keyring file, if an unbroken chain leads to it from the one in force.
/// `versions` (may be NULL) receives how many versions newer it is: if above 0, store the file in place of
/// the old one. What its revocations take from what is installed is noted in `device`, and from what was shown and
/// withdrawn in `choices` (each may be NULL where there is none yet): store both together with the file.
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

/// Its version; 0 for NULL.
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
