//! Images with bytes changed: whatever comes out, it comes soon, and no panic escapes.

mod tree;

use flate2::read::GzDecoder;
use liblzma::read::XzDecoder;
use pkg_contents::{Image, Limits, ListOptions, differences, list};
use std::io::Read;
use std::sync::atomic::AtomicBool;
use std::time::{Duration, Instant};
use tree::images;

/// How many changed images each reader meets.
const ROUNDS: usize = 20_000;

/// No image of a few kilobytes takes longer; a tenth would do on a machine with nothing else to do.
const LONGEST: Duration = Duration::from_secs(60);

/// A stream of numbers that is the same in each run.
struct Numbers(u64);

impl Numbers {
    fn below(&mut self, end: usize) -> usize {
        // Xorshift by Marsaglia, with the shifts 13, 7, 17.
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }
}

/// The image as its reader meets it.
fn bare(name: &str, bytes: Vec<u8>) -> Vec<u8> {
    let mut out = Vec::new();
    let read = match name.rsplit('.').next() {
        Some("gz") => GzDecoder::new(&bytes[..]).read_to_end(&mut out),
        Some("xz") => XzDecoder::new(&bytes[..]).read_to_end(&mut out),
        Some("zst") => zstd::stream::copy_decode(&bytes[..], &mut out).map(|()| 0),
        _ => return bytes,
    };
    read.expect("it decompresses");
    out
}

/// Changes bytes of `image` `rounds` times and lists each. Half of the places are where something is.
fn mutate(name: &str, image: &[u8], rounds: usize) {
    let interrupted = AtomicBool::new(false);
    let limits = Limits { entries: 2000, paths: 1 << 20, content: 2 << 20, decoded: 4 << 20 };
    let options = ListOptions { limits, scratch: &std::env::temp_dir(), interrupted: &interrupted };
    let sound = list(&Image::memory(image.to_vec()), &options).expect("read");
    let full: Vec<_> = (0..image.len()).filter(|i| image[*i] != 0).collect();
    let mut numbers = Numbers(0x9e37_79b9_7f4a_7c15);
    let (mut gave_up, mut read, mut longest) = (0, 0, Duration::ZERO);
    for round in 0..rounds {
        let mut changed = image.to_vec();
        for _ in 0..=numbers.below(3) {
            let at = match numbers.below(2) {
                0 => full[numbers.below(full.len())],
                _ => numbers.below(image.len()),
            };
            // Extremes find more than noise.
            changed[at] = match numbers.below(4) {
                0 => 0,
                1 => 0xff,
                2 => changed[at] ^ (1 << numbers.below(8)),
                _ => numbers.below(256) as u8,
            };
        }
        let start = Instant::now();
        let found = list(&Image::memory(changed), &options).expect("an image in memory can be read");
        longest = longest.max(start.elapsed());
        assert!(start.elapsed() < LONGEST, "{name}, round {round}: {:?}", start.elapsed());
        assert!(found.entries.windows(2).all(|pair| pair[0].path < pair[1].path), "sorted, each once");
        let _ = differences(&sound, &found);
        match found.unread.as_deref() {
            Some("the reader failed") => gave_up += 1,
            Some(_) => {}
            None => read += 1,
        }
    }
    println!("{name}: {rounds} rounds, {read} still read, {gave_up} panics caught, longest {longest:?}");
    assert_eq!(gave_up, 0, "{name}: a reader panicked, which was caught");
}

fn all(of: &str) {
    let of: Vec<_> = images().into_iter().filter(|(name, _)| name.starts_with(of)).collect();
    for (name, bytes) in &of {
        mutate(name, &bare(name, bytes.clone()), ROUNDS / of.len());
    }
}

#[test]
fn tar() {
    all("tar");
}

#[test]
fn cpio() {
    all("cpio");
}

#[test]
fn squashfs() {
    all("squashfs");
}

#[test]
fn ext() {
    all("ext");
}

#[test]
fn fat() {
    // FAT 16 and 32 have a least size: what is read is the same but for the width of the table.
    all("fat12");
}

#[test]
fn compressed() {
    for (name, bytes) in images() {
        if !name.starts_with("squashfs") && !name.starts_with("fat32") && !name.starts_with("fat16") {
            mutate(&name, &bytes, ROUNDS / 20);
        }
    }
}

#[test]
fn bundles() {
    let bundles = tree::folder("bundles");
    for (name, bytes) in &bundles {
        mutate(name, bytes, ROUNDS / bundles.len());
    }
}

