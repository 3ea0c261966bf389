//! Images without a header that says what is in them: every kind of contents is tried, page by page.

use super::builder::{Builder, Found, Shape, absolute, column, table};
use super::bytes::{long, word};
use super::trial::misses;
use super::workers::in_order;
use super::{EncodeOptions, PAGE};
use crate::Error;
use crate::delta::Stretch;
use crate::delta::layout::{Kind, Layout, Mode, Region, Trust};
use crate::delta::machine::Machine;
use crate::delta::map::Map;
use crate::delta::space::{OUTSIDE, Piece, Space};

/// Bytes that a page must have better for a region of its own.
const WORTH: u32 = 6;
/// Pages without a preference between two of the same kind take that kind.
const GAP: usize = 16;

/// The largest image whose load address is looked for, what it is a multiple of, and how many pointers are tried.
const LOADED: usize = 16 << 20;
const STEP: u32 = 0x1000;
const SAMPLE: usize = 4096;

/// Tries every kind of contents.
pub(super) fn plan(
    base: &[u8],
    image: &[u8],
    map: &Map,
    options: &EncodeOptions<'_>,
) -> Result<Builder, Error> {
    let mut plan = Builder::default();
    let bases = (load_address(base), load_address(image));
    let whole = |bytes: &[u8], at: i64| {
        let len = bytes.len() as i64;
        vec![
            Piece { value: at, offset: 0, len },
            Piece { value: at.wrapping_add(len), offset: OUTSIDE, len: 1 << 26 },
        ]
    };
    let space = plan.space(Space { scale: 1, base: whole(base, bases.0), image: whole(image, bases.1) });
    let wide = bases.1 < -(1 << 32) || bases.1 >= 1 << 32;
    let relative = bases.1 == 0;
    for machine in Machine::ALL {
        let fits = match machine {
            Machine::X86 => relative,
            Machine::X86Absolute => !relative,
            Machine::Thumb | Machine::Arm => !wide,
            Machine::Videocore => false,
            Machine::Aarch64 | Machine::Riscv => true,
        };
        if fits && plausible(machine, image) {
            plan.mode(Mode::Code { machine, space });
        }
    }
    let relocated = relocations(image).len() > RELOCATIONS;
    for (width, fits) in [(4u8, !wide && !relative), (8, !relative || relocated)] {
        if fits {
            plan.mode(table(u16::from(width), vec![absolute(0, width, Trust::Likely, space)]));
        }
    }
    if wide || relocated {
        for phase in [0u16, 8, 16] {
            let mut columns = vec![
                absolute(phase, 8, Trust::Sure, space),
                absolute((phase + 16) % 24, 8, Trust::Sure, space),
            ];
            columns.sort_by_key(|column| column.offset);
            plan.mode(table(24, columns));
        }
    }
    let own = |offset| column(offset, 4, Kind::Own, Trust::Likely, space);
    plan.mode(table(4, vec![own(0)]));
    for (stride, phases) in [(12u16, 3u16), (16, 4)].into_iter().filter(|_| wide) {
        for phase in 0..phases {
            let mut columns = vec![own(4 * phase), own((4 * phase + 4) % stride)];
            columns.sort_by_key(|column| column.offset);
            plan.mode(table(stride, columns));
        }
    }
    choose(&mut plan, base, image, map, options)?;
    Ok(plan)
}

/// Chooses the mode of each page by how many bytes it predicts wrongly.
fn choose(
    plan: &mut Builder,
    base: &[u8],
    image: &[u8],
    map: &Map,
    options: &EncodeOptions<'_>,
) -> Result<(), Error> {
    let with = |modes: &[Mode], regions: Vec<Region>| {
        let layout = Layout { spaces: plan.spaces.clone(), modes: modes.to_vec(), regions };
        Map::new(map.from(0), layout, 0)
    };
    let plain = misses(base, image, &with(&[], Vec::new()), &[]);
    let mut best: Vec<(u32, Option<u32>)> = plain.iter().map(|misses| (*misses, None)).collect();
    let of_mode = |_: &mut (), mode: usize| {
        let region = Region { start: 0, end: image.len() as u64, mode: mode as u32 };
        Ok(misses(base, image, &with(&plan.modes, vec![region]), &plain))
    };
    in_order(options, plan.modes.len(), || (), &of_mode, &mut |mode, found| {
        for (best, misses) in best.iter_mut().zip(found) {
            if misses + WORTH <= best.0 {
                *best = (misses, Some(mode as u32));
            }
        }
        Ok(())
    })?;
    let mut pages: Vec<Option<u32>> = best.iter().map(|(_, mode)| *mode).collect();
    // Pages that are the same whatever the mode take that of their neighbours.
    let mut last = 0;
    for n in 1..pages.len() {
        if pages[n].is_some() {
            if n - last <= GAP && pages[last] == pages[n] {
                let mode = pages[n];
                pages[last..n].fill(mode);
            }
            last = n;
        }
    }
    let mut regions: Vec<Found> = Vec::new();
    for (n, mode) in pages.iter().enumerate() {
        let Some(mode) = *mode else { continue };
        let range = n * PAGE..image.len().min((n + 1) * PAGE);
        let stride = match &plan.modes[mode as usize] {
            Mode::Records { stride, .. } => usize::from(*stride),
            Mode::Code { .. } | Mode::Rows { .. } => 1,
        };
        match regions.last_mut() {
            Some(last) if last.mode == mode && last.range.end == range.start => last.range.end = range.end,
            // Records are counted from the beginning of the image.
            _ => regions.push(Found {
                range: (range.start.next_multiple_of(stride)).min(range.end)..range.end,
                mode,
                shape: Shape::Plain,
            }),
        }
    }
    plan.image = regions;
    plan.base = follow(plan, base.len(), map);
    used(plan);
    Ok(())
}

