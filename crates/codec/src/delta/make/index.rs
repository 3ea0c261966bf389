//! Where in the base the like of a stretch can be found: a suffix array.

use crate::Error;
use crate::delta::spread_out;
use std::borrow::Cow;
use std::ops::Range;

/// Bytes of a match that are looked at; longer ones are as good.
const FAR: usize = 512;
/// From this size of a base on, three bytes find a place to begin with, not two: the larger table
/// is then small beside the suffix array.
const LARGE: usize = 16 << 20;
/// Shorter matches are not looked for.
pub(super) const GRAM: usize = 8;
/// Largest base that can be indexed at once.
pub(super) const MOST: u64 = i32::MAX as u64;

/// The suffixes of what is indexed, in order.
pub(super) struct Index<'b> {
    base: &'b [u8],
    /// What is indexed: the base, or its kept ranges one behind the other.
    text: Cow<'b, [u8]>,
    /// Where each range begins in the text, and in the base.
    places: Vec<(usize, usize)>,
    suffixes: Vec<i32>,
    /// Where the suffixes begin that start with these two or three bytes, and where they all end.
    starts: Vec<u32>,
    prefix: usize,
    /// A bit for each number that a [`GRAM`] of the text is hashed to: most searches end here.
    grams: Vec<u64>,
}

/// Where the bit of the first [`GRAM`] bytes is, in a table of so many words; none if there are fewer bytes.
fn gram(bytes: &[u8], words: usize) -> Option<(usize, u64)> {
    let gram = u64::from_le_bytes(*bytes.first_chunk()?);
    let hash = spread_out(gram).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    Some(((hash >> 6) as usize >> 16 & (words - 1), 1 << (hash >> 16 & 63)))
}

/// The number of the first `prefix` bytes; zeros for those that are not there.
fn key(bytes: &[u8], prefix: usize) -> usize {
    (0..prefix).fold(0, |key, i| key << 8 | usize::from(bytes.get(i).copied().unwrap_or(0)))
}

/// How many bytes two stretches have in common at their beginning.
pub(super) fn common(a: &[u8], b: &[u8]) -> usize {
    let len = a.len().min(b.len());
    let (a, b) = (&a[..len], &b[..len]);
    let words = a.chunks_exact(8).zip(b.chunks_exact(8));
    let mut same = 0;
    for (x, y) in words {
        let [x, y] = [x, y].map(|w| w.try_into().map_or(0, u64::from_le_bytes));
        if x != y {
            return same + ((x ^ y).trailing_zeros() / 8) as usize;
        }
        same += 8;
    }
    same + a[same..].iter().zip(&b[same..]).take_while(|(x, y)| x == y).count()
}

impl<'b> Index<'b> {
    /// Memory that an index takes besides the base, bytes.
    pub(super) fn memory(base: u64) -> u64 {
        let table = if base < LARGE as u64 { 1 << 18 } else { 1 << 26 };
        base.saturating_mul(5).saturating_add(table)
    }

    /// Indexes the ranges of the base that are worth it, in order and apart; at most [`MOST`] bytes.
    pub(super) fn new(base: &'b [u8], keep: &[Range<usize>]) -> Result<Self, Error> {
        let (text, mut places) = match keep {
            [all] if *all == (0..base.len()) => (Cow::Borrowed(base), vec![(0, 0)]),
            _ => (keep.iter().flat_map(|r| &base[r.clone()]).copied().collect(), Vec::new()),
        };
        if places.is_empty() {
            let mut at = 0;
            for range in keep {
                places.push((at, range.start));
                at += range.len();
            }
        }
        let suffixes = match &*text {
            [] => Vec::new(),
            text => libsais::SuffixArrayConstruction::for_text(text)
                .in_owned_buffer32()
                .single_threaded()
                .run()
                .map_err(|e| Error::Index { reason: format!("{e:?}") })?
                .into_vec(),
        };
        let prefix = if text.len() < LARGE { 2 } else { 3 };
        let mut starts = vec![0u32; (1 << (8 * prefix)) + 1];
        for at in 0..text.len() {
            starts[key(&text[at..], prefix) + 1] += 1;
        }
        let mut sum = 0;
        for start in &mut starts {
            sum += *start;
            *start = sum;
        }
        // From half a bit to a bit for each bit of the text.
        let mut grams = vec![0u64; (text.len() / 16).next_power_of_two()];
        let words = grams.len();
        for (word, bit) in (0..text.len()).map_while(|at| gram(&text[at..], words)) {
            grams[word] |= bit;
        }
        Ok(Self { base, text, places, suffixes, starts, prefix, grams })
    }

