//! What the stored bytes of a delta are spent on: for people who wonder why one is large.

use super::bill::{Bill, bytes};
use super::chunk::Chunks;
use super::layout::{Kind, Mode, Region};
use super::map::Map;
use super::{Base, Sizes};
use crate::Error;
use alloc::format;
use alloc::string::String;
use alloc::vec;
use alloc::vec::Vec;

/// What some bytes of the image cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Spent {
    /// Bytes of the image.
    pub image_bytes: u64,
    /// Stored bytes, rounded down.
    pub stored_bytes: u64,
}

/// What a region of the image holds, and what it costs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RegionCost {
    /// Its first byte.
    pub start: u64,
    /// The byte after its last.
    pub end: u64,
    /// What is in it, in words.
    pub content: String,
    /// What its copied bytes cost. Its fresh bytes are counted with all others.
    pub copied: Spent,
}

/// What a delta costs. The parts add up to its stored bytes, but for rounding and a few bytes a chunk.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Costs {
    /// Stretches of the map.
    pub stretches: u64,
    /// Stored bytes of the map.
    pub map: u64,
    /// Stored bytes of what the preamble says about the contents of both images.
    pub layout: u64,
    /// Bytes that are like nothing in the base.
    pub fresh: Spent,
    /// Bytes that are like some of the base, and in no region.
    pub plain: Spent,
    /// The regions, in order.
    pub regions: Vec<RegionCost>,
}

/// Decodes a delta chunk by chunk, and counts what its stored bytes are spent on.
pub struct Metered {
    map: Map,
    chunks: Chunks,
    bill: Bill,
    memory: u64,
    costs: Costs,
}

impl Metered {
    /// Decodes the preamble of a delta that declares so much memory, from `base` to an image of `image` bytes.
    ///
    /// # Errors
    /// Those of [`Map::decode`].
    pub fn new(
        preamble: &[u8],
        (base, image): (&dyn Base, u64),
        sizes: Sizes,
        declared: u64,
    ) -> Result<Self, Error> {
        let mut bill = Bill::default();
        let map = Map::metered(preamble, base, image, sizes.left_for_map(declared), &mut bill)?;
        bill.regions = map.layout.regions.iter().map(|region| (*region, 0)).collect();
        let mut costs = Costs::default();
        for region in &map.layout.regions {
            let content = usize::try_from(region.mode).ok().and_then(|mode| map.layout.modes.get(mode));
            let content = content.map_or_else(String::new, content_of);
            let Region { start, end, .. } = *region;
            costs.regions.push(RegionCost { start, end, content, copied: Spent::default() });
        }
        for stretch in map.from(0) {
            costs.stretches = costs.stretches.saturating_add(1);
            let end = stretch.new.saturating_add(stretch.len);
            if stretch.old.is_none() {
                costs.fresh.image_bytes = costs.fresh.image_bytes.saturating_add(stretch.len);
                continue;
            }
            let first = costs.regions.partition_point(|region| region.end <= stretch.new);
            let mut plain = stretch.len;
            for region in costs.regions.iter_mut().skip(first).take_while(|region| region.start < end) {
                let inside = region.end.min(end).saturating_sub(region.start.max(stretch.new));
                region.copied.image_bytes = region.copied.image_bytes.saturating_add(inside);
                plain = plain.saturating_sub(inside);
            }
            costs.plain.image_bytes = costs.plain.image_bytes.saturating_add(plain);
        }
        let memory = sizes.left_for_chunk(declared, &map);
        Ok(Self { chunks: Chunks::new(map.halved), map, bill, memory, costs })
    }

    /// Decodes the chunk `stored`, which begins at byte `at` of the image and has `image_bytes` bytes of it.
    ///
    /// # Errors
    /// Those of [`super::Decoder::decode`].
    pub fn chunk(&mut self, base: &dyn Base, at: u64, stored: &[u8], image_bytes: u64) -> Result<(), Error> {
        let mut out = vec![];
        crate::resize(&mut out, image_bytes)?;
        let given = (&self.map, base);
        self.chunks.metered(given, at, stored, &mut out, self.memory, &mut self.bill)
    }

    /// What was counted.
    #[must_use]
    pub fn costs(&self) -> Costs {
        let mut costs = self.costs.clone();
        costs.map = bytes(self.bill.map);
        costs.layout = bytes(self.bill.layout);
        costs.fresh.stored_bytes = bytes(self.bill.fresh);
        costs.plain.stored_bytes = bytes(self.bill.plain);
        for (region, (_, spent)) in costs.regions.iter_mut().zip(&self.bill.regions) {
            region.copied.stored_bytes = bytes(*spent);
        }
        costs
    }
}

/// What is in a region of such a mode, in words.
fn content_of(mode: &Mode) -> String {
    let (stride, columns) = match mode {
        Mode::Code { machine, .. } => return format!("{} code", machine.name()),
        Mode::Rows { .. } => return "rows of types (BTF)".into(),
        Mode::Records { stride, columns } => (stride, columns),
    };
    let mut kinds: Vec<&str> = Vec::new();
    for column in columns {
        let kind = match column.kind {
            Kind::Absolute => "addresses",
            Kind::Own | Kind::Back => "distances",
            Kind::Length => "lengths",
        };
        if !kinds.contains(&kind) {
            kinds.push(kind);
        }
    }
    match kinds.as_slice() {
        [] => format!("{stride}-byte records"),
        [kind] => format!("{stride}-byte records, {kind}"),
        [one, other] => format!("{stride}-byte records, {one} and {other}"),
        _ => format!("{stride}-byte records, several kinds"),
    }
}

#[cfg(all(test, feature = "std"))]
mod tests;
