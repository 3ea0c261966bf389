//! Where an image is loaded to, if no header says so: found by the numbers in it.

use super::bytes::{long, word};
use std::ops::Range;

/// Bytes of a record of relocation, and records from which on they are a table.
pub(super) const RELOCATION: usize = 24;
const RELOCATIONS: usize = 64;

/// The largest image whose load address is looked for, what it is a multiple of, and how many pointers are tried.
const LOADED: usize = 16 << 20;
const STEP: u32 = 0x1000;
const SAMPLE: usize = 4096;

/// Tables of relocations: records of 24 bytes, as images of 64 bits have them that find out where they are. Each says
/// which place, and which number the address of the image is added to there.
pub(super) fn relocations(image: &[u8]) -> Vec<Range<usize>> {
    let mut tables = Vec::new();
    let mut at = 0;
    while at + RELOCATION <= image.len() {
        let Some(kind @ (3 | 8 | 1027)) = long(image, at + 8) else {
            at += 8;
            continue;
        };
        let mut end = at + RELOCATION;
        while long(image, end + 8) == Some(kind) {
            end += RELOCATION;
        }
        if end - at >= RELOCATIONS * RELOCATION {
            tables.push(at..end);
            at = end;
        } else {
            // A short run may hide the first record of a longer one.
            at += 8;
        }
    }
    tables
}

/// The numbers in tables of relocations.
fn relocated<'a>(image: &'a [u8], tables: &'a [Range<usize>]) -> impl Iterator<Item = u32> + 'a {
    tables.iter().flat_map(|table| table.clone().step_by(RELOCATION)).filter_map(|at| word(image, at + 16))
}

/// Where an image is loaded: the address that makes most of its pointers point at the beginning of a text, or
/// 0 if it is not known.
pub(super) fn load_address(image: &[u8]) -> i64 {
    if is_kernel(image) {
        return kernel_address(image);
    }
    if image.len() > LOADED {
        return 0;
    }
    let mut pointers: Vec<u32> = relocated(image, &relocations(image)).collect();
    if pointers.is_empty() {
        pointers = (0..image.len() / 4).filter_map(|n| word(image, 4 * n)).collect();
    }
    pointers.sort_unstable();
    pointers.dedup();
    // Where pointers are dense is where the image may be: the window of its length with most different values.
    let len = image.len() as u32;
    let (mut best, mut high) = ((0, 0), 0);
    for (low, first) in pointers.iter().enumerate().filter(|(_, first)| **first >= 0x1000) {
        high = high.max(low);
        while pointers.get(high).is_some_and(|pointer| pointer - first < len) {
            high += 1;
        }
        best = best.max((high - low, *first));
    }
    let (count, first) = best;
    if count < 32 {
        return 0;
    }
    let from = first.saturating_sub(len) / STEP * STEP;
    let near: Vec<u32> =
        pointers.into_iter().filter(|p| (from..first.saturating_add(2 * len)).contains(p)).collect();
    let near: Vec<u32> = near.iter().step_by(near.len() / SAMPLE + 1).copied().collect();
    let texts = texts(image);
    let hits = |at: u32, pointer: &&u32| {
        pointer.checked_sub(at).is_some_and(|o| texts.get(o as usize) == Some(&true))
    };
    let score = |at: u32| near.iter().filter(|pointer| hits(at, pointer)).count();
    let scored = (from..=first.saturating_add(len / 2))
        .step_by(STEP as usize)
        .map(|at| (score(at), std::cmp::Reverse(at)));
    match scored.max() {
        Some((score, at)) if score > 16 => i64::from(at.0 as i32),
        _ => 0,
    }
}

/// Where texts begin: after a zero, four printable bytes.
fn texts(image: &[u8]) -> Vec<bool> {
    let printable = |byte: &u8| (0x20..0x7F).contains(byte);
    let begins = |w: &[u8]| w[0] == 0 && w[1..].iter().all(printable);
    std::iter::once(false).chain(image.windows(5).map(begins)).collect()
}

/// Whether an image is a Linux kernel for arm64 or RISC-V. One that boots by EFI begins like a PE file too, which is
/// only a shell: it has two sections, and addresses from 0 on.
pub(super) fn is_kernel(image: &[u8]) -> bool {
    matches!(image.get(56..60), Some(b"ARM\x64" | b"RSC\x05"))
}

/// Where a kernel of 64 bits is linked to: one of the usual addresses, by its pointers.
fn kernel_address(image: &[u8]) -> i64 {
    let usual = [
        0xFFFF_8000_0800_0000u64,
        0xFFFF_8000_8000_0000,
        0xFFFF_8000_1000_0000,
        0xFFFF_FF80_0800_0000,
        0xFFFF_FFFF_8000_0000,
    ];
    let pointers: Vec<u64> =
        (0..image.len() / 8).filter_map(|n| long(image, 8 * n)).filter(|p| p >> 48 == 0xFFFF).collect();
    let score = |at: u64| pointers.iter().filter(|p| (at..at + image.len() as u64).contains(p)).count();
    let best = usual.into_iter().map(|at| (score(at), at)).max();
    best.filter(|(score, _)| *score > 1000).map_or(0, |(_, at)| at as i64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn relocations_say_where_an_image_is_loaded() {
        const LOADED_AT: u64 = 0x8020_0000;
        let mut image = vec![0x11u8; 0x1000];
        let mut texts = Vec::new();
        for n in 0..100 {
            image.push(0);
            texts.push(LOADED_AT + image.len() as u64);
            image.extend_from_slice(format!("text of number {n}").as_bytes());
        }
        image.resize(image.len().next_multiple_of(8), 0);
        for (n, text) in texts.iter().enumerate() {
            let record = [LOADED_AT + 0x800 + 8 * n as u64, 3, *text];
            image.extend(record.iter().flat_map(|number| number.to_le_bytes()));
        }
        let found = relocations(&image);
        let [table] = found.as_slice() else { panic!("{found:?}") };
        assert_eq!(*table, image.len() - 2400..image.len());
        let texts: Vec<u32> = texts.iter().map(|text| *text as u32).collect();
        assert_eq!(relocated(&image, &found).collect::<Vec<_>>(), texts);
        assert_eq!(load_address(&image), LOADED_AT as i64 - (1 << 32));
        assert_eq!(relocations(&image[..0x1000]), []);
    }
}
