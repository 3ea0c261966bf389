//! Descriptions of what is owed, to be completed by a person: everything that earlier statements say is filled in.

use super::model::{Draft, FeatureSays, Known, Owed, Places, Plan, Task};
use super::writer::{Writer, is_named};
use crate::set::{Product, Release, Set};
use crate::time::date;
use pkg_format::Id;
use pkg_format::description::{quoted, quoted_list};
use std::collections::BTreeSet;

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
            all.push(Draft { name, text: OwedText::new(product, owed, places, plan.at).text() });
        }
    }
    all
}

/// A description of what is owed.
struct OwedText<'a> {
    to: Writer<'a>,
    owed: &'a Owed,
    at: u64,
}

impl<'a> OwedText<'a> {
    fn new(product: &'a Product, owed: &'a Owed, places: &'a Places<'a>, at: u64) -> OwedText<'a> {
        OwedText { to: Writer::new(product, places), owed, at }
    }

    fn text(mut self) -> String {
        self.to.line("# Written by pkg plan. Complete it, check the texts that were copied, and build it:");
        self.to.line("# pkg check lists what is not filled in.");
        if self.to.places.known == Known::Repository {
            self.to.line("# Earlier packages are in the repository: give it to pkg check and pkg build with --repository.");
        }
        for why in &self.owed.why {
            self.to.out.push_str(&format!("# {}\n", why.replace(['\n', '\r'], " ")));
        }
        let previous = self.owed.previous.and_then(|d| self.to.release(&d));
        match self.owed.task {
            Task::Notice => self.notice(),
            _ => self.release_text(previous),
        }
        self.to.out
    }

    /// The release that tells the most of the vulnerabilities.
    fn teller(&self) -> Option<&'a Release> {
        self.owed.ids.iter().find_map(|i| self.to.release(&i.told_by?))
    }

    fn release_text(&mut self, previous: Option<&Release>) {
        let owed = self.owed;
        self.to.contact(previous);
        let of_owed: BTreeSet<&str> = owed.hardware.iter().map(String::as_str).collect();
        let hardware: Vec<Id> = match previous {
            Some(release) => release.hardware().to_vec(),
            None => of_owed.iter().filter_map(|h| Id::new(h).ok()).collect(),
        };
        self.to.product(&hardware);
        self.to.line("\n[release]");
        self.to.fill("version", "The new version");
        self.to.put("line", quoted(&owed.line));
        let is_security = owed.task == Task::SecurityRelease;
        self.to.put("class", quoted(if is_security { "security" } else { "feature" }));
        match owed.previous.and_then(|d| (self.to.places.package)(&d)) {
            Some(path) => self.to.put("previous", quoted(&path)),
            None => {
                let after = owed.after.as_deref().unwrap_or("the last release");
                self.to.fill("previous", &format!("The full package of {after}"));
            }
        }
        if let Some(says) = owed.says.as_ref().filter(|s| !s.merged.is_empty()) {
            let paths: Vec<String> = says.merged_from.iter().filter_map(self.to.places.package).collect();
            let versions = says.merged.join(", ");
            match paths.len() == says.merged.len() {
                true => self.to.put(
                    "merged",
                    format!("{} # to complete: merge the fixes of {versions}", quoted_list(paths)),
                ),
                false => self.to.fill_list("merged", &format!("The full packages of {versions}")),
            }
        }
        match &self.to.places.known {
            Known::Folder(known) => self.to.put("known", quoted(known)),
            Known::Repository => {}
            Known::Unknown => self.to.fill("known", "The folder of all packages"),
        }
        if owed.scope != "product" {
            self.to.put("scope", quoted(&owed.scope));
        }
        for (key, value) in [
            ("sequence", owed.sequence),
            ("feature-level", owed.feature_level),
            ("security-level", owed.security_level),
        ] {
            if let Some(value) = value {
                self.to.put(key, value);
            }
        }
        if !is_security {
            let all = previous.map(|r| r.state).into_iter().chain(owed.states.iter().copied());
            self.to.put("applies-to", quoted_list(all.collect::<BTreeSet<_>>()));
        }
        self.to.images(previous, &[]);
        match is_security {
            true => self.security(),
            false => {
                self.to.new_change();
                self.to.says(owed.says.as_ref().unwrap_or(&FeatureSays::default()));
            }
        }
        self.to.automatic(is_security, previous, self.teller());
        self.to.support(previous);
    }

    fn security(&mut self) {
        for id in &self.owed.ids {
            self.to.line("\n[[fix]]");
            let told = id.told_by.and_then(|d| self.to.release(&d));
            let told = told.and_then(|r| {
                let mut fixes = r.fixes().iter();
                fixes.find(|f| is_named(f, &id.id))
            });
            match told {
                Some(fix) => self.to.fix(fix),
                None => self.to.new_fix(Some(&id.id)),
            }
        }
        self.to.new_separation();
        self.advice();
    }

    /// The advisory and the action, as the release that has the fix gives them.
    fn advice(&mut self) {
        match self.teller().and_then(Release::security) {
            Some(security) => {
                self.advisory_of_one();
                self.to.advisory(&security.advisory);
                self.to.action(&security.action);
            }
            None => {
                self.to.new_advisory();
                self.to.new_action();
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
            self.to.line("");
            self.to.missing(&format!(
                "the advisory is that of {}; it says nothing of {}",
                teller.body.identity.version,
                others.join(", ")
            ));
        }
    }

    fn notice(&mut self) {
        let owed = self.owed;
        let first = owed.ids.first().map_or("", |i| i.id.as_str());
        self.to.put("kind", "\"notice\"");
        self.to.put("id", quoted(&format!("{}-{}", date(self.at), first.to_lowercase())));
        if let Known::Folder(known) = &self.to.places.known {
            self.to.put("known", quoted(known));
        }
        self.to.contact(None);
        if !owed.supersedes.is_empty() {
            self.to.put("supersedes", quoted_list(&owed.supersedes));
        }
        let hardware: Vec<Id> = owed.hardware.iter().filter_map(|h| Id::new(h).ok()).collect();
        self.to.product(&hardware);
        let ids: Vec<&str> = owed.ids.iter().map(|i| i.id.as_str()).collect();
        for id in &ids {
            self.to.line("\n[[status]]");
            self.to.put("id", quoted(id));
            match owed.supersedes.is_empty() {
                true if owed.discloses() => {
                    self.to.put("status", "\"fixed\" # to complete: or \"mitigated\", as the release says");
                    self.to.put("states", quoted_list(&owed.states));
                }
                true => {
                    self.to.put("status", "\"affected\" # to complete: check it for each state");
                    self.to.put("states", quoted_list(&owed.states));
                }
                false => {
                    self.to.put("status", "\"affected\"");
                    self.to.fill_list(
                        "states",
                        &format!("The states or packages, without {}", owed.users.join(", ")),
                    );
                }
            }
        }
        if !owed.discloses() {
            self.to.line("\n[[remediation]]");
            self.to.put("ids", quoted_list(&ids));
            match owed.supersedes.is_empty() {
                true => self.to.put("states", quoted_list(&owed.states)),
                false => self.to.fill_list("states", "The same states or packages"),
            }
            self.to.new_remedy();
        }
        match self.teller().and_then(Release::security).filter(|_| !owed.discloses()) {
            Some(security) => {
                self.advisory_of_one();
                self.to.advisory(&security.advisory);
            }
            None => self.to.new_advisory(),
        }
        self.to.new_action();
    }
}
