//! PE files, as EFI programs are: their sections are a space and regions.

use super::builder::{Builder, Shape, absolute, table};
use super::bytes::{array, half, long, word};
use super::loaded::is_kernel;
use crate::delta::layout::{Mode, Trust};
use crate::delta::machine::Machine;
use crate::delta::space::{Piece, Space};

struct Pe {
    machine: usize,
    base: i64,
    sections: Vec<Section>,
}

struct Section {
    address: i64,
    offset: usize,
    len: usize,
    code: bool,
}

impl Pe {
    fn read(file: &[u8]) -> Option<Pe> {
        let at = word(file, 60)? as usize;
        if array(file, 0)? != *b"MZ" || array(file, at)? != *b"PE\0\0" || is_kernel(file) {
            return None;
        }
        let (machine, count, optional) = (half(file, at + 4)?, half(file, at + 6)?, half(file, at + 20)?);
        let wide = half(file, at + 24)? == 0x20B;
        let base = if wide { long(file, at + 48)? as i64 } else { i64::from(word(file, at + 52)?) };
        let mut sections = Vec::new();
        for n in 0..count.min(14) {
            let header = at + 24 + optional + 40 * n;
            let (address, len) = (word(file, header + 12)?, word(file, header + 16)? as usize);
            let (offset, flags) = (word(file, header + 20)? as usize, word(file, header + 36)?);
            if offset + len > file.len() || base.unsigned_abs() >= 1 << 60 {
                return None;
            }
            let address = base + i64::from(address);
            sections.push(Section { address, offset, len, code: flags & 0x2000_0020 != 0 });
        }
        Some(Pe { machine, base, sections })
    }

    fn pieces(&self) -> Vec<Piece> {
        let piece = |s: &Section| Piece { value: s.address, offset: s.offset as i64, len: s.len as i64 };
        let first = self.sections.iter().map(|s| s.offset).min().unwrap_or(0);
        let head = Piece { value: self.base, offset: 0, len: first as i64 };
        std::iter::once(head).chain(self.sections.iter().map(piece)).collect()
    }
}

/// Adds what is known of both files, if both are PE files for the same machine.
pub(super) fn add(plan: &mut Builder, old: &[u8], new: &[u8]) {
    let (Some(old), Some(new)) = (Pe::read(old), Pe::read(new)) else { return };
    let machine = match new.machine {
        0x8664 => Machine::X86,
        0x14C => Machine::X86Absolute,
        0xAA64 => Machine::Aarch64,
        0x5064 => Machine::Riscv,
        _ => return,
    };
    if old.machine != new.machine {
        return;
    }
    let space = plan.space(Space { scale: 1, base: old.pieces(), image: new.pieces() });
    let code = plan.mode(Mode::Code { machine, space });
    let width = if matches!(machine, Machine::X86Absolute) { 4u8 } else { 8 };
    let data = plan.mode(table(u16::from(width), vec![absolute(0, width, Trust::Likely, space)]));
    for (file, base) in [(&old, true), (&new, false)] {
        for s in &file.sections {
            plan.region(base, s.offset..s.offset + s.len, if s.code { code } else { data }, Shape::Plain);
        }
    }
}
