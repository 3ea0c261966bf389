//! Deltas of generated pairs: every one rebuilds its image, whatever the threads and the memory.
#![allow(missing_docs)]

use pkg_codec::Error;
use pkg_codec::delta::{Base, Decoder, EncodeOptions, Map, ReadError, encode};
use proptest::prelude::*;
use std::num::NonZeroUsize;
use std::sync::LazyLock;

struct Delta {
    preamble: Vec<u8>,
    chunks: Vec<(u64, Vec<u8>)>,
    memory: u64,
}

impl Delta {
    fn make(base: &[u8], image: &[u8], jobs: usize, memory: u64) -> Delta {
        let mut stored = Vec::new();
        let options =
            EncodeOptions { jobs: NonZeroUsize::new(jobs).unwrap(), memory, ..EncodeOptions::default() };
        let memory = encode(&base, &image, &options, &mut |len, bytes| {
            stored.push((len, bytes.to_vec()));
            Ok(())
        })
        .unwrap();
        let (zero, preamble) = stored.remove(0);
        assert_eq!(zero, 0);
        Delta { preamble, chunks: stored, memory }
    }

    fn apply(&self, base: &[u8]) -> Result<Vec<u8>, Error> {
        let image: u64 = self.chunks.iter().map(|c| c.0).sum();
        let map = Map::decode(&self.preamble, &base, image, self.memory)?;
        let (mut all, mut decoder, mut out) = (Vec::new(), Decoder::new(u64::MAX), Vec::new());
        for (len, stored) in &self.chunks {
            decoder.decode(&map, &base, all.len() as u64, stored, *len, &mut out)?;
            all.extend_from_slice(&out);
        }
        Ok(all)
    }

    fn size(&self) -> usize {
        self.preamble.len() + self.chunks.iter().map(|c| c.1.len()).sum::<usize>()
    }
}

/// Makes, applies, compares; gives the size.
fn round_trip(base: &[u8], image: &[u8]) -> usize {
    let delta = Delta::make(base, image, 1, u64::MAX);
    assert!(delta.apply(base).unwrap() == image, "{} -> {} bytes", base.len(), image.len());
    for (len, stored) in &delta.chunks {
        assert!(!stored.is_empty() && stored.len() as u64 <= len + 65_536);
    }
    delta.size()
}

/// Bytes that look random, the same every time.
fn noise(len: usize, seed: u64) -> Vec<u8> {
    let mut x = seed.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let next = |_| {
        x ^= x << 13;
        x ^= x >> 7;
        x ^= x << 17;
        (x >> 32) as u8
    };
    (0..len).map(next).collect()
}

/// Something like code: words of few kinds, with numbers in them.
fn program(len: usize, seed: u64) -> Vec<u8> {
    let kinds = noise(64, 1);
    let mut program: Vec<u8> = noise(len / 4 + 1, seed)
        .into_iter()
        .flat_map(|b| [b, kinds[usize::from(b % 16)], kinds[usize::from(b % 7) + 16], 0x94])
        .collect();
    program.truncate(len);
    program
}

#[test]
fn empty_and_tiny() {
    for base in [&b""[..], b"a", b"ab", b"abcdefgh"] {
        for image in [&b""[..], b"a", b"b", b"ab", b"abcdefgh", b"abcdefghi", b"bcdefgh"] {
            round_trip(base, image);
        }
    }
}

#[test]
fn identical_images_cost_next_to_nothing() {
    let base = program(1 << 20, 3);
    assert!(round_trip(&base, &base) < 40);
    let zeros = vec![0; 20 << 20];
    assert!(round_trip(&zeros, &zeros) < 200);
}

#[test]
fn one_byte_anywhere() {
    let base = program(100_000, 4);
    for at in [0, 1, 31, 32, 4095, 4096, 65_535, 65_536, 99_999] {
        let mut image = base.clone();
        image[at] ^= 0x55;
        let size = round_trip(&base, &image);
        assert!(size < 64, "{at}: {size}");
    }
}

