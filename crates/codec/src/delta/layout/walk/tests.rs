//! Every bound of a layout, crossed by one.

use super::super::super::coder::{Decoder, Encoder};
use super::*;
use alloc::vec;

const ENDS: Ends = Ends { base: 1000, image: 2000 };

/// What numbers decode to, given as context and number.
fn decode(numbers: &[(u32, u64)]) -> Result<Layout, Error> {
    decode_in(numbers, 1 << 20)
}

fn decode_in(numbers: &[(u32, u64)], memory: u64) -> Result<Layout, Error> {
    let (mut coder, mut model) = (Encoder::new(Vec::new()), Numbers::new());
    for (what, number) in numbers {
        model.code(&mut coder, Told(*what, 0, 0), *number);
    }
    let stored = coder.finish();
    Layout::default().code(&mut Decoder::new(&stored), ENDS, memory)
}

/// A number with a sign, as it is stored.
fn fold(number: i64) -> u64 {
    (number << 1 ^ number >> 63).cast_unsigned()
}

/// A space of one piece on each side: that of the image is as that of the base.
fn one_space(value: i64, offset: i64, len: i64) -> Vec<(u32, u64)> {
    vec![
        (what::COUNT, 1),
        (what::SCALE, 0),
        (what::COUNT, 1),
        (what::VALUE, fold(value)),
        (what::OFFSET, fold(offset)),
        (what::LENGTH, fold(len)),
        (what::COUNT, 1),
        (what::VALUE + what::IMAGE, 0),
        (what::OFFSET + what::IMAGE, 0),
        (what::LENGTH + what::IMAGE, 0),
    ]
}

/// What follows a sound space.
fn behind(numbers: &[(u32, u64)]) -> Result<Layout, Error> {
    decode(&[&one_space(5, 10, 100), numbers].concat())
}

/// A table of records with one column in the second place, which is changed.
fn columns(columns: &[[u64; 4]], stride: u64) -> Result<Layout, Error> {
    let mut numbers = vec![
        (what::COUNT, 1),
        (what::MODE, 0),
        (what::STRIDE, stride - 1),
        (what::COUNT, columns.len() as u64),
    ];
    for [skip, width, kind, trust] in columns {
        numbers.push((what::COLUMN, *skip));
        if *skip > 0 {
            numbers.push((what::COLUMN + 1, width - 1));
        }
        numbers.extend([(what::COLUMN + 2, *kind), (what::COLUMN + 3, *trust)]);
        if *kind < 2 {
            numbers.push((what::SPACE, 0));
        }
        if *kind == 0 {
            numbers.extend([(what::BIAS, 0), (what::BIAS + 1, 0)]);
        }
    }
    numbers.push((what::COUNT, 0));
    behind(&numbers)
}

fn regions(regions: &[[u64; 3]]) -> Result<Layout, Error> {
    let mut numbers = vec![(what::COUNT, 1), (what::MODE, 1), (what::SPACE, 0)];
    numbers.push((what::COUNT, regions.len() as u64));
    for [gap, len, mode] in regions {
        numbers.extend([(what::GAP, *gap), (what::REGION, *len), (what::WHICH, *mode)]);
    }
    behind(&numbers)
}

