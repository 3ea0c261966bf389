//! A web site of advisories: a CSAF provider, OpenVEX documents, pages for people, and feeds, as plain files.
//!
//! Everything follows from signed manifests and a few addresses, so the site can be rebuilt at any time. Only versions of
//! documents do not: they continue what was published before (`previous`).

mod feed;
mod pages;
mod provider;

use super::json::sorted;
use super::revision::{self, Conflict, Edition};
use super::view::View;
use super::{AdvisoryOptions, Document, Error, Known, Source, bulletin, csaf, html, openvex, score, when};
use pkg_format::cvss::Severity;
use pkg_format::ident::Url;
use pkg_format::lang::Lang;
use pkg_format::manifest::Body;
use pkg_format::{Digest, Manifest, VulnId};
use sha2::{Digest as _, Sha256, Sha512};
use std::collections::{BTreeMap, BTreeSet};

/// The folder of public CSAF documents, and the files that describe them.
const WHITE: &str = "csaf/white";
const PROVIDER: &str = "provider-metadata.json";

/// Where a site is published, and by whom.
pub struct SiteOptions<'a> {
    /// The URL of the folder that holds the site.
    pub url: &'a Url,
    /// The vendor's web address; by default scheme and host of `url`.
    pub namespace: Option<&'a Url>,
    /// CVSS 3.1 vectors for vulnerabilities whose manifests give none.
    pub scores: BTreeMap<VulnId, Severity>,
    /// The time at which documents are revised, unix seconds.
    pub now: u64,
    /// When `security.txt` expires, unix seconds.
    pub expires: u64,
    /// The fingerprint of the OpenPGP key that signs documents, and the URL of that key.
    pub openpgp: Option<(&'a str, &'a Url)>,
}

/// A finished site.
#[derive(Debug, Default)]
pub struct Site {
    /// Its files: path below the site's folder, and bytes.
    pub files: BTreeMap<String, String>,
    /// Files that are for the vendor's main domain: path below its root, and bytes.
    pub main_domain: BTreeMap<String, String>,
    /// CSAF documents that are new or changed: their paths.
    pub changed: Vec<String>,
    /// Feature releases that say nothing of any vulnerability, which have no advisory: their ids.
    pub left_out: Vec<String>,
    /// Vulnerabilities that have no CVSS 3.1 score although CSAF 2.0 wants one.
    pub without_score: BTreeSet<VulnId>,
    /// States that no manifest leads into, as in [`Document::unknown_states`].
    pub unknown_states: BTreeSet<Digest>,
}

/// Why there is no site.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SiteError {
    /// There is nothing to publish.
    #[error("no package has an advisory: none says anything of a vulnerability")]
    Empty,
    /// Several vendors or several contacts: a provider is one publisher.
    #[error("the packages are of several vendors: {0} and {1}")]
    Vendors(String, String),
    /// No document can be made of a manifest.
    #[error("{id}: {error}")]
    Document {
        /// The manifest's id.
        id: String,
        /// Why.
        error: Error,
    },
    /// Two manifests make documents of the same name.
    #[error("{0} and {1} have the same document name")]
    SameName(String, String),
    /// A published document cannot be continued.
    #[error("{path}: {conflict}")]
    Previous {
        /// Its path below the site's folder.
        path: String,
        /// Why.
        conflict: Conflict,
    },
    /// A score is for a vulnerability that no document names.
    #[error("a score for {0}, which no document names")]
    StrayScore(VulnId),
}

/// One document of the site, in one language.
struct Entry<'a> {
    source: &'a Source<'a>,
    lang: String,
    /// The file name without its extension.
    stem: String,
    title: String,
    summary: String,
    worst: Option<score::Word>,
    /// The JSON document.
    csaf: serde_json::Value,
    /// Where it is, below the site's folder.
    path: String,
}

impl Entry<'_> {
    fn tracking(&self, key: &str) -> &str {
        self.csaf["document"]["tracking"][key].as_str().unwrap_or_default()
    }

    /// When it was changed last.
    fn updated(&self) -> &str {
        self.tracking("current_release_date")
    }

    fn page(&self) -> String {
        format!("advisories/{}.html", self.stem)
    }
}

/// What all files of a site are made from.
struct Writer<'a> {
    options: &'a SiteOptions<'a>,
    namespace: Url,
    vendor: &'a str,
    contact: Option<&'a str>,
    /// The newest first.
    entries: Vec<Entry<'a>>,
    sources: &'a [Source<'a>],
}

