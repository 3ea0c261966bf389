//! What a plan says.

use crate::register::Vulnerability;
use crate::releases::Releases;
use crate::severity::Severity;
use pkg_format::{Digest, Rule, VulnId};
use std::collections::BTreeSet;

/// How far a plan looks ahead, seconds: 30 days.
pub const AHEAD: u64 = 30 * 86_400;

/// What the planner chooses.
#[derive(Debug, Clone)]
pub struct PlanOptions {
    /// The time of the plan, unix seconds: statements that were issued later are ignored.
    pub at: u64,
    /// Plan for this vulnerability alone.
    pub only: Option<VulnId>,
    /// How long after it is known the fix of a vulnerability of a severity may take, seconds.
    pub fix_limits: Vec<(Severity, u64)>,
}

/// What is owed.
#[derive(Debug)]
pub struct Plan {
    /// The time of the plan, unix seconds.
    pub at: u64,
    /// By product.
    pub products: Vec<ProductPlan>,
}

/// What is owed to the users of one product.
#[derive(Debug)]
pub struct ProductPlan {
    /// Vendor and name.
    pub product: String,
    /// Every supported line, with its next numbers.
    pub lines: Vec<Line>,
    /// What the next feature release of each scope must say.
    pub features: Vec<NextFeature>,
    /// Where each vulnerability that something is owed for is open and closed; with `only`, where that one is.
    pub vulnerabilities: Vec<Vulnerability>,
    /// What is owed, in the order in which to do it.
    pub owed: Vec<Owed>,
    /// The rules of failures that last and that nothing in this plan ends.
    pub unplanned: BTreeSet<Rule>,
}

/// A supported line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Line {
    /// The scope.
    pub scope: String,
    /// The line.
    pub line: String,
    /// The version of its newest release.
    pub head: String,
    /// The feature level of that release.
    pub feature_level: u64,
    /// The sequence of the next release.
    pub sequence: u64,
    /// The security level of the next security release: one more than the highest known.
    pub security_level: u64,
    /// The last month of support, like `2036-12`.
    pub supported_until: String,
}

/// What the next feature release of a scope must say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NextFeature {
    /// The scope.
    pub scope: String,
    /// The line of the release that it is built from.
    pub line: String,
    /// The version that it is built from.
    pub after: String,
    /// Its feature level.
    pub feature_level: u64,
    /// Its security level: the highest known.
    pub security_level: u64,
    /// Its sequence, if it stays on the line.
    pub sequence: u64,
    /// Releases that it must let in besides: their users have no other way on.
    pub lets_in: Vec<LetIn>,
    /// What it says of vulnerabilities.
    pub says: FeatureSays,
}

/// A release whose users a feature release must let in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LetIn {
    /// Its version.
    pub version: String,
    /// Its manifest.
    pub manifest: Digest,
}

/// What a feature release says of vulnerabilities.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FeatureSays {
    /// Versions whose fixes must be merged into it.
    pub merged: Vec<String>,
    /// The manifests of those versions, unless they were only declared.
    pub merged_from: Vec<Digest>,
    /// The fixes that some users get with it: `[[also-fix]]`.
    pub also_fix: Vec<String>,
    /// Those of `also_fix` that no security release has: they need an exception.
    pub exceptions: Vec<String>,
    /// What stays open: `[[open]]`.
    pub open: Vec<String>,
    /// What it has from its base unless it fixes it, and what no notice tells its users of yet.
    pub untold: Vec<String>,
    /// What does no harm before it, and must be said again of it: `[[status]]`.
    pub statuses: Vec<String>,
}

/// What must be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Task {
    /// A security release.
    SecurityRelease,
    /// A full package of a release that has only delta packages.
    FullPackage,
    /// A feature release that lets stranded users in.
    FeatureRelease,
    /// A notice.
    Notice,
}

impl Task {
    /// The word in JSON.
    pub const fn as_str(self) -> &'static str {
        match self {
            Task::SecurityRelease => "security-release",
            Task::FullPackage => "full-package",
            Task::FeatureRelease => "feature-release",
            Task::Notice => "notice",
        }
    }
}

/// One thing that is owed.
#[derive(Debug, Clone)]
pub struct Owed {
    /// What must be made.
    pub task: Task,
    /// The rules that fail without it, or will fail within 30 days.
    pub rules: BTreeSet<Rule>,
    /// The scope.
    pub scope: String,
    /// The line; empty for a notice.
    pub line: String,
    /// The version to build it from.
    pub after: Option<String>,
    /// The manifest of that version, unless it was only declared.
    pub previous: Option<Digest>,
    /// The versions whose users it is for.
    pub users: Vec<String>,
    /// The same as runs.
    pub releases: Releases,
    /// Their states.
    pub states: BTreeSet<Digest>,
    /// Their hardware.
    pub hardware: BTreeSet<String>,
    /// The vulnerabilities that it is about.
    pub ids: Vec<OwedId>,
    /// The number of a release on its line.
    pub sequence: Option<u64>,
    /// The security level of a release.
    pub security_level: Option<u64>,
    /// The feature level of a release.
    pub feature_level: Option<u64>,
    /// What a feature release says of vulnerabilities.
    pub says: Option<FeatureSays>,
    /// Manifests of notices that it must supersede.
    pub supersedes: BTreeSet<Digest>,
    /// What the rules say, each once.
    pub why: BTreeSet<String>,
}

/// A vulnerability that something is owed for.
#[derive(Debug, Clone)]
pub struct OwedId {
    /// Its id.
    pub id: String,
    /// How bad it is.
    pub severity: Option<Severity>,
    /// Whether attackers use it.
    pub exploited: bool,
    /// Since when others have the fix, or else since when it is known, unix seconds.
    pub since: Option<u64>,
    /// The releases that fixed it first, one on each line.
    pub fixed_in: Vec<String>,
    /// The manifest of the release whose `[[fix]]` tells of it.
    pub told_by: Option<Digest>,
}

impl Owed {
    /// Whether it is a notice that only discloses what a release holds back.
    pub(super) fn discloses(&self) -> bool {
        self.task == Task::Notice && self.rules.iter().eq([&Rule::G19])
    }
}

impl Plan {
    /// Whether anything is owed.
    pub fn is_empty(&self) -> bool {
        self.products.iter().all(|p| p.owed.is_empty() && p.unplanned.is_empty())
    }
}

/// A description: the name of its file, and its text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// The name of the file.
    pub name: String,
    /// The text, in TOML.
    pub text: String,
}

/// Where all packages are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Known {
    /// In a folder, as a description names it.
    Folder(String),
    /// In a repository: a build is given its address.
    Repository,
    /// In several folders: a person names one.
    Unknown,
}

/// Where packages are, as a description names them.
pub struct Places<'a> {
    /// The full package of a manifest.
    pub package: &'a dyn Fn(&Digest) -> Option<String>,
    /// Where all packages are.
    pub known: Known,
}
