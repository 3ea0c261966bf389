//! The manifest: the signed statement of what is released and why (SPEC 6).
//!
//! [`Manifest::decode`] is the only way to a [`Manifest`], for the builder as for the verifier.
//! A value has passed every rule that one statement can break on its own.

pub mod acknowledgement;
pub mod advisory;
pub mod after;
pub mod automatic;
pub mod change;
pub mod evidence;
pub mod feature;
pub mod fix;
pub mod justification;
pub mod notice;
pub mod open;
pub mod product;
pub mod release;
pub mod releases;
pub mod remediation;
pub mod security;
mod separation;
pub mod support;
pub mod terms;
pub mod vex;

use crate::cbor::{Item, MapBuilder, Table, Tree, Wire, strict::Keys};
use crate::ident::words as word_enum;
use crate::keyring::Role;
use crate::refusal::quote;
use crate::statement::{counter, format_is_ours, same_bytes};
use crate::{Digest, FORMAT, Id, Label, Refusal, Result, Rule, limits};
use alloc::{boxed::Box, collections::BTreeMap, format, string::String, vec::Vec};

pub use acknowledgement::{Acknowledged, Acknowledgement, PastRule};
pub use advisory::{Action, ActionCode, Advisory, AdvisoryText, Restart};
pub use after::{After, Series};
pub use automatic::{Automatic, NotAutomatic};
pub use change::{Change, DefaultChange, Direction, Effect};
pub use evidence::{Evidence, EvidenceKind};
pub use feature::{AlsoFix, ExceptionReason, Feature, Separately};
pub use fix::{Affected, Disclosure, Exploited, Fix, Outcome};
pub use justification::Justification;
pub use notice::{Corrective, Notice, Withdrawal, WithdrawalScope};
pub use open::{OpenStatus, StillOpen};
pub use product::Product;
pub use release::{AppliesTo, Channel, EnvironmentCost, Identity, Image, Release, Update};
pub use releases::Releases;
pub use remediation::{Category, Means, Remediation, Remedy};
pub use security::{Inherited, Reopened, Security, Separation, SeparationKind};
pub use support::{LatestOnly, LatestOnlyKind, Support};
pub use terms::{Cost, Need, Requirement, TailorMade, Waiver};
pub use vex::{Status, VexJustification, VexStatus, VexStatusCode};

word_enum! {
    /// What a manifest is: a release has images, a notice or a withdrawal has none.
    Kind (Rule::Man4) {
        /// One step into a state.
        Release = "release",
        /// A message about releases: which states are affected, and what to do.
        Notice = "notice",
        /// A statement that a release is withdrawn.
        Withdrawal = "withdrawal",
        /// An answer for something of the past; for auditors, never for devices.
        Acknowledgement = "acknowledgement",
    }
}

/// A manifest that broke no rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    common: Common,
    body: Body,
}

/// What every kind of manifest says.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Common {
    /// Names the manifest for people and in file names.
    pub id: Id,
    /// What it is for.
    pub product: Product,
    /// Rises with every release of a line, or with every notice and withdrawal of a product.
    pub sequence: u64,
    /// When it was issued, unix seconds.
    pub issued: u64,
    /// Documents that support the release, by digest.
    pub evidence: Vec<Evidence>,
    /// Digests of manifests that this one replaces.
    pub supersedes: Vec<Digest>,
    /// The oldest keyring version that may judge this manifest.
    pub keyring_min: Option<u64>,
    /// The newest statement of each public series that its maker knew.
    pub after: Vec<After>,
    /// Notes of the maker's own (`x-…`); they mean nothing to a verifier.
    pub notes: BTreeMap<String, Label>,
}

/// What the kinds say beyond that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Body {
    /// Images, and why they exist.
    Release(Box<Release>),
    /// Words about releases.
    Notice(Box<Notice>),
    /// A statement that a release is withdrawn.
    Withdrawal(Box<Withdrawal>),
    /// An answer for something of the past.
    Acknowledgement(Box<Acknowledgement>),
}

