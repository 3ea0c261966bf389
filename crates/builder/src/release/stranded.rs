//! Users who are left behind: supported releases without a way to a later one, and support that ends too early.

use super::derive::{Given, Past, covers, of_scope};
use super::let_in;
use super::prior::Prior;
use crate::warning::Warning;
use pkg_format::manifest::release::Class;
use pkg_format::manifest::{Channel, Release};
use pkg_format::{Digest, Rule, Version};
use pkg_verify::Policy;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

/// A release that devices may run or go to.
struct Place<'a> {
    prior: &'a Prior,
    release: &'a Release,
}

/// The warning about devices on known supported releases, or on this one, that can go nowhere, although there is a later
/// release. `new` is the release that is built.
pub(crate) fn stranded(new: &Prior, past: &Past, given: &Given, dir: Option<&Path>) -> Option<Warning> {
    let (month, own) = (month(new)?, new.manifest.release()?);
    let withdrawn = past.withdrawn();
    let all = of_scope(past.all().chain(&past.named).chain([new]), given);
    let public = |r: &Release| r.identity.channel == Channel::Stable && r.tailor_made.is_none();
    // By digest, since a release may be named twice.
    let places: BTreeMap<Digest, Place<'_>> = all
        .filter(|(_, r)| public(r))
        .map(|(prior, release)| (prior.digest, Place { prior, release }))
        .collect();
    let offered: Vec<_> = places.values().filter(|p| !withdrawn.contains(&p.prior.state())).collect();
    // What the new release is older than is not its affair.
    let concerned = places.values().filter(|p| {
        p.release.support.until.as_str() >= month.as_str()
            && p.release.identity.feature_level <= own.identity.feature_level
    });
    let mut on_the_way = BTreeSet::new();
    let stranded: BTreeMap<(u64, u64, &Version), &Prior> = concerned
        .filter(|from| offered.iter().any(|to| is_later(to, from)))
        .filter(|from| !offered.iter().any(|to| leads(from, to)))
        .filter(|from| on_the_way.insert(from.prior.state()))
        .map(|p| {
            let of = &p.release.identity;
            ((of.feature_level, p.prior.sequence(), &of.version), p.prior)
        })
        .collect();
    let is_feature = own.class() == Class::Feature;
    (!stranded.is_empty()).then(|| Warning::Stranded {
        versions: stranded.keys().map(|(_, _, version)| (*version).clone()).collect(),
        applies_to: let_in::with(&new.manifest, stranded.values().copied(), past, dir),
        by_feature_release: is_feature.then(|| own.identity.version.clone()),
    })
}

/// The warning about support that ends before the month that a release of the line promised.
pub(crate) fn support(new: &Prior, past: &Past, given: &Given) -> Option<Warning> {
    let own = new.manifest.release()?;
    let of_line = of_scope(past.all().chain(&past.named), given)
        .filter(|(_, r)| r.identity.line == own.identity.line && r.identity.channel == own.identity.channel);
    let (_, last) = of_line.max_by_key(|(_, r)| r.support.until.as_str())?;
    let (until, promised) = (own.support.until.as_str(), last.support.until.as_str());
    (until < promised).then(|| Warning::SupportEndsEarlier {
        until: until.to_owned(),
        promised: promised.to_owned(),
        by: last.identity.version.clone(),
    })
}

/// The month in which it is issued, as the support period is written.
fn month(new: &Prior) -> Option<String> {
    let issued = i64::try_from(new.manifest.common().issued).ok()?;
    Some(jiff::Timestamp::from_second(issued).ok()?.strftime("%Y-%m").to_string())
}

/// Whether a release for the same hardware has more features, or follows on the same line.
fn is_later(to: &Place<'_>, from: &Place<'_>) -> bool {
    let (new, old) = (&to.release.identity, &from.release.identity);
    let hardware = &from.prior.product().hardware;
    to.prior.product().hardware.iter().any(|h| hardware.contains(h))
        && (new.feature_level > old.feature_level
            || (new.line == old.line && to.prior.sequence() > from.prior.sequence()))
}

/// Whether devices on one release accept another one.
fn leads(from: &Place<'_>, to: &Place<'_>) -> bool {
    let applies = covers(to.release, to.prior.sequence(), from.prior, from.release);
    if !applies || from.prior.state() == to.prior.state() {
        return false;
    }
    let Some(device) = from.prior.device(&to.prior.manifest) else { return false };
    match pkg_decide::fit(&to.prior.manifest, None, &device, &Policy::default()) {
        Ok(_) => true,
        // What its other scopes run is not known.
        Err(e) => e.rule == Rule::App5,
    }
}
