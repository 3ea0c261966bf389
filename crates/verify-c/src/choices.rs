//! What the user chose and was told.

use crate::error::{pkg_error, run};
use crate::failure::{Failure, Outcome};
use crate::guard::{free, get, get_mut, give, place, put, text};
use crate::result::{PKG_CANNOT_POSTPONE, PKG_INVALID_ARGUMENT, pkg_result};
use crate::verified::{lang, pkg_verified};
use pkg_decide::{Approval, Choices, Clock};
use pkg_format::Id;
use std::ffi::c_char;

/// What the user chose and was told, and what the device heard of withdrawn releases: everything that is
/// remembered from one decision to the next.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_choices {
    pub(crate) choices: Choices,
}

/// A time of the caller: Unix seconds of a trusted clock, negative where there is none.
pub(crate) fn clock(now: i64) -> Clock {
    u64::try_from(now).map_or(Clock::None, Clock::Trusted)
}

/// Makes the choices of a user who has not chosen anything. `language` is the tag of the language that
/// notices are shown in, such as "de-AT", or NULL for no preference. Writes them to `out`; free them with
/// `pkg_choices_free`.
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

/// Sets in `choices` whether security updates (`security`) and feature updates (`feature`) install
/// themselves. `security` = false is the user's opt-out. Until this is called, the profile of the device
/// decides about security updates, and feature updates do not install themselves.
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

/// Sets in `choices` what the user wants to approve first: "none", "install" or "download-and-install"
/// (`approval`).
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

/// Tells `choices` that `seconds` have passed on a monotonic clock since this was last called. Waiting times
/// and deadlines count these seconds, so that setting the clock of the device does not change them.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_elapse(
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

/// Writes to `is_new` whether the answer with this `id` is new, and records the id in `choices`. A client
/// that may receive an answer twice gives each answer an id: a name of 1 to 64 letters, digits, '.', '_' or
/// '-'. It asks here first, and applies only new answers. The last 32 ids are remembered, and are part of
/// `pkg_state_to_text`.
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

/// Changes the choices by what happened to a package.
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

/// Records in `choices` what `package` says about other releases, such as which are withdrawn. Call it for
/// every package that was verified, whether it is shown or not.
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

/// Records in `choices` that the notice of `package` was shown to the user. `now` is the time in Unix seconds
/// from a trusted clock; negative if there is none.
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

/// Records in `choices` that the user approved downloading `package`.
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

/// Records in `choices` that the user approved installing `package`.
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

/// Records in `choices` that the user declined `package`.
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

/// Records in `choices` that the user postponed `package`. PKG_CANNOT_POSTPONE if it was postponed as often
/// as is allowed. `now` is the time in Unix seconds from a trusted clock; negative if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_choices_postpone(
    choices: *mut pkg_choices,
    package: *const pkg_verified,
    now: i64,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let verb = |c: &mut Choices, p: &pkg_verified| {
        c.postpone(&p.statements, clock(now)).map_err(|e| Failure::new(PKG_CANNOT_POSTPONE, e.to_string()))
    };
    // SAFETY: the caller gives its handles, and NULL or a place for an error.
    unsafe { tell(choices, package, error, verb) }
}

/// Records in `choices` that `package` was installed and has started successfully. PKG_WRONG_ORDER if neither
/// `pkg_install` nor `pkg_install_to_file` finished it.
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