#[test]
fn layouts_come_back() {
    let layout = Layout {
        spaces: vec![
            Space {
                scale: 1,
                base: vec![
                    Piece { value: -(1 << 47), offset: 0, len: 900 },
                    Piece { value: 1 << 61, offset: OUTSIDE + 7, len: 1 << 33 },
                ],
                image: vec![Piece { value: 4, offset: 100, len: 1900 }],
            },
            Space { scale: 24, base: Vec::new(), image: Vec::new() },
        ],
        modes: vec![
            Mode::Code { machine: Machine::Riscv, space: 1 },
            Mode::Records {
                stride: 4096,
                columns: vec![
                    Column {
                        offset: 3,
                        width: 8,
                        order: Order::Big,
                        kind: Kind::Absolute,
                        trust: Trust::Likely,
                        space: 1,
                        base: -9,
                        image: 1 << 40,
                    },
                    Column {
                        offset: 3,
                        width: 8,
                        order: Order::Big,
                        kind: Kind::Back,
                        trust: Trust::Unlikely,
                        space: 0,
                        base: 0,
                        image: 0,
                    },
                    Column {
                        offset: 11,
                        width: 1,
                        order: Order::Little,
                        kind: Kind::Own,
                        trust: Trust::Sure,
                        space: 1,
                        base: 0,
                        image: 0,
                    },
                    Column {
                        offset: 4095,
                        width: 1,
                        order: Order::Little,
                        kind: Kind::Length,
                        trust: Trust::Sure,
                        space: 0,
                        base: 0,
                        image: 0,
                    },
                ],
            },
        ],
        regions: vec![Region { start: 0, end: 1, mode: 1 }, Region { start: 1, end: 2000, mode: 0 }],
    };
    let mut coder = Encoder::new(Vec::new());
    let written = layout.code(&mut coder, ENDS, u64::MAX);
    assert_eq!(written.as_ref(), Ok(&layout));
    let stored = coder.finish();
    let read = |memory| Layout::default().code(&mut Decoder::new(&stored), ENDS, memory);
    assert_eq!(read(layout.memory()), Ok(layout.clone()));
    assert!(matches!(read(layout.memory() - 1), Err(Error::DeltaTables { .. })));
}

#[test]
fn pieces_are_inside_their_images() {
    assert!(decode(&[one_space(5, 10, 990), vec![(what::COUNT, 0); 2]].concat()).is_ok());
    assert_eq!(decode(&one_space(5, 10, 991)), Err(Error::OutsideBase { at: 10, len: 991, base: 1000 }));
    let mut longer = one_space(5, 10, 100);
    longer[9].1 = fold(1891);
    assert_eq!(decode(&longer), Err(Error::Stretch { at: 10, len: 1991, image: 2000 }));
    for (value, offset, len) in [(0, -1, 5), (0, 5, -1), (MOST - 1, OUTSIDE, 5)] {
        // The value of the image's piece is one more than that of the base's.
        let mut numbers = one_space(value, offset, len);
        numbers[7].1 = fold(1);
        assert!(matches!(decode(&numbers), Err(Error::DeltaLayout { .. })), "{value} {offset} {len}");
    }
}

#[test]
fn counts_and_numbers_have_their_bounds() {
    let mut scale = one_space(5, 10, 100);
    scale[1].1 = 4096;
    assert_eq!(decode(&scale), Err(Error::DeltaLayout { found: 4096 }));
    assert!(matches!(decode_in(&one_space(5, 10, 100), SPACE_BYTES - 1), Err(Error::DeltaTables { .. })));
    assert!(matches!(decode(&[(what::COUNT, u64::MAX >> 1)]), Err(Error::DeltaTables { .. })));
    let machines = Machine::ALL.len() as u64;
    let machine = |which: u64, space: u64| {
        behind(&[(what::COUNT, 1), (what::MODE, which), (what::SPACE, space), (what::COUNT, 0)])
    };
    assert!(machine(machines, 0).is_ok());
    assert_eq!(machine(machines + 2, 0), Err(Error::DeltaLayout { found: machines + 2 }));
    assert_eq!(machine(1, 1), Err(Error::DeltaLayout { found: 1 }));
}

#[test]
fn a_space_has_few_pieces_on_each_side() {
    let pieces = |count: u64, more: u32| {
        let piece = move |_| [(what::VALUE + more, 0), (what::OFFSET + more, 0), (what::LENGTH + more, 0)];
        std::iter::once((what::COUNT, count)).chain((0..count).flat_map(piece))
    };
    let with = |base: u64, image: u64| {
        let spaces = [(what::COUNT, 1), (what::SCALE, 0)].into_iter();
        let spaces = spaces.chain(pieces(base, 0)).chain(pieces(image, what::IMAGE));
        decode(&spaces.chain([(what::COUNT, 0), (what::COUNT, 0)]).collect::<Vec<_>>())
    };
    let (most, bytes) = (PIECES as u64, PIECE_BYTES);
    assert!(with(most, most).is_ok());
    let refused = Err(Error::DeltaTables { needed: (most + 1) * bytes, left: most * bytes });
    assert_eq!(with(most + 1, 0), refused);
    assert_eq!(with(0, most + 1), refused);
}