/// The site of the advisories of one vendor. `previous` gives the text of a published file of the site, if there is one.
///
/// # Errors
/// There is nothing to publish, or a document cannot be made or continued.
pub fn site<'a>(
    sources: &'a [Source<'a>],
    options: &'a SiteOptions<'a>,
    previous: &dyn Fn(&str) -> Option<String>,
) -> Result<Site, SiteError> {
    let vendor = vendor(sources)?;
    let namespace = match options.namespace {
        Some(namespace) => namespace.as_str().trim_end_matches('/').to_owned(),
        None => options.url.as_str().split('/').take(3).collect::<Vec<_>>().join("/"),
    };
    let namespace = Url::new(&namespace).unwrap_or_else(|_| options.url.clone());
    let mut known = Known::new();
    sources.iter().for_each(|source| known.add(source));
    let (site, scored) = (Site::default(), BTreeSet::new());
    let mut maker = Maker { options, namespace, known, previous, site, scored };
    let replaced: BTreeSet<&Digest> = sources.iter().flat_map(replaced_by).collect();
    let mut entries = Vec::new();
    for source in sources.iter().filter(|source| !replaced.contains(&source.digest)) {
        let langs = languages(source.manifest);
        if langs.is_empty() {
            maker.site.left_out.push(source.manifest.common().id.as_str().to_owned());
        }
        for lang in langs {
            entries.push(maker.documents(source, lang)?);
        }
    }
    let Maker { namespace, mut site, scored, .. } = maker;
    if let Some(stray) = options.scores.keys().find(|id| !scored.contains(*id)) {
        return Err(SiteError::StrayScore(stray.clone()));
    }
    unique(&entries)?;
    entries.sort_by(|a, b| (b.updated(), &a.stem).cmp(&(a.updated(), &b.stem)));
    // Not every statement has a contact: the newest one that is given is in force.
    let given = sources
        .iter()
        .filter_map(|source| Some((source.manifest.common().issued, source.manifest.contact()?)));
    let contact = given.max_by_key(|(issued, _)| *issued).map(|(_, contact)| contact.as_str());
    let writer = Writer { options, namespace, vendor, contact, entries, sources };
    writer.documents(&mut site.files);
    provider::write(&writer, &mut site);
    feed::write(&writer, &mut site.files);
    pages::write(&writer, &mut site.files);
    Ok(site)
}

fn vendor<'a>(sources: &'a [Source<'a>]) -> Result<&'a str, SiteError> {
    let mut vendors = sources.iter().map(|source| source.manifest.common().product.vendor.as_str());
    let first = vendors.next().ok_or(SiteError::Empty)?;
    match vendors.find(|other| *other != first) {
        Some(other) => Err(SiteError::Vendors(first.to_owned(), other.to_owned())),
        None => Ok(first),
    }
}

/// The notices or withdrawals whose document this one continues. A release is a document of its own.
fn replaced_by<'a>(source: &'a Source<'_>) -> &'a [Digest] {
    match source.manifest.body() {
        Body::Notice(_) | Body::Withdrawal(_) => &source.manifest.common().supersedes,
        _ => &[],
    }
}

/// The languages of its advisory; none for what has no advisory to publish.
fn languages(manifest: &Manifest) -> Vec<&Lang> {
    let says_something = match manifest.body() {
        Body::Release(release) => {
            let speaks = !release.open.is_empty() || !release.statuses.is_empty();
            release.security().is_some() || !release.closes().is_empty() || speaks
        }
        Body::Notice(_) | Body::Withdrawal(_) => true,
        Body::Acknowledgement(_) => false,
    };
    let advisory = manifest.advice().0.filter(|_| says_something);
    advisory.map(|advisory| advisory.iter().map(|(lang, _)| lang).collect()).unwrap_or_default()
}

/// Makes documents.
struct Maker<'a, 's> {
    options: &'a SiteOptions<'a>,
    namespace: Url,
    known: Known,
    previous: &'s dyn Fn(&str) -> Option<String>,
    site: Site,
    /// Vulnerabilities with a score of the caller that were found.
    scored: BTreeSet<VulnId>,
}

impl Maker<'_, '_> {
    /// The documents of a manifest in a language.
    fn documents<'a>(&mut self, source: &'a Source<'a>, lang: &'a Lang) -> Result<Entry<'a>, SiteError> {
        let id = source.manifest.common().id.as_str();
        let failed = |error| SiteError::Document { id: id.to_owned(), error };
        let plain =
            AdvisoryOptions { lang: Some(lang), known: Some(&self.known), ..AdvisoryOptions::default() };
        let (named, first) = {
            let view = View::new(source, &plain).map_err(failed)?;
            let named: BTreeSet<VulnId> =
                view.vulnerabilities.iter().flat_map(|v| v.ids.iter().map(|id| (*id).clone())).collect();
            let editions = view.editions().unwrap_or_default();
            (named, editions.first().map_or(source.manifest.common().issued, |m| m.common().issued))
        };
        let year = when::year(first).map_err(failed)?;
        let folder = format!("{}/{WHITE}/{year}", self.options.url.as_str().trim_end_matches('/'));
        let folder = Url::new(&folder).map_err(|_| failed(Error::NoNamespace))?;
        let scores = self.options.scores.iter().filter(|(id, _)| named.contains(id));
        let scores: BTreeMap<_, _> = scores.map(|(id, score)| (id.clone(), score.clone())).collect();
        self.scored.extend(scores.keys().cloned());
        let options = AdvisoryOptions {
            scores,
            namespace: Some(&self.namespace),
            published_in: Some(&folder),
            ..plain
        };
        let view = View::new(source, &options).map_err(failed)?;

        let document = csaf::document(&view).map_err(failed)?;
        let path = format!("{WHITE}/{year}/{}", document.file_name);
        let before = (self.previous)(&path);
        let text = continued(&path, &document, before.as_deref(), self.options.now)?;
        let stem = document.file_name.trim_end_matches(".json").to_owned();
        let vex = match openvex::document(&view) {
            Ok(vex) => {
                let path = format!("openvex/{stem}.json");
                let text = continued(&path, &vex, (self.previous)(&path).as_deref(), self.options.now)?;
                Some((path, text))
            }
            Err(Error::NoVulnerability) => None,
            Err(error) => return Err(failed(error)),
        };
        let page = bulletin::write(&view);
        let entry = Entry {
            source,
            lang: view.lang.to_owned(),
            stem,
            title: page.title.clone(),
            summary: page.summary.clone().unwrap_or_default(),
            worst: page.badge.as_ref().map(|(word, _)| *word),
            csaf: serde_json::from_str(&text).unwrap_or_default(),
            path,
        };
        let page = html::render(&page);
        let site = &mut self.site;
        site.without_score.extend(document.without_score);
        site.unknown_states.extend(document.unknown_states);
        if before.as_deref() != Some(text.as_str()) {
            site.changed.push(entry.path.clone());
        }
        site.files.extend(vex);
        site.files.insert(entry.page(), page);
        Ok(entry)
    }
}

