//! What a publication adds: entries, and files with their paths. Refused is what no device would accept, and a number or
//! a version that is in use.

use crate::catalogue::{Catalogue, label};
use crate::error::{Error, Result};
use crate::free::{is_free, state as state_of};
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
            let manifest = package.statements.manifest();
            is_free(catalogue, &plan.entries, manifest, package.manifest())
                .map_err(|refusal| Error::refused(package.path.display().to_string(), refusal))?;
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

/// Where a delta is found: one path for each published state with the images that it starts from.
fn delta_paths(package: &Package, catalogue: &Catalogue, new: &[(Entry, &Package)]) -> Result<Vec<String>> {
    let manifest = package.manifest();
    let live = catalogue.live();
    let published =
        live.iter().any(|e| e.manifest == manifest) || new.iter().any(|(e, _)| e.manifest == manifest);
    let (true, Some(target)) = (published, state_of(package.statements.manifest())) else {
        return Err(Error::NotPublished { path: package.path.clone() });
    };
    let accepted = catalogue.accepted();
    let all = accepted.iter().map(|(_, s)| *s).chain(new.iter().map(|(_, p)| &p.statements));
    let mut bases: BTreeSet<Digest> =
        all.filter(|s| starts_from(&package.statements, s)).filter_map(|s| state_of(s.manifest())).collect();
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
