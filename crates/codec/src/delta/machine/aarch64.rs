//! AArch64: branches, ADR, and ADRP with the instruction that adds the low twelve bits.

use super::{Code, Form, Found, Place, Reference, low, replace, signed, with_word};

/// B and BL: 26 bits.
const BRANCH: Form = Form(0);
/// Conditional branches and loads of literals: 19 bits.
const NEAR: Form = Form(1);
/// TBZ and TBNZ: 14 bits.
const TEST: Form = Form(2);
const ADR: Form = Form(3);
const ADRP: Form = Form(4);
/// The low twelve bits of an address, in units of 1 to 16 bytes: from here on.
const LOW: u8 = 8;
/// How many instructions an ADRP and the one that adds to it may be apart.
const APART: isize = 16;

/// Where the 19 bits of NEAR are, and the 21 bits of ADR and ADRP.
const MASK_19: u32 = 0x7_FFFF << 5;
const MASK_21: u32 = 3 << 29 | MASK_19;

fn is_branch(word: u32) -> bool {
    word & 0x7C00_0000 == 0x1400_0000
}

fn is_near(word: u32) -> bool {
    word & 0xFF00_0010 == 0x5400_0000
        || word & 0x7E00_0000 == 0x3400_0000
        || word & 0xBF00_0000 == 0x1800_0000
}

fn is_adr(word: u32) -> bool {
    word & 0x9F00_0000 == 0x1000_0000
}

fn is_adrp(word: u32) -> bool {
    word & 0x9F00_0000 == 0x9000_0000
}

/// The 21 bits of ADR and ADRP.
fn immediate(word: u32) -> i64 {
    signed((word >> 5 & 0x7_FFFF) << 2 | word >> 29 & 3, 21)
}

/// The page of an ADRP at `value`.
fn page(word: u32, value: i64) -> i64 {
    (value >> 12).wrapping_add(immediate(word)) << 12
}

/// The low bits that an addition or an access adds, and the unit they are in: the shift.
fn low_bits(word: u32) -> Option<(i64, u8)> {
    let bits = i64::from(word >> 10 & 0xFFF);
    if word & 0xFFC0_0000 == 0x9100_0000 {
        return Some((bits, 0));
    }
    if word & 0x3B00_0000 != 0x3900_0000 {
        return None;
    }
    let whole_vector = word >> 26 & 1 == 1 && word >> 23 & 1 == 1 && word >> 30 == 0;
    let [.., shift] = (word >> 30).to_be_bytes();
    let shift = if whole_vector { 4 } else { shift };
    Some((bits << shift, shift))
}

/// The highest bytes of instructions that may be references.
#[expect(clippy::indexing_slicing, reason = "evaluated by the compiler, which refuses what would panic")]
const HIGHEST: [bool; 256] = {
    let mut highest = [false; 256];
    let mut byte = 0usize;
    while byte < 256 {
        let branches = byte & 0x7C == 0x14 || byte == 0x54 || byte & 0x7C == 0x34 || byte & 0xBF == 0x18;
        highest[byte] = branches || byte & 0x1F == 0x10 || byte == 0x91 || byte & 0x3B == 0x39;
        byte += 1;
    }
    highest
};

/// How many bytes of the next `len` surely hold no reference.
pub(in crate::delta) fn nothing(code: Code<'_>, (old, new): (i64, i64), len: usize) -> usize {
    if (old | new) & 3 != 0 {
        return 0;
    }
    let (words, _) = code.slice(0, len).as_chunks::<4>();
    let may = |[.., highest]: &[u8; 4]| HIGHEST.get(usize::from(*highest)) == Some(&true);
    words.iter().position(may).unwrap_or(words.len()).wrapping_mul(4)
}

/// How many words before the one at hand the last ADRP of a register is.
fn last_adrp(code: Code<'_>, register: u32) -> Option<isize> {
    let words = code.before::<64>();
    let (words, _) = words.as_chunks::<4>();
    let sets = |word: &[u8; 4]| u32::from_le_bytes(*word) & 0x9F00_001F == 0x9000_0000 | register;
    words.iter().rev().position(sets).and_then(|back| isize::try_from(back).ok()?.checked_add(1))
}

