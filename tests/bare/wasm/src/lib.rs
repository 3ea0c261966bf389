//! Judging a package in WebAssembly: `reserve` room, write keyring, package and terms into it, `judge`.
#![no_std]

extern crate alloc;

use alloc::vec;
use bare_judge::{Counted, Refused, Terms};
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

/// Judges: 0 if accepted, else the number of the rule, or 65,535 if the package could not be read.
///
/// # Safety
///
/// Each pair is a place that `reserve` gave and a length that it has.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn judge(
    keyring: *const u8,
    keyring_length: usize,
    package: *const u8,
    package_length: usize,
    terms: *const u8,
    terms_length: usize,
) -> u32 {
    let (keyring, package, terms) = unsafe {
        (
            slice::from_raw_parts(keyring, keyring_length),
            slice::from_raw_parts(package, package_length),
            slice::from_raw_parts(terms, terms_length),
        )
    };
    let Some(terms) = str::from_utf8(terms).ok().and_then(Terms::read) else { return u32::MAX };
    let judged = || {
        let keyring = bare_judge::keyring(keyring)?;
        bare_judge::judge(package, &keyring, &terms, || ())
    };
    HEAP.start();
    judged().map_or_else(|refused: Refused| refused.number().into(), |()| 0)
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

/// The most bytes that were allocated during the last `judge`, with what was reserved.
#[unsafe(no_mangle)]
pub extern "C" fn heap_peak() -> usize {
    HEAP.peak()
}

/// Bytes that are allocated now.
#[unsafe(no_mangle)]
pub extern "C" fn heap_now() -> usize {
    HEAP.now()
}
