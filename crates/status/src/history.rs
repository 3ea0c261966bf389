//! Statements as they were signed, read for one scope of a product.

use crate::decisions::{Decisions, Field, Record, Records};
use crate::hardware::Reach;
use crate::known::{AliasSet, AppliesTo, Assumed, Foretold, Known, Releases, Said, State, Step};
use crate::word::{Open, Word};
use pkg_format::manifest::release::Class;
use pkg_format::manifest::{
    self, Affected, Common, Fix, Notice, Outcome, Release, Status, Update, VexStatus,
};
use pkg_format::{Digest, Id, VulnId};
use std::collections::{BTreeSet, HashMap};

/// A state that nobody signed a manifest for, as a declaration describes it.
#[derive(Debug, Clone, Copy)]
pub struct Shipped<'m> {
    /// The digest of the state.
    pub state: Digest,
    /// The line of development.
    pub line: &'m Id,
    /// The place in the line.
    pub sequence: u64,
    /// The feature level.
    pub feature_level: u64,
    /// The security level.
    pub security_level: u64,
    /// When it was placed on the market, unix seconds; 0 where nobody knows.
    pub placed: u64,
    /// The hardware it runs on.
    pub hardware: &'m BTreeSet<Id>,
}

/// Statements about one product, to be read for one scope. It does not matter in which order they come.
///
/// The statements of other scopes belong here too: they may name states of this one, and they may say that two ids are
/// of one vulnerability.
///
/// A notice is for the hardware that it names, and closes a vulnerability for these devices alone. The statuses are those
/// of one hardware id, or what is true on all hardware of a state.
#[derive(Debug, Clone)]
pub struct History<'m> {
    scope: &'m Id,
    hardware: Option<&'m Id>,
    releases: Vec<Arrival<'m>>,
    notices: Vec<(Digest, &'m Common, &'m Notice)>,
    shipped: Vec<Shipped<'m>>,
    declared: Vec<(&'m VulnId, Digest, VexStatus)>,
}

/// A manifest into a state.
#[derive(Debug, Clone, Copy)]
struct Arrival<'m> {
    manifest: Digest,
    state: Digest,
    common: &'m Common,
    release: &'m Release,
}

impl<'m> History<'m> {
    /// Nothing is known yet.
    pub fn new(scope: &'m Id) -> History<'m> {
        History {
            scope,
            hardware: None,
            releases: Vec::new(),
            notices: Vec::new(),
            shipped: Vec::new(),
            declared: Vec::new(),
        }
    }

    /// The same for devices with a hardware id.
    pub fn for_hardware(self, hardware: &'m Id) -> History<'m> {
        History { hardware: Some(hardware), ..self }
    }

    /// Adds a release, by the digests of its manifest and of the state it leads into. It may be of another scope.
    pub fn release(&mut self, manifest: Digest, state: Digest, common: &'m Common, release: &'m Release) {
        self.releases.push(Arrival { manifest, state, common, release });
    }

    /// Adds a notice, by the digest of its manifest.
    pub fn notice(&mut self, manifest: Digest, common: &'m Common, notice: &'m Notice) {
        self.notices.push((manifest, common, notice));
    }

    /// Adds a manifest of any kind. Kinds that say nothing of vulnerabilities are left out.
    pub fn manifest(&mut self, digest: Digest, manifest: &'m manifest::Manifest) {
        match manifest.body() {
            manifest::Body::Release(release) => {
                let common = manifest.common();
                self.release(digest, release.state(&common.product), common, release);
            }
            manifest::Body::Notice(notice) => self.notice(digest, manifest.common(), notice),
            _ => {}
        }
    }

    /// Adds a state of this scope that shipped without a manifest.
    pub fn shipped(&mut self, shipped: Shipped<'m>) {
        self.shipped.push(shipped);
    }

    /// Adds a status that nobody signed.
    pub fn declared(&mut self, id: &'m VulnId, state: Digest, status: VexStatus) {
        self.declared.push((id, state, status));
    }

    /// Decides the status of every vulnerability in every state. The states are numbered: first those that shipped
    /// without a manifest, in the order given; then those of releases by time, sequence and digest; then parents of
    /// which nothing else is known.
    pub fn decide(mut self) -> Decisions<'m> {
        self.releases.sort_by_key(|r| (r.common.issued, r.common.sequence, r.manifest));
        self.releases.dedup_by_key(|r| r.manifest);
        self.notices.sort_by_key(|(digest, common, _)| (common.issued, *digest));
        self.notices.dedup_by_key(|(digest, ..)| *digest);
        let mut reading = Reading::new(self.scope);
        reading.states(&self);
        for (id, state, status) in &self.declared {
            reading.declared(id, *state, *status);
        }
        for into in &self.releases {
            reading.release(into);
        }
        let reach = reading.reach(&self);
        for (digest, common, notice) in &self.notices {
            reading.statuses(*digest, common, &notice.statuses, Some(&reach));
        }
        Decisions::new(
            reading.known,
            reading.ids,
            &reading.counts,
            reading.places,
            reading.digests,
            reading.records,
        )
    }
}

/// What was read so far.
struct Reading<'m> {
    scope: &'m Id,
    known: Known,
    /// The state of a state digest or of a manifest digest.
    places: HashMap<Digest, usize>,
    /// By state: its digest.
    digests: Vec<Digest>,
    /// By state: the hardware it runs on.
    hardware: Vec<BTreeSet<&'m Id>>,
    lines: HashMap<&'m Id, usize>,
    ids: Vec<&'m VulnId>,
    by_id: HashMap<&'m VulnId, usize>,
    /// By id: whether it is of this scope. Other scopes may name an id in their aliases alone.
    counts: Vec<bool>,
    records: Records,
}

