//! Evidence: documents that support a release, named by digest; they may be embedded in the package.

use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::ident::{MediaType, Url, words};
use crate::{Digest, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

words! {
    /// What a document is.
    EvidenceKind (Rule::Man4) {
        /// Software bill of materials.
        Sbom = "sbom",
        /// Vulnerability exploitability exchange.
        Vex = "vex",
        /// CSAF advisory.
        Csaf = "csaf",
        /// How it was built.
        Provenance = "provenance",
        /// Risk assessment.
        Risk = "risk",
        /// Test report.
        Test = "test",
        /// Threat model.
        ThreatModel = "threat-model",
        /// Architecture description.
        Architecture = "architecture",
        /// Inventory of defaults.
        Defaults = "defaults",
        /// User information.
        UserInformation = "user-information",
        /// Timestamp.
        Timestamp = "timestamp",
        /// Anything else.
        Other = "other",
    }
}

/// One document.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Evidence {
    /// What it is.
    pub kind: EvidenceKind,
    /// Its media type.
    pub media_type: MediaType,
    /// Its size, bytes.
    pub size: u64,
    /// Its digest.
    pub sha256: Digest,
    /// Where it can be had; nothing here fetches it.
    pub uri: Option<Url>,
}

impl Wire for Evidence {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let evidence = Evidence {
            kind: t.req("kind")?,
            media_type: t.req("media-type")?,
            size: t.req("size")?,
            sha256: t.req("sha256")?,
            uri: t.opt("uri")?,
        };
        t.finish()?;
        Ok(evidence)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("kind", &self.kind)
            .put("media-type", &self.media_type)
            .put("size", &self.size)
            .put("sha256", &self.sha256)
            .opt("uri", &self.uri)
            .done()
    }
}

/// The evidence entries of a manifest. Those without a `uri` must fit into the package, so their size is bounded.
pub(super) fn take(fields: &mut Table<'_>) -> Result<Vec<Evidence>> {
    let list: Vec<Evidence> = fields.list("evidence", limits::EVIDENCE)?;
    let local = list.iter().filter(|e| e.uri.is_none());
    match local.map(|e| e.size).try_fold(0u64, u64::checked_add) {
        Some(sum) if sum <= limits::EVIDENCE_BYTES => Ok(list),
        _ => Err(Refusal::new(Rule::Man5, format!("more than {} bytes in all", limits::EVIDENCE_BYTES))
            .within("evidence")),
    }
}