#[test]
fn rows_are_inside_the_base() {
    let mode = |space: u64, start: u64, len: u64| {
        let which = (what::MODE, Machine::ALL.len() as u64 + 1);
        [which, (what::SPACE, space), (what::ROWS, start), (what::ROWS + 1, len)]
    };
    let rows = |modes: &[[(u32, u64); 4]], memory: u64| {
        let (head, end) = ([(what::COUNT, modes.len() as u64)], [(what::COUNT, 0)]);
        decode_in(&[&one_space(5, 10, 100), head.as_slice(), &modes.concat(), &end].concat(), memory)
    };
    let one = |space: u64, start: u64, len: u64, memory: u64| rows(&[mode(space, start, len)], memory);
    let least = SPACE_BYTES + 2 * PIECE_BYTES + MODE_BYTES + memory_of_rows(990, 100);
    let layout = one(0, 10, 990, least).expect("rows");
    assert_eq!(layout.modes, [Mode::Rows { strings: 0, start: 10, len: 990 }]);
    assert_eq!((layout.memory(), layout.strings(0).1), (least, 100));
    assert!(matches!(one(0, 10, 990, least - 1), Err(Error::DeltaTables { .. })));
    for (start, len) in [(10, 991), (u64::MAX >> 1, u64::MAX >> 1)] {
        assert_eq!(one(0, start, len, 1 << 20), Err(Error::OutsideBase { at: start, len, base: 1000 }));
    }
    assert_eq!(one(1, 0, 4, 1 << 20), Err(Error::DeltaLayout { found: 1 }));
    assert!(rows(&[mode(0, 0, 4); TABLES], 1 << 20).is_ok());
    assert_eq!(rows(&[mode(0, 0, 4); TABLES + 1], 1 << 20), Err(Error::DeltaLayout { found: 9 }));
}

#[test]
fn columns_are_inside_their_record() {
    assert!(columns(&[[1, 8, 0, 0]], 8).is_ok() && columns(&[[1, 1, 3, 2]], 4096).is_ok());
    assert_eq!(columns(&[[1, 8, 0, 0]], 7), Err(Error::DeltaLayout { found: 0 }));
    assert_eq!(columns(&[[2, 8, 0, 0]], 8), Err(Error::DeltaLayout { found: 1 }));
    assert_eq!(columns(&[[1, 17, 0, 0]], 16), Err(Error::DeltaLayout { found: 16 }));
    assert_eq!(columns(&[[1, 4, 4, 0]], 8), Err(Error::DeltaLayout { found: 4 }));
    assert_eq!(columns(&[[1, 4, 0, 3]], 8), Err(Error::DeltaLayout { found: 3 }));
    assert_eq!(columns(&[[1, 4, 0, 0]], 4097), Err(Error::DeltaLayout { found: 4096 }));
    let (first, same) = ([1, 4, 1, 0], [0, 4, 2, 0]);
    assert!(columns(&[first, same, same, same], 8).is_ok());
    assert_eq!(columns(&[first, same, same, same, same], 8), Err(Error::DeltaLayout { found: 0 }));
    let many = vec![[1, 1, 2, 0]; 33];
    assert!(columns(&many[1..], 64).is_ok() && matches!(columns(&many, 64), Err(Error::DeltaTables { .. })));
}

#[test]
fn regions_follow_each_other_inside_the_image() {
    assert!(regions(&[[0, 1000, 0], [0, 1000, 0]]).is_ok());
    assert_eq!(
        regions(&[[0, 1000, 0], [0, 1001, 0]]),
        Err(Error::Stretch { at: 1000, len: 1001, image: 2000 })
    );
    assert_eq!(regions(&[[7, 0, 0]]), Err(Error::Stretch { at: 7, len: 0, image: 2000 }));
    assert_eq!(regions(&[[0, 5, 1]]), Err(Error::DeltaLayout { found: 1 }));
    let far = u64::MAX >> 1;
    assert_eq!(regions(&[[far, far, 0]]), Err(Error::Stretch { at: far, len: far, image: 2000 }));
}
