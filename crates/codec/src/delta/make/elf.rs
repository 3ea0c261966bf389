//! ELF files: their segments are a space, their sections are regions.

use super::builder::{Builder, Shape, absolute, column, table};
use super::bytes::{array, half, long, word};
use crate::delta::layout::{Kind, Mode, Trust};
use crate::delta::machine::Machine;
use crate::delta::space::{OUTSIDE, Piece, Space};
use std::ops::Range;

/// An ELF file inside an image.
pub(super) struct Elf {
    /// Where it is.
    pub(super) range: Range<usize>,
    wide: bool,
    machine: usize,
    segments: Vec<Segment>,
    sections: Vec<Section>,
}

struct Segment {
    address: i64,
    offset: usize,
    in_file: usize,
    in_memory: usize,
    code: bool,
}

/// A section; its offset is from the beginning of the image.
struct Section {
    name: Vec<u8>,
    kind: u32,
    code: bool,
    address: i64,
    offset: usize,
    len: usize,
    link: usize,
}

/// Most headers of a file that is looked at.
const HEADERS: usize = 4096;

impl Elf {
    /// The file that begins at `at`, if it is one that is linked.
    pub(super) fn read(image: &[u8], at: usize) -> Option<Elf> {
        let file = image.get(at..)?;
        if array(file, 0)? != *b"\x7fELF" || file.get(5) != Some(&1) {
            return None;
        }
        let wide = file.get(4) == Some(&2);
        let number = |file: &[u8], at: usize| match wide {
            true => long(file, at),
            false => word(file, at).map(|n| (n as i32) as i64 as u64),
        };
        let size = |file: &[u8], at: usize| match wide {
            true => long(file, at).and_then(|n| usize::try_from(n).ok()),
            false => word(file, at).map(|n| n as usize),
        };
        let pick = |narrow: usize, wider: usize| if wide { wider } else { narrow };
        // Linked files only: in others, addresses are not known yet.
        if !matches!(half(file, 16)?, 2 | 3) {
            return None;
        }
        let (programs, program, count) =
            (size(file, pick(28, 32))?, half(file, pick(42, 54))?, half(file, pick(44, 56))?);
        let (mut segments, mut end) = (Vec::new(), pick(52, 64));
        for n in 0..count.min(HEADERS) {
            let header = file.get(programs.checked_add(n * program)?..)?;
            if word(header, 0)? != 1 {
                continue;
            }
            let segment = Segment {
                address: number(header, pick(8, 16))?.cast_signed(),
                offset: size(header, pick(4, 8))?,
                in_file: size(header, pick(16, 32))?,
                in_memory: size(header, pick(20, 40))?,
                code: word(header, pick(24, 4))? & 1 == 1,
            };
            if segment.offset.checked_add(segment.in_file)? > file.len() {
                return None;
            }
            end = end.max(segment.offset + segment.in_file);
            segments.push(segment);
        }
        let (sections, end) = sections(file, at, wide, end).unwrap_or((Vec::new(), end));
        let machine = half(file, 18)?;
        Some(Elf { range: at..at + end, wide, machine, segments, sections })
    }

    fn pieces(&self) -> Vec<Piece> {
        let mut pieces = Vec::new();
        for (n, s) in self.segments.iter().enumerate() {
            let offset = (self.range.start + s.offset) as i64;
            pieces.push(Piece { value: s.address, offset, len: s.in_file as i64 });
            if s.in_memory > s.in_file {
                let value = s.address.wrapping_add(s.in_file as i64);
                let len = ((s.in_memory - s.in_file) as i64).min(1 << 33) + 16;
                pieces.push(Piece { value, offset: OUTSIDE + ((n as i64) << 34), len });
            }
        }
        pieces
    }

    fn section(&self, name: &[u8]) -> Option<(usize, &Section)> {
        self.sections.iter().enumerate().find(|(_, s)| s.name == name)
    }
}

