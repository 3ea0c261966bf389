//! The list in `applies-to`: what it lacks, and how it is written.

use super::derive::Past;
use super::prior::Prior;
use pkg_format::manifest::Manifest;
use pkg_format::manifest::release::AppliesTo;
use pkg_format::{Digest, Refusal, Rule};
use std::collections::BTreeSet;
use std::path::Path;

/// How the refusal begins of a base that the list lacks.
pub const NOT_LET_IN: &str = "this release has a [[base]]";

/// Refuses a base that the list in `applies-to` does not let in: no device would take its delta.
pub(crate) fn refuse(base: &Prior, manifest: &Manifest, past: &Past, dir: Option<&Path>) -> Option<Refusal> {
    let states = listed(manifest)?;
    if states.contains(&base.state()) {
        return None;
    }
    let name = shown(base, dir);
    let version = base.manifest.release().map(|r| r.identity.version.to_string()).unwrap_or_default();
    let list = written(states, [base].into_iter(), past, dir);
    let list: Vec<_> = list.iter().map(|name| pkg_format::description::quoted(name)).collect();
    let why = format!(
        "{NOT_LET_IN} {name} ({version}), which its applies-to does not let in; list it too: applies-to = [{}]",
        list.join(", ")
    );
    Some(Refusal::new(Rule::App3, why))
}

/// The states that are let in, if they are a list.
fn listed(manifest: &Manifest) -> Option<&[Digest]> {
    match &manifest.release()?.applies_to {
        AppliesTo::States(states) => Some(states),
        AppliesTo::Line => None,
    }
}

/// The list that lets in these releases besides those that the release lets in already, as a description has it.
pub(crate) fn with<'p>(
    manifest: &Manifest,
    more: impl Iterator<Item = &'p Prior>,
    past: &Past,
    dir: Option<&Path>,
) -> Vec<String> {
    written(listed(manifest).unwrap_or_default(), more, past, dir)
}

fn written<'p>(
    states: &[Digest],
    more: impl Iterator<Item = &'p Prior>,
    past: &Past,
    dir: Option<&Path>,
) -> Vec<String> {
    let known = |state: &Digest| past.all().chain(&past.named).find(|p| p.state() == *state);
    let there = states.iter().map(|s| known(s).map_or_else(|| s.to_string(), |prior| shown(prior, dir)));
    let (previous, others): (Vec<_>, Vec<_>) = there
        .chain(more.map(|prior| shown(prior, dir)))
        .collect::<BTreeSet<_>>()
        .into_iter()
        .partition(|name| past.previous.as_ref().is_some_and(|p| shown(p, dir) == *name));
    previous.into_iter().chain(others).collect()
}

/// A package as a description in this folder names it.
fn shown(prior: &Prior, dir: Option<&Path>) -> String {
    let path: &Path = &prior.path;
    dir.and_then(|dir| path.strip_prefix(dir).ok()).unwrap_or(path).display().to_string()
}
