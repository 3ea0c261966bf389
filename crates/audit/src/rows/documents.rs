//! Rows about documents and what users are told.

use super::view::{Entry, View, names};
use crate::finding::Verdict;
use crate::phrase::{count, list};
use crate::row::RowStatus;
use crate::set::{Release, evidence};
use pkg_format::Rule;
use pkg_format::manifest::{Direction, EvidenceKind};
use std::collections::BTreeSet;

/// what users are told and asked to do, and the records of their decisions.
pub(super) fn users(view: &View<'_>) -> Entry {
    let mut digests = view.evidence(EvidenceKind::UserInformation);
    let contacts = view.contacts();
    let advisories = view.statements.iter().filter_map(|s| s.advisory);
    let languages = advisories.flat_map(|a| a.iter().map(|(lang, _)| lang.to_string())).collect();
    let actions = view.statements.iter().filter_map(|s| s.action).map(|a| a.code.to_string()).collect();
    let mut text = format!(
        "{}; advisories are in {}; users are asked to {}; {}",
        contact(view),
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
    // A contact and a request are no instructions: those are in a document.
    let is_complete = !contacts.is_empty() && !view.evidence(EvidenceKind::UserInformation).is_empty();
    let is_answered = view.worst(&[Rule::Pol4]) == Verdict::Exception;
    let status = match (broken.is_empty(), is_complete) {
        (false, _) if is_answered => RowStatus::Exception,
        (false, _) => RowStatus::Fail,
        (true, true) => RowStatus::Pass,
        (true, false) => RowStatus::NotProvided,
    };
    Entry(status, text, digests)
}

/// Whom users can ask.
fn contact(view: &View<'_>) -> String {
    let contacts = view.contacts();
    match contacts.is_empty() {
        true => "no statement names a contact".into(),
        false => format!("users can ask {}", names(contacts)),
    }
}

/// which releases have a bill of materials.
pub(super) fn sboms(view: &View<'_>) -> Entry {
    let digests = view.evidence(EvidenceKind::Sbom);
    let has = |r: &Release| r.common.evidence.iter().any(|e| e.kind == EvidenceKind::Sbom);
    let kinds: BTreeSet<String> = view
        .releases
        .iter()
        .flat_map(|(_, r)| &r.common.evidence)
        .filter(|e| e.kind == EvidenceKind::Sbom)
        .map(|e| e.media_type.to_string())
        .collect();
    match (view.count(has), view.named(|r| !has(r))) {
        (0, _) => Entry(RowStatus::NotProvided, "no release has one".into(), digests),
        (n, without) if without.is_empty() => {
            let kinds = names(kinds);
            Entry(RowStatus::Pass, format!("all {n} releases have one: {kinds}"), digests)
        }
        (n, without) => {
            let text = format!(
                "{n} of {} {} one; it is missing in {without}",
                count(view.count(|_| true), "release", "releases"),
                if n == 1 { "has" } else { "have" },
            );
            Entry(RowStatus::NotProvided, text, digests)
        }
    }
}

/// where the disclosure policy is, and whom to ask.
pub(super) fn disclosure(view: &View<'_>) -> Entry {
    let policy = view.declared("cvd-policy");
    let contact = contact(view);
    match policy.is_empty() {
        true => Entry(RowStatus::NotProvided, format!("no policy is named; {contact}"), Vec::new()),
        false => {
            let text = format!("policy {} (declared, not signed); {contact}", list(&policy));
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
        assessed += usize::from(!assessments.is_empty());
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
    // Each decision rests on an assessment, and the product has one.
    let nothing = digests.is_empty() && declared.is_empty() || assessed < stated;
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

/// What else must be secure by default, and has no kind of evidence of its own: `history.toml` says where it is.
const DECLARED: [&str; 3] = ["authentication", "logging", "data-minimisation"];

/// documents about secure defaults, and changed defaults.
pub(super) fn defaults(view: &View<'_>) -> Entry {
    let kinds = [EvidenceKind::ThreatModel, EvidenceKind::Architecture, EvidenceKind::Defaults];
    let mut digests = Vec::new();
    let (mut provided, mut missing) = (Vec::new(), Vec::new());
    for kind in kinds {
        let found = view.evidence(kind);
        match found.is_empty() {
            true => missing.push(kind.to_string()),
            false => provided.push(kind.to_string()),
        }
        digests.extend(found);
    }
    for name in DECLARED {
        let places = view.declared(name);
        match places.is_empty() {
            true => missing.push(name.to_owned()),
            false => provided.push(format!("{name}, {} (declared, not signed)", list(&places))),
        }
    }
    let mut text = format!("provided: {}; missing: {}", list(&provided), list(&missing));
    let changed = view.releases.iter().flat_map(|(_, r)| &r.body.defaults);
    let settings: BTreeSet<_> = changed.map(|d| (d.direction.as_str(), d.id.as_str())).collect();
    let each: Vec<String> = settings
        .into_iter()
        .map(|(direction, id)| {
            let changes = |r: &Release| {
                r.body.defaults.iter().any(|d| d.id.as_str() == id && d.direction.as_str() == direction)
            };
            format!("{id} is {direction} in {}", view.named(changes))
        })
        .collect();
    if !each.is_empty() {
        text.push_str(&format!("; changed defaults: {}", list(&each)));
    }
    // No fix asks a feature release to weaken a default, so somebody must say why it may.
    let weakens = |r: &Release| {
        r.security().is_none() && r.body.defaults.iter().any(|d| d.direction == Direction::Weaker)
    };
    let weaker = view.named(weakens);
    if !weaker.is_empty() {
        text.push_str(&format!("; why a feature release may weaken a default: not provided for {weaker}"));
    }
    let is_complete = missing.is_empty() && weaker.is_empty();
    Entry(if is_complete { RowStatus::Pass } else { RowStatus::NotProvided }, text, digests)
}
