//! What every form of a document is written from: the manifest, its names, and the language.

use super::phrases::{self, Phrases};
use super::product::{Names, Product};
use super::vulnerability::{self, Vulnerability};
use super::{AdvisoryOptions, Document, Error, Known, Source, file_name, score};
use pkg_format::ident::Url;
use pkg_format::lang::Lang;
use pkg_format::manifest::{Action, AdvisoryText, Body, Common, Kind};
use pkg_format::{Digest, Localized, Manifest};
use std::collections::BTreeMap;

/// What is known if nothing is given.
static NOTHING_KNOWN: Known = Known::new();

/// A manifest as one reader is shown it.
pub(super) struct View<'a> {
    pub(super) source: &'a Source<'a>,
    pub(super) options: &'a AdvisoryOptions<'a>,
    /// The language of the document.
    pub(super) lang: &'a str,
    /// The same, where it is that of a text.
    shown: Option<&'a Lang>,
    /// The language that was asked for, where there is no text in it.
    pub(super) fell_back_from: Option<&'a Lang>,
    pub(super) phrases: &'static Phrases,
    pub(super) names: Names<'a>,
    pub(super) vulnerabilities: Vec<Vulnerability<'a>>,
}

impl<'a> View<'a> {
    pub(super) fn new(source: &'a Source<'a>, options: &'a AdvisoryOptions<'a>) -> Result<Self, Error> {
        let manifest = source.manifest;
        if manifest.kind() == Kind::Acknowledgement {
            return Err(Error::NotForUsers);
        }
        let shown = shown(manifest, options.lang);
        let lang = shown.map_or("en", Lang::as_str);
        let fell_back_from = options.lang.filter(|asked| lang.split('-').next() != Some(asked.primary()));
        let phrases = phrases::of(lang);
        let names = Names::new(manifest, options.known.unwrap_or(&NOTHING_KNOWN), phrases);
        let vulnerabilities = vulnerability::collect(&names);
        for (id, vector) in &options.scores {
            let Some(found) = vulnerabilities.iter().find(|v| v.ids.contains(&id)) else {
                return Err(Error::StrayScore(id.clone()));
            };
            if !score::is_v31(vector) {
                return Err(Error::NotCvss31(id.clone()));
            }
            if let Some(signed) = found.severity().filter(|s| score::is_v31(s) && *s != vector) {
                return Err(Error::OtherScore { id: id.clone(), signed: signed.to_string() });
            }
        }
        Ok(View { source, options, lang, shown, fell_back_from, phrases, names, vulnerabilities })
    }

    pub(super) fn known(&self) -> &'a Known {
        self.options.known.unwrap_or(&NOTHING_KNOWN)
    }

    pub(super) fn manifest(&self) -> &'a Manifest {
        self.source.manifest
    }

    pub(super) fn common(&self) -> &'a Common {
        self.source.manifest.common()
    }

    /// A text in the language of the document, or in the next best, which is then told.
    pub(super) fn said(&self, texts: &'a Localized) -> (Option<&'a str>, &'a str) {
        let wanted = self.options.lang.filter(|_| self.fell_back_from.is_none()).or(self.shown);
        match texts.best(wanted) {
            Some((lang, text)) => (Some(lang.as_str()).filter(|l| *l != self.lang), text.as_str()),
            None => (None, ""),
        }
    }

    /// The same without its language.
    pub(super) fn text(&self, texts: &'a Localized) -> &'a str {
        self.said(texts).1
    }

    /// The advisory in the language of the document.
    pub(super) fn advisory(&self) -> Option<&'a AdvisoryText> {
        self.manifest().advice().0?.get(self.shown?)
    }

    /// What the user is asked to do.
    pub(super) fn action(&self) -> Option<&'a Action> {
        self.manifest().advice().1
    }

    /// One line that names the document.
    pub(super) fn title(&self) -> String {
        match self.advisory() {
            Some(text) => text.title.as_str().to_owned(),
            None => {
                let common = self.common();
                let version = self.manifest().release().map(|r| r.identity.version.as_str());
                let what = version.unwrap_or(common.id.as_str());
                format!("{} {} {what}", common.product.vendor, common.product.name)
            }
        }
    }

    /// The states that are withdrawn.
    pub(super) fn withdrawn(&self) -> Vec<Product> {
        match self.manifest().body() {
            Body::Withdrawal(w) => w.withdraws.iter().map(|r| self.names.state(r)).collect(),
            _ => Vec::new(),
        }
    }

    /// The editions of the document, the oldest first, the manifest itself last: words may replace words
    /// of their kind. A release is a document of its own, whatever it replaces.
    pub(super) fn editions(&self) -> Result<Vec<&'a Manifest>, Vec<Digest>> {
        let kind = self.manifest().kind();
        let (mut found, mut unknown): (BTreeMap<Digest, &Manifest>, Vec<Digest>) = Default::default();
        let mut open: Vec<Digest> = self.common().supersedes.clone();
        while let Some(digest) = open.pop().filter(|_| kind != Kind::Release) {
            match self.known().manifest(&digest) {
                Some(manifest) if manifest.kind() != kind || digest == self.source.digest => {}
                Some(manifest) => {
                    if found.insert(digest, manifest).is_none() {
                        open.extend(&manifest.common().supersedes);
                    }
                }
                None => unknown.push(digest),
            }
        }
        if !unknown.is_empty() {
            return Err(unknown);
        }
        let mut all: Vec<_> = found.into_values().collect();
        all.sort_by_key(|m| (m.common().issued, m.common().sequence));
        all.push(self.manifest());
        Ok(all)
    }

    /// The vendor's web address: the one that the caller gave, or scheme and host of the contact in the manifest.
    pub(super) fn namespace(&self) -> Result<String, Error> {
        if let Some(given) = self.options.namespace {
            return Ok(given.as_str().trim_end_matches('/').to_owned());
        }
        let page =
            self.manifest().contact().and_then(|c| Url::new(c.as_str()).ok()).ok_or(Error::NoNamespace)?;
        Ok(page.as_str().split('/').take(3).collect::<Vec<_>>().join("/"))
    }

    /// A document for people.
    pub(super) fn document(&self, text: String, extension: &str) -> Document {
        Document {
            text,
            file_name: format!("{}.{extension}", file_name::stem(&self.tracking_id())),
            fell_back: self.fell_back_from.map(|_| self.lang.to_owned()),
            without_score: Vec::new(),
            unknown_predecessors: self.editions().err().unwrap_or_default(),
            unknown_states: vulnerability::undecided(&self.names),
        }
    }

    /// Names the document among those of the maker. One that replaces another keeps its name; one in
    /// another language than the default has that behind it.
    pub(super) fn tracking_id(&self) -> String {
        let editions = self.editions().unwrap_or_default();
        let common = editions.first().map_or(self.common(), |m| m.common());
        let (name, id) = (common.product.name.as_str(), common.id.as_str());
        let id = match id.strip_prefix(name).is_some_and(|rest| rest.starts_with('-')) {
            true => id.to_owned(),
            false => format!("{name}-{id}"),
        };
        match self.shown == shown(self.manifest(), None) {
            true => id,
            false => format!("{id}-{}", self.lang),
        }
    }
}

/// The language of the texts that a reader of `asked` gets: that of the advisory; where there is none,
/// that of the changes.
fn shown<'a>(manifest: &'a Manifest, asked: Option<&Lang>) -> Option<&'a Lang> {
    let advisory = || manifest.advice().0?.best(asked).map(|(lang, _)| lang);
    let changes = || Some(manifest.release()?.changes().first()?.text.best(asked)?.0);
    advisory().or_else(changes)
}
