//! Bits by state and vulnerability.

use crate::word::{Open, Word};

/// A table of bits: a row for each state, a column for each vulnerability.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    columns: usize,
    bits: Vec<u64>,
}

impl Table {
    fn new(rows: usize, columns: usize) -> Table {
        Table { columns, bits: vec![0; rows * columns.div_ceil(64)] }
    }

    pub(crate) fn get(&self, row: usize, column: usize) -> bool {
        assert!(column < self.columns, "there is no vulnerability {column}");
        self.row(row)[column / 64] >> (column % 64) & 1 == 1
    }

    pub(crate) fn row(&self, row: usize) -> &[u64] {
        let words = self.columns.div_ceil(64);
        &self.bits[row * words..][..words]
    }
}

/// What is known of all pairs. It is filled column by column; 64 columns are gathered before they go into the rows.
#[derive(Debug, Clone)]
pub(crate) struct Tables {
    pub(crate) closed: Table,
    pub(crate) fixed: Table,
    pub(crate) affected: Table,
    pub(crate) mitigated: Table,
    pub(crate) decided: Table,
    pub(crate) assumed: Table,
    /// By state: the bits of the columns since the last multiple of 64, in the order of the tables.
    gathered: Vec<[u64; 6]>,
    filled: usize,
}

impl Tables {
    pub(crate) fn new(rows: usize, columns: usize) -> Tables {
        let table = || Table::new(rows, columns);
        Tables {
            closed: table(),
            fixed: table(),
            affected: table(),
            mitigated: table(),
            decided: table(),
            assumed: table(),
            gathered: vec![[0; 6]; rows],
            filled: 0,
        }
    }

    /// Fills the next column: by state the status, and whether a fix applies to it. Returns the states in which the
    /// vulnerability is closed, as bits.
    pub(crate) fn fill(
        &mut self,
        column: usize,
        words: impl Iterator<Item = (Option<Word>, bool)>,
    ) -> Vec<u64> {
        let mut closed_in = vec![0; self.gathered.len().div_ceil(64)];
        let bit = 1 << (column % 64);
        for (state, (gathered, (word, is_assumed))) in self.gathered.iter_mut().zip(words).enumerate() {
            let Some(word) = word else { continue };
            let [closed, fixed, affected, mitigated, decided, assumed] = gathered;
            *assumed |= if is_assumed { bit } else { 0 };
            *decided |= bit;
            match word {
                Word::Fixed => *fixed |= bit,
                Word::NotAffected => {}
                Word::Open(Open::Affected) => *affected |= bit,
                Word::Open(Open::Mitigated) => *mitigated |= bit,
                Word::Open(Open::UnderInvestigation) => {}
            }
            if !word.is_open() {
                *closed |= bit;
                closed_in[state / 64] |= 1 << (state % 64);
            }
        }
        self.filled = column + 1;
        if self.filled.is_multiple_of(64) {
            self.scatter();
        }
        closed_in
    }

    /// Writes what is gathered into the rows.
    fn scatter(&mut self) {
        let Some(block) = self.filled.checked_sub(1).map(|last| last / 64) else { return };
        let tables = [
            &mut self.closed,
            &mut self.fixed,
            &mut self.affected,
            &mut self.mitigated,
            &mut self.decided,
            &mut self.assumed,
        ];
        for (i, table) in tables.into_iter().enumerate() {
            let words = table.columns.div_ceil(64);
            for (state, gathered) in self.gathered.iter().enumerate() {
                table.bits[state * words + block] = gathered[i];
            }
        }
        self.gathered.fill([0; 6]);
    }

    /// To be called after the last column.
    pub(crate) fn finish(&mut self) {
        if !self.filled.is_multiple_of(64) {
            self.scatter();
        }
        self.gathered = Vec::new();
    }
}

/// A set of vulnerabilities or states.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Set {
    pub(crate) words: Vec<u64>,
}

impl Set {
    /// Adds one.
    pub fn insert(&mut self, one: usize) {
        let word = one / 64;
        if self.words.len() <= word {
            self.words.resize(word + 1, 0);
        }
        self.words[word] |= 1 << (one % 64);
    }

    /// Whether one is in it.
    pub fn contains(&self, one: usize) -> bool {
        self.words.get(one / 64).is_some_and(|word| word >> (one % 64) & 1 == 1)
    }

    /// Adds all of another set.
    pub fn join(&mut self, other: &Set) {
        if self.words.len() < other.words.len() {
            self.words.resize(other.words.len(), 0);
        }
        self.words.iter_mut().zip(&other.words).for_each(|(word, more)| *word |= more);
    }
}

impl FromIterator<usize> for Set {
    fn from_iter<I: IntoIterator<Item = usize>>(all: I) -> Set {
        let mut set = Set::default();
        all.into_iter().for_each(|one| set.insert(one));
        set
    }
}

/// The places of the ones.
pub(crate) fn ones(words: impl Iterator<Item = u64>) -> impl Iterator<Item = usize> {
    words.enumerate().flat_map(|(i, word)| {
        let next = |left: &u64| Some(left & (left - 1)).filter(|l| *l != 0);
        let each = std::iter::successors(Some(word).filter(|w| *w != 0), next);
        each.map(move |left| i * 64 + left.trailing_zeros() as usize)
    })
}

/// Words whose first `count` bits are ones.
pub(crate) fn all(count: usize) -> impl Iterator<Item = u64> {
    (0..count.div_ceil(64)).map(move |i| match count - i * 64 {
        rest if rest < 64 => (1 << rest) - 1,
        _ => u64::MAX,
    })
}
