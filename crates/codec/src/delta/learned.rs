//! Learned targets: where values of the base turned out to go, from what is decoded already.

use alloc::vec;
use alloc::vec::Vec;

/// Entries of the table of exact values, of the table of values nearby, and words of the set of values that went where
/// the map says, before the tables are made smaller.
const EXACT: usize = 1 << 13;
const NEAR: usize = 1 << 11;
const MAPPED: usize = 1 << 14;
/// Exact values that share a bucket; the oldest gives way.
const WAYS: usize = 4;
/// What is near: values that are equal above so many bits, the nearer ones first.
const PAGES: [u32; 2] = [9, 14];

/// A value and how far it moved. A tag of 0 is empty.
#[derive(Clone, Copy, Default)]
struct Entry {
    tag: u32,
    shift: i32,
}

/// A slot and a tag, which is never 0.
pub(super) type Key = (usize, u32);

/// The targets that were learned in a chunk.
pub(super) struct Learned {
    exact: Vec<[Entry; WAYS]>,
    near: Vec<Entry>,
    /// A Bloom filter: two bits of one word for each value.
    mapped: Vec<u64>,
}

impl Learned {
    /// Tables of which the size is halved so many times.
    pub(super) fn new(halved: u32) -> Self {
        let spared = super::tables::spared(halved);
        let buckets = super::shrunk(EXACT / WAYS, spared);
        Self {
            exact: vec![Default::default(); buckets],
            near: vec![Entry::default(); super::shrunk(NEAR, halved)],
            mapped: vec![0; super::shrunk(MAPPED, spared)],
        }
    }

    /// Forgets everything.
    pub(super) fn reset(&mut self) {
        self.exact.fill(Default::default());
        self.near.fill(Entry::default());
        self.mapped.fill(0);
    }

    /// Bytes of its tables.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        let entries = self.exact.capacity() * WAYS + self.near.capacity();
        entries * size_of::<Entry>() + self.mapped.capacity() * size_of::<u64>()
    }

    /// The new value of an old one that was seen.
    pub(super) fn exact(&self, (slot, tag): Key, value: i64) -> Option<i64> {
        let bucket = self.exact.get(slot & self.exact.len().wrapping_sub(1))?;
        let entry = bucket.iter().find(|entry| entry.tag == tag)?;
        Some(value.wrapping_add(i64::from(entry.shift)))
    }

    /// The new value of an old one, going by the last value nearby.
    pub(super) fn near(&self, space: u32, value: i64) -> Option<i64> {
        PAGES.iter().find_map(|bits| {
            let (slot, tag) = hash(space, value >> bits, *bits);
            let entry = self.near.get(slot & self.near.len().wrapping_sub(1))?;
            (entry.tag == tag).then(|| value.wrapping_add(i64::from(entry.shift)))
        })
    }

    /// Whether an old value once went where the map says. Now and then this is said of a value that never came.
    pub(super) fn is_mapped(&self, (slot, tag): Key) -> bool {
        let word = self.mapped.get(slot & self.mapped.len().wrapping_sub(1)).copied().unwrap_or(0);
        word & bits(tag) == bits(tag)
    }

    /// Learns that an old value went where the map says.
    pub(super) fn learn_mapped(&mut self, (slot, tag): Key) {
        let mask = self.mapped.len().wrapping_sub(1);
        if let Some(word) = self.mapped.get_mut(slot & mask) {
            *word |= bits(tag);
        }
    }

    /// Learns the new value of an old one.
    pub(super) fn learn(&mut self, space: u32, value: i64, new: i64) {
        let Ok(shift) = i32::try_from(new.wrapping_sub(value)) else { return };
        let (slot, tag) = hash(space, value, 0);
        let mask = self.exact.len().wrapping_sub(1);
        if let Some(bucket) = self.exact.get_mut(slot & mask) {
            let last = bucket.iter().position(|entry| entry.tag == tag).unwrap_or(WAYS.wrapping_sub(1));
            if let Some(moved) = bucket.get_mut(..=last) {
                moved.rotate_right(1);
            }
            if let Some(first) = bucket.first_mut() {
                *first = Entry { tag, shift };
            }
        }
        let mask = self.near.len().wrapping_sub(1);
        for bits in PAGES {
            let (slot, tag) = hash(space, value >> bits, bits);
            if let Some(entry) = self.near.get_mut(slot & mask) {
                *entry = Entry { tag, shift };
            }
        }
    }
}

/// What a value is looked up by.
pub(super) fn key(space: u32, value: i64) -> Key {
    hash(space, value, 0)
}

fn hash(space: u32, value: i64, bits: u32) -> Key {
    let key = u64::from(space << 8 | bits) << 32;
    let x = (value.cast_unsigned() ^ key).wrapping_mul(0x9E37_79B9_7F4A_7C15);
    let x = (x ^ x >> 32).wrapping_mul(0xBF58_476D_1CE4_E5B9);
    let [a, b, c, d, e, f, g, h] = x.to_be_bytes();
    let slot = usize::try_from(u32::from_be_bytes([a, b, c, d])).unwrap_or(0);
    (slot, u32::from_be_bytes([e, f, g, h]) | 1)
}

/// The bits of a word that stand for a tag.
fn bits(tag: u32) -> u64 {
    1 << (tag >> 2 & 63) | 1 << (tag >> 8 & 63)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_learned_is_found_until_others_take_its_place() {
        let mut learned = Learned::new(0);
        learned.learn(0, 5000, 5100);
        assert_eq!(learned.exact(key(0, 5000), 5000), Some(5100));
        assert_eq!((learned.exact(key(1, 5000), 5000), learned.exact(key(0, 5001), 5001)), (None, None));
        assert_eq!((learned.near(0, 5003), learned.near(0, 9000)), (Some(5103), Some(9100)));
        assert_eq!(learned.near(0, 50_000), None);
        learned.learn(0, 5000, 4000);
        assert_eq!(learned.exact(key(0, 5000), 5000), Some(4000));
        learned.learn(0, 7, i64::MAX);
        assert_eq!(learned.exact(key(0, 7), 7), None);
        learned.reset();
        assert_eq!(learned.exact(key(0, 5000), 5000), None);
        assert!(!learned.is_mapped(key(0, 5000)));
        learned.learn_mapped(key(0, 5000));
        assert!(
            learned.is_mapped(key(0, 5000))
                && !learned.is_mapped(key(1, 5000))
                && !learned.is_mapped(key(0, 5001))
        );
        learned.reset();
        assert!(!learned.is_mapped(key(0, 5000)));
        // One bucket holds four.
        let mut small = Learned::new(40);
        (0..5).for_each(|value| small.learn(0, value << 20, 1));
        assert_eq!((0..5).filter(|value| small.exact(key(0, value << 20), value << 20).is_some()).count(), 4);
    }
}
