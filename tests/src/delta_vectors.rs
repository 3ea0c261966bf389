//! The vectors of `format-spec/delta-vectors/`: a base, what is stored, and what comes of it.

use pkg_codec::delta::{Options, encode};
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
    /// Memory that is left for the map.
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
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The delta from `base` to `image`, as the encoder makes it.
fn delta(description: &str, base: &[u8], image: &[u8]) -> DeltaVector {
    let mut stored = Vec::new();
    let made = encode(&base, &image, &Options::default(), &mut |image_bytes, bytes| {
        stored.push((image_bytes, bytes.to_vec()));
        Ok(())
    });
    made.expect("a delta");
    let (_, preamble) = stored.remove(0);
    DeltaVector {
        description: description.into(),
        base: base.into(),
        memory: 1 << 16,
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

    // One fault each.
    let sound = all["insertion"].clone();
    let mut refused = |name, description: &str, rule, change: &dyn Fn(&mut DeltaVector)| {
        let mut vector = DeltaVector { description: description.into(), expect: Err(rule), ..sound.clone() };
        change(&mut vector);
        all.insert(name, vector);
    };
    refused("dlt-2-preamble", "another version of preamble", Rule::Dlt2, &|v| v.preamble[0] = 2);
    refused("dlt-2-chunk", "another kind of chunk", Rule::Dlt2, &|v| v.chunks[0].1[0] = 3);
    refused("dlt-3-base", "made for a larger base", Rule::Dlt3, &|v| v.base.truncate(20));
    refused("dlt-4-shorter", "the map goes on behind the image", Rule::Dlt4, &|v| v.chunks[0].0 -= 1);
    refused("dlt-4-longer", "the map ends before the image, what follows is none", Rule::Dlt4, &|v| {
        v.chunks[0].0 += 4000
    });
    refused("dlt-5-preamble-empty", "no preamble", Rule::Dlt5, &|v| v.preamble.clear());
    refused("dlt-4-preamble-cut", "a preamble cut short goes on as zeros do", Rule::Dlt4, &|v| {
        v.preamble.pop();
    });
    refused("dlt-5-preamble-behind", "a byte behind the preamble", Rule::Dlt5, &|v| v.preamble.push(0));
    refused("dlt-5-chunk-behind", "a byte behind a chunk", Rule::Dlt5, &|v| v.chunks[0].1.push(0));
    refused("dlt-5-chunk-cut", "a chunk cut short", Rule::Dlt5, &|v| v.chunks[0].1.truncate(2));
    refused("dlt-6-memory", "memory for one stretch less", Rule::Dlt6, &|v| v.memory = 3 * 32 - 1);
    let with = |v: &mut DeltaVector| {
        *v = DeltaVector { expect: v.expect, description: v.description.clone(), ..framed.clone() }
    };
    refused("dlt-5-frame-length", "a frame longer than its chunk", Rule::Dlt5, &|v| {
        with(v);
        v.chunks[0].1[3] = 1;
    });
    refused("pay-3-frame", "no Zstandard frame", Rule::Pay3, &|v| {
        with(v);
        v.chunks[0].1[5] ^= 1;
    });
    all
}

/// The files of the folder.
pub fn files() -> BTreeMap<String, Vec<u8>> {
    all().iter().map(|(name, v)| (format!("{name}.delta"), v.to_text(name).into_bytes())).collect()
}
