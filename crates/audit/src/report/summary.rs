//! What all forms of the report share: the summary, and each entry in words.

use super::owed;
use super::said::{self, days, failing_rows, severity};
use crate::audit::Audit;
use crate::cause::Cause;
use crate::finding::Verdict;
use crate::phrase::{count, list};
use crate::register::Vulnerability;
use crate::row::RowStatus;
use crate::set::{Product, Set};
use crate::severity::Severity;
use crate::time::{date, span};
use std::collections::BTreeSet;

/// What every form of the report says about itself.
pub(super) const ABOUT: &str = "This is evidence for an assessment by people. It compares what signed statements say about \
                     each other; it cannot see whether an image does what its manifest says.";

/// What was audited: `acme cam-x1`.
pub(super) fn subject(set: &Set) -> String {
    let names: Vec<_> = set.products.iter().map(Product::title).collect();
    if names.is_empty() { "no product".into() } else { names.join(", ") }
}

/// What each log of a repository says of itself: `repository acme-updates, acme/cam stable: head 3 of 2026-03-11, 5
/// entries, root …`.
pub(super) fn logs(set: &Set) -> impl Iterator<Item = String> + '_ {
    set.logs.iter().map(|log| {
        let removed = match log.removed.as_slice() {
            [] => String::new(),
            removed => format!("; removed: {}", removed.join(", ")),
        };
        format!(
            "repository {}, {}: head {} of {}, {}, root {}{removed}",
            log.repository,
            log.log,
            log.version,
            date(log.issued),
            count(usize::try_from(log.entries).unwrap_or(usize::MAX), "entry", "entries"),
            log.root
        )
    })
}

/// `7 packages verified, 1 refused`, and how many were signed again since.
pub(super) fn counted(set: &Set) -> String {
    let packages = count(set.packages.len(), "package", "packages");
    let again = match set.signed_again.len() {
        0 => String::new(),
        1 => "; 1 older copy, signed again since, left out".into(),
        n => format!("; {n} older copies, signed again since, left out"),
    };
    format!("{packages} verified, {} refused{again}", set.refused.len())
}

/// The top of the report: what a reader must know who reads nothing else.
pub(super) struct Summary {
    /// The verdict in one sentence.
    pub(super) verdict: String,
    /// What is owed to whom and since when, the most urgent first.
    pub(super) owed: Vec<String>,
    /// The state of everything else, in a few sentences.
    pub(super) facts: Vec<String>,
}

impl Summary {
    pub(super) fn new(set: &Set, audit: &Audit) -> Summary {
        Summary { verdict: verdict(set, audit), owed: owed::all(set, audit), facts: facts(set, audit) }
    }
}

fn verdict(set: &Set, audit: &Audit) -> String {
    let exceptions = audit.exceptions().count();
    let recorded = match exceptions {
        0 => String::new(),
        n => format!(
            " {}, listed with {}.",
            match n {
                1 => "1 exception is recorded".into(),
                n => format!("{n} exceptions are recorded"),
            },
            if n == 1 { "its reason" } else { "their reasons" }
        ),
    };
    let failing: Vec<String> = audit
        .rules
        .iter()
        .filter(|r| r.verdict == Verdict::Fail)
        .map(|r| format!("{} ({})", r.rule.title(), r.rule.id()))
        .chain(failing_rows(audit).map(|r| format!("{} (row {})", r.title.to_lowercase(), r.id)))
        .collect();
    match audit.verdict {
        Verdict::Pass | Verdict::Exception => {
            let open = audit.vulnerabilities.iter().any(|v| v.unresolved);
            let owed = if open { "" } else { ", and no user is owed anything" };
            format!("No rule fails{owed}.{recorded}")
        }
        Verdict::Fail => {
            let refused = match set.refused.len() {
                0 => String::new(),
                n => format!(" {} refused.", count(n, "package was", "packages were")),
            };
            let what = match failing.len() {
                0 => String::new(),
                1 => format!("1 check fails: {}.", list(&failing)),
                n => format!("{n} checks fail: {}.", list(&failing)),
            };
            format!("{what}{refused}{recorded}").trim().to_owned()
        }
    }
}

fn facts(set: &Set, audit: &Audit) -> Vec<String> {
    let mut facts = Vec::new();
    let of_all = set.products.iter().flat_map(|p| p.releases_by(audit.at).map(move |r| (p, r)));
    let (mut states, mut lines) = (BTreeSet::new(), BTreeSet::new());
    for (product, release) in of_all {
        states.insert(release.state);
        lines.insert((&product.vendor, &product.name, &release.body.identity.scope, release.line()));
    }
    let releases = count(states.len(), "release", "releases");
    let mut text = format!("{releases} on {}", count(lines.len(), "line", "lines"));
    if set.products.len() > 1 {
        text.push_str(&format!(" of {} products", set.products.len()));
    }
    let all = &audit.vulnerabilities;
    let open: Vec<_> = all.iter().filter(|v| v.unresolved).collect();
    let exploited = open.iter().filter(|v| v.exploited.is_some()).count();
    let left = all.iter().filter(|v| !v.left_open_in.is_empty()).count();
    let state = match (all.len(), open.len(), exploited) {
        (0, ..) => "No statement names a vulnerability".to_owned(),
        (n, 0, _) if left > 0 => {
            format!("{}, closed in every supported release", count(n, "vulnerability", "vulnerabilities"))
        }
        (1, 0, _) => "1 vulnerability, closed by a security update where it was open".to_owned(),
        (n, 0, _) => format!("{n} vulnerabilities, each closed by a security update where it was open"),
        (n, open, exploited) => {
            let known = match n {
                1 => "1 vulnerability, which no update closes for all users".to_owned(),
                n => format!("{n} vulnerabilities; no update closes {open} of them for all users"),
            };
            match exploited {
                0 => known,
                1 if n == 1 => format!("{known}; it is exploited"),
                1 => format!("{known}; 1 of these is exploited"),
                more => format!("{known}; {more} of these are exploited"),
            }
        }
    };
    let ended = match left {
        0 => String::new(),
        1 => "; 1 stays open in releases whose support has ended".into(),
        n => format!("; {n} stay open in releases whose support has ended"),
    };
    facts.push(format!("{text}. {state}{ended}."));
    let missing: Vec<_> =
        audit.rows.iter().filter(|r| r.status == RowStatus::NotProvided).map(|r| r.id.to_owned()).collect();
    if !missing.is_empty() {
        facts.push(format!(
            "This set has no evidence for {} of the {} rows of the report: {}.",
            missing.len(),
            audit.rows.len(),
            missing.join(", ")
        ));
    }
    facts
}

