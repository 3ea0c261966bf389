//! The description of the next statement, from the last release: what follows from it is filled in.

use super::make::plan;
use super::model::{Draft, Known, LetIn, NextFeature, Places, PlanOptions};
use super::writer::{Writer, is_named};
use crate::phrase::list;
use crate::set::{Product, Release, Set};
use crate::time::date;
use pkg_format::description::{placeholder, quoted, quoted_list};
use pkg_format::{Digest, Id, VulnId};
use std::collections::BTreeSet;

/// More versions than a placeholder names.
const MANY: usize = 6;

/// What is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NextKind {
    /// A security release.
    Security,
    /// A feature release.
    Feature,
    /// A notice.
    Notice,
    /// A withdrawal.
    Withdrawal,
}

impl NextKind {
    /// The word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            NextKind::Security => "security",
            NextKind::Feature => "feature",
            NextKind::Notice => "notice",
            NextKind::Withdrawal => "withdrawal",
        }
    }
}

/// What the caller knows of the next statement.
#[derive(Debug, Clone)]
pub struct Next {
    /// What it is.
    pub kind: NextKind,
    /// The manifest of the last release.
    pub last: Digest,
    /// The time, unix seconds.
    pub at: u64,
    /// The vulnerabilities that it is about.
    pub ids: Vec<VulnId>,
    /// The files that it includes.
    pub include: Vec<String>,
    /// The keys at the top that those files have.
    pub shared: Vec<String>,
    /// The files of the old images: component and path.
    pub images: Vec<(String, String)>,
    /// What signs it.
    pub signing: Signing,
}

/// What signs the next statement, as a description names it.
#[derive(Debug, Clone, Default)]
pub struct Signing {
    /// The key that signs it.
    pub key: Option<String>,
    /// The key that signs its delivery.
    pub delivery: Option<String>,
    /// What is to be said of a key that is not written, because the keyring does not let it sign this.
    pub distrusted: Vec<String>,
}

/// Writes the description of the next statement; `None` if the set does not have the last release.
pub fn next(set: &Set, next: &Next, places: &Places<'_>) -> Option<Draft> {
    let has = |p: &&Product| p.releases.iter().any(|r| r.digest == next.last);
    let product = set.products.iter().find(has)?;
    let last = product.releases.iter().find(|r| r.digest == next.last)?;
    let mut to = Writer::new(product, places);
    if let Some(lang) = language(last) {
        to.set_lang(lang);
    }
    let of = &last.body.identity;
    to.line(&format!(
        "# Written by pkg new {}, from {}. Replace every text in <…>;",
        next.kind.as_str(),
        of.version
    ));
    to.line("# pkg check lists those that are left. pkg build derives what is not written.");
    let feature = (next.kind == NextKind::Feature).then(|| feature(set, next, product, last)).flatten();
    let text = NextText { next, last, feature, to };
    Some(match next.kind {
        NextKind::Security | NextKind::Feature => text.release(),
        NextKind::Notice | NextKind::Withdrawal => text.statement(),
    })
}

/// What the next feature release must say, if it is to be built from the last release.
fn feature(set: &Set, next: &Next, product: &Product, last: &Release) -> Option<NextFeature> {
    let options = PlanOptions { at: next.at, only: None, fix_limits: Vec::new() };
    let plan = plan(set, &options);
    let product = plan.products.into_iter().find(|p| p.product == product.title())?;
    let of = &last.body.identity;
    let same = |f: &NextFeature| f.scope == of.scope.as_str() && f.after == of.version.as_str();
    product.features.into_iter().find(same)
}

struct NextText<'a> {
    next: &'a Next,
    last: &'a Release,
    /// What a feature release that is built from the last one must say.
    feature: Option<NextFeature>,
    to: Writer<'a>,
}

impl<'a> NextText<'a> {
    fn release(mut self) -> Draft {
        let (next, last) = (self.next, self.last);
        let of = &last.body.identity;
        let is_security = next.kind == NextKind::Security;
        let (version, line) = following(of.version.as_str(), of.line.as_str(), is_security);
        self.to.include(&next.include, &next.shared);
        self.to.contact(Some(last));
        self.to.product(last.hardware());
        self.to.line("\n[release]");
        self.to.put("version", format!("{} # a suggestion", quoted(&version)));
        match line == of.line.as_str() {
            true => self.to.put("line", quoted(&line)),
            false => self.to.put("line", format!("{} # a suggestion: a new line", quoted(&line))),
        }
        self.to.put("class", quoted(next.kind.as_str()));
        let previous = self.package();
        self.to.put("previous", &previous);
        self.lets_in(&previous);
        self.merged();
        if let Known::Folder(known) = &self.to.places.known {
            self.to.put("known", format!("{} # every package so far", quoted(known)));
        }
        if of.scope.as_str() != "product" {
            self.to.put("scope", quoted(of.scope.as_str()));
        }
        self.to.images(Some(last), &next.images);
        self.to.line("\n[[base]] # a delta package for devices on this release");
        self.to.put("package", &previous);
        match is_security {
            true => self.security(),
            false => {
                self.to.new_change();
                let says = self.feature.as_ref().map(|f| f.says.clone()).unwrap_or_default();
                self.to.says(&says);
            }
        }
        let teller = self.teller();
        self.to.automatic(is_security, Some(last), teller);
        self.to.support(Some(last));
        self.signing();
        Draft { name: format!("{version}.toml"), text: self.to.out }
    }

