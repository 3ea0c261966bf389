//! A tailor-made product is made for one customer (G24).

use crate::finding::Finding;
use crate::phrase::list;
use crate::set::{Product, Release};
use pkg_format::{Digest, Label, Rule};
use std::collections::{BTreeMap, BTreeSet};

pub(super) fn check(product: &Product, at: u64, findings: &mut Vec<Finding>) {
    // By their images, whatever component and scope they are called.
    let mut images: BTreeMap<BTreeSet<Digest>, Vec<(&Label, &Release)>> = BTreeMap::new();
    let mut contracts: BTreeMap<Digest, Vec<(&Label, &Release)>> = BTreeMap::new();
    for release in product.releases_by(at) {
        if let Some(terms) = release.tailor_made() {
            let own = release.body.images.iter().map(|image| image.sha256).collect();
            images.entry(own).or_default().push((&terms.customer, release));
            contracts.entry(terms.contract_digest).or_default().push((&terms.customer, release));
        }
    }
    for made in images.into_values() {
        let Some((customers, last)) = several(&made) else { continue };
        let text = format!(
            "the same images of {} are tailor-made for several customers: {}",
            last.version(),
            list(&customers)
        );
        findings.push(Finding::fail(Rule::G24, last.version(), text).about(last.state));
    }
    for (contract, made) in contracts {
        let Some((customers, last)) = several(&made) else { continue };
        let text = format!(
            "{} uses the contract of another customer: {} share one",
            last.version(),
            list(&customers)
        );
        let finding = Finding::fail(Rule::G24, last.version(), text).about(last.digest);
        findings.push(Finding { evidence: vec![contract], ..finding });
    }
}

/// The customers and the newest release, if there is more than one customer.
fn several<'m>(made: &[(&Label, &'m Release)]) -> Option<(Vec<String>, &'m Release)> {
    let customers: BTreeSet<&Label> = made.iter().map(|(customer, _)| *customer).collect();
    let last = made.iter().map(|(_, r)| *r).max_by_key(|r| (r.common.issued, r.digest))?;
    (customers.len() > 1).then(|| (customers.into_iter().map(ToString::to_string).collect(), last))
}
