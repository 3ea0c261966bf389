//! Reasons that say nothing (G3, G4): a text of hardly any words, or the same text for everything. They are listed as
//! exceptions of their own.

use crate::finding::Finding;
use crate::phrase::list;
use crate::scope::Scope;
use crate::set::text;
use pkg_format::manifest::Justification;
use pkg_format::{Digest, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// A rationale has at least so many different words.
const WORDS: usize = 3;

/// A recorded reason, and what it is for.
struct Reason<'a> {
    rule: Rule,
    label: &'a str,
    manifest: Digest,
    why: &'a Justification,
    /// The vulnerability, or the changes.
    about: String,
}

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let reasons = reasons(scope);
    let mut alike: BTreeMap<Vec<String>, Vec<&Reason<'_>>> = BTreeMap::new();
    for reason in &reasons {
        alike.entry(words(reason.why)).or_default().push(reason);
    }
    for (words, reasons) in alike {
        let different = words.iter().collect::<BTreeSet<_>>().len();
        let about: BTreeSet<&str> = reasons.iter().map(|r| r.about.as_str()).collect();
        for reason in &reasons {
            if different < WORDS {
                findings.push(hollow(reason, "has fewer than three different words"));
            }
        }
        if about.len() > 1
            && let Some(first) = reasons.first()
        {
            let releases: BTreeSet<String> = reasons.iter().map(|r| r.label.to_owned()).collect();
            let about: Vec<_> = about.into_iter().map(str::to_owned).collect();
            let what = format!(
                "is the same for {} (in {})",
                list(&about),
                list(&releases.into_iter().collect::<Vec<_>>())
            );
            findings.push(hollow(first, &what));
        }
    }
}

fn hollow(reason: &Reason<'_>, what: &str) -> Finding {
    let text = format!("hollow text: the rationale that {} gives for {} {what}", reason.label, reason.about);
    let finding = Finding::exception(reason.rule, reason.label, text);
    finding.because(self::text(&reason.why.rationale), reason.why.approver.as_str()).about(reason.manifest)
}

/// Every reason that releases record of their own, not those that they repeat from earlier ones.
fn reasons<'a>(scope: &'a Scope<'_>) -> Vec<Reason<'a>> {
    let mut all = Vec::new();
    for step in &scope.graph.steps {
        let (release, label) = (step.release, scope.label(step.to));
        let manifest = release.digest;
        if let Some(security) = release.security()
            && let Some(why) = security.separation.justification()
        {
            let own = security.changes.iter().filter(|c| c.level == release.security_level());
            let changes: Vec<_> = own.map(|c| c.id.to_string()).collect();
            let about = format!("the change {}", list(&changes));
            all.push(Reason { rule: Rule::G3, label, manifest, why, about });
        }
        for also in release.also_fixes() {
            if let Some((_, why)) = also.exception() {
                all.push(Reason { rule: Rule::G4, label, manifest, why, about: also.id.to_string() });
            }
        }
    }
    all
}

/// The words of a rationale, in lower case.
fn words(why: &Justification) -> Vec<String> {
    let text = text(&why.rationale).to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
