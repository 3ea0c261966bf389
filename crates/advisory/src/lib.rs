//! Advisories: what a signed manifest says, as CSAF 2.0, as OpenVEX, and as a page for people.
//!
//! ```
//! use pkg_advisory::{AdvisoryOptions, Source, csaf, text};
//! use pkg_format::ident::Url;
//! use pkg_verify::Policy;
//! # let golden = concat!(env!("CARGO_MANIFEST_DIR"), "/../../testdata/golden/format-1/cam-x1-1.4.3.full.pkg");
//! # let package = std::fs::File::open(golden)?;
//!
//! // This manifest is not verified, and the documents say so. For a verified one, use
//! // `Source::verified`.
//! let package = pkg_verify::open(package)?.danger_preview_unverified(&Policy::default())?;
//! let source = Source::unverified(package.manifest(), package.manifest_digest());
//! let namespace = Url::new("https://acme.example")?;
//! let options = AdvisoryOptions { namespace: Some(&namespace), ..AdvisoryOptions::default() };
//!
//! let document = csaf(&source, &options)?;
//! std::fs::write(std::env::temp_dir().join(&document.file_name), &document.text)?;
//! println!("{}", text(&source, &options, 80)?.text);
//! # assert!(document.text.contains("csaf_security_advisory"));
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! A document says nothing that the manifest does not say, except what the caller gives: the vendor's address,
//! scores, and other manifests that give names to digests. Dates come from the manifest, so the same manifest makes
//! the same bytes. SPEC Appendix B has the mapping, field by field.

mod bulletin;
mod csaf;
mod cwe;
mod file_name;
mod html;
mod json;
mod known;
mod openvex;
mod phrases;
mod product;
mod purl;
mod range;
mod remedy;
mod revision;
mod score;
mod site;
mod text;
mod view;
mod vulnerability;
mod when;

pub use file_name::file_name;
pub use known::Known;
pub use revision::{Conflict, Edition, edition};
pub use site::{Site, SiteError, SiteOptions, site};

use pkg_format::cvss::Severity;
use pkg_format::ident::Url;
use pkg_format::lang::Lang;
use pkg_format::{Digest, Manifest, VulnId};
use pkg_verify::Statements;
use std::collections::BTreeMap;

/// A manifest and the labels of the keys that signed it.
pub struct Source<'a> {
    manifest: &'a Manifest,
    digest: Digest,
    /// The labels of the keys that signed the manifest; `None` if no signature was checked.
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

    /// A manifest whose signatures nobody checked; every document made from it says so.
    pub fn unverified(manifest: &'a Manifest, digest: Digest) -> Self {
        Source { manifest, digest, signers: None }
    }
}

/// How a document is written, and what the caller adds to what the manifest says.
#[derive(Default)]
pub struct AdvisoryOptions<'a> {
    /// The preferred language; if the manifest has no text in it, the next best is used.
    pub lang: Option<&'a Lang>,
    /// Other manifests, which give names to digests.
    pub known: Option<&'a Known>,
    /// The vendor's web address; by default scheme and host of the contact, if that is a web page.
    pub namespace: Option<&'a Url>,
    /// The URL of the folder that the document is published in; by default, where CSAF 2.0 (7.1) looks for it.
    pub published_in: Option<&'a Url>,
    /// CVSS 3.1 vectors for vulnerabilities that the manifest gives none.
    pub scores: BTreeMap<VulnId, Severity>,
}

/// Why there is no document.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// CSAF and OpenVEX name the publisher by a web address. None was given, and the manifest has none.
    #[error("the document names its publisher by an https address, and the manifest has none")]
    NoNamespace,
    /// A time outside the years 1970 to 9999, in seconds after 1970.
    #[error("{0} seconds after 1970 is no date of the years 1970 to 9999")]
    NoDate(u64),
    /// OpenVEX holds statements about vulnerabilities only, and the manifest makes none.
    #[error("this manifest says nothing about vulnerabilities, and OpenVEX about nothing else")]
    NoVulnerability,
    /// An acknowledgement answers to those who audit; it tells users nothing.
    #[error("an acknowledgement is for those who audit, and has no advisory")]
    NotForUsers,
    /// A score was given for a vulnerability that is not in the document.
    #[error("a score for {0}, which this document does not name")]
    StrayScore(VulnId),
    /// The score that was given is no CVSS 3.1 vector.
    #[error("the score for {0} is no CVSS 3.1 vector")]
    NotCvss31(VulnId),
    /// The manifest has another CVSS 3.1 vector for this vulnerability than the one that was given.
    #[error("the manifest itself gives {id} the vector {signed}")]
    OtherScore {
        /// The vulnerability.
        id: VulnId,
        /// The vector in the manifest.
        signed: String,
    },
}

/// A finished document.
pub struct Document {
    /// Its text.
    pub text: String,
    /// The name of the file to publish it as.
    pub file_name: String,
    /// The language of its texts, if that is not the preferred one.
    pub fell_back: Option<String>,
    /// Vulnerabilities that have no CVSS 3.1 score although CSAF 2.0 wants one.
    pub without_score: Vec<VulnId>,
    /// Manifests that this one replaces and that are not in [`AdvisoryOptions::known`].
    pub unknown_predecessors: Vec<Digest>,
    /// States that this release starts from and that no manifest in [`AdvisoryOptions::known`] leads into. Whether they
    /// have a fix of an earlier release is unknown, so the document does not name them for it.
    pub unknown_states: Vec<Digest>,
}

/// The advisory as CSAF 2.0.
///
/// # Errors
/// A score does not fit the manifest, a date cannot be written, or there is no web address of the vendor.
pub fn csaf(source: &Source<'_>, options: &AdvisoryOptions<'_>) -> Result<Document, Error> {
    let view = view::View::new(source, options)?;
    csaf::document(&view)
}

/// What the manifest says about vulnerabilities, as OpenVEX 0.2.0.
///
/// # Errors
/// As for [`csaf`], or the manifest says nothing about vulnerabilities.
pub fn openvex(source: &Source<'_>, options: &AdvisoryOptions<'_>) -> Result<Document, Error> {
    let view = view::View::new(source, options)?;
    openvex::document(&view)
}

/// The advisory for people as plain text, no line wider than `width` columns.
///
/// # Errors
/// A score does not fit the manifest.
pub fn text(source: &Source<'_>, options: &AdvisoryOptions<'_>, width: usize) -> Result<Document, Error> {
    let view = view::View::new(source, options)?;
    let text = text::render(&bulletin::write(&view), width);
    Ok(view.document(text, "txt"))
}

/// The advisory for people as one HTML page without scripts or other files.
///
/// # Errors
/// A score does not fit the manifest.
pub fn html(source: &Source<'_>, options: &AdvisoryOptions<'_>) -> Result<Document, Error> {
    let view = view::View::new(source, options)?;
    let text = html::render(&bulletin::write(&view));
    Ok(view.document(text, "html"))
}
