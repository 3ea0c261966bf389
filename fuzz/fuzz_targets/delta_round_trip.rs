//! Whatever base and image: the delta between them rebuilds the image, whatever the threads.
#![no_main]

mod round_trip;

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;

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

    round_trip::check(&base, &image, 1 + usize::from(input.jobs), u64::MAX);
});
