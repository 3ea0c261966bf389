//! Records of decisions, each chained to the one before.

use crate::choices::clock;
use crate::decision::pkg_decision;
use crate::error::{c_text, pkg_error, run};
use crate::guard::{free, get, get_mut, give, place, put, several, text};
use crate::result::pkg_result;
use crate::verified::{offered, pkg_verified};
use pkg_decide::{Chain, Record};
use std::ffi::c_char;

/// The end of a file of records, which is the evidence that a user was told and could choose. The file is
/// yours.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_records {
    chain: Chain,
}

/// Checks the `size` bytes of records at `bytes`, whole lines or nothing, and continues after the last one.
/// PKG_POL_4 if a line is changed, missing or torn. Writes the records to `out`; free them with
/// `pkg_records_free`.
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

/// Makes the next line of `records`, with its line feed, and writes it to `out`; free it with
/// `pkg_text_free`. Append it to the file before you act on the decision. If you cannot append it, open the
/// records again: the chain continues after it.
///
/// `packages`, `count` and `now` are what was given to `pkg_decide`, and `decision` is what it decided.
/// `choice` is what the user chose just before, such as "approve", and `chosen` is the package that the
/// choice is about. Both may be NULL.
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

/// Frees records; the file stays.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_records_free(records: *mut *mut pkg_records) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(records) }
}
