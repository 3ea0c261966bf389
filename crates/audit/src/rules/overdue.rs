//! What came too late or not at all (G23): fixes that were promised by a date, measures against what attackers use, and
//! fixes of a severity for which the auditor sets a limit.

use super::found::LeftBehind;
use super::promises::{Promises, named};
use super::waiting::{Wait, Waiting};
use crate::finding::{Finding, Verdict};
use crate::options::AuditOptions;
use crate::scope::Scope;
use crate::severity::Severity;
use crate::spans::Spans;
use crate::time::{DAY, date, longer, span};
use pkg_format::manifest::{Category, Exploited, Outcome};
use pkg_format::{Digest, Id, Rule};
use pkg_status::Column;
use std::cell::OnceCell;
use std::collections::BTreeMap;

/// How soon there is a fix or a measure against what attackers use, seconds. The law says "without delay" and gives no
/// number.
const MEASURE: u64 = 14 * DAY;

pub(super) fn check(
    scopes: &[Scope<'_>],
    scope: &Scope<'_>,
    options: &AuditOptions,
    left_behind: &LeftBehind,
    findings: &mut Vec<Finding>,
) {
    let (promises, facts) = (Promises::new(scope), facts(scope, options));
    let measures = measures(scope, &facts);
    let mut all = promises.vulnerabilities();
    all.extend(facts.keys());
    for number in 0..scope.populations.len() {
        let waiting = Waiting::new(scopes, scope, number, left_behind);
        for &x in &all {
            let overdue =
                Overdue { waiting: &waiting, x, times: waiting.available(x), column: OnceCell::new() };
            for hardware in &waiting.population.hardware {
                let add = |f: Finding| Finding { hardware: Some(hardware.to_string()), ..f };
                findings.extend(overdue.promised(&promises, hardware).into_iter().map(add));
                findings.extend(overdue.renewed(&promises, hardware).into_iter().map(add));
                let Some(facts) = facts.get(&x) else { continue };
                findings.extend(overdue.exploited(facts, &measures, hardware).into_iter().map(add));
                findings.extend(overdue.limited(facts).into_iter().map(add));
            }
        }
    }
}

/// What limits apply to a vulnerability.
#[derive(Default)]
struct Facts {
    /// Since when it is known that attackers use it.
    exploited: Option<u64>,
    /// Since when it is known, how bad it is, and how long its fix may take.
    limit: Option<(u64, Severity, u64)>,
}

/// The vulnerabilities to which limits of time apply.
fn facts(scope: &Scope<'_>, options: &AuditOptions) -> BTreeMap<usize, Facts> {
    let mut told: BTreeMap<usize, (u64, Option<Severity>, Option<u64>)> = BTreeMap::new();
    for release in scope.graph.steps.iter().map(|s| s.release) {
        for fix in release.fixes() {
            let Some(x) = scope.statuses.find(&fix.id) else { continue };
            let issued = release.common.issued;
            let entry = told.entry(x).or_insert((issued, None, None));
            entry.0 = entry.0.min(issued);
            entry.1 = entry.1.max(fix.severity().map(Severity::from));
            if let Exploited::Yes(_) = fix.exploited {
                entry.2 = Some(entry.2.map_or(issued, |first| first.min(issued)));
            }
        }
    }
    let mut all: BTreeMap<usize, Facts> = BTreeMap::new();
    for (x, (first, severity, attacked)) in told {
        let it = &scope.statuses.list[x];
        let known = it.known_since.unwrap_or(first);
        let exploited = attacked.map(|told| it.exploited.flatten().or(it.known_since).unwrap_or(told));
        let limit = severity.and_then(|s| {
            let limits = options.fix_limits.iter().filter(|(of, _)| *of == s);
            limits.map(|(_, limit)| (known, s, *limit)).min_by_key(|(.., limit)| *limit)
        });
        if exploited.is_some() || limit.is_some() {
            all.insert(x, Facts { exploited, limit });
        }
    }
    all
}

/// When users of a state on some hardware had a measure against an exploited vulnerability.
type Measures<'m> = BTreeMap<(usize, usize, &'m Id), Spans>;

