//! The vectors of `format-spec/delta-vectors/`: a base, what is stored, and what comes of it.

mod judge;
mod layouts;

use pkg_codec::delta::{EncodeOptions, encode};
use pkg_format::{Digest, Rule};
use std::collections::BTreeMap;
use std::fmt::Write;

/// A delta, and what a decoder makes of it.
#[derive(Clone)]
pub struct DeltaVector {
    /// What it shows.
    pub description: String,
    /// What the delta starts from.
    pub base: Vec<u8>,
    /// The `decode-memory` that was declared.
    pub memory: u64,
    /// The preamble.
    pub preamble: Vec<u8>,
    /// Image bytes and stored bytes of the chunks behind it.
    pub chunks: Vec<(u64, Vec<u8>)>,
    /// The image, or why there is none.
    pub expect: Result<Digest, Rule>,
}

impl DeltaVector {
    /// The size of the image.
    pub fn image(&self) -> u64 {
        self.chunks.iter().map(|(image_bytes, _)| image_bytes).sum()
    }

    /// The file: a line for each field.
    pub fn to_text(&self, name: &str) -> String {
        let mut text = format!("name: {name}\ndescription: {}\n", self.description);
        let mut line = |key: &str, value: String| writeln!(text, "{key}: {value}").expect("text");
        line("base", hex(&self.base));
        line("memory", self.memory.to_string());
        line("preamble", hex(&self.preamble));
        for (image_bytes, stored) in &self.chunks {
            line("chunk", format!("{image_bytes} {}", hex(stored)));
        }
        match self.expect {
            Ok(sha256) => line("sha256", hex(&sha256.0)),
            Err(rule) => line("rule", rule.id().into()),
        }
        text
    }

    /// Reads a file: its name and the vector. Panics with what is wrong with it.
    pub fn read(text: &str) -> (String, DeltaVector) {
        let mut lines: Vec<(&str, &str)> =
            text.lines().map(|line| line.split_once(": ").expect("key: value")).collect();
        let mut opt = |key: &str| {
            let place = lines.iter().position(|(found, _)| *found == key)?;
            Some(lines.remove(place).1)
        };
        let mut take = |key: &str| opt(key).unwrap_or_else(|| panic!("no {key}"));
        let name = take("name").to_owned();
        let (description, base) = (take("description").to_owned(), bytes(take("base")));
        let (memory, preamble) = (take("memory").parse().expect("a number"), bytes(take("preamble")));
        let expect = match opt("rule") {
            Some(rule) => Err(Rule::from_id(rule).expect("a rule")),
            None => Ok(Digest::from_hex(opt("sha256").expect("a rule or a digest")).expect("a digest")),
        };
        let chunk = |(key, value): (&str, &str)| {
            assert_eq!(key, "chunk", "unknown line in {name}");
            let (size, stored) = value.split_once(' ').expect("a size and what is stored");
            (size.parse().expect("a number"), bytes(stored))
        };
        let chunks = lines.into_iter().map(chunk).collect();
        (name, DeltaVector { description, base, memory, preamble, chunks, expect })
    }
}

