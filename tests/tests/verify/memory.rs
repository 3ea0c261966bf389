//! Memory before and after anybody vouched for a package: bounded by what arrives, never by what is
//! claimed.
#![allow(unsafe_code)] // an allocator cannot be written without

use pkg_format::{Rule, Tree};
use pkg_tests::container::{Container, RawMember, field};
use pkg_tests::fake::path::{digest, list, map, num};
use pkg_tests::{Fake, keyrings, run};
use pkg_verify::{Error, Policy};
use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;

/// Counts what this thread holds, and the most it held.
struct Counting;

thread_local! {
    static LIVE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

fn count(change: isize) {
    let live = LIVE.get() + change;
    LIVE.set(live);
    PEAK.set(PEAK.get().max(live));
}

fn signed(size: usize) -> isize {
    isize::try_from(size).unwrap_or(isize::MAX)
}

// SAFETY: every call is passed on to the system's allocator unchanged; counting beside it touches
// thread-local cells that need no memory.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        count(-signed(layout.size()));
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        count(signed(layout.size()));
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        // The old and the new place may both be held while bytes are copied.
        count(signed(size));
        count(-signed(layout.size()));
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Runs `work`; gives its result and the most bytes that were held at once during it.
fn measured<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = LIVE.get();
    PEAK.set(before);
    let result = work();
    (result, usize::try_from(PEAK.get() - before).expect("what is held does not fall below zero"))
}

/// The rule that a package breaks, which may take at most `bound` bytes to find out.
fn refused_within(bound: usize, package: &[u8], what: &str) -> Rule {
    let keyring = keyrings::standard();
    let (verdict, peak) = measured(|| run::stream(package, &keyring));
    assert!(peak <= bound, "{what}: {peak} bytes held, at most {bound}");
    match verdict {
        Err(Error::Refused(refusal)) => refusal.rule,
        Err(error) => panic!("{what}: {error}"),
        Ok(_) => panic!("{what}: accepted"),
    }
}

/// One piece of reading (64 KiB), small statements, and the bookkeeping around them.
const SMALL: usize = 160 << 10;

/// The buffers that a base is compared and a package is read through.
const PIECES: usize = SMALL + (512 << 10);

const MIB: usize = 1 << 20;

fn claiming(container: Container, member: &str, size: u64) -> Vec<u8> {
    let claim = format!("{size:011o}\0");
    let claiming = |m: &mut RawMember| {
        m.put(field::SIZE.start, claim.as_bytes());
    };
    container.with(member, claiming).to_bytes()
}

#[test]
fn claimed_sizes_cost_nothing() {
    for (member, size, rule) in [
        ("manifest.cbor", 1 << 20, Rule::Con6),
        ("manifest.cbor", (1 << 20) + 1, Rule::Con4),
        ("manifest.cbor", 0o77_777_777_777, Rule::Con4),
        ("manifest.cose", 64 << 10, Rule::Con6),
        ("delivery.cbor", 1 << 20, Rule::Con6),
        ("payload/0", 0o77_777_777_777, Rule::Con8),
    ] {
        let package = claiming(Fake::small().container(), member, size);
        assert_eq!(refused_within(SMALL, &package, member), rule, "{member} {size}");
    }
    let evidence =
        Fake::notice().with_evidence("vex", "text/plain", b"x").set("evidence[0].size", num(64 << 20));
    let package = claiming(evidence.container(), "evidence/0", 64 << 20);
    assert_eq!(refused_within(SMALL, &package, "evidence"), Rule::Con6);
}

/// A signed chunk table may promise 16 MiB a chunk: memory grows only as they arrive.
#[test]
fn promised_chunks_cost_nothing_until_they_arrive() {
    let chunk = list([num(16 << 20), num(16 << 20), Tree::Bytes(vec![7; 32])]);
    let package = Fake::small()
        .set("images[0].size", num(64 << 20))
        .set_delivery("payloads[0].decode-memory", num(64 << 20))
        .set_delivery("payloads[0].chunks", Tree::List(vec![chunk; 4]));
    let package = claiming(package.container(), "payload/0", 64 << 20);
    assert_eq!(refused_within(SMALL, &package, "four chunks of 16 MiB"), Rule::Con6);
}

#[test]
fn length_bombs_cost_nothing() {
    for bomb in [
        &[0x5b, 255, 255, 255, 255, 255, 255, 255, 255][..],
        &[0x9b, 255, 255, 255, 255, 255, 255, 255, 255],
        &[0xbb, 255, 255, 255, 255, 255, 255, 255, 255],
        &[0x7a, 255, 255, 255, 255],
        &[0x9a, 0, 16, 0, 0],
        &[0xba, 0x7f, 255, 255, 255],
    ] {
        let bytes = bomb.to_vec();
        let package = Fake::notice().manifest_bytes(move |b| *b = bytes.clone()).package();
        assert_eq!(refused_within(SMALL, &package, "a bomb"), Rule::Cbr1, "{bomb:02x?}");
        let bytes = [&[0xd8, 98], bomb].concat();
        let package = Fake::notice().cose_bytes(move |b| *b = bytes.clone()).package();
        assert_eq!(refused_within(SMALL, &package, "a bomb in a signature"), Rule::Sig5, "{bomb:02x?}");
    }
}