impl<'m> Reading<'m> {
    fn new(scope: &'m Id) -> Reading<'m> {
        Reading {
            scope,
            known: Known::default(),
            places: HashMap::new(),
            digests: Vec::new(),
            hardware: Vec::new(),
            lines: HashMap::new(),
            ids: Vec::new(),
            by_id: HashMap::new(),
            counts: Vec::new(),
            records: Records::default(),
        }
    }

    /// The place of a state; made where it is new.
    fn place(&mut self, digest: Digest) -> usize {
        if let Some(place) = self.places.get(&digest) {
            return *place;
        }
        let place = self.known.states.len();
        self.places.insert(digest, place);
        self.digests.push(digest);
        self.hardware.push(BTreeSet::new());
        self.known.states.push(State::default());
        place
    }

    fn line(&mut self, line: &'m Id) -> usize {
        let next = self.lines.len();
        *self.lines.entry(line).or_insert(next)
    }

    fn states(&mut self, history: &History<'m>) {
        for it in &history.shipped {
            let (place, line) = (self.place(it.state), self.line(it.line));
            self.hardware[place].extend(it.hardware);
            let state = &mut self.known.states[place];
            state.issued = it.placed;
            state.steps.push(Step {
                line,
                sequence: it.sequence,
                feature_level: it.feature_level,
                security_level: it.security_level,
                from: Vec::new(),
                keeps_features: false,
            });
        }
        let of_scope = |r: &&Arrival<'m>| r.release.identity.scope == *self.scope;
        let releases: Vec<Arrival<'m>> = history.releases.iter().filter(of_scope).copied().collect();
        for into in &releases {
            let next = self.known.states.len();
            let place = self.place(into.state);
            self.places.entry(into.manifest).or_insert(place);
            self.hardware[place].extend(&into.common.product.hardware);
            if place == next {
                self.known.states[place].issued = into.common.issued;
            }
        }
        // Every state has a place now, so a parent that has none is not among them.
        for into in &releases {
            let (place, step) = self.step(into);
            self.known.states[place].steps.push(step);
        }
        self.keep_features();
    }

    fn step(&mut self, into: &Arrival<'m>) -> (usize, Step) {
        let identity = &into.release.identity;
        let step = Step {
            line: self.line(&identity.line),
            sequence: into.common.sequence,
            feature_level: identity.feature_level,
            security_level: identity.security_level,
            from: into.release.from.iter().map(|d| self.place(*d)).collect(),
            keeps_features: into.release.class() == Class::Security,
        };
        (self.place(into.state), step)
    }

    /// A security update whose parents have another feature level, or none that is known, does not keep it.
    fn keep_features(&mut self) {
        let levels = |s: &State| s.steps.iter().map(|s| s.feature_level).collect::<Vec<u64>>();
        let levels: Vec<Vec<u64>> = self.known.states.iter().map(levels).collect();
        for step in self.known.states.iter_mut().flat_map(|s| &mut s.steps) {
            let alike =
                |p: &usize| !levels[*p].is_empty() && levels[*p].iter().all(|l| *l == step.feature_level);
            step.keeps_features &= step.from.iter().all(alike);
        }
    }

    /// The number of an id.
    fn id(&mut self, id: &'m VulnId, counts: bool) -> usize {
        let next = self.ids.len();
        let place = *self.by_id.entry(id).or_insert(next);
        if place == next {
            self.ids.push(id);
            self.counts.push(false);
        }
        self.counts[place] |= counts;
        place
    }

    fn say(&mut self, id: &'m VulnId, state: usize, time: u64, record: Record) {
        let id = self.id(id, true);
        self.known.said.push(Said { id, state, word: word(record.status), time });
        self.records.said.push(record);
    }

    fn declared(&mut self, id: &'m VulnId, state: Digest, status: VexStatus) {
        let Some(&state) = self.places.get(&state) else { return };
        let record = Record { manifest: None, field: Field::Declared, status };
        match word(status) {
            Word::Open(_) => self.say(id, state, 0, record),
            word => {
                let id = self.id(id, true);
                self.known.declared.push(Said { id, state, word, time: 0 });
                self.records.declared.push(record);
            }
        }
    }

    /// What notices close, and for which hardware.
    fn reach(&self, history: &History<'m>) -> Reach<'m> {
        let mut reach = Reach::new(history.hardware, self.hardware.clone());
        for (_, common, notice) in &history.notices {
            for status in notice.statuses.iter().filter(|s| !s.standing.is_open()) {
                for state in status.states.iter().filter_map(|d| self.places.get(d)) {
                    reach.closes(&common.product.hardware, &status.id, *state);
                }
            }
        }
        reach
    }

    /// Reads statuses. Those of notices have a `reach`.
    fn statuses(
        &mut self,
        manifest: Digest,
        common: &Common,
        statuses: &'m [Status],
        reach: Option<&Reach<'m>>,
    ) {
        for status in statuses {
            let record = Record { manifest: Some(manifest), field: Field::Statuses, status: status.standing };
            for state in status.states.iter().filter_map(|d| self.places.get(d).copied()).collect::<Vec<_>>()
            {
                match reach.is_none_or(|r| r.counts(&common.product.hardware, status, state)) {
                    true => self.say(&status.id, state, common.issued, record),
                    // The same vulnerabilities are known on all hardware.
                    false => drop(self.id(&status.id, true)),
                }
            }
            let Word::Open(open) = word(status.standing) else { continue };
            for releases in status.releases.iter().filter(|r| r.scope() == self.scope).collect::<Vec<_>>() {
                let releases = match releases {
                    manifest::Releases::All { .. } => Releases::All,
                    manifest::Releases::Line { line, from, below, .. } => {
                        Releases::Line { line: self.line(line), from: *from, below: *below }
                    }
                };
                let id = self.id(&status.id, true);
                self.known.foretold.push(Foretold { id, releases, word: open, time: common.issued });
                self.records.foretold.push(record);
            }
        }
    }

    fn release(&mut self, into: &Arrival<'m>) {
        let Arrival { manifest, common, release, .. } = *into;
        self.statuses(manifest, common, &release.statuses, None);
        let is_ours = release.identity.scope == *self.scope;
        if let Update::Security(security) = &release.update {
            for fix in &security.fixes {
                self.aliases(fix, common.issued, is_ours);
                // What is repeated from earlier levels says nothing, neither of this state nor of others.
                if fix.level == release.identity.security_level {
                    self.affected(into, fix, is_ours);
                }
            }
        }
        if is_ours {
            self.own(into);
        }
    }

    /// What a release says of the state it leads into, apart from its statuses.
    fn own(&mut self, into: &Arrival<'m>) {
        let state = self.place(into.state);
        let mut say = |id, field, status| {
            self.say(id, state, into.common.issued, Record { manifest: Some(into.manifest), field, status });
        };
        match &into.release.update {
            Update::Security(security) => {
                let level = into.release.identity.security_level;
                for fix in security.fixes.iter().filter(|f| f.level == level) {
                    let status = match fix.status {
                        Outcome::Fixed => VexStatus::Fixed,
                        Outcome::Mitigated => VexStatus::Mitigated,
                    };
                    say(&fix.id, Field::Fixes, status);
                }
                security.reopens.iter().for_each(|it| say(&it.id, Field::Reopens, VexStatus::Affected));
            }
            Update::Feature(feature) => {
                feature.also_fixes.iter().for_each(|it| say(&it.id, Field::AlsoFixes, VexStatus::Fixed));
            }
        }
        into.release.open.iter().for_each(|it| say(&it.id, Field::Open, it.status.into()));
    }

    fn aliases(&mut self, fix: &'m Fix, time: u64, is_ours: bool) {
        let id = self.id(&fix.id, is_ours);
        let aliases = fix.aliases.iter().map(|a| self.id(a, false)).collect();
        self.known.aliases.push(AliasSet { id, aliases, time });
    }

    /// The states that a fix of the release's own level names as affected.
    fn affected(&mut self, into: &Arrival<'m>, fix: &'m Fix, is_ours: bool) {
        let (identity, time) = (&into.release.identity, into.common.issued);
        let record = |field| Record { manifest: Some(into.manifest), field, status: VexStatus::Affected };
        let applies_to = match (&fix.affected, &into.release.applies_to) {
            (Affected::States(list), _) => {
                for state in list.iter().filter_map(|d| self.places.get(d).copied()).collect::<Vec<_>>() {
                    self.say(&fix.id, state, time, record(Field::Affected));
                }
                return;
            }
            (Affected::AppliesTo, _) if !is_ours => return,
            (Affected::AppliesTo, manifest::AppliesTo::Line) => AppliesTo::Line {
                line: self.line(&identity.line),
                feature_level: identity.feature_level,
                below: identity.security_level,
            },
            (Affected::AppliesTo, manifest::AppliesTo::States(list)) => {
                AppliesTo::States(list.iter().filter_map(|d| self.places.get(d).copied()).collect())
            }
        };
        let id = self.id(&fix.id, true);
        self.known.assumed.push(Assumed { id, applies_to, time });
        self.records.assumed.push(record(Field::AppliesTo));
    }
}

fn word(status: VexStatus) -> Word {
    match status {
        VexStatus::Fixed => Word::Fixed,
        VexStatus::NotAffected(_) => Word::NotAffected,
        VexStatus::UnderInvestigation => Word::Open(Open::UnderInvestigation),
        VexStatus::Mitigated => Word::Open(Open::Mitigated),
        VexStatus::Affected => Word::Open(Open::Affected),
    }
}
