//! What runs on the device, and what is said about it.

use crate::device::{DeviceState, Installed};
use crate::fit::Fit;
use crate::withdrawn::{Withdrawals, strictest};
use alloc::vec::Vec;
use pkg_format::manifest::{Body, Corrective, Release, Releases, Remediation, Status, WithdrawalScope};
use pkg_format::{Digest, Id, Manifest, VulnId};
use pkg_verify::{Policy, Statements};

/// What runs, scope by scope.
pub(super) struct Here<'a>(Vec<There<'a>>);

/// What runs in one scope.
struct There<'a> {
    scope: &'a Id,
    installed: &'a Installed,
    /// Every digest that names it: of its state, and of the manifest that it was installed by. Where that manifest is
    /// not known, those of the packages at hand stand in for it.
    names: Vec<Digest>,
    /// Packages of the installed release that are at hand.
    packages: Vec<&'a Statements>,
}

impl<'a> Here<'a> {
    /// What runs, with the packages of what is installed that are among these.
    pub(super) fn among(state: &'a DeviceState, policy: &Policy, at_hand: &[&'a Statements]) -> Self {
        let installed = |p: &&&Statements| state.fits(p, policy) == Ok(Fit::Installed);
        Here::new(state, at_hand.iter().filter(installed).copied())
    }

    /// What runs, with these packages of what is installed.
    pub(super) fn new(state: &'a DeviceState, packages: impl Iterator<Item = &'a Statements>) -> Self {
        let running = state.scopes.iter().filter_map(|s| Some((s, s.installed.as_ref()?)));
        let mut scopes: Vec<_> = running
            .map(|(scope, installed)| There {
                scope: &scope.id,
                installed,
                names: state.state_digest(scope).into_iter().chain(installed.manifest).collect(),
                packages: Vec::new(),
            })
            .collect();
        for package in packages {
            let of = |there: &&mut There<'_>| {
                package.manifest().release().is_some_and(|r| r.identity.scope == *there.scope)
            };
            for there in scopes.iter_mut().filter(of) {
                if there.installed.manifest.is_none() {
                    there.names.push(package.manifest_digest());
                }
                there.packages.push(package);
            }
        }
        Here(scopes)
    }

    /// Whether one of these digests names what runs.
    fn is_named(&self, states: &[Digest]) -> bool {
        self.0.iter().any(|there| there.names.iter().any(|name| states.contains(name)))
    }

    /// Whether an entry about these vulnerabilities concerns what runs: it names its state, or it names it by its
    /// numbers and a package of it that is at hand does not say that all of them are closed.
    fn is_concerned(&self, issued: u64, ids: &[VulnId], states: &[Digest], releases: &[Releases]) -> bool {
        let by_number = |there: &There<'_>| {
            let Installed { line, sequence, .. } = there.installed;
            releases.iter().any(|r| r.contain(there.scope, line, *sequence)) && !there.closes(ids, issued)
        };
        self.is_named(states) || self.0.iter().any(by_number)
    }

    /// Whether a notice or a withdrawal concerns what runs. A withdrawn product concerns all who have it.
    pub(super) fn concerns(&self, manifest: &Manifest) -> bool {
        let issued = manifest.common().issued;
        match manifest.body() {
            Body::Release(_) | Body::Acknowledgement(_) => false,
            Body::Notice(n) => {
                let status = |s: &Status| {
                    self.is_concerned(issued, core::slice::from_ref(&s.id), &s.states, &s.releases)
                };
                n.statuses.iter().any(status) || n.remediations.iter().any(|r| self.is_helped(issued, r))
            }
            Body::Withdrawal(w) => w.scope == WithdrawalScope::Product || self.is_named(&w.withdraws),
        }
    }

    /// Whether a remediation of a notice is for what runs.
    pub(super) fn is_helped(&self, issued: u64, remediation: &Remediation) -> bool {
        self.is_concerned(issued, &remediation.ids, &remediation.states, &remediation.releases)
    }

    /// What the maker does about what runs where that was withdrawn, the strictest: by the withdrawals at hand, and by
    /// those that are remembered.
    pub(super) fn withdrawn(&self, remembered: &Withdrawals, at_hand: &[&Statements]) -> Option<Corrective> {
        let at_hand = at_hand.iter().filter_map(|package| match package.manifest().body() {
            Body::Withdrawal(w) => self.concerns(package.manifest()).then_some(w.corrective),
            _ => None,
        });
        let remembered = self.0.iter().filter_map(|there| {
            // Where no package tells, an older keyring may have judged it.
            let judged_by = there.packages.iter().filter_map(|p| p.manifest().common().keyring_min).max();
            remembered.corrective(&there.names, judged_by.unwrap_or(0))
        });
        strictest(at_hand.chain(remembered))
    }
}

impl There<'_> {
    /// Whether the installed release itself says that all of these are closed, no earlier than at this time.
    fn closes(&self, ids: &[VulnId], since: u64) -> bool {
        let says = |package: &&Statements| {
            let common = package.manifest().common();
            let closes = |r: &Release| ids.iter().all(|id| r.says_closed(id, &common.product));
            common.issued >= since && package.manifest().release().is_some_and(closes)
        };
        self.packages.iter().any(says)
    }
}
