//! Who reads in a signed statement what helps against a vulnerability.

use crate::scope::Scope;
use pkg_format::Id;
use pkg_format::manifest::Remediation;
use std::collections::{BTreeMap, BTreeSet};

/// The hardware whose users are told a remedy, by state and vulnerability.
pub(super) type Remedied<'m> = BTreeMap<(usize, usize), BTreeSet<&'m Id>>;

/// Who is told the remedies that count. A notice that was replaced tells nobody. Only users of states from which a
/// release leads, and of its own state, read that release. A remedy that points to a withdrawn release is none.
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
            let is_read = |v: &usize| step.is_none_or(|s| graph.steps[s].to == *v || graph.names(s, *v));
            for v in remedy.states.iter().filter_map(|d| graph.place(d)).filter(is_read) {
                for x in remedy.ids.iter().filter_map(|id| statuses.find(id)) {
                    all.entry((v, x)).or_default().extend(hardware);
                }
            }
        }
    }
    all
}
