//! Nobody is forced onto features: G1, with full packages alone (G7), without what was withdrawn
//! (G10), free of charge (G12), and who may be left behind (G8).

use super::disclosure::{Remedied, remedied};
use crate::finding::Finding;
use crate::population::{Open, Population};
use crate::scope::{Scope, list, stay_open};
use pkg_format::manifest::Category;
use pkg_format::manifest::LatestOnlyKind;
use pkg_format::manifest::feature::ExceptionReason;
use pkg_format::{Digest, Rule};
use std::collections::BTreeSet;

/// States that a latest-only claim excuses, by population: `(population, state)`.
pub(crate) type LeftBehind = BTreeSet<(usize, usize)>;

/// Whether a state may be left behind.
enum Left {
    /// For which release, over which evidence.
    Behind(Box<Finding>),
    /// It was claimed, and does not hold: why.
    Denied(Vec<String>),
    /// Nobody claims it.
    Not,
}

struct Check<'a, 'm> {
    scope: &'a Scope<'m>,
    population: &'a Population,
    /// How open each state and what it reaches is, over security steps.
    best: Vec<(u64, Option<usize>)>,
}

pub(super) fn check(scope: &Scope<'_>, findings: &mut Vec<Finding>) -> LeftBehind {
    let mut left = LeftBehind::new();
    // A fix of the maker's is no way to live without one.
    let remedied = remedied(scope, |r| r.category != Category::VendorFix);
    for (p, population) in scope.populations.iter().enumerate() {
        let graph = &scope.graph;
        let secure = |s: usize| scope.is_secure(population, s);
        let open = |s: usize| population.open(graph, &scope.standings, s).weight();
        let best = graph.best(&graph.order, secure, open, |_| 0);
        let full = graph.best(&graph.order, |s| secure(s) && graph.steps[s].full, open, |_| 0);
        let stays = |s: usize| secure(s) && !scope.is_withdrawn(graph.steps[s].to);
        let open_kept = |s: usize| if scope.is_withdrawn(s) { u64::MAX } else { open(s) };
        let kept = graph.best(&graph.order, stays, open_kept, |_| 0);
        let kept_full = graph.best(&graph.order, |s| stays(s) && graph.steps[s].full, open_kept, |_| 0);
        let check = Check { scope, population, best };
        for v in (0..graph.states.len()).filter(|v| population.states[*v]) {
            let state = &graph.states[v];
            if !state.supported || !state.stable {
                continue;
            }
            let reached = Open::of_weight(check.best[v].0);
            if reached.plain > 0 {
                match check.left_behind(v) {
                    Left::Behind(finding) => {
                        findings.extend(check.each(v, *finding));
                        left.insert((p, v));
                    }
                    Left::Denied(why) => {
                        let text = format!("{} cannot be left behind: {}", scope.label(v), why.join("; "));
                        findings.extend(check.each(v, Finding::fail(Rule::G8, scope.label(v), text)));
                        check.forced(v, findings);
                    }
                    Left::Not => check.forced(v, findings),
                }
                continue;
            }
            if reached.excused > 0 {
                findings.extend(check.each(v, check.excused(v)));
            }
            let lost = |best: &[(u64, Option<usize>)]| Open::of_weight(best[v].0).plain > 0;
            if lost(&full) {
                findings.extend(check.each(v, check.only_by_delta(v, &check.best)));
            }
            // Who runs a withdrawn state that closes everything is not waiting for a fix.
            if population.open(graph, &scope.standings, v).plain == 0 {
                continue;
            }
            if lost(&kept) {
                findings.extend(check.each(v, check.withdrawn(v, &kept, &remedied)));
            } else if lost(&kept_full) && !lost(&full) {
                let found = check.only_by_delta(v, &kept);
                let text = format!("without what was withdrawn, {}", found.text);
                findings.extend(check.each(v, Finding { rule: Rule::G10, text, ..found }));
            }
        }
    }
    left
}

impl Check<'_, '_> {
    /// One finding for each hardware id of the population.
    fn each(&self, v: usize, finding: Finding) -> Vec<Finding> {
        let digest = self.scope.graph.states[v].digest;
        let hardware = self.population.hardware.iter();
        hardware
            .map(|h| Finding { hardware: Some(h.clone()), digest: Some(digest), ..finding.clone() })
            .collect()
    }

