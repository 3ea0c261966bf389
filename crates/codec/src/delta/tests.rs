//! Prediction, machine by machine: a program is linked twice, the second time with something in between.

use super::Stretch;
use super::chunk::Chunks;
use super::layout::{Column, Kind, Layout, Mode, Region, Trust};
use super::machine::{Code, Found, Machine, Order, Place};
use super::map::Map;
use super::space::{Piece, Space};

/// Numbers that look random, the same every time.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % end
    }
}

/// Code with references at such places, and the machine that it is for.
struct Template {
    machine: Machine,
    bytes: &'static [u8],
    at: &'static [usize],
}

const fn template(machine: Machine, bytes: &'static [u8], at: &'static [usize]) -> Template {
    Template { machine, bytes, at }
}

const TEMPLATES: [Template; 16] = [
    template(Machine::X86, &[0xE8, 0x78, 0x56, 0x34, 0x12, 0x90], &[1]),
    template(Machine::X86, &[0x48, 0x8B, 0x05, 0x78, 0x56, 0x34, 0x12, 0x90], &[3]),
    template(Machine::X86Absolute, &[0x0F, 0x84, 0x78, 0x56, 0x34, 0x12], &[2]),
    template(Machine::X86Absolute, &[0x68, 0x78, 0x56, 0x34, 0x12, 0x90], &[1]),
    template(Machine::Aarch64, &[1, 0, 0, 0x94], &[0]),
    template(Machine::Aarch64, &[3, 0, 0, 0x90, 0x63, 4, 0, 0x91], &[0, 4]),
    template(Machine::Aarch64, &[3, 0, 0, 0xB0, 0, 0, 0, 0x14, 0x60, 8, 0x40, 0xB9], &[0, 4, 8]),
    template(Machine::Thumb, &[0, 0xF0, 1, 0xF8], &[0]),
    template(Machine::Thumb, &[0x34, 0x12, 1, 8], &[0]),
    template(Machine::Arm, &[1, 0, 0, 0xEB], &[0]),
    template(Machine::Arm, &[1, 0x20, 0, 0xE3, 1, 0x28, 0x40, 0xE3], &[0, 4]),
    template(Machine::Riscv, &[0xEF, 0x10, 0, 0], &[0]),
    template(Machine::Riscv, &[0x17, 0x15, 0, 0, 0x13, 5, 0x45, 0], &[0, 4]),
    template(Machine::Riscv, &[0x17, 0x15, 0, 0, 0x23, 0x22, 0xB5, 0], &[0, 4]),
    template(Machine::Videocore, &[0x80, 0x90, 8, 0], &[0]),
    template(Machine::Videocore, &[0, 0xE5, 1, 2, 3, 0], &[0]),
];

/// A function: what it does, and the number of what each of its references refers to.
#[derive(Clone)]
struct Function {
    parts: Vec<(Vec<u8>, usize, usize)>,
}

/// The address of the first byte of a program.
const ADDRESS: i64 = 0x0801_0000;

/// Places a program's functions one behind the other and writes its references.
fn link(machine: Machine, functions: &[Function], ids: &[usize]) -> Vec<u8> {
    let (mut image, mut starts, mut references) = (Vec::new(), Vec::new(), Vec::new());
    for function in functions {
        starts.push(image.len());
        for (filler, template, target) in &function.parts {
            image.extend_from_slice(filler);
            let at = image.len();
            image.extend_from_slice(TEMPLATES[*template].bytes);
            image.resize(image.len().next_multiple_of(4), 0);
            references.extend(TEMPLATES[*template].at.iter().map(|offset| (at + offset, *target)));
        }
    }
    for (at, target) in references {
        // Wherever its function went.
        let Some(function) = ids.iter().position(|id| *id == target) else { continue };
        let target = ADDRESS + starts[function] as i64;
        let place = |at: usize| Place { old: at as i64, new: at as i64, value: ADDRESS + at as i64 };
        let Found::Reference(found) = machine.find(Code::new(&image, at), place(at)) else {
            panic!("{machine:?} has no reference at {at}")
        };
        let field = at + found.skip;
        let from = ADDRESS + (field - found.back) as i64;
        let bytes = machine.write(found.form, Code::new(&image, field).eight(), target, from);
        image[field..field + found.len].copy_from_slice(&bytes[..found.len]);
        if found.learn {
            let seen = machine.read(found.form, Code::new(&image, field), from, found.back);
            assert_eq!(seen, Some(target), "{machine:?} {found:?}");
        }
    }
    image
}

