//! Judging packages.

use crate::HEAP;
use bare_judge::{Refused, Terms};
use core::slice;

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
