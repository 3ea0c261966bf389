//! A repository that a device follows.

use crate::choices::{clock, pkg_choices};
use crate::device::{id, pkg_device};
use crate::error::{pkg_error, run};
use crate::failure::{Failure, Outcome};
use crate::guard::{copy, free, get, get_mut, give, place, put, several};
use crate::keyring::pkg_keyring;
use crate::remembered::Remembered;
use crate::result::{PKG_WRONG_ORDER, pkg_result};
use crate::transport::{Lent, pkg_transport};
use ::pkg_repository::{Follower, Freshness, Offers, Received, round};
use pkg_decide::Clock;
use pkg_format::Refusal;
use pkg_format::manifest::Channel;
use pkg_format::repository::{Entry, LogName};
use std::ffi::c_char;

/// A repository that a device follows: what its newest head lists, and what was seen of it.
#[allow(non_camel_case_types, reason = "names of C")]
pub struct pkg_repository {
    pub(crate) transport: Lent,
    pub(crate) follower: Follower,
    pub(crate) remembered: Remembered,
    /// What is looked at since the last `pkg_repository_look`; none before the first package is asked for.
    pub(crate) offers: Option<Offers>,
    /// Whether steps go on after one that fits.
    pub(crate) all: bool,
    /// Which log is being read, and in which state of the device.
    pub(crate) reading: Vec<u8>,
    /// The entries whose packages were handed out.
    pub(crate) handed: Vec<Entry>,
    /// The file of the newer keyring that came.
    keyring_file: Option<Vec<u8>>,
}

impl pkg_repository {
    /// Starts over with the first package.
    fn rewind(&mut self, all: bool) {
        (self.offers, self.all) = (None, all);
        self.reading.clear();
        self.handed.clear();
    }

    /// Asks for the head. Whether a newer one came.
    fn look(
        &mut self,
        keyring: &mut pkg_keyring,
        device: &mut pkg_device,
        choices: &mut pkg_choices,
        clock: Clock,
    ) -> Outcome<bool> {
        self.rewind(false);
        // Another keyring may be in force by now.
        self.follower.follow(&keyring.keyring);
        if matches!(self.follower.freshness(clock), Some(Freshness::Behind(_))) {
            // "Unchanged" is no answer any more.
            self.follower.forget_etag();
        }
        let jump = device.device.policy.jump;
        let round =
            round(&mut self.transport, &mut self.follower, &keyring.keyring, keyring.example_keys, jump)?;
        if let Some(newer) = round.keyring {
            device.device.state.follow(&newer);
            choices.choices.follow(&newer);
            keyring.keyring = newer;
            self.keyring_file = round.keyring_file;
        }
        let rule = round.received.as_ref().and_then(Received::rule);
        match (round.received, rule) {
            (Some(Received::Older(head) | Received::Fork(head)), Some(rule)) => {
                let in_force = self.follower.head().map_or(0, |head| head.head().version);
                let why = format!("head {}, the one in force is {in_force}", head.head().version);
                Err(Refusal::new(rule, why).into())
            }
            (received, _) => Ok(matches!(received, Some(Received::Newer))),
        }
    }
}

