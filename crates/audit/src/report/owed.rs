//! What is owed to whom, and since when: the sentences at the top of the report.

use super::said::{days, failing_rows, severity};
use crate::audit::Audit;
use crate::cause::Cause;
use crate::finding::Verdict;
use crate::phrase::{count, list};
use crate::register::Vulnerability;
use crate::releases::Releases;
use crate::set::Set;
use crate::time::date;
use pkg_format::Rule;
use std::collections::{BTreeMap, BTreeSet};

/// At most so many sentences; the causes below have all.
const MOST: usize = 8;

/// Vulnerabilities by product and id.
type Register<'a> = BTreeMap<(&'a str, &'a str), (usize, &'a Vulnerability)>;

/// What is owed, the most urgent first.
pub(super) fn all(set: &Set, audit: &Audit) -> Vec<String> {
    let mut register = Register::new();
    for (i, v) in audit.vulnerabilities.iter().enumerate() {
        register.entry((&v.product, &v.id)).or_insert((i, v));
    }
    let mut all: Vec<String> = Vec::new();
    if !set.refused.is_empty() {
        let refused = count(set.refused.len(), "package was refused", "packages were refused");
        all.push(format!("{refused}. What cannot be trusted is no evidence: sign it again, or replace it."));
    }
    for debt in debts(&register, audit) {
        let told = debt.told(set.products.len() > 1, audit.at);
        if !all.contains(&told) {
            all.push(told);
        }
    }
    all.extend(unsaid(audit));
    for row in failing_rows(audit).filter(|r| r.id == "A-02") {
        all.push(format!("{}: {}.", row.title, row.text));
    }
    if all.len() > MOST {
        let more = all.len() + 1 - MOST;
        all.truncate(MOST - 1);
        all.push(format!("{} below.", count(more, "more cause is listed", "more causes are listed")));
    }
    all
}

/// What the vendor owes.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Kind {
    /// A security update.
    Fix,
    /// A notice that says what to do.
    Advice,
    /// Something else, which the rule says.
    Other,
}

impl Kind {
    fn of(rule: Rule) -> Kind {
        use Rule::{G1, G7, G8, G9, G10, G12, G13};
        match rule {
            G9 => Kind::Advice,
            rule if [G1, G7, G8, G10, G12, G13].contains(&rule) => Kind::Fix,
            _ => Kind::Other,
        }
    }
}

/// What is owed to the users of some releases.
struct Debt<'a> {
    kind: Kind,
    cause: &'a Cause,
    hardware: BTreeSet<&'a str>,
    /// The vulnerabilities, the most urgent first.
    of: BTreeMap<usize, &'a Vulnerability>,
}

/// All debts, the most urgent first. What is owed to users of the same releases is one debt, on whichever hardware.
fn debts<'a>(register: &Register<'a>, audit: &'a Audit) -> Vec<Debt<'a>> {
    let mut all: Vec<Debt<'_>> = Vec::new();
    // What nobody said is told by what users have read.
    for cause in audit.causes().filter(|c| c.rule != Rule::G14) {
        let named = |id| register.get(&(cause.product.as_str(), id));
        let of: BTreeMap<usize, &Vulnerability> =
            cause.open.iter().filter_map(|id| named(id.as_str())).copied().collect();
        let kind = match of.is_empty() || cause.releases.is_empty() {
            true => Kind::Other,
            false => Kind::of(cause.rule),
        };
        let same = |d: &&mut Debt<'_>| {
            let c = d.cause;
            kind != Kind::Other
                && d.kind == kind
                && c.product == cause.product
                && c.releases == cause.releases
        };
        match all.iter_mut().find(same) {
            Some(debt) => {
                debt.hardware.extend(cause.hardware.iter().map(String::as_str));
                debt.of.extend(of);
            }
            None => {
                let hardware = cause.hardware.iter().map(String::as_str).collect();
                all.push(Debt { kind, cause, hardware, of });
            }
        }
    }
    all.sort_by_key(|d| (d.of.keys().next().copied().unwrap_or(usize::MAX), d.cause.rule.number()));
    all
}

impl Debt<'_> {
    fn told(&self, several: bool, at: u64) -> String {
        let earliest =
            |time: fn(&Vulnerability) -> Option<u64>| self.of.values().filter_map(|v| time(v)).min();
        match self.kind {
            Kind::Fix => format!(
                "{} are owed a security update that closes {}. A fix has existed{}.",
                self.users(several),
                self.ids(),
                since(earliest(|v| v.fixed), at)
            ),
            Kind::Advice => format!(
                "{} are owed advice on {}: no signed package tells them what to do. It has been known{}.",
                self.users(several),
                self.ids(),
                since(earliest(|v| v.known_since.or(v.advised)), at)
            ),
            Kind::Other => general(self.cause),
        }
    }

    /// `Users of 1.0.0 to 1.0.9 (10 releases) on hardware rev-a`.
    fn users(&self, several: bool) -> String {
        let of = if several { format!("{} ", self.cause.product) } else { String::new() };
        let hardware: Vec<String> = self.hardware.iter().map(|h| (*h).to_owned()).collect();
        let hardware = match hardware.as_slice() {
            [] => String::new(),
            some => format!(" on hardware {}", list(some)),
        };
        format!("Users of {of}{}{hardware}", self.cause.releases)
    }

    fn ids(&self) -> String {
        ids(&self.of.values().copied().collect::<Vec<_>>())
    }
}

/// `CVE-2026-1 (critical, exploited)`; of many the most urgent, and how many more there are.
fn ids(all: &[&Vulnerability]) -> String {
    const SHOWN: usize = 4;
    let one = |v: &&Vulnerability| {
        let exploited = if v.exploited.is_some() { ", exploited" } else { "" };
        format!("{} ({}{exploited})", v.id, severity(v))
    };
    let mut told: Vec<String> = all.iter().take(SHOWN).map(one).collect();
    if all.len() > SHOWN {
        told.truncate(SHOWN - 1);
        told.push(format!("{} more", all.len() - told.len()));
    }
    list(&told)
}

/// ` since 2026-01-01 (40 days)`.
fn since(when: Option<u64>, at: u64) -> String {
    when.map_or_else(String::new, |when| {
        format!(" since {} ({})", date(when), days(at.saturating_sub(when) / 86_400))
    })
}

/// The words of the finding itself.
fn general(cause: &Cause) -> String {
    let mut letters = cause.text.chars();
    let first = letters.next().map(|c| c.to_uppercase().to_string()).unwrap_or_default();
    format!("{first}{} ({}).", letters.as_str(), cause.rule.id())
}

/// Releases for which nobody said whether they are affected.
fn unsaid(audit: &Audit) -> Vec<String> {
    let failing = audit.rows.iter().any(|r| r.id == "A-12" && r.status.verdict() == Verdict::Fail);
    let mut alike: BTreeMap<(&str, &str, &Releases), Vec<&Vulnerability>> = BTreeMap::new();
    for v in audit.vulnerabilities.iter().filter(|v| failing && !v.undecided_in.is_empty()) {
        alike.entry((&v.product, &v.scope, &v.undecided_in)).or_default().push(v);
    }
    let told = alike.into_iter().map(|((_, _, releases), of)| {
        let verb = if releases.count() == 1 { "is" } else { "are" };
        let first = of.iter().filter_map(|v| v.advised).min();
        format!(
            "Nobody has said whether {releases} {verb} affected by {}, which users have read about{}.",
            ids(&of),
            since(first, audit.at)
        )
    });
    told.collect()
}
