//! Images that are compressed as a whole: gzip, xz, zstd. What comes out goes into a temporary file
//! without a name, bounded, so that an image is never held in memory.

use super::Format;
use crate::collect::{Collector, PIECE};
use crate::error::{Error, Result, Stop, unread};
use crate::fields::wide;
use crate::image::Image;
use crate::options::ListOptions;
use flate2::bufread::GzDecoder;
use liblzma::bufread::XzDecoder;
use liblzma::stream::{CONCATENATED, Stream};
use std::io::{BufRead, BufReader, Read, Write};
use std::sync::atomic::Ordering;

/// Memory that decoding xz may take: `xz -9` needs 65 MiB.
pub(super) const XZ_MEMORY: u64 = 128 << 20;

/// The window of zstd, as a power of two, that is taken without asking: what its own tool takes.
const ZSTD_WINDOW: u32 = 27;

/// Decompresses the image.
pub(crate) fn decode(image: &Image, format: Format, found: &mut Collector<'_>) -> Result<Image> {
    let (limit, options) = (found.decoded(None), found.options());
    let spool = |from: &mut dyn Read| spool(from, limit, options);
    let bytes = BufReader::with_capacity(PIECE, image.from(0));
    let decoded = match format {
        Format::Xz => match Stream::new_stream_decoder(XZ_MEMORY, CONCATENATED) {
            Ok(stream) => spool(&mut XzDecoder::new_stream(bytes, stream)),
            Err(error) => unread(format!("xz: {error}")),
        },
        Format::Zstd => match zstd::stream::read::Decoder::with_buffer(bytes) {
            Ok(mut decoder) => {
                decoder.window_log_max(ZSTD_WINDOW).map_err(|e| Stop::Unread(e.to_string()))?;
                spool(&mut decoder)
            }
            Err(error) => unread(format!("zstd: {error}")),
        },
        _ => spool(&mut Members { next: Some(bytes), now: None }),
    }?;
    found.decoded(Some(decoded.size()));
    Ok(decoded)
}

/// Writes what `from` yields into a temporary file.
fn spool(from: &mut dyn Read, limit: u64, options: &ListOptions<'_>) -> Result<Image> {
    let mut file = tempfile::tempfile_in(options.scratch).map_err(Error::Scratch)?;
    let mut piece = vec![0; PIECE];
    let mut size = 0u64;
    loop {
        if options.interrupted.load(Ordering::Relaxed) {
            return Err(Error::Interrupted.into());
        }
        let length = match from.read(&mut piece) {
            Ok(0) => break,
            Ok(length) => length,
            Err(e) if e.kind() == std::io::ErrorKind::Interrupted => continue,
            Err(e) => return unread(format!("it cannot be decompressed: {e}")),
        };
        size = size.saturating_add(wide(length));
        if size > limit {
            return unread(format!("it decompresses to more than {limit} bytes"));
        }
        file.write_all(piece.get(..length).unwrap_or_default()).map_err(Error::Scratch)?;
    }
    Ok(Image::file(file).map_err(Error::Scratch)?)
}

/// The members of a gzip file one after the other; zeros behind the last one are padding.
struct Members<R> {
    next: Option<R>,
    now: Option<GzDecoder<R>>,
}

impl<R: BufRead> Read for Members<R> {
    fn read(&mut self, buffer: &mut [u8]) -> std::io::Result<usize> {
        loop {
            if let Some(mut decoder) = self.now.take() {
                let n = decoder.read(buffer)?;
                match n {
                    0 => self.next = Some(decoder.into_inner()),
                    _ => {
                        self.now = Some(decoder);
                        return Ok(n);
                    }
                }
            }
            let Some(mut rest) = self.next.take() else { return Ok(0) };
            let ahead = rest.fill_buf()?;
            if ahead.is_empty() {
                return Ok(0);
            }
            if ahead.starts_with(&[0x1f]) {
                self.now = Some(GzDecoder::new(rest));
                continue;
            }
            let length = ahead.len();
            if ahead.iter().any(|b| *b != 0) {
                return Err(std::io::Error::other("bytes behind its end"));
            }
            rest.consume(length);
            self.next = Some(rest);
        }
    }
}
