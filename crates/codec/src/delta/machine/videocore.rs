//! VideoCore 4: BL, and the 48-bit instructions that load an address.

use super::{Code, Form, Found, Place, Reference, low, signed, with_word};

const BRANCH: Form = Form(0);
/// An address relative to the instruction, which begins two bytes before it.
const RELATIVE: Form = Form(1);
const ABSOLUTE: Form = Form(2);

fn is_branch(first: u32) -> bool {
    first & 0xF080 == 0x9080
}

fn distance(first: u32, second: u32) -> i64 {
    signed((first >> 8 & 15) << 23 | (first & 0x7F) << 16 | second, 27) << 1
}

pub(super) fn find(code: Code<'_>, place: Place) -> Found {
    if place.new & 1 != 0 || place.old & 1 != 0 {
        return Found::Nothing(1);
    }
    let first = code.half(0);
    let reference = Reference { len: 4, learn: true, far: true, or_else: 2, ..Reference::default() };
    if is_branch(first) {
        let target = place.value.wrapping_add(distance(first, code.half(2)));
        return Found::Reference(Reference { form: BRANCH, target, kind: 1, relative: true, ..reference });
    }
    let (form, from, relative) = match first & 0xFFE0 {
        0xE500 => (RELATIVE, place.value, true),
        0xE800 => (ABSOLUTE, 0, false),
        _ => return Found::Nothing(2),
    };
    let target = from.wrapping_add(code.signed(2));
    Found::Reference(Reference { form, target, kind: 2, skip: 2, relative, ..reference })
}

pub(super) fn write(form: Form, bytes: [u8; 8], target: i64, value: i64) -> [u8; 8] {
    let distance = target.wrapping_sub(value);
    with_word(bytes, |_| match form {
        BRANCH => {
            let half = low(distance >> 1);
            0x9080 | (half >> 23 & 15) << 8 | half >> 16 & 0x7F | half << 16
        }
        RELATIVE => low(distance.wrapping_add(2)),
        _ => low(target),
    })
}

pub(super) fn read(form: Form, code: Code<'_>, value: i64) -> Option<i64> {
    match form {
        BRANCH => is_branch(code.half(0)).then(|| value.wrapping_add(distance(code.half(0), code.half(2)))),
        RELATIVE => Some(value.wrapping_sub(2).wrapping_add(code.signed(0))),
        _ => Some(code.signed(0)),
    }
}
