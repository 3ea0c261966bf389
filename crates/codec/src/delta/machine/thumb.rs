//! Thumb-2: BL and B with 24 bits, and the words of literal pools.

use super::{Code, Form, Found, Place, Reference, low, signed, with_word};

const BRANCH: Form = Form(0);
const LITERAL: Form = Form(1);

/// The displacement of a branch, from four bytes after its first.
fn displacement(word: u32) -> Option<i64> {
    let (first, second) = (word & 0xFFFF, word >> 16);
    if first & 0xF800 != 0xF000 || second & 0x9000 != 0x9000 {
        return None;
    }
    let sign = first >> 10 & 1;
    let (i1, i2) = (second >> 13 & 1 ^ sign ^ 1, second >> 11 & 1 ^ sign ^ 1);
    let bits = sign << 24 | i1 << 23 | i2 << 22 | (first & 0x3FF) << 12 | (second & 0x7FF) << 1;
    Some(signed(bits, 25))
}

pub(super) fn find(code: Code<'_>, place: Place) -> Found {
    if place.new & 1 != 0 {
        return Found::Nothing(1);
    }
    if place.old & 1 != 0 {
        return Found::Nothing(2);
    }
    let reference = Reference { len: 4, learn: true, far: true, ..Reference::default() };
    if let Some(distance) = displacement(code.word(0)) {
        let target = place.value.wrapping_add(4).wrapping_add(distance);
        return Found::Reference(Reference {
            form: BRANCH,
            target,
            kind: 1,
            relative: true,
            or_else: 4,
            ..reference
        });
    }
    if place.old & 3 != 0 || place.new & 3 != 0 {
        return Found::Nothing(2);
    }
    let target = code.signed(0);
    Found::Reference(Reference { form: LITERAL, target, kind: 2, or_else: 2, ..reference })
}

pub(super) fn write(form: Form, bytes: [u8; 8], target: i64, value: i64) -> [u8; 8] {
    if form == LITERAL {
        return with_word(bytes, |_| low(target));
    }
    let distance = low(target.wrapping_sub(value).wrapping_sub(4));
    let (sign, i1, i2) = (distance >> 24 & 1, distance >> 23 & 1, distance >> 22 & 1);
    with_word(bytes, |word| {
        let first = 0xF000 | sign << 10 | distance >> 12 & 0x3FF;
        let second =
            word >> 16 & 0xD000 | (i1 ^ 1 ^ sign) << 13 | (i2 ^ 1 ^ sign) << 11 | distance >> 1 & 0x7FF;
        first | second << 16
    })
}

pub(super) fn read(form: Form, code: Code<'_>, value: i64) -> Option<i64> {
    if form == LITERAL {
        return Some(code.signed(0));
    }
    displacement(code.word(0)).map(|distance| value.wrapping_add(4).wrapping_add(distance))
}
