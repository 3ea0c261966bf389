//! What is referred to is still there (G11), and support does not end earlier than was said (G16).

use crate::finding::Finding;
use crate::model::{AppliesTo, Delivery, Product, Release};
use crate::scope::Scope;
use crate::time::month_name;
use pkg_format::{Digest, Rule};
use std::collections::{BTreeMap, BTreeSet};

/// G16: along a line, the end of support moves only away.
pub(super) fn judge_scope(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let mut lines: BTreeMap<&str, (u64, usize)> = BTreeMap::new();
    for step in &scope.graph.steps {
        let until = step.release.support.until;
        let (most, who) = *lines.entry(&step.release.identity.line).or_insert((until, step.to));
        if until < most {
            let text = format!(
                "{} ends support in {}, after {} promised {}",
                scope.label(step.to),
                month_name(until),
                scope.label(who),
                month_name(most)
            );
            let finding = Finding::fail(Rule::G16, scope.label(step.to), text);
            findings.push(finding.about(step.release.manifest));
        } else {
            lines.insert(&step.release.identity.line, (until, step.to));
        }
    }
}

/// An image: component and digest.
type Image = (String, Digest);

/// Releases with a delta that starts from images which no known state has.
fn lost_bases(product: &Product) -> impl Iterator<Item = &Release> {
    // The images of the states that have this one.
    let mut having: BTreeMap<&Image, Vec<&[Image]>> = BTreeMap::new();
    let states = product.releases.iter().map(|r| &r.images);
    for images in states.chain(product.declared.releases.iter().map(|p| &p.images)) {
        images.iter().for_each(|image| having.entry(image).or_default().push(images));
    }
    let is_lost = move |delivery: &Delivery| match delivery {
        Delivery::Full => false,
        Delivery::Delta(bases) => bases.first().is_some_and(|first| {
            let all = |images: &&[Image]| bases.iter().all(|base| images.contains(base));
            !having.get(first).is_some_and(|states| states.iter().any(all))
        }),
    };
    product.releases.iter().filter(move |r| r.deliveries.iter().any(&is_lost))
}

/// G11: every state and manifest that a statement refers to is in the set.
pub(super) fn judge_product(product: &Product, at: u64, scopes: &[Scope<'_>], findings: &mut Vec<Finding>) {
    let there: BTreeSet<Digest> = product
        .releases
        .iter()
        .flat_map(|r| [r.state, r.manifest])
        .chain(product.notices.iter().map(|n| n.manifest))
        .chain(product.withdrawals.iter().map(|w| w.manifest))
        .chain(product.declared.releases.iter().map(|p| p.state))
        .collect();
    let mut absent: BTreeMap<Digest, BTreeSet<String>> = BTreeMap::new();
    let mut refer = |who: &str, digests: &[Digest]| {
        for digest in digests.iter().filter(|d| !there.contains(d)) {
            absent.entry(*digest).or_default().insert(who.to_owned());
        }
    };
    for release in product.releases.iter().filter(|r| r.issued <= at) {
        let who = &release.identity.version;
        if let AppliesTo::States(list) = &release.applies_to {
            refer(who, list);
        }
        release.also_fixes.iter().for_each(|a| refer(who, &a.separately));
        release.fixes.iter().filter_map(|f| f.affected.as_ref()).for_each(|list| refer(who, list));
        release.statuses.iter().for_each(|s| refer(who, &s.states));
        release.remediations.iter().for_each(|r| refer(who, &r.states));
        release.requires.iter().filter_map(|r| r.state).for_each(|d| refer(who, &[d]));
        refer(who, &release.supersedes);
    }
    for notice in product.notices.iter().filter(|n| n.issued <= at) {
        notice.statuses.iter().for_each(|s| refer(&notice.id, &s.states));
        for remedy in &notice.remediations {
            refer(&notice.id, &remedy.states);
            remedy.release.iter().for_each(|d| refer(&notice.id, &[*d]));
        }
        refer(&notice.id, &notice.supersedes);
    }
    for withdrawal in product.withdrawals.iter().filter(|w| w.issued <= at) {
        refer(&withdrawal.id, &withdrawal.withdraws);
        refer(&withdrawal.id, &withdrawal.supersedes);
    }
    for (digest, who) in absent {
        let who: Vec<_> = who.into_iter().collect();
        let text = format!(
            "not retained: {} refer{} to {}, which is not in the set",
            crate::scope::list(&who),
            if who.len() == 1 { "s" } else { "" },
            digest.short()
        );
        findings.push(Finding::fail(Rule::G11, who[0].clone(), text).about(digest));
    }
    for release in lost_bases(product).filter(|r| r.issued <= at) {
        let who = &release.identity.version;
        let text = format!("not retained: a delta of {who} starts from images of no release in the set");
        findings.push(Finding::fail(Rule::G11, who.clone(), text).about(release.manifest));
    }
    for scope in scopes {
        for (i, state) in scope.graph.states.iter().enumerate().filter(|(_, s)| !s.is_declared()) {
            let undelivered = |s: &usize| scope.step(*s).release.deliveries.is_empty();
            if let Some(step) = state.into.iter().find(|s| undelivered(s)) {
                let text = format!("not retained: no package of {} is in the set", scope.label(i));
                findings.push(
                    Finding::fail(Rule::G11, scope.label(i), text).about(scope.step(*step).release.manifest),
                );
            }
        }
    }
}
