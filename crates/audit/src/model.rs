//! What an audit knows: releases, notices, withdrawals and what was declared of the time before.
//!
//! Plain values, made from verified packages by [`crate::load`] or by hand in a test. Nothing here
//! reads a file or judges anything.

use pkg_format::Digest;
use pkg_format::cose::Algorithm;
use pkg_format::manifest::Category;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::manifest::{
    Corrective, Direction, Effect, EvidenceKind, LatestOnlyKind, Outcome, SeparationKind, VexStatus,
};
use std::collections::BTreeSet;

/// Everything that was read.
#[derive(Debug, Clone, Default)]
pub struct Set {
    /// Packages that were accepted.
    pub packages: Vec<PackageFile>,
    /// Packages that were refused.
    pub refused: Vec<Refused>,
    /// Keyring files that lie beside them.
    pub keyrings: Vec<KeyringFile>,
    /// Decision records and how their chains stand.
    pub records: Vec<RecordFile>,
    /// The products, sorted by vendor and name.
    pub products: Vec<Product>,
}

/// A package that was accepted.
#[derive(Debug, Clone)]
pub struct PackageFile {
    /// Its path as it was given or found.
    pub path: String,
    /// Its manifest.
    pub manifest: Digest,
    /// `full`, `delta`, `notice` or `withdrawal`.
    pub kind: &'static str,
}

/// A package that was refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Its path.
    pub path: String,
    /// The rule that it breaks.
    pub rule: &'static str,
    /// What was found.
    pub why: String,
}

/// A keyring file.
#[derive(Debug, Clone)]
pub struct KeyringFile {
    /// Its path.
    pub path: String,
    /// What it says of itself: name, version and the digest of its statement; or why it is none.
    pub says: Result<(String, u64, Digest), String>,
    /// Whether it is the one that the packages were judged by.
    pub used: bool,
}

/// A file of decision records.
#[derive(Debug, Clone)]
pub struct RecordFile {
    /// Its path.
    pub path: String,
    /// Its digest.
    pub digest: Digest,
    /// How many records it has.
    pub records: usize,
    /// Why its chain is broken, if it is.
    pub broken: Option<String>,
}

/// One product and all that was said of it.
#[derive(Debug, Clone, Default)]
pub struct Product {
    /// Who makes it.
    pub vendor: String,
    /// What it is called.
    pub name: String,
    /// The steps, one a manifest.
    pub releases: Vec<Release>,
    /// The notices.
    pub notices: Vec<Notice>,
    /// The withdrawals.
    pub withdrawals: Vec<Withdrawal>,
    /// What shipped before packages did; declared, not signed.
    pub declared: Declared,
}

/// Names and counters of a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What is updated as one.
    pub scope: String,
    /// A name for people.
    pub version: String,
    /// The line of development.
    pub line: String,
    /// Rises along the line.
    pub sequence: u64,
    /// Counts what the product can do.
    pub feature_level: u64,
    /// Counts vulnerabilities closed.
    pub security_level: u64,
    /// Counts substantial modifications.
    pub generation: u64,
}

/// Why a release exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Class {
    /// It closes vulnerabilities.
    Security {
        /// How it keeps itself apart.
        kind: SeparationKind,
        /// Why it is not pure.
        justified: Option<Justified>,
    },
    /// It changes what the product does.
    Feature,
}

/// Why an exception was made, and who approved it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Justified {
    /// Why.
    pub rationale: String,
    /// Who approved it.
    pub approver: String,
}

/// From which states a step leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppliesTo {
    /// Every state of its scope, line and feature level with a lower security level.
    Line,
    /// These states, by digest of the state or of a manifest into it.
    States(Vec<Digest>),
}

/// How a release travels.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// With everything.
    Full,
    /// As a difference to these images: component and digest.
    Delta(Vec<(String, Digest)>),
}

