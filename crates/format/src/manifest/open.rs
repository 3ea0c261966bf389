//! What a release leaves open, and says so.

use super::VexStatus;
use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::ident::words;
use crate::{Localized, Result, Rule, VulnId};

words! {
    /// The status of a vulnerability that is still open.
    OpenStatus (Rule::Man4) {
        /// It is there.
        Affected = "affected",
        /// Not known yet.
        UnderInvestigation = "under-investigation",
        /// The risk is lower, but it is still there.
        Mitigated = "mitigated",
    }
}

impl From<OpenStatus> for VexStatus {
    fn from(status: OpenStatus) -> VexStatus {
        match status {
            OpenStatus::Affected => VexStatus::Affected,
            OpenStatus::UnderInvestigation => VexStatus::UnderInvestigation,
            OpenStatus::Mitigated => VexStatus::Mitigated,
        }
    }
}

/// A vulnerability that is still open in the release that says so.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StillOpen {
    /// The vulnerability.
    pub id: VulnId,
    /// What is known of it.
    pub status: OpenStatus,
    /// Why it is not closed here.
    pub reason: Localized,
    /// When a fix is planned, unix seconds.
    pub planned: Option<u64>,
}

impl Wire for StillOpen {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let open = StillOpen {
            id: t.req("id")?,
            status: t.req("status")?,
            reason: t.req("reason")?,
            planned: t.opt("planned")?,
        };
        t.finish()?;
        Ok(open)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("id", &self.id)
            .put("status", &self.status)
            .put("reason", &self.reason)
            .opt("planned", &self.planned)
            .done()
    }
}
