//! Security releases bring nothing but security (G3, G17), and what else they may do is listed (G12, G18, G20).

use crate::finding::Finding;
use crate::phrase::list;
use crate::scope::Scope;
use crate::set::text;
use pkg_format::manifest::{Effect, EnvironmentCost, Outcome, Security, SeparationKind};
use pkg_format::touches::{Pattern, covers_everything};
use pkg_format::{Label, Rule};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    for s in 0..scope.graph.steps.len() {
        if let Some(security) = scope.step(s).release.security() {
            piggyback(scope, s, security, findings);
            touches_everything(scope, s, security, findings);
            separable(scope, s, security, findings);
        }
        skipped(scope, s, findings);
        listed(scope, s, findings);
    }
}

/// G3: a change in a security release is one that a fix of it needs.
fn piggyback(scope: &Scope<'_>, s: usize, security: &Security, findings: &mut Vec<Finding>) {
    let step = scope.step(s);
    let label = scope.label(step.to);
    let (kind, level) = (security.separation.kind(), step.release.security_level());
    let fixes: BTreeSet<_> = security.fixes.iter().map(|f| &f.id).collect();
    for change in security.changes.iter().filter(|c| c.effect != Effect::Corrected) {
        let own = change.level == level;
        let why = match change.necessary_for.iter().find(|n| !fixes.contains(n)) {
            _ if change.necessary_for.is_empty() => "no fix needs it".to_owned(),
            Some(other) => format!("it is necessary for {other}, which the release does not fix"),
            None if own && kind == SeparationKind::Pure => "the release calls itself pure".to_owned(),
            None => continue,
        };
        let what = format!("the security release {label} contains the change {}, but {why}", change.id);
        findings.push(Finding::fail(Rule::G3, label, what).about(step.release.digest));
    }
    let Some(why) = security.separation.justification() else { return };
    let own = security.changes.iter().filter(|c| c.level == level && c.effect != Effect::Corrected);
    let changes: Vec<_> = own.map(|c| format!("{} ({})", c.id, c.effect)).collect();
    let what = format!("the security release {label} is {kind}: it contains {}", list(&changes));
    let finding = Finding::exception(Rule::G3, label, what).justified(why, &step.release.common);
    findings.push(finding.about(step.release.digest));
}

/// G3: a fix whose `touches` covers every file hides whatever else changed.
fn touches_everything(scope: &Scope<'_>, s: usize, security: &Security, findings: &mut Vec<Finding>) {
    let step = scope.step(s);
    let release = step.release;
    let components: Vec<_> = release.body.images.iter().map(|i| i.component.as_str()).collect();
    let new = security.fixes.iter().filter(|f| f.level == release.security_level());
    let touches: Vec<&str> = new.flat_map(|f| &f.touches).map(Label::as_str).collect();
    let patterns: Vec<_> = touches.iter().map(|t| Pattern::new(t, &components)).collect();
    let all = components.iter().filter(|c| covers_everything(&patterns, c));
    let all: Vec<_> = all.map(|c| (*c).to_owned()).collect();
    if all.is_empty() {
        return;
    }
    let label = scope.label(step.to);
    let written: Vec<_> = touches.iter().map(|t| (*t).to_owned()).collect();
    let what = format!(
        "the fixes of the security release {label} say that they touch every file of {} (touches: {}), so nobody can tell what else changed",
        list(&all),
        list(&written)
    );
    findings.push(Finding::exception(Rule::G3, label, what).about(release.digest));
}

