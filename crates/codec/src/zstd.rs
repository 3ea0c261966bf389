//! The codec `zstd`: each chunk is one Zstandard frame (RFC 8878), and a narrow kind of frame.
//!
//! * Exactly one frame, not a skippable one, with nothing after it.
//! * The content size is present and is the length of the chunk.
//! * No dictionary id: a chunk decodes on its own.
//! * The window is at most the chunk, or 1 KiB for a chunk below that, because a window descriptor
//!   cannot say less (RFC 8878 section 3.1.1.1.2). So the decoded chunk serves as the window.
//! * A content checksum is checked if present, but [`Encoder`] writes none: the signed delivery
//!   holds the SHA-256 of the stored chunk and the signed manifest that of the image, so those four
//!   bytes a chunk would tell nobody anything.

use ::zstd::zstd_safe::{self, CCtx, CParameter, DCtx, DParameter};

use crate::{Error, frame, resize};

/// Bytes that a decoding context takes, besides the buffers it reads and writes: entropy tables and
/// literals. libzstd 1.5.7 takes 95,976 bytes on x86-64; the rest is room for other machines and
/// versions. A test holds this.
pub const DECODER_CONTEXT_BYTES: u64 = 128 << 10;

/// Encodes chunks at one level.
pub struct Encoder {
    context: CCtx<'static>,
}

impl Encoder {
    /// Highest level that libzstd has.
    pub const MAX_LEVEL: i32 = 22;

    /// An encoder for a level from 1 to [`Self::MAX_LEVEL`].
    ///
    /// Levels are libzstd's: another version of it may give other bytes for the same level.
    ///
    /// # Errors
    /// [`Error::Level`], [`Error::Context`].
    pub fn new(level: i32) -> Result<Self, Error> {
        if !(1..=Self::MAX_LEVEL).contains(&level) {
            return Err(Error::Level { max: Self::MAX_LEVEL, found: level });
        }
        let mut context = CCtx::try_create().ok_or(Error::Context)?;
        for parameter in [
            CParameter::CompressionLevel(level),
            CParameter::ContentSizeFlag(true),
            CParameter::DictIdFlag(false),
            CParameter::ChecksumFlag(false),
        ] {
            context.set_parameter(parameter).map_err(encode_error)?;
        }
        Ok(Self { context })
    }

    /// Encodes `chunk` as one frame into `out`, in place of what was there.
    ///
    /// The same chunk gives the same bytes, whatever was encoded before and on whatever thread.
    /// `out` grows to at most `zstd_safe::compress_bound(chunk.len())`.
    ///
    /// # Errors
    /// [`Error::Empty`], [`Error::Memory`], [`Error::Encode`]. `out` is then empty.
    pub fn encode(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        out.clear();
        if chunk.is_empty() {
            return Err(Error::Empty);
        }
        // With that much room libzstd never takes a path that depends on how much room there is.
        let bound = zstd_safe::compress_bound(chunk.len());
        out.try_reserve_exact(bound)
            .map_err(|_| Error::Memory { bytes: u64::try_from(bound).unwrap_or(u64::MAX) })?;
        // `compress2` starts a new session by itself, also after an error, and knows the length:
        // it writes the content size and fits window and tables to the chunk.
        self.context.compress2(out, chunk).map_err(|code| {
            out.clear();
            encode_error(code)
        })?;
        Ok(())
    }
}

/// Decodes chunks.
pub struct Decoder {
    context: DCtx<'static>,
}

impl Decoder {
    /// A decoder.
    ///
    /// # Errors
    /// [`Error::Context`].
    pub fn new() -> Result<Self, Error> {
        let context = DCtx::try_create().ok_or(Error::Context)?;
        Ok(Self { context })
    }

    /// Decodes the frame `stored` to exactly `image_bytes` bytes in `out`, in place of what was
    /// there.
    ///
    /// Whatever `stored` holds, `out` grows to at most `image_bytes`, and only once the frame has
    /// the right outline from its first byte to its last.
    ///
    /// # Errors
    /// [`Error::Empty`] if `image_bytes` is 0. For the frame header: [`Error::NotAFrame`],
    /// [`Error::Skippable`], [`Error::ReservedBits`], [`Error::DictionaryId`],
    /// [`Error::NoContentSize`], [`Error::ContentSize`], [`Error::Window`]. For its blocks:
    /// [`Error::ReservedBlock`], [`Error::Truncated`], [`Error::TrailingBytes`],
    /// [`Error::Corrupt`], [`Error::Length`]. And [`Error::Memory`]. `out` is then empty.
    pub fn decode(&mut self, stored: &[u8], image_bytes: u64, out: &mut Vec<u8>) -> Result<(), Error> {
        let decoded = self.decode_into(stored, image_bytes, out);
        if decoded.is_err() {
            out.clear();
        }
        decoded
    }

    fn decode_into(&mut self, stored: &[u8], image_bytes: u64, out: &mut Vec<u8>) -> Result<(), Error> {
        if image_bytes == 0 {
            return Err(Error::Empty);
        }
        let window_limit = frame::window_limit(image_bytes);
        frame::check(stored, image_bytes, window_limit)?;
        self.limit_window(window_limit)?;

        resize(out, image_bytes)?;
        let found = self.context.decompress(out.as_mut_slice(), stored).map_err(corrupt)?;
        if found != out.len() {
            return Err(Error::Length {
                expected: image_bytes,
                found: u64::try_from(found).unwrap_or(u64::MAX),
            });
        }
        Ok(())
    }

    /// Tells libzstd the limit too. Today it has no say: a call with the whole frame and the whole
    /// output uses no window buffer, and libzstd asks for the limit only before it allocates one.
    fn limit_window(&mut self, limit: u64) -> Result<(), Error> {
        let log =
            limit.checked_next_power_of_two().map_or(u64::BITS, u64::trailing_zeros).min(MAX_WINDOW_LOG);
        self.context.set_parameter(DParameter::WindowLogMax(log)).map(drop).map_err(corrupt)
    }
}

/// Largest window log that libzstd takes on every machine (31 where pointers have 64 bits).
const MAX_WINDOW_LOG: u32 = 30;

fn corrupt(code: zstd_safe::ErrorCode) -> Error {
    Error::Corrupt { reason: zstd_safe::get_error_name(code) }
}

fn encode_error(code: zstd_safe::ErrorCode) -> Error {
    Error::Encode { reason: zstd_safe::get_error_name(code) }
}

#[cfg(test)]
mod tests;
