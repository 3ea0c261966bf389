//! What each bit of a delta costs, and what it is for.

use super::coder::{Code, Decoder, Spot};
use super::layout::Region;
use crate::Error;
use alloc::vec::Vec;

/// Costs are counted in so many parts of a bit. There are many bits that cost hardly anything.
const PARTS: u64 = 1 << 20;

/// What was spent so far, in [`PARTS`] of a bit.
#[derive(Default)]
pub(super) struct Bill {
    pub(super) layout: u64,
    pub(super) map: u64,
    pub(super) fresh: u64,
    pub(super) plain: u64,
    pub(super) regions: Vec<(Region, u64)>,
    /// Where the region at hand is in the list.
    place: usize,
}

impl Bill {
    /// Adds the bytes of a frame of fresh bytes.
    pub(super) fn frame(&mut self, bytes: usize) {
        let bits = u64::try_from(bytes).unwrap_or(u64::MAX).saturating_mul(8);
        self.fresh = self.fresh.saturating_add(bits.saturating_mul(PARTS));
    }

    /// The entry for what the bits are for.
    fn entry(&mut self, spot: Spot) -> &mut u64 {
        let place = match spot {
            Spot::Layout => return &mut self.layout,
            Spot::Stretches => return &mut self.map,
            Spot::Fresh => return &mut self.fresh,
            Spot::Copied(place) => place,
        };
        match self.regions.get_mut(self.place) {
            Some((region, spent)) if (region.start..region.end).contains(&place) => spent,
            _ => &mut self.plain,
        }
    }
}

/// A decoder that counts what each bit costs.
pub(super) struct Meter<'s, 'b> {
    decoder: Decoder<'s>,
    bill: &'b mut Bill,
    spot: Spot,
}

impl<'s, 'b> Meter<'s, 'b> {
    pub(super) fn new(stored: &'s [u8], bill: &'b mut Bill) -> Self {
        Self { decoder: Decoder::new(stored), bill, spot: Spot::Layout }
    }

    pub(super) fn finish(&self) -> Result<(), Error> {
        self.decoder.finish()
    }
}

impl Code for Meter<'_, '_> {
    const ENCODES: bool = false;

    fn code(&mut self, bit: bool, p: u16) -> bool {
        let bit = self.decoder.code(bit, p);
        let one = u32::from(p);
        let spent = self.bill.entry(self.spot);
        *spent = spent.saturating_add(cost(if bit { one } else { 0x1_0000u32.saturating_sub(one) }));
        bit
    }

    fn exhausted(&self) -> bool {
        self.decoder.exhausted()
    }

    fn at(&mut self, spot: Spot) {
        self.spot = spot;
        if let Spot::Copied(place) = spot {
            self.bill.place = self.bill.regions.partition_point(|(region, _)| region.end <= place);
        }
    }
}

/// What a bit costs whose probability was `p` of 65,536.
fn cost(p: u32) -> u64 {
    let whole = p.max(1).ilog2();
    // The rest of the logarithm, digit by digit: a number from 1 up to 2 is squared, and halved where it can be.
    let mut rest = u64::from(p.max(1)) << 31u32.saturating_sub(whole);
    let mut part = 0u64;
    for _ in 0..PARTS.ilog2() {
        rest = rest.saturating_mul(rest) >> 31;
        let carry = rest >> 32;
        rest >>= carry;
        part = part << 1 | carry;
    }
    PARTS.saturating_mul(u64::from(16u32.saturating_sub(whole))).saturating_sub(part)
}

/// Parts of a bit, as bytes.
pub(super) fn bytes(parts: u64) -> u64 {
    parts / (PARTS * 8)
}

#[cfg(test)]
#[allow(clippy::as_conversions, clippy::cast_precision_loss)]
mod tests {
    use super::*;

    #[test]
    fn a_bit_costs_the_logarithm_of_its_probability() {
        for (p, bits) in
            [(1u32, 16.0f64), (1 << 15, 1.0), (1 << 14, 2.0), (65_535, 0.0), (3 << 14, 0.415_037_5)]
        {
            let found = cost(p) as f64 / PARTS as f64;
            assert!((found - bits).abs() < 0.000_1, "{p}: {found}");
        }
        assert_eq!([0, 8 * PARTS - 1, 8 * PARTS, 17 * PARTS].map(bytes), [0, 0, 1, 2]);
    }
}