/// The text of a cause, with the hardware it is about.
pub(super) fn with_hardware(cause: &Cause) -> String {
    match cause.hardware.is_empty() {
        true => cause.text.clone(),
        false => format!("{} [hardware {}]", cause.text, cause.hardware.join(", ")),
    }
}

/// ` after 5 days`, where it is known.
fn after(days: Option<u64>) -> String {
    days.map_or_else(String::new, |n| format!(" after {}", said::days(n)))
}

/// What the register knows of one vulnerability, in one line.
pub(super) fn known(v: &Vulnerability, at: u64) -> String {
    let mut parts = vec![severity(v).to_owned()];
    match v.exploited {
        Some(Some(since)) => parts.push(format!("exploited since {}", date(since))),
        Some(None) => parts.push("exploited".into()),
        None => {}
    }
    parts.extend(v.known_since.map(|t| format!("known since {}", date(t))));
    parts.extend(v.advised.map(|t| format!("users first told {}{}", date(t), after(v.days_to_tell()))));
    parts.extend(
        v.fixed
            .map(|t| format!("first fixed {}{}, in {}", date(t), after(v.days_to_fix()), list(&v.fixed_in))),
    );
    parts.extend(rest(v, at));
    parts.join("; ")
}

/// Who waited, and where it is open, undecided or declared.
pub(super) fn rest(v: &Vulnerability, at: u64) -> Vec<String> {
    let mut parts = Vec::new();
    if let (Some(lag @ 1..), Some(who)) = (v.lag, &v.waited) {
        parts.push(format!("users of {who} waited {}", span(lag)));
    }
    match (v.open_in.is_empty(), v.unresolved) {
        (true, _) => {}
        (false, false) => parts.push(format!("open in {}, which an update closes", v.open_in)),
        (false, true) => {
            let since = v.days_open(at).map_or_else(String::new, |n| format!(", for {}", days(n)));
            parts.push(format!("open in {}{since}", v.open_in));
        }
    }
    if !v.left_open_in.is_empty() {
        parts.push(format!("open in {}, whose support has ended", v.left_open_in));
    }
    if !v.undecided_in.is_empty() {
        parts.push(format!("UNDECIDED in {}", v.undecided_in));
    }
    if !v.declared_in.is_empty() {
        parts.push(format!("its status in {} is declared, not signed", v.declared_in));
    }
    if !v.closed_by_notice.is_empty() {
        parts.push(format!("closed in {} by a notice alone", v.closed_by_notice));
    }
    if !v.closed_by_alias.is_empty() {
        parts.push(format!("closed in {} under another id", v.closed_by_alias));
    }
    parts
}

/// The times of all vulnerabilities of one severity.
pub(super) struct Times {
    pub(super) severity: &'static str,
    pub(super) count: usize,
    /// How many no update closes for all users.
    pub(super) open: usize,
    /// Days from known to told: the median and the longest.
    pub(super) to_tell: Option<(u64, u64)>,
    /// Days from known to fixed: the median and the longest.
    pub(super) to_fix: Option<(u64, u64)>,
}

/// How long it took to tell and to fix, by severity, the worst first.
pub(super) fn times(all: &[Vulnerability]) -> Vec<Times> {
    let severities: BTreeSet<_> = all.iter().map(|v| std::cmp::Reverse(v.severity)).collect();
    let each = severities.into_iter().map(|std::cmp::Reverse(severity)| {
        let these: Vec<_> = all.iter().filter(|v| v.severity == severity).collect();
        let typical = |days: fn(&Vulnerability) -> Option<u64>| {
            let mut days: Vec<u64> = these.iter().filter_map(|v| days(v)).collect();
            days.sort_unstable();
            Some((*days.get(days.len() / 2)?, *days.last()?))
        };
        Times {
            severity: severity.map_or("not stated", Severity::as_str),
            count: these.len(),
            open: these.iter().filter(|v| v.unresolved).count(),
            to_tell: typical(Vulnerability::days_to_tell),
            to_fix: typical(Vulnerability::days_to_fix),
        }
    });
    each.collect()
}

/// `12 days, at most 40`.
pub(super) fn typical(days: Option<(u64, u64)>) -> String {
    match days {
        None => "not known".into(),
        Some((median, longest)) if median == longest => self::days(median),
        Some((median, longest)) => format!("{}, at most {longest}", self::days(median)),
    }
}
