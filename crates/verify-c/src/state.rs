//! The state of a device as text, which outlasts the program.

use crate::decide::pkg_choices;
use crate::device::pkg_device;
use crate::error::{Failure, c_text, pkg_error};
use crate::guard::{get, give, place, put, run, text};
use crate::keyring::pkg_keyring;
use crate::result::pkg_result::{self, *};
use pkg_decide::state_file::State;
use std::ffi::c_char;

/// The state as text, to be stored with `pkg_store_update` or `pkg_store_stage` and freed by `pkg_text_free`:
/// device, choices, and the version and digest of the keyring in force (may be NULL). It is a state file of
/// `pkg decide`. The policy is not in it: it belongs to the program.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_state_write(
    device: *const pkg_device,
    choices: *const pkg_choices,
    keyring: *const pkg_keyring,
    out: *mut *mut c_char,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives its handles.
        let (device, choices) = unsafe { (get(device, "device")?, get(choices, "choices")?) };
        // SAFETY: the caller gives NULL or its handle.
        let keyring = unsafe { keyring.as_ref() };
        let state = State {
            device: device.device.clone(),
            choices: choices.choices.clone(),
            now: None,
            keyring: keyring.map(|k| (k.keyring.version(), k.keyring.digest())),
            versions: device.versions.clone(),
        };
        // SAFETY: `out` was looked at.
        unsafe { put(out, c_text(&state.to_text()).into_raw()) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Reads what `pkg_state_write` wrote, or a state file that a person did; PKG_STATE where it is none. With a
/// `keyring` (may be NULL): PKG_KEY_9 where it is older than the one that was in force, PKG_KEY_10 where it is
/// another of the same version. The policy of the device is the default again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_state_read(
    state: *const c_char,
    keyring: *const pkg_keyring,
    device: *mut *mut pkg_device,
    choices: *mut *mut pkg_choices,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(device, "device")?;
        place(choices, "choices")?;
        // SAFETY: the caller gives a text.
        let state = State::from_text(unsafe { text(state, "state") }?)
            .map_err(|e| Failure::new(PKG_STATE, format!("byte {}: {e}", e.at.start)))?;
        // SAFETY: the caller gives NULL or its handle.
        if let Some(keyring) = unsafe { keyring.as_ref() } {
            state.accept(&keyring.keyring)?;
        }
        let read = pkg_device { device: state.device, versions: state.versions };
        // SAFETY: both places were looked at.
        unsafe {
            give(device, read);
            give(choices, pkg_choices { choices: state.choices });
        }
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}
