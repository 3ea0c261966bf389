//! What images are filled with.

use pkg_format::Digest;

/// Bytes that look like nothing in particular; the same for the same name.
pub fn content(name: &str, length: usize) -> Vec<u8> {
    (0u32..).flat_map(|n| Digest::of(format!("{name} {n}").as_bytes()).0).take(length).collect()
}
