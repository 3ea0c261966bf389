//! What only a security release says: what it fixes, how it keeps apart, and the advice.

use super::Common;
use super::advisory::{Action, Advisory};
use super::change::Change;
use super::fix::Fix;
use super::justification::{Justification, long_enough};
use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::ident::words;
use crate::{Label, Localized, Refusal, Result, Rule, VulnId, limits};
use alloc::vec::Vec;

words! {
    /// How a security package keeps itself apart from functionality.
    SeparationKind (Rule::Sep2) {
        /// It fixes and nothing else.
        Pure = "pure",
        /// A change of functionality is the fix.
        ChangeIsFix = "change-is-fix",
        /// The fix cannot be had without a change of functionality.
        Inseparable = "inseparable",
    }
}

impl SeparationKind {
    /// The one of two that asks more of the user's trust: pure, change-is-fix, inseparable.
    pub fn stricter(self, other: Self) -> Self {
        use SeparationKind::{ChangeIsFix, Inseparable, Pure};
        match (self, other) {
            (Inseparable, _) | (_, Inseparable) => Inseparable,
            (ChangeIsFix, _) | (_, ChangeIsFix) => ChangeIsFix,
            (Pure, Pure) => Pure,
        }
    }
}

/// The separation of a security release: a pure one needs no justification and has none, the
/// others always have one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Separation {
    /// It fixes and nothing else.
    Pure,
    /// A change of functionality is the fix.
    ChangeIsFix(Justification),
    /// The fix cannot be had without a change of functionality.
    Inseparable(Justification),
}

impl Separation {
    /// The kind as a word.
    pub fn kind(&self) -> SeparationKind {
        match self {
            Separation::Pure => SeparationKind::Pure,
            Separation::ChangeIsFix(_) => SeparationKind::ChangeIsFix,
            Separation::Inseparable(_) => SeparationKind::Inseparable,
        }
    }

    /// Why functionality changes, unless the release is pure.
    pub fn justification(&self) -> Option<&Justification> {
        match self {
            Separation::Pure => None,
            Separation::ChangeIsFix(why) | Separation::Inseparable(why) => Some(why),
        }
    }
}

impl Wire for Separation {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let separation = match t.req_by("kind", Rule::Sep2)? {
            SeparationKind::Pure => Separation::Pure,
            SeparationKind::ChangeIsFix => Separation::ChangeIsFix(Justification::take(&mut t)?),
            SeparationKind::Inseparable => Separation::Inseparable(Justification::take(&mut t)?),
        };
        let excuse = t.left().filter(|f| Justification::FIELDS.contains(f));
        if let (Separation::Pure, Some(field)) = (&separation, excuse) {
            return Err(Refusal::new(Rule::Sep4, "a pure update has no justification").within(field));
        }
        t.finish()?;
        Ok(separation)
    }

    fn encode(&self) -> Tree {
        let map = MapBuilder::new().put("kind", &self.kind());
        match self.justification() {
            None => map,
            Some(why) => why.put(map),
        }
        .done()
    }
}

/// What justified the changes of an earlier security level that this release passes on.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Inherited {
    /// The security level at which they came in.
    pub level: u64,
    /// The kind of that release; never pure.
    pub kind: SeparationKind,
    /// Why it could not be kept apart.
    pub rationale: Localized,
    /// What else was considered.
    pub alternatives: Localized,
    /// Who approved it.
    pub approver: Label,
}

impl Wire for Inherited {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let inherited = Inherited {
            level: crate::statement::counter(&mut t, "level")?,
            kind: t.req_by("kind", Rule::Sep2)?,
            rationale: t.req_by("rationale", Rule::Sep3)?,
            alternatives: t.req_by("alternatives", Rule::Sep3)?,
            approver: t.req_by("approver", Rule::Sep3)?,
        };
        t.finish()?;
        if inherited.kind == SeparationKind::Pure {
            return Err(Refusal::new(Rule::Sep4, "a pure release justifies nothing").within("kind"));
        }
        long_enough(&inherited.rationale)?;
        Ok(inherited)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("level", &self.level)
            .put("kind", &self.kind)
            .put("rationale", &self.rationale)
            .put("alternatives", &self.alternatives)
            .put("approver", &self.approver)
            .done()
    }
}

/// A fix that is taken back, in a release that supersedes a withdrawn one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reopened {
    /// The vulnerability that is open again.
    pub id: VulnId,
    /// Why.
    pub reason: Localized,
}

impl Wire for Reopened {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let reopened = Reopened { id: t.req("id")?, reason: t.req("reason")? };
        t.finish()?;
        Ok(reopened)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new().put("id", &self.id).put("reason", &self.reason).done()
    }
}

/// What only a security release says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Security {
    /// How it keeps itself apart.
    pub separation: Separation,
    /// What it fixes; cumulative over the states it applies to, at least one.
    pub fixes: Vec<Fix>,
    /// What changes beside the fixes; cumulative likewise.
    pub changes: Vec<Change>,
    /// What justified changes of earlier levels.
    pub inherited: Vec<Inherited>,
    /// Fixes that are taken back.
    pub reopens: Vec<Reopened>,
    /// What the user is told, by language.
    pub advisory: Advisory,
    /// What the user is asked to do.
    pub action: Action,
}

impl Security {
    pub(super) fn take(t: &mut Table<'_>, common: &Common) -> Result<Self> {
        let separation: Separation = t.req_by("separation", Rule::Sep2)?;
        if let Some(why) = separation.justification() {
            why.check(common).map_err(|e| e.within("separation"))?;
        }
        let fixes: Option<Vec<Fix>> = t.opt_with("fixes", |item| item.list_of(0, limits::ENTRIES))?;
        let fixes = fixes.filter(|f| !f.is_empty());
        Ok(Security {
            separation,
            fixes: fixes.ok_or_else(|| Refusal::new(Rule::Sep16, "no fix").within("fixes"))?,
            changes: t.list("changes", limits::ENTRIES)?,
            inherited: t.list("inherited", limits::ENTRIES)?,
            reopens: t.list("reopens", limits::ENTRIES)?,
            advisory: t.req_by("advisory", Rule::Adv1)?,
            action: t.req_by("action", Rule::Adv2)?,
        })
    }

    pub(super) fn put(&self, map: MapBuilder) -> MapBuilder {
        map.put("separation", &self.separation)
            .list("fixes", &self.fixes)
            .list("changes", &self.changes)
            .list("inherited", &self.inherited)
            .list("reopens", &self.reopens)
            .put("advisory", &self.advisory)
            .put("action", &self.action)
    }

    /// The strictest kind among what a device at security level `from` takes: the
    /// entries above that level and what they inherited. This is what a user is told and what the
    /// threshold `security-exception` depends on.
    pub fn effective_kind(&self, release_level: u64, from: u64) -> SeparationKind {
        let own = if release_level > from { self.separation.kind() } else { SeparationKind::Pure };
        self.inherited.iter().filter(|i| i.level > from).map(|i| i.kind).fold(own, SeparationKind::stricter)
    }
}
