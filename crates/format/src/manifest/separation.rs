//! The rules that tie the fields of one release together (SPEC 7): separation, cost, defaults.
//!
//! What one field may say is checked where the field is read; here is what two fields may say
//! together. What depends on the installed state is checked by the verifier.

use super::change::{Direction, Effect};
use super::fix::Exploited;
use super::release::{AppliesTo, EnvironmentCost, Release, Update};
use super::security::{Security, SeparationKind};
use super::support::LatestOnly;
use super::terms::{Cost, Waiver};
use super::{Change, Common};
use crate::{Refusal, Result, Rule, VulnId};
use alloc::{format, vec::Vec};

pub(super) fn check(release: &Release, common: &Common) -> Result<()> {
    unique(release)?;
    open(release)?;
    dates(release, common)?;
    match &release.update {
        Update::Security(security) => separate(security, release.identity.security_level, common)?,
        Update::Feature(feature) => {
            if release.applies_to == AppliesTo::Line {
                let why = "line means states of the same feature level, which a feature update raises";
                return Err(Refusal::new(Rule::Sep12, why).within("applies-to"));
            }
            let also: Vec<_> = feature.also_fixes.iter().map(|f| &f.id).collect();
            levels(&feature.changes, release.identity.feature_level)?;
            for (i, change) in feature.changes.iter().enumerate() {
                necessary(&change.necessary_for, &also).map_err(|e| e.at_index(i).within("changes"))?;
            }
        }
    }
    defaults(release)?;
    cost(release)
}

/// What a release closes is not open in it.
fn open(release: &Release) -> Result<()> {
    let closed = release.closes();
    match release.open.iter().position(|o| closed.contains(&&o.id)) {
        None => Ok(()),
        Some(i) => {
            let id = release.open.get(i).map_or("", |o| o.id.as_str());
            Err(Refusal::new(Rule::Sep22, format!("{id} is fixed by this very release"))
                .within("id")
                .at_index(i)
                .within("open"))
        }
    }
}

/// Nobody knew of a vulnerability, or of an attack, after the release that tells of it.
fn dates(release: &Release, common: &Common) -> Result<()> {
    for (i, fix) in release.security().into_iter().flat_map(|s| &s.fixes).enumerate() {
        let exploited = match fix.exploited {
            Exploited::Yes(since) => since,
            Exploited::No => None,
        };
        for (key, since) in [("known-since", fix.known_since), ("exploited-since", exploited)] {
            if since.is_some_and(|since| since > common.issued) {
                let why = "after the release itself was issued";
                return Err(Refusal::new(Rule::Ver13, why).within(key).at_index(i).within("fixes"));
            }
        }
    }
    Ok(())
}

/// Refuses the same id twice in a list of things that are told apart by it.
fn unique(release: &Release) -> Result<()> {
    let changes: Vec<_> = release.changes().iter().map(|c| c.id.as_str()).collect();
    let defaults: Vec<_> = release.defaults.iter().map(|d| d.id.as_str()).collect();
    let (key, ids): (_, Vec<_>) = match &release.update {
        Update::Security(s) => ("fixes", s.fixes.iter().map(|f| f.id.as_str()).collect()),
        Update::Feature(f) => ("also-fixes", f.also_fixes.iter().map(|a| a.id.as_str()).collect()),
    };
    let open: Vec<_> = release.open.iter().map(|o| o.id.as_str()).collect();
    for (key, ids) in [(key, ids), ("changes", changes), ("defaults", defaults), ("open", open)] {
        let mut sorted = ids;
        sorted.sort_unstable();
        if let Some((id, _)) = sorted.iter().zip(sorted.iter().skip(1)).find(|(a, b)| a == b) {
            return Err(Refusal::new(Rule::Man7, format!("{id} twice")).within(key));
        }
    }
    Ok(())
}

/// No entry carries a level above the release's own.
fn levels(changes: &[Change], level: u64) -> Result<()> {
    match changes.iter().position(|c| c.level > level) {
        None => Ok(()),
        Some(i) => Err(Refusal::new(Rule::Sep14, format!("above level {level} of the release"))
            .within("level")
            .at_index(i)
            .within("changes")),
    }
}

/// What a change is necessary for is fixed by the same release.
fn necessary(needs: &[VulnId], fixes: &[&VulnId]) -> Result<()> {
    match needs.iter().position(|id| !fixes.contains(&id)) {
        None => Ok(()),
        Some(i) => {
            let id = needs.get(i).map_or("", VulnId::as_str);
            Err(Refusal::new(Rule::Sep6, format!("{id} is not among the fixes"))
                .at_index(i)
                .within("necessary-for"))
        }
    }
}

