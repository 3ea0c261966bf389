//! The outline of a frame: its header and where its blocks end, read before libzstd sees a byte.

use crate::Error;

/// The least window a window descriptor can state, in bytes (RFC 8878 section 3.1.1.1.2).
pub(super) const MIN_WINDOW: u64 = 1 << 10;

/// RFC 8878 section 3.1.1.
const MAGIC: u32 = 0xFD2F_B528;
/// The first of 16 magic numbers, RFC 8878 section 3.1.2.
const SKIPPABLE_MAGIC: u32 = 0x184D_2A50;

/// Checks that `stored` is one frame from first to last byte, without dictionary, that states
/// `image_bytes` of content and a window of at most `window_limit`.
pub(super) fn check(stored: &[u8], image_bytes: u64, window_limit: u64) -> Result<(), Error> {
    let mut input = Input { stored, rest: stored };
    let header = header(&mut input)?;
    if header.content != image_bytes {
        return Err(Error::ContentSize { expected: image_bytes, found: header.content });
    }
    if header.window > window_limit {
        return Err(Error::Window { limit: window_limit, found: header.window });
    }
    blocks(&mut input)?;
    if header.checksum {
        input.little_endian(4)?;
    }
    if !input.rest.is_empty() {
        return Err(Error::TrailingBytes { frame: input.position(), stored: stored.len() });
    }
    Ok(())
}

struct Header {
    content: u64,
    window: u64,
    checksum: bool,
}

/// Reads the magic number and the frame header, RFC 8878 section 3.1.1.1.
fn header(input: &mut Input<'_>) -> Result<Header, Error> {
    let Some((magic, rest)) = input.rest.split_first_chunk::<4>() else {
        return Err(Error::NotAFrame);
    };
    match u32::from_le_bytes(*magic) {
        MAGIC => input.rest = rest,
        magic if magic & !0xF == SKIPPABLE_MAGIC => return Err(Error::Skippable { magic }),
        _ => return Err(Error::NotAFrame),
    }

    let [descriptor, ..] = input.little_endian(1)?.to_le_bytes();
    let reserved = descriptor & 0b0001_1000;
    if reserved != 0 {
        return Err(Error::ReservedBits { bits: reserved });
    }
    let single_segment = descriptor & 0b0010_0000 != 0;
    let stated_window = if single_segment { None } else { Some(window(input.little_endian(1)?)) };
    let dictionary_field = match descriptor & 0b11 {
        0 => 0,
        1 => 1,
        2 => 2,
        _ => 4,
    };
    // Field sizes and the offset of 256 as in the table of section 3.1.1.1.4.
    let (content_field, content_offset) = match descriptor >> 6 {
        0 if single_segment => (1, 0),
        0 => (0, 0),
        1 => (2, 256),
        2 => (4, 0),
        _ => (8, 0),
    };
    if dictionary_field != 0 {
        let [a, b, c, d, ..] = input.little_endian(dictionary_field)?.to_le_bytes();
        let id = u32::from_le_bytes([a, b, c, d]);
        return Err(Error::DictionaryId { id });
    }
    if content_field == 0 {
        return Err(Error::NoContentSize);
    }
    let content = input.little_endian(content_field)?.saturating_add(content_offset);
    Ok(Header { content, window: stated_window.unwrap_or(content), checksum: descriptor & 0b0000_0100 != 0 })
}

/// The window a descriptor byte states: 2^(10 + exponent) and so many eighths of it more,
/// 1 KiB to 3.75 TiB.
fn window(descriptor: u64) -> u64 {
    let (exponent, mantissa) = (descriptor >> 3, descriptor & 0b111);
    let base = MIN_WINDOW << (exponent & 0b1_1111);
    base.saturating_add((base >> 3).saturating_mul(mantissa))
}

/// Walks over the blocks, RFC 8878 section 3.1.1.2, up to and including the last.
fn blocks(input: &mut Input<'_>) -> Result<(), Error> {
    loop {
        let offset = input.position();
        let head = input.little_endian(3)?;
        let size = match (head >> 1) & 0b11 {
            1 => 1, // RLE: one byte, whatever the size says
            3 => return Err(Error::ReservedBlock { offset }),
            _ => head >> 3,
        };
        input.skip(size)?;
        if head & 1 == 1 {
            return Ok(());
        }
    }
}

/// Stored bytes, read from the front.
struct Input<'a> {
    stored: &'a [u8],
    rest: &'a [u8],
}

impl Input<'_> {
    fn position(&self) -> usize {
        self.stored.len().saturating_sub(self.rest.len())
    }

    fn truncated(&self) -> Error {
        Error::Truncated { stored: self.stored.len() }
    }

    /// A number of up to 8 bytes.
    fn little_endian(&mut self, bytes: usize) -> Result<u64, Error> {
        let (head, rest) = self.rest.split_at_checked(bytes).ok_or_else(|| self.truncated())?;
        self.rest = rest;
        Ok(head.iter().rev().fold(0, |number, byte| (number << 8) | u64::from(*byte)))
    }

    fn skip(&mut self, bytes: u64) -> Result<(), Error> {
        self.rest = usize::try_from(bytes)
            .ok()
            .and_then(|bytes| self.rest.get(bytes..))
            .ok_or_else(|| self.truncated())?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn windows_as_the_rfc_computes_them() {
        assert_eq!(window(0), 1 << 10);
        assert_eq!(window(1), (1 << 10) + 128);
        assert_eq!(window(13 << 3), 8 << 20);
        assert_eq!(window(0xFF), (1 << 41) + 7 * (1 << 38));
    }

    #[test]
    fn the_size_of_every_content_field() {
        let frame = |descriptor: u8, fields: &[u8]| {
            let mut stored = MAGIC.to_le_bytes().to_vec();
            stored.push(descriptor);
            stored.extend_from_slice(fields);
            stored.extend_from_slice(&[1, 0, 0]); // an empty last block
            stored
        };
        check(&frame(0x20, &[7]), 7, 7).unwrap();
        check(&frame(0x60, &[1, 1]), 513, 513).unwrap();
        check(&frame(0xA0, &[1, 0, 0, 1]), (1 << 24) + 1, u64::MAX).unwrap();
        let huge = u64::MAX - 1;
        check(&frame(0xE0, &huge.to_le_bytes()), huge, u64::MAX).unwrap();
        check(&frame(0x40, &[8, 1, 1]), 513, 2048).unwrap(); // window 2 KiB, content 513
    }
}
