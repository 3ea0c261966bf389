//! What the tables of a decoder take: bound to the map, which says how large they are.

/// Bytes that [`Chunks`](super::chunk::Chunks)(super::chunk::Chunks) takes: tables, which can be halved, and a piece of the base and other buffers.
const TABLES: u64 = 6 << 20;
const BUFFERS: u64 = 32 << 10;
/// How often tables can be halved.
pub(super) const HALVED: u32 = 7;

/// Bytes that [`Chunks`](super::chunk::Chunks) takes with tables that are halved so many times.
pub(super) fn memory(halved: u32) -> u64 {
    (TABLES >> halved.min(HALVED)).saturating_add(BUFFERS)
}
