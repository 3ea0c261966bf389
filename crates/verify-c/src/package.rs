//! A package, before and after somebody vouched for it.

use crate::callbacks::pkg_reader;
use crate::device::pkg_device;
use crate::error::{Failure, c_text, pkg_error};
use crate::guard::{Outcome, free, get, get_mut, give, place, put, run, several, take, text};
use crate::keyring::pkg_keyring;
use crate::result::pkg_result::{self, *};
use pkg_format::lang::Lang;
use pkg_verify::{Policy, Statements, Unverified, Verified};
use std::ffi::{CString, c_char};
use std::fs::File;
use std::io::{self, Read};

/// Where a package comes from.
pub(crate) enum Source {
    Callback(pkg_reader),
    File(File),
}

impl Read for Source {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Source::Callback(reader) => reader.read(buffer),
            Source::File(file) => file.read(buffer),
        }
    }
}

/// A package that nobody vouched for: nothing can be asked of it but to be verified.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_package {
    unverified: Unverified<Source>,
}

/// A package whose statements are verified. Its payload goes into storage by `pkg_install`, and nowhere else.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_verified {
    pub(crate) statements: Statements,
    pub(crate) unread: Option<Verified<Source>>,
    complete: bool,
    product: CString,
    version: CString,
    fixes: Vec<CString>,
}

/// What to do with a package whose bytes are used up.
const READ: &str = "the package was read already: open it again, and verify its statements only";

impl pkg_verified {
    fn new(verified: Verified<Source>) -> Self {
        let statements = Statements::clone(&verified);
        let manifest = statements.manifest();
        let product = &manifest.common().product;
        let release = manifest.release();
        let security = release.and_then(|r| r.security());
        pkg_verified {
            product: c_text(&format!("{} {}", product.vendor, product.name)),
            version: c_text(release.map_or("", |r| r.identity.version.as_str())),
            fixes: security.iter().flat_map(|s| &s.fixes).map(|f| c_text(&f.id.to_string())).collect(),
            statements,
            unread: Some(verified),
            complete: false,
        }
    }

    /// Reads it to its end by `consume`, which an installer or a check is.
    pub(crate) fn finish<E: Into<Failure>>(
        &mut self,
        consume: impl FnOnce(Verified<Source>) -> Result<pkg_verify::Complete, E>,
    ) -> Outcome {
        let Some(verified) = self.unread.take() else {
            return Err(Failure::new(PKG_WRONG_ORDER, READ));
        };
        consume(verified).map_err(Into::into)?;
        self.complete = true;
        Ok(())
    }

    /// Reads it to its end. That it was checked does not make it installed.
    fn check(&mut self) -> Outcome {
        let Some(verified) = self.unread.take() else {
            return Err(Failure::new(PKG_WRONG_ORDER, READ));
        };
        Ok(verified.finish().map(|_| ())?)
    }

    pub(crate) fn must_be_complete(&self) -> Outcome {
        match self.complete {
            true => Ok(()),
            false => Err(Failure::new(PKG_WRONG_ORDER, "the package is not installed")),
        }
    }
}

/// What several packages of the caller say.
pub(crate) unsafe fn offered<'a>(
    packages: *const *const pkg_verified,
    count: usize,
) -> Outcome<Vec<&'a Statements>> {
    // SAFETY: the caller gives that many pointers.
    let packages = unsafe { several(packages, count, "packages") }?;
    // SAFETY: the caller gives its handles.
    packages.iter().map(|p| Ok(&unsafe { get(*p, "a package") }?.statements)).collect()
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

/// Reads the statements of a package, at most a few MiB, and judges its form only. The reader is used until
/// the package that it became is freed.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_package_open(
    reader: *const pkg_reader,
    out: *mut *mut pkg_package,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives a reader.
        let reader = unsafe { get(reader, "reader") }?.checked()?;
        // SAFETY: `out` was looked at.
        unsafe { open(Source::Callback(reader), out) }
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// The same from a file.
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
        unsafe { open(Source::File(file), out) }
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Verifies the whole package: signatures, statements, the device's policy, and every byte to its end. The package is
/// used up, whatever comes of it: `*package` becomes NULL. `device` may be NULL: then the default policy holds. What
/// comes out can be asked and decided about; to install it, open the package again and use
/// `pkg_package_verify_statements`, since an install checks every byte itself as it reads it.
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

