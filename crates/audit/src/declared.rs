//! What `history.toml` declares: what shipped before the product used packages. Nobody signed it.

use crate::identity::Identity;
use pkg_format::manifest::VexStatus;
use pkg_format::{Digest, Id, VulnId};
use std::collections::BTreeSet;

/// What a history declares of one product.
#[derive(Debug, Clone, Default)]
pub struct Declared {
    /// The digest of the file.
    pub source: Option<Digest>,
    /// What shipped.
    pub releases: Vec<Past>,
    /// What is known of vulnerabilities in it.
    pub vulnerabilities: Vec<PastVulnerability>,
    /// Where documents are: name and places, as the file has them.
    pub documentation: Vec<(String, Vec<String>)>,
}

/// A release that shipped before the product used packages.
#[derive(Debug, Clone)]
pub struct Past {
    /// The digest of its state.
    pub state: Digest,
    /// Names and counters.
    pub identity: Identity,
    /// The hardware it runs on.
    pub hardware: BTreeSet<Id>,
    /// When it was placed on the market, unix seconds.
    pub placed: Option<u64>,
    /// The last month of support, months since the year 0.
    pub support_until: Option<u64>,
    /// Its images: component and digest.
    pub images: Vec<(Id, Digest)>,
}

/// A vulnerability as `history.toml` tells it.
#[derive(Debug, Clone)]
pub struct PastVulnerability {
    /// The vulnerability.
    pub id: VulnId,
    /// Since when the vendor knows of it, unix seconds.
    pub known_since: Option<u64>,
    /// Its status in each state.
    pub statuses: Vec<(Digest, VexStatus)>,
}
