//! The state of a device as text, which outlasts the program.

use crate::choices::pkg_choices;
use crate::device::pkg_device;
use crate::error::{c_text, pkg_error, run};
use crate::failure::Failure;
use crate::guard::{get, give, place, put, text};
use crate::keyring::pkg_keyring;
use crate::result::{PKG_STATE, pkg_result};
use pkg_decide::state_file::State;
use std::ffi::c_char;

/// Writes the state of `device` and `choices` to `out` as text. `keyring` may be NULL; otherwise the text
/// also records the version and the digest of the keyring in force. Store the text with `pkg_store_update` or
/// `pkg_store_stage`, and free it with `pkg_text_free`. It is a state file as `pkg decide` reads it. The
/// policy of the device is not in it: set it again after `pkg_state_from_text`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_state_to_text(
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

/// Reads the text `state` that `pkg_state_to_text` or a person wrote. PKG_STATE if it is not a state file.
/// `keyring` may be NULL; otherwise PKG_KEY_9 if it is older than the keyring that was in force, and
/// PKG_KEY_10 if it is another one of the same version. If it is newer, what its revocations mean for the state is
/// noted, as by `pkg_keyring_update`: so a keyring file may be stored before the state that goes with it. Writes the device, with the default policy, to
/// `device`, and the choices to `choices`; free them with `pkg_device_free` and `pkg_choices_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_state_from_text(
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
        let mut state = State::from_text(unsafe { text(state, "state") }?)
            .map_err(|e| Failure::new(PKG_STATE, format!("byte {}: {e}", e.at.start)))?;
        // SAFETY: the caller gives NULL or its handle.
        if let Some(keyring) = unsafe { keyring.as_ref() } {
            state.accept(&keyring.keyring)?;
            state.follow(&keyring.keyring);
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
