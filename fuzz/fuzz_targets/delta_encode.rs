//! Whatever is in the headers of executables: a delta between two of them is made, without a panic, and gives the
//! image back.
#![no_main]

mod round_trip;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

/// An ELF file: what its headers say need not be so.
#[derive(Arbitrary, Debug)]
struct Elf<'a> {
    wide: bool,
    machine: u8,
    kind: bool,
    segments: Vec<Segment>,
    sections: Vec<Section>,
    body: &'a [u8],
    /// How often the body is repeated, so that short inputs make long files.
    times: u8,
}

#[derive(Arbitrary, Debug)]
struct Segment {
    offset: Size,
    address: u64,
    in_file: Size,
    in_memory: Size,
    flags: u8,
}

#[derive(Arbitrary, Debug)]
struct Section {
    name: u8,
    kind: u8,
    flags: u8,
    address: u64,
    offset: Size,
    len: Size,
    link: u8,
}

/// Mostly small, so that it is inside the file.
#[derive(Arbitrary, Debug, Clone, Copy)]
enum Size {
    Small(u16),
    Any(u64),
}

/// A change to a copy of the file.
#[derive(Arbitrary, Debug)]
enum Change<'a> {
    Put { at: u16, bytes: &'a [u8] },
    Insert { at: u16, bytes: &'a [u8] },
    Remove { at: u16, len: u8 },
    Add { at: u16, every: u8, by: u8 },
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    /// What else is before and between the files.
    gap: u8,
    files: [Elf<'a>; 2],
    changes: Vec<Change<'a>>,
    memory: u16,
}

const MACHINES: [u16; 8] = [62, 183, 40, 243, 3, 137, 8, 20];
const NAMES: &[u8] = b"\0.text\0.rela.dyn\0.rela.plt\0.dynsym\0.dynstr\0.eh_frame\0.eh_frame_hdr\0.BTF\0\
    .init_array\0.data.rel.ro\0.gnu.version\0.gnu.hash\0.symtab\0.strtab\0__ksymtab\0__ex_table\0.altinstructions\0\
    .rodata\0.got\0.relr.dyn\0.shstrtab\0";

impl Size {
    fn number(self) -> u64 {
        match self {
            Size::Small(n) => u64::from(n),
            Size::Any(n) => n,
        }
    }
}

impl Elf<'_> {
    fn bytes(&self) -> Vec<u8> {
        let (head, program, section) = if self.wide { (64, 56, 64) } else { (52, 32, 40) };
        let segments = &self.segments[..self.segments.len().min(4)];
        let sections = &self.sections[..self.sections.len().min(12)];
        let body = self.body.repeat(usize::from(self.times % 64) + 1);
        let body = &body[..body.len().min(32 << 10)];
        let names_at = head + program * segments.len() + body.len();
        let table_at = names_at + NAMES.len();
        let mut out = b"\x7fELF\0\x01\x01\0\0\0\0\0\0\0\0\0".to_vec();
        out[4] = if self.wide { 2 } else { 1 };
        let half = |out: &mut Vec<u8>, n: u16| out.extend_from_slice(&n.to_le_bytes());
        let word = |out: &mut Vec<u8>, n: u64| out.extend_from_slice(&(n as u32).to_le_bytes());
        let wide = self.wide;
        let long = |out: &mut Vec<u8>, n: u64| match wide {
            true => out.extend_from_slice(&n.to_le_bytes()),
            false => out.extend_from_slice(&(n as u32).to_le_bytes()),
        };
        half(&mut out, if self.kind { 3 } else { 2 });
        half(&mut out, MACHINES[usize::from(self.machine) % MACHINES.len()]);
        word(&mut out, 1);
        long(&mut out, 0);
        long(&mut out, head as u64);
        long(&mut out, table_at as u64);
        word(&mut out, 0);
        for n in [head, program, segments.len(), section, sections.len() + 1, sections.len()] {
            half(&mut out, n as u16);
        }
        for s in segments {
            word(&mut out, 1);
            if wide {
                word(&mut out, u64::from(s.flags));
            }
            for n in [s.offset.number(), s.address, s.address, s.in_file.number(), s.in_memory.number()] {
                long(&mut out, n);
            }
            if !wide {
                word(&mut out, u64::from(s.flags));
            }
            long(&mut out, 4096);
        }
        out.extend_from_slice(body);
        out.extend_from_slice(NAMES);
        let mut header =
            |name: u64, kind: u64, flags: u64, address: u64, offset: u64, len: u64, link: u64| {
                word(&mut out, name);
                word(&mut out, kind);
                long(&mut out, flags);
                long(&mut out, address);
                long(&mut out, offset);
                long(&mut out, len);
                word(&mut out, link);
                word(&mut out, 0);
                long(&mut out, 1);
                long(&mut out, 24);
            };
        for s in sections {
            // The name that begins at or after this one.
            let name = NAMES.iter().enumerate().skip(usize::from(s.name)).find(|(_, byte)| **byte == b'.');
            let name = name.map_or(1, |(at, _)| at as u64);
            let (kind, flags) = (u64::from(s.kind % 20), u64::from(s.flags));
            header(name, kind, flags, s.address, s.offset.number(), s.len.number(), u64::from(s.link));
        }
        header(0, 3, 0, 0, names_at as u64, NAMES.len() as u64, 0);
        out
    }
}

fuzz_target!(|input: Input<'_>| {
    let mut base = vec![0x55; usize::from(input.gap)];
    for file in &input.files {
        base.extend_from_slice(&file.bytes());
        base.resize(base.len() + usize::from(input.gap), 0xAA);
    }
    let mut image = base.clone();
    for change in input.changes.iter().take(16) {
        let at = |at: u16| usize::from(at).min(image.len());
        match change {
            Change::Put { at: place, bytes } => {
                let place = at(*place);
                for (to, from) in image[place..].iter_mut().zip(*bytes) {
                    *to = *from;
                }
            }
            Change::Insert { at: place, bytes } => {
                let place = at(*place);
                drop(image.splice(place..place, bytes.iter().copied()));
            }
            Change::Remove { at: place, len } => {
                let place = at(*place);
                let end = (place + usize::from(*len)).min(image.len());
                drop(image.drain(place..end));
            }
            Change::Add { at: place, every, by } => {
                let place = at(*place);
                image[place..]
                    .iter_mut()
                    .step_by(usize::from(*every) + 1)
                    .for_each(|b| *b = b.wrapping_add(*by));
            }
        }
    }
    round_trip::check(&base, &image, 1, u64::from(input.memory) << 10);
});
