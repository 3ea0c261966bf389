//! Components of bills of materials: CycloneDX 1.x in JSON and XML; SPDX 2.x in JSON and tag-value, SPDX 3.0 in JSON;
//! also several in a tar archive, and compressed with zstd.
//!
//! A bill comes from whoever made the package; nothing here takes more memory than its bytes, or recurses as deep as
//! it likes. One that cannot be read is an answer of its own: it is not the same as none.

mod archive;
mod cyclone_json;
mod cyclone_xml;
mod documents;
mod spdx2_json;
mod spdx2_tag_value;
mod spdx3;

use documents::{DocumentDigests, Reference};
use std::collections::{BTreeMap, BTreeSet};

/// What a bill of materials lists.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sbom {
    /// `CycloneDX 1.6`, `SPDX-2.3`: the forms of all of them.
    pub formats: Vec<String>,
    /// What there is of each component, by its package URL without a version, else by its name: what is there twice
    /// has two.
    pub components: BTreeMap<String, BTreeSet<Variant>>,
    /// How many were added.
    entries: usize,
    /// Where the document that is read has an address: its own.
    address: Option<String>,
    /// The documents that were read, by their addresses; in SPDX 3.0 also the elements, which have no bytes of their own.
    documents: BTreeMap<String, Option<DocumentDigests>>,
    /// The documents that these refer to.
    references: Vec<Reference>,
    has_more_references: bool,
}

/// Components of the bills of one package: more is no product, and each takes a kilobyte.
const COMPONENTS: usize = 1 << 16;

/// Objects in a bill in JSON, and entries of its lists and objects, before any is made: each takes up to ten times the
/// memory of its shortest text. A bill of 64 MiB as Yocto writes it has a third of that.
const OBJECTS: usize = 1 << 19;
const ENTRIES: usize = 1 << 22;

/// Variants of one component that are compared one by one.
const VARIANTS: usize = 64;

/// One component as it was built in.
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Variant {
    /// Its version; `?` where none is told.
    pub version: String,
    /// Digests of it, by algorithm (`sha256`), in lower case.
    pub hashes: BTreeMap<String, String>,
    /// Patches that it was built with: what they are and which vulnerabilities they close.
    pub patches: BTreeSet<String>,
}

/// A component that is not the same in two bills.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Component {
    /// Its package URL without a version, else its name.
    pub name: String,
    /// Its versions in the old one; none where it is new. Where the versions are the same, each with what differs.
    pub old: BTreeSet<String>,
    /// Its versions in the new one; none where it is gone.
    pub new: BTreeSet<String>,
}

impl Sbom {
    /// Reads a document, or an archive of documents. [`Sbom::follow`] is to be called when all have been joined.
    ///
    /// # Errors
    /// It is none of the forms that are read, or not in order; in words for a person.
    pub fn read(bytes: &[u8]) -> Result<Sbom, String> {
        if archive::is_one(bytes) { archive::read(bytes) } else { Sbom::document(bytes) }
    }

    /// Reads one document that is not packed.
    fn document(bytes: &[u8]) -> Result<Sbom, String> {
        let whole = bytes;
        // A mark of the byte order, which Windows writes before UTF-8.
        let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
        let text = std::str::from_utf8(bytes).map_err(|_| "it is not UTF-8".to_owned())?;
        let mut sbom = match text.trim_start().chars().next() {
            Some('{') => json(text),
            Some('<') => cyclone_xml::read(text),
            _ if spdx2_tag_value::is_one(text) => spdx2_tag_value::read(text),
            _ => Err(
                "its format is unknown; CycloneDX in JSON or XML and SPDX in JSON or tag-value are supported"
                    .to_owned(),
            ),
        }?;
        if sbom.entries > COMPONENTS {
            return Err(too_many());
        }
        if let Some(address) = sbom.address.take() {
            sbom.know(address, Some(DocumentDigests::new(whole)));
        }
        Ok(sbom)
    }