fn bytes(hex: &str) -> Vec<u8> {
    let byte = |at| u8::from_str_radix(&hex[at..at + 2], 16).expect("hex");
    (0..hex.len()).step_by(2).map(byte).collect()
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The delta from `base` to `image`, as the encoder makes it.
fn delta(description: &str, base: &[u8], image: &[u8]) -> DeltaVector {
    let mut stored = Vec::new();
    let made = encode(&base, &image, &EncodeOptions::default(), &mut |image_bytes, bytes| {
        stored.push((image_bytes, bytes.to_vec()));
        Ok(())
    });
    let memory = made.expect("a delta");
    let (_, preamble) = stored.remove(0);
    DeltaVector {
        description: description.into(),
        base: base.into(),
        memory,
        preamble,
        chunks: stored,
        expect: Ok(Digest(pkg_sha256::digest(image))),
    }
}

/// Bytes that look random, the same every time.
fn noise(len: usize, seed: u32) -> Vec<u8> {
    let mut x = seed | 1;
    let next = |_| {
        x ^= x << 13;
        x ^= x >> 17;
        x ^= x << 5;
        x.to_le_bytes()[1]
    };
    (0..len).map(next).collect()
}

/// Words like those of code: few kinds, with small numbers in them.
fn code(words: usize, seed: u32) -> Vec<u8> {
    let kinds = noise(16, 7);
    noise(words, seed).into_iter().flat_map(|b| [b, kinds[usize::from(b % 11)], b >> 6, 0x94]).collect()
}

/// Every vector, by its name.
pub fn all() -> BTreeMap<&'static str, DeltaVector> {
    let text = b"the bytes that run on the device today; ".repeat(6);
    let program = code(600, 3);
    let mut all = BTreeMap::new();

    all.insert("identical", delta("nothing changed", &program, &program));
    let mut image = text.clone();
    image[100] = b'X';
    all.insert("one-byte", delta("one byte differs", &text, &image));
    image.splice(30..30, *b"new: ");
    all.insert("insertion", delta("one byte differs, five are new", &text, &image));
    let ends = [&program[2300..], &program[..200]].concat();
    all.insert("ends", delta("the end of the base, then its begin", &program, &ends));
    all.insert("odd", delta("begins and ends inside words", &program, &program[1..1998]));
    let fresh = [text.as_slice(), &code(200, 9), &text].concat();
    all.insert(
        "fresh",
        delta("nothing is like the base; one stretch is like another", &noise(64, 5), &fresh),
    );
    let random = [&program[..500], &noise(700, 8), &program[500..]].concat();
    let framed = delta("bytes that do not get smaller travel in a frame", &program, &random);
    assert_eq!(framed.chunks[0].1[0], 2, "a frame");
    all.insert("frame", framed.clone());
    let mut moved = program.clone();
    moved.chunks_exact_mut(12).for_each(|w| w[0] = w[0].wrapping_add(0x40));
    all.insert("moved", delta("the same number added to every third word", &program, &moved));
    let mut table = program.clone();
    table.chunks_exact_mut(8).for_each(|w| (w[0], w[1]) = (w[0].wrapping_add(0x18), w[1].wrapping_add(1)));
    table.rotate_left(600);
    all.insert("table", delta("two halves swapped, a number added to each entry", &program, &table));

    // One fault each. All but those about memory may take more than the sound ones need.
    let (sound, long) = (all["insertion"].clone(), all["table"].clone());
    let mut refused = |name, description: &str, rule, change: &dyn Fn(&mut DeltaVector)| {
        let mut vector = DeltaVector { description: description.into(), expect: Err(rule), ..sound.clone() };
        vector.memory += 1 << 16;
        change(&mut vector);
        all.insert(name, vector);
    };
    refused("dlt-2-preamble", "another version of preamble", Rule::Dlt2, &|v| v.preamble[0] = 1);
    refused("dlt-2-chunk", "another kind of chunk", Rule::Dlt2, &|v| v.chunks[0].1[0] = 3);
    refused("dlt-3-base", "made for a larger base", Rule::Dlt3, &|v| v.base.truncate(20));
    refused("dlt-4-shorter", "the map goes on behind the image", Rule::Dlt4, &|v| v.chunks[0].0 -= 1);
    refused("dlt-4-longer", "the map ends before the image, what follows is none", Rule::Dlt4, &|v| {
        v.chunks[0].0 += 4000
    });
    refused("dlt-5-preamble-empty", "no preamble", Rule::Dlt5, &|v| v.preamble.clear());
    refused("dlt-4-preamble-cut", "a preamble cut short goes on as zeros do", Rule::Dlt4, &|v| {
        v.preamble.truncate(5);
    });
    refused("dlt-5-preamble-behind", "a byte behind the preamble", Rule::Dlt5, &|v| v.preamble.push(0));
    refused("dlt-5-chunk-behind", "a byte behind a chunk", Rule::Dlt5, &|v| v.chunks[0].1.push(0));
    refused("dlt-5-chunk-cut", "a chunk cut short", Rule::Dlt5, &|v| v.chunks[0].1.truncate(2));
    refused("dlt-5-chunk-cut-early", "a chunk cut long before its end", Rule::Dlt5, &|v| {
        (v.base, v.preamble) = (long.base.clone(), long.preamble.clone());
        v.chunks = vec![(long.chunks[0].0, long.chunks[0].1[..8].to_vec())];
    });
    refused("dlt-6-memory", "memory for one stretch less", Rule::Dlt6, &|v| v.memory = sound.memory - 1);
    refused("dlt-3-before-4", "a copy that reaches outside both base and image", Rule::Dlt3, &|v| {
        v.base.truncate(20);
        v.chunks[0].0 = 10;
    });
    refused("dlt-4-before-5", "a copy beyond the image", Rule::Dlt4, &|v| {
        v.chunks[0].0 = 10;
    });
    refused("dlt-6-tables", "no memory for the tables", Rule::Dlt6, &|v| v.memory = 1 << 20);
    layouts::add(&mut all);
    frames(&framed, &all["identical"].clone(), &mut all);
    all
}

