//! The advisory for people: what stands on the page, whatever draws it.
//!
//! The order is that of a reader in a hurry: what it is, what to do, what it means; then the rest.

use super::phrases::fill;
use super::product::Product;
use super::remedy::Remedy;
use super::score::{self, Score, Word};
use super::view::View;
use super::vulnerability::{JUSTIFICATIONS, Vulnerability};
use super::when;
use pkg_format::manifest::{
    Action, AppliesTo, Automatic, Body, Disclosure, Exploited, Outcome, Release, Remedy as Kind, Separately,
    Standing,
};
use pkg_format::{Label, Localized};

/// A text and its language, where that is not the page's.
#[derive(Clone)]
pub(super) struct Text {
    pub(super) lang: Option<String>,
    pub(super) text: String,
}

/// A name and what goes with it.
pub(super) struct Fact {
    pub(super) name: Text,
    pub(super) value: Text,
}

/// A vulnerability.
pub(super) struct Card {
    pub(super) name: String,
    /// How bad: the word, and how it is written.
    pub(super) badge: Option<(Word, Text)>,
    /// What must not be overlooked.
    pub(super) alarms: Vec<Text>,
    pub(super) texts: Vec<Text>,
    pub(super) facts: Vec<Fact>,
}

/// A part of the page under one heading.
pub(super) struct Section {
    pub(super) heading: Text,
    /// The first thing to read: drawn so that the eye finds it.
    pub(super) first: bool,
    pub(super) texts: Vec<Text>,
    pub(super) cards: Vec<Card>,
    pub(super) facts: Vec<Fact>,
}

/// The page.
pub(super) struct Bulletin {
    pub(super) lang: String,
    /// What it is, and of what.
    pub(super) kicker: Text,
    pub(super) title: String,
    /// The worst of its vulnerabilities.
    pub(super) badge: Option<(Word, Text)>,
    /// Nobody vouches for it.
    pub(super) unverified: Option<Text>,
    /// It is not in the language that was asked for.
    pub(super) fell_back: Option<Text>,
    pub(super) summary: Option<String>,
    pub(super) sections: Vec<Section>,
}

