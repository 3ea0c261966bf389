//! A U-Boot image in the legacy form: a header of 64 bytes before an image of any format.

use super::read as read_part;
use crate::collect::Collector;
use crate::error::{OrUnread, Result};
use crate::image::Image;

pub(crate) const MAGIC: &[u8] = b"\x27\x05\x19\x56";

const HEADER: u64 = 64;

/// Lists what the image behind the header holds. Addresses, kinds and name count; checksums and time do not.
pub(crate) fn read(
    image: &Image,
    found: &mut Collector<'_>,
    formats: &mut Vec<&'static str>,
    depth: usize,
) -> Result<()> {
    let header = image.bytes(0, 64)?;
    let field = |at: usize| header.get(at..).and_then(|rest| rest.first_chunk().copied());
    let size = u64::from(field(12).map(u32::from_be_bytes).or_unread("a header that ends too early")?);
    let said: Vec<u8> = header.get(16..24).into_iter().chain(header.get(28..64)).flatten().copied().collect();
    found.superblock(&said)?;
    let inner = image.part(HEADER, size).or_unread("a payload longer than the image")?;
    image.mark(HEADER, size)?;
    read_part(&inner, found, formats, depth)
}
