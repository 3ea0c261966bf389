//! Rows about the product and its releases: what there is, for how long, and at what price.

use super::view::{Entry, View, names};
use crate::finding::Verdict;
use crate::phrase::{count, list};
use crate::releases::sorted;
use crate::row::RowStatus;
use crate::set::Release;
use crate::time::{month, month_name, span, ten_years_after};
use pkg_format::manifest::{Automatic, EvidenceKind};
use pkg_format::{Label, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// what the product is, and every version of it.
pub(super) fn products(view: &View<'_>) -> Entry {
    let mut texts = Vec::new();
    let mut digests = Vec::new();
    for (i, product) in view.set.products.iter().enumerate() {
        let mine: Vec<_> = product.releases_by(view.at).collect();
        let past = product.declared.releases.iter().filter(|p| p.placed.unwrap_or(0) <= view.at);
        let past: Vec<_> = past.collect();
        if mine.is_empty() && past.is_empty() {
            continue;
        }
        let hardware = mine.iter().flat_map(|r| r.hardware()).map(ToString::to_string).collect();
        digests.extend(mine.iter().flat_map(|r| r.body.images.iter().map(|i| i.sha256)));
        let mut text = format!("{}, hardware {}", product.title(), names(hardware));
        if !mine.is_empty() {
            text.push_str(&format!(": {}", view.all_of(i)));
        }
        if !past.is_empty() {
            let versions = sorted(past.iter().map(|p| p.identity.version.to_string()));
            text.push_str(&format!("; declared, not signed: {}", list(&versions)));
            digests.extend(past.iter().flat_map(|p| p.images.iter().map(|(_, d)| *d)));
        }
        texts.push(text);
    }
    match texts.is_empty() {
        true => Entry(RowStatus::NotProvided, "no release".into(), digests),
        false => Entry(RowStatus::Pass, texts.join(". "), digests),
    }
}

/// until when each line is supported.
pub(super) fn support(view: &View<'_>) -> Entry {
    let mut lines: BTreeMap<(&str, &str), (u64, Option<&Label>)> = BTreeMap::new();
    for (product, release) in &view.releases {
        let line = lines.entry((&product.name, release.line().as_str())).or_default();
        line.0 = line.0.max(release.support_until());
        line.1 = release.body.support.basis.as_ref().or(line.1);
    }
    let now = month(view.at);
    let each: Vec<_> = lines
        .iter()
        .map(|((_, line), (until, _))| {
            let over = if *until < now { " (ended)" } else { "" };
            format!("line {line} until {}{over}", month_name(*until))
        })
        .collect();
    let bases: BTreeSet<String> = lines.values().filter_map(|(_, b)| b.map(ToString::to_string)).collect();
    let is_incomplete = lines.is_empty() || bases.is_empty();
    let basis =
        if bases.is_empty() { "no basis is given".into() } else { format!("basis: {}", names(bases)) };
    let status = match (view.worst(&[Rule::G16]), is_incomplete) {
        (Verdict::Fail, _) => RowStatus::Fail,
        (_, true) => RowStatus::NotProvided,
        _ => RowStatus::Pass,
    };
    Entry(status, format!("{}; {basis}", list(&each)), Vec::new())
}

/// whether security updates are free of charge.
pub(super) fn free(view: &View<'_>) -> Entry {
    let is_security = |r: &Release| r.security().is_some();
    let is_free = |r: &Release| is_security(r) && !r.is_paid() && !r.has_environment_cost();
    let free = view.count(is_free);
    let mut text = count(free, "security release is free of charge", "security releases are free of charge");
    let paid = view.named(|r| is_security(r) && r.is_paid());
    if !paid.is_empty() {
        text.push_str(&format!("; paid, under a tailor-made agreement: {paid}"));
    }
    let needs = view.named(|r| is_security(r) && r.has_environment_cost());
    if !needs.is_empty() {
        text.push_str(&format!("; free only for those who have other hardware or software: {needs}"));
    }
    let contracts =
        view.releases.iter().filter_map(|(_, r)| Some(r.tailor_made()?.contract_digest)).collect();
    Entry(view.worst(&[Rule::G12]).into(), text, contracts)
}

/// how long security updates must stay available.
pub(super) fn availability(view: &View<'_>) -> Entry {
    let security: Vec<_> = view.releases.iter().filter(|(_, r)| r.security().is_some()).collect();
    let until = security.iter().map(|(_, r)| month(ten_years_after(r.common.issued)).max(r.support_until()));
    let kept = match until.clone().min().zip(until.max()) {
        None => "no security release".into(),
        Some((first, last)) => {
            let these = view.count(|r| r.security().is_some());
            let many = count(these, "security release", "security releases");
            let period = match first == last {
                true => format!("until {}", month_name(first)),
                false => {
                    format!("until {} for the first and {} for the last", month_name(first), month_name(last))
                }
            };
            format!("{many} in the set, which must stay available {period}")
        }
    };
    let text = match view.result(Rule::G11).map_or(0, |r| r.causes.len()) {
        0 => kept,
        n => format!("{kept}; G11 says what is missing, for {}", count(n, "cause", "causes")),
    };
    // Their manifests are among the inputs.
    Entry(view.worst(&[Rule::G11]).into(), text, Vec::new())
}

/// which releases install themselves, within what time, and which do not.
pub(super) fn automatic(view: &View<'_>) -> Entry {
    if view.releases.is_empty() {
        return Entry(RowStatus::NotProvided, "no release".into(), Vec::new());
    }
    let automatic = |r: &Release| r.body.automatic.clone();
    let is_on = |r: &Release| matches!(automatic(r), Some(Automatic::Applicable { .. }));
    let mut parts = Vec::new();
    let on = view.named(is_on);
    if !on.is_empty() {
        let times = view.releases.iter().filter_map(|(_, r)| match &r.body.automatic {
            Some(Automatic::Applicable { install_within, max_postpone, .. }) => {
                Some((*install_within, *max_postpone))
            }
            Some(Automatic::NotApplicable { .. }) | None => None,
        });
        let (within, postpone): (Vec<u64>, Vec<u64>) = times.unzip();
        parts.push(format!(
            "on by default, with an explained opt-out, installed within {} of the notice, postponed by at most {}: {on}",
            range(&within),
            range(&postpone)
        ));
    }
    for cause in view.manual {
        let why = cause.rationale.as_deref().unwrap_or_default();
        parts.push(format!("{} ({why})", cause.text));
    }
    let unstated = view.named(|r| automatic(r).is_none());
    if !unstated.is_empty() {
        parts.push(format!("not stated: {unstated}"));
    }
    let digests = view.evidence(EvidenceKind::Defaults);
    if !on.is_empty() && digests.is_empty() {
        parts.push(
            "why this time is appropriate: not provided (a document of kind defaults can say it)".into(),
        );
    }
    let status = match (view.manual.is_empty(), unstated.is_empty() && (on.is_empty() || !digests.is_empty()))
    {
        (false, _) => RowStatus::Exception,
        (true, true) => RowStatus::Pass,
        (true, false) => RowStatus::NotProvided,
    };
    Entry(status, parts.join("; "), digests)
}

/// `48 h`, `48 h to 3650 days`.
fn range(seconds: &[u64]) -> String {
    match (seconds.iter().min(), seconds.iter().max()) {
        (Some(least), Some(most)) if least == most => span(*least),
        (Some(least), Some(most)) => format!("{} to {}", span(*least), span(*most)),
        _ => "no time".into(),
    }
}

/// until when the set must be kept.
pub(super) fn keeping(view: &View<'_>) -> Entry {
    let until = view
        .releases
        .iter()
        .map(|(_, r)| month(ten_years_after(r.common.issued)).max(r.support_until()))
        .max();
    match until {
        None => Entry(RowStatus::NotProvided, "no release".into(), Vec::new()),
        Some(until) => Entry(
            RowStatus::Pass,
            format!(
                "keep this set and its documents until {} or longer (ten years, or the support period)",
                month_name(until)
            ),
            Vec::new(),
        ),
    }
}
