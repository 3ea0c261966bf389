//! The vulnerabilities on the page: the most urgent first.

use super::{Card, Fact, Section, Writer};
use crate::cwe;
use crate::phrases::fill;
use crate::product::Product;
use crate::remedy::Remedy;
use crate::score::{self, Word};
use crate::vulnerability::Vulnerability;
use crate::when;
use pkg_format::manifest::{Disclosure, Exploited, Outcome, Remedy as Kind, VexJustification, VexStatus};

impl<'a> Writer<'a, '_> {
    pub(super) fn vulnerabilities(&self) -> Option<Section> {
        let mut section = self.section(self.view.phrases.vulnerabilities);
        let mut all: Vec<_> = self.view.vulnerabilities.iter().collect();
        all.sort_by_key(|v| self.urgency(v));
        section.cards = all.into_iter().map(|v| self.card(v)).collect();
        (!section.cards.is_empty()).then_some(section)
    }

    /// What attackers use comes first, then the worst.
    fn urgency(&self, v: &Vulnerability<'_>) -> (bool, std::cmp::Reverse<Option<Word>>) {
        (v.exploited() == Exploited::No, std::cmp::Reverse(v.severity().map(|s| score::of(s).word)))
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
        match v.exploited() {
            Exploited::No => {}
            Exploited::Yes(None) => card.alarms.push(self.own(phrases.exploited)),
            Exploited::Yes(Some(since)) => {
                card.alarms.push(self.own(&fill(phrases.exploited_since, &[&when::date(since)])));
            }
        }
        for fix in &v.fixes {
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
        for open in &v.left_open {
            card.alarms.push(self.own(phrases.left_open));
            card.texts.push(self.said(&open.reason));
        }
        for reopened in &v.reopened {
            card.alarms.push(self.own(phrases.reopened));
            card.texts.push(self.said(&reopened.reason));
        }
        for also in &v.also_fixes {
            if let Some((_, why)) = also.exception() {
                card.texts.push(self.own(phrases.not_alone));
                card.texts.push(self.said(&why.rationale));
            }
        }
        if !v.fixes.is_empty() && v.severity().is_none() {
            card.facts.push(self.fact(phrases.severity, self.own(phrases.severity_later)));
        }
        self.standings(&mut card, v);
        let vector = v.severity().filter(|s| s.as_str().starts_with("CVSS"));
        card.facts.extend(vector.map(|s| self.fact("CVSS", self.here(s.as_str()))));
        let cwe = v.fixes.iter().find_map(|f| f.cwe.as_ref());
        card.facts.extend(cwe.map(|cwe| {
            let name = cwe::name(cwe).map(|n| format!(" ({n})")).unwrap_or_default();
            self.fact("CWE", self.in_lang("en", &format!("{}{name}", cwe.as_str())))
        }));
        let own = self.view.names.own();
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
            (phrases.affected, v.products(|s| s == VexStatus::Affected), None),
            (phrases.mitigated, v.products(|s| s == VexStatus::Mitigated), None),
            (phrases.investigated, v.products(|s| s == VexStatus::UnderInvestigation), None),
            (phrases.fixed, v.products(|s| s == VexStatus::Fixed), None),
        ];
        for word in VexJustification::ALL {
            let products = v.products(|s| s == VexStatus::NotAffected(*word));
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
            value.text.push_str(&format!(" ({})", self.view.names.short(release)));
        }
        if let Some(url) = remedy.url {
            value.text.push_str(&format!(" {url}"));
        }
        self.fact(&name, value)
    }
}
