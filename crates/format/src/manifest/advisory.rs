//! Words for the user: advisory, action, statuses and remediations.

use super::{Common, evidence_index};
use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::ident::{Url, words};
use crate::text::{Languages, Prose};
use crate::{Digest, Label, Localized, Refusal, Result, Rule, VulnId, limits};
use alloc::{format, vec::Vec};

/// The advisory, by language.
pub type Advisory = Languages<AdvisoryText>;

/// An advisory in one language: [`limits::TEXT`] bytes in all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AdvisoryText {
    /// One line.
    pub title: Label,
    /// A few sentences.
    pub summary: Prose,
    /// Everything.
    pub details: Prose,
    /// What it means for the user.
    pub impact: Prose,
}

impl Wire for AdvisoryText {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let text = AdvisoryText {
            title: t.req("title")?,
            summary: t.req("summary")?,
            details: t.req("details")?,
            impact: t.req("impact")?,
        };
        t.finish()?;
        let sum = [text.title.as_str(), text.summary.as_str(), text.details.as_str(), text.impact.as_str()]
            .iter()
            .fold(0usize, |n, part| n.saturating_add(part.len()));
        if sum > limits::TEXT {
            return Err(Refusal::new(
                Rule::Txt3,
                format!("{sum} bytes in one language, at most {}", limits::TEXT),
            ));
        }
        Ok(text)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("title", &self.title)
            .put("summary", &self.summary)
            .put("details", &self.details)
            .put("impact", &self.impact)
            .done()
    }
}

words! {
    /// What the user is asked to do.
    ActionCode (Rule::Man4) {
        /// Nothing; said in words.
        None = "none",
        /// Install the update.
        Install = "install",
        /// Install the update and restart.
        InstallAndRestart = "install-and-restart",
        /// Change a setting.
        Configure = "configure",
        /// Switch a feature off.
        DisableFeature = "disable-feature",
        /// Change passwords, keys or tokens.
        RotateCredentials = "rotate-credentials",
        /// Take the product off the network.
        Isolate = "isolate",
        /// Replace the product.
        Replace = "replace",
        /// Stop using the product.
        StopUse = "stop-use",
        /// Ask the maker.
        Contact = "contact",
    }
}

words! {
    /// What restarts.
    Restart (Rule::Man4) {
        /// Nothing.
        None = "none",
        /// The part that is updated.
        Component = "component",
        /// A service.
        Service = "service",
        /// The device.
        Device = "device",
        /// The whole system the device is part of.
        System = "system",
    }
}

/// What the user is asked to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Action {
    /// As a word.
    pub code: ActionCode,
    /// What restarts.
    pub restart: Restart,
    /// By when, unix seconds; advice, nothing enforces it.
    pub deadline: Option<u64>,
    /// In words; also when there is nothing to do.
    pub text: Localized,
}

impl Wire for Action {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let action = Action {
            code: t.req_by("code", Rule::Adv2)?,
            restart: t.req("restart")?,
            deadline: t.opt("deadline")?,
            text: t.req_by("text", Rule::Adv2)?,
        };
        t.finish()?;
        Ok(action)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("code", &self.code)
            .put("restart", &self.restart)
            .opt("deadline", &self.deadline)
            .put("text", &self.text)
            .done()
    }
}

words! {
    /// Why a product is not affected: the five words of VEX.
    VexJustification (Rule::Adv10) {
        /// The component is not in the product.
        ComponentNotPresent = "component_not_present",
        /// The code is not in the product.
        VulnerableCodeNotPresent = "vulnerable_code_not_present",
        /// The code is never run.
        VulnerableCodeNotInExecutePath = "vulnerable_code_not_in_execute_path",
        /// No attacker can reach the code.
        VulnerableCodeCannotBeControlledByAdversary = "vulnerable_code_cannot_be_controlled_by_adversary",
        /// Something else in the product prevents it.
        InlineMitigationsAlreadyExist = "inline_mitigations_already_exist",
    }
}

