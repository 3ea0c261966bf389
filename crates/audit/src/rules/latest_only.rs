//! Who may be left behind for a later release, and who may not (G8).

use super::paths::Paths;
use crate::finding::Finding;
use crate::population::Open;
use crate::set::evidence;
use pkg_format::manifest::LatestOnlyKind;
use pkg_format::{Digest, Rule};

/// Whether a state may be left behind.
pub(super) enum Left {
    /// It may: the exception that says for which release and on what evidence.
    Behind(Box<Finding>),
    /// A release claims it, and the claim does not hold: why.
    Denied(Vec<String>),
    /// No release claims it.
    Not,
}

/// G8: whether a state may be left behind for a later release.
pub(super) fn left_behind(paths: &Paths<'_, '_>, v: usize) -> Left {
    let (scope, graph) = (paths.scope, &paths.scope.graph);
    let mut claims: Vec<usize> = (0..graph.steps.len())
        .filter(|s| graph.steps[*s].release.body.latest_only.is_some() && graph.steps[*s].to != v)
        .collect();
    claims.sort_by_key(|s| std::cmp::Reverse(graph.steps[*s].release.common.issued));
    let old = &graph.states[v].identity;
    let mut denied = Vec::new();
    for step in claims {
        let release = graph.steps[step].release;
        let Some(claim) = &release.body.latest_only else { continue };
        let (new, to) = (&release.body.identity, graph.steps[step].to);
        let about = match claim.kind {
            LatestOnlyKind::SubstantiallyModified => old.generation < new.generation,
            LatestOnlyKind::SubVersion => {
                old.generation == new.generation && old.feature_level < new.feature_level
            }
        };
        if !about {
            continue;
        }
        if claim.kind == LatestOnlyKind::SubstantiallyModified
            && let Some(later) = placed_after(paths, new.generation)
        {
            denied.push(format!("{} was placed on the market after {}", scope.label(later), scope.label(to)));
            continue;
        }
        let runs = claim.hardware.contains(&paths.population.hardware[0]) && paths.population.steps[step];
        let target = if runs { Some(to) } else { latest_compatible(paths, new.generation) };
        let Some(target) = target.filter(|t| *t != v) else {
            denied.push(format!(
                "{} was not verified to run on {}",
                scope.label(to),
                paths.population.name()
            ));
            continue;
        };
        match moves_on(paths, v, target) {
            Ok(()) => {
                return Left::Behind(Box::new(behind(
                    paths,
                    v,
                    target,
                    to,
                    claim.kind,
                    evidence(&release.common, &claim.evidence),
                )));
            }
            Err(why) => denied.push(why),
        }
    }
    if denied.is_empty() { Left::Not } else { Left::Denied(denied) }
}

/// Whether a step costs nothing and needs no other hardware or software.
fn is_free(paths: &Paths<'_, '_>, step: usize) -> bool {
    let it = &paths.scope.graph.steps[step];
    let release = it.release;
    paths.population.steps[step]
        && !release.is_testing()
        && !release.is_paid()
        && !release.has_environment_cost()
        && !paths.scope.is_withdrawn(it.to)
}

/// A substantially modified version that these devices run, of a later generation.
fn placed_after(paths: &Paths<'_, '_>, generation: u64) -> Option<usize> {
    let states = &paths.scope.graph.states;
    let mine = (0..states.len()).filter(|s| paths.population.states[*s] && states[*s].stable);
    mine.filter(|s| states[*s].identity.generation > generation).min()
}

/// Whether users can be asked to move from one state to another: there is a free path, and nothing is open there.
fn moves_on(paths: &Paths<'_, '_>, from: usize, to: usize) -> Result<(), String> {
    let scope = paths.scope;
    if !scope.graph.reach(from, |s| is_free(paths, s)).contains(&to) {
        return Err(format!(
            "no update path to {} is free of charge and needs no other hardware or software",
            scope.label(to)
        ));
    }
    match Open::from_weight(paths.best[to].0).plain {
        _ if !scope.graph.states[to].supported => Err(format!("{} is no longer supported", scope.label(to))),
        0 => Ok(()),
        _ => Err(format!("security updates do not close everything in {} either", scope.label(to))),
    }
}

/// The latest release below a generation that runs on their hardware (CRA Recital 40).
fn latest_compatible(paths: &Paths<'_, '_>, below: u64) -> Option<usize> {
    let states = &paths.scope.graph.states;
    let candidates = (0..states.len()).filter(|s| {
        let it = &states[*s];
        let placed = paths.population.states[*s] && it.stable && it.withdrawn.is_none();
        placed && it.identity.generation < below
    });
    candidates.max_by_key(|s| {
        let i = &states[*s].identity;
        (i.generation, i.feature_level, i.security_level)
    })
}

fn behind(
    paths: &Paths<'_, '_>,
    v: usize,
    target: usize,
    claimed: usize,
    kind: LatestOnlyKind,
    evidence: Vec<Digest>,
) -> Finding {
    let scope = paths.scope;
    let law = match kind {
        LatestOnlyKind::SubstantiallyModified => {
            "an earlier version of a substantially modified product (CRA Art. 13(10))"
        }
        LatestOnlyKind::SubVersion => "a sub-version that was not substantially modified (CRA Recital 40)",
    };
    let mut text = format!(
        "{}, {law}, is left behind for {}, which is free and needs no other hardware or software",
        scope.label(v),
        scope.label(target)
    );
    if target != claimed {
        text.push_str(&format!(
            "; {} does not run on this hardware, and {} is the latest that does",
            scope.label(claimed),
            scope.label(target)
        ));
    }
    let finding = Finding::exception(Rule::G8, scope.label(v), text).because(law, "");
    Finding { best: Some(scope.label(target).to_owned()), evidence, ..finding }
}
