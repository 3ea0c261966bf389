//! Components of two bills of materials: CycloneDX 1.x and SPDX 2.x, in JSON.

use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// What a bill of materials lists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sbom {
    /// `CycloneDX 1.6`, `SPDX-2.3`.
    pub format: String,
    /// Versions by component: what is there twice has two.
    pub components: BTreeMap<String, BTreeSet<String>>,
}

/// A component that is not the same in two bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its package URL without a version, else its name.
    pub name: String,
    /// Its versions in the old one; none where it is new.
    pub old: BTreeSet<String>,
    /// Its versions in the new one; none where it is gone.
    pub new: BTreeSet<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Document {
    bom_format: Option<String>,
    spec_version: Option<String>,
    #[serde(default)]
    components: Vec<CycloneComponent>,
    spdx_version: Option<String>,
    #[serde(default)]
    packages: Vec<SpdxPackage>,
}

#[derive(Deserialize)]
struct CycloneComponent {
    group: Option<String>,
    name: String,
    version: Option<String>,
    purl: Option<String>,
    #[serde(default)]
    components: Vec<CycloneComponent>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SpdxPackage {
    name: String,
    version_info: Option<String>,
    #[serde(default)]
    external_refs: Vec<ExternalRef>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ExternalRef {
    reference_type: String,
    reference_locator: String,
}

impl Sbom {
    /// Reads a document; none where it is neither of the two.
    pub fn read(bytes: &[u8]) -> Option<Sbom> {
        let document: Document = serde_json::from_slice(bytes).ok()?;
        let mut components = BTreeMap::new();
        let format = match (document.bom_format.as_deref(), document.spec_version, document.spdx_version) {
            (Some("CycloneDX"), Some(version), _) if version.starts_with("1.") => {
                cyclone(&document.components, &mut components);
                format!("CycloneDX {version}")
            }
            (_, _, Some(version)) if version.starts_with("SPDX-2.") => {
                for package in document.packages {
                    let purl = package.external_refs.iter().find(|r| r.reference_type == "purl");
                    let purl = purl.map(|r| r.reference_locator.as_str());
                    let version = package.version_info.unwrap_or_default();
                    add(&mut components, purl, package.name, version);
                }
                version
            }
            _ => return None,
        };
        Some(Sbom { format, components })
    }

    /// What differs, by name.
    pub fn difference(old: &Sbom, new: &Sbom) -> Vec<Component> {
        let names: BTreeSet<_> = old.components.keys().chain(new.components.keys()).collect();
        let of = |sbom: &Sbom, name: &String| sbom.components.get(name).cloned().unwrap_or_default();
        let component =
            |name: &String| Component { name: name.clone(), old: of(old, name), new: of(new, name) };
        names.into_iter().map(component).filter(|c| c.old != c.new).collect()
    }
}

fn cyclone(list: &[CycloneComponent], out: &mut BTreeMap<String, BTreeSet<String>>) {
    for component in list {
        let name = match &component.group {
            Some(group) if !group.is_empty() => format!("{group}/{}", component.name),
            _ => component.name.clone(),
        };
        add(out, component.purl.as_deref(), name, component.version.clone().unwrap_or_default());
        cyclone(&component.components, out);
    }
}

fn add(out: &mut BTreeMap<String, BTreeSet<String>>, purl: Option<&str>, name: String, version: String) {
    let (name, in_purl) = purl.map_or((name, None), |purl| {
        // pkg:TYPE/NAME@VERSION?QUALIFIERS#SUBPATH
        let bare = purl.split(['?', '#']).next().unwrap_or(purl);
        match bare.rsplit_once('@') {
            Some((name, version)) if !version.contains('/') => (name.to_owned(), Some(version.to_owned())),
            _ => (bare.to_owned(), None),
        }
    });
    let version = if version.is_empty() { in_purl.unwrap_or_default() } else { version };
    let version = if version.is_empty() { "?".to_owned() } else { version };
    out.entry(name).or_default().insert(version);
}

#[cfg(test)]
mod tests {
    use super::*;

    const CYCLONE: &str = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","metadata":{"x":[1]},"components":[
        {"type":"library","name":"openssl","version":"3.0.11","purl":"pkg:deb/debian/openssl@3.0.11?arch=arm64"},
        {"type":"library","group":"acme","name":"streamd","version":"1.4.2","components":[
            {"type":"library","name":"inner","version":"2"}]}]}"#;

    const SPDX: &str = r#"{"spdxVersion":"SPDX-2.3","packages":[
        {"name":"openssl","SPDXID":"SPDXRef-1","versionInfo":"3.0.12","externalRefs":[
            {"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:deb/debian/openssl@3.0.12"}]},
        {"name":"acme/streamd","SPDXID":"SPDXRef-2","versionInfo":"1.4.2"},
        {"name":"fresh","SPDXID":"SPDXRef-3"}]}"#;

    #[test]
    fn both_kinds_are_read_and_compared() {
        let (old, new) = (Sbom::read(CYCLONE.as_bytes()).unwrap(), Sbom::read(SPDX.as_bytes()).unwrap());
        assert_eq!((old.format.as_str(), new.format.as_str()), ("CycloneDX 1.6", "SPDX-2.3"));
        let found = Sbom::difference(&old, &new);
        let versions = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
        let lines: Vec<_> =
            found.iter().map(|c| format!("{} {}>{}", c.name, versions(&c.old), versions(&c.new))).collect();
        assert_eq!(lines, ["fresh >?", "inner 2>", "pkg:deb/debian/openssl 3.0.11>3.0.12"]);
        assert_eq!(Sbom::difference(&old, &old), []);
    }

    #[test]
    fn what_is_neither_is_not_read() {
        for text in [
            "",
            "[]",
            "{}",
            "null",
            r#"{"bomFormat":"CycloneDX","specVersion":"2.0"}"#,
            "{\"spdxVersion\":\"SPDX-3.0\"}",
        ] {
            assert_eq!(Sbom::read(text.as_bytes()), None, "{text}");
        }
        let deep = format!(
            "{}{}",
            "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[".to_owned()
                + &"{\"name\":\"a\",\"components\":[".repeat(5000),
            ""
        );
        assert_eq!(Sbom::read(deep.as_bytes()), None, "it ends, and the stack holds");
    }
}
