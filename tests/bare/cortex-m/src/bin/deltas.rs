//! Decodes the deltas of a list on a Cortex-M and measures what it takes. The base is read from the host at any place,
//! as from flash, and what is stored chunk by chunk.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use bare_cortex_m::host::{self, HostFile};
use bare_cortex_m::{HEAP, stack};
use bare_judge::{Delta, Refused, decode};
use core::mem::MaybeUninit;
use cortex_m_rt::entry;
use pkg_verify::format::Digest;
use semihosting::{println, process};

/// What the allocator may hand out: enough for tables that are not halved. It lies in the memory that the board has
/// outside the chip, since the deltas of the vectors are not made for small devices; the report says what was used.
const HEAP_SIZE: usize = 8 << 20;
#[unsafe(link_section = ".external")]
static mut ARENA: [MaybeUninit<u8>; HEAP_SIZE] = [MaybeUninit::uninit(); HEAP_SIZE];

#[entry]
fn main() -> ! {
    // SAFETY: once, before anything is allocated; nothing else names the arena.
    unsafe { HEAP.inner().init((&raw mut ARENA).addr(), HEAP_SIZE) }
    let list = String::from_utf8(host::read("deltas.txt")).expect("a list in UTF-8");
    let (mut cases, mut wrong, mut least, mut most, mut deepest) = (0u32, 0u32, usize::MAX, 0, 0);
    for line in list.lines() {
        // Name, expectation (a digest or a rule), base, delta.
        let mut parts = line.split(' ');
        let (Some(name), Some(expected), Some(base), Some(file), None) =
            (parts.next(), parts.next(), parts.next(), parts.next(), parts.next())
        else {
            panic!("{line}")
        };
        let (base, mut file) = (HostFile::open(base), HostFile::open(file));
        let before = HEAP.start();
        let mut tables = 0;
        stack::paint();
        let found = Delta::open(&mut file).and_then(|delta| {
            Ok((delta.memory, decode(&delta, &mut file, &base, &mut |memory| tables = memory)?))
        });
        let (stack, heap) = (stack::used(), HEAP.peak() - before);
        cases += 1;
        // Nothing takes more than was declared, but for what the program itself holds.
        let in_bounds = found.as_ref().map_or(true, |(memory, _)| heap as u64 <= *memory);
        let is_right = match &found {
            Ok((_, digest)) => Digest::from_hex(expected).as_ref() == Some(digest),
            Err(refused) => refused.word() == expected,
        };
        let word = found.as_ref().map_or_else(|refused: &Refused| refused.word(), |_| "decoded");
        if is_right && in_bounds {
            println!("{name}: {word}; map and tables {tables}, heap {heap}, stack {stack}");
        } else {
            wrong += 1;
            println!("{name}: WRONG: {word}, expected {expected}; map and tables {tables}, heap {heap}");
        }
        if let Ok((declared, _)) = found {
            println!("    declared {declared}");
            least = least.min(heap);
        }
        most = most.max(heap);
        deepest = deepest.max(stack);
    }
    println!("cortex-m, deltas: {cases} cases, {wrong} wrong; heap {least} to {most}, at most stack {deepest}");
    process::exit(i32::from(cases == 0 || wrong > 0))
}
