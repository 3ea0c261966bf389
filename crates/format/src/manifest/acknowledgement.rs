//! An acknowledgement: the maker answers for something that went wrong and has ended.

use super::Common;
use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::ident::words;
use crate::{Digest, Label, Localized, Refusal, Result, Rule, VulnId, limits};
use alloc::{format, vec::Vec};

words! {
    /// A rule that can be broken in the past and kept again: only such can be answered for.
    PastRule (Rule::Man4) {
        /// Users waited for a fix that others had.
        Lag = "G2",
        /// A feature release closed vulnerabilities without saying so.
        SilentFix = "G15",
        /// A promise or a limit of time was not kept.
        Overdue = "G23",
        /// A statement was issued before the one it follows.
        Issued = "VER-9",
        /// Records of a device have a broken chain.
        Records = "POL-4",
    }
}

/// One thing of the past that the maker answers for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledged {
    /// The rule that was broken.
    pub rule: PastRule,
    /// The vulnerabilities concerned. Without any, it covers only what is about none.
    pub ids: Vec<VulnId>,
    /// The states concerned. Without any, it covers only what is about none.
    pub states: Vec<Digest>,
    /// When it began, unix seconds.
    pub from: u64,
    /// When it had ended, unix seconds.
    pub until: u64,
}

impl Wire for Acknowledged {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let past = Acknowledged {
            rule: t.req("rule")?,
            ids: t.set("ids", limits::REFS)?,
            states: t.set("states", limits::REFS)?,
            from: t.req("from")?,
            until: t.req("until")?,
        };
        t.finish()?;
        match past.from <= past.until {
            true => Ok(past),
            false => Err(Refusal::new(
                Rule::Man5,
                format!("ends at {} before it begins at {}", past.until, past.from),
            )
            .within("until")),
        }
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("rule", &self.rule)
            .list("ids", &self.ids)
            .list("states", &self.states)
            .put("from", &self.from)
            .put("until", &self.until)
            .done()
    }
}

/// A statement for auditors. No device acts on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Acknowledgement {
    /// What it answers for; at least one entry.
    pub acknowledges: Vec<Acknowledged>,
    /// How it came about.
    pub cause: Localized,
    /// What was done so that it does not happen again.
    pub remedy: Localized,
    /// Who answers for it.
    pub approver: Label,
}

impl Acknowledgement {
    pub(super) fn take(t: &mut Table<'_>, common: &Common) -> Result<Self> {
        let acknowledges: Vec<Acknowledged> = t.list("acknowledges", limits::ACKNOWLEDGED)?;
        if acknowledges.is_empty() {
            return Err(Refusal::new(Rule::Man1, "missing").within("acknowledges"));
        }
        // What has not ended cannot be answered for: it can only be mended.
        if let Some(i) = acknowledges.iter().position(|a| a.until > common.issued) {
            return Err(Refusal::new(Rule::Ver13, "after the acknowledgement itself was issued")
                .within("until")
                .at_index(i)
                .within("acknowledges"));
        }
        Ok(Acknowledgement {
            acknowledges,
            cause: t.req("cause")?,
            remedy: t.req("remedy")?,
            approver: t.req("approver")?,
        })
    }

    pub(super) fn put(&self, map: MapBuilder) -> MapBuilder {
        map.list("acknowledges", &self.acknowledges)
            .put("cause", &self.cause)
            .put("remedy", &self.remedy)
            .put("approver", &self.approver)
    }
}