/// Every top-level field of any kind, to tell a misplaced field from an unknown one.
const FIELDS: &[&str] = &[
    "format",
    "kind",
    "id",
    "product",
    "sequence",
    "issued",
    "evidence",
    "supersedes",
    "contact",
    "keyring-min",
    "after",
    "release",
    "class",
    "applies-to",
    "fresh",
    "images",
    "separation",
    "fixes",
    "changes",
    "also-fixes",
    "statuses",
    "reopens",
    "defaults",
    "advisory",
    "action",
    "remediations",
    "automatic",
    "cost",
    "tailor-made",
    "support",
    "latest-only",
    "requires",
    "inherited",
    "scope",
    "withdraws",
    "corrective",
    "reason",
    "from",
    "open",
    "acknowledges",
    "cause",
    "remedy",
    "approver",
];

impl Manifest {
    /// Reads the bytes of `manifest.cbor` and judges them by every rule of the statement alone.
    ///
    /// # Errors
    ///
    /// The first rule that the statement breaks, and the field where it does.
    pub fn decode(bytes: &[u8]) -> Result<Self> {
        if bytes.len() > usize::try_from(limits::STATEMENT).unwrap_or(usize::MAX) {
            return Err(Refusal::new(
                Rule::Con4,
                format!("{} bytes, at most {}", bytes.len(), limits::STATEMENT),
            ));
        }
        let mut fields = Item::open(bytes, Keys::Text)?.table()?;
        format_is_ours(&mut fields)?;
        let kind: Kind = fields.req("kind")?;
        let common = Common::take(&mut fields)?;
        let body = match kind {
            Kind::Release => Body::Release(Box::new(Release::take(&mut fields, &common)?)),
            Kind::Notice => Body::Notice(Box::new(Notice::take(&mut fields, &common)?)),
            Kind::Withdrawal => Body::Withdrawal(Box::new(Withdrawal::take(&mut fields)?)),
            Kind::Acknowledgement => {
                Body::Acknowledgement(Box::new(Acknowledgement::take(&mut fields, &common)?))
            }
        };
        if let Some(field) = fields.left().filter(|f| FIELDS.contains(f)) {
            return Err(Refusal::new(Rule::Man6, "the kind or class of this manifest has no such field")
                .within(field));
        }
        fields.finish()?;
        let manifest = Manifest { common, body };
        if let Body::Release(release) = &manifest.body {
            separation::check(release, &manifest.common)?;
        }
        same_bytes(&manifest.to_tree(), bytes)?;
        Ok(manifest)
    }

    /// The manifest as it is written.
    pub fn to_tree(&self) -> Tree {
        let map = self.common.put(MapBuilder::new().put("format", &FORMAT).put("kind", &self.kind()));
        match &self.body {
            Body::Release(release) => release.put(map),
            Body::Notice(notice) => notice.put(map),
            Body::Withdrawal(withdrawal) => withdrawal.put(map),
            Body::Acknowledgement(acknowledgement) => acknowledgement.put(map),
        }
        .done()
    }

    /// What every kind of manifest says.
    pub fn common(&self) -> &Common {
        &self.common
    }

    /// What this kind says.
    pub fn body(&self) -> &Body {
        &self.body
    }

    /// What this manifest is.
    pub fn kind(&self) -> Kind {
        match self.body {
            Body::Release(_) => Kind::Release,
            Body::Notice(_) => Kind::Notice,
            Body::Withdrawal(_) => Kind::Withdrawal,
            Body::Acknowledgement(_) => Kind::Acknowledgement,
        }
    }

    /// The release, if this is one.
    pub fn release(&self) -> Option<&Release> {
        match &self.body {
            Body::Release(release) => Some(release),
            _ => None,
        }
    }

    /// The role that must sign this manifest.
    pub fn role(&self) -> Role {
        match &self.body {
            Body::Release(release) => match release.update {
                Update::Security(_) => Role::Security,
                Update::Feature(_) => Role::Feature,
            },
            Body::Notice(_) => Role::Notice,
            Body::Withdrawal(_) => Role::Withdrawal,
            Body::Acknowledgement(_) => Role::Security,
        }
    }

