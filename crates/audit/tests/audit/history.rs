//! Made-up histories in the types of the format. A release is what its line, its counters and its class say, except for
//! what a test changes. These are values, not bytes: a test may also make what no verifier accepts.

use pkg_audit::declared::{Declared, Past, PastVulnerability};
use pkg_audit::identity::Identity;
pub(crate) use pkg_audit::set::{Delivery, Product, Release, Set};
use pkg_audit::{Audit, AuditOptions, Finding, RuleResult, Verdict, audit, set};
use pkg_format::cbor::{Item, MapBuilder, Wire, strict::Keys};
use pkg_format::ident::{MediaType, Month};
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::*;
use pkg_format::{Digest, Id, Label, Localized, Rule, Tree, Version, VulnId};
use std::sync::LazyLock;

pub(crate) type Notice = set::Statement<pkg_format::manifest::Notice>;
pub(crate) type Withdrawal = set::Statement<pkg_format::manifest::Withdrawal>;

/// A day, seconds.
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

pub(crate) fn id(text: &str) -> Id {
    Id::new(text).expect("a name")
}

pub(crate) fn hardware(ids: &[&str]) -> Vec<Id> {
    ids.iter().map(|h| id(h)).collect()
}

fn version(text: &str) -> Version {
    Version::new(text).expect("a version")
}

pub(crate) fn vuln(text: &str) -> VulnId {
    VulnId::new(text).expect("the id of a vulnerability")
}

pub(crate) fn label(text: &str) -> Label {
    Label::new(text).expect("a label")
}

fn decoded<T: Wire>(tree: &Tree) -> T {
    let bytes = tree.to_bytes();
    T::decode(Item::open(&bytes, Keys::Text).expect("CBOR")).expect("a sound value")
}

/// A text in English.
pub(crate) fn en(text: &str) -> Localized {
    decoded(&MapBuilder::new().tree("en", Tree::text(text)).done())
}

static TEXT: LazyLock<Localized> = LazyLock::new(|| en("A text."));

static ADVISORY: LazyLock<Advisory> = LazyLock::new(|| {
    let parts = ["title", "summary", "details", "impact"];
    let text = parts.iter().fold(MapBuilder::new(), |map, part| map.tree(part, Tree::text("A text.")));
    decoded(&MapBuilder::new().tree("en", text.done()).done())
});

fn action() -> Action {
    Action { code: ActionCode::Install, restart: Restart::Device, deadline: None, text: TEXT.clone() }
}

fn common(name: &str, sequence: u64, issued: u64) -> Common {
    Common {
        id: id(name),
        product: pkg_format::manifest::Product {
            vendor: id("acme"),
            name: id("cam"),
            hardware: hardware(&["rev-a"]),
        },
        sequence,
        issued: day(issued),
        evidence: vec![Evidence {
            kind: EvidenceKind::Other,
            media_type: MediaType::new("text/plain").expect("a media type"),
            size: 1,
            sha256: Digest::of(b"evidence"),
            uri: None,
        }],
        supersedes: Vec::new(),
        keyring_min: None,
        after: Vec::new(),
        notes: Default::default(),
    }
}

pub(crate) fn image(component: &str, sha256: Digest) -> Image {
    Image { component: id(component), size: 1, sha256, version: None }
}

/// A release without changes: version, line, (sequence, feature level, security level), day.
pub(crate) fn release(name: &str, line: &str, counters: (u64, u64, u64), issued: u64) -> Release {
    let (sequence, feature_level, security_level) = counters;
    Release {
        digest: manifest(name),
        common: common(&format!("cam-{name}"), sequence, issued),
        state: state(name),
        signers: Vec::new(),
        deliveries: vec![Delivery::Full],
        body: pkg_format::manifest::Release {
            identity: pkg_format::manifest::Identity {
                scope: id("product"),
                version: version(name),
                line: id(line),
                feature_level,
                security_level,
                generation: 1,
                channel: Channel::Stable,
                environment_cost: EnvironmentCost::None,
            },
            update: Update::Feature(Feature {
                changes: Vec::new(),
                also_fixes: Vec::new(),
                advisory: None,
                action: None,
            }),
            applies_to: AppliesTo::States(Vec::new()),
            from: Vec::new(),
            fresh: false,
            images: vec![image("rootfs", state(name))],
            statuses: Vec::new(),
            open: Vec::new(),
            defaults: Vec::new(),
            remediations: Vec::new(),
            automatic: None,
            cost: Cost::Free,
            tailor_made: None,
            support: Support {
                until: Month::new("2036-12").expect("a month"),
                from: Month::new("2016-01").expect("a month"),
                shorter_use: None,
                basis: None,
            },
            latest_only: None,
            requires: Vec::new(),
            contact: None,
        },
    }
}

/// Changes to a value, one after the other.
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
    release(version, line, counters, issued).but(|r| only_from(r, from))
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
        r.body.applies_to = AppliesTo::Line;
        r.body.update = Update::Security(Security {
            separation: Separation::Pure,
            fixes: fixes.iter().map(|id| fix(id, counters.2)).collect(),
            changes: Vec::new(),
            inherited: Vec::new(),
            reopens: Vec::new(),
            advisory: ADVISORY.clone(),
            action: action(),
        });
    })
}

/// A fix that came in at a level.
pub(crate) fn fix(id: &str, level: u64) -> Fix {
    Fix {
        id: vuln(id),
        aliases: Vec::new(),
        upstream: None,
        level,
        status: Outcome::Fixed,
        description: None,
        disclosure: public("high"),
        cwe: None,
        affected: Affected::AppliesTo,
        exploited: Exploited::No,
        known_since: None,
        touches: Vec::new(),
    }
}

