//! A verified package: what it says, and its payload on the way to storage.

use crate::error::{c_text, pkg_error, run};
use crate::failure::{Failure, Outcome};
use crate::guard::{free, get, get_mut, place, put, several, text};
use crate::image::{Image, pkg_image};
use crate::reader::Source;
use crate::result::{PKG_INVALID_ARGUMENT, PKG_WRONG_ORDER, pkg_result};
use pkg_format::lang::Lang;
use pkg_verify::{Statements, Verified};
use std::ffi::{CString, c_char};

/// A package whose statements are verified. Its payload goes to storage through `pkg_install` and
/// `pkg_install_to_file`, and nowhere else.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_verified {
    pub(crate) statements: Statements,
    pub(crate) unread: Option<Verified<Source>>,
    complete: bool,
    product: CString,
    version: CString,
    fixes: Vec<CString>,
    images: Vec<Image>,
}

/// Why a payload cannot be read twice.
const READ: &str = "the payload was already read, or never fetched: open the package again";

impl pkg_verified {
    pub(crate) fn new(verified: Verified<Source>) -> Self {
        let statements = Statements::clone(&verified);
        pkg_verified { unread: Some(verified), ..pkg_verified::without_payload(statements) }
    }

    /// A package of which only the statements are there.
    pub(crate) fn without_payload(statements: Statements) -> Self {
        let manifest = statements.manifest();
        let product = &manifest.common().product;
        let release = manifest.release();
        let security = release.and_then(|r| r.security());
        pkg_verified {
            product: c_text(&format!("{} {}", product.vendor, product.name)),
            version: c_text(release.map_or("", |r| r.identity.version.as_str())),
            fixes: security.iter().flat_map(|s| &s.fixes).map(|f| c_text(&f.id.to_string())).collect(),
            images: Image::list(&statements),
            statements,
            unread: None,
            complete: false,
        }
    }

    /// Lets an installer, `consume`, read the payload to its end.
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

    /// Reads the payload to its end. Checking it does not make it installed.
    pub(crate) fn check(&mut self) -> Outcome {
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

/// The statements of several packages of the caller.
pub(crate) unsafe fn offered<'a>(
    packages: *const *const pkg_verified,
    count: usize,
) -> Outcome<Vec<&'a Statements>> {
    // SAFETY: the caller gives that many pointers.
    let packages = unsafe { several(packages, count, "packages") }?;
    // SAFETY: the caller gives its handles.
    packages.iter().map(|p| Ok(&unsafe { get(*p, "a package") }?.statements)).collect()
}

/// Reads the payload of `package` to its end and checks it, without installing: what
/// `pkg_package_verify_statements` left out. The payload is used up, also when it fails: to install, open the
/// package again. PKG_WRONG_ORDER if it was used up before.
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

/// The product that `package` is for: vendor and name, as in "acme cam-x1". NULL if `package` is NULL. The
/// text belongs to `package`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_product(package: *const pkg_verified) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(package, "package") }.map_or(std::ptr::null(), |p| p.product.as_ptr())
}

/// The version of the release in `package`; "" for a notice or a withdrawal, NULL if `package` is NULL. The
/// text belongs to `package`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_version(package: *const pkg_verified) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(package, "package") }.map_or(std::ptr::null(), |p| p.version.as_ptr())
}

/// Whether `package` is a security update; false for feature updates, notices, withdrawals and NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_is_security(package: *const pkg_verified) -> bool {
    // SAFETY: the caller gives NULL or its handle.
    let package = unsafe { get(package, "package") };
    package.is_ok_and(|p| p.statements.manifest().release().is_some_and(|r| r.security().is_some()))
}

/// The id of the vulnerability that fix number `index` of `package` closes, counted from 0; NULL after the
/// last one. The text belongs to `package`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_fix(package: *const pkg_verified, index: usize) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    let package = unsafe { get(package, "package") };
    package.ok().and_then(|p| p.fixes.get(index)).map_or(std::ptr::null(), |f| f.as_ptr())
}

/// Image number `index` that `package` delivers, counted from 0; NULL after the last one, and for notices and
/// withdrawals. The image belongs to `package`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_image(package: *const pkg_verified, index: usize) -> *const pkg_image {
    // SAFETY: the caller gives NULL or its handle.
    let package = unsafe { get(package, "package") };
    package.ok().and_then(|p| p.images.get(index)).map_or(std::ptr::null(), Image::as_c)
}

/// The memory that decoding the images of `package` needs at most, in bytes, as it is signed; 0 for notices
/// and withdrawals.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_decode_memory(package: *const pkg_verified) -> u64 {
    // SAFETY: the caller gives NULL or its handle.
    let package = unsafe { get(package, "package") };
    package.ok().and_then(|p| p.statements.delivery()).map_or(0, |d| d.decode_memory())
}

/// Writes the SHA-256 of the manifest of `package`, 32 bytes, to `sha256`. It identifies the release:
/// approvals and stored states name it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_verified_manifest_digest(
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

/// Writes to `out` the title of the advisory in `package`, in the language that fits `language` best; "" if
/// there is no advisory. `language` is a tag such as "de-AT", or NULL for no preference. Free the text with
/// `pkg_text_free`.
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

/// A language tag of the caller; none if it is NULL.
pub(crate) unsafe fn lang(pointer: *const c_char) -> Outcome<Option<Lang>> {
    if pointer.is_null() {
        return Ok(None);
    }
    // SAFETY: the caller gives a text.
    let tag = unsafe { text(pointer, "language") }?;
    let lang = Lang::new(tag).map_err(|e| Failure::new(PKG_INVALID_ARGUMENT, format!("language: {e}")))?;
    Ok(Some(lang))
}

/// Frees a text that a function wrote to its `out`.
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
