//! Round trips and determinism. What is refused, and with which error, is in `tests/refusals.rs`.

use super::*;
use proptest::prelude::*;

fn encode(level: i32, chunk: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    Encoder::new(level).unwrap().encode(chunk, &mut out).unwrap();
    out
}

fn decode(stored: &[u8], image_bytes: usize) -> Result<Vec<u8>, Error> {
    let mut out = Vec::new();
    Decoder::new()?.decode(stored, image_bytes as u64, &mut out)?;
    Ok(out)
}

/// Bytes that do not compress, from a fixed sequence (an LCG with Knuth's multiplier).
fn noise(length: usize, seed: u64) -> Vec<u8> {
    let mut state = seed;
    let mut next = || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 56) as u8
    };
    std::iter::repeat_with(&mut next).take(length).collect()
}

/// Bytes somewhat like an image: words that come again, with noise between them.
fn mixture(length: usize, seed: u64) -> Vec<u8> {
    let words = noise(4096, seed);
    let mut out = Vec::with_capacity(length + 64);
    for pick in noise(length, seed + 1).chunks(3) {
        let from = usize::from(pick[0]) * 15;
        out.extend_from_slice(&words[from..from + 24]);
        out.extend_from_slice(pick);
        if out.len() >= length {
            break;
        }
    }
    out.truncate(length);
    out
}

/// Lengths at which frames change shape: content field widths, the least window, block borders.
const LENGTHS: [usize; 14] =
    [1, 2, 255, 256, 257, 1023, 1024, 1025, 65_791, 65_792, 131_071, 131_072, 131_073, 300_001];

#[test]
fn round_trip_at_every_length_level_and_kind() {
    for level in [1, 3, 6, 9, 19] {
        let mut encoder = Encoder::new(level).unwrap();
        let mut decoder = Decoder::new().unwrap();
        let (mut stored, mut out) = (Vec::new(), Vec::new());
        for length in LENGTHS {
            for chunk in [
                vec![0; length],
                noise(length, 1),
                mixture(length, 2),
                b"abc".repeat(length)[..length].to_vec(),
            ] {
                encoder.encode(&chunk, &mut stored).unwrap();
                decoder.decode(&stored, length as u64, &mut out).unwrap();
                assert!(out == chunk, "level {level}, {length} bytes");
                // What the delivery format allows a chunk to grow by.
                assert!(stored.len() <= length + (64 << 10));
            }
        }
    }
}

proptest! {
    #[test]
    fn round_trip(
        chunk in proptest::collection::vec(any::<u8>(), 1..3000),
        repeat in 1..100_usize,
        level in 1..10_i32,
    ) {
        let chunk = chunk.repeat(repeat);
        prop_assert_eq!(decode(&encode(level, &chunk), chunk.len()).unwrap(), chunk);
    }

    #[test]
    fn any_bytes_are_answered(stored in proptest::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(decode(&stored, 100).is_err());
    }

    /// Behind a sound header, so that the blocks are reached.
    #[test]
    fn any_blocks_are_answered(blocks in proptest::collection::vec(any::<u8>(), 0..200)) {
        let mut stored = vec![0x28, 0xB5, 0x2F, 0xFD, 0x60, 0, 0];
        stored.extend_from_slice(&blocks);
        if let Ok(out) = decode(&stored, 256) {
            prop_assert_eq!(out.len(), 256);
        }
    }
}

