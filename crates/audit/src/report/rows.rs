//! The rows of the report, A-01 to A-18: what the technical documentation asks for (CRA Annex VII and
//! friends), and what the set has of it. What is missing is said to be missing.

use crate::audit::RuleResult;
use crate::finding::{Finding, Verdict};
use crate::model::{Automatic, Class, Product, Release, Set, Words};
use crate::register::Vulnerability;
use crate::scope::list;
use crate::time::{date, month, month_name, ten_years_after};
use pkg_format::manifest::{EvidenceKind, SeparationKind};
use pkg_format::{Digest, FORMAT, Rule, limits};
use std::collections::{BTreeMap, BTreeSet};

/// How a row stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RowStatus {
    /// The evidence is there.
    Pass,
    /// It is there, with exceptions that were recorded.
    Exception,
    /// Something speaks against it.
    Fail,
    /// The set has nothing for it.
    NotProvided,
}

impl RowStatus {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            RowStatus::Pass => "pass",
            RowStatus::Exception => "exception",
            RowStatus::Fail => "fail",
            RowStatus::NotProvided => "not-provided",
        }
    }
}

impl From<Verdict> for RowStatus {
    fn from(verdict: Verdict) -> RowStatus {
        match verdict {
            Verdict::Pass => RowStatus::Pass,
            Verdict::Exception => RowStatus::Exception,
            Verdict::Fail => RowStatus::Fail,
        }
    }
}

/// One row.
#[derive(Debug, Clone)]
pub struct Row {
    /// Its id.
    pub id: &'static str,
    /// What it is about.
    pub title: &'static str,
    /// Where the law asks for it.
    pub reference: &'static str,
    /// How it stands.
    pub status: RowStatus,
    /// What is there, in plain words.
    pub text: String,
    /// The documents and statements behind it.
    pub digests: Vec<Digest>,
}

impl Row {
    /// Whether it can fail though no rule does: by a broken record, a refused package, something undecided.
    pub fn is_judged_itself(&self) -> bool {
        ["A-02", "A-05", "A-12"].contains(&self.id)
    }
}

/// What every row is made from, at one time.
struct Sight<'a> {
    set: &'a Set,
    at: u64,
    releases: Vec<(&'a Product, &'a Release)>,
    words: Vec<&'a Words>,
    rules: &'a [RuleResult],
}

/// What a row comes to.
struct Found(RowStatus, String, Vec<Digest>);

pub(crate) fn of(set: &Set, rules: &[RuleResult], register: &[Vulnerability], at: u64) -> Vec<Row> {
    let mut releases = Vec::new();
    let mut words = Vec::new();
    for product in &set.products {
        let there = product.releases.iter().filter(|r| r.issued <= at);
        releases.extend(there.map(|r| (product, r)));
        words.extend(product.notices.iter().filter(|n| n.issued <= at).map(|n| &n.words));
        words.extend(product.withdrawals.iter().filter(|w| w.issued <= at).map(|w| &w.words));
    }
    words.extend(releases.iter().map(|(_, r)| &r.words));
    let sight = Sight { set, at, releases, words, rules };
    let rows: [(&str, &str, &str, Found); 18] = [
        ("A-01", "Product, versions and images", "Annex VII 1(b)", sight.products()),
        ("A-02", "Information for users", "Annex VII 1(d); Annex II 2, 7, 8(c), 8(e)", sight.users()),
        ("A-03", "Software bills of materials", "Annex VII 2(b), 8; Annex I II(1)", sight.sboms()),
        (
            "A-04",
            "Coordinated vulnerability disclosure",
            "Annex VII 2(b); Annex I II(5), II(6)",
            sight.disclosure(),
        ),
        ("A-05", "Secure distribution of updates", "Annex VII 2(b); Annex I II(7)", sight.distribution()),
        ("A-06", "Risk assessments", "Annex VII 3; Art. 13(2) to 13(4)", sight.risk()),
        ("A-07", "Support period", "Annex VII 4; Art. 13(8), 13(19)", sight.support()),
        ("A-08", "Standards applied", "Annex VII 5", sight.documented("standards")),
        ("A-09", "Test reports", "Annex VII 6", sight.tests()),
        ("A-10", "Security apart from functionality", "Annex I II(2); Recital 57", sight.separation()),
        ("A-11", "Exception register", "various", sight.exceptions()),
        (
            "A-12",
            "Vulnerability register",
            "Annex I II(2), II(4), II(8); Art. 14",
            sight.vulnerabilities(register),
        ),
        ("A-13", "Free of charge", "Annex I II(8)", sight.free()),
        ("A-14", "Availability", "Art. 13(9)", sight.availability()),
        ("A-15", "Withdrawals and recalls", "Art. 13(21)", sight.withdrawals()),
        ("A-16", "Automatic updates by default", "Annex I I(2)(c); Recital 56", sight.automatic()),
        ("A-17", "Keeping the documentation", "Art. 13(13)", sight.keeping()),
        ("A-18", "Secure by default", "Annex I I(2)(b)", sight.defaults()),
    ];
    rows.map(|(id, title, reference, Found(status, text, mut digests))| {
        digests.sort_unstable();
        digests.dedup();
        Row { id, title, reference, status, text, digests }
    })
    .into()
}

