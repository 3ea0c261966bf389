//! Predictions of symbols of four bits, and of bytes: each context has a line of cells, one for each bit that a symbol
//! may begin with.

use super::coder::Code;
use super::model::{Mixer, TRUST, entry, spread, tables};
use alloc::vec;
use alloc::vec::Vec;

/// A cell of a symbol: 12 bits of probability, 4 of how many bits it saw. Half as large, so that there can be twice
/// as many.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Node(u16);

impl Node {
    /// Has seen nothing.
    const EVEN: Node = Node(1 << 15);
    /// Bits after which the rate stays as it is.
    const SETTLED: u32 = 12;

    fn seen(self) -> u32 {
        u32::from(self.0 & 15)
    }

    /// What the mixer gets.
    fn input(self) -> i32 {
        let stretched = i32::from(entry(&tables::STRETCH, u32::from(self.0 >> 4)));
        stretched.wrapping_mul(i32::from(entry(&TRUST, self.seen()))) >> 6
    }

    /// Moves towards a bit: as a [`Cell`] does, and is rounded then.
    #[inline(always)]
    fn update(&mut self, bit: bool) {
        let seen = self.seen();
        let p = i32::from(self.0 >> 4) << 7;
        let goal = if bit { (1 << 19) - 1 } else { 0i32 };
        let step = goal.wrapping_sub(p).wrapping_mul(i32::from(entry(&tables::RATE, seen))) >> 11;
        let rounded = (p.wrapping_add(step).wrapping_add(64) >> 7).clamp(1, 4095);
        let seen = seen.saturating_add(u32::from(seen < Self::SETTLED));
        self.0 = u16::try_from(rounded.cast_unsigned() << 4 | seen).unwrap_or(0);
    }
}

/// The cells of one context: those of a tree of four bits, and whose they are.
#[derive(Clone, Copy)]
struct Line {
    owner: u16,
    nodes: [Node; 15],
}

impl Line {
    /// The line of `owner`, which has seen nothing.
    fn new(owner: u16) -> Self {
        Self { owner, nodes: [Node::EVEN; 15] }
    }

    /// How often it was used.
    fn seen(&self) -> u32 {
        self.nodes.first().map_or(0, |node| node.seen())
    }
}

/// Predicts symbols of four bits from `N` contexts: a walk down a tree, along one line a context.
pub(super) struct Symbols<const N: usize> {
    lines: Vec<Line>,
    mixer: Mixer<N>,
}

/// The lines of the contexts of one symbol.
pub(super) struct Walk<const N: usize>([usize; N]);

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

    /// With a second choice of so many sets of weights.
    pub(super) fn with_more(mut self, sets: usize) -> Self {
        self.mixer = self.mixer.with_more(sets);
        self
    }

    /// Bytes of its tables.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.lines.capacity() * size_of::<Line>() + self.mixer.bytes()
    }

    /// Finds the lines of a symbol, each at one of two places; takes over those that belong to other contexts.
    #[inline(always)]
    pub(super) fn walk(&mut self, contexts: &[u64; N]) -> Walk<N> {
        let mask = self.lines.len().wrapping_sub(1);
        let mut walk = [0; N];
        for (own, (place, context)) in walk.iter_mut().zip(contexts).enumerate() {
            let hash = spread(*context, own);
            let owner = u16::try_from(hash & 0xFFFF).unwrap_or(0);
            *place = usize::try_from(hash >> 16 ^ hash << 2).unwrap_or(0) & mask;
            let other = (*place ^ 1) & mask;
            let [Some(first), Some(second)] = [self.lines.get(*place), self.lines.get(other)] else {
                continue;
            };
            if first.owner == owner {
                continue;
            }
            let known = second.owner == owner;
            if known || second.seen() < first.seen() {
                *place = other;
            }
            if !known && let Some(line) = self.lines.get_mut(*place) {
                *line = Line::new(owner);
            }
        }
        Walk(walk)
    }

    /// Codes the bit at a node of the tree, 1 to 15.
    #[inline(always)]
    pub(super) fn bit<C: Code>(
        &mut self,
        coder: &mut C,
        walk: &Walk<N>,
        node: usize,
        sets: (usize, usize),
        wanted: bool,
    ) -> bool {
        let node = node.wrapping_sub(1);
        let mut inputs = [0i32; N];
        for (input, place) in inputs.iter_mut().zip(walk.0) {
            let cell = self.lines.get(place).and_then(|line| line.nodes.get(node));
            *input = cell.copied().unwrap_or(Node::EVEN).input();
        }
        let bit = self.mixer.code(coder, sets, &inputs, wanted);
        for place in walk.0 {
            if let Some(cell) = self.lines.get_mut(place).and_then(|line| line.nodes.get_mut(node)) {
                cell.update(bit);
            }
        }
        bit
    }

    /// Codes a byte: two symbols, the second in the context of the first.
    pub(super) fn byte<C: Code>(
        &mut self,
        coder: &mut C,
        contexts: &[u64; N],
        sets: (usize, usize),
        wanted: u8,
    ) -> u8 {
        let (set, more) = (sets.0 << 5, sets.1 << 5);
        let (mut high, walk) = (1usize, self.walk(contexts));
        for shift in (4..8).rev() {
            let bit = self.bit(coder, &walk, high, (set | high, more | high), wanted >> shift & 1 == 1);
            high = high << 1 | usize::from(bit);
        }
        let told = u64::try_from(high).unwrap_or(0) << 48;
        let (mut low, walk) = (1usize, self.walk(&contexts.map(|c| c ^ told)));
        for shift in (0..4).rev() {
            let sets = (set | 16 | low, more | 16 | low);
            let bit = self.bit(coder, &walk, low, sets, wanted >> shift & 1 == 1);
            low = low << 1 | usize::from(bit);
        }
        u8::try_from((high & 15) << 4 | low & 15).unwrap_or(0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::delta::coder::Encoder;

    #[test]
    fn a_node_follows_what_it_sees() {
        let mut node = Node::EVEN;
        assert_eq!((node.seen(), node.input()), (0, 0));
        for _ in 0..4000 {
            node.update(true);
        }
        assert!(node.seen() == Node::SETTLED && node.input() > 1200, "{node:?}");
        for _ in 0..4000 {
            node.update(false);
        }
        assert!(node.seen() == Node::SETTLED && node.input() < -1200, "{node:?}");
    }

    #[test]
    fn a_line_that_was_used_stays_longer() {
        let mut symbols = Symbols::<1>::new(2, 1, 1);
        let walk = symbols.walk(&[1]);
        assert_eq!(
            (symbols.walk(&[1]).0, symbols.lines.iter().filter(|line| line.owner != 0).count()),
            (walk.0, 1)
        );
        symbols.bit(&mut Encoder::new(Vec::new()), &walk, 1, (0, 0), true);
        // Others share the second place.
        for context in 2..20 {
            assert_ne!(symbols.walk(&[context]).0, walk.0);
        }
        assert_eq!(symbols.walk(&[1]).0, walk.0);
    }
}