/// A list of `n` zeros under `key`, as a whole manifest with everything else as it should be.
fn zeros(key: &'static str, n: usize) -> Vec<u8> {
    Fake::small().set(key, Tree::List(vec![Tree::Uint(0); n])).package()
}

/// The largest statement of the smallest items: what is not signed costs its own bytes, what is
/// signed costs 16 to 32 bytes an item, and items are bounded.
#[test]
fn many_items_cost_a_bounded_amount() {
    let unsigned = |n| {
        let bytes = [vec![0x9a, 0, 15, 255, 0], vec![0; n]].concat();
        Container::new(vec![RawMember::new("manifest.cbor", &bytes)]).to_bytes()
    };
    let (statement, held) = ((1 << 20) - 5, 3 * MIB + SMALL);
    assert_eq!(refused_within(held, &unsigned(statement), "unsigned"), Rule::Sig1);
    assert_eq!(refused_within(3 * MIB + SMALL, &zeros("images", 1_000_000), "a million items"), Rule::Cbr12);
    assert_eq!(refused_within(5 * MIB, &zeros("images", 130_000), "130,000 items"), Rule::Man5);
    assert_eq!(refused_within(5 * MIB, &zeros("fixes", 130_000), "130,000 items"), Rule::Man5);
    let keys = (0..65_000u32).map(|i| (format!("{i:05}"), Tree::Uint(0))).collect();
    let package = Fake::small().set("product", Tree::Map(keys)).package();
    assert_eq!(refused_within(8 * MIB, &package, "65,000 fields"), Rule::Man1);
}

/// Signature structures are read before anybody vouched for anything.
#[test]
fn many_items_in_a_signature_cost_a_bounded_amount() {
    for bytes in [
        [vec![0xd8, 98, 0x99, 0xff, 0x00], vec![0; 0xff00]].concat(),
        [vec![0xd8, 98, 0x84], vec![0x81; 8], vec![0x99, 0xfe, 0x00], vec![0; 0xfe00], vec![0; 3]].concat(),
    ] {
        assert!(bytes.len() <= 64 << 10);
        let package = Fake::notice().cose_bytes(move |b| *b = bytes.clone()).package();
        assert_eq!(refused_within(4 * MIB, &package, "60,000 items"), Rule::Sig5);
    }
}

/// Depth is bounded before recursion is: a small stack is enough for any input (RUSTSEC-2019-0025).
#[test]
fn nesting_does_not_eat_the_stack() {
    for nest in [&[0x81u8][..], &[0xa1, 0x61, b'a'], &[0x82, 0]] {
        let bytes = [nest.repeat(300_000 / nest.len()), vec![0]].concat();
        let package = Fake::notice().manifest_bytes(move |b| *b = bytes.clone()).package();
        let thread = std::thread::Builder::new().stack_size(128 << 10);
        let run = thread.spawn(move || refused_within(2 * MIB, &package, "deep")).expect("a thread");
        assert_eq!(run.join().expect("no overflow"), Rule::Cbr9);
    }
}

/// A sound package needs its statements, one chunk, and little else.
#[test]
fn a_sound_package_is_read_in_little_memory() {
    let (keyring, package) = (keyrings::standard(), Fake::security().package());
    let (verdict, peak) = measured(|| run::stream(&package[..], &keyring).is_ok());
    assert!(verdict && peak <= SMALL, "{peak} bytes");
}

/// Applying a delta takes what the delivery declares, by one job, and little beside it: nothing of it
/// grows with base or image.
#[test]
fn a_delta_is_applied_in_the_memory_that_is_declared() {
    for size in [1usize << 20, 20 << 20] {
        let old = pkg_tests::fake::content("base", size);
        let mut new = old.clone();
        for at in (0..size).step_by(10_007) {
            new[at] ^= 0x20;
        }
        new.splice(size / 2..size / 2, pkg_tests::fake::content("new", 1_000));
        let (declared, peak) = applied(old, &new);
        assert!(peak <= declared + PIECES, "{size}: {peak} bytes held, {declared} declared");
    }
}

/// So it is where fresh bytes come in frames, which are decoded whole beside the image: a large chunk
/// without any, then one of nothing else.
#[test]
fn fresh_bytes_in_frames_are_declared_too() {
    let old = pkg_tests::fake::content("base", 9 * MIB);
    let mut x = 1u64;
    let noise: Vec<u8> = (0..10 * MIB)
        .map(|_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            x.to_be_bytes()[0]
        })
        .collect();
    let (declared, peak) = applied(old.clone(), &[&old[..], &noise].concat());
    // Tables of 1.3 MiB, and a chunk of 2.5 MiB three times: as it is stored, in its frame's place, and in the image.
    assert!(declared > 8 * MIB, "{declared} declared");
    assert!(peak <= declared + PIECES, "{peak} bytes held, {declared} declared");
}

