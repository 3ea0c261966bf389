//! CSAF 2.0 (OASIS): the document around tree and vulnerabilities.
//!
//! The category follows from what the manifest speaks of. With vulnerabilities it is
//! `csaf_security_advisory`, or `csaf_vex` where no product is affected or fixed. Without any (a
//! withdrawal, most feature releases) it is `csaf_informational_advisory`: the profile for what is no
//! vulnerability. CSAF's word "withdrawn" is about documents, not about products.

mod notes;
mod tree;
mod vulnerability;

use super::file_name::file_name;
use super::json;
use super::phrases::fill;
use super::product::Product;
use super::view::View;
use super::vulnerability::is_affected;
use super::{Document, Error, score, when};
use pkg_format::manifest::{Disclosure, Remedy, VexStatus};
use pkg_format::{Manifest, VulnId};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Writes the document.
pub(super) fn document(view: &View<'_>) -> Result<Document, Error> {
    let namespace = view.namespace()?;
    let id = view.tracking_id();
    let products = products(view);
    let mut document = json!({
        "document": {
            "category": category(view),
            "csaf_version": "2.0",
            "distribution": {"tlp": {"label": "WHITE"}},
            "lang": view.lang,
            "notes": notes::of_document(view),
            "publisher": publisher(view, &namespace),
            "references": references(view, &namespace, &id)?,
            "title": view.title(),
            "tracking": tracking(view, &id)?,
        },
        "product_tree": tree::tree(view, &products),
    });
    let worst = view.vulnerabilities.iter().filter_map(|v| vulnerability::severity(view, v));
    if let Some(worst) = worst.map(|s| score::of(s).word).max() {
        document["document"]["aggregate_severity"] = json!({"text": (view.phrases.word)(worst)});
    }
    let vulnerabilities: Result<Vec<_>, _> =
        view.vulnerabilities.iter().map(|v| vulnerability::vulnerability(view, v)).collect();
    if !view.vulnerabilities.is_empty() {
        document["vulnerabilities"] = vulnerabilities?.into();
    }
    let made = view.document(json::sorted(document), "json");
    Ok(Document { without_score: without_score(view), ..made })
}

fn category(view: &View<'_>) -> &'static str {
    let weighs = |s: &VexStatus| is_affected(*s) || *s == VexStatus::Fixed;
    match view.vulnerabilities.as_slice() {
        [] => "csaf_informational_advisory",
        all if all.iter().any(|v| v.standings.values().any(weighs)) => "csaf_security_advisory",
        _ => "csaf_vex",
    }
}

/// Every product that the document speaks of.
fn products(view: &View<'_>) -> Vec<Product> {
    let mut products: BTreeSet<_> =
        view.vulnerabilities.iter().flat_map(|v| v.standings.keys().copied()).collect();
    products.extend(view.withdrawn());
    // A product that nothing is said about has no place in an advisory about vulnerabilities.
    if view.vulnerabilities.is_empty() {
        products.extend(view.names.own());
    }
    products.into_iter().collect()
}

fn publisher(view: &View<'_>, namespace: &str) -> Value {
    let mut publisher = json!({
        "category": "vendor",
        "name": view.common().product.vendor.as_str(),
        "namespace": namespace,
    });
    if let Some(contact) = view.manifest().contact() {
        publisher["contact_details"] = contact.as_str().into();
    }
    publisher
}

/// The document's own address, the documents behind it, and the maker's where the profile asks for one.
fn references(view: &View<'_>, namespace: &str, id: &str) -> Result<Value, Error> {
    let folder = match view.options.published_in {
        Some(folder) => folder.as_str().trim_end_matches('/').to_owned(),
        // Where the CSAF standard (7.1) looks for the public documents of a year.
        None => format!("{namespace}/.well-known/csaf/white/{}", when::year(first_issued(view))?),
    };
    let own = format!("{folder}/{}", file_name(id));
    let mut all = vec![json!({"category": "self", "summary": view.phrases.document, "url": own})];
    for evidence in &view.common().evidence {
        if let Some(uri) = &evidence.uri {
            let summary =
                format!("{} ({}), sha256:{}", evidence.kind, evidence.media_type.as_str(), evidence.sha256);
            all.push(json!({"category": "external", "summary": summary, "url": uri.as_str()}));
        }
    }
    if category(view) == "csaf_informational_advisory" && all.len() == 1 {
        let vendor = view.common().product.vendor.as_str();
        all.push(json!({"category": "external", "summary": vendor, "url": namespace}));
    }
    Ok(all.into())
}

fn first_issued(view: &View<'_>) -> u64 {
    editions(view).first().map_or(view.common().issued, |m| m.common().issued)
}

/// The editions, where they are known; otherwise this is the first that can be told of.
fn editions<'a>(view: &View<'a>) -> Vec<&'a Manifest> {
    view.editions().unwrap_or_else(|_| vec![view.manifest()])
}

fn tracking(view: &View<'_>, id: &str) -> Result<Value, Error> {
    let phrases = view.phrases;
    let editions = editions(view);
    let mut history = Vec::new();
    for (i, edition) in editions.iter().enumerate() {
        let before = i.checked_sub(1).and_then(|i| editions.get(i));
        let summary = match before {
            None => phrases.first_edition.to_owned(),
            Some(before) => fill(phrases.replaces, &[before.common().id.as_str()]),
        };
        history.push(json!({
            "date": when::rfc3339(edition.common().issued)?,
            "number": (i + 1).to_string(),
            "summary": summary,
        }));
    }
    // What it replaces and is no edition of this document: a release, or something unknown.
    if let (Some(only), [_]) = (history.last_mut(), editions.as_slice()) {
        let replaced = view.common().supersedes.iter().map(|digest| match view.known().manifest(digest) {
            Some(manifest) => fill(phrases.replaces, &[manifest.common().id.as_str()]),
            None => fill(phrases.replaces, &[&digest.to_string()]),
        });
        let said = std::iter::once(phrases.first_edition.to_owned()).chain(replaced);
        only["summary"] = said.collect::<Vec<_>>().join(" ").into();
    }
    let status = match (&view.source.signers, is_interim(view)) {
        (None, _) => "draft",
        (Some(_), true) => "interim",
        (Some(_), false) => "final",
    };
    Ok(json!({
        "current_release_date": when::rfc3339(view.common().issued)?,
        "generator": {"engine": {"name": "pkg", "version": env!("CARGO_PKG_VERSION")}},
        "id": id,
        "initial_release_date": when::rfc3339(first_issued(view))?,
        "revision_history": history,
        "status": status,
        "version": editions.len().to_string(),
    }))
}

/// Whether the maker says that more is to come: a planned fix, an investigation, delayed details.
fn is_interim(view: &View<'_>) -> bool {
    view.vulnerabilities.iter().any(|v| {
        v.remedies.iter().any(|r| matches!(r.kind, Remedy::FixPlanned(_)))
            || v.standings.values().any(|s| *s == VexStatus::UnderInvestigation)
            || v.fixes.iter().any(|f| matches!(f.disclosure, Disclosure::Delayed { .. }))
    })
}

/// What a publisher should add: CSAF 2.0 has a test that warns where an affected product has no score.
fn without_score(view: &View<'_>) -> Vec<VulnId> {
    let missing = view.vulnerabilities.iter().filter(|v| {
        vulnerability::vector(view, v).is_none() && v.standings.values().any(|s| is_affected(*s))
    });
    missing.filter_map(|v| v.cve().or(v.ids.first().copied())).cloned().collect()
}
