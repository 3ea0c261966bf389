//! The packages that a repository lists: their statements, and then the payload of one.

use crate::choices::pkg_choices;
use crate::device::pkg_device;
use crate::error::{pkg_error, run};
use crate::failure::{Failure, Outcome};
use crate::guard::{get, get_mut, give, place, put};
use crate::keyring::pkg_keyring;
use crate::reader::Source;
use crate::repository::pkg_repository;
use crate::result::{PKG_MISSING, PKG_WRONG_ORDER, pkg_result};
use crate::transport::Lent;
use crate::verified::pkg_verified;
use ::pkg_repository::{Log, Offers, Remote, fetch, in_vain};
use pkg_decide::{Choices, Device, Fit};
use pkg_format::repository::{Entry, Object};
use pkg_format::{Digest, Refusal, Rule};
use pkg_verify::{Keyring, Statements};

impl pkg_repository {
    /// The statements of the next package that the device looks at.
    fn next(&mut self, keyring: &Keyring, device: &Device, choices: &Choices) -> Outcome<Option<Statements>> {
        loop {
            if let Some(entry) = self.offers(device).and_then(Offers::next) {
                return self.statements(entry, keyring, device, choices).map(Some);
            }
            let Some(offers) = &mut self.offers else { return Ok(None) };
            let Some(named) = offers.log() else {
                if !self.reading.is_empty() && !offers.is_found() {
                    self.remembered.vain = std::mem::take(&mut self.reading);
                }
                return Ok(None);
            };
            let question = in_vain(&named, &device.state);
            if self.remembered.vain == question {
                return Ok(None);
            }
            let log = fetch::log(&mut self.transport, self.follower.log(), Log::new(), named)?;
            offers.read(&log, &device.state);
            self.reading = question;
        }
    }

    /// What is looked at; begun where it was not. None without a head.
    fn offers(&mut self, device: &Device) -> Option<&mut Offers> {
        if self.offers.is_none() {
            let head = self.follower.head()?.head();
            self.remembered.keep(&head.current);
            self.offers = Some(Offers::new(head, &device.state, self.all));
        }
        self.offers.as_mut()
    }

    /// The statements of a package, from its front, which is fetched once.
    fn statements(
        &mut self,
        entry: Entry,
        keyring: &Keyring,
        device: &Device,
        choices: &Choices,
    ) -> Outcome<Statements> {
        let verify = |front: &[u8]| fetch::verify_front(front, &entry, keyring, &device.policy);
        let kept = entry.object.and_then(|object| verify(self.remembered.front(&object)?).ok());
        let statements = match kept {
            Some(found) => found,
            None => {
                let front = fetch::front(&mut self.transport, &entry)?;
                let found = verify(&front)?;
                entry.object.iter().for_each(|object| self.remembered.put(object, front.clone()));
                found
            }
        };
        let fits = device.state.fits(&statements, &device.policy) == Ok(Fit::Step);
        if let (true, Some(offers)) = (fits && !choices.declined.contains(&entry.manifest), &mut self.offers)
        {
            offers.found();
        }
        self.handed.push(entry);
        Ok(statements)
    }

    /// Where the package of these statements is, in full.
    fn object(&self, decided: &Statements) -> Outcome<Object> {
        let manifest = decided.manifest_digest();
        let entry = self.handed.iter().find(|entry| entry.manifest == manifest);
        entry.and_then(|entry| entry.object).ok_or_else(|| {
            Failure::new(PKG_WRONG_ORDER, "pkg_repository_next did not give this package since the last look")
        })
    }

    fn package(&self, decided: &Statements) -> Outcome<Remote<Lent>> {
        let object = self.object(decided)?;
        let front = self.remembered.front(&object).unwrap_or_default().to_vec();
        Ok(Remote::package(self.transport.clone(), &object).after(front))
    }

    fn delta(&self, decided: &Statements, device: &Device) -> Outcome<Remote<Lent>> {
        let Some((target, base)) = states(decided, device) else {
            return Err(Failure::new(PKG_MISSING, "nothing is installed that a delta could start from"));
        };
        Ok(Remote::delta(self.transport.clone(), &target, &base)?)
    }
}

/// The state that a release leads to, and the one that runs in its scope.
fn states(release: &Statements, device: &Device) -> Option<(Digest, Digest)> {
    let manifest = release.manifest();
    let target = manifest.release()?.state(&manifest.common().product);
    let scope = device.state.scope(&manifest.release()?.identity.scope)?;
    Some((target, device.state.state_digest(scope)?))
}