/// A program, and the same with functions inserted and one taken out; the stretches between them.
fn program(machine: Machine, seed: u64) -> (Vec<u8>, Vec<u8>, Vec<Stretch>) {
    let mut random = Random(seed);
    let templates: Vec<usize> = (0..TEMPLATES.len()).filter(|n| TEMPLATES[*n].machine == machine).collect();
    const FUNCTIONS: usize = 300;
    let mut function = |count: usize| {
        let mut part = || {
            // 0x55: no machine takes it for a reference.
            let filler = vec![0x55; 4 * random.below(6)];
            (filler, templates[random.below(templates.len())], random.below(FUNCTIONS))
        };
        Function { parts: (0..count).map(|_| part()).collect() }
    };
    let old: Vec<Function> = (0..FUNCTIONS).map(|n| function(1 + n % 5)).collect();
    let ids: Vec<usize> = (0..FUNCTIONS).collect();
    let (mut new, mut new_ids) = (old.clone(), ids.clone());
    for at in [250, 120, 40] {
        new.insert(at, function(3));
        new_ids.insert(at, FUNCTIONS + at);
    }
    let (base, image) = (link(machine, &old, &ids), link(machine, &new, &new_ids));
    // What is between two insertions is copied.
    let size = |functions: &[Function]| {
        let parts = functions.iter().flat_map(|f| &f.parts);
        parts
            .map(|(filler, t, _)| (filler.len() + TEMPLATES[*t].bytes.len()).next_multiple_of(4) as u64)
            .sum::<u64>()
    };
    let (mut stretches, mut at, mut from, mut done) = (Vec::new(), 0, 0, 0);
    for (n, end) in [40, 120, 250, FUNCTIONS].into_iter().enumerate() {
        let len = size(&old[done..end]);
        stretches.push(Stretch { new: at, len, old: Some(from) });
        (at, from, done) = (at + len, from + len, end);
        if n < 3 {
            let len = size(&new[end + n..=end + n]);
            stretches.push(Stretch { new: at, len, old: None });
            at += len;
        }
    }
    assert_eq!(at as usize, image.len());
    (base, image, stretches)
}

/// A space whose values begin at [`ADDRESS`] in both images.
fn space(base: &[u8], image: &[u8]) -> Space {
    let piece = |bytes: &[u8]| vec![Piece { value: ADDRESS, offset: 0, len: bytes.len() as i64 }];
    Space { scale: 1, base: piece(base), image: piece(image) }
}

/// Encodes and decodes in one chunk; gives the size. What is not decoded yet is anything at all.
fn coded(base: &[u8], image: &[u8], stretches: &[Stretch], layout: Layout) -> usize {
    let map = Map::new(stretches.iter().copied(), layout, 2);
    let (preamble, map) = map.encode(&base, &image).unwrap();
    let decoded = Map::decode(&preamble, &base, image.len() as u64, map.memory()).unwrap();
    assert_eq!(decoded, map);
    let mut chunks = Chunks::new(map.halved);
    let (stored, _) = chunks.encode(&map, &base, 0, image, usize::MAX).unwrap();
    for filler in [0, 0xAA, 0x55] {
        let mut out = vec![filler; image.len()];
        chunks.decode(&decoded, &base, 0, &stored, &mut out, 1 << 30).unwrap();
        assert!(out == image);
    }
    stored.len()
}

fn whole(image: &[u8], mode: Mode) -> Layout {
    let regions = vec![Region { start: 0, end: image.len() as u64, mode: 0 }];
    Layout { spaces: Vec::new(), modes: vec![mode], regions }
}

#[test]
fn references_of_every_machine_are_predicted() {
    for (n, machine) in Machine::ALL.into_iter().enumerate() {
        let (base, image, stretches) = program(machine, n as u64);
        let plain = coded(&base, &image, &stretches, Layout::default());
        let spaces = vec![space(&base, &image)];
        let layout = Layout { spaces, ..whole(&image, Mode::Code { machine, space: 0 }) };
        let predicted = coded(&base, &image, &stretches, layout);
        assert!(predicted * 2 < plain, "{machine:?}: {predicted}, not predicted {plain}");
    }
}

#[test]
fn a_wrong_machine_costs_bytes_and_nothing_else() {
    let (base, image, stretches) = program(Machine::Aarch64, 7);
    for machine in Machine::ALL {
        let spaces = vec![space(&base, &image)];
        coded(
            &base,
            &image,
            &stretches,
            Layout { spaces, ..whole(&image, Mode::Code { machine, space: 0 }) },
        );
    }
}

