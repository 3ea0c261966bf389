//! Reasons that say nothing (G3, G4, G20): a text of hardly any words, one that repeats itself, or the same text for
//! everything. They are listed as exceptions of their own. So is `not-feasible` where another line has the fix on its own.

use crate::finding::Finding;
use crate::phrase::list;
use crate::scope::Scope;
use crate::set::text;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{AlsoFix, Justification, Outcome, SeparationKind};
use pkg_format::{Digest, Localized, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// A rationale has at least so many different words.
const WORDS: usize = 3;

/// A text is judged by how it begins: the longer an honest text is, the more often its words come again.
const BEGINNING: usize = 40;

/// The shortest text whose words can be too often the same.
const LONG: usize = 6;

/// A recorded reason, and what it is for.
struct Reason<'a> {
    rule: Rule,
    label: &'a str,
    manifest: Digest,
    why: &'a Localized,
    /// The alternatives and the approver, where they are recorded.
    more: Option<&'a Justification>,
    /// The vulnerability, or the changes.
    about: String,
}

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let reasons = reasons(scope);
    let mut alike: BTreeMap<Vec<String>, Vec<&Reason<'_>>> = BTreeMap::new();
    for reason in &reasons {
        alike.entry(words(text(reason.why))).or_default().push(reason);
    }
    for (words, reasons) in alike {
        let about: BTreeSet<&str> = reasons.iter().map(|r| r.about.as_str()).collect();
        for reason in &reasons {
            let faults = faults(&words, reason.more);
            findings.extend(faults.iter().map(|(which, what)| hollow(reason, which, what)));
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
            findings.push(hollow(first, "rationale", &what));
        }
    }
    feasible(scope, findings);
}

/// What is wrong with a reason: which text, and why it says nothing.
fn faults(rationale: &[String], more: Option<&Justification>) -> Vec<(&'static str, &'static str)> {
    let mut faults = Vec::new();
    if different(rationale) < WORDS {
        faults.push(("rationale", "has fewer than three different words"));
    } else if repeats(rationale) {
        faults.push(("rationale", "repeats the same few words"));
    }
    let Some(why) = more else { return faults };
    let alternatives = words(text(&why.alternatives));
    if alternatives == *rationale {
        faults.push(("text about alternatives", "is the rationale again"));
    } else if repeats(&alternatives) {
        faults.push(("text about alternatives", "repeats the same few words"));
    } else if !says_something(&alternatives) {
        faults.push(("text about alternatives", "has no word"));
    }
    if !says_something(&words(why.approver.as_str())) {
        faults.push(("approver", "is no name"));
    }
    faults
}

fn different(words: &[String]) -> usize {
    words.iter().collect::<BTreeSet<_>>().len()
}

/// Whether a text repeats itself: the same words follow each other at once, or most of its words are the same.
fn repeats(words: &[String]) -> bool {
    let beginning = words.get(..BEGINNING).unwrap_or(words);
    let is_poor = beginning.len() >= LONG && different(beginning) * 2 < beginning.len();
    let again = |n: usize| words.windows(2 * n).any(|w| w.split_at(n).0 == w.split_at(n).1);
    let thrice = words.windows(3).any(|w| different(w) == 1);
    is_poor || thrice || (2..=words.len() / 2).any(again)
}

/// Whether there is a word: more than one letter or figure.
fn says_something(words: &[String]) -> bool {
    words.iter().any(|w| w.chars().count() > 1 || !w.is_ascii())
}

fn hollow(reason: &Reason<'_>, which: &str, what: &str) -> Finding {
    let text = format!("hollow text: the {which} that {} gives for {} {what}", reason.label, reason.about);
    let approver = reason.more.map_or("", |why| why.approver.as_str());
    let finding = Finding::exception(reason.rule, reason.label, text);
    finding.because(self::text(reason.why), approver).about(reason.manifest)
}

/// Every reason that releases record of their own, not those that they repeat from earlier ones.
fn reasons<'a>(scope: &'a Scope<'_>) -> Vec<Reason<'a>> {
    let mut all = Vec::new();
    for step in &scope.graph.steps {
        let (release, label) = (step.release, scope.label(step.to));
        let manifest = release.digest;
        let justified = |rule, why: &'a Justification, about| Reason {
            rule,
            label,
            manifest,
            why: &why.rationale,
            more: Some(why),
            about,
        };
        if let Some(security) = release.security()
            && let Some(why) = security.separation.justification()
        {
            let own = security.changes.iter().filter(|c| c.level == release.security_level());
            let changes: Vec<_> = own.map(|c| c.id.to_string()).collect();
            let noun = if changes.len() == 1 { "change" } else { "changes" };
            all.push(justified(Rule::G3, why, format!("the {noun} {}", list(&changes))));
        }
        for also in release.also_fixes() {
            if let Some((_, why)) = also.exception() {
                all.push(justified(Rule::G4, why, also.id.to_string()));
            }
        }
        for it in release.reopens() {
            let about = format!("taking back the fix of {}", it.id);
            all.push(Reason { rule: Rule::G20, label, manifest, why: &it.reason, more: None, about });
        }
    }
    all
}

/// G4: a fix that is said not to be feasible on its own, although a pure security release has it.
fn feasible(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let is_not_feasible =
        |a: &&AlsoFix| a.exception().is_some_and(|(why, _)| why == ExceptionReason::NotFeasible);
    for step in &scope.graph.steps {
        for also in step.release.also_fixes().iter().filter(is_not_feasible) {
            let Some(x) = scope.statuses.find(&also.id) else { continue };
            let claims = scope.statuses.list[x].claims.iter();
            let fixes = claims.filter(|c| c.is_own && c.outcome == Outcome::Fixed);
            let fixes = fixes.map(|c| scope.step(c.step));
            let is_pure = |kind| kind == SeparationKind::Pure;
            let mut alone =
                fixes.filter(|s| s.release.security().is_some_and(|r| is_pure(r.separation.kind())));
            let Some(alone) = alone.find(|s| s.to != step.to) else { continue };
            let (label, other) = (scope.label(step.to), scope.label(alone.to));
            let text = format!(
                "{label} says that the fix of {} is not feasible on its own, but the security release {other} is that fix alone",
                also.id
            );
            let finding = Finding::exception(Rule::G4, label, text).about(step.release.digest);
            findings.push(Finding { open: vec![also.id.to_string()], ..finding });
        }
    }
}

/// The words of a text, in lower case.
fn words(text: &str) -> Vec<String> {
    let text = text.to_lowercase();
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.map(str::to_owned).collect()
}
