//! The support period, and the claim that older versions may be left behind.

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::ident::{Month, words};
use crate::{Id, Label, Localized, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

/// CRA Art. 13(8): five years, unless the product is expected to be used for less.
const FIVE_YEARS: u64 = 60;

/// Until when the product gets security updates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Support {
    /// The last month.
    pub until: Month,
    /// The month the product was first placed on the market.
    pub from: Month,
    /// Why it is used for less than five years.
    pub shorter_use: Option<Localized>,
    /// How the period was determined.
    pub basis: Option<Label>,
}

impl Wire for Support {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let support = Support {
            until: t.req_by("until", Rule::Sup1)?,
            from: t.req_by("from", Rule::Sup1)?,
            shorter_use: t.opt("shorter-use")?,
            basis: t.opt("basis")?,
        };
        t.finish()?;
        let Some(months) = support.until.months().checked_sub(support.from.months()) else {
            let why = format!("ends {} before it begins {}", support.until, support.from);
            return Err(Refusal::new(Rule::Sup1, why).within("until"));
        };
        if months < FIVE_YEARS && support.shorter_use.is_none() {
            return Err(
                Refusal::new(Rule::Sup2, format!("{months} months without shorter-use")).within("until")
            );
        }
        Ok(support)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("until", &self.until)
            .put("from", &self.from)
            .opt("shorter-use", &self.shorter_use)
            .opt("basis", &self.basis)
            .done()
    }
}

words! {
    /// Why older versions may be left behind.
    LatestOnlyKind (Rule::Man4) {
        /// This one is a substantial modification of them (CRA Art. 13(10)).
        SubstantiallyModified = "substantially-modified",
        /// They are sub-versions of this one (CRA Recital 40).
        SubVersion = "sub-version",
    }
}

/// The claim that older versions may be left behind, because moving on costs nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatestOnly {
    /// Why.
    pub kind: LatestOnlyKind,
    /// Whether moving on is free of charge; anything but true is refused.
    pub free: bool,
    /// The hardware that was verified to run it: a sorted set of at least one.
    pub hardware: Vec<Id>,
    /// Evidence entries behind the claim.
    pub evidence: Vec<u64>,
}

impl Wire for LatestOnly {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let claim = LatestOnly {
            kind: t.req("kind")?,
            free: t.req("free")?,
            hardware: t.set("hardware", limits::HARDWARE)?,
            evidence: t.set("evidence", limits::EVIDENCE)?,
        };
        t.finish()?;
        for (key, empty) in [("hardware", claim.hardware.is_empty()), ("evidence", claim.evidence.is_empty())]
        {
            if empty {
                return Err(Refusal::new(Rule::Man1, "missing").within(key));
            }
        }
        Ok(claim)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("kind", &self.kind)
            .put("free", &self.free)
            .list("hardware", &self.hardware)
            .list("evidence", &self.evidence)
            .done()
    }
}
