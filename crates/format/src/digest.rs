//! SHA-256 digests and key ids: 32 bytes, never absent, never empty.

use crate::cbor::{Item, Tree, Wire};
use crate::{Refusal, Result, Rule};
use alloc::{format, string::String};
use core::fmt;
use sha2::{Digest as _, Sha256};

/// A SHA-256 digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The digest of `bytes`.
    pub fn of(bytes: &[u8]) -> Self {
        Digest(Sha256::digest(bytes).into())
    }

    /// Reads 64 hex digits, lower or upper case.
    ///
    /// ```
    /// # use pkg_format::Digest;
    /// let d = Digest::of(b"abc");
    /// assert_eq!(Digest::from_hex(&d.to_string()), Some(d));
    /// assert_eq!(Digest::from_hex("ba78"), None);
    /// ```
    pub fn from_hex(hex: &str) -> Option<Self> {
        if hex.len() != 64 || !hex.is_ascii() {
            return None;
        }
        let mut out = [0u8; 32];
        for (byte, pair) in out.iter_mut().zip(hex.as_bytes().chunks_exact(2)) {
            let pair = core::str::from_utf8(pair).ok()?;
            if pair.starts_with('+') {
                return None;
            }
            *byte = u8::from_str_radix(pair, 16).ok()?;
        }
        Some(Digest(out))
    }

    /// Whether it is the digest of nothing real: 32 zeros, or the digest of no bytes.
    pub fn is_hollow(&self) -> bool {
        self.0 == [0; 32] || *self == Digest::of(&[])
    }

    /// The first 8 hex digits and an ellipsis, for tables and messages.
    pub fn short(&self) -> String {
        let full = format!("{self}");
        full.chars().take(8).chain(['…']).collect()
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.iter().try_for_each(|b| write!(f, "{b:02x}"))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Wire for Digest {
    fn decode(item: Item<'_>) -> Result<Self> {
        let bytes = item.bytes()?;
        <[u8; 32]>::try_from(bytes).map(Digest).map_err(|_| {
            Refusal::new(Rule::Man4, format!("a digest is 32 bytes long, this has {}", bytes.len()))
        })
    }

    fn encode(&self) -> Tree {
        Tree::Bytes(self.0.to_vec())
    }
}
