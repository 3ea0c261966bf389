//! Images without a header that says what is in them: every kind of contents is tried, page by page.

use super::builder::{Builder, Found, Shape, absolute, column, table};
use super::loaded::{RELOCATION, load_address, relocations};
use super::trial::misses;
use super::workers::in_order;
use super::{EncodeOptions, PAGE, distances, symbols};
use crate::Error;
use crate::delta::Stretch;
use crate::delta::layout::{Kind, Layout, Mode, Region, Trust};
use crate::delta::machine::Machine;
use crate::delta::map::Map;
use crate::delta::space::{OUTSIDE, Piece, Space};
use std::ops::Range;

/// Bytes that a page must have better for a region of its own.
const WORTH: u32 = 6;
/// Pages without a preference between two of the same kind take that kind.
const GAP: usize = 16;

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
    let relocations = [base, image].map(relocations);
    let is_relocated = !relocations[1].is_empty();
    for (width, fits) in [(4u8, !wide && !relative), (8, !relative || is_relocated)] {
        if fits {
            plan.mode(table(u16::from(width), vec![absolute(0, width, Trust::Likely, space)]));
        }
    }
    let own = |offset| column(offset, 4, Kind::Own, Trust::Likely, space);
    plan.mode(table(4, vec![own(0)]));
    let sure = sure(&mut plan, space, [(base, bases.0), (image, bases.1)], relocations);
    choose(&mut plan, &sure, (base, image), map, options)?;
    Ok(plan)
}

/// The tables that the numbers of the base and of the image give away: no trial is needed.
fn sure(
    plan: &mut Builder,
    space: u32,
    images: [(&[u8], i64); 2],
    relocations: [Vec<Range<usize>>; 2],
) -> [Vec<(Range<usize>, Mode)>; 2] {
    let columns = vec![absolute(0, 8, Trust::Sure, space), absolute(16, 8, Trust::Sure, space)];
    let relocation = table(RELOCATION as u16, columns);
    let found = images.map(|(bytes, loaded)| symbols::find(bytes, loaded));
    let mut sure = symbols::tables(plan, space, found);
    for ((sure, (bytes, _)), relocations) in sure.iter_mut().zip(images).zip(relocations) {
        let distances = distances::tables(bytes, space);
        let relocations = relocations.into_iter().map(|range| (range, relocation.clone()));
        // Of tables that overlap, the last one stays whole.
        sure.splice(0..0, relocations.chain(distances));
    }
    sure
}

/// Chooses the mode of each page by how many bytes it predicts wrongly. What is in some ranges of the base and of the
/// image is sure, without a trial.
fn choose(
    plan: &mut Builder,
    sure: &[Vec<(Range<usize>, Mode)>; 2],
    (base, image): (&[u8], &[u8]),
    map: &Map,
    options: &EncodeOptions<'_>,
) -> Result<(), Error> {
    let with = |modes: &[Mode], regions: Vec<Region>| {
        let layout = Layout { spaces: plan.spaces.clone(), modes: modes.to_vec(), regions };
        Map::new(map.from(0), layout, 0)
    };
    let mut plain = misses(base, image, &with(&[], Vec::new()), &[]);
    for (range, _) in &sure[1] {
        let inside = range.start.div_ceil(PAGE)..range.end / PAGE;
        plain.get_mut(inside).unwrap_or_default().fill(0);
    }
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
    for (tables, is_base) in sure.iter().zip([true, false]) {
        for (range, mode) in tables {
            let mode = plan.mode(mode.clone());
            plan.clear(is_base, range);
            plan.region(is_base, range.clone(), mode, Shape::Plain);
        }
    }
    plan.order();
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