/// Verifies the statements of a package whose payload comes from the repository: it must be what was decided on.
fn opened(
    remote: Remote<Lent>,
    decided: &Statements,
    keyring: &Keyring,
    device: &Device,
) -> Outcome<pkg_verified> {
    let source = Source::Remote(Box::new(remote));
    let verified = pkg_verify::open(source)?.verify(keyring, &device.policy)?;
    if verified.manifest_digest() != decided.manifest_digest() {
        let (found, expected) = (verified.manifest_digest(), decided.manifest_digest());
        let why = format!("manifest {}, decided on {}", found.short(), expected.short());
        return Err(Refusal::new(Rule::Rep8, why).into());
    }
    Ok(pkg_verified::new(verified))
}

/// Fetches and verifies the statements of the next package of `repository` that the device should look at, by
/// `keyring` and the policy of `device`: every notice and withdrawal, what is installed, and then releases, the best
/// first, up to one that fits and that `choices` did not decline. Where nothing that is current leads on from the
/// device, the log of the repository is read and verified. What was fetched before is not asked for again.
///
/// Call it until it writes NULL to `out`. Pass every package to `pkg_choices_heard` and `pkg_device_seen`, and all of
/// them to `pkg_decide`. If it fails, that package is left out; call it again for the next one. Free each package with
/// `pkg_verified_free`: it has no payload. `pkg_repository_delta` and `pkg_repository_package` open the one to install.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_next(
    repository: *mut pkg_repository,
    keyring: *const pkg_keyring,
    device: *const pkg_device,
    choices: *const pkg_choices,
    out: *mut *mut pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives its handles.
        let (repository, keyring) = unsafe { (get_mut(repository, "repository")?, get(keyring, "keyring")?) };
        // SAFETY: the same.
        let (device, choices) = unsafe { (get(device, "device")?, get(choices, "choices")?) };
        match repository.next(&keyring.keyring, &device.device, &choices.choices)? {
            // SAFETY: `out` was looked at.
            Some(statements) => unsafe { give(out, pkg_verified::without_payload(statements)) },
            // SAFETY: the same.
            None => unsafe { put(out, std::ptr::null_mut()) },
        }
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// What both ways to the payload have in common.
unsafe fn open(
    repository: *const pkg_repository,
    keyring: *const pkg_keyring,
    device: *const pkg_device,
    decided: *const pkg_verified,
    out: *mut *mut pkg_verified,
    error: *mut *mut pkg_error,
    remote: impl FnOnce(&pkg_repository, &Statements, &Device) -> Outcome<Remote<Lent>>,
) -> pkg_result {
    let call = || {
        place(out, "out")?;
        // SAFETY: the caller gives its handles.
        let (repository, keyring) = unsafe { (get(repository, "repository")?, get(keyring, "keyring")?) };
        // SAFETY: the same.
        let (device, decided) = unsafe { (get(device, "device")?, get(decided, "decided")?) };
        let remote = remote(repository, &decided.statements, &device.device)?;
        let package = opened(remote, &decided.statements, &keyring.keyring, &device.device)?;
        // SAFETY: `out` was looked at.
        unsafe { give(out, package) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or a place for an error.
    unsafe { run(error, call) }
}

/// Opens the delta from what `device` runs to the release `decided`, a package of `pkg_repository_next`. Its statements
/// are verified by `keyring`; its payload comes from `repository`, as `pkg_install` reads it. PKG_MISSING if there is
/// none: then, and if the delta is refused now or while it is installed, call `pkg_repository_package`. Writes the
/// package to `out`; free it with `pkg_verified_free`.
///
/// The install asks for the parts that it needs and no others. If it is interrupted, by a connection that breaks for
/// longer than `again` allows or by a power cut, open the package again and install it with the same journal: it resumes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_delta(
    repository: *const pkg_repository,
    keyring: *const pkg_keyring,
    device: *const pkg_device,
    decided: *const pkg_verified,
    out: *mut *mut pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    // SAFETY: the caller gives what this function asks for.
    unsafe { open(repository, keyring, device, decided, out, error, |r, d, device| r.delta(d, device)) }
}

/// Opens the full package of the release `decided`, like `pkg_repository_delta`: `repository`, `keyring`, `device` and
/// `out` are the same. PKG_MISSING if the repository does not have it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn pkg_repository_package(
    repository: *const pkg_repository,
    keyring: *const pkg_keyring,
    device: *const pkg_device,
    decided: *const pkg_verified,
    out: *mut *mut pkg_verified,
    error: *mut *mut pkg_error,
) -> pkg_result {
    // SAFETY: the caller gives what this function asks for.
    unsafe { open(repository, keyring, device, decided, out, error, |r, d, _| r.package(d)) }
}
