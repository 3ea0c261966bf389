//! What a new package may replace: nothing by default, and never a signed package by an unsigned one, nor an input of
//! the build.

use crate::built::{Built, Made};
use crate::error::{Error, Result, There};
use crate::package::{self, Part};
use pkg_files::{NotRegular, open_no_link};
use pkg_format::Tree;
use pkg_format::cose::StatementKind;
use pkg_format::manifest::Manifest;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};

/// Whether a file that differs may be replaced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Replace {
    /// No.
    Refuse,
    /// Yes, a package of the same step.
    SameStep,
}

/// Refuses, before the long work begins, a package that can never replace the file at `path`.
pub(crate) fn same_step_only(path: &Path, manifest: &Manifest, inputs: &[PathBuf]) -> Result<()> {
    if path.symlink_metadata().is_err() {
        return Ok(());
    }
    let there = path.canonicalize().map_err(|e| Error::file("read", path, e))?;
    if inputs.iter().filter_map(|p| p.canonicalize().ok()).any(|p| p == there) {
        return would_replace(path, There::Input);
    }
    let package = pkg_verify::open(there_is(path)?);
    let Ok(package) = package else { return Ok(()) };
    let Ok(other) = package.unverified_statements().manifest else { return Ok(()) };
    let step = |m: &Manifest| {
        let release = m.release().map(|r| (r.class(), r.identity.scope.clone(), r.identity.line.clone()));
        (m.kind(), m.common().product.vendor.clone(), m.common().sequence, release)
    };
    match (step(&other) == step(manifest), manifest.release()) {
        (true, _) => Ok(()),
        (false, Some(_)) => would_replace(path, There::AnotherStep),
        (false, None) => would_replace(path, There::SameId),
    }
}

/// Gives every package its name, now that all are sound. Whether each may have its name is checked before the first one
/// gets it, so that all are kept or none.
pub(crate) fn keep(mut made: Vec<Made>, replace: Replace) -> Result<Vec<Built>> {
    for (built, file) in &mut made {
        if built.path.symlink_metadata().is_err() {
            continue;
        }
        match file {
            Some(new) if same_bytes(new.file(), &built.path)? => {
                built.unchanged = true;
                *file = None;
            }
            Some(new) => may_replace(new.file(), built, replace)?,
            // Nothing is written there. The package of an earlier build of the same release stays valid.
            None if is_of(&built.path, built) => built.unchanged = true,
            None if replace == Replace::Refuse => return would_replace(&built.path, There::Different),
            None => {}
        }
    }
    let keep = |(built, file): Made| {
        match file {
            Some(file) => package::keep(file, &built.path)?,
            None if built.unchanged || built.path.symlink_metadata().is_err() => {}
            // It belongs to the images that were just replaced.
            None => std::fs::remove_file(&built.path).map_err(|e| Error::file("remove", &built.path, e))?,
        }
        Ok(built)
    };
    made.into_iter().map(keep).collect()
}

fn would_replace<T>(path: &Path, there: There) -> Result<T> {
    Err(Error::WouldReplace { path: path.into(), there })
}

/// Opens the file at `path`; nothing but a regular file is opened, since a pipe could block.
fn there_is(path: &Path) -> Result<File> {
    open_no_link(path).or_else(|e| match NotRegular::from_error(&e) {
        Some(_) => would_replace(path, There::NoFile),
        None => Err(Error::file("read", path, e)),
    })
}

/// Whether the new file may replace the different one at `path`.
fn may_replace(new: &File, built: &Built, replace: Replace) -> Result<()> {
    let path = &built.path;
    let old = there_is(path)?;
    let signed = |file: &File| {
        let package = pkg_verify::open(Part::whole(file)).ok()?;
        Some(
            [StatementKind::Manifest, StatementKind::Delivery]
                .map(|k| package.received_signatures(k).is_some()),
        )
    };
    let loses = |(old, new): (bool, bool)| old && !new;
    if let (Some(old), Some(new)) = (signed(&old), signed(new))
        && old.into_iter().zip(new).any(loses)
    {
        return would_replace(path, There::Signed);
    }
    match (replace, another_time(&old, new)) {
        (Replace::SameStep, _) => Ok(()),
        (Replace::Refuse, Some(issued)) => would_replace(path, There::AnotherTime(issued)),
        // A full package and a delta are named by the version.
        (Replace::Refuse, None) if ["full", "delta"].contains(&built.kind) => {
            would_replace(path, There::Different)
        }
        (Replace::Refuse, None) => would_replace(path, There::SameId),
    }
}

/// When the old package was issued, if its statement differs from the new one in nothing else.
fn another_time(old: &File, new: &File) -> Option<u64> {
    let statement = |file: &File| {
        let package = pkg_verify::open(Part::whole(file)).ok()?;
        let manifest = package.unverified_statements().manifest.ok()?;
        let mut tree = manifest.to_tree();
        if let Tree::Map(map) = &mut tree {
            map.retain(|(key, _)| key != "issued");
        }
        Some((manifest.common().issued, tree))
    };
    let ((issued, old), (now, new)) = (statement(old)?, statement(new)?);
    (issued != now && old == new).then_some(issued)
}

/// Whether the package at `path` is of the same release as `built`.
fn is_of(path: &Path, built: &Built) -> bool {
    let package = there_is(path).ok().and_then(|file| pkg_verify::open(file).ok());
    package.is_some_and(|p| p.manifest_digest() == built.manifest)
}

/// Whether a file and the one at `path` have the same bytes.
fn same_bytes(new: &File, path: &Path) -> Result<bool> {
    let read = |e| Error::file("read", path, e);
    let old = there_is(path)?;
    let length = |file: &File| file.metadata().map(|m| m.len());
    if length(new).map_err(read)? != length(&old).map_err(read)? {
        return Ok(false);
    }
    let (mut new, mut old) = (Part::whole(new), Part::whole(&old));
    let (mut a, mut b) = (vec![0; 1 << 16], vec![0; 1 << 16]);
    loop {
        let n = new.read(&mut a).map_err(read)?;
        old.read_exact(b.get_mut(..n).unwrap_or_default()).map_err(read)?;
        if a.get(..n) != b.get(..n) {
            return Ok(false);
        }
        if n == 0 {
            return Ok(true);
        }
    }
}
