//! A release: one step into a state.

use super::automatic::Automatic;
use super::change::DefaultChange;
use super::feature::Feature;
use super::fix::Outcome;
use super::security::Security;
use super::support::{LatestOnly, Support};
use super::terms::{Cost, Requirement, TailorMade};
use super::{Common, Remediation, Status, StillOpen, evidence_index};
use crate::cbor::{Item, MapBuilder, Table, Tree, Wire};
use crate::ident::words;
use crate::statement::counter;
use crate::{Digest, Id, Label, Localized, Refusal, Result, Rule, Version, VulnId, limits, state};
use alloc::{format, vec::Vec};

pub use crate::channel::Channel;

words! {
    /// Why a release exists. There is no default.
    Class (Rule::Sep1) {
        /// It closes vulnerabilities.
        Security = "security",
        /// It changes what the product does.
        Feature = "feature",
    }
}

/// What a user must pay for other hardware or software to take this release.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum EnvironmentCost {
    /// Nothing.
    None,
    /// Something: what, in words.
    Some(Localized),
}

impl Wire for EnvironmentCost {
    fn decode(item: Item<'_>) -> Result<Self> {
        match item.text() {
            Ok("none") => Ok(EnvironmentCost::None),
            Ok(_) => Err(Refusal::new(Rule::Man4, "expected none, or texts by language")),
            Err(_) => Localized::decode(item).map(EnvironmentCost::Some),
        }
    }

    fn encode(&self) -> Tree {
        match self {
            EnvironmentCost::None => Tree::text("none"),
            EnvironmentCost::Some(text) => text.encode(),
        }
    }
}

/// Names and counters of a release (the field `release`).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// What is updated as one.
    pub scope: Id,
    /// A name for people, never compared.
    pub version: Version,
    /// The line of development.
    pub line: Id,
    /// Counts what the product can do.
    pub feature_level: u64,
    /// Counts the vulnerabilities closed, over all lines of the product and scope.
    pub security_level: u64,
    /// Counts substantial modifications.
    pub generation: u64,
    /// Who it is for.
    pub channel: Channel,
    /// What the user must spend on other things.
    pub environment_cost: EnvironmentCost,
}

impl Wire for Identity {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let identity = Identity {
            scope: t.req("scope")?,
            version: t.req("version")?,
            line: t.req("line")?,
            feature_level: counter(&mut t, "feature-level")?,
            security_level: counter(&mut t, "security-level")?,
            generation: counter(&mut t, "generation")?,
            channel: t.req("channel")?,
            environment_cost: t.req("environment-cost")?,
        };
        t.finish()?;
        Ok(identity)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("scope", &self.scope)
            .put("version", &self.version)
            .put("line", &self.line)
            .put("feature-level", &self.feature_level)
            .put("security-level", &self.security_level)
            .put("generation", &self.generation)
            .put("channel", &self.channel)
            .put("environment-cost", &self.environment_cost)
            .done()
    }
}

/// From which states a step leads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum AppliesTo {
    /// Every state of the same scope, line and feature level with a lower security level.
    Line,
    /// These states; none at all means a device with no installed state.
    States(Vec<Digest>),
}

impl Wire for AppliesTo {
    fn decode(item: Item<'_>) -> Result<Self> {
        match item.text() {
            Ok("line") => Ok(AppliesTo::Line),
            Ok(_) => Err(Refusal::new(Rule::Man4, "expected line, or a list of state references")),
            Err(_) => {
                let states = item.list_of(0, limits::REFS)?;
                crate::cbor::sorted(&states)?;
                Ok(AppliesTo::States(states))
            }
        }
    }

    fn encode(&self) -> Tree {
        match self {
            AppliesTo::Line => Tree::text("line"),
            AppliesTo::States(states) => Tree::list(states),
        }
    }
}

/// The finished bytes of one component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Image {
    /// The part of the product.
    pub component: Id,
    /// Size, bytes; at least one.
    pub size: u64,
    /// Digest of the finished image.
    pub sha256: Digest,
    /// A name for people.
    pub version: Option<Version>,
}

