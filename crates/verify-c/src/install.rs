//! From a verified package to images.

use crate::device::id;
use crate::error::pkg_error;
use crate::guard::{get, get_mut, run, several, text};
use crate::result::pkg_result;
use crate::storage::{pkg_base, pkg_storage};
use crate::verified::pkg_verified;
use pkg_install::{Base, InstallOptions, Output, Storage, Target};
use std::ffi::c_char;
use std::path::Path;

/// Where one image goes.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_target {
    /// The component whose image is wanted.
    pub component: *const c_char,
    /// What messages call the storage. A journal resumes only an install to targets with the same names.
    pub name: *const c_char,
    /// Where the image is written: not the storage of what runs now.
    pub storage: *const pkg_storage,
    /// The base of a delta; NULL if no base is needed.
    pub base: *const pkg_base,
}

/// Installs `package`: writes its images to the `count` `targets`, one for each image that is wanted. PKG_OK
/// means that every byte that was read of the package matched, every image was read back and is the signed
/// one, and all of it survives a power cut. Every base is read whole and compared before the first byte is
/// written.
///
/// `journal` may be NULL. With a journal, storage of at least 8 KiB, an install that was interrupted resumes:
/// open the package again and call this again with the same targets and journal. A reader with `seek` is not
/// asked again for what is already written.
///
/// `pkg_device_installed` records the whole release: give a target for every image of it that the device has.
///
/// Uses the payload of the package up, also when it fails; the `pkg_verified` still has to be freed. After a
/// failure the images in the targets must not be used. The storages, bases and journal are used during the
/// call only.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_install(
    package: *mut pkg_verified,
    targets: *const pkg_target,
    count: usize,
    journal: *const pkg_storage,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and that many targets.
        let (package, given) = unsafe { (get_mut(package, "package")?, several(targets, count, "targets")?) };
        let mut places = Vec::new();
        for target in given {
            // SAFETY: the caller gives texts.
            let (component, name) =
                unsafe { (id(target.component, "component")?, text(target.name, "name")?) };
            // SAFETY: the caller gives storage, and NULL or a base.
            let (storage, base) = unsafe { (get(target.storage, "storage")?, target.base.as_ref()) };
            places.push((component, Path::new(name), storage.checked(false)?, base));
        }
        // SAFETY: the caller gives NULL or storage.
        let mut journal = unsafe { journal.as_ref() }.map(|j| j.checked(true)).transpose()?;
        let mut targets: Vec<_> = places
            .iter_mut()
            .map(|(component, name, storage, base)| Target {
                component: component.clone(),
                name,
                storage,
                base: base.map(|base| (base as &dyn Base, Path::new("base"))),
            })
            .collect();
        let journal = journal.as_mut().map(|j| (j as &mut dyn Storage, Path::new("journal")));
        package.finish(|verified| {
            pkg_install::install(verified, &mut targets, journal, &InstallOptions::default())
        })
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Installs the image of `component` from `package` to the file or block device at `path`, like
/// `pkg_install`. An image that is to be a file is written beside it first and renamed at the end, with a
/// journal beside it. `base` is the path of the file or block device that a delta starts from; NULL if no
/// base is needed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_install_to_file(
    package: *mut pkg_verified,
    component: *const c_char,
    path: *const c_char,
    base: *const c_char,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and texts.
        let package = unsafe { get_mut(package, "package") }?;
        // SAFETY: the same.
        let (component, path) = unsafe { (id(component, "component")?, text(path, "path")?) };
        let mut output = Output::new(component.as_str(), path)?;
        if !base.is_null() {
            // SAFETY: the caller gives a text.
            output = output.from_base(unsafe { text(base, "base") }?);
        }
        package.finish(|verified| pkg_install::apply(verified, &[output], &InstallOptions::default()))
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}
