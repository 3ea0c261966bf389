//! What the device remembers, through a power cut at any moment.

use crate::device::digest;
use crate::error::{pkg_error, run};
use crate::failure::Outcome;
use crate::guard::{copy, free, get, get_mut, give, place, put, several};
use crate::result::pkg_result;
use crate::storage::pkg_storage;
use pkg_install::StateStore;

/// The state of a device in storage of 256 KiB, stored twice. What the bytes of the state mean is up to you.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_store {
    storage: pkg_storage,
    least: u64,
}

impl pkg_store {
    /// Opens the store anew: each call reads what lasts, and refuses what is older than it knows of.
    fn with(&mut self, call: impl FnOnce(&mut StateStore<'_>) -> Outcome) -> Outcome {
        let mut storage = self.storage;
        let mut store = StateStore::open(&mut storage, self.least)?;
        let result = call(&mut store);
        self.least = store.generation();
        result
    }
}

/// Stores the first state of a device, `size` bytes at `state`, when the device is made. PKG_STATE if
/// `storage` holds a state already. `storage` is copied; what its `user` points to is used until the store is
/// freed. Writes the store to `out`; free it with `pkg_store_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_create(
    storage: *const pkg_storage,
    state: *const u8,
    size: usize,
    out: *mut *mut pkg_store,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives storage and that many bytes.
        let (storage, state) = unsafe { (get(storage, "storage")?, several(state, size, "state")?) };
        let storage = storage.checked(true)?;
        let least = StateStore::create(&mut { storage }, state)?.generation();
        // SAFETY: `out` was looked at.
        unsafe { give(out, pkg_store { storage, least }) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Opens the state in `storage`. PKG_STATE if it is lost, which does **not** mean that the device is empty,
/// or if it is older than generation `least`: the value of a counter that cannot be turned back, or 0 if
/// there is none. `storage` is copied; what its `user` points to is used until the store is freed. Writes the
/// store to `out`; free it with `pkg_store_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_open(
    storage: *const pkg_storage,
    least: u64,
    out: *mut *mut pkg_store,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives storage.
        let storage = unsafe { get(storage, "storage") }?.checked(true)?;
        let least = StateStore::open(&mut { storage }, least)?.generation();
        // SAFETY: `out` was looked at.
        unsafe { give(out, pkg_store { storage, least }) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Copies the current state of `store` into `buffer`, which has `capacity` bytes. Writes the size of the
/// state to `size`, also when it returns PKG_TOO_SMALL. `buffer` may be NULL if `capacity` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_current(
    store: *mut pkg_store,
    buffer: *mut u8,
    capacity: usize,
    size: *mut usize,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        unsafe { get_mut(store, "store") }?.with(|store| {
            // SAFETY: the caller gives places for the bytes and their number.
            unsafe { copy(store.current(), buffer, capacity, size, "the state") }
        })
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Writes to `pending` whether `store` has a staged state that is not confirmed yet. If so, writes the
/// SHA-256 of the manifest that was installed, 32 bytes, to `manifest`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_pending(
    store: *mut pkg_store,
    pending: *mut bool,
    manifest: *mut u8,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(pending, "pending")?;
        place(manifest, "manifest")?;
        // SAFETY: the caller gives its handle.
        unsafe { get_mut(store, "store") }?.with(|store| {
            let found = store.pending().map(|p| p.manifest.0);
            // SAFETY: `pending` was looked at.
            unsafe { put(pending, found.is_some()) };
            if let Some(found) = found {
                // SAFETY: the caller gives a place of 32 bytes.
                unsafe { put(manifest.cast(), found) };
            }
            Ok(())
        })
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Replaces the current state of `store` by the `size` bytes at `state`: for what changes without a boot,
/// such as what the user chose and what was shown.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_update(
    store: *mut pkg_store,
    state: *const u8,
    size: usize,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and that many bytes.
        let (store, state) = unsafe { (get_mut(store, "store")?, several(state, size, "state")?) };
        store.with(|store| Ok(store.update(state)?))
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Checks that `store` can still be written. Call it before an install begins.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_check(store: *mut pkg_store, error: *mut *mut pkg_error) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        unsafe { get_mut(store, "store") }?.with(|store| Ok(store.check()?))
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Stores that an install is complete and waits to be booted: the SHA-256 of its `manifest`, 32 bytes, and
/// what the state of `store` will be once it is confirmed, `size` bytes at `state`. The current state does
/// not change.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_stage(
    store: *mut pkg_store,
    manifest: *const u8,
    state: *const u8,
    size: usize,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and that many bytes.
        let (store, state) = unsafe { (get_mut(store, "store")?, several(state, size, "state")?) };
        // SAFETY: the caller gives 32 bytes.
        let manifest = unsafe { digest(manifest, "manifest") }?;
        store.with(|store| Ok(store.stage(manifest, state)?))
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// The device runs what was staged with this `manifest`, 32 bytes: the staged state becomes the current state
/// of `store`. PKG_STATE if that is not what was staged.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_confirm(
    store: *mut pkg_store,
    manifest: *const u8,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and 32 bytes.
        let (store, manifest) = unsafe { (get_mut(store, "store")?, digest(manifest, "manifest")?) };
        store.with(|store| Ok(store.confirm(manifest)?))
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// The device does not run what was staged: `store` drops it, and the current state stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_revert(store: *mut pkg_store, error: *mut *mut pkg_error) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        unsafe { get_mut(store, "store") }?.with(|store| Ok(store.revert()?))
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Frees a store; what is stored stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_store_free(store: *mut *mut pkg_store) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(store) }
}