/// Everything is told, with this severity.
pub(crate) fn public(severity: &str) -> Disclosure {
    Disclosure::Public { severity: decoded(&Tree::text(severity)), impact: TEXT.clone() }
}

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

/// A notice that says these versions are affected, and a remedy for them.
pub(crate) fn notice(
    id: &str,
    issued: u64,
    vulnerability: &str,
    versions: &[&str],
    remedy: Remedy,
) -> Notice {
    let mut common = common(id, 1, issued);
    common.product.hardware = hardware(&["rev-a", "rev-b"]);
    Notice {
        digest: manifest(id),
        common,
        body: pkg_format::manifest::Notice {
            statuses: vec![status(vulnerability, versions, VexStatus::Affected)],
            remediations: vec![remediation(vulnerability, versions, remedy)],
            advisory: ADVISORY.clone(),
            action: action(),
            contact: label("security@acme.example"),
        },
        signers: Vec::new(),
    }
}

/// A withdrawal of versions.
pub(crate) fn withdrawal(id: &str, issued: u64, versions: &[&str]) -> Withdrawal {
    Withdrawal {
        digest: manifest(id),
        common: common(id, 1, issued),
        body: pkg_format::manifest::Withdrawal {
            scope: WithdrawalScope::Release,
            withdraws: versions.iter().map(|v| state(v)).collect(),
            corrective: Corrective::Withdraw,
            reason: en("It does not start."),
            advisory: ADVISORY.clone(),
            action: action(),
            contact: label("security@acme.example"),
        },
        signers: Vec::new(),
    }
}

/// A declared release: it shipped before packages did.
pub(crate) fn past(name: &str, line: &str, levels: (u64, u64)) -> Declared {
    let past = Past {
        state: state(name),
        identity: Identity {
            scope: id("product"),
            version: version(name),
            line: id(line),
            sequence: 0,
            feature_level: levels.0,
            security_level: levels.1,
            generation: 1,
        },
        hardware: [id("rev-a")].into(),
        placed: None,
        support_until: None,
        images: vec![(id("rootfs"), state(name))],
    };
    Declared { releases: vec![past], ..Declared::default() }
}

/// The declared status of a vulnerability in a version.
pub(crate) fn declared_status(id: &str, version: &str, status: VexStatus) -> Declared {
    let statuses = vec![(state(version), status)];
    let vulnerabilities = vec![PastVulnerability { id: vuln(id), known_since: None, statuses }];
    Declared { vulnerabilities, ..Declared::default() }
}

/// A set of one product.
pub(crate) fn set(product: Product) -> Set {
    let mut product = Product { vendor: "acme".into(), name: "cam".into(), ..product };
    // A component is in one scope.
    for release in &mut product.releases {
        let scope = release.body.identity.scope.clone();
        if scope.as_str() != "product" {
            for image in &mut release.body.images {
                image.component = id(&format!("{}-{scope}", image.component));
            }
        }
    }
    follow_on(&mut product.releases);
    Set { products: vec![product], ..Set::default() }
}

/// Builds each release that names no parent from the one before it on its line, or else from the newest of those it
/// leads from.
pub(crate) fn follow_on(releases: &mut [Release]) {
    let all: Vec<_> = releases
        .iter()
        .map(|r| (r.body.identity.scope.clone(), r.body.identity.line.clone(), r.common.sequence, r.state))
        .collect();
    for release in releases.iter_mut().filter(|r| r.body.from.is_empty()) {
        let identity = &release.body.identity;
        let (scope, line, sequence) = (&identity.scope, &identity.line, release.common.sequence);
        let before = all.iter().filter(|(s, l, n, _)| s == scope && l == line && *n < sequence);
        let named = |state: &Digest| match &release.body.applies_to {
            AppliesTo::States(states) => states.contains(state),
            AppliesTo::Line => false,
        };
        let parent = before.max_by_key(|(_, _, n, _)| *n).or_else(|| all.iter().rev().find(|a| named(&a.3)));
        release.body.from =
            parent.map(|(_, _, _, state)| *state).filter(|s| *s != release.state).into_iter().collect();
    }
}

/// The audit of releases alone, as of the newest.
pub(crate) fn of(releases: Vec<Release>) -> Audit {
    audit(&set(Product { releases, ..Product::default() }), &AuditOptions::default())
}

/// The audit of a product, as of the newest.
pub(crate) fn of_product(product: Product) -> Audit {
    audit(&set(product), &AuditOptions::default())
}

/// The audit of releases and of a notice on the day of the newest, which says that these versions are affected.
pub(crate) fn told(releases: Vec<Release>, vulnerability: &str, versions: &[&str]) -> Audit {
    let last = releases.iter().map(|r| r.common.issued).max().expect("a release");
    let notice = notice("told", 0, vulnerability, versions, Remedy::VendorFix);
    let notices = vec![notice.but(|n| n.common.issued = last)];
    of_product(Product { releases, notices, ..Product::default() })
}

/// The result of a rule of sets.
pub(crate) trait Results {
    fn result(&self, rule: Rule) -> &RuleResult;
}

impl Results for Audit {
    fn result(&self, rule: Rule) -> &RuleResult {
        self.rule(rule).expect("a rule of sets")
    }
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
    audit.result(rule).findings.iter().filter(|f| f.verdict == Verdict::Fail).collect()
}

/// The exceptions of a rule.
pub(crate) fn exceptions(audit: &Audit, rule: Rule) -> Vec<&Finding> {
    audit.result(rule).findings.iter().filter(|f| f.verdict == Verdict::Exception).collect()
}
