//! What is derived from earlier releases: counters, and entries that are copied forward.

use super::prior::Prior;
use pkg_format::cbor::Wire;
use pkg_format::manifest::release::{AppliesTo, Class};
use pkg_format::manifest::{Body, Effect, Inherited, Outcome, Release, SeparationKind, Update};
use pkg_format::{Digest, Tree, VulnId};
use std::collections::{BTreeMap, BTreeSet};

/// The known past: the previous release, and all other earlier ones.
#[derive(Default)]
pub(crate) struct Past {
    pub(crate) previous: Option<Prior>,
    /// Releases of other branches whose changes are merged into this one.
    pub(crate) merged: Vec<Prior>,
    pub(crate) known: Vec<Prior>,
    /// Releases that `applies-to` names by their packages.
    pub(crate) named: Vec<Prior>,
}

/// The counters in the description; the others are derived.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) vendor: String,
    pub(crate) name: String,
    pub(crate) scope: String,
    pub(crate) line: String,
    pub(crate) class: Option<Class>,
    pub(crate) sequence: Option<u64>,
    pub(crate) feature_level: Option<u64>,
    pub(crate) security_level: Option<u64>,
    pub(crate) generation: Option<u64>,
    pub(crate) substantial: bool,
}

/// The counters of the new release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Counters {
    pub(crate) sequence: u64,
    pub(crate) feature_level: u64,
    pub(crate) security_level: u64,
    pub(crate) generation: u64,
}

impl Past {
    /// Every earlier statement that is known. One that is named twice is there twice.
    pub(crate) fn all(&self) -> impl Iterator<Item = &Prior> {
        self.previous.iter().chain(&self.merged).chain(&self.known)
    }

