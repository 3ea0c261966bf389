//! Vectors with layouts: every machine, every kind of column, every kind of space.

use super::{DeltaVector, code, noise};
use pkg_codec::delta::parts::{Column, Kind, Layout, Machine, Mode, Order, Piece, Region, Space, Trust};
use pkg_codec::delta::{Stretch, encode_parts, preamble_of_numbers};
use pkg_format::{Digest, Rule};
use std::collections::BTreeMap;

mod rows;

/// Where both images are in memory.
const ADDRESS: i64 = 0x0801_0000;

/// What a reference looks like that begins at `from` and refers to `target`: one way of its machine.
type Write = fn(from: i64, target: i64) -> Vec<u8>;

fn words(words: &[i64]) -> Vec<u8> {
    words.iter().flat_map(|word| (*word as u32).to_le_bytes()).collect()
}

/// An ADRP of x3, and what is in the word after it.
fn with_adrp(from: i64, target: i64, then: i64) -> Vec<u8> {
    let pages = (target >> 12) - (from >> 12);
    words(&[0x9000_0003 | (pages & 3) << 29 | (pages >> 2 & 0x7_FFFF) << 5, then])
}

/// An AUIPC of x10 with its upper bits, and what is in the word after it.
fn with_auipc(from: i64, target: i64, then: i64) -> Vec<u8> {
    words(&[0x517 | (target - from + 0x800) & 0xFFFF_F000, then])
}

/// The displacement of a BL in Thumb-2.
fn thumb(distance: i64) -> Vec<u8> {
    let (sign, i1, i2) = (distance >> 24 & 1, distance >> 23 & 1, distance >> 22 & 1);
    let first = 0xF000 | sign << 10 | distance >> 12 & 0x3FF;
    words(&[first | (0xD000 | (1 ^ i1 ^ sign) << 13 | (1 ^ i2 ^ sign) << 11 | distance >> 1 & 0x7FF) << 16])
}

fn jump(distance: i64) -> i64 {
    0xEF | (distance >> 20 & 1) << 31
        | (distance >> 12 & 0xFF) << 12
        | (distance >> 11 & 1) << 20
        | (distance >> 1 & 0x3FF) << 21
}

fn half(word: i64, value: i64) -> i64 {
    word | (value & 0xF000) << 4 | value & 0xFFF
}

/// Every machine, and how its references are written. The second way of some is in two instructions.
fn machines() -> Vec<(&'static str, Machine, Vec<Write>)> {
    vec![
        (
            "x86",
            Machine::X86,
            vec![
                |from, target| [&[0xE8][..], &words(&[target - from - 5]), &[0x90; 3]].concat(),
                |from, target| [&[0x48, 0x8B, 0x05][..], &words(&[target - from - 7]), &[0x90]].concat(),
                |from, target| [&[0x0F, 0x84][..], &words(&[target - from - 6]), &[0x90; 2]].concat(),
            ],
        ),
        (
            "x86-absolute",
            Machine::X86Absolute,
            vec![|_, target| [&[0x68][..], &words(&[target]), &[0x90; 3]].concat(), |from, target| {
                [&[0xE9][..], &words(&[target - from - 5]), &[0x90; 3]].concat()
            }],
        ),
        (
            "aarch64",
            Machine::Aarch64,
            vec![
                |from, target| words(&[0x9400_0000 | (target - from) >> 2 & 0x3FF_FFFF]),
                |from, target| with_adrp(from, target, 0x9100_0063 | (target & 0xFFF) << 10),
                |from, target| with_adrp(from, target, 0xB940_0060 | (target & 0xFFF) >> 2 << 10),
                |from, target| words(&[0x5400_0001 | ((target - from) >> 2 & 0x7_FFFF) << 5]),
                |from, target| words(&[0x3600_0001 | ((target - from) >> 2 & 0x3FFF) << 5]),
                |from, target| words(&[0x1000_0002 | ((target - from) >> 2 & 0x7_FFFF) << 5]),
            ],
        ),
        (
            "thumb",
            Machine::Thumb,
            vec![|from, target| thumb(target - from - 4), |_, target| words(&[target | 1])],
        ),
        (
            "arm",
            Machine::Arm,
            vec![
                |from, target| words(&[0xEB00_0000 | (target - from - 8) >> 2 & 0xFF_FFFF]),
                |_, target| words(&[half(0xE300_2000, target), half(0xE340_2000, target >> 16)]),
                |_, target| words(&[target]),
            ],
        ),
        (
            "riscv",
            Machine::Riscv,
            vec![
                |from, target| words(&[jump(target - from)]),
                |from, target| with_auipc(from, target, 0x0005_0513 | ((target - from) & 0xFFF) << 20),
                |from, target| {
                    let low = target - from;
                    with_auipc(from, target, 0x00B5_2023 | (low >> 5 & 0x7F) << 25 | (low & 31) << 7)
                },
            ],
        ),
        (
            "videocore",
            Machine::Videocore,
            vec![
                |from, target| {
                    let half = (target - from) >> 1;
                    words(&[0x9080 | (half >> 23 & 15) << 8 | half >> 16 & 0x7F | (half & 0xFFFF) << 16])
                },
                |from, target| [&[0, 0xE5][..], &words(&[target - from]), &[0; 2]].concat(),
                |_, target| [&[0, 0xE8][..], &words(&[target]), &[0; 2]].concat(),
            ],
        ),
    ]
}