    fn secure(&self, step: usize) -> bool {
        self.scope.is_secure(self.population, step)
    }

    /// What is patched and open in a state, without what is excused.
    fn open(&self, state: usize) -> Vec<usize> {
        let open = self.scope.open(self.population, state);
        open.into_iter().filter(|v| !self.population.is_excused(*v)).collect()
    }

    fn forced(&self, v: usize, findings: &mut Vec<Finding>) {
        let (scope, graph) = (self.scope, &self.scope.graph);
        let label = scope.label(v);
        // The ends that no other end betters: what is open there is what stays open.
        let reached = graph.reach(v, |s| self.secure(s));
        let mut ends: Vec<(Vec<usize>, usize)> = reached.into_iter().map(|s| (self.open(s), s)).collect();
        ends.sort_by_key(|(open, state)| (open.len(), *state));
        let mut apart: Vec<&(Vec<usize>, usize)> = Vec::new();
        for end in &ends {
            let covered = |a: &&(Vec<usize>, usize)| a.0.iter().all(|x| end.0.binary_search(x).is_ok());
            if !apart.iter().any(covered) && apart.len() < 4 {
                apart.push(end);
            }
        }
        let (open, best) = (&apart[0].0, apart[0].1);
        let ids = scope.ids(open.iter().copied());
        let mut text = match apart.as_slice() {
            [_] if best == v => {
                format!("no security update leads on from {label}: {} {}", list(&ids), stay_open(&ids))
            }
            [_] => format!(
                "from {label}, security updates lead at best to {}, where {} {}",
                scope.label(best),
                list(&ids),
                stay_open(&ids)
            ),
            several => {
                let each = several.iter().map(|(open, end)| {
                    format!("{} leaves {} open", scope.label(*end), list(&scope.ids(open.iter().copied())))
                });
                format!(
                    "from {label}, no security update closes all at once: {}",
                    each.collect::<Vec<_>>().join("; ")
                )
            }
        };
        let named = |x: &&usize| !scope.standings.is_named(graph, v, **x) && self.undecided(v, **x);
        let undecided = scope.ids(open.iter().filter(named).copied());
        if !undecided.is_empty() {
            text.push_str(&format!(
                "; whether {label} is affected by {} nobody said, so it counts as open",
                list(&undecided)
            ));
        }
        let possible = |s: usize| graph.steps[s].release.hardware.contains(&self.population.hardware[0]);
        let way = graph.forbidden(v, possible, |s| self.secure(s), |s| self.open(s).is_empty());
        let mut finding = Finding::fail(Rule::G1, label, "");
        match way.as_deref() {
            None | Some([]) => text.push_str("; no step of any kind closes it"),
            Some(steps @ [(first, from), ..]) => {
                let step = scope.step_label(*first, *from);
                text.push_str(&format!("; only {step} would close it, which nobody may be forced to take"));
                if steps.len() > 1 {
                    text.push_str(&format!(" (and {} more like it)", steps.len() - 1));
                }
                finding.forbidden_edge = Some(step);
            }
        }
        finding.open = ids;
        finding.best = Some(scope.label(best).to_owned());
        finding.text = text;
        findings.extend(self.each(v, finding));
        self.only_at_a_price(v, findings);
    }

    fn undecided(&self, v: usize, x: usize) -> bool {
        self.scope.standings.stand(&self.scope.graph, v, x)
            == crate::effective_status::EffectiveStatus::Undecided
    }

    /// G12: whether what G1 misses can be had, but for money or by another customer.
    fn only_at_a_price(&self, v: usize, findings: &mut Vec<Finding>) {
        let graph = &self.scope.graph;
        let paid = |s: usize| {
            let step = &graph.steps[s];
            let release = &step.release;
            let here = release.hardware.contains(&self.population.hardware[0]) && !release.testing;
            here && step.is_security() && step.is_properly_separated()
        };
        let way = graph.forbidden(v, paid, |s| self.secure(s), |s| self.open(s).is_empty());
        if let Some(&[(step, from), ..]) = way.as_deref() {
            let step = self.scope.step_label(step, from);
            let text = format!(
                "from {}, only {step} closes everything: it is not free for everybody",
                self.scope.label(v)
            );
            let finding =
                Finding { forbidden_edge: Some(step), ..Finding::fail(Rule::G12, self.scope.label(v), text) };
            findings.extend(self.each(v, finding));
        }
    }

