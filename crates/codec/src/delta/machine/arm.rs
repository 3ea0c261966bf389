//! Arm in its 32-bit encoding: B and BL, MOVW with MOVT, and words that hold an address.

use super::{Code, Form, Found, Place, Reference, low, replace, signed, with_word};

const BRANCH: Form = Form(0);
/// The lower half of an address.
const LOWER: Form = Form(1);
/// The upper half.
const UPPER: Form = Form(2);
const WORD: Form = Form(3);
/// How many instructions the two halves may be apart.
const APART: isize = 8;

fn is_branch(word: u32) -> bool {
    word >> 25 & 7 == 5
}

fn is_lower(word: u32) -> bool {
    word & 0x0FF0_0000 == 0x0300_0000
}

fn is_upper(word: u32) -> bool {
    word & 0x0FF0_0000 == 0x0340_0000
}

/// The register that an instruction sets.
fn register(word: u32) -> u32 {
    word >> 12 & 15
}

/// The sixteen bits of a half.
fn half(word: u32) -> u32 {
    word >> 4 & 0xF000 | word & 0xFFF
}

fn with_half(word: u32, half: u32) -> u32 {
    replace(word, 0xF_0FFF, (half & 0xF000) << 4 | half & 0xFFF)
}

fn whole(upper: u32, lower: u32) -> i64 {
    signed(half(upper) << 16 | half(lower), 32)
}

pub(super) fn find(code: Code<'_>, place: Place) -> Found {
    if place.new & 3 != 0 {
        return Found::Nothing(1);
    }
    if place.old & 3 != 0 {
        return Found::Nothing(4);
    }
    let word = code.word(0);
    let reference = Reference { len: 4, far: true, or_else: 4, ..Reference::default() };
    if is_branch(word) {
        let target = place.value.wrapping_add(8).wrapping_add(signed(word, 24) << 2);
        return Found::Reference(Reference {
            form: BRANCH,
            target,
            kind: 1,
            relative: true,
            learn: true,
            ..reference
        });
    }
    let other = |is: fn(u32) -> bool, sign: isize| {
        let offsets = (1..=APART).map(|k| k.wrapping_mul(4).wrapping_mul(sign));
        let mut both = offsets.map(|offset| (offset, code.word(offset)));
        both.find(|(_, other)| is(*other) && register(*other) == register(word))
    };
    if is_lower(word) {
        return match other(is_upper, 1) {
            Some((_, upper)) => {
                Found::Reference(Reference { form: LOWER, target: whole(upper, word), kind: 2, ..reference })
            }
            None => Found::Nothing(4),
        };
    }
    if is_upper(word) {
        return match other(is_lower, -1) {
            Some((offset, lower)) => Found::Reference(Reference {
                form: UPPER,
                target: whole(word, lower),
                kind: 3,
                learn: true,
                back: offset.unsigned_abs(),
                ..reference
            }),
            None => Found::Nothing(4),
        };
    }
    let (target, gate) = (code.signed(0), Some(1));
    Found::Reference(Reference { form: WORD, target, kind: 4, learn: true, gate, open: true, ..reference })
}

pub(super) fn write(form: Form, bytes: [u8; 8], target: i64, value: i64) -> [u8; 8] {
    with_word(bytes, |word| match form {
        BRANCH => replace(word, 0xFF_FFFF, low(target.wrapping_sub(value).wrapping_sub(8) >> 2)),
        LOWER => with_half(word, low(target)),
        UPPER => with_half(word, low(target >> 16)),
        _ => low(target),
    })
}

pub(super) fn read(form: Form, code: Code<'_>, value: i64, back: usize) -> Option<i64> {
    let word = code.word(0);
    match form {
        BRANCH => is_branch(word).then(|| value.wrapping_add(8).wrapping_add(signed(word, 24) << 2)),
        UPPER => {
            let lower = code.word(isize::try_from(back).unwrap_or(0).wrapping_neg());
            let both = is_upper(word) && is_lower(lower) && register(word) == register(lower);
            both.then(|| whole(word, lower))
        }
        WORD => Some(code.signed(0)),
        _ => None,
    }
}
