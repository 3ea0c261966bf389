//! Whatever base and image: the delta between them rebuilds the image, whatever the threads.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use pkg_codec::delta::{Decoder, Map, EncodeOptions, Sizes, encode};
use std::num::NonZeroUsize;

/// An image is the base with such pieces: kept, repeated, changed here and there, or new.
#[derive(Arbitrary, Debug)]
enum Piece<'a> {
    Kept { at: u16, len: u16 },
    Changed { at: u16, len: u16, every: u8, by: u8 },
    New(&'a [u8]),
}

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    base: &'a [u8],
    /// How often the base is repeated, so that short inputs make long files.
    times: u8,
    pieces: Vec<Piece<'a>>,
    jobs: bool,
}

fuzz_target!(|input: Input<'_>| {
    let base = input.base.repeat(usize::from(input.times % 32) + 1);
    let from = |at: u16, len: u16| {
        let at = usize::from(at).min(base.len());
        &base[at..(at + usize::from(len)).min(base.len())]
    };
    let mut image = Vec::new();
    for piece in input.pieces.iter().take(32) {
        match piece {
            Piece::Kept { at, len } => image.extend_from_slice(from(*at, *len)),
            Piece::New(bytes) => image.extend_from_slice(bytes),
            Piece::Changed { at, len, every, by } => {
                let mut bytes = from(*at, *len).to_vec();
                bytes.iter_mut().step_by(usize::from(*every) + 1).for_each(|b| *b = b.wrapping_add(*by));
                image.extend_from_slice(&bytes);
            }
        }
    }

    let jobs = NonZeroUsize::new(1 + usize::from(input.jobs)).unwrap();
    let mut stored = Vec::new();
    let options = EncodeOptions { jobs, ..EncodeOptions::default() };
    let memory = encode(&base.as_slice(), &image.as_slice(), &options, &mut |len, bytes| {
        stored.push((len, bytes.to_vec()));
        Ok(())
    })
    .unwrap();

    // What the encoder says it takes is enough, for the map and for each chunk.
    let most = |of: &dyn Fn(&(u64, Vec<u8>)) -> u64| stored.iter().map(of).max().unwrap_or(0);
    let sizes = Sizes {
        image_bytes: most(&|(len, _)| *len),
        stored_bytes: most(&|(_, bytes)| bytes.len() as u64),
        preamble: stored[0].1.len() as u64,
    };
    let map = sizes.left_for_map(memory);
    let map = Map::decode(&stored[0].1, &base.as_slice(), image.len() as u64, map).unwrap();
    let left = sizes.left_for_chunk(memory, &map);
    let (mut decoder, mut out, mut all) = (Decoder::new(left), Vec::new(), Vec::new());
    for (len, bytes) in &stored[1..] {
        decoder.decode(&map, &base.as_slice(), all.len() as u64, bytes, *len, &mut out).unwrap();
        all.extend_from_slice(&out);
    }
    assert!(all == image);
});