/// The sections, and where the file ends.
fn sections(file: &[u8], at: usize, wide: bool, end: usize) -> Option<(Vec<Section>, usize)> {
    let pick = |narrow: usize, wider: usize| if wide { wider } else { narrow };
    let size = |file: &[u8], at: usize| match wide {
        true => long(file, at).and_then(|n| usize::try_from(n).ok()),
        false => word(file, at).map(|n| n as usize),
    };
    let (table, entry) = (size(file, pick(32, 40))?, half(file, pick(46, 58))?);
    let (count, names) = (half(file, pick(48, 60))?.min(HEADERS), half(file, pick(50, 62))?);
    let header = |n: usize| file.get(table.checked_add(n * entry)?..);
    let names = size(header(names)?, pick(16, 24))?;
    let (mut sections, mut end) = (Vec::new(), end.max(table.checked_add(count * entry)?));
    for n in 0..count {
        let header = header(n)?;
        let name = file.get(names.checked_add(word(header, 0)? as usize)?..)?;
        let kind = word(header, 4)?;
        let (offset, mut len) = (size(header, pick(16, 24))?, size(header, pick(20, 32))?);
        let there = offset.checked_add(len).is_some_and(|end| end <= file.len());
        let offset = if there { offset } else { 0 };
        if kind == 8 || !there {
            len = 0;
        } else {
            end = end.max(offset + len);
        }
        let address = match wide {
            true => long(header, 16)?.cast_signed(),
            false => i64::from(word(header, 12)? as i32),
        };
        sections.push(Section {
            name: name.iter().take(64).take_while(|byte| **byte != 0).copied().collect(),
            kind,
            code: word(header, 8)? & 4 != 0,
            address,
            offset: at + offset,
            len,
            link: word(header, pick(24, 40))? as usize,
        });
    }
    Some((sections, end))
}

/// Where some tables of kernels have places relative to themselves: bytes of a record, and where those are.
const RELATIVE: [(&[u8], u16, &[u16]); 15] = [
    (b".orc_unwind_ip", 4, &[0]),
    (b".smp_locks", 4, &[0]),
    (b".return_sites", 4, &[0]),
    (b".retpoline_sites", 4, &[0]),
    (b".call_sites", 4, &[0]),
    (b".ibt_endbr_seal", 4, &[0]),
    (b"__tracepoints_ptrs", 4, &[0]),
    (b"__ksymtab", 12, &[0, 4, 8]),
    (b"__ksymtab_gpl", 12, &[0, 4, 8]),
    (b"__bug_table", 12, &[0, 4]),
    (b".altinstructions", 12, &[0, 4]),
    (b"__ex_table", 12, &[0, 4]),
    (b"__jump_table", 16, &[0, 4, 8]),
    (b".parainstructions", 16, &[]),
    (b"__mcount_loc", 8, &[]),
];

