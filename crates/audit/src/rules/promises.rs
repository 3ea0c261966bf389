//! Dates by which a fix was promised: `fix-planned` in remediations, and `planned` of what a release leaves open.

use crate::scope::Scope;
use crate::time::DAY;
use pkg_format::Id;
use pkg_format::manifest::{Remediation, Remedy};
use std::collections::{BTreeMap, BTreeSet};

/// A promise to the users of a state.
#[derive(Debug, Clone, Copy)]
pub(super) struct Promise<'m> {
    /// The statement that makes it.
    pub(super) by: &'m str,
    /// When it was issued.
    pub(super) issued: u64,
    /// When the fix was to come.
    pub(super) date: u64,
    hardware: &'m [Id],
}

/// Every promise, by state and vulnerability.
pub(super) struct Promises<'m>(BTreeMap<(usize, usize), Vec<Promise<'m>>>);

impl<'m> Promises<'m> {
    pub(super) fn new(scope: &Scope<'m>) -> Promises<'m> {
        let mut all = Promises(BTreeMap::new());
        for notice in scope.product.notices_by(scope.at) {
            let common = &notice.common;
            for remedy in &notice.body.remediations {
                let Remedy::FixPlanned(date) = remedy.remedy else { continue };
                let promise = Promise {
                    by: common.id.as_str(),
                    issued: common.issued,
                    date,
                    hardware: &common.product.hardware,
                };
                all.add(scope, remedy, &named(scope, remedy), promise);
            }
        }
        for (s, step) in scope.graph.steps.iter().enumerate().filter(|(_, s)| !s.release.is_testing()) {
            let release = step.release;
            let promise = |date| Promise {
                by: release.version(),
                issued: release.common.issued,
                date,
                hardware: release.hardware(),
            };
            // Users read a release that leads from their state, and that of their own state.
            let readers = || scope.graph.sources(s).iter().copied().chain([step.to]);
            for remedy in &release.body.remediations {
                let Remedy::FixPlanned(date) = remedy.remedy else { continue };
                let named = named(scope, remedy);
                let read: BTreeSet<usize> = readers().filter(|v| named.contains(v)).collect();
                all.add(scope, remedy, &read, promise(date));
            }
            for open in &release.body.open {
                let Some((date, x)) = open.planned.zip(scope.statuses.find(&open.id)) else { continue };
                for v in readers() {
                    all.0.entry((v, x)).or_default().push(promise(date));
                }
            }
        }
        all.0.values_mut().for_each(|promises| promises.sort_by_key(|p| (p.issued, p.date)));
        all
    }

    fn add(
        &mut self,
        scope: &Scope<'m>,
        remedy: &Remediation,
        states: &BTreeSet<usize>,
        promise: Promise<'m>,
    ) {
        for x in remedy.ids.iter().filter_map(|id| scope.statuses.find(id)) {
            for v in states {
                self.0.entry((*v, x)).or_default().push(promise);
            }
        }
    }

    /// The vulnerabilities for which a fix was promised.
    pub(super) fn vulnerabilities(&self) -> BTreeSet<usize> {
        self.0.keys().map(|(_, x)| *x).collect()
    }

    /// The dates by which users of a state on some hardware were promised a fix, each later than the ones that were promised
    /// before.
    pub(super) fn dates(&self, v: usize, x: usize, hardware: &Id) -> Vec<u64> {
        let mut dates: Vec<u64> = Vec::new();
        for promise in self.0.get(&(v, x)).into_iter().flatten().filter(|p| p.hardware.contains(hardware)) {
            if dates.last().is_none_or(|last| *last < promise.date) {
                dates.push(promise.date);
            }
        }
        dates
    }

    /// The promises to users of a state on some hardware that nobody had renewed when their day was over. A statement that
    /// takes a promise back without another date does not keep it.
    pub(super) fn due<'a>(
        &'a self,
        v: usize,
        x: usize,
        hardware: &'a Id,
    ) -> impl Iterator<Item = Promise<'m>> + 'a {
        let all = self.0.get(&(v, x)).map(Vec::as_slice).unwrap_or_default();
        let theirs = move |p: &&Promise<'m>| p.hardware.contains(hardware);
        let stands = move |p: &&Promise<'m>| {
            let over = p.date.saturating_add(DAY);
            !all.iter().any(|q| q.issued > p.issued && q.issued < over && theirs(&q))
        };
        all.iter().filter(theirs).filter(stands).copied()
    }
}

/// The states that a remedy names, one by one or by line and sequence.
pub(super) fn named(scope: &Scope<'_>, remedy: &Remediation) -> BTreeSet<usize> {
    let listed = remedy.states.iter().filter_map(|d| scope.graph.place(d));
    let foretold = remedy.releases.iter().flat_map(|releases| scope.foretold(releases));
    listed.chain(foretold).collect()
}
