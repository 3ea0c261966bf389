//! A delta that fits the memory of a device.

use super::CHUNK;
use crate::delta::map::Map;

/// How large the tables and the chunks of a delta are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shape {
    /// How often the tables are halved.
    pub(super) halved: u32,
    /// Image bytes of a chunk, at most.
    pub(super) chunk: usize,
}

/// What is tried, the smallest delta first, as measured on a kernel, a library, a database and firmware.
const SHAPES: [Shape; 23] = [
    Shape { halved: 1, chunk: CHUNK },
    Shape { halved: 0, chunk: CHUNK / 2 },
    Shape { halved: 1, chunk: CHUNK / 2 },
    Shape { halved: 2, chunk: CHUNK },
    Shape { halved: 0, chunk: CHUNK / 4 },
    Shape { halved: 2, chunk: CHUNK / 2 },
    Shape { halved: 1, chunk: CHUNK / 4 },
    Shape { halved: 2, chunk: CHUNK / 4 },
    Shape { halved: 3, chunk: CHUNK / 2 },
    Shape { halved: 3, chunk: CHUNK / 4 },
    Shape { halved: 0, chunk: CHUNK / 8 },
    Shape { halved: 1, chunk: CHUNK / 8 },
    Shape { halved: 2, chunk: CHUNK / 8 },
    Shape { halved: 3, chunk: CHUNK / 8 },
    Shape { halved: 3, chunk: CHUNK / 16 },
    Shape { halved: 4, chunk: CHUNK / 16 },
    Shape { halved: 3, chunk: CHUNK / 32 },
    Shape { halved: 4, chunk: CHUNK / 32 },
    Shape { halved: 4, chunk: CHUNK / 64 },
    Shape { halved: 5, chunk: CHUNK / 64 },
    Shape { halved: 6, chunk: CHUNK / 64 },
    Shape { halved: 7, chunk: CHUNK / 64 },
    Shape { halved: 7, chunk: CHUNK / 256 },
];

/// The largest tables and chunks: what is made where memory does not matter.
pub(super) const LARGEST: Shape = Shape { halved: 0, chunk: CHUNK };

/// The shapes that may fit `memory` bytes, by what is known before any chunk is coded; the smallest if none does.
pub(super) fn shapes(map: &Map, image: u64, memory: u64) -> Vec<Shape> {
    let fits = |shape: &Shape| {
        let chunk = image.min(shape.chunk as u64);
        map.memory_if(shape.halved).saturating_add(chunk) <= memory
    };
    let may: Vec<Shape> = SHAPES.into_iter().filter(fits).collect();
    if may.is_empty() { SHAPES.last().copied().into_iter().collect() } else { may }
}
