//! OpenVEX 0.2.0: one statement for each vulnerability and standing.

use super::file_name::stem;
use super::json;
use super::product::Product;
use super::view::View;
use super::vulnerability::{Vulnerability, is_affected};
use super::{Document, Error, when};
use pkg_format::manifest::{VexJustification, VexStatus};
use serde_json::{Value, json};
use std::collections::BTreeSet;

/// Writes the document.
pub(super) fn document(view: &View<'_>) -> Result<Document, Error> {
    if view.vulnerabilities.is_empty() {
        return Err(Error::NoVulnerability);
    }
    let namespace = view.namespace()?;
    let stem = stem(&view.tracking_id());
    let version = view.editions().map_or(1, |all| all.len());
    let document = json!({
        "@context": "https://openvex.dev/ns/v0.2.0",
        "@id": format!("{namespace}/openvex/{stem}.openvex.json"),
        "author": view.common().product.vendor.as_str(),
        "role": "vendor",
        "timestamp": when::rfc3339(view.common().issued)?,
        "tooling": concat!("pkg ", env!("CARGO_PKG_VERSION")),
        "version": version,
        "statements": view.vulnerabilities.iter().flat_map(|v| statements(view, v)).collect::<Vec<_>>(),
    });
    Ok(view.document(json::sorted(document), "openvex.json"))
}

fn statements(view: &View<'_>, v: &Vulnerability<'_>) -> Vec<Value> {
    let mut all = Vec::new();
    let mut state = |status: &str, products: Vec<Product>, more: &[(&str, &str)]| {
        if products.is_empty() {
            return;
        }
        let mut vulnerability = json!({"name": v.name()});
        let aliases: Vec<_> = v.other_names().map(|id| id.as_str()).collect();
        if !aliases.is_empty() {
            vulnerability["aliases"] = aliases.into();
        }
        let mut statement = json!({
            "vulnerability": vulnerability,
            "products": self::products(view, &products),
            "status": status,
        });
        for (key, text) in more {
            statement[*key] = (*text).into();
        }
        if view.source.signers.is_none() {
            statement["status_notes"] = view.phrases.unverified.into();
        }
        all.push(statement);
    };
    state("fixed", v.products(|s| s == VexStatus::Fixed), &[]);
    // Products that the same remedies help with are told together.
    let mut affected = v.products(is_affected);
    while let Some(first) = affected.first().copied() {
        let action = action(view, v, first);
        let (same, rest) = affected.iter().partition(|p| self::action(view, v, **p) == action);
        state("affected", same, &[("action_statement", &action)]);
        affected = rest;
    }
    for word in VexJustification::ALL {
        let products = v.products(|s| s == VexStatus::NotAffected(*word));
        state("not_affected", products, &[("justification", word.as_str())]);
    }
    state("under_investigation", v.products(|s| s == VexStatus::UnderInvestigation), &[]);
    all
}

/// Package URLs; states that share a version share one.
fn products(view: &View<'_>, products: &[Product]) -> Vec<Value> {
    let purls: BTreeSet<_> = products.iter().map(|p| view.names.purl(*p)).collect();
    purls.iter().map(|purl| json!({"@id": purl, "identifiers": {"purl": purl}})).collect()
}

/// What somebody with an affected product does.
fn action(view: &View<'_>, v: &Vulnerability<'_>, product: Product) -> String {
    let helping = v.remedies.iter().filter(|r| r.products.contains(&product));
    let texts = helping.map(|r| r.text.map_or(view.phrases.no_remedy, |t| view.text(t)));
    texts.collect::<Vec<_>>().join("\n")
}
