//! The advisory for people: what stands on the page, whatever draws it.
//!
//! The order is that of a reader in a hurry: what it is, what to do, what it means; then the rest.

mod card;

use super::phrases::fill;
use super::product::Product;
use super::score::{self, Score, Word};
use super::view::View;
use super::vulnerability::Vulnerability;
use super::when;
use pkg_format::manifest::{Action, AppliesTo, Automatic, Body, Release};
use pkg_format::{Label, Localized};

/// A text and its language, where that is not the page's.
pub(crate) struct Text {
    pub(crate) lang: Option<String>,
    pub(crate) text: String,
}

/// A name and what goes with it.
pub(crate) struct Fact {
    pub(crate) name: Text,
    pub(crate) value: Text,
}

/// A vulnerability.
pub(crate) struct Card {
    pub(crate) name: String,
    /// How bad: the word, and how it is written.
    pub(crate) badge: Option<(Word, Text)>,
    /// What must not be overlooked.
    pub(crate) alarms: Vec<Text>,
    pub(crate) texts: Vec<Text>,
    pub(crate) facts: Vec<Fact>,
}

/// A part of the page under one heading.
pub(crate) struct Section {
    pub(crate) heading: Text,
    /// The first thing to read: drawn so that the eye finds it.
    pub(crate) first: bool,
    pub(crate) texts: Vec<Text>,
    /// A list of short texts.
    pub(crate) points: Vec<Text>,
    pub(crate) cards: Vec<Card>,
    pub(crate) facts: Vec<Fact>,
}

/// The page.
pub(crate) struct Bulletin {
    pub(crate) lang: String,
    /// What it is, and of what.
    pub(crate) kicker: Text,
    pub(crate) title: String,
    /// The worst of its vulnerabilities.
    pub(crate) badge: Option<(Word, Text)>,
    /// No keyring has verified it.
    pub(crate) unverified: Option<Text>,
    /// It is not in the language that was asked for.
    pub(crate) fell_back: Option<Text>,
    pub(crate) summary: Option<String>,
    pub(crate) sections: Vec<Section>,
}

/// Writes the page.
pub(crate) fn write(view: &View<'_>) -> Bulletin {
    let writer = Writer { view };
    let phrases = view.phrases;
    let release = view.manifest().release();
    let sections = [
        writer.to_do(),
        writer.withdrawn(),
        writer.impact(),
        writer.vulnerabilities(),
        release.and_then(|r| writer.changes(r)),
        release.map(|r| writer.automatic(r)),
        writer.contact(),
        writer.details(),
        Some(writer.facts()),
    ];
    let worst = view.vulnerabilities.iter().filter_map(Vulnerability::severity).map(score::of);
    let worst = worst.max_by(Score::cmp);
    Bulletin {
        lang: view.lang.to_owned(),
        kicker: writer.kicker(),
        title: view.title(),
        badge: worst.map(|w| writer.badge(w)),
        unverified: view.source.signers.is_none().then(|| writer.own(phrases.unverified)),
        fell_back: view
            .fell_back_from
            .map(|asked| writer.own(&fill(phrases.fell_back, &[asked.as_str(), view.lang]))),
        summary: view.advisory().map(|a| a.summary.as_str().to_owned()),
        sections: sections.into_iter().flatten().collect(),
    }
}

struct Writer<'a, 'v> {
    view: &'v View<'a>,
}

