//! The decision.

use crate::aliases::Vulnerabilities;
use crate::bits::{self, Table};
use crate::cell::{Cell, Counts, Scratch, narrow, widen};
use crate::known::{AppliesTo, Known, Releases};
use crate::lineage::{Cycle, Lineage};
use crate::word::{Decided, EffectiveStatus, Open, Source, Word};
use std::collections::BTreeMap;

/// The status of every vulnerability in every state.
///
/// Whether a vulnerability is open is known for all pairs at once. What decided it is found for one vulnerability at a
/// time, by [`Statuses::of`].
#[derive(Debug, Clone)]
pub struct Statuses {
    known: Known,
    vulnerabilities: Vulnerabilities,
    lineage: Lineage,
    places: Places,
    /// By vulnerability: the statements about it, by their places.
    about: Vec<About>,
    closed: Table,
    fixed: Table,
    affected: Table,
    mitigated: Table,
    decided: Table,
}

/// What was said of one vulnerability: places in the lists of [`Known`].
#[derive(Debug, Clone, Default)]
struct About {
    said: Vec<usize>,
    /// Of several for the same releases, the one that counts.
    foretold: BTreeMap<Releases, usize>,
    assumed: Vec<usize>,
    declared: Vec<usize>,
}

/// The states of each line.
#[derive(Debug, Clone, Default)]
struct Places {
    /// Sequence and state, sorted.
    by_line: BTreeMap<usize, Vec<(u64, usize)>>,
    /// By line and feature level: security level and state, sorted.
    by_level: BTreeMap<(usize, u64), Vec<(u64, usize)>>,
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
        let vulnerabilities = Vulnerabilities::new(known.ids, &known.aliases);
        let (states, count) = (known.states.len(), vulnerabilities.ids.len());
        let mut statuses = Statuses {
            lineage: Lineage::new(&known.states),
            places: Places::new(&known),
            about: about(&known, &vulnerabilities),
            vulnerabilities,
            closed: Table::new(states, count),
            fixed: Table::new(states, count),
            affected: Table::new(states, count),
            mitigated: Table::new(states, count),
            decided: Table::new(states, count),
            known,
        };
        let mut scratch = Scratch::new(states);
        for v in 0..count {
            statuses.decide(v, &mut scratch);
            for (state, cell) in scratch.cells.iter().enumerate() {
                let Some(word) = cell.word else { continue };
                statuses.decided.set(state, v);
                match word {
                    Word::Fixed => {
                        statuses.fixed.set(state, v);
                        statuses.closed.set(state, v);
                    }
                    Word::NotAffected => statuses.closed.set(state, v),
                    Word::Open(Open::Affected) => statuses.affected.set(state, v),
                    Word::Open(Open::Mitigated) => statuses.mitigated.set(state, v),
                    Word::Open(Open::UnderInvestigation) => {}
                }
            }
        }
        statuses
    }

    /// What was given.
    pub fn known(&self) -> &Known {
        &self.known
    }

    /// How many vulnerabilities there are. One is a number below this.
    pub fn vulnerabilities(&self) -> usize {
        self.vulnerabilities.ids.len()
    }

    /// The vulnerability of an id.
    ///
    /// # Panics
    ///
    /// If there is no such id.
    pub fn vulnerability(&self, id: usize) -> usize {
        self.vulnerabilities.of[id]
    }

    /// The ids of a vulnerability, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such vulnerability.
    pub fn ids(&self, vulnerability: usize) -> &[usize] {
        &self.vulnerabilities.ids[vulnerability]
    }

    /// The states that a state was built from, without those that would close a cycle.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn parents(&self, state: usize) -> &[usize] {
        &self.lineage.parents[state]
    }

    /// All states; parents come before children.
    pub fn order(&self) -> &[usize] {
        &self.lineage.order
    }

    /// Parents that count as not named, because they would close a cycle.
    pub fn cycles(&self) -> &[Cycle] {
        &self.lineage.cycles
    }

    /// The status of a vulnerability in a state; none where nobody said it.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn word(&self, state: usize, vulnerability: usize) -> Option<Word> {
        let is = |table: &Table| table.get(state, vulnerability);
        Some(match () {
            () if !is(&self.decided) => return None,
            () if is(&self.fixed) => Word::Fixed,
            () if is(&self.closed) => Word::NotAffected,
            () if is(&self.affected) => Word::Open(Open::Affected),
            () if is(&self.mitigated) => Word::Open(Open::Mitigated),
            () => Word::Open(Open::UnderInvestigation),
        })
    }

    /// Whether a vulnerability is open in a state.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn is_open(&self, state: usize, vulnerability: usize) -> bool {
        !self.closed.get(state, vulnerability)
    }

    /// Whether a vulnerability is fixed in a state.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn is_fixed(&self, state: usize, vulnerability: usize) -> bool {
        self.fixed.get(state, vulnerability)
    }

    /// Whether nobody said what the status is.
    ///
    /// # Panics
    ///
    /// If there is no such state or vulnerability.
    pub fn is_undecided(&self, state: usize, vulnerability: usize) -> bool {
        !self.decided.get(state, vulnerability)
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
        self.without(&self.closed, state)
    }

    /// The vulnerabilities that are fixed in a state, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn fixed(&self, state: usize) -> impl Iterator<Item = usize> + '_ {
        bits::ones(self.fixed.row(state))
    }

    /// The vulnerabilities whose status in a state nobody said, ascending.
    ///
    /// # Panics
    ///
    /// If there is no such state.
    pub fn undecided(&self, state: usize) -> impl Iterator<Item = usize> + '_ {
        self.without(&self.decided, state)
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
        let mut scratch = Scratch::new(self.known.states.len());
        self.decide(vulnerability, &mut scratch);
        Column { cells: scratch.cells, counts: Counts::new(&self.known) }
    }

    /// Decides the status of one vulnerability in every state.
    fn decide(&self, v: usize, scratch: &mut Scratch) {
        scratch.clear();
        let (about, counts) = (&self.about[v], Counts::new(&self.known));
        for &i in &about.said {
            let said = &self.known.said[i];
            scratch.cells[said.state].overrule(Cell::new(said.word, said.time, i));
        }
        for &i in about.foretold.values() {
            let it = &self.known.foretold[i];
            let told = Cell::new(Word::Open(it.word), it.time, counts.place(Source::Foretold(i)));
            match it.releases {
                Releases::All => scratch.everywhere.overrule(told),
                Releases::Line { line, from, below } => {
                    self.places.of(line, from, below, |s| scratch.foretold.overrule(s, told));
                }
            }
        }
        for &i in &about.assumed {
            let it = &self.known.assumed[i];
            let source = counts.place(Source::Assumed(i));
            let told = Cell::new(Word::Open(Open::Affected), it.time, source);
            self.places.to(&it.applies_to, |s| scratch.assumed.overrule(s, told));
        }
        for &i in &about.declared {
            let it = &self.known.declared[i];
            let source = counts.place(Source::Declared(i));
            scratch.declared.overrule(it.state, Cell::new(it.word, it.time, source));
        }
        for &state in &self.lineage.order {
            let mut cell = scratch.cells[state];
            if cell.word.is_none() {
                cell = self.inherited(state, &scratch.cells);
            }
            let mut told = scratch.everywhere;
            told.overrule(scratch.foretold.cells[state]);
            if told.word.is_some() && (cell.word.is_none() || told.time > cell.time) {
                cell = told;
            }
            if cell.word.is_none() {
                cell = scratch.assumed.cells[state];
            }
            if cell.word.is_none() {
                cell = scratch.declared.cells[state];
            }
            scratch.cells[state] = cell;
        }
    }

    /// What a state without own words inherits from its parents.
    fn inherited(&self, state: usize, cells: &[Cell]) -> Cell {
        let (mut fixed, mut open, mut not_affected) = (Cell::NONE, Cell::NONE, Cell::NONE);
        let mut all = self.lineage.keeps_features[state];
        for &parent in &self.lineage.parents[state] {
            let theirs = Cell { parent: narrow(parent), ..cells[parent] };
            match theirs.word {
                Some(Word::Fixed) => fixed.overrule(theirs),
                Some(Word::Open(_)) => open.overrule(theirs),
                Some(Word::NotAffected)
                    if not_affected.word.is_none() || theirs.rank() < not_affected.rank() =>
                {
                    not_affected = theirs;
                }
                Some(Word::NotAffected) => {}
                None => all = false,
            }
        }
        // With an open parent it is open; with one that nobody spoke of, nobody said that it is not there.
        [fixed, open].into_iter().find(|c| c.word.is_some()).unwrap_or(if all {
            not_affected
        } else {
            Cell::NONE
        })
    }
}