/// Adds what is known of a file and of the one that it follows.
pub(super) fn add(plan: &mut Builder, old: &Elf, new: &Elf) {
    if old.machine != new.machine || old.wide != new.wide || plan.is_full() {
        return;
    }
    let space = plan.space(Space { scale: 1, base: old.pieces(), image: new.pieces() });
    let kernel = new.segments.iter().any(|s| s.address < 0 && s.code);
    let machine = match new.machine {
        62 if kernel => Some(Machine::X86Absolute),
        62 => Some(Machine::X86),
        3 => Some(Machine::X86Absolute),
        183 => Some(Machine::Aarch64),
        40 => Some(Machine::Arm),
        243 => Some(Machine::Riscv),
        137 => Some(Machine::Videocore),
        _ => None,
    };
    let code = machine.map(|machine| plan.mode(Mode::Code { machine, space }));
    let word = if new.wide { 8u8 } else { 4 };
    let data = plan.mode(Mode::Records {
        stride: u16::from(word),
        columns: vec![absolute(0, word, Trust::Likely, space)],
    });
    if new.sections.is_empty() {
        for (file, base) in [(old, true), (new, false)] {
            for s in &file.segments {
                let from = file.range.start + s.offset;
                if let Some(mode) = if s.code { code } else { Some(data) } {
                    plan.region(base, from..from + s.in_file, mode, Shape::Plain);
                }
            }
        }
        return;
    }
    let like = |n: usize| -> Option<(&Section, &Section)> {
        let new = new.sections.get(n)?;
        Some((old.section(&new.name)?.1, new))
    };
    // Spaces of the symbol tables: their names, and their rows.
    let row = if new.wide { 24 } else { 16 };
    let mut symbols = Vec::new();
    for (n, s) in new.sections.iter().enumerate().filter(|(_, s)| matches!(s.kind, 2 | 11)) {
        let (Some((old_rows, rows)), Some((old_names, names))) = (like(n), like(s.link)) else { continue };
        let names = plan.space(between(1, old_names, names));
        let rows = plan.space(between(row, old_rows, rows));
        let columns = match new.wide {
            true => vec![
                absolute(0, 4, Trust::Sure, names),
                absolute(8, 8, Trust::Sure, space),
                column(16, 8, Kind::Length, Trust::Sure, 0),
            ],
            false => vec![
                absolute(0, 4, Trust::Sure, names),
                absolute(4, 4, Trust::Sure, space),
                column(8, 4, Kind::Length, Trust::Sure, 0),
            ],
        };
        let mode = plan.mode(table(row as u16, columns));
        symbols.push((n, rows, mode));
    }
    for (n, s) in new.sections.iter().enumerate() {
        let Some((before, s)) = like(n).filter(|_| s.len > 0) else { continue };
        let rows = symbols.iter().find(|(table, ..)| *table == s.link).map(|(_, rows, _)| *rows);
        let relative = RELATIVE.iter().find(|(name, ..)| *name == s.name);
        let mut skip = 0;
        let mut shape = Shape::Plain;
        let mode = match (s.kind, s.name.as_slice()) {
            (2 | 11, _) => symbols.iter().find(|(table, ..)| *table == n).map(|(.., mode)| *mode),
            (4, _) if new.wide => rows.map(|rows| {
                let columns = vec![
                    absolute(0, 8, Trust::Sure, space),
                    absolute(12, 4, Trust::Sure, rows),
                    absolute(16, 8, Trust::Sure, space),
                ];
                plan.mode(table(24, columns))
            }),
            (9, _) if !new.wide => {
                rows.map(|_| plan.mode(table(8, vec![absolute(0, 4, Trust::Sure, space)])))
            }
            (5 | 0x6FFF_FFF6, _) => {
                rows.map(|rows| plan.mode(table(4, vec![absolute(0, 4, Trust::Unlikely, rows)])))
            }
            (_, b".eh_frame_hdr") => {
                skip = 12;
                let one = |offset| {
                    let mut column = absolute(offset, 4, Trust::Sure, space);
                    (column.base, column.image) = (before.address, s.address);
                    column
                };
                Some(plan.mode(table(8, vec![one(0), one(4)])))
            }
            (_, b".eh_frame") => {
                shape = Shape::Frames;
                let kinds = [Kind::Own, Kind::Back, Kind::Length];
                let columns = kinds.map(|kind| column(0, 4, kind, Trust::Unlikely, space));
                Some(plan.mode(table(4, columns.to_vec())))
            }
            _ if relative.is_some() => relative.map(|(name, stride, own)| {
                let mut columns: Vec<_> =
                    own.iter().map(|at| column(*at, 4, Kind::Own, Trust::Sure, space)).collect();
                match *name {
                    b".parainstructions" | b"__mcount_loc" => {
                        columns.push(absolute(0, 8, Trust::Sure, space))
                    }
                    b"__jump_table" => columns[2].width = 8,
                    _ => {}
                }
                plan.mode(table(*stride, columns))
            }),
            _ if s.code => code,
            (1 | 3 | 6 | 14 | 15 | 16, _) if s.address != 0 => Some(data),
            _ => None,
        };
        if let Some(mode) = mode {
            let range = |s: &Section| (s.offset + skip).min(s.offset + s.len)..s.offset + s.len;
            plan.region(true, range(before), mode, shape);
            plan.region(false, range(s), mode, shape);
        }
    }
}

/// The space of offsets or rows of a table.
fn between(scale: i64, old: &Section, new: &Section) -> Space {
    let piece = |s: &Section| vec![Piece { value: 0, offset: s.offset as i64, len: s.len as i64 }];
    Space { scale, base: piece(old), image: piece(new) }
}