#[test]
fn what_is_new_is_stored_and_no_more() {
    let (base, image) = (noise(300_000, 1), noise(300_000, 2));
    assert!(round_trip(&base, &image) < 300_100);
    assert!(round_trip(b"", &image) < 300_100);
    assert!(round_trip(&base, &[7; 300_000]) < 1000);
    // Many fresh bytes are for a quicker codec, few for a smaller one.
    let first = |image: &[u8]| Delta::make(&base, image, 1, u64::MAX).chunks[0].1[0];
    assert_eq!([200_000, 300_000].map(|len| first(&program(len, 3))), [1, 2]);
    assert_eq!(first(&noise(200_000, 3)), 2);
}

#[test]
fn moved_swapped_inserted_and_cut() {
    let base = program(400_000, 5);
    let (a, b) = base.split_at(150_000);
    assert!(round_trip(&base, &[b, a].concat()) < 200);
    assert!(round_trip(&base, &[a, &noise(100, 9), b].concat()) < 400);
    assert!(round_trip(&base, &[&a[..100_000], b].concat()) < 200);
    assert!(round_trip(&base, &[a, a, b, b].concat()) < 300);
}

/// What code does when something is inserted before it: the same number is added everywhere.
#[test]
fn the_same_difference_again_and_again_costs_little() {
    let base = program(400_000, 6);
    let mut image = base.clone();
    image.chunks_exact_mut(16).for_each(|w| w[0] = w[0].wrapping_add(0x30));
    let size = round_trip(&base, &image);
    assert!(size < 2000, "{size}");
}

#[test]
fn sizes_around_every_boundary() {
    let base = program((4 << 20) + 70_000, 7);
    let small = &base[..70_000];
    for len in [3, 4, 5, 31, 32, 33, 63, 64, 65, 4095, 4096, 4097, 65_535, 65_536, 65_537] {
        let mut image = base[..len].to_vec();
        image[len - 1] ^= 1;
        round_trip(small, &image);
        round_trip(&image, &base[..1000]);
    }
    for len in [(1 << 20) - 1, 1 << 20, (1 << 20) + 1, (4 << 20) - 1, 4 << 20, (4 << 20) + 1] {
        let mut image = base[..len].to_vec();
        image[len / 2] ^= 1;
        image[len - 1] ^= 1;
        round_trip(&base, &image);
    }
}

/// A base so large that only what did not come back is indexed.
#[test]
fn a_large_base() {
    let mut base = program(66 << 20, 13);
    base[..8 << 20].copy_from_slice(&noise(8 << 20, 14));
    let mut image = base.clone();
    image.rotate_left(5 << 20);
    image.splice(30 << 20..30 << 20, noise(1000, 15));
    for at in (0..50).map(|n| n * 1_300_001) {
        image[at] ^= 0x11;
    }
    let size = round_trip(&base, &image);
    assert!(size < 3000, "{size}");
}

#[test]
fn threads_change_nothing_and_little_memory_only_the_size() {
    let base = program(5 << 20, 8);
    let mut image = base[1000..].to_vec();
    for at in (0..image.len()).step_by(5000) {
        image[at] = image[at].wrapping_add(3);
    }
    let one = Delta::make(&base, &image, 1, u64::MAX);
    let two = Delta::make(&base, &image, 3, u64::MAX);
    assert!(one.preamble == two.preamble && one.chunks == two.chunks);
    let little = Delta::make(&base, &image, 2, 80 << 20);
    assert!(little.preamble != one.preamble);
    assert!(little.apply(&base).unwrap() == image);
    assert!(little.size() < 2 * one.size());
}

