//! Prints how large deltas are: `cargo run --release -p pkg-codec --example pairs -- FOLDER...`, each with `old` and
//! `new` in it. `--decode-memory BYTES` is what decoding may take, for the folders that follow. Every delta is decoded and compared with the image.
#![allow(missing_docs)]

use pkg_codec::delta::{Decoder, EncodeOptions, Map, encode};
use std::error::Error;
use std::num::NonZeroUsize;
use std::path::Path;
use std::time::Instant;

fn main() -> Result<(), Box<dyn Error>> {
    println!(
        "{:24} {:>10} {:>10} {:>9} {:>9} {:>7} {:>7}",
        "pair", "image", "delta", "preamble", "memory", "make s", "apply s"
    );
    let (mut arguments, mut decode_memory) = (std::env::args().skip(1), u64::MAX);
    while let Some(argument) = arguments.next() {
        if argument == "--decode-memory" {
            decode_memory = arguments.next().ok_or("--decode-memory BYTES")?.parse()?;
        } else {
            pair(Path::new(&argument), decode_memory)?;
        }
    }
    Ok(())
}

fn pair(folder: &Path, decode_memory: u64) -> Result<(), Box<dyn Error>> {
    let old = std::fs::read(folder.join("old"))?;
    let new = std::fs::read(folder.join("new"))?;
    let jobs = std::thread::available_parallelism().unwrap_or(NonZeroUsize::MIN);
    let options = EncodeOptions { jobs, decode_memory, ..EncodeOptions::default() };
    let mut stored = Vec::new();
    let start = Instant::now();
    let memory = encode(&old.as_slice(), &new.as_slice(), &options, &mut |len, bytes| {
        stored.push((len, bytes.to_vec()));
        Ok(())
    })?;
    let make = start.elapsed();

    let start = Instant::now();
    let (_, preamble) = stored.first().ok_or("no preamble")?;
    let map = Map::decode(preamble, &old.as_slice(), new.len() as u64, memory)?;
    let (mut image, mut out) = (Vec::new(), Vec::new());
    let mut decoder = Decoder::new(memory);
    for (len, bytes) in stored.iter().skip(1) {
        decoder.decode(&map, &old.as_slice(), image.len() as u64, bytes, *len, &mut out)?;
        image.extend_from_slice(&out);
    }
    if image != new {
        return Err("the delta does not give the image".into());
    }
    let size: usize = stored.iter().map(|(_, bytes)| bytes.len()).sum();
    println!(
        "{:24} {:10} {size:10} {:9} {memory:9} {:7.2} {:7.2}",
        folder.file_name().unwrap_or_default().to_string_lossy(),
        new.len(),
        preamble.len(),
        make.as_secs_f64(),
        start.elapsed().as_secs_f64()
    );
    Ok(())
}
