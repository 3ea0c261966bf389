//! The container: a strict subset of POSIX ustar (SPEC 2).
//!
//! A reader compares each header with the one header there is for that name and size, so nothing
//! of the archive is interpreted before it is known to be in its one form.

use crate::limits;
use alloc::{format, string::String};

/// Headers, padding and end are counted in blocks of this size.
pub const BLOCK: usize = 512;

/// The same as a length in a file.
pub const BLOCK_LEN: u64 = 512;

/// A header or one block of padding.
pub type Block = [u8; BLOCK];

/// The block of zeros; two of them end a package.
pub const ZERO: Block = [0; BLOCK];

/// A member of a package, by its place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Member {
    /// `manifest.cbor`
    Manifest,
    /// `manifest.cose`
    ManifestSignatures,
    /// `delivery.cbor`
    Delivery,
    /// `delivery.cose`
    DeliverySignatures,
    /// `payload/N`
    Payload(usize),
    /// `evidence/N`
    Evidence(usize),
    /// `keyring.cbor` of a keyring archive
    Keyring,
    /// `keyring.cose` of a keyring archive
    KeyringSignatures,
    /// `prev/N.cbor` of a keyring archive: its N-th predecessor, newest first
    Predecessor(usize),
    /// `prev/N.cose` of a keyring archive
    PredecessorSignatures(usize),
    /// `head.cbor` of a repository
    Head,
    /// `head.cose` of a repository
    HeadSignatures,
}

impl Member {
    /// The name in the archive.
    pub fn name(self) -> String {
        match self {
            Member::Manifest => "manifest.cbor".into(),
            Member::ManifestSignatures => "manifest.cose".into(),
            Member::Delivery => "delivery.cbor".into(),
            Member::DeliverySignatures => "delivery.cose".into(),
            Member::Payload(n) => format!("payload/{n}"),
            Member::Evidence(n) => format!("evidence/{n}"),
            Member::Keyring => "keyring.cbor".into(),
            Member::KeyringSignatures => "keyring.cose".into(),
            Member::Predecessor(n) => format!("prev/{n}.cbor"),
            Member::PredecessorSignatures(n) => format!("prev/{n}.cose"),
            Member::Head => "head.cbor".into(),
            Member::HeadSignatures => "head.cose".into(),
        }
    }

    /// The most bytes this member may have.
    pub fn limit(self) -> u64 {
        match self {
            Member::Manifest | Member::Delivery | Member::Keyring | Member::Predecessor(_) => {
                limits::STATEMENT
            }
            Member::ManifestSignatures
            | Member::DeliverySignatures
            | Member::KeyringSignatures
            | Member::PredecessorSignatures(_)
            | Member::HeadSignatures => limits::COSE,
            Member::Head => limits::HEAD,
            Member::Payload(_) => limits::MEMBER,
            Member::Evidence(_) => limits::EVIDENCE_BYTES,
        }
    }

    /// The one header for this member at this size, in bytes; none above [`limits::MEMBER`].
    pub fn header(self, size: u64) -> Option<Block> {
        header(&self.name(), size)
    }
}

/// Where a header has the size: 11 octal digits and a NUL.
const SIZE: core::ops::Range<usize> = 124..135;
const CHECKSUM: core::ops::Range<usize> = 148..156;

fn header(name: &str, size: u64) -> Option<Block> {
    if size > limits::MEMBER {
        return None;
    }
    let mut block = ZERO;
    let mut put = |at: usize, bytes: &[u8]| {
        for (to, from) in block.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    };
    put(0, name.as_bytes());
    put(100, b"0000644\0"); // mode
    put(108, b"0000000\0"); // user id
    put(116, b"0000000\0"); // group id
    put(SIZE.start, format!("{size:011o}\0").as_bytes());
    put(136, b"00000000000\0"); // time of change
    put(CHECKSUM.start, b"        "); // counted as spaces
    put(156, b"0"); // a regular file
    put(257, b"ustar\x0000");
    put(329, b"0000000\0"); // device numbers
    put(337, b"0000000\0");
    let sum: u32 = block.iter().map(|b| u32::from(*b)).sum();
    for (to, from) in block.iter_mut().skip(CHECKSUM.start).zip(format!("{sum:07o}\0").bytes()) {
        *to = from;
    }
    Some(block)
}

/// The size that a header states, if it is 11 octal digits; the caller compares the whole header
/// with [`Member::header`] before it believes it.
pub fn claimed_size(block: &Block) -> Option<u64> {
    block.get(SIZE)?.iter().try_fold(0u64, |n, digit| match digit {
        b'0'..=b'7' => Some((n << 3) | u64::from(digit & 7)),
        _ => None,
    })
}

/// How many zero bytes follow a member of `size` bytes.
pub fn padding(size: u64) -> u64 {
    match size % BLOCK_LEN {
        0 => 0,
        part => BLOCK_LEN.saturating_sub(part),
    }
}

/// A member's place in the file: header, bytes and padding. `None` past the end of numbers.
pub fn member_len(size: u64) -> Option<u64> {
    BLOCK_LEN.checked_add(size)?.checked_add(padding(size))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn header_states_its_size() {
        for size in [0, 1, 511, 512, 513, 1 << 31, 1 << 32, limits::MEMBER] {
            let block = Member::Payload(3).header(size).unwrap();
            assert_eq!(claimed_size(&block), Some(size));
        }
        assert_eq!(Member::Manifest.header(limits::MEMBER + 1), None);
    }

    #[test]
    fn padding_fills_blocks() {
        assert_eq!((padding(0), padding(1), padding(511), padding(512), padding(513)), (0, 511, 1, 0, 511));
        assert_eq!(member_len(513), Some(512 + 1024));
        assert_eq!(member_len(u64::MAX), None);
    }
}
