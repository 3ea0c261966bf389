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
        let (mut declared, mut tables) = (0, 0);
        stack::paint();
        let found = Delta::open(&mut file).and_then(|delta| {
            declared = delta.memory;
            decode(&delta, &mut file, &base, &mut |memory| tables = memory)
        });
        let (stack, heap) = (stack::used(), HEAP.peak() - before);
        cases += 1;
        let is_right = match &found {
            // Nothing takes more than was declared.
            Ok(digest) => Digest::from_hex(expected).as_ref() == Some(digest) && heap as u64 <= declared,
            Err(refused) => refused.word() == expected,
        };
        let word = found.as_ref().map_or_else(|refused: &Refused| refused.word(), |_| "decoded");
        let sizes = format_args!("declared {declared}, map and tables {tables}, heap {heap}, stack {stack}");
        if is_right {
            println!("{name}: {word}; {sizes}");
        } else {
            wrong += 1;
            println!("{name}: WRONG: {word}, expected {expected}; {sizes}");
        }
        if found.is_ok() {
            least = least.min(heap);
        }
        most = most.max(heap);
        deepest = deepest.max(stack);
    }
    println!(
        "cortex-m, deltas: {cases} cases, {wrong} wrong; heap {least} to {most}, at most stack {deepest}"
    );
    process::exit(i32::from(cases == 0 || wrong > 0))
}
