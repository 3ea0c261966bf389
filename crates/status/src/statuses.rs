//! The statuses of all vulnerabilities.

use crate::bits::{self, Set, Table, Tables};
use crate::cell::{Cell, Counts, Scratch, widen};
use crate::decide::Deciding;
use crate::known::Known;
use crate::lineage::Cycle;
use crate::word::{Decided, EffectiveStatus, Open, Word};
use std::collections::HashMap;

/// The status of every vulnerability in every state.
///
/// Whether a vulnerability is open is known for all pairs at once. What decided it is found for one vulnerability at a
/// time, by [`Statuses::of`].
#[derive(Debug, Clone)]
pub struct Statuses {
    deciding: Deciding,
    tables: Tables,
    /// By vulnerability: a number for the states in which it is closed.
    patterns: Vec<usize>,
    /// By this number: these states.
    closed_in: Vec<Set>,
}

/// The status of one vulnerability in every state.
#[derive(Debug, Clone)]
pub struct Column {
    cells: Vec<Cell>,
    counts: Counts,
}

impl Column {
    /// The status in a state.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn status(&self, state: usize) -> EffectiveStatus {
        let cell = self.cells[state];
        let Some(word) = cell.word else { return EffectiveStatus::Undecided };
        let inherited = (cell.parent != Cell::NO_PARENT).then(|| widen(cell.parent));
        EffectiveStatus::Decided(Decided {
            word,
            time: cell.time,
            source: self.counts.source(cell.source),
            inherited,
        })
    }

    /// The state of which the status was said: the state itself, or the ancestor that it inherits from.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn origin(&self, state: usize) -> usize {
        let mut at = state;
        while self.cells[at].parent != Cell::NO_PARENT {
            at = widen(self.cells[at].parent);
        }
        at
    }
}

impl Statuses {
    /// Decides everything.
    ///
    /// # Panics
    ///
    /// If something names a state or an id that is not there.
    pub fn new(known: Known) -> Statuses {
        let deciding = Deciding::new(known);
        let (states, count) = (deciding.known.states.len(), deciding.vulnerabilities.ids.len());
        let mut statuses = Statuses {
            tables: Tables::new(states, count),
            patterns: Vec::with_capacity(count),
            closed_in: Vec::new(),
            deciding,
        };
        let mut scratch = Scratch::new(states);
        let mut patterns: HashMap<Vec<u64>, usize> = HashMap::new();
        for v in 0..count {
            statuses.deciding.decide(v, &mut scratch);
            let next = patterns.len();
            let assumed = scratch.assumed.cells.iter().map(|c| c.word.is_some());
            let words = scratch.cells.iter().map(|c| c.word).zip(assumed);
            let closed = statuses.tables.fill(v, words);
            statuses.patterns.push(*patterns.entry(closed).or_insert(next));
        }
        statuses.tables.finish();
        statuses.closed_in = vec![Set::default(); patterns.len()];
        for (words, pattern) in patterns {
            statuses.closed_in[pattern] = Set { words };
        }
        statuses
    }

    /// What was given.
    pub fn known(&self) -> &Known {
        &self.deciding.known
    }

    /// How many vulnerabilities there are. One is a number below this.
    pub fn vulnerabilities(&self) -> usize {
        self.deciding.vulnerabilities.ids.len()
    }

    /// The vulnerability of an id.
    ///
    /// # Panics
    ///
    /// If there is no such id.
    pub fn vulnerability(&self, id: usize) -> usize {
        self.deciding.vulnerabilities.of[id]
    }

    /// The ids of a vulnerability, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such vulnerability.
    pub fn ids(&self, vulnerability: usize) -> &[usize] {
        &self.deciding.vulnerabilities.ids[vulnerability]
    }

