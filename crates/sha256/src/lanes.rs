//! The compression function in SIMD lanes (FIPS 180-4, 6.2.2).
//!
//! SHA-256 is one long chain of dependent additions, so a core without SHA instructions idles most
//! of its vector unit on a single message. Eight messages run through the same chain in eight AVX2
//! lanes take little longer than one. Even a single message gains: the message schedule (step 1)
//! does not depend on the state, so the schedules of consecutive blocks are computed in lanes.
//!
//! Where the processor has SHA instructions the `sha2` crate is faster still and does all the work.
//! Written in vector operations, not arrays: what a compiler makes of arrays here changes from one
//! release to the next by a factor of three.
#![allow(clippy::inline_always, reason = "what is not inlined is compiled without the instruction set")]

use core::array::from_fn;
use core::cmp::Reverse;
use core::ops::{Add, Shl, Shr};
use fearless_simd::{Level, dispatch, prelude::*};

/// Round constants, FIPS 180-4, 4.2.2, in four runs of sixteen rounds.
#[rustfmt::skip]
const K: [[u32; 16]; 4] = [
    [0x428a_2f98, 0x7137_4491, 0xb5c0_fbcf, 0xe9b5_dba5, 0x3956_c25b, 0x59f1_11f1, 0x923f_82a4, 0xab1c_5ed5,
     0xd807_aa98, 0x1283_5b01, 0x2431_85be, 0x550c_7dc3, 0x72be_5d74, 0x80de_b1fe, 0x9bdc_06a7, 0xc19b_f174],
    [0xe49b_69c1, 0xefbe_4786, 0x0fc1_9dc6, 0x240c_a1cc, 0x2de9_2c6f, 0x4a74_84aa, 0x5cb0_a9dc, 0x76f9_88da,
     0x983e_5152, 0xa831_c66d, 0xb003_27c8, 0xbf59_7fc7, 0xc6e0_0bf3, 0xd5a7_9147, 0x06ca_6351, 0x1429_2967],
    [0x27b7_0a85, 0x2e1b_2138, 0x4d2c_6dfc, 0x5338_0d13, 0x650a_7354, 0x766a_0abb, 0x81c2_c92e, 0x9272_2c85,
     0xa2bf_e8a1, 0xa81a_664b, 0xc24b_8b70, 0xc76c_51a3, 0xd192_e819, 0xd699_0624, 0xf40e_3585, 0x106a_a070],
    [0x19a4_c116, 0x1e37_6c08, 0x2748_774c, 0x34b0_bcb5, 0x391c_0cb3, 0x4ed8_aa4a, 0x5b9c_ca4f, 0x682e_6ff3,
     0x748f_82ee, 0x78a5_636f, 0x84c8_7814, 0x8cc7_0208, 0x90be_fffa, 0xa450_6ceb, 0xbef9_a3f7, 0xc671_78f2],
];

/// How many messages [`crate::update_all`] runs side by side on this processor: hand it at least so many
/// at once. One where `sha2` uses SHA instructions or there is no vector unit we know.
#[must_use]
pub fn lanes() -> usize {
    let level = Level::new();
    if sha_instructions() || level.is_fallback() {
        return 1;
    }
    dispatch!(level, simd => width(simd))
}

/// The compression of whole blocks into `state` (FIPS 180-4, 6.2.2), for one message; the same
/// contract as `sha2::block_api::compress256`. Fastest given eight blocks or more at a time.
pub(crate) fn compress(state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    if blocks.len() < 4 || lanes() == 1 {
        return sha2::block_api::compress256(state, blocks);
    }
    dispatch!(Level::new(), simd => one_after_other(simd, state, blocks));
}

/// Does `sha2` use the processor's SHA instructions?
fn sha_instructions() -> bool {
    #[cfg(any(target_arch = "x86", target_arch = "x86_64"))]
    return std::arch::is_x86_feature_detected!("sha") && std::arch::is_x86_feature_detected!("sse4.1");
    #[cfg(target_arch = "aarch64")]
    return std::arch::is_aarch64_feature_detected!("sha2");
    #[cfg(not(any(target_arch = "x86", target_arch = "x86_64", target_arch = "aarch64")))]
    return false;
}

