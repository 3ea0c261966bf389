//! One encoder and one decoder for every codec, so that callers never match on the codec.

use crate::{Codec, Error, raw, zstd};

/// Encodes the chunks of a payload, one after the other, each on its own.
///
/// Holds the memory its codec works in; make one per worker thread.
pub struct ChunkEncoder(Encoder);

enum Encoder {
    Raw,
    Zstd(zstd::Encoder),
}

impl ChunkEncoder {
    /// An encoder for [`Codec::Raw`].
    #[must_use]
    pub fn raw() -> Self {
        Self(Encoder::Raw)
    }

    /// An encoder for [`Codec::Zstd`] at a compression level from 1 to 22.
    ///
    /// # Errors
    /// [`Error::Level`], [`Error::Context`].
    pub fn zstd(level: i32) -> Result<Self, Error> {
        Ok(Self(Encoder::Zstd(zstd::Encoder::new(level)?)))
    }

    /// The codec whose stored bytes come out.
    #[must_use]
    pub fn codec(&self) -> Codec {
        match self.0 {
            Encoder::Raw => Codec::Raw,
            Encoder::Zstd(_) => Codec::Zstd,
        }
    }

    /// Encodes one chunk into `out`, in place of what was there.
    ///
    /// The same chunk gives the same bytes, whatever was encoded before.
    ///
    /// # Errors
    /// [`Error::Empty`] for an empty chunk; [`Error::Memory`] or [`Error::Encode`] if the machine runs out of memory.
    /// `out` is then empty.
    pub fn encode(&mut self, chunk: &[u8], out: &mut Vec<u8>) -> Result<(), Error> {
        match &mut self.0 {
            Encoder::Raw => raw::encode(chunk, out),
            Encoder::Zstd(encoder) => encoder.encode(chunk, out),
        }
    }
}

/// Decodes the chunks of a payload, one after the other, each on its own.
///
/// Holds the memory its codec works in; make one per worker thread.
pub struct ChunkDecoder(Decoder);

enum Decoder {
    Raw,
    Zstd(zstd::Decoder),
}

impl ChunkDecoder {
    /// A decoder for `codec`.
    ///
    /// # Errors
    /// [`Error::Context`].
    pub fn new(codec: Codec) -> Result<Self, Error> {
        Ok(Self(match codec {
            Codec::Raw => Decoder::Raw,
            Codec::Zstd => Decoder::Zstd(zstd::Decoder::new()?),
        }))
    }

    /// The codec whose stored bytes go in.
    #[must_use]
    pub fn codec(&self) -> Codec {
        match self.0 {
            Decoder::Raw => Codec::Raw,
            Decoder::Zstd(_) => Codec::Zstd,
        }
    }

    /// Decodes one chunk to exactly `image_bytes` bytes in `out`, in place of what was there.
    ///
    /// # Errors
    /// Any stored bytes but one well-formed chunk of that length; [`zstd::Decoder::decode`] and
    /// [`raw::decode`] say which error is which. `out` is then empty.
    pub fn decode(&mut self, stored: &[u8], image_bytes: u64, out: &mut Vec<u8>) -> Result<(), Error> {
        match &mut self.0 {
            Decoder::Raw => raw::decode(stored, image_bytes, out),
            Decoder::Zstd(decoder) => decoder.decode(stored, image_bytes, out),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn encoders() -> [ChunkEncoder; 2] {
        [ChunkEncoder::raw(), ChunkEncoder::zstd(3).unwrap()]
    }

    #[test]
    fn every_codec_round_trips_through_one_door() {
        let chunk = b"0123456789".repeat(500);
        for (mut encoder, codec) in encoders().into_iter().zip(Codec::ALL) {
            assert_eq!(encoder.codec(), codec);
            let mut decoder = ChunkDecoder::new(codec).unwrap();
            assert_eq!(decoder.codec(), codec);
            let (mut stored, mut out) = (Vec::new(), Vec::new());
            encoder.encode(&chunk, &mut stored).unwrap();
            decoder.decode(&stored, 5000, &mut out).unwrap();
            assert_eq!(out, chunk);
        }
    }

    #[test]
    fn the_codec_is_never_guessed_from_the_bytes() {
        let chunk = b"0123456789".repeat(500);
        let mut stored = Vec::new();
        let mut out = Vec::new();
        ChunkEncoder::raw().encode(&chunk, &mut stored).unwrap();
        let mut decoder = ChunkDecoder::new(Codec::Zstd).unwrap();
        assert_eq!(decoder.decode(&stored, 5000, &mut out), Err(Error::NotAFrame));
    }

    #[test]
    fn workers_can_move_between_threads() {
        fn check<T: Send>() {}
        check::<ChunkEncoder>();
        check::<ChunkDecoder>();
    }
}
