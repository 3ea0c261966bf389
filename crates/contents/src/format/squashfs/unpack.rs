//! One block, unpacked: never to more than a block may be.

use super::super::compressed::XZ_MEMORY;
use crate::error::{OrUnread, Result, unread};
use liblzma::stream::Stream;
use std::io::Read;

/// What blocks are packed with.
#[derive(Clone, Copy)]
pub(super) enum Unpacker {
    Zlib,
    Xz,
    Lz4,
    Zstd,
}

impl Unpacker {
    /// By the number in the superblock.
    pub(super) fn new(number: u16) -> Result<Unpacker> {
        Ok(match number {
            1 => Unpacker::Zlib,
            4 => Unpacker::Xz,
            5 => Unpacker::Lz4,
            6 => Unpacker::Zstd,
            2 => return unread("squashfs with lzma, which is not supported"),
            3 => return unread("squashfs with lzo, which is not supported"),
            _ => return unread("squashfs with an unknown compressor"),
        })
    }

    /// Unpacks to at most `most` bytes.
    pub(super) fn unpack(self, stored: &[u8], most: usize) -> Result<Vec<u8>> {
        let broken = "a block that cannot be unpacked";
        match self {
            Unpacker::Zlib => limited(&mut flate2::read::ZlibDecoder::new(stored), most),
            Unpacker::Xz => {
                let stream = Stream::new_stream_decoder(XZ_MEMORY, 0).ok().or_unread(broken)?;
                limited(&mut liblzma::bufread::XzDecoder::new_stream(stored, stream), most)
            }
            Unpacker::Lz4 => {
                let mut bytes = vec![0; most];
                let length = lz4_flex::block::decompress_into(stored, &mut bytes).ok().or_unread(broken)?;
                bytes.truncate(length);
                Ok(bytes)
            }
            Unpacker::Zstd => {
                let decoder = zstd::stream::read::Decoder::with_buffer(stored);
                limited(&mut decoder.ok().or_unread(broken)?, most)
            }
        }
    }
}

fn limited(from: &mut dyn Read, most: usize) -> Result<Vec<u8>> {
    let limit = u64::try_from(most).unwrap_or(u64::MAX).saturating_add(1);
    let mut bytes = Vec::new();
    match from.take(limit).read_to_end(&mut bytes) {
        Ok(length) if length <= most => Ok(bytes),
        Ok(_) => unread("a block that unpacks to more than the block size"),
        Err(_) => unread("a block that cannot be unpacked"),
    }
}