/// Follows the repository with this `id`, which the device is made with, through `transport`: the releases for the
/// product of `device`, those for testing if `is_testing`. `record` is what `pkg_repository_record` gave in an earlier
/// run, `size` bytes; nothing in it is believed, and what cannot be read counts as nothing. It may be NULL if `size` is
/// 0. `keyring` is the one in force.
///
/// `transport` is copied; what its `user` points to is used until the repository, and every package that was opened from
/// it, is freed. Use all of these in one thread at a time, as one object: they share the transport. Nothing is asked for
/// yet. Writes the repository to `out`; free it with `pkg_repository_free`.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_open(
    id: *const c_char,
    device: *const pkg_device,
    is_testing: bool,
    transport: *const pkg_transport,
    keyring: *const pkg_keyring,
    record: *const u8,
    size: usize,
    out: *mut *mut pkg_repository,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives a text, its handles and a transport.
        let (id, device, keyring, transport) = unsafe {
            (
                self::id(id, "id")?,
                get(device, "device")?,
                get(keyring, "keyring")?,
                get(transport, "transport")?,
            )
        };
        // SAFETY: the caller gives that many bytes.
        let (record, remembered) = Remembered::from_bytes(unsafe { several(record, size, "record") }?);
        let state = &device.device.state;
        let (vendor, name) = (state.vendor.clone(), state.name.clone());
        let channel = if is_testing { Channel::Testing } else { Channel::Stable };
        let made = pkg_repository {
            transport: Lent::new(*transport)?,
            follower: Follower::new(
                LogName { repository: id, vendor, name, channel },
                record,
                &keyring.keyring,
            ),
            remembered,
            offers: None,
            all: false,
            reading: Vec::new(),
            handed: Vec::new(),
            keyring_file: None,
        };
        // SAFETY: `out` was looked at.
        unsafe { give(out, made) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Tells `repository` that `seconds` have passed on a monotonic clock since this was last called: a device without a
/// clock finds out by them that a newer head is overdue.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_elapse(
    repository: *mut pkg_repository,
    seconds: u64,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        unsafe { get_mut(repository, "repository") }?.follower.pass(seconds);
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Asks whether `repository` has a newer head: one request if not. Verifies it with `keyring`, and writes to `is_newer`
/// whether it came and is in force now. `now` is the time in Unix seconds from a trusted clock; negative if there is
/// none.
///
/// Whatever this returns, decide on the head in force afterwards: ask for packages with `pkg_repository_next`, also where
/// nothing new came. PKG_REP_3 is an older head, as servers that keep copies may send for a while. PKG_REP_4 is an alarm:
/// there are two heads of one version; tell the user or the operator, and store the record, which has both.
///
/// If the head needs newer keys, the newer keyrings of the repository are taken: `keyring` is updated, and so are
/// `device` and `choices`, as by `pkg_keyring_update`. This may happen also when the call fails. If `pkg_keyring_version`
/// rose, store what `pkg_repository_keyring` gives in place of the keyring file, then the state.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_look(
    repository: *mut pkg_repository,
    keyring: *mut pkg_keyring,
    device: *mut pkg_device,
    choices: *mut pkg_choices,
    now: i64,
    is_newer: *mut bool,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(is_newer, "is_newer")?;
        // SAFETY: the caller gives its handles.
        let (repository, keyring) =
            unsafe { (get_mut(repository, "repository")?, get_mut(keyring, "keyring")?) };
        // SAFETY: the same.
        let (device, choices) = unsafe { (get_mut(device, "device")?, get_mut(choices, "choices")?) };
        let found = repository.look(keyring, device, choices, clock(now))?;
        // SAFETY: `is_newer` was looked at.
        unsafe { put(is_newer, found) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// By how many seconds a newer head of `repository` is overdue, by the clock and by the seconds that passed: then say
/// that updates may be withheld. 0 if none is, negative if there is no head in force or `repository` is NULL. `now` is
/// the time in Unix seconds from a trusted clock; negative if there is none.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_overdue(repository: *const pkg_repository, now: i64) -> i64 {
    // SAFETY: the caller gives NULL or its handle.
    let repository = unsafe { get(repository, "repository") };
    match repository.ok().and_then(|r| r.follower.freshness(clock(now))) {
        Some(Freshness::Behind(seconds)) => i64::try_from(seconds).unwrap_or(i64::MAX),
        Some(Freshness::Fresh) => 0,
        None => -1,
    }
}

/// The version of the head of `repository` that is in force; 0 if there is none, or `repository` is NULL.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_version(repository: *const pkg_repository) -> u64 {
    // SAFETY: the caller gives NULL or its handle.
    let repository = unsafe { get(repository, "repository") };
    repository.ok().and_then(|r| r.follower.head()).map_or(0, |head| head.head().version)
}

/// Copies what is to be remembered of `repository` into `buffer`, which has `capacity` bytes: the head in force, evidence
/// of a second one, and the statements that were fetched. Store it at the end of each round, where it changed. It may be
/// lost: the next round asks again. Writes its size to `size`, also when it returns PKG_TOO_SMALL; it is below 4 MiB, and
/// usually some 50 kB. `buffer` may be NULL if `capacity` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_record(
    repository: *const pkg_repository,
    buffer: *mut u8,
    capacity: usize,
    size: *mut usize,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        let repository = unsafe { get(repository, "repository") }?;
        let bytes = repository.remembered.to_bytes(repository.follower.record());
        // SAFETY: the caller gives places for the bytes and their number.
        unsafe { copy(&bytes, buffer, capacity, size, "the record") }
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Copies the file of the newest keyring that came from `repository` into `buffer`, which has `capacity` bytes: what
/// `pkg_keyring_open` reads at the next start. Writes its size to `size`, also when it returns PKG_TOO_SMALL; it is at
/// most 1,116,160 bytes. PKG_WRONG_ORDER if no newer keyring came since the repository was opened. `buffer` may be NULL
/// if `capacity` is 0.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_keyring(
    repository: *const pkg_repository,
    buffer: *mut u8,
    capacity: usize,
    size: *mut usize,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        let repository = unsafe { get(repository, "repository") }?;
        let Some(bytes) = &repository.keyring_file else {
            return Err(Failure::new(PKG_WRONG_ORDER, "no newer keyring came"));
        };
        // SAFETY: the caller gives places for the bytes and their number.
        unsafe { copy(bytes, buffer, capacity, size, "the keyring") }
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Makes `pkg_repository_next` start over with the first package of `repository`. If `all`, a release that fits does not
/// end it: for when that one could not be installed, and another may do.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_rewind(
    repository: *mut pkg_repository,
    all: bool,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        // SAFETY: the caller gives its handle.
        unsafe { get_mut(repository, "repository") }?.rewind(all);
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Frees a repository. Packages that were opened from it stay.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_free(repository: *mut *mut pkg_repository) {
    // SAFETY: the caller gives NULL or the address of its pointer.
    unsafe { free(repository) }
}