impl Wire for Image {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let image = Image {
            component: t.req("component")?,
            size: t.req("size")?,
            sha256: t.req("sha256")?,
            version: t.opt("version")?,
        };
        t.finish()?;
        if image.size == 0 {
            return Err(Refusal::new(Rule::Man5, "an empty image").within("size"));
        }
        Ok(image)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new()
            .put("component", &self.component)
            .put("size", &self.size)
            .put("sha256", &self.sha256)
            .opt("version", &self.version)
            .done()
    }
}

/// The class of a release, with what only that class says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Update {
    /// It closes vulnerabilities; advisory, action and separation come with it.
    Security(Security),
    /// It changes what the product does.
    Feature(Feature),
}

/// One step into a state.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Release {
    /// Names and counters.
    pub identity: Identity,
    /// The class, with what only that class says.
    pub update: Update,
    /// From which states it leads.
    pub applies_to: AppliesTo,
    /// The states it was built from: a set, as the parents of a commit. None for a first release.
    pub from: Vec<Digest>,
    /// Also installable on an empty device.
    pub fresh: bool,
    /// The images of the scope, all of them, sorted by component.
    pub images: Vec<Image>,
    /// What is known of vulnerabilities in other states.
    pub statuses: Vec<Status>,
    /// What it leaves open, and says so.
    pub open: Vec<StillOpen>,
    /// Defaults that this release touches.
    pub defaults: Vec<DefaultChange>,
    /// What to do until it is installed.
    pub remediations: Vec<Remediation>,
    /// Whether it may install itself; a feature release that does not say so waits for its user.
    pub automatic: Option<Automatic>,
    /// Whether it costs.
    pub cost: Cost,
    /// An agreement with a business user.
    pub tailor_made: Option<TailorMade>,
    /// Until when the product is supported.
    pub support: Support,
    /// The claim that older versions may be left behind.
    pub latest_only: Option<LatestOnly>,
    /// What other scopes must have.
    pub requires: Vec<Requirement>,
    /// Whom to ask.
    pub contact: Option<Label>,
}

impl Release {
    pub(super) fn take(t: &mut Table<'_>, common: &Common) -> Result<Self> {
        let identity: Identity = t.req("release")?;
        let class: Class = t.req_by("class", Rule::Sep1)?;
        let update = match class {
            Class::Security => Update::Security(Security::take(t, common)?),
            Class::Feature => Update::Feature(Feature::take(t, common)?),
        };
        let images = t.opt_with("images", |item| item.list_of::<Image>(1, limits::IMAGES))?;
        let images = images.ok_or_else(|| Refusal::new(Rule::Man1, "missing").within("images"))?;
        let order = images.iter().map(|i| &i.component).collect::<Vec<_>>();
        crate::cbor::sorted(&order).map_err(|e| e.within("images"))?;
        let release = Release {
            update,
            from: t.set("from", limits::PARENTS)?,
            applies_to: t.req("applies-to")?,
            fresh: fresh(t)?,
            images,
            statuses: Status::take(t, common)?,
            open: t.list("open", limits::ENTRIES)?,
            defaults: t.list("defaults", limits::ENTRIES)?,
            remediations: t.list("remediations", limits::ENTRIES)?,
            automatic: match class {
                Class::Security => Some(t.req_by("automatic", Rule::Aut1)?),
                Class::Feature => t.opt("automatic")?,
            },
            cost: t.req("cost")?,
            tailor_made: t.opt("tailor-made")?,
            support: t.req_by("support", Rule::Sup1)?,
            latest_only: t.opt("latest-only")?,
            requires: t.list("requires", limits::IMAGES)?,
            contact: t.opt("contact")?,
            identity,
        };
        if let Some(claim) = &release.latest_only {
            evidence_index(&claim.evidence, common)
                .map_err(|e| e.within("evidence").within("latest-only"))?;
        }
        if let Some(i) = release.requires.iter().position(|r| r.scope == release.identity.scope) {
            return Err(Refusal::new(
                Rule::Man4,
                format!("a release of scope {} that requires itself", release.identity.scope),
            )
            .within("scope")
            .at_index(i)
            .within("requires"));
        }
        Ok(release)
    }

