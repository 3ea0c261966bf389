//! What references look like in the code of a machine: one file for each.
//!
//! A machine finds a reference in old code, writes it for another target, and reads the target of the new one. It
//! need not find every reference; what it takes for one by mistake costs bytes, nothing else.

pub(super) mod aarch64;
mod arm;
mod riscv;
mod thumb;
mod videocore;
pub(super) mod x86;

/// How far a machine looks before and after the byte at hand.
pub(super) const SIGHT: usize = 72;

/// The code of a machine.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Machine {
    /// x86-64 whose references are relative.
    X86,
    /// x86 with absolute addresses as well.
    X86Absolute,
    /// 64-bit Arm.
    Aarch64,
    /// Arm in its 16-bit encoding, with the words of literal pools.
    Thumb,
    /// Arm in its 32-bit encoding.
    Arm,
    /// RISC-V, with or without compressed instructions.
    Riscv,
    /// VideoCore 4.
    Videocore,
}

impl Machine {
    /// In the order of their numbers, from 1 on.
    pub const ALL: [Machine; 7] = [
        Machine::X86,
        Machine::X86Absolute,
        Machine::Aarch64,
        Machine::Thumb,
        Machine::Arm,
        Machine::Riscv,
        Machine::Videocore,
    ];

    /// What it is called in messages.
    pub(super) fn name(self) -> &'static str {
        match self {
            Machine::X86 => "x86-64",
            Machine::X86Absolute => "x86",
            Machine::Aarch64 => "AArch64",
            Machine::Thumb => "Thumb",
            Machine::Arm => "Arm",
            Machine::Riscv => "RISC-V",
            Machine::Videocore => "VideoCore",
        }
    }
}

/// Bytes of code, seen from one of them. Bytes that are not there are 0.
#[derive(Clone, Copy)]
pub(super) struct Code<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Code<'a> {
    pub(super) fn new(bytes: &'a [u8], at: usize) -> Self {
        Self { bytes, at }
    }

    fn bytes<const N: usize>(self, offset: isize) -> [u8; N] {
        let at = self.at.wrapping_add_signed(offset);
        if let Some(bytes) = self.bytes.get(at..).and_then(|rest| rest.first_chunk()) {
            return *bytes;
        }
        core::array::from_fn(|k| self.bytes.get(at.wrapping_add(k)).copied().unwrap_or(0))
    }

    /// Eight bytes from the one at hand on.
    pub(super) fn eight(self) -> [u8; 8] {
        self.bytes(0)
    }

    /// `len` bytes from `offset` on, as many as there are.
    fn slice(self, offset: isize, len: usize) -> &'a [u8] {
        let rest = self.bytes.get(self.at.wrapping_add_signed(offset)..).unwrap_or_default();
        rest.get(..len).unwrap_or(rest)
    }

    /// The `N` bytes before the one at hand.
    fn before<const N: usize>(self) -> [u8; N] {
        self.bytes(isize::try_from(N).unwrap_or(0).wrapping_neg())
    }

    fn byte(self, offset: isize) -> u8 {
        let [byte] = self.bytes(offset);
        byte
    }

    fn half(self, offset: isize) -> u32 {
        u32::from(u16::from_le_bytes(self.bytes(offset)))
    }

    fn word(self, offset: isize) -> u32 {
        u32::from_le_bytes(self.bytes(offset))
    }

    /// A word as a number with a sign.
    fn signed(self, offset: isize) -> i64 {
        i64::from(i32::from_le_bytes(self.bytes(offset)))
    }

    /// `len` bytes as a number with a sign, 1 to 8 of them.
    #[inline(always)]
    pub(super) fn number(self, len: usize) -> i64 {
        fitted(i64::from_le_bytes(self.bytes(0)), len)
    }

    /// The same, of bytes in any order.
    #[inline(always)]
    pub(super) fn ordered(self, len: usize, order: Order) -> i64 {
        match order {
            Order::Little => self.number(len),
            Order::Big => i64::from_be_bytes(self.bytes(0)) >> spare(len),
        }
    }
}

/// Which byte of a number comes first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// The lowest.
    Little,
    /// The highest.
    Big,
}

/// The bits of 64 that so many bytes leave free.
fn spare(len: usize) -> u32 {
    64u32.saturating_sub(u32::try_from(len).unwrap_or(8).saturating_mul(8)) & 63
}

/// The number that the lowest `len` bytes of another are.
#[inline(always)]
pub(super) fn fitted(number: i64, len: usize) -> i64 {
    let spare = spare(len);
    number << spare >> spare
}

/// The lowest bytes of a number, in an order; the first `len` of them are those of a column.
pub(super) fn bytes_in(number: i64, len: usize, order: Order) -> [u8; 8] {
    match order {
        Order::Little => number.to_le_bytes(),
        Order::Big => (number << spare(len)).to_be_bytes(),
    }
}

/// The lowest `bits` bits of a number, with a sign.
fn signed(number: u32, bits: u32) -> i64 {
    let spare = 64u32.wrapping_sub(bits) & 63;
    i64::from(number) << spare >> spare
}

/// The lowest 32 bits.
fn low(number: i64) -> u32 {
    let [a, b, c, d, ..] = number.to_le_bytes();
    u32::from_le_bytes([a, b, c, d])
}

