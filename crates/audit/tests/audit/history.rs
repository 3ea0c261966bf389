//! Histories by hand: a release is what its line, its levels and its class say, but for what a test
//! changes.

use pkg_audit::model::*;
use pkg_audit::{Audit, Finding, Options, Verdict, audit};
use pkg_format::manifest::Category;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{Corrective, Effect, LatestOnlyKind, Outcome, SeparationKind, VexStatus};
use pkg_format::{Digest, Rule};

/// A day.
pub(crate) const DAY: u64 = 86_400;

/// The day of a history: days after 1 January 2026.
pub(crate) fn day(n: u64) -> u64 {
    1_767_225_600 + n * DAY
}

/// The digest of a state by its version.
pub(crate) fn state(version: &str) -> Digest {
    Digest::of(version.as_bytes())
}

fn manifest(what: &str) -> Digest {
    Digest::of(format!("manifest {what}").as_bytes())
}

/// A release: version, line, sequence, feature level, security level, day.
pub(crate) fn release(version: &str, line: &str, counters: (u64, u64, u64), issued: u64) -> Release {
    let (sequence, feature_level, security_level) = counters;
    Release {
        manifest: manifest(version),
        id: format!("cam-{version}"),
        issued: day(issued),
        hardware: ["rev-a".to_owned()].into(),
        state: state(version),
        identity: Identity {
            scope: "product".into(),
            version: version.into(),
            line: line.into(),
            sequence,
            feature_level,
            security_level,
            generation: 1,
        },
        class: Class::Feature,
        applies_to: AppliesTo::States(Vec::new()),
        fresh: false,
        images: vec![("rootfs".into(), state(version))],
        deliveries: vec![Delivery::Full],
        testing: false,
        paid: false,
        environment_cost: false,
        tailor_made: None,
        fixes: Vec::new(),
        also_fixes: Vec::new(),
        changes: Vec::new(),
        inherited: Vec::new(),
        statuses: Vec::new(),
        reopens: Vec::new(),
        remediations: Vec::new(),
        defaults: Vec::new(),
        support: Support { until: 2036 * 12 + 12, basis: None, shorter_use: None },
        latest_only: None,
        requires: Vec::new(),
        supersedes: Vec::new(),
        automatic: Automatic::On("Settings".into()),
        words: Words::default(),
    }
}

/// Changes to a release, one after the other.
pub(crate) trait But: Sized {
    fn but(self, edit: impl FnOnce(&mut Self)) -> Self;
}

impl<T> But for T {
    fn but(mut self, edit: impl FnOnce(&mut Self)) -> Self {
        edit(&mut self);
        self
    }
}

/// A feature release from these versions.
pub(crate) fn feature(
    version: &str,
    line: &str,
    counters: (u64, u64, u64),
    issued: u64,
    from: &[&str],
) -> Release {
    release(version, line, counters, issued).but(|r| {
        r.applies_to = AppliesTo::States(from.iter().map(|v| state(v)).collect());
    })
}

/// A pure security release for its whole line, with these fixes at its level.
pub(crate) fn security(
    version: &str,
    line: &str,
    counters: (u64, u64, u64),
    issued: u64,
    fixes: &[&str],
) -> Release {
    release(version, line, counters, issued).but(|r| {
        r.class = Class::Security { kind: SeparationKind::Pure, justified: None };
        r.applies_to = AppliesTo::Line;
        r.fixes = fixes.iter().map(|id| fix(id, counters.2)).collect();
    })
}

/// A fix that came in at a level.
pub(crate) fn fix(id: &str, level: u64) -> Fix {
    Fix {
        id: id.into(),
        aliases: Vec::new(),
        level,
        outcome: Outcome::Fixed,
        affected: None,
        known_since: None,
        exploited: None,
        delayed: None,
        touches: Vec::new(),
    }
}

/// A release from these versions only.
pub(crate) fn only_from(r: &mut Release, from: &[&str]) {
    r.applies_to = AppliesTo::States(from.iter().map(|v| state(v)).collect());
}

/// Makes a security release one that is not pure: with a change that these fixes need.
pub(crate) fn with_change(r: &mut Release, kind: SeparationKind, effect: Effect, needs: &[&str]) {
    r.class = Class::Security { kind, justified: Some(justified()) };
    r.changes.push(change("new-parser", r.identity.security_level, effect, needs));
}

/// Who approved an exception, and why.
pub(crate) fn justified() -> Justified {
    Justified { rationale: "The parser cannot be made safe.".into(), approver: "Security board".into() }
}

/// A change.
pub(crate) fn change(id: &str, level: u64, effect: Effect, needs: &[&str]) -> Change {
    Change {
        id: id.into(),
        level,
        effect,
        text: format!("The change {id}."),
        necessary_for: needs.iter().map(|n| (*n).to_owned()).collect(),
    }
}