words! {
    /// The standing as a word.
    VexStatusCode (Rule::Man4) {
        /// See [`VexStatus::Affected`].
        Affected = "affected",
        /// See [`VexStatus::NotAffected`].
        NotAffected = "not-affected",
        /// See [`VexStatus::UnderInvestigation`].
        UnderInvestigation = "under-investigation",
        /// See [`VexStatus::Fixed`].
        Fixed = "fixed",
        /// See [`VexStatus::Mitigated`].
        Mitigated = "mitigated",
    }
}

/// How a vulnerability stands in a state.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum VexStatus {
    /// It is there.
    Affected,
    /// It is not, and why.
    NotAffected(VexJustification),
    /// Not known yet; counts as open.
    UnderInvestigation,
    /// It is gone.
    Fixed,
    /// The risk is lower, but it is still there.
    Mitigated,
}

impl VexStatus {
    /// The word on the wire.
    pub fn as_str(self) -> VexStatusCode {
        match self {
            VexStatus::Affected => VexStatusCode::Affected,
            VexStatus::NotAffected(_) => VexStatusCode::NotAffected,
            VexStatus::UnderInvestigation => VexStatusCode::UnderInvestigation,
            VexStatus::Fixed => VexStatusCode::Fixed,
            VexStatus::Mitigated => VexStatusCode::Mitigated,
        }
    }
}

/// What is known of one vulnerability in some states.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// The vulnerability.
    pub id: VulnId,
    /// The states; at least one.
    pub states: Vec<Digest>,
    /// How it stands there.
    pub standing: VexStatus,
    /// What was decided.
    pub outcome: Option<Label>,
    /// The evidence entry with the risk assessment.
    pub risk: Option<u64>,
}

impl Wire for Status {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let standing = match t.req("status")? {
            VexStatusCode::NotAffected => VexStatus::NotAffected(t.req_by("justification", Rule::Adv10)?),
            _ if t.has("justification") => {
                return Err(
                    Refusal::new(Rule::Man6, "only what is not affected has one").within("justification")
                );
            }
            VexStatusCode::Affected => VexStatus::Affected,
            VexStatusCode::UnderInvestigation => VexStatus::UnderInvestigation,
            VexStatusCode::Fixed => VexStatus::Fixed,
            VexStatusCode::Mitigated => VexStatus::Mitigated,
        };
        let status = Status {
            id: t.req("id")?,
            states: required_set(&mut t, "states")?,
            standing,
            outcome: t.opt("outcome")?,
            risk: t.opt("risk")?,
        };
        t.finish()?;
        Ok(status)
    }

    fn encode(&self) -> Tree {
        let map = MapBuilder::new()
            .put("id", &self.id)
            .list("states", &self.states)
            .put("status", &self.standing.as_str())
            .opt("outcome", &self.outcome)
            .opt("risk", &self.risk);
        match self.standing {
            VexStatus::NotAffected(word) => map.put("justification", &word),
            _ => map,
        }
        .done()
    }
}

impl Status {
    /// The statuses of a manifest; their risk assessments are among its evidence.
    pub(super) fn take(t: &mut Table<'_>, common: &Common) -> Result<Vec<Status>> {
        let list: Vec<Status> = t.list("statuses", limits::ENTRIES)?;
        for (i, risk) in list.iter().enumerate().filter_map(|(i, s)| Some((i, s.risk?))) {
            evidence_index(&[risk], common).map_err(|e| e.within("risk").at_index(i).within("statuses"))?;
        }
        Ok(list)
    }
}

/// A set that has at least one entry.
pub(super) fn required_set<T: Wire + Ord>(t: &mut Table<'_>, key: &str) -> Result<Vec<T>> {
    let set = t.set(key, limits::REFS)?;
    if set.is_empty() { Err(Refusal::new(Rule::Man1, "missing").within(key)) } else { Ok(set) }
}

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
    /// The states; at least one.
    pub states: Vec<Digest>,
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
        let remediation = Remediation {
            remedy,
            means: t.opt("means")?,
            ids: required_set(&mut t, "ids")?,
            states: required_set(&mut t, "states")?,
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