    /// The states that a state was built from, without those that would close a cycle.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn parents(&self, state: usize) -> &[usize] {
        &self.deciding.lineage.parents[state]
    }

    /// All states; parents come before children.
    pub fn order(&self) -> &[usize] {
        &self.deciding.lineage.order
    }

    /// Parents that count as not named, because they would close a cycle.
    pub fn cycles(&self) -> &[Cycle] {
        &self.deciding.lineage.cycles
    }

    /// The status of a vulnerability in a state; none where nobody said it.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn word(&self, state: usize, vulnerability: usize) -> Option<Word> {
        let is = |table: &Table| table.get(state, vulnerability);
        Some(match () {
            () if !is(&self.tables.decided) => return None,
            () if is(&self.tables.fixed) => Word::Fixed,
            () if is(&self.tables.closed) => Word::NotAffected,
            () if is(&self.tables.affected) => Word::Open(Open::Affected),
            () if is(&self.tables.mitigated) => Word::Open(Open::Mitigated),
            () => Word::Open(Open::UnderInvestigation),
        })
    }

    /// Whether a vulnerability is open in a state.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn is_open(&self, state: usize, vulnerability: usize) -> bool {
        !self.tables.closed.get(state, vulnerability)
    }

    /// Whether a vulnerability is fixed in a state.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn is_fixed(&self, state: usize, vulnerability: usize) -> bool {
        self.tables.fixed.get(state, vulnerability)
    }

    /// Whether nobody said what the status is.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn is_undecided(&self, state: usize, vulnerability: usize) -> bool {
        !self.tables.decided.get(state, vulnerability)
    }

    /// Whether somebody said that a vulnerability is open in a state.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn is_said_open(&self, state: usize, vulnerability: usize) -> bool {
        self.is_open(state, vulnerability) && !self.is_undecided(state, vulnerability)
    }

    /// The vulnerabilities that are open in a state, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn open(&self, state: usize) -> impl Iterator<Item = usize> + '_ {
        self.without(&self.tables.closed, state)
    }

    /// The vulnerabilities that are fixed in a state, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn fixed(&self, state: usize) -> impl Iterator<Item = usize> + '_ {
        bits::ones(self.tables.fixed.row(state).iter().copied())
    }

    /// The vulnerabilities whose status in a state nobody said, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn undecided(&self, state: usize) -> impl Iterator<Item = usize> + '_ {
        self.without(&self.tables.decided, state)
    }

    /// Whether a fix of a vulnerability applies to a state and names it as affected by that, whatever decides its status.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn is_assumed(&self, state: usize, vulnerability: usize) -> bool {
        self.tables.assumed.get(state, vulnerability)
    }

    /// The vulnerabilities that are fixed in a state and not among some, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn fixed_outside<'a>(&'a self, state: usize, some: &'a Set) -> impl Iterator<Item = usize> + 'a {
        let some = some.words.iter().copied().chain(std::iter::repeat(0));
        bits::ones(self.tables.fixed.row(state).iter().zip(some).map(|(fixed, some)| fixed & !some))
    }

    /// The vulnerabilities among some that are open in a state, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn open_among<'a>(&'a self, state: usize, some: &'a Set) -> impl Iterator<Item = usize> + 'a {
        let closed = self.tables.closed.row(state);
        bits::ones(some.words.iter().zip(closed).map(|(some, closed)| some & !closed))
    }

    /// The vulnerabilities that somebody says are in a state: affected or mitigated, not under investigation.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn affected(&self, state: usize) -> impl Iterator<Item = usize> + '_ {
        bits::ones(self.affected_words(state))
    }

    /// The same without some.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn affected_outside<'a>(&'a self, state: usize, some: &'a Set) -> impl Iterator<Item = usize> + 'a {
        let some = some.words.iter().copied().chain(std::iter::repeat(0));
        bits::ones(self.affected_words(state).zip(some).map(|(affected, some)| affected & !some))
    }

    /// The vulnerabilities that are fixed in one state and open in another, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn brought_back(&self, fixed: usize, open: usize) -> impl Iterator<Item = usize> + '_ {
        let (fixed, closed) = (self.tables.fixed.row(fixed), self.tables.closed.row(open));
        bits::ones(fixed.iter().zip(closed).map(|(fixed, closed)| fixed & !closed))
    }

    /// The vulnerabilities that somebody says are in one state, and that are fixed in another, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn removed(&self, affected: usize, fixed: usize) -> impl Iterator<Item = usize> + '_ {
        let fixed = self.tables.fixed.row(fixed).iter();
        bits::ones(self.affected_words(affected).zip(fixed).map(|(affected, fixed)| affected & fixed))
    }

    fn affected_words(&self, state: usize) -> impl Iterator<Item = u64> + '_ {
        let (affected, mitigated) = (self.tables.affected.row(state), self.tables.mitigated.row(state));
        affected.iter().zip(mitigated).map(|(affected, mitigated)| affected | mitigated)
    }

    /// A number that two vulnerabilities share if and only if they are closed in the same states.
    ///
    /// # Panics
    ///
    /// If there is no such vulnerability.
    pub fn pattern(&self, vulnerability: usize) -> usize {
        self.patterns[vulnerability]
    }

    /// The states in which a vulnerability is closed.
    ///
    /// # Panics
    ///
    /// If there is no such vulnerability.
    pub fn closed_in(&self, vulnerability: usize) -> &Set {
        &self.closed_in[self.patterns[vulnerability]]
    }

    /// Every vulnerability that is not in the row of a table.
    fn without<'a>(&self, table: &'a Table, state: usize) -> impl Iterator<Item = usize> + use<'a> {
        bits::ones(bits::all(self.vulnerabilities()).zip(table.row(state)).map(|(all, row)| all & !row))
    }

    /// The status of a vulnerability in every state, with what decided it.
    ///
    /// # Panics
    ///
    /// If there is no such vulnerability.
    pub fn of(&self, vulnerability: usize) -> Column {
        let mut scratch = Scratch::new(self.deciding.known.states.len());
        self.deciding.decide(vulnerability, &mut scratch);
        Column { cells: scratch.cells, counts: Counts::new(&self.deciding.known) }
    }
}
