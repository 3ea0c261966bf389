//! A status in few bytes: there is one for each state, and they are made anew for each vulnerability.

use crate::known::Known;
use crate::word::{Source, Word};

/// A status, or none.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Cell {
    pub(crate) time: u64,
    /// The statement, counted through the lists in the order of [`Source`].
    pub(crate) source: u32,
    /// The parent that it is inherited from, or [`Cell::NO_PARENT`].
    pub(crate) parent: u32,
    pub(crate) word: Option<Word>,
}

impl Cell {
    pub(crate) const NO_PARENT: u32 = u32::MAX;
    pub(crate) const NONE: Cell = Cell { time: 0, source: 0, parent: Cell::NO_PARENT, word: None };

    pub(crate) fn new(word: Word, time: u64, source: usize) -> Cell {
        Cell { time, source: narrow(source), parent: Cell::NO_PARENT, word: Some(word) }
    }

    /// The order in which one overrules another: the newest, then the worst, then the last in the lists.
    pub(crate) fn rank(&self) -> (u64, Option<Word>, u32) {
        (self.time, self.word, self.source)
    }

    /// Becomes another one if that counts more.
    pub(crate) fn overrule(&mut self, by: Cell) {
        if by.rank() > self.rank() {
            *self = by;
        }
    }
}

/// How long the lists of statements are, all but the last.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counts {
    pub(crate) said: usize,
    pub(crate) foretold: usize,
    pub(crate) assumed: usize,
}

impl Counts {
    pub(crate) fn new(known: &Known) -> Counts {
        Counts { said: known.said.len(), foretold: known.foretold.len(), assumed: known.assumed.len() }
    }

    /// A statement, counted through all lists.
    pub(crate) fn place(self, source: Source) -> usize {
        match source {
            Source::Said(i) => i,
            Source::Foretold(i) => self.said + i,
            Source::Assumed(i) => self.said + self.foretold + i,
            Source::Declared(i) => self.said + self.foretold + self.assumed + i,
        }
    }

    /// The statement of a cell.
    pub(crate) fn source(self, place: u32) -> Source {
        let place = widen(place);
        let from = |source: Source| place.checked_sub(self.place(source));
        let later =
            from(Source::Declared(0)).map(Source::Declared).or(from(Source::Assumed(0)).map(Source::Assumed));
        later.or(from(Source::Foretold(0)).map(Source::Foretold)).unwrap_or(Source::Said(place))
    }
}

/// Cells by state, most of which are empty.
pub(crate) struct Sparse {
    pub(crate) cells: Vec<Cell>,
    filled: Vec<usize>,
}

impl Sparse {
    pub(crate) fn overrule(&mut self, state: usize, by: Cell) {
        if self.cells[state].word.is_none() {
            self.filled.push(state);
        }
        self.cells[state].overrule(by);
    }

    fn clear(&mut self) {
        self.filled.drain(..).for_each(|s| self.cells[s] = Cell::NONE);
    }
}

/// Memory that is used again for each vulnerability; all by state.
pub(crate) struct Scratch {
    /// First own words, then what was decided.
    pub(crate) cells: Vec<Cell>,
    pub(crate) foretold: Sparse,
    /// What was said of every release.
    pub(crate) everywhere: Cell,
    pub(crate) assumed: Sparse,
    pub(crate) declared: Sparse,
}

impl Scratch {
    pub(crate) fn new(states: usize) -> Scratch {
        let sparse = || Sparse { cells: vec![Cell::NONE; states], filled: Vec::new() };
        Scratch {
            cells: vec![Cell::NONE; states],
            foretold: sparse(),
            everywhere: Cell::NONE,
            assumed: sparse(),
            declared: sparse(),
        }
    }

    pub(crate) fn clear(&mut self) {
        self.cells.fill(Cell::NONE);
        self.foretold.clear();
        self.everywhere = Cell::NONE;
        self.assumed.clear();
        self.declared.clear();
    }
}

/// # Panics
///
/// Above four thousand million: no set of statements is that large.
pub(crate) fn narrow(place: usize) -> u32 {
    u32::try_from(place).expect("fewer than 2^32 statements and states")
}

pub(crate) fn widen(place: u32) -> usize {
    usize::try_from(place).expect("at least 32 bits")
}
