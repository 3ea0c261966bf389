//! A patch: the delta between two bare files, unsigned (SPEC, appendix A).
//!
//! It is for tools and tests. It proves nothing about who made it, so no device takes one.

use crate::cbor::{Item, MapBuilder, Tree, Wire, strict::Keys};
use crate::delivery::{Chunk, check_chunks, sum};
use crate::statement::{format_is_ours, same_bytes};
use crate::{Digest, FORMAT, Refusal, Result, Rule, limits};
use alloc::{format, vec::Vec};

/// What a patch begins with.
pub const MAGIC: &[u8; 8] = b"pkgpatch";

/// Bytes before the header: the magic, and the length of the header as four bytes, big end first.
pub const HEAD: usize = 12;

/// A file, by its bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Content {
    /// How many.
    pub size: u64,
    /// Their digest.
    pub sha256: Digest,
}

impl Wire for Content {
    fn decode(item: Item<'_>) -> Result<Self> {
        let mut t = item.table()?;
        let content = Content { size: t.req("size")?, sha256: t.req("sha256")? };
        t.finish()?;
        Ok(content)
    }

    fn encode(&self) -> Tree {
        MapBuilder::new().put("size", &self.size).put("sha256", &self.sha256).done()
    }
}

/// The header of a patch; the stored chunks follow it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Patch {
    /// The file it is applied to.
    pub old: Content,
    /// The file that comes of it.
    pub new: Content,
    /// Bytes of memory that one decoder needs.
    pub decode_memory: u64,
    /// The preamble, then the chunks in the order of the new file.
    pub chunks: Vec<Chunk>,
}

impl Patch {
    /// Magic, length and header: everything before the first chunk.
    pub fn to_bytes(&self) -> Vec<u8> {
        let header = self.to_tree().to_bytes();
        let length = u32::try_from(header.len()).unwrap_or(u32::MAX).to_be_bytes();
        [MAGIC.as_slice(), &length, &header].concat()
    }

    /// How long the header is, by the first [`HEAD`] bytes of a file; fewer are no patch.
    ///
    /// # Errors
    ///
    /// The rule that these bytes break: they are no patch, or its header is too long.
    pub fn header_length(head: &[u8]) -> Result<u64> {
        let length = head.strip_prefix(MAGIC).and_then(|rest| <[u8; 4]>::try_from(rest).ok());
        match length.map(|length| u64::from(u32::from_be_bytes(length))) {
            Some(length) if length <= limits::STATEMENT => Ok(length),
            Some(length) => Err(Refusal::new(
                Rule::Con4,
                format!("a patch header of {length} bytes, at most {}", limits::STATEMENT),
            )),
            None => Err(Refusal::new(Rule::Con1, "not a patch: it does not begin with pkgpatch")),
        }
    }

    /// Reads the header.
    ///
    /// # Errors
    ///
    /// The first rule that the header breaks.
    pub fn decode(header: &[u8]) -> Result<Self> {
        let mut t = Item::open(header, Keys::Text)?.table()?;
        format_is_ours(&mut t)?;
        let most = usize::try_from(limits::ITEMS).unwrap_or(usize::MAX);
        let patch = Patch {
            old: t.req("old")?,
            new: t.req("new")?,
            decode_memory: t.req("decode-memory")?,
            chunks: t.list("chunks", most)?,
        };
        t.finish()?;
        check_chunks(true, &patch.chunks, patch.decode_memory)?;
        if patch.chunks.is_empty() || sum(patch.chunks.iter().map(|c| c.image_bytes)) != Some(patch.new.size)
        {
            let why = format!("chunks do not add up to {} bytes", patch.new.size);
            return Err(Refusal::new(Rule::Del3, why).within("chunks"));
        }
        same_bytes(&patch.to_tree(), header)?;
        Ok(patch)
    }

    /// The header as it is written.
    pub fn to_tree(&self) -> Tree {
        MapBuilder::new()
            .put("format", &FORMAT)
            .put("old", &self.old)
            .put("new", &self.new)
            .put("decode-memory", &self.decode_memory)
            .list("chunks", &self.chunks)
            .done()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec;

    fn patch() -> Patch {
        let chunk = |image_bytes, stored_bytes| Chunk { image_bytes, stored_bytes, sha256: Digest([3; 32]) };
        Patch {
            old: Content { size: 0, sha256: Digest([1; 32]) },
            new: Content { size: 300, sha256: Digest([2; 32]) },
            decode_memory: 1000,
            chunks: vec![chunk(0, 20), chunk(200, 50), chunk(100, 90)],
        }
    }

    #[test]
    fn round_trip() {
        let bytes = patch().to_bytes();
        let (head, header) = bytes.split_at(HEAD);
        assert_eq!(Patch::header_length(head), Ok(header.len() as u64));
        assert_eq!(Patch::decode(header), Ok(patch()));
        let empty = Patch {
            new: Content { size: 0, sha256: Digest([2; 32]) },
            chunks: vec![patch().chunks[0]],
            ..patch()
        };
        assert_eq!(Patch::decode(&empty.to_bytes()[HEAD..]), Ok(empty));
    }

    #[test]
    fn heads() {
        let rule = |head: &[u8]| Patch::header_length(head).map_err(|e| e.rule);
        assert_eq!(rule(b"pkgpatch\0\x10\0\0"), Ok(1 << 20));
        assert_eq!(rule(b"pkgpatch\0\x10\0\x01"), Err(Rule::Con4));
        assert_eq!(rule(b"pkgpatch\xff\xff\xff\xff"), Err(Rule::Con4));
        for head in [&b""[..], b"pkgpatch", b"pkgpatch\0\0\0", b"Pkgpatch\0\0\0\x01"] {
            assert_eq!(rule(head), Err(Rule::Con1));
        }
    }

    #[test]
    fn one_thing_changed() {
        let rule = |edit: fn(&mut Patch)| {
            let mut patch = patch();
            edit(&mut patch);
            Patch::decode(&patch.to_bytes()[HEAD..]).map(|_| ()).map_err(|e| e.rule)
        };
        assert_eq!(rule(|_| ()), Ok(()));
        assert_eq!(rule(|p| p.new.size = 301), Err(Rule::Del3));
        assert_eq!(rule(|p| p.new.size = u64::MAX), Err(Rule::Del3));
        assert_eq!(rule(|p| p.chunks.clear()), Err(Rule::Del3));
        assert_eq!(rule(|p| p.chunks[0].image_bytes = 1), Err(Rule::Del4));
        assert_eq!(rule(|p| p.chunks[1].image_bytes = 0), Err(Rule::Del4));
        assert_eq!(rule(|p| p.chunks[1].stored_bytes = u64::MAX), Err(Rule::Del4));
        assert_eq!(rule(|p| p.decode_memory = 289), Err(Rule::Del9));
        let mut version = patch().to_bytes()[HEAD..].to_vec();
        let at = version.windows(7).position(|w| w == b"format\x01").unwrap();
        version[at + 6] = 2;
        assert_eq!(Patch::decode(&version).unwrap_err().rule, Rule::Man8);
        assert_eq!(Patch::decode(&[0xa0]).unwrap_err().rule, Rule::Man1);
    }
}
