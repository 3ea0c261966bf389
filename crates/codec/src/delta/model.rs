//! Predictions: what a bit will be, learnt from the bits before it in the same chunk.
//!
//! A bit has a few contexts. For each there is a cell, which follows the bits that came in that context; what the cells
//! say is added up, the more of it the more they saw. All of it is integer arithmetic on bounded numbers, so that every
//! machine predicts the same. DELTA.md 3 has the figures.

use super::coder::Code;
use alloc::vec;
use alloc::vec::Vec;

/// Probabilities at half steps of the logistic scale, from -12 to 12: 65,536 / (1 + e^-x).
const LOGISTIC: [u16; 49] = [
    1, 1, 1, 2, 3, 5, 8, 13, 22, 36, 60, 98, 162, 267, 439, 720, 1179, 1921, 3108, 4971, 7812, 11955, 17625,
    24743, 32768, 40793, 47911, 53581, 57724, 60565, 62428, 63615, 64357, 64816, 65097, 65269, 65374, 65438,
    65476, 65500, 65514, 65523, 65528, 65531, 65533, 65534, 65535, 65535, 65535,
];
/// Where the logistic scale, in units of 1/256, ends at both sides.
const END: i32 = 3072;

#[expect(
    clippy::indexing_slicing,
    clippy::as_conversions,
    reason = "evaluated by the compiler, which refuses what would panic"
)]
pub(super) mod tables {
    use super::{END, LOGISTIC};

    /// [`LOGISTIC`] with straight lines between its points. Places up to 6,143 are used.
    pub(in crate::delta) static SQUASH: [u16; 8192] = {
        let mut table = [u16::MAX; 8192];
        let mut x = 0;
        while x < 6144 {
            let (a, b) = (LOGISTIC[x >> 7] as i32, LOGISTIC[(x >> 7) + 1] as i32);
            table[x] = (a + (((b - a) * (x & 127) as i32) >> 7)) as u16;
            x += 1;
        }
        table
    };

    /// Where a probability of 4,096 stands on the logistic scale: the inverse of [`SQUASH`].
    pub(in crate::delta) static STRETCH: [i16; 4096] = {
        let mut table = [0; 4096];
        let (mut x, mut p) = (1, 0);
        while p < 4096 {
            while x < 6143 && (SQUASH[x] as usize) < (p << 4 | 8) {
                x += 1;
            }
            table[p] = (x as i32 - END) as i16;
            p += 1;
        }
        table
    };

    /// How far a cell that saw `n` bits moves towards the next, of 2,048: by 1/(n + 1.5).
    pub(in crate::delta) static RATE: [u16; 16] = {
        let mut table = [0; 16];
        let mut n = 0;
        while n < 16 {
            table[n] = (4096 / (2 * n + 3)) as u16;
            n += 1;
        }
        table
    };
}

/// How far a cell that saw `n` bits is believed, of 64.
static TRUST: [u8; 16] = [0, 32, 44, 50, 54, 57, 59, 61, 64, 64, 64, 64, 64, 64, 64, 64];

/// The entry of a table that is as long as `index` can say.
fn entry<T: Copy + Default, const LEN: usize>(table: &[T; LEN], index: u32) -> T {
    usize::try_from(index).ok().and_then(|i| table.get(i)).copied().unwrap_or_default()
}

/// The probability to be 1 that stands at `x` of the logistic scale, of 65,536, never 0.
fn squash(x: i32) -> u16 {
    let place = x.clamp(1 - END, END - 1).wrapping_add(END).cast_unsigned();
    entry(&tables::SQUASH, place & 8191)
}

/// A probability that follows the bits it sees: 12 bits of probability, 4 of how many bits it saw.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cell(u16);

impl Cell {
    /// Has seen nothing.
    pub(super) const EVEN: Cell = Cell(1 << 15);
    /// Bits after which the rate stays as it is.
    const SETTLED: u16 = 12;

    /// How many bits it saw, at most 12.
    pub(super) fn seen(self) -> u16 {
        self.0 & 15
    }

    /// Where the probability stands on the logistic scale, as far as it is believed.
    #[inline(always)]
    pub(super) fn says(self) -> i32 {
        let stretched = i32::from(entry(&tables::STRETCH, u32::from(self.0 >> 4)));
        stretched.wrapping_mul(i32::from(entry(&TRUST, u32::from(self.seen())))) >> 6
    }

    /// Moves towards a bit, by a rounded step: from 1 to 4,095, and never past them.
    #[inline(always)]
    pub(super) fn update(&mut self, bit: bool) {
        let (p, seen) = (self.0 >> 4, self.seen());
        let goal = if bit { 4095 } else { 1i32 };
        let way = goal.wrapping_sub(i32::from(p));
        let step =
            way.wrapping_mul(i32::from(entry(&tables::RATE, u32::from(seen)))).wrapping_add(1024) >> 11;
        let [low, high, ..] = step.to_le_bytes();
        let p = p.wrapping_add(u16::from_le_bytes([low, high]));
        self.0 = p << 4 | seen.wrapping_add(u16::from(seen < Self::SETTLED));
    }
}

