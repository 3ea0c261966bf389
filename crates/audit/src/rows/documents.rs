//! Rows about documents and what users are told.

use super::view::{Entry, View, names};
use crate::phrase::{count, list};
use crate::row::RowStatus;
use crate::set::{Release, evidence};
use pkg_format::manifest::EvidenceKind;
use std::collections::BTreeSet;

/// what users are told and asked to do, and the records of their decisions.
pub(super) fn users(view: &View<'_>) -> Entry {
    let mut digests = view.evidence(EvidenceKind::UserInformation);
    let contacts = view.contacts();
    let advisories = view.statements.iter().filter_map(|s| s.advisory);
    let languages = advisories.flat_map(|a| a.iter().map(|(lang, _)| lang.to_string())).collect();
    let actions = view.statements.iter().filter_map(|s| s.action).map(|a| a.code.to_string()).collect();
    let mut text = format!(
        "users can ask {}; advisories are in {}; users are asked to {}; {}",
        names(contacts.clone()),
        names(languages),
        names(actions),
        match digests.len() {
            0 => "no document of kind user-information".into(),
            n => count(n, "document of kind user-information", "documents of kind user-information"),
        }
    );
    let records = &view.set.records;
    digests.extend(records.iter().map(|r| r.digest));
    let broken: Vec<_> =
        records.iter().filter_map(|r| Some(format!("{} ({})", r.path, r.broken.as_ref()?))).collect();
    if !records.is_empty() {
        let lines = records.iter().map(|r| r.records).sum();
        text.push_str(&format!(
            "; {} of decisions on devices, {}",
            count(lines, "record", "records"),
            match broken.len() {
                0 => "every chain intact".into(),
                _ => format!("chain broken in {}", list(&broken)),
            }
        ));
    }
    let status = match (broken.is_empty(), contacts.is_empty()) {
        (false, _) => RowStatus::Fail,
        (true, true) => RowStatus::NotProvided,
        (true, false) => RowStatus::Pass,
    };
    Entry(status, text, digests)
}

/// which releases have a bill of materials.
pub(super) fn sboms(view: &View<'_>) -> Entry {
    let digests = view.evidence(EvidenceKind::Sbom);
    let has = |r: &Release| r.common.evidence.iter().any(|e| e.kind == EvidenceKind::Sbom);
    let (with, without): (Vec<_>, Vec<_>) = view.releases.iter().partition(|(_, r)| has(r));
    let kinds: BTreeSet<String> = with
        .iter()
        .flat_map(|(_, r)| &r.common.evidence)
        .filter(|e| e.kind == EvidenceKind::Sbom)
        .map(|e| e.media_type.to_string())
        .collect();
    let lacking = without.iter().map(|(_, r)| r.version().to_owned()).collect();
    match (with.len(), without.len()) {
        (0, _) => Entry(RowStatus::NotProvided, "no release has one".into(), digests),
        (n, 0) => {
            let kinds = names(kinds);
            Entry(RowStatus::Pass, format!("all {n} releases have one: {kinds}"), digests)
        }
        (n, _) => {
            let text = format!(
                "{} of {} releases {} one; it is missing in {}",
                n,
                view.releases.len(),
                if n == 1 { "has" } else { "have" },
                names(lacking)
            );
            Entry(RowStatus::NotProvided, text, digests)
        }
    }
}

/// where the disclosure policy is, and whom to ask.
pub(super) fn disclosure(view: &View<'_>) -> Entry {
    let policy = view.declared("cvd-policy");
    let contacts = names(view.contacts());
    match policy.is_empty() {
        true => {
            Entry(RowStatus::NotProvided, format!("no policy is named; users can ask {contacts}"), Vec::new())
        }
        false => {
            let text = format!("policy {} (declared, not signed); users can ask {contacts}", list(&policy));
            Entry(RowStatus::Pass, text, Vec::new())
        }
    }
}

/// risk assessments of vulnerabilities and of the product.
pub(super) fn risk(view: &View<'_>) -> Entry {
    let mut digests = view.evidence(EvidenceKind::Risk);
    let releases = view.releases.iter().map(|(_, r)| (&r.common, &r.body.statuses));
    let notices = view.set.products.iter().flat_map(|p| p.notices_by(view.at));
    let statements = releases.chain(notices.map(|n| (&n.common, &n.body.statuses)));
    let (mut stated, mut assessed) = (0, 0);
    for (common, status) in statements.flat_map(|(common, all)| all.iter().map(move |s| (common, s))) {
        let assessments = evidence(common, status.risk.as_slice());
        stated += 1;
        assessed += assessments.len();
        digests.extend(assessments);
    }
    let declared = view.declared("risk-assessment");
    let mut text = format!(
        "{} stated, {assessed} with a risk assessment",
        count(stated, "status of a vulnerability", "statuses of vulnerabilities")
    );
    if !declared.is_empty() {
        text.push_str(&format!("; {} (declared, not signed)", list(&declared)));
    }
    let nothing = digests.is_empty() && declared.is_empty();
    Entry(if nothing { RowStatus::NotProvided } else { RowStatus::Pass }, text, digests)
}

/// A document that only `history.toml` can name, such as the standards of A-08.
pub(super) fn documented(view: &View<'_>, name: &str) -> Entry {
    let declared = view.declared(name);
    match declared.is_empty() {
        true => Entry(RowStatus::NotProvided, "none is named".into(), Vec::new()),
        false => Entry(RowStatus::Pass, format!("{} (declared, not signed)", list(&declared)), Vec::new()),
    }
}

/// test reports.
pub(super) fn tests(view: &View<'_>) -> Entry {
    let digests = view.evidence(EvidenceKind::Test);
    let declared = view.declared("test-reports");
    let mut parts = Vec::new();
    if !digests.is_empty() {
        parts.push(count(digests.len(), "report among the evidence", "reports among the evidence"));
    }
    if !declared.is_empty() {
        parts.push(format!("{} (declared, not signed)", list(&declared)));
    }
    match parts.is_empty() {
        true => Entry(RowStatus::NotProvided, "no test report besides this audit".into(), digests),
        false => Entry(RowStatus::Pass, parts.join("; "), digests),
    }
}

/// documents about secure defaults, and changed defaults.
pub(super) fn defaults(view: &View<'_>) -> Entry {
    let kinds = [EvidenceKind::ThreatModel, EvidenceKind::Architecture, EvidenceKind::Defaults];
    let mut digests = Vec::new();
    let (mut provided, mut missing) = (Vec::new(), Vec::new());
    for kind in kinds {
        let found = view.evidence(kind);
        if found.is_empty() {
            missing.push(kind.to_string())
        } else {
            provided.push(kind.to_string())
        }
        digests.extend(found);
    }
    let changed = view.releases.iter().flat_map(|(_, r)| r.body.defaults.iter().map(move |d| (r, d)));
    let changed: Vec<_> =
        changed.map(|(r, d)| format!("{} {} in {}", d.id, d.direction, r.version())).collect();
    let mut text = format!("provided: {}; missing: {}", list(&provided), list(&missing));
    if !changed.is_empty() {
        text.push_str(&format!("; changed defaults: {}", list(&changed)));
    }
    let status = if missing.is_empty() { RowStatus::Pass } else { RowStatus::NotProvided };
    Entry(status, text, digests)
}
