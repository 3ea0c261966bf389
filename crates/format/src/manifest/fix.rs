//! A fix: which vulnerability, how bad, who is affected, what may be told.

use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::cvss::Severity;
use crate::ident::{Cwe, words};
use crate::{Digest, Label, Localized, Refusal, Result, Rule, VulnId, limits};
use alloc::vec::Vec;

words! {
    /// Whether the vulnerability is gone.
    Outcome (Rule::Man4) {
        /// It is gone.
        Fixed = "fixed",
        /// The risk is lower, but it is still there; counts as affected.
        Mitigated = "mitigated",
    }
}

/// Which states a vulnerability is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Affected {
    /// The states the release applies to.
    AppliesTo,
    /// These states.
    States(Vec<Digest>),
}

impl Wire for Affected {
    fn decode(item: Item<'_>) -> Result<Self> {
        match item.text() {
            Ok("applies-to") => Ok(Affected::AppliesTo),
            Ok(_) => Err(Refusal::new(Rule::Man4, "expected applies-to, or a list of state references")),
            Err(_) => {
                let states = item.list_of(1, limits::REFS)?;
                crate::cbor::sorted(&states)?;
                Ok(Affected::States(states))
            }
        }
    }

    fn encode(&self) -> Tree {
        match self {
            Affected::AppliesTo => Tree::text("applies-to"),
            Affected::States(states) => Tree::list(states),
        }
    }
}

/// Whether attackers use the vulnerability.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Exploited {
    /// Not that the maker knows.
    No,
    /// Yes; since when, unix seconds, where known.
    Yes(Option<u64>),
}

/// What may be told of a vulnerability, and when.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Disclosure {
    /// Everything, now.
    Public {
        /// How bad it is.
        severity: Severity,
        /// What it means for the user.
        impact: Localized,
    },
    /// Details later. Action and advisory are never delayed.
    Delayed {
        /// Why.
        reason: Localized,
        /// Until when, unix seconds.
        until: u64,
        /// How bad it is, where that may be told already.
        severity: Option<Severity>,
        /// What it means for the user, where that may be told already.
        impact: Option<Localized>,
    },
}

/// One vulnerability that a release fixes or mitigates.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fix {
    /// The vulnerability.
    pub id: VulnId,
    /// Other ids of the same vulnerability.
    pub aliases: Vec<VulnId>,
    /// Where the fix comes from.
    pub upstream: Option<Label>,
    /// The security level at which it came in.
    pub level: u64,
    /// Whether it is gone.
    pub status: Outcome,
    /// What it is.
    pub description: Option<Localized>,
    /// What may be told.
    pub disclosure: Disclosure,
    /// The weakness behind it.
    pub cwe: Option<Cwe>,
    /// Which states it is in.
    pub affected: Affected,
    /// Whether attackers use it.
    pub exploited: Exploited,
    /// Since when the maker knows, unix seconds.
    pub known_since: Option<u64>,
    /// Paths inside the images that the fix touches.
    pub touches: Vec<Label>,
}

impl Wire for Fix {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let disclosure = match t.take("disclosure") {
            None => return Err(Refusal::new(Rule::Man1, "missing").within("disclosure")),
            Some(item) => match item.text() {
                Ok("public") => Disclosure::Public {
                    severity: t.req_by("severity", Rule::Adv3)?,
                    impact: t.req_by("impact", Rule::Adv3)?,
                },
                Ok(_) => {
                    return Err(Refusal::new(
                        Rule::Man4,
                        "expected public, or delayed with reason and until",
                    )
                    .within("disclosure"));
                }
                Err(_) => {
                    let (reason, until) = take_delay(item).map_err(|e| e.within("disclosure"))?;
                    Disclosure::Delayed {
                        reason,
                        until,
                        severity: t.opt("severity")?,
                        impact: t.opt("impact")?,
                    }
                }
            },
        };
        let since = t.opt("exploited-since")?;
        let exploited = match t.req("exploited")? {
            true => Exploited::Yes(since),
            false if since.is_some() => {
                return Err(
                    Refusal::new(Rule::Adv12, "not exploited, but since when").within("exploited-since")
                );
            }
            false => Exploited::No,
        };
        let fix = Fix {
            id: t.req("id")?,
            aliases: t.set("aliases", limits::ALIASES)?,
            upstream: t.opt("upstream")?,
            level: crate::statement::counter(&mut t, "level")?,
            status: t.req("status")?,
            description: t.opt("description")?,
            cwe: t.opt("cwe")?,
            affected: t.req_by("affected", Rule::Adv3)?,
            known_since: t.opt("known-since")?,
            touches: t.set("touches", limits::TOUCHES)?,
            disclosure,
            exploited,
        };
        t.finish()?;
        Ok(fix)
    }

    fn encode(&self) -> Tree {
        let map = MapBuilder::new()
            .put("id", &self.id)
            .list("aliases", &self.aliases)
            .opt("upstream", &self.upstream)
            .put("level", &self.level)
            .put("status", &self.status)
            .opt("description", &self.description)
            .opt("cwe", &self.cwe)
            .put("affected", &self.affected)
            .opt("known-since", &self.known_since)
            .list("touches", &self.touches);
        let map = match &self.exploited {
            Exploited::No => map.put("exploited", &false),
            Exploited::Yes(since) => map.put("exploited", &true).opt("exploited-since", since),
        };
        match &self.disclosure {
            Disclosure::Public { severity, impact } => {
                map.text("disclosure", "public").put("severity", severity).put("impact", impact)
            }
            Disclosure::Delayed { reason, until, severity, impact } => {
                let delayed = MapBuilder::new().put("reason", reason).put("until", until).done();
                map.tree("disclosure", MapBuilder::new().tree("delayed", delayed).done())
                    .opt("severity", severity)
                    .opt("impact", impact)
            }
        }
        .done()
    }
}

fn take_delay(item: Item<'_>) -> Result<(Localized, u64)> {
    let mut outer = item.table()?;
    let inner = outer.take("delayed").ok_or_else(|| Refusal::new(Rule::Adv4, "missing").within("delayed"))?;
    outer.finish()?;
    let take = |inner: Item<'_>| {
        let mut t = inner.table()?;
        let delay = (t.req_by("reason", Rule::Adv4)?, t.req_by("until", Rule::Adv4)?);
        t.finish()?;
        Ok(delay)
    };
    take(inner).map_err(|e: Refusal| e.within("delayed"))
}

impl Fix {
    /// How bad it is, where that is told.
    pub fn severity(&self) -> Option<&Severity> {
        match &self.disclosure {
            Disclosure::Public { severity, .. } => Some(severity),
            Disclosure::Delayed { severity, .. } => severity.as_ref(),
        }
    }

    /// What it means for the user, where that is told.
    pub fn impact(&self) -> Option<&Localized> {
        match &self.disclosure {
            Disclosure::Public { impact, .. } => Some(impact),
            Disclosure::Delayed { impact, .. } => impact.as_ref(),
        }
    }
}
