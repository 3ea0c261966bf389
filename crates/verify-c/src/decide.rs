//! What to do now, and what the user chose.

use crate::device::pkg_device;
use crate::error::{Failure, c_text, pkg_error};
use crate::guard::{Outcome, free, get, get_mut, give, place, put, run, text};
use crate::package::{lang, offered, pkg_verified};
use crate::result::pkg_result::{self, *};
use pkg_decide::{Approval, Choices, Clock, Decision, Verdict, decide};
use pkg_format::Id;
use std::ffi::{CString, c_char};

/// What the user chose and was told: everything that is remembered between decisions.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_choices {
    pub(crate) choices: Choices,
}

/// What to do now, and why.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_decision {
    pub(crate) decision: Decision,
    reason: CString,
    title: CString,
    text: CString,
    action: CString,
}

/// What to do now.
#[repr(C)]
#[allow(non_camel_case_types, reason = "names of C")]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum pkg_verdict {
    /// Install it; where there is a time, by then at the latest.
    PKG_VERDICT_INSTALL = 1,
    /// Show its notice, then `pkg_choices_notified`.
    PKG_VERDICT_NOTIFY = 2,
    /// Ask whether it may be downloaded.
    PKG_VERDICT_ASK_DOWNLOAD = 3,
    /// Ask whether it may be installed.
    PKG_VERDICT_ASK_APPROVAL = 4,
    /// Ask again later.
    PKG_VERDICT_WAIT = 5,
    /// Nothing of what is offered may be used here.
    PKG_VERDICT_REFUSE = 6,
    /// Show these words, then `pkg_choices_notified`; there is nothing to install.
    PKG_VERDICT_ADVISE = 7,
    /// All is done.
    PKG_VERDICT_NOTHING = 8,
}

/// Unix seconds of a trusted clock; below 0 there is none.
pub(crate) fn clock(now: i64) -> Clock {
    u64::try_from(now).map_or(Clock::None, Clock::Trusted)
}

/// Choices of a user who chose nothing yet. `language`, a tag such as "de-AT", may be NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_new(
    language: *const c_char,
    out: *mut *mut pkg_choices,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives NULL or a text.
        let language = unsafe { lang(language) }?;
        // SAFETY: `out` was looked at.
        unsafe { give(out, pkg_choices { choices: Choices { language, ..Choices::default() } }) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Whether security and feature updates install themselves. The opt-out is `security` = false.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_set_automatic(
    choices: *mut pkg_choices,
    security: bool,
    feature: bool,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        let choices = &mut unsafe { get_mut(choices, "choices") }?.choices;
        if security {
            choices.opt_in()
        } else {
            choices.opt_out()
        }
        choices.automatic_feature = feature;
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// What the user wants to approve: "none", "install" or "download-and-install".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_set_approval(
    choices: *mut pkg_choices,
    approval: *const c_char,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle and a text.
        let (choices, word) = unsafe { (get_mut(choices, "choices")?, text(approval, "approval")?) };
        let Some(approval) = Approval::from_word(word) else {
            return Err(Failure::new(PKG_INVALID_ARGUMENT, format!("no approval {word}")));
        };
        choices.choices.approval = approval;
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Monotonic seconds that passed since this was last called.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_pass(
    choices: *mut pkg_choices,
    seconds: u64,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        unsafe { get_mut(choices, "choices") }?.choices.pass(seconds);
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Whether an answer is new. The client gives each answer an id of its own, a name of 1 to 64 letters, digits, '.',
/// '_' or '-'; it asks here before it applies one, and applies none that is not new. So an answer that is sent again
/// counts once. The last 32 ids are remembered, and stored by `pkg_state_write`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_is_new_answer(
    choices: *mut pkg_choices,
    id: *const c_char,
    is_new: *mut bool,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(is_new, "is_new")?;
        // SAFETY: the caller gives its handle and a text.
        let (choices, id) = unsafe { (get_mut(choices, "choices")?, text(id, "id")?) };
        let id = Id::new(id).map_err(|e| Failure::new(PKG_INVALID_ARGUMENT, e.why))?;
        // SAFETY: the place was looked at.
        unsafe { put(is_new, choices.choices.is_new_answer(&id)) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// What the user answered, or what became of a package.
unsafe fn tell(
    choices: *mut pkg_choices,
    package: *const pkg_verified,
    error: *mut *mut pkg_error,
    verb: impl FnOnce(&mut Choices, &pkg_verified) -> Outcome,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handles.
        let (choices, package) = unsafe { (get_mut(choices, "choices")?, get(package, "package")?) };
        verb(&mut choices.choices, package)
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// The package was verified: what it says of others is kept. To be called for every one, shown or not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_heard(
    choices: *mut pkg_choices,
    package: *const pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let verb = |c: &mut Choices, p: &pkg_verified| {
        c.heard(&p.statements);
        Ok(())
    };
    // SAFETY: the caller gives its handles, and NULL or a place for an error.
    unsafe { tell(choices, package, error, verb) }
}

/// Its notice was shown. `now`: unix seconds of a trusted clock, below 0 where there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_notified(
    choices: *mut pkg_choices,
    package: *const pkg_verified,
    now: i64,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let verb = |c: &mut Choices, p: &pkg_verified| {
        c.notified(&p.statements, clock(now));
        Ok(())
    };
    // SAFETY: the caller gives its handles, and NULL or a place for an error.
    unsafe { tell(choices, package, error, verb) }
}

/// The user approved its download.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_approve_download(
    choices: *mut pkg_choices,
    package: *const pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let verb = |c: &mut Choices, p: &pkg_verified| {
        c.approve_download(p.statements.manifest_digest());
        Ok(())
    };
    // SAFETY: the caller gives its handles, and NULL or a place for an error.
    unsafe { tell(choices, package, error, verb) }
}

/// The user approved its installation.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_approve(
    choices: *mut pkg_choices,
    package: *const pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let verb = |c: &mut Choices, p: &pkg_verified| {
        c.approve(p.statements.manifest_digest());
        Ok(())
    };
    // SAFETY: the caller gives its handles, and NULL or a place for an error.
    unsafe { tell(choices, package, error, verb) }
}

/// The user said no to it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_decline(
    choices: *mut pkg_choices,
    package: *const pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let verb = |c: &mut Choices, p: &pkg_verified| {
        c.decline(p.statements.manifest_digest());
        Ok(())
    };
    // SAFETY: the caller gives its handles, and NULL or a place for an error.
    unsafe { tell(choices, package, error, verb) }
}

