//! Documents that refer to others: which of those are in the package too, and which are not.
//!
//! SPDX 2.x names documents by namespace and digest (Yocto has one for each package), SPDX 3.0 imports elements, and
//! CycloneDX links to other bills. A document that is in the package counts with what it lists. Any other is named.

use super::{Sbom, Variant};
use pkg_format::Digest;
use sha1::{Digest as _, Sha1};
use std::collections::BTreeSet;

/// References of the bills of one package, and documents or elements that they may mean: Yocto's largest images have a
/// tenth of that.
const REFERENCES: usize = 1 << 18;

/// Names that a message lists.
const NAMED: usize = 5;

/// A document, or in SPDX 3.0 an element, that another one refers to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Reference {
    /// What a person calls it.
    pub(super) name: String,
    /// Its namespace, its serial number, or the id of the element.
    pub(super) address: String,
    /// The digest that its bytes should have: algorithm and value.
    pub(super) digest: Option<(String, String)>,
    /// What is known of the component that it describes, if the reference is all that there is.
    pub(super) component: Option<Variant>,
}

/// The digests of the bytes of a document, in lower-case hex.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct DocumentDigests {
    sha1: String,
    sha256: String,
}

impl DocumentDigests {
    pub(super) fn new(bytes: &[u8]) -> DocumentDigests {
        let sha1 = Sha1::digest(bytes).iter().map(|b| format!("{b:02x}")).collect();
        DocumentDigests { sha1, sha256: Digest::of(bytes).to_string() }
    }

    /// Whether the bytes have this digest; `None` if its algorithm is not computed here.
    fn is(&self, algorithm: &str, value: &str) -> Option<bool> {
        let own = match algorithm.to_ascii_lowercase().replace(['-', '_'], "").as_str() {
            "sha1" => &self.sha1,
            "sha256" => &self.sha256,
            _ => return None,
        };
        Some(own.eq_ignore_ascii_case(value))
    }
}

impl Sbom {
    /// Notes a reference to another document.
    pub(super) fn refer(&mut self, reference: Reference) {
        if self.references.len() < REFERENCES {
            self.references.push(reference);
        } else {
            self.has_more_references = true;
        }
    }

    /// Notes a document that was read, or an element that others may import.
    pub(super) fn know(&mut self, address: String, digests: Option<DocumentDigests>) {
        if self.documents.len() < REFERENCES {
            self.documents.insert(address, digests);
        } else {
            self.has_more_references = true;
        }
    }

    /// Follows the references between the documents that were read. Call it once, when all have been joined. Of a
    /// document that is missing, its name and the digest in the reference stand for the component.
    ///
    /// Returns what could not be checked, in words for a person.
    pub fn follow(&mut self) -> Vec<String> {
        let (mut missing, mut other, mut unchecked) = (BTreeSet::new(), BTreeSet::new(), BTreeSet::new());
        for reference in std::mem::take(&mut self.references) {
            let Reference { name, address, digest, component } = reference;
            let Some(document) = self.documents.get(&address) else {
                if let Some(mut variant) = component {
                    if let Some((algorithm, value)) = &digest {
                        variant.hash(&format!("document {algorithm}"), value);
                    }
                    self.add(None, &name, variant);
                }
                missing.insert(name);
                continue;
            };
            match digest.and_then(|(algorithm, value)| {
                let is = document.as_ref().map(|d| d.is(&algorithm, &value));
                is.map(|is| (algorithm, is))
            }) {
                Some((_, Some(false))) => {
                    other.insert(name);
                }
                Some((algorithm, None)) => {
                    unchecked.insert(format!("{name} ({algorithm})"));
                }
                _ => {}
            }
        }
        let mut notes = Vec::new();
        let mut note = |names: &BTreeSet<String>, what: &str| {
            if !names.is_empty() {
                notes.push(format!("{what}: {}", listed(names)));
            }
        };
        note(&other, "documents with other bytes than the reference to them says");
        note(&unchecked, "documents whose digest was not checked");
        note(&missing, "documents that are referred to and not in the package");
        if std::mem::take(&mut self.has_more_references) {
            notes.push(format!("more than {REFERENCES} references to documents; the rest was not followed"));
        }
        if self.entries > super::COMPONENTS {
            notes.push(format!(
                "{} with those that documents are named for; not all were compared",
                super::too_many()
            ));
        }
        notes
    }
}

