//! What the zstd decoder refuses: a valid frame minus one thing, and the exact error for it.

use pkg_codec::Error;
use pkg_codec::zstd::{Decoder, Encoder};
use zstd::zstd_safe::{self, CCtx, CParameter, InBuffer, OutBuffer};
use zstd_safe::zstd_sys::ZSTD_EndDirective;

const CONTENT: u64 = 3000;

/// The content of [`valid`]: compresses into one block of several kinds of bytes.
fn content() -> Vec<u8> {
    (0..CONTENT).map(|i| (i * i / 7 % 251).to_le_bytes()[0]).collect()
}

/// A frame that decodes. Its header is 7 bytes: magic, descriptor 0x60, content size in two.
fn valid() -> Vec<u8> {
    let mut out = Vec::new();
    let mut encoder = Encoder::new(9).unwrap();
    encoder.encode(&content(), &mut out).unwrap();
    assert_eq!(out[..5], [0x28, 0xB5, 0x2F, 0xFD, 0x60]);
    out
}

/// A frame by libzstd's own hand.
fn foreign(parameters: &[CParameter], content: &[u8]) -> Vec<u8> {
    let mut context = CCtx::create();
    for parameter in parameters {
        context.set_parameter(*parameter).unwrap();
    }
    let mut out = Vec::with_capacity(zstd_safe::compress_bound(content.len()));
    context.compress2(&mut out, content).unwrap();
    out
}

/// A frame whose length libzstd does not know when it begins, so that it keeps the full window.
fn streamed(parameters: &[CParameter], content: &[u8]) -> Vec<u8> {
    let mut context = CCtx::create();
    for parameter in parameters {
        context.set_parameter(*parameter).unwrap();
    }
    let mut out = Vec::with_capacity(zstd_safe::compress_bound(content.len()));
    let (start, end) = content.split_at(content.len() / 2);
    let mut to = OutBuffer::around(&mut out);
    for (part, directive) in
        [(start, ZSTD_EndDirective::ZSTD_e_continue), (end, ZSTD_EndDirective::ZSTD_e_end)]
    {
        let mut from = InBuffer::around(part);
        while context.compress_stream2(&mut to, &mut from, directive).unwrap() != 0
            && (from.pos < part.len() || directive == ZSTD_EndDirective::ZSTD_e_end)
        {}
    }
    out
}

/// Asserts the answer, and that a refusal leaves nothing in `out` and the decoder in order.
#[track_caller]
fn refused(stored: &[u8], image_bytes: u64, error: Error) {
    let mut decoder = Decoder::new().unwrap();
    let mut out = b"left over".to_vec();
    assert_eq!(decoder.decode(stored, image_bytes, &mut out), Err(error));
    assert!(out.is_empty());
    decoder.decode(&valid(), CONTENT, &mut out).unwrap();
    assert_eq!(out, content());
}

#[track_caller]
fn accepted(stored: &[u8], content: &[u8]) {
    let mut out = Vec::new();
    let image_bytes = u64::try_from(content.len()).unwrap();
    Decoder::new().unwrap().decode(stored, image_bytes, &mut out).unwrap();
    assert!(out == content);
}

#[test]
fn not_a_frame() {
    for stored in [&b""[..], b"\x28", b"\x28\xB5\x2F", b"not zstd at all"] {
        refused(stored, CONTENT, Error::NotAFrame);
    }
    // The frame of zstd 0.7, which a libzstd with legacy support would decode.
    let mut old = valid();
    old[0] = 0x27;
    refused(&old, CONTENT, Error::NotAFrame);
}

#[test]
fn skippable_frames() {
    for magic in [0x184D_2A50_u32, 0x184D_2A5F] {
        let skippable = [&magic.to_le_bytes()[..], &[2, 0, 0, 0, b'h', b'i']].concat();
        refused(&skippable, CONTENT, Error::Skippable { magic });
        let before = [&skippable[..], &valid()].concat();
        refused(&before, CONTENT, Error::Skippable { magic });
        let after = [&valid()[..], &skippable].concat();
        let error = Error::TrailingBytes { frame: valid().len(), stored: after.len() };
        refused(&after, CONTENT, error);
    }
}

#[test]
fn bytes_after_the_frame() {
    let frame = valid().len();
    for more in [&b"\0"[..], b"\x28\xB5\x2F\xFD", &valid()] {
        let stored = [&valid()[..], more].concat();
        let error = Error::TrailingBytes { frame, stored: stored.len() };
        // Neither for the content of one frame nor for that of two.
        refused(&stored, CONTENT, error);
        let twice = Error::ContentSize { expected: 2 * CONTENT, found: CONTENT };
        refused(&stored, 2 * CONTENT, twice);
    }
}

#[test]
fn reserved_bits() {
    for bits in [0x08, 0x10, 0x18] {
        let mut stored = valid();
        stored[4] |= bits;
        refused(&stored, CONTENT, Error::ReservedBits { bits });
    }
}

#[test]
fn a_dictionary_id() {
    for (flag, field, id) in
        [(1, &[7][..], 7), (1, &[0], 0), (2, &[1, 2], 0x201), (3, &[1, 2, 3, 4], 0x0403_0201)]
    {
        let mut stored = valid();
        stored[4] |= flag;
        stored.splice(5..5, field.iter().copied());
        refused(&stored, CONTENT, Error::DictionaryId { id });
    }
}

#[test]
fn no_content_size() {
    let stored = foreign(&[CParameter::ContentSizeFlag(false)], &content());
    refused(&stored, CONTENT, Error::NoContentSize);
    refused(&streamed(&[], &content()), CONTENT, Error::NoContentSize);
}