/// The text of a document as the next version of the one that is published, or that one.
fn continued(path: &str, document: &Document, previous: Option<&str>, now: u64) -> Result<String, SiteError> {
    let Some(previous) = previous else { return Ok(document.text.clone()) };
    match revision::edition(&document.text, previous, now) {
        Ok(Edition::Same(text) | Edition::Next(text, _)) => Ok(text),
        Err(conflict) => Err(SiteError::Previous { path: path.to_owned(), conflict }),
    }
}

fn unique(entries: &[Entry<'_>]) -> Result<(), SiteError> {
    let id = |entry: &Entry<'_>| entry.source.manifest.common().id.as_str().to_owned();
    let mut seen = BTreeMap::new();
    match entries.iter().find_map(|entry| Some((seen.insert(&entry.stem, entry)?, entry))) {
        Some((first, second)) => Err(SiteError::SameName(id(first), id(second))),
        None if entries.is_empty() => Err(SiteError::Empty),
        None => Ok(()),
    }
}

impl Writer<'_> {
    /// The languages of the documents; English first, then by tag.
    fn languages(&self) -> impl Iterator<Item = &str> {
        let langs: BTreeSet<(bool, &str)> =
            self.entries.iter().map(|entry| (entry.lang != "en", entry.lang.as_str())).collect();
        langs.into_iter().map(|(_, lang)| lang)
    }

    /// The list of a language. The first language has the page that servers show by itself.
    fn index_path(&self, lang: &str) -> String {
        match self.languages().next() == Some(lang) {
            true => "index.html".to_owned(),
            false => format!("index.{lang}.html"),
        }
    }

    /// The URL of a file of the site.
    fn url(&self, path: &str) -> String {
        format!("{}/{path}", self.options.url.as_str().trim_end_matches('/'))
    }

    /// When anything on the site changed last.
    fn updated(&self) -> &str {
        self.entries.first().map_or("1970-01-01T00:00:00Z", Entry::updated)
    }

    /// The CSAF documents with their digests.
    fn documents(&self, files: &mut BTreeMap<String, String>) {
        for entry in &self.entries {
            let text = sorted(entry.csaf.clone());
            let name = entry.path.rsplit('/').next().unwrap_or_default();
            files.insert(
                format!("{}.sha256", entry.path),
                format!("{}  {name}\n", hex(&Sha256::digest(&text))),
            );
            files.insert(
                format!("{}.sha512", entry.path),
                format!("{}  {name}\n", hex(&Sha512::digest(&text))),
            );
            files.insert(entry.path.clone(), text);
        }
    }
}

/// The feed of a language.
fn feed_path(lang: &str) -> String {
    format!("feed.{lang}.atom")
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
