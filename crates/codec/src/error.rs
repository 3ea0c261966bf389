//! What a codec refuses, and why.

use alloc::boxed::Box;
use alloc::string::String;
use thiserror::Error;

/// Why a chunk could not be encoded or decoded.
///
/// After any of these the encoder or decoder can be used again, and its output is empty.
/// Lengths are in bytes.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// A chunk of no image bytes: there is nothing to encode or to decode.
    #[error("the chunk has no image bytes")]
    Empty,

    /// The number of bytes is not the announced one.
    #[error("the chunk has {found} bytes, expected {expected}")]
    Length {
        /// Image bytes announced.
        expected: u64,
        /// Image bytes that the stored bytes hold.
        found: u64,
    },

    /// The stored bytes do not begin with the magic number of a Zstandard frame
    /// (RFC 8878 section 3.1.1).
    #[error("not a Zstandard frame")]
    NotAFrame,

    /// A skippable frame where a frame with content must be (RFC 8878 section 3.1.2).
    #[error("a skippable frame (magic number {magic:#010x}) stands in for the frame")]
    Skippable {
        /// Its magic number, 0x184D2A50 to 0x184D2A5F.
        magic: u32,
    },

    /// Bits of the frame header descriptor that an encoder must leave zero are set
    /// (RFC 8878 section 3.1.1.1.1: the unused bit 4 and the reserved bit 3).
    #[error("reserved bits {bits:#04x} are set in the frame header")]
    ReservedBits {
        /// The offending bits, in place.
        bits: u8,
    },

    /// The frame asks for a dictionary; chunks are decoded without any.
    #[error("the frame names dictionary {id}, but a chunk has none")]
    DictionaryId {
        /// The dictionary id field; present, whatever its value.
        id: u32,
    },

    /// The frame does not say how long its content is.
    #[error("the frame does not state its content size")]
    NoContentSize,

    /// The frame says that its content has another length than announced.
    #[error("the frame states {found} bytes of content, expected {expected}")]
    ContentSize {
        /// Image bytes announced.
        expected: u64,
        /// Content size in the frame header.
        found: u64,
    },

    /// The frame wants to look back further than the chunk is long.
    #[error("the frame's window is {found} bytes, more than {limit}")]
    Window {
        /// Largest window allowed for this chunk.
        limit: u64,
        /// Window size in the frame header.
        found: u64,
    },

    /// A block of the frame has the reserved type (RFC 8878 section 3.1.1.2.2).
    #[error("the block at byte {offset} of the frame has the reserved type")]
    ReservedBlock {
        /// Where the block header begins.
        offset: usize,
    },

    /// The stored bytes end before what they hold does.
    #[error("the chunk ends early: {stored} bytes are not enough")]
    Truncated {
        /// Stored bytes given.
        stored: usize,
    },

    /// Stored bytes go on after the end of the frame: a second frame, or anything else.
    #[error("{stored} bytes stored, but the chunk ends after {frame}")]
    TrailingBytes {
        /// Length of the frame.
        frame: usize,
        /// Stored bytes given.
        stored: usize,
    },

    /// The frame's blocks do not decode to its content.
    #[error("the frame is corrupt: {reason}")]
    Corrupt {
        /// What libzstd calls it.
        reason: &'static str,
    },

    /// There is no memory for the output.
    #[error("no memory for {bytes} bytes of output")]
    Memory {
        /// Bytes asked for.
        bytes: u64,
    },

    /// There is no memory for a compression or decompression context.
    #[error("no memory for a Zstandard context")]
    Context,

    /// There is no such compression level.
    #[error("compression level {found} is not in 1 to {max}")]
    Level {
        /// Highest level.
        max: i32,
        /// Level asked for.
        found: i32,
    },

    /// libzstd failed to encode, or refused a parameter.
    #[error("cannot encode: {reason}")]
    Encode {
        /// What libzstd calls it.
        reason: &'static str,
    },

    /// A delta's preamble or chunk has a version that is not known.
    #[error("delta of unknown version {found}")]
    DeltaVersion {
        /// Its first byte.
        found: u8,
    },

    /// A stretch of the match map reaches outside the base.
    #[error("{len} bytes at {at} are not inside the base of {base} bytes")]
    OutsideBase {
        /// Where the stretch begins.
        at: u64,
        /// Its length.
        len: u64,
        /// The size of the base.
        base: u64,
    },

    /// A stretch of the match map has no length or reaches beyond the image.
    #[error("a stretch of {len} bytes at {at} does not fit an image of {image} bytes")]
    Stretch {
        /// Where the stretch begins.
        at: u64,
        /// Its length.
        len: u64,
        /// The size of the image.
        image: u64,
    },

    /// A delta's preamble names something that is not known: a machine, a space, a kind of column, or a number that is
    /// too large for what it counts.
    #[error("the preamble names {found}, which is not known or too large")]
    DeltaLayout {
        /// What it names.
        found: u64,
    },

    /// A delta's preamble needs more memory than was declared.
    #[error("{needed} bytes of memory for a part of the preamble, {left} are left of what was declared")]
    DeltaTables {
        /// What the part takes.
        needed: u64,
        /// What is left of what was declared.
        left: u64,
    },

    /// A chunk needs more memory than was declared, once its fresh bytes come in a frame.
    #[error("the chunk needs {needed} bytes of memory, {left} are left of what was declared")]
    ChunkMemory {
        /// Its image bytes, its stored bytes and its fresh bytes.
        needed: u64,
        /// What is left for a chunk.
        left: u64,
    },

    /// The frame that holds the fresh bytes of a delta's chunk is not such a frame.
    #[error("the frame of fresh bytes: {reason}")]
    Frame {
        /// What is wrong with it.
        reason: Box<Error>,
    },

    /// The fresh bytes of a delta's chunk are compressed, or have a checksum: decoding them takes libzstd, which comes
    /// with the feature `std`. There is nothing wrong with the delta.
    #[error("the fresh bytes are compressed, which this decoder is built without")]
    CompressedFrame,

    /// The base cannot be read.
    #[error("cannot read the base: {reason}")]
    ReadBase {
        /// Why not.
        reason: String,
    },

    /// The image that a delta is made to cannot be read.
    #[error("cannot read the image: {reason}")]
    ReadImage {
        /// Why not.
        reason: String,
    },

    /// What a delta consists of cannot be written.
    #[error("cannot write: {reason}")]
    Write {
        /// Why not.
        reason: String,
    },

    /// The base could not be indexed.
    #[error("cannot index the base: {reason}")]
    Index {
        /// Why not.
        reason: String,
    },

    /// The caller asked to stop.
    #[error("interrupted")]
    Interrupted,
}
