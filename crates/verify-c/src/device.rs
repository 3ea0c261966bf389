//! What the device is and runs.

use crate::error::{pkg_error, run};
use crate::failure::{Failure, Outcome};
use crate::guard::{free, get, get_mut, give, place, put, several, text};
use crate::result::{PKG_INVALID_ARGUMENT, PKG_WRONG_ORDER, pkg_result};
use crate::verified::pkg_verified;
use pkg_decide::{Device, Profile};
use pkg_decide::{DeviceState, Fit, Installed, Scope};
use pkg_format::{Digest, Id, Version};
use pkg_verify::{Policy, Testing};
use std::collections::BTreeMap;
use std::ffi::c_char;

/// A device: its product, the release that runs in each scope, its policy and its profile.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_device {
    pub(crate) device: Device,
    /// What people call the release in a scope.
    pub(crate) versions: BTreeMap<Id, Version>,
}

/// How a package fits a device.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum pkg_fit {
    /// It is an update: it leads from what is installed to something newer.
    PKG_FIT_STEP = 1,
    /// It is installed already.
    PKG_FIT_INSTALLED = 2,
    /// It is a notice or a withdrawal for this product: it has no images.
    PKG_FIT_INFORMATIONAL = 3,
}

/// An id of the caller.
pub(crate) unsafe fn id(pointer: *const c_char, name: &str) -> Outcome<Id> {
    // SAFETY: the caller gives NULL or text that ends with a zero byte.
    let text = unsafe { text(pointer, name) }?;
    Id::new(text).map_err(|e| Failure::new(PKG_INVALID_ARGUMENT, format!("{name}: {e}")))
}

/// A digest of the caller, 32 bytes.
pub(crate) unsafe fn digest(pointer: *const u8, name: &str) -> Outcome<Digest> {
    // SAFETY: the caller gives 32 bytes.
    let bytes = unsafe { several(pointer, 32, name) }?;
    bytes.try_into().map(Digest).map_err(|_| Failure::new(PKG_INVALID_ARGUMENT, name))
}

