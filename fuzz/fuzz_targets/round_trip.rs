//! A delta is made, and decoded with just the memory that the encoder says it takes.

use pkg_codec::delta::{Decoder, EncodeOptions, Map, Sizes, encode};
use std::num::NonZeroUsize;

/// Panics unless the delta from `base` to `image`, made on so many threads for a device with so much memory, gives the
/// image back.
pub fn check(base: &[u8], image: &[u8], jobs: usize, decode_memory: u64) {
    let jobs = NonZeroUsize::new(jobs).unwrap();
    let mut stored = Vec::new();
    let options = EncodeOptions { jobs, decode_memory, ..EncodeOptions::default() };
    let memory = encode(&base, &image, &options, &mut |len, bytes| {
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
    let map = Map::decode(&stored[0].1, &base, image.len() as u64, map).unwrap();
    let left = sizes.left_for_chunk(memory, &map);
    let (mut decoder, mut out, mut all) = (Decoder::new(left), Vec::new(), Vec::new());
    for (len, bytes) in &stored[1..] {
        decoder.decode(&map, &base, all.len() as u64, bytes, *len, &mut out).unwrap();
        all.extend_from_slice(&out);
    }
    assert!(all == image);
}
