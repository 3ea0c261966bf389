//! Rows about what the rules found, and how the packages were verified.

use super::view::{Entry, View, names};
use crate::finding::Verdict;
use crate::phrase::{count, list};
use crate::register::Vulnerability;
use crate::row::RowStatus;
use crate::set::Release;
use crate::time::date;
use pkg_format::manifest::SeparationKind;
use pkg_format::{FORMAT, Rule, limits};
use std::collections::BTreeSet;

/// how packages are signed and were verified.
pub(super) fn distribution(view: &View<'_>) -> Entry {
    let signers: BTreeSet<String> = view
        .statements
        .iter()
        .flat_map(|s| s.signers)
        .map(|s| format!("{} ({}, {})", s.label, s.alg.as_str(), s.key.short()))
        .collect();
    let used = view.set.keyrings.iter().filter(|k| k.used).find_map(|k| k.says.as_ref().ok());
    let keyring = used.map_or_else(
        || "a keyring that the caller vouched for".into(),
        |(name, version, _)| format!("keyring {name}, version {version}"),
    );
    let text = format!(
        "format {FORMAT}: strict container and CBOR, COSE signatures over SHA-256 digests, every chunk bound to a \
         signed digest; statements of up to {} KiB, signatures of {} KiB, {} signers, {} levels of CBOR, chunks of \
         {} MiB; {} verified by pkg {} with {keyring}; signed by {}; {}",
        limits::STATEMENT >> 10,
        limits::COSE >> 10,
        limits::SIGNERS,
        limits::DEPTH,
        limits::CHUNK_IMAGE >> 20,
        count(view.set.packages.len(), "package", "packages"),
        env!("CARGO_PKG_VERSION"),
        names(signers),
        match view.set.refused.len() {
            0 => "none refused".into(),
            n => format!("{n} REFUSED and left out"),
        }
    );
    let digests = view.set.keyrings.iter().filter_map(|k| Some(k.says.as_ref().ok()?.2)).collect();
    let status = match (view.set.refused.is_empty(), view.set.packages.is_empty()) {
        (false, _) => RowStatus::Fail,
        (true, true) => RowStatus::NotProvided,
        (true, false) => RowStatus::Pass,
    };
    Entry(status, text, digests)
}

/// the releases by class, and whether a rule of separation fails.
pub(super) fn separation(view: &View<'_>) -> Entry {
    use Rule::{G1, G2, G3, G4, G5, G6, G7, G13, G14, G15, G17, G18};
    let rules = [G1, G2, G3, G4, G5, G6, G7, G13, G14, G15, G17, G18];
    let worst = view.worst(&rules);
    let failing: Vec<_> = failing(view, &rules);
    let kind = |r: &Release| r.security().map(|s| s.separation.kind());
    let kinds: BTreeSet<Option<SeparationKind>> = view.releases.iter().map(|(_, r)| kind(r)).collect();
    let each = kinds.iter().map(|which| {
        let what = match which {
            Some(kind) => format!("security, {kind}"),
            None => "feature".into(),
        };
        let is_of = |r: &Release| kind(r) == *which;
        format!("{what}: {}", view.named(is_of))
    });
    let mut text = match kinds.len() {
        0 => "no release".into(),
        _ => each.collect::<Vec<_>>().join("; "),
    };
    if !failing.is_empty() {
        text.push_str(&format!("; failing: {}", list(&failing)));
    }
    Entry(worst.into(), text, Vec::new())
}

fn failing(view: &View<'_>, rules: &[Rule]) -> Vec<String> {
    let failing = view.rules.iter().filter(|r| r.verdict == Verdict::Fail && rules.contains(&r.rule));
    failing.map(|r| r.rule.id().to_owned()).collect()
}

/// how many exceptions there are.
pub(super) fn exceptions(view: &View<'_>) -> Entry {
    let recorded = view.rules.iter().flat_map(|r| &r.causes).filter(|c| c.verdict == Verdict::Exception);
    let all: Vec<_> = recorded.chain(view.manual).collect();
    let digests = all.iter().flat_map(|c| &c.evidence).copied().collect();
    match all.len() {
        0 => Entry(RowStatus::Pass, "none".into(), digests),
        n => Entry(
            RowStatus::Exception,
            format!("{}, listed with the reasons", count(n, "exception", "exceptions")),
            digests,
        ),
    }
}

/// how many vulnerabilities there are, and for which nobody stated the status.
pub(super) fn vulnerabilities(view: &View<'_>, register: &[Vulnerability]) -> Entry {
    let undecided: Vec<_> = register
        .iter()
        .filter(|v| !v.undecided_in.is_empty() || v.decision == "undecided")
        .map(|v| v.id.clone())
        .collect();
    let worst = view.worst(&[Rule::G2, Rule::G9, Rule::G19, Rule::G20]);
    let mut text = match register.len() {
        0 => "no vulnerability is named by any statement".into(),
        n => count(n, "vulnerability, in the register", "vulnerabilities, in the register"),
    };
    if !undecided.is_empty() {
        text.push_str(&format!("; UNDECIDED for some supported release: {}", list(&undecided)));
    }
    let status = if undecided.is_empty() { worst.into() } else { RowStatus::Fail };
    Entry(status, text, register.iter().flat_map(|v| v.digests.clone()).collect())
}

/// what was withdrawn or recalled.
pub(super) fn withdrawals(view: &View<'_>) -> Entry {
    let all: Vec<_> = view.set.products.iter().flat_map(|p| p.withdrawals_by(view.at)).collect();
    let each: Vec<_> = all
        .iter()
        .map(|w| format!("{} ({}, {})", w.common.id, w.body.corrective, date(w.common.issued)))
        .collect();
    let text = if each.is_empty() { "none".into() } else { list(&each) };
    Entry(view.worst(&[Rule::G10]).into(), text, all.iter().map(|w| w.digest).collect())
}