/// A disk of two partitions, the first of which holds an archive in the form "odc".
fn disk() -> Vec<u8> {
    let mut archive = Vec::new();
    for (name, content) in [("etc/motd", "hello"), ("TRAILER!!!", "")] {
        let (length, size) = (name.len() + 1, content.len());
        archive.extend(format!(
            "070707{:06o}{:06o}{:06o}{:06o}{:06o}{:06o}{:06o}{:011o}{length:06o}{size:011o}{name}\0{content}",
            1, 2, 0o100_644, 0, 0, 1, 0, 0
        ).into_bytes());
    }
    let mut disk = vec![0; 512];
    for (number, (first, count)) in [(1u32, 2u32), (3, 1)].into_iter().enumerate() {
        let at = 446 + number * 16;
        disk[at + 4] = 0x83;
        disk[at + 8..at + 12].copy_from_slice(&first.to_le_bytes());
        disk[at + 12..at + 16].copy_from_slice(&count.to_le_bytes());
    }
    disk[510..512].copy_from_slice(&[0x55, 0xaa]);
    disk.extend(archive);
    disk.resize(4 * 512, 7);
    disk
}

#[test]
fn disks_and_uimages() {
    mutate("disk", &disk(), ROUNDS);
    let mut image = vec![0x27, 0x05, 0x19, 0x56];
    image.resize(64, 1);
    image[12..16].copy_from_slice(&2048u32.to_be_bytes());
    image.extend(disk());
    mutate("uImage", &image, ROUNDS / 4);
}

#[test]
fn elf() {
    mutate("elf", &small_elf(), ROUNDS);
}

/// An ELF file of 64 bits: a header, a note with a build id, and two sections.
fn small_elf() -> Vec<u8> {
    let mut elf = vec![0u8; 0x40];
    elf[..7].copy_from_slice(b"\x7fELF\x02\x01\x01");
    let put = |elf: &mut Vec<u8>, at: usize, bytes: &[u8]| elf[at..at + bytes.len()].copy_from_slice(bytes);
    let note = [4u32.to_le_bytes(), 20u32.to_le_bytes(), 3u32.to_le_bytes()].concat();
    let note = [&note[..], b"GNU\0", &[7; 20]].concat();
    let names = b"\0.note\0.text\0.names\0";
    // Program header at 0x40, then note, names, text, section headers.
    let at_note = 0x40 + 56;
    let at_names = at_note + note.len();
    let at_text = at_names + names.len();
    let at_sections = (at_text + 100).next_multiple_of(8);
    put(&mut elf, 16, &2u16.to_le_bytes());
    put(&mut elf, 18, &62u16.to_le_bytes());
    put(&mut elf, 20, &1u32.to_le_bytes());
    put(&mut elf, 32, &0x40u64.to_le_bytes());
    put(&mut elf, 40, &(at_sections as u64).to_le_bytes());
    for (at, value) in [(52, 64u16), (54, 56), (56, 1), (58, 64), (60, 4), (62, 3)] {
        put(&mut elf, at, &value.to_le_bytes());
    }
    let program = [at_note as u64, 0, 0, note.len() as u64, note.len() as u64, 4];
    elf.extend([4u32.to_le_bytes(), 4u32.to_le_bytes()].concat());
    elf.extend(program.iter().flat_map(|n| n.to_le_bytes()));
    elf.extend(&note);
    elf.extend(names);
    elf.extend([0x90; 100]);
    elf.resize(at_sections + 64, 0);
    let places = [(1u32, 7u32, at_note, note.len()), (7, 1, at_text, 100), (13, 3, at_names, names.len())];
    for (name, kind, at, size) in places {
        elf.extend([name.to_le_bytes(), kind.to_le_bytes()].concat());
        elf.extend([0u64, 0, at as u64, size as u64, 0, 1, 0].iter().flat_map(|n| n.to_le_bytes()).take(56));
    }
    elf
}

#[test]
fn a_build_id_is_found() {
    let interrupted = AtomicBool::new(false);
    let limits = Limits::default();
    let options = ListOptions { limits, scratch: &std::env::temp_dir(), interrupted: &interrupted };
    let found = list(&Image::memory(small_elf()), &options).expect("read");
    assert_eq!((found.formats, found.unread), (vec!["elf"], None));
    let paths: Vec<_> = found.entries.iter().map(|e| e.path.as_str()).collect();
    assert_eq!(paths, [".", ".names", ".note", ".text"]);
    assert_eq!(found.entries[0].build_id, Some(vec![7; 20]));
}
