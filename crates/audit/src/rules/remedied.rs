//! Who reads in a signed statement what helps against a vulnerability.

use crate::scope::Scope;
use pkg_format::Id;
use pkg_format::manifest::{Corrective, Remediation, WithdrawalScope};
use std::collections::{BTreeMap, BTreeSet};

/// Whose users are told what to do.
pub(super) struct Remedied<'m> {
    /// The hardware, by state and vulnerability.
    told: BTreeMap<(usize, usize), BTreeSet<&'m Id>>,
    /// The hardware whose users are told to give the product back or to stop using it, by state. This is about every
    /// vulnerability.
    recalled: BTreeMap<usize, BTreeSet<&'m Id>>,
}

impl<'m> Remedied<'m> {
    /// Who is told the remedies that count. A notice that was replaced tells nobody. Only users of states from which a
    /// release leads, and of its own state, read that release. A remedy that points to a withdrawn release is none.
    pub(super) fn new(scope: &Scope<'m>, counts: impl Fn(&Remediation) -> bool) -> Remedied<'m> {
        let (graph, statuses) = (&scope.graph, &scope.statuses);
        let notices = scope.product.notices_by(scope.at);
        let replaced: BTreeSet<_> = notices.clone().flat_map(|n| &n.common.supersedes).collect();
        let valid = notices.filter(|n| !replaced.contains(&n.digest));
        let notices = valid.map(|n| (&n.body.remediations, n.common.product.hardware.as_slice(), None));
        let releases = (0..graph.steps.len()).filter(|s| !graph.steps[*s].release.is_testing());
        let releases = releases.map(|s| {
            let release = graph.steps[s].release;
            (&release.body.remediations, release.hardware(), Some(s))
        });
        let mut remedied = Remedied { told: BTreeMap::new(), recalled: recalled(scope) };
        for (remedies, hardware, step) in notices.chain(releases) {
            for remedy in remedies.iter().filter(|r| counts(r)) {
                if remedy.release.and_then(|d| graph.place(&d)).is_some_and(|fix| scope.is_withdrawn(fix)) {
                    continue;
                }
                let is_read = |v: &usize| step.is_none_or(|s| graph.steps[s].to == *v || graph.names(s, *v));
                let listed = remedy.states.iter().filter_map(|d| graph.place(d));
                for v in listed.chain(foretold(scope, remedy)).filter(is_read) {
                    for x in remedy.ids.iter().filter_map(|id| statuses.find(id)) {
                        remedied.told.entry((v, x)).or_default().extend(hardware);
                    }
                }
            }
        }
        remedied
    }

    /// Whether users of a state on some hardware are told what to do about a vulnerability.
    pub(super) fn tells(&self, v: usize, x: usize, hardware: &Id) -> bool {
        self.is_recalled(v, hardware) || self.told.get(&(v, x)).is_some_and(|h| h.contains(hardware))
    }

    /// Whether users of a state on some hardware are told to give the product back or to stop using it.
    pub(super) fn is_recalled(&self, v: usize, hardware: &Id) -> bool {
        self.recalled.get(&v).is_some_and(|h| h.contains(hardware))
    }
}

/// The states that a remedy names by line and sequence.
fn foretold<'a>(scope: &'a Scope<'_>, remedy: &'a Remediation) -> impl Iterator<Item = usize> + 'a {
    let states = scope.graph.states.iter().enumerate().filter(|_| !remedy.releases.is_empty());
    let is_named = |identity: &crate::identity::Identity| {
        remedy.releases.iter().any(|r| r.contain(&identity.scope, &identity.line, identity.sequence))
    };
    states.filter(move |(_, s)| is_named(&s.identity)).map(|(v, _)| v)
}

/// The states that were recalled, or that nobody should use any more, alone or with the whole product.
fn recalled<'m>(scope: &Scope<'m>) -> BTreeMap<usize, BTreeSet<&'m Id>> {
    let mut all: BTreeMap<usize, BTreeSet<&'m Id>> = BTreeMap::new();
    for withdrawal in scope.product.withdrawals_by(scope.at) {
        let body = &withdrawal.body;
        if body.corrective == Corrective::Withdraw {
            continue;
        }
        let named = body.withdraws.iter().filter_map(|d| scope.graph.place(d));
        let states: Vec<usize> = match body.scope {
            WithdrawalScope::Product => (0..scope.graph.states.len()).collect(),
            _ => named.collect(),
        };
        for v in states {
            all.entry(v).or_default().extend(&withdrawal.common.product.hardware);
        }
    }
    all
}