fn measures<'m>(scope: &Scope<'m>, facts: &BTreeMap<usize, Facts>) -> Measures<'m> {
    let mut all = Measures::new();
    let is_exploited = |x: &usize| facts.get(x).is_some_and(|f| f.exploited.is_some());
    let mut tell = |v: usize, x: usize, hardware: &'m [Id], (from, until): (u64, u64)| {
        for h in hardware {
            all.entry((v, x, h)).or_default().join(&Spans::one(from, until));
        }
    };
    // A promise helps nobody, and a fix counts when security updates lead to it.
    let helps = |c: Category| matches!(c, Category::Workaround | Category::Mitigation);
    let replaced = replaced(scope);
    for notice in scope.product.notices_by(scope.at) {
        // Whoever replaces it repeats what still helps.
        let until = replaced.get(&notice.digest).copied().unwrap_or(u64::MAX);
        for remedy in notice.body.remediations.iter().filter(|r| helps(r.remedy.category())) {
            let states = named(scope, remedy);
            for x in remedy.ids.iter().filter_map(|id| scope.statuses.find(id)).filter(is_exploited) {
                for v in &states {
                    tell(*v, x, &notice.common.product.hardware, (notice.common.issued, until));
                }
            }
        }
    }
    for (s, step) in scope.graph.steps.iter().enumerate().filter(|(_, s)| !s.release.is_testing()) {
        let release = step.release;
        let (hardware, issued) = (release.hardware(), release.common.issued);
        // A release that is withdrawn helps those who have it, and nobody else any more.
        let gone = scope.graph.states[step.to].withdrawn.unwrap_or(u64::MAX);
        let sources = scope.graph.sources(s).iter().map(|v| (*v, gone));
        let readers = sources.chain([(step.to, u64::MAX)]);
        for remedy in release.body.remediations.iter().filter(|r| helps(r.remedy.category())) {
            let states = named(scope, remedy);
            for x in remedy.ids.iter().filter_map(|id| scope.statuses.find(id)).filter(is_exploited) {
                let told = readers.clone().filter(|(v, _)| states.contains(v));
                told.for_each(|(v, until)| tell(v, x, hardware, (issued, until)));
            }
        }
        // A release that makes the risk lower is a measure for those who can install it.
        for fix in release.fixes().iter().filter(|f| f.status == Outcome::Mitigated) {
            if let Some(x) = scope.statuses.find(&fix.id).filter(is_exploited) {
                readers.clone().for_each(|(v, until)| tell(v, x, hardware, (issued, until)));
            }
        }
    }
    all
}

/// When each notice was replaced by another one.
fn replaced(scope: &Scope<'_>) -> BTreeMap<Digest, u64> {
    let mut replaced: BTreeMap<Digest, u64> = BTreeMap::new();
    for notice in scope.product.notices_by(scope.at) {
        for digest in &notice.common.supersedes {
            let first = replaced.entry(*digest).or_insert(notice.common.issued);
            *first = notice.common.issued.min(*first);
        }
    }
    replaced
}

/// One vulnerability, and when users of each state could have its fix.
struct Overdue<'a, 's, 'm> {
    waiting: &'a Waiting<'s, 'm>,
    x: usize,
    times: Vec<Spans>,
    /// What decided its status in each state.
    column: OnceCell<Column>,
}