/// Applies the delta between two images. Gives the memory that its builder declares, and what was held.
fn applied(old: Vec<u8>, new: &[u8]) -> (usize, usize) {
    let mut chunks = Vec::new();
    let options =
        pkg_codec::delta::EncodeOptions { memory: 4 << 30, ..pkg_codec::delta::EncodeOptions::default() };
    let declared = pkg_codec::delta::encode(&&old[..], &new, &options, &mut |image_bytes, stored| {
        chunks.push((usize::try_from(image_bytes).expect("small"), stored.to_vec()));
        Ok(())
    });
    let declared = declared.expect("a delta");
    let base = map([
        ("sha256", digest(&old)),
        ("size", num(old.len() as u64)),
        ("version", pkg_tests::fake::path::text("1.4.2")),
    ]);
    let package = Fake::delta()
        .set("images[1].size", num(new.len() as u64))
        .set("images[1].sha256", digest(new))
        .set_delivery("payloads[1].base", base)
        .set_delivery("payloads[1].decode-memory", num(declared))
        .storing_chunks(1, &chunks)
        .package();
    let folder = tempfile::tempdir().expect("a folder");
    let (from, to) = (folder.path().join("old"), folder.path().join("new"));
    std::fs::write(&from, old).expect("a file");
    let keyring = keyrings::standard();
    let verified = pkg_verify::open(&package[..]).and_then(|p| p.verify(&keyring, &Policy::default()));
    let verified = verified.expect("a sound package");
    let output = pkg_install::Output::new("rootfs", &to).expect("an output").from_base(from);
    let apply = || pkg_install::apply(verified, &[output], &pkg_install::InstallOptions::default());
    let (applied, peak) = measured(apply);
    applied.unwrap_or_else(|e| panic!("{e}"));
    assert!(std::fs::read(&to).expect("an image") == new);
    (usize::try_from(declared).expect("small"), peak)
}

/// An install with journal, checkpoints and reading back takes the same for 10 MB and for 100 MB.
#[test]
fn an_install_takes_the_same_whatever_the_size_of_the_image() {
    let chunk = MIB;
    let peaks = [10, 100].map(|mib: usize| {
        let image: Vec<u8> =
            (0..mib * MIB / 4).flat_map(|n| (n as u32).wrapping_mul(2_654_435_761).to_le_bytes()).collect();
        let chunks: Vec<_> = image.chunks(chunk).map(|c| (c.len(), c.to_vec())).collect();
        let package = Fake::security()
            .set("images[1].size", num(image.len() as u64))
            .set("images[1].sha256", digest(&image))
            .set_delivery("payloads[1].decode-memory", num(2 * chunk as u64))
            .storing_chunks(1, &chunks)
            .package();
        drop(chunks);
        let folder = tempfile::tempdir().expect("a folder");
        let to = folder.path().join("new");
        let keyring = keyrings::standard();
        let verified = pkg_verify::open(&package[..]).and_then(|p| p.verify(&keyring, &Policy::default()));
        let verified = verified.expect("a sound package");
        let output = pkg_install::Output::new("rootfs", &to).expect("an output");
        let apply = || pkg_install::apply(verified, &[output], &pkg_install::InstallOptions::default());
        let (applied, peak) = measured(apply);
        applied.unwrap_or_else(|e| panic!("{e}"));
        assert!(std::fs::read(&to).expect("an image") == image);
        // Twice the chunk is what was declared; half of one is held twice while a buffer grows.
        assert!(peak <= 2 * chunk + chunk / 2 + PIECES, "{mib} MiB: {peak} bytes held");
        peak
    });
    println!("10 MiB: {} bytes held, 100 MiB: {} bytes", peaks[0], peaks[1]);
    // The chunk tables, and nothing else, grow: 48 bytes a chunk, some of them twice.
    assert!(peaks[1] <= peaks[0] + 90 * 48 * 4, "{peaks:?}");
}

/// What a refusal says is short, whatever it is about.
#[test]
fn refusals_are_short() {
    let long = "x".repeat(900_000);
    for (field, rule) in
        [("id", Rule::Man4), ("class", Rule::Sep1), ("contact", Rule::Txt3), ("cost", Rule::Man4)]
    {
        let package = Fake::small().set(field, Tree::text(long.clone())).package();
        let Err(Error::Refused(refusal)) = run::stream(&package[..], &keyrings::standard()) else {
            panic!("{field} is not refused")
        };
        assert_eq!(refusal.rule, rule);
        assert!(refusal.to_string().len() < 400, "{field}: {} bytes", refusal.to_string().len());
    }
    let fields = vec![(long.clone(), Tree::Uint(0))];
    let package = Fake::small().set("product", Tree::Map(fields)).package();
    let error = run::stream(&package[..], &keyrings::standard()).unwrap_err();
    assert!(error.to_string().len() < 400);
    let languages = vec![(long, Tree::text("x"))];
    let package = Fake::small().set("action.text", Tree::Map(languages)).package();
    let error = run::stream(&package[..], &keyrings::standard()).unwrap_err();
    assert_eq!(error.rule(), Some(Rule::Txt4));
    assert!(error.to_string().len() < 400);
}
