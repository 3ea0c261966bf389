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

mod edits;
mod results;
mod statements;

pub(crate) use edits::*;
pub(crate) use results::*;
pub(crate) use statements::*;

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
