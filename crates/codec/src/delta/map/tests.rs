use super::super::base::ReadError;
use super::stretches::bits;
use super::*;

/// A base of so many bytes. Nobody reads it where there are no rows.
struct Unread(u64);

impl Base for Unread {
    fn size(&self) -> u64 {
        self.0
    }

    fn read_exact_at(&self, at: u64, _: &mut [u8]) -> Result<(), ReadError> {
        panic!("byte {at} was read")
    }
}

/// The preamble of a map without rows.
fn encoded(map: &Map) -> Vec<u8> {
    let (preamble, decoded) = map.encode(&Unread(0), &Unread(0)).unwrap();
    assert_eq!(decoded, *map);
    preamble
}

fn stretch(new: u64, len: u64, old: Option<u64>) -> Stretch {
    Stretch { new, len, old }
}

fn map(stretches: &[Stretch]) -> Map {
    Map::new(stretches.iter().copied(), Layout::default(), 0)
}

#[test]
fn maps_come_back() {
    let far = 1 << 38;
    let maps: [&[Stretch]; 6] = [
        &[],
        &[stretch(0, 1, None)],
        &[stretch(0, 1, Some(0))],
        &[stretch(0, 7, Some(far)), stretch(7, 1, None), stretch(8, 1 << 33, Some(0))],
        &[stretch(0, 5, None), stretch(5, 9, Some(5)), stretch(14, 3, Some(2)), stretch(17, 3, Some(1))],
        &[stretch(0, 3, Some(0)), stretch(3, 3, Some(0)), stretch(6, 3, Some(0)), stretch(9, 1, None)],
    ];
    for stretches in maps {
        let map = map(stretches);
        let decoded = Map::decode(&encoded(&map), &Unread(far * 2), map.image, map.memory()).unwrap();
        assert_eq!(decoded, map);
        assert_eq!(decoded.from(0).collect::<Vec<_>>(), stretches);
    }
}

#[test]
fn a_stretch_is_found_by_any_of_its_bytes() {
    let map = map(&[stretch(0, 5, None), stretch(5, 9, Some(5)), stretch(14, 3, None)]);
    for (at, new) in [(0, 0), (4, 0), (5, 5), (13, 5), (14, 14), (16, 14)] {
        assert_eq!(map.from(at).next().unwrap().new, new, "{at}");
    }
}

/// A preamble of one copy, or of fresh bytes and a copy, with any numbers.
fn preamble(fresh: u64, folded: u64, len: u64) -> Vec<u8> {
    let mut coder = Encoder::new(vec![VERSION]);
    let mut numbers = Numbers::new();
    let told = bits(fresh);
    let told = told.min(7);
    numbers.code(&mut coder, Told(what::HALVED, 0, 0), 0);
    let ends = Ends { base: u64::MAX, image: u64::MAX };
    Layout::default().code(&mut coder, ends, u64::MAX).unwrap();
    numbers.code(&mut coder, Told(what::COUNT, 0, 0), if fresh > 0 { 2 } else { 1 });
    numbers.code(&mut coder, Told(what::FRESH, 0, 0), fresh);
    numbers.code(&mut coder, Told(what::WHICH, told << 2, 0), 0);
    numbers.code(&mut coder, Told(what::MOVED, told, 0), folded);
    numbers.code(&mut coder, Told(what::COPY, told << 2, 0), len);
    coder.finish()
}

#[test]
fn numbers_at_every_edge_are_judged() {
    let (base, image) = (100u64, 60u64);
    let fold = |distance: i64| (distance << 1 ^ distance >> 63).cast_unsigned();
    let decode = |stored: &[u8]| Map::decode(stored, &Unread(base), image, 1 << 24);
    let copy = |old: i64, len: u64| decode(&preamble(0, fold(old), len)).map(|_| ());
    assert_eq!(copy(0, 60), Ok(()));
    assert_eq!(copy(40, 60), Ok(()));
    let most = i64::MAX / 2;
    for (old, len) in [(41, 60), (100, 1), (101, 0), (-1, 60), (most, 60), (-most, 60), (0, u64::MAX >> 1)] {
        let at = old.cast_unsigned();
        assert_eq!(copy(old, len), Err(Error::OutsideBase { at, len, base }), "{old} {len}");
    }
    for (old, len) in [(0, 0), (100, 0), (0, 61), (39, 61)] {
        assert_eq!(copy(old, len), Err(Error::Stretch { at: 0, len, image }), "{old} {len}");
    }
    for len in [61, 62, u64::MAX >> 2, u64::MAX >> 1] {
        let stored = preamble(len, 0, 1);
        assert_eq!(decode(&stored), Err(Error::Stretch { at: 0, len, image }), "{len}");
    }
    let stored = preamble(1, 0, 60);
    assert_eq!(decode(&stored), Err(Error::Stretch { at: 1, len: 60, image }));
}