    /// Takes what another bill of the same package lists.
    ///
    /// # Errors
    /// They are too many together; in words for a person.
    pub fn join(&mut self, other: Sbom) -> Result<(), String> {
        self.entries = self.entries.saturating_add(other.entries);
        if self.entries > COMPONENTS {
            return Err(too_many());
        }
        // Hundreds of documents of one form are one form.
        self.formats.extend(other.formats);
        self.formats.sort();
        self.formats.dedup();
        other.documents.into_iter().for_each(|(address, digests)| self.know(address, digests));
        self.has_more_references |= other.has_more_references;
        other.references.into_iter().for_each(|r| self.refer(r));
        for (name, variants) in other.components {
            self.components.entry(name).or_default().extend(variants);
        }
        Ok(())
    }

    /// What differs, by name: versions, or at the same version a digest or the patches.
    pub fn difference(old: &Sbom, new: &Sbom) -> Vec<Component> {
        let none = BTreeSet::new();
        let names: BTreeSet<_> = old.components.keys().chain(new.components.keys()).collect();
        let of = |sbom: &'_ Sbom, name: &String| sbom.components.get(name).cloned().unwrap_or_default();
        let component = |name: &String| {
            let (old, new) = (of(old, name), of(new, name));
            let versions =
                |all: &BTreeSet<Variant>| all.iter().map(|v| v.version.clone()).collect::<BTreeSet<_>>();
            let (before, after) = (versions(&old), versions(&new));
            if before != after {
                return Some(Component { name: name.clone(), old: before, new: after });
            }
            if old.len().max(new.len()) > VARIANTS {
                let many = |all: &BTreeSet<Variant>| BTreeSet::from([format!("{} variants", all.len())]);
                return (old != new).then(|| Component {
                    name: name.clone(),
                    old: many(&old),
                    new: many(&new),
                });
            }
            let [before, after] = [(&old, &new), (&new, &old)].map(|(one, other)| {
                let more = one.iter().filter(|v| !other.iter().any(|o| is_same(v, o)));
                more.map(|v| described(v, other)).collect::<BTreeSet<_>>()
            });
            let differ = before != none || after != none;
            differ.then(|| Component { name: name.clone(), old: before, new: after })
        };
        names.into_iter().filter_map(component).collect()
    }

    /// An SBOM in this form that lists nothing yet.
    fn new(format: impl Into<String>) -> Sbom {
        Sbom { formats: vec![format.into()], ..Sbom::default() }
    }

    /// Adds a component. Its name is its package URL without a version, where it has one.
    fn add(&mut self, purl: Option<&str>, name: &str, mut variant: Variant) {
        self.entries = self.entries.saturating_add(1);
        if self.entries > COMPONENTS {
            return;
        }
        let (name, in_purl) = purl.map_or((name.to_owned(), None), |purl| {
            // pkg:TYPE/NAME@VERSION?QUALIFIERS#SUBPATH
            let bare = purl.split(['?', '#']).next().unwrap_or(purl);
            match bare.rsplit_once('@') {
                Some((name, version)) if !version.contains('/') => {
                    (name.to_owned(), Some(version.to_owned()))
                }
                _ => (bare.to_owned(), None),
            }
        });
        if variant.version.is_empty() {
            variant.version = in_purl.filter(|v| !v.is_empty()).unwrap_or_else(|| "?".to_owned());
        }
        self.components.entry(name).or_default().insert(variant);
    }
}

impl Variant {
    fn new(version: Option<&str>) -> Variant {
        Variant { version: version.unwrap_or_default().to_owned(), ..Variant::default() }
    }

    fn hash(&mut self, algorithm: &str, value: &str) {
        let algorithm = algorithm.to_ascii_lowercase().replace(['-', '_'], "");
        self.hashes.insert(algorithm, value.trim().to_ascii_lowercase());
    }
}

/// Whether two variants of one version are the same: digests are compared where both have one by the same algorithm,
/// since not every tool writes each.
fn is_same(one: &Variant, other: &Variant) -> bool {
    let differs =
        |(algorithm, value): (&String, &String)| other.hashes.get(algorithm).is_some_and(|o| o != value);
    one.version == other.version && one.patches == other.patches && !one.hashes.iter().any(differs)
}

