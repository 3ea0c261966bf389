//! What the user chose and was told, and what the maker took back: everything that is remembered from
//! one decision to the next. Each verb is a pure function of it.

use crate::clock::Clock;
use crate::postpone::{NoMore, Postponed};
use crate::verdict::Approval;
use crate::withdrawn::Withdrawals;
use alloc::vec::Vec;
use pkg_format::cose::KeyId;
use pkg_format::lang::Lang;
use pkg_format::manifest::{Kind, Release};
use pkg_format::{Digest, Id, Refusal};
use pkg_verify::{Keyring, Statements};

/// How many manifests are remembered as told, declined and superseded. A device must be able to store what it
/// remembers for ever, whatever it is sent: with these figures its state has room in a store of 256 KiB. What is
/// forgotten is told or asked again.
pub(super) const TOLD: usize = 64;
const DECLINED: usize = 16;
const SUPERSEDED: usize = 32;

/// How many ids of answers are remembered: a client tries the last few again, not those of last month.
const ANSWERED: usize = 32;

/// Forgets what is too much: of the signer who fills most of a list, the oldest. So nobody who signs much pushes
/// out what others signed.
fn share<T>(list: &mut Vec<T>, most: usize, signer: impl Fn(&T) -> Option<KeyId>) {
    while list.len() > most {
        let entries = |of: &T| list.iter().filter(|other| signer(other) == signer(of)).count();
        // Of several that fill as much, the one whose oldest entry is the oldest of all.
        let Some(fullest) = list.iter().rev().max_by_key(|entry| entries(entry)).map(&signer) else { return };
        let Some(oldest) = list.iter().position(|entry| signer(entry) == fullest) else { return };
        list.remove(oldest);
    }
}

/// What is remembered between decisions.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Choices {
    /// Whether security updates install themselves; none is the default of the device's profile.
    pub automatic_security: Option<bool>,
    /// Whether feature updates do.
    pub automatic_feature: bool,
    /// What the user wants to approve.
    pub approval: Approval,
    /// The manifest whose installation was approved: this one and no other.
    pub approved: Option<Digest>,
    /// The manifest whose download was approved.
    pub approved_download: Option<Digest>,
    /// Manifests that the user said no to.
    pub declined: Vec<Digest>,
    /// What was put off; a feature does not come meanwhile either.
    pub postponed: Postponed,
    /// How features were put off: no fix waits for that, and none can be put off less often for it.
    pub postponed_feature: Postponed,
    /// Manifests whose notice was shown.
    pub notified: Vec<Notified>,
    /// The language of the user.
    pub language: Option<Lang>,
    /// What makers took back.
    pub withdrawn: Withdrawals,
    /// Notices and withdrawals that newer ones of the same kind took the place of.
    pub superseded: Vec<Superseded>,
    /// Ids of the answers that were taken last, so that none counts twice.
    pub answered: Vec<Id>,
}

/// A notice or a withdrawal that a newer one of its kind replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Superseded {
    /// Its kind.
    pub kind: Kind,
    /// Its manifest.
    pub manifest: Digest,
    /// The key that signed the one that replaced it: where that key is revoked it counts again.
    pub signer: Option<KeyId>,
    /// The sequence of the one that replaced it: it replaces older ones only.
    pub number: u64,
}

/// A notice that was shown, or delivered to the channel that the product declares for it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Notified {
    /// The manifest.
    pub manifest: Digest,
    /// When, unix seconds, where the clock was trusted.
    pub at: Option<u64>,
    /// Monotonic seconds since then.
    pub elapsed: u64,
    /// A key that signed it: where that key is revoked it is shown again.
    pub signer: Option<KeyId>,
}

impl Notified {
    /// Seconds since it was shown. Power that was off is seen by the clock alone, a clock that was
    /// set back by monotonic time alone: the longer of the two.
    pub fn since(&self, clock: Clock) -> u64 {
        let by_clock = self.at.zip(clock.now()).map_or(0, |(at, now)| now.saturating_sub(at));
        self.elapsed.max(by_clock)
    }
}

impl Choices {
    /// Whether and since when the user knows of a manifest.
    pub fn told(&self, manifest: &Digest) -> Option<&Notified> {
        self.notified.iter().find(|n| n.manifest == *manifest)
    }

    /// Monotonic seconds that passed since this was last called: the client's `elapsed`.
    pub fn pass(&mut self, seconds: u64) {
        self.postponed.pass(seconds);
        self.postponed_feature.pass(seconds);
        for notified in &mut self.notified {
            notified.elapsed = notified.elapsed.saturating_add(seconds);
        }
    }

