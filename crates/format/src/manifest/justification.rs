//! Why a fix and a change of functionality come together: what a reader needs to judge it.

use super::{Common, evidence_index};
use crate::cbor::{MapBuilder, Table};
use crate::{Label, Localized, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

/// Why a security release changes functionality, or why a fix is only in a feature release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Justification {
    /// Why the two cannot be kept apart: [`limits::RATIONALE`] characters or more in some language.
    pub rationale: Localized,
    /// What else was considered.
    pub alternatives: Localized,
    /// Who approved it.
    pub approver: Label,
    /// Evidence entries behind it.
    pub evidence: Vec<u64>,
}

impl Justification {
    /// The fields, as they are written.
    pub(super) const FIELDS: [&str; 4] = ["rationale", "alternatives", "approver", "evidence"];

    pub(super) fn take(t: &mut Table<'_>) -> Result<Self> {
        let why = Justification {
            rationale: t.req_by("rationale", Rule::Sep3)?,
            alternatives: t.req_by("alternatives", Rule::Sep3)?,
            approver: t.req_by("approver", Rule::Sep3)?,
            evidence: t.set("evidence", limits::EVIDENCE)?,
        };
        long_enough(&why.rationale)?;
        Ok(why)
    }

    pub(super) fn put(&self, map: MapBuilder) -> MapBuilder {
        map.put("rationale", &self.rationale)
            .put("alternatives", &self.alternatives)
            .put("approver", &self.approver)
            .list("evidence", &self.evidence)
    }

    /// Refuses evidence that the manifest does not have.
    pub(super) fn check(&self, common: &Common) -> Result<()> {
        evidence_index(&self.evidence, common).map_err(|e| e.within("evidence"))
    }
}

/// A rationale of a few words explains nothing.
pub(super) fn long_enough(rationale: &Localized) -> Result<()> {
    match rationale.longest() {
        n if n >= limits::RATIONALE => Ok(()),
        n => Err(Refusal::new(Rule::Sep3, format!("{n} characters, at least {}", limits::RATIONALE))
            .within("rationale")),
    }
}
