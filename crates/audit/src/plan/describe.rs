//! Descriptions of what is owed, to be completed by a person: everything that earlier statements say is filled in.

use super::model::{FeatureSays, Owed, Plan, Task};
use super::toml::{length, quoted, quoted_list};
use crate::set::{Product, Release, Set};
use crate::time::{date, exact};
use pkg_format::manifest::{
    ActionCode, Advisory, Automatic, Disclosure, Exploited, Fix, Image, Support, VexStatus,
};
use pkg_format::{Digest, Id, Localized};
use std::collections::BTreeSet;

/// A description: the name of its file, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The name of the file.
    pub name: String,
    /// The text, in TOML.
    pub text: String,
}

/// Where packages are, as a description names them.
pub struct Places<'a> {
    /// The full package of a manifest.
    pub package: &'a dyn Fn(&Digest) -> Option<String>,
    /// The folder of all packages.
    pub known: Option<String>,
}

/// One description for each owed release and notice.
pub fn drafts(set: &Set, plan: &Plan, places: &Places<'_>) -> Vec<Draft> {
    let mut all: Vec<Draft> = Vec::new();
    let several = plan.products.len() > 1;
    for of in &plan.products {
        let Some(product) = set.products.iter().find(|p| p.title() == of.product) else { continue };
        for owed in of.owed.iter().filter(|o| o.task != Task::FullPackage) {
            let prefix = if several { format!("{}-", product.name) } else { String::new() };
            let number = all.len() + 1;
            let what = match owed.task {
                Task::Notice => format!("notice-{}", owed.ids.first().map_or("", |i| &i.id)),
                task => format!("{}-{}", task.as_str(), owed.line),
            };
            let name = format!("{prefix}{number:02}-{what}.toml");
            all.push(Draft { name, text: Writer::new(product, owed, places, plan.at).text() });
        }
    }
    all
}

struct Writer<'a> {
    product: &'a Product,
    owed: &'a Owed,
    places: &'a Places<'a>,
    at: u64,
    out: String,
}

/// Whether a fix is of this vulnerability, under any of its ids.
fn is_named(fix: &Fix, id: &str) -> bool {
    fix.id.as_str() == id || fix.aliases.iter().any(|a| a.as_str() == id)
}

