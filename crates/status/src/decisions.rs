//! Statuses by the digests and ids of statements.

use crate::aliases::Vulnerabilities;
use crate::known::Known;
use crate::statuses::{Column, Statuses};
use crate::word::Source;
use pkg_format::manifest::VexStatus;
use pkg_format::{Digest, VulnId};
use std::collections::HashMap;

/// The field of a manifest that says something of a vulnerability.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Field {
    /// A status of a release or a notice.
    Statuses,
    /// A fix of the release's own level.
    Fixes,
    /// A fix that a feature release brings along.
    AlsoFixes,
    /// What the release leaves open.
    Open,
    /// What the release opens again.
    Reopens,
    /// The list of affected states of a fix.
    Affected,
    /// The states that a release with a fix applies to.
    AppliesTo,
    /// A declaration that nobody signed.
    Declared,
}

/// What decided a status, as it was signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Statement<'a> {
    /// The digest of the manifest; none where nobody signed it.
    pub manifest: Option<Digest>,
    /// The field that says it.
    pub field: Field,
    /// The id that it uses. An alias may have joined it to the vulnerability.
    pub id: &'a VulnId,
    /// The status that it gives.
    pub status: VexStatus,
    /// When it was issued, unix seconds; 0 where nobody signed it.
    pub time: u64,
}

/// Where a statement comes from.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Record {
    pub(crate) manifest: Option<Digest>,
    pub(crate) field: Field,
    pub(crate) status: VexStatus,
}

/// One record for each entry of the lists of [`Known`].
#[derive(Debug, Clone, Default)]
pub(crate) struct Records {
    pub(crate) said: Vec<Record>,
    pub(crate) foretold: Vec<Record>,
    pub(crate) assumed: Vec<Record>,
    pub(crate) declared: Vec<Record>,
}

/// The statuses of one scope. States and vulnerabilities have numbers; [`Decisions::statuses`] uses them.
#[derive(Debug, Clone)]
pub struct Decisions<'m> {
    statuses: Statuses,
    ids: Vec<&'m VulnId>,
    by_id: HashMap<&'m VulnId, usize>,
    /// By vulnerability: its ids, the name first.
    names: Vec<Vec<&'m VulnId>>,
    places: HashMap<Digest, usize>,
    digests: Vec<Digest>,
    records: Records,
}

impl<'m> Decisions<'m> {
    /// `counts` says of each id whether it is of this scope.
    pub(crate) fn new(
        mut known: Known,
        ids: Vec<&'m VulnId>,
        counts: &[bool],
        places: HashMap<Digest, usize>,
        digests: Vec<Digest>,
        records: Records,
    ) -> Decisions<'m> {
        known.ids = ids.len();
        let ids = keep(&mut known, &ids, counts);
        let by_id = ids.iter().copied().enumerate().map(|(i, id)| (id, i)).collect();
        let statuses = Statuses::new(known);
        let names = (0..statuses.vulnerabilities()).map(|v| {
            let mut names: Vec<&VulnId> = statuses.ids(v).iter().map(|i| ids[*i]).collect();
            names.sort_by_key(|id| (!id.as_str().starts_with("CVE-"), *id));
            names
        });
        let names = names.collect();
        Decisions { names, statuses, ids, by_id, places, digests, records }
    }

    /// The statuses by the numbers of states and vulnerabilities.
    pub fn statuses(&self) -> &Statuses {
        &self.statuses
    }

    /// The statuses alone.
    pub fn into_statuses(self) -> Statuses {
        self.statuses
    }

    /// The number of a state, by its digest or by that of a manifest into it.
    pub fn place(&self, digest: &Digest) -> Option<usize> {
        self.places.get(digest).copied()
    }

    /// The digest of a state. Of a parent that nothing else tells of it is what the child calls it.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn digest(&self, state: usize) -> Digest {
        self.digests[state]
    }

    /// The number of a vulnerability, by any of its ids.
    pub fn vulnerability(&self, id: &VulnId) -> Option<usize> {
        self.by_id.get(id).map(|i| self.statuses.vulnerability(*i))
    }

    /// The id that names a vulnerability: its CVE id if it has one, else the first in order.
    ///
    /// # Panics
    ///
    /// If there is no such vulnerability.
    pub fn name(&self, vulnerability: usize) -> &'m VulnId {
        self.names[vulnerability][0]
    }

    /// The other ids of a vulnerability.
    ///
    /// # Panics
    ///
    /// If there is no such vulnerability.
    pub fn aliases(&self, vulnerability: usize) -> &[&'m VulnId] {
        &self.names[vulnerability][1..]
    }

    /// The statement that decided a status.
    ///
    /// # Panics
    ///
    /// If the source is not from these statuses.
    pub fn statement(&self, source: Source) -> Statement<'m> {
        let known = self.statuses.known();
        let (id, time, record) = match source {
            Source::Said(i) => (known.said[i].id, known.said[i].time, self.records.said[i]),
            Source::Foretold(i) => (known.foretold[i].id, known.foretold[i].time, self.records.foretold[i]),
            Source::Assumed(i) => (known.assumed[i].id, known.assumed[i].time, self.records.assumed[i]),
            Source::Declared(i) => (known.declared[i].id, known.declared[i].time, self.records.declared[i]),
        };
        let Record { manifest, field, status } = record;
        Statement { manifest, field, id: self.ids[id], status, time }
    }

    /// The statement that decided the status in a state, from [`Statuses::of`]; none where nobody said it.
    ///
    /// # Panics
    ///
    /// If the column is not from these statuses.
    pub fn decided_by(&self, column: &Column, state: usize) -> Option<Statement<'m>> {
        column.status(state).decided().map(|d| self.statement(d.source))
    }
}

/// Drops the ids of vulnerabilities that other scopes alone speak of, and numbers the others anew.
fn keep<'m>(known: &mut Known, ids: &[&'m VulnId], counts: &[bool]) -> Vec<&'m VulnId> {
    let all = Vulnerabilities::new(known.ids, &known.aliases);
    let mut number = vec![None; known.ids];
    let mut kept = Vec::new();
    for members in all.ids.iter().filter(|ids| ids.iter().any(|i| counts[*i])) {
        for &id in members {
            number[id] = Some(kept.len());
            kept.push(ids[id]);
        }
    }
    // Whatever says something of a state counts, so its id is kept.
    let renumber = |id: &mut usize| *id = number[*id].unwrap_or_default();
    known.said.iter_mut().chain(&mut known.declared).for_each(|s| renumber(&mut s.id));
    known.foretold.iter_mut().for_each(|f| renumber(&mut f.id));
    known.assumed.iter_mut().for_each(|a| renumber(&mut a.id));
    known.aliases.retain_mut(|set| {
        set.aliases = set.aliases.iter().filter_map(|a| number[*a]).collect();
        number[set.id].map(|id| set.id = id).is_some()
    });
    known.ids = kept.len();
    kept
}
