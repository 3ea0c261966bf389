//! Notices and withdrawals: signed messages without images.

use super::{Action, Advisory, Common, Remediation, Status, required_set};
use crate::cbor::{MapBuilder, Table};
use crate::ident::words;
use crate::{Digest, Label, Localized, Refusal, Result, Rule, limits};
use alloc::vec::Vec;

/// A message about releases: which states are affected, and what to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Notice {
    /// What is known; at least one entry.
    pub statuses: Vec<Status>,
    /// What helps; at least one entry.
    pub remediations: Vec<Remediation>,
    /// What the user is told, by language.
    pub advisory: Advisory,
    /// What the user is asked to do.
    pub action: Action,
    /// Whom to ask.
    pub contact: Label,
}

impl Notice {
    pub(super) fn take(t: &mut Table<'_>, common: &Common) -> Result<Self> {
        let notice = Notice {
            statuses: Status::take(t, common)?,
            remediations: t.list("remediations", limits::ENTRIES)?,
            advisory: t.req_by("advisory", Rule::Adv1)?,
            action: t.req_by("action", Rule::Adv2)?,
            contact: t.req_by("contact", Rule::Adv11)?,
        };
        for (key, empty) in
            [("statuses", notice.statuses.is_empty()), ("remediations", notice.remediations.is_empty())]
        {
            if empty {
                return Err(Refusal::new(Rule::Adv5, "missing").within(key));
            }
        }
        Ok(notice)
    }

    pub(super) fn put(&self, map: MapBuilder) -> MapBuilder {
        map.list("statuses", &self.statuses)
            .list("remediations", &self.remediations)
            .put("advisory", &self.advisory)
            .put("action", &self.action)
            .put("contact", &self.contact)
    }
}

words! {
    /// What is withdrawn.
    WithdrawalScope (Rule::Man4) {
        /// Releases, by reference.
        Release = "release",
        /// The product.
        Product = "product",
    }
}

words! {
    /// What the maker does (CRA Art. 13(21)).
    Corrective (Rule::Man4) {
        /// The release is no longer offered.
        Withdraw = "withdraw",
        /// The product is called back.
        Recall = "recall",
        /// The product should not be used.
        StopUse = "stop-use",
    }
}

/// A statement that a release is withdrawn. It never erases anything on a device.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Withdrawal {
    /// What is withdrawn.
    pub scope: WithdrawalScope,
    /// The states taken back; at least one.
    pub withdraws: Vec<Digest>,
    /// What the maker does.
    pub corrective: Corrective,
    /// Why.
    pub reason: Localized,
    /// What the user is told, by language.
    pub advisory: Advisory,
    /// What the user is asked to do.
    pub action: Action,
    /// Whom to ask.
    pub contact: Label,
}

impl Withdrawal {
    pub(super) fn take(t: &mut Table<'_>) -> Result<Self> {
        Ok(Withdrawal {
            scope: t.req("scope")?,
            withdraws: required_set(t, "withdraws")?,
            corrective: t.req("corrective")?,
            reason: t.req("reason")?,
            advisory: t.req_by("advisory", Rule::Adv1)?,
            action: t.req_by("action", Rule::Adv2)?,
            contact: t.req_by("contact", Rule::Adv11)?,
        })
    }

    pub(super) fn put(&self, map: MapBuilder) -> MapBuilder {
        map.put("scope", &self.scope)
            .list("withdraws", &self.withdraws)
            .put("corrective", &self.corrective)
            .put("reason", &self.reason)
            .put("advisory", &self.advisory)
            .put("action", &self.action)
            .put("contact", &self.contact)
    }
}
