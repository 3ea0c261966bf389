//! What a publication adds: entries, and files with their paths. Refused is what no device would accept, and a number
//! that is in use.

use crate::catalogue::{Catalogue, label};
use crate::error::{Error, Result};
use crate::package::Package;
use pkg_format::manifest::Release;
use pkg_format::repository::{Entry, LogName, paths};
use pkg_format::{Digest, Refusal, Rule, state};
use pkg_verify::Statements;
use std::collections::BTreeSet;

/// What is to be written.
pub(crate) struct Plan<'a> {
    /// The new entries in their order, each with its package.
    pub(crate) entries: Vec<(Entry, &'a Package)>,
    /// Every file with its path.
    pub(crate) files: Vec<(String, &'a Package)>,
}

/// Plans the publication of packages after what is published already.
pub(crate) fn plan<'a>(catalogue: &Catalogue, packages: &'a [Package]) -> Result<Plan<'a>> {
    let of = &catalogue.head.head().of;
    let mut plan = Plan { entries: Vec::new(), files: Vec::new() };
    let live = catalogue.live();
    for package in packages {
        belongs(package, of)?;
        if package.is_delta() {
            continue;
        }
        let entry = package.entry();
        plan.files.push((paths::package(&package.object.package), package));
        let is_new = !live.contains(&&entry) && !plan.entries.iter().any(|(e, _)| *e == entry);
        if is_new {
            number_is_free(&entry, package, catalogue, &plan.entries)?;
            plan.entries.push((entry, package));
        }
    }
    plan.entries.sort_by_key(|(entry, _)| (entry.sequence, entry.manifest));
    for package in packages.iter().filter(|p| p.is_delta()) {
        plan.files.extend(delta_paths(package, catalogue, &plan.entries)?.into_iter().map(|p| (p, package)));
    }
    Ok(plan)
}

/// The package is of the product and the channel of the log.
fn belongs(package: &Package, of: &LogName) -> Result<()> {
    let manifest = package.statements.manifest();
    let product = &manifest.common().product;
    let channel = manifest.release().map_or(of.channel, |r| r.identity.channel);
    match (&product.vendor, &product.name, channel) == (&of.vendor, &of.name, of.channel) {
        true => Ok(()),
        false => {
            let why = format!("{}/{} {channel}, the log is of {}", product.vendor, product.name, label(of));
            Err(Error::refused(package.path.display().to_string(), Refusal::new(Rule::Rep2, why)))
        }
    }
}

/// No other statement has the number of this one: in a line of a scope for releases, in a series for all others.
fn number_is_free(
    entry: &Entry,
    package: &Package,
    catalogue: &Catalogue,
    batch: &[(Entry, &Package)],
) -> Result<()> {
    let same_series = |other: &Entry| {
        let series = |e: &Entry| e.release().map(|r| (r.scope.clone(), r.line.clone()));
        other.kind() == entry.kind() && series(other) == series(entry) && other.sequence == entry.sequence
    };
    let accepted = catalogue.accepted();
    let published = catalogue.log.entries().iter().map(|other| {
        let statements = accepted.iter().find(|(e, _)| e.manifest == other.manifest);
        (other, statements.map(|(_, statements)| *statements))
    });
    let here = batch.iter().map(|(other, package)| (other, Some(&package.statements)));
    for (other, statements) in published.chain(here) {
        // A state may be described again; the audit says whether both descriptions agree.
        let same_state =
            statements.is_some_and(|s| states(s).is_some() && states(s) == states(&package.statements));
        if same_series(other) && other.manifest != entry.manifest && !same_state {
            let id = statements.map(|s| s.manifest().common().id.to_string());
            let id = id.unwrap_or_else(|| format!("the manifest {}", other.manifest.short()));
            let line = entry.release().map_or_else(String::new, |r| format!(" of line {}", r.line));
            let why = format!("number {}{line} was published as {id}", entry.sequence);
            return Err(Error::refused(package.path.display().to_string(), Refusal::new(Rule::Ver2, why)));
        }
    }
    Ok(())
}

/// The state that a release leads into.
pub(crate) fn states(statements: &Statements) -> Option<Digest> {
    let manifest = statements.manifest();
    manifest.release().map(|release| release.state(&manifest.common().product))
}

/// Where a delta is found: one path for each published state with the images that it starts from.
fn delta_paths(package: &Package, catalogue: &Catalogue, new: &[(Entry, &Package)]) -> Result<Vec<String>> {
    let manifest = package.manifest();
    let live = catalogue.live();
    let published =
        live.iter().any(|e| e.manifest == manifest) || new.iter().any(|(e, _)| e.manifest == manifest);
    let (true, Some(target)) = (published, states(&package.statements)) else {
        return Err(Error::NotPublished { path: package.path.clone() });
    };
    let accepted = catalogue.accepted();
    let all = accepted.iter().map(|(_, s)| *s).chain(new.iter().map(|(_, p)| &p.statements));
    let mut bases: BTreeSet<Digest> =
        all.filter(|s| starts_from(&package.statements, s)).filter_map(states).collect();
    bases.extend(stated_base(package));
    match bases.is_empty() {
        true => Err(Error::NoBase { path: package.path.clone() }),
        false => Ok(bases.iter().map(|base| paths::delta(&target, base)).collect()),
    }
}

/// Whether a release has every image that a delta starts from.
pub(crate) fn starts_from(delta: &Statements, statements: &Statements) -> bool {
    let Some(delivery) = delta.delivery() else { return false };
    let scope = |r: &Release| r.identity.scope.clone();
    let (Some(target), Some(base)) = (delta.manifest().release(), statements.manifest().release()) else {
        return false;
    };
    let has = |component, sha256| base.images.iter().any(|i| i.component == component && i.sha256 == sha256);
    let mut needed =
        delivery.payloads.iter().filter_map(|p| Some((p.component.clone(), p.base.as_ref()?.sha256)));
    scope(target) == scope(base) && needed.all(|(component, sha256)| has(component, sha256))
}

/// The state that a delta starts from, if it says the base of every image: it may be older than the log.
fn stated_base(package: &Package) -> Option<Digest> {
    let (manifest, delivery) = (package.statements.manifest(), package.statements.delivery()?);
    let (product, release) = (&manifest.common().product, manifest.release()?);
    let bases = delivery.payloads.iter().map(|p| Some((&p.component, p.base.as_ref()?.sha256)));
    let bases = bases.collect::<Option<Vec<_>>>()?;
    Some(state::digest(&product.vendor, &product.name, &release.identity.scope, bases.into_iter()))
}
