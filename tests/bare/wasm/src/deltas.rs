//! Decoding deltas.

use crate::HEAP;
use bare_judge::Delta;
use core::slice;

/// Decodes: 0 if that gives an image, else the number of the rule, or 65,535 if the delta could not be read. The digest
/// of the image goes to `digest`, the memory of the map and the tables to `tables`.
///
/// # Safety
///
/// Base and delta are places that `reserve` gave, with lengths that they have; `digest` has 32 bytes, `tables` 8.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn decode(
    base: *const u8,
    base_length: usize,
    delta: *const u8,
    delta_length: usize,
    digest: *mut [u8; 32],
    tables: *mut [u8; 8],
) -> u32 {
    let (base, mut delta) =
        unsafe { (slice::from_raw_parts(base, base_length), slice::from_raw_parts(delta, delta_length)) };
    HEAP.start();
    let decoded = Delta::open(&mut delta).and_then(|head| {
        bare_judge::decode(&head, &mut delta, &base, &mut |memory| unsafe { *tables = memory.to_le_bytes() })
    });
    match decoded {
        Ok(image) => {
            unsafe { *digest = image.0 };
            0
        }
        Err(refused) => refused.number().into(),
    }
}
