//! CycloneDX 1.x in JSON.

use super::documents::Reference;
use super::{Sbom, Variant, broken};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    spec_version: String,
    serial_number: Option<String>,
    version: Option<serde_json::Value>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Component {
    group: Option<String>,
    name: String,
    version: Option<String>,
    purl: Option<String>,
    #[serde(default)]
    hashes: Vec<Hash>,
    #[serde(default)]
    pedigree: Pedigree,
    #[serde(default)]
    external_references: Vec<External>,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
struct External {
    #[serde(rename = "type")]
    kind: String,
    url: String,
}

#[derive(Deserialize)]
struct Hash {
    alg: String,
    content: String,
}

#[derive(Deserialize, Default)]
struct Pedigree {
    #[serde(default)]
    patches: Vec<Patch>,
}

#[derive(Deserialize)]
struct Patch {
    #[serde(rename = "type")]
    kind: String,
    diff: Option<serde_json::Value>,
    #[serde(default)]
    resolves: Vec<Issue>,
}

#[derive(Deserialize)]
struct Issue {
    id: Option<String>,
    name: Option<String>,
}

pub(super) fn read(text: &str) -> Result<Sbom, String> {
    let document: Document = serde_json::from_str(text).map_err(|e| broken(&e))?;
    if !document.spec_version.starts_with("1.") {
        return Err(format!("CycloneDX {} is not supported", document.spec_version));
    }
    let mut sbom = Sbom::new(format!("CycloneDX {}", document.spec_version));
    let version = document.version.map_or_else(|| "1".to_owned(), |v| v.to_string());
    sbom.address = document.serial_number.as_deref().map(|serial| address(serial, &version));
    take(document.components, &mut sbom);
    Ok(sbom)
}

/// Components lie in components; the reader of JSON bounds how deep.
fn take(list: Vec<Component>, sbom: &mut Sbom) {
    for component in list {
        let name = full_name(component.group.as_deref(), &component.name);
        let mut variant = Variant::new(component.version.as_deref());
        component.hashes.iter().for_each(|h| variant.hash(&h.alg, &h.content));
        variant.patches = component.pedigree.patches.iter().map(patch).collect();
        sbom.add(component.purl.as_deref(), &name, variant);
        component.external_references.iter().for_each(|r| refer(sbom, &r.kind, &r.url));
        take(component.components, sbom);
    }
}

/// What other bills call one with this serial number: a BOM-Link.
pub(super) fn address(serial: &str, version: &str) -> String {
    format!("urn:cdx:{}/{version}", serial.strip_prefix("urn:uuid:").unwrap_or(serial))
}

/// Another bill that describes a component, or one entry of it.
pub(super) fn refer(sbom: &mut Sbom, kind: &str, url: &str) {
    if kind == "bom" {
        let address = url.split('#').next().unwrap_or(url).to_owned();
        sbom.refer(Reference { name: address.clone(), address, digest: None, component: None });
    }
}

/// The name with its group.
pub(super) fn full_name(group: Option<&str>, name: &str) -> String {
    match group {
        Some(group) if !group.is_empty() => format!("{group}/{name}"),
        _ => name.to_owned(),
    }
}

fn patch(patch: &Patch) -> String {
    let issues = patch.resolves.iter().filter_map(|i| i.id.as_deref().or(i.name.as_deref()));
    let diff = patch.diff.as_ref().map(ToString::to_string);
    described(&patch.kind, issues, diff.as_deref())
}

/// A patch in words: its kind, what it closes, and which it is where that says nothing.
pub(super) fn described<'i>(kind: &str, issues: impl Iterator<Item = &'i str>, diff: Option<&str>) -> String {
    let issues: Vec<_> = issues.collect();
    let digest = diff.map(|diff| pkg_format::Digest::of(diff.as_bytes()).short());
    let parts = [Some(kind.to_owned()), (!issues.is_empty()).then(|| issues.join(" ")), digest];
    parts.into_iter().flatten().collect::<Vec<_>>().join(" ")
}
