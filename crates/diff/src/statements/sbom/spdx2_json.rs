//! SPDX 2.x in JSON, also as Yocto writes it: an image document that names its packages by references to others.

use super::documents::Reference;
use super::{Sbom, Variant, broken};
use serde::Deserialize;
use std::collections::BTreeMap;

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    spdx_version: String,
    document_namespace: Option<String>,
    #[serde(default)]
    packages: Vec<Package>,
    #[serde(default)]
    external_document_refs: Vec<DocumentRef>,
    #[serde(default)]
    relationships: Vec<Relationship>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Package {
    #[serde(rename = "SPDXID", default)]
    id: String,
    name: String,
    version_info: Option<String>,
    source_info: Option<String>,
    #[serde(default)]
    external_refs: Vec<ExternalRef>,
    #[serde(default)]
    checksums: Vec<Checksum>,
    package_verification_code: Option<VerificationCode>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_type: String,
    reference_locator: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Checksum {
    algorithm: String,
    checksum_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct VerificationCode {
    package_verification_code_value: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct DocumentRef {
    external_document_id: String,
    spdx_document: String,
    checksum: Option<Checksum>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Relationship {
    spdx_element_id: String,
    relationship_type: String,
    related_spdx_element: String,
}

pub(super) fn read(text: &str) -> Result<Sbom, String> {
    let document: Document = serde_json::from_str(text).map_err(|e| broken(&e))?;
    if !document.spdx_version.starts_with("SPDX-2.") {
        return Err(format!("{} is not known in this form", document.spdx_version));
    }
    let mut sbom = Sbom::new(document.spdx_version);
    sbom.address = document.document_namespace;
    let mut patches: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for r in document.relationships.iter().filter(|r| r.relationship_type == "PATCH_FOR") {
        patches.entry(&r.related_spdx_element).or_default().push(&r.spdx_element_id);
    }
    for package in &document.packages {
        let purl = package.external_refs.iter().find(|r| r.reference_type == "purl");
        let mut variant = Variant::new(package.version_info.as_deref());
        package.checksums.iter().for_each(|c| variant.hash(&c.algorithm, &c.checksum_value));
        if let Some(code) = &package.package_verification_code {
            variant.hash("verification code", &code.package_verification_code_value);
        }
        let by = patches.get(package.id.as_str()).into_iter().flatten().map(|p| (*p).to_owned());
        variant.patches = by.chain(package.source_info.as_deref().into_iter().flat_map(closed)).collect();
        sbom.add(purl.map(|r| r.reference_locator.as_str()), &package.name, variant);
    }
    for other in &document.external_document_refs {
        let checksum = other.checksum.as_ref().map(|c| (c.algorithm.as_str(), c.checksum_value.as_str()));
        refer(&mut sbom, &other.external_document_id, &other.spdx_document, checksum);
    }
    Ok(sbom)
}

/// A component that has a document of its own. If that is not in the package, the component's name is in the reference,
/// its version in the document's address where that has one, and the digest changes with whatever the document says.
pub(super) fn refer(sbom: &mut Sbom, id: &str, address: &str, checksum: Option<(&str, &str)>) {
    let name = id.strip_prefix("DocumentRef-").unwrap_or(id);
    let last = address.rsplit('/').next().unwrap_or(address);
    let version = last.strip_prefix(name).and_then(|rest| rest.strip_prefix('-'));
    let version = version.filter(|v| v.starts_with(|c: char| c.is_ascii_digit()) && !is_uuid(v));
    sbom.refer(Reference {
        name: name.to_owned(),
        address: address.to_owned(),
        digest: checksum.map(|(algorithm, value)| (algorithm.to_owned(), value.to_owned())),
        component: Some(Variant::new(version)),
    });
}

/// Yocto ends the addresses of documents with one.
fn is_uuid(text: &str) -> bool {
    let lengths =
        text.split('-').map(|part| part.bytes().all(|b| b.is_ascii_hexdigit()).then_some(part.len()));
    lengths.eq([8, 4, 4, 4, 12].map(Some))
}

/// The vulnerabilities that a text names: Yocto writes `CVEs fixed: …`.
pub(super) fn closed(text: &str) -> impl Iterator<Item = String> {
    let words = text.split(|c: char| !c.is_ascii_alphanumeric() && c != '-');
    words.filter(|word| word.starts_with("CVE-")).map(str::to_owned)
}