impl<'a> Writer<'a, '_> {
    /// The tool's own words.
    fn own(&self, text: &str) -> Text {
        self.in_lang(self.view.phrases.lang, text)
    }

    fn in_lang(&self, lang: &str, text: &str) -> Text {
        let here = self.view.lang.split('-').next() == Some(lang);
        Text { lang: (!here).then(|| lang.to_owned()), text: text.to_owned() }
    }

    /// The maker's words.
    fn said(&self, texts: &'a Localized) -> Text {
        let (lang, text) = self.view.said(texts);
        Text { lang: lang.map(str::to_owned), text: text.to_owned() }
    }

    /// The maker's words, in the language of the page.
    fn here(&self, text: &str) -> Text {
        Text { lang: None, text: text.to_owned() }
    }

    fn fact(&self, name: &str, value: Text) -> Fact {
        Fact { name: self.own(name), value }
    }

    fn section(&self, heading: &str) -> Section {
        Section {
            heading: self.own(heading),
            first: false,
            texts: Vec::new(),
            points: Vec::new(),
            cards: Vec::new(),
            facts: Vec::new(),
        }
    }

    fn kicker(&self) -> Text {
        let (phrases, common) = (self.view.phrases, self.view.common());
        let what = match self.view.manifest().body() {
            Body::Release(r) if r.security().is_some() => phrases.security_update,
            Body::Release(_) => phrases.feature_update,
            Body::Notice(_) => phrases.notice,
            Body::Withdrawal(_) | Body::Acknowledgement(_) => phrases.withdrawal,
        };
        let version = self.view.manifest().release().map(|r| format!(" {}", r.identity.version));
        let product =
            format!("{} {}{}", common.product.vendor, common.product.name, version.unwrap_or_default());
        self.own(&format!("{what} · {product}"))
    }

    fn badge(&self, score: Score) -> (Word, Text) {
        let word = (self.view.phrases.word)(score.word);
        let text = score.number.map_or(word.to_owned(), |n| format!("{n:.1} {word}"));
        (score.word, self.own(&text))
    }

    fn to_do(&self) -> Option<Section> {
        let Action { code, restart, deadline, text } = self.view.action()?;
        let phrases = self.view.phrases;
        let mut section = self.section(phrases.to_do);
        section.first = true;
        let restart = (phrases.restart)(*restart);
        section.texts.push(self.own(&format!("{}. {restart}", (phrases.action)(*code))));
        section.texts.push(self.said(text));
        if let Some(deadline) = deadline {
            section.facts.push(self.fact(phrases.deadline, self.here(&when::date(*deadline))));
        }
        Some(section)
    }

    fn withdrawn(&self) -> Option<Section> {
        let Body::Withdrawal(withdrawal) = self.view.manifest().body() else { return None };
        let phrases = self.view.phrases;
        let mut section = self.section(phrases.withdrawn);
        section.texts.push(self.own(&self.list(&self.view.withdrawn())));
        section.texts.push(self.own((phrases.corrective)(withdrawal.corrective)));
        section.facts.push(self.fact(phrases.reason, self.said(&withdrawal.reason)));
        Some(section)
    }

    fn impact(&self) -> Option<Section> {
        let advisory = self.view.advisory()?;
        let mut section = self.section(self.view.phrases.impact);
        section.texts.push(self.here(advisory.impact.as_str()));
        Some(section)
    }

    /// What a user notices, and why it could not be kept apart from the fix.
    fn changes(&self, release: &'a Release) -> Option<Section> {
        let phrases = self.view.phrases;
        let else_changes = release.security().is_some();
        let mut section = self.section(if else_changes { phrases.else_changes } else { phrases.changes });
        let visible = release.changes().iter().filter(|c| c.user_visible).map(|c| &c.text);
        section.points =
            visible.chain(release.defaults.iter().map(|d| &d.text)).map(|t| self.said(t)).collect();
        if let Some(security) = release.security() {
            let kind = security.effective_kind(release.identity.security_level, 0);
            section.texts.push(self.own((phrases.separation)(kind)));
            let inherited = security.inherited.iter().map(|i| &i.rationale);
            let own = security.separation.justification().map(|j| &j.rationale);
            let why = own.into_iter().chain(inherited);
            section.facts = why.map(|r| self.fact(phrases.reason, self.said(r))).collect();
        }
        (!section.texts.is_empty() || !section.points.is_empty()).then_some(section)
    }

    fn automatic(&self, release: &'a Release) -> Section {
        let phrases = self.view.phrases;
        let mut section = self.section(phrases.automatic);
        match &release.automatic {
            None => section.texts.push(self.own(phrases.only_if_wanted)),
            Some(Automatic::Applicable { .. }) if release.security().is_none() => {
                section.texts.push(self.own(phrases.only_if_wanted));
            }
            Some(Automatic::Applicable { install_within, max_postpone, opt_out }) => {
                let (within, most) = (phrases.duration(*install_within), phrases.duration(*max_postpone));
                section.texts.push(self.own(&fill(phrases.installs_itself, &[&within, &most])));
                section.facts.push(self.fact(phrases.opt_out, self.said(opt_out)));
            }
            Some(Automatic::NotApplicable { text, .. }) => {
                section.texts.push(self.own(phrases.not_automatic));
                section.texts.push(self.said(text));
            }
        }
        section
    }

    fn contact(&self) -> Option<Section> {
        let contact: &Label = self.view.manifest().contact()?;
        let mut section = self.section(self.view.phrases.contact);
        section.texts.push(self.here(contact.as_str()));
        Some(section)
    }

    fn details(&self) -> Option<Section> {
        let advisory = self.view.advisory()?;
        let mut section = self.section(self.view.phrases.details);
        let paragraphs = advisory.details.as_str().split("\n\n");
        section.texts.extend(paragraphs.map(|p| self.here(&joined(p))));
        Some(section)
    }

    fn facts(&self) -> Section {
        let (phrases, common) = (self.view.phrases, self.view.common());
        let mut section = self.section(phrases.facts);
        let hardware: Vec<_> = common.product.hardware.iter().map(|h| h.as_str()).collect();
        let mut fact = |name: &str, value: Text| section.facts.push(self.fact(name, value));
        fact(phrases.product, self.here(&format!("{} {}", common.product.vendor, common.product.name)));
        fact(phrases.hardware, self.here(&hardware.join(", ")));
        if let Some(release) = self.view.manifest().release() {
            fact(phrases.version, self.here(release.identity.version.as_str()));
            fact(phrases.applies_to, self.own(&self.applies_to(release)));
            fact(phrases.support, self.here(release.support.until.as_str()));
        }
        fact(phrases.issued, self.here(&when::date(common.issued)));
        fact(phrases.document, self.here(&self.view.tracking_id()));
        fact(phrases.manifest, self.here(&self.view.source.digest.to_string()));
        if let Some(signers) = &self.view.source.signers {
            fact(phrases.signed_by, self.here(&signers.join(", ")));
            section.texts.push(self.own(phrases.made_from));
        }
        section
    }

    fn applies_to(&self, release: &Release) -> String {
        let from = match &release.applies_to {
            AppliesTo::Line => self.list(&[Product::Below(release.identity.security_level)]),
            AppliesTo::States(states) if states.is_empty() => {
                return self.view.phrases.empty_device.to_owned();
            }
            AppliesTo::States(states) => {
                let names = self.view.names;
                self.list(&states.iter().map(|s| names.state(s)).collect::<Vec<_>>())
            }
        };
        match release.fresh {
            true => format!("{from}; {}", self.view.phrases.empty_device),
            false => from,
        }
    }

    fn list(&self, products: &[Product]) -> String {
        self.view.names.list(products)
    }
}

/// Lines that an editor broke are one again; short lines and lists stay as they are.
fn joined(paragraph: &str) -> String {
    /// A line of this length was broken for want of space.
    const BROKEN: usize = 60;
    let mut out = String::new();
    let mut broken = false;
    for (i, line) in paragraph.lines().enumerate() {
        let goes_on = broken && line.starts_with(char::is_alphabetic);
        if i > 0 {
            out.push(if goes_on { ' ' } else { '\n' });
        }
        out.push_str(line);
        broken = line.chars().count() >= BROKEN;
    }
    out
}

#[cfg(test)]
mod tests {
    use super::joined;

    #[test]
    fn only_lines_that_were_broken_are_joined() {
        let long = "a ".repeat(35);
        let long = long.trim_end();
        assert_eq!(joined(&format!("{long}\nb c\nd")), format!("{long} b c\nd"));
        assert_eq!(joined(&format!("{long}\n- b\n1. c")), format!("{long}\n- b\n1. c"));
    }
}
