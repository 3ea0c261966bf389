//! The terms of a release: what it costs, for whom, and what it needs of other scopes.

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::ident::words;
use crate::statement::counter;
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
        if agreement.contract_digest.is_hollow() {
            let why = "the digest of a contract, not of nothing";
            return Err(Refusal::new(Rule::Cst2, why).within("contract-digest"));
        }
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
    /// What must be installed there.
    pub need: Need,
}

/// What must be installed in another scope.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Need {
    /// This very state.
    State(Digest),
    /// A release of this line.
    Line {
        /// The line.
        line: Id,
        /// Its sequence is at least this.
        from: u64,
    },
}

impl Wire for Requirement {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let scope = t.req("scope")?;
        let need = match t.opt("state")? {
            Some(state) => Need::State(state),
            None => Need::Line { line: t.req("line")?, from: counter(&mut t, "from")? },
        };
        if let (Need::State(_), Some(field)) = (&need, t.left().filter(|f| ["line", "from"].contains(f))) {
            return Err(Refusal::new(Rule::Man6, "has no place beside state").within(field));
        }
        t.finish()?;
        Ok(Requirement { scope, need })
    }

    fn encode(&self) -> Tree {
        let map = MapBuilder::new().put("scope", &self.scope);
        match &self.need {
            Need::State(state) => map.put("state", state),
            Need::Line { line, from } => map.put("line", line).put("from", from),
        }
        .done()
    }
}