    /// The advisory and the action, where there are any.
    pub fn advice(&self) -> (Option<&Advisory>, Option<&Action>) {
        match &self.body {
            Body::Release(r) => match &r.update {
                Update::Security(s) => (Some(&s.advisory), Some(&s.action)),
                Update::Feature(f) => (f.advisory.as_ref(), f.action.as_ref()),
            },
            Body::Notice(n) => (Some(&n.advisory), Some(&n.action)),
            Body::Withdrawal(w) => (Some(&w.advisory), Some(&w.action)),
            Body::Acknowledgement(_) => (None, None),
        }
    }

    /// Whom to ask.
    pub fn contact(&self) -> Option<&Label> {
        match &self.body {
            Body::Release(r) => r.contact.as_ref(),
            Body::Notice(n) => Some(&n.contact),
            Body::Withdrawal(w) => Some(&w.contact),
            Body::Acknowledgement(_) => None,
        }
    }
}

/// Refuses an index that points past the evidence entries.
pub(crate) fn evidence_index(indexes: &[u64], common: &Common) -> Result<()> {
    let len = common.evidence.len();
    match indexes.iter().find(|i| usize::try_from(**i).map_or(true, |i| i >= len)) {
        None => Ok(()),
        Some(i) => Err(Refusal::new(Rule::Man10, format!("evidence entry {i} of {len}"))),
    }
}

/// A set that has at least one entry.
fn required_set<T: Wire + Ord>(t: &mut Table<'_>, key: &str) -> Result<Vec<T>> {
    let set = t.set(key, limits::REFS)?;
    if set.is_empty() { Err(Refusal::new(Rule::Man1, "missing").within(key)) } else { Ok(set) }
}

fn known(fields: &mut Table<'_>) -> Result<Vec<After>> {
    let list = fields.list("after", limits::SERIES)?;
    after::in_order(&list).map_err(|e| e.within("after"))?;
    Ok(list)
}

/// Times of issue, unix seconds: from 2020, before which no statement of this format was made, to the end of 9999, the
/// last year that calendars and CSAF can write (SPEC 6.3).
pub const ISSUED: core::ops::RangeInclusive<u64> = 1_577_836_800..=253_402_300_799;

/// When a statement was issued: a time that a calendar of four digits has, and not before this format.
pub(crate) fn issued(fields: &mut Table<'_>) -> Result<u64> {
    let issued: u64 = fields.req("issued")?;
    match ISSUED.contains(&issued) {
        true => Ok(issued),
        false => {
            let why = format!("{issued} is not between the years 2020 and 9999 (unix seconds)");
            Err(Refusal::new(Rule::Ver13, why).within("issued"))
        }
    }
}

impl Common {
    /// The sequence of the newest statement of a series that the maker of this one knew; 0 where none was known.
    pub fn knew(&self, series: &Series) -> u64 {
        self.after.iter().find(|a| a.series == *series).map_or(0, |a| a.sequence)
    }

    fn take(fields: &mut Table<'_>) -> Result<Self> {
        Ok(Common {
            id: fields.req("id")?,
            product: fields.req("product")?,
            sequence: counter(fields, "sequence")?,
            issued: issued(fields)?,
            evidence: evidence::take(fields)?,
            supersedes: fields.set("supersedes", limits::REFS)?,
            keyring_min: fields.opt("keyring-min")?,
            after: known(fields)?,
            notes: fields
                .take_prefixed("x-")
                .into_iter()
                .map(|(name, item)| {
                    Id::new(name)
                        .map_err(|e| Refusal::new(Rule::Man2, format!("field {}: {}", quote(name), e.why)))?;
                    Ok((name.into(), Label::decode(item).map_err(|e| e.within(name))?))
                })
                .collect::<Result<_>>()?,
        })
    }

    fn put(&self, map: MapBuilder) -> MapBuilder {
        map.put("id", &self.id)
            .put("product", &self.product)
            .put("sequence", &self.sequence)
            .put("issued", &self.issued)
            .list("evidence", &self.evidence)
            .list("supersedes", &self.supersedes)
            .opt("keyring-min", &self.keyring_min)
            .list("after", &self.after)
            .all(self.notes.iter().map(|(k, v)| (k.clone(), v.encode())).collect())
    }
}
