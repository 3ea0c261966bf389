//! Verified statements, sorted by product.

use crate::set::{Delivery, Product, Release, Statement};
use pkg_format::Digest;
use pkg_format::delivery::DeliveryKind;
use pkg_format::manifest::{Body, Manifest};
use pkg_verify::{Signer, Statements};
use std::borrow::Borrow;
use std::collections::{BTreeMap, HashMap};

/// The products that these statements are about, sorted by vendor and name. Packages with the same manifest are one
/// release.
pub fn products(packages: impl IntoIterator<Item: Borrow<Statements>>) -> Vec<Product> {
    let mut products: BTreeMap<(String, String), Product> = BTreeMap::new();
    // Where each manifest is among the releases of its product; notices and withdrawals need no place.
    let mut seen: HashMap<Digest, Option<usize>> = HashMap::new();
    for package in packages {
        let package = package.borrow();
        let (manifest, digest) = (package.manifest(), package.manifest_digest());
        let common = manifest.common();
        let key = (common.product.vendor.to_string(), common.product.name.to_string());
        let product = products.entry(key).or_insert_with_key(|(vendor, name)| Product {
            vendor: vendor.clone(),
            name: name.clone(),
            ..Product::default()
        });
        for payload in package.delivery().into_iter().flat_map(|d| &d.payloads) {
            if let Some(base) = &payload.base {
                product.bases.insert((payload.component.clone(), base.sha256), base.version.clone());
            }
        }
        if let Some(place) = seen.get(&digest) {
            if let Some(release) = place.and_then(|p| product.releases.get_mut(p)) {
                also_packaged(release, delivery(package), package.signers());
            }
            continue;
        }
        let place =
            insert(product, manifest, digest, delivery(package).into_iter().collect(), package.signers());
        seen.insert(digest, place);
    }
    products.into_values().collect()
}

/// Adds a statement to its product. Returns the place of a release among all.
pub(crate) fn insert(
    product: &mut Product,
    manifest: &Manifest,
    digest: Digest,
    deliveries: Vec<Delivery>,
    signers: &[Signer],
) -> Option<usize> {
    let (common, signers) = (manifest.common().clone(), signers.to_vec());
    match manifest.body() {
        Body::Release(body) => {
            product.releases.push(Release {
                digest,
                state: body.state(&common.product),
                common,
                body: (**body).clone(),
                signers,
                deliveries,
            });
            return Some(product.releases.len() - 1);
        }
        Body::Notice(body) => {
            product.notices.push(Statement { digest, common, body: (**body).clone(), signers });
        }
        Body::Acknowledgement(body) => {
            product.acknowledgements.push(Statement { digest, common, body: (**body).clone(), signers });
        }
        Body::Withdrawal(body) => {
            product.withdrawals.push(Statement { digest, common, body: (**body).clone(), signers });
        }
    }
    None
}

/// Adds what another package of a release brings: a delivery, and perhaps other signers of the manifest.
fn also_packaged(release: &mut Release, delivery: Option<Delivery>, signers: &[Signer]) {
    let new = signers.iter().filter(|s| !release.signers.contains(s)).cloned().collect::<Vec<_>>();
    release.signers.extend(new);
    release.deliveries.extend(delivery.filter(|d| !release.deliveries.contains(d)));
}

fn delivery(package: &Statements) -> Option<Delivery> {
    let delivery = package.delivery()?;
    let bases = delivery.payloads.iter().filter_map(|p| Some((p.component.clone(), p.base.as_ref()?.sha256)));
    Some(match delivery.kind {
        DeliveryKind::Full => Delivery::Full,
        DeliveryKind::Delta => Delivery::Delta(bases.collect()),
    })
}