impl<'a> Writer<'a> {
    fn new(product: &'a Product, owed: &'a Owed, places: &'a Places<'a>, at: u64) -> Writer<'a> {
        Writer { product, owed, places, at, out: String::new() }
    }

    fn text(mut self) -> String {
        self.line("# Written by pkg plan. Complete it, check the texts that were copied, and build it.");
        for why in &self.owed.why {
            self.out.push_str(&format!("# {}\n", why.replace(['\n', '\r'], " ")));
        }
        let previous = self.owed.previous.and_then(|d| self.release(&d));
        match self.owed.task {
            Task::Notice => self.notice(),
            _ => self.release_text(previous),
        }
        self.out
    }

    fn line(&mut self, text: &str) {
        self.out.push_str(text);
        self.out.push('\n');
    }

    fn put(&mut self, key: &str, value: impl std::fmt::Display) {
        self.out.push_str(&format!("{key} = {value}\n"));
    }

    fn missing(&mut self, text: &str) {
        self.out.push_str(&format!("# to complete: {text}\n"));
    }

    fn localized(&mut self, key: &str, texts: &Localized) {
        for (lang, text) in texts.iter() {
            self.put(&format!("{key}.{lang}"), quoted(text.as_str()));
        }
    }

    fn release(&self, manifest: &Digest) -> Option<&'a Release> {
        self.product.releases.iter().find(|r| r.digest == *manifest)
    }

    /// The release that tells the most of the vulnerabilities.
    fn teller(&self) -> Option<&'a Release> {
        self.owed.ids.iter().find_map(|i| self.release(&i.told_by?))
    }

    fn contact(&mut self, previous: Option<&Release>) {
        let own = previous.and_then(|r| r.body.contact.as_ref());
        let other = self.product.releases.iter().rev().find_map(|r| r.body.contact.as_ref());
        match own.or(other) {
            Some(contact) => self.put("contact", quoted(contact.as_str())),
            None => self.missing("contact = \"security@…\""),
        }
    }

    fn product(&mut self, hardware: &[Id]) {
        self.line("\n[product]");
        self.put("vendor", quoted(&self.product.vendor));
        self.put("name", quoted(&self.product.name));
        self.put("hardware", quoted_list(hardware));
    }

    fn release_text(&mut self, previous: Option<&Release>) {
        let owed = self.owed;
        self.contact(previous);
        let of_owed: BTreeSet<&str> = owed.hardware.iter().map(String::as_str).collect();
        let hardware: Vec<Id> = match previous {
            Some(release) => release.hardware().to_vec(),
            None => of_owed.iter().filter_map(|h| Id::new(h).ok()).collect(),
        };
        self.product(&hardware);
        self.line("\n[release]");
        self.missing("version = \"…\"");
        self.put("line", quoted(&owed.line));
        let is_security = owed.task == Task::SecurityRelease;
        self.put("class", quoted(if is_security { "security" } else { "feature" }));
        match owed.previous.and_then(|d| (self.places.package)(&d)) {
            Some(path) => self.put("previous", quoted(&path)),
            None => self.missing(&format!(
                "previous = \"the full package of {}\"",
                owed.after.as_deref().unwrap_or("?")
            )),
        }
        if let Some(says) = owed.says.as_ref().filter(|s| !s.merged.is_empty()) {
            let paths: Vec<String> = says.merged_from.iter().filter_map(self.places.package).collect();
            let versions = says.merged.join(", ");
            match paths.len() == says.merged.len() {
                true => self.put(
                    "merged",
                    format!("{} # to complete: merge the fixes of {versions}", quoted_list(paths)),
                ),
                false => self.missing(&format!("merged = [\"the full packages of {versions}\"]")),
            }
        }
        match self.places.known.clone() {
            Some(known) => self.put("known", quoted(&known)),
            None => self.missing("known = \"the folder of all packages\""),
        }
        if owed.scope != "product" {
            self.put("scope", quoted(&owed.scope));
        }
        for (key, value) in [
            ("sequence", owed.sequence),
            ("feature-level", owed.feature_level),
            ("security-level", owed.security_level),
        ] {
            if let Some(value) = value {
                self.put(key, value);
            }
        }
        if !is_security {
            let all = previous.map(|r| r.state).into_iter().chain(owed.states.iter().copied());
            self.put("applies-to", quoted_list(all.collect::<BTreeSet<_>>()));
        }
        for Image { component, .. } in previous.map_or(&[][..], |r| &r.body.images) {
            self.line("\n[[image]]");
            self.put("component", quoted(component.as_str()));
            self.missing("file = \"…\"");
        }
        match is_security {
            true => self.security(),
            false => {
                self.line("");
                self.missing("[[change]] with id, effect, user-visible and text for each new feature");
                self.says(owed.says.as_ref().unwrap_or(&FeatureSays::default()));
            }
        }
        self.automatic(previous);
        self.support(previous);
    }

    /// What a feature release says of vulnerabilities: the builder derives some of it.
    fn says(&mut self, says: &FeatureSays) {
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
        for id in &says.exceptions {
            self.line("\n[[also-fix]]");
            self.put("id", quoted(id));
            self.missing("[also-fix.exception] with reason, rationale, alternatives and approver: no security release has this fix");
        }
        for id in &says.statuses {
            self.line("\n[[status]]");
            self.put("id", quoted(id));
            self.put("status", "\"not-affected\" # to complete: check that no new feature changes this");
            match self.justification(id) {
                Some(word) => self.put("justification", quoted(word)),
                None => self.missing("justification = \"…\""),
            }
            self.put("states", "[\"self\"]");
        }
    }

    /// Why a vulnerability does no harm, as the newest statement has it.
    fn justification(&self, id: &str) -> Option<&'static str> {
        let releases = self.product.releases.iter().map(|r| (r.common.issued, &r.body.statuses));
        let notices = self.product.notices.iter().map(|n| (n.common.issued, &n.body.statuses));
        let all = releases.chain(notices).flat_map(|(time, list)| list.iter().map(move |s| (time, s)));
        let words = all.filter(|(_, s)| s.id.as_str() == id).filter_map(|(time, s)| match s.standing {
            VexStatus::NotAffected(why) => Some((time, why)),
            _ => None,
        });
        words.max_by_key(|(time, _)| *time).map(|(_, why)| why.as_str())
    }

    fn security(&mut self) {
        for id in &self.owed.ids {
            self.line("\n[[fix]]");
            let told = id.told_by.and_then(|d| self.release(&d));
            let told = told.and_then(|r| {
                let mut fixes = r.fixes().iter();
                fixes.find(|f| is_named(f, &id.id))
            });
            match told {
                Some(fix) => self.fix(fix),
                None => {
                    self.put("id", quoted(&id.id));
                    self.missing("severity = \"…\"");
                    self.missing("impact.en = \"…\"");
                }
            }
        }
        self.line("\n[separation]");
        self.put("kind", "\"pure\" # to complete: check that nothing else changes");
        self.advice();
    }

    fn fix(&mut self, fix: &Fix) {
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
            None => self.missing("severity = \"…\""),
        }
        match fix.impact() {
            Some(impact) => self.localized("impact", impact),
            None => self.missing("impact.en = \"…\""),
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

    /// The advisory and the action, as the release that has the fix gives them.
    fn advice(&mut self) {
        match self.teller().and_then(Release::security) {
            Some(security) => {
                self.advisory_of_one();
                self.advisory(&security.advisory);
                self.line("\n[action]");
                self.put("code", quoted(security.action.code.as_str()));
                self.put("restart", quoted(security.action.restart.as_str()));
                self.localized("text", &security.action.text);
            }
            None => {
                self.line("");
                self.missing("[advisory.en] with title, summary, details and impact");
                self.missing("[action] with code, restart and text");
            }
        }
    }

    /// The advisory that follows may tell of some of the vulnerabilities only.
    fn advisory_of_one(&mut self) {
        let Some(teller) = self.teller() else { return };
        let is_in_it = |id: &str| teller.fixes().iter().any(|f| is_named(f, id));
        let others = self.owed.ids.iter().filter(|i| !is_in_it(&i.id));
        let others: Vec<&str> = others.map(|i| i.id.as_str()).collect();
        if !others.is_empty() {
            self.line("");
            self.missing(&format!(
                "the advisory is that of {}; it says nothing of {}",
                teller.body.identity.version,
                others.join(", ")
            ));
        }
    }

    fn advisory(&mut self, advisory: &Advisory) {
        for (lang, text) in advisory.iter() {
            self.out.push_str(&format!("\n[advisory.{lang}]\n"));
            self.put("title", quoted(text.title.as_str()));
            self.put("summary", quoted(text.summary.as_str()));
            self.put("details", quoted(text.details.as_str()));
            self.put("impact", quoted(text.impact.as_str()));
        }
    }

    /// Of the previous release, or of the one that has the fix.
    fn automatic(&mut self, previous: Option<&Release>) {
        let of = |r: &'a Release| r.body.automatic.as_ref();
        let previous = previous.and_then(|p| self.release(&p.digest));
        let found = previous.and_then(of).or_else(|| self.teller().and_then(of));
        let Some(automatic) = found else {
            self.line("");
            self.missing("[automatic]");
            return;
        };
        self.line("\n[automatic]");
        match automatic {
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

    fn support(&mut self, previous: Option<&Release>) {
        self.line("\n[support]");
        let Some(Support { until, from, shorter_use, basis }) = previous.map(|p| &p.body.support) else {
            self.missing("until = \"…\"");
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

    fn notice(&mut self) {
        let owed = self.owed;
        let first = owed.ids.first().map_or("", |i| i.id.as_str());
        self.put("kind", "\"notice\"");
        self.put("id", quoted(&format!("{}-{}", date(self.at), first.to_lowercase())));
        if let Some(known) = self.places.known.clone() {
            self.put("known", quoted(&known));
        }
        self.contact(None);
        if !owed.supersedes.is_empty() {
            self.put("supersedes", quoted_list(&owed.supersedes));
        }
        let hardware: Vec<Id> = owed.hardware.iter().filter_map(|h| Id::new(h).ok()).collect();
        self.product(&hardware);
        let ids: Vec<&str> = owed.ids.iter().map(|i| i.id.as_str()).collect();
        for id in &ids {
            self.line("\n[[status]]");
            self.put("id", quoted(id));
            match owed.supersedes.is_empty() {
                true => {
                    self.put("status", "\"affected\" # to complete: check it for each state");
                    self.put("states", quoted_list(&owed.states));
                }
                false => {
                    self.put("status", "\"affected\"");
                    self.missing(&format!("states or releases, without {}", owed.users.join(", ")));
                }
            }
        }
        self.line("\n[[remediation]]");
        self.put("ids", quoted_list(&ids));
        match owed.supersedes.is_empty() {
            true => self.put("states", quoted_list(&owed.states)),
            false => self.missing("states or releases, as above"),
        }
        self.missing("category = \"workaround\", or another one, with what it needs");
        self.missing("text.en = \"What users should do.\"");
        match self.teller().and_then(Release::security) {
            Some(security) => {
                self.advisory_of_one();
                self.advisory(&security.advisory);
            }
            None => self.missing("[advisory.en] with title, summary, details and impact"),
        }
        self.line("\n[action]");
        self.put("code", format!("{} # to complete", quoted(ActionCode::Configure.as_str())));
        self.put("restart", "\"none\"");
        self.missing("text.en = \"What users should do.\"");
    }
}