    /// Remembers the id that a client gave an answer, and says whether it is new. An answer that is sent again,
    /// because nobody heard that it was taken, has its old id and must not be applied again.
    pub fn is_new_answer(&mut self, id: &Id) -> bool {
        let new = !self.answered.contains(id);
        if new {
            self.answered.push(id.clone());
            share(&mut self.answered, ANSWERED, |_| None);
        }
        new
    }

    /// The notice of a package was shown.
    pub fn notified(&mut self, package: &Statements, clock: Clock) {
        let manifest = package.manifest_digest();
        if self.told(&manifest).is_none() {
            let signer = package.manifest_signers().first().copied();
            self.notified.push(Notified { manifest, at: clock.now(), elapsed: 0, signer });
            share(&mut self.notified, TOLD, |n| n.signer);
        }
    }

    /// The user approved the download of this very manifest.
    pub fn approve_download(&mut self, manifest: Digest) {
        self.declined.retain(|d| *d != manifest);
        self.approved_download = Some(manifest);
    }

    /// The user approved the installation of this very manifest.
    pub fn approve(&mut self, manifest: Digest) {
        self.declined.retain(|d| *d != manifest);
        self.approved = Some(manifest);
    }

    /// The user said no to this very manifest.
    pub fn decline(&mut self, manifest: Digest) {
        self.take_back(manifest);
        if !self.declined.contains(&manifest) {
            self.declined.push(manifest);
            share(&mut self.declined, DECLINED, |_| None);
        }
    }

    /// The user puts a release off once more. Notices and withdrawals cannot be put off: nothing happens.
    ///
    /// # Errors
    ///
    /// [`NoMore`] where it was put off as often as it grants; nothing is changed.
    pub fn postpone(&mut self, package: &Statements, clock: Clock) -> Result<(), NoMore> {
        let Some(release) = package.manifest().release() else { return Ok(()) };
        self.put_off(release).again(release, clock)?;
        self.take_back(package.manifest_digest());
        Ok(())
    }

    fn put_off(&mut self, release: &Release) -> &mut Postponed {
        match release.security() {
            Some(_) => &mut self.postponed,
            None => &mut self.postponed_feature,
        }
    }

    fn take_back(&mut self, manifest: Digest) {
        self.approved = self.approved.filter(|a| *a != manifest);
        self.approved_download = self.approved_download.filter(|a| *a != manifest);
    }

    /// Security updates do not install themselves, until [`Choices::opt_in`]. What was approved stays
    /// approved.
    pub fn opt_out(&mut self) {
        self.automatic_security = Some(false);
    }

    /// Security updates install themselves, whatever the profile.
    pub fn opt_in(&mut self) {
        self.automatic_security = Some(true);
    }

    /// Keeps what a verified package for this product says about others: what it withdraws, and which
    /// notices or withdrawals it supersedes. To be called for every one, shown or not.
    pub fn heard(&mut self, package: &Statements) {
        self.withdrawn.heard(package);
        let kind = package.manifest().kind();
        if kind == Kind::Release {
            return;
        }
        let signer = package.manifest_signers().first().copied();
        let number = package.manifest().common().sequence;
        for manifest in &package.manifest().common().supersedes {
            let manifest = *manifest;
            if !self.superseded.iter().any(|s| (s.kind, s.manifest) == (kind, manifest)) {
                self.superseded.push(Superseded { kind, manifest, signer, number });
                share(&mut self.superseded, SUPERSEDED, |s| s.signer);
            }
        }
    }

    /// A keyring came into force. What revoked keys signed was never shown and supersedes nothing; what they
    /// withdrew concerns older releases only. To be called once for each newer keyring, and stored with it.
    pub fn follow(&mut self, keyring: &Keyring) {
        let counts = |signer: Option<KeyId>| signer.is_none_or(|key| keyring.revoked_in(&key).is_none());
        self.notified.retain(|n| counts(n.signer));
        self.superseded.retain(|s| counts(s.signer));
        self.withdrawn.follow(keyring);
    }

    /// Refuses a release that was withdrawn. For a client that installs without asking [`crate::decide()`].
    ///
    /// # Errors
    ///
    /// POL-3 for a release that was withdrawn, POL-5 for one that a withdrawal may name that was forgotten here.
    pub fn allow(&self, package: &Statements) -> Result<(), Refusal> {
        let release = package.manifest().release();
        release.and_then(|r| self.withdrawn.refusal(package, r, &[])).map_or(Ok(()), Err)
    }

    /// A package was installed and its start confirmed: what was chosen for it is done with.
    pub fn installed(&mut self, package: &Statements) {
        self.take_back(package.manifest_digest());
        self.declined.retain(|d| *d != package.manifest_digest());
        self.notified.retain(|n| n.manifest != package.manifest_digest());
        if let Some(release) = package.manifest().release() {
            *self.put_off(release) = Postponed::default();
        }
    }
}
