//! Writes descriptions: what earlier statements say, and placeholders for what only a person knows.

use super::model::{FeatureSays, Places};
use super::toml::length;
use crate::set::{Product, Release};
use crate::time::{date, exact};
use pkg_format::description::{placeholder, quoted, quoted_list};
use pkg_format::lang::Lang;
use pkg_format::manifest::{
    Action, Advisory, Automatic, Disclosure, Exploited, Fix, Image, Support, VexStatus,
};
use pkg_format::{Digest, Id, Localized};
use std::collections::BTreeSet;

/// How bad a vulnerability is, and how to tell.
const SEVERITY: &str = "critical, high, medium or low, as the CVE record rates it or by the harm it can do; or its CVSS vector, such as CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:N/A:N";

/// What an impact says.
const IMPACT: &str = "What an attacker can do, in one sentence for users";

/// Writes one description.
pub(super) struct Writer<'a> {
    pub(super) product: &'a Product,
    pub(super) places: &'a Places<'a>,
    /// The keys at the top that an included file has.
    shared: BTreeSet<String>,
    /// The language of texts that a person writes.
    lang: String,
    pub(super) out: String,
}

/// Whether a fix is of this vulnerability, under any of its ids.
pub(super) fn is_named(fix: &Fix, id: &str) -> bool {
    fix.id.as_str() == id || fix.aliases.iter().any(|a| a.as_str() == id)
}

impl<'a> Writer<'a> {
    pub(super) fn new(product: &'a Product, places: &'a Places<'a>) -> Writer<'a> {
        Writer { product, places, shared: BTreeSet::new(), lang: "en".into(), out: String::new() }
    }

    /// Includes a file that has these keys.
    pub(super) fn include(&mut self, files: &[String], keys: &[String]) {
        if !files.is_empty() {
            self.put("include", quoted_list(files));
        }
        self.shared = keys.iter().cloned().collect();
    }

    /// Whether an included file has this key.
    fn is_shared(&self, key: &str) -> bool {
        self.shared.contains(key)
    }

    pub(super) fn set_lang(&mut self, lang: &Lang) {
        self.lang = lang.to_string();
    }

    /// A key of texts in the language of this description.
    pub(super) fn in_language(&self, key: &str) -> String {
        format!("{key}.{}", self.lang)
    }

    pub(super) fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    pub(super) fn put(&mut self, key: &str, value: impl std::fmt::Display) {
        self.out.push_str(&format!("{key} = {value}\n"));
    }

    /// What only a person knows.
    pub(super) fn fill(&mut self, key: &str, what: &str) {
        self.put(key, quoted(&placeholder(what)));
    }

    /// The same for a text in the language of this description.
    pub(super) fn fill_text(&mut self, key: &str, what: &str) {
        let key = self.in_language(key);
        self.fill(&key, what);
    }

    /// The same for a list of texts.
    pub(super) fn fill_list(&mut self, key: &str, what: &str) {
        self.put(key, quoted_list([placeholder(what)]));
    }

    /// What a person should look at.
    pub(super) fn missing(&mut self, text: &str) {
        self.out.push_str(&format!("# to complete: {text}\n"));
    }

    pub(super) fn localized(&mut self, key: &str, texts: &Localized) {
        for (lang, text) in texts.iter() {
            self.put(&format!("{key}.{lang}"), quoted(text.as_str()));
        }
    }

    pub(super) fn release(&self, manifest: &Digest) -> Option<&'a Release> {
        self.product.releases.iter().find(|r| r.digest == *manifest)
    }

    pub(super) fn contact(&mut self, previous: Option<&Release>) {
        if self.is_shared("contact") {
            return;
        }
        let own = previous.and_then(|r| r.body.contact.as_ref());
        let other = self.product.releases.iter().rev().find_map(|r| r.body.contact.as_ref());
        match own.or(other) {
            Some(contact) => self.put("contact", quoted(contact.as_str())),
            None => self.fill("contact", "Where vulnerabilities are reported: a mail or web address"),
        }
    }

    pub(super) fn product(&mut self, hardware: &[Id]) {
        if self.is_shared("product") {
            return;
        }
        self.line("\n[product]");
        self.put("vendor", quoted(&self.product.vendor));
        self.put("name", quoted(&self.product.name));
        self.put("hardware", quoted_list(hardware));
    }

