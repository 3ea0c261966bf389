//! How deep the stack went: what is below it is painted before, and looked at after.

use cortex_m::register::msp;

unsafe extern "C" {
    /// Where the stack ends, by the linker script; it grows down to here.
    static mut _stack_end: u32;
}

const PAINT: u32 = 0xdead_beef;

/// What `paint` leaves to itself, bytes.
const MARGIN: usize = 128;

/// Every word that the stack has not reached.
fn unused() -> impl Iterator<Item = *mut u32> {
    let (end, now) = (&raw mut _stack_end, msp::read() as usize - MARGIN);
    let words = (now - end.addr()) / size_of::<u32>();
    (0..words).map(move |n| end.wrapping_add(n))
}

/// Paints what the stack has not reached.
#[inline(never)]
pub fn paint() {
    // SAFETY: RAM between the last variable and the stack, which nothing else uses.
    unused().for_each(|word| unsafe { word.write_volatile(PAINT) });
}

/// How many bytes the stack took since `paint`, below its caller.
#[inline(never)]
pub fn used() -> usize {
    let now = msp::read() as usize;
    // SAFETY: the same words.
    let deepest = unused().find(|word| unsafe { word.read_volatile() } != PAINT);
    deepest.map_or(0, |word| now - word.addr())
}