/// One step into a state: a release manifest.
#[derive(Debug, Clone)]
pub struct Release {
    /// The digest of its manifest.
    pub manifest: Digest,
    /// What it is called in file names.
    pub id: String,
    /// When it was issued, unix seconds.
    pub issued: u64,
    /// The hardware it runs on.
    pub hardware: BTreeSet<String>,
    /// The digest of the state it leads into.
    pub state: Digest,
    /// Names and counters.
    pub identity: Identity,
    /// Why it exists.
    pub class: Class,
    /// From where it leads.
    pub applies_to: AppliesTo,
    /// Also installable on an empty device.
    pub fresh: bool,
    /// Its images: component and digest.
    pub images: Vec<(String, Digest)>,
    /// How it travels; a release that is not there in any form has no edge.
    pub deliveries: Vec<Delivery>,
    /// For testing only.
    pub testing: bool,
    /// It costs.
    pub paid: bool,
    /// The user must spend on other hardware or software.
    pub environment_cost: bool,
    /// An agreement with a business user.
    pub tailor_made: Option<TailorMade>,
    /// What it fixes or mitigates (security).
    pub fixes: Vec<Fix>,
    /// Fixes that ride along (feature).
    pub also_fixes: Vec<AlsoFix>,
    /// What changes beside fixes.
    pub changes: Vec<Change>,
    /// What justified earlier levels' changes: level and kind.
    pub inherited: Vec<(u64, SeparationKind)>,
    /// What it says of vulnerabilities in states.
    pub statuses: Vec<Status>,
    /// Fixes that it takes back: vulnerability and reason.
    pub reopens: Vec<(String, String)>,
    /// What helps until it is installed.
    pub remediations: Vec<Remediation>,
    /// The defaults that it touches.
    pub defaults: Vec<(String, Direction, String)>,
    /// The support period.
    pub support: Support,
    /// The claim that older versions may be left behind.
    pub latest_only: Option<LatestOnly>,
    /// What other scopes must have.
    pub requires: Vec<Requirement>,
    /// Manifests that it replaces.
    pub supersedes: Vec<Digest>,
    /// Whether it may install itself, in words.
    pub automatic: Automatic,
    /// What is said about it, and by whom.
    pub words: Words,
}

/// Whether a release may install itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Automatic {
    /// It may, and how to opt out.
    On(String),
    /// It may not: the reason as a word, and the text.
    Off(String, String),
    /// A feature release that says nothing of it: users choose it.
    Unsaid,
}

/// What every signed statement has beside its subject.
#[derive(Debug, Clone, Default)]
pub struct Words {
    /// The documents behind it.
    pub evidence: Vec<Evidence>,
    /// Languages of the advisory.
    pub languages: Vec<String>,
    /// What the user is asked to do, as a word.
    pub action: Option<String>,
    /// Whom to ask.
    pub contact: Option<String>,
    /// The trusted keys that signed it: label, key id and algorithm.
    pub signers: BTreeSet<(String, String, Algorithm)>,
}

/// A document behind a statement.
#[derive(Debug, Clone)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// Its digest.
    pub digest: Digest,
    /// Its media type.
    pub media_type: String,
}

/// An agreement for a tailor-made product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailorMade {
    /// Who; opaque.
    pub customer: String,
    /// The digest of the contract.
    pub contract: Digest,
    /// What the product is tailored for.
    pub purpose: String,
    /// What is waived.
    pub waives: Vec<&'static str>,
}

/// A vulnerability that a security release fixes or mitigates.
#[derive(Debug, Clone)]
pub struct Fix {
    /// The vulnerability.
    pub id: String,
    /// Other ids of it.
    pub aliases: Vec<String>,
    /// The security level at which it came in.
    pub level: u64,
    /// Whether it is gone.
    pub outcome: Outcome,
    /// Which states have it; none means those that the release applies to.
    pub affected: Option<Vec<Digest>>,
    /// Since when the maker knows.
    pub known_since: Option<u64>,
    /// Whether attackers use it, and since when.
    pub exploited: Option<Option<u64>>,
    /// Why and until when its details are held back.
    pub delayed: Option<(String, u64)>,
    /// Which files it touches: patterns (SPEC 7.9).
    pub touches: Vec<String>,
}

/// A fix that rides in a feature release.
#[derive(Debug, Clone)]
pub struct AlsoFix {
    /// The vulnerability.
    pub id: String,
    /// States that have it on their own.
    pub separately: Vec<Digest>,
    /// Or why there is none.
    pub exception: Option<(ExceptionReason, Justified)>,
}

