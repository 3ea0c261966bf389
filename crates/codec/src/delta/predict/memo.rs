//! The numbers of types that the map was asked for lately: rows name the same types again and again, and to follow one
//! through both tables takes longer than all else that is done for a word. The map says the same for every chunk, so
//! nothing that is decoded depends on what is kept here.

use super::super::shrunk;
use alloc::vec;
use alloc::vec::Vec;

/// Numbers that are kept, before the table is made smaller.
const ENTRIES: usize = 1 << 11;

/// What the map said of a number: the new one, and whether a copy covers its row.
#[derive(Clone, Copy)]
struct Entry {
    mode: u32,
    covered: bool,
    number: i64,
    new: i64,
}

impl Entry {
    /// No mode has that number.
    const NONE: Self = Self { mode: u32::MAX, covered: false, number: 0, new: 0 };
}

/// What the map said lately.
pub(super) struct Memo(Vec<Entry>);

impl Memo {
    /// A table whose size is halved so many times.
    pub(super) fn new(halved: u32) -> Self {
        Self(vec![Entry::NONE; shrunk(ENTRIES, halved)])
    }

    /// Forgets everything, since the next chunk may be of another map.
    pub(super) fn reset(&mut self) {
        self.0.fill(Entry::NONE);
    }

    /// Bytes of its table.
    #[cfg(test)]
    pub(super) fn bytes(&self) -> usize {
        self.0.capacity() * size_of::<Entry>()
    }

    /// What the map says of the number of a type in the table of a mode; asks it unless that is kept.
    pub(super) fn get(
        &mut self,
        (mode, number): (u32, i64),
        ask: impl FnOnce() -> Option<(i64, bool)>,
    ) -> Option<(i64, bool)> {
        let slot = usize::try_from(number).unwrap_or(0) & self.0.len().wrapping_sub(1);
        let entry = self.0.get_mut(slot)?;
        if (entry.mode, entry.number) != (mode, number) {
            let (new, covered) = ask()?;
            *entry = Entry { mode, covered, number, new };
        }
        Some((entry.new, entry.covered))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_map_is_asked_once_while_a_number_is_kept() {
        let mut memo = Memo::new(0);
        let mut asked = 0;
        let mut get = |memo: &mut Memo, mode, number| {
            memo.get((mode, number), || {
                asked += 1;
                (number >= 0).then_some((number * 3 + i64::from(mode), number % 2 == 0))
            })
        };
        let far = i64::try_from(ENTRIES).unwrap();
        for _ in 0..2 {
            assert_eq!(get(&mut memo, 0, 7), Some((21, false)));
            assert_eq!(get(&mut memo, 0, 8), Some((24, true)));
        }
        // Another table, another number in the same place, one that the map does not know.
        assert_eq!(get(&mut memo, 1, 7), Some((22, false)));
        assert_eq!(get(&mut memo, 1, 7 + far), Some((22 + 3 * far, false)));
        assert_eq!(get(&mut memo, 1, -1), None);
        assert_eq!(get(&mut memo, 1, 7), Some((22, false)));
        memo.reset();
        assert_eq!(get(&mut memo, 0, 8), Some((24, true)));
        assert_eq!(asked, 7);
    }
}