    /// The fixes, with what other releases say of them.
    fn security(&mut self) {
        let teller = self.teller();
        for id in &self.next.ids {
            self.to.line("\n[[fix]]");
            match teller.and_then(|r| r.fixes().iter().find(|f| is_named(f, id.as_str()))) {
                Some(fix) => self.to.fix(fix),
                None => self.to.new_fix(Some(id.as_str())),
            }
        }
        if self.next.ids.is_empty() {
            self.to.line("\n[[fix]]");
            self.to.new_fix(None);
        }
        let open: Vec<_> = self.last.body.open.iter().map(|o| o.id.to_string()).collect();
        if !open.is_empty() {
            let open = open.join(", ");
            self.to.line(&format!(
                "\n# pkg build repeats the [[open]] entries that this release does not fix: {open}"
            ));
        }
        self.to.new_separation();
        match teller.and_then(Release::security) {
            Some(security) => {
                self.to.advisory(&security.advisory);
                self.to.action(&security.action);
            }
            None => {
                self.to.new_advisory();
                self.to.new_action();
            }
        }
    }

    /// A notice or a withdrawal.
    fn statement(mut self) -> Draft {
        let (next, last) = (self.next, self.last);
        let first =
            next.ids.first().map_or_else(|| next.kind.as_str().to_owned(), |id| id.as_str().to_lowercase());
        let id = self.free_id(&format!("{}-{first}", date(next.at)));
        self.to.include(&next.include, &next.shared);
        self.to.put("kind", quoted(next.kind.as_str()));
        self.to.put("id", quoted(&id));
        if let Known::Folder(known) = &self.to.places.known {
            self.to.put("known", quoted(known));
        }
        self.to.contact(Some(last));
        let states = match next.kind {
            NextKind::Notice => self.affected(),
            _ => format!("[{}]", self.package()),
        };
        if next.kind == NextKind::Withdrawal {
            self.to.fill("scope", "What is withdrawn: release or product");
            self.to.put("withdraws", &states);
            self.to.fill("corrective", "What you do: withdraw, recall or stop-use");
            self.to.fill_text("reason", "Why");
        }
        self.to.product(last.hardware());
        if next.kind == NextKind::Notice {
            let ids: Vec<_> = next.ids.iter().map(VulnId::as_str).collect();
            for id in if ids.is_empty() { vec![None] } else { ids.iter().map(|id| Some(*id)).collect() } {
                self.to.line("\n[[status]]");
                match id {
                    Some(id) => self.to.put("id", quoted(id)),
                    None => self.to.fill("id", "The id of the vulnerability, such as CVE-2026-12345"),
                }
                self.to.fill(
                    "status",
                    "affected, not-affected (with a justification), mitigated or under-investigation",
                );
                self.to.put("states", &states);
            }
            self.to.line("\n[[remediation]]");
            match ids.is_empty() {
                true => self.to.fill_list("ids", "The same ids"),
                false => self.to.put("ids", quoted_list(ids)),
            }
            self.to.put("states", &states);
            self.to.new_remedy();
        }
        self.to.new_advisory();
        self.to.new_action();
        self.signing();
        Draft { name: format!("{id}.toml"), text: self.to.out }
    }

    /// An id that no package of the product has: this one, or with a number behind it.
    fn free_id(&self, id: &str) -> String {
        let product: &Product = self.to.product;
        let releases = product.releases.iter().map(|r| &r.common.id);
        let notices = product.notices.iter().map(|n| &n.common.id);
        let withdrawals = product.withdrawals.iter().map(|w| &w.common.id);
        let acknowledgements = product.acknowledgements.iter().map(|a| &a.common.id);
        let all = releases.chain(notices).chain(withdrawals).chain(acknowledgements);
        let taken: BTreeSet<&str> = all.map(Id::as_str).collect();
        let numbered = (2u32..).map(|n| format!("{id}-{n}"));
        let mut free =
            std::iter::once(id.to_owned()).chain(numbered).filter(|id| !taken.contains(id.as_str()));
        free.next().unwrap_or_else(|| id.to_owned())
    }

    /// The packages of the releases that a notice is about, as TOML writes them: which others there are, a person says.
    fn affected(&self) -> String {
        let others: BTreeSet<&str> =
            self.to.product.releases.iter().map(|r| r.body.identity.version.as_str()).collect();
        let own = self.last.body.identity.version.as_str();
        let others: Vec<String> = others.into_iter().filter(|v| *v != own).map(str::to_owned).collect();
        let which = match others.len() {
            0 => return format!("[{}]", self.package()),
            n if n > MANY => format!("the {n} other releases"),
            _ => list(&others),
        };
        let what = format!("The package of each other release that has it, among {which}; or nothing");
        format!("[{}, {}]", self.package(), quoted(&placeholder(&what)))
    }

