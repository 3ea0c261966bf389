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
    /// A release claims it, and the claim does not hold: why, and the release in which everything must be closed for it.
    Denied(Vec<String>, Option<usize>),
    /// No release claims it.
    Not,
}

/// G8: whether a state may be left behind for a later release.
pub(super) fn left_behind(paths: &Paths<'_, '_>, v: usize) -> Left {
    by_claims(paths, v, |_| true)
}

/// The same by claims of some kinds.
fn by_claims(paths: &Paths<'_, '_>, v: usize, counts: impl Fn(LatestOnlyKind) -> bool) -> Left {
    let (scope, graph) = (paths.scope, &paths.scope.graph);
    let old = &graph.states[v].identity;
    let (mut denied, mut until) = (Vec::new(), None);
    for &(step, claim) in paths.claims() {
        let release = graph.steps[step].release;
        let (new, to) = (&release.body.identity, graph.steps[step].to);
        let about = match claim.kind {
            LatestOnlyKind::SubstantiallyModified => old.generation < new.generation,
            LatestOnlyKind::SubVersion => {
                old.generation == new.generation && old.feature_level < new.feature_level
            }
        };
        if !about || to == v || !counts(claim.kind) {
            continue;
        }
        if claim.kind == LatestOnlyKind::SubstantiallyModified
            && let Some(later) = placed_after(paths, new.generation)
        {
            denied.push(format!("{} was placed on the market after {}", scope.label(later), scope.label(to)));
            continue;
        }
        let runs = claim.hardware.contains(&paths.population.hardware[0]) && paths.population.steps[step];
        let target = if runs { Some(to) } else { latest_compatible(paths, claim.kind, to) };
        let Some(target) = target.filter(|t| *t != v) else {
            denied.push(format!(
                "{} was not verified to run on {}",
                scope.label(to),
                paths.population.name()
            ));
            continue;
        };
        match moves_on(paths, v, target) {
            Ok(further) => {
                let evidence = evidence(&release.common, &claim.evidence);
                let finding = behind(paths, v, target, to, claim.kind, evidence);
                return Left::Behind(Box::new(match further {
                    None => finding,
                    Some(further) => chained(finding, *further),
                }));
            }
            Err((why, open)) => {
                denied.push(why);
                until = until.or(open);
            }
        }
    }
    if denied.is_empty() { Left::Not } else { Left::Denied(denied, until) }
}

/// A substantially modified version that these devices run, of a later generation. One that was withdrawn is taken back
/// from the market.
fn placed_after(paths: &Paths<'_, '_>, generation: u64) -> Option<usize> {
    let states = &paths.scope.graph.states;
    let mine = (0..states.len())
        .filter(|s| paths.population.states[*s] && states[*s].stable && states[*s].withdrawn.is_none());
    mine.filter(|s| states[*s].identity.generation > generation).min()
}

/// Whether users can be asked to move from one state to another: there is a free path, and nothing is open there. What is
/// open there may be closed in a later sub-version, for which users of that state may be left behind in turn. If not: why,
/// and the state in which everything must be closed, where that is all that is missing.
fn moves_on(
    paths: &Paths<'_, '_>,
    from: usize,
    to: usize,
) -> Result<Option<Box<Finding>>, (String, Option<usize>)> {
    let scope = paths.scope;
    if !paths.is_free_way(from, to) {
        let why = format!(
            "no update path to {} is free of charge and needs no other hardware or software",
            scope.label(to)
        );
        return Err((why, None));
    }
    if !scope.graph.states[to].supported {
        return Err((format!("{} is no longer supported", scope.label(to)), None));
    }
    if Open::from_weight(paths.best[to].0).plain == 0 {
        return Ok(None);
    }
    match by_claims(paths, to, |kind| kind == LatestOnlyKind::SubVersion) {
        Left::Behind(further) => Ok(Some(further)),
        Left::Denied(why, until) => {
            let why = format!(
                "security updates do not close everything in {}, which may not be left behind either: {}",
                scope.label(to),
                why.join("; ")
            );
            Err((why, until.or(Some(to))))
        }
        Left::Not => {
            let why = format!("security updates do not close everything in {} either", scope.label(to));
            Err((why, Some(to)))
        }
    }
}

/// The latest release before the claimed one that runs on their hardware (CRA Recital 40).
fn latest_compatible(paths: &Paths<'_, '_>, kind: LatestOnlyKind, claimed: usize) -> Option<usize> {
    let states = &paths.scope.graph.states;
    let new = &states[claimed].identity;
    let candidates = (0..states.len()).filter(|s| {
        let it = &states[*s];
        let placed = paths.population.states[*s] && it.stable && it.withdrawn.is_none();
        placed
            && match kind {
                LatestOnlyKind::SubstantiallyModified => it.identity.generation < new.generation,
                LatestOnlyKind::SubVersion => {
                    it.identity.generation == new.generation && it.identity.feature_level < new.feature_level
                }
            }
    });
    candidates.max_by_key(|s| {
        let i = &states[*s].identity;
        (i.generation, i.feature_level, i.security_level)
    })
}

/// One exception for two claims of which the second leads on from the release of the first.
fn chained(first: Finding, second: Finding) -> Finding {
    let text = format!("{}; {}", first.text, second.text);
    let law = [first.rationale.as_deref(), second.rationale.as_deref()];
    let law = law.into_iter().flatten().collect::<Vec<_>>().join("; then ");
    let evidence = first.evidence.iter().chain(&second.evidence).copied().collect();
    Finding { text, best: second.best, evidence, rationale: Some(law), ..first }
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
    let (what, law) = match kind {
        LatestOnlyKind::SubstantiallyModified => {
            ("an earlier version of a substantially modified product", "CRA Art. 13(10)")
        }
        LatestOnlyKind::SubVersion => ("a sub-version that was not substantially modified", "CRA Recital 40"),
    };
    let mut text = format!(
        "{} is left behind ({law}) for {}, which is free and needs no other hardware or software",
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
    let finding = Finding::exception(Rule::G8, scope.label(v), text).because(format!("{what} ({law})"), "");
    Finding { best: Some(scope.label(target).to_owned()), evidence, ..finding }
}
