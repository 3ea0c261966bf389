//! Who reads in a signed statement what helps against a vulnerability.

use crate::scope::Scope;
use pkg_format::Id;
use pkg_format::manifest::Remediation;
use std::collections::{BTreeMap, BTreeSet};

/// To users of which hardware remedies are told, by state and vulnerability.
pub(super) type Remedied<'m> = BTreeMap<(usize, usize), BTreeSet<&'m Id>>;

/// What those remedies that count come to. A notice that was replaced is silent; what a release says is
/// read where it leads on from and where it leads to; and what was withdrawn is no fix.
pub(super) fn remedied<'m>(scope: &Scope<'m>, counts: impl Fn(&Remediation) -> bool) -> Remedied<'m> {
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
    let mut all = Remedied::new();
    for (remedies, hardware, step) in notices.chain(releases) {
        for remedy in remedies.iter().filter(|r| counts(r)) {
            if remedy.release.and_then(|d| graph.place(&d)).is_some_and(|fix| scope.is_withdrawn(fix)) {
                continue;
            }
            let read = |v: &usize| step.is_none_or(|s| graph.steps[s].to == *v || graph.names(s, *v));
            for v in remedy.states.iter().filter_map(|d| graph.place(d)).filter(read) {
                for x in remedy.ids.iter().filter_map(|id| statuses.find(id)) {
                    all.entry((v, x)).or_default().extend(hardware);
                }
            }
        }
    }
    all
}