    /// The releases that this one is built from.
    pub(crate) fn parents<'a>(&'a self, given: &'a Given) -> impl Iterator<Item = (&'a Prior, &'a Release)> {
        of_scope(self.previous.iter().chain(&self.merged), given)
    }

    /// The states that it is built from, as a set.
    pub(crate) fn from(&self, given: &Given) -> BTreeSet<Digest> {
        self.parents(given).map(|(prior, _)| prior.state()).collect()
    }

    /// Every release of the product and scope, the previous one among them.
    pub(crate) fn releases<'a>(&'a self, given: &'a Given) -> impl Iterator<Item = (&'a Prior, &'a Release)> {
        of_scope(self.all(), given)
    }

    /// The sequence after those on this line; 1 on a new one.
    fn next_sequence(&self, given: &Given) -> u64 {
        let on_line = self.releases(given).filter(|(p, _)| p.on(&given.scope, &given.line));
        on_line.map(|(p, _)| p.sequence()).max().unwrap_or(0).saturating_add(1)
    }

    /// The sequence after those of all notices, or of all withdrawals: each kind is counted on its own.
    pub(crate) fn next_of_kind(&self, given: &Given, kind: &str) -> u64 {
        let ours = |p: &&Prior| {
            (p.product().vendor.as_str(), p.product().name.as_str())
                == (given.vendor.as_str(), given.name.as_str())
        };
        let same = self.all().filter(ours).filter(|p| p.manifest.kind().as_str() == kind);
        same.map(Prior::sequence).max().unwrap_or(0).saturating_add(1)
    }

    /// The counters that the description does not give. `covered` is the highest feature level that it applies to by
    /// name, if there is one.
    pub(crate) fn counters(&self, given: &Given, covered: Option<u64>) -> Counters {
        let before = self.previous.as_ref().and_then(|p| p.manifest.release()).map(|r| &r.identity);
        let raises = |class| u64::from(given.class == Some(class));
        // Security levels are counted across all lines.
        let highest = self.releases(given).map(|(_, r)| r.identity.security_level).max();
        let security = highest.map_or(1, |level| level.saturating_add(raises(Class::Security)));
        let covered = before.map(|b| b.feature_level).max(covered);
        let feature = covered.map_or(1, |level| level.saturating_add(raises(Class::Feature)));
        let generation = before.map_or(1, |b| b.generation.saturating_add(u64::from(given.substantial)));
        Counters {
            sequence: given.sequence.unwrap_or_else(|| self.next_sequence(given)),
            feature_level: given.feature_level.unwrap_or(feature),
            security_level: given.security_level.unwrap_or(security),
            generation: given.generation.unwrap_or(generation),
        }
    }

    /// The states that a release applies to, if the description does not say.
    pub(crate) fn applies_to(&self, given: &Given, counters: &Counters) -> AppliesTo {
        let Some(previous) = &self.previous else { return AppliesTo::States(Vec::new()) };
        let keeps = previous.on(&given.scope, &given.line)
            && previous
                .manifest
                .release()
                .is_some_and(|r| r.identity.feature_level == counters.feature_level);
        match given.class {
            Some(Class::Security) if keeps => AppliesTo::Line,
            _ => AppliesTo::States(vec![previous.state()]),
        }
    }

    /// The releases that a step passes over: those it covers, and between them.
    fn covered<'a>(
        &'a self,
        given: &'a Given,
        counters: &'a Counters,
        applies_to: &'a AppliesTo,
    ) -> Vec<&'a Release> {
        let covers = |prior: &Prior, release: &Release| match applies_to {
            AppliesTo::Line => {
                release.identity.line.as_str() == given.line
                    && release.identity.feature_level == counters.feature_level
                    && release.identity.security_level < counters.security_level
            }
            AppliesTo::States(states) => states.contains(&prior.state()) || states.contains(&prior.digest),
        };
        self.releases(given).filter(|(p, r)| covers(p, r)).map(|(_, r)| r).collect()
    }

    /// The available releases that a finished release applies to, including the named ones.
    pub(crate) fn covered_by<'a>(
        &'a self,
        given: &'a Given,
        sequence: u64,
        new: &'a Release,
    ) -> impl Iterator<Item = (&'a Prior, &'a Release)> {
        let named = self.named.iter().filter_map(|p| Some((p, p.release_of(&given.vendor, &given.name)?)));
        self.releases(given).chain(named).filter(move |(p, r)| covers(new, sequence, p, r))
    }

    /// The entries that a security release repeats, because it applies to states below them.
    pub(crate) fn security_entries(
        &self,
        given: &Given,
        counters: &Counters,
        applies_to: &AppliesTo,
    ) -> Copied {
        let covered = self.covered(given, counters, applies_to);
        // A security release repeats what lies above the lowest state that it applies to itself;
        // the lowest release at hand may have such states below it, whose entries it carries.
        let lowest = covered
            .iter()
            .filter(|r| !matches!((applies_to, &r.applies_to), (AppliesTo::Line, AppliesTo::Line)))
            .map(|r| r.identity.security_level)
            .min()
            .unwrap_or(0);
        let mut sources: Vec<_> = self
            .releases(given)
            .map(|(_, r)| r)
            .filter(|r| {
                r.identity.line.as_str() == given.line && r.identity.security_level < counters.security_level
            })
            .collect();
        sources.sort_by_key(|r| std::cmp::Reverse(r.identity.security_level));
        let mut copied = Copied::default();
        for release in sources {
            let Update::Security(security) = &release.update else { continue };
            for fix in security.fixes.iter().filter(|f| f.level > lowest) {
                if copied.seen.insert(fix.id.as_str().to_owned()) {
                    copied.fixes.push(fix.encode());
                }
            }
            for change in security.changes.iter().filter(|c| c.level > lowest) {
                if !copied.seen.insert(format!("change {}", change.id)) {
                    continue;
                }
                copied.changes.push(change.encode());
                if change.effect != Effect::Corrected {
                    copied.justify(release, security, change.level);
                }
            }
        }
        copied
    }

    /// The changes that a feature release repeats, because it applies to states below them.
    pub(crate) fn feature_entries(
        &self,
        given: &Given,
        counters: &Counters,
        applies_to: &AppliesTo,
    ) -> Copied {
        let covered = self.covered(given, counters, applies_to);
        let Some(lowest) = covered.iter().map(|r| r.identity.feature_level).min() else {
            return Copied::default();
        };
        let mut copied = Copied::default();
        for (_, release) in
            self.releases(given).filter(|(_, r)| r.identity.feature_level < counters.feature_level)
        {
            let Update::Feature(feature) = &release.update else { continue };
            for change in feature.changes.iter().filter(|c| c.level > lowest) {
                if copied.seen.insert(change.id.as_str().to_owned()) {
                    copied.changes.push(change.encode());
                }
            }
        }
        copied
    }

    /// The states of the known security releases that fix a vulnerability themselves and were not withdrawn. `is_it` says
    /// of an id whether it is meant.
    pub(crate) fn with_fix(&self, given: &Given, is_it: impl Fn(&VulnId) -> bool) -> BTreeSet<Digest> {
        let withdrawn = self.withdrawn();
        let fixes = |r: &Release| {
            let level = r.identity.security_level;
            let own = r.security().into_iter().flat_map(|s| &s.fixes).filter(|f| f.level == level);
            own.filter(|f| f.status == Outcome::Fixed).any(|f| f.aliases.iter().chain([&f.id]).any(&is_it))
        };
        let with = self.releases(given).filter(|(p, r)| fixes(r) && !withdrawn.contains(&p.state()));
        with.map(|(p, _)| p.state()).collect()
    }

    /// The states that known withdrawals take back.
    pub(crate) fn withdrawn(&self) -> BTreeSet<Digest> {
        let targets = |p: &Prior| match p.manifest.body() {
            Body::Withdrawal(withdrawal) => withdrawal.withdraws.clone(),
            _ => Vec::new(),
        };
        self.all().flat_map(targets).map(|digest| self.state_of(digest)).collect()
    }

    /// The changes of feature releases that an inseparable update passes when it raises the
    /// feature level; it must list each.
    pub(crate) fn passed_changes(&self, given: &Given, from: u64, to: u64) -> BTreeSet<String> {
        self.releases(given)
            .filter(|(_, r)| r.identity.feature_level > from && r.identity.feature_level <= to)
            .filter_map(|(_, r)| if let Update::Feature(f) = &r.update { Some(f) } else { None })
            .flat_map(|f| &f.changes)
            .filter(|c| c.level > from && c.level <= to)
            .map(|c| c.id.as_str().to_owned())
            .collect()
    }

    /// The digest of a state, if it was named by the digest of a manifest.
    pub(crate) fn state_of(&self, reference: Digest) -> Digest {
        self.all().filter(|p| p.digest == reference).map(Prior::state).next().unwrap_or(reference)
    }
}