/// `word` with its bits under `mask` replaced by those of `value`.
fn replace(word: u32, mask: u32, value: u32) -> u32 {
    word & !mask | value & mask
}

/// A way to write a reference. Its meaning is its machine's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Form(u8);

/// A reference in old code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(super) struct Reference {
    /// Bytes from the byte at hand to its first byte.
    pub(super) skip: usize,
    /// Its length in bytes, at most 6.
    pub(super) len: usize,
    pub(super) form: Form,
    pub(super) target: i64,
    /// What kind of reference it is: a context of its bytes, 1 to 6.
    pub(super) kind: u8,
    /// References with the same number are trusted together. None: always trusted.
    pub(super) gate: Option<u32>,
    /// Whether the reference is trusted before anything is known of its gate.
    pub(super) open: bool,
    /// Whether its new target is learned.
    pub(super) learn: bool,
    /// Whether its bytes stay as they are when it moves as far as its target.
    pub(super) relative: bool,
    /// Whether alignment compares its target in place of its bytes.
    pub(super) far: bool,
    /// How many bytes before it its other half is.
    pub(super) back: usize,
    /// How many bytes to go on by if it is not predicted.
    pub(super) or_else: usize,
}

/// What is at a byte of old code.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found {
    /// Nothing for so many bytes.
    Nothing(usize),
    Reference(Reference),
}

/// Where the byte at hand is.
#[derive(Clone, Copy)]
pub(super) struct Place {
    /// In the base.
    pub(super) old: i64,
    /// In the image.
    pub(super) new: i64,
    /// As a value of the base's space.
    pub(super) value: i64,
}

/// Goes over code, one reference after the other.
pub(super) trait Over {
    /// `find` says what is at a byte. `nothing` says how many of the next bytes surely hold no reference, by a quick look:
    /// from the code, its places in the base and in the image, and how many bytes it may look at.
    fn code(
        &mut self,
        nothing: impl Fn(Code<'_>, (i64, i64), usize) -> usize,
        find: impl Fn(Code<'_>, Place) -> Found,
    ) -> usize;
}

impl Machine {
    /// What is at the byte at hand.
    pub(super) fn find(self, code: Code<'_>, place: Place) -> Found {
        match self {
            Machine::X86 => x86::find(code, place, false),
            Machine::X86Absolute => x86::find(code, place, true),
            Machine::Aarch64 => aarch64::find(code, place),
            Machine::Thumb => thumb::find(code, place),
            Machine::Arm => arm::find(code, place),
            Machine::Riscv => riscv::find(code, place),
            Machine::Videocore => videocore::find(code, place),
        }
    }

    /// Goes over code with what the machine knows. One copy of `over` for each machine: it takes most of the time.
    pub(super) fn go(self, over: &mut impl Over) -> usize {
        let none = |_: Code<'_>, _: (i64, i64), _: usize| 0;
        match self {
            Machine::X86 => over.code(x86::nothing, |code, place| x86::find(code, place, false)),
            Machine::X86Absolute => over.code(none, |code, place| x86::find(code, place, true)),
            Machine::Aarch64 => over.code(aarch64::nothing, aarch64::find),
            Machine::Thumb => over.code(none, thumb::find),
            Machine::Arm => over.code(none, arm::find),
            Machine::Riscv => over.code(none, riscv::find),
            Machine::Videocore => over.code(none, videocore::find),
        }
    }

    /// Writes a target into the bytes of a reference. `value` is the value of its first byte, or of its other half's.
    pub(super) fn write(self, form: Form, bytes: [u8; 8], target: i64, value: i64) -> [u8; 8] {
        match self {
            Machine::X86 | Machine::X86Absolute => x86::write(form, bytes, target, value),
            Machine::Aarch64 => aarch64::write(form, bytes, target, value),
            Machine::Thumb => thumb::write(form, bytes, target, value),
            Machine::Arm => arm::write(form, bytes, target, value),
            Machine::Riscv => riscv::write(form, bytes, target, value),
            Machine::Videocore => videocore::write(form, bytes, target, value),
        }
    }

    /// The target of a reference of that form in new code, if there is one. `value` is that of its first byte, or of
    /// its other half's, which is `back` bytes before it.
    pub(super) fn read(self, form: Form, code: Code<'_>, value: i64, back: usize) -> Option<i64> {
        match self {
            Machine::X86 | Machine::X86Absolute => Some(x86::read(form, code, value)),
            Machine::Aarch64 => aarch64::read(form, code, value, back),
            Machine::Thumb => thumb::read(form, code, value),
            Machine::Arm => arm::read(form, code, value, back),
            Machine::Riscv => riscv::read(form, code, value, back),
            Machine::Videocore => videocore::read(form, code, value),
        }
    }
}

/// The first four bytes changed.
fn with_word(bytes: [u8; 8], change: impl Fn(u32) -> u32) -> [u8; 8] {
    let [a, b, c, d, e, f, g, h] = bytes;
    let [a, b, c, d] = change(u32::from_le_bytes([a, b, c, d])).to_le_bytes();
    [a, b, c, d, e, f, g, h]
}
