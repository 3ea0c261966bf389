//! SPDX 3.0 in JSON-LD, as Yocto writes it: a flat list of elements that name each other by their ids.

use super::documents::Reference;
use super::{Sbom, Variant, broken};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Document {
    #[serde(rename = "@graph")]
    graph: Vec<Element>,
}

/// An element of any kind, with the fields that matter of those that do.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Element {
    #[serde(rename = "type", alias = "@type")]
    kind: String,
    #[serde(alias = "@id")]
    spdx_id: Option<String>,
    name: Option<String>,
    spec_version: Option<String>,
    #[serde(rename = "software_packageVersion")]
    version: Option<String>,
    #[serde(rename = "software_packageUrl")]
    purl: Option<String>,
    #[serde(default)]
    external_identifier: Vec<Identifier>,
    #[serde(default)]
    verified_using: Vec<Method>,
    from: Option<String>,
    #[serde(default)]
    to: Vec<String>,
    #[serde(default)]
    import: Vec<ExternalMap>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Identifier {
    external_identifier_type: Option<String>,
    identifier: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Method {
    algorithm: Option<String>,
    hash_value: Option<String>,
}

/// An element that is in another document.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExternalMap {
    external_spdx_id: Option<String>,
}

impl Element {
    fn is(&self, kind: &str) -> bool {
        // `software_Package` in the compact form, `software:Package` or an address in others.
        self.kind.rsplit(['_', ':', '/', '#']).next() == Some(kind)
    }

    fn identifier(&self, kind: &str) -> Option<&str> {
        let is = |i: &&Identifier| i.external_identifier_type.as_deref() == Some(kind);
        self.external_identifier.iter().find(is)?.identifier.as_deref()
    }
}

pub(super) fn read(text: &str) -> Result<Sbom, String> {
    let document: Document = serde_json::from_str(text).map_err(|e| broken(&e))?;
    let version = document.graph.iter().find_map(|e| e.spec_version.as_deref());
    let version = version.filter(|v| v.starts_with("3.")).ok_or("it is a JSON-LD graph, but not SPDX 3")?;
    let mut sbom = Sbom::new(format!("SPDX-{version}"));
    let fixed = fixed(&document.graph);
    for package in document.graph.iter().filter(|e| e.is("Package")) {
        let name = package.name.as_deref().or(package.spdx_id.as_deref()).unwrap_or_default();
        let purl = package.purl.as_deref().or_else(|| package.identifier("packageUrl"));
        let mut variant = Variant::new(package.version.as_deref());
        for method in &package.verified_using {
            if let (Some(algorithm), Some(value)) = (&method.algorithm, &method.hash_value) {
                variant.hash(algorithm, value);
            }
        }
        let closed = package.spdx_id.as_deref().and_then(|id| fixed.get(id)).into_iter().flatten();
        variant.patches = closed.map(|id| (*id).to_owned()).collect();
        sbom.add(purl, name, variant);
    }
    for element in document.graph {
        for id in element.import.into_iter().filter_map(|map| map.external_spdx_id) {
            sbom.refer(Reference { name: id.clone(), address: id, digest: None, component: None });
        }
        if let Some(id) = element.spdx_id {
            sbom.know(id, None);
        }
    }
    Ok(sbom)
}

/// The vulnerabilities that are fixed in each package, as the document says.
fn fixed(graph: &[Element]) -> BTreeMap<&str, Vec<&str>> {
    let names = graph.iter().filter(|e| e.is("Vulnerability")).filter_map(|e| {
        let name = e.identifier("cve").or(e.name.as_deref());
        Some((e.spdx_id.as_deref()?, name?))
    });
    let names: BTreeMap<_, _> = names.collect();
    let mut fixed: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for relation in graph.iter().filter(|e| e.is("VexFixedVulnAssessmentRelationship")) {
        let Some(from) = relation.from.as_deref() else { continue };
        let name = names.get(from).copied().unwrap_or(from);
        relation.to.iter().for_each(|to| fixed.entry(to).or_default().push(name));
    }
    fixed
}