/// The regions of the base: each page is what most of its copies are.
fn follow(plan: &Builder, base: usize, map: &Map) -> Vec<Found> {
    let mut votes = vec![(0u32, 0u64); base.div_ceil(PAGE)];
    for Found { range, mode, .. } in &plan.image {
        for Stretch { new, len, old } in map.from(range.start as u64).take_while(|s| s.new < range.end as u64)
        {
            let Some(old) = old else { continue };
            let from = (range.start as u64).saturating_sub(new);
            let to = (range.end as u64 - new).min(len);
            let mut at = old + from;
            while at < old + to {
                let page = at as usize / PAGE;
                let end = (old + to).min(((page + 1) * PAGE) as u64);
                let vote = &mut votes[page];
                match vote.0 == *mode {
                    true => vote.1 += end - at,
                    false if vote.1 < end - at => *vote = (*mode, end - at - vote.1),
                    false => vote.1 -= end - at,
                }
                at = end;
            }
        }
    }
    let mut regions: Vec<Found> = Vec::new();
    for (n, (mode, count)) in votes.into_iter().enumerate() {
        if count == 0 {
            continue;
        }
        let range = n * PAGE..base.min((n + 1) * PAGE);
        match regions.last_mut() {
            Some(last) if last.mode == mode && range.start - last.range.end <= GAP * PAGE => {
                last.range.end = range.end
            }
            _ => regions.push(Found { range, mode, shape: Shape::Plain }),
        }
    }
    regions
}

/// Leaves out the modes that no region has.
fn used(plan: &mut Builder) {
    let mut numbers = vec![None; plan.modes.len()];
    let mut modes = Vec::new();
    for found in plan.image.iter_mut().chain(&mut plan.base) {
        let number = &mut numbers[found.mode as usize];
        found.mode = *number.get_or_insert_with(|| {
            modes.push(plan.modes[found.mode as usize].clone());
            modes.len() as u32 - 1
        });
    }
    plan.modes = modes;
    if plan.modes.is_empty() {
        plan.spaces.clear();
    }
}

/// Whether an image may hold code of a machine: enough calls in it.
fn plausible(machine: Machine, image: &[u8]) -> bool {
    let words = || image.chunks_exact(4).map(|w| u32::from_le_bytes([w[0], w[1], w[2], w[3]]));
    let halves = || image.chunks_exact(2).map(|h| u32::from(u16::from_le_bytes([h[0], h[1]])));
    let (calls, size) = match machine {
        Machine::X86 | Machine::X86Absolute => {
            let near = |w: &[u8]| {
                matches!(w[0], 0xE8 | 0xE9) && matches!((w[3], w[4]), (0 | 1, 0) | (0xFE | 0xFF, 0xFF))
            };
            (image.windows(5).filter(|w| near(w)).count(), image.len())
        }
        Machine::Aarch64 => (words().filter(|w| w & 0xFC00_0000 == 0x9400_0000).count(), image.len()),
        Machine::Thumb => {
            let pairs = halves().zip(halves().skip(1));
            (pairs.filter(|(a, b)| a & 0xF800 == 0xF000 && b & 0xD000 == 0xD000).count(), image.len())
        }
        Machine::Arm => (words().filter(|w| w >> 24 == 0xEB).count(), image.len()),
        Machine::Riscv => (words().filter(|w| w & 0xFFF == 0x0EF || w & 0xFFF == 0x097).count(), image.len()),
        Machine::Videocore => (0, 1),
    };
    calls > 16 && calls > size / 2048
}

/// Records of relocation from which on an image has a table of them.
const RELOCATIONS: usize = 64;

