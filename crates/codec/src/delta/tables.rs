//! What the tables of a decoder take: bound to the map, which says how large they are.

/// Bytes that [`Chunks`](super::chunk::Chunks) takes: tables that are halved, those that are halved less often, and
/// what has one size: weights, a piece of the base and other buffers. Decoding the map takes as much for a while, before
/// there are tables.
const TABLES: u64 = 1_040 << 10;
const SPARED: u64 = 192 << 10;
const BUFFERS: u64 = 64 << 10;
/// How often tables can be halved.
pub(super) const HALVED: u32 = 7;
/// How often that does not change the tables of learned targets: small ones cost more than what they take.
const SPARE: u32 = 3;

/// Bytes that [`Chunks`](super::chunk::Chunks) takes with tables that are halved so many times.
pub(super) fn memory(halved: u32) -> u64 {
    let halved = halved.min(HALVED);
    (TABLES >> halved).saturating_add(SPARED >> spared(halved)).saturating_add(BUFFERS)
}

/// How often the tables of learned targets are halved.
pub(super) fn spared(halved: u32) -> u32 {
    halved.saturating_sub(SPARE)
}
