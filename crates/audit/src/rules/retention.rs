//! Everything that statements refer to is in the set (G11), and support does not end earlier than promised (G16).

use crate::finding::Finding;
use crate::phrase::list;
use crate::scope::Scope;
use crate::set::{Delivery, Product, Release};
use crate::time::month_name;
use pkg_format::manifest::{Affected, AppliesTo, Need, Separately};
use pkg_format::{Digest, Id, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// G16: along a line, the end of support never comes nearer.
pub(super) fn check_scope(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let mut lines: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for step in &scope.graph.steps {
        let until = step.release.support_until();
        let (most, who) = *lines.entry(step.release.line().as_str()).or_insert((until, step.to));
        if until < most {
            let text = format!(
                "{} ends support in {}, but {} promised {}",
                scope.label(step.to),
                month_name(until),
                scope.label(who),
                month_name(most)
            );
            let finding = Finding::fail(Rule::G16, scope.label(step.to), text);
            findings.push(finding.about(step.release.digest));
        } else {
            lines.insert(step.release.line().as_str(), (until, step.to));
        }
    }
}

/// An image: component and digest.
type Image = (Id, Digest);

/// Releases with a delta that starts from images which no known state has.
fn lost_bases(product: &Product) -> impl Iterator<Item = &Release> {
    let signed = product
        .releases
        .iter()
        .map(|r| -> Vec<Image> { r.body.images.iter().map(|i| (i.component.clone(), i.sha256)).collect() });
    let states: Vec<Vec<Image>> =
        signed.chain(product.declared.releases.iter().map(|p| p.images.clone())).collect();
    // The states that have each image.
    let mut having: BTreeMap<Image, Vec<usize>> = BTreeMap::new();
    for (i, images) in states.iter().enumerate() {
        images.iter().for_each(|image| having.entry(image.clone()).or_default().push(i));
    }
    let is_lost = move |delivery: &Delivery| match delivery {
        Delivery::Full => false,
        Delivery::Delta(bases) => bases.first().is_some_and(|first| {
            let has_all = |state: &usize| bases.iter().all(|base| states[*state].contains(base));
            !having.get(first).is_some_and(|states| states.iter().any(has_all))
        }),
    };
    product.releases.iter().filter(move |r| r.deliveries.iter().any(&is_lost))
}

/// G11: every state and manifest that a statement refers to is in the set.
pub(super) fn check_product(product: &Product, at: u64, scopes: &[Scope<'_>], findings: &mut Vec<Finding>) {
    let there: BTreeSet<Digest> = product
        .releases
        .iter()
        .flat_map(|r| [r.state, r.digest])
        .chain(product.notices.iter().map(|n| n.digest))
        .chain(product.withdrawals.iter().map(|w| w.digest))
        .chain(product.declared.releases.iter().map(|p| p.state))
        .collect();
    let mut absent: BTreeMap<Digest, BTreeSet<String>> = BTreeMap::new();
    let mut refer = |who: &str, digests: &[Digest]| {
        for digest in digests.iter().filter(|d| !there.contains(d)) {
            absent.entry(*digest).or_default().insert(who.to_owned());
        }
    };
    for release in product.releases_by(at) {
        let who = release.version();
        if let AppliesTo::States(list) = &release.body.applies_to {
            refer(who, list);
        }
        for also in release.also_fixes() {
            if let Separately::In(states) = &also.separately {
                refer(who, states);
            }
        }
        for fix in release.fixes() {
            if let Affected::States(states) = &fix.affected {
                refer(who, states);
            }
        }
        release.body.statuses.iter().for_each(|s| refer(who, &s.states));
        release.body.remediations.iter().for_each(|r| refer(who, &r.states));
        refer(who, &release.body.from);
        let states = release.body.requires.iter().filter_map(|r| match r.need {
            Need::State(state) => Some(state),
            Need::Line { .. } => None,
        });
        states.for_each(|d| refer(who, &[d]));
        refer(who, &release.common.supersedes);
    }
    for notice in product.notices_by(at) {
        let who = notice.common.id.as_str();
        notice.body.statuses.iter().for_each(|s| refer(who, &s.states));
        for remedy in &notice.body.remediations {
            refer(who, &remedy.states);
            remedy.release.iter().for_each(|d| refer(who, &[*d]));
        }
        refer(who, &notice.common.supersedes);
    }
    for withdrawal in product.withdrawals_by(at) {
        let who = withdrawal.common.id.as_str();
        refer(who, &withdrawal.body.withdraws);
        refer(who, &withdrawal.common.supersedes);
    }
    for (digest, who) in absent {
        let who: Vec<_> = who.into_iter().collect();
        let text = format!(
            "{} refer{} to {}, which is not in the set",
            list(&who),
            if who.len() == 1 { "s" } else { "" },
            digest.short()
        );
        findings.push(Finding::fail(Rule::G11, who[0].clone(), text).about(digest));
    }
    for release in lost_bases(product).filter(|r| r.common.issued <= at) {
        let who = release.version();
        let text = format!("a delta package of {who} starts from images that no release in the set has");
        findings.push(Finding::fail(Rule::G11, who, text).about(release.digest));
    }
    for scope in scopes {
        for (i, state) in scope.graph.states.iter().enumerate().filter(|(_, s)| !s.is_declared()) {
            let undelivered = |s: &usize| scope.step(*s).release.deliveries.is_empty();
            if let Some(step) = state.into.iter().find(|s| undelivered(s)) {
                let text = format!("no package of {} is in the set", scope.label(i));
                findings.push(
                    Finding::fail(Rule::G11, scope.label(i), text).about(scope.step(*step).release.digest),
                );
            }
        }
    }
}