/// The user puts it off; PKG_NO_MORE where that was done as often as it may be. `now` as above.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_postpone(
    choices: *mut pkg_choices,
    package: *const pkg_verified,
    now: i64,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let verb = |c: &mut Choices, p: &pkg_verified| {
        c.postpone(&p.statements, clock(now)).map_err(|e| Failure::new(PKG_NO_MORE, e.to_string()))
    };
    // SAFETY: the caller gives its handles, and NULL or a place for an error.
    unsafe { tell(choices, package, error, verb) }
}

/// It was installed and its start confirmed; PKG_WRONG_ORDER where it was not.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_installed(
    choices: *mut pkg_choices,
    package: *const pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let verb = |c: &mut Choices, p: &pkg_verified| {
        p.must_be_complete()?;
        c.installed(&p.statements);
        Ok(())
    };
    // SAFETY: the caller gives its handles, and NULL or a place for an error.
    unsafe { tell(choices, package, error, verb) }
}

/// Frees choices.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_free(choices: *mut *mut pkg_choices) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(choices) }
}

/// What to do now with `count` packages that were verified. It remembers nothing and asks nobody: do what it
/// says, tell `choices` what came of it, and ask again. `now`: unix seconds of a trusted clock, below 0 where
/// there is none.
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

/// What to do now; PKG_VERDICT_NOTHING for NULL.
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

/// Which of the packages it is about, from 0; below 0 none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_package(decision: *const pkg_decision) -> i64 {
    // SAFETY: the caller gives NULL or its handle.
    let candidate = unsafe { get(decision, "decision") }.ok().and_then(|d| d.decision.candidate);
    candidate.and_then(|c| i64::try_from(c).ok()).unwrap_or(-1)
}

/// Seconds until the wait ends or by when the installation is done; below 0 where there is no such time.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_seconds_left(decision: *const pkg_decision) -> i64 {
    // SAFETY: the caller gives NULL or its handle.
    let left = unsafe { get(decision, "decision") }.ok().and_then(|d| d.decision.left);
    left.map_or(-1, |left| i64::try_from(left).unwrap_or(i64::MAX))
}

/// Why, in one of the words of SPEC 9.3, such as "opted-out"; NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_reason(decision: *const pkg_decision) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(decision, "decision") }.map_or(std::ptr::null(), |d| d.reason.as_ptr())
}

/// The notice in the user's language: one line; "" where there is none, NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_title(decision: *const pkg_decision) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(decision, "decision") }.map_or(std::ptr::null(), |d| d.title.as_ptr())
}

/// The notice: what it is about; "" where there is none, NULL for NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_decision_text(decision: *const pkg_decision) -> *const c_char {
    // SAFETY: the caller gives NULL or its handle.
    unsafe { get(decision, "decision") }.map_or(std::ptr::null(), |d| d.text.as_ptr())
}

/// The notice: what the user should do; "" where nothing, NULL for NULL.
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
