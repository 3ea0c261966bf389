//! Judging a package in WebAssembly: `reserve` room, write keyring, package and terms into it, `judge`. Or decoding a
//! delta: `reserve` room, write base and delta into it, `decode`.
#![no_std]

extern crate alloc;

#[cfg(feature = "deltas")]
mod deltas;
#[cfg(feature = "packages")]
mod packages;

use alloc::vec;
use bare_judge::Counted;
use core::slice;
use pkg_verify::format::Rule;

#[global_allocator]
static HEAP: Counted<dlmalloc::GlobalDlmalloc> = Counted::new(dlmalloc::GlobalDlmalloc);

#[panic_handler]
fn panic(_: &core::panic::PanicInfo<'_>) -> ! {
    core::arch::wasm32::unreachable()
}

/// Room for `length` bytes; it is never taken back.
#[unsafe(no_mangle)]
pub extern "C" fn reserve(length: usize) -> *mut u8 {
    vec![0u8; length].leak().as_mut_ptr()
}

/// The number of the rule with this id; 0 if there is none.
///
/// # Safety
///
/// The pair is a place that `reserve` gave and a length that it has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn rule_number(id: *const u8, length: usize) -> u32 {
    let id = str::from_utf8(unsafe { slice::from_raw_parts(id, length) });
    id.ok().and_then(Rule::from_id).map_or(0, |rule| rule.number().into())
}

/// The most bytes that were allocated during the last `judge` or `decode`, with what was reserved.
#[unsafe(no_mangle)]
pub extern "C" fn heap_peak() -> usize {
    HEAP.peak()
}

/// Bytes that are allocated now.
#[unsafe(no_mangle)]
pub extern "C" fn heap_now() -> usize {
    HEAP.now()
}
