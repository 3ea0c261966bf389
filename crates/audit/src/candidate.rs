//! What statements that are not signed or published yet would change in the audit of a set.

use crate::audit::audit;
use crate::finding::Finding;
use crate::load::insert;
use crate::options::AuditOptions;
use crate::set::{Delivery, Product, Set};
use pkg_format::manifest::Manifest;
use pkg_format::manifest::release::Class;
use pkg_format::{Digest, Rule};
use std::collections::BTreeSet;

/// The failures of a set with candidates in it.
#[derive(Debug, Default)]
pub struct Verdict {
    /// Failures that are not there without the candidates.
    pub brings: Vec<Finding>,
    /// Failures that are not there without the candidates, and that only a later release can end.
    pub owes: Vec<Finding>,
    /// Failures that are there without it, and stay.
    pub leaves: Vec<Finding>,
}

/// What tells failures apart: not the words, in which others may be counted.
type Key = (u64, String, Option<Digest>, Option<String>, String);

/// A failure is as many as it has vulnerabilities: a candidate that closes one of two brings nothing new.
fn keys(finding: &Finding) -> impl Iterator<Item = Key> + '_ {
    let none = finding.open.is_empty().then(String::new);
    finding.open.iter().cloned().chain(none).map(|id| {
        (
            u64::from(finding.rule.number()),
            finding.product.clone(),
            finding.digest,
            finding.hardware.clone(),
            id,
        )
    })
}

/// Audits a set with and without candidates, both as of the latest date in them. A package of the same id is left out:
/// the candidate takes its place.
pub fn check(set: &Set, candidates: &[(&Manifest, Digest)]) -> Verdict {
    let mut before = set.clone();
    candidates.iter().for_each(|(manifest, _)| take_out(&mut before, manifest));
    let mut after = before.clone();
    candidates.iter().for_each(|(manifest, digest)| put_in(&mut after, manifest, *digest));
    after.products.sort_by(|a, b| (&a.vendor, &a.name).cmp(&(&b.vendor, &b.name)));
    let with = audit(&after, &AuditOptions::default());
    let failures: Vec<Finding> = with.failures().cloned().collect();
    if failures.is_empty() {
        return Verdict::default();
    }
    let options = AuditOptions { at: Some(with.at), ..AuditOptions::default() };
    let known: BTreeSet<Key> = audit(&before, &options).failures().flat_map(keys).collect();
    let is_new = |f: &Finding| keys(f).any(|key| !known.contains(&key));
    let (new, leaves): (Vec<_>, Vec<_>) = failures.into_iter().partition(is_new);
    // A security release cannot let anybody in to features, and a fix may not wait for a release that does.
    let is_security = |m: &Manifest| m.release().is_some_and(|r| r.class() == Class::Security);
    let only_security = candidates.iter().all(|(manifest, _)| is_security(manifest));
    let (owes, brings) = new.into_iter().partition(|f| only_security && f.rule == Rule::G22);
    Verdict { brings, owes, leaves }
}

/// Takes out whatever has the id of this statement.
fn take_out(set: &mut Set, manifest: &Manifest) {
    let common = manifest.common();
    for product in &mut set.products {
        if product.vendor == common.product.vendor.as_str() && product.name == common.product.name.as_str() {
            product.releases.retain(|r| r.common.id != common.id);
            product.notices.retain(|n| n.common.id != common.id);
            product.withdrawals.retain(|w| w.common.id != common.id);
            product.acknowledgements.retain(|a| a.common.id != common.id);
        }
    }
}

/// Puts a statement into its product, which may be new.
fn put_in(set: &mut Set, manifest: &Manifest, digest: Digest) {
    let common = manifest.common();
    let (vendor, name) = (common.product.vendor.to_string(), common.product.name.to_string());
    let place = set.products.iter().position(|p| (&p.vendor, &p.name) == (&vendor, &name));
    let place = place.unwrap_or_else(|| {
        set.products.push(Product { vendor, name, ..Product::default() });
        set.products.len() - 1
    });
    if let Some(product) = set.products.get_mut(place) {
        let deliveries = manifest.release().map(|_| Delivery::Full);
        insert(product, manifest, digest, deliveries.into_iter().collect(), &[]);
    }
}