/// Writes the page.
pub(super) fn write(view: &View<'_>) -> Bulletin {
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
    let worst = worst.max_by(|a, b| {
        (a.word, a.number.unwrap_or_default())
            .partial_cmp(&(b.word, b.number.unwrap_or_default()))
            .unwrap_or(std::cmp::Ordering::Equal)
    });
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
        let here = self.view.lang.split('-').next() == Some(self.view.phrases.lang);
        Text { lang: (!here).then(|| self.view.phrases.lang.to_owned()), text: text.to_owned() }
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
            Body::Withdrawal(_) => phrases.withdrawal,
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

    fn vulnerabilities(&self) -> Option<Section> {
        let mut section = self.section(self.view.phrases.vulnerabilities);
        let mut all: Vec<_> = self.view.vulnerabilities.iter().collect();
        all.sort_by_key(|v| self.urgency(v));
        section.cards = all.into_iter().map(|v| self.card(v)).collect();
        (!section.cards.is_empty()).then_some(section)
    }

    /// What attackers use comes first, then the worst.
    fn urgency(&self, v: &Vulnerability<'_>) -> (bool, std::cmp::Reverse<Option<Word>>) {
        let exploited = v.fix.is_some_and(|f| f.exploited != Exploited::No);
        (!exploited, std::cmp::Reverse(v.severity().map(|s| score::of(s).word)))
    }

    fn card(&self, v: &Vulnerability<'a>) -> Card {
        let phrases = self.view.phrases;
        let mut card = Card {
            name: v.name().to_owned(),
            badge: v.severity().map(|s| self.badge(score::of(s))),
            alarms: Vec::new(),
            texts: Vec::new(),
            facts: Vec::new(),
        };
        let others: Vec<_> = v.other_names().map(|id| id.as_str()).collect();
        if !others.is_empty() {
            card.facts.push(self.fact(phrases.also_known, self.here(&others.join(", "))));
        }
        if let Some(fix) = v.fix {
            match fix.exploited {
                Exploited::No => {}
                Exploited::Yes(None) => card.alarms.push(self.own(phrases.exploited)),
                Exploited::Yes(Some(since)) => {
                    card.alarms.push(self.own(&fill(phrases.exploited_since, &[&when::date(since)])));
                }
            }
            if fix.status == Outcome::Mitigated {
                card.alarms.push(self.own(phrases.only_mitigated));
            }
            card.texts.extend(fix.impact().map(|t| self.said(t)));
            card.texts.extend(fix.description.as_ref().map(|t| self.said(t)));
            if let Disclosure::Delayed { reason, until, .. } = &fix.disclosure {
                card.texts.push(self.own(&fill(phrases.delayed, &[&when::date(*until)])));
                card.texts.push(self.said(reason));
            }
        }
        if let Some(reopened) = v.reopened {
            card.alarms.push(self.own(phrases.reopened));
            card.texts.push(self.said(&reopened.reason));
        }
        if let Some(Separately::Exception { rationale, .. }) = v.also_fix.map(|a| &a.separately) {
            card.texts.push(self.own(phrases.not_alone));
            card.texts.push(self.said(rationale));
        }
        if let (Some(_), None) = (v.fix, v.severity()) {
            card.facts.push(self.fact(phrases.severity, self.own(phrases.severity_later)));
        }
        self.standings(&mut card, v);
        let vector = v.severity().filter(|s| s.as_str().starts_with("CVSS"));
        card.facts.extend(vector.map(|s| self.fact("CVSS", self.here(s.as_str()))));
        let cwe = v.fix.and_then(|f| f.cwe.as_ref());
        card.facts.extend(cwe.map(|cwe| {
            let name = super::cwe::name(cwe).map(|n| format!(" ({n})")).unwrap_or_default();
            self.fact("CWE", Text { lang: Some("en".into()), text: format!("{}{name}", cwe.as_str()) })
        }));
        let own = self.view.new_state();
        for remedy in &v.remedies {
            // The update itself is what the whole page is about.
            let is_this = own.is_some() && remedy.release == own && remedy.restart.is_some();
            if !is_this {
                card.facts.push(self.remedy(remedy, &v.open()));
            }
        }
        card
    }

    fn standings(&self, card: &mut Card, v: &Vulnerability<'_>) {
        let phrases = self.view.phrases;
        let mut groups = vec![
            (phrases.affected, v.products(|s| s == Standing::Affected), None),
            (phrases.mitigated, v.products(|s| s == Standing::Mitigated), None),
            (phrases.investigated, v.products(|s| s == Standing::UnderInvestigation), None),
            (phrases.fixed, v.products(|s| s == Standing::Fixed), None),
        ];
        for word in JUSTIFICATIONS {
            let products = v.products(|s| s == Standing::NotAffected(*word));
            groups.push((phrases.not_affected, products, Some((phrases.justification)(*word))));
        }
        for (name, products, why) in groups.into_iter().filter(|(_, products, _)| !products.is_empty()) {
            let mut text = self.list(&products);
            if let Some(why) = why {
                text.push_str(&format!(" ({why})"));
            }
            card.facts.push(self.fact(name, self.own(&text)));
        }
    }

    fn remedy(&self, remedy: &Remedy<'a>, open: &[Product]) -> Fact {
        let phrases = self.view.phrases;
        let name = match remedy.kind {
            Kind::Workaround => phrases.workaround.to_owned(),
            Kind::Mitigation => phrases.mitigation.to_owned(),
            Kind::VendorFix => phrases.vendor_fix.to_owned(),
            Kind::NoneAvailable => phrases.none_available.to_owned(),
            Kind::NoFixPlanned => phrases.no_fix_planned.to_owned(),
            Kind::FixPlanned(date) => fill(phrases.fix_planned, &[&when::date(date)]),
        };
        // Which versions it helps, unless it is all of them.
        let name = match remedy.products == open {
            true => name,
            false => format!("{name} ({})", self.list(&remedy.products)),
        };
        let mut value = remedy.text.map_or_else(|| self.own(phrases.no_remedy), |t| self.said(t));
        if let Some(release) = remedy.release {
            value.text.push_str(&format!(" ({})", self.view.names().short(release)));
        }
        if let Some(url) = remedy.url {
            value.text.push_str(&format!(" {url}"));
        }
        self.fact(&name, value)
    }

    fn changes(&self, release: &'a Release) -> Option<Section> {
        let mut section = self.section(self.view.phrases.changes);
        if let Some(security) = release.security() {
            let kind = security.effective_kind(release.identity.security_level, 0);
            section.texts.push(self.own((self.view.phrases.separation)(kind)));
            section.texts.extend(security.separation.justification().map(|j| self.said(&j.rationale)));
            section.texts.extend(security.inherited.iter().map(|i| self.said(&i.rationale)));
        }
        section.texts.extend(release.changes().iter().filter(|c| c.user_visible).map(|c| self.said(&c.text)));
        section.texts.extend(release.defaults.iter().map(|d| self.said(&d.text)));
        (!section.texts.is_empty()).then_some(section)
    }

    fn automatic(&self, release: &'a Release) -> Section {
        let phrases = self.view.phrases;
        let mut section = self.section(phrases.automatic);
        match &release.automatic {
            Automatic::Applicable { install_within, max_postpone, opt_out } => {
                let (within, most) = (phrases.duration(*install_within), phrases.duration(*max_postpone));
                section.texts.push(self.own(&fill(phrases.installs_itself, &[&within, &most])));
                section.facts.push(self.fact(phrases.opt_out, self.said(opt_out)));
            }
            Automatic::NotApplicable { text, .. } => {
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
                let names = self.view.names();
                self.list(&states.iter().map(|s| Product::State(names.state(s))).collect::<Vec<_>>())
            }
        };
        match release.fresh {
            true => format!("{from}; {}", self.view.phrases.empty_device),
            false => from,
        }
    }

    fn list(&self, products: &[Product]) -> String {
        self.view.names().list(products)
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
