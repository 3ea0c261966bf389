//! Whatever layout and stretches: what is encoded with them decodes to the image, even if they describe something else.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use pkg_codec::delta::parts::{Column, Kind, Layout, Machine, Mode, Order, Piece, Region, Space, Trust};
use pkg_codec::delta::{Decoder, Map, Stretch, encode_parts};

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    base: &'a [u8],
    image: &'a [u8],
    /// Length, and where in the base a copy begins.
    stretches: Vec<(u8, Option<u16>)>,
    /// Scale, and value, offset and length of a piece on each side.
    spaces: Vec<(u8, (i32, u16, u16), (i32, u16, u16))>,
    /// Rows: where they begin in the base, their bytes, the space of strings.
    rows: Vec<(u16, u16, u8)>,
    /// Machine and space, or stride and columns: offset, width and kind, space, what is added.
    modes: Vec<Result<(u8, u8), (u8, Vec<(u8, u8, u8, i32)>)>>,
    /// Gap, length, mode.
    regions: Vec<(u8, u8, u8)>,
    halved: u8,
    chunk: u16,
}

fn space(input: &Input<'_>, of: &(u8, (i32, u16, u16), (i32, u16, u16))) -> Space {
    let piece = |(value, offset, len): (i32, u16, u16), file: &[u8]| {
        let offset = usize::from(offset).min(file.len());
        let len = usize::from(len).min(file.len() - offset);
        vec![Piece { value: value.into(), offset: offset as i64, len: len as i64 }]
    };
    Space { scale: i64::from(of.0) + 1, base: piece(of.1, input.base), image: piece(of.2, input.image) }
}

fn mode(of: &Result<(u8, u8), (u8, Vec<(u8, u8, u8, i32)>)>, spaces: u32) -> Mode {
    let (stride, columns) = match of {
        Ok((machine, space)) => {
            let machine = Machine::ALL[usize::from(*machine) % Machine::ALL.len()];
            return Mode::Code { machine, space: u32::from(*space) % spaces };
        }
        Err(records) => records,
    };
    let (stride, mut at, mut all) = (u16::from(*stride) + 8, 0, Vec::new());
    for (gap, how, space, add) in columns.iter().take(32) {
        let (offset, width) = (at + u16::from(gap % 4), how % 8 + 1);
        if offset + u16::from(width) > stride {
            break;
        }
        at = offset + u16::from(width);
        let kind = [Kind::Absolute, Kind::Own, Kind::Back, Kind::Length][usize::from(how >> 3 & 3)];
        let trust = [Trust::Unlikely, Trust::Likely, Trust::Sure][usize::from(how >> 5) % 3];
        let is_own = kind == Kind::Absolute || kind == Kind::Own;
        let space = if is_own { u32::from(*space) % spaces } else { 0 };
        let add = if kind == Kind::Absolute { i64::from(*add) } else { 0 };
        let order = if gap & 4 == 0 { Order::Little } else { Order::Big };
        all.push(Column { offset, width, order, kind, trust, space, base: add, image: add / 2 });
    }
    Mode::Records { stride, columns: all }
}

fuzz_target!(|input: Input<'_>| {
    let size = input.image.len() as u64;
    let (mut stretches, mut at) = (Vec::new(), 0);
    for (len, old) in &input.stretches {
        let len = (u64::from(*len) + 1).min(size - at);
        let old = old.map(u64::from).filter(|old| old + len <= input.base.len() as u64);
        if len > 0 {
            stretches.push(Stretch { new: at, len, old });
        }
        at += len;
    }
    if at < size {
        stretches.push(Stretch { new: at, len: size - at, old: None });
    }
    // Two fresh stretches in a row are one.
    stretches.dedup_by(|next, last| {
        let both = next.old.is_none() && last.old.is_none();
        last.len += if both { next.len } else { 0 };
        both
    });
    let spaces: Vec<Space> = input.spaces.iter().take(8).map(|of| space(&input, of)).collect();
    let count = spaces.len() as u32;
    let mut layout = Layout::default();
    if !spaces.is_empty() {
        let mut modes: Vec<Mode> = input.modes.iter().take(8).map(|of| mode(of, count)).collect();
        for (start, len, strings) in input.rows.iter().take(8) {
            let start = u64::from(*start).min(input.base.len() as u64);
            let len = u64::from(*len).min(input.base.len() as u64 - start);
            modes.push(Mode::Rows { strings: u32::from(*strings) % count, start, len });
        }
        let mut end = 0;
        for (gap, len, which) in input.regions.iter().take(16).filter(|_| !modes.is_empty()) {
            let start = end + u64::from(*gap);
            end = start + u64::from(*len) + 1;
            if end > size {
                break;
            }
            layout.regions.push(Region { start, end, mode: u32::from(*which) % modes.len() as u32 });
        }
        (layout.spaces, layout.modes) = (spaces, modes);
    }
    let chunk = usize::from(input.chunk) + 1;
    let halved = u32::from(input.halved % 4) + 4;
    let (memory, preamble, chunks) =
        encode_parts(input.base, input.image, (&stretches, layout, halved), chunk).unwrap();
    let map = Map::decode(&preamble, &input.base, size, memory).unwrap();
    let (mut decoder, mut out, mut image) = (Decoder::new(u64::MAX), Vec::new(), Vec::new());
    for (part, stored) in input.image.chunks(chunk).zip(&chunks) {
        decoder.decode(&map, &input.base, image.len() as u64, stored, part.len() as u64, &mut out).unwrap();
        image.extend_from_slice(&out);
    }
    assert!(image == input.image);
});