/// Records with a column of each kind, to which something was added in front.
#[test]
fn columns_of_every_kind_are_predicted() {
    const RECORD: usize = 20;
    let table = |count: usize, before: usize| -> Vec<u8> {
        let mut random = Random(3);
        let mut bytes = vec![0x33; before];
        let start = ADDRESS + before as i64;
        for n in 0..count {
            let own = ADDRESS + (before + RECORD * n) as i64;
            let row = RECORD as i64 * random.below(count) as i64;
            let back = RECORD * random.below(n.min(50) + 1) + 4;
            bytes.extend_from_slice(&(start + row).to_le_bytes());
            bytes.extend_from_slice(&40u32.to_le_bytes());
            bytes.extend_from_slice(&((start + row - own - 12) as i32).to_le_bytes());
            bytes.extend_from_slice(&(back as u32).to_le_bytes());
        }
        bytes
    };
    let (base, image) = (table(400, 64), table(400, 200));
    let stretches =
        [Stretch { new: 0, len: 136, old: None }, Stretch { new: 136, len: base.len() as u64, old: Some(0) }];
    let column = |offset, width, kind, trust| Column {
        offset,
        width,
        order: Order::Little,
        kind,
        trust,
        space: 0,
        base: 0,
        image: 0,
    };
    for trust in [Trust::Sure, Trust::Likely] {
        let columns = vec![
            column(0, 8, Kind::Absolute, trust),
            column(8, 4, Kind::Length, trust),
            column(12, 4, Kind::Back, Trust::Unlikely),
            column(12, 4, Kind::Own, trust),
            column(16, 4, Kind::Back, Trust::Unlikely),
        ];
        let mut layout = whole(&image, Mode::Records { stride: RECORD as u16, columns });
        layout.spaces.push(space(&base, &image));
        layout.regions[0].start = 200;
        let plain = coded(&base, &image, &stretches, Layout::default());
        let predicted = coded(&base, &image, &stretches, layout);
        assert!(predicted * 3 < plain, "{predicted}, not predicted {plain}");
    }
}

/// An encoder that may write less than a chunk takes stops early; one that may write as much does not.
#[test]
fn a_chunk_that_is_too_long_is_given_up() {
    let (base, image, stretches) = program(Machine::Arm, 5);
    let map = Map::new(stretches, Layout::default(), 0);
    let mut chunks = Chunks::new(0);
    let mut encode = |most| chunks.encode(&map, &base.as_slice(), 0, &image, most).unwrap().0;
    let whole = encode(usize::MAX);
    assert!(encode(whole.len()) == whole);
    for most in [0, 1, whole.len() / 2] {
        let part = encode(most);
        assert!(part.len() > most && part.len() < whole.len(), "{} of {}", part.len(), whole.len());
    }
}

/// Chunks do not know of each other: each is decoded with all others missing.
#[test]
fn chunks_are_independent() {
    let (base, image, stretches) = program(Machine::Thumb, 9);
    let spaces = vec![space(&base, &image)];
    let layout = Layout { spaces, ..whole(&image, Mode::Code { machine: Machine::Thumb, space: 0 }) };
    let map = Map::new(stretches, layout, 3);
    let mut encoder = Chunks::new(3);
    for (n, part) in image.chunks(image.len() / 3 + 1).enumerate().rev() {
        let at = (n * (image.len() / 3 + 1)) as u64;
        let (stored, _) = encoder.encode(&map, &base.as_slice(), at, part, usize::MAX).unwrap();
        let mut out = vec![0xAA; part.len()];
        Chunks::new(3).decode(&map, &base.as_slice(), at, &stored, &mut out, 1 << 30).unwrap();
        assert!(out == part);
    }
}

/// Memory is as declared: nothing that is made is larger than the formula says.
#[test]
fn every_size_of_tables_decodes_and_takes_its_memory() {
    let (base, image, stretches) = program(Machine::Arm, 11);
    for halved in 0..=super::tables::HALVED {
        let spaces = vec![space(&base, &image)];
        let layout = Layout { spaces, ..whole(&image, Mode::Code { machine: Machine::Arm, space: 0 }) };
        let map = Map::new(stretches.iter().copied(), layout, halved);
        let (preamble, map) = map.encode(&base.as_slice(), &image.as_slice()).unwrap();
        let mut chunks = Chunks::new(halved);
        assert!(chunks.bytes() <= super::tables::memory(halved), "{halved}: {}", chunks.bytes());
        let (stored, _) = chunks.encode(&map, &base.as_slice(), 0, &image, usize::MAX).unwrap();
        let mut out = vec![0; image.len()];
        chunks.decode(&map, &base.as_slice(), 0, &stored, &mut out, 1 << 30).unwrap();
        assert!(out == image);
        assert_eq!(Map::decode(&preamble, &base.as_slice(), image.len() as u64, map.memory()), Ok(map));
    }
}

#[test]
fn a_quick_look_passes_over_no_reference() {
    let mut random = Random(5);
    for machine in [Machine::X86, Machine::Aarch64] {
        let nothing = |code, places, len| match machine {
            Machine::X86 => super::machine::x86::nothing(code, places, len),
            _ => super::machine::aarch64::nothing(code, places, len),
        };
        let bytes: Vec<u8> = (0..40_000).map(|_| random.below(256) as u8).collect();
        let mut found = 0;
        for at in (72..bytes.len() - 72).step_by(if machine == Machine::X86 { 1 } else { 4 }) {
            let place = Place { old: at as i64, new: at as i64, value: at as i64 };
            let is_reference = matches!(machine.find(Code::new(&bytes, at), place), Found::Reference(_));
            let skipped = nothing(Code::new(&bytes, at), (place.old, place.new), 64);
            assert!(skipped <= 64 && !(is_reference && skipped > 0), "{machine:?} {at}");
            found += usize::from(is_reference);
        }
        assert!(found > 100, "{machine:?} {found}");
    }
}
