//! From a verified package to images.

use crate::callbacks::{pkg_base, pkg_storage};
use crate::device::id;
use crate::error::pkg_error;
use crate::guard::{get, get_mut, run, several, text};
use crate::package::pkg_verified;
use crate::result::pkg_result;
use pkg_install::{Base, InstallOptions, Output, Storage, Target};
use std::ffi::c_char;
use std::path::Path;

/// Where one image goes.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_target {
    /// The component whose image it is.
    pub component: *const c_char,
    /// What the place is called in messages: a journal is good for the same names only.
    pub name: *const c_char,
    /// The place. It is not the one that runs.
    pub storage: *const pkg_storage,
    /// What a delta starts from; may be NULL where none is needed.
    pub base: *const pkg_base,
}

/// Writes images to storage. When it returns PKG_OK, every byte of the package was read and matched, every
/// image was read back and is the one that was signed, and all of it lasts. Before the first byte is written,
/// every base was read whole and compared.
///
/// With a `journal` (may be NULL), storage of at least 8 KiB, the same install of the package, opened again, goes
/// on where an earlier one was interrupted. After a failure the targets hold nothing to be used, and the package
/// is used up.
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

/// The same for one image, to the file or block device `path`, by way of a file beside it that gets its name at
/// the end; a delta starts from the file or block device `base` (may be NULL). A journal stands beside.
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