/// Whether a release with this sequence applies to an earlier one.
pub(crate) fn covers(new: &Release, sequence: u64, prior: &Prior, old: &Release) -> bool {
    match &new.applies_to {
        AppliesTo::Line => {
            old.identity.scope == new.identity.scope
                && old.identity.line == new.identity.line
                && old.identity.feature_level == new.identity.feature_level
                && old.identity.security_level < new.identity.security_level
                && prior.sequence() < sequence
        }
        AppliesTo::States(states) => states.contains(&prior.state()) || states.contains(&prior.digest),
    }
}

/// The releases among statements that are of this product and scope.
pub(crate) fn of_scope<'a>(
    all: impl Iterator<Item = &'a Prior>,
    given: &'a Given,
) -> impl Iterator<Item = (&'a Prior, &'a Release)> {
    all.filter_map(|p| Some((p, p.release_of(&given.vendor, &given.name)?)))
        .filter(|(_, r)| r.identity.scope.as_str() == given.scope)
}

/// Entries copied forward from earlier releases.
#[derive(Default)]
pub(crate) struct Copied {
    pub(crate) fixes: Vec<Tree>,
    pub(crate) changes: Vec<Tree>,
    pub(crate) inherited: BTreeMap<u64, Tree>,
    seen: BTreeSet<String>,
}

impl Copied {
    /// Copies what justified the changes of a level.
    fn justify(&mut self, release: &Release, security: &pkg_format::manifest::Security, level: u64) {
        let own =
            (level == release.identity.security_level).then(|| security.separation.justification()).flatten();
        let inherited = match own {
            Some(why) => Some(Inherited {
                level,
                kind: security.separation.kind(),
                rationale: why.rationale.clone(),
                alternatives: why.alternatives.clone(),
                approver: why.approver.clone(),
            }),
            None => security.inherited.iter().find(|i| i.level == level).cloned(),
        };
        if let Some(inherited) = inherited.filter(|i| i.kind != SeparationKind::Pure) {
            self.inherited.entry(level).or_insert_with(|| inherited.encode());
        }
    }
}