    /// What stays open has a recorded reason.
    fn excused(&self, v: usize) -> Finding {
        let (scope, graph) = (self.scope, &self.scope.graph);
        let end = graph.end(&self.best, v);
        let open = scope.open(self.population, end);
        let ids = scope.ids(open.iter().copied());
        let text = format!(
            "from {}, security updates lead to {}, where {} {} for a recorded reason",
            scope.label(v),
            scope.label(end),
            list(&ids),
            stay_open(&ids)
        );
        let mut finding = Finding::exception(Rule::G1, scope.label(v), text);
        let theirs = graph.steps.iter().zip(&self.population.steps).filter(|(_, theirs)| **theirs);
        let all = theirs.flat_map(|(s, _)| &s.release.also_fixes);
        let of = |id: &str| scope.standings.find(id).is_some_and(|x| open.contains(&x));
        let recorded = all.filter(|a| of(&a.id)).filter_map(|a| a.exception.as_ref());
        let mut recorded = recorded.filter(|(reason, _)| *reason == ExceptionReason::NotFeasible);
        if let Some((_, why)) = recorded.next() {
            finding = finding.because(&why.rationale, &why.approver);
        }
        let back = graph.steps.iter().flat_map(|s| &s.release.reopens).find(|(id, _)| of(id));
        if let (None, Some((_, reason))) = (&finding.rationale, back) {
            finding = finding.because(reason, "");
        }
        Finding { open: ids, best: Some(scope.label(end).to_owned()), ..finding }
    }

    fn only_by_delta(&self, v: usize, best: &[(u64, Option<usize>)]) -> Finding {
        let scope = self.scope;
        let mut at = v;
        let mut step = None;
        while let Some(next) = best[at].1 {
            step = step.or((!scope.graph.steps[next].full).then_some((next, at)));
            at = scope.graph.steps[next].to;
        }
        let by = step.map_or_else(String::new, |(s, from)| {
            format!(": {} has no full package", scope.step_label(s, from))
        });
        let text = format!(
            "from {}, what is open can be closed by delta packages only{by}; a device whose image is not the base's loses the way",
            scope.label(v)
        );
        let open = scope.ids(self.open(v));
        Finding {
            open,
            best: Some(scope.label(at).to_owned()),
            ..Finding::fail(Rule::G7, scope.label(v), text)
        }
    }

    /// G10: without what was withdrawn the way is gone. Notices may cover that.
    fn withdrawn(&self, v: usize, kept: &[(u64, Option<usize>)], remedied: &Remedied<'_>) -> Finding {
        let (scope, graph) = (self.scope, &self.scope.graph);
        let end = if kept[v].0 == u64::MAX { v } else { graph.end(kept, v) };
        let open = self.open(end);
        let (lost, since) = self.lost(v);
        let ids = scope.ids(open.iter().copied());
        let told = |x: &usize| {
            let told = remedied.get(&(v, *x));
            self.population.hardware.iter().all(|h| told.is_some_and(|t| t.contains(h.as_str())))
        };
        let gap = format!(
            "with {} withdrawn, no security update closes {} for {} since {}",
            scope.label(lost),
            list(&ids),
            scope.label(v),
            crate::time::date(since)
        );
        let finding = match open.iter().all(told) {
            true => Finding::exception(
                Rule::G10,
                scope.label(v),
                format!("{gap}; a notice tells its users what helps until there is one"),
            )
            .because("a notice covers the gap until there is a new release", ""),
            false => Finding::fail(
                Rule::G10,
                scope.label(v),
                format!("{gap}, and no notice tells its users what helps"),
            ),
        };
        Finding { open: ids, best: Some(scope.label(end).to_owned()), ..finding }
    }

    /// The first that was withdrawn on the way that closed the most, and when.
    fn lost(&self, v: usize) -> (usize, u64) {
        let states = &self.scope.graph.states;
        let mut at = v;
        loop {
            if let Some(since) = states[at].withdrawn {
                return (at, since);
            }
            match self.best[at].1 {
                Some(step) => at = self.scope.graph.steps[step].to,
                None => return (at, 0),
            }
        }
    }

