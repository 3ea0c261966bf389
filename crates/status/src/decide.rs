//! The decision for one vulnerability.

use crate::aliases::Vulnerabilities;
use crate::cell::{Cell, Counts, Scratch, narrow};
use crate::known::{AppliesTo, Known, Releases};
use crate::lineage::Lineage;
use crate::word::{Open, Source, Word};
use std::collections::BTreeMap;

/// What is known, sorted for the decision.
#[derive(Debug, Clone)]
pub(crate) struct Deciding {
    pub(crate) known: Known,
    pub(crate) vulnerabilities: Vulnerabilities,
    pub(crate) lineage: Lineage,
    places: Places,
    /// By vulnerability: the statements about it, by their places.
    about: Vec<About>,
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

impl Deciding {
    pub(crate) fn new(known: Known) -> Deciding {
        let vulnerabilities = Vulnerabilities::new(known.ids, &known.aliases);
        Deciding {
            lineage: Lineage::new(&known.states),
            places: Places::new(&known),
            about: about(&known, &vulnerabilities),
            vulnerabilities,
            known,
        }
    }

    /// Decides the status of one vulnerability in every state.
    pub(crate) fn decide(&self, v: usize, scratch: &mut Scratch) {
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
