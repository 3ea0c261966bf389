//! What is offered, sorted: steps that may be taken from here, notices and withdrawals, and what is refused.

use crate::choices::Choices;
use crate::device::{Device, Installed};
use crate::fit::Fit;
use crate::here::Here;
use crate::verdict::UpToDate;
use alloc::vec::Vec;
use core::cmp::Reverse;
use pkg_format::manifest::{Channel, Corrective, Kind, Release};
use pkg_format::{Refusal, Rule};
use pkg_verify::Statements;

/// A release that leads from what is installed, by the smallest of its packages.
#[derive(Clone, Copy)]
pub(super) struct Step<'a> {
    pub(super) index: usize,
    pub(super) package: &'a Statements,
    pub(super) release: &'a Release,
    /// What runs in its scope.
    pub(super) from: Option<&'a Installed>,
}

impl Step<'_> {
    /// A security step for users. Only such a one comes before others and tells whether a device is up
    /// to date: releases for testing never count.
    pub(super) fn is_security(&self) -> bool {
        is_security(self.release)
    }

    pub(super) fn is_testing(&self) -> bool {
        self.release.identity.channel == Channel::Testing
    }

    fn size(&self) -> u64 {
        let payloads = self.package.delivery().map_or(&[][..], |d| &d.payloads);
        payloads.iter().fold(0, |n, p| n.saturating_add(p.stored_bytes()))
    }
}

/// A candidate that may not be used here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Refused {
    /// Which one.
    pub index: usize,
    /// Why.
    pub refusal: Refusal,
}

/// What is offered.
pub(super) struct Offered<'a> {
    /// Best first.
    pub(super) steps: Vec<Step<'a>>,
    /// Notices and withdrawals for this product.
    pub(super) words: Vec<(usize, &'a Statements)>,
    /// Releases whose state is installed.
    pub(super) installed: Vec<(usize, &'a Release)>,
    /// What runs.
    pub(super) here: Here<'a>,
    /// What the maker does about what runs, where that was withdrawn.
    pub(super) corrective: Option<Corrective>,
    pub(super) refused: Vec<Refused>,
    pub(super) up_to_date: UpToDate,
}

impl<'a> Offered<'a> {
    pub(super) fn new(device: &'a Device, choices: &Choices, candidates: &[&'a Statements]) -> Self {
        let at_hand = withdrawals(device, candidates);
        let taken_back = |package, release| choices.withdrawn.refusal(package, release, &at_hand);
        let mut offered = Offered {
            steps: Vec::new(),
            words: Vec::new(),
            installed: Vec::new(),
            here: Here::new(&device.state, core::iter::empty()),
            corrective: None,
            refused: Vec::new(),
            up_to_date: UpToDate::Unknown,
        };
        let mut blocked = false;
        for (index, package) in candidates.iter().copied().enumerate() {
            let fit = device.state.fits(package, &device.policy);
            match (fit, package.manifest().release()) {
                (Err(refusal), release) => {
                    // Only another scope or another base is missing: there is a fix, but not here.
                    blocked |= matches!(refusal.rule, Rule::App5 | Rule::App6)
                        && release.is_some_and(|r| is_security(r) && taken_back(package, r).is_none());
                    offered.refused.push(Refused { index, refusal });
                }
                (Ok(Fit::Installed), Some(release)) => offered.installed.push((index, release)),
                (Ok(_), Some(release)) => match taken_back(package, release) {
                    Some(refusal) => offered.refused.push(Refused { index, refusal }),
                    None => {
                        let from = device.state.installed(&release.identity.scope);
                        offered.add(Step { index, package, release, from });
                    }
                },
                (Ok(_), None) => offered.words.push((index, package)),
            }
        }
        offered.steps.sort_by_key(|s| {
            let (new, sequence) = (&s.release.identity, s.package.manifest().common().sequence);
            let levels = (Reverse(new.security_level), Reverse(new.feature_level), Reverse(sequence));
            (s.is_testing(), s.release.security().is_none(), levels, s.package.manifest_digest())
        });
        let packages = offered.installed.iter().filter_map(|(index, _)| candidates.get(*index)).copied();
        offered.here = Here::new(&device.state, packages);
        offered.corrective = offered.here.withdrawn(&choices.withdrawn, &at_hand);
        offered.up_to_date = match blocked || offered.steps.iter().any(Step::is_security) {
            true => UpToDate::No,
            false if offered.corrective.is_none() && offered.newest_everywhere(device) => UpToDate::Yes,
            false => UpToDate::Unknown,
        };
        offered
    }

    /// One step for each manifest: of its packages the one with the fewest bytes.
    fn add(&mut self, step: Step<'a>) {
        match self.steps.iter_mut().find(|s| s.package.manifest_digest() == step.package.manifest_digest()) {
            Some(there) if step.size() < there.size() => *there = step,
            Some(_) => {}
            None => self.steps.push(step),
        }
    }

    /// Whether for every scope the installed state is among what is offered.
    fn newest_everywhere(&self, device: &Device) -> bool {
        let mut running = device.state.scopes.iter().filter(|s| s.installed.is_some()).peekable();
        running.peek().is_some()
            && running.all(|s| self.installed.iter().any(|(_, r)| r.identity.scope == s.id))
    }
}

fn is_security(release: &Release) -> bool {
    release.security().is_some() && release.identity.channel == Channel::Stable
}

/// The withdrawals for this product that are offered now.
fn withdrawals<'a>(device: &Device, candidates: &[&'a Statements]) -> Vec<&'a Statements> {
    let here = |p: &&&Statements| {
        p.manifest().kind() == Kind::Withdrawal && device.state.fits(p, &device.policy).is_ok()
    };
    candidates.iter().filter(here).copied().collect()
}
