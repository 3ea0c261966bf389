//! RISC-V: JAL, and AUIPC with the instruction that adds the low twelve bits.

use super::{Code, Form, Found, Place, Reference, low, replace, signed, with_word};

const JUMP: Form = Form(0);
/// The upper twenty bits of a distance.
const UPPER: Form = Form(1);
/// The lower twelve, in an instruction that loads, adds or jumps.
const LOWER: Form = Form(2);
/// The lower twelve, in one that stores.
const STORE: Form = Form(3);
/// How many bytes both halves may be apart.
const APART: isize = 32;

const MASK_JUMP: u32 = 0xFFFF_F000;
const MASK_STORE: u32 = 0xFE00_0F80;

fn jump(word: u32) -> i64 {
    let bits =
        word >> 31 << 20 | (word >> 12 & 0xFF) << 12 | (word >> 20 & 1) << 11 | (word >> 21 & 0x3FF) << 1;
    signed(bits, 21)
}

fn with_jump(word: u32, distance: u32) -> u32 {
    let bits = distance >> 20 << 31
        | (distance >> 12 & 0xFF) << 12
        | (distance >> 11 & 1) << 20
        | (distance >> 1 & 0x3FF) << 21;
    replace(word, MASK_JUMP, bits)
}

fn is_upper(word: u32) -> bool {
    word & 0x7F == 0x17
}

/// The lower bits and the form of an instruction that adds them to `register`.
fn lower(word: u32, register: u32) -> Option<(i64, Form)> {
    if word >> 15 & 31 != register {
        return None;
    }
    let function = word >> 12 & 7;
    match word & 0x7F {
        0x03 | 0x07 => Some((signed(word >> 20, 12), LOWER)),
        0x13 | 0x1B | 0x67 if function == 0 => Some((signed(word >> 20, 12), LOWER)),
        0x23 | 0x27 => Some((signed(word >> 25 << 5 | word >> 7 & 31, 12), STORE)),
        _ => None,
    }
}

/// What an AUIPC adds to its place.
fn upper(word: u32) -> i64 {
    signed(word & 0xFFFF_F000, 32)
}

fn register(word: u32) -> u32 {
    word >> 7 & 31
}

pub(super) fn find(code: Code<'_>, place: Place) -> Found {
    if place.new & 1 != 0 {
        return Found::Nothing(1);
    }
    if place.old & 1 != 0 {
        return Found::Nothing(2);
    }
    let word = code.word(0);
    if word & 3 != 3 {
        return Found::Nothing(2);
    }
    let reference = Reference { len: 4, far: true, or_else: 4, ..Reference::default() };
    if word & 0x7F == 0x6F {
        let target = place.value.wrapping_add(jump(word));
        return Found::Reference(Reference {
            form: JUMP,
            target,
            kind: 1,
            relative: true,
            learn: true,
            ..reference
        });
    }
    if is_upper(word) {
        let mut next = (2..=APART / 2).map(|k| k.wrapping_mul(2));
        let adds = next.find_map(|offset| lower(code.word(offset), register(word)));
        let target = place.value.wrapping_add(upper(word)).wrapping_add(adds.map_or(0, |(low, _)| low));
        return Found::Reference(Reference { form: UPPER, target, kind: 2, ..reference });
    }
    let Some((low, form)) = lower(word, word >> 15 & 31) else { return Found::Nothing(4) };
    let sets = |first: u32| is_upper(first) && register(first) == word >> 15 & 31;
    let mut before = (2..=APART / 2).map(|k| k.wrapping_mul(2));
    let Some(back) = before.find(|back| sets(code.word(back.wrapping_neg()))) else {
        return Found::Nothing(4);
    };
    let first = place.value.wrapping_sub_unsigned(u64::try_from(back).unwrap_or(0));
    let target = first.wrapping_add(upper(code.word(back.wrapping_neg()))).wrapping_add(low);
    Found::Reference(Reference { form, target, kind: 3, learn: true, back: back.unsigned_abs(), ..reference })
}

pub(super) fn write(form: Form, bytes: [u8; 8], target: i64, value: i64) -> [u8; 8] {
    let distance = target.wrapping_sub(value);
    with_word(bytes, |word| match form {
        JUMP => with_jump(word, low(distance)),
        UPPER => replace(word, 0xFFFF_F000, low(distance.wrapping_add(0x800))),
        LOWER => replace(word, 0xFFF0_0000, low(distance) << 20),
        _ => {
            let bits = low(distance);
            replace(word, MASK_STORE, (bits >> 5 & 0x7F) << 25 | (bits & 31) << 7)
        }
    })
}

pub(super) fn read(form: Form, code: Code<'_>, value: i64, back: usize) -> Option<i64> {
    let word = code.word(0);
    match form {
        JUMP => (word & 0x7F == 0x6F).then(|| value.wrapping_add(jump(word))),
        LOWER | STORE => {
            let first = code.word(isize::try_from(back).unwrap_or(0).wrapping_neg());
            let (low, _) =
                lower(word, register(first)).filter(|(_, found)| *found == form && is_upper(first))?;
            Some(value.wrapping_add(upper(first)).wrapping_add(low))
        }
        _ => None,
    }
}