    /// G8: whether a state may be left behind for a later release.
    fn left_behind(&self, v: usize) -> Left {
        let (scope, graph) = (self.scope, &self.scope.graph);
        let mut claims: Vec<usize> = (0..graph.steps.len())
            .filter(|s| graph.steps[*s].release.latest_only.is_some() && graph.steps[*s].to != v)
            .collect();
        claims.sort_by_key(|s| std::cmp::Reverse(graph.steps[*s].release.issued));
        let old = &graph.states[v].identity;
        let mut denied = Vec::new();
        for step in claims {
            let release = graph.steps[step].release;
            let Some(claim) = &release.latest_only else { continue };
            let (new, to) = (&release.identity, graph.steps[step].to);
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
                && let Some(later) = self.placed_after(new.generation)
            {
                denied.push(format!(
                    "{} was placed on the market after {}",
                    scope.label(later),
                    scope.label(to)
                ));
                continue;
            }
            let runs = claim.hardware.contains(&self.population.hardware[0]) && self.population.steps[step];
            let target = if runs { Some(to) } else { self.latest_compatible(new.generation) };
            let Some(target) = target.filter(|t| *t != v) else {
                denied.push(format!(
                    "{} was not verified to run on {}",
                    scope.label(to),
                    self.population.name()
                ));
                continue;
            };
            match self.moves_on(v, target) {
                Ok(()) => {
                    return Left::Behind(Box::new(self.behind(v, target, to, claim.kind, &claim.evidence)));
                }
                Err(why) => denied.push(why),
            }
        }
        if denied.is_empty() { Left::Not } else { Left::Denied(denied) }
    }

    /// A step that costs nothing and needs no other hardware or software.
    fn is_free(&self, step: usize) -> bool {
        let it = &self.scope.graph.steps[step];
        let release = it.release;
        self.population.steps[step]
            && !release.testing
            && !release.paid
            && !release.environment_cost
            && !self.scope.is_withdrawn(it.to)
    }

    /// A substantially modified version that these devices run, of a later generation.
    fn placed_after(&self, generation: u64) -> Option<usize> {
        let states = &self.scope.graph.states;
        let mine = (0..states.len()).filter(|s| self.population.states[*s] && states[*s].stable);
        mine.filter(|s| states[*s].identity.generation > generation).min()
    }

    /// Whether one may be asked to move from a state to another: the way is free, and nothing is open
    /// there.
    fn moves_on(&self, from: usize, to: usize) -> Result<(), String> {
        let scope = self.scope;
        if !scope.graph.reach(from, |s| self.is_free(s)).contains(&to) {
            return Err(format!(
                "no way from there to {} is free of charge and without other hardware or software",
                scope.label(to)
            ));
        }
        match Open::of_weight(self.best[to].0).plain {
            _ if !scope.graph.states[to].supported => {
                Err(format!("{} is itself no longer supported", scope.label(to)))
            }
            0 => Ok(()),
            _ => Err(format!("{} itself cannot be brought up to date by security updates", scope.label(to))),
        }
    }

    /// Where the latest release does not run on a hardware, the latest that does (CRA Recital 40).
    fn latest_compatible(&self, below: u64) -> Option<usize> {
        let states = &self.scope.graph.states;
        let candidates = (0..states.len()).filter(|s| {
            let it = &states[*s];
            let placed = self.population.states[*s] && it.stable && it.withdrawn.is_none();
            placed && it.identity.generation < below
        });
        candidates.max_by_key(|s| {
            let i = &states[*s].identity;
            (i.generation, i.feature_level, i.security_level)
        })
    }

    fn behind(
        &self,
        v: usize,
        target: usize,
        claimed: usize,
        kind: LatestOnlyKind,
        evidence: &[Digest],
    ) -> Finding {
        let scope = self.scope;
        let law = match kind {
            LatestOnlyKind::SubstantiallyModified => {
                "an earlier version of a substantially modified product (CRA Art. 13(10))"
            }
            LatestOnlyKind::SubVersion => {
                "a sub-version that was not substantially modified (CRA Recital 40)"
            }
        };
        let mut text = format!(
            "{} is left behind for {}, which is free and needs no other hardware or software: {law}",
            scope.label(v),
            scope.label(target)
        );
        if target != claimed {
            text.push_str(&format!(
                "; {} does not run on this hardware, this is the latest that does",
                scope.label(claimed)
            ));
        }
        let finding = Finding::exception(Rule::G8, scope.label(v), text).because(law, "");
        Finding { best: Some(scope.label(target).to_owned()), evidence: evidence.to_vec(), ..finding }
    }
}
