//! Decodes fresh bytes that come as a Zstandard frame, before everything else in a chunk.

use crate::{Error, frame};
use alloc::boxed::Box;
use alloc::vec::Vec;

/// Decodes a frame of exactly so many bytes, more than none. One whose blocks are not compressed takes no libzstd.
pub(super) fn decode(stored: &[u8], bytes: u64, fresh: &mut Vec<u8>) -> Result<(), Error> {
    let decoded = match frame::check(stored, bytes, frame::window_limit(bytes)) {
        _ if bytes == 0 => Err(Error::Empty),
        Ok(outline) if outline.is_plain() => outline.copy(fresh),
        Ok(_) => compressed(stored, bytes, fresh),
        Err(error) => Err(error),
    };
    decoded.map_err(in_frame)
}

#[cfg(feature = "std")]
fn compressed(stored: &[u8], bytes: u64, fresh: &mut Vec<u8>) -> Result<(), Error> {
    crate::zstd::Decoder::new()?.decode(stored, bytes, fresh)
}

/// The decoders that are written in Rust abort where memory is missing, and need more of it than a delta declares.
#[cfg(not(feature = "std"))]
fn compressed(_: &[u8], _: u64, _: &mut Vec<u8>) -> Result<(), Error> {
    Err(Error::CompressedFrame)
}

/// What is wrong with a frame. That there is no memory or no decoder for it is no fault of the frame.
fn in_frame(error: Error) -> Error {
    match error {
        Error::Memory { .. } | Error::Context | Error::CompressedFrame => error,
        reason => Error::Frame { reason: Box::new(reason) },
    }
}