/// Functions of a program: whether they are in both images, and for each reference what is before it, the way it is
/// written, and the number of its target.
type Functions = Vec<(bool, Vec<(usize, usize, usize)>)>;

fn functions(ways: usize) -> Functions {
    const COUNT: usize = 60;
    let random = noise(COUNT * 16, 77);
    let mut random = random.into_iter().map(usize::from);
    let mut next = |end: usize| random.next().expect("enough") % end;
    let function = |n: usize| {
        let parts = (0..2 + n % 2).map(|_| (4 * next(3), next(ways), next(COUNT))).collect();
        (n % 23 != 9, parts)
    };
    (0..COUNT).map(function).collect()
}

/// Places all functions, or those that are in both images, and gives where each begins.
fn link(functions: &Functions, ways: &[Write], all: bool) -> (Vec<u8>, Vec<usize>) {
    let there = |n: usize| all || functions[n].0;
    let (mut starts, mut at) = (Vec::new(), 0);
    let size = |(gap, way, _): &(usize, usize, usize)| gap + ways[*way](0, 0).len();
    for (n, (_, parts)) in functions.iter().enumerate() {
        starts.push(at);
        at += if there(n) { parts.iter().map(size).sum::<usize>() } else { 0 };
    }
    let mut image = Vec::new();
    for (n, (_, parts)) in functions.iter().enumerate().filter(|(n, _)| there(*n)) {
        for (gap, way, target) in parts {
            image.extend(std::iter::repeat_n(0x55, *gap));
            // A function that is missing is missed: the next one takes its place.
            let target = ADDRESS + starts[*target] as i64;
            image.extend(ways[*way](ADDRESS + image.len() as i64, target));
        }
        debug_assert!(n < functions.len());
    }
    (image, starts)
}

/// A space with both images at [`ADDRESS`].
fn addresses(base: &[u8], image: &[u8]) -> Space {
    let piece = |bytes: &[u8]| vec![Piece { value: ADDRESS, offset: 0, len: bytes.len() as i64 }];
    Space { scale: 1, base: piece(base), image: piece(image) }
}

/// The vector of stretches and a layout.
fn vector(
    description: &str,
    (base, image): (&[u8], &[u8]),
    stretches: &[Stretch],
    (layout, halved): (Layout, u32),
    chunk: usize,
) -> DeltaVector {
    let made = encode_parts(base, image, (stretches, layout, halved), chunk);
    let (memory, preamble, stored) = made.expect("a delta");
    DeltaVector {
        description: description.into(),
        base: base.into(),
        memory,
        preamble,
        chunks: image.chunks(chunk).map(|part| part.len() as u64).zip(stored).collect(),
        expect: Ok(Digest(pkg_sha256::digest(image))),
    }
}