/// Weighs what cells say; each set of weights learns on its own. A weight of 1 is 65,536.
pub(super) struct Mixer<const N: usize> {
    weights: Vec<[i32; N]>,
    speed: i32,
}

impl<const N: usize> Mixer<N> {
    /// So many sets of weights, a power of two.
    pub(super) fn new(sets: usize, speed: i32) -> Self {
        Self { weights: vec![Self::first(); sets], speed }
    }

    /// What all weights begin with: four thirds of a mean.
    fn first() -> [i32; N] {
        let inputs = i32::try_from(N).unwrap_or(1);
        [87_381i32.checked_div(inputs).unwrap_or(0); N]
    }

    pub(super) fn reset(&mut self) {
        self.weights.fill(Self::first());
    }

    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.weights.capacity() * size_of::<[i32; N]>()
    }

    /// Codes a bit of which cells say something, and learns from it.
    #[inline(always)]
    pub(super) fn code<C: Code>(&mut self, coder: &mut C, set: usize, says: &[i32; N], wanted: bool) -> bool {
        let set = set & self.weights.len().wrapping_sub(1);
        let Some(weights) = self.weights.get_mut(set) else { return wanted };
        let weighed = weights.iter().zip(says).map(|(weight, says)| weight.wrapping_mul(*says) >> 8);
        let p = squash(weighed.fold(0i32, i32::wrapping_add) >> 8);
        let bit = coder.code(wanted, p);
        let error = (if bit { 65_535 } else { 0i32 }).wrapping_sub(i32::from(p));
        // What was as good as certain teaches nothing.
        if error.unsigned_abs() > 16 {
            let error = error.wrapping_mul(self.speed);
            for (weight, says) in weights.iter_mut().zip(says) {
                let step = says.wrapping_mul(error).wrapping_add(1 << 15) >> 16;
                *weight = weight.wrapping_add(step).clamp(-131_000, 131_000);
            }
        }
        bit
    }
}

/// Spreads a context, the `own`th of its bit, over 32 bits.
#[inline(always)]
pub(super) fn spread(context: u64, own: usize) -> u32 {
    let own = u64::try_from(own).unwrap_or(0).wrapping_add(1);
    let x = context ^ own << 56;
    let x = (x ^ x >> 31).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    u32::try_from(x >> 32).unwrap_or(0)
}

/// Predicts single bits from `N` contexts.
pub(super) struct Bits<const N: usize> {
    cells: Vec<Cell>,
    mixer: Mixer<N>,
}

impl<const N: usize> Bits<N> {
    /// A table of so many cells and sets of weights, both powers of two.
    pub(super) fn new(cells: usize, sets: usize) -> Self {
        Self { cells: vec![Cell::EVEN; cells], mixer: Mixer::new(sets, 1) }
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.cells.fill(Cell::EVEN);
        self.mixer.reset();
    }

    /// Bytes of its table.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.cells.capacity() * size_of::<Cell>() + self.mixer.bytes()
    }

    #[inline(always)]
    pub(super) fn code<C: Code>(
        &mut self,
        coder: &mut C,
        contexts: &[u64; N],
        set: usize,
        wanted: bool,
    ) -> bool {
        let (mut places, mut cells) = ([0usize; N], [Cell::EVEN; N]);
        let mask = self.cells.len().wrapping_sub(1);
        for (own, ((place, cell), context)) in places.iter_mut().zip(&mut cells).zip(contexts).enumerate() {
            *place = usize::try_from(spread(*context, own) >> 8).unwrap_or(0) & mask;
            *cell = self.cells.get(*place).copied().unwrap_or(Cell::EVEN);
        }
        let bit = self.mixer.code(coder, set, &cells.map(Cell::says), wanted);
        for (place, mut cell) in places.into_iter().zip(cells) {
            cell.update(bit);
            if let Some(there) = self.cells.get_mut(place) {
                *there = cell;
            }
        }
        bit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_logistic_scale_goes_there_and_back() {
        assert_eq!((squash(i32::MIN), squash(0), squash(i32::MAX)), (1, 32_768, 65_535));
        assert!((-3072..3072).is_sorted_by_key(squash));
        assert!(tables::STRETCH.is_sorted());
        assert_eq!((tables::STRETCH[0], tables::STRETCH[2048], tables::STRETCH[4095]), (-2304, 1, 2304));
    }

    #[test]
    fn a_cell_follows_what_it_sees() {
        let mut cell = Cell::EVEN;
        assert_eq!((cell.seen(), cell.says()), (0, 0));
        for _ in 0..4000 {
            cell.update(true);
        }
        assert!(cell.seen() == Cell::SETTLED && cell.says() > 1200, "{cell:?}");
        for _ in 0..4000 {
            cell.update(false);
        }
        assert!(cell.seen() == Cell::SETTLED && cell.says() < -1200, "{cell:?}");
    }
}
