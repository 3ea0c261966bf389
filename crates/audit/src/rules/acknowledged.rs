//! What the maker answers for: failures of the past that a signed acknowledgement covers are exceptions, and
//! acknowledgements that cover nothing are listed.

use crate::finding::{Finding, Verdict};
use crate::scope::Scope;
use crate::set::{Product, Statement, text};
use crate::time::exact;
use pkg_format::manifest::{Acknowledged, Acknowledgement, PastRule};
use pkg_format::{Digest, Rule, VulnId};
use std::collections::BTreeSet;

/// Turns the failures that an acknowledgement covers into exceptions. What has ended and is an exception already keeps its
/// verdict and gets cause, remedy and approver. `scopes` are those of the product.
pub(crate) fn answer(product: &Product, scopes: &[Scope<'_>], at: u64, findings: &mut Vec<Finding>) {
    let mut used: BTreeSet<(Digest, usize)> = BTreeSet::new();
    for finding in findings.iter_mut().filter(|f| f.ended.is_some()) {
        let mut is_answered = false;
        for (i, entry, statement) in entries(product, at) {
            if covers(scopes, entry, finding) {
                used.insert((statement.digest, i));
                if !is_answered {
                    acknowledge(finding, statement);
                }
                is_answered = true;
            }
        }
    }
    for (i, entry, statement) in entries(product, at).filter(|(i, _, s)| !used.contains(&(s.digest, *i))) {
        let ids = match entry.ids.as_slice() {
            [] => String::new(),
            ids => format!(
                " about {}",
                crate::phrase::list(&ids.iter().map(VulnId::to_string).collect::<Vec<_>>())
            ),
        };
        // Most failures are about the states of releases, which an entry must name, too.
        let (without, states) = match entry.states.is_empty() {
            true => (" that names no release", "; list the releases in states"),
            false => ("", ""),
        };
        let near = findings.iter().find(|f| is_about(scopes, entry, f)).and_then(|f| f.ended);
        let near = near.map(|(from, until)| format!("; one is from {} to {}", exact(from), exact(until)));
        let near = near.unwrap_or_default();
        let text = format!(
            "entry {} of {} covers nothing: no failure of {}{ids}{without} lies between {} and {} and has ended{states}{near}",
            i + 1,
            statement.common.id,
            rule(entry).id(),
            exact(entry.from),
            exact(entry.until)
        );
        let finding = Finding::exception(rule(entry), statement.common.id.as_str(), text);
        findings.push(finding.about(statement.digest));
    }
}

/// Every entry of every acknowledgement that no newer one supersedes: its place in the statement, itself, and the
/// statement.
fn entries(
    product: &Product,
    at: u64,
) -> impl Iterator<Item = (usize, &Acknowledged, &Statement<Acknowledgement>)> {
    let all = move || product.acknowledgements.iter().filter(move |a| a.common.issued <= at);
    let is_superseded = move |old: &Statement<Acknowledgement>| {
        let mut newer = all().filter(|a| a.common.issued >= old.common.issued && a.digest != old.digest);
        newer.any(|a| a.common.supersedes.contains(&old.digest))
    };
    let valid = all().filter(move |a| !is_superseded(a));
    valid.flat_map(|a| a.body.acknowledges.iter().enumerate().map(move |(i, entry)| (i, entry, a)))
}

/// The rule as the audit calls it.
fn rule(entry: &Acknowledged) -> Rule {
    match entry.rule {
        PastRule::Lag => Rule::G2,
        PastRule::SilentFix => Rule::G15,
        PastRule::Overdue => Rule::G23,
        PastRule::Issued => Rule::Ver9,
        PastRule::Records => Rule::Pol4,
    }
}

/// Whether an entry covers a whole finding: its rule, every vulnerability, every state, and all of its time. What has not
/// ended is covered by nothing, and neither is what an entry does not name.
fn covers(scopes: &[Scope<'_>], entry: &Acknowledged, finding: &Finding) -> bool {
    let Some((from, until)) = finding.ended else { return false };
    entry.from <= from && until <= entry.until && is_about(scopes, entry, finding)
}

/// Whether an entry names the rule, the vulnerabilities and the state of a failure.
fn is_about(scopes: &[Scope<'_>], entry: &Acknowledged, finding: &Finding) -> bool {
    let same_id = |id: &str, named: &VulnId| {
        let vulnerability = |s: &Scope<'_>, id: &str| s.statuses.find(&VulnId::new(id).ok()?);
        let same = |s: &Scope<'_>| {
            let found = vulnerability(s, id);
            found.is_some() && found == vulnerability(s, named.as_str())
        };
        id == named.as_str() || scopes.iter().any(same)
    };
    let place =
        |digest: &Digest| scopes.iter().enumerate().find_map(|(i, s)| Some((i, s.graph.place(digest)?)));
    let ids = finding.open.iter().all(|id| entry.ids.iter().any(|named| same_id(id, named)));
    let state = finding.digest.as_ref().and_then(place);
    let states = state.is_none_or(|state| entry.states.iter().any(|named| place(named) == Some(state)));
    rule(entry) == finding.rule && ids && states
}

fn acknowledge(finding: &mut Finding, statement: &Statement<Acknowledgement>) {
    let body = &statement.body;
    let (cause, remedy) = (text(&body.cause), text(&body.remedy));
    finding.verdict = Verdict::Exception;
    finding.text.push_str(&format!("; {} answers for it", statement.common.id));
    finding.rationale = Some(format!("{cause} Since then: {remedy}"));
    finding.approver = Some(body.approver.to_string());
    finding.evidence.push(statement.digest);
}