    /// The images of a release. A file that is known for one is that of the old image, so a person must name the new one.
    pub(super) fn images(&mut self, previous: Option<&Release>, files: &[(String, String)]) {
        for Image { component, .. } in previous.map_or(&[][..], |r| &r.body.images) {
            self.line("\n[[image]]");
            self.put("component", quoted(component.as_str()));
            match files.iter().find(|(known, _)| known == component.as_str()) {
                Some((_, old)) => {
                    self.fill("file", &format!("The path of the new image, or {old} if it did not change"))
                }
                None => self.fill("file", "The path of the new image"),
            }
        }
    }

    /// Why a vulnerability does no harm, as the newest statement has it.
    pub(super) fn justification(&self, id: &str) -> Option<&'static str> {
        let releases = self.product.releases.iter().map(|r| (r.common.issued, &r.body.statuses));
        let notices = self.product.notices.iter().map(|n| (n.common.issued, &n.body.statuses));
        let all = releases.chain(notices).flat_map(|(time, list)| list.iter().map(move |s| (time, s)));
        let words = all.filter(|(_, s)| s.id.as_str() == id).filter_map(|(time, s)| match s.standing {
            VexStatus::NotAffected(why) => Some((time, why)),
            _ => None,
        });
        words.max_by_key(|(time, _)| *time).map(|(_, why)| why.as_str())
    }

    /// What a feature release says of vulnerabilities: the builder derives some of it.
    pub(super) fn says(&mut self, says: &FeatureSays) {
        let derived: Vec<&str> =
            says.also_fix.iter().filter(|id| !says.exceptions.contains(id)).map(String::as_str).collect();
        for (ids, text) in [
            (derived.join(", "), "adds [[also-fix]], with the releases that have the fix alone, for"),
            (says.open.join(", "), "repeats [[open]] of previous and merged for"),
        ] {
            if !ids.is_empty() {
                self.line(&format!("# pkg build {text}: {ids}"));
            }
        }
        if !says.untold.is_empty() {
            let ids = says.untold.join(", ");
            self.line(&format!("# unless this release fixes them, a notice must tell its users of: {ids}"));
        }
        for id in &says.exceptions {
            self.line("\n[[also-fix]]");
            self.put("id", quoted(id));
            self.line("[also-fix.exception] # no security release has this fix");
            self.fill("reason", "Why: latest-only, sub-version, not-feasible or support-ended");
            self.fill_text("rationale", "Why the fix cannot be had on its own");
            self.fill_text("alternatives", "What else was considered");
            self.fill("approver", "Who approved it");
        }
        for id in &says.statuses {
            self.line("\n[[status]]");
            self.put("id", quoted(id));
            self.put("status", "\"not-affected\" # to complete: check that no new feature changes this");
            match self.justification(id) {
                Some(word) => self.put("justification", quoted(word)),
                None => self.fill("justification", "Why it does no harm: a justification of VEX"),
            }
            self.put("states", "[\"self\"]");
        }
    }

    /// A change that a person describes.
    pub(super) fn new_change(&mut self) {
        self.line("\n[[change]]");
        self.fill("id", "A short name of the change, in letters, digits and '-'");
        self.fill("effect", "What happens to the function: added, changed, restricted, disabled, replaced, removed or corrected");
        self.put("user-visible", "true");
        self.fill_text("text", "What is new, in one sentence for users");
    }

    /// What a person says of everything that is no fix.
    pub(super) fn new_separation(&mut self) {
        self.line("\n[separation]");
        self.fill("kind", "pure, if the fixes are all that changes; otherwise inseparable or change-is-fix");
    }

    /// What helps until a fix can be installed.
    pub(super) fn new_remedy(&mut self) {
        self.fill(
            "category",
            "workaround, mitigation, vendor-fix, none-available, no-fix-planned or fix-planned",
        );
        self.fill_text("text", "What users should do until there is a fix");
    }

    pub(super) fn fix(&mut self, fix: &Fix) {
        self.put("id", quoted(fix.id.as_str()));
        if !fix.aliases.is_empty() {
            self.put("aliases", quoted_list(&fix.aliases));
        }
        if let Some(upstream) = &fix.upstream {
            self.put("upstream", quoted(upstream.as_str()));
        }
        if let Some(description) = &fix.description {
            self.localized("description", description);
        }
        match fix.severity() {
            Some(severity) => self.put("severity", quoted(severity.as_str())),
            None => self.fill("severity", SEVERITY),
        }
        match fix.impact() {
            Some(impact) => self.localized("impact", impact),
            None => self.fill_text("impact", IMPACT),
        }
        if let Some(cwe) = &fix.cwe {
            self.put("cwe", quoted(cwe.as_str()));
        }
        if let Exploited::Yes(since) = fix.exploited {
            self.put("exploited", true);
            if let Some(since) = since {
                self.put("exploited-since", exact(since));
            }
        }
        if let Some(since) = fix.known_since {
            self.put("known-since", exact(since));
        }
        if let Disclosure::Delayed { until, .. } = &fix.disclosure {
            self.missing(&format!(
                "disclosure: the earlier release holds back details until {}",
                date(*until)
            ));
        }
        if !fix.touches.is_empty() {
            self.put("touches", quoted_list(fix.touches.iter().map(|t| t.as_str())));
        }
    }

    /// A fix that nobody has told of.
    pub(super) fn new_fix(&mut self, id: Option<&str>) {
        match id {
            Some(id) => self.put("id", quoted(id)),
            None => self.fill("id", "The id of the vulnerability, such as CVE-2026-12345"),
        }
        self.fill("severity", SEVERITY);
        self.fill_text("impact", IMPACT);
        self.fill_list("touches", "What the fix changes: a file in an image, such as rootfs:/usr/bin/streamd, or a whole image, such as boot:**");
    }

    pub(super) fn advisory(&mut self, advisory: &Advisory) {
        for (lang, text) in advisory.iter() {
            self.out.push_str(&format!("\n[advisory.{lang}]\n"));
            self.put("title", quoted(text.title.as_str()));
            self.put("summary", quoted(text.summary.as_str()));
            self.put("details", quoted(text.details.as_str()));
            self.put("impact", quoted(text.impact.as_str()));
        }
    }

    /// An advisory that a person writes.
    pub(super) fn new_advisory(&mut self) {
        self.line(&format!("\n[advisory.{}]", self.lang));
        self.fill("title", "What it is about, in a few words");
        self.fill("summary", "What was wrong, in one or two sentences for users");
        self.fill("details", "What users and administrators should know");
        self.fill("impact", "What may have happened to users");
    }

    pub(super) fn action(&mut self, action: &Action) {
        self.line("\n[action]");
        self.put("code", quoted(action.code.as_str()));
        self.put("restart", quoted(action.restart.as_str()));
        self.localized("text", &action.text);
    }

    /// An action that a person chooses.
    pub(super) fn new_action(&mut self) {
        self.line("\n[action]");
        self.fill("code", "What users should do: install, install-and-restart, configure, disable-feature, rotate-credentials, isolate, replace, stop-use, contact or none");
        self.fill("restart", "What restarts: none, component, service, device or system");
        self.fill_text("text", "What users should do, in one or two sentences");
    }

    /// Of the previous release, or of the one that has the fix. A feature release may do without.
    pub(super) fn automatic(
        &mut self,
        is_security: bool,
        previous: Option<&Release>,
        teller: Option<&Release>,
    ) {
        if self.is_shared("automatic") {
            return;
        }
        self.line(match is_security {
            true => "\n[automatic]",
            false => "\n[automatic] # leave this table out if the release is to wait for its user",
        });
        let of = |r: &Release| r.body.automatic.clone();
        let Some(automatic) = previous.and_then(of).or_else(|| teller.and_then(of)) else {
            self.put(
                "applicable",
                "true # false where automatic updates are not applicable, with reason and text",
            );
            self.fill("install-within", "How long until devices install it by themselves, such as 72h");
            self.fill("max-postpone", "How long users may postpone it, such as 14d");
            self.fill_text("opt-out", "How users turn automatic updates off");
            return;
        };
        match &automatic {
            Automatic::Applicable { install_within, max_postpone, opt_out, .. } => {
                self.put("applicable", true);
                self.put("install-within", length(*install_within));
                self.put("max-postpone", length(*max_postpone));
                self.localized("opt-out", opt_out);
            }
            Automatic::NotApplicable { reason, text, install_within, max_postpone } => {
                self.put("applicable", false);
                for (key, time) in [("install-within", install_within), ("max-postpone", max_postpone)] {
                    if let Some(time) = time {
                        self.put(key, length(*time));
                    }
                }
                self.put("reason", quoted(reason.as_str()));
                self.localized("text", text);
            }
        }
    }

    pub(super) fn support(&mut self, previous: Option<&Release>) {
        if self.is_shared("support") {
            return;
        }
        self.line("\n[support]");
        let Some(Support { until, from, shorter_use, basis }) = previous.map(|p| &p.body.support) else {
            self.fill("until", "The last month with security updates, such as 2036-12");
            return;
        };
        self.put("until", quoted(until.as_str()));
        self.put("from", quoted(from.as_str()));
        if let Some(texts) = shorter_use {
            self.localized("shorter-use", texts);
        }
        if let Some(basis) = basis {
            self.put("basis", quoted(&basis.to_string()));
        }
    }
}