fn about(known: &Known, vulnerabilities: &Vulnerabilities) -> Vec<About> {
    let mut about = vec![About::default(); vulnerabilities.ids.len()];
    for (i, said) in known.said.iter().enumerate() {
        about[vulnerabilities.of[said.id]].said.push(i);
    }
    for (i, told) in known.foretold.iter().enumerate() {
        let counts = about[vulnerabilities.of[told.id]].foretold.entry(told.releases).or_insert(i);
        let rank = |i: usize| (known.foretold[i].time, known.foretold[i].word, i);
        if rank(i) > rank(*counts) {
            *counts = i;
        }
    }
    for (i, assumed) in known.assumed.iter().enumerate() {
        about[vulnerabilities.of[assumed.id]].assumed.push(i);
    }
    for (i, declared) in known.declared.iter().enumerate() {
        about[vulnerabilities.of[declared.id]].declared.push(i);
    }
    about
}

impl Places {
    fn new(known: &Known) -> Places {
        let mut places = Places::default();
        for (state, it) in known.states.iter().enumerate() {
            for step in &it.steps {
                places.by_line.entry(step.line).or_default().push((step.sequence, state));
                let group = places.by_level.entry((step.line, step.feature_level)).or_default();
                group.push((step.security_level, state));
            }
        }
        places.by_line.values_mut().for_each(|list| list.sort_unstable());
        places.by_level.values_mut().for_each(|list| list.sort_unstable());
        places
    }

    /// Calls for each state of a line between two sequences.
    fn of(&self, line: usize, from: Option<u64>, below: Option<u64>, mut each: impl FnMut(usize)) {
        let list = self.by_line.get(&line).map_or(&[][..], Vec::as_slice);
        let first = list.partition_point(|(s, _)| from.is_some_and(|f| *s < f));
        let rest = list[first..].iter().take_while(|(s, _)| below.is_none_or(|b| *s < b));
        rest.for_each(|(_, state)| each(*state));
    }

    /// Calls for each state that something applies to.
    fn to(&self, applies_to: &AppliesTo, mut each: impl FnMut(usize)) {
        match applies_to {
            AppliesTo::States(list) => list.iter().copied().for_each(each),
            AppliesTo::Line { line, feature_level, below } => {
                let list = self.by_level.get(&(*line, *feature_level)).map_or(&[][..], Vec::as_slice);
                let lower = list.iter().take_while(|(level, _)| level < below);
                lower.for_each(|(_, state)| each(*state));
            }
        }
    }
}
