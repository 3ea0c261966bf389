//! What makers took back, and for how long a device remembers it (SPEC 9.3).
//!
//! Memory is bounded and shared fairly: where it is full, the signer who fills most of it loses the oldest of
//! its own. What was lost is not believed to be nothing: its number stays as a mark, and a release whose maker
//! did not know the withdrawals up to that mark is not installed until they are at hand.

use crate::keyring::Keyring;
use crate::statements::Statements;
use alloc::{format, vec::Vec};
use pkg_format::cose::KeyId;
use pkg_format::manifest::{Body, Release, Series};
use pkg_format::{Digest, Refusal, Rule};

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
    /// The sequence of the withdrawal that said so.
    pub number: u64,
}

impl Withdrawals {
    /// Keeps what a verified withdrawal for this product says.
    pub(super) fn heard(&mut self, package: &Statements) {
        let Body::Withdrawal(withdrawal) = package.manifest.body() else { return };
        let Some(key) = package.manifest_signers().first().copied() else { return };
        let number = package.manifest.common().sequence;
        if !self.signers.iter().any(|s| s.key == key) {
            self.signers.push(Withdrawer { key, revoked_in: None, mark: 0, targets: Vec::new() });
        }
        // What has been forgotten once is below the mark already, and would only push others out.
        for signer in self.signers.iter_mut().filter(|s| s.key == key && s.mark < number) {
            for digest in &withdrawal.withdraws {
                if !signer.targets.iter().any(|t| t.digest == *digest) {
                    signer.targets.push(Target { digest: *digest, number });
                }
            }
        }
        self.shrink();
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
            let gone = self.signers.remove(0);
            let highest = gone.targets.iter().map(|t| t.number).max().unwrap_or(0);
            self.mark = self.mark.max(gone.mark).max(highest);
        }
    }

    /// A keyring came into force: what revoked keys withdrew is bounded by the version that revoked them.
    pub(super) fn follow(&mut self, keyring: &Keyring) {
        for signer in self.signers.iter_mut().filter(|s| s.revoked_in.is_none()) {
            signer.revoked_in = keyring.revoked_in(&signer.key);
        }
    }

    /// Why a release may not be installed: it was withdrawn, or may have been by what was forgotten. `at_hand` are
    /// the withdrawals that are offered now.
    pub(super) fn refusal(
        &self,
        package: &Statements,
        release: &Release,
        at_hand: &[&Statements],
    ) -> Option<Refusal> {
        let common = package.manifest.common();
        let names = [package.digest, release.state(&common.product)];
        let now = at_hand.iter().any(|w| match w.manifest.body() {
            Body::Withdrawal(w) => names.iter().any(|n| w.withdraws.contains(n)),
            _ => false,
        });
        let counts = |s: &&Withdrawer| s.revoked_in.is_none_or(|v| common.keyring_min.unwrap_or(0) < v);
        let in_force = || self.signers.iter().filter(counts);
        if now || in_force().any(|s| s.targets.iter().any(|t| names.contains(&t.digest))) {
            let version = &release.identity.version;
            return Some(Refusal::new(Rule::Pol3, format!("{version} was taken back by its maker")));
        }
        let knew = common.knew(&Series::Withdrawals);
        let forgotten = in_force().map(|s| s.mark).chain([self.mark]).max().unwrap_or(0);
        if forgotten <= knew || all_at_hand(knew, forgotten, at_hand) {
            return None;
        }
        let why = format!(
            "withdrawals up to number {forgotten} were forgotten here, and {} was made with {knew} as the newest known",
            release.identity.version
        );
        Some(Refusal::new(Rule::Pol5, why))
    }
}

/// Whether every withdrawal after `knew` up to `last` is among those at hand.
fn all_at_hand(knew: u64, last: u64, at_hand: &[&Statements]) -> bool {
    let numbers = at_hand.iter().map(|w| w.manifest.common().sequence);
    let mut numbers: Vec<_> = numbers.filter(|n| *n > knew && *n <= last).collect();
    numbers.sort_unstable();
    numbers.dedup();
    u64::try_from(numbers.len()) == Ok(last.saturating_sub(knew))
}
