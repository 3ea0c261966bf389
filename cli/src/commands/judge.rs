//! The audits that `pkg build` makes before anything is signed, and `pkg publish` before anything is published.

use crate::out::{error, warning};
use pkg_audit::set::Set;
use pkg_audit::{Finding, candidate};
use pkg_format::manifest::Manifest;
use pkg_format::{Digest, Refusal, Rule};
use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

/// Prints what the audit finds with the new statement, and refuses it where it brings a failure.
pub(super) fn judge(set: &Set, manifest: &Manifest, digest: Digest) -> pkg_format::Result<()> {
    let verdict = candidate::check(set, &[(manifest, digest)]);
    for ((rule, text), on) in told(&verdict.leaves) {
        warning(&format!("[{}] as before: {text}{on}", Rule::id(rule)));
    }
    for ((rule, text), on) in told(&verdict.owes) {
        let id = Rule::id(rule);
        warning(&format!(
            "[{id}] {text}{on}; this fix need not wait, but the next feature release must end that"
        ));
    }
    for ((rule, text), on) in told(&verdict.brings) {
        error(&format!("[{}] {text}{on}", Rule::id(rule)));
    }
    match verdict.brings.first() {
        None => Ok(()),
        Some(first) => {
            let n = told(&verdict.brings).len();
            let plural = if n == 1 { "a failure" } else { "failures" };
            let why =
                format!("the audit finds {plural} that would not be there without this {}", manifest.kind());
            Err(Refusal::new(first.rule, why))
        }
    }
}

/// What the audit of a repository finds with new statements. What one of them itself would break for ever is refused,
/// with its digest; everything else is told once, so that an urgent fix is not held up by others.
pub(super) fn publication(
    set: &Set,
    new: &[(&Manifest, Digest)],
    told: &RefCell<BTreeSet<String>>,
) -> Result<(), (Digest, Refusal)> {
    let verdict = candidate::check(set, new);
    let is_its_own = |finding: &Finding| {
        let digest = *finding.manifests.iter().find(|digest| new.iter().any(|(_, of)| of == *digest))?;
        matches!(finding.rule, Rule::G5 | Rule::G6 | Rule::G21)
            .then(|| (digest, Refusal::new(finding.rule, finding.text.clone())))
    };
    if let Some(refused) = verdict.brings.iter().find_map(is_its_own) {
        return Err(refused);
    }
    for finding in verdict.brings.iter().chain(&verdict.owes) {
        let text = format!("[{}] {}", finding.rule.id(), finding.text);
        if told.borrow_mut().insert(text.clone()) {
            warning(&text);
        }
    }
    Ok(())
}

/// Findings with the same words once, with their hardware.
fn told(findings: &[Finding]) -> BTreeMap<(Rule, &str), String> {
    let mut all: BTreeMap<(Rule, &str), Vec<&str>> = BTreeMap::new();
    for finding in findings {
        all.entry((finding.rule, &finding.text)).or_default().extend(finding.hardware.as_deref());
    }
    let on = |hardware: Vec<&str>| match hardware.is_empty() {
        true => String::new(),
        false => format!(" (on {})", hardware.join(", ")),
    };
    all.into_iter().map(|(key, hardware)| (key, on(hardware))).collect()
}