impl Overdue<'_, '_, '_> {
    /// The states in which it is open, and that were supported at the time that `from` says.
    fn open(&self, from: impl Fn(usize) -> u64) -> impl Iterator<Item = (usize, u64)> {
        let open = self.waiting.states().filter(move |v| self.waiting.scope.is_open(*v, self.x));
        open.map(move |v| (v, from(v))).filter(move |(v, from)| self.waiting.is_supported(*v, *from))
    }

    fn finding(&self, v: usize, wait: Wait, text: String) -> Finding {
        let scope = self.waiting.scope;
        let finding = Finding::fail(Rule::G23, scope.label(v), text).about(scope.graph.states[v].digest);
        Finding { open: vec![scope.id(self.x).to_string()], ended: wait.ended(scope.at), ..finding }
    }

    /// When users of a state lacked the fix from a time on, until they could have it, or until a statement said that it is
    /// closed there.
    fn lacked(&self, v: usize, from: u64) -> Spans {
        let scope = self.waiting.scope;
        let from = from.max(scope.graph.states[v].placed);
        if scope.is_open(v, self.x) {
            return self.times[v].gap(from);
        }
        let column = self.column.get_or_init(|| scope.statuses.all().of(self.x));
        Spans::one(from, column.status(v).decided().map_or(0, |d| d.time))
    }

    /// Promises that were not kept on their date.
    fn promised(&self, promises: &Promises<'_>, hardware: &Id) -> Vec<Finding> {
        let (scope, at) = (self.waiting.scope, self.waiting.scope.at);
        let mut found = Vec::new();
        for v in self.waiting.states() {
            for promise in promises.due(v, self.x, hardware).filter(|p| self.waiting.is_supported(v, p.date))
            {
                let lacked = self.lacked(v, promise.date);
                let wait = self.waiting.wait(v, self.x, &lacked);
                let Some(wait) = wait.filter(|w| w.length > DAY) else { continue };
                let (is_open, end) = (scope.is_open(v, self.x), lacked.end().unwrap_or(u64::MAX));
                let text = format!(
                    "{} promised a fix of {} by {}, and users of {} {}",
                    promise.by,
                    scope.id(self.x),
                    date(promise.date),
                    scope.label(v),
                    match is_open {
                        true => came(wait, end, at),
                        false => format!("had none when a statement of {} closed it there", date(end)),
                    }
                );
                let finding = self.finding(v, wait, text);
                found.push(if is_open {
                    finding
                } else {
                    Finding { verdict: Verdict::Exception, ..finding }
                });
            }
        }
        found
    }

    /// Promises that were renewed while there was no fix: listed, because each of them was for nothing.
    fn renewed(&self, promises: &Promises<'_>, hardware: &Id) -> Vec<Finding> {
        let scope = self.waiting.scope;
        let renewed = self.waiting.states().filter_map(|v| {
            let dates = promises.dates(v, self.x, hardware);
            let (first, last) = (*dates.first()?, *dates.last()?);
            let wait = self.waiting.wait(v, self.x, &self.lacked(v, first))?;
            if first == last || wait.length <= DAY {
                return None;
            }
            let text = format!(
                "a fix of {} was promised to users of {} {} times: first by {}, last by {}, {} later",
                scope.id(self.x),
                scope.label(v),
                dates.len(),
                date(first),
                date(last),
                span(last.saturating_sub(first))
            );
            Some(Finding { verdict: Verdict::Exception, ..self.finding(v, wait, text) })
        });
        renewed.collect()
    }

    /// Nothing helped users against what attackers used.
    fn exploited(&self, facts: &Facts, measures: &Measures<'_>, hardware: &Id) -> Vec<Finding> {
        let scope = self.waiting.scope;
        let Some(since) = facts.exploited else { return Vec::new() };
        let mut found = Vec::new();
        for (v, from) in self.open(|v| since.max(scope.graph.states[v].placed)) {
            let none = Spans::default();
            let helped = measures.get(&(v, self.x, hardware)).unwrap_or(&none);
            for (from, until) in Spans::one(from, u64::MAX).without(&self.times[v]).without(helped).iter() {
                let wait = self.waiting.wait(v, self.x, &Spans::one(from, until));
                let Some(wait) = wait.filter(|w| w.length > MEASURE) else { continue };
                let text = format!(
                    "attackers use {}, and for {} nothing helped users of {}: no fix, no workaround and no mitigation; the limit is {}",
                    scope.id(self.x),
                    longer(wait.length, MEASURE),
                    scope.label(v),
                    span(MEASURE)
                );
                found.push(self.finding(v, wait, text));
            }
        }
        found
    }

    /// Fixes that took longer than the auditor's limit for their severity.
    fn limited(&self, facts: &Facts) -> Vec<Finding> {
        let (scope, at) = (self.waiting.scope, self.waiting.scope.at);
        let Some((known, severity, limit)) = facts.limit else { return Vec::new() };
        let mut found = Vec::new();
        for (v, from) in self.open(|v| known.max(scope.graph.states[v].placed)) {
            // Users whose fix was withdrawn are without one again.
            let wait = self.waiting.wait(v, self.x, &Spans::one(from, u64::MAX).without(&self.times[v]));
            let Some(wait) = wait.filter(|w| w.length > limit) else { continue };
            let text = format!(
                "{} ({}) was known for {} before users of {} had its fix; the limit for this severity is {}",
                scope.id(self.x),
                severity.as_str(),
                longer(wait.length, limit),
                scope.label(v),
                span(limit)
            );
            let text = match self.times[v].contains(at) {
                true => text,
                false => format!(
                    "{} ({}) has been known for {}, and users of {} have no fix; the limit for this severity is {}",
                    scope.id(self.x),
                    severity.as_str(),
                    longer(wait.length, limit),
                    scope.label(v),
                    span(limit)
                ),
            };
            found.push(self.finding(v, wait, text));
        }
        found
    }
}

/// What became of a promise.
fn came(wait: Wait, fixed: u64, at: u64) -> String {
    match fixed <= at {
        true => format!("got it {} later", span(wait.length)),
        false if wait.until <= at => {
            format!("had none until {}, when it was not owed to them any more", date(wait.until))
        }
        false => format!("have had none for {}", span(wait.length)),
    }
}
