//! Withdrawals, and for how long a device remembers them (SPEC 9.3).
//!
//! Memory is bounded and shared fairly: where it is full, the signer who fills most of it loses the oldest of
//! its own. What was lost is not believed to be nothing: its number stays as a mark, and a release whose maker
//! did not know the withdrawals up to that mark is not installed. Withdrawals that are at hand lift no mark: whoever
//! has the key could write others with the same numbers.

use alloc::{format, vec::Vec};
use pkg_format::cose::KeyId;
use pkg_format::manifest::{Body, Corrective, Release, Series, Withdrawal};
use pkg_format::{Digest, Refusal, Rule};
use pkg_verify::{Keyring, Statements};

/// How many states and manifests are remembered as withdrawn, over all signers.
pub(super) const TARGETS: usize = 96;
/// How many signers of withdrawals are remembered; what those before them withdrew leaves a mark.
pub(super) const SIGNERS: usize = 16;

/// What was withdrawn, by signer.
#[derive(Debug, Clone, Default, PartialEq, Eq, Hash)]
pub struct Withdrawals {
    /// Each signer once, in the order in which they were first heard.
    pub signers: Vec<Withdrawer>,
    /// The highest number of a withdrawal whose signer is remembered no more; 0 for none.
    pub mark: u64,
}

/// What one signer withdrew.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Withdrawer {
    /// The key.
    pub key: KeyId,
    /// The keyring version that revoked it. What it withdrew then concerns only releases that may be judged by
    /// an older keyring: a recall that was genuine is not forgotten with the key, a thief's dies with it.
    pub revoked_in: Option<u64>,
    /// The highest number of a withdrawal of this signer that was forgotten; 0 for none.
    pub mark: u64,
    /// States and manifests that were withdrawn.
    pub targets: Vec<Target>,
}

/// One state or manifest that was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Target {
    /// The state, or the manifest that leads into it.
    pub digest: Digest,
    /// The sequence of the withdrawal that said so first.
    pub number: u64,
    /// What the maker does about it: the strictest that this signer ever said.
    pub corrective: Corrective,
}

/// The strictest of what makers do: to say once that a product should not be used is to be taken seriously.
pub(super) fn strictest(all: impl Iterator<Item = Corrective>) -> Option<Corrective> {
    all.max_by_key(|corrective| match corrective {
        Corrective::Withdraw => 0,
        Corrective::Recall => 1,
        Corrective::StopUse => 2,
    })
}

impl Withdrawer {
    /// Whether what it withdrew concerns a release that this keyring version, and none before, may judge.
    fn counts(&self, judged_by: u64) -> bool {
        self.revoked_in.is_none_or(|version| judged_by < version)
    }
}

impl Withdrawals {
    /// Keeps what a verified withdrawal for this product says.
    pub(super) fn heard(&mut self, package: &Statements) {
        let Body::Withdrawal(withdrawal) = package.manifest().body() else { return };
        let number = package.manifest().common().sequence;
        // Under every key that signed it: a thief who signs a genuine recall too does not make it his own.
        package.manifest_signers().into_iter().for_each(|key| self.heard_from(key, number, withdrawal));
        self.shrink();
    }

    fn heard_from(&mut self, key: KeyId, number: u64, withdrawal: &Withdrawal) {
        if !self.signers.iter().any(|s| s.key == key) {
            self.signers.push(Withdrawer { key, revoked_in: None, mark: 0, targets: Vec::new() });
        }
        // What has been forgotten once is below the mark already, and would only push others out.
        for signer in self.signers.iter_mut().filter(|s| s.key == key && s.mark < number) {
            for digest in &withdrawal.withdraws {
                let corrective = withdrawal.corrective;
                match signer.targets.iter_mut().find(|t| t.digest == *digest) {
                    Some(t) => {
                        t.corrective =
                            strictest([t.corrective, corrective].into_iter()).unwrap_or(corrective);
                    }
                    None => signer.targets.push(Target { digest: *digest, number, corrective }),
                }
            }
        }
    }

    /// Forgets until it fits: the lowest numbers of whoever fills most.
    fn shrink(&mut self) {
        while self.signers.iter().map(|s| s.targets.len()).sum::<usize>() > TARGETS {
            let Some(most) = self.signers.iter_mut().max_by_key(|s| s.targets.len()) else { return };
            let Some(lowest) = most.targets.iter().map(|t| t.number).min() else { return };
            most.targets.retain(|t| t.number != lowest);
            most.mark = most.mark.max(lowest);
        }
        while self.signers.len() > SIGNERS {
            // Those whose key was revoked go first, and into one another: their marks die with their keys.
            let revoked = |s: &Withdrawer| s.revoked_in.is_some();
            let two = self.signers.iter().filter(|s| revoked(s)).count() > 1;
            let at = self.signers.iter().position(|s| two && revoked(s)).unwrap_or(0);
            let gone = self.signers.remove(at);
            let highest = gone.targets.iter().map(|t| t.number).max().unwrap_or(0).max(gone.mark);
            match self.signers.iter_mut().find(|s| two && revoked(s)) {
                Some(heir) => {
                    heir.mark = heir.mark.max(highest);
                    heir.revoked_in = heir.revoked_in.max(gone.revoked_in);
                }
                None => self.mark = self.mark.max(highest),
            }
        }
    }

    /// A keyring came into force: what revoked keys withdrew is bounded by the version that revoked them.
    pub(super) fn follow(&mut self, keyring: &Keyring) {
        for signer in self.signers.iter_mut().filter(|s| s.revoked_in.is_none()) {
            signer.revoked_in = keyring.revoked_in(&signer.key);
        }
    }

    /// What is remembered of withdrawals of one state, the strictest; none where nobody withdrew it. `names` are its
    /// digests, `judged_by` the oldest keyring that may judge its release.
    pub(super) fn corrective(&self, names: &[Digest], judged_by: u64) -> Option<Corrective> {
        let in_force = self.signers.iter().filter(|s| s.counts(judged_by));
        let named = in_force.flat_map(|s| &s.targets).filter(|t| names.contains(&t.digest));
        strictest(named.map(|t| t.corrective))
    }

    /// Why a release may not be installed: it was withdrawn, or may have been by what was forgotten. `at_hand` are
    /// the withdrawals that are offered now.
    pub(super) fn refusal(
        &self,
        package: &Statements,
        release: &Release,
        at_hand: &[&Statements],
    ) -> Option<Refusal> {
        let common = package.manifest().common();
        let names = [package.manifest_digest(), release.state(&common.product)];
        let now = at_hand.iter().any(|w| match w.manifest().body() {
            Body::Withdrawal(w) => names.iter().any(|n| w.withdraws.contains(n)),
            _ => false,
        });
        let judged_by = common.keyring_min.unwrap_or(0);
        if now || self.corrective(&names, judged_by).is_some() {
            let version = &release.identity.version;
            return Some(Refusal::new(Rule::Pol3, format!("{version} was withdrawn by its maker")));
        }
        let knew = common.knew(&Series::Withdrawals);
        let in_force = self.signers.iter().filter(|s| s.counts(judged_by));
        let forgotten = in_force.map(|s| s.mark).chain([self.mark]).max().unwrap_or(0);
        if forgotten <= knew {
            return None;
        }
        let why = format!(
            "this device has forgotten withdrawals up to number {forgotten}, and the maker of {} knew only those up to {knew}",
            release.identity.version
        );
        Some(Refusal::new(Rule::Pol5, why))
    }
}