/// How many there are, and the first of them.
fn listed(names: &BTreeSet<String>) -> String {
    let first: Vec<_> = names.iter().take(NAMED).map(String::as_str).collect();
    let more = names.len().saturating_sub(first.len());
    let tail = if more > 0 { format!(" and {more} more") } else { String::new() };
    format!("{}{tail}", first.join(", "))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(texts: &[&str]) -> (Sbom, Vec<String>) {
        let mut sbom = Sbom::default();
        for text in texts {
            sbom.join(Sbom::read(text.as_bytes()).expect(text)).expect("few");
        }
        let notes = sbom.follow();
        (sbom, notes)
    }

    fn names(sbom: &Sbom) -> Vec<String> {
        let all = sbom.components.iter().flat_map(|(name, all)| all.iter().map(move |v| (name, v)));
        all.map(|(name, v)| format!("{name} {}", v.version)).collect()
    }

    const ZLIB: &str = r#"{"spdxVersion":"SPDX-2.2","documentNamespace":"http://x/zlib-1",
        "packages":[{"name":"zlib","SPDXID":"SPDXRef-1","versionInfo":"1.3.1"}]}"#;

    fn image(algorithm: &str, digest: &str) -> String {
        format!(
            r#"{{"spdxVersion":"SPDX-2.2","documentNamespace":"http://x/image","packages":[{{"name":"image"}}],
            "externalDocumentRefs":[{{"externalDocumentId":"DocumentRef-zlib","spdxDocument":"http://x/zlib-1",
            "checksum":{{"algorithm":"{algorithm}","checksumValue":"{digest}"}}}}]}}"#
        )
    }

    #[test]
    fn a_document_that_is_there_is_followed_in_either_order() {
        let digests = DocumentDigests::new(ZLIB.as_bytes());
        for image in [image("SHA1", &digests.sha1), image("SHA-256", &digests.sha256.to_uppercase())] {
            for order in [[&image, ZLIB], [ZLIB, &image]] {
                let (sbom, notes) = read(&order);
                assert_eq!(names(&sbom), ["image ?", "zlib 1.3.1"]);
                assert!(notes.is_empty(), "{notes:?}");
            }
        }
    }

    #[test]
    fn what_could_not_be_checked_is_named() {
        let (sbom, notes) = read(&[&image("SHA1", "00")]);
        assert_eq!(names(&sbom), ["image ?", "zlib 1"]);
        assert_eq!(notes, ["documents that are referred to and not in the package: zlib"]);
        let (sbom, notes) = read(&[&image("SHA1", "00"), ZLIB]);
        assert_eq!(names(&sbom), ["image ?", "zlib 1.3.1"]);
        assert_eq!(notes, ["documents with other bytes than the reference to them says: zlib"]);
        let (_, notes) = read(&[&image("MD5", "00"), ZLIB]);
        assert_eq!(notes, ["documents whose digest was not checked: zlib (MD5)"]);
    }

    #[test]
    fn sha1_is_the_known_one() {
        assert_eq!(DocumentDigests::new(b"abc").sha1, "a9993e364706816aba3e25717850c26c9cd0d89d");
    }

    #[test]
    fn tags_and_values_have_a_namespace_too() {
        let tags = "SPDXVersion: SPDX-2.2\nDocumentNamespace: http://x/zlib-1\nPackageName: zlib\n";
        let digest = DocumentDigests::new(tags.as_bytes()).sha1;
        let (sbom, notes) = read(&[&image("SHA1", &digest), tags]);
        assert_eq!((names(&sbom).join(", "), notes.len()), ("image ?, zlib ?".to_owned(), 0));
    }

    #[test]
    fn bills_of_cyclonedx_link_to_others() {
        let inner = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","serialNumber":"urn:uuid:1","version":2,
            "components":[{"name":"zlib","version":"1"}]}"#;
        let json = r#"{"bomFormat":"CycloneDX","specVersion":"1.6","components":[{"name":"os","version":"1",
            "externalReferences":[{"type":"bom","url":"urn:cdx:1/2"},{"type":"website","url":"http://x"}]}]}"#;
        let xml = "<bom xmlns='http://cyclonedx.org/schema/bom/1.6' serialNumber='urn:uuid:9' version='1'><components>\
            <component><name>os</name><version>1</version><externalReferences><reference type='bom'>\
            <url>urn:cdx:1/2</url></reference><reference type='vcs'><url>http://x</url></reference>\
            </externalReferences></component></components></bom>";
        for outer in [json, xml] {
            assert_eq!(read(&[outer, inner]).1, Vec::<String>::new(), "{outer}");
            let (sbom, notes) = read(&[outer]);
            assert_eq!(names(&sbom), ["os 1"]);
            assert_eq!(notes, ["documents that are referred to and not in the package: urn:cdx:1/2"]);
        }
        let linked = json.replace("urn:cdx:1/2", "urn:cdx:9/1#zlib");
        assert!(read(&[&linked, xml.replace("urn:cdx:1/2", "urn:cdx:9/1").as_str()]).1.is_empty());
    }

    #[test]
    fn elements_that_spdx_3_imports_are_looked_for() {
        let image = r#"{"@graph":[{"type":"CreationInfo","specVersion":"3.0.1"},
            {"type":"SpdxDocument","spdxId":"http://x/image","import":[{"type":"ExternalMap","externalSpdxId":"http://x/zlib"}]},
            {"type":"software_Package","spdxId":"http://x/os","name":"os"}]}"#;
        let zlib = r#"{"@graph":[{"type":"CreationInfo","specVersion":"3.0.1"},
            {"type":"software_Package","spdxId":"http://x/zlib","name":"zlib"}]}"#;
        assert_eq!(
            read(&[image]).1,
            ["documents that are referred to and not in the package: http://x/zlib"]
        );
        assert!(read(&[image, zlib]).1.is_empty());
    }

    #[test]
    fn references_are_bounded_and_long_lists_are_short() {
        let mut sbom = Sbom::default();
        for n in 0..=REFERENCES {
            let name = format!("{n:07}");
            sbom.refer(Reference { name: name.clone(), address: name, digest: None, component: None });
        }
        let notes = sbom.follow();
        assert!(notes[0].ends_with("0000004 and 262139 more"), "{notes:?}");
        assert!(notes[1].starts_with("more than 262144 references"), "{notes:?}");
        assert!(sbom.follow().is_empty());
    }
}
