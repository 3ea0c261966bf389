//! Changes to a release, and the values they put into it.

use super::*;

fn security_part(r: &mut Release) -> &mut Security {
    match &mut r.body.update {
        Update::Security(security) => security,
        Update::Feature(_) => panic!("not a security release"),
    }
}

pub(crate) fn fixes(r: &mut Release) -> &mut Vec<Fix> {
    &mut security_part(r).fixes
}

pub(crate) fn changes(r: &mut Release) -> &mut Vec<Change> {
    match &mut r.body.update {
        Update::Security(security) => &mut security.changes,
        Update::Feature(feature) => &mut feature.changes,
    }
}

/// A release from these versions only.
pub(crate) fn only_from(r: &mut Release, from: &[&str]) {
    r.body.applies_to = AppliesTo::States(from.iter().map(|v| state(v)).collect());
}

/// The last month of support.
pub(crate) fn supported_until(r: &mut Release, month: &str) {
    r.body.support.until = Month::new(month).expect("a month");
}

/// Makes a security release one that is not pure: with a change that these fixes need.
pub(crate) fn with_change(r: &mut Release, kind: SeparationKind, effect: Effect, needs: &[&str]) {
    let level = r.body.identity.security_level;
    let security = security_part(r);
    let why = justification();
    security.separation = match kind {
        SeparationKind::Pure => Separation::Pure,
        SeparationKind::ChangeIsFix => Separation::ChangeIsFix(why),
        SeparationKind::Inseparable => Separation::Inseparable(why),
    };
    security.changes.push(change("new-parser", level, effect, needs));
}

/// Why a fix and a change come together.
pub(crate) fn justification() -> Justification {
    Justification {
        rationale: RATIONALE.clone(),
        alternatives: en("A second parser beside the old one was tried for a month."),
        approver: label("Security board"),
        evidence: Vec::new(),
    }
}

static RATIONALE: LazyLock<Localized> = LazyLock::new(|| {
    en("The parser cannot be made safe: every part of the product reads its configuration through it.")
});

/// A change.
pub(crate) fn change(name: &str, level: u64, effect: Effect, needs: &[&str]) -> Change {
    Change {
        id: id(name),
        level,
        effect,
        user_visible: true,
        text: en(&format!("The change {name}.")),
        necessary_for: needs.iter().map(|n| vuln(n)).collect(),
    }
}

/// What a feature release says of the fixes that it brings along.
pub(crate) fn also_fixes(r: &mut Release, list: Vec<AlsoFix>) {
    match &mut r.body.update {
        Update::Feature(feature) => feature.also_fixes = list,
        Update::Security(_) => panic!("not a feature release"),
    }
}

/// A fix that a feature release brings along, and where it is on its own.
pub(crate) fn also(id: &str, separately: &[&str]) -> AlsoFix {
    AlsoFix { id: vuln(id), separately: Separately::In(separately.iter().map(|v| state(v)).collect()) }
}

/// A fix that a feature release brings along, and why it is nowhere on its own.
pub(crate) fn also_except(id: &str, reason: ExceptionReason) -> AlsoFix {
    AlsoFix { id: vuln(id), separately: Separately::Exception { reason, why: justification() } }
}

/// Takes the fix of a vulnerability back.
pub(crate) fn reopens(r: &mut Release, id: &str) {
    security_part(r).reopens = vec![Reopened { id: vuln(id), reason: en("It does not start.") }];
}

/// Takes it back for another reason.
pub(crate) fn reopen_reason(r: &mut Release, reason: &str) {
    security_part(r).reopens.iter_mut().for_each(|it| it.reason = en(reason));
}

/// Makes a security release inseparable for this reason.
pub(crate) fn separate(r: &mut Release, why: Justification) {
    security_part(r).separation = Separation::Inseparable(why);
}

/// What is said of a vulnerability in versions.
pub(crate) fn status(id: &str, versions: &[&str], status: VexStatus) -> Status {
    let states = versions.iter().map(|v| state(v)).collect();
    Status { id: vuln(id), states, releases: Vec::new(), standing: status, outcome: None, risk: None }
}

/// What helps against a vulnerability in versions.
pub(crate) fn remediation(id: &str, versions: &[&str], remedy: Remedy) -> Remediation {
    Remediation {
        remedy,
        means: None,
        ids: vec![vuln(id)],
        states: versions.iter().map(|v| state(v)).collect(),
        releases: Vec::new(),
        release: None,
        text: TEXT.clone(),
        date: None,
        url: None,
    }
}

/// The claim that older versions may be left behind, for these hardware ids.
pub(crate) fn latest_only(kind: LatestOnlyKind, ids: &[&str]) -> Option<LatestOnly> {
    Some(LatestOnly { kind, free: true, hardware: hardware(ids), evidence: vec![0] })
}

/// The need for a release of a line of another scope.
pub(crate) fn needs_release(scope: &str, line: &str, from: u64) -> Vec<Requirement> {
    vec![Requirement { scope: id(scope), need: Need::Line { line: id(line), from } }]
}
