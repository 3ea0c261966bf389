//! What an audit is given: verified statements by product, what was declared, and the files they come from.

use crate::declared::Declared;
use crate::identity::Identity;
use pkg_format::manifest::security::Security;
use pkg_format::manifest::{
    self, AlsoFix, Channel, Common, Cost, EnvironmentCost, Fix, Reopened, TailorMade, Update,
};
use pkg_format::{Digest, Id, Label, Localized, Refusal, Version};
use pkg_verify::Signer;
use std::collections::BTreeMap;

/// Everything that was read.
#[derive(Debug, Clone, Default)]
pub struct Set {
    /// Packages that were accepted.
    pub packages: Vec<PackageFile>,
    /// Packages that were refused.
    pub refused: Vec<Refused>,
    /// Packages with signatures that the keyring no longer trusts, whose statements others here have with trusted ones.
    pub signed_again: Vec<String>,
    /// Keyring files found beside the packages, and the keyring that was used.
    pub keyrings: Vec<KeyringFile>,
    /// Logs of repositories that were read.
    pub logs: Vec<LogRead>,
    /// Files of decision records.
    pub records: Vec<RecordFile>,
    /// The products, sorted by vendor and name.
    pub products: Vec<Product>,
}

/// A package that was accepted.
#[derive(Debug, Clone)]
pub struct PackageFile {
    /// Its path as it was given or found.
    pub path: String,
    /// The digest of its manifest.
    pub manifest: Digest,
    /// `full`, `delta`, `notice` or `withdrawal`.
    pub kind: &'static str,
}

/// A package that was refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// Its path.
    pub path: String,
    /// The id of the rule that it breaks.
    pub rule: &'static str,
    /// What was found.
    pub why: String,
}

impl Refused {
    /// A package that a rule refuses.
    pub fn new(path: String, refusal: &Refusal) -> Refused {
        let why = match refusal.at.is_empty() {
            true => refusal.why.clone(),
            false => format!("{}: {}", refusal.at, refusal.why),
        };
        Refused { path, rule: refusal.rule.id(), why }
    }
}

/// A keyring file.
#[derive(Debug, Clone)]
pub struct KeyringFile {
    /// Its path.
    pub path: String,
    /// Name, version and digest of its newest statement; or why it is no keyring.
    pub says: Result<(String, u64, Digest), String>,
    /// Whether it is the keyring that every package was verified with.
    pub used: bool,
}

/// A log of a repository, as its newest head says.
#[derive(Debug, Clone)]
pub struct LogRead {
    /// Where the repository is.
    pub path: String,
    /// Its name.
    pub repository: String,
    /// Vendor, product and channel.
    pub log: String,
    /// The version of the head.
    pub version: u64,
    /// When the head was issued, unix seconds.
    pub issued: u64,
    /// How many entries the log has.
    pub entries: u64,
    /// The root over them.
    pub root: Digest,
    /// The entries whose packages were removed: what they were.
    pub removed: Vec<String>,
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
    /// The times of the records before and after the first gap in its chain, if they say so.
    pub gap: Option<(u64, u64)>,
}

/// One product and every statement about it.
#[derive(Debug, Clone, Default)]
pub struct Product {
    /// The vendor.
    pub vendor: String,
    /// The name.
    pub name: String,
    /// The releases, one for each manifest.
    pub releases: Vec<Release>,
    /// The notices.
    pub notices: Vec<Statement<manifest::Notice>>,
    /// The withdrawals.
    pub withdrawals: Vec<Statement<manifest::Withdrawal>>,
    /// What the maker answers for.
    pub acknowledgements: Vec<Statement<manifest::Acknowledgement>>,
    /// What `history.toml` declares; nobody signed it.
    pub declared: Declared,
    /// The numbers that logs list, also of releases whose packages were removed.
    pub numbers: Vec<Numbers>,
    /// What deltas call the images that they start from.
    pub bases: BTreeMap<(Id, Digest), Version>,
}

/// The numbers of a release that was published: no other one may have them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Numbers {
    /// The scope of the release.
    pub scope: Id,
    /// Its line.
    pub line: Id,
    /// Its sequence.
    pub sequence: u64,
    /// Its security level.
    pub security_level: u64,
}

/// A verified notice, withdrawal or acknowledgement.
#[derive(Debug, Clone)]
pub struct Statement<B> {
    /// The digest of the manifest.
    pub digest: Digest,
    /// What every manifest has.
    pub common: Common,
    /// What this kind of manifest has.
    pub body: B,
    /// The trusted keys that signed it.
    pub signers: Vec<Signer>,
}

