//! The known earlier statements: they are listed in `after` (SPEC 6.3), and a component stays in its scope.

use super::derive::{Given, Past};
use super::prior::Prior;
use pkg_format::cbor::Wire;
use pkg_format::manifest::{After, Channel, Manifest, Series};
use pkg_format::{Refusal, Rule, Tree};
use std::collections::BTreeMap;

/// The newest statement of each public series of this product, as the field `after`; `None` if none is known.
pub(crate) fn after(past: &Past, given: &Given) -> Option<Tree> {
    let mut newest: BTreeMap<Series, &Prior> = BTreeMap::new();
    for prior in past.all() {
        let product = prior.product();
        if (product.vendor.as_str(), product.name.as_str()) != (&given.vendor, &given.name) {
            continue;
        }
        let Some(series) = series(prior) else { continue };
        let there = newest.entry(series).or_insert(prior);
        if prior.sequence() > there.sequence() {
            *there = prior;
        }
    }
    let entry = |(series, prior): (Series, &Prior)| {
        After { series, sequence: prior.sequence(), digest: prior.digest }.encode()
    };
    let list: Vec<_> = newest.into_iter().map(entry).collect();
    (!list.is_empty()).then_some(Tree::List(list))
}

/// The public series of a statement; `None` if it is for testers or for one customer.
fn series(prior: &Prior) -> Option<Series> {
    use pkg_format::manifest::Body;
    match prior.manifest.body() {
        Body::Notice(_) => Some(Series::Notices),
        Body::Withdrawal(_) => Some(Series::Withdrawals),
        Body::Release(r) if r.identity.channel == Channel::Stable && r.tailor_made.is_none() => {
            Some(Series::Line { scope: r.identity.scope.clone(), line: r.identity.line.clone() })
        }
        Body::Release(_) | Body::Acknowledgement(_) => None,
    }
}

/// Refuses a statement that was issued before one that its `after` names.
pub(crate) fn not_before(manifest: &Manifest, past: &Past) -> Result<(), Refusal> {
    let issued = manifest.common().issued;
    let named = |p: &&Prior| manifest.common().after.iter().any(|a| a.digest == p.digest);
    let known = past.all().filter(named);
    match known
        .map(|p| (p.manifest.common().issued, &p.manifest.common().id))
        .find(|(then, _)| issued < *then)
    {
        None => Ok(()),
        Some((then, id)) => {
            let why = format!("issued at {issued}, but {id}, which is in known, at {then}");
            Err(Refusal::new(Rule::Ver9, why).within("issued"))
        }
    }
}

/// Refuses a component that an earlier release of this product has in another scope, since no device has it in both.
pub(crate) fn one_scope_each(manifest: &Manifest, past: &Past, given: &Given) -> Result<(), Refusal> {
    let Some(new) = manifest.release() else { return Ok(()) };
    for prior in past.all() {
        let Some(old) = prior.release_of(&given.vendor, &given.name) else { continue };
        if old.identity.scope == new.identity.scope {
            continue;
        }
        let shared = new.images.iter().position(|i| old.images.iter().any(|o| o.component == i.component));
        if let Some(at) = shared {
            let component = new.images.get(at).map_or("", |i| i.component.as_str());
            let (scope, version) = (&old.identity.scope, &old.identity.version);
            let why = format!(
                "{component} is in scope {scope} since {version}, but here in {}",
                new.identity.scope
            );
            return Err(Refusal::new(Rule::Ver12, why).within("component").at_index(at).within("images"));
        }
    }
    Ok(())
}
