//! Rows about the product and its releases: what there is, for how long, and at what price.

use super::view::{Entry, View, names};
use crate::finding::Verdict;
use crate::phrase::{count, list};
use crate::row::RowStatus;
use crate::set::Release;
use crate::time::{month, month_name, ten_years_after};
use pkg_format::manifest::Automatic;
use pkg_format::{Label, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// what the product is, and every version of it.
pub(super) fn products(view: &View<'_>) -> Entry {
    let mut texts = Vec::new();
    let mut digests = Vec::new();
    for product in &view.set.products {
        let mine: Vec<_> = product.releases_by(view.at).collect();
        let hardware = mine.iter().flat_map(|r| r.hardware()).map(ToString::to_string).collect();
        let mut versions: Vec<String> = Vec::new();
        for release in &mine {
            if !versions.iter().any(|v| v == release.version()) {
                versions.push(release.version().to_owned());
            }
            digests.extend(release.body.images.iter().map(|i| i.sha256));
        }
        let past = product.declared.releases.iter().filter(|p| p.placed.unwrap_or(0) <= view.at);
        let past: Vec<_> = past.collect();
        if mine.is_empty() && past.is_empty() {
            continue;
        }
        let mut text = format!(
            "{} {}, hardware {}: {} ({})",
            product.vendor,
            product.name,
            names(hardware),
            count(versions.len(), "release", "releases"),
            list(&versions)
        );
        if !past.is_empty() {
            let versions: Vec<_> = past.iter().map(|p| p.identity.version.to_string()).collect();
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
    let security = view.releases.iter().filter(|(_, r)| r.security().is_some());
    let (free, other): (Vec<&Release>, Vec<&Release>) = security.map(|(_, r)| *r).partition(|r| !r.is_paid());
    let mut text =
        count(free.len(), "security release is free of charge", "security releases are free of charge");
    if !other.is_empty() {
        text.push_str(&format!(
            "; {} under a tailor-made agreement",
            count(other.len(), "is paid", "are paid")
        ));
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
            let many = count(security.len(), "security release", "security releases");
            let period = match first == last {
                true => format!("until {}", month_name(first)),
                false => {
                    format!("until {} for the first and {} for the last", month_name(first), month_name(last))
                }
            };
            format!("{many} in the set, which must stay available {period}")
        }
    };
    let text = match view.findings(Rule::G11).len() {
        0 => kept,
        n => format!("{kept}; {n} missing"),
    };
    Entry(view.worst(&[Rule::G11]).into(), text, security.iter().map(|(_, r)| r.digest).collect())
}

/// which releases do not install themselves.
pub(super) fn automatic(view: &View<'_>) -> Entry {
    let off: Vec<_> = view
        .releases
        .iter()
        .filter_map(|(_, r)| match &r.body.automatic {
            Some(Automatic::NotApplicable { reason, .. }) => Some(format!("{} ({reason})", r.version())),
            Some(Automatic::Applicable { .. }) | None => None,
        })
        .collect();
    match (view.releases.len(), off.len()) {
        (0, _) => Entry(RowStatus::NotProvided, "no release".into(), Vec::new()),
        (n, 0) => Entry(
            RowStatus::Pass,
            format!("on by default in all {n} releases, with an explained opt-out"),
            Vec::new(),
        ),
        (n, m) => Entry(
            RowStatus::Exception,
            format!("not applicable in {m} of {n} releases: {}", list(&off)),
            Vec::new(),
        ),
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