/// A delta is made again with smaller tables and chunks until a device can hold it.
#[test]
fn a_delta_fits_the_memory_of_a_device() {
    let base = program(3 << 20, 5);
    let mut image = base.clone();
    image.iter_mut().step_by(1000).for_each(|byte| *byte ^= 1);
    image.splice(1 << 20..1 << 20, noise(5000, 8));
    let made = |decode_memory| {
        let mut delta = Delta { preamble: Vec::new(), chunks: Vec::new(), memory: 0 };
        let options = EncodeOptions { decode_memory, ..EncodeOptions::default() };
        delta.memory = encode(&base.as_slice(), &image.as_slice(), &options, &mut |len, bytes| {
            delta.chunks.push((len, bytes.to_vec()));
            Ok(())
        })
        .unwrap();
        delta.preamble = delta.chunks.remove(0).1;
        assert!(delta.apply(&base).unwrap() == image, "{decode_memory}");
        delta
    };
    let (free, mut before) = (made(u64::MAX), 0);
    assert!(free.memory > 4 << 20, "{}", free.memory);
    for limit in [4u64 << 20, 3 << 20, 2 << 20, 1 << 20, 512 << 10, 300 << 10] {
        let delta = made(limit);
        assert!(delta.memory <= limit, "{} of {limit}", delta.memory);
        assert!(delta.size() >= before, "{limit}: {} after {before}", delta.size());
        before = delta.size();
    }
    // What no device of a few bytes can decode needs as little as can be.
    let least = made(1);
    assert!(least.memory < 300 << 10 && least.memory > 1, "{}", least.memory);
}

#[test]
fn the_base_is_read_inside_its_bounds_only() {
    struct Strict(Vec<u8>);
    impl Base for Strict {
        fn size(&self) -> u64 {
            self.0.len() as u64
        }
        fn read_exact_at(&self, at: u64, buffer: &mut [u8]) -> Result<(), ReadError> {
            self.0.as_slice().read_exact_at(at, buffer)
        }
    }
    let base = program(10_000, 10);
    let image = [&base[9000..], &base[..9000]].concat();
    let delta = Delta::make(&base, &image, 1, u64::MAX);
    let map = Map::decode(&delta.preamble, &base.as_slice(), 10_000, delta.memory).unwrap();
    let mut out = Vec::new();
    Decoder::new(u64::MAX).decode(&map, &Strict(base), 0, &delta.chunks[0].1, 10_000, &mut out).unwrap();
    assert!(out == image);
    // A base that has become shorter is an error, not a panic.
    let short = Strict(out[..9999].to_vec());
    let result = Decoder::new(u64::MAX).decode(&map, &short, 0, &delta.chunks[0].1, 10_000, &mut out);
    assert!(matches!(result, Err(Error::ReadBase { .. })), "{result:?}");
    assert!(out.is_empty());
}

#[test]
fn a_chunk_is_refused_by_name() {
    let base = program(50_000, 11);
    let mut image = base.clone();
    image[1000..1100].copy_from_slice(&noise(100, 12));
    let delta = Delta::make(&base, &image, 1, u64::MAX);
    let map = Map::decode(&delta.preamble, &base.as_slice(), 50_000, delta.memory).unwrap();
    let stored = &delta.chunks[0].1;
    let mut out = Vec::new();
    let mut decode =
        |stored: &[u8], len| Decoder::new(u64::MAX).decode(&map, &base.as_slice(), 0, stored, len, &mut out);
    assert_eq!(decode(stored, 50_000), Ok(()));
    assert_eq!(decode(stored, 0), Err(Error::Empty));
    assert_eq!(decode(&[], 50_000), Err(Error::Truncated { stored: 0 }));
    for found in [0, 3, 255] {
        let other = [&[found], &stored[1..]].concat();
        assert_eq!(decode(&other, 50_000), Err(Error::DeltaVersion { found }));
    }
    let longer = [stored.as_slice(), &[0]].concat();
    assert!(matches!(decode(&longer, 50_000), Err(Error::TrailingBytes { .. })));
    for cut in 1..stored.len().min(40) {
        assert!(decode(&stored[..cut], 50_000).is_err(), "{cut}");
    }
    let framed = [&[2, 3, 0, 0, 0, 1, 2, 3], stored.as_slice()].concat();
    assert_eq!(decode(&framed, 50_000), Err(Error::Frame { reason: Box::new(Error::NotAFrame) }));
    for cut in 1..6 {
        assert_eq!(decode(&framed[..cut], 50_000), Err(Error::Truncated { stored: cut }));
    }
}

/// What one edit does to an image.
#[derive(Debug, Clone)]
enum Edit {
    Insert(usize, Vec<u8>),
    Remove(usize, usize),
    Move(usize, usize, usize),
    Change(usize, u8),
    AddToWords(usize, usize, u8),
}