pub(super) fn find(code: Code<'_>, place: Place) -> Found {
    if place.new & 3 != 0 {
        return Found::Nothing(1);
    }
    if place.old & 3 != 0 {
        return Found::Nothing(4);
    }
    let (word, value) = (code.word(0), place.value);
    let reference =
        |form, target, kind| Reference { len: 4, form, target, kind, or_else: 4, ..Reference::default() };
    Found::Reference(if is_branch(word) {
        let target = value.wrapping_add(signed(word, 26) << 2);
        Reference { learn: true, far: true, relative: true, ..reference(BRANCH, target, 1) }
    } else if is_near(word) {
        Reference { relative: true, ..reference(NEAR, value.wrapping_add(signed(word >> 5, 19) << 2), 2) }
    } else if word & 0x7E00_0000 == 0x3600_0000 {
        Reference { relative: true, ..reference(TEST, value.wrapping_add(signed(word >> 5, 14) << 2), 2) }
    } else if is_adr(word) {
        Reference { learn: true, relative: true, ..reference(ADR, value.wrapping_add(immediate(word)), 3) }
    } else if is_adrp(word) {
        let (page, register) = (page(word, value), word & 31);
        let adds = |next: u32| (next >> 5 & 31 == register).then(|| low_bits(next)).flatten();
        let low = (1..=APART).find_map(|k| adds(code.word(k.wrapping_mul(4)))).map_or(0, |(low, _)| low);
        Reference { far: true, ..reference(ADRP, page.wrapping_add(low), 4) }
    } else if let Some((low, shift)) = low_bits(word) {
        let register = word >> 5 & 31;
        let Some(back) = last_adrp(code, register).map(|words| words.wrapping_mul(4)) else {
            return Found::Nothing(4);
        };
        let page = page(
            code.word(back.wrapping_neg()),
            value.wrapping_sub_unsigned(u64::try_from(back).unwrap_or(0)),
        );
        let back = back.unsigned_abs();
        Reference { learn: true, far: true, back, ..reference(Form(LOW | shift), page.wrapping_add(low), 5) }
    } else {
        return Found::Nothing(4);
    })
}

pub(super) fn write(form: Form, bytes: [u8; 8], target: i64, value: i64) -> [u8; 8] {
    let distance = target.wrapping_sub(value);
    let spread = |number: i64| (low(number >> 2) & 0x7_FFFF) << 5 | (low(number) & 3) << 29;
    with_word(bytes, |word| match form {
        BRANCH => replace(word, 0x3FF_FFFF, low(distance >> 2)),
        NEAR => replace(word, MASK_19, low(distance >> 2) << 5),
        TEST => replace(word, 0x3FFF << 5, low(distance >> 2) << 5),
        ADR => replace(word, MASK_21, spread(distance)),
        ADRP => replace(word, MASK_21, spread((target >> 12).wrapping_sub(value >> 12))),
        Form(other) => replace(word, 0xFFF << 10, (low(target) & 0xFFF) >> (other & 7) << 10),
    })
}

pub(super) fn read(form: Form, code: Code<'_>, value: i64, back: usize) -> Option<i64> {
    let word = code.word(0);
    match form {
        BRANCH if is_branch(word) => Some(value.wrapping_add(signed(word, 26) << 2)),
        NEAR if is_near(word) => Some(value.wrapping_add(signed(word >> 5, 19) << 2)),
        ADR if is_adr(word) => Some(value.wrapping_add(immediate(word))),
        ADRP if is_adrp(word) => Some(page(word, value)),
        Form(other) if other & LOW != 0 => {
            let first = code.word(isize::try_from(back).unwrap_or(0).wrapping_neg());
            let (low, _) = low_bits(word).filter(|_| is_adrp(first) && first & 31 == word >> 5 & 31)?;
            Some(page(first, value).wrapping_add(low))
        }
        _ => None,
    }
}