/// A verified release: one manifest, and how its packages deliver it.
#[derive(Debug, Clone)]
pub struct Release {
    /// The digest of the manifest.
    pub digest: Digest,
    /// What every manifest has.
    pub common: Common,
    /// What a release has.
    pub body: manifest::Release,
    /// The trusted keys that signed the manifest or a delivery.
    pub signers: Vec<Signer>,
    /// The digest of the state that it leads into.
    pub state: Digest,
    /// How its packages deliver it; without any package no device can install it.
    pub deliveries: Vec<Delivery>,
}

/// How a package delivers its images. Chunks matter only to devices and are not kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Delivery {
    /// Whole images.
    Full,
    /// Differences to these images: component and digest.
    Delta(Vec<(Id, Digest)>),
}

impl Delivery {
    /// The images that it starts from; none where it is whole.
    pub(crate) fn bases(&self) -> Option<&[(Id, Digest)]> {
        match self {
            Delivery::Full => None,
            Delivery::Delta(bases) => Some(bases),
        }
    }
}

impl Product {
    /// Vendor and name, as people write them: `acme cam-x1`.
    pub fn title(&self) -> String {
        format!("{} {}", self.vendor, self.name)
    }

    /// The releases that were issued at or before `at`.
    pub(crate) fn releases_by(&self, at: u64) -> impl Iterator<Item = &Release> + Clone {
        self.releases.iter().filter(move |r| r.common.issued <= at)
    }

    /// The notices that were issued at or before `at`.
    pub(crate) fn notices_by(&self, at: u64) -> impl Iterator<Item = &Statement<manifest::Notice>> + Clone {
        self.notices.iter().filter(move |n| n.common.issued <= at)
    }

    /// The withdrawals that were issued at or before `at`.
    pub(crate) fn withdrawals_by(&self, at: u64) -> impl Iterator<Item = &Statement<manifest::Withdrawal>> {
        self.withdrawals.iter().filter(move |w| w.common.issued <= at)
    }
}

impl Release {
    pub(crate) fn version(&self) -> &str {
        self.body.identity.version.as_str()
    }

    pub(crate) fn line(&self) -> &Id {
        &self.body.identity.line
    }

    pub(crate) fn security_level(&self) -> u64 {
        self.body.identity.security_level
    }

    pub(crate) fn hardware(&self) -> &[Id] {
        &self.common.product.hardware
    }

    /// The last month of support, months since the year 0.
    pub(crate) fn support_until(&self) -> u64 {
        self.body.support.until.months()
    }

    /// Names and counters of the state that it leads into.
    pub(crate) fn identity(&self) -> Identity {
        let identity = &self.body.identity;
        Identity {
            scope: identity.scope.clone(),
            version: identity.version.clone(),
            line: identity.line.clone(),
            sequence: self.common.sequence,
            feature_level: identity.feature_level,
            security_level: identity.security_level,
            generation: identity.generation,
        }
    }

    pub(crate) fn security(&self) -> Option<&Security> {
        self.body.security()
    }

    /// What it fixes or mitigates, if it is a security release.
    pub(crate) fn fixes(&self) -> &[Fix] {
        self.security().map_or(&[], |s| &s.fixes)
    }

    /// The fixes that it takes back, if it is a security release.
    pub(crate) fn reopens(&self) -> &[Reopened] {
        self.security().map_or(&[], |s| &s.reopens)
    }

    /// The fixes that it brings along, if it is a feature release.
    pub(crate) fn also_fixes(&self) -> &[AlsoFix] {
        match &self.body.update {
            Update::Security(_) => &[],
            Update::Feature(feature) => &feature.also_fixes,
        }
    }

    pub(crate) fn is_testing(&self) -> bool {
        self.body.identity.channel == Channel::Testing
    }

    pub(crate) fn is_paid(&self) -> bool {
        self.body.cost == Cost::Paid
    }

    /// Whether users must pay for other hardware or software to run it.
    pub(crate) fn has_environment_cost(&self) -> bool {
        self.body.identity.environment_cost != EnvironmentCost::None
    }

    pub(crate) fn tailor_made(&self) -> Option<&TailorMade> {
        self.body.tailor_made.as_ref()
    }

    /// The only customer whose devices may have it.
    pub(crate) fn customer(&self) -> Option<&Label> {
        self.tailor_made().map(|t| &t.customer)
    }
}

/// The digests of the evidence entries with these indexes.
pub(crate) fn evidence(common: &Common, indexes: &[u64]) -> Vec<Digest> {
    let entry = |i: &u64| common.evidence.get(usize::try_from(*i).ok()?);
    indexes.iter().filter_map(entry).map(|e| e.sha256).collect()
}

/// The English text, or that of the first language.
pub(crate) fn text(texts: &Localized) -> &str {
    texts.best(None).map_or("", |(_, text)| text.as_str())
}