fn edit() -> impl Strategy<Value = Edit> {
    let place = 0..20_000usize;
    prop_oneof![
        (place.clone(), proptest::collection::vec(any::<u8>(), 0..300)).prop_map(|(a, b)| Edit::Insert(a, b)),
        (place.clone(), 0..3000usize).prop_map(|(a, n)| Edit::Remove(a, n)),
        (place.clone(), 0..3000usize, place.clone()).prop_map(|(a, n, b)| Edit::Move(a, n, b)),
        (place.clone(), any::<u8>()).prop_map(|(a, b)| Edit::Change(a, b)),
        (place, 0..3000usize, any::<u8>()).prop_map(|(a, n, b)| Edit::AddToWords(a, n, b)),
    ]
}

fn edited(base: &[u8], edits: &[Edit]) -> Vec<u8> {
    let mut image = base.to_vec();
    for edit in edits {
        let range = |a: usize, n: usize, len: usize| a.min(len)..(a + n).min(len);
        let len = image.len();
        match edit {
            Edit::Insert(at, bytes) => drop(image.splice(range(*at, 0, len), bytes.iter().copied())),
            Edit::Remove(at, n) => drop(image.drain(range(*at, *n, len))),
            Edit::Move(at, n, to) => {
                let moved: Vec<u8> = image.drain(range(*at, *n, len)).collect();
                let to = (*to).min(image.len());
                image.splice(to..to, moved);
            }
            Edit::Change(at, byte) => {
                if let Some(there) = image.get_mut(*at) {
                    *there = *byte;
                }
            }
            Edit::AddToWords(at, n, add) => {
                image[range(*at, *n, len)].chunks_mut(4).for_each(|w| w[0] = w[0].wrapping_add(*add));
            }
        }
    }
    image
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn any_edits(seed: u64, len in 0..20_000usize, edits in proptest::collection::vec(edit(), 0..12)) {
        let base = program(len, seed);
        let image = edited(&base, &edits);
        round_trip(&base, &image);
    }

    /// Whatever the preamble, it is a map inside both images, or an error.
    #[test]
    fn any_preamble(bytes in proptest::collection::vec(any::<u8>(), 0..200), base in 0..5000u64, image in 1..5000u64) {
        let stored = [&[2], bytes.as_slice()].concat();
        if let Ok(map) = Map::decode(&stored, &vec![7; base as usize].as_slice(), image, 1 << 24) {
            let mut at = 0;
            for s in map.from(0) {
                prop_assert_eq!(s.new, at);
                prop_assert!(s.len > 0 && s.old.is_none_or(|old| old + s.len <= base));
                at += s.len;
            }
            prop_assert_eq!(at, image);
        }
    }

    /// Whatever the chunk, it is as many bytes as announced, or an error and none.
    #[test]
    fn any_chunk(bytes in proptest::collection::vec(any::<u8>(), 0..400), version in 0..4u8, at in 0..200usize, flip: u8) {
        static MADE: LazyLock<(Vec<u8>, Vec<u8>, Delta)> = LazyLock::new(|| {
            let base = program(9000, 1);
            let image = edited(&base, &[Edit::Insert(100, noise(200, 3)), Edit::AddToWords(4000, 900, 5)]);
            let delta = Delta::make(&base, &image, 1, u64::MAX);
            (base, image, delta)
        });
        let (base, image, delta) = &*MADE;
        let len = image.len() as u64;
        let map = Map::decode(&delta.preamble, &base.as_slice(), len, delta.memory).unwrap();
        let mut changed = delta.chunks[0].1.clone();
        let at = at % changed.len();
        changed[at] ^= flip;
        for stored in [[&[version], bytes.as_slice()].concat(), changed] {
            let mut out = vec![1, 2, 3];
            match Decoder::new(u64::MAX).decode(&map, &base.as_slice(), 0, &stored, len, &mut out) {
                Ok(()) => prop_assert_eq!(out.len() as u64, len),
                Err(_) => prop_assert!(out.is_empty()),
            }
        }
    }
}