/// The memory that tables and buffers take (DELTA.md, 11).
fn tables(halved: u32) -> u64 {
    (1040 << 10 >> halved) + (192 << 10 >> halved.saturating_sub(3)) + (64 << 10)
}

/// A Zstandard frame of no content: a single segment, its size 0, and one last block of 0 bytes.
const EMPTY_FRAME: [u8; 9] = [0x28, 0xb5, 0x2f, 0xfd, 0x20, 0, 1, 0, 0];

/// Faults of the frame that holds fresh bytes. A chunk with one begins with 2 and the length of the frame.
fn frames(framed: &DeltaVector, without: &DeltaVector, all: &mut BTreeMap<&'static str, DeltaVector>) {
    /// The chunk with its frame changed, and its length with it.
    fn reframe(chunk: &mut Vec<u8>, change: &dyn Fn(&mut Vec<u8>)) {
        let length = u32::from_le_bytes(chunk[1..5].try_into().expect("four bytes"));
        let end = 5 + usize::try_from(length).expect("small");
        let mut frame = chunk[5..end].to_vec();
        change(&mut frame);
        let length = u32::try_from(frame.len()).expect("small").to_le_bytes();
        chunk.splice(1..end, [&length[..], &frame].concat());
    }
    let mut refused = |name, description: &str, rule, change: &dyn Fn(&mut DeltaVector)| {
        let mut vector = DeltaVector { description: description.into(), expect: Err(rule), ..framed.clone() };
        change(&mut vector);
        all.insert(name, vector);
    };
    refused("dlt-5-frame-length", "a frame longer than its chunk", Rule::Dlt5, &|v| v.chunks[0].1[3] = 1);
    refused("dlt-5-frame-no-length", "a chunk that ends inside the length of its frame", Rule::Dlt5, &|v| {
        v.chunks[0].1.truncate(4);
    });
    refused("dlt-6-frame", "memory for one fresh byte less", Rule::Dlt6, &|v| v.memory -= 1);
    refused("pay-3-frame", "no Zstandard frame", Rule::Pay3, &|v| v.chunks[0].1[5] ^= 1);
    let mut spoilt = |name, description: &str, change: &dyn Fn(&mut Vec<u8>)| {
        refused(name, description, Rule::Pay3, &|v| {
            v.memory += 64;
            reframe(&mut v.chunks[0].1, change);
        });
    };
    spoilt("pay-3-frame-cut", "a frame that ends inside a block", &|frame| {
        frame.pop();
    });
    spoilt("pay-3-frame-header", "a frame that ends inside its header", &|frame| frame.truncate(5));
    spoilt("pay-3-frame-behind", "a byte behind the frame, inside its length", &|frame| frame.push(0));
    spoilt("pay-3-frame-empty", "a frame of no bytes where there are fresh ones", &|frame| {
        *frame = EMPTY_FRAME.to_vec();
    });
    spoilt("pay-3-frame-reserved", "a frame with the reserved bit set", &|frame| frame[4] |= 8);
    spoilt("pay-3-frame-dictionary", "a frame that names a dictionary", &|frame| {
        frame[4] |= 1;
        frame.insert(6, 1);
    });
    spoilt("pay-3-frame-checksum", "a frame with a wrong checksum", &|frame| {
        frame[4] |= 4;
        frame.extend([1, 2, 3, 4]);
    });
    spoilt("pay-3-frame-skippable", "a skippable frame", &|frame| {
        let size = u32::try_from(frame.len()).expect("small").to_le_bytes();
        frame.splice(..0, [&0x184d_2a50u32.to_le_bytes()[..], &size].concat());
    });
    let mut vector = DeltaVector {
        description: "a frame of no bytes in a chunk without fresh ones".into(),
        expect: Err(Rule::Pay3),
        ..without.clone()
    };
    let length = u32::try_from(EMPTY_FRAME.len()).expect("small").to_le_bytes();
    let head = [&[2][..], &length, &EMPTY_FRAME].concat();
    vector.chunks[0].1.splice(..1, head);
    vector.memory += 64;
    all.insert("pay-3-frame-needless", vector);
}

/// The files of the folder.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    all().iter().map(|(name, v)| (format!("{name}.delta"), v.to_text(name).into_bytes())).collect()
}
