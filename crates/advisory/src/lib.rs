//! Advisories: what a signed manifest says, as CSAF 2.0, as OpenVEX, and as a page for people.
//!
//! Nothing is added that the manifest does not say but what the caller gives by name: the maker's
//! address, scores, and other manifests that put names to digests. Dates come from the manifest, so
//! the same manifest makes the same bytes. SPEC Appendix B has the mapping, field by field.

mod bulletin;
mod csaf;
mod cwe;
mod html;
mod known;
mod openvex;
mod phrases;
mod product;
mod purl;
mod range;
mod remedy;
mod revision;
mod score;
mod text;
mod view;
mod vulnerability;
mod when;

pub use csaf::file_name;
pub use known::Known;
pub use revision::{Conflict, Edition, edition};

use pkg_format::cvss::Severity;
use pkg_format::ident::Url;
use pkg_format::lang::Lang;
use pkg_format::{Digest, Manifest, VulnId};
use pkg_verify::Statements;
use std::collections::BTreeMap;

/// A manifest, and who vouches for it.
pub struct Source<'a> {
    manifest: &'a Manifest,
    digest: Digest,
    /// The labels of the keys that signed the manifest; nothing where nobody vouches for it.
    signers: Option<Vec<&'a str>>,
}

impl<'a> Source<'a> {
    /// A manifest that a keyring vouches for.
    pub fn verified(statements: &'a Statements) -> Self {
        let of_manifest = |s: &&pkg_verify::Signer| s.statement == pkg_format::cose::StatementKind::Manifest;
        let signers = statements.signers().iter().filter(of_manifest).map(|s| s.label.as_str()).collect();
        Source {
            manifest: statements.manifest(),
            digest: statements.manifest_digest(),
            signers: Some(signers),
        }
    }

    /// A manifest that nobody vouches for: whatever is made of it says so.
    pub fn unverified(manifest: &'a Manifest, digest: Digest) -> Self {
        Source { manifest, digest, signers: None }
    }
}

/// What the caller adds to what the manifest says.
#[derive(Default)]
pub struct Options<'a> {
    /// The language that is asked for.
    pub lang: Option<&'a Lang>,
    /// Manifests that put names to digests.
    pub known: Known,
    /// The maker's address on the web; without it the contact serves, where that is one.
    pub namespace: Option<&'a Url>,
    /// The folder on the web that the document is published in.
    pub published_in: Option<&'a Url>,
    /// CVSS 3.1 vectors for vulnerabilities to which the manifest gives none.
    pub scores: BTreeMap<VulnId, Severity>,
}

/// Why there is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// CSAF and OpenVEX name the maker by an address on the web, and there is none.
    #[error("the document names its publisher by an https address, and the manifest has none")]
    NoNamespace,
    /// A time that is no date a document can bear.
    #[error("{0} seconds after 1970 is no date of the years 1970 to 9999")]
    NoDate(u64),
    /// OpenVEX has nothing but statements about vulnerabilities.
    #[error("this manifest says nothing about vulnerabilities, and OpenVEX about nothing else")]
    NoVulnerability,
    /// A score for a vulnerability that is not in the document.
    #[error("a score for {0}, which this document does not name")]
    StrayScore(VulnId),
    /// A score of another kind.
    #[error("the score for {0} is no CVSS 3.1 vector")]
    NotCvss31(VulnId),
    /// A score that is not the signed one.
    #[error("the manifest itself gives {id} the vector {signed}")]
    OtherScore {
        /// The vulnerability.
        id: VulnId,
        /// The vector in the manifest.
        signed: String,
    },
}

/// One document on its way to its bytes.
pub struct Document {
    /// Its bytes.
    pub text: String,
    /// The name of its file.
    pub file_name: String,
    /// The language that its texts are in, where that is not the one that was asked for.
    pub fell_back: Option<String>,
    /// Vulnerabilities that CSAF 2.0 wants a CVSS 3.1 score for, and has none.
    pub without_score: Vec<VulnId>,
    /// Manifests that this one replaces and that are not among the known ones.
    pub unknown_predecessors: Vec<Digest>,
    /// States that this one starts from and that are not among the known ones: whether they have a fix that an
    /// earlier release brought cannot be told, so they are not named for it.
    pub unknown_states: Vec<Digest>,
}

/// The advisory as CSAF 2.0.
pub fn csaf(source: &Source<'_>, options: &Options<'_>) -> Result<Document, Error> {
    let view = view::View::new(source, options)?;
    csaf::document(&view)
}

/// What it says about vulnerabilities, as OpenVEX 0.2.0.
pub fn openvex(source: &Source<'_>, options: &Options<'_>) -> Result<Document, Error> {
    let view = view::View::new(source, options)?;
    openvex::document(&view)
}

/// The advisory for people as plain text, no line wider than `width`.
pub fn text(source: &Source<'_>, options: &Options<'_>, width: usize) -> Result<Document, Error> {
    let view = view::View::new(source, options)?;
    let text = text::render(&bulletin::write(&view), width);
    Ok(view.document(text, "txt"))
}

/// The advisory for people as one HTML page that needs nothing else.
pub fn html(source: &Source<'_>, options: &Options<'_>) -> Result<Document, Error> {
    let view = view::View::new(source, options)?;
    let text = html::render(&bulletin::write(&view));
    Ok(view.document(text, "html"))
}
