//! CycloneDX 1.x in JSON.

use super::{Sbom, Variant, broken};
use serde::Deserialize;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    spec_version: String,
    #[serde(default)]
    components: Vec<Component>,
}

#[derive(Deserialize)]
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
    components: Vec<Component>,
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
    let mut sbom = Sbom::of(format!("CycloneDX {}", document.spec_version));
    take(document.components, &mut sbom);
    Ok(sbom)
}

/// Components lie in components; the reader of JSON bounds how deep.
fn take(list: Vec<Component>, sbom: &mut Sbom) {
    for component in list {
        let name = full_name(component.group.as_deref(), &component.name);
        let mut variant = Variant::of(component.version.as_deref());
        component.hashes.iter().for_each(|h| variant.hash(&h.alg, &h.content));
        variant.patches = component.pedigree.patches.iter().map(patch).collect();
        sbom.add(component.purl.as_deref(), &name, variant);
        take(component.components, sbom);
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