/// A program, and the same with functions that were inserted.
fn program(machine: Machine, ways: &[Write], description: &str, chunk: usize) -> DeltaVector {
    let functions = functions(ways.len());
    let ((base, old), (image, new)) = (link(&functions, ways, false), link(&functions, ways, true));
    let mut stretches: Vec<Stretch> = Vec::new();
    for (n, (both, _)) in functions.iter().enumerate() {
        let end = new.get(n + 1).copied().unwrap_or(image.len());
        let (at, len) = (new[n] as u64, (end - new[n]) as u64);
        match stretches.last_mut() {
            Some(last) if *both && last.old.is_some() => last.len += len,
            _ => stretches.push(Stretch { new: at, len, old: both.then_some(old[n] as u64) }),
        }
    }
    let layout = Layout {
        spaces: vec![addresses(&base, &image)],
        modes: vec![Mode::Code { machine, space: 0 }],
        regions: vec![Region { start: 0, end: image.len() as u64, mode: 0 }],
    };
    vector(description, (&base, &image), &stretches, (layout, 2), chunk)
}

/// Records of 24 bytes: an address, a length, a distance, a distance back, the number of a record; and those numbers
/// with something in front of them. The first addresses are in memory that no file holds.
fn records(count: i64, before: i64) -> Vec<u8> {
    let random: Vec<i64> = noise(4 * 64, 21).into_iter().map(i64::from).collect();
    let mut bytes = vec![0x33; before as usize];
    let start = ADDRESS + before;
    for (n, x) in (0..count).zip(random.chunks(4)) {
        let row = |n: i64| start + 24 * (n % count);
        let outside = 0x2000_0000 + 8 * (x[0] % 50) + before;
        let address = if n % 5 == 0 { outside } else { row(x[0]) };
        bytes.extend_from_slice(&address.to_le_bytes());
        bytes.extend(words(&[
            24 * (1 + x[1] % 3),
            row(x[2]) - (start + 24 * n) - 12,
            16 + 24 * (x[3] % (n + 1)),
            x[1] % count + before / 24,
        ]));
    }
    bytes
}

fn column(offset: u16, width: u8, kind: Kind, trust: Trust, space: u32) -> Column {
    Column { offset, width, order: Order::Little, kind, trust, space, base: 0, image: 0 }
}

/// Puts a vector with a fault into the list: its name, what it shows, the rule it breaks, and the fault.
type Refused<'a> = dyn FnMut(&'static str, &str, Rule, &dyn Fn(&mut DeltaVector)) + 'a;

/// Preambles that end with a number that is refused.
fn faults(refused: &mut Refused<'_>) {
    /// One space of no pieces, and one mode.
    const SPACE: [(u32, u64); 5] = [(0, 1), (1, 0), (0, 0), (0, 0), (0, 1)];
    /// The same, and the mode is records of four bytes.
    const RECORDS: [(u32, u64); 7] = [(0, 1), (1, 0), (0, 0), (0, 0), (0, 1), (8, 0), (10, 3)];
    let mut put = |name, description: &str, rule, halved: u64, numbers: &[&[(u32, u64)]]| {
        refused(name, description, rule, &|v| v.preamble = preamble_of_numbers(halved, &numbers.concat()));
    };
    put("dlt-2-halved", "tables that are halved eight times", Rule::Dlt2, 8, &[]);
    put("dlt-2-scale", "a space of 4,097 bytes a value", Rule::Dlt2, 7, &[&[(0, 1), (1, 4096)]]);
    // The offset is -1.
    let piece = [(0, 1), (1, 0), (0, 1), (2, 0), (3, 1), (4, 0)];
    put("dlt-2-piece", "a piece that begins before the base", Rule::Dlt2, 7, &[&piece]);
    put("dlt-2-machine", "a mode of a number that there is not", Rule::Dlt2, 7, &[&SPACE, &[(8, 9)]]);
    put(
        "dlt-2-column",
        "a column that ends after its record",
        Rule::Dlt2,
        7,
        &[&RECORDS, &[(0, 1), (11, 0), (12, 4)]],
    );
    let column = [(11, 0), (13, 2), (14, 0)];
    put(
        "dlt-2-candidates",
        "five columns at one place",
        Rule::Dlt2,
        7,
        &[&RECORDS, &[(0, 5), (11, 0), (12, 0), (13, 2), (14, 0)], &column, &column, &column, &column],
    );
    put(
        "dlt-4-region",
        "a region of no bytes",
        Rule::Dlt4,
        7,
        &[&SPACE, &[(8, 1), (9, 0), (0, 1), (17, 0), (18, 0)]],
    );
}

