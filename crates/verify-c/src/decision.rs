//! What to do now.

use crate::choices::{clock, pkg_choices};
use crate::device::pkg_device;
use crate::error::{c_text, pkg_error, run};
use crate::guard::{free, get, give, place};
use crate::result::pkg_result;
use crate::verified::{offered, pkg_verified};
use pkg_decide::{Decision, Verdict, decide};
use pkg_format::manifest::Corrective;
use std::ffi::{CString, c_char};

/// What to do now, and why.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_decision {
    pub(crate) decision: Decision,
    reason: CString,
    corrective: CString,
    title: CString,
    text: CString,
    action: CString,
}

/// What to do now. A newer library may return other values: treat them as PKG_VERDICT_WAIT.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum pkg_verdict {
    /// Install the package. If `pkg_decision_seconds_left` gives a time, by then at the latest.
    PKG_VERDICT_INSTALL = 1,
    /// Show the notice of the package, then call `pkg_choices_notified`.
    PKG_VERDICT_NOTIFY = 2,
    /// Ask the user whether the package may be downloaded.
    PKG_VERDICT_ASK_DOWNLOAD = 3,
    /// Ask the user whether the package may be installed.
    PKG_VERDICT_ASK_APPROVAL = 4,
    /// Decide again later: `pkg_decision_seconds_left` says when.
    PKG_VERDICT_WAIT = 5,
    /// None of the packages may be used on this device.
    PKG_VERDICT_REFUSE = 6,
    /// Show the text of the package, then call `pkg_choices_notified`; there is nothing to install.
    PKG_VERDICT_ADVISE = 7,
    /// There is nothing to do.
    PKG_VERDICT_NOTHING = 8,
}

/// Decides what to do now, given `count` verified `packages`, the `device` and the `choices` of its user. It
/// changes nothing and talks to nobody: do what it says, tell `choices` the outcome, and decide again.
/// `packages` may be NULL if `count` is 0. `now` is the time in Unix seconds from a trusted clock; negative
/// if there is none. Writes the decision to `out`; free it with `pkg_decision_free`. It does not refer to the
/// packages: they may be freed before it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decide(
    device: *const pkg_device,
    choices: *const pkg_choices,
    packages: *const *const pkg_verified,
    count: usize,
    now: i64,
    out: *mut *mut pkg_decision,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives its handles.
        let (device, choices) = unsafe { (get(device, "device")?, get(choices, "choices")?) };
        // SAFETY: the caller gives that many handles.
        let offered = unsafe { offered(packages, count) }?;
        let decision = decide(&device.device, &choices.choices, &offered, clock(now));
        let notice = decision.notice.as_ref();
        let made = pkg_decision {
            reason: c_text(decision.reason.as_str()),
            corrective: c_text(decision.corrective.map_or("", Corrective::as_str)),
            title: c_text(notice.map_or("", |n| &n.title)),
            text: c_text(notice.map_or("", |n| &n.text)),
            action: c_text(notice.map_or("", |n| &n.action)),
            decision,
        };
        // SAFETY: `out` was looked at.
        unsafe { give(out, made) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// What to do now; PKG_VERDICT_NOTHING if `decision` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_verdict(decision: *const pkg_decision) -> pkg_verdict {
    use pkg_verdict::*;
    // SAFETY: the caller gives NULL or its handle.
    match unsafe { get(decision, "decision") }.map(|d| d.decision.verdict) {
        Ok(Verdict::Install) => PKG_VERDICT_INSTALL,
        Ok(Verdict::Notify) => PKG_VERDICT_NOTIFY,
        Ok(Verdict::AskDownload) => PKG_VERDICT_ASK_DOWNLOAD,
        Ok(Verdict::AskApproval) => PKG_VERDICT_ASK_APPROVAL,
        Ok(Verdict::Wait) => PKG_VERDICT_WAIT,
        Ok(Verdict::Refuse) => PKG_VERDICT_REFUSE,
        Ok(Verdict::Advise) => PKG_VERDICT_ADVISE,
        Ok(Verdict::Nothing) | Err(_) => PKG_VERDICT_NOTHING,
    }
}

/// The index of the package that `decision` is about, in the `packages` that were given to `pkg_decide`;
/// negative if it is about none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_package(decision: *const pkg_decision) -> i64 {
    // SAFETY: the caller gives NULL or its handle.
    let candidate = unsafe { get(decision, "decision") }.ok().and_then(|d| d.decision.candidate);
    candidate.and_then(|c| i64::try_from(c).ok()).unwrap_or(-1)
}

/// The seconds until the wait of `decision` ends, or until the installation must be done; negative if there
/// is no such time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_seconds_left(decision: *const pkg_decision) -> i64 {
    // SAFETY: the caller gives NULL or its handle.
    let left = unsafe { get(decision, "decision") }.ok().and_then(|d| d.decision.left);
    left.map_or(-1, |left| i64::try_from(left).unwrap_or(i64::MAX))
}

/// Why, as one of the words of SPEC 9.3, such as "opted-out"; NULL if `decision` is NULL. The text belongs to
/// `decision`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_reason(decision: *const pkg_decision) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(decision, "decision") }.map_or(std::ptr::null(), |d| d.reason.as_ptr())
}

/// What the maker does about the installed release if it was withdrawn: "withdraw" (it is no longer offered),
/// "recall" or "stop-use", the strictest of the withdrawals in `packages` and of those that `choices` remembers;
/// "" if it was not withdrawn, NULL if `decision` is NULL. Every decision says so, also one about another package:
/// show it to the user. The text belongs to `decision`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_corrective(decision: *const pkg_decision) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(decision, "decision") }.map_or(std::ptr::null(), |d| d.corrective.as_ptr())
}

/// The first line of the notice, in the language of the user; "" if `decision` has no notice, NULL if
/// `decision` is NULL. The text belongs to `decision`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_title(decision: *const pkg_decision) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(decision, "decision") }.map_or(std::ptr::null(), |d| d.title.as_ptr())
}

/// What the notice says; "" if `decision` has no notice, NULL if `decision` is NULL. The text belongs to
/// `decision`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_text(decision: *const pkg_decision) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(decision, "decision") }.map_or(std::ptr::null(), |d| d.text.as_ptr())
}

/// What the notice asks the user to do; "" for nothing, NULL if `decision` is NULL. The text belongs to
/// `decision`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_action(decision: *const pkg_decision) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(decision, "decision") }.map_or(std::ptr::null(), |d| d.action.as_ptr())
}

/// Frees a decision.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_free(decision: *mut *mut pkg_decision) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(decision) }
}