/// Verifies the statements of a package and nothing else: signatures, what is said, the device's policy. The payload
/// is still unread, and may be cut off or altered: `pkg_install` checks each chunk before it is decoded, and
/// `pkg_verified_check` reads them all without installing. The package is used up, whatever comes of it: `*package`
/// becomes NULL. `device` may be NULL: then the default policy holds.
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

/// Reads and checks the payload to the end of the package, and installs nothing: what
/// `pkg_package_verify_statements` left out.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_check(
    package: *mut pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        unsafe { get_mut(package, "package") }?.check()
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Vendor and name of the product, as in "acme cam-x1"; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_product(package: *const pkg_verified) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(package, "package") }.map_or(std::ptr::null(), |p| p.product.as_ptr())
}

/// The version of a release, "" for words; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_version(package: *const pkg_verified) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(package, "package") }.map_or(std::ptr::null(), |p| p.version.as_ptr())
}

/// Whether it is a security update: false for feature updates and words.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_is_security(package: *const pkg_verified) -> bool {
    // SAFETY: the caller gives NULL or its handle.
    let package = unsafe { get(package, "package") };
    package.is_ok_and(|p| p.statements.manifest().release().is_some_and(|r| r.security().is_some()))
}

/// The id of the vulnerability that fix number `index` closes; NULL after the last.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_fix(package: *const pkg_verified, index: usize) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    let package = unsafe { get(package, "package") };
    package.ok().and_then(|p| p.fixes.get(index)).map_or(std::ptr::null(), |f| f.as_ptr())
}

/// The most bytes that decoding takes, as the delivery declares them; 0 for words.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_decode_memory(package: *const pkg_verified) -> u64 {
    // SAFETY: the caller gives NULL or its handle.
    let package = unsafe { get(package, "package") };
    package.ok().and_then(|p| p.statements.delivery()).map_or(0, |d| d.decode_memory())
}

/// Writes the digest of the manifest, 32 bytes: what approvals and stored states are bound to.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_manifest(
    package: *const pkg_verified,
    sha256: *mut u8,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(sha256, "sha256")?;
        // SAFETY: the caller gives its handle.
        let package = unsafe { get(package, "package") }?;
        // SAFETY: the caller gives a place of 32 bytes, which are aligned like any byte.
        unsafe { put(sha256.cast(), package.statements.manifest_digest().0) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// The title of the advisory in the best language there is for `language` (a tag such as "pt-BR"; may be
/// NULL), to be freed by `pkg_text_free`; "" where there is no advisory.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_title(
    package: *const pkg_verified,
    language: *const c_char,
    out: *mut *mut c_char,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives its handle.
        let package = unsafe { get(package, "package") }?;
        // SAFETY: the caller gives NULL or a text.
        let lang = unsafe { lang(language) }?;
        let (advisory, _) = package.statements.manifest().advice();
        let best = advisory.and_then(|a| a.best(lang.as_ref()));
        let title = c_text(best.map_or("", |(_, a)| a.title.as_str()));
        // SAFETY: `out` was looked at.
        unsafe { put(out, title.into_raw()) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// A language tag of the caller; NULL is none.
pub(crate) unsafe fn lang(pointer: *const c_char) -> Outcome<Option<Lang>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller gives a text.
    let tag = unsafe { text(pointer, "language") }?;
    let lang = Lang::new(tag).map_err(|e| Failure::new(PKG_INVALID_ARGUMENT, format!("language: {e}")))?;
    Ok(Some(lang))
}

/// Frees a text that a function wrote as its output.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_text_free(text: *mut *mut c_char) {
    if text.is_null() {
        return;
    }
    // SAFETY: the caller gives the address of its pointer.
    let pointer = unsafe { text.replace(std::ptr::null_mut()) };
    if !pointer.is_null() {
        // SAFETY: it came from `into_raw`, and the caller's pointer was the only one.
        drop(unsafe { CString::from_raw(pointer) });
    }
}

/// Frees a verified package.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_free(package: *mut *mut pkg_verified) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(package) }
}
