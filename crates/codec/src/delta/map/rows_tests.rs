use super::*;
use crate::delta::layout::{Mode, Region};
use crate::delta::space::Piece;

/// Numbers that look random.
struct Random(u64);

impl Random {
    fn below(&mut self, end: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % end.max(1)
    }
}

/// Where rows are in a file, their bytes, and the bytes of the strings behind them.
const ROWS: (u64, u64) = (8, 600);
const STRINGS: u64 = 300;
const SIZE: u64 = ROWS.0 + ROWS.1 + STRINGS + 5;

/// A file with rows of some kinds that name some strings, and strings of some letters.
fn file(random: &mut Random) -> Vec<u8> {
    let mut bytes = vec![7; ROWS.0 as usize];
    while (bytes.len() as u64) < ROWS.0 + ROWS.1 {
        let name = random.below(STRINGS + 20) as u32;
        let (kind, count) = ([1, 2, 4, 6, 13][random.below(5) as usize], random.below(3) as u32);
        let words = [name, kind << 24 | count, random.below(40) as u32];
        let members = (0..count * 3).map(|_| random.below(STRINGS) as u32).collect::<Vec<_>>();
        bytes.extend(words.iter().chain(&members).flat_map(|word| word.to_le_bytes()));
    }
    bytes.truncate((ROWS.0 + ROWS.1) as usize);
    bytes.extend((0..STRINGS + 5).map(|_| [0, b'a', b'b', b'c', b'd', b'e'][random.below(6) as usize]));
    bytes
}

fn layout(random: &mut Random) -> Layout {
    let piece = |offset: u64, len: u64| vec![Piece { value: 0, offset: offset as i64, len: len as i64 }];
    let behind = ROWS.0 + ROWS.1;
    let mut table = |more: u64| {
        let shift = random.below(1 + more * 30);
        let strings = Space { scale: 1, base: piece(behind, STRINGS - shift), image: piece(behind, STRINGS) };
        (strings, ROWS.0 + shift, ROWS.1 - shift)
    };
    let tables = [table(0), table(1)];
    let mode = |(nth, (_, start, len)): (u32, &(Space, u64, u64))| Mode::Rows {
        strings: nth,
        start: *start,
        len: *len,
    };
    let modes = (0..).zip(&tables).map(mode).collect();
    let middle = ROWS.0 + 4 * random.below(ROWS.1 / 4 - 1) + 4;
    let regions = vec![
        Region { start: ROWS.0, end: middle, mode: 0 },
        Region { start: middle, end: ROWS.0 + ROWS.1, mode: 1 },
    ];
    Layout { spaces: tables.map(|(strings, ..)| strings).into(), modes, regions }
}

/// Stretches of any length, many of them from where rows or strings begin.
fn stretches(random: &mut Random, base: &[u8], rows: &Rows) -> Vec<Stretch> {
    let (mut all, mut at, mut was_fresh) = (Vec::new(), 0, false);
    while at < SIZE {
        let len = (1 + random.below(60)).min(SIZE - at);
        let table = rows.all().first().expect("a table");
        let row = table.place(random.below(30) as u32);
        let old = match random.below(6) {
            0 if !was_fresh => None,
            0 | 1 => Some(random.below(SIZE)),
            2 | 3 => Some(row),
            _ => {
                let from = (ROWS.0 + ROWS.1 + random.below(STRINGS)) as usize;
                Some(base[from..].iter().position(|byte| *byte == 0).map_or(0, |n| (from + n) as u64 + 1))
            }
        };
        let len = old.map_or(len, |old| len.min(SIZE - old.min(SIZE - 1)));
        let old = old.filter(|old| old + len <= SIZE).or(Some(0));
        let old = if was_fresh || random.below(7) > 0 { old } else { None };
        was_fresh = old.is_none();
        all.push(Stretch { new: at, len, old });
        at += len;
    }
    all
}

#[test]
fn rows_and_strings_come_back_in_any_order() {
    let mut random = Random(5);
    for nth in 0..400 {
        let (base, image) = (file(&mut random), file(&mut random));
        let layout = layout(&mut random);
        let rows = Rows::read(&layout, &base.as_slice()).expect("rows");
        let wanted = stretches(&mut random, &base, &rows);
        let map = Map::new(wanted.iter().copied(), layout, 3);
        let (preamble, map) = map.encode(&base.as_slice(), &image.as_slice()).expect("a preamble");
        let decode = |stored: &[u8], memory| Map::decode(stored, &base.as_slice(), SIZE, memory);
        let decoded = decode(&preamble, map.memory()).expect("a map");
        assert!(decoded == map && decoded.from(0).eq(wanted), "{nth}");
        assert!(matches!(decode(&preamble, map.memory() - 1), Err(Error::DeltaTables { .. })));
        // Whatever else is in the preamble, it is a map or refused.
        for _ in 0..20 {
            let mut other = preamble.clone();
            let place = 1 + random.below(other.len() as u64 - 1) as usize;
            other[place] ^= 1 << random.below(8);
            if let Ok(other) = decode(&other, 1 << 22) {
                assert!(other.from(0).map(|s| s.len).sum::<u64>() == SIZE);
                let mut numbers = (0..60).filter_map(|number| other.type_number(0, number));
                assert!(numbers.all(|(number, _)| number > 0));
            }
        }
    }
}

#[test]
fn types_are_numbered_as_their_rows_lie() {
    let row = |name: u32| [name, 1 << 24, 4, 32].into_iter().flat_map(u32::to_le_bytes);
    let base: Vec<u8> = (1..=6).flat_map(row).collect();
    // Two rows that are new, and the last three before the first two.
    let image: Vec<u8> = [7, 8, 4, 5, 6, 1, 2].into_iter().flat_map(row).collect();
    let copy = |new: u64, old: u64, rows: u64| Stretch { new: 16 * new, len: 16 * rows, old: Some(16 * old) };
    let fresh = Stretch { new: 0, len: 32, old: None };
    let layout = Layout {
        spaces: vec![Space::default()],
        modes: vec![Mode::Rows { strings: 0, start: 0, len: 96 }],
        regions: vec![Region { start: 0, end: 112, mode: 0 }],
    };
    let map = Map::new([fresh, copy(2, 3, 3), copy(5, 0, 2)], layout, 7);
    let (_, map) = map.encode(&base.as_slice(), &image.as_slice()).expect("a preamble");
    let numbers: Vec<_> = (0..=7).map(|number| map.type_number(0, number)).collect();
    let is = |number, covered| Some((number, covered));
    // Type 3 is not copied: it would come next. There are no types 0 and 7.
    let expected = [6, 7, 8, 3, 4, 5].map(|number| is(number, number != 8));
    assert_eq!(numbers[1..7], expected);
    assert_eq!((numbers[0], map.type_number(1, 1), map.type_number(0, i64::MIN)), (None, None, None));
}