    pub(super) fn put(&self, map: MapBuilder) -> MapBuilder {
        let class = match self.update {
            Update::Security(_) => Class::Security,
            Update::Feature(_) => Class::Feature,
        };
        let map = map.put("release", &self.identity).put("class", &class);
        let map = match &self.update {
            Update::Security(security) => security.put(map),
            Update::Feature(feature) => feature.put(map),
        };
        let map = if self.fresh { map.put("fresh", &true) } else { map };
        map.put("applies-to", &self.applies_to)
            .list("images", &self.images)
            .list("from", &self.from)
            .list("statuses", &self.statuses)
            .list("open", &self.open)
            .list("defaults", &self.defaults)
            .list("remediations", &self.remediations)
            .opt("automatic", &self.automatic)
            .put("cost", &self.cost)
            .opt("tailor-made", &self.tailor_made)
            .put("support", &self.support)
            .opt("latest-only", &self.latest_only)
            .list("requires", &self.requires)
            .opt("contact", &self.contact)
    }

    /// The security part, if this is a security release.
    pub fn security(&self) -> Option<&Security> {
        match &self.update {
            Update::Security(security) => Some(security),
            Update::Feature(_) => None,
        }
    }

    /// Whether it is a feature release with a fix that cannot be had on its own.
    pub fn has_exception(&self) -> bool {
        matches!(&self.update, Update::Feature(f) if f.also_fixes.iter().any(|a| a.exception().is_some()))
    }

    /// The vulnerabilities that the step into this state closes: fixes of its own level, and fixes that
    /// ride in a feature release. What it repeats from earlier levels is not among them.
    pub fn closes(&self) -> Vec<&VulnId> {
        match &self.update {
            Update::Security(s) => {
                let own = s.fixes.iter().filter(|f| f.level == self.identity.security_level);
                own.filter(|f| f.status == Outcome::Fixed).map(|f| &f.id).collect()
            }
            Update::Feature(f) => f.also_fixes.iter().map(|a| &a.id).collect(),
        }
    }

    /// Whether it says of its own state that a vulnerability is closed, and nothing else of it. What it repeats of
    /// earlier levels says nothing.
    pub fn says_closed(&self, id: &VulnId, product: &super::Product) -> bool {
        let own = self.state(product);
        let told = |open: bool| {
            let mut told = self.statuses.iter().filter(|s| s.id == *id && s.states.contains(&own));
            told.any(|s| s.standing.is_open() == open)
        };
        let (fixed, reopened) = match &self.update {
            Update::Security(s) => {
                let mut own = s.fixes.iter().filter(|f| f.level == self.identity.security_level);
                let names = |f: &super::Fix| f.id == *id || f.aliases.contains(id);
                let fixed = own.any(|f| f.status == Outcome::Fixed && names(f));
                (fixed, s.reopens.iter().any(|r| r.id == *id))
            }
            Update::Feature(f) => (f.also_fixes.iter().any(|a| a.id == *id), false),
        };
        let open = reopened || told(true) || self.open.iter().any(|o| o.id == *id);
        (fixed || told(false)) && !open
    }

    /// The class as a word.
    pub fn class(&self) -> Class {
        match self.update {
            Update::Security(_) => Class::Security,
            Update::Feature(_) => Class::Feature,
        }
    }

    /// The digest of the state that this release leads into.
    pub fn state(&self, product: &super::Product) -> Digest {
        let images = self.images.iter().map(|i| (&i.component, i.sha256));
        state::digest(&product.vendor, &product.name, &self.identity.scope, images)
    }

    /// What changed, whatever the class.
    pub fn changes(&self) -> &[super::Change] {
        match &self.update {
            Update::Security(s) => &s.changes,
            Update::Feature(f) => &f.changes,
        }
    }
}

/// `fresh` is true or absent.
fn fresh(t: &mut Table<'_>) -> Result<bool> {
    match t.opt("fresh")? {
        Some(false) => {
            Err(Refusal::new(Rule::Man4, "false is written by leaving the field out").within("fresh"))
        }
        other => Ok(other.unwrap_or(false)),
    }
}