    /// How many bytes are indexed.
    pub(super) fn len(&self) -> usize {
        self.text.len()
    }

    /// The place in the base that a place in the text stands for.
    fn place(&self, at: usize) -> usize {
        let range = self.places.partition_point(|(start, _)| *start <= at).saturating_sub(1);
        let (start, base) = self.places[range];
        base + at - start
    }

    /// The longest match of the beginning of `text`, of at least [`GRAM`] bytes: where in the base, and how long; 0 for
    /// none.
    pub(super) fn longest(&self, text: &[u8]) -> (usize, usize) {
        let text = &text[..text.len().min(FAR)];
        if gram(text, self.grams.len()).is_none_or(|(word, bit)| self.grams[word] & bit == 0) {
            return (0, 0);
        }
        let key = key(text, self.prefix);
        let (mut low, mut high) = (self.starts[key] as usize, self.starts[key + 1] as usize);
        // What the suffixes at both ends have in common with the text, all in between have.
        let (mut below, mut above) = (0, 0);
        let mut best = (0, 0);
        while low < high {
            let middle = low.midpoint(high);
            let at = self.suffixes[middle] as usize;
            let suffix = &self.text[at..];
            let known = below.min(above).min(suffix.len());
            let len = known + common(&suffix[known..], &text[known..]);
            if len > best.1 {
                best = (at, len);
            }
            if len == text.len() {
                break;
            }
            if suffix.get(len).is_some_and(|byte| *byte > text[len]) {
                (high, above) = (middle, len);
            } else {
                (low, below) = (middle + 1, len);
            }
        }
        if self.places.len() > 1 && best.1 > 0 {
            // The text goes on where the base does not.
            let at = self.place(best.0);
            best = (at, common(&self.base[at..], text));
        }
        best
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Bytes that are like themselves here and there.
    fn text(len: usize, seed: u64, letters: u64) -> Vec<u8> {
        let mut x = seed;
        let next = |_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            b'a' + ((x >> 33) % letters) as u8
        };
        (0..len).map(next).collect()
    }

    #[test]
    #[allow(clippy::single_range_in_vec_init)]
    fn the_suffixes_are_in_order_and_matches_are_the_longest() {
        for (len, letters) in [(0, 1), (1, 1), (2, 1), (300, 1), (2000, 2), (3000, 26)] {
            let base = text(len, 7, letters);
            let index = Index::new(&base, &[0..len]).unwrap();
            assert!(index.suffixes.is_sorted_by_key(|at| &base[*at as usize..]));
            let other = text(500, 8, letters);
            for at in 0..other.len().saturating_sub(2) {
                let (old, found) = index.longest(&other[at..]);
                let longest = (0..len).map(|old| common(&base[old..], &other[at..])).max().unwrap_or(0);
                assert!(found == longest || longest < GRAM, "{len} {letters} {at}: {found} {longest}");
                assert_eq!(common(&base[old.min(len)..], &other[at..]).min(found), found);
            }
        }
    }

    #[test]
    fn kept_ranges_are_found_where_they_are() {
        let base = text(4000, 9, 26);
        let index = Index::new(&base, &[100..400, 3000..3500]).unwrap();
        assert_eq!(index.longest(&base[150..180]), (150, 30));
        assert_eq!(index.longest(&base[3100..3140]), (3100, 40));
        // Over the end of a range the base itself is looked at.
        assert_eq!(index.longest(&base[380..420]), (380, 40));
        assert!(index.longest(&base[1000..1040]).1 < 8);
    }
}
