//! What only a feature release says: what changes, and where its fixes can be had on their own.

use super::Common;
use super::advisory::{Action, Advisory};
use super::change::Change;
use super::justification::Justification;
use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::ident::words;
use crate::{Digest, Refusal, Result, Rule, VulnId, limits};
use alloc::vec::Vec;

words! {
    /// Why a fix cannot be had apart from a feature release.
    ExceptionReason (Rule::Sep13) {
        /// Older versions may be left behind (CRA Art. 13(10)).
        LatestOnly = "latest-only",
        /// Only the latest sub-version gets it (CRA Recital 40).
        SubVersion = "sub-version",
        /// It is technically not feasible.
        NotFeasible = "not-feasible",
        /// The support period is over.
        SupportEnded = "support-ended",
    }
}

/// Where a fix inside a feature release can be had on its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Separately {
    /// In these states, reached without features.
    In(Vec<Digest>),
    /// Nowhere, and why.
    Exception {
        /// The reason as a word.
        reason: ExceptionReason,
        /// The reason in words, as an inseparable security release gives it.
        why: Justification,
    },
}

/// A fix that rides in a feature release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AlsoFix {
    /// The vulnerability.
    pub id: VulnId,
    /// Where it can be had on its own.
    pub separately: Separately,
}

impl AlsoFix {
    /// Why the fix cannot be had on its own, where that is said.
    pub fn exception(&self) -> Option<(ExceptionReason, &Justification)> {
        match &self.separately {
            Separately::In(_) => None,
            Separately::Exception { reason, why } => Some((*reason, why)),
        }
    }
}

impl Wire for AlsoFix {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let id = t.req("id")?;
        let states: Vec<Digest> = t.set("separately-in", limits::REFS)?;
        let separately = if states.is_empty() {
            let exception = t.take("exception").ok_or_else(|| {
                Refusal::new(Rule::Sep13, "neither separately-in nor an exception").within("separately-in")
            })?;
            take_exception(exception).map_err(|e| e.within("exception"))?
        } else {
            Separately::In(states)
        };
        if t.has("exception") {
            return Err(Refusal::new(Rule::Man6, "has no place beside separately-in").within("exception"));
        }
        t.finish()?;
        Ok(AlsoFix { id, separately })
    }

    fn encode(&self) -> Tree {
        let map = MapBuilder::new().put("id", &self.id);
        match &self.separately {
            Separately::In(states) => map.list("separately-in", states),
            Separately::Exception { reason, why } => {
                map.tree("exception", why.put(MapBuilder::new().put("reason", reason)).done())
            }
        }
        .done()
    }
}

fn take_exception(item: Item<'_>) -> Result<Separately> {
    let mut t = item.table()?;
    let exception =
        Separately::Exception { reason: t.req_by("reason", Rule::Sep13)?, why: Justification::take(&mut t)? };
    t.finish()?;
    Ok(exception)
}

/// What only a feature release says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Feature {
    /// What changes.
    pub changes: Vec<Change>,
    /// Fixes that ride along; stated even when there are none.
    pub also_fixes: Vec<AlsoFix>,
    /// What the user is told, by language.
    pub advisory: Option<Advisory>,
    /// What the user is asked to do.
    pub action: Option<Action>,
}

impl Feature {
    pub(super) fn take(t: &mut Table<'_>, common: &Common) -> Result<Self> {
        let also_fixes: Option<Vec<AlsoFix>> =
            t.opt_with("also-fixes", |item| item.list_of(0, limits::ENTRIES))?;
        let also_fixes =
            also_fixes.ok_or_else(|| Refusal::new(Rule::Man1, "missing").within("also-fixes"))?;
        for (i, why) in also_fixes.iter().enumerate().filter_map(|(i, a)| Some((i, a.exception()?.1))) {
            why.check(common).map_err(|e| e.within("exception").at_index(i).within("also-fixes"))?;
        }
        Ok(Feature {
            changes: t.list("changes", limits::ENTRIES)?,
            also_fixes,
            advisory: t.opt("advisory")?,
            action: t.opt("action")?,
        })
    }

    pub(super) fn put(&self, map: MapBuilder) -> MapBuilder {
        map.list("changes", &self.changes)
            .tree("also-fixes", Tree::list(&self.also_fixes))
            .opt("advisory", &self.advisory)
            .opt("action", &self.action)
    }
}
