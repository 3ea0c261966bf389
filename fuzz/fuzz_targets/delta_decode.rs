//! Whatever a preamble and a chunk hold: as many bytes as announced, or an error and none.
#![no_main]

use arbitrary::Arbitrary;
use libfuzzer_sys::fuzz_target;
use pkg_codec::delta::{Decoder, Map};
use std::cell::RefCell;

#[derive(Arbitrary, Debug)]
struct Input<'a> {
    base: &'a [u8],
    image: u16,
    at: u16,
    len: u16,
    /// Most inputs should get past the first byte.
    versions: (bool, bool),
    preamble: &'a [u8],
    chunk: &'a [u8],
}

thread_local! {
    /// Made once: its tables are large beside the inputs.
    static DECODER: RefCell<Decoder> = RefCell::new(Decoder::new(1 << 18));
}

fuzz_target!(|input: Input<'_>| {
    let with = |sound: bool, version: u8, rest: &[u8]| match sound {
        true => [&[version], rest].concat(),
        false => rest.to_vec(),
    };
    let preamble = with(input.versions.0, 2, input.preamble);
    let image = u64::from(input.image);
    let Ok(map) = Map::decode(&preamble, &input.base, image, 1 << 23) else { return };

    let mut at = 0;
    for stretch in map.from(0) {
        assert!(stretch.new == at && stretch.len > 0);
        assert!(stretch.old.is_none_or(|old| old + stretch.len <= input.base.len() as u64));
        at += stretch.len;
    }
    assert_eq!(at, image);

    let at = u64::from(input.at).min(image);
    let len = u64::from(input.len).min(image - at);
    for version in [1, 2] {
        let chunk = with(input.versions.1, version, input.chunk);
        let mut out = vec![1];
        let decoded = DECODER.with_borrow_mut(|d| d.decode(&map, &input.base, at, &chunk, len, &mut out));
        assert_eq!(out.len() as u64, if decoded.is_ok() { len } else { 0 });
    }
});
