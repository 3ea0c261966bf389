use super::*;
use crate::delta::machine::Machine;
use crate::delta::parts::{Column, Layout, Order, Piece, Space, Trust};
use crate::delta::{Stretch, encode_parts};

#[test]
fn the_parts_add_up_and_are_where_they_belong() {
    let noise = |len: usize, seed: u64| -> Vec<u8> {
        let mut x = seed;
        let next = |_| {
            x = x.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (x >> 56) as u8
        };
        (0..len).map(next).collect()
    };
    let base = noise(9000, 1);
    let mut image = base.clone();
    // Twenty changed bytes outside of all regions, two hundred in the first one, none in the second.
    (0..20).for_each(|n| image[n * 100] ^= 0x55);
    (0..200).for_each(|n| image[3000 + n * 13] = image[3000 + n * 13].wrapping_mul(7).wrapping_add(1));
    image.extend(noise(600, 2).iter().map(|byte| b'a' + byte % 16));
    let piece = Piece { value: 0, offset: 0, len: 9000 };
    let column = Column {
        offset: 0,
        width: 4,
        order: Order::Little,
        kind: Kind::Absolute,
        trust: Trust::Unlikely,
        space: 0,
        base: 0,
        image: 0,
    };
    let layout = Layout {
        spaces: vec![Space { scale: 1, base: vec![piece], image: vec![piece] }],
        modes: vec![
            Mode::Records { stride: 8, columns: vec![column] },
            Mode::Code { machine: Machine::Arm, space: 0 },
        ],
        regions: vec![Region { start: 3000, end: 6000, mode: 0 }, Region { start: 6000, end: 9000, mode: 1 }],
    };
    let stretches = [Stretch { new: 0, len: 9000, old: Some(0) }, Stretch { new: 9000, len: 600, old: None }];
    let (memory, preamble, chunks) = encode_parts(&base, &image, (&stretches, layout, 0), 5000).unwrap();
    let sizes = Sizes {
        image_bytes: 5000,
        stored_bytes: chunks.iter().map(Vec::len).max().unwrap() as u64,
        preamble: preamble.len() as u64,
    };
    let mut metered = Metered::new(&preamble, (&base.as_slice(), 9600), sizes, memory).unwrap();
    for (n, chunk) in chunks.iter().enumerate() {
        let at = n as u64 * 5000;
        metered.chunk(&base.as_slice(), at, chunk, (9600 - at).min(5000)).unwrap();
    }
    let costs = metered.costs();
    let [records, code] = costs.regions.as_slice() else { panic!("{costs:?}") };
    assert_eq!(records.content, "8-byte records, addresses");
    assert_eq!(code.content, "Arm code");
    assert_eq!((records.copied.image_bytes, code.copied.image_bytes), (3000, 3000));
    assert_eq!((costs.stretches, costs.plain.image_bytes, costs.fresh.image_bytes), (2, 3000, 600));
    // A changed byte takes more than one byte, and less than three; sixteen letters take half a byte each.
    assert!((20..=60).contains(&costs.plain.stored_bytes), "{costs:?}");
    assert!((200..=600).contains(&records.copied.stored_bytes), "{costs:?}");
    assert!(code.copied.stored_bytes < 10, "{costs:?}");
    assert!((290..=420).contains(&costs.fresh.stored_bytes), "{costs:?}");
    let parts = [costs.map, costs.layout, costs.fresh.stored_bytes, costs.plain.stored_bytes];
    let sum: u64 =
        parts.iter().sum::<u64>() + costs.regions.iter().map(|r| r.copied.stored_bytes).sum::<u64>();
    let stored = (preamble.len() + chunks.iter().map(Vec::len).sum::<usize>()) as u64;
    assert!(sum <= stored && stored <= sum + 14, "{sum} {stored}");
}