#[test]
fn a_map_is_one_version_and_ends_where_it_ends() {
    let stored = encoded(&map(&[stretch(0, 5, None), stretch(5, 9, Some(5))]));
    let decode = |stored: &[u8]| Map::decode(stored, &Unread(100), 14, 1 << 24);
    assert!(decode(&stored).is_ok());
    assert_eq!(decode(&[]), Err(Error::Truncated { stored: 0 }));
    let mut other = stored.clone();
    other[0] = 1;
    assert_eq!(decode(&other), Err(Error::DeltaVersion { found: 1 }));
    let longer = [stored.as_slice(), &[0]].concat();
    assert!(matches!(decode(&longer), Err(Error::TrailingBytes { .. })));
    assert!(decode(&stored[..1]).is_err());
}

#[test]
fn no_more_stretches_than_memory_holds() {
    let all: Vec<_> = (0..100u64).map(|n| stretch(n, 1, (n % 2 == 0).then_some(n))).collect();
    let stored = encoded(&map(&all));
    let tables = tables::memory(0);
    let decode = |memory| Map::decode(&stored, &Unread(100), 100, memory);
    let needed = 100 * STRETCH_BYTES;
    assert!(decode(tables + needed).is_ok());
    assert_eq!(decode(tables + needed - 1), Err(Error::DeltaTables { needed, left: needed - 1 }));
    assert_eq!(decode(0), Err(Error::DeltaTables { needed: tables, left: 0 }));
}

#[test]
fn tables_can_be_smaller_up_to_a_bound() {
    for halved in 0..=HALVED {
        let map = Map::new([stretch(0, 5, None)], Layout::default(), halved);
        let memory = tables::memory(halved) + STRETCH_BYTES;
        assert_eq!(Map::decode(&encoded(&map), &Unread(0), 5, memory), Ok(map.clone()));
        assert!(Map::decode(&encoded(&map), &Unread(0), 5, memory - 1).is_err());
    }
    let mut coder = Encoder::new(vec![VERSION]);
    Numbers::new().code(&mut coder, Told(what::HALVED, 0, 0), u64::from(HALVED) + 1);
    let found = u64::from(HALVED) + 1;
    assert_eq!(Map::decode(&coder.finish(), &Unread(0), 5, 1 << 24), Err(Error::DeltaLayout { found }));
}

#[test]
fn the_count_of_stretches_is_exact() {
    let with = |count: u64| {
        let (mut coder, mut numbers) = (Encoder::new(vec![VERSION]), Numbers::new());
        numbers.code(&mut coder, Told(what::HALVED, 0, 0), 0);
        Layout::default().code(&mut coder, Ends { base: 0, image: 0 }, u64::MAX).unwrap();
        numbers.code(&mut coder, Told(what::COUNT, 0, 0), count);
        numbers.code(&mut coder, Told(what::FRESH, 0, 0), 9);
        Map::decode(&coder.finish(), &Unread(0), 9, 1 << 24).map(|map| map.starts.len())
    };
    assert_eq!((with(1), with(0)), (Ok(1), Err(Error::Stretch { at: 0, len: 0, image: 9 })));
    assert!(with(2).is_err());
}

#[test]
fn what_is_too_large_for_places_is_refused() {
    let stored = encoded(&map(&[stretch(0, 5, None)]));
    let most = Places::MOST;
    let decode = |base, image| Map::decode(&stored, &Unread(base), image, 1 << 24).map(drop);
    assert_eq!(decode(most, 5), Err(Error::DeltaLayout { found: most }));
    assert_eq!(decode(0, most), Err(Error::DeltaLayout { found: most }));
    assert_eq!(decode(most - 1, 5), Ok(()));
}