/// What the relocations of an image refer to: records of 24 bytes, as images of 64 bits have them that find out where
/// they are.
fn relocations(image: &[u8]) -> Vec<u32> {
    let record = |n: usize| {
        let [kind, next] = [long(image, 8 * n)?, long(image, 8 * (n + 3))?];
        // The address of the image is added to a number, which is in the record.
        (matches!(kind, 3 | 8 | 1027) && kind == next).then(|| word(image, 8 * n + 8))?
    };
    (0..image.len() / 8).filter_map(record).collect()
}

/// Where an image is loaded: the address that makes most of its pointers point at the beginning of a text, or
/// 0 if it is not known.
fn load_address(image: &[u8]) -> i64 {
    if image.get(56..60) == Some(b"ARM\x64") {
        return kernel_address(image);
    }
    if image.len() > LOADED {
        return 0;
    }
    let mut pointers = relocations(image);
    if pointers.len() <= RELOCATIONS {
        pointers = (0..image.len() / 4).filter_map(|n| word(image, 4 * n)).collect();
    }
    pointers.sort_unstable();
    pointers.dedup();
    // Where pointers are dense is where the image may be: the window of its length with most different values.
    let len = image.len() as u32;
    let (mut best, mut high) = ((0, 0), 0);
    for (low, first) in pointers.iter().enumerate().filter(|(_, first)| **first >= 0x1000) {
        high = high.max(low);
        while pointers.get(high).is_some_and(|pointer| pointer - first < len) {
            high += 1;
        }
        best = best.max((high - low, *first));
    }
    let (count, first) = best;
    if count < 32 {
        return 0;
    }
    let from = first.saturating_sub(len) / STEP * STEP;
    let near: Vec<u32> =
        pointers.into_iter().filter(|p| (from..first.saturating_add(2 * len)).contains(p)).collect();
    let near: Vec<u32> = near.iter().step_by(near.len() / SAMPLE + 1).copied().collect();
    let texts = texts(image);
    let hits = |at: u32, pointer: &&u32| {
        pointer.checked_sub(at).is_some_and(|o| texts.get(o as usize) == Some(&true))
    };
    let score = |at: u32| near.iter().filter(|pointer| hits(at, pointer)).count();
    let scored = (from..=first.saturating_add(len / 2))
        .step_by(STEP as usize)
        .map(|at| (score(at), std::cmp::Reverse(at)));
    match scored.max() {
        Some((score, at)) if score > 16 => i64::from(at.0 as i32),
        _ => 0,
    }
}

/// Where texts begin: after a zero, four printable bytes.
fn texts(image: &[u8]) -> Vec<bool> {
    let printable = |byte: &u8| (0x20..0x7F).contains(byte);
    let begins = |w: &[u8]| w[0] == 0 && w[1..].iter().all(printable);
    std::iter::once(false).chain(image.windows(5).map(begins)).collect()
}

/// Where an arm64 kernel is linked to: one of the usual addresses, by its pointers.
fn kernel_address(image: &[u8]) -> i64 {
    let usual =
        [0xFFFF_8000_0800_0000u64, 0xFFFF_8000_8000_0000, 0xFFFF_8000_1000_0000, 0xFFFF_FF80_0800_0000];
    let pointers: Vec<u64> =
        (0..image.len() / 8).filter_map(|n| long(image, 8 * n)).filter(|p| p >> 48 == 0xFFFF).collect();
    let score = |at: u64| pointers.iter().filter(|p| (at..at + image.len() as u64).contains(p)).count();
    let best = usual.into_iter().map(|at| (score(at), at)).max();
    best.filter(|(score, _)| *score > 1000).map_or(0, |(_, at)| at as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relocations_say_where_an_image_is_loaded() {
        const LOADED_AT: u64 = 0x8020_0000;
        let mut image = vec![0x11u8; 0x1000];
        let mut texts = Vec::new();
        for n in 0..100 {
            image.push(0);
            texts.push(LOADED_AT + image.len() as u64);
            image.extend_from_slice(format!("text of number {n}").as_bytes());
        }
        image.resize(image.len().next_multiple_of(8), 0);
        for (n, text) in texts.iter().enumerate() {
            let record = [LOADED_AT + 0x800 + 8 * n as u64, 3, *text];
            image.extend(record.iter().flat_map(|number| number.to_le_bytes()));
        }
        let found = relocations(&image);
        // The last record has none behind it.
        assert_eq!(found, texts[..99].iter().map(|text| *text as u32).collect::<Vec<_>>());
        assert_eq!(load_address(&image), LOADED_AT as i64 - (1 << 32));
        assert_eq!(relocations(&image[..0x1000]), []);
    }
}
