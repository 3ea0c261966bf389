//! A table of bits: a row for each state, a column for each vulnerability.

/// A table of bits. The 64 columns of a block lie together, state after state, since they are filled column by column.
#[derive(Debug, Clone)]
pub(crate) struct Table {
    rows: usize,
    bits: Vec<u64>,
}

impl Table {
    pub(crate) fn new(rows: usize, columns: usize) -> Table {
        Table { rows, bits: vec![0; rows * columns.div_ceil(64)] }
    }

    pub(crate) fn set(&mut self, row: usize, column: usize) {
        self.bits[column / 64 * self.rows + row] |= 1 << (column % 64);
    }

    pub(crate) fn get(&self, row: usize, column: usize) -> bool {
        assert!(row < self.rows, "there is no state {row}");
        self.bits[column / 64 * self.rows + row] >> (column % 64) & 1 == 1
    }

    /// The words of a row.
    pub(crate) fn row(&self, row: usize) -> impl Iterator<Item = u64> + '_ {
        assert!(row < self.rows, "there is no state {row}");
        self.bits.iter().skip(row).step_by(self.rows).copied()
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
