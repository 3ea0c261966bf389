//! A delta in a file for small devices, decoded chunk by chunk; and the rule that a refusal breaks.
//!
//! The file, in little-endian numbers of 64 bits: the memory that was declared, how many chunks there are, image bytes
//! and stored bytes of each, and then what is stored. The first chunk is the preamble.

use crate::Refused;
use alloc::vec;
use alloc::vec::Vec;
use pkg_codec::Error;
use pkg_codec::delta::{Base, Decoder, Map, Sizes};
use pkg_sha256::Hasher;
use pkg_verify::format::{Digest, Rule};
use pkg_verify::io::Read;

/// What is known of a delta before it is decoded; in a package it is signed.
pub struct Delta {
    /// The memory that was declared.
    pub memory: u64,
    /// Image bytes and stored bytes of each chunk.
    chunks: Vec<(u64, u64)>,
}

impl Delta {
    /// Reads up to the first stored byte.
    pub fn open(file: &mut impl Read) -> Result<Self, Refused> {
        let (memory, count) = (number(file)?, number(file)?);
        let chunks = (0..count).map(|_| Ok((number(file)?, number(file)?)));
        Ok(Delta { memory, chunks: chunks.collect::<Result<_, Refused>>()? })
    }
}

/// Decodes a delta, whose stored bytes follow in `file`, and gives the digest of the image. `told` gets the memory of
/// the map and the tables once it is known.
pub fn decode(
    delta: &Delta,
    file: &mut impl Read,
    base: &dyn Base,
    told: &mut dyn FnMut(u64),
) -> Result<Digest, Refused> {
    let Some(((_, stored), chunks)) = delta.chunks.split_first() else { return Err(Refused::Unread) };
    let preamble = bytes(file, *stored)?;
    let most = |of: &dyn Fn(&(u64, u64)) -> u64| delta.chunks.iter().map(of).max().unwrap_or(0);
    let sizes = Sizes {
        image_bytes: most(&|(image_bytes, _)| *image_bytes),
        stored_bytes: most(&|(_, stored_bytes)| *stored_bytes),
        preamble: *stored,
    };
    let image = chunks.iter().map(|(image_bytes, _)| image_bytes).sum();
    let map = Map::decode(&preamble, base, image, sizes.left_for_map(delta.memory))?;
    told(map.memory());
    let mut decoder = Decoder::new(sizes.left_for_chunk(delta.memory, &map));
    let (mut at, mut hash, mut out) = (0, Hasher::new(), Vec::new());
    for (image_bytes, stored) in chunks {
        decoder.decode(&map, base, at, &bytes(file, *stored)?, *image_bytes, &mut out)?;
        hash.update(&out);
        at += image_bytes;
    }
    Ok(Digest(hash.finish()))
}

impl From<Error> for Refused {
    fn from(error: Error) -> Self {
        Refused::By(match error {
            Error::ReadBase { .. } => return Refused::Unread,
            Error::DeltaVersion { .. } | Error::DeltaLayout { .. } | Error::CompressedFrame => Rule::Dlt2,
            Error::OutsideBase { .. } => Rule::Dlt3,
            Error::Stretch { .. } => Rule::Dlt4,
            Error::Truncated { .. } | Error::TrailingBytes { .. } => Rule::Dlt5,
            Error::DeltaTables { .. } | Error::ChunkMemory { .. } | Error::Memory { .. } => Rule::Dlt6,
            _ => Rule::Pay3,
        })
    }
}

fn number(file: &mut impl Read) -> Result<u64, Refused> {
    let mut number = [0; 8];
    fill(file, &mut number)?;
    Ok(u64::from_le_bytes(number))
}

fn bytes(file: &mut impl Read, count: u64) -> Result<Vec<u8>, Refused> {
    let mut bytes = vec![0; usize::try_from(count).map_err(|_| Refused::Unread)?];
    fill(file, &mut bytes)?;
    Ok(bytes)
}

fn fill(file: &mut impl Read, mut buffer: &mut [u8]) -> Result<(), Refused> {
    while !buffer.is_empty() {
        match file.read(buffer) {
            Ok(0) | Err(_) => return Err(Refused::Unread),
            Ok(n) => buffer = &mut buffer[n..],
        }
    }
    Ok(())
}