/// Every vector with a layout.
pub(super) fn add(all: &mut BTreeMap<&'static str, DeltaVector>) {
    let names = ["x86", "x86-absolute", "aarch64", "thumb", "arm", "riscv", "videocore"];
    for (machine, name) in machines().into_iter().zip(names) {
        let (found, machine, ways) = machine;
        assert_eq!(found, name);
        let description = format!("code of {name}, into which functions were inserted");
        all.insert(name, program(machine, &ways, &description, usize::MAX));
    }
    let (_, machine, ways) = machines().swap_remove(3);
    all.insert("chunks", program(machine, &ways, "three chunks, each predicted on its own", 250));

    let (base, image) = (records(60, 48), records(60, 48 + 5 * 24));
    let stretches = [
        Stretch { new: 0, len: 5 * 24, old: None },
        Stretch { new: 5 * 24, len: base.len() as u64, old: Some(0) },
    ];
    let table = |scale: i64, value: i64, offset: i64, bytes: &[u8]| {
        let len = bytes.len() as i64 - offset;
        vec![Piece { value, offset, len: len / scale * scale }]
    };
    let rows = Space { scale: 24, base: table(24, 2, 48, &base), image: table(24, 2, 48, &image) };
    let mut with_memory = addresses(&base, &image);
    with_memory.base.push(Piece { value: 0x2000_0030, offset: 1 << 40, len: 4000 });
    with_memory.image.push(Piece { value: 0x2000_00A8, offset: 1 << 40, len: 4000 });
    let layout = |trust: Trust| {
        let mut biased = column(0, 8, Kind::Absolute, trust, 0);
        (biased.base, biased.image) = (0, 0);
        let columns = vec![
            biased,
            column(8, 4, Kind::Length, trust, 0),
            column(12, 4, Kind::Back, Trust::Unlikely, 0),
            column(12, 4, Kind::Own, trust, 0),
            column(16, 4, Kind::Back, Trust::Likely, 0),
            column(20, 4, Kind::Absolute, trust, 1),
        ];
        Layout {
            spaces: vec![with_memory.clone(), rows.clone()],
            modes: vec![Mode::Records { stride: 24, columns }],
            regions: vec![Region { start: 168, end: image.len() as u64, mode: 0 }],
        }
    };
    let pair = (base.as_slice(), image.as_slice());
    let sure =
        vector("records with columns that are sure", pair, &stretches, (layout(Trust::Sure), 0), usize::MAX);
    all.insert("records-sure", sure);
    let likely =
        vector("records whose columns are tried", pair, &stretches, (layout(Trust::Likely), 7), usize::MAX);
    all.insert("records-likely", likely.clone());
    let doubt =
        vector("records whose columns are not trusted", pair, &stretches, (layout(Trust::Unlikely), 4), 700);
    all.insert("records-unlikely", doubt);
    let mut biased = layout(Trust::Sure);
    if let Some(Mode::Records { columns, .. }) = biased.modes.first_mut() {
        // The base's addresses are taken to be 8 lower than they are, the image's 16 higher: guesses are wrong.
        (columns[0].base, columns[0].image) = (8, -16);
    }
    all.insert(
        "records-biased",
        vector("numbers are added to a column", pair, &stretches, (biased, 3), usize::MAX),
    );
    // The same records, each number with its highest byte first; of the last one, only the three lowest are a column.
    let turned = |records: &[u8]| {
        let mut records = records.to_vec();
        for record in records[48..].chunks_mut(24) {
            let mut rest = record;
            for width in [8, 4, 4, 4, 4] {
                let (number, after) = rest.split_at_mut(width);
                number.reverse();
                rest = after;
            }
        }
        records
    };
    let mut big = layout(Trust::Likely);
    if let Some(Mode::Records { columns, .. }) = big.modes.first_mut() {
        columns.iter_mut().for_each(|column| column.order = Order::Big);
        (columns[5].offset, columns[5].width) = (21, 3);
    }
    let (old, new) = (turned(&base), turned(&image));
    all.insert(
        "records-big",
        vector("numbers whose highest byte is first", (&old, &new), &stretches, (big, 2), usize::MAX),
    );
    let noisy = Layout {
        modes: vec![
            Mode::Code { machine: Machine::X86Absolute, space: 1 },
            Mode::Code { machine: Machine::Riscv, space: 0 },
        ],
        regions: vec![Region { start: 3, end: 500, mode: 0 }, Region { start: 500, end: 1501, mode: 1 }],
        ..layout(Trust::Sure)
    };
    all.insert(
        "wrong",
        vector("a layout that describes something else", pair, &stretches, (noisy, 7), usize::MAX),
    );
    let program = code(900, 3);
    let back = [&program[1000..3000], &program[..1500]].concat();
    let overlap =
        [Stretch { new: 0, len: 2000, old: Some(1000) }, Stretch { new: 2000, len: 1500, old: Some(0) }];
    let spaces = vec![addresses(&program, &back)];
    let own = Mode::Records { stride: 4, columns: vec![column(0, 4, Kind::Back, Trust::Likely, 0)] };
    let regions = vec![Region { start: 0, end: 3500, mode: 0 }];
    let layout = Layout { spaces, modes: vec![own], regions };
    all.insert(
        "overlap",
        vector("two copies of the same bytes", (&program, &back), &overlap, (layout, 5), usize::MAX),
    );

    let text = b"so many fresh bytes that they come in a frame; ".repeat(5600);
    let fresh = [Stretch { new: 0, len: text.len() as u64, old: None }];
    let framed = vector(
        "fresh bytes in a compressed frame",
        (&noise(64, 5), &text),
        &fresh,
        (Layout::default(), 7),
        usize::MAX,
    );
    assert_eq!(framed.chunks[0].1[0], 2, "a frame");
    all.insert("frame-compressed", framed);

    rows::all(all);
    let mut refused = |name, description: &str, rule, change: &dyn Fn(&mut DeltaVector)| {
        let mut vector = DeltaVector { description: description.into(), expect: Err(rule), ..likely.clone() };
        change(&mut vector);
        all.insert(name, vector);
    };
    refused("dlt-3-piece", "a piece that reaches outside the base", Rule::Dlt3, &|v| {
        v.base.pop();
    });
    refused("dlt-4-piece", "a piece that reaches outside the image", Rule::Dlt4, &|v| v.chunks[0].0 -= 1);
    faults(&mut refused);
    refused(
        "dlt-6-layout",
        "memory for the tables, and one byte less than the first space takes",
        Rule::Dlt6,
        &|v| {
            let preamble = v.preamble.len() as u64;
            let stored = preamble.max(v.chunks[0].1.len() as u64);
            v.memory = v.chunks[0].0 + stored + preamble + super::tables(7) + 2 * 64 - 1;
        },
    );
}
