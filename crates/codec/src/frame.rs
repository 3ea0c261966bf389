//! The outline of a Zstandard frame: its header and where its blocks end, read before anything is decoded. What is not
//! compressed is decoded here, all else by libzstd.

use crate::Error;
use alloc::vec::Vec;

/// The least window a window descriptor can state, in bytes (RFC 8878 section 3.1.1.1.2).
const MIN_WINDOW: u64 = 1 << 10;

/// RFC 8878 section 3.1.1.
const MAGIC: u32 = 0xFD2F_B528;
/// The first of 16 magic numbers, RFC 8878 section 3.1.2.
const SKIPPABLE_MAGIC: u32 = 0x184D_2A50;

/// The largest window that a frame of so many bytes of content may state.
pub(crate) fn window_limit(image_bytes: u64) -> u64 {
    image_bytes.max(MIN_WINDOW)
}

/// What a frame holds between its header and its end.
pub(crate) struct Outline<'s> {
    /// Its blocks, and what is behind them.
    blocks: &'s [u8],
    /// Bytes of content that the header states.
    content: u64,
    /// Bytes of content that its blocks have; not known if one is compressed.
    found: Option<u64>,
    checksum: bool,
}

impl Outline<'_> {
    /// Whether [`copy`](Self::copy) decodes it: no block is compressed, and there is no checksum to compare.
    pub(crate) fn is_plain(&self) -> bool {
        self.found.is_some() && !self.checksum
    }

    /// Puts the content of a plain frame into `out`, in place of what was there. `out` grows to at most that.
    pub(crate) fn copy(&self, out: &mut Vec<u8>) -> Result<(), Error> {
        let (expected, found) = (self.content, self.found.unwrap_or(0));
        if expected != found {
            return Err(Error::Length { expected, found });
        }
        out.clear();
        let room = usize::try_from(expected).map_err(|_| Error::Memory { bytes: expected })?;
        crate::make_room(out, room)?;
        blocks(&mut Input { stored: self.blocks, rest: self.blocks }, &mut |block| match block {
            Block::Raw(bytes) => out.extend_from_slice(bytes),
            Block::Rle(byte, size) => {
                let size = usize::try_from(size).unwrap_or(0);
                out.resize(out.len().saturating_add(size), byte);
            }
            Block::Compressed => {}
        })
    }
}

/// A block (RFC 8878 section 3.1.1.2.2).
enum Block<'s> {
    /// Its bytes as they are.
    Raw(&'s [u8]),
    /// One byte, so many times.
    Rle(u8, u64),
    Compressed,
}

impl Block<'_> {
    /// Bytes of its content, if that can be told.
    fn size(&self) -> Option<u64> {
        match self {
            Self::Raw(bytes) => Some(crate::count(bytes)),
            Self::Rle(_, size) => Some(*size),
            Self::Compressed => None,
        }
    }
}

/// Checks that `stored` is one frame from first to last byte, without dictionary, that states
/// `image_bytes` of content and a window of at most `window_limit`.
pub(crate) fn check(stored: &[u8], image_bytes: u64, window_limit: u64) -> Result<Outline<'_>, Error> {
    let mut input = Input { stored, rest: stored };
    let header = header(&mut input)?;
    if header.content != image_bytes {
        return Err(Error::ContentSize { expected: image_bytes, found: header.content });
    }
    if header.window > window_limit {
        return Err(Error::Window { limit: window_limit, found: header.window });
    }
    let (rest, mut found) = (input.rest, Some(0u64));
    blocks(&mut input, &mut |block| {
        found = found.zip(block.size()).map(|(sum, size)| sum.saturating_add(size));
    })?;
    if header.checksum {
        input.little_endian(4)?;
    }
    if !input.rest.is_empty() {
        return Err(Error::TrailingBytes { frame: input.position(), stored: stored.len() });
    }
    Ok(Outline { blocks: rest, content: image_bytes, found, checksum: header.checksum })
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
fn blocks<'s>(input: &mut Input<'s>, each: &mut dyn FnMut(Block<'s>)) -> Result<(), Error> {
    loop {
        let offset = input.position();
        let head = input.little_endian(3)?;
        let size = head >> 3;
        each(match (head >> 1) & 0b11 {
            0 => Block::Raw(input.take(size)?),
            1 => {
                let [byte, ..] = input.little_endian(1)?.to_le_bytes();
                Block::Rle(byte, size)
            }
            2 => {
                input.take(size)?;
                Block::Compressed
            }
            _ => return Err(Error::ReservedBlock { offset }),
        });
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

impl<'s> Input<'s> {
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

    fn take(&mut self, bytes: u64) -> Result<&'s [u8], Error> {
        let split = usize::try_from(bytes).ok().and_then(|bytes| self.rest.split_at_checked(bytes));
        let (head, rest) = split.ok_or_else(|| self.truncated())?;
        self.rest = rest;
        Ok(head)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A frame that states so many bytes of content, at most 255, and its blocks.
    fn frame(content: u8, blocks: &[&[u8]]) -> Vec<u8> {
        [MAGIC.to_le_bytes().as_slice(), &[0x20, content], &blocks.concat()].concat()
    }

    #[test]
    fn plain_blocks_are_copied() {
        let copied = |content: u8, blocks: &[&[u8]]| {
            let stored = frame(content, blocks);
            let outline = check(&stored, content.into(), 1024).unwrap();
            let mut out = vec![9; 7];
            outline.is_plain().then(|| outline.copy(&mut out).map(|()| out))
        };
        let (raw, last) = ([3 << 3, 0, 0, 1, 2, 3], [5 << 3 | 3, 0, 0, 7]);
        assert_eq!(copied(8, &[&raw, &last]), Some(Ok(vec![1, 2, 3, 7, 7, 7, 7, 7])));
        assert_eq!(copied(0, &[&[1, 0, 0]]), Some(Ok(vec![])));
        let length = |expected| Some(Err(Error::Length { expected, found: 8 }));
        assert_eq!((copied(7, &[&raw, &last]), copied(9, &[&raw, &last])), (length(7), length(9)));
        // A block of two bytes that is compressed, whatever it holds; and four bytes of a checksum.
        assert_eq!(copied(8, &[&raw, &[2 << 3 | 5, 0, 0, 1, 1]]), None);
        let mut summed = frame(8, &[&raw, &last, &[1, 2, 3, 4]]);
        summed[4] |= 4;
        assert!(!check(&summed, 8, 1024).unwrap().is_plain());
    }

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