/// `3 releases`, `1 release`.
fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

impl Sight<'_> {
    fn worst(&self, rules: &[Rule]) -> Verdict {
        let found = self.rules.iter().filter(|r| rules.contains(&r.rule));
        found.map(|r| r.verdict).max().unwrap_or(Verdict::Pass)
    }

    fn findings(&self, rule: Rule) -> &[Finding] {
        self.rules.iter().find(|r| r.rule == rule).map_or(&[], |r| &r.findings)
    }

    fn evidence(&self, kind: EvidenceKind) -> Vec<Digest> {
        let all = self.words.iter().flat_map(|w| &w.evidence);
        all.filter(|e| e.kind == kind).map(|e| e.digest).collect()
    }

    fn declared(&self, name: &str) -> Vec<String> {
        let all = self.set.products.iter().flat_map(|p| &p.declared.documentation);
        all.filter(|(n, _)| n == name).flat_map(|(_, where_)| where_.clone()).collect()
    }

    fn products(&self) -> Found {
        let mut texts = Vec::new();
        let mut digests = Vec::new();
        for product in &self.set.products {
            let mine: Vec<_> = product.releases.iter().filter(|r| r.issued <= self.at).collect();
            let hardware: BTreeSet<_> = mine.iter().flat_map(|r| r.hardware.iter().cloned()).collect();
            let mut versions: Vec<String> = Vec::new();
            for release in &mine {
                if !versions.contains(&release.identity.version) {
                    versions.push(release.identity.version.clone());
                }
                digests.extend(release.images.iter().map(|(_, d)| *d));
            }
            let past = product.declared.releases.iter().filter(|p| p.placed.unwrap_or(0) <= self.at);
            let past: Vec<_> = past.collect();
            if mine.is_empty() && past.is_empty() {
                continue;
            }
            let mut text = format!(
                "{} {}, hardware {}: {} ({})",
                product.vendor,
                product.name,
                list(&hardware.into_iter().collect::<Vec<_>>()),
                count(versions.len(), "release", "releases"),
                list(&versions)
            );
            if !past.is_empty() {
                let versions: Vec<_> = past.iter().map(|p| p.identity.version.clone()).collect();
                text.push_str(&format!("; declared, not signed: {}", list(&versions)));
                digests.extend(past.iter().flat_map(|p| p.images.iter().map(|(_, d)| *d)));
            }
            texts.push(text);
        }
        match texts.is_empty() {
            true => Found(RowStatus::NotProvided, "no release".into(), digests),
            false => Found(RowStatus::Pass, texts.join(". "), digests),
        }
    }

    fn users(&self) -> Found {
        let mut digests = self.evidence(EvidenceKind::UserInformation);
        let contacts: BTreeSet<String> = self.words.iter().filter_map(|w| w.contact.clone()).collect();
        let languages: BTreeSet<String> = self.words.iter().flat_map(|w| w.languages.clone()).collect();
        let actions: BTreeSet<String> = self.words.iter().filter_map(|w| w.action.clone()).collect();
        let names = |set: BTreeSet<String>| list(&set.into_iter().collect::<Vec<_>>());
        let mut text = format!(
            "contact {}; advisories in {}; actions asked for: {}; {}",
            names(contacts.clone()),
            names(languages),
            names(actions),
            match digests.len() {
                0 => "no document of kind user-information".into(),
                n => count(n, "document of kind user-information", "documents of kind user-information"),
            }
        );
        let records = &self.set.records;
        digests.extend(records.iter().map(|r| r.digest));
        let broken: Vec<_> =
            records.iter().filter_map(|r| Some(format!("{} ({})", r.path, r.broken.as_ref()?))).collect();
        if !records.is_empty() {
            let lines = records.iter().map(|r| r.records).sum();
            text.push_str(&format!(
                "; {} of what devices offered and users chose, {}",
                count(lines, "record", "records"),
                match broken.len() {
                    0 => "every chain whole".into(),
                    _ => format!("chain broken in {}", list(&broken)),
                }
            ));
        }
        let status = match (broken.is_empty(), contacts.is_empty()) {
            (false, _) => RowStatus::Fail,
            (true, true) => RowStatus::NotProvided,
            (true, false) => RowStatus::Pass,
        };
        Found(status, text, digests)
    }

    fn sboms(&self) -> Found {
        let digests = self.evidence(EvidenceKind::Sbom);
        let has = |r: &Release| r.words.evidence.iter().any(|e| e.kind == EvidenceKind::Sbom);
        let (with, without): (Vec<_>, Vec<_>) = self.releases.iter().partition(|(_, r)| has(r));
        let kinds: BTreeSet<String> = with
            .iter()
            .flat_map(|(_, r)| &r.words.evidence)
            .filter(|e| e.kind == EvidenceKind::Sbom)
            .map(|e| e.media_type.clone())
            .collect();
        let lacking: BTreeSet<_> = without.iter().map(|(_, r)| r.identity.version.clone()).collect();
        let lacking: Vec<_> = lacking.into_iter().collect();
        match (with.len(), without.len()) {
            (0, _) => Found(RowStatus::NotProvided, "no release has one".into(), digests),
            (n, 0) => {
                let kinds = list(&kinds.into_iter().collect::<Vec<_>>());
                Found(RowStatus::Pass, format!("all {n} releases have one: {kinds}"), digests)
            }
            (n, _) => {
                let text = format!(
                    "{} of {} releases have one; missing in {}",
                    n,
                    self.releases.len(),
                    list(&lacking)
                );
                Found(RowStatus::NotProvided, text, digests)
            }
        }
    }

    fn disclosure(&self) -> Found {
        let policy = self.declared("cvd-policy");
        let contacts: BTreeSet<String> = self.words.iter().filter_map(|w| w.contact.clone()).collect();
        let contacts = list(&contacts.into_iter().collect::<Vec<_>>());
        match policy.is_empty() {
            true => {
                Found(RowStatus::NotProvided, format!("no policy is named; contact {contacts}"), Vec::new())
            }
            false => {
                let text = format!("policy {} (declared, not signed); contact {contacts}", list(&policy));
                Found(RowStatus::Pass, text, Vec::new())
            }
        }
    }

    fn distribution(&self) -> Found {
        let signers: BTreeSet<String> = self
            .words
            .iter()
            .flat_map(|w| &w.signers)
            .map(|(label, key, alg)| format!("{label} ({}, {}…)", alg.as_str(), key.get(..8).unwrap_or(key)))
            .collect();
        let used = self.set.keyrings.iter().filter(|k| k.used).find_map(|k| k.says.as_ref().ok());
        let keyring = used.map_or_else(
            || "a keyring that the caller vouched for".into(),
            |(name, version, _)| format!("keyring {name}, version {version}"),
        );
        let text = format!(
            "format {FORMAT}: strict container and CBOR, COSE signatures over SHA-256 digests, every chunk bound to a \
             signed digest; statements of up to {} KiB, signatures of {} KiB, {} signers, {} levels of CBOR, chunks of \
             {} MiB; {} verified by pkg {} with {keyring}; signed by {}; {}",
            limits::STATEMENT >> 10,
            limits::COSE >> 10,
            limits::SIGNERS,
            limits::DEPTH,
            limits::CHUNK_IMAGE >> 20,
            count(self.set.packages.len(), "package", "packages"),
            env!("CARGO_PKG_VERSION"),
            list(&signers.into_iter().collect::<Vec<_>>()),
            match self.set.refused.len() {
                0 => "none refused".into(),
                n => format!("{n} REFUSED and left out"),
            }
        );
        let digests = self.set.keyrings.iter().filter_map(|k| Some(k.says.as_ref().ok()?.2)).collect();
        let status = match (self.set.refused.is_empty(), self.set.packages.is_empty()) {
            (false, _) => RowStatus::Fail,
            (true, true) => RowStatus::NotProvided,
            (true, false) => RowStatus::Pass,
        };
        Found(status, text, digests)
    }

    fn risk(&self) -> Found {
        let mut digests = self.evidence(EvidenceKind::Risk);
        let statuses = self.set.products.iter().flat_map(|p| {
            let notices = p.notices.iter().filter(|n| n.issued <= self.at).flat_map(|n| &n.statuses);
            p.releases.iter().filter(|r| r.issued <= self.at).flat_map(|r| &r.statuses).chain(notices)
        });
        let statuses: Vec<_> = statuses.collect();
        let referring = statuses.iter().filter(|s| s.risk.is_some()).count();
        digests.extend(statuses.iter().filter_map(|s| s.risk));
        let declared = self.declared("risk-assessment");
        let mut text = format!(
            "{} stated, {referring} with a risk assessment",
            count(statuses.len(), "status of a vulnerability", "statuses of vulnerabilities")
        );
        if !declared.is_empty() {
            text.push_str(&format!("; {} (declared, not signed)", list(&declared)));
        }
        let nothing = digests.is_empty() && declared.is_empty();
        Found(if nothing { RowStatus::NotProvided } else { RowStatus::Pass }, text, digests)
    }

    fn support(&self) -> Found {
        let mut lines: BTreeMap<(&str, &str), (u64, Option<&String>)> = BTreeMap::new();
        for (product, release) in &self.releases {
            let line = lines.entry((&product.name, &release.identity.line)).or_default();
            line.0 = line.0.max(release.support.until);
            line.1 = release.support.basis.as_ref().or(line.1);
        }
        let now = month(self.at);
        let each: Vec<_> = lines
            .iter()
            .map(|((_, line), (until, _))| {
                let over = if *until < now { ", over" } else { "" };
                format!("line {line} until {}{over}", month_name(*until))
            })
            .collect();
        let bases: BTreeSet<String> = lines.values().filter_map(|(_, b)| b.cloned()).collect();
        let bases: Vec<_> = bases.into_iter().collect();
        let basis =
            if bases.is_empty() { "no basis is given".into() } else { format!("basis: {}", list(&bases)) };
        let status = match (self.worst(&[Rule::G16]), lines.is_empty() || bases.is_empty()) {
            (Verdict::Fail, _) => RowStatus::Fail,
            (_, true) => RowStatus::NotProvided,
            _ => RowStatus::Pass,
        };
        Found(status, format!("{}; {basis}", list(&each)), Vec::new())
    }

    fn documented(&self, name: &str) -> Found {
        let declared = self.declared(name);
        match declared.is_empty() {
            true => Found(RowStatus::NotProvided, "none is named".into(), Vec::new()),
            false => {
                Found(RowStatus::Pass, format!("{} (declared, not signed)", list(&declared)), Vec::new())
            }
        }
    }

    fn tests(&self) -> Found {
        let digests = self.evidence(EvidenceKind::Test);
        let declared = self.declared("test-reports");
        let mut parts = Vec::new();
        if !digests.is_empty() {
            parts.push(count(digests.len(), "report among the evidence", "reports among the evidence"));
        }
        if !declared.is_empty() {
            parts.push(format!("{} (declared, not signed)", list(&declared)));
        }
        match parts.is_empty() {
            true => Found(RowStatus::NotProvided, "no test report but this audit".into(), digests),
            false => Found(RowStatus::Pass, parts.join("; "), digests),
        }
    }

    fn separation(&self) -> Found {
        use Rule::{G1, G2, G3, G4, G5, G6, G7, G13, G14, G15, G17, G18};
        let rules = [G1, G2, G3, G4, G5, G6, G7, G13, G14, G15, G17, G18];
        let worst = self.worst(&rules);
        let failing: Vec<_> = self.failing(&rules);
        let mut kinds: BTreeMap<Option<SeparationKind>, Vec<String>> = BTreeMap::new();
        for (_, release) in &self.releases {
            let kind = match &release.class {
                Class::Security { kind, .. } => Some(*kind),
                Class::Feature => None,
            };
            kinds.entry(kind).or_default().push(release.identity.version.clone());
        }
        let each = kinds.iter().map(|(kind, versions)| {
            let what = match kind {
                Some(kind) => format!("security, {kind}"),
                None => "feature".into(),
            };
            format!("{what}: {} ({})", count(versions.len(), "release", "releases"), list(versions))
        });
        let mut text = match kinds.len() {
            0 => "no release".into(),
            _ => each.collect::<Vec<_>>().join("; "),
        };
        if !failing.is_empty() {
            text.push_str(&format!("; {} found against it", list(&failing)));
        }
        Found(worst.into(), text, Vec::new())
    }

    fn failing(&self, rules: &[Rule]) -> Vec<String> {
        let failing = self.rules.iter().filter(|r| r.verdict == Verdict::Fail && rules.contains(&r.rule));
        failing.map(|r| r.rule.id().to_owned()).collect()
    }

    fn exceptions(&self) -> Found {
        let all: Vec<_> =
            self.rules.iter().flat_map(|r| &r.findings).filter(|f| f.verdict == Verdict::Exception).collect();
        let manual = self.releases.iter().filter(|(_, r)| matches!(&r.automatic, Automatic::Off(..))).count();
        let digests = all.iter().flat_map(|f| f.evidence.iter().chain(&f.digest)).copied().collect();
        match all.len() + manual {
            0 => Found(RowStatus::Pass, "none".into(), digests),
            n => Found(
                RowStatus::Exception,
                format!("{}, listed below", count(n, "exception", "exceptions")),
                digests,
            ),
        }
    }

    fn vulnerabilities(&self, register: &[Vulnerability]) -> Found {
        let undecided: Vec<_> = register
            .iter()
            .filter(|v| v.undecided_count > 0 || v.decision == "undecided")
            .map(|v| v.id.clone())
            .collect();
        let worst = self.worst(&[Rule::G2, Rule::G9, Rule::G19, Rule::G20]);
        let mut text = match register.len() {
            0 => "no vulnerability is named by any statement".into(),
            n => count(n, "vulnerability, listed below", "vulnerabilities, listed below"),
        };
        if !undecided.is_empty() {
            text.push_str(&format!("; UNDECIDED for some supported release: {}", list(&undecided)));
        }
        let status = if undecided.is_empty() { worst.into() } else { RowStatus::Fail };
        Found(status, text, register.iter().flat_map(|v| v.digests.clone()).collect())
    }

    fn free(&self) -> Found {
        let security = self.releases.iter().filter(|(_, r)| r.class != Class::Feature);
        let (free, other): (Vec<&Release>, Vec<&Release>) = security.map(|(_, r)| *r).partition(|r| !r.paid);
        let mut text =
            count(free.len(), "security release is free of charge", "security releases are free of charge");
        if !other.is_empty() {
            text.push_str(&format!("; {} by a tailor-made agreement", count(other.len(), "costs", "cost")));
        }
        let contracts =
            self.releases.iter().filter_map(|(_, r)| Some(r.tailor_made.as_ref()?.contract)).collect();
        Found(self.worst(&[Rule::G12]).into(), text, contracts)
    }

    fn availability(&self) -> Found {
        let security: Vec<_> = self.releases.iter().filter(|(_, r)| r.class != Class::Feature).collect();
        let until = security.iter().map(|(_, r)| month(ten_years_after(r.issued)).max(r.support.until));
        let text = match until.clone().min().zip(until.max()) {
            None => "no security release".into(),
            Some((first, last)) => format!(
                "{} in the set, to be kept from {} to {}; absent: {}",
                count(security.len(), "security release", "security releases"),
                month_name(first),
                month_name(last),
                self.findings(Rule::G11).len()
            ),
        };
        Found(self.worst(&[Rule::G11]).into(), text, security.iter().map(|(_, r)| r.manifest).collect())
    }

    fn withdrawals(&self) -> Found {
        let all: Vec<_> =
            self.set.products.iter().flat_map(|p| &p.withdrawals).filter(|w| w.issued <= self.at).collect();
        let each: Vec<_> =
            all.iter().map(|w| format!("{} ({}, {})", w.id, w.corrective, date(w.issued))).collect();
        let text = if each.is_empty() { "none".into() } else { list(&each) };
        Found(self.worst(&[Rule::G10]).into(), text, all.iter().map(|w| w.manifest).collect())
    }

    fn automatic(&self) -> Found {
        let off: Vec<_> = self
            .releases
            .iter()
            .filter_map(|(_, r)| match &r.automatic {
                Automatic::Off(reason, _) => Some(format!("{} ({reason})", r.identity.version)),
                Automatic::On(_) | Automatic::Unsaid => None,
            })
            .collect();
        match (self.releases.len(), off.len()) {
            (0, _) => Found(RowStatus::NotProvided, "no release".into(), Vec::new()),
            (n, 0) => Found(
                RowStatus::Pass,
                format!("all {n} releases: on by default, with an opt-out that is explained"),
                Vec::new(),
            ),
            (n, m) => Found(
                RowStatus::Exception,
                format!("not applicable in {m} of {n} releases: {}", list(&off)),
                Vec::new(),
            ),
        }
    }

    fn keeping(&self) -> Found {
        let until =
            self.releases.iter().map(|(_, r)| month(ten_years_after(r.issued)).max(r.support.until)).max();
        match until {
            None => Found(RowStatus::NotProvided, "no release".into(), Vec::new()),
            Some(until) => Found(
                RowStatus::Pass,
                format!(
                    "keep this set and its documents until {} or longer (ten years, or the support period)",
                    month_name(until)
                ),
                Vec::new(),
            ),
        }
    }

    fn defaults(&self) -> Found {
        let kinds = [EvidenceKind::ThreatModel, EvidenceKind::Architecture, EvidenceKind::Defaults];
        let mut digests = Vec::new();
        let (mut there, mut missing) = (Vec::new(), Vec::new());
        for kind in kinds {
            let found = self.evidence(kind);
            if found.is_empty() {
                missing.push(kind.to_string())
            } else {
                there.push(kind.to_string())
            }
            digests.extend(found);
        }
        let touched = self.releases.iter().flat_map(|(_, r)| r.defaults.iter().map(move |d| (r, d)));
        let touched: Vec<_> =
            touched.map(|(r, (id, way, _))| format!("{id} {way} in {}", r.identity.version)).collect();
        let mut text = format!("there: {}; missing: {}", list(&there), list(&missing));
        if !touched.is_empty() {
            text.push_str(&format!("; defaults touched: {}", list(&touched)));
        }
        let status = if missing.is_empty() { RowStatus::Pass } else { RowStatus::NotProvided };
        Found(status, text, digests)
    }
}
