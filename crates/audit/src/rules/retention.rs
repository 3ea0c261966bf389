//! Everything that statements refer to is in the set (G11), and support does not end earlier than promised (G16).

use super::after;
use crate::finding::Finding;
use crate::phrase::{count, list};
use crate::scope::Scope;
use crate::set::{Delivery, Product, Release, text};
use crate::step::Step;
use crate::time::{longer, month, month_name, span};
use pkg_format::manifest::{Affected, AppliesTo, Automatic, Need, Separately};
use pkg_format::{Digest, Id, Rule, state};
use std::collections::{BTreeMap, BTreeSet};

/// How soon an update should be installed at the latest, seconds. The law says "without delay" and gives no number.
const INSTALL_WITHIN: u64 = 30 * 86_400;

/// CRA Art. 13(8): support lasts five years, unless the product is expected to be used for less.
const FIVE_YEARS: u64 = 60;

/// G16: along a line the end of support never comes nearer, its beginning never moves, and it lasts long enough.
pub(super) fn check_scope(scope: &Scope<'_>, findings: &mut Vec<Finding>) {
    let mut lines: BTreeMap<&str, Vec<&Step<'_>>> = BTreeMap::new();
    for step in &scope.graph.steps {
        lines.entry(step.release.line().as_str()).or_default().push(step);
    }
    for (line, steps) in lines {
        // They come in the order of their dates.
        let (mut first, mut last): (Option<&Step<'_>>, Option<&Step<'_>>) = (None, None);
        for &step in &steps {
            findings.extend(last.and_then(|last| ends_earlier(scope, last, step)));
            findings.extend(first.and_then(|first| begins_later(scope, first, step)));
            findings.extend(slow(scope, step));
            if last.is_none_or(|last| last.release.support_until() <= step.release.support_until()) {
                last = Some(step);
            }
            if first.is_none_or(|first| begin(step) < begin(first)) {
                first = Some(step);
            }
        }
        if let Some((first, last)) = first.zip(last) {
            findings.extend(short(scope, line, first, last, &steps));
        }
    }
}

/// The first month of support, months since the year 0.
fn begin(step: &Step<'_>) -> u64 {
    step.release.body.support.from.months()
}

fn ends_earlier(scope: &Scope<'_>, last: &Step<'_>, step: &Step<'_>) -> Option<Finding> {
    let (until, promised) = (step.release.support_until(), last.release.support_until());
    let text = format!(
        "{} ends support in {}, but {} promised {}",
        scope.label(step.to),
        month_name(until),
        scope.label(last.to),
        month_name(promised)
    );
    let finding = Finding::fail(Rule::G16, scope.label(step.to), text).about(step.release.digest);
    (until < promised).then_some(finding)
}

fn begins_later(scope: &Scope<'_>, first: &Step<'_>, step: &Step<'_>) -> Option<Finding> {
    let text = format!(
        "{} begins support in {}, but {} began it in {}; a beginning that moves hides that support is short",
        scope.label(step.to),
        month_name(begin(step)),
        scope.label(first.to),
        month_name(begin(first))
    );
    let finding = Finding::fail(Rule::G16, scope.label(step.to), text).about(step.release.digest);
    (begin(step) > begin(first)).then_some(finding)
}

/// The month of the first public release of the product, signed or declared with a date.
fn first_shown(scope: &Scope<'_>) -> Option<u64> {
    let public = scope.product.releases_by(scope.at).filter(|r| !r.is_testing());
    let signed = public.map(|r| r.common.issued);
    let declared = scope.product.declared.releases.iter().filter_map(|p| p.placed);
    signed.chain(declared).min().map(month)
}

