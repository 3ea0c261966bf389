//! Records of decisions, each chained to the one before.

use crate::decide::{clock, pkg_decision};
use crate::error::{c_text, pkg_error};
use crate::guard::{free, get, get_mut, give, place, put, run, several, text};
use crate::package::{offered, pkg_verified};
use crate::result::pkg_result;
use pkg_decide::{Chain, Record};
use std::ffi::c_char;

/// The end of a file of records: the evidence that a user was told and had the choice. The file is the caller's.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_records {
    chain: Chain,
}

/// Finds the end of the records so far, none or more lines; PKG_POL_4 where one is changed, missing or torn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_records_open(
    bytes: *const u8,
    size: usize,
    out: *mut *mut pkg_records,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives that many bytes.
        let chain = Chain::check(unsafe { several(bytes, size, "bytes") }?)?;
        // SAFETY: `out` was looked at.
        unsafe { give(out, pkg_records { chain }) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// The next line, with its line end, to be appended to the file **before** what was decided is done, and freed by
/// `pkg_text_free`: the packages and the time that were given to `pkg_decide`, what it decided, and what the user
/// chose just before, such as "approve" (`choice`, may be NULL), of which package (`chosen`, may be NULL). A line
/// that could not be appended breaks the chain: open the records again.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_records_line(
    records: *mut pkg_records,
    packages: *const *const pkg_verified,
    count: usize,
    now: i64,
    decision: *const pkg_decision,
    choice: *const c_char,
    chosen: *const pkg_verified,
    out: *mut *mut c_char,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives its handles.
        let (records, decision) = unsafe { (get_mut(records, "records")?, get(decision, "decision")?) };
        // SAFETY: the caller gives that many handles.
        let offered = unsafe { offered(packages, count) }?;
        // SAFETY: the caller gives NULL or a handle.
        let chosen = unsafe { chosen.as_ref() }.map(|p| p.statements.manifest_digest());
        let mut choices = Vec::new();
        if !choice.is_null() {
            // SAFETY: the caller gives a text.
            choices.push((unsafe { text(choice, "choice") }?, chosen));
        }
        let decision = &decision.decision;
        let record = Record { clock: clock(now), offered: &offered, choices: &choices, decision };
        let line = records.chain.next(&record);
        records.chain = records.chain.follow(line.as_bytes())?;
        // SAFETY: `out` was looked at.
        unsafe { put(out, c_text(&line).into_raw()) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Frees it; the file stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_records_free(records: *mut *mut pkg_records) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(records) }
}