/// G3: a fix that needs no change can be had without the changes of a release that is not pure.
fn separable(scope: &Scope<'_>, s: usize, security: &Security, findings: &mut Vec<Finding>) {
    let (graph, step) = (&scope.graph, scope.step(s));
    let Some(why) = security.separation.justification() else { return };
    let level = step.release.security_level();
    let needed: BTreeSet<_> = security.changes.iter().flat_map(|c| &c.necessary_for).collect();
    let alone = security.fixes.iter().filter(|f| f.level == level && !needed.contains(&f.id));
    for fix in alone.filter(|f| f.status == Outcome::Fixed) {
        let Some(x) = scope.statuses.find(&fix.id) else { continue };
        for population in scope.populations.iter().filter(|p| p.steps[s]) {
            let pass = |other: usize| other != s && scope.is_secure(population, other);
            let open = |w: usize| if scope.is_open(w, x) { u64::MAX } else { 0 };
            let best = graph.best(pass, open);
            let stuck = |u: &&usize| population.states[**u] && graph.states[**u].supported && best[**u].0 > 0;
            let Some(u) = graph.sources(s).iter().find(stuck) else { continue };
            let what = format!(
                "{} contains the fix of {}, which needs none of its changes, and users of {} get it in no other way",
                scope.label(step.to),
                fix.id,
                scope.label(*u)
            );
            let finding = Finding::exception(Rule::G3, scope.label(step.to), what);
            let finding = finding.justified(why, &step.release.common).about(step.release.digest);
            findings.push(Finding { open: vec![fix.id.to_string()], ..finding });
            break;
        }
    }
}

/// G17: an inseparable release that raises the feature level lists every change of the feature releases in between.
fn skipped(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let (graph, step) = (&scope.graph, scope.step(s));
    let to = graph.states[step.to].identity.feature_level;
    let from = graph.sources(s).iter().map(|u| graph.states[*u].identity.feature_level).min();
    let Some(from) = from.filter(|from| step.is_security() && *from < to) else { return };
    let listed: BTreeSet<_> = step.release.body.changes().iter().map(|c| &c.id).collect();
    let features = graph.steps.iter().filter(|f| !f.is_security());
    let skipped = features.filter(|f| (from + 1..=to).contains(&f.release.body.identity.feature_level));
    let omitted: BTreeMap<_, _> = skipped
        .flat_map(|f| f.release.body.changes().iter().map(move |c| (c, f)))
        .filter(|(c, _)| c.level > from && c.level <= to && !listed.contains(&c.id))
        .map(|(c, f)| (&c.id, f))
        .collect();
    for (id, feature) in omitted {
        let text = format!(
            "the security release {} raises the feature level but does not list the change {id} of {}",
            scope.label(step.to),
            scope.label(feature.to)
        );
        findings.push(Finding::fail(Rule::G17, scope.label(step.to), text).about(step.release.digest));
    }
}

/// What is allowed and always listed: corrections beside a fix (G18), fixes taken back (G20), security updates that need
/// other hardware or software, and tailor-made agreements (G12).
fn listed(scope: &Scope<'_>, s: usize, findings: &mut Vec<Finding>) {
    let step = scope.step(s);
    let (release, label) = (step.release, scope.label(step.to));
    let level = release.security_level();
    let corrected =
        release.body.changes().iter().filter(|c| c.effect == Effect::Corrected && c.level == level);
    for change in corrected.filter(|_| step.is_security()) {
        let what = format!("the security release {label} also corrects {}", change.id);
        let finding = Finding::exception(Rule::G18, label, what).because(text(&change.text), "");
        findings.push(finding.about(release.digest));
    }
    for reopened in release.reopens() {
        let id = &reopened.id;
        let open = scope.statuses.find(id).is_some_and(|x| scope.is_open(step.to, x));
        let what = match open {
            true => format!("{label} takes back the fix of {id}"),
            false => format!("{label} took back the fix of {id}; a later statement says that it is closed"),
        };
        let finding = Finding::exception(Rule::G20, label, what).because(text(&reopened.reason), "");
        findings.push(Finding { open: vec![id.to_string()], ..finding }.about(release.digest));
    }
    if let (true, EnvironmentCost::Some(cost)) = (step.is_security(), &release.body.identity.environment_cost)
    {
        let what = format!(
            "the security release {label} needs other hardware or software, and that is no free security update"
        );
        findings
            .push(Finding::exception(Rule::G12, label, what).because(text(cost), "").about(release.digest));
    }
    if let Some(agreement) = release.tailor_made() {
        let waived: Vec<_> = agreement.waives.iter().map(ToString::to_string).collect();
        let what = format!(
            "{label} is tailor-made for customer {}, who waives {}; every other rule applies",
            agreement.customer,
            list(&waived)
        );
        let finding = Finding::exception(Rule::G12, label, what).because(text(&agreement.purpose), "");
        findings.push(Finding { evidence: vec![agreement.contract_digest], ..finding }.about(release.digest));
    }
}
