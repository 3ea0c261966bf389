//! Numbers in bytes.

use crate::error::{OrUnread, Result};

const SHORT: &str = "a structure ends too early";

fn array<const N: usize>(bytes: &[u8], at: usize) -> Result<[u8; N]> {
    bytes.get(at..).and_then(|rest| rest.first_chunk().copied()).or_unread(SHORT)
}

pub(crate) fn byte(bytes: &[u8], at: usize) -> Result<u8> {
    bytes.get(at).copied().or_unread(SHORT)
}

/// 16 bits, the lowest byte first.
pub(crate) fn le16(bytes: &[u8], at: usize) -> Result<u16> {
    array(bytes, at).map(u16::from_le_bytes)
}

/// 32 bits, the lowest byte first.
pub(crate) fn le32(bytes: &[u8], at: usize) -> Result<u32> {
    array(bytes, at).map(u32::from_le_bytes)
}

/// 64 bits, the lowest byte first.
pub(crate) fn le64(bytes: &[u8], at: usize) -> Result<u64> {
    array(bytes, at).map(u64::from_le_bytes)
}

/// A length in memory as a number.
pub(crate) fn wide(length: usize) -> u64 {
    u64::try_from(length).unwrap_or(u64::MAX)
}

/// A number as a length in memory; what does not fit is longer than anything.
pub(crate) fn narrow(length: u64) -> usize {
    usize::try_from(length).unwrap_or(usize::MAX)
}