/// A change beside the fixes.
#[derive(Debug, Clone)]
pub struct Change {
    /// Names it.
    pub id: String,
    /// The level at which it came in.
    pub level: u64,
    /// What happens.
    pub effect: Effect,
    /// What changes, in words.
    pub text: String,
    /// The fixes that cannot be had without it.
    pub necessary_for: Vec<String>,
}

/// What is said of a vulnerability in some states.
#[derive(Debug, Clone)]
pub struct Status {
    /// The vulnerability.
    pub id: String,
    /// The states.
    pub states: Vec<Digest>,
    /// How it stands there.
    pub standing: VexStatus,
    /// What was decided.
    pub outcome: Option<String>,
    /// The risk assessment behind it.
    pub risk: Option<Digest>,
}

/// What helps against vulnerabilities in some states.
#[derive(Debug, Clone)]
pub struct Remediation {
    /// What helps.
    pub category: Category,
    /// The vulnerabilities.
    pub ids: Vec<String>,
    /// The states.
    pub states: Vec<Digest>,
    /// The release with the fix.
    pub release: Option<Digest>,
}

/// A support period.
#[derive(Debug, Clone)]
pub struct Support {
    /// The last month, months since the year 0.
    pub until: u64,
    /// How the period was determined.
    pub basis: Option<String>,
    /// Why it is shorter than five years.
    pub shorter_use: Option<String>,
}

/// The claim that older versions may be left behind.
#[derive(Debug, Clone)]
pub struct LatestOnly {
    /// Why.
    pub kind: LatestOnlyKind,
    /// The hardware that was verified to run it.
    pub hardware: BTreeSet<String>,
    /// The evidence.
    pub evidence: Vec<Digest>,
}

/// What another scope must have.
#[derive(Debug, Clone)]
pub struct Requirement {
    /// The other scope.
    pub scope: String,
    /// Its security level is at least this.
    pub security_level: Option<u64>,
    /// Its feature level is at least this.
    pub feature_level: Option<u64>,
    /// It is in this state.
    pub state: Option<Digest>,
}

/// A notice.
#[derive(Debug, Clone)]
pub struct Notice {
    /// The digest of its manifest.
    pub manifest: Digest,
    /// What it is called.
    pub id: String,
    /// When it was issued.
    pub issued: u64,
    /// The hardware it is shown on.
    pub hardware: BTreeSet<String>,
    /// What is known.
    pub statuses: Vec<Status>,
    /// What helps.
    pub remediations: Vec<Remediation>,
    /// Manifests that it replaces.
    pub supersedes: Vec<Digest>,
    /// What is said about it, and by whom.
    pub words: Words,
}

/// A withdrawal.
#[derive(Debug, Clone)]
pub struct Withdrawal {
    /// The digest of its manifest.
    pub manifest: Digest,
    /// What it is called.
    pub id: String,
    /// When it was issued.
    pub issued: u64,
    /// The states taken back.
    pub withdraws: Vec<Digest>,
    /// What the maker does.
    pub corrective: Corrective,
    /// Why.
    pub reason: String,
    /// Manifests that it replaces.
    pub supersedes: Vec<Digest>,
    /// What is said about it, and by whom.
    pub words: Words,
}

/// What was declared of the time before packages: not signed by anybody.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// The digest of the file that declares it.
    pub source: Option<Digest>,
    /// What shipped.
    pub releases: Vec<Past>,
    /// What is known of vulnerabilities in it.
    pub vulnerabilities: Vec<PastVulnerability>,
    /// Where documents are: name and where, as the file has them.
    pub documentation: Vec<(String, Vec<String>)>,
}

/// A release that shipped before packages did.
#[derive(Debug, Clone)]
pub struct Past {
    /// The digest of its state.
    pub state: Digest,
    /// Names and counters.
    pub identity: Identity,
    /// The hardware it runs on.
    pub hardware: BTreeSet<String>,
    /// When it was placed on the market, unix seconds.
    pub placed: Option<u64>,
    /// The last month of support, months since the year 0.
    pub support_until: Option<u64>,
    /// Its images.
    pub images: Vec<(String, Digest)>,
}

/// A vulnerability as `history.toml` tells it.
#[derive(Debug, Clone)]
pub struct PastVulnerability {
    /// The vulnerability.
    pub id: String,
    /// Since when the maker knows.
    pub known_since: Option<u64>,
    /// How it stands in which state.
    pub standings: Vec<(Digest, VexStatus)>,
}
