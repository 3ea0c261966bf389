//! x86: calls and jumps with 32-bit displacements, addresses relative to the next instruction, absolute addresses.

use super::super::eight;
use super::{Code, Form, Found, Place, Reference, low, with_word};

/// A displacement from the end of its four bytes.
const RELATIVE: Form = Form(0);
/// An address.
const ABSOLUTE: Form = Form(1);
/// Smaller numbers are not taken for addresses.
const LEAST: i64 = 1 << 16;

/// The highest bit of each byte that is zero, and perhaps of others behind the first of them.
fn zeros(bytes: u64) -> u64 {
    bytes.wrapping_sub(eight(1)) & !bytes & eight(0x80)
}

/// How many bytes of the next `len` surely hold no reference, if there are no absolute addresses: none of those before
/// them is the end of a call or a jump, or an operand that is relative to the next instruction.
pub(in crate::delta) fn nothing(code: Code<'_>, _: (i64, i64), len: usize) -> usize {
    let mut skipped = 0usize;
    let mut before = u64::from(code.byte(-2));
    let (words, _) = code.slice(-1, len).as_chunks::<8>();
    for word in words {
        let last = u64::from_le_bytes(*word);
        let jumps = zeros(last & eight(0xFE) ^ eight(0xE8));
        let operands = zeros(last & eight(0xC7) ^ eight(5));
        let far_jumps = zeros(last & eight(0xF0) ^ eight(0x80)) & zeros((last << 8 | before) ^ eight(0x0F));
        let found = jumps | operands | far_jumps;
        if found != 0 {
            return skipped.wrapping_add(usize::try_from(found.trailing_zeros() >> 3).unwrap_or(0));
        }
        skipped = skipped.wrapping_add(8);
        before = last >> 56;
    }
    skipped
}

#[inline(always)]
pub(super) fn find(code: Code<'_>, place: Place, absolute: bool) -> Found {
    let (last, before) = (code.byte(-1), code.byte(-2));
    let branch = matches!(last, 0xE8 | 0xE9) || (before == 0x0F && last & 0xF0 == 0x80);
    let number = code.signed(0);
    let opcode = if branch { 0 } else { u32::from(before) };
    let gate = u32::from(last) << 8 | opcode;
    let reference = Reference { len: 4, learn: true, or_else: 1, ..Reference::default() };
    if branch || last & 0xC7 == 5 {
        if (-128..128).contains(&number) {
            return Found::Nothing(1);
        }
        // Instructions that mostly have such an operand; others have an operand that looks like one.
        let common = matches!(
            before,
            0x8B | 0x8D
                | 0x89
                | 0x83
                | 0x3B
                | 0x39
                | 0xC7
                | 0x80
                | 0x10
                | 0x11
                | 0x28
                | 0x29
                | 0x6F
                | 0x7F
                | 0xFF
        );
        return Found::Reference(Reference {
            form: RELATIVE,
            target: place.value.wrapping_add(4).wrapping_add(number),
            kind: if branch { 1 } else { 2 },
            gate: Some(gate),
            open: true,
            relative: true,
            far: branch || common,
            ..reference
        });
    }
    if absolute && !(-LEAST..LEAST).contains(&number) {
        return Found::Reference(Reference {
            form: ABSOLUTE,
            target: number,
            kind: 3,
            gate: Some(1 << 16 | u32::from(last) << 8 | u32::from(before)),
            far: true,
            ..reference
        });
    }
    Found::Nothing(1)
}

pub(super) fn write(form: Form, bytes: [u8; 8], target: i64, value: i64) -> [u8; 8] {
    let number = if form == RELATIVE { target.wrapping_sub(value).wrapping_sub(4) } else { target };
    with_word(bytes, |_| low(number))
}

pub(super) fn read(form: Form, code: Code<'_>, value: i64) -> i64 {
    let number = code.signed(0);
    if form == RELATIVE { value.wrapping_add(4).wrapping_add(number) } else { number }
}