    /// The package of the last release, as TOML writes it.
    fn package(&self) -> String {
        let path = (self.to.places.package)(&self.last.digest);
        quoted(&path.unwrap_or_else(|| format!("<The full package of {}>", self.last.body.identity.version)))
    }

    /// The newest release that tells of one of the vulnerabilities.
    fn teller(&self) -> Option<&'a Release> {
        let tells = |r: &&Release| {
            let own = r.body.identity.security_level;
            let fixes = r.fixes().iter().filter(|f| f.level == own);
            fixes.clone().any(|f| self.next.ids.iter().any(|id| is_named(f, id.as_str())))
        };
        let product: &'a Product = self.to.product;
        product.releases.iter().filter(tells).max_by_key(|r| r.common.issued)
    }

    /// The releases whose users have no other way on.
    fn lets_in(&mut self, previous: &str) {
        let Some(feature) = self.feature.as_ref().filter(|f| !f.lets_in.is_empty()) else { return };
        let package = |of: &LetIn| {
            let path = (self.to.places.package)(&of.manifest);
            quoted(&path.unwrap_or_else(|| placeholder(&format!("The full package of {}", of.version))))
        };
        let others = feature.lets_in.iter().map(package);
        let all: Vec<String> = std::iter::once(previous.to_owned()).chain(others).collect();
        let versions: Vec<String> = feature.lets_in.iter().map(|l| l.version.clone()).collect();
        let why = format!("users of {} have no other way on", list(&versions));
        self.to.put("applies-to", format!("[{}] # {why}", all.join(", ")));
    }

    /// The releases whose fixes a feature release must have.
    fn merged(&mut self) {
        let says = self.feature.as_ref().map(|f| &f.says);
        let Some(says) = says.filter(|says| !says.merged.is_empty()) else { return };
        let paths: Vec<String> = says.merged_from.iter().filter_map(self.to.places.package).collect();
        let versions = says.merged.join(", ");
        self.to.put("merged", format!("{} # to complete: merge the fixes of {versions}", quoted_list(paths)));
    }

    fn signing(&mut self) {
        let Signing { key, delivery, distrusted } = &self.next.signing;
        if !distrusted.is_empty() || key.is_some() || delivery.is_some() {
            self.to.line("\n[signing]");
        }
        for comment in distrusted {
            self.to.line(&format!("# {comment}"));
        }
        if let Some(key) = key {
            self.to.put("keys", quoted_list([key]));
        }
        if let Some(delivery) = delivery {
            self.to.put("delivery-key", quoted(delivery));
        }
    }
}

/// The language in which a release speaks to its users.
fn language(release: &Release) -> Option<&pkg_format::lang::Lang> {
    let changes = release.body.changes().iter().flat_map(|c| c.text.iter().map(|(lang, _)| lang));
    let advisory = release.security().into_iter().flat_map(|s| s.advisory.iter().map(|(lang, _)| lang));
    advisory.chain(changes).next()
}

/// The version and line after these: the last number of a security release is one more, and the second number of a
/// feature release, which begins a line of its own where the line is a part of the version.
fn following(version: &str, line: &str, is_security: bool) -> (String, String) {
    let mut numbers: Vec<&str> = version.split('.').collect();
    let place =
        if is_security { numbers.len().saturating_sub(1) } else { 1.min(numbers.len().saturating_sub(1)) };
    let raised =
        numbers.get(place).and_then(|n| n.parse::<u64>().ok()?.checked_add(1)).map(|n| n.to_string());
    let Some(raised) = raised else { return (format!("{version}.1"), line.to_owned()) };
    for (i, number) in numbers.iter_mut().enumerate() {
        if i == place {
            *number = &raised;
        } else if i > place {
            *number = "0";
        }
    }
    let next = numbers.join(".");
    let is_part = version.strip_prefix(line).is_some_and(|rest| rest.starts_with('.'));
    let count = line.split('.').count();
    let line = match is_part && !is_security {
        true => numbers.get(..count).map_or_else(|| line.to_owned(), |part| part.join(".")),
        false => line.to_owned(),
    };
    (next, line)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_that_follow() {
        for (version, line, security, feature) in [
            ("1.0.0", "1.0", ("1.0.1", "1.0"), ("1.1.0", "1.1")),
            ("1.4.9", "1", ("1.4.10", "1"), ("1.5.0", "1")),
            ("7", "main", ("8", "main"), ("8", "main")),
            ("1.0-rc", "1.0", ("1.0-rc.1", "1.0"), ("1.0-rc.1", "1.0")),
        ] {
            let owned = |(v, l): (&str, &str)| (v.to_owned(), l.to_owned());
            assert_eq!(following(version, line, true), owned(security), "{version}");
            assert_eq!(following(version, line, false), owned(feature), "{version}");
        }
    }
}
