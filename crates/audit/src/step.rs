//! A release as a step of the graph.

use crate::set::{Delivery, Release};
use pkg_format::manifest::{Effect, SeparationKind};
use pkg_format::transition;
use pkg_format::{Digest, Id, VulnId};
use std::collections::BTreeSet;

/// A release as a step.
#[derive(Debug)]
pub(crate) struct Step<'m> {
    pub(crate) release: &'m Release,
    /// The state that it leads into.
    pub(crate) to: usize,
    /// The states that its list names; empty where it applies to a line.
    pub(crate) from: Vec<usize>,
    /// The states in which devices take it; empty where it is plain.
    pub(crate) takers: Vec<usize>,
    /// Whether there is a full package of it.
    pub(crate) full: bool,
    /// Whether every state of its group with a lower security level takes it, so that they need not be asked.
    pub(crate) plain: bool,
    /// Whether it is a security release that keeps security apart from functionality.
    is_properly_separated: bool,
}

impl<'m> Step<'m> {
    pub(crate) fn new(release: &'m Release, to: usize) -> Step<'m> {
        let full = release.deliveries.contains(&Delivery::Full);
        Step {
            release,
            to,
            from: Vec::new(),
            takers: Vec::new(),
            full,
            plain: false,
            is_properly_separated: is_properly_separated(release),
        }
    }

    pub(crate) fn is_security(&self) -> bool {
        self.release.security().is_some()
    }

    /// Whether a package of it can be applied to these images: a full one, or a delta from them.
    pub(crate) fn is_delivered_to(&self, images: &[(Id, Digest)]) -> bool {
        self.release.deliveries.iter().any(|delivery| match delivery {
            Delivery::Full => true,
            Delivery::Delta(bases) => {
                transition::has_bases(bases.iter().map(|(c, d)| (c, *d)), images).is_ok()
            }
        })
    }

    /// Whether it is a security release that keeps security apart from functionality: a fix of it needs each change,
    /// and what is not pure has a justification.
    pub(crate) fn is_properly_separated(&self) -> bool {
        self.is_properly_separated
    }

    /// Whether it costs nothing that its users did not agree to: neither money nor other hardware or software.
    pub(crate) fn is_free(&self) -> bool {
        let is_agreed = self.release.tailor_made().is_some();
        (!self.release.is_paid() || is_agreed) && !self.release.has_environment_cost()
    }

    /// The strictest kind of separation among what a device at security level `from` takes with it; a feature release
    /// counts as pure.
    pub(crate) fn effective_kind(&self, from: u64) -> SeparationKind {
        let level = self.release.security_level();
        self.release.security().map_or(SeparationKind::Pure, |s| s.effective_kind(level, from))
    }
}

fn is_properly_separated(release: &Release) -> bool {
    let Some(security) = release.security() else { return false };
    let fixes: BTreeSet<&VulnId> = security.fixes.iter().map(|f| &f.id).collect();
    let level = release.security_level();
    let needed = |needs: &[VulnId]| !needs.is_empty() && needs.iter().all(|n| fixes.contains(n));
    let changes = security.changes.iter().filter(|c| c.effect != Effect::Corrected);
    let is_pure = security.separation.kind() == SeparationKind::Pure;
    let pure_at = |l: u64| match l == level {
        true => is_pure,
        false => !security.inherited.iter().any(|i| i.level == l),
    };
    changes.clone().all(|c| needed(&c.necessary_for) && !pure_at(c.level))
        && (is_pure || changes.clone().any(|c| c.level == level))
}
