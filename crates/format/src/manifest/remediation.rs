//! What helps against a vulnerability: the categories of CSAF.

use super::releases::{Releases, take_named};
use super::required_set;
use crate::cbor::{Item, MapBuilder, Tree, Wire};
use crate::ident::{Url, words};
use crate::{Digest, Localized, Result, Rule, VulnId};
use alloc::vec::Vec;

words! {
    /// What helps, as a word.
    Category (Rule::Man4) {
        /// See [`Remedy::Workaround`].
        Workaround = "workaround",
        /// See [`Remedy::Mitigation`].
        Mitigation = "mitigation",
        /// See [`Remedy::VendorFix`].
        VendorFix = "vendor-fix",
        /// See [`Remedy::NoneAvailable`].
        NoneAvailable = "none-available",
        /// See [`Remedy::NoFixPlanned`].
        NoFixPlanned = "no-fix-planned",
        /// See [`Remedy::FixPlanned`].
        FixPlanned = "fix-planned",
    }
}

words! {
    /// How a remedy is applied.
    Means (Rule::Man4) {
        /// By a setting.
        Configuration = "configuration",
        /// By hand.
        Manual = "manual",
        /// In another way.
        Other = "other",
    }
}

/// What helps against a vulnerability (the categories of CSAF).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Remedy {
    /// A way around it.
    Workaround,
    /// The risk becomes lower.
    Mitigation,
    /// A release of the maker.
    VendorFix,
    /// Nothing yet.
    NoneAvailable,
    /// Nothing, and why is in the text.
    NoFixPlanned,
    /// A release on this date, unix seconds.
    FixPlanned(u64),
}

impl Remedy {
    /// The word on the wire.
    pub fn category(self) -> Category {
        match self {
            Remedy::Workaround => Category::Workaround,
            Remedy::Mitigation => Category::Mitigation,
            Remedy::VendorFix => Category::VendorFix,
            Remedy::NoneAvailable => Category::NoneAvailable,
            Remedy::NoFixPlanned => Category::NoFixPlanned,
            Remedy::FixPlanned(_) => Category::FixPlanned,
        }
    }
}

/// What to do about vulnerabilities in some states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remediation {
    /// What helps.
    pub remedy: Remedy,
    /// How it is applied.
    pub means: Option<Means>,
    /// The vulnerabilities; at least one.
    pub ids: Vec<VulnId>,
    /// The states; none only where `releases` names some.
    pub states: Vec<Digest>,
    /// Releases by their numbers, also those still to come.
    pub releases: Vec<Releases>,
    /// The release with the fix.
    pub release: Option<Digest>,
    /// What to do, in words.
    pub text: Localized,
    /// Since or until when, unix seconds, where it is not a planned fix.
    pub date: Option<u64>,
    /// Where more is said.
    pub url: Option<Url>,
}

impl Wire for Remediation {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let remedy = match t.req("category")? {
            Category::FixPlanned => Remedy::FixPlanned(t.req_by("date", Rule::Adv6)?),
            Category::Workaround => Remedy::Workaround,
            Category::Mitigation => Remedy::Mitigation,
            Category::VendorFix => Remedy::VendorFix,
            Category::NoneAvailable => Remedy::NoneAvailable,
            Category::NoFixPlanned => Remedy::NoFixPlanned,
        };
        let means = t.opt("means")?;
        let ids = required_set(&mut t, "ids")?;
        let (states, releases) = take_named(&mut t)?;
        let remediation = Remediation {
            remedy,
            means,
            ids,
            states,
            releases,
            release: t.opt("release")?,
            text: t.req("text")?,
            date: t.opt("date")?,
            url: t.opt("url")?,
        };
        t.finish()?;
        Ok(remediation)
    }

    fn encode(&self) -> Tree {
        let map = MapBuilder::new()
            .put("category", &self.remedy.category())
            .opt("means", &self.means)
            .list("ids", &self.ids)
            .list("states", &self.states)
            .list("releases", &self.releases)
            .opt("release", &self.release)
            .put("text", &self.text)
            .opt("url", &self.url);
        match self.remedy {
            Remedy::FixPlanned(date) => map.put("date", &date),
            _ => map.opt("date", &self.date),
        }
        .done()
    }
}