#[test]
fn another_content_size() {
    for expected in [1, CONTENT - 1, CONTENT + 1, u64::MAX] {
        let found = CONTENT;
        refused(&valid(), expected, Error::ContentSize { expected, found });
    }
    refused(&valid(), 0, Error::Empty);
    // The header changed to agree with a wrong announcement: the blocks do not.
    for announced in [CONTENT - 1, CONTENT + 1] {
        let mut stored = valid();
        stored[5..7].copy_from_slice(&(announced - 256).to_le_bytes()[..2]);
        let mut out = Vec::new();
        let answer = Decoder::new().unwrap().decode(&stored, announced, &mut out);
        assert!(matches!(answer, Err(Error::Corrupt { .. })), "{answer:?}");
        assert!(out.is_empty());
    }
}

/// [`valid`] with a window descriptor in place of the single-segment flag.
fn with_window(descriptor: u8) -> Vec<u8> {
    let mut stored = valid();
    stored[4] = 0x40;
    stored.insert(5, descriptor);
    stored
}

#[test]
fn a_window_larger_than_the_chunk() {
    // 2 KiB, 2.75 KiB (2816) fit into 3000 bytes; 3 KiB (3072) does not.
    accepted(&with_window(1 << 3), &content());
    accepted(&with_window((1 << 3) | 3), &content());
    for (descriptor, found) in [((1 << 3) | 4, 3072), (17 << 3, 1 << 27), (0xFF, (1 << 41) + 7 * (1 << 38))] {
        let limit = CONTENT;
        refused(&with_window(descriptor), CONTENT, Error::Window { limit, found });
    }
}

#[test]
fn a_tiny_chunk_may_state_the_least_window() {
    // 1 byte, raw, last block; window 1 KiB, then a step more. A content size of one byte exists
    // only in a single segment, so this one is stated in eight.
    let tiny = |window: u8| {
        let mut stored = vec![0x28, 0xB5, 0x2F, 0xFD, 0xC0, window];
        stored.extend_from_slice(&1_u64.to_le_bytes());
        stored.extend_from_slice(&[(1 << 3) | 1, 0, 0, b'x']);
        stored
    };
    accepted(&tiny(0), b"x");
    let (limit, found) = (1024, 1152);
    refused(&tiny(1), 1, Error::Window { limit, found });
}

#[test]
fn a_checksum_is_not_needed_but_checked() {
    let checksum = [CParameter::ChecksumFlag(true)];
    let mut stored = foreign(&checksum, &content());
    accepted(&stored, &content());
    *stored.last_mut().unwrap() ^= 1;
    let reason = "Restored data doesn't match checksum";
    refused(&stored, CONTENT, Error::Corrupt { reason });
}

#[test]
fn a_reserved_block() {
    let mut stored = valid();
    stored[7] |= 0b110;
    refused(&stored, CONTENT, Error::ReservedBlock { offset: 7 });
}

#[test]
fn truncated_anywhere() {
    for checksum in [false, true] {
        let whole = foreign(&[CParameter::ChecksumFlag(checksum)], &content());
        for stored in 0..whole.len() {
            let error = match stored {
                0..4 => Error::NotAFrame,
                _ => Error::Truncated { stored },
            };
            refused(&whole[..stored], CONTENT, error);
        }
    }
}

#[test]
fn any_bit_flipped_anywhere() {
    let whole = valid();
    let mut decoder = Decoder::new().unwrap();
    let mut out = Vec::new();
    for at in 0..whole.len() {
        for bit in 0..8 {
            let mut stored = whole.clone();
            stored[at] ^= 1 << bit;
            // Without a checksum some flips decode, to other bytes: never to more or fewer.
            if decoder.decode(&stored, CONTENT, &mut out).is_ok() {
                assert_eq!(out.len(), 3000);
            } else {
                assert!(out.is_empty());
            }
            assert!(out.capacity() <= 3000);
        }
    }
    decoder.decode(&whole, CONTENT, &mut out).unwrap();
    assert_eq!(out, content());
}

#[test]
fn a_bomb() {
    // 1 GiB of zeros: 8192 RLE blocks of 128 KiB, 32 KiB stored.
    const BLOCKS: u32 = 8192;
    let bomb = |header: &[u8]| {
        let mut stored = vec![0x28, 0xB5, 0x2F, 0xFD];
        stored.extend_from_slice(header);
        for block in 1..=BLOCKS {
            let head: u32 = ((128 << 10) << 3) | (1 << 1) | u32::from(block == BLOCKS);
            stored.extend_from_slice(&head.to_le_bytes()[..3]);
            stored.push(0);
        }
        stored
    };
    let mut decoder = Decoder::new().unwrap();
    let mut out = Vec::new();

    let (expected, found) = (100_000, 1 << 30);
    let honest = bomb(&[0xA0, 0, 0, 0, 0x40]);
    assert_eq!(decoder.decode(&honest, expected, &mut out), Err(Error::ContentSize { expected, found }));
    assert_eq!(out.capacity(), 0);

    // The same blocks behind a header that agrees with the announcement.
    let lying = bomb(&[0xA0, 0xA0, 0x86, 0x01, 0]);
    let answer = decoder.decode(&lying, expected, &mut out);
    assert!(matches!(answer, Err(Error::Corrupt { .. })), "{answer:?}");
    assert!(out.is_empty() && out.capacity() <= 100_000);
}

#[test]
fn memory_that_cannot_be_had() {
    let bytes = u64::MAX - 1;
    let mut stored = vec![0x28, 0xB5, 0x2F, 0xFD, 0xE0];
    stored.extend_from_slice(&bytes.to_le_bytes());
    stored.extend_from_slice(&[1, 0, 0]);
    refused(&stored, bytes, Error::Memory { bytes });
}