/// A fix that rides in a feature release, and where it is on its own.
pub(crate) fn also(id: &str, separately: &[&str]) -> AlsoFix {
    AlsoFix { id: id.into(), separately: separately.iter().map(|v| state(v)).collect(), exception: None }
}

/// A fix that rides in a feature release, and why it is nowhere else.
pub(crate) fn also_except(id: &str, reason: ExceptionReason) -> AlsoFix {
    AlsoFix { id: id.into(), separately: Vec::new(), exception: Some((reason, justified())) }
}

/// What is said of a vulnerability in versions.
pub(crate) fn status(id: &str, versions: &[&str], standing: VexStatus) -> Status {
    Status {
        id: id.into(),
        states: versions.iter().map(|v| state(v)).collect(),
        standing,
        outcome: None,
        risk: None,
    }
}

/// The claim that older versions may be left behind, for these hardware ids.
pub(crate) fn latest_only(kind: LatestOnlyKind, hardware: &[&str]) -> Option<LatestOnly> {
    Some(LatestOnly {
        kind,
        hardware: hardware.iter().map(|h| (*h).to_owned()).collect(),
        evidence: vec![Digest::of(b"evidence")],
    })
}

/// A notice that says these versions are affected, and a remedy for them.
pub(crate) fn notice(
    id: &str,
    issued: u64,
    vulnerability: &str,
    versions: &[&str],
    remedy: Category,
) -> Notice {
    Notice {
        manifest: manifest(id),
        id: id.into(),
        issued: day(issued),
        hardware: ["rev-a".to_owned(), "rev-b".to_owned()].into(),
        statuses: vec![status(vulnerability, versions, VexStatus::Affected)],
        remediations: vec![Remediation {
            category: remedy,
            ids: vec![vulnerability.into()],
            states: versions.iter().map(|v| state(v)).collect(),
            release: None,
        }],
        supersedes: Vec::new(),
        words: Words::default(),
    }
}

/// A withdrawal of versions.
pub(crate) fn withdrawal(id: &str, issued: u64, versions: &[&str]) -> Withdrawal {
    Withdrawal {
        manifest: manifest(id),
        id: id.into(),
        issued: day(issued),
        withdraws: versions.iter().map(|v| state(v)).collect(),
        corrective: Corrective::Withdraw,
        reason: "It does not start.".into(),
        supersedes: Vec::new(),
        words: Words::default(),
    }
}

/// A release that shipped before packages did.
pub(crate) fn past(version: &str, line: &str, levels: (u64, u64)) -> Past {
    Past {
        state: state(version),
        identity: Identity {
            scope: "product".into(),
            version: version.into(),
            line: line.into(),
            sequence: 0,
            feature_level: levels.0,
            security_level: levels.1,
            generation: 1,
        },
        hardware: ["rev-a".to_owned()].into(),
        placed: None,
        support_until: None,
        images: vec![("rootfs".into(), state(version))],
    }
}

/// A set of one product.
pub(crate) fn set(product: Product) -> Set {
    let mut product = Product { vendor: "acme".into(), name: "cam".into(), ..product };
    // A component is in one scope.
    for release in product.releases.iter_mut().filter(|r| r.identity.scope != "product") {
        let scope = release.identity.scope.clone();
        release.images.iter_mut().for_each(|(component, _)| *component = format!("{component} of {scope}"));
    }
    Set { products: vec![product], ..Set::default() }
}

/// The audit of releases alone, as of the newest.
pub(crate) fn of(releases: Vec<Release>) -> Audit {
    audit(&set(Product { releases, ..Product::default() }), &Options::default())
}

/// The audit of a product, as of the newest.
pub(crate) fn of_product(product: Product) -> Audit {
    audit(&set(product), &Options::default())
}

/// What each of these rules comes to; every other must pass.
#[track_caller]
pub(crate) fn expect(audit: &Audit, expected: &[(Rule, Verdict)]) {
    for result in &audit.rules {
        let wanted = expected.iter().find(|(rule, _)| *rule == result.rule);
        let wanted = wanted.map_or(Verdict::Pass, |(_, verdict)| *verdict);
        assert_eq!(result.verdict, wanted, "{}: {:#?}", result.rule.id(), result.findings);
    }
}

/// The failures of a rule.
pub(crate) fn failures(audit: &Audit, rule: Rule) -> Vec<&Finding> {
    audit.rule(rule).findings.iter().filter(|f| f.verdict == Verdict::Fail).collect()
}

/// The exceptions of a rule.
pub(crate) fn exceptions(audit: &Audit, rule: Rule) -> Vec<&Finding> {
    audit.rule(rule).findings.iter().filter(|f| f.verdict == Verdict::Exception).collect()
}