/// A line that is supported for less than five years in all.
fn short(
    scope: &Scope<'_>,
    line: &str,
    first: &Step<'_>,
    last: &Step<'_>,
    steps: &[&Step<'_>],
) -> Option<Finding> {
    // Before the first release there was nothing to support.
    let shown = first_shown(scope).unwrap_or(0);
    let from = begin(first).max(shown);
    let months = last.release.support_until().saturating_sub(from);
    if months >= FIVE_YEARS {
        return None;
    }
    let label = scope.label(last.to);
    let mut what = format!(
        "line {line} is supported from {} to {} in {label}: {}, fewer than {FIVE_YEARS}",
        month_name(from),
        month_name(last.release.support_until()),
        count(usize::try_from(months).unwrap_or(usize::MAX), "month", "months")
    );
    if from > begin(first) {
        what.push_str(&format!(
            "; it says that support began in {}, but no release and no history shows the product before {}",
            month_name(begin(first)),
            month_name(from)
        ));
    }
    let reason = steps.iter().rev().find_map(|s| s.release.body.support.shorter_use.as_ref());
    let said = last.release.support_until().saturating_sub(begin(first));
    let finding = match reason {
        Some(reason) => Finding::exception(Rule::G16, label, what).because(text(reason), ""),
        // Time that nothing shows is listed; it may well be that the product was on the market.
        None if said >= FIVE_YEARS => Finding::exception(Rule::G16, label, what),
        None => {
            Finding::fail(Rule::G16, label, format!("{what}, and nothing says that it is used for less time"))
        }
    };
    Some(finding.about(last.release.digest))
}

/// A release that may be installed late.
fn slow(scope: &Scope<'_>, step: &Step<'_>) -> Option<Finding> {
    let within = match step.release.body.automatic.as_ref()? {
        Automatic::Applicable { install_within, .. } => Some(*install_within),
        Automatic::NotApplicable { install_within, .. } => *install_within,
    };
    let within = within.filter(|within| *within > INSTALL_WITHIN)?;
    let text = format!(
        "{} is to be installed within {}, later than {}",
        scope.label(step.to),
        longer(within, INSTALL_WITHIN),
        span(INSTALL_WITHIN)
    );
    Some(Finding::exception(Rule::G16, scope.label(step.to), text).about(step.release.digest))
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

/// What is known of statements and states that may be absent: a number in a series, or the version that a delta gives its
/// base.
fn names(product: &Product, at: u64) -> BTreeMap<Digest, String> {
    let mut names = BTreeMap::new();
    for after in after::signed(product, at).flat_map(|s| &s.common.after) {
        names.insert(after.digest, after::title(after));
    }
    let Some((vendor, name)) = Id::new(&product.vendor).ok().zip(Id::new(&product.name).ok()) else {
        return names;
    };
    for release in &product.releases {
        for bases in release.deliveries.iter().filter_map(Delivery::bases) {
            let scope = &release.body.identity.scope;
            let state = state::digest(&vendor, &name, scope, bases.iter().map(|(c, d)| (c, *d)));
            let versions: BTreeSet<_> = bases.iter().filter_map(|base| product.bases.get(base)).collect();
            if let Some(version) = versions.first().filter(|_| versions.len() == 1) {
                names.insert(state, format!("{version}, the base of a delta"));
            }
        }
    }
    names
}

/// G11: every state and manifest that a statement refers to is in the set.
pub(super) fn check_product(product: &Product, at: u64, scopes: &[Scope<'_>], findings: &mut Vec<Finding>) {
    let there: BTreeSet<Digest> = product
        .releases
        .iter()
        .flat_map(|r| [r.state, r.digest])
        .chain(product.notices.iter().map(|n| n.digest))
        .chain(product.withdrawals.iter().map(|w| w.digest))
        .chain(product.acknowledgements.iter().map(|a| a.digest))
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
    for statement in after::signed(product, at) {
        statement.common.after.iter().for_each(|a| refer(statement.name, &[a.digest]));
    }
    let names = names(product, at);
    for (digest, who) in absent {
        let who: Vec<_> = who.into_iter().collect();
        let text = format!(
            "{} refer{} to {}, which is not in the set",
            list(&who),
            if who.len() == 1 { "s" } else { "" },
            names.get(&digest).cloned().unwrap_or_else(|| digest.short().to_string())
        );
        findings.push(Finding::fail(Rule::G11, who[0].clone(), text).about(digest));
    }
    for release in lost_bases(product).filter(|r| r.common.issued <= at) {
        let who = release.version();
        let bases = release.deliveries.iter().filter_map(Delivery::bases).flatten();
        let versions: BTreeSet<_> =
            bases.filter_map(|b| product.bases.get(b)).map(ToString::to_string).collect();
        let of = match versions.is_empty() {
            true => String::new(),
            false => format!(" (it names {})", list(&versions.into_iter().collect::<Vec<_>>())),
        };
        let text = format!("a delta package of {who} starts from images that no release in the set has{of}");
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
