//! Dates of fixes that were planned, and are past when the statement is issued.

use crate::warning::Warning;
use pkg_format::VulnId;
use pkg_format::manifest::{Body, Manifest, Remedy};

/// A warning for each fix that is planned for a time before the statement is issued.
pub(crate) fn past(manifest: &Manifest) -> Vec<Warning> {
    let issued = manifest.common().issued;
    let warning = |(id, planned): (&VulnId, u64)| Warning::PlanPassed { id: id.clone(), planned };
    dates(manifest).into_iter().filter(|(_, planned)| *planned < issued).map(warning).collect()
}

/// The vulnerabilities for which a fix is planned, and when.
fn dates(manifest: &Manifest) -> Vec<(&VulnId, u64)> {
    let (open, remediations) = match manifest.body() {
        Body::Release(release) => (release.open.as_slice(), &release.remediations),
        Body::Notice(notice) => (Default::default(), &notice.remediations),
        Body::Withdrawal(_) | Body::Acknowledgement(_) => return Vec::new(),
    };
    let open = open.iter().filter_map(|open| Some((&open.id, open.planned?)));
    let planned = remediations.iter().filter_map(|remediation| match remediation.remedy {
        Remedy::FixPlanned(date) => Some((&remediation.ids, date)),
        _ => None,
    });
    let mut all: Vec<_> =
        open.chain(planned.flat_map(|(ids, date)| ids.iter().map(move |id| (id, date)))).collect();
    all.sort_unstable();
    all.dedup();
    all
}
