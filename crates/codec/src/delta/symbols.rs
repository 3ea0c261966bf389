//! Predictions of symbols of four bits, and of bytes: each context has a line of cells, one for each bit that a symbol
//! may begin with.

use super::coder::Code;
use super::model::{Cell, Mixer, spread};
use alloc::vec;
use alloc::vec::Vec;

/// The cells of one context: those of a tree of four bits, and whose they are.
#[derive(Clone, Copy)]
struct Line {
    owner: u16,
    nodes: [Cell; 15],
}

impl Line {
    /// The line of `owner`, which has seen nothing.
    fn new(owner: u16) -> Self {
        Self { owner, nodes: [Cell::EVEN; 15] }
    }

    /// How often it was used.
    fn seen(&self) -> u16 {
        self.nodes.first().map_or(0, |cell| cell.seen())
    }
}

/// Predicts symbols of four bits from `N` contexts: a walk down a tree, along one line a context.
pub(super) struct Symbols<const N: usize> {
    lines: Vec<Line>,
    mixer: Mixer<N>,
}

/// The symbol at hand: the lines of its contexts, taken out of the table, and where they belong.
pub(super) struct Open<const N: usize> {
    places: [usize; N],
    lines: [Line; N],
}

impl<const N: usize> Symbols<N> {
    /// A table of so many lines and sets of weights, both powers of two.
    pub(super) fn new(lines: usize, sets: usize, speed: i32) -> Self {
        Self { lines: vec![Line::new(0); lines], mixer: Mixer::new(sets, speed) }
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.lines.fill(Line::new(0));
        self.mixer.reset();
    }

    /// Bytes of its table.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.lines.capacity() * size_of::<Line>() + self.mixer.bytes()
    }

    /// Takes out the lines of a symbol, each from one of two places; what belonged to another context begins anew.
    #[inline(always)]
    pub(super) fn open(&self, contexts: &[u64; N]) -> Open<N> {
        let mask = self.lines.len().wrapping_sub(1);
        let mut open = Open { places: [0; N], lines: [Line::new(0); N] };
        for (own, ((place, line), context)) in
            open.places.iter_mut().zip(&mut open.lines).zip(contexts).enumerate()
        {
            let hash = spread(*context, own);
            let owner = u16::try_from(hash & 0xFFFF).unwrap_or(0);
            *place = usize::try_from(hash >> 16 ^ hash << 2).unwrap_or(0) & mask;
            let other = (*place ^ 1) & mask;
            let [Some(first), Some(second)] = [self.lines.get(*place), self.lines.get(other)] else {
                continue;
            };
            if first.owner == owner {
                *line = *first;
                continue;
            }
            let known = second.owner == owner;
            if known || second.seen() < first.seen() {
                *place = other;
            }
            *line = if known { *second } else { Line::new(owner) };
        }
        open
    }

    /// Codes the bit at a node of the tree, 1 to 15.
    #[inline(always)]
    pub(super) fn bit<C: Code>(
        &mut self,
        coder: &mut C,
        open: &mut Open<N>,
        node: usize,
        set: usize,
        wanted: bool,
    ) -> bool {
        let node = node.wrapping_sub(1);
        let mut says = [0i32; N];
        for (says, line) in says.iter_mut().zip(&open.lines) {
            *says = line.nodes.get(node).map_or(0, |cell| cell.says());
        }
        let bit = self.mixer.code(coder, set, &says, wanted);
        for line in &mut open.lines {
            if let Some(cell) = line.nodes.get_mut(node) {
                cell.update(bit);
            }
        }
        bit
    }

    /// Puts the lines of a symbol back, in the order of its contexts.
    #[inline(always)]
    pub(super) fn close(&mut self, open: Open<N>) {
        for (place, line) in open.places.into_iter().zip(open.lines) {
            if let Some(there) = self.lines.get_mut(place) {
                *there = line;
            }
        }
    }

    /// Codes a byte: two symbols, the second in the context of the first.
    #[inline(always)]
    pub(super) fn byte<C: Code>(&mut self, coder: &mut C, contexts: &[u64; N], set: usize, wanted: u8) -> u8 {
        let high = self.half(coder, contexts, set << 5, wanted >> 4);
        let told = u64::from(high | 16) << 48;
        let low = self.half(coder, &contexts.map(|context| context ^ told), set << 5 | 16, wanted & 15);
        high << 4 | low
    }

    /// Codes a symbol.
    #[inline(always)]
    fn half<C: Code>(&mut self, coder: &mut C, contexts: &[u64; N], set: usize, wanted: u8) -> u8 {
        let (mut node, mut open) = (1usize, self.open(contexts));
        for shift in (0..4).rev() {
            let bit = self.bit(coder, &mut open, node, set | node, wanted >> shift & 1 == 1);
            node = node << 1 | usize::from(bit);
        }
        self.close(open);
        u8::try_from(node & 15).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::coder::Encoder;

    #[test]
    fn a_line_that_was_used_stays_longer() {
        let mut symbols = Symbols::<1>::new(2, 1, 1);
        let mut open = symbols.open(&[1]);
        let place = open.places;
        symbols.bit(&mut Encoder::new(Vec::new()), &mut open, 1, 0, true);
        symbols.close(open);
        assert_eq!(symbols.lines.iter().filter(|line| line.seen() == 1).count(), 1);
        // Others share the second place.
        for context in 2..20 {
            let open = symbols.open(&[context]);
            assert_ne!(open.places, place);
            symbols.close(open);
        }
        let open = symbols.open(&[1]);
        assert_eq!((open.places, open.lines.map(|line| line.seen())), (place, [1]));
    }

    #[test]
    fn of_two_contexts_with_one_line_the_second_puts_it_back() {
        let mut symbols = Symbols::<2>::new(1, 1, 1);
        let mut open = symbols.open(&[1, 2]);
        let owners = open.lines.map(|line| line.owner);
        symbols.bit(&mut Encoder::new(Vec::new()), &mut open, 1, 0, true);
        symbols.close(open);
        assert_eq!((symbols.lines.len(), symbols.lines.first().map(|line| line.owner)), (1, Some(owners[1])));
    }
}