/// A version with what of it is in none of the others.
fn described(variant: &Variant, others: &BTreeSet<Variant>) -> String {
    let others: Vec<_> = others.iter().filter(|o| o.version == variant.version).collect();
    let mut parts = Vec::new();
    let hash = variant.hashes.iter().find(|(algorithm, value)| {
        let theirs: Vec<_> = others.iter().filter_map(|o| o.hashes.get(*algorithm)).collect();
        !theirs.is_empty() && !theirs.contains(value)
    });
    // The end of a digest tells as much as its beginning, and made-up ones begin with zeros.
    parts.extend(hash.map(|(algorithm, value)| {
        let end = value.char_indices().rev().nth(11).map_or(0, |(at, _)| at);
        format!("{algorithm} …{}", value.get(end..).unwrap_or_default())
    }));
    if !others.iter().any(|o| o.patches == variant.patches) {
        let patches: Vec<_> = variant.patches.iter().map(String::as_str).collect();
        parts.push(if patches.is_empty() {
            "no patches".to_owned()
        } else {
            format!("patches: {}", patches.join(", "))
        });
    }
    format!("{} ({})", variant.version, parts.join("; "))
}

fn too_many() -> String {
    format!("more than {COMPONENTS} components")
}

fn json(text: &str) -> Result<Sbom, String> {
    let count = |of: &[u8]| text.bytes().filter(|b| of.contains(b)).count();
    if count(b"{") > OBJECTS || count(b",[") > ENTRIES {
        return Err(format!("more than {OBJECTS} objects or {ENTRIES} entries"));
    }
    #[derive(serde::Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Head {
        bom_format: Option<String>,
        spdx_version: Option<String>,
        #[serde(rename = "@graph")]
        graph: Option<serde::de::IgnoredAny>,
    }
    let head: Head = serde_json::from_str(text).map_err(|e| broken(&e))?;
    match head {
        Head { bom_format: Some(format), .. } if format == "CycloneDX" => cyclone_json::read(text),
        Head { spdx_version: Some(_), .. } => spdx2_json::read(text),
        Head { graph: Some(_), .. } => spdx3::read(text),
        _ => Err("it is JSON, but neither CycloneDX nor SPDX".to_owned()),
    }
}

