//! What all forms of the report share.

use crate::audit::Audit;
use crate::finding::{Finding, Verdict};
use crate::phrase::list;
use crate::register::Vulnerability;
use crate::set::{Product, Set, text};
use crate::time::{date, span};
use pkg_format::Rule;
use pkg_format::manifest::Automatic;

/// What every form of the report says about itself.
pub(super) const ABOUT: &str = "This is evidence for an assessment by people. It compares what signed statements say about \
                     each other; it cannot see whether an image does what its manifest says.";

/// What was audited: `acme cam-x1`.
pub(super) fn subject(set: &Set) -> String {
    let names: Vec<_> = set.products.iter().map(Product::title).collect();
    if names.is_empty() { "no product".into() } else { names.join(", ") }
}

/// `7 packages verified, 1 refused`.
pub(super) fn counted(set: &Set) -> String {
    let plural = if set.packages.len() == 1 { "" } else { "s" };
    format!("{} package{plural} verified, {} refused", set.packages.len(), set.refused.len())
}

/// Findings with the same text as one finding, with all their hardware.
pub(super) fn merged(findings: &[Finding]) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for finding in findings {
        let same = |f: &&mut Finding| {
            f.text == finding.text && f.product == finding.product && f.verdict == finding.verdict
        };
        match all.iter_mut().find(same) {
            Some(there) => {
                let both = [there.hardware.take(), finding.hardware.clone()];
                let both: Vec<_> = both.into_iter().flatten().collect();
                there.hardware = Some(both.join(", ")).filter(|h| !h.is_empty());
            }
            None => all.push(finding.clone()),
        }
    }
    all
}

/// The text of a finding, with the hardware it is about.
pub(super) fn with_hardware(finding: &Finding) -> String {
    match &finding.hardware {
        None => finding.text.clone(),
        Some(hardware) => format!("{} [hardware {hardware}]", finding.text),
    }
}

/// The exception register: findings, and releases that do not install themselves.
pub(super) fn exceptions(set: &Set, audit: &Audit) -> Vec<Finding> {
    let mut all: Vec<Finding> = Vec::new();
    for result in &audit.rules {
        let listed: Vec<_> =
            result.findings.iter().filter(|f| f.verdict == Verdict::Exception).cloned().collect();
        all.extend(merged(&listed));
    }
    for product in &set.products {
        for release in product.releases_by(audit.at) {
            let Some(Automatic::NotApplicable { reason, text: why, .. }) = &release.body.automatic else {
                continue;
            };
            let of = match set.products.len() {
                1 => String::new(),
                _ => format!("{}: ", product.title()),
            };
            let what = format!("{of}{} does not install itself: {reason}", release.version());
            let finding = Finding::exception(Rule::Aut4, release.version(), what)
                .because(text(why), "")
                .about(release.digest);
            all.push(Finding { product: product.title(), ..finding });
        }
    }
    all
}

/// What the register knows of one vulnerability, in one line.
pub(super) fn known(v: &Vulnerability) -> String {
    let mut parts = Vec::new();
    parts.extend(v.known_since.map(|t| format!("known since {}", date(t))));
    match v.exploited {
        Some(Some(since)) => parts.push(format!("exploited since {}", date(since))),
        Some(None) => parts.push("exploited".into()),
        None => {}
    }
    parts.extend(v.advised.map(|t| format!("first advised {}", date(t))));
    if let Some(t) = v.fixed {
        parts.push(format!("fixed {} in {}", date(t), list(&v.fixed_in)));
    }
    if let (Some(lag @ 1..), Some(who)) = (v.lag, &v.waited) {
        parts.push(format!("users of {who} waited {}", span(lag)));
    }
    if v.open_count > 0 {
        parts.push(format!("open in {}", several(&v.open_in, v.open_count)));
    }
    if v.undecided_count > 0 {
        parts.push(format!("UNDECIDED in {}", several(&v.undecided_in, v.undecided_count)));
    }
    if v.declared_count > 0 {
        let of = several(&v.declared_in, v.declared_count);
        parts.push(format!("its status in {of} is declared, not signed"));
    }
    parts.join("; ")
}

/// The first of many releases, and how many there are.
fn several(named: &[String], count: usize) -> String {
    match count > named.len() {
        true => format!("{count} releases, including {}", list(named)),
        false => list(named),
    }
}