fn separate(security: &Security, level: u64, common: &Common) -> Result<()> {
    let fixes: Vec<_> = security.fixes.iter().map(|f| &f.id).collect();
    if let Some(i) = security.fixes.iter().position(|f| f.level > level) {
        return Err(Refusal::new(Rule::Sep14, format!("above level {level} of the release"))
            .within("level")
            .at_index(i)
            .within("fixes"));
    }
    levels(&security.changes, level)?;
    if !security.reopens.is_empty() && common.supersedes.is_empty() {
        return Err(Refusal::new(Rule::Sep17, "reopened, but supersedes nothing").within("reopens"));
    }
    let kind = security.separation.kind();
    for (i, change) in security.changes.iter().enumerate() {
        // What binds a change is the kind of the release it came in with.
        let of_level = security.inherited.iter().find(|i| i.level == change.level).map(|i| i.kind);
        let bound_by = if change.level == level { Some(kind) } else { of_level };
        one_change(change, bound_by, &fixes).map_err(|e| e.at_index(i).within("changes"))?;
    }
    let has_one = security.changes.iter().any(|c| c.level == level && c.effect != Effect::Corrected);
    if kind != SeparationKind::Pure && !has_one {
        return Err(
            Refusal::new(Rule::Sep8, format!("{kind}, but no change of level {level}")).within("changes")
        );
    }
    inherited(security, level)
}

fn one_change(change: &Change, kind: Option<SeparationKind>, fixes: &[&VulnId]) -> Result<()> {
    if change.effect == Effect::Corrected {
        necessary(&change.necessary_for, fixes)?;
        // A defect may be removed beside a fix, but not one whose removal a user notices.
        return match change.user_visible {
            true => Err(Refusal::new(Rule::Sep7, "a correction that a user notices is a change")
                .within("user-visible")),
            false => Ok(()),
        };
    }
    if kind == Some(SeparationKind::Pure) {
        return Err(Refusal::new(Rule::Sep7, format!("a pure update with the effect {}", change.effect))
            .within("effect"));
    }
    if change.necessary_for.is_empty() {
        return Err(Refusal::new(Rule::Sep5, "a change that no fix needs").within("necessary-for"));
    }
    necessary(&change.necessary_for, fixes)?;
    if kind == Some(SeparationKind::ChangeIsFix) && matches!(change.effect, Effect::Added | Effect::Changed) {
        return Err(Refusal::new(Rule::Sep9, format!("change-is-fix with the effect {}", change.effect))
            .within("effect"));
    }
    Ok(())
}

/// Each earlier level whose changes are passed on has one entry that justified them.
fn inherited(security: &Security, level: u64) -> Result<()> {
    let levels: Vec<_> = security.inherited.iter().map(|i| i.level).collect();
    crate::cbor::sorted(&levels).map_err(|e| e.within("inherited"))?;
    if let Some(i) = levels.iter().position(|l| *l >= level) {
        return Err(Refusal::new(Rule::Sep14, format!("not below level {level} of the release"))
            .within("level")
            .at_index(i)
            .within("inherited"));
    }
    let passed = |c: &&Change| c.level < level && c.effect != Effect::Corrected;
    match security.changes.iter().filter(passed).find(|c| !levels.contains(&c.level)) {
        None => Ok(()),
        Some(change) => Err(Refusal::new(
            Rule::Sep15,
            format!("change {} of level {} without what justified it", change.id, change.level),
        )
        .within("inherited")),
    }
}

fn waives(release: &Release, waiver: Waiver) -> bool {
    release.tailor_made.as_ref().is_some_and(|t| t.waives.contains(&waiver))
}

fn defaults(release: &Release) -> Result<()> {
    let fixes: Vec<_> = match &release.update {
        Update::Security(s) => s.fixes.iter().map(|f| &f.id).collect(),
        Update::Feature(f) => f.also_fixes.iter().map(|f| &f.id).collect(),
    };
    for (i, default) in release.defaults.iter().enumerate() {
        necessary(&default.necessary_for, &fixes).map_err(|e| e.at_index(i).within("defaults"))?;
        let weaker = release.security().is_some() && default.direction == Direction::Weaker;
        if weaker && !waives(release, Waiver::SecureDefault) {
            return Err(Refusal::new(Rule::Def1, format!("default {} becomes weaker", default.id))
                .within("direction")
                .at_index(i)
                .within("defaults"));
        }
    }
    Ok(())
}

fn cost(release: &Release) -> Result<()> {
    let paid = release.cost == Cost::Paid;
    if paid && release.security().is_some() && !waives(release, Waiver::FreeOfCharge) {
        return Err(Refusal::new(Rule::Cst1, "a security update that costs").within("cost"));
    }
    let costs = |claim: &LatestOnly| {
        paid || !claim.free || release.identity.environment_cost != EnvironmentCost::None
    };
    match release.latest_only.as_ref().is_some_and(costs) {
        true => Err(Refusal::new(Rule::Cst3, "older versions are left behind, but upgrading is not free")
            .within("latest-only")),
        false => Ok(()),
    }
}