/// JSON that is not what the form says.
fn broken(error: &serde_json::Error) -> String {
    format!("line {}, column {}: {error}", error.line(), error.column())
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
        assert_eq!(
            (&old.formats[..], &new.formats[..]),
            (&["CycloneDX 1.6".to_owned()][..], &["SPDX-2.3".to_owned()][..])
        );
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
            assert!(Sbom::read(text.as_bytes()).is_err(), "{text}");
        }
        let deep = format!(
            "{}{}",
            "{\"bomFormat\":\"CycloneDX\",\"specVersion\":\"1.6\",\"components\":[".to_owned()
                + &"{\"name\":\"a\",\"components\":[".repeat(5000),
            ""
        );
        assert!(Sbom::read(deep.as_bytes()).is_err(), "it ends, and the stack holds");
        let deep = format!(
            "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'>{}",
            "<components><component>".repeat(5000)
        );
        assert!(Sbom::read(deep.as_bytes()).is_err(), "here too");
    }

    /// The components of one bill: name, version, digests and patches.
    fn listed(text: &str) -> Vec<String> {
        let mut sbom = Sbom::read(text.as_bytes()).unwrap_or_else(|e| panic!("{e}: {text}"));
        sbom.follow();
        let all = sbom.components.iter().flat_map(|(name, all)| all.iter().map(move |v| (name, v)));
        all.map(|(name, v)| {
            let hashes: Vec<_> = v.hashes.iter().map(|(a, h)| format!("{a}={h}")).collect();
            let patches: Vec<_> = v.patches.iter().cloned().collect();
            format!("{name} {} [{}] [{}]", v.version, hashes.join(" "), patches.join(", "))
        })
        .collect()
    }

    #[test]
    fn cyclonedx_is_the_same_in_xml() {
        let json = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"type":"library","group":"acme",
            "name":"a<b","version":"1","hashes":[{"alg":"SHA-256","content":"00FF"}],"pedigree":{"patches":[
            {"type":"backport","resolves":[{"type":"security","id":"CVE-2026-1"}]}]},
            "components":[{"name":"inner","version":"2"}]}]}"#;
        let xml = r#"<?xml version="1.0"?><!-- x --><b:bom xmlns:b="http://cyclonedx.org/schema/bom/1.6" version="1">
            <b:metadata><b:tools><b:components><b:component><b:name>tool</b:name></b:component></b:components></b:tools></b:metadata>
            <b:components><b:component type="library"><b:group>acme</b:group><b:name>a&lt;<![CDATA[b]]></b:name>
            <b:version>1</b:version><b:hashes><b:hash alg="SHA-256">00FF</b:hash></b:hashes>
            <b:pedigree><b:ancestors><b:component><b:name>upstream</b:name></b:component></b:ancestors>
            <b:patches><b:patch type="backport"><b:resolves><b:issue type="security"><b:id>CVE-2026-1</b:id></b:issue></b:resolves></b:patch></b:patches></b:pedigree>
            <b:components><b:component><b:name>inner</b:name><b:version>2</b:version></b:component></b:components>
            </b:component></b:components></b:bom>"#;
        assert_eq!(listed(json), ["acme/a<b 1 [sha256=00ff] [backport CVE-2026-1]", "inner 2 [] []"]);
        assert_eq!(listed(xml), listed(json));
        assert_eq!(listed(&format!("\u{feff}{xml}")), listed(json));
        let bomb =
            r#"<!DOCTYPE b [<!ENTITY a "aaaa">]><bom xmlns="http://cyclonedx.org/schema/bom/1.6">&a;</bom>"#;
        for bad in [
            bomb,
            "<bom/>",
            "<rdf:RDF/>",
            "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'>",
            "<bom xmlns='http://cyclonedx.org/schema/bom/1.6'>&a;</bom>",
        ] {
            assert!(Sbom::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn spdx_is_the_same_as_tags_and_values() {
        let json = r#"{"spdxVersion":"SPDX-2.3","packages":[{"name":"openssl","SPDXID":"SPDXRef-1","versionInfo":"3.0",
            "sourceInfo":"CVEs fixed: CVE-2026-1","checksums":[{"algorithm":"SHA1","checksumValue":"AB"}],
            "externalRefs":[{"referenceCategory":"PACKAGE-MANAGER","referenceType":"purl","referenceLocator":"pkg:deb/debian/openssl@3.0"}]}],
            "externalDocumentRefs":[{"externalDocumentId":"DocumentRef-zlib","spdxDocument":"http://x/zlib-1.3",
                "checksum":{"algorithm":"SHA1","checksumValue":"01"}},
              {"externalDocumentId":"DocumentRef-bash","spdxDocument":"http://x/bash-3f2504e0-4f89-11d3-9a0c-0305e82c3301"}]}"#;
        let tags = "# made by hand\nSPDXVersion: SPDX-2.3\nExternalDocumentRef: DocumentRef-zlib http://x/zlib-1.3 SHA1: 01\n\
            ExternalDocumentRef: DocumentRef-bash http://x/bash-3f2504e0-4f89-11d3-9a0c-0305e82c3301 SHA1: 02\n\
            PackageName: openssl\nPackageVersion: 3.0\nPackageSourceInfo: <text>CVEs fixed:\nCVE-2026-1</text>\n\
            PackageComment: <text>\nPackageName: no\n</text>\nPackageChecksum: SHA1: AB\n\
            ExternalRef: PACKAGE-MANAGER purl pkg:deb/debian/openssl@3.0\nFileName: ./x\nPackageChecksum: SHA1: FF\n";
        let all = [
            "bash ? [] []",
            "pkg:deb/debian/openssl 3.0 [sha1=ab] [CVE-2026-1]",
            "zlib 1.3 [document sha1=01] []",
        ];
        assert_eq!(listed(json), all);
        let tags: Vec<_> = listed(tags).into_iter().map(|l| l.replace("[document sha1=02]", "[]")).collect();
        assert_eq!(tags, all);
        for bad in
            ["SPDXVersion: SPDX-3.0\n", "SPDXVersion: SPDX-2.3\nPackageComment: <text>\n", "PackageName: x\n"]
        {
            assert!(Sbom::read(bad.as_bytes()).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_graph_of_spdx_3_is_read() {
        let text = r#"{"@context":"https://spdx.org/rdf/3.0.1/spdx-context.jsonld","@graph":[
            {"type":"CreationInfo","@id":"_:c","specVersion":"3.0.1"},
            {"type":"software_Package","spdxId":"p","name":"openssl","software_packageVersion":"3.2.4",
             "verifiedUsing":[{"type":"Hash","algorithm":"sha256","hashValue":"AA"}]},
            {"type":"security_Vulnerability","spdxId":"v","externalIdentifier":[
             {"type":"ExternalIdentifier","externalIdentifierType":"cve","identifier":"CVE-2026-1"}]},
            {"type":"security_VexFixedVulnAssessmentRelationship","spdxId":"r","from":"v","to":["p"]}]}"#;
        assert_eq!(listed(text), ["openssl 3.2.4 [sha256=aa] [CVE-2026-1]"]);
        assert!(Sbom::read(br#"{"@graph":[]}"#).is_err());
    }

    /// What is short and many is not held.
    #[test]
    fn a_bill_is_bounded_by_what_it_lists() {
        let tags: String = (0..=COMPONENTS).map(|n| format!("PackageName: {n}\n")).collect();
        let text = format!("SPDXVersion: SPDX-2.3\n{tags}");
        assert_eq!(Sbom::read(text.as_bytes()), Err(too_many()));
        let text = format!(r#"{{"@graph":[{}{{}}]}}"#, "{},".repeat(OBJECTS));
        assert!(Sbom::read(text.as_bytes()).is_err_and(|e| e.starts_with("more than")));
        let one = Sbom::read(format!("SPDXVersion: SPDX-2.3\n{}", &tags[..tags.len() / 2 + 100]).as_bytes());
        let (mut one, other) = (one.clone().expect("half"), one.expect("half"));
        assert_eq!(one.join(other), Err(too_many()));
    }

    /// At the same version a digest or a patch tells; a digest that only one tool writes does not.
    #[test]
    fn the_same_version_is_not_always_the_same() {
        let variant = |hash: Option<(&str, &str)>, patches: &[&str]| {
            let mut variant = Variant::new(Some("3.0"));
            hash.into_iter().for_each(|(a, h)| variant.hash(a, h));
            variant.patches = patches.iter().map(|p| (*p).to_owned()).collect();
            let mut sbom = Sbom::new("x");
            sbom.add(None, "openssl", variant);
            sbom
        };
        let found = |old: &Sbom, new: &Sbom| {
            let all = Sbom::difference(old, new);
            let text = |set: &BTreeSet<String>| set.iter().cloned().collect::<Vec<_>>().join(" ");
            all.iter().map(|c| format!("{} > {}", text(&c.old), text(&c.new))).collect::<Vec<_>>().join("")
        };
        let (a, b) = (Some(("SHA-256", "aa")), Some(("sha256", "bb")));
        assert_eq!(found(&variant(a, &[]), &variant(b, &[])), "3.0 (sha256 …aa) > 3.0 (sha256 …bb)");
        assert_eq!(
            found(&variant(a, &[]), &variant(a, &["backport CVE-1"])),
            "3.0 (no patches) > 3.0 (patches: backport CVE-1)"
        );
        assert_eq!(found(&variant(a, &[]), &variant(None, &[])), "");
        assert_eq!(found(&variant(a, &[]), &variant(Some(("md5", "bb")), &[])), "");
    }
}
