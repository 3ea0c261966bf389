//! What is known of a vulnerability in a state: the statuses of VEX.

use super::releases::{Releases, take_named};
use super::{Common, evidence_index};
use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::ident::words;
use crate::{Digest, Label, Refusal, Result, Rule, VulnId, limits};
use alloc::vec::Vec;

words! {
    /// Why a product is not affected: the five words of VEX.
    VexJustification (Rule::Adv10) {
        /// The component is not in the product.
        ComponentNotPresent = "component_not_present",
        /// The code is not in the product.
        VulnerableCodeNotPresent = "vulnerable_code_not_present",
        /// The code is never run.
        VulnerableCodeNotInExecutePath = "vulnerable_code_not_in_execute_path",
        /// No attacker can reach the code.
        VulnerableCodeCannotBeControlledByAdversary = "vulnerable_code_cannot_be_controlled_by_adversary",
        /// Something else in the product prevents it.
        InlineMitigationsAlreadyExist = "inline_mitigations_already_exist",
    }
}

words! {
    /// The status as a word.
    VexStatusCode (Rule::Man4) {
        /// See [`VexStatus::Affected`].
        Affected = "affected",
        /// See [`VexStatus::NotAffected`].
        NotAffected = "not-affected",
        /// See [`VexStatus::UnderInvestigation`].
        UnderInvestigation = "under-investigation",
        /// See [`VexStatus::Fixed`].
        Fixed = "fixed",
        /// See [`VexStatus::Mitigated`].
        Mitigated = "mitigated",
    }
}

/// The status of a vulnerability in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VexStatus {
    /// It is there.
    Affected,
    /// It is not, and why.
    NotAffected(VexJustification),
    /// Not known yet; counts as open.
    UnderInvestigation,
    /// It is gone.
    Fixed,
    /// The risk is lower, but it is still there.
    Mitigated,
}

impl VexStatus {
    /// Whether the vulnerability is still there, or may be.
    pub fn is_open(self) -> bool {
        !matches!(self, VexStatus::NotAffected(_) | VexStatus::Fixed)
    }

    /// The word on the wire.
    pub fn as_str(self) -> VexStatusCode {
        match self {
            VexStatus::Affected => VexStatusCode::Affected,
            VexStatus::NotAffected(_) => VexStatusCode::NotAffected,
            VexStatus::UnderInvestigation => VexStatusCode::UnderInvestigation,
            VexStatus::Fixed => VexStatusCode::Fixed,
            VexStatus::Mitigated => VexStatusCode::Mitigated,
        }
    }
}

/// What is known of one vulnerability in some states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The vulnerability.
    pub id: VulnId,
    /// The states; none only where `releases` names some.
    pub states: Vec<Digest>,
    /// Releases by their numbers, also those still to come; none where it is closed.
    pub releases: Vec<Releases>,
    /// Its status there.
    pub standing: VexStatus,
    /// What was decided.
    pub outcome: Option<Label>,
    /// The evidence entry with the risk assessment.
    pub risk: Option<u64>,
}

impl Wire for Status {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let standing = match t.req("status")? {
            VexStatusCode::NotAffected => VexStatus::NotAffected(t.req_by("justification", Rule::Adv10)?),
            _ if t.has("justification") => {
                return Err(
                    Refusal::new(Rule::Man6, "only what is not affected has one").within("justification")
                );
            }
            VexStatusCode::Affected => VexStatus::Affected,
            VexStatusCode::UnderInvestigation => VexStatus::UnderInvestigation,
            VexStatusCode::Fixed => VexStatus::Fixed,
            VexStatusCode::Mitigated => VexStatus::Mitigated,
        };
        let id = t.req("id")?;
        let (states, releases) = take_named(&mut t)?;
        if !releases.is_empty() && !standing.is_open() {
            let why = "only what is open can be said of releases still to come";
            return Err(Refusal::new(Rule::Adv13, why).within("releases"));
        }
        let status =
            Status { id, states, releases, standing, outcome: t.opt("outcome")?, risk: t.opt("risk")? };
        t.finish()?;
        Ok(status)
    }

    fn encode(&self) -> Tree {
        let map = MapBuilder::new()
            .put("id", &self.id)
            .list("states", &self.states)
            .list("releases", &self.releases)
            .put("status", &self.standing.as_str())
            .opt("outcome", &self.outcome)
            .opt("risk", &self.risk);
        match self.standing {
            VexStatus::NotAffected(word) => map.put("justification", &word),
            _ => map,
        }
        .done()
    }
}

impl Status {
    /// The statuses of a manifest; their risk assessments are among its evidence.
    pub(super) fn take(t: &mut Table<'_>, common: &Common) -> Result<Vec<Status>> {
        let list: Vec<Status> = t.list("statuses", limits::ENTRIES)?;
        for (i, risk) in list.iter().enumerate().filter_map(|(i, s)| Some((i, s.risk?))) {
            evidence_index(&[risk], common).map_err(|e| e.within("risk").at_index(i).within("statuses"))?;
        }
        Ok(list)
    }
}
