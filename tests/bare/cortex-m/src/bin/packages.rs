//! Judges the packages of a list on a Cortex-M and measures what it takes. Files come from the host by
//! semihosting, piece by piece, as from flash or from the network; the exit status goes back the same way.
#![no_std]
#![no_main]

extern crate alloc;

use alloc::string::String;
use bare_cortex_m::host::{self, HostFile};
use bare_cortex_m::{HEAP, stack};
use bare_judge::{Refused, Terms};
use core::mem::MaybeUninit;
use cortex_m_rt::entry;
use pkg_verify::Keyring;
use semihosting::{println, process};

/// What the allocator may hand out: enough for the largest hybrid keyring; the report says what was used.
const HEAP_SIZE: usize = 384 << 10;
#[unsafe(link_section = ".uninit.heap")]
static mut ARENA: [MaybeUninit<u8>; HEAP_SIZE] = [MaybeUninit::uninit(); HEAP_SIZE];

#[entry]
fn main() -> ! {
    // SAFETY: once, before anything is allocated; nothing else names the arena.
    unsafe { HEAP.inner().init((&raw mut ARENA).addr(), HEAP_SIZE) }
    let list = String::from_utf8(host::read("cases.txt")).expect("a list in UTF-8");
    let (mut cases, mut wrong, mut most) = (0u32, 0u32, Measured::default());
    let mut in_force: Option<(&str, Result<Keyring, Refused>)> = None;
    for line in list.lines() {
        let case = Case::of(line).expect("a case");
        if in_force.as_ref().is_none_or(|(name, _)| *name != case.keyring) {
            drop(in_force.take());
            let (keyring, measured) = open_keyring(case.keyring);
            println!("{}: keyring read; {measured}", case.keyring);
            in_force = Some((case.keyring, keyring));
        }
        let Some((_, keyring)) = &in_force else { unreachable!("opened above") };
        let (found, measured) = match keyring {
            Ok(keyring) => judge(&case, keyring),
            Err(refused) => (Err(*refused), Measured::default()),
        };
        cases += 1;
        let word = found.map_or_else(Refused::word, |()| "accepted");
        if word == case.expected {
            println!("{}: {word}; {measured}", case.name);
        } else {
            wrong += 1;
            println!("{}: WRONG: {word}, expected {}", case.name, case.expected);
        }
        most.heap_verify = most.heap_verify.max(measured.heap_verify);
        most.heap = most.heap.max(measured.heap);
        most.stack = most.stack.max(measured.stack);
    }
    println!("cortex-m: {cases} cases, {wrong} wrong; at most {most}");
    process::exit(i32::from(cases == 0 || wrong > 0))
}

/// A line of the list: name, expectation, keyring, package, terms.
struct Case<'a> {
    name: &'a str,
    expected: &'a str,
    keyring: &'a str,
    package: &'a str,
    terms: &'a str,
}

impl<'a> Case<'a> {
    fn of(line: &'a str) -> Option<Self> {
        let mut parts = line.splitn(5, ' ');
        let mut next = || parts.next();
        Some(Case { name: next()?, expected: next()?, keyring: next()?, package: next()?, terms: next()? })
    }
}

/// What something took, bytes: of the heap until the statements were verified and to the end, over what
/// was there before; and of the stack.
#[derive(Default)]
struct Measured {
    heap_verify: usize,
    heap: usize,
    stack: usize,
}

impl core::fmt::Display for Measured {
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        let Measured { heap_verify, heap, stack } = self;
        write!(f, "heap {heap_verify} for the statements, {heap} to the end, stack {stack}")
    }
}

fn open_keyring(path: &str) -> (Result<Keyring, Refused>, Measured) {
    let bytes = host::read(path);
    let before = HEAP.start();
    stack::paint();
    let keyring = bare_judge::keyring(&bytes);
    let stack = stack::used();
    let heap = HEAP.peak() - before;
    (keyring, Measured { heap_verify: heap, heap, stack })
}

fn judge(case: &Case<'_>, keyring: &Keyring) -> (Result<(), Refused>, Measured) {
    let terms = Terms::read(case.terms).expect("terms");
    let file = HostFile::open(case.package);
    let before = HEAP.start();
    let mut heap_verify = 0;
    stack::paint();
    let found = bare_judge::judge(file, keyring, &terms, || heap_verify = HEAP.peak() - before);
    let stack = stack::used();
    (found, Measured { heap_verify, heap: HEAP.peak() - before, stack })
}