/// Makes a device of the product `name` by `vendor`. It has no hardware id and no scope yet, the default
/// policy (decoding may take 64 MiB, a counter may rise by 65536 in one step, releases for testing are
/// accepted) and the profile "consumer". Writes the device to `out`; free it with `pkg_device_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_new(
    vendor: *const c_char,
    name: *const c_char,
    out: *mut *mut pkg_device,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives texts.
        let (vendor, name) = unsafe { (id(vendor, "vendor")?, id(name, "name")?) };
        let state = DeviceState { vendor, name, hardware: Vec::new(), scopes: Vec::new() };
        // SAFETY: `out` was looked at.
        unsafe { give(out, pkg_device { device: Device::new(state), versions: BTreeMap::new() }) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Adds a `hardware` id that `device` answers to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_add_hardware(
    device: *mut pkg_device,
    hardware: *const c_char,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and a text.
        let (device, id) = unsafe { (get_mut(device, "device")?, id(hardware, "hardware")?) };
        device.device.state.hardware.push(id);
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Declares that `component` belongs to `scope` of `device`. The scope is empty until
/// `pkg_device_set_installed` says what runs in it. Only declared scopes and components are updated (VER-11,
/// VER-12). Declare an empty scope at the factory only: a scope whose state was lost is not empty, and
/// declaring it so would let an old release in.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_declare(
    device: *mut pkg_device,
    scope: *const c_char,
    component: *const c_char,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and texts.
        let (device, scope) = unsafe { (get_mut(device, "device")?, id(scope, "scope")?) };
        // SAFETY: the same.
        let component = unsafe { id(component, "component") }?;
        let scopes = &mut device.device.state.scopes;
        if let Some(other) = scopes.iter().find(|s| s.id != scope && s.components.contains(&component)) {
            let why = format!("{component} is a component of scope {}", other.id);
            return Err(Failure::new(PKG_INVALID_ARGUMENT, why));
        }
        match scopes.iter_mut().find(|s| s.id == scope) {
            Some(there) if there.components.contains(&component) => {}
            Some(there) => there.components.push(component),
            None => scopes.push(Scope::empty(scope, vec![component])),
        }
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Sets which release runs in `scope` of `device`, in place of what was set before, and declares the scope if
/// it is not declared. The release has this `line`, `sequence`, `feature_level` and `security_level`.
/// `manifest` is the SHA-256 of its manifest, 32 bytes, or NULL if that is not known. The components of the
/// scope are those that `pkg_device_declare` and `pkg_device_add_image` name.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_set_installed(
    device: *mut pkg_device,
    scope: *const c_char,
    line: *const c_char,
    sequence: u64,
    feature_level: u64,
    security_level: u64,
    manifest: *const u8,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and texts.
        let (device, scope, line) =
            unsafe { (get_mut(device, "device")?, id(scope, "scope")?, id(line, "line")?) };
        // SAFETY: the caller gives NULL or 32 bytes.
        let manifest = unsafe { (!manifest.is_null()).then(|| digest(manifest, "manifest")).transpose()? };
        device.versions.remove(&scope);
        let (images, signed, disowned) = (Vec::new(), None, None);
        let new =
            Installed { line, sequence, feature_level, security_level, manifest, images, signed, disowned };
        let scopes = &mut device.device.state.scopes;
        match scopes.iter_mut().find(|s| s.id == scope) {
            Some(there) => there.installed = Some(new),
            None => scopes.push(Scope::running(scope, new)),
        }
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Adds an image to the release that runs in `scope` of `device`: its `component` and its `sha256`, 32 bytes.
/// PKG_WRONG_ORDER if `pkg_device_set_installed` was not called for the scope.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_add_image(
    device: *mut pkg_device,
    scope: *const c_char,
    component: *const c_char,
    sha256: *const u8,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle, texts and 32 bytes.
        let (device, scope) = unsafe { (get_mut(device, "device")?, id(scope, "scope")?) };
        // SAFETY: the same.
        let image = unsafe { (id(component, "component")?, digest(sha256, "sha256")?) };
        let found = device.device.state.scopes.iter_mut().find(|s| s.id == scope);
        let Some((components, there)) = found.and_then(|s| Some((&mut s.components, s.installed.as_mut()?)))
        else {
            return Err(Failure::new(PKG_WRONG_ORDER, format!("nothing is installed in scope {scope}")));
        };
        if !components.contains(&image.0) {
            components.push(image.0.clone());
        }
        there.images.push(image);
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Sets the policy of `device`: how many bytes of memory decoding may take (`decode_memory`), by how much a
/// counter may rise in one step (`jump`), and whether releases for testing are accepted (`accept_testing`). 0
/// means the default number.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_set_policy(
    device: *mut pkg_device,
    decode_memory: u64,
    jump: u64,
    accept_testing: bool,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        let device = unsafe { get_mut(device, "device") }?;
        let default = Policy::default();
        let or = |value, default| if value == 0 { default } else { value };
        let memory = or(decode_memory, default.decode_memory);
        let jump = or(jump, default.jump);
        let testing = if accept_testing { Testing::Accept } else { Testing::Refuse };
        device.device.policy = default.with_decode_memory(memory).with_jump(jump).with_testing(testing);
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Sets the `profile` of `device`: "consumer", "component", "professional-network" or "industrial". `busy`
/// says whether the device is doing something now that must not be interrupted.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_set_profile(
    device: *mut pkg_device,
    profile: *const c_char,
    busy: bool,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and a text.
        let (device, word) = unsafe { (get_mut(device, "device")?, text(profile, "profile")?) };
        let Some(profile) = Profile::from_word(word) else {
            return Err(Failure::new(PKG_INVALID_ARGUMENT, format!("no profile {word}")));
        };
        (device.device.profile, device.device.busy) = (profile, busy);
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Checks whether `package` fits `device`: its product, its hardware, rollback, and the releases that it
/// applies to. Writes how it fits to `fit`. If it does not fit, the result is the rule that it breaks, such
/// as PKG_VER_1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_fits(
    device: *const pkg_device,
    package: *const pkg_verified,
    fit: *mut pkg_fit,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(fit, "fit")?;
        // SAFETY: the caller gives its handles.
        let (device, package) = unsafe { (get(device, "device")?, get(package, "package")?) };
        let found = match device.device.state.fits(&package.statements, &device.device.policy)? {
            Fit::Step => pkg_fit::PKG_FIT_STEP,
            Fit::Installed => pkg_fit::PKG_FIT_INSTALLED,
            Fit::Informational => pkg_fit::PKG_FIT_INFORMATIONAL,
        };
        // SAFETY: `fit` was looked at.
        unsafe { put(fit, found) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Tells `device` that `package` was verified. If it is the release that runs, now signed by keys that are
/// not revoked, the device no longer looks for a way away from it. Call it for every package that was
/// verified.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_seen(
    device: *mut pkg_device,
    package: *const pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handles.
        let (device, package) = unsafe { (get_mut(device, "device")?, get(package, "package")?) };
        device.device.state.seen(&package.statements);
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// `package` was installed and has started successfully: `device` runs it now. PKG_WRONG_ORDER if neither
/// `pkg_install` nor `pkg_install_to_file` finished it; PKG_VER_11 or PKG_VER_12 if the device does not
/// declare its scope or components.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_installed(
    device: *mut pkg_device,
    package: *const pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handles.
        let (device, package) = unsafe { (get_mut(device, "device")?, get(package, "package")?) };
        package.must_be_complete()?;
        device.device.state.install(&package.statements)?;
        if let Some(release) = package.statements.manifest().release() {
            let identity = &release.identity;
            device.versions.insert(identity.scope.clone(), identity.version.clone());
        }
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Frees a device.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_device_free(device: *mut *mut pkg_device) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(device) }
}