proptest! {
    /// What is decoded without libzstd is what libzstd decodes, and what is refused is refused by both.
    #[test]
    fn plain_frames_decode_the_same_without_libzstd(
        blocks in proptest::collection::vec((0..300_000_usize, any::<bool>(), any::<u8>()), 1..5),
        more in -1..2_i64,
    ) {
        let last = blocks.len() - 1;
        let (mut stored, mut sum) = (Vec::new(), 0);
        for (n, (size, is_rle, byte)) in blocks.into_iter().enumerate() {
            let head = u32::try_from(size << 3 | usize::from(is_rle) << 1 | usize::from(n == last)).unwrap();
            stored.extend_from_slice(&head.to_le_bytes()[..3]);
            stored.extend(if is_rle { vec![byte] } else { noise(size, byte.into()) });
            sum += size as i64;
        }
        let content = (sum + more).max(1) as u64;
        let size = u32::try_from(content).unwrap().to_le_bytes();
        let stored = [&[0x28, 0xB5, 0x2F, 0xFD, 0xA0], size.as_slice(), &stored].concat();
        let outline = frame::check(&stored, content, content.max(1024)).unwrap();
        prop_assert!(outline.is_plain());
        let mut out = Vec::new();
        let copied = outline.copy(&mut out);
        match decode(&stored, content as usize) {
            Ok(image) => prop_assert!(copied.is_ok() && out == image),
            Err(_) => prop_assert!(copied.is_err()),
        }
    }
}

#[test]
fn the_same_bytes_from_a_fresh_and_from_a_used_encoder() {
    // Larger than later ones and smaller, so that tables shrink, grow and are found dirty.
    let chunks: Vec<_> = [300_000, 1, 150_000, 600_000, 1000, 300_000]
        .into_iter()
        .zip(0..)
        .map(|(length, seed)| mixture(length, seed))
        .collect();
    // One level for each of libzstd's kinds of search: fast, double fast, lazy by rows, the same
    // with larger tables, binary tree, optimal.
    for level in [1, 3, 6, 9, 13, 19] {
        let fresh: Vec<_> = chunks.iter().map(|chunk| encode(level, chunk)).collect();
        let mut used = Encoder::new(level).unwrap();
        let mut out = Vec::new();
        let there = chunks.iter().zip(&fresh);
        for (chunk, fresh) in there.clone().chain(there.rev()) {
            used.encode(chunk, &mut out).unwrap();
            assert!(out == *fresh, "level {level}, {} bytes", chunk.len());
        }
    }
}

#[test]
fn the_same_bytes_on_every_thread() {
    let chunk = mixture(500_000, 5);
    let here = encode(9, &chunk);
    std::thread::scope(|scope| {
        let threads = [0; 3].map(|_| scope.spawn(|| encode(9, &chunk)));
        for thread in threads {
            assert!(thread.join().unwrap() == here);
        }
    });
}

#[test]
fn frames_say_no_more_than_they_must() {
    // Single segment, one byte of content size, no checksum, no dictionary id: descriptor 0x20.
    assert_eq!(encode(3, b"a")[..6], [0x28, 0xB5, 0x2F, 0xFD, 0x20, 1]);
    // Level 1 looks back 512 KiB at most: a chunk above that states its window (2^19: 9 << 3).
    let stored = encode(1, &mixture(600_001, 3));
    assert_eq!(stored[4..6], [0x80, 9 << 3]);
}

#[test]
fn memory_is_what_was_said() {
    let chunk = mixture(2_000_000, 4);
    let stored = encode(19, &chunk);
    let mut decoder = Decoder::new().unwrap();
    let mut out = vec![7; 10]; // left over from elsewhere
    decoder.decode(&stored, 2_000_000, &mut out).unwrap();
    assert_eq!(out.capacity(), 2_000_000);
    assert!(decoder.context.sizeof() as u64 <= DECODER_CONTEXT_BYTES);
}

#[test]
fn levels_and_empty_chunks() {
    for found in [i32::MIN, -1, 0, 23] {
        let refused = Encoder::new(found).err();
        assert_eq!(refused, Some(Error::Level { max: 22, found }));
    }
    let mut out = vec![1];
    let empty = Encoder::new(1).unwrap().encode(b"", &mut out);
    assert_eq!((empty, out.len()), (Err(Error::Empty), 0));
    assert_eq!(Encoder::MAX_LEVEL, zstd_safe::max_c_level());
}
