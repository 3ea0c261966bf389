//! Values as people read them: times, durations, severities, kinds.

use super::layout::{list, paint};
use crate::colours::{ERROR, WARNING};
use pkg_format::cvss::Severity;
use pkg_format::manifest::release::{AppliesTo, Identity};
use pkg_format::manifest::{ActionCode, Effect, Need, Releases, Restart, SeparationKind};
use pkg_format::{Digest, VulnId};

/// `2026-11-22 12:00 UTC`; a day alone where it is midnight.
pub(crate) fn time(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|s| jiff::Timestamp::from_second(s).ok());
    let form = if seconds.is_multiple_of(86_400) { "%Y-%m-%d" } else { "%Y-%m-%d %H:%M UTC" };
    time.map_or_else(|| format!("{seconds} s after 1970"), |t| t.strftime(form).to_string())
}

/// A size as people read it: `4.7 MB`.
pub(crate) fn size(bytes: u64) -> String {
    let units = [("GB", 1_000_000_000), ("MB", 1_000_000), ("kB", 1_000)];
    match units.into_iter().find(|(_, unit)| bytes >= *unit) {
        None => format!("{bytes} B"),
        Some((name, unit)) => format!("{}.{} {name}", bytes / unit, bytes % unit * 10 / unit),
    }
}

/// `14 days`, `72 h`, `30 min`.
pub(super) fn duration(seconds: u64) -> String {
    let (hour, day) = (3_600, 86_400);
    match seconds {
        s if s.is_multiple_of(day) && s >= 4 * day => format!("{} days", s / day),
        s if s.is_multiple_of(hour) && s > 0 => format!("{} h", s / hour),
        s if s.is_multiple_of(60) && s > 0 => format!("{} min", s / 60),
        s => format!("{s} s"),
    }
}

/// `3 fixes`, `1 fix`.
pub(crate) fn count(n: usize, one: &str, many: &str) -> String {
    format!("{n} {}", if n == 1 { one } else { many })
}

/// A severity: `7.5 high` and what to sort by.
pub(super) fn severity(severity: Option<&Severity>) -> (String, f64) {
    let Some(severity) = severity else { return ("not published yet".into(), 10.1) };
    let word = severity.as_str();
    let (text, score) = match word.parse::<cvss::Cvss>() {
        Ok(vector) => (format!("{:.1} {}", vector.score(), vector.severity()), vector.score()),
        Err(_) => {
            let least = [("critical", 9.0), ("high", 7.0), ("medium", 4.0)];
            (word.to_owned(), least.iter().find(|(w, _)| *w == word).map_or(0.1, |(_, n)| *n))
        }
    };
    let text = match score {
        s if s >= 9.0 => paint(ERROR, &text),
        s if s >= 7.0 => paint(WARNING, &text),
        _ => text,
    };
    (text, score)
}

/// References to states, shortened.
pub(super) fn states(refs: &[Digest]) -> String {
    let short: Vec<_> = refs.iter().map(Digest::short).collect();
    format!("{} {}", if refs.len() == 1 { "state" } else { "states" }, list(&short))
}

/// What a status or a remediation is about: states, and releases by their numbers.
pub(super) fn named(refs: &[Digest], releases: &[Releases]) -> String {
    let states = (!refs.is_empty()).then(|| states(refs));
    list(&states.into_iter().chain(releases.iter().map(by_number)).collect::<Vec<_>>())
}

fn by_number(releases: &Releases) -> String {
    match releases {
        Releases::All { scope } => format!("every release of scope {scope}"),
        Releases::Line { scope, line, from, below } => {
            let numbers = match (from, below) {
                (None, None) => "every release".to_owned(),
                (Some(from), None) => format!("release {from} and later"),
                (None, Some(below)) => format!("releases before {below}"),
                (Some(from), Some(below)) => format!("releases {from} to {}", below.saturating_sub(1)),
            };
            format!("{numbers} of line {line}, scope {scope}")
        }
    }
}

/// What another scope must have.
pub(crate) fn need(need: &Need) -> String {
    match need {
        Need::State(state) => format!("state {}", state.short()),
        Need::Line { line, from } => format!("release {from} or later of line {line}"),
    }
}

/// References to evidence.
pub(super) fn evidence(indexes: &[u64]) -> String {
    list(&indexes.iter().map(|i| format!("#{i}")).collect::<Vec<_>>())
}

/// ` for CVE-…`, or nothing.
pub(super) fn needed_for(ids: &[VulnId]) -> String {
    if ids.is_empty() { String::new() } else { format!("needed for {}", list(ids)) }
}

/// The states that a release may be installed on.
pub(crate) fn applies(applies_to: &AppliesTo, fresh: bool, of: &Identity) -> String {
    let from = match applies_to {
        AppliesTo::Line => format!(
            "every state of line {} with feature level {} and a security level below {}",
            of.line, of.feature_level, of.security_level
        ),
        AppliesTo::States(refs) if refs.is_empty() => {
            return "only a device on which nothing is installed".into();
        }
        AppliesTo::States(refs) => format!("only {}", states(refs)),
    };
    if fresh { format!("{from}; also a device on which nothing is installed") } else { from }
}

/// A kind of separation, explained.
pub(crate) fn separation(kind: SeparationKind) -> &'static str {
    match kind {
        SeparationKind::Pure => "pure: fixes only, nothing else changes",
        SeparationKind::Inseparable => {
            "inseparable: the fix is not possible without a change of functionality"
        }
        SeparationKind::ChangeIsFix => "change-is-fix: functionality is removed to close the vulnerability",
    }
}

/// What the user is asked to do.
pub(super) fn action(code: ActionCode) -> &'static str {
    match code {
        ActionCode::None => "nothing",
        ActionCode::Install => "install the update",
        ActionCode::InstallAndRestart => "install the update and restart",
        ActionCode::Configure => "change a setting",
        ActionCode::DisableFeature => "switch a feature off",
        ActionCode::RotateCredentials => "change passwords, keys or tokens",
        ActionCode::Isolate => "take the product off the network",
        ActionCode::Replace => "replace the product",
        ActionCode::StopUse => "stop using the product",
        ActionCode::Contact => "ask the maker",
    }
}

/// What restarts.
pub(super) fn restart(restart: Restart) -> &'static str {
    match restart {
        Restart::None => "nothing restarts",
        Restart::Component => "the updated component restarts",
        Restart::Service => "a service restarts",
        Restart::Device => "the device restarts",
        Restart::System => "the whole system restarts",
    }
}

/// Effects with their counts: `2 removed, 1 restricted`.
pub(super) fn effects(effects: impl Iterator<Item = Effect> + Clone) -> String {
    let count = |e: &Effect| effects.clone().filter(|x| x == e).count();
    let counted = Effect::ALL.iter().map(|e| (count(e), e)).filter(|(n, _)| *n > 0);
    counted.map(|(n, e)| format!("{n} {e}")).collect::<Vec<_>>().join(", ")
}
