//! What changes beside fixes: functions, and defaults.

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::ident::words;
use crate::{Id, Localized, Result, Rule, VulnId, limits};
use alloc::vec::Vec;

words! {
    /// What happens to a function.
    Effect (Rule::Man4) {
        /// It is new.
        Added = "added",
        /// It works in another way.
        Changed = "changed",
        /// It does less, or for fewer.
        Restricted = "restricted",
        /// It is switched off.
        Disabled = "disabled",
        /// Another takes its place.
        Replaced = "replaced",
        /// It is gone.
        Removed = "removed",
        /// A defect is removed; no documented function is altered.
        Corrected = "corrected",
    }
}

/// One change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// Names the change; unique in the manifest.
    pub id: Id,
    /// The level at which it came in: a security level in a security release, a feature level in
    /// a feature release.
    pub level: u64,
    /// What happens.
    pub effect: Effect,
    /// Whether a user notices.
    pub user_visible: bool,
    /// What changes, in words.
    pub text: Localized,
    /// The fixes of this release that cannot be had without it.
    pub necessary_for: Vec<VulnId>,
}

impl Wire for Change {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let change = Change {
            id: t.req("id")?,
            level: crate::statement::counter(&mut t, "level")?,
            effect: t.req("effect")?,
            user_visible: t.req("user-visible")?,
            text: t.req("text")?,
            necessary_for: t.set("necessary-for", limits::ENTRIES)?,
        };
        t.finish()?;
        Ok(change)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("id", &self.id)
            .put("level", &self.level)
            .put("effect", &self.effect)
            .put("user-visible", &self.user_visible)
            .put("text", &self.text)
            .list("necessary-for", &self.necessary_for)
            .done()
    }
}

words! {
    /// Which way a default moves.
    Direction (Rule::Man4) {
        /// The product is more secure out of the box.
        Stronger = "stronger",
        /// As secure as before.
        Same = "same",
        /// Less secure.
        Weaker = "weaker",
    }
}

/// A default setting that a release touches.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DefaultChange {
    /// Names the setting.
    pub id: Id,
    /// Which way it moves.
    pub direction: Direction,
    /// What changes, in words.
    pub text: Localized,
    /// The fixes of this release that cannot be had without it.
    pub necessary_for: Vec<VulnId>,
}

impl Wire for DefaultChange {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let default = DefaultChange {
            id: t.req("id")?,
            direction: t.req("direction")?,
            text: t.req("text")?,
            necessary_for: t.set("necessary-for", limits::ENTRIES)?,
        };
        t.finish()?;
        Ok(default)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("id", &self.id)
            .put("direction", &self.direction)
            .put("text", &self.text)
            .list("necessary-for", &self.necessary_for)
            .done()
    }
}