/// Whole blocks that wait to be compressed into the state of a message.
pub(crate) struct Message<'a> {
    pub(crate) state: &'a mut [u32; 8],
    pub(crate) blocks: &'a [[u8; 64]],
}

/// Compresses the blocks of every message.
///
/// A lane whose blocks end takes the message with most blocks left, so unequal lengths cost little
/// while there are more messages than lanes.
pub(crate) fn compress_all(messages: &mut [Message<'_>]) {
    if lanes() > 1 && messages.len() > 1 {
        dispatch!(Level::new(), simd => side_by_side(simd, messages));
    }
    for message in messages {
        compress(message.state, message.blocks);
    }
}

// From here on every function is inlined into the copies that `dispatch!` makes for each
// instruction set: one that is not would be compiled without it, and be several times slower.

#[inline(always)]
fn width<S: Simd>(_: S) -> usize {
    S::u32s::LEN
}

#[inline(always)]
fn side_by_side<S: Simd>(simd: S, order: &mut [Message<'_>]) {
    match S::u32s::LEN {
        4 => lockstep::<S, 4>(simd, order),
        8 => lockstep::<S, 8>(simd, order),
        16 => lockstep::<S, 16>(simd, order),
        _ => {} // `compress_all` does the rest
    }
}

/// Runs the `N` messages with most blocks left, until the shortest ends, again and again; leaves
/// the rest to the caller when fewer are left than pay. `N` is `S::u32s::LEN`.
#[inline(always)]
fn lockstep<S: Simd, const N: usize>(simd: S, order: &mut [Message<'_>]) {
    loop {
        order.sort_unstable_by_key(|message| Reverse(message.blocks.len()));
        let live = order.iter().take(N).take_while(|message| !message.blocks.is_empty()).count();
        // One message alone goes at about a quarter of the speed of eight together.
        if live.saturating_mul(4) <= N {
            return;
        }
        let Some(live) = order.get_mut(..live) else { return };
        let count = live.last().map_or(0, |message| message.blocks.len());
        // A lane without a message repeats the first one's; what it computes is not kept.
        let mut blocks: [_; N] = from_fn(|lane| {
            let message = live.get(lane).or(live.first());
            message.map_or([].as_slice(), |message| message.blocks).iter()
        });
        let mut state: [S::u32s; 8] = from_fn(|word| {
            let lane = |lane: usize| Some(*live.get(lane)?.state.get(word)?);
            S::u32s::from_slice(simd, &from_fn::<u32, N, _>(|l| lane(l).unwrap_or(0)))
        });
        for _ in 0..count {
            let before = state;
            let mut now = [&[0; 64]; N];
            for (now, blocks) in now.iter_mut().zip(&mut blocks) {
                let Some(block) = blocks.next() else { return };
                *now = block;
            }
            let mut schedule = load::<S, N>(simd, now);
            for (run, k) in K.iter().enumerate() {
                if run > 0 {
                    extend::<S>(&mut schedule);
                }
                for (w, k) in schedule.as_chunks().0.iter().zip(k.as_chunks().0) {
                    eight_rounds::<S>(&mut state, w, k);
                }
            }
            for (word, before) in state.iter_mut().zip(before) {
                *word = word.add(before);
            }
        }
        let words = state.map(
            #[inline(always)]
            |word| store::<S, N>(word),
        );
        for (lane, message) in live.iter_mut().enumerate() {
            for (to, from) in message.state.iter_mut().zip(&words) {
                *to = from.get(lane).copied().unwrap_or(0);
            }
            message.blocks = message.blocks.get(count..).unwrap_or_default();
        }
    }
}

#[inline(always)]
fn one_after_other<S: Simd>(simd: S, state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    match S::u32s::LEN {
        4 => schedules_first::<S, 4>(simd, state, blocks),
        8 => schedules_first::<S, 8>(simd, state, blocks),
        16 => schedules_first::<S, 16>(simd, state, blocks),
        _ => sha2::block_api::compress256(state, blocks),
    }
}

/// The schedules of `N` blocks in lanes, then the rounds of each. `N` is `S::u32s::LEN`.
#[inline(always)]
fn schedules_first<S: Simd, const N: usize>(simd: S, state: &mut [u32; 8], blocks: &[[u8; 64]]) {
    let (groups, rest) = blocks.as_chunks::<N>();
    for group in groups {
        let mut schedule = load::<S, N>(simd, group.each_ref());
        let mut sums = [[[0; N]; 16]; 4];
        for (run, (sums, k)) in sums.iter_mut().zip(&K).enumerate() {
            if run > 0 {
                extend::<S>(&mut schedule);
            }
            for ((sum, w), k) in sums.iter_mut().zip(schedule).zip(k) {
                *sum = store::<S, N>(w.add(*k));
            }
        }
        let (sums, _) = sums.as_flattened().as_chunks::<8>();
        for lane in 0..N {
            let before = *state;
            for sums in sums {
                eight_rounds_scalar(
                    state,
                    sums.map(
                        #[inline(always)]
                        |s| s.get(lane).copied().unwrap_or(0),
                    ),
                );
            }
            for (word, before) in state.iter_mut().zip(before) {
                *word = word.wrapping_add(before);
            }
        }
    }
    sha2::block_api::compress256(state, rest);
}

/// Sixteen big-endian words of each block (FIPS 180-4, 5.2.1), turned so that vector `t` holds
/// word `t` of every lane: squares of `N` by `N` words, transposed by log2(N) perfect shuffles.
/// Written out in vector operations, since LLVM makes of plain arrays one insertion a word.
#[inline(always)]
fn load<S: Simd, const N: usize>(simd: S, blocks: [&[u8; 64]; N]) -> [S::u32s; 16] {
    let mut words = [S::u32s::splat(simd, 0); 16];
    let bytes = N.wrapping_mul(4);
    for (part, square) in words.as_chunks_mut::<N>().0.iter_mut().enumerate() {
        for (row, block) in square.iter_mut().zip(blocks) {
            if let Some(bytes) = block.chunks_exact(bytes).nth(part) {
                *row = swap_bytes::<S>(S::u8s::from_slice(simd, bytes).bitcast());
            }
        }
        for _ in 0..N.trailing_zeros() {
            let from = *square;
            let (low, high) = from.split_at(N / 2);
            for ((pair, a), b) in square.as_chunks_mut().0.iter_mut().zip(low).zip(high) {
                *pair = [a.zip_low(*b), a.zip_high(*b)];
            }
        }
    }
    words
}

/// LLVM knows this for a byte shuffle.
#[inline(always)]
fn swap_bytes<S: Simd>(x: S::u32s) -> S::u32s {
    (x.shl(24) | x.shr(24)) | ((x & 0xff00).shl(8) | (x.shr(8) & 0xff00))
}

#[inline(always)]
fn store<S: Simd, const N: usize>(word: S::u32s) -> [u32; N] {
    let mut lanes = [0; N];
    word.store_slice(&mut lanes);
    lanes
}

/// The next sixteen words of the schedule in place of the last sixteen.
#[inline(always)]
fn extend<S: Simd>(w: &mut [S::u32s; 16]) {
    macro_rules! next {
        ($($t:literal $t1:literal $t9:literal $t14:literal;)*) => { $({
            let (x, y) = (w[$t1], w[$t14]);
            let s0 = rotr::<S>(x, 7) ^ rotr::<S>(x, 18) ^ x.shr(3);
            let s1 = rotr::<S>(y, 17) ^ rotr::<S>(y, 19) ^ y.shr(10);
            w[$t] = w[$t].add(s0).add(w[$t9].add(s1));
        })* };
    }
    next! {
        0 1 9 14; 1 2 10 15; 2 3 11 0; 3 4 12 1; 4 5 13 2; 5 6 14 3; 6 7 15 4; 7 8 0 5;
        8 9 1 6; 9 10 2 7; 10 11 3 8; 11 12 4 9; 12 13 5 10; 13 14 6 11; 14 15 7 12; 15 0 8 13;
    }
}

/// Eight rounds, after which every variable is back in its place: instead of moving the eight
/// along (6.2.2 step 3) each round names them one further.
macro_rules! eight {
    ($round:path, $state:expr, $sum:expr) => {{
        let ([a, b, c, d, e, f, g, h], [s0, s1, s2, s3, s4, s5, s6, s7]) = ($state, $sum);
        (*d, *h) = $round([*a, *b, *c, *d, *e, *f, *g, *h], s0);
        (*c, *g) = $round([*h, *a, *b, *c, *d, *e, *f, *g], s1);
        (*b, *f) = $round([*g, *h, *a, *b, *c, *d, *e, *f], s2);
        (*a, *e) = $round([*f, *g, *h, *a, *b, *c, *d, *e], s3);
        (*h, *d) = $round([*e, *f, *g, *h, *a, *b, *c, *d], s4);
        (*g, *c) = $round([*d, *e, *f, *g, *h, *a, *b, *c], s5);
        (*f, *b) = $round([*c, *d, *e, *f, *g, *h, *a, *b], s6);
        (*e, *a) = $round([*b, *c, *d, *e, *f, *g, *h, *a], s7);
    }};
}

#[inline(always)]
fn eight_rounds<S: Simd>(state: &mut [S::u32s; 8], w: &[S::u32s; 8], k: &[u32; 8]) {
    let [w0, w1, w2, w3, w4, w5, w6, w7] = *w;
    let [k0, k1, k2, k3, k4, k5, k6, k7] = *k;
    let sums =
        [w0.add(k0), w1.add(k1), w2.add(k2), w3.add(k3), w4.add(k4), w5.add(k5), w6.add(k6), w7.add(k7)];
    eight!(round::<S>, state, sums);
}

#[inline(always)]
fn eight_rounds_scalar(state: &mut [u32; 8], sums: [u32; 8]) {
    eight!(round_scalar, state, sums);
}

/// One round: the new values of `d` and `h`, given `K + W`.
#[inline(always)]
#[expect(clippy::many_single_char_names, reason = "the names of FIPS 180-4")]
fn round<S: Simd>([a, b, c, d, e, f, g, h]: [S::u32s; 8], sum: S::u32s) -> (S::u32s, S::u32s) {
    let s1 = rotr::<S>(e, 6) ^ rotr::<S>(e, 11) ^ rotr::<S>(e, 25);
    let s0 = rotr::<S>(a, 2) ^ rotr::<S>(a, 13) ^ rotr::<S>(a, 22);
    let t1 = h.add(s1).add(g ^ (e & (f ^ g))).add(sum);
    (d.add(t1), t1.add(s0).add((a & b) | (c & (a | b))))
}

/// The same of one message. `Ch` as a sum, whose halves share no bit: the shortest dependent chain.
#[inline(always)]
#[expect(clippy::many_single_char_names, reason = "the names of FIPS 180-4")]
fn round_scalar([a, b, c, d, e, f, g, h]: [u32; 8], sum: u32) -> (u32, u32) {
    let s1 = e.rotate_right(6) ^ e.rotate_right(11) ^ e.rotate_right(25);
    let s0 = a.rotate_right(2) ^ a.rotate_right(13) ^ a.rotate_right(22);
    let t1 = h.wrapping_add(sum).wrapping_add((e & f).wrapping_add(!e & g)).wrapping_add(s1);
    (d.wrapping_add(t1), t1.wrapping_add((a & b) | (c & (a | b))).wrapping_add(s0))
}

#[inline(always)]
fn rotr<S: Simd>(x: S::u32s, n: u32) -> S::u32s {
    x.shr(n) | x.shl(32_u32.wrapping_sub(n))
}
