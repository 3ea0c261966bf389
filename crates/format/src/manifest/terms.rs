//! The terms of a release: what it costs, for whom, and what it needs of other scopes.

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::ident::words;
use crate::{Digest, Id, Label, Localized, Refusal, Result, Rule, limits};
use alloc::vec::Vec;

words! {
    /// Whether a release costs.
    Cost (Rule::Man4) {
        /// It does not.
        Free = "free",
        /// It does.
        Paid = "paid",
    }
}

words! {
    /// What an agreement for a tailor-made product may waive; nothing else can be waived.
    Waiver (Rule::Cst2) {
        /// That security updates are free of charge (CRA Annex I II(8)).
        FreeOfCharge = "free-of-charge",
        /// That the product is secure by default (CRA Annex I I(2)(b)).
        SecureDefault = "secure-default",
    }
}

/// An agreement with a business user for a tailor-made product.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TailorMade {
    /// Who; opaque.
    pub customer: Label,
    /// The digest of the contract.
    pub contract_digest: Digest,
    /// What the product is tailored for.
    pub purpose: Localized,
    /// What is waived: a sorted set of at least one.
    pub waives: Vec<Waiver>,
}

impl Wire for TailorMade {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let agreement = TailorMade {
            customer: t.req_by("customer", Rule::Cst2)?,
            contract_digest: t.req_by("contract-digest", Rule::Cst2)?,
            purpose: t.req_by("purpose", Rule::Cst2)?,
            waives: t.set("waives", limits::IMAGES)?,
        };
        t.finish()?;
        if agreement.waives.is_empty() {
            return Err(Refusal::new(Rule::Cst2, "missing").within("waives"));
        }
        Ok(agreement)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("customer", &self.customer)
            .put("contract-digest", &self.contract_digest)
            .put("purpose", &self.purpose)
            .list("waives", &self.waives)
            .done()
    }
}

/// What another scope must have before this step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Requirement {
    /// The other scope.
    pub scope: Id,
    /// Its security level is at least this.
    pub min_security_level: Option<u64>,
    /// Its feature level is at least this.
    pub min_feature_level: Option<u64>,
    /// It is in this state.
    pub state: Option<Digest>,
}

impl Wire for Requirement {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let requirement = Requirement {
            scope: t.req("scope")?,
            min_security_level: t.opt("min-security-level")?,
            min_feature_level: t.opt("min-feature-level")?,
            state: t.opt("state")?,
        };
        t.finish()?;
        match requirement {
            Requirement { min_security_level: None, min_feature_level: None, state: None, .. } => {
                Err(Refusal::new(Rule::Man1, "a requirement that requires nothing")
                    .within("min-security-level"))
            }
            _ => Ok(requirement),
        }
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("scope", &self.scope)
            .opt("min-security-level", &self.min_security_level)
            .opt("min-feature-level", &self.min_feature_level)
            .opt("state", &self.state)
            .done()
    }
}
