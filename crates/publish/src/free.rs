//! Which numbers and versions are free: no two statements of a series share a number, and no two releases of a line that
//! the same devices may have share a version.

use crate::catalogue::Catalogue;
use crate::package::Package;
use pkg_format::manifest::{Kind, Manifest, Release};
use pkg_format::repository::Entry;
use pkg_format::{Digest, Id, Refusal, Rule};
use pkg_verify::Statements;

impl Catalogue {
    /// Refuses a statement whose number or version is in use: nobody could publish it.
    ///
    /// # Errors
    ///
    /// VER-2 where another statement of the same line, or of the same kind, has its number, also one that was removed
    /// since. G21 where another release of the line has its version, for the same hardware and customer.
    pub fn is_free(&self, manifest: &Manifest, digest: Digest) -> Result<(), Refusal> {
        is_free(self, &[], manifest, digest)
    }
}

/// Like [`Catalogue::is_free`], together with packages that are published at the same time.
pub(crate) fn is_free(
    catalogue: &Catalogue,
    batch: &[(Entry, &Package)],
    manifest: &Manifest,
    digest: Digest,
) -> Result<(), Refusal> {
    let new = Entry::new(manifest, digest, None);
    let accepted = catalogue.accepted();
    let published = catalogue.log().entries().iter().map(|entry| {
        let statements = accepted.iter().find(|(e, _)| e.manifest == entry.manifest);
        (entry, statements.map(|(_, statements)| *statements))
    });
    let here = batch.iter().map(|(entry, package)| (entry, Some(package.statements())));
    let series: Vec<_> = published.chain(here).filter(|(entry, _)| line(entry) == line(&new)).collect();
    for (entry, statements) in series.iter().filter(|(entry, _)| entry.manifest != digest) {
        let other = statements.map(Statements::manifest);
        // A state may be described again; the audit says whether both descriptions agree.
        let same_state = other.is_some_and(|other| state(other).is_some() && state(other) == state(manifest));
        if same_state {
            continue;
        }
        if entry.sequence == new.sequence {
            let highest = series.iter().map(|(entry, _)| entry.sequence).max().unwrap_or(0);
            let same_id = other.filter(|other| has_id_of(other, manifest));
            return Err(same_id.map_or_else(|| number(&new, entry, other, highest.saturating_add(1)), id));
        }
        if other.is_some_and(|other| share_version(other, manifest)) {
            return Err(version(manifest));
        }
    }
    Ok(())
}

/// What has numbers of its own: a line of a scope, or all statements of a kind.
fn line(entry: &Entry) -> (Kind, Option<(&Id, &Id)>) {
    (entry.kind(), entry.release().map(|release| (&release.scope, &release.line)))
}

/// The state that a release leads into.
pub(crate) fn state(manifest: &Manifest) -> Option<Digest> {
    manifest.release().map(|release| release.state(&manifest.common().product))
}

fn number(new: &Entry, taken: &Entry, by: Option<&Manifest>, free: u64) -> Refusal {
    let id = by.map(|manifest| manifest.common().id.to_string());
    let id = id.unwrap_or_else(|| format!("the manifest {}", taken.manifest.short()));
    let line = new.release().map_or_else(String::new, |r| format!(" of line {}", r.line));
    let why =
        format!("number {}{line} was published as {id}; the next one that is free is {free}", new.sequence);
    Refusal::new(Rule::Ver2, why).within("sequence")
}

/// Whether two statements that are no releases have one id. The id of a release follows from its version.
fn has_id_of(one: &Manifest, other: &Manifest) -> bool {
    one.release().is_none() && one.common().id == other.common().id
}

fn id(taken: &Manifest) -> Refusal {
    let (id, kind) = (&taken.common().id, taken.kind());
    let why = format!("{id} was published with other content; a new {kind} needs an id of its own");
    Refusal::new(Rule::Ver2, why).within("id")
}

/// Whether two releases with other images have one version for the same devices.
fn share_version(one: &Manifest, other: &Manifest) -> bool {
    let (Some(a), Some(b)) = (one.release(), other.release()) else { return false };
    let customer = |release: &Release| release.tailor_made.as_ref().map(|t| t.customer.clone());
    let hardware = |manifest: &Manifest| manifest.common().product.hardware.clone();
    a.identity.version == b.identity.version
        && customer(a) == customer(b)
        && hardware(one).iter().any(|id| hardware(other).contains(id))
}

fn version(manifest: &Manifest) -> Refusal {
    let version = manifest.release().map_or_else(String::new, |r| r.identity.version.to_string());
    let why = format!("{version} was published with other images: give this release another version");
    Refusal::new(Rule::G21, why).within("version").within("release")
}
